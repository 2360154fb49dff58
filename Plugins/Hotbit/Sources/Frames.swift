import CPatchbay
import ConnectorKit

/// Public frames. Sources: "Subscribe/Unsubscribe Interface", "The Push of Order Depth Data", "The Push of Settled
/// Deals", "The Push of Market Status".
extension HotbitSpot {
  /// A message is about one kind of push.
  public func group(_ topic: Topic) -> Int { topic.channel }

  /// A depth of precision `0` merges no prices. To give up is documented without names alone, for all markets at once.
  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    let (channel, verb) = (feeds.channels[topics[0].channel].name, isUnsubscribe ? "unsubscribe" : "subscribe")
    if channel == "deals" { for topic in topics { begun.remove(topic.market) } }
    let names = topics.map { topic in
      let name = "\"\(markets[topic.market].symbol)\""
      return channel == "depths" && !isUnsubscribe ? "[\(name),100,\"0\"]" : name
    }
    return SealedText("{\"method\":\"\(channel).\(verb)\",\"params\":[\(names.joined(separator: ","))],\"id\":\(id)}")
  }

  /// A push, or an answer: `{"error": null, "result": {"status": "success"}, "id": 1}`.
  struct Event {
    var (method, id) = (JSONText(), JSONText())
    var params: JSONMark?
    var refusal = RPCRefusal()

    init?(_ frame: Body) {
      var json = JSONScanner(frame)
      json.members { key, json in
        switch key {
        case "method": method = json.string()
        case "params": params = json.passed()
        case "id": id = json.scalar()
        case "error": refusal.read(&json)
        default: return false
        }
        return true
      }
      guard json.isComplete() else { return nil }
    }
  }

  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    guard let event = Event(frame) else { return .parse }
    guard !event.method.isEmpty else {
      acknowledged(event.id, event.refusal.answer)
      return .ok
    }
    guard let params = event.params else { return .parse }
    switch event.method {
    case "depth.update": return depth(params, frame)
    case "deals.update": return deals(params, stream)
    case "state.update": return state(params, stream)
    default: return .unsupported
    }
  }

  /// `[false, {"asks": [["8000", "20"]], "bids": []}, "BTC/USDT"]`. A quantity of zero takes a level away.
  private func depth(_ params: JSONMark, _ frame: Body) -> Status {
    guard var flag = Self.element("0", params), var word = Self.element("2", params) else { return .parse }
    guard let market = market(named: word.scalar()) else { return .unsupported }
    guard market.wantsBook else { return .ok }
    let isSnapshot = flag.boolean()
    var (bids, asks): (pb_list?, pb_list?) = (nil, nil)
    guard flag.isValid, var json = Self.element("1", params) else { return misread(market, .book) }
    out.beginBook()
    json.members { key, json in
      switch key {
      case "bids": bids = out.levels(&json, market)
      case "asks": asks = out.levels(&json, market)
      default: return false
      }
      return true
    }
    guard json.isValid, bids != nil || asks != nil else { return misread(market, .book) }
    // The exchange leaves out a side that did not change.
    return book(
      market, isSnapshot: isSnapshot, last: 0, time: 0, bids: bids ?? pb_list(), asks: asks ?? pb_list(),
      frame: frame)
  }

  private static let deal = FieldTable<TradeField>([
    "id": .number, "time": .seconds, "price": .price, "amount": .quantity, "type": .side,
  ])

  /// `["BTC/USDT", [{"id": 26, "time": 1512454847.188796, "price": "8000", "amount": "1", "type": "buy"}]]`, newest
  /// first. The first push is what happened before.
  private func deals(_ params: JSONMark, _ stream: pb_id) -> Status {
    guard let (market, data) = named(params) else { return .unsupported }
    var count = 0
    var list = data.scanner()
    list.elements { json in
      json.skip()
      count += 1
    }
    let isFirst = begun.insert(market.number).inserted
    var deals = data.scanner()
    return trades(
      &deals, Self.deal, stream, of: market, isSnapshot: isFirst && count > 1, isNewestFirst: count > 1)
  }

  private static let status = FieldTable<TickerField>([
    "last": .last, "open": .open, "high": .high, "low": .low, "volume": .baseVolume, "deal": .quoteVolume,
  ])

  /// `["BTC/USDT", {"period": 86400, "last": "8000", ...}]`
  private func state(_ params: JSONMark, _ stream: pb_id) -> Status {
    guard let (market, data) = named(params) else { return .unsupported }
    var json = data.scanner()
    return ticker(&json, Self.status, stream, of: market)
  }

  private func named(_ params: JSONMark) -> (Market, JSONMark)? {
    guard var word = Self.element("0", params), let market = market(named: word.scalar()),
      let data = Self.element("1", params)?.mark
    else { return nil }
    return (market, data)
  }

  /// One of a push's parameters.
  static func element(_ place: String, _ params: JSONMark) -> JSONScanner? {
    var json = params.scanner()
    return json.find(place)?.scanner()
  }
}
