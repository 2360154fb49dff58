import CPatchbay
import ConnectorKit
import Decimals

/// Signing, orders and their histories. Sources: Bybit API v5, "Integration Guidance: Authentication", "Place Order"
/// and the other pages of "Trade".
extension BybitExchange {
  /// Names in answers to writes, in lists, and on the order topic.
  static let order = FieldTable<OrderField>([
    "symbol": .symbol, "orderLinkId": .client, "orderId": .venue, "side": .side, "orderType": .type,
    "timeInForce": .force, "orderStatus": .state, "price": .price, "triggerPrice": .stop, "qty": .quantity,
    "cumExecQty": .filled, "cumExecValue": .cost, "avgPrice": .average, "updatedTime": .time, "marketUnit": .unit,
    "positionIdx": .leg, "reduceOnly": .reduceOnly, "triggerBy": .stopBy,
  ])
  /// "Execution", "Get Trade History".
  private static let execution = FieldTable<OrderField>([
    "symbol": .symbol, "execId": .fillID, "orderId": .venue, "orderLinkId": .client, "side": .side,
    "execPrice": .fillPrice, "execQty": .fillQuantity, "execFee": .fee, "feeCurrency": .feeAsset, "isMaker": .maker,
    "execTime": .time, "execPnl": .realized,
  ])

  func offerOrders() {
    let product = Self.product
    let answer = WriteAnswer(fine: ["", "0"], Self.readAnswer)
    func serve(
      _ verb: Verb, _ act: PermittedAct, _ several: PermittedAct, _ limit: Output.Limit, _ other: OtherService? = nil
    ) {
      let batch = Batch(Endpoint(several, .json), most: product.most)
      let hasBatch = !(domain.isDemo && product.category == "spot")
      self.serve(
        verb, by: endpoint(act, .json, on: limit), batch: hasBatch ? batch : nil, other: other, answer)
    }
    // Orders that wait for a price are acts of their own, and in no batch.
    let waiting = product.stop.map { act in
      OtherService(endpoint(act, .json, on: product.orders), answer) { order, _ in order.type?.isTriggered == true }
    }
    serve(.place, product.place, product.placeBatch, product.orders, waiting)
    serve(.amend, product.amend, product.amendBatch, product.amends)
    let waitingCancel = product.cancelStop.map { act in
      OtherService(endpoint(act, .json, on: product.cancels), answer) { [unowned(unsafe) self] order, _ in
        self.waiting.owns(order)
      }
    }
    serve(.cancel, product.cancel, product.cancelBatch, product.cancels, waitingCancel)
    serve(.cancelMany, product.cancel, product.cancelBatch, product.cancels, waitingCancel)
    let asked = endpoint(.orders, on: .queries)
    // "Get Order History": orders without a fill are kept for a day, others for two years.
    var ended = list(endpoint(.orderHistory, on: .histories), full: 50, days: 7)
    ended.reach = 86_400 * 1_000_000_000
    orders(
      OrderQuestion(asked, at: "result/list"),
      OrderQuestion(endpoint(.orderHistory, on: .histories), at: "result/list"), open: open(asked, full: 50),
      ended: [ended]
    ) { [unowned(unsafe) self] in order(&$0) }
    // "Get Trade History".
    let executions = Self.executionTypes.map { type in
      var trades = list(endpoint(.executions, on: .executions), full: 100, days: 7)
      trades.parameters.append(("execType", type))
      trades.reach = 2 * 365 * 86_400 * 1_000_000_000
      return trades
    }
    fills(executions) { [unowned(unsafe) self] in execution(&$1) ?? OrderReport() }
  }

  /// A list by pages, newest first; one that is asked for by time is of so many days at most.
  func list(_ endpoint: Endpoint, full: Int, days: Int64 = 0) -> Pages {
    var pages = Pages(endpoint, at: "result/list", .cursor("cursor", at: "result/nextPageCursor"), full: full)
    (pages.symbol, pages.size) = ("symbol", "limit")
    pages.parameters = [("category", Self.product.category)]
    guard days > 0 else { return pages }
    (pages.since, pages.until, pages.span) = ("startTime", "endTime", days * 86_400 * 1_000_000_000)
    return pages
  }

