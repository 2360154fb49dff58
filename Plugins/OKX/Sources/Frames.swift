import CPatchbay
import ConnectorKit

/// Public frames. Sources: OKX API v5, "Order book channel", "Trades channel", "Tickers channel", "Mark price channel",
/// "Index tickers channel", "Funding rate channel", "Subscribe".
extension OKXConnector {
  /// What stands around the data of a frame, and what answers carry.
  static let head = FieldTable<HeadField>(
    ["action": .action, "data": .data, "event": .kind, "code": .code, "msg": .text, "id": .request],
    inside: ["arg": ["channel": .channel, "instId": .symbol]])

  /// The answer to a `ping`.
  func isPong(_ frame: Body) -> Bool { frame.count == 4 && frame[0] == UInt8(ascii: "p") }

  public final func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    let channels = feeds.channels
    if let first = topics.first, channels[first.channel].carries == .liquidations {
      return liquidationTopic(first.market, isUnsubscribe: isUnsubscribe, id: id)
    }
    let args = topics.map { topic in
      let name = channels[topic.channel].name
      // The index has a name of its own.
      let rules = markets[topic.market].rules
      let symbol = name == "index-tickers" ? rules.otherNames.first ?? rules.symbol : rules.symbol
      return "{\"channel\":\"\(name)\",\"instId\":\"\(symbol)\"}"
    }
    let op = isUnsubscribe ? "unsubscribe" : "subscribe"
    return SealedText("{\"id\":\"\(id)\",\"op\":\"\(op)\",\"args\":[\(args.joined(separator: ","))]}")
  }

  /// `{"arg": {"channel": "books", "instId": "BTC-USDT"}, "action": "update", "data": [{...}]}`, and answers
  /// `{"id": "1", "event": "subscribe", "arg": {...}}` or `{"event": "error", "code", "msg"}`.
  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    if isPong(frame) { return .ok }
    guard let head = FrameHead(frame, Self.head) else { return .parse }
    let number = market(named: head.symbol)?.number ?? -1
    guard let data = head.data else { return answer(head, number) }
    guard head.kind != "error", head.isFine() else {
      return number >= 0 ? misread(markets[number], Channels(rawValue: .max)) : .parse
    }
    if head.channel == "liquidation-orders" { return liquidationsCame(data, stream) }
    guard number >= 0 else { return .unsupported }
    let market = markets[number]
    switch head.channel {
    case "books": return book(data, market, head.action == "snapshot", frame)
    case "trades":
      var list = data.scanner()
      return trades(&list, Self.trade, stream, of: market)
    case "tickers":
      var list = data.scanner()
      return tickers(&list, ticker, stream)
    case "mark-price", "index-tickers", "funding-rate":
      var list = data.scanner()
      return marks(&list, Self.mark, stream, of: market)
    default: return .unsupported
    }
  }

  /// A message to the channel of liquidations, which names no market, is of one topic.
  public final func group(_ topic: Topic) -> Int {
    feeds.channels[topic.channel].carries == .liquidations ? 1 + topic.market : 0
  }

  /// An answer names the one topic that it is about; an error names the message.
  private func answer(_ head: FrameHead, _ number: Int) -> Status {
    switch head.kind {
    // It is of no market: the message is meant.
    case "subscribe" where head.channel == "liquidation-orders",
      "unsubscribe" where head.channel == "liquidation-orders":
      acknowledged(head.request, .confirmed)
    case "subscribe", "unsubscribe":
      acknowledged(number, channel: head.channel.text, isUnsubscribe: head.kind == "unsubscribe", .confirmed)
    case "error": acknowledged(head.request, .refused(code: head.code.text, text: head.text.text))
    default: break
    }
    return .ok
  }

  /// "Trades channel".
  private static let trade = FieldTable<TradeField>([
    "tradeId": .id, "px": .price, "sz": .quantity, "side": .side, "ts": .time,
  ])

  /// "Mark price channel", "Index tickers channel", "Funding rate channel", and the questions of the same names. The
  /// rate is paid at `fundingTime`.
  static let mark = FieldTable<MarkField>([
    "instId": .symbol, "markPx": .mark, "idxPx": .index, "fundingRate": .rate, "fundingTime": .next,
    "nextFundingTime": .following, "ts": .time,
  ])

  /// "Tickers channel". Empty texts say "none".
  var ticker: FieldTable<TickerField> { product.isPerpetual ? Self.contractTicker : Self.spotTicker }

  /// The volumes count base and quote.
  private static let spotTicker = FieldTable<TickerField>([
    "instId": .symbol, "last": .last, "lastSz": .lastQuantity, "askPx": .ask, "askSz": .askQuantity, "bidPx": .bid,
    "bidSz": .bidQuantity, "open24h": .open, "high24h": .high, "low24h": .low, "vol24h": .baseVolume,
    "volCcy24h": .quoteVolume, "ts": .time,
  ])

  /// The volumes count contracts and base.
  private static let contractTicker = FieldTable<TickerField>([
    "instId": .symbol, "last": .last, "lastSz": .lastQuantity, "askPx": .ask, "askSz": .askQuantity, "bidPx": .bid,
    "bidSz": .bidQuantity, "open24h": .open, "high24h": .high, "low24h": .low, "volCcy24h": .baseVolume, "ts": .time,
  ])
}
