import ConnectorKit
import Decimals

/// Orders: `orders`, `orders/{id}`, `orders/open`, `orders/closed`. The client's id stands in an order's comment.
extension BeaxySpot {
  static let order = FieldTable<OrderField>([
    "order_id": .venue, "comment": .client, "symbol": .symbol, "side": .side, "order_type": .type,
    "time_in_force": .force, "order_status": .state, "size": .quantity, "filled_size": .filled, "limit_price": .price,
    "average_price": .average, "post_only": .postOnly, "trade_size": .fillQuantity, "trade_price": .fillPrice,
    "commission": .fee, "commission_currency": .feeAsset,
  ])

  func offerOrders() {
    serve(.place, by: Endpoint(.place, .json, on: .calls), WriteAnswer { body, _, _ in Self.placed(body) })
    // The answer says nothing: the stream says when the order has ended.
    serve(
      .cancel, .cancelMany, by: Endpoint(.cancel, on: .calls),
      WriteAnswer { _, parts, _ in parts.map { _ in OrderReport() } })
    let open = Endpoint(.openOrders, on: .calls)
    let inList = OrderQuestion(open, at: "", by: .listed(market: ""))
    namesByVenueOrder(inList) { [unowned(unsafe) self] in read(&$1).withoutFill }
    serveOrder(OrderQuestion(Endpoint(.order, on: .calls), at: "", by: .path, isAlone: true), inList) {
      [unowned(unsafe) self] in read(&$1).withoutFill
    }
    orders(.openOrders, Pages(open, at: "")) { [unowned(unsafe) self] in read(&$1).withoutFill }
    var closed = Pages(Endpoint(.closedOrders, on: .calls), at: "")
    (closed.since, closed.timeForm, closed.isByCreation) = ("from_date", .iso, true)
    orders(.orderHistory, Pages(open, at: ""), closed) { [unowned(unsafe) self] in read(&$1).withoutFill }
  }

  // MARK: Signing

  /// Nothing is computed: key and secret travel once, for a token that lives for minutes. One of whose life four fifths
  /// are over is asked for anew by the next command.
  public func sign(_ request: inout Request, target: SealedText, _ account: TradingAccount) {
    guard request.permission != PermittedAct.token.name else { return }
    request.headers.append(("Authorization", "Bearer \(Seal.slot(Int(TradingAccount.tokenSlot)))"))
    if out.now.mono >= renewals[account.id] ?? 0 { forgetIdentity(of: account) }
  }

  public func signParameters(_ call: inout Call, _ account: TradingAccount) {
    guard call.endpoint.act.name == PermittedAct.token.name else { return }
    call.set("api_key_id", json: "\"\(Seal.field("api_key").jsonEscaped)\"")
    call.set("api_secret", json: "\"\(Seal.field("secret_key").jsonEscaped)\"")
    call.captures = [Capture("/access_token", slot: TradingAccount.tokenSlot)]
  }

  public var accountQuestion: AccountQuestion? {
    AccountQuestion(
      Endpoint(.token, .json, on: .calls),
      before: [.place, .cancel, .cancelMany, .order, .openOrders, .orderHistory, .balances], isForStream: true)
  }

  /// `{"type": "Bearer", "access_token": "...", "expires_in": 300}`: the host keeps the token itself.
  public func identity(_ body: Body, _ account: TradingAccount) -> String? {
    guard var reply = JSONObject(body), !reply.words("type").isEmpty else { return nil }
    let seconds = min(max(reply.integer("expires_in") ?? 0, 0), 86_400)
    renewals[account.id] = out.now.mono.addingSaturated(seconds * 800_000_000)
    return "token"
  }

  // MARK: Writing

  public func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    call.set("comment", order.clientOrder)
    call.set("symbol", market.symbol)
    call.set("order_type", order.type.flatMap { vocabulary.word($0) } ?? "")
    call.set("side", vocabulary.word(order.side))
    call.set("size", order.quantity)
    call.set("price", order.price)
    if order.flags.contains(.postOnly) { call.set("post_only", true) }
  }

  public func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard !order.venueOrder.isEmpty else {
      throw CommandRefusal(.invalidOrder, "the exchange's id of the order is not known")
    }
    call.fill(order.venueOrder)
  }

  // MARK: Reading

  /// `{"order_id": "435118B0-A7F7-40D2-A409-820E8FC342A2"}`
  private static func placed(_ body: Body) -> [OrderReport]? {
    guard var reply = JSONObject(body) else { return nil }
    var report = OrderReport()
    report.venue = reply.words("order_id")
    guard !report.venue.isEmpty, report.venue != "null" else { return nil }
    report.state = .open
    return [report]
  }

  /// Of an order that was filled whole, how much that is may not be said. Times are those of the last trade and of the
  /// order's end, either of which may be missing.
  func read(_ json: inout JSONScanner) -> OrderReport {
    var report = OrderReport()
    report.read(&json, Self.order, vocabulary) { report, key, json in
      guard key == "timestamp" || key == "close_time" else { return false }
      if !json.skipNull() { report.time = max(report.time, json.timestamp()) }
      return true
    }
    if report.client == "null" { report.client = "" }
    if report.type == .market { report.price = nil }
    if report.average?.isPositive != true { report.average = nil }
    if report.state == .filled, report.filled == nil { report.filled = report.quantity }
    if report.state == .open { report.state = report.openState }
    return report
  }
}
