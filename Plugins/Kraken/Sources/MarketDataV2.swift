import CPatchbay
import ConnectorKit

/// Frames of the public socket, version 2: the hot path. Source: Kraken API Center, "Spot WebSocket v2":
/// `{"channel": "book", "type": "update", "data": [{...}]}`, and answers `{"method": "subscribe", "success": true,
/// ...}`. Keys may come in any order.
extension KrakenSpot {
  func frameV2(_ stream: pb_id, _ payload: Body) -> Status {
    var json = JSONScanner(payload)
    var (channel, type, data, book) = (JSONText(), JSONText(), JSONMark?.none, CheckedMessage())
    var isRefused = false
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "channel": channel = json.string()
      case "type": type = json.string()
      case "data" where channel == "book" && !type.isEmpty: book = read(&json, isSnapshot: type == "snapshot")
      case "data": data = json.passed()
      case "success": isRefused = json.scalar() == "false"
      default: json.skip()
      }
    }
    let isSnapshot = type == "snapshot"
    if channel == "book", var late = data?.scanner() {
      book = read(&late, isSnapshot: isSnapshot)
      if !late.isValid { json.fail() }
    }
    guard json.isComplete(), channel.isEmpty || !isRefused else { return misread(book) }
    if channel == "book" { return end(book) }
    guard !channel.isEmpty else { return FrameHead(payload, Self.head).map(answered) ?? .parse }
    return channelV2(channel, data, isSnapshot: isSnapshot, stream)
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

  /// `[{"symbol": "BTC/USD", "bids": [{"price": 1.0, "qty": 2.0}], "asks": [], "checksum": 1, "timestamp": "..."}]`
  @inline(__always)
  private func read(_ json: inout JSONScanner, isSnapshot: Bool) -> CheckedMessage {
    var (book, isBegun, names) = (CheckedMessage(), false, 0)
    json.enterArray()
    if !json.nextElement() { json.fail() }
    let start = json.mark
    json.enterObject()
    while let key = json.nextKey() {
      // Levels may stand before the name of their market.
      if !isBegun { (book, isBegun) = (begin(symbols.find(start.text("symbol")), isSnapshot: isSnapshot), true) }
      switch key {
      case "symbol":
        names += 1
        json.skip()
      case "bids": levels(&json, &book, isBid: true, price: "price", quantity: "qty")
      case "asks": levels(&json, &book, isBid: false, price: "price", quantity: "qty")
      case "checksum": book.checksum = json.unsigned()
      case "timestamp": book.time = json.timestamp()
      default: json.skip()
      }
    }
    // The documentation gives one book in each message; changes of a second one could not be judged by the first one's
    // sum.
    if json.nextElement() || names != 1 { json.fail() }
    return book
  }
}
