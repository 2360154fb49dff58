import CPatchbay
import ConnectorKit
import Decimals

/// Price-triggered orders: they wait under ids of their own, without a client order id (their `text` says only from
/// where they came), and become ordinary orders with other ids. Sources: Gate API v4, "Create price-triggered order" of
/// spot and of futures and the sections behind each; "Spot Price Orders Channel", "Auto Orders API" of the sockets.
extension GateExchange {
  /// "trigger": `>=` and 1 wait for a price at or above it, `<=` and 2 for one at or below.
  static func waitsForRise(_ rule: String) -> Bool? {
    switch rule {
    case ">=", "1": true
    case "<=", "2": false
    default: nil
    }
  }

  /// A stop order waits for the price to go its way, a take-profit order for the other.
  static func rises(_ order: OwnedCommand, _ type: OrderType) -> Bool {
    (order.side == .buy) == (type == .stopLimit || type == .stopMarket)
  }

  static func type(isRise: Bool, _ side: Side, hasLimit: Bool) -> OrderType {
    let isStop = isRise == (side == .buy)
    return isStop ? (hasLimit ? .stopLimit : .stopMarket) : (hasLimit ? .takeLimit : .takeMarket)
  }

  func isOfTriggers(_ endpoint: Endpoint) -> Bool { endpoint.act.path.contains("/price_orders") }

  func checkTrigger(_ order: OwnedCommand) throws(CommandRefusal) {
    guard order.flags.isDisjoint(with: [.postOnly, .byValue]), order.quantity != nil,
      (order.timeInForce ?? .goodTilCancelled) == .goodTilCancelled
    else { throw CommandRefusal(.unsupported, "an order with a trigger is good till cancelled, and by quantity") }
  }

  /// By the exchange's id alone.
  func nameTrigger(_ order: OwnedCommand, _ call: inout Call) throws(CommandRefusal) {
    guard !order.venueOrder.isEmpty, order.venueOrder.utf8.allSatisfy({ $0 &- 48 <= 9 }) else {
      throw CommandRefusal(.unknownOrder, "an order with a trigger has no client order id here")
    }
    call.fill(order.venueOrder)
  }

  /// The service of triggers, for a verb.
  func triggers(
    _ endpoint: Endpoint, _ read: @escaping @Sendable (inout JSONScanner, Words) -> OrderReport
  ) -> OtherService {
    OtherService(endpoint, WriteAnswer(fine: [""]) { body, parts, words in
      Self.answer(body, parts) { read(&$0, words) }
    }) { [unowned(unsafe) self] command, _ in
      waiting.owns(command)
    }
  }

  /// Those that wait, or those that are over: newest first, of all instruments or one.
  static func triggerList(_ endpoint: Endpoint, symbol: String, status: String) -> Pages {
    var pages = Pages(endpoint, at: "", .offset("offset"), full: 100)
    (pages.symbol, pages.size, pages.parameters) = (symbol, "limit", [("status", status)])
    pages.isByTime = status == "finished"
    return pages
  }

  /// The ways to ask for one: by its id, or among the newest of both lists by what it is.
  static func triggerQuestions(_ one: Endpoint, _ list: Endpoint, symbol: String) -> [OrderQuestion] {
    [OrderQuestion(one, at: "", by: .path, isAlone: true)]
      + ["open", "finished"].map { status in
        var question = OrderQuestion(list, at: "", by: .shaped(market: symbol), ["status": status, "limit": "100"])
        question.full = 100
        return question
      }
  }

  /// Lists how orders are found, those with a trigger among them.
  func offer(
    _ questions: [OrderQuestion], _ triggers: [OrderQuestion], open: [Pages], ended: [Pages],
    read: @escaping (inout JSONScanner, _ isTrigger: Bool) -> OrderReport
  ) {
    let place = questions.count
    // What an order has in it says which kind it is: only one with a trigger has a part of that name.
    let any: ReadOrder = { _, json in
      var look = json.mark.scanner()
      return read(&json, look.find("trigger") != nil)
    }
    serveOrder(
      questions + triggers, first: { [unowned(unsafe) self] command, _ in waiting.owns(command) ? place : 0 },
      read: any)
    orders(.openOrders, open, read: any)
    orders(.orderHistory, open + ended, read: any)
  }

