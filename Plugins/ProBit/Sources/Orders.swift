import ConnectorKit
import Decimals

/// Orders and their histories. Sources: "New Order", "Cancel Order", "Order", "Open Order", "Order History", "Trade
/// History".
extension ProBitSpot {
  static let order = FieldTable<OrderField>([
    "id": .venue, "client_order_id": .client, "market_id": .symbol, "side": .side, "type": .type,
    "time_in_force": .force, "limit_price": .price, "quantity": .quantity, "filled_quantity": .filled,
    "filled_cost": .cost, "status": .state, "time": .isoTime,
  ])
  static let fill = FieldTable<OrderField>([
    "id": .fillID, "order_id": .venue, "market_id": .symbol, "side": .side, "price": .fillPrice,
    "quantity": .fillQuantity, "fee_amount": .fee, "fee_currency_id": .feeAsset, "time": .isoTime,
  ])

  func offerOrders() {
    let answer = WriteAnswer { body, _, words in Self.written(body, words) }
    serve(.place, by: Endpoint(.place, .json, on: .calls), answer)
    serve(.cancel, .cancelMany, by: Endpoint(.cancel, .json, on: .calls), answer)
    let open = Endpoint(.openOrders, on: .calls)
    namesByVenueOrder(OrderQuestion(open, at: "data", by: .listed(market: "market_id"))) {
      [unowned(unsafe) self] in read(&$1)
    }
    serveOrder(OrderQuestion(Endpoint(.order, on: .calls), at: "data")) { [unowned(unsafe) self] in read(&$1) }
    var pages = Pages(open, at: "data")
    pages.symbol = "market_id"
    orders(.openOrders, pages) { [unowned(unsafe) self] in read(&$1) }
    orders(.orderHistory, pages, Self.pages(.orderHistory)) { [unowned(unsafe) self] in read(&$1) }
    fills(Self.pages(.fills)) { [unowned(unsafe) self] in OrderReport(&$1, Self.fill, vocabulary) }
  }

  /// Both ends of the time are wanted; newest first, a thousand at most.
  private static func pages(_ act: PermittedAct) -> Pages {
    var pages = Pages(Endpoint(act, on: .calls), at: "data", .whole, full: 1000)
    (pages.symbol, pages.size, pages.since, pages.until) = ("market_id", "limit", "start_time", "end_time")
    (pages.timeForm, pages.isBounded, pages.reach) = (.iso, true, 90 * 86_400 * 1_000_000_000)
    return pages
  }

  // MARK: Signing

  /// "Authorization": a bearer's token of 15 minutes, which the accounts' server gives for id and secret. One that is
  /// about to end is asked for anew by the next command.
  public func sign(_ request: inout Request, target: SealedText, _ account: TradingAccount) {
    guard request.permission != PermittedAct.token.name else {
      tokenTimes[account.id] = out.now.mono
      let pair = ("\(Seal.field("client_id")):\(Seal.field("client_secret"))" as SealedText).base64
      request.headers.append(("Authorization", "Basic \(pair)"))
      return
    }
    request.headers.append(("Authorization", "Bearer \(Seal.slot(Int(TradingAccount.tokenSlot)))"))
    let age = out.now.mono.subtractingSaturated(tokenTimes[account.id] ?? 0)
    if age > 780_000_000_000 { forgetIdentity(of: account) }
  }

  public var accountQuestion: AccountQuestion? {
    var token = Endpoint(.token, .json, on: .calls)
    token.host = domain.accounts
    return AccountQuestion(
      token,
      before: [.place, .cancel, .cancelMany, .order, .openOrders, .orderHistory, .fills, .balances], isForStream: true)
  }

  public func signParameters(_ call: inout Call, _ account: TradingAccount) {
    guard call.endpoint.act.name == PermittedAct.token.name else { return }
    call.set("grant_type", "client_credentials")
    call.captures = [Capture("/access_token", slot: TradingAccount.tokenSlot)]
  }

  /// The host keeps the token itself.
  public func identity(_ body: Body, _ account: TradingAccount) -> String? {
    guard var reply = JSONObject(body) else { return nil }
    return reply.words("token_type").isEmpty ? nil : "token"
  }

  // MARK: Writing

  public func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    let isByValue = order.flags.contains(.byValue)
    if order.type == .market, isByValue != (order.side == .buy) {
      let words = isByValue ? "a market order to sell names its quantity" : "a market order to buy names its value"
      throw CommandRefusal(.unsupported, words)
    }
    call.set("market_id", market.symbol)
    call.set("type", order.type.flatMap { vocabulary.word($0) } ?? "")
    call.set("side", vocabulary.word(order.side))
    let force = order.type == .market ? .immediateOrCancel : order.timeInForce ?? .goodTilCancelled
    call.set("time_in_force", vocabulary.word(force) ?? "")
    call.set("client_order_id", order.clientOrder)
    call.set("limit_price", order.price)
    call.set(isByValue ? "cost" : "quantity", isByValue ? order.value : order.quantity)
  }

  /// An order is cancelled by the exchange's id alone; one that is known by the client's was looked up.
  public func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    call.set("market_id", market.symbol)
    let isKnown = !order.venueOrder.isEmpty
    call.set(isKnown ? "order_id" : "client_order_id", isKnown ? order.venueOrder : order.clientOrder)
  }

  // MARK: Reading

  private static func written(_ body: Body, _ words: Words) -> [OrderReport]? {
    var json = JSONScanner(body)
    guard json.isWhole, var order = json.find("data")?.scanner() else { return nil }
    let report = read(&order, words)
    return order.isValid ? [report] : nil
  }

  func read(_ json: inout JSONScanner) -> OrderReport { Self.read(&json, vocabulary) }

  private static func read(_ json: inout JSONScanner, _ words: Words) -> OrderReport {
    var report = OrderReport(&json, order, words)
    if report.type == .market { report.price = nil }
    if report.state == .open { report.state = report.openState }
    return report
  }
}
