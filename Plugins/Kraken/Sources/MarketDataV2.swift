import CPatchbay
import ConnectorKit

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
          data = json.mark
          json.skip()
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
    case .none: return answer.isEmpty ? .unsupported : answered(answer, stream)
    case .heartbeat: return .ok
    default:
      guard let data else { return .parse }
      return channelV2(kind, data, isSnapshot: isSnapshot, stream)
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

  private func channelV2(_ kind: FrameKind, _ data: JSONMark, isSnapshot: Bool, _ stream: pb_id) -> Status {
    var json = data.scanner()
    switch kind {
    case .trade: return tradesV2(&json, isSnapshot: isSnapshot, stream)
    case .ticker: return tickerV2(&json, stream)
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
    var bids: JSONMark?
    var asks: JSONMark?
    json.enterArray()
    guard json.nextElement() else { return json.fail() }
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "symbol":
        guard event.market < 0 else { return json.fail() }
        event.market = symbols.find(json.string())
        // Changes before the snapshot, or after a loss, are of no use.
        if event.market >= 0 { event.isRead = begin(markets[event.market], isSnapshot: isSnapshot) }
      case "bids":
        if event.market >= 0 {
          event.bids = readLevels(&json, event, isBid: true, isSnapshot)
        } else {
          bids = json.mark
          json.skip()
        }
      case "asks":
        if event.market >= 0 {
          event.asks = readLevels(&json, event, isBid: false, isSnapshot)
        } else {
          asks = json.mark
          json.skip()
        }
      case "checksum": event.checksum = json.unsigned()
      case "timestamp": event.time = json.timestamp()
      default: json.skip()
      }
    }
    // The documentation gives one book in each message; changes of a second one could not be judged by the first one's
    // sum.
    if json.nextElement() { json.fail() }
    guard json.isValid, event.market >= 0 else { return }
    if let bids { event.bids = readLevels(at: bids, &json, event, isBid: true, isSnapshot) }
    if let asks { event.asks = readLevels(at: asks, &json, event, isBid: false, isSnapshot) }
  }

  private func readLevels(
    at mark: JSONMark, _ json: inout JSONScanner, _ event: BookEvent, isBid: Bool, _ isSnapshot: Bool
  ) -> pb_list {
    var scanner = mark.scanner()
    let list = readLevels(&scanner, event, isBid: isBid, isSnapshot)
    if !scanner.isValid { json.fail() }
    return list
  }

  @inline(__always)
  private func readLevels(
    _ json: inout JSONScanner, _ event: BookEvent, isBid: Bool, _ isSnapshot: Bool
  ) -> pb_list {
    var list = isBid ? event.bids : event.asks
    guard event.isRead else { json.skip(); return list }
    guard list.count == 0 else { json.fail(); return list }
    let market = pair(event.market)
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
      guard price > 0, quantity >= 0 else { json.fail(); break }
      var text = ChecksumText()
      if quantity > 0 {
        let isWritten =
          add(price, market.priceExponent, at: market.checksumPriceExponent, to: &text)
          && add(quantity, market.quantityExponent, at: market.checksumQuantityExponent, to: &text)
        guard isWritten, !text.isTooLong else { json.fail(); break }
      }
      level(market, price: price, quantity: quantity, text: text, isBid: isBid, isSnapshot: isSnapshot, into: &list)
    }
    return list
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
