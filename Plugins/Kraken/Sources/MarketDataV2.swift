import CPatchbay
import ConnectorKit
import Decimals

/// Frames of the public socket, version 2: the hot path. Source: Kraken API Center, "Spot WebSocket v2":
/// `{"channel": "book", "type": "update", "data": [{...}]}`, and answers `{"method": "subscribe", "success": true,
/// ...}`.
///
/// Keys may come in any order. Numbers are JSON numbers, whose trailing zeros may be missing: the digits under the
/// checksum are made from the value at the pair's precision.
extension KrakenSpot {
  /// Channels by what this connector does with them.
  enum FrameKind { case none, book, trade, ticker, instrument, executions, balances, status, heartbeat, other }

  func frameV2(_ stream: pb_id, _ payload: Body) -> Status {
    var json = JSONScanner(payload)
    var kind = FrameKind.none
    var type = JSONText()
    var data: JSONMark?
    var event = BookEvent()
    var answer = SocketAnswer()
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "channel": kind = KrakenSpot.kind(json.string())
      case "type": type = json.string()
      case "data":
        if kind == .book, !type.isEmpty {
          read(&json, &event, isSnapshot: type == "snapshot")
        } else {
          data = json.passed()
        }
      default: answer.read(key, &json)
      }
    }
    guard json.isComplete() else { return misread(event) }
    let isSnapshot = type == "snapshot"
    switch kind {
    case .book:
      if let data {
        var json = data.scanner()
        read(&json, &event, isSnapshot: isSnapshot)
        guard json.isValid else { return misread(event) }
      }
      return publish(event, isSnapshot: isSnapshot)
    case .none: return answer.isEmpty ? .unsupported : answered(answer)
    case .heartbeat: return .ok
    default: return channelV2(kind, data, isSnapshot: isSnapshot, stream)
    }
  }

  @inline(__always)
  static func kind(_ channel: JSONText) -> FrameKind {
    switch channel {
    case "book": .book
    case "trade": .trade
    case "ticker": .ticker
    case "heartbeat": .heartbeat
    case "instrument": .instrument
    case "executions": .executions
    case "balances": .balances
    case "status": .status
    default: .other
    }
  }

  private func channelV2(_ kind: FrameKind, _ data: JSONMark?, isSnapshot: Bool, _ stream: pb_id) -> Status {
    guard var json = data?.scanner() else {
      return misread(stream: stream, kind == .trade ? .trades : kind == .ticker ? .ticker : [])
    }
    switch kind {
    case .trade: return trades(&json, Self.trade, stream, isSnapshot: isSnapshot)
    case .ticker: return tickers(&json, Self.ticker, stream)
    case .instrument: return instrumentChannel(&json)
    case .status: return engineStatus(&json)
    default: return .unsupported
    }
  }

  // MARK: Book

  struct BookEvent {
    var market = -1
    var isRead = false
    var checksum: UInt64 = .max
    var time: Int64 = 0
    var bids = pb_list()
    var asks = pb_list()
  }

  private func misread(_ event: BookEvent) -> Status {
    event.market >= 0 ? misread(markets[event.market], .book) : .parse
  }

  /// `[{"symbol": "BTC/USD", "bids": [{"price": 1.0, "qty": 2.0}], "asks": [], "checksum": 1, "timestamp": "..."}]`
  @inline(__always)
  private func read(_ json: inout JSONScanner, _ event: inout BookEvent, isSnapshot: Bool) {
    json.enterArray()
    guard json.nextElement() else { return json.fail() }
    let start = json.mark
    var (isNamed, isLate) = (false, false)
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "symbol":
        guard !isNamed else { return json.fail() }
        isNamed = true
        event.market = symbols.find(json.string())
        // Changes before the snapshot, or after a loss, are of no use.
        if event.market >= 0 { event.isRead = begin(markets[event.market], isSnapshot: isSnapshot) }
      case "bids" where isNamed: readLevels(&json, event.market, event.isRead, isBid: true, isSnapshot, &event.bids)
      case "asks" where isNamed: readLevels(&json, event.market, event.isRead, isBid: false, isSnapshot, &event.asks)
      case "bids", "asks":
        isLate = true
        json.skip()
      case "checksum": event.checksum = json.unsigned()
      case "timestamp": event.time = json.timestamp()
      default: json.skip()
      }
    }
    // The documentation gives one book in each message; changes of a second one could not be judged by the first one's
    // sum.
    if json.nextElement() || !isNamed { json.fail() }
    if isLate, json.isValid { readEarly(start, &json, &event, isSnapshot) }
  }

  /// Levels that stand before the name of their market.
  @inline(never)
  private func readEarly(_ book: JSONMark, _ json: inout JSONScanner, _ event: inout BookEvent, _ isSnapshot: Bool) {
    var early = book.scanner()
    early.enterObject()
    while let key = early.nextKey(), key != "symbol" {
      switch key {
      case "bids": readLevels(&early, event.market, event.isRead, isBid: true, isSnapshot, &event.bids)
      case "asks": readLevels(&early, event.market, event.isRead, isBid: false, isSnapshot, &event.asks)
      default: early.skip()
      }
    }
    if !early.isValid { json.fail() }
  }

  @inline(__always)
  private func readLevels(
    _ json: inout JSONScanner, _ number: Int, _ isRead: Bool, isBid: Bool, _ isSnapshot: Bool, _ list: inout pb_list
  ) {
    guard isRead else { return json.skip() }
    guard list.count == 0 else { return json.fail() }
    let market = pair(number)
    guard let book = market.checked else { return json.fail() }
    json.enterArray()
    while json.nextElement() {
      var price: Int64 = 0
      var quantity: Int64 = -1
      json.enterObject()
      while let key = json.nextKey() {
        switch key {
        case "price": price = json.fixed(market.priceExponent)
        case "qty": quantity = json.fixed(market.quantityExponent)
        default: json.skip()
        }
      }
      guard price > 0, quantity >= 0 else { return json.fail() }
      var text = ChecksumText()
      if quantity > 0 {
        let isWritten =
          add(price, market.priceExponent, at: market.checksumPriceExponent, to: &text)
          && add(quantity, market.quantityExponent, at: market.checksumQuantityExponent, to: &text)
        guard isWritten, !text.isTooLong else { return json.fail() }
      }
      level(book, price: price, quantity: quantity, text: text, isBid: isBid, isSnapshot: isSnapshot, into: &list)
    }
  }

  /// Appends a number's digits at the precision that the checksum uses.
  @inline(__always)
  private func add(_ value: Int64, _ exponent: Int32, at wanted: Int32, to text: inout ChecksumText) -> Bool {
    guard exponent != wanted else {
      text.append(significantDigitsOf: UInt64(bitPattern: value))
      return true
    }
    return rescale(value, exponent, at: wanted, to: &text)
  }

  @inline(never)
  private func rescale(_ value: Int64, _ exponent: Int32, at wanted: Int32, to text: inout ChecksumText) -> Bool {
    guard let scaled = Decimal64(mantissa: value, exponent: exponent).mantissa(at: wanted) else { return false }
    text.append(significantDigitsOf: UInt64(bitPattern: scaled))
    return true
  }

  @inline(__always)
  private func publish(_ event: BookEvent, isSnapshot: Bool) -> Status {
    guard event.market >= 0 else { return .unsupported }
    guard event.isRead else { return .ok }
    guard event.checksum <= UInt64(UInt32.max) else { return misread(event) }
    return end(
      markets[event.market], isSnapshot: isSnapshot, checksum: UInt32(truncatingIfNeeded: event.checksum),
      time: event.time, bids: event.bids, asks: event.asks)
  }
}
