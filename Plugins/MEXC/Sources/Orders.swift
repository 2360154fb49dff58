import CPatchbay
import ConnectorKit
import Decimals

/// Signing, orders and their histories. Sources: "SIGNED", "New Order", "Cancel Order", "Query Order", "Current Open
/// Orders", "All Orders", "Account Trade List".
extension MEXCSpot {
  private static let order = FieldTable<OrderField>([
    "symbol": .symbol, "clientOrderId": .client, "orderId": .venue, "side": .side, "type": .type,
    "timeInForce": .force, "status": .state, "price": .price, "origQty": .quantity, "executedQty": .filled,
    "cummulativeQuoteQty": .cost, "updateTime": .time,
  ])
  private static let fill = FieldTable<OrderField>([
    "symbol": .symbol, "id": .fillID, "orderId": .venue, "clientOrderId": .client, "price": .fillPrice,
    "qty": .fillQuantity, "commission": .fee, "commissionAsset": .feeAsset, "time": .time, "isMaker": .maker,
  ])
  private static let answer = FieldTable<OrderField>(["symbol": .symbol, "orderId": .venue, "clientOrderId": .client])

  /// "Cancel Order": the answer is the order as it was; that it has ended, the stream says.
  func offerOrders() {
    // "Batch Orders": 20 of one symbol, twice a second.
    let several = Endpoint(.placeBatch, charges: [Output.Limit.account.charge, Output.Limit.batches.charge])
    serve(
      .place, by: Endpoint(.place, on: .account),
      batch: Batch(several, most: 20, isOfOneMarket: true, isOneCharge: true), WriteAnswer(Self.placed))
    serve(.cancel, .cancelMany, by: Endpoint(.cancel, on: .account), WriteAnswer(at: "", Self.answer))
    serveOrder(OrderQuestion(Self.weighed(.order, 2), at: "", isAlone: true)) { [unowned(unsafe) self] in order(&$1) }
    let open = list(.openOrders, 3, full: .max)
    // "All Orders": of the last seven days, 1000 at most, by when they were made.
    var history = list(.orderHistory, 10, full: 1000, .after("endTime", id: "time"))
    (history.since, history.until, history.size, history.isByCreation) = ("startTime", "endTime", "limit", true)
    history.reach = 7 * 86_400 * 1_000_000_000
    orders(.openOrders, open) { [unowned(unsafe) self] in order(&$1) }
    orders(.orderHistory, history) { [unowned(unsafe) self] in order(&$1) }
    // "Account Trade List": of the last month, 100 at most.
    var fills = list(.fills, 10, full: 100, .after("endTime", id: "time"))
    (fills.since, fills.until, fills.size) = ("startTime", "endTime", "limit")
    fills.reach = 30 * 86_400 * 1_000_000_000
    self.fills(fills) { [unowned(unsafe) self] in fill(&$1) }
  }

  private static func weighed(_ act: PermittedAct, _ weight: UInt32) -> Endpoint {
    Endpoint(act, charges: [Charge(Output.Limit.requests.bucket, weight)])
  }

  /// Lists are of one instrument each, newest first. They have no pages: what is older is asked for by the time of the
  /// last entry, which comes again.
  private func list(_ act: PermittedAct, _ weight: UInt32, full: Int, _ step: Pages.Step = .whole) -> Pages {
    var pages = Pages(Self.weighed(act, weight), at: "", step, full: full)
    (pages.symbol, pages.isOfOneMarket) = ("symbol", true)
    return pages
  }

  /// One order; of several a list in their order: `[{"symbol", "orderId", "newClientOrderId"}, {"newClientOrderId",
  /// "msg", "code": 30002}]`. Not every entry says whose it is.
  private static func placed(_ body: Body, _ parts: [OrderPart], _ words: Words) -> [OrderReport]? {
    let table = FieldTable<OrderField>([
      "symbol": .symbol, "orderId": .venue, "clientOrderId": .client, "newClientOrderId": .client, "code": .error,
      "msg": .reason,
    ])
    var json = JSONScanner(body)
    guard json.isWhole else { return nil }
    var reports: [OrderReport] = []
    if json.peek() == UInt8(ascii: "[") {
      json.elements { reports.append(OrderReport(&$0, table, words)) }
    } else {
      reports.append(OrderReport(&json, table, words))
    }
    guard json.isValid, reports.count == parts.count else { return nil }
    let isTheirs = zip(parts, reports).allSatisfy { $1.client.isEmpty || $1.client == $0.command.clientOrder }
    return isTheirs ? reports : nil
  }

  /// "Batch Orders": a list as JSON in a parameter.
  public func batch(_ parts: [OrderPart], _ call: inout Call) {
    call.set("batchOrders", jsonList(parts.map { $0.call.json }).plain ?? "")
  }

  private func order(_ json: inout JSONScanner) -> OrderReport {
    var report = OrderReport()
    var value: Decimal64?
    report.read(&json, Self.order, vocabulary) { report, key, json in
      switch key {
      case "origQuoteOrderQty": value = json.optionalDecimal()
      case "time": report.created = json.milliseconds()
      default: return false
      }
      return true
    }
    // Of a market order by value the quantity is not given.
    if report.type == .market, value?.isPositive == true, report.quantity?.isPositive != true {
      report.quantity = nil
      report.flags.insert(.byValue)
    }
    return report
  }

  private func fill(_ json: inout JSONScanner) -> OrderReport {
    var report = OrderReport()
    report.read(&json, Self.fill, vocabulary) { report, key, json in
      guard key == "isBuyer" else { return false }
      report.side = json.boolean() ? .buy : .sell
      return true
    }
    return report
  }

  /// "SIGNED": the parameters in the query, hex HMAC-SHA256 of it as they are sent.
  public func signParameters(_ call: inout Call, _ account: TradingAccount) {
    call.set("recvWindow", "5000")
    call.set("timestamp", Seal.milliseconds)
    call.set("signature", call.signedForm().hmac(.sha256, key: .field("secret_key")).hex)
  }

  public func sign(_ request: inout Request, target: SealedText, _ account: TradingAccount) {
    request.headers += [("X-MEXC-APIKEY", SealedText(.field("api_key"))), ("Content-Type", "application/json")]
  }

  /// "New Order".
  public func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard (1...32).contains(order.clientOrder.utf8.count) else {
      throw CommandRefusal(.invalidOrder, "a client order id has 1 to 32 characters")
    }
    call.set("symbol", market.symbol)
    call.set("side", vocabulary.word(order.side))
    if order.type == .market {
      call.set("type", "MARKET")
    } else if order.flags.contains(.postOnly) {
      call.set("type", "LIMIT_MAKER")
    } else {
      call.set("type", vocabulary.word(order.timeInForce ?? .goodTilCancelled) ?? "LIMIT")
    }
    if order.flags.contains(.byValue) {
      call.set("quoteOrderQty", order.value)
    } else {
      call.set("quantity", order.quantity)
    }
    call.set("price", order.price)
    call.set("newClientOrderId", order.clientOrder)
  }

  public func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    call.set("symbol", market.symbol)
    try call.name(order, venue: "orderId", client: "origClientOrderId")
  }
}
