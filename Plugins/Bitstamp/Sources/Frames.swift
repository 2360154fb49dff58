import CPatchbay
import ConnectorKit

/// What stands around the data of every frame: `{"event": "data", "channel": "live_trades_btcusd", "data": {...}}`.
struct Push {
  var event = JSONText()
  var channel = JSONText()
  var data: JSONMark?

  @inline(__always)
  init?(_ frame: Body) {
    var json = JSONScanner(frame)
    json.members { key, json in
      switch key {
      case "event": event = json.string()
      case "channel": channel = json.string()
      case "data": data = json.passed()
      default: return false
      }
      return true
    }
    guard json.isComplete(), !event.isEmpty else { return nil }
  }

  /// `{"event": "bts:error", "channel": "", "data": {"code": 4009, "message": "Connection is unauthorized."}}`.
  var refusal: (code: String, text: String) {
    guard var json = data?.scanner(), json.peek() == UInt8(ascii: "{") else { return ("", "an error without words") }
    var object = JSONObject(&json)
    let code = object.words("code")
    return (code == "null" ? "" : code, object.words("message"))
  }
}

/// Public frames. Sources: "Public channels": "Live ticker", "Live order book", "Live full order book"; "Forced
/// reconnection", "Heartbeat".
extension BitstampSpot {
  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    guard let topic = topics.first else { return SealedText() }
    let channel = "\(feeds.channels[topic.channel].name)_\(markets[topic.market].symbol)"
    let event = isUnsubscribe ? "bts:unsubscribe" : "bts:subscribe"
    return SealedText("{\"event\":\"\(event)\",\"data\":{\"channel\":\"\(channel)\"}}")
  }

  private enum Feed { case changes, top, trades }

  /// What a channel carries, and of which market.
  @inline(__always)
  private func feed(_ channel: JSONText) -> (Feed, Market)? {
    let underscore = UInt8(ascii: "_")
    guard let second = channel.after(first: underscore)?.after(first: underscore) else { return nil }
    if channel.hasPrefix("diff_order_book_"), let third = second.after(first: underscore) {
      return market(named: third).map { (.changes, $0) }
    }
    if channel.hasPrefix("live_trades_") { return market(named: second).map { (.trades, $0) } }
    return channel.hasPrefix("order_book_") ? market(named: second).map { (.top, $0) } : nil
  }

  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    guard let push = Push(frame) else { return .parse }
    switch push.event {
    case "data", "trade": break
    case "bts:heartbeat": return .ok
    case "bts:request_reconnect":
      reopen(stream, "the exchange asks for a new connection")
      return .ok
    case "bts:error":
      let refusal = push.refusal
      refused(stream, code: refusal.code, text: refusal.text)
      return .ok
    case "bts:subscription_succeeded": return answered(push, isUnsubscribe: false)
    case "bts:unsubscription_succeeded": return answered(push, isUnsubscribe: true)
    default: return .unsupported
    }
    guard let (feed, market) = feed(push.channel), (push.event == "trade") == (feed == .trades) else {
      return .unsupported
    }
    guard var json = push.data?.scanner() else { return misread(market, feed == .trades ? .trades : .book) }
    return feed == .trades
      ? trade(&json, Self.trade, stream, of: market) : book(&json, market, isWhole: feed == .top, frame)
  }

  private func answered(_ push: Push, isUnsubscribe: Bool) -> Status {
    guard let (feed, market) = feed(push.channel) else { return .unsupported }
    let name = feeds.channels[feed == .trades ? 1 : 0].name
    acknowledged(market.number, channel: name, isUnsubscribe: isUnsubscribe, .confirmed)
    return .ok
  }

  /// `type` is the side of the taker: 0 buys, 1 sells. Numbers without quotes are binary fractions.
  private static let trade = FieldTable<TradeField>([
    "id": .number, "price_str": .price, "amount_str": .quantity, "type": .side, "microtimestamp": .microseconds,
  ])

  // MARK: Books

  /// `{"timestamp": "1641343691", "microtimestamp": "1641343691244908", "bids": [["1.15979", "993.02588113"]], "asks":
  /// []}`: changes, where a quantity of zero ends a level, or the best hundred of each side.
  private func book(_ json: inout JSONScanner, _ market: Market, isWhole: Bool, _ frame: Body) -> Status {
    guard market.wantsBook else { return .ok }
    guard isWhole == isTopOnly else { return .unsupported }
    guard let read = levels(&json, market) else { return misread(market, .book) }
    guard !isWhole else {
      snapshot(market, last: read.number, time: read.time, bids: read.bids, asks: read.asks, isInBand: true)
      return .ok
    }
    return book(
      market, last: read.number, time: read.time, bids: read.bids, asks: read.asks, frame: frame, isNumbered: false)
  }

  public func snapshotParameters(_ market: Market, _ call: inout Call) { call.fill(bare: market.symbol) }

  /// "Order book": all of it, with the time of its last change.
  public func snapshotReply(_ body: Body, _ market: Market) -> Status {
    var json = JSONScanner(body)
    guard json.isWhole, let read = levels(&json, market) else { return .parse }
    snapshot(market, last: read.number, time: read.time, bids: read.bids, asks: read.asks, isInBand: false)
    return .ok
  }

  @inline(__always)
  private func levels(
    _ json: inout JSONScanner, _ market: Market
  ) -> (number: UInt64, time: Int64, bids: pb_list, asks: pb_list)? {
    var (bids, asks): (pb_list?, pb_list?) = (nil, nil)
    var time: Int64 = 0
    out.beginBook()
    json.members { key, json in
      switch key {
      case "bids": bids = bids == nil ? out.levels(&json, market) : json.failed()
      case "asks": asks = asks == nil ? out.levels(&json, market) : json.failed()
      case "microtimestamp": time = json.microseconds()
      default: return false
      }
      return true
    }
    guard json.isValid, let bids, let asks, time > 0 else { return nil }
    return (UInt64(bitPattern: time / 1000), time, bids, asks)
  }
}

extension JSONScanner {
  /// A member that stands twice: the object cannot be read.
  fileprivate mutating func failed() -> pb_list? {
    fail()
    return nil
  }
}
