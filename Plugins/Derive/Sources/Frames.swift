import CPatchbay
import ConnectorKit
import Decimals

/// What stands in a frame, around its data or instead of it.
struct FrameHead {
  var channel = JSONText()
  var data: JSONMark?
  /// Of an answer: the id of what was asked, its result, and the exchange's words where it refuses.
  var id = JSONText()
  var result: JSONMark?
  private var refusal = RPCRefusal()

  /// `{"method": "subscription", "params": {"channel": "trades.ETH-PERP", "data": {...}}}`, and answers `{"id": 1,
  /// "result": {...}}`, `{"id": 1, "error": {"code", "message", "data"}}`.
  @inline(__always)
  mutating func read(_ key: JSONText, _ json: inout JSONScanner) -> Bool {
    switch key {
    case "params":
      json.enterObject()
      while let key = json.nextKey() {
        switch key {
        case "channel": channel = json.string()
        case "data":
          data = json.mark
          json.skip()
        default: json.skip()
        }
      }
    case "id": id = json.scalar()
    case "result":
      result = json.mark
      return false
    case "error": refusal.read(&json)
    default: return false
    }
    return true
  }

  var isRefused: Bool { refusal.isSaid }
  var answer: Acknowledgement { refusal.answer }
}

/// The name of a channel: `orderbook.ETH-PERP.1.100` is the channel `orderbook` of `ETH-PERP`, `37799.orders` is
/// `orders` of a subaccount.
struct ChannelName {
  /// The first part, and the part behind it.
  let first: JSONText
  let second: JSONText

  @inline(__always)
  init(_ text: JSONText) {
    let dot = UInt8(ascii: ".")
    first = text.before(first: dot)
    second = text.after(first: dot)?.before(first: dot) ?? JSONText()
  }
}

