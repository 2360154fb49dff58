import CPatchbay
import ConnectorKit

/// Public frames. Sources: "Subscribe to WebSocket Channels", "Level 1 Order Book Data (BBO)", "Level 2 Order Book
/// Updates", "Level 2 Order Book Snapshot", "Market Trades", "Keep Connection Alive via Ping-Pong".
extension AscendEXSpot {
  private static let head = FieldTable<HeadField>([
    "m": .kind, "symbol": .symbol, "data": .data, "ch": .channel, "id": .request, "code": .code, "reason": .text,
  ])

  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    let symbols = topics.map { markets[$0.market].symbol }.joined(separator: ",")
    let channel = feeds.channels[topics[0].channel].name
    let verb = isUnsubscribe ? "unsub" : "sub"
    return SealedText("{\"op\":\"\(verb)\",\"id\":\"\(id)\",\"ch\":\"\(channel):\(symbols)\"}")
  }

  /// A message is about one channel.
  public func group(_ topic: Topic) -> Int { topic.channel }

  public func snapshotFrame(_ market: Market, id: pb_id) -> SealedText {
    SealedText(
      "{\"op\":\"req\",\"id\":\"\(id)\",\"action\":\"depth-snapshot\",\"args\":{\"symbol\":\"\(market.symbol)\"}}")
  }

  /// `{"m": "depth", "symbol": "BTC/USDT", "data": {...}}`, `{"m": "sub", "id": "1", "ch": "depth:BTC/USDT", "code":
  /// 0}`, `{"m": "ping", "hp": 3}`, `{"m": "error", "id": "1", "code": 100005, "reason": "INVALID_WS_REQUEST_DATA"}`.
  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    guard let head = FrameHead(frame, Self.head) else { return .parse }
    guard let data = head.data else { return answer(head, stream) }
    guard let market = market(named: head.symbol) else { return .unsupported }
    switch head.kind {
    case "depth", "depth-realtime": return book(data, market, isUpdate: true, frame)
    case "depth-snapshot", "depth-snapshot-realtime": return book(data, market, isUpdate: false, frame)
    case "trades":
      var list = data.scanner()
      return list.peek() == UInt8(ascii: "[")
        ? trades(&list, Self.trade, stream, of: market) : trade(&list, Self.trade, stream, of: market)
    case "bbo":
      var entry = data.scanner()
      return ticker(&entry, Self.ticker, stream, of: market)
    default: return .unsupported
    }
  }

  private func answer(_ head: FrameHead, _ stream: pb_id) -> Status {
    switch head.kind {
    case "ping": answerHeartbeat("{\"op\":\"pong\"}", act: "pong", on: stream)
    case "sub", "unsub":
      let parts = head.channel.text.split(separator: ":", maxSplits: 1)
      guard parts.count == 2, let market = market(named: String(parts[1])) else {
        acknowledged(head.request, head.answer())
        return .ok
      }
      acknowledged(
        market.number, channel: String(parts[0]), isUnsubscribe: head.kind == "unsub", head.answer())
    case "error": acknowledged(head.request, head.answer())
    case "connected", "pong", "disconnected": break
    default: return .unsupported
    }
    return .ok
  }

  /// `{"ts": 1573069021376, "seqnum": 2097965, "asks": [["0.06844", "10760"]], "bids": [...]}`
  private func book(_ data: JSONMark, _ market: Market, isUpdate: Bool, _ frame: Body) -> Status {
    guard market.wantsBook else { return .ok }
    var json = data.scanner()
    var (bids, asks): (pb_list?, pb_list?) = (nil, nil)
    var (number, time) = (UInt64(0), Int64(0))
    out.beginBook()
    json.members { key, json in
      switch key {
      case "asks": asks = out.levels(&json, market)
      case "bids": bids = out.levels(&json, market)
      case "seqnum": number = json.unsigned()
      case "ts": time = json.milliseconds()
      default: return false
      }
      return true
    }
    guard json.isValid, let bids, let asks, number > 0 else { return misread(market, .book) }
    guard !isUpdate else {
      return book(market, last: number, time: time, bids: bids, asks: asks, frame: frame)
    }
    snapshot(market, last: number, time: time, bids: bids, asks: asks, isInBand: false)
    return .ok
  }

  /// `bm`: the buyer is the maker.
  private static let trade = FieldTable<TradeField>([
    "seqnum": .id, "p": .price, "q": .quantity, "bm": .buyerRested, "ts": .time,
  ])

  private static let ticker = FieldTable<TickerField>(["bid": .bidLevel, "ask": .askLevel, "ts": .time])
}
