import ConnectorKit
import Decimals

/// Orders and the account. Sources: "Authenticate a RESTful Request", "Place Order", "Cancel Order", "Query Order",
/// "List Open Orders", "List Current History Orders", "Cash Account Balance". The exchange had no list of an account's
/// executions: what is filled of an order and its average price stand with the order.
extension AscendEXSpot {
  static let order = FieldTable<OrderField>([
    "symbol": .symbol, "orderId": .venue, "id": .client, "side": .side, "orderType": .type, "price": .price,
    "stopPrice": .stop, "orderQty": .quantity, "cumFilledQty": .filled, "fillQty": .filled, "avgPx": .average,
    "avgFilledPx": .average, "avgFillPrice": .average, "status": .state, "lastExecTime": .time,
  ])
  private static let balance = FieldTable<BalanceField>([
    "asset": .asset, "totalBalance": .total, "availableBalance": .free,
  ])

  func offerOrders() {
    serve(.place, by: Endpoint(.place, .json, on: .calls), WriteAnswer { Self.answer($0, $1, $2) })
    serve(.cancel, .cancelMany, by: Endpoint(.cancel, .json, on: .calls), WriteAnswer { Self.answer($0, $1, $2) })
    serveOrder(OrderQuestion(Endpoint(.order, on: .calls), at: "data")) { [unowned(unsafe) self] in read(&$1) }
    var open = Pages(Endpoint(.openOrders, on: .calls), at: "data")
    open.symbol = "symbol"
    var history = Pages(Endpoint(.orderHistory, on: .calls), at: "data", .whole, full: 1000)
    (history.symbol, history.size) = ("symbol", "n")
    orders(.openOrders, open) { [unowned(unsafe) self] in read(&$1) }
    orders(.orderHistory, open, history) { [unowned(unsafe) self] in read(&$1) }
    balances(Endpoint(.balance, on: .calls), at: "data", Self.balance)
  }

  // MARK: Signing

  /// What is signed of each act's path.
  private static let signedPaths: [String: String] = [
    PermittedAct.info.name: "info", PermittedAct.place.name: "order", PermittedAct.cancel.name: "order",
    PermittedAct.order.name: "order/status", PermittedAct.openOrders.name: "order/open",
    PermittedAct.orderHistory.name: "order/hist/current", PermittedAct.balance.name: "balance",
  ]

  /// "Authenticate a RESTful Request": base64 of HMAC-SHA256 over the time, a plus sign and the end of the path.
  public func sign(_ request: inout Request, target: SealedText, _ account: TradingAccount) {
    let (time, path) = (Seal.milliseconds, Self.signedPaths[request.permission] ?? "")
    let sign = "\(time)+\(path)" as SealedText
    request.headers += [
      ("x-auth-key", SealedText(.field("api_key"))), ("x-auth-timestamp", SealedText(time)),
      ("x-auth-signature", SealedText(sign.hmac(.sha256, key: .field("secret_key")).base64)),
    ]
  }

  /// The account's group stands in every path but that of the question for it.
  public func signParameters(_ call: inout Call, _ account: TradingAccount) {
    if call.endpoint.act.name != PermittedAct.info.name { call.fill(account.identity) }
  }

  /// `{"code": 0, "data": {"accountGroup": 0, ...}}`
  public func identity(_ body: Body, _ account: TradingAccount) -> String? {
    guard var data = JSONObject(body, at: "data") else { return nil }
    let group = data.words("accountGroup")
    let isNumber = (1...10).contains(group.utf8.count) && group.utf8.allSatisfy { (0x30...0x39).contains($0) }
    return isNumber ? group : nil
  }

  // MARK: Writing

  public func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    call.set("id", order.clientOrder)
    call.set("time", Seal.milliseconds)
    call.set("symbol", market.symbol)
    call.set("orderQty", order.quantity)
    call.set("orderType", order.type.flatMap { vocabulary.word($0) } ?? "")
    call.set("side", vocabulary.word(order.side))
    call.set("orderPrice", order.price)
    call.set("stopPrice", order.stop)
    call.set("category", "cash")
    if order.flags.contains(.postOnly) { call.set("postOnly", true) }
    guard let force = order.timeInForce, force != .goodTilCancelled else { return }
    call.set("timeInForce", vocabulary.word(force) ?? "")
  }

  /// By the exchange's id alone, which no list gives for a client's: one that is not known cannot be named.
  public func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard !order.venueOrder.isEmpty else {
      throw CommandRefusal(.unsupported, "the exchange knows orders by its own ids alone, and this one's is not known")
    }
    call.set("orderId", order.venueOrder)
    guard call.endpoint.act.name == PermittedAct.cancel.name else { return }
    call.set("symbol", market.symbol)
    call.set("time", Seal.milliseconds)
  }

  // MARK: Reading

  /// `{"code": 0, "data": {"action": "place-order", "info": {"id": "11", "orderId": "a16", ...}, "status": "Ack"}}`; of
  /// a cancel `Ack` says that it was taken in, not that the order has ended.
  @Sendable
  private static func answer(_ body: Body, _ parts: [OrderPart], _ words: Words) -> [OrderReport]? {
    guard var info = JSONObject(body, at: "data/info"), parts.count == 1 else { return nil }
    var report = OrderReport()
    (report.venue, report.client) = (info.words("orderId"), info.words("id"))
    if parts[0].verb == .place { report.state = .open }
    return report.venue.isEmpty || !info.isValid ? nil : [report]
  }

  func read(_ json: inout JSONScanner) -> OrderReport {
    var report = OrderReport(&json, Self.order, vocabulary)
    if report.type?.hasLimit == false { report.price = nil }
    if report.average?.isPositive != true { report.average = nil }
    if report.state == .open { report.state = report.openState }
    return report
  }
}
