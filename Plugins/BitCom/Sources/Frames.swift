import CPatchbay
import ConnectorKit

/// Public frames. Sources: "Depth channel", "Trade channel", "Ticker channel", "Subscription".
extension BitComPerpetual {
  private static let head = FieldTable<HeadField>(["channel": .channel, "data": .data, "timestamp": .time])

  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    let (verb, channel) = (isUnsubscribe ? "unsubscribe" : "subscribe", feeds.channels[topics[0].channel].name)
    let names = topics.map { "\"\(markets[$0.market].symbol)\"" }.joined(separator: ",")
    return SealedText("{\"type\":\"\(verb)\",\"channels\":[\"\(channel)\"],\"instruments\":[\(names)]}")
  }

  /// A message is about one channel.
  public func group(_ topic: Topic) -> Int { topic.channel }

  /// `{"channel": "depth", "timestamp": 1704643983957, "data": {...}, "module": "linear"}`, and answers `{"channel":
  /// "subscription", "data": {"code": 0, "subscription": ["depth"]}}`.
  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    guard let head = FrameHead(frame, Self.head), let data = head.data else { return .parse }
    switch head.channel {
    case "depth": return depth(data, head.time, frame)
    case "trade":
      var list = data.scanner()
      return trades(&list, Self.trade, stream)
    case "ticker": return ticker(data, stream)
    case "subscription": return answer(data)
    case "pong": return .ok
    default: return .unsupported
    }
  }

  /// The message is told by its channel alone: the oldest one about it is meant.
  private func answer(_ data: JSONMark) -> Status {
    var json = data.scanner()
    var (code, channel) = ("", "")
    json.members { key, json in
      switch key {
      case "code": code = json.words()
      case "subscription": json.elements { channel = $0.words() }
      default: return false
      }
      return true
    }
    guard json.isValid else { return .parse }
    let isFine = code == "0"
    let answer: Acknowledgement = isFine ? .confirmed : .refused(code: code, text: "the subscription was refused")
    // What is given up is said first.
    if acknowledged(nil, channel: channel, isUnsubscribe: true, answer) == nil {
      acknowledged(nil, channel: channel, isUnsubscribe: false, answer)
    }
    return .ok
  }

  /// `{"type": "snapshot", "instrument_id": "BTC-USDT-PERPETUAL", "sequence": 3, "bids": [["1", "2"]], "asks": [...]}`
  /// or `{"type": "update", ..., "prev_sequence": 2, "changes": [["sell", "3.358", "0"]]}`.
  private func depth(_ data: JSONMark, _ time: Int64, _ frame: Body) -> Status {
    guard let market = market(named: data.text("instrument_id")) else { return .unsupported }
    guard market.wantsBook else { return .ok }
    var json = data.scanner()
    var (bids, asks): (pb_list?, pb_list?) = (nil, nil)
    var (number, previous, isSnapshot) = (UInt64(0), UInt64(0), false)
    out.beginBook()
    json.members { key, json in
      switch key {
      case "type": isSnapshot = json.string() == "snapshot"
      case "sequence": number = json.unsigned()
      case "prev_sequence": previous = json.unsigned()
      case "bids": bids = out.levels(&json, market)
      case "asks": asks = out.levels(&json, market)
      case "changes":
        let sides = out.sides(&json) { Self.change(&$0, market) }
        (bids, asks) = (sides.bids, sides.asks)
      default: return false
      }
      return true
    }
    guard json.isValid, let bids, let asks, number > 0, isSnapshot || previous > 0 else {
      return misread(market, .book)
    }
    return book(
      market, isSnapshot: isSnapshot, last: number, previous: previous, time: time, bids: bids, asks: asks,
      frame: frame)
  }

  /// `["sell", "3.358", "0"]`
  private static func change(
    _ json: inout JSONScanner, _ market: Market
  ) -> (side: Side, price: Int64, quantity: Int64) {
    json.enterArray()
    let side: Side = json.nextElement() ? json.string() == "buy" ? .buy : .sell : .none
    let price = json.nextElement() ? json.fixed(market.priceExponent) : 0
    let quantity = json.nextElement() ? json.quantity(market) : -1
    while json.nextElement() { json.skip() }
    if price <= 0 || quantity < 0 { json.fail() }
    return (side, price, quantity)
  }

  /// Levels of a change have their side in front.
  public func misfit(_ message: Body, _ market: Market) -> String? {
    LevelMisfit(market, LevelMisfit.Shape(price: 1, quantity: 2)).words(message) ?? LevelMisfit(market).words(message)
  }

  private static let trade = FieldTable<TradeField>([
    "instrument_id": .symbol, "trade_id": .number, "price": .price, "qty": .quantity, "side": .side,
    "created_at": .time,
  ])

  /// One message says the ticker and the prices by which positions are valued.
  private func ticker(_ data: JSONMark, _ stream: pb_id) -> Status {
    guard let market = market(named: data.text("instrument_id")) else { return .unsupported }
    var entry = data.scanner()
    var prices = data.scanner()
    let status = ticker(&entry, Self.ticker, stream, of: market)
    let other = mark(&prices, Self.mark, stream, of: market)
    return status == .ok ? other : status
  }

  private static let ticker = FieldTable<TickerField>([
    "best_bid": .bid, "best_bid_qty": .bidQuantity, "best_ask": .ask, "best_ask_qty": .askQuantity,
    "last_price": .last, "last_qty": .lastQuantity, "open24h": .open, "high24h": .high, "low24h": .low,
    "volume24h": .baseVolume, "time": .time,
  ])

  private static let mark = FieldTable<MarkField>([
    "mark_price": .mark, "index_price": .index, "funding_rate": .rate, "time": .time,
  ])
}
