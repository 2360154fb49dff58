import CPatchbay
import ConnectorKit

/// Public frames. Source: "Peatio WebSocket API".
extension PeatioExchange {
  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    let names = topics.map { "\"\(name(of: $0))\"" }.joined(separator: ",")
    return SealedText("{\"event\":\"\(isUnsubscribe ? "unsubscribe" : "subscribe")\",\"streams\":[\(names)]}")
  }

  private func name(of topic: Topic) -> String {
    "\(markets[topic.market].symbol).\(topic.channel == 0 ? "ob-inc" : "trades")"
  }

  /// `{"ethusdt.ob-inc": {...}}`, `{"success": {"message": "subscribed", "streams": [...]}}`, `{"error": {"message":
  /// ""}}`: what a frame is of stands as the name of its only member.
  final func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    var json = JSONScanner(frame)
    guard json.isWhole, json.peek() == UInt8(ascii: "{") else { return .parse }
    var status: Status?
    json.members { key, json in
      let mark = json.passed()
      let read = member(key, mark, stream, frame)
      if status == nil || status == .ok || read == .parse { status = read }
      return true
    }
    return status ?? .unsupported
  }

  private func member(_ key: JSONText, _ data: JSONMark, _ stream: pb_id, _ frame: Body) -> Status {
    var json = data.scanner()
    switch key {
    case "success":
      let streams = Self.streams(&json)
      carries(stream) { streams.contains(name(of: $0)) }
      return .ok
    case "error":
      refused(stream, text: Self.message(&json))
      return .ok
    default: break
    }
    guard let channel = key.after(first: UInt8(ascii: ".")),
      let market = market(named: key.before(first: UInt8(ascii: "."))) as? PeatioMarket
    else { return .unsupported }
    switch channel {
    case "ob-snap": return book(&json, market, isSnapshot: true, frame)
    case "ob-inc": return book(&json, market, isSnapshot: false, frame)
    case "trades":
      guard var list = json.find("trades")?.scanner() else { return misread(market, .trades) }
      return trades(&list, Self.trade, stream, of: market, isSnapshot: false)
    default: return .unsupported
    }
  }

  /// The streams that an answer lists, or the one that it names.
  static func streams(_ json: inout JSONScanner) -> [String] {
    guard var streams = json.find("streams")?.scanner() else { return [] }
    guard streams.peek() == UInt8(ascii: "[") else { return [streams.words()] }
    var names: [String] = []
    streams.elements { names.append($0.words()) }
    return names
  }

  /// `{"message": "Authentication failed."}`.
  static func message(_ json: inout JSONScanner) -> String {
    var said = JSONObject(&json)
    return said.words("message")
  }

  /// `{"asks": [["15.0", "22.1257"]], "bids": [["10.95", "0.0"]], "sequence": 7}`; a change may be one level alone, and
  /// what it takes away may have an empty quantity.
  private func book(
    _ json: inout JSONScanner, _ market: PeatioMarket, isSnapshot: Bool, _ frame: Body
  ) -> Status {
    guard market.wantsBook else { return .ok }
    var (bids, asks) = (pb_list(), pb_list())
    var sequence: UInt64 = 0
    out.beginBook()
    json.members { key, json in
      switch key {
      case "bids": bids = levels(&json, market)
      case "asks": asks = levels(&json, market)
      case "sequence": sequence = json.unsigned()
      default: return false
      }
      return true
    }
    guard json.isValid else { return misread(market, .book) }
    if !isSnapshot, sequence > 0, market.sequence > 0, market.sync.isLive {
      if sequence <= market.sequence { return .ok }
      if sequence - market.sequence > 1 { return disproved(market, .sequence) }
    }
    market.sequence = sequence
    return book(
      market, isSnapshot: isSnapshot, last: sequence, time: 0, bids: bids, asks: asks, frame: frame)
  }

  private func levels(_ json: inout JSONScanner, _ market: Market) -> pb_list {
    var list = pb_list()
    json.enterArray()
    guard json.nextElement() else { return list }
    guard json.peek() == UInt8(ascii: "[") else {
      level(&json, market, &list)
      return list
    }
    repeat {
      json.enterArray()
      if json.nextElement() { level(&json, market, &list) }
    } while json.nextElement()
    return list
  }

  /// Reads a level from its price on to the end of its array.
  private func level(_ json: inout JSONScanner, _ market: Market, _ list: inout pb_list) {
    let price = json.fixed(market.priceExponent)
    var quantity: Int64 = 0
    if json.nextElement() {
      let text = json.scalar()
      if !text.isEmpty { quantity = text.fixed(market.quantityExponent) ?? -1 }
      while json.nextElement() { json.skip() }
    }
    if price <= 0 || quantity < 0 { json.fail() }
    out.level(price: price, quantity: quantity, to: &list)
  }

  private static let trade = FieldTable<TradeField>([
    "tid": .id, "price": .price, "amount": .quantity, "taker_type": .side, "date": .seconds, "created_at": .seconds,
  ])
}
