import CPatchbay
import ConnectorKit

/// Books of precision P0. Sources: Bitfinex API v2, "Books", "WebSocket Checksum".
extension BitfinexSpot {
  /// A level `[price, count, amount]`: an amount above zero bids, one below asks; without a count the level is gone.
  private struct Level {
    var price: Int64 = 0
    var quantity: Int64 = 0
    var isBid = false
    /// Price and amount as they are written, with the sign of an ask: what the checksum is over.
    var text = ChecksumText()

    @inline(__always)
    mutating func read(_ json: inout JSONScanner, _ market: Market) {
      json.enterArray()
      guard json.nextElement() else { return json.fail() }
      let first = json.mark
      price = json.fixed(market.priceExponent)
      guard json.nextElement() else { return json.fail() }
      let count = json.unsigned()
      guard json.nextElement() else { return json.fail() }
      let last = json.mark
      let amount = json.fixed(market.quantityExponent)
      while json.nextElement() { json.skip() }
      guard json.isValid, price > 0, amount != 0, amount != .min else { return json.fail() }
      isBid = amount > 0
      guard count > 0 else { return }
      quantity = isBid ? amount : 0 &- amount
      write(first)
      text.append(UInt8(ascii: ":"))
      write(last)
    }

    @inline(__always)
    private mutating func write(_ mark: JSONMark) {
      var json = mark.scanner()
      text.append(json.scalar().bytes)
    }
  }

  /// A change is one level, the whole book a list of them; an empty list is an empty book.
  @inline(__always)
  func book(_ payload: JSONMark, _ market: Market, _ number: UInt64, _ time: Int64, _ frame: Body) -> Status {
    var json = payload.scanner()
    json.enterArray()
    guard json.nextElement(), json.peek() != UInt8(ascii: "[") else {
      return json.isValid ? snapshot(payload, market, number, time) : misread(market, .book)
    }
    guard market.sync.isLive, let checked = market.checked else { return .ok }
    json = payload.scanner()
    var level = Level()
    level.read(&json, market)
    guard json.isValid else { return misread(market, .book) }
    checked.set(ChecksumBook.Level(price: level.price, quantity: level.quantity, text: level.text), isBid: level.isBid)
    var list = pb_list()
    out.beginBook()
    out.level(price: level.price, quantity: level.quantity, to: &list)
    return book(
      market, last: number, time: time, bids: level.isBid ? list : pb_list(), asks: level.isBid ? pb_list() : list,
      frame: frame)
  }

  private func snapshot(_ payload: JSONMark, _ market: Market, _ number: UInt64, _ time: Int64) -> Status {
    guard market.wantsBook, let checked = market.checked else { return .ok }
    checked.removeAll()
    let book = checked.book
    var json = payload.scanner()
    json.enterArray()
    while json.nextElement() {
      var level = Level()
      level.read(&json, market)
      book.append(
        ChecksumBook.Level(price: level.price, quantity: level.quantity, text: level.text), isBid: level.isBid)
    }
    guard json.isValid, book.arrange() else { return misread(market, .book) }
    snapshot(market, of: book, last: number, time: time)
    return .ok
  }

  public func misfit(_ message: Body, _ market: Market) -> String? {
    LevelMisfit(market, LevelMisfit.Shape(price: 0, quantity: 2)).words(message)
  }

  /// `[17082, "cs", -1392208371]`: a signed number, of the book as it is now.
  func checksum(_ payload: JSONMark, _ market: Market, _ time: Int64) -> Status {
    var json = payload.scanner()
    let value = json.integer()
    guard json.isValid, let sum = Int32(exactly: value) else { return misread(market, .book) }
    guard market.sync.isLive, let checked = market.checked, !checked.book.hasLongText(25) else { return .ok }
    return checked.proves(UInt32(bitPattern: sum)) ? .ok : disproved(market, .checksum, time)
  }
}

extension ChecksumBook {
  /// Whether the text of one of the best levels did not fit: then nothing can be said of a checksum.
  fileprivate func hasLongText(_ levels: Int) -> Bool {
    (0..<min(levels, bidCount)).contains { bid($0).text.isTooLong }
      || (0..<min(levels, askCount)).contains { ask($0).text.isTooLong }
  }
}
