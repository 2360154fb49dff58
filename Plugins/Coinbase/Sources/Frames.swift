import CPatchbay
import ConnectorKit

/// What stands around the events of a message, on the public and on the user's stream.
struct FrameHead {
  var channel = JSONText()
  var type = JSONText()
  var message = JSONText()
  var time: Int64 = 0
  /// Counts the messages of a connection.
  var number: UInt64?
  var events: JSONMark?

  /// `{"channel": "l2_data", "timestamp": "2026-...Z", "sequence_num": 13, "events": [...]}`, or
  /// `{"type": "error", "message": "..."}`. Fails where it is neither whole nor JSON.
  init(_ frame: Body, _ isWhole: inout Bool) {
    var json = JSONScanner(frame)
    json.members { key, json in
      switch key {
      case "channel": channel = json.string()
      case "timestamp": time = json.timestamp()
      case "sequence_num": number = json.unsigned()
      case "events":
        events = json.mark
        return false
      case "type": type = json.string()
      case "message": message = json.scalar()
      default: return false
      }
      return true
    }
    isWhole = json.isComplete()
  }
}

/// Public frames. Sources: Coinbase Advanced Trade API, "WebSocket Overview", "WebSocket Channels".
extension CoinbaseSpot {
  /// One channel a message.
  public func group(_ topic: Topic) -> Int { topic.channel }

