import CPatchbay
import ConnectorKit
import Decimals

/// Conditional orders: they wait under ids of their own and become ordinary ones, with new ids, when their price is
/// reached. Sources: "Place Plan Order", "Cancel Plan Order", "Get Current Plan Orders", "Get Plan Sub Order", "Get
/// History Plan Orders" of "Spot / Trigger", "Place Trigger Order", "Cancel Trigger Order", "Get Pending Trigger
/// Order", "Get History Trigger Order", "Trigger Sub Order" of "Contract / Trigger Order", "Trigger Order Channel".
///
/// The exchange waits until the price is crossed, from whichever side: it has no word for stop or take-profit, so the
/// price is looked at first. One that is found there and was not placed from here is reported as a stop order.
extension BitgetConnector {
  private static let plan = FieldTable<OrderField>([
    "symbol": .symbol, "instId": .symbol, "clientOid": .client, "orderId": .venue, "side": .side, "orderType": .type,
    "status": .state, "planStatus": .state, "triggerPrice": .stop, "size": .quantity, "posSide": .leg,
    "executeOrderId": .became, "cTime": .created, "triggerType": .stopBy,
  ])

  func planService(_ verb: Verb) -> OtherService {
    let act: PermittedAct =
      verb == .place ? (isPerpetual ? .perpPlanLimit : .planLimit) : (isPerpetual ? .perpCancelPlan : .cancelPlan)
    return OtherService(Endpoint(act, .json, on: .plans), WriteAnswer(Self.planWritten), crossing: crossing) {
      [unowned(unsafe) self] command, _ in
      plans.owns(command)
    }
  }

  /// "Get Ticker Information", "Get Ticker".
  private var crossing: CrossingCheck {
    isPerpetual
      ? CrossingCheck(
        Endpoint(.perpTicker, on: .listings), symbol: "symbol", [("productType", productType)], last: "data/0/lastPr",
        mark: "data/0/markPrice")
      : CrossingCheck(Endpoint(.tickers, on: .listings), symbol: "symbol", last: "data/0/lastPr")
  }

  /// Its ids, a word of success, or lists as orders have them.
  @Sendable
  private static func planWritten(_ body: Body, _ parts: [OrderPart], _ words: Words) -> [OrderReport]? {
    guard var report = written(body, parts, words)?.first, parts.count == 1 else { return nil }
    if parts[0].verb != .place { report.state = .cancelled }
    return [report]
  }

  // MARK: Writing

  func placePlan(
    _ order: OwnedCommand, _ type: OrderType, _ market: Market, _ call: inout Call
  ) throws(CommandRefusal) {
    guard order.flags.isDisjoint(with: [.postOnly, .byValue]),
      (order.timeInForce ?? .goodTilCancelled) == .goodTilCancelled
    else { throw CommandRefusal(.unsupported, "a conditional order is good till cancelled and by quantity") }
    let limits: [PermittedAct] = [
      isPerpetual ? .perpPlanLimit : .planLimit, .perpPlanLimitOpen, .perpPlanLimitCloseLong, .perpPlanLimitCloseShort,
    ]
    let markets: [PermittedAct] = [
      isPerpetual ? .perpPlanMarket : .planMarket, .perpPlanMarketOpen, .perpPlanMarketCloseLong,
      .perpPlanMarketCloseShort,
    ]
    let acts = type.hasLimit ? limits : markets
    // The manifest has one of each for take-profit orders, which say the same to the exchange.
    let isTake = type == .takeLimit || type == .takeMarket
    let own = isTake ? acts.map { PermittedAct($0.name + "_take", $0.method, $0.path, priority: $0.priority) } : acts
    call.use(Endpoint(own[0], .json, on: .plans))
    call.set("symbol", market.symbol)
    try setPosition(order, market, &call, Array(own.dropFirst()), on: .plans)
    call.set("planType", isPerpetual ? "normal_plan" : "amount")
    call.set("triggerPrice", order.stop)
    call.set("triggerType", order.flags.contains(.stopByMark) ? "mark_price" : "fill_price")
    call.set("orderType", type.hasLimit ? "limit" : "market")
    call.set(isPerpetual ? "price" : "executePrice", order.price)
    call.set("size", order.quantity)
    call.set("clientOid", order.clientOrder)
    plans.learn(order.clientOrder)
  }

  /// "Cancel Trigger Order": a list of them.
  func namePlan(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    var id = Call(call.endpoint)
    try setID(order, &id)
    call.set("symbol", market.symbol)
    call.set("productType", productType)
    call.set("planType", "normal_plan")
    call.set("orderIdList", json: jsonList([id.json]))
  }

  // MARK: Asking

