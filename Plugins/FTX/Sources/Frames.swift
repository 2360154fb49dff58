import CPatchbay
import ConnectorKit

/// Public frames. Sources: "Ticker Channel", "Trades Channel", "Orderbook Channel", "Response Format".
extension FTXSpot {
  static let head = FieldTable<HeadField>([
    "type": .kind, "channel": .channel, "market": .symbol, "data": .data, "code": .code, "msg": .text,
  ])

  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    let (topic, verb) = (topics[0], isUnsubscribe ? "unsubscribe" : "subscribe")
    let (name, symbol) = (feeds.channels[topic.channel].name, markets[topic.market].symbol)
    return SealedText("{\"op\":\"\(verb)\",\"channel\":\"\(name)\",\"market\":\"\(symbol)\"}")
  }

  /// `{"channel": "orderbook", "market": "BTC/USD", "type": "update", "data": {...}}`, `{"type": "subscribed",
  /// "channel": "trades", "market": "BTC/USD"}`, `{"type": "error", "code": 404, "msg": "No such market: X"}`,
  /// `{"type": "info", "code": 20001, "msg": "..."}`.
  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    guard let head = FrameHead(frame, Self.head) else { return .parse }
    guard let market = market(named: head.symbol) else {
      switch head.kind {
      case "pong": return .ok
      // "Response Format": 20001 says that the server restarts.
      case "info":
        if head.code == "20001" { reopen(stream, "the exchange asks to connect again") }
        return .ok
      case "error":
        refused(stream, code: head.code.text, text: head.text.text)
        return .ok
      default: return .unsupported
      }
    }
    switch head.kind {
    case "subscribed", "unsubscribed":
      acknowledged(
        market.number, channel: head.channel.text, isUnsubscribe: head.kind == "unsubscribed", .confirmed)
      return .ok
    case "error":
      acknowledged(
        market.number, channel: head.channel.text, isUnsubscribe: false,
        .refused(code: head.code.text, text: head.text.text))
      return .ok
    case "partial", "update": break
    default: return .unsupported
    }
    guard let data = head.data else { return .parse }
    var json = data.scanner()
    switch head.channel {
    case "orderbook": return book(&json, market, isSnapshot: head.kind == "partial")
    case "trades": return trades(&json, Self.trade, stream, of: market)
    case "ticker": return ticker(&json, Self.ticker, stream, of: market)
    default: return .unsupported
    }
  }

  /// `{"time": 1626993904.1557314, "checksum": 706162672, "bids": [[0.7959, 83274.0]], "asks": [...], "action":
  /// "update"}`
  private func book(_ json: inout JSONScanner, _ market: Market, isSnapshot: Bool) -> Status {
    var book = begin(market.number, isSnapshot: isSnapshot)
    var (hasBids, hasAsks) = (false, false)
    json.members { key, json in
      switch key {
      case "bids":
        hasBids = true
        levels(&json, &book, isBid: true)
      case "asks":
        hasAsks = true
        levels(&json, &book, isBid: false)
      case "checksum": book.checksum = json.unsigned()
      case "time": book.time = json.seconds()
      default: return false
      }
      return true
    }
    guard json.isValid, hasBids, hasAsks else { return misread(book) }
    return end(book)
  }

  /// The side is the taker's.
  private static let trade = FieldTable<TradeField>([
    "id": .number, "price": .price, "size": .quantity, "side": .side, "time": .isoTime,
  ])

  private static let ticker = FieldTable<TickerField>([
    "bid": .bid, "bidSize": .bidQuantity, "ask": .ask, "askSize": .askQuantity, "last": .last, "time": .seconds,
  ])
}
