import ConnectorKit
import Decimals

/// Orders and their histories, and what proves the account's consent. Sources: "Authentication", "Spot Trading": "Get
/// all active spot orders", "Create new spot order", "Cancel spot order"; "Spot Trading History".
extension HitBTCSpot {
  /// Names in answers, in lists and on the stream.
  static let order = FieldTable<OrderField>([
    "id": .venue, "client_order_id": .client, "symbol": .symbol, "side": .side, "status": .state, "type": .type,
    "time_in_force": .force, "quantity": .quantity, "quantity_cumulative": .filled, "price": .price,
    "price_average": .average, "stop_price": .stop, "post_only": .postOnly, "updated_at": .isoTime,
  ])
  private static let trade = FieldTable<OrderField>([
    "id": .fillID, "order_id": .venue, "client_order_id": .client, "symbol": .symbol, "side": .side,
    "quantity": .fillQuantity, "price": .fillPrice, "fee": .fee, "timestamp": .isoTime,
  ])

  func offerOrders() {
    serve(.place, by: Endpoint(.place, .json, on: .orders), WriteAnswer { Self.answer($0, $1, $2) })
    serve(.cancel, .cancelMany, by: Endpoint(.cancel, on: .orders), WriteAnswer { Self.answer($0, $1, $2) })
    let history = Endpoint(.orderHistory, on: .calls)
    serveOrder(
      OrderQuestion(history, at: "", by: .client("client_order_id")),
      OrderQuestion(history, at: "", by: .venue("order_id"))
    ) { [unowned(unsafe) self] in order(&$1) }
    var open = Pages(Endpoint(.openOrders, on: .orders), at: "")
    open.symbol = "symbol"
    orders(.openOrders, open) { [unowned(unsafe) self] in order(&$1) }
    orders(.orderHistory, open, Self.pages(.orderHistory)) { [unowned(unsafe) self] in order(&$1) }
    fills(Self.pages(.fills)) { [unowned(unsafe) self] in fill(&$1) }
  }

  /// Newest first.
  private static func pages(_ act: PermittedAct) -> Pages {
    var pages = Pages(Endpoint(act, on: .calls), at: "", .offset("offset"), full: 1000)
    (pages.symbol, pages.size, pages.since, pages.until) = ("symbol", "limit", "from", "till")
    return pages
  }

  // MARK: Signing

  /// "HS256": base64 of key, signature and time, joined by colons. Signed are method, path with query, body and time.
  public func sign(_ request: inout Request, target: SealedText, _ account: TradingAccount) {
    let (key, time) = (Seal.field("api_key"), Seal.milliseconds)
    let text = SealedText(Self.word(request.method)) + target + request.body + SealedText(time)
    let sign = text.hmac(.sha256, key: .field("secret_key")).hex
    let token = ("\(key):\(sign):\(time)" as SealedText).base64
    request.headers.append(("Authorization", "HS256 \(token)"))
  }

  private static func word(_ method: Method) -> String {
    switch method {
    case .post: "POST"
    case .delete: "DELETE"
    case .put: "PUT"
    default: "GET"
    }
  }

  // MARK: Writing

  public func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard Self.isName(order.clientOrder) else {
      throw CommandRefusal(.invalidOrder, "a client order id is 1 to 32 letters, digits, _ and -")
    }
    call.set("client_order_id", order.clientOrder)
    call.set("symbol", market.symbol)
    call.set("side", vocabulary.word(order.side))
    call.set("type", order.type.flatMap { vocabulary.word($0) } ?? "")
    call.set("quantity", order.quantity)
    call.set("price", order.price)
    call.set("stop_price", order.stop)
    if order.flags.contains(.postOnly) {
      guard order.type == .limit else { throw CommandRefusal(.unsupported, "only limit orders can be post-only") }
      call.set("post_only", true)
    }
    guard let force = order.timeInForce, force != .goodTilCancelled else { return }
    if order.type?.hasLimit == true {
      call.set("time_in_force", vocabulary.word(force) ?? "")
    } else if force == .fillOrKill {
      throw CommandRefusal(.unsupported, "a market order cannot be fill-or-kill")
    }
  }

  /// By the client's id alone, which every order has: one that came without has got one, under which it is reported.
  public func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    let id = order.clientOrder.isEmpty ? order.venueOrder : order.clientOrder
    guard Self.isName(id) else { throw CommandRefusal(.unknownOrder, "the order has no id of this exchange") }
    call.fill(id)
  }

  static func isName(_ text: String) -> Bool {
    (1...32).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
      }
  }

  // MARK: Reading

  /// The order itself, with what was filled at once: `{"id": 1, ..., "trades": [{"id": 2, "quantity": "1", ...}]}`.
  @Sendable
  private static func answer(_ body: Body, _ parts: [OrderPart], _ words: Words) -> [OrderReport]? {
    var json = JSONScanner(body)
    guard json.isWhole else { return nil }
    var report = OrderReport()
    var trades: [OrderReport] = []
    report.read(&json, order, words) { _, key, json in
      guard key == "trades" else { return false }
      json.elements { json in trades.append(fill(&json, words)) }
      return true
    }
    guard json.isValid else { return nil }
    for var trade in trades {
      (trade.venue, trade.client, trade.symbol, trade.side) = (report.venue, report.client, report.symbol, report.side)
      trade.feeAsset = parts[0].market.rules.quote
      report.fills.append(trade)
    }
    return [completed(report)]
  }

  func order(_ json: inout JSONScanner) -> OrderReport { Self.completed(OrderReport(&json, Self.order, vocabulary)) }

  /// A market order has no price; a stop that is not suspended has been triggered.
  static func completed(_ said: OrderReport) -> OrderReport {
    var report = said
    if report.type?.hasLimit == false { report.price = nil }
    if report.type?.isTriggered == true, report.state != .untriggered { report.isTriggered = true }
    if report.state == .open { report.state = report.openState }
    return report
  }

  /// Fees are paid in quote.
  func fill(_ json: inout JSONScanner) -> OrderReport {
    var report = Self.fill(&json, vocabulary)
    report.feeAsset = market(named: report.symbol)?.rules.quote ?? ""
    return report
  }

  private static func fill(_ json: inout JSONScanner, _ words: Words) -> OrderReport {
    var report = OrderReport()
    report.read(&json, trade, words) { report, key, json in
      guard key == "taker" else { return false }
      report.isMaker = !json.boolean()
      return true
    }
    return report
  }
}
