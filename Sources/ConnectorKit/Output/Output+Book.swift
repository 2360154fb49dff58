import CPatchbay
import Records

/// Books: the hot path. Levels go from the received text straight into the record.
extension Output {
  /// Starts a book record; `levels` and `level` then append to it, `book` ends it. Nothing else may be written in
  /// between: all records of an instance share one block.
  @inlinable
  public func beginBook() { begin(pb_book.self) }

  /// Reads an array of levels, `[["price", "quantity", ...], ...]`, and appends them at the given exponents. What
  /// follows the first two elements of a level is skipped.
  @inlinable
  public func levels(
    _ json: inout JSONScanner, price priceExponent: Int32, quantity quantityExponent: Int32
  ) -> pb_list {
    block.align()
    let offset = block.used
    var count: UInt32 = 0
    json.enterArray()
    if let price = UsualForm(priceExponent), let quantity = UsualForm(quantityExponent) {
      count = usualLevels(&json, price, quantity)
    }
    while json.nextElement() {
      var level = pb_level()
      json.level(&level, priceExponent, quantityExponent)
      reserveLevel().storeBytes(of: level, as: pb_level.self)
      count &+= 1
    }
    return count > 0 ? pb_list(offset: UInt32(truncatingIfNeeded: offset), count: count) : pb_list()
  }

  /// Reads levels that are the members of an object, `{"price": "quantity", ...}`, and appends them at the given
  /// exponents.
  @inlinable
  public func levelMembers(
    _ json: inout JSONScanner, price priceExponent: Int32, quantity quantityExponent: Int32
  ) -> pb_list {
    var list = pb_list()
    json.enterObject()
    while let key = json.nextKey() {
      guard let price = key.fixed(priceExponent) else {
        json.fail()
        break
      }
      level(price: price, quantity: json.fixed(quantityExponent), to: &list)
    }
    return list
  }

  /// Reads levels as long as they are written in the usual form, and gives how many. The scanner then stands behind the
  /// last one, for `nextElement`.
  @inlinable
  @inline(__always)
  func usualLevels(_ json: inout JSONScanner, _ price: UsualForm, _ quantity: UsualForm) -> UInt32 {
    let size = MemoryLayout<pb_level>.size
    let offset = block.used
    var place = block.start + offset
    var limit = block.start + (block.capacity - size)
    var count = 0
    var position = json.cursor
    while let level = UsualForm.level(&position, price: price, quantity: quantity) {
      if place > limit {
        block.extend(to: offset + count * size)
        place = reserveLevel()
        limit = block.start + (block.capacity - size)
      }
      place.storeBytes(of: pb_level(price: level.price, quantity: level.quantity), as: pb_level.self)
      place += size
      count &+= 1
      json.cursor = position
      // Behind the text's end only slack follows: what stands there is no level of this text.
      guard position < json.end, position.pointee == UInt8(ascii: ",") else { break }
      position += 1
    }
    if count > 0 { json.fresh = false }
    block.extend(to: offset + count * size)
    return UInt32(truncatingIfNeeded: count)
  }

  /// Room for one level at the end, wherever the block is then.
  @inlinable
  func reserveLevel() -> UnsafeMutableRawPointer {
    let offset = block.reserve(MemoryLayout<pb_level>.size)
    return block.start + offset
  }

  /// Reads an array of levels of both sides and appends them, bids first: the list is walked twice.
  /// - Parameter read: reads one level; a side of none fails.
  @inlinable
  @inline(__always)
  public func sides(
    _ json: inout JSONScanner, _ read: (inout JSONScanner) -> (side: Side, price: Int64, quantity: Int64)
  ) -> (bids: pb_list, asks: pb_list) {
    var first = json.mark.scanner()
    let bids = levels(of: .buy, &first, read)
    let asks = levels(of: .sell, &json, read)
    return (bids, asks)
  }

  @inlinable
  @inline(__always)
  func levels(
    of side: Side, _ json: inout JSONScanner,
    _ read: (inout JSONScanner) -> (side: Side, price: Int64, quantity: Int64)
  ) -> pb_list {
    var list = pb_list()
    json.enterArray()
    while json.nextElement() {
      let level = read(&json)
      if level.side == .none { json.fail() }
      if level.side == side { self.level(price: level.price, quantity: level.quantity, to: &list) }
    }
    return list
  }