  // MARK: Signing

  /// "Create A Request": hexadecimal HMAC-SHA256 over time, key, window, and the query or the body.
  public func sign(_ request: inout Request, target: SealedText, _ account: TradingAccount) {
    let (time, key, window) = (Seal.milliseconds, Seal.field("api_key"), "5000")
    let payload = request.method == .get ? target.query : request.body
    let text = SealedText(time) + SealedText(key) + SealedText(window) + payload
    request.headers += [
      ("X-BAPI-API-KEY", SealedText(key)), ("X-BAPI-TIMESTAMP", SealedText(time)),
      ("X-BAPI-RECV-WINDOW", SealedText(window)),
      ("X-BAPI-SIGN", SealedText(text.hmac(.sha256, key: .field("secret_key")).hex)),
    ]
  }

  // MARK: Writing

  /// "Place Order".
  public func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard isClientOrder(order.clientOrder) else {
      throw CommandRefusal(.invalidOrder, "a client order id is 1 to 36 letters, digits, dashes and underscores")
    }
    if let type = order.type, type.isTriggered, let act = Self.product.act(of: type) {
      call = Call(endpoint(act, .json, on: Self.product.orders))
      if Self.product.cancelStop != nil { waiting.learn(order.clientOrder) }
    }
    call.set("category", Self.product.category)
    call.set("symbol", market.symbol)
    call.set("side", vocabulary.word(order.side))
    let isMarket = order.type?.hasLimit == false
    call.set("orderType", isMarket ? "Market" : "Limit")
    try setForce(order, isMarket, &call)
    try placeMore(order, market, &call)
    call.set("price", order.price)
    call.set("orderLinkId", order.clientOrder)
  }

  /// "Market order will always use `IOC`"; post-only is a time in force.
  private func setForce(_ order: OwnedCommand, _ isMarket: Bool, _ call: inout Call) throws(CommandRefusal) {
    guard isMarket else {
      let word = vocabulary.word(order.timeInForce ?? .goodTilCancelled) ?? "GTC"
      return call.set("timeInForce", order.flags.contains(.postOnly) ? "PostOnly" : word)
    }
    switch order.timeInForce {
    case .immediateOrCancel: call.set("timeInForce", "IOC")
    case .fillOrKill: throw CommandRefusal(.unsupported, "a market order cannot be fill-or-kill")
    default: break
    }
  }

  /// "Amend Order": `qty` counts what has been filled already.
  public func change(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard order.stop == nil || Self.product.stop != nil else {
      throw CommandRefusal(.unsupported, "orders that wait for a price are not offered")
    }
    try name(order, market, &call)
    call.set("qty", order.quantity)
    call.set("price", order.price)
    call.set("triggerPrice", order.stop)
  }

  public func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    call.set("category", Self.product.category)
    call.set("symbol", market.symbol)
    if isName(order.venueOrder) {
      call.set("orderId", order.venueOrder)
    } else if isClientOrder(order.clientOrder) {
      call.set("orderLinkId", order.clientOrder)
    } else {
      throw CommandRefusal(.unknownOrder, "the order has no id of this exchange")
    }
    // "Cancel Order": of spot, a kind of orders.
    switch call.endpoint.act.name {
    case PermittedAct.spotCancel.name: call.set("orderFilter", "Order")
    case PermittedAct.spotCancelStop.name: call.set("orderFilter", "StopOrder")
    default: break
    }
  }

  /// "Batch Place Order": `{"category": "spot", "request": [{...}, {...}]}`.
  public func batch(_ parts: [OrderPart], _ call: inout Call) {
    call.set("category", Self.product.category)
    call.set("request", json: jsonList(parts.map { $0.call.without("category").without("orderFilter").json }))
  }

  private func isClientOrder(_ text: String) -> Bool { text.utf8.count <= 36 && isName(text) }

  /// Letters, digits, dashes and underscores: numbers of spot orders, UUIDs of others.
  private func isName(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
      }
  }

  // MARK: Reading

  /// One order is answered by its ids. Of several, the codes stand in a second list:
  /// `{"result": {"list": [{"orderId": "1"}]}, "retExtInfo": {"list": [{"code": 0, "msg": "OK"}]}}`.
  @Sendable
  private static func readAnswer(_ body: Body, _ parts: [OrderPart], _ words: Words) -> [OrderReport]? {
    var json = JSONScanner(body)
    guard json.isWhole, let result = json.find("result") else { return nil }
    var object = result.scanner()
    guard var list = object.find("list")?.scanner() else {
      var one = result.scanner()
      let report = OrderReport(&one, order, words)
      return parts.count == 1 && one.isValid ? [report] : nil
    }
    var reports: [OrderReport] = []
    list.elements { reports.append(OrderReport(&$0, order, words)) }
    json = JSONScanner(body)
    guard list.isValid, reports.count == parts.count, var codes = json.find("retExtInfo/list")?.scanner() else {
      return nil
    }
    var place = 0
    codes.elements { json in
      let said = OrderReport(&json, outcome, words)
      if place < reports.count { (reports[place].error, reports[place].reason) = (said.error, said.reason) }
      place += 1
    }
    return codes.isValid && place == reports.count ? reports : nil
  }
  private static let outcome = FieldTable<OrderField>(["code": .error, "msg": .reason])

  /// An order of a list or of the order topic.
  func order(_ json: inout JSONScanner) -> OrderReport {
    var report = OrderReport()
    var (isOther, rejection, end, kind, direction) = (false, "", "", "", Int64(0))
    report.read(&json, Self.order, vocabulary) { report, key, json in
      switch key {
      case "category": isOther = isOfOther(json.scalar())
      case "rejectReason": rejection = json.words()
      case "cancelType": end = json.words()
      case "triggerDirection": direction = json.integer()
      case "stopOrderType": kind = json.words()
      default: return false
      }
      return true
    }
    report.reason = rejection.isEmpty || rejection == "EC_NoError" ? (end == "UNKNOWN" ? "" : end) : rejection
    if isByValue(report) {
      report.quantity = nil
      report.flags.insert(.byValue)
    }
    if report.stop != nil { report.wait(for: direction, kind) }
    if Self.product.cancelStop != nil { remember(report) }
    // One symbol may be of several products.
    if isOther { report.symbol = "" }
    return report
  }

  private func remember(_ report: OrderReport) {
    for id in [report.venue, report.client] {
      if report.state == .untriggered { waiting.learn(id) } else { waiting.forget(id) }
    }
  }

  /// An execution; `nil` for one of another product, and for what is no trade: funding, settlements.
  func execution(_ json: inout JSONScanner) -> OrderReport? {
    var report = OrderReport()
    var isOther = false
    report.read(&json, Self.execution, vocabulary) { report, key, json in
      switch key {
      case "category": isOther = isOfOther(json.scalar()) || isOther
      case "execType":
        let type = json.scalar()
        isOther = !Self.isTrade(type) || isOther
        report.origin = vocabulary.origin(type.text)
      default: return false
      }
      return true
    }
    guard !isOther else { return nil }
    if report.feeAsset.isEmpty, report.fee != nil, let market = market(named: report.symbol) {
      report.feeAsset = feeAsset(report, market.rules)
    }
    return report
  }

  private func isOfOther(_ category: JSONText) -> Bool {
    !category.bytes.elementsEqual(Self.product.category.utf8)
  }

  /// "Enums Definitions: execType".
  private static func isTrade(_ word: JSONText) -> Bool {
    switch word {
    case "Trade", "AdlTrade", "BustTrade", "BlockTrade", "FutureSpread", "": true
    default: false
    }
  }
}

extension OrderReport {
  /// Makes it an order that waits for a price. Direction 1 waits for a rise and 2 for a fall; where that is not said,
  /// "Enums Definitions: stopOrderType" does.
  fileprivate mutating func wait(for direction: Int64, _ kind: String) {
    let takes =
      switch direction {
      case 1: side == .sell
      case 2: side == .buy
      default: kind.hasSuffix("TakeProfit")
      }
    switch type {
    case .limit: type = takes ? .takeLimit : .stopLimit
    case .market: type = takes ? .takeMarket : .stopMarket
    default: break
    }
    isTriggered = state != .untriggered
  }
}
