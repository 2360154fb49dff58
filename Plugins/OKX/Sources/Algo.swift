import CPatchbay
import ConnectorKit
import Decimals

/// Conditional orders: they wait under ids of their own and become ordinary ones when their price is reached. Sources:
/// OKX API v5, "POST / Place algo order", "POST / Cancel algo order", "POST / Amend algo order", "GET / Algo order
/// details", "GET / Algo order list", "GET / Algo order history", "WS / Algo orders channel" of "Algo Trading". What
/// becomes of one comes on the orders channel.
extension OKXConnector {
  /// "algoId" and "algoClOrdId" name it. A stop order stands in the names that begin with `sl`, a take-profit order in
  /// those with `tp`; a price of -1 is a market order's. The last trade
  /// reaches the trigger price, unless another one is named.
  private static let algo = FieldTable<OrderField>([
    "instId": .symbol, "algoClOrdId": .client, "algoId": .venue, "side": .side, "state": .state, "sz": .quantity,
    "uTime": .time, "sCode": .error, "sMsg": .reason, "tgtCcy": .unit, "posSide": .leg, "reduceOnly": .reduceOnly,
    "failCode": .error, "cTime": .created,
  ])
  /// Of "ordType", those that wait for one price and then are one order. The others are not placed here.
  private static let kinds = ["conditional", "trigger"]

  /// The service of conditional orders, for a verb.
  func waiting(_ endpoint: Endpoint) -> OtherService {
    OtherService(endpoint, WriteAnswer(at: "data", Self.algo, endsCancelled: true)) {
      [unowned(unsafe) self] command, _ in
      algos.owns(command)
    }
  }

  func isOfAlgos(_ endpoint: Endpoint) -> Bool {
    endpoint.act.path.hasSuffix("algo") || endpoint.act.path.hasSuffix("algos")
  }

  /// "Place algo order" of the type `conditional`.
  func placeAlgo(
    _ order: OwnedCommand, _ type: OrderType, _ market: Market, _ call: inout Call
  ) throws(CommandRefusal) {
    guard order.flags.isDisjoint(with: [.postOnly, .byValue]),
      (order.timeInForce ?? .goodTilCancelled) == .goodTilCancelled
    else { throw CommandRefusal(.unsupported, "a conditional order is good till cancelled and by quantity") }
    let (act, prefix) =
      switch type {
      case .stopMarket: (product.acts.stopMarket, "sl")
      case .takeLimit: (product.acts.takeLimit, "tp")
      case .takeMarket: (product.acts.takeMarket, "tp")
      default: (product.acts.stopLimit, "sl")
      }
    call.use(Endpoint(act, .json, on: .algos))
    call.set("instId", market.symbol)
    call.set("tdMode", tradeMode)
    call.set("algoClOrdId", order.clientOrder)
    call.set("side", vocabulary.word(order.side))
    try setPosition(order, &call)
    call.set("ordType", "conditional")
    if !product.isPerpetual, !type.hasLimit { call.set("tgtCcy", "base_ccy") }
    call.set("sz", try market.contracts(order.quantity))
    call.set(prefix + "TriggerPx", order.stop)
    if order.flags.contains(.stopByMark) { call.set(prefix + "TriggerPxType", "mark") }
    if type.hasLimit { call.set(prefix + "OrdPx", order.price) } else { call.set(prefix + "OrdPx", "-1") }
    algos.learn(order.clientOrder)
  }

  /// A cancel is a list of them; the question names no instrument.
  func nameAlgo(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    let isCancel = call.endpoint.act.name == PermittedAct.cancelAlgos.name
    if call.endpoint.act.method == .post { call.set("instId", market.symbol) }
    if isNumber(order.venueOrder) {
      call.set("algoId", order.venueOrder)
    } else if isClientOrder(order.clientOrder) {
      call.set("algoClOrdId", order.clientOrder)
    } else {
      throw CommandRefusal(.unknownOrder, "the order has no id of this exchange")
    }
    if isCancel { call.whole = jsonList([call.json]) }
  }