  /// Those that wait, those that have become others, those that have ended.
  var planQuestions: [OrderQuestion] {
    let kind: KeyValuePairs = isPerpetual ? ["planType": "normal_plan", "productType": productType] : [:]
    let place = isPerpetual ? "data/entrustedList" : "data/orderList"
    func listed(_ act: PermittedAct) -> OrderQuestion {
      var question = OrderQuestion(Endpoint(act, on: .planQueries), at: place, by: .listed(market: "symbol"), kind)
      (question.more, question.isNullEmpty) = (isPerpetual ? "" : "data/nextFlag", true)
      return question
    }
    var become = OrderQuestion(
      Endpoint(isPerpetual ? .perpPlanOrders : .planOrders, on: .planQueries), at: "data/0",
      by: .venue("planOrderId"), isAlone: true, kind)
    become.isNullEmpty = true
    var ended = listed(isPerpetual ? .perpPlanHistory : .planHistory)
    (ended.since, ended.until, ended.reach) = ("startTime", "endTime", 90 * Self.day)
    return [listed(isPerpetual ? .perpOpenPlans : .openPlans), become, ended]
  }

  var openPlans: Pages { planList(isPerpetual ? .perpOpenPlans : .openPlans) }

  /// Both ends of the time must be named.
  var endedPlans: Pages {
    var pages = planList(isPerpetual ? .perpPlanHistory : .planHistory)
    (pages.since, pages.until, pages.span, pages.reach) = ("startTime", "endTime", 90 * Self.day, 90 * Self.day)
    pages.isBounded = true
    return pages
  }

  private func planList(_ act: PermittedAct) -> Pages {
    var pages = list(
      Endpoint(act, on: .planQueries), isPerpetual ? "data/entrustedList" : "data/orderList", id: "orderId")
    pages.size = "limit"
    if isPerpetual { pages.parameters.append(("planType", "normal_plan")) } else { pages.more = "data/nextFlag" }
    return pages
  }

  // MARK: Reading

  /// One of a list or a push: `{"orderId", "clientOid", "planType": "amount", "triggerPrice", "executePrice", "status":
  /// "live", "orderType": "limit", ...}`. The price is `executePrice` at spot, and `price` of contracts.
  func plan(_ json: inout JSONScanner) -> OrderReport {
    var (report, position) = (OrderReport(), PositionWords())
    var (price, execute, kind): (Decimal64?, Decimal64?, String) = (nil, nil, "")
    report.read(&json, Self.plan, vocabulary) { report, key, json in
      switch key {
      case "price": price = json.optionalDecimal()
      case "executePrice": execute = json.optionalDecimal()
      case "planType": kind = json.words()
      case "uTime":
        // Empty, as long as nothing came of it.
        var time = json.mark.scanner()
        if !json.words().isEmpty { report.time = time.milliseconds() }
      default: return position.read(key, &json, &report)
      }
      return true
    }
    position.apply(to: &report)
    let hasLimit = report.type != .market
    report.type = hasLimit ? .stopLimit : .stopMarket
    report.price = hasLimit ? (execute?.isPositive == true ? execute : price) : nil
    report.force = .goodTilCancelled
    if kind.lowercased() == "total" {
      report.quantity = nil
      report.flags.insert(.byValue)
    }
    if report.state == .open { report.state = .untriggered }
    // What it has become is asked for, whatever this one says of itself.
    if !report.became.isEmpty { report.state = .untriggered }
    let waits = report.state == .untriggered && report.became.isEmpty
    for id in [report.venue, report.client] { if waits { plans.learn(id) } else { plans.forget(id) } }
    return report
  }

  /// "Get Plan Sub Order": what a conditional order has become, in an answer that does not name it:
  /// `{"orderId", "price", "type", "status": "success"}`.
  func become(_ json: inout JSONScanner) -> OrderReport {
    var report = OrderReport()
    report.read(&json, ["orderId": .became, "status": .state], vocabulary) { _, _, _ in false }
    if report.stateWord == "success", !report.became.isEmpty { report.state = .untriggered } else { report.became = "" }
    return report
  }

  /// "Trigger Order Channel": one that was placed, cancelled, triggered, or that failed when it was. Of one that was
  /// triggered, the order that it has become is asked for: its own reports do not say that it was this one.
  func planCame(_ json: inout JSONScanner, _ account: TradingAccount) {
    var look = json.mark.scanner()
    let kind = look.find("planType").map { mark in
      var word = mark.scanner()
      return word.words().lowercased()
    }
    let report = plan(&json)
    guard json.isValid, ["amount", "total", "pl", "normal_plan"].contains(kind ?? "") else { return }
    if report.state != nil { publish(order: report, account) }
    guard report.stateWord == "executed", isNumber(report.venue) else { return }
    var call = Call(Endpoint(isPerpetual ? .perpPlanOrders : .planOrders, on: .planQueries))
    call.set("planOrderId", report.venue)
    if isPerpetual {
      call.set("planType", "normal_plan")
      call.set("productType", productType)
    }
    ask(call, account) { [unowned(unsafe) self] answer in
      var json = JSONScanner(answer.body)
      guard answer.fault == nil, json.isWhole, var entry = json.find("data/0")?.scanner() else { return .ok }
      var now = report
      now.became = become(&entry).became
      if entry.isValid, !now.became.isEmpty { publish(conditional: now, account) }
      return .ok
    }
  }
}
