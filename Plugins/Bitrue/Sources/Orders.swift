import CPatchbay
import ConnectorKit
import Decimals

/// Signing, orders and their histories. Sources: "SIGNED Endpoint security", "New order", "Query order", "Cancel
/// order", "Current open orders", "All orders", "Account trade list".
extension BitrueSpot {
  func offerOrders() {
    // `{"symbol": "BTCUSDT", "orderId": 307650651173648896, "clientOrderId": "6gCr", "transactTime": 1507725176595}`
    serve(.place, by: Self.account(.place, .form), WriteAnswer(at: "", Self.order))
    // `{"symbol": "LTCBTC", "origClientOrderId": "myOrder1", "orderId": 1}`: the stream reports the order's end.
    serve(
      .cancel, .cancelMany, by: Self.account(.cancel),
      WriteAnswer(at: "", ["orderId": .venue, "origClientOrderId": .client]))
    serveOrder(OrderQuestion(Self.account(.order), at: "", isAlone: true)) { [unowned(unsafe) self] in order(&$1) }
    var open = Pages(Self.account(.openOrders), at: "")
    (open.symbol, open.isOfOneMarket, open.markets) = ("symbol", true, .used)
    orders(.openOrders, open) { [unowned(unsafe) self] in order(&$1) }
    // "Notes": the most recent ones, unless an id is named to begin with.
    var history = Self.newest(.allOrders)
    history.isByTime = true
    orders(.orderHistory, history) { [unowned(unsafe) self] in order(&$1) }
    fills(Self.newest(.myTrades)) { [unowned(unsafe) self] in execution(&$1) }
  }

  private static func newest(_ act: PermittedAct) -> Pages {
    var pages = Pages(account(act, weight: 5), at: "", full: 1000)
    (pages.symbol, pages.isOfOneMarket, pages.markets) = ("symbol", true, .used)
    (pages.since, pages.until, pages.most, pages.parameters) = ("startTime", "endTime", 1, [("limit", "1000")])
    return pages
  }

  // MARK: Signing

  /// "SIGNED Endpoint security": HMAC-SHA256 in hexadecimal over the parameters as they are sent. A listen key is asked
  /// for by the API key alone.
  public func prepare(_ call: inout Call) {
    if call.endpoint.act.name != PermittedAct.listenKey.name { call.set("timestamp", Seal.milliseconds) }
  }

  public func signParameters(_ call: inout Call, _ account: TradingAccount) {
    guard call.endpoint.act.name != PermittedAct.listenKey.name else { return }
    call.set("signature", call.signedForm().hmac(.sha256, key: .field("secret_key")).hex)
  }

  public func sign(_ request: inout Request, target: SealedText, _ account: TradingAccount) {
    request.headers.append(("X-MBX-APIKEY", SealedText(.field("api_key"))))
  }

  // MARK: Reading

  private static let order = FieldTable<OrderField>([
    "symbol": .symbol, "orderId": .venue, "clientOrderId": .client, "side": .side, "type": .type, "status": .state,
    "price": .price, "origQty": .quantity, "executedQty": .filled, "cummulativeQuoteQty": .cost,
    "timeInForce": .force, "time": .created, "updateTime": .time, "transactTime": .time,
  ])
  /// The commission's asset was misspelt for years.
  private static let fill = FieldTable<OrderField>([
    "symbol": .symbol, "orderId": .venue, "origClientOrderId": .client, "price": .fillPrice, "qty": .fillQuantity,
    "commission": .fee, "time": .time, "isMaker": .maker,
  ])

  private func order(_ json: inout JSONScanner) -> OrderReport {
    var report = OrderReport(&json, Self.order, vocabulary)
    if report.state == .open { report.state = report.openState }
    // What was paid for nothing is nothing.
    if report.filled?.isPositive != true { report.cost = nil }
    return report
  }

  /// "Account trade list": `tradeId` is the number that the stream has, `id` another.
  private func execution(_ json: inout JSONScanner) -> OrderReport {
    var (report, id) = (OrderReport(), "")
    report.read(&json, Self.fill, vocabulary) { report, key, json in
      switch key {
      case "tradeId": report.fillID = json.words()
      case "id": id = json.words()
      case "isBuyer": report.side = json.boolean() ? .buy : .sell
      case "commissionAsset", "commissionAssert": report.feeAsset = json.words().uppercased()
      default: return false
      }
      return true
    }
    if report.fillID.isEmpty { report.fillID = id }
    return report
  }

  // MARK: Writing

  /// "New order".
  public func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard Self.isClientOrder(order.clientOrder) else {
      throw CommandRefusal(.invalidOrder, "a client order id is 1 to 32 visible characters")
    }
    call.set("symbol", market.symbol)
    call.set("side", vocabulary.word(order.side))
    call.set("type", order.type == .market ? "MARKET" : "LIMIT")
    call.set("quantity", order.quantity)
    call.set("price", order.price)
    call.set("newClientOrderId", order.clientOrder)
  }

  public func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    call.set("symbol", market.symbol)
    if !order.venueOrder.isEmpty {
      guard order.venueOrder.utf8.allSatisfy({ $0 &- 48 <= 9 }) else {
        throw CommandRefusal(.unknownOrder, "the order has no id of this exchange")
      }
      call.set("orderId", order.venueOrder)
    } else if Self.isClientOrder(order.clientOrder) {
      call.set("origClientOrderId", order.clientOrder)
    } else {
      throw CommandRefusal(.unknownOrder, "the order has no id of this exchange")
    }
  }

  private static func isClientOrder(_ text: String) -> Bool {
    (1...32).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
  }
}