  /// "Amend algo order": of perpetuals. Which of its prices are meant follows from the type.
  func changeAlgo(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard let type = order.type, type.isTriggered, order.stop == nil else {
      throw CommandRefusal(.unsupported, "of a conditional order price and quantity can be changed")
    }
    let prefix = type == .takeLimit || type == .takeMarket ? "newTp" : "newSl"
    try nameAlgo(order, market, &call)
    call.set("newSz", try market.contracts(order.quantity))
    if type.hasLimit { call.set(prefix + "OrdPx", order.price) }
  }

  /// "Algo order list": by type of order.
  func algoLists(_ endpoint: Endpoint) -> [Pages] {
    Self.kinds.map { kind in
      var pages = Pages(endpoint, at: "data", .after("after", id: "algoId"), full: 100)
      (pages.symbol, pages.parameters) = ("instId", [("ordType", kind), ("instType", product.type)])
      return pages
    }
  }

  /// "Algo order history": three months, by state.
  func algoHistory(_ state: String) -> [Pages] {
    algoLists(Endpoint(.algoHistory, on: .algoQueries)).map { list in
      var pages = list
      pages.parameters.append(("state", state))
      (pages.isByTime, pages.reach) = (true, 90 * 86_400 * 1_000_000_000)
      return pages
    }
  }

  /// "Algo orders channel": one that was placed, cancelled, triggered, or that failed when it was triggered. What one
  /// has become says itself what comes of it, on another stream: it may have said so before.
  func reportAlgo(_ json: inout JSONScanner, _ account: TradingAccount) {
    var look = json.mark.scanner()
    var kind = ""
    look.members { key, json in
      guard key == "ordType" else { return false }
      kind = json.words()
      return true
    }
    var report = algo(&json)
    guard json.isValid, Self.kinds.contains(kind), let state = report.state, report.became.isEmpty else { return }
    if state != .untriggered {
      algos.forget(report.venue)
      algos.forget(report.client)
    }
    if state != .rejected { report.error = "" }
    let failure = report.error.isEmpty ? Failure.none : fault(code: report.error, text: "").failure
    report.reason = report.error.isEmpty ? "" : "code \(report.error)"
    publish(order: report, account, error: failure)
  }

  /// `{"algoId", "algoClOrdId", "ordId": "", "ordType": "conditional", "state": "live", "slTriggerPx": "40000",
  /// "slOrdPx": "-1", "actualSz": "0", ...}`. One that has become an order names it.
  func algo(_ json: inout JSONScanner) -> OrderReport {
    var (report, orders) = (OrderReport(), [String]())
    var stop: (price: Decimal64?, order: Decimal64?, by: String) = (nil, nil, "")
    var take = stop, trigger = stop
    report.read(&json, Self.algo, vocabulary) { report, key, json in
      switch key {
      case "slTriggerPx": stop.price = json.optionalDecimal()
      case "slOrdPx": stop.order = json.optionalDecimal()
      case "tpTriggerPx": take.price = json.optionalDecimal()
      case "tpOrdPx": take.order = json.optionalDecimal()
      case "triggerPx": trigger.price = json.optionalDecimal()
      case "ordPx": trigger.order = json.optionalDecimal()
      case "slTriggerPxType": stop.by = json.words()
      case "tpTriggerPxType": take.by = json.words()
      case "triggerPxType": trigger.by = json.words()
      case "ordId": report.became = json.words()
      case "ordIdList": json.elements { orders.append($0.words()) }
      default: return false
      }
      return true
    }
    if report.became.isEmpty { report.became = orders.first ?? "" }
    let isTake = take.price?.isPositive == true
    let used = isTake ? take : stop.price?.isPositive == true ? stop : trigger
    let hasLimit = used.order?.isPositive == true
    report.stop = used.price
    if used.by == "mark" { report.flags.insert(.stopByMark) }
    report.price = hasLimit ? used.order : nil
    report.type = isTake ? (hasLimit ? .takeLimit : .takeMarket) : (hasLimit ? .stopLimit : .stopMarket)
    report.force = .goodTilCancelled
    if report.state == .open { report.state = report.stateWord == "effective" ? nil : .untriggered }
    // What it has become is asked for, whatever this one says of itself.
    if !report.became.isEmpty { report.state = report.state ?? .untriggered }
    if report.state == .untriggered, report.became.isEmpty {
      algos.learn(report.venue)
      algos.learn(report.client)
    }
    return report
  }
}
