import CPatchbay

/// A message about a book that is proved by a checksum, while it is read. The connector begins it when it knows the
/// market, hands it the levels as they come, and ends it:
///
///     var book = begin(number, isSnapshot: isSnapshot)
///     levels(&json, &book, isBid: true, price: "price", quantity: "qty")
///     (book.checksum, book.time) = (json.unsigned(), time)
///     guard json.isComplete() else { return misread(book) }
///     return end(book)
public struct CheckedMessage {
  /// Number of the market; -1 of one that is not known.
  public let market: Int
  public let isSnapshot: Bool
  /// Somebody wants its levels, and they follow on a snapshot or are one.
  @usableFromInline let isWanted: Bool
  /// What does not fit in 32 bits is none.
  public var checksum = UInt64.max
  /// Its number, where the exchange gives one beside the checksum.
  public var last: UInt64 = 0
  public var time: Int64 = 0
  @usableFromInline var (bids, asks) = (pb_list(), pb_list())

  /// One whose market is not known yet.
  @inlinable
  public init() { self.init(market: -1, isSnapshot: false, isWanted: false) }

  @inlinable
  init(market: Int, isSnapshot: Bool, isWanted: Bool) {
    (self.market, self.isSnapshot, self.isWanted) = (market, isSnapshot, isWanted)
  }
}

extension ExchangeConnector {
  /// Begins a message of the market with a number.
  @inlinable
  @inline(__always)
  public final func begin(_ number: Int, isSnapshot: Bool) -> CheckedMessage {
    let isWanted = number >= 0 && withMarket(number) { begin($0, isSnapshot: isSnapshot) }
    return CheckedMessage(market: number, isSnapshot: isSnapshot, isWanted: isWanted)
  }

  /// Reads levels `[["price", "quantity", ...], ...]` of strings, or of numbers, whose text under the checksum is as
  /// they are written: `price:quantity`, or the digits of both. Fails when one cannot be read, or the side stands
  /// twice.
  /// - Parameter rest: reads what stands behind the two, by its place.
  @inlinable
  @inline(__always)
  public final func levels(
    _ json: inout JSONScanner, _ message: inout CheckedMessage, isBid: Bool,
    rest: (Int, inout JSONScanner) -> Void = { $1.skip() }
  ) {
    let isSnapshot = message.isSnapshot
    side(&json, &message, isBid: isBid) { json, market, book, list in
      levels(&json, market, book, isBid: isBid, isSnapshot: isSnapshot, into: &list, rest: rest)
    }
  }

  /// Reads levels `[{"price": 1.0, "qty": 2.0}, ...]` of JSON numbers, whose members are called as said. Fails when one
  /// cannot be read or has more digits than the checksum is over, or the side stands twice.
  @inlinable
  @inline(__always)
  public final func levels(
    _ json: inout JSONScanner, _ message: inout CheckedMessage, isBid: Bool, price: StaticString, quantity: StaticString
  ) {
    let isSnapshot = message.isSnapshot
    side(&json, &message, isBid: isBid) { json, market, book, list in
      levels(
        &json, market, book, isBid: isBid, isSnapshot: isSnapshot, into: &list, price: price, quantity: quantity)
    }
  }

  @inlinable
  @inline(__always)
  final func side(
    _ json: inout JSONScanner, _ message: inout CheckedMessage, isBid: Bool,
    _ read: (inout JSONScanner, Market, CheckedBook, inout pb_list) -> Void
  ) {
    guard message.isWanted else { return json.skip() }
    var list = isBid ? message.bids : message.asks
    guard list.count == 0 else { return json.fail() }
    withMarket(message.market) { market in
      guard let proof = market.proof else { return json.fail() }
      proof._withUnsafeGuaranteedRef { read(&json, market, $0, &list) }
    }
    if isBid { message.bids = list } else { message.asks = list }
  }

  /// All levels have been read. Publishes what the checksum proves.
  /// - Parameter provesSnapshot: a snapshot has a checksum, as every change has.
  @inlinable
  @inline(__always)
  public final func end(_ message: CheckedMessage, provesSnapshot: Bool = true) -> Status {
    guard message.market >= 0 else { return .unsupported }
    guard message.isWanted else { return .ok }
    let isProof = provesSnapshot || !message.isSnapshot
    guard !isProof || message.checksum <= UInt64(UInt32.max) else { return misread(message) }
    return withMarket(message.market) { market in
      end(
        market, isSnapshot: message.isSnapshot, checksum: isProof ? UInt32(truncatingIfNeeded: message.checksum) : nil,
        last: message.last, time: message.time, bids: message.bids, asks: message.asks)
    }
  }

  /// The message cannot be read.
  public final func misread(_ message: CheckedMessage) -> Status {
    message.market >= 0 ? misread(markets[message.market], .book) : .parse
  }
}
