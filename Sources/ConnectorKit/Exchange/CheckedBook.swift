import CPatchbay
import Decimals

/// A book whose best levels are under a checksum of the exchange's. The checksum of unchanged best levels is
/// remembered.
public final class CheckedBook {
  public let book: ChecksumBook
  public let rule: BookPlan.Checksum
  /// Of the book as it was when its best levels last changed.
  @exclusivity(unchecked) @usableFromInline var checksum: UInt32 = 0
  @exclusivity(unchecked) @usableFromInline var isTopChanged = true
  /// Best levels of a side under the checksum.
  @usableFromInline let levels: Int
  /// The checksum is over digits without their point.
  @usableFromInline let isOfDigits: Bool
  /// These digits are without zeros behind the last decimal.
  @usableFromInline let isOfValues: Bool
  /// Decimals of prices and quantities, as the snapshot has them; -1 before that.
  @exclusivity(unchecked) @usableFromInline var pricePlaces: Int32 = -1
  @exclusivity(unchecked) @usableFromInline var quantityPlaces: Int32 = -1
  /// Exponents of the digits under the checksum, where numbers come without their trailing zeros; see
  /// CheckedBook+Values.swift.
  @exclusivity(unchecked) public var priceDigits: Int32 = 0
  @exclusivity(unchecked) public var quantityDigits: Int32 = 0

  init(_ rule: BookPlan.Checksum) {
    self.rule = rule
    book = ChecksumBook()
    switch rule {
    case .alternating(let levels): (self.levels, isOfDigits, isOfValues) = (levels, false, false)
    case .asksThenBids(let levels): (self.levels, isOfDigits, isOfValues) = (levels, true, false)
    case .bidsThenAsks(let levels): (self.levels, isOfDigits, isOfValues) = (levels, true, true)
    }
  }

  /// Forgets all levels, as before a whole book.
  public func removeAll() {
    book.removeAll()
    isTopChanged = true
    (pricePlaces, quantityPlaces) = (-1, -1)
  }

  /// A number of a level that is not written plainly, such as `1e-05`, where the checksum is over it as it is written.
  @usableFromInline
  func unusual(_ text: UnsafeBufferPointer<UInt8>, _ exponent: Int32) -> Int64? {
    guard !isOfDigits, let start = text.baseAddress else { return nil }
    // What is below zero is no level.
    let value = JSONText(start: start, count: text.count, isEscaped: false).slowFixed(exponent)
    return value.flatMap { $0 < 0 ? nil : $0 }
  }

  /// A number of a level at an exponent; nil when digits would be lost. Where the checksum is over digits without their
  /// point, it must have as many decimals as the book's first ones: only that makes it a checksum over values.
  @inlinable
  @inline(__always)
  func value(_ text: UnsafeBufferPointer<UInt8>, _ exponent: Int32, _ places: inout Int32) -> Int64? {
    var (mantissa, index, point) = (Int64(0), 0, -1)
    // More than eighteen digits need not fit.
    guard text.count > 0, text.count <= 40 else { return nil }
    while index < text.count {
      let digit = text[index] &- 48
      if digit <= 9 {
        let (tens, overflow) = mantissa.multipliedReportingOverflow(by: 10)
        let (sum, overflow2) = tens.addingReportingOverflow(Int64(digit))
        guard !overflow, !overflow2 else { return nil }
        mantissa = sum
      } else {
        guard text[index] == UInt8(ascii: "."), point < 0, index > 0, index + 1 < text.count else {
          return unusual(text, exponent)
        }
        point = index
      }
      index += 1
    }
    let given = point < 0 ? 0 : Int32(truncatingIfNeeded: text.count - 1 - point)
    if isOfDigits, !isOfValues {
      if places < 0 { places = given }
      guard given == places else { return nil }
    }
    if given == -exponent { return mantissa }
    return Decimal64(mantissa: mantissa, exponent: -given).mantissa(at: exponent)
  }

  @inlinable
  @inline(__always)
  func write(
    _ price: UnsafeBufferPointer<UInt8>, _ quantity: UnsafeBufferPointer<UInt8>, to text: inout ChecksumText
  ) {
    if isOfValues {
      text.append(significantDigitsOf: Self.withoutTrailingZeros(price))
      text.append(significantDigitsOf: Self.withoutTrailingZeros(quantity))
    } else if isOfDigits {
      text.append(significantDigitsOf: price)
      text.append(significantDigitsOf: quantity)
    } else {
      text.append(price)
      text.append(UInt8(ascii: ":"))
      text.append(quantity)
    }
  }

  /// A decimal number as it is written without zeros behind its last decimal: `3.20` is `3.2`, `100` stays.
  @inlinable
  static func withoutTrailingZeros(_ text: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
    guard text.contains(UInt8(ascii: ".")) else { return text }
    var end = text.count
    while end > 0, text[end - 1] == UInt8(ascii: "0") { end -= 1 }
    return UnsafeBufferPointer(rebasing: text[..<end])
  }

  /// Changes a level.
  @inlinable
  @inline(__always)
  public func set(_ level: ChecksumBook.Level, isBid: Bool) {
    let rank = book.set(level, isBid: isBid)
    if rank >= 0, rank < levels { isTopChanged = true }
  }