  /// What an order with a trigger says beside its table.
  struct Trigger {
    private var (rule, status, finish) = ("", "", "")
    private var (created, finished) = (Int64(0), Int64(0))

    /// Reads a member, of it or of what stands in it; says whether it is one of these.
    mutating func read(_ key: JSONText, _ json: inout JSONScanner, _ report: inout OrderReport) -> Bool {
      switch key {
      case "rule": rule = json.words()
      case "status": status = json.words()
      case "finish_as": finish = json.words()
      case "ctime", "create_time": created = json.seconds()
      case "ftime", "finish_time": if !json.skipNull() { finished = json.seconds() }
      // Zero as long as it waits.
      case "fired_order_id", "trade_id":
        let id = json.words()
        report.became = id == "0" ? "" : id
      default: return false
      }
      return true
    }

    /// Puts together what its words mean. An answer that places or cancels may say its id alone.
    func complete(_ said: OrderReport) -> OrderReport {
      var report = said
      (report.created, report.time) = (created, max(created, finished))
      report.force = .goodTilCancelled
      if let isRise = GateExchange.waitsForRise(rule), report.side != .none {
        report.type = GateExchange.type(isRise: isRise, report.side, hasLimit: report.price != nil)
      }
      report.isTriggered = !report.became.isEmpty
      report.stateWord = finish.isEmpty ? status : finish
      report.state =
        switch (status, finish) {
        case ("open", _), ("inactive", _): .untriggered
        case ("finish", _), (_, "succeeded"): report.became.isEmpty ? nil : .untriggered
        case ("cancelled", _), ("canceled", _), (_, "cancelled"): .cancelled
        case ("failed", _), (_, "failed"), ("invalid", _): .rejected
        case ("expired", _), (_, "expired"): .expired
        default: nil
        }
      return report
    }
  }

  /// Remembers which orders wait.
  func note(_ report: OrderReport) {
    switch report.state {
    case .untriggered where report.became.isEmpty: waiting.learn(report.venue)
    case nil: break
    default:
      waiting.forget(report.venue)
      waiting.forget(report.became)
    }
  }

  /// A push: `[{...}]`.
  func triggersCame(
    _ list: inout JSONScanner, _ account: TradingAccount, _ read: (inout JSONScanner) -> OrderReport
  ) {
    list.elements { json in
      let report = read(&json)
      guard json.isValid, report.state != nil, market(named: report.symbol) != nil else { return }
      publish(conditional: report, account)
    }
  }
}

// MARK: Spot

extension GateSpot {
  private static let put = FieldTable<OrderField>(
    ["id": .venue, "market": .symbol, "label": .error, "message": .reason, "reason": .reason],
    inside: ["put": ["side": .side, "price": .price, "amount": .quantity], "trigger": ["price": .stop]])

  /// Thirty days, the longest that the exchange lets one wait: until then it is good till cancelled.
  private static let expiration: Int64 = 2_592_000

  static func trigger(_ json: inout JSONScanner, _ words: Words) -> OrderReport {
    var (report, trigger) = (OrderReport(), Trigger())
    report.read(&json, put, words) { report, key, json in trigger.read(key, &json, &report) }
    return trigger.complete(report)
  }

  func trigger(_ json: inout JSONScanner) -> OrderReport {
    let report = Self.trigger(&json, vocabulary)
    if json.isValid { note(report) }
    return report
  }