  /// `{"type": "subscribe", "product_ids": ["ETH-USD", "ETH-EUR"], "channel": "level2"}`
  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    let products = topics.map { jsonQuoted(feedName(markets[$0.market])) }.joined(separator: ",")
    let channel = topics.first.map { feeds.channels[$0.channel].name } ?? ""
    let type = isUnsubscribe ? "unsubscribe" : "subscribe"
    return SealedText("{\"type\":\"\(type)\",\"product_ids\":[\(products)],\"channel\":\"\(channel)\"}")
  }

  public func commonTopic(_ name: String, id: pb_id) -> SealedText {
    SealedText("{\"type\":\"subscribe\",\"channel\":\"\(name)\"}")
  }

  /// "Sequence Numbers": a number above the one that is due says that messages were dropped.
  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    var isWhole = false
    let head = FrameHead(frame, &isWhole)
    guard isWhole else { return .parse }
    if let number = head.number, !follows(stream, number) { return .ok }
    if head.type == "error" {
      refused(stream, text: head.message.text)
      return head.events == nil ? .ok : .parse
    }
    guard var events = head.events?.scanner() else { return .unsupported }
    var status = Status.ok
    func add(_ one: Status) { if status == .ok { status = one } }
    switch head.channel {
    case "l2_data": events.elements { add(book(&$0, head.time, frame, stream)) }
    case "market_trades": events.elements { add(trades(&$0, stream)) }
    case "ticker", "ticker_batch": events.elements { add(tickers(&$0, head.time, stream)) }
    case "subscriptions": events.elements { subscriptions(&$0, stream) }
    case "heartbeats": return .ok
    default: return .unsupported
    }
    // What an event is about was reported where it was read.
    guard events.isValid || status == .parse else { return misread(stream: stream, Channels(rawValue: .max)) }
    return status
  }

  // MARK: Books

  /// `{"type": "snapshot", "product_id": "BTC-USD", "updates": [{"side": "bid", "event_time": "...",
  /// "price_level": "21921.73", "new_quantity": "0.06317902"}]}`. Quantities are absolute; zero removes a level.
  private func book(_ json: inout JSONScanner, _ time: Int64, _ frame: Body, _ stream: pb_id) -> Status {
    var (type, product, updates) = (JSONText(), JSONText(), JSONMark?.none)
    json.members { key, json in
      switch key {
      case "type": type = json.string()
      case "product_id": product = json.string()
      case "updates":
        updates = json.mark
        return false
      default: return false
      }
      return true
    }
    guard json.isValid, !product.isEmpty else { return misread(stream: stream, .book) }
    let number = market(product, on: stream)
    guard number >= 0 else { return .unsupported }
    let market = markets[number]
    let isSnapshot = type == "snapshot"
    guard var list = updates?.scanner(), isSnapshot || type == "update" else { return misread(market, .book) }
    let (price, quantity) = (market.priceExponent, market.quantityExponent)
    out.beginBook()
    let (bids, asks) = out.sides(&list) { Self.level(&$0, price, quantity) }
    guard list.isValid else { return misread(market, .book) }
    return book(market, isSnapshot: isSnapshot, last: 0, time: time, bids: bids, asks: asks, frame: frame)
  }

  @inline(__always)
  private static func level(
    _ json: inout JSONScanner, _ priceExponent: Int32, _ quantityExponent: Int32
  ) -> (side: Side, price: Int64, quantity: Int64) {
    var (side, price, quantity) = (Side.none, Int64(0), Int64(-1))
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "side":
        let word = json.string()
        side = word == "bid" ? .buy : word == "offer" ? .sell : .none
      case "price_level": price = json.fixed(priceExponent)
      case "new_quantity": quantity = json.fixed(quantityExponent)
      default: json.skip()
      }
    }
    if price <= 0 || quantity < 0 { json.fail() }
    return (side, price, quantity)
  }

  public func misfit(_ message: Body, _ market: Market) -> String? {
    LevelMisfit(market, LevelMisfit.Shape(names: ("price_level", "new_quantity"))).words(message)
  }

  // MARK: Trades and tickers

  /// "Market Trades Channel": the newest trade comes first, and the side is that of the order that rested.
  private static let trade = FieldTable<TradeField>([
    "product_id": .symbol, "trade_id": .number, "price": .price, "size": .quantity, "side": .makerSide,
    "time": .isoTime,
  ])

  private func trades(_ json: inout JSONScanner, _ stream: pb_id) -> Status {
    let (isSnapshot, list) = Self.list(&json, "trades")
    guard json.isValid, var trades = list?.scanner() else { return misread(stream: stream, .trades) }
    return self.trades(&trades, Self.trade, stream, isSnapshot: isSnapshot, isNewestFirst: true)
  }

  /// "Ticker Channel". It names no price of 24 hours ago, so that the day's figures are not whole.
  private static let ticker = FieldTable<TickerField>([
    "product_id": .symbol, "price": .last, "best_bid": .bid, "best_bid_quantity": .bidQuantity, "best_ask": .ask,
    "best_ask_quantity": .askQuantity, "volume_24_h": .baseVolume,
  ])

  private func tickers(_ json: inout JSONScanner, _ time: Int64, _ stream: pb_id) -> Status {
    let (_, list) = Self.list(&json, "tickers")
    guard json.isValid, var tickers = list?.scanner() else { return misread(stream: stream, .ticker) }
    var status = Status.ok
    tickers.enterArray()
    while tickers.nextElement() {
      var entry = tickers.entry()
      if tickers.isValid, ticker(&entry, Self.ticker, stream, time: time) == .parse { status = .parse }
    }
    return tickers.isValid ? status : misread(stream: stream, .ticker)
  }

  /// `{"type": "snapshot", "trades": [...]}`
  static func list(_ json: inout JSONScanner, _ name: StaticString) -> (isSnapshot: Bool, JSONMark?) {
    var (isSnapshot, list) = (false, JSONMark?.none)
    json.members { key, json in
      if key == "type" {
        isSnapshot = json.scalar() == "snapshot"
        return true
      }
      if key == name { list = json.mark }
      return false
    }
    return (isSnapshot, list)
  }

  // MARK: Answers

  /// `{"subscriptions": {"level2": ["BTC-USD", "ETH-USD"], "heartbeats": ["heartbeats"]}}`: all that it carries.
  private func subscriptions(_ json: inout JSONScanner, _ stream: pb_id) {
    var listed: [(channel: String, products: [String])] = []
    json.member("subscriptions") { json in
      json.members { channel, json in
        var products: [String] = []
        json.elements { products.append($0.string().text) }
        listed.append((channel.text, products))
        return true
      }
    }
    guard json.isValid else { return }
    let channels = feeds.channels
    carries(stream) { topic in
      let name = feedName(markets[topic.market])
      return listed.contains { $0.channel == channels[topic.channel].name && $0.products.contains(name) }
    }
  }
}