  /// Whether this is the book that the exchange took the checksum of.
  @inlinable
  @inline(__always)
  public func proves(_ expected: UInt32) -> Bool {
    if isTopChanged {
      checksum = computed
      isTopChanged = false
    }
    return checksum == expected
  }

  @usableFromInline var computed: UInt32 {
    switch rule {
    case .alternating(let levels): book.alternatingChecksum(levels: levels)
    case .asksThenBids(let levels): book.joinedChecksum(levels: levels, bidsFirst: false)
    case .bidsThenAsks(let levels): book.joinedChecksum(levels: levels, bidsFirst: true)
    }
  }
}

/// What `CheckedMessage` is made of.
extension ExchangeConnector {
  /// A message of levels begins; `false` when they are not wanted: nobody subscribed, or there is no snapshot yet.
  @inlinable
  @inline(__always)
  final func begin(_ market: Market, isSnapshot: Bool) -> Bool {
    guard !isSnapshot else { return beginSnapshot(market) }
    guard market.sync.isLive else { return false }
    out.beginBook()
    return true
  }

  @usableFromInline
  final func beginSnapshot(_ market: Market) -> Bool {
    guard market.wantsBook, !market.isRenewing, let checked = market.checked else { return false }
    checked.removeAll()
    checked.book.depth = market.depth
    return true
  }

  /// A level of a snapshot, or one that an update changes; of an update it also goes into the record begun. A price
  /// that stands twice in an update counts as it stands last.
  /// - Parameter book: the market's `checked`, taken once for a list of levels.
  @inlinable
  @inline(__always)
  final func level(
    _ book: CheckedBook, price: Int64, quantity: Int64, text: ChecksumText, isBid: Bool, isSnapshot: Bool,
    into list: inout pb_list
  ) {
    let level = ChecksumBook.Level(price: price, quantity: quantity, text: text)
    if isSnapshot { return book.book.append(level, isBid: isBid) }
    book.set(level, isBid: isBid)
    out.merge(price: price, quantity: quantity, into: &list)
  }

  /// Reads levels of strings or numbers; see CheckedMessage.swift.
  @inlinable
  @inline(__always)
  final func levels(
    _ json: inout JSONScanner, _ market: Market, _ book: CheckedBook, isBid: Bool, isSnapshot: Bool,
    into list: inout pb_list, rest: (Int, inout JSONScanner) -> Void
  ) {
    let (priceExponent, quantityExponent) = (market.priceExponent, market.contractExponent)
    var places = (price: book.pricePlaces, quantity: book.quantityPlaces)
    json.enterArray()
    while json.nextElement() {
      json.enterArray()
      guard json.nextElement() else { return json.fail() }
      let priceText = json.scalar().bytes
      guard json.nextElement() else { return json.fail() }
      let quantityText = json.scalar().bytes
      var place = 2
      while json.nextElement() {
        rest(place, &json)
        place += 1
      }
      guard let price = book.value(priceText, priceExponent, &places.price), price > 0,
        let counted = book.value(quantityText, quantityExponent, &places.quantity),
        let quantity = market.base(counted)
      else { return json.fail() }
      var text = ChecksumText()
      if quantity > 0 {
        book.write(priceText, quantityText, to: &text)
        guard !text.isTooLong else { return json.fail() }
      }
      level(book, price: price, quantity: quantity, text: text, isBid: isBid, isSnapshot: isSnapshot, into: &list)
    }
    (book.pricePlaces, book.quantityPlaces) = (places.price, places.quantity)
  }

  /// All levels of a message have been read. Publishes what the checksum proves.
  /// - Parameter checksum: `nil` where a snapshot comes without one.
  @inlinable
  @inline(__always)
  final func end(
    _ market: Market, isSnapshot: Bool, checksum: UInt32?, last: UInt64, time: Int64, bids: pb_list, asks: pb_list
  ) -> Status {
    guard !isSnapshot else { return endSnapshot(market, checksum, last, time) }
    guard let proof = market.proof, let checksum else { return misread(market, .book) }
    let isProved = proof._withUnsafeGuaranteedRef { checked in
      checked.book.trim()
      return checked.proves(checksum)
    }
    guard isProved else { return disproved(market, .checksum, time) }
    out.book(
      instrument: market.id, snapshot: false, first: last, last: last, time: time,
      depth: UInt32(truncatingIfNeeded: market.depth), bids: bids, asks: asks)
    return .ok
  }

  @usableFromInline
  final func endSnapshot(_ market: Market, _ checksum: UInt32?, _ last: UInt64, _ time: Int64) -> Status {
    guard let checked = market.checked, checked.book.arrange() else { return misread(market, .book) }
    if let checksum, !checked.proves(checksum) { return disproved(market, .checksum, time) }
    snapshot(market, of: checked.book, last: last, time: time)
    return .ok
  }

  /// Publishes a whole book that came on the stream, out of what is kept for its checksum.
  public final func snapshot(_ market: Market, of book: ChecksumBook, last: UInt64, time: Int64) {
    out.beginBook()
    var (bids, asks) = (pb_list(), pb_list())
    for rank in 0..<book.bidCount {
      out.level(price: book.bid(rank).price, quantity: book.bid(rank).quantity, to: &bids)
    }
    for rank in 0..<book.askCount {
      out.level(price: book.ask(rank).price, quantity: book.ask(rank).quantity, to: &asks)
    }
    snapshot(market, last: last, time: time, bids: bids, asks: asks, isInBand: true)
  }
}