  /// "Create price-triggered order". Those to buy at the market count quote, which a stop order does not name. The
  /// price must be there; at the market it is zero, as it is of futures.
  func placeTrigger(
    _ order: OwnedCommand, _ type: OrderType, _ market: Market, _ call: inout Call
  ) throws(CommandRefusal) {
    try checkTrigger(order)
    guard type.hasLimit || order.side == .sell else {
      throw CommandRefusal(.unsupported, "at the market one buys by value here, and what waits has a quantity")
    }
    let isStop = type == .stopLimit || type == .stopMarket
    call.use(Endpoint(isStop ? .placeStop : .placeTake, .json, on: .orders))
    var (trigger, put) = (call, call)
    trigger.set("price", order.stop)
    trigger.set("rule", Self.rises(order, type) ? ">=" : "<=")
    trigger.set("expiration", Self.expiration)
    put.set("type", type.hasLimit ? "limit" : "market")
    put.set("side", vocabulary.word(order.side))
    put.set("price", order.price ?? .zero)
    put.set("amount", order.quantity)
    put.set("account", "normal")
    put.set("time_in_force", type.hasLimit ? "gtc" : "ioc")
    call.set("trigger", json: trigger.json)
    call.set("put", json: put.json)
    call.set("market", market.symbol)
  }

  private static let pushed = FieldTable<OrderField>([
    "market": .symbol, "id": .venue, "side": .side, "price": .price, "amount": .quantity, "trigger_price": .stop,
    "reason": .reason,
  ])

  /// "Spot Price Orders Channel": an order says no state; what it has become, and when it was over.
  func pushedTrigger(_ json: inout JSONScanner) -> OrderReport {
    var (report, rule, finished) = (OrderReport(), "", "")
    report.read(&json, Self.pushed, vocabulary) { report, key, json in
      switch key {
      case "trigger_rule": rule = json.words()
      case "ctime": report.created = json.seconds()
      case "ftime": finished = json.words()
      case "fired_order_id":
        let id = json.words()
        report.became = id == "0" ? "" : id
      default: return false
      }
      return true
    }
    if let isRise = Self.waitsForRise(rule) {
      report.type = Self.type(isRise: isRise, report.side, hasLimit: report.price != nil)
    }
    // One that is over and has become nothing was cancelled, or failed: the question about it says which.
    let isOpen = ["", "0"].contains(finished)
    report.state = isOpen || !report.became.isEmpty ? .untriggered : nil
    if json.isValid { note(report) }
    return report
  }
}

// MARK: Futures

extension GatePerpetual {
  private static let initial = FieldTable<OrderField>(
    ["id": .venue, "label": .error, "message": .reason, "detail": .reason, "reason": .reason],
    inside: [
      "initial": ["contract": .symbol, "price": .price, "is_reduce_only": .reduceOnly, "is_close": .close],
      "trigger": ["price": .stop, "price_type": .stopBy],
    ])

  static func trigger(_ json: inout JSONScanner, _ words: Words) -> OrderReport {
    var (report, trigger, size) = (OrderReport(), Trigger(), Decimal64?.none)
    report.read(&json, initial, words) { report, key, json in
      guard key == "size" else { return trigger.read(key, &json, &report) }
      size = json.optionalDecimal()
      return true
    }
    if let size, !size.isZero {
      report.side = size.isPositive ? .buy : .sell
      (report.quantity, report.counted) = (size.absolute, [.quantity])
    }
    return trigger.complete(report)
  }

  func trigger(_ json: inout JSONScanner) -> OrderReport {
    let report = Self.trigger(&json, vocabulary)
    if json.isValid { note(report) }
    return report
  }

  /// "Create a price-triggered order": by the last price, which is meant where nothing else is said, or by the mark
  /// price, 1. A price of zero is a market order's.
  func placeTrigger(
    _ order: OwnedCommand, _ type: OrderType, _ market: Market, _ call: inout Call
  ) throws(CommandRefusal) {
    try checkTrigger(order)
    let isStop = type == .stopLimit || type == .stopMarket
    call.use(Endpoint(isStop ? .futuresPlaceStop : .futuresPlaceTake, .json, on: .futuresOrders))
    var (initial, trigger) = (call, call)
    initial.set("contract", market.symbol)
    try setSize(order, market, &initial)
    initial.set("price", order.price ?? .zero)
    initial.set("tif", type.hasLimit ? "gtc" : "ioc")
    trigger.set("price", order.stop)
    trigger.set("rule", Self.rises(order, type) ? 1 : 2)
    if order.flags.contains(.stopByMark) { trigger.set("price_type", 1) }
    call.set("initial", json: initial.json)
    call.set("trigger", json: trigger.json)
  }
}
