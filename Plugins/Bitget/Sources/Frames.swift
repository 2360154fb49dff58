import CPatchbay
import ConnectorKit

/// Public frames. Sources: "Websocket API", "Tickers Channel", "Trading Channel" of v2, the same of v1, and "Tickers
/// Channel", "Public Trade Channel" of v3.
extension BitgetConnector {
  /// What stands around the data of a frame, and what answers carry.
  static let head = FieldTable<HeadField>(
    ["action": .action, "data": .data, "event": .kind, "code": .code, "msg": .text, "ts": .time],
    inside: ["arg": ["channel": .channel, "topic": .channel, "instId": .symbol, "symbol": .symbol]])

  /// The answer to a `ping`.
  func isPong(_ frame: Body) -> Bool { frame.count == 4 && frame[0] == UInt8(ascii: "p") }

  /// "instType": what the exchange calls its products on public streams.
  private var instrumentType: String {
    switch version {
    case .v1: isPerpetual ? "MC" : "SP"
    case .v2: productType
    case .v3: productType.lowercased()
    }
  }

  public final func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    let (channels, type) = (feeds.channels, instrumentType)
    let (channel, symbol) = version == .v3 ? ("topic", "symbol") : ("channel", "instId")
    let args = topics.map { topic in
      "{\"instType\":\"\(type)\",\"\(channel)\":\"\(channels[topic.channel].name)\","
        + "\"\(symbol)\":\"\(markets[topic.market].rules.symbol)\"}"
    }
    let op = isUnsubscribe ? "unsubscribe" : "subscribe"
    return SealedText("{\"op\":\"\(op)\",\"args\":[\(args.joined(separator: ","))]}")
  }

  /// `{"action": "update", "arg": {"instType": "SPOT", "channel": "books", "instId": "BTCUSDT"}, "data": [{...}]}`, and
  /// answers `{"event": "subscribe", "arg": {...}}` or `{"event": "error", "arg": {...}, "code": 30001, "msg": "..."}`.
  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    if isPong(frame) { return .ok }
    guard let head = FrameHead(frame, Self.head) else { return .parse }
    let number = market(named: head.symbol)?.number ?? -1
    guard let data = head.data else { return answer(head, number) }
    guard number >= 0 else { return .unsupported }
    let market = markets[number]
    var list = data.scanner()
    switch head.channel {
    case "books": return book(data, market, head.action == "snapshot", frame)
    case "trade", "publicTrade": return trades(&list, market, head.action == "snapshot", stream)
    case "ticker":
      let status = eachTicker(&list, market, stream, head.time)
      guard isPerpetual, isWanted(market, .mark) else { return status }
      list = data.scanner()
      let marked = marks(&list, Self.mark, stream, of: market)
      return status == .ok ? marked : status
    default: return .unsupported
    }
  }

  /// Answers name the one topic that they are about; an error may name none.
  private func answer(_ head: FrameHead, _ number: Int) -> Status {
    switch head.kind {
    case "subscribe", "unsubscribe":
      acknowledged(number, channel: head.channel.text, isUnsubscribe: head.kind == "unsubscribe", .confirmed)
    case "error":
      let refusal = Acknowledgement.refused(code: head.code.text, text: head.text.text)
      guard number >= 0 else {
        acknowledged(JSONText(), refusal)
        return .ok
      }
      acknowledged(number, channel: head.channel.text, isUnsubscribe: false, refusal)
    default: break
    }
    return .ok
  }

  // MARK: Trades

  /// Objects in v2 and v3, with ids; arrays in v1. The newest comes first.
  private static let trade = FieldTable<TradeField>([
    "tradeId": .number, "price": .price, "size": .quantity, "side": .side, "ts": .time, "i": .number, "p": .price,
    "v": .quantity, "S": .side, "T": .time,
  ])
  private static let oldTrade = FieldTable<TradeField>(places: [.time, .price, .quantity, .side])

  private func trades(
    _ list: inout JSONScanner, _ market: Market, _ isSnapshot: Bool, _ stream: pb_id
  ) -> Status {
    guard version == .v1 else {
      return trades(
        &list, Self.trade, stream, of: market, isSnapshot: isSnapshot, isNewestFirst: !isSnapshot)
    }
    var entries: [JSONMark] = []
    list.elements { entries.append($0.passed()) }
    guard list.isValid else { return misread(market, .trades) }
    var status = Status.ok
    for entry in entries.reversed() {
      var json = entry.scanner()
      if trade(&json, Self.oldTrade, stream, of: market) == .parse { status = .parse }
    }
    return status
  }

  // MARK: Tickers, marks

  /// The names of v2 first, then those of v1 and v3. The answer to the question for all names the market `symbol`.
  static let ticker = FieldTable<TickerField>([
    "lastPr": .last, "bidPr": .bid, "bidSz": .bidQuantity, "askPr": .ask, "askSz": .askQuantity, "open24h": .open,
    "open": .open, "high24h": .high, "low24h": .low, "baseVolume": .baseVolume, "quoteVolume": .quoteVolume,
    "ts": .time, "symbol": .symbol, "last": .last, "bestBid": .bid, "bestAsk": .ask, "systemTime": .time,
    "lastPrice": .last, "bid1Price": .bid, "bid1Size": .bidQuantity, "ask1Price": .ask, "ask1Size": .askQuantity,
    "openPrice24h": .open, "highPrice24h": .high, "lowPrice24h": .low, "volume24h": .baseVolume,
    "turnover24h": .quoteVolume,
  ])
  static let mark = FieldTable<MarkField>([
    "symbol": .symbol, "markPrice": .mark, "indexPrice": .index, "fundingRate": .rate, "nextFundingTime": .next,
    "ts": .time, "capitalRate": .rate, "nextSettleTime": .next, "systemTime": .time, "nextUpdate": .next,
    "fundingRateInterval": .intervalHours,
  ])

  private func eachTicker(_ list: inout JSONScanner, _ market: Market, _ stream: pb_id, _ time: Int64) -> Status {
    var status = Status.ok
    list.elements { json in
      if ticker(&json, Self.ticker, stream, of: market, time: time) == .parse { status = .parse }
    }
    return list.isValid ? status : misread(market, [.ticker, .mark])
  }
}
