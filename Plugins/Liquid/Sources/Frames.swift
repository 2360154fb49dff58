import CPatchbay
import ConnectorKit

/// Public frames. Sources: Liquid Tap's channels `price_ladders_cash_<pair>_<side>` and `executions_cash_<pair>`.
extension LiquidSpot {
  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    let pair = markets[topics[0].market].symbol.lowercased()
    let names = ["price_ladders_cash_\(pair)_buy", "price_ladders_cash_\(pair)_sell", "executions_cash_\(pair)"]
    return SealedText(
      """
      {"event":"pusher:\(isUnsubscribe ? "unsubscribe" : "subscribe")","data":{"channel":"\(names[topics[0].channel])"}}
      """)
  }

  static let head = FieldTable<HeadField>(["event": .kind, "channel": .channel, "data": .data])

  /// What a channel is of, as `feeds` calls it.
  private enum ChannelKind: String { case buy, sell, executions }

  private func channel(_ name: JSONText) -> (kind: ChannelKind, market: LadderMarket)? {
    let line = UInt8(ascii: "_")
    if name.hasPrefix("executions_cash_") {
      guard let pair = name.after(first: line)?.after(first: line) else { return nil }
      return (market(named: pair) as? LadderMarket).map { (.executions, $0) }
    }
    guard name.hasPrefix("price_ladders_cash_"),
      let rest = name.after(first: line)?.after(first: line)?.after(first: line), let side = rest.after(first: line),
      let market = market(named: rest.before(first: line)) as? LadderMarket
    else { return nil }
    return side == "buy" ? (.buy, market) : side == "sell" ? (.sell, market) : nil
  }

  /// `{"channel": "price_ladders_cash_ethusd_buy", "data": "[[\"184.8\", \"1.2\"]]", "event": "updated"}`
  func readMarketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    guard let head = FrameHead(frame, Self.head) else { return .parse }
    switch head.kind {
    case "updated", "created": break
    case "pusher_internal:subscription_succeeded":
      if let (kind, market) = channel(head.channel) {
        acknowledged(market.number, channel: kind.rawValue, isUnsubscribe: false, .confirmed)
      }
      return .ok
    case "pusher:error", "pusher:subscription_error":
      refused(stream, text: Self.words(head, embedded))
      return .ok
    case "pusher:ping":
      answerHeartbeat("{\"event\":\"pusher:pong\",\"data\":{}}", act: "pong", on: stream)
      return .ok
    case "pusher:connection_established", "pusher:pong": return .ok
    default: return .unsupported
    }
    guard let (kind, market) = channel(head.channel), var data = head.data?.scanner() else { return .unsupported }
    let body = embedded.body(&data)
    var json = JSONScanner(body)
    guard json.isWhole else { return misread(market, kind == .executions ? .trades : .book) }
    if kind == .executions { return trade(&json, Self.trade, stream, of: market) }
    return side(&json, market, isBids: kind == .buy, stream)
  }

  /// `{"event": "pusher:error", "data": {"code": 4001, "message": "..."}}`, the data as a text too.
  static func words(_ head: FrameHead, _ embedded: EmbeddedJSON) -> String {
    guard var data = head.data?.scanner() else { return "an error without words" }
    guard var said = JSONObject(embedded.body(&data)) else { return "an error that cannot be read" }
    return said.words("message").behind(code: said.words("code"))
  }

  private static let trade = FieldTable<TradeField>([
    "id": .id, "price": .price, "quantity": .quantity, "taker_side": .side, "created_at": .seconds,
  ])

  // MARK: Books

  private func side(_ json: inout JSONScanner, _ market: LadderMarket, isBids: Bool, _ stream: pb_id) -> Status {
    guard market.wantsBook else { return .ok }
    market.begin(stream)
    if isBids {
      market.hasBids = read(&json, market, &market.bids)
    } else {
      market.hasAsks = read(&json, market, &market.asks)
    }
    guard json.isValid else { return misread(market, .book) }
    guard market.hasBids, market.hasAsks, !market.isCrossed else { return .ok }
    var (bids, asks) = (pb_list(), pb_list())
    out.beginBook()
    for level in market.bids { out.level(price: level.price, quantity: level.quantity, to: &bids) }
    for level in market.asks { out.level(price: level.price, quantity: level.quantity, to: &asks) }
    snapshot(market, last: 0, time: 0, bids: bids, asks: asks, isInBand: true)
    return .ok
  }

  private func read(_ json: inout JSONScanner, _ market: Market, _ levels: inout [pb_level]) -> Bool {
    levels.removeAll(keepingCapacity: true)
    json.elements { json in
      json.enterArray()
      let price = json.nextElement() ? json.fixed(market.priceExponent) : 0
      let quantity = json.nextElement() ? json.fixed(market.quantityExponent) : -1
      while json.nextElement() { json.skip() }
      if price <= 0 || quantity < 0 { json.fail() }
      if quantity > 0 { levels.append(pb_level(price: price, quantity: quantity)) }
    }
    return json.isValid
  }

  /// Levels stand in a text of the message.
  public func misfit(_ message: Body, _ market: Market) -> String? {
    guard var data = FrameHead(message, Self.head)?.data?.scanner() else { return nil }
    return LevelMisfit(market).words(embedded.body(&data))
  }
}
