import CPatchbay
import ConnectorKit

/// Frames of the public socket, version 2: the hot path. Source: Kraken API Center, "Spot WebSocket v2":
/// `{"channel": "book", "type": "update", "data": [{...}]}`, and answers `{"method": "subscribe", "success": true,
/// ...}`. Keys may come in any order.
extension KrakenSpot {
  func frameV2(_ stream: pb_id, _ payload: Body) -> Status {
    var json = JSONScanner(payload)
    var (channel, type, data) = (JSONText(), JSONText(), JSONMark?.none)
    var (event, answer) = (BookEvent(), SocketAnswer())
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "channel": channel = json.string()
      case "type": type = json.string()
      case "data":
        if channel == "book", !type.isEmpty {
          read(&json, &event, isSnapshot: type == "snapshot")
        } else {
          data = json.passed()
        }
      default: answer.read(key, &json)
      }
    }
    guard json.isComplete() else { return misread(event) }
    let isSnapshot = type == "snapshot"
    guard channel == "book" else {
      return channel.isEmpty ? answered(answer) : channelV2(channel, data, isSnapshot: isSnapshot, stream)
    }
    if var json = data?.scanner() {
      read(&json, &event, isSnapshot: isSnapshot)
      guard json.isValid else { return misread(event) }
    }
    return publish(event, isSnapshot: isSnapshot)
  }

  private func channelV2(_ channel: JSONText, _ data: JSONMark?, isSnapshot: Bool, _ stream: pb_id) -> Status {
    if channel == "heartbeat" { return .ok }
    guard var json = data?.scanner() else {
      return misread(stream: stream, channel == "trade" ? .trades : channel == "ticker" ? .ticker : [])
    }
    switch channel {
    case "trade": return trades(&json, Self.trade, stream, isSnapshot: isSnapshot)
    case "ticker": return tickers(&json, Self.ticker, stream)
    case "instrument": return instrumentChannel(&json)
    case "status": return engineStatus(&json)
    default: return .unsupported
    }
  }

  // MARK: Book

  private struct BookEvent {
    /// The market's number: -1 before it is named, and of one that is not known.
    var market = -1
    var isNamed = false
    var isRead = false
    var checksum: UInt64 = .max
    var time: Int64 = 0
    var (bids, asks) = (pb_list(), pb_list())
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
    var isNamed = false
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "symbol":
        let symbol = json.string()
        if isNamed { json.fail() }
        isNamed = true
        if !event.isNamed { name(&event, symbol, isSnapshot: isSnapshot) }
      case "bids":
        if !event.isNamed { nameEarly(&event, start, isSnapshot: isSnapshot) }
        readLevels(&json, event.market, event.isRead, isBid: true, isSnapshot, &event.bids)
      case "asks":
        if !event.isNamed { nameEarly(&event, start, isSnapshot: isSnapshot) }
        readLevels(&json, event.market, event.isRead, isBid: false, isSnapshot, &event.asks)
      case "checksum": event.checksum = json.unsigned()
      case "timestamp": event.time = json.timestamp()
      default: json.skip()
      }
    }
    // The documentation gives one book in each message; changes of a second one could not be judged by the first one's
    // sum.
    if json.nextElement() || !isNamed { json.fail() }
  }

  @inline(__always)
  private func name(_ event: inout BookEvent, _ symbol: JSONText, isSnapshot: Bool) {
    event.isNamed = true
    event.market = symbols.find(symbol)
    // Changes before the snapshot, or after a loss, are of no use.
    if event.market >= 0 { event.isRead = begin(markets[event.market], isSnapshot: isSnapshot) }
  }

  /// Levels stand before the name of their market, which is looked for behind them.
  @inline(never)
  private func nameEarly(_ event: inout BookEvent, _ book: JSONMark, isSnapshot: Bool) {
    var symbol = book.scanner()
    if let found = symbol.find("symbol") {
      symbol = found.scanner()
      name(&event, symbol.string(), isSnapshot: isSnapshot)
    }
  }

  @inline(__always)
  private func readLevels(
    _ json: inout JSONScanner, _ number: Int, _ isRead: Bool, isBid: Bool, _ isSnapshot: Bool, _ list: inout pb_list
  ) {
    guard isRead else { return json.skip() }
    guard list.count == 0 else { return json.fail() }
    levels(
      &json, markets[number], isBid: isBid, isSnapshot: isSnapshot, into: &list, price: "price", quantity: "qty")
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