/// Public frames. Sources: "Subscriptions", "Orderbook", "Trades by instrument", "Ticker slim".
extension DeriveConnector {
  public final func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    let channels = feeds.channels
    let names = topics.map { topic in
      let (market, name) = (markets[topic.market], channels[topic.channel].name)
      let more =
        switch name {
        case "orderbook": ".1.\(market.depth)"
        // Milliseconds between two.
        case "ticker_slim": ".100"
        default: ""
        }
      return "\"\(name).\(market.symbol)\(more)\""
    }
    let method = isUnsubscribe ? "unsubscribe" : "subscribe"
    return SealedText(
      "{\"id\":\(id),\"method\":\"\(method)\",\"params\":{\"channels\":[\(names.joined(separator: ","))]}}")
  }

  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    var json = JSONScanner(frame)
    var head = FrameHead()
    json.members { head.read($0, &$1) }
    guard json.isComplete() else { return .parse }
    guard let data = head.data else { return answer(head) }
    guard !head.isRefused else { return .parse }
    let name = ChannelName(head.channel)
    guard let market = market(named: name.second) else { return .unsupported }
    var list = data.scanner()
    switch name.first {
    case "orderbook": return book(&list, market, frame)
    case "trades": return trades(&list, Self.trade, stream, of: market)
    case "ticker_slim": return slim(&list, market, stream)
    default: return .unsupported
    }
  }

  /// `{"id": 1, "result": {"status": {"trades.ETH-PERP": "ok"}, "current_subscriptions": [...]}}`: each channel has a
  /// status of its own. What is given up has `remaining_subscriptions`.
  private func answer(_ head: FrameHead) -> Status {
    guard !head.isRefused, var result = head.result?.scanner() else {
      if let id = pb_id(head.id.text) { acknowledged(id, head.answer) }
      return .ok
    }
    var (status, isUnsubscribe): (JSONMark?, Bool) = (nil, false)
    result.members { key, json in
      if key == "status" { status = json.mark }
      if key == "remaining_subscriptions" { isUnsubscribe = true }
      return false
    }
    guard result.isValid, var list = status?.scanner() else { return .unsupported }
    list.members { key, json in
      let (name, word) = (ChannelName(key), json.words())
      let answer = word == "ok" ? Acknowledgement.confirmed : .refused(code: "13000", text: word)
      if let market = market(named: name.second) {
        acknowledged(market.number, channel: name.first.text, isUnsubscribe: isUnsubscribe, answer)
      }
      return true
    }
    return list.isValid ? .ok : .parse
  }

  // MARK: Books

  /// `{"timestamp": ms, "instrument_name", "publish_id": 5003, "bids": [["2345.5", "0.927"]], "asks": [...]}`
  private func book(_ json: inout JSONScanner, _ market: Market, _ frame: Body) -> Status {
    var (bids, asks) = (pb_list(), pb_list())
    var (hasBids, hasAsks, time, number) = (false, false, Int64(0), UInt64(0))
    out.beginBook()
    json.members { key, json in
      switch key {
      case "bids":
        hasBids = true
        bids = out.levels(&json, market)
      case "asks":
        hasAsks = true
        asks = out.levels(&json, market)
      case "timestamp": time = json.milliseconds()
      case "publish_id": number = json.unsigned()
      default: return false
      }
      return true
    }
    guard json.isValid, hasBids, hasAsks else { return misread(market, .book) }
    // One that was overtaken says nothing new.
    guard number == 0 || !market.sync.isLive || number >= market.sync.last else { return .ok }
    return book(market, isSnapshot: true, last: number, time: time, bids: bids, asks: asks, frame: frame)
  }

  // MARK: Trades and tickers

  /// "Trades by instrument": `direction` is the taker's.
  private static let trade = FieldTable<TradeField>([
    "trade_id": .id, "trade_price": .price, "trade_amount": .quantity, "direction": .side, "timestamp": .time,
  ])

  /// "Ticker slim". The last price is not in it.
  private static let ticker = FieldTable<TickerField>([
    "a": .ask, "A": .askQuantity, "b": .bid, "B": .bidQuantity, "t": .time,
  ])

  /// `{"timestamp": ms, "instrument_ticker": {"a", "A", "b", "B", "M", "I", "f", "stats": {...}, ...}}`
  private func slim(_ json: inout JSONScanner, _ market: Market, _ stream: pb_id) -> Status {
    guard let ticker = json.find("instrument_ticker") else { return misread(market, [.ticker, .mark]) }
    var own = ticker.scanner()
    let status = self.ticker(&own, Self.ticker, stream, of: market)
    guard status == .ok, product == .perpetual, isWanted(market, .mark) else { return status }
    own = ticker.scanner()
    guard let report = mark(&own) else { return misread(market, .mark) }
    publish(mark: report, market)
    return .ok
  }

  /// `f` is what is paid for an hour, all the time.
  private func mark(_ json: inout JSONScanner) -> MarkReport? {
    var report = MarkReport()
    json.members { key, json in
      switch key {
      case "M": report.mark = Self.positive(&json)
      case "I": report.index = Self.positive(&json)
      case "f": report.rate = json.optionalDecimal()
      case "t": report.time = json.milliseconds()
      default: return false
      }
      return true
    }
    report.interval = 3_600_000_000_000
    return json.isValid ? report : nil
  }

  private static func positive(_ json: inout JSONScanner) -> Decimal64? {
    let value = json.optionalWideDecimal()?.narrowed?.value
    return value?.isPositive == true ? value : nil
  }

  /// "public/get_tickers": the same object, under the instrument's name.
  func restTicker(_ key: JSONText, _ json: inout JSONScanner) {
    guard let market = market(named: key) else { return }
    let (price, quantity) = (market.priceExponent, market.quantityExponent)
    var record = pb_ticker()
    record.instrument = market.id
    var (bid, ask): ((Int64?, Int64?), (Int64?, Int64?)) = ((nil, nil), (nil, nil))
    json.fields(Self.ticker) { field, json in
      switch field {
      case .bid: bid.0 = json.optionalFixed(price)
      case .bidQuantity: bid.1 = json.optionalFixed(quantity)
      case .ask: ask.0 = json.optionalFixed(price)
      case .askQuantity: ask.1 = json.optionalFixed(quantity)
      case .time: record.venue_ns = json.milliseconds()
      default: return false
      }
      return true
    }
    record.setBid(bid.0, bid.1)
    record.setAsk(ask.0, ask.1)
    if json.isValid { out.ticker(record) }
  }
}