  /// Appends one level to `list`, which must be the last part begun.
  @inlinable
  public func level(price: Int64, quantity: Int64, to list: inout pb_list) {
    if list.count == 0 {
      block.align()
      list.offset = UInt32(truncatingIfNeeded: block.used)
    }
    reserveLevel().storeBytes(of: pb_level(price: price, quantity: quantity), as: pb_level.self)
    list.count &+= 1
  }

  /// As `level`, but a level of the same price that `list` has already is replaced: some venues change a price twice in
  /// one message, and the last change counts. Linear in the levels of the list.
  @inlinable
  public func merge(price: Int64, quantity: Int64, into list: inout pb_list) {
    let size = MemoryLayout<pb_level>.size
    var place = Int(list.offset)
    for _ in 0..<list.count {
      if block.start.load(fromByteOffset: place, as: Int64.self) == price {
        block.start.storeBytes(of: pb_level(price: price, quantity: quantity), toByteOffset: place, as: pb_level.self)
        return
      }
      place += size
    }
    level(price: price, quantity: quantity, to: &list)
  }

  /// Completes the book record that `beginBook` started.
  /// - Parameters:
  ///   - first: the venue's sequence of the first event inside, 0 where there is none; `last`: of the last.
  ///   - depth: levels per side that the book holds, 0 = all.
  @inlinable
  public func book(
    instrument: pb_id, snapshot: Bool, first: UInt64, last: UInt64, time: Int64, depth: UInt32 = 0, bids: pb_list,
    asks: pb_list
  ) {
    var record = pb_book()
    record.instrument = instrument
    record.venue_ns = time
    record.first_seq = first
    record.last_seq = last
    record.snapshot = snapshot ? 1 : 0
    record.depth = depth
    record.bids = bids
    record.asks = asks
    emit(record, kind: PB_EV_BOOK)
  }

  /// The same in any of the contract's forms.
  @inlinable
  public func book(
    instrument: pb_id, _ form: BookForm, first: UInt64, last: UInt64, time: Int64, depth: UInt32, bids: pb_list,
    asks: pb_list
  ) {
    var record = pb_book()
    record.instrument = instrument
    record.venue_ns = time
    record.first_seq = first
    record.last_seq = last
    record.snapshot = form.rawValue
    record.depth = depth
    record.bids = bids
    record.asks = asks
    emit(record, kind: PB_EV_BOOK)
  }

  /// Continuity is lost: the book is not ready until the next snapshot.
  public func gap(instrument: pb_id, reason: Gap, expected: UInt64 = 0, got: UInt64 = 0, time: Int64 = 0) {
    begin(pb_gap.self)
    var record = pb_gap()
    record.instrument = instrument
    record.venue_ns = time
    record.expected_seq = expected
    record.got_seq = got
    record.reason = reason.rawValue
    emit(record, kind: PB_EV_GAP)
  }

  /// A public trade; price and quantity at the instrument's exponents.
  @inlinable
  public func trade(
    instrument: pb_id, id: JSONText, price: Int64, quantity: Int64, taker: Side, time: Int64, backfill: Bool = false
  ) {
    begin(pb_trade.self)
    var record = pb_trade()
    record.trade = text(id)
    record.instrument = instrument
    record.venue_ns = time
    record.price = price
    record.quantity = quantity
    record.side = taker.rawValue
    record.flags = backfill ? UInt32(PB_TRADE_BACKFILL) : 0
    emit(record, kind: PB_EV_TRADE)
  }

  /// Best bid and ask, and the day's figures. `record.present` says which fields are set.
  @inlinable
  public func ticker(_ record: pb_ticker) {
    begin(pb_ticker.self)
    emit(record, kind: PB_EV_TICKER)
  }
}

extension JSONScanner {
  /// A level as an array whose first two elements are price and quantity; what follows is skipped.
  public mutating func level(price: Int32, quantity: Int32) -> (price: Int64, quantity: Int64) {
    var level = pb_level()
    self.level(&level, price, quantity)
    return (level.price, level.quantity)
  }

  /// A level in any other writing: white space, bare numbers, more than two elements, many digits.
  @usableFromInline
  mutating func level(_ level: inout pb_level, _ priceExponent: Int32, _ quantityExponent: Int32) {
    enterArray()
    guard nextElement() else { return fail() }
    level.price = fixed(priceExponent)
    guard nextElement() else { return fail() }
    level.quantity = fixed(quantityExponent)
    while nextElement() { skip() }
  }
}
