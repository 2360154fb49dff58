import CPatchbay
import ConnectorKit
import Decimals

/// Orders and their histories. Sources: "Trading": "Place a New Order", "Place a Batch of Orders", "Submit Cancel for
/// an Order", "Submit Cancel for Multiple Orders by IDs", "Get the Order Detail of an Order", "Get All Open Orders",
/// "Search Historical Orders within 48 Hours", "Search Match Results".
extension HTXSpot {
  /// Names in orders, in lists of them, and in answers to writes.
  private static let order = FieldTable<OrderField>([
    "symbol": .symbol, "client-order-id": .client, "id": .venue, "order-id": .venue, "state": .state, "price": .price,
    "stop-price": .stop, "amount": .quantity, "field-amount": .filled, "filled-amount": .filled,
    "field-cash-amount": .cost, "filled-cash-amount": .cost, "err-code": .error, "err-msg": .reason,
  ])
  private static let fill = FieldTable<OrderField>([
    "symbol": .symbol, "trade-id": .fillID, "order-id": .venue, "price": .fillPrice, "filled-amount": .fillQuantity,
    "filled-fees": .fee, "fee-currency": .feeAsset, "role": .maker, "created-at": .time,
  ])

  private static let cancelByClient = Endpoint(.cancelClient, .json, on: .cancels)
  private static let orderByClient = Endpoint(.orderByClient, on: .queries)

  func offerOrders() {
    serve(
      .place, by: Endpoint(.place, .json, on: .orders),
      batch: Batch(Endpoint(.placeBatch, .json, on: .batches), most: 10, isOneCharge: true),
      WriteAnswer { Self.placed($0, $1, $2) })
    serve(
      .cancel, .cancelMany, by: Endpoint(.cancel, .json, on: .cancels),
      batch: Batch(
        Endpoint(.cancelBatch, .json, on: .cancelBatches), most: 50, isAlike: true, isOneCharge: true),
      WriteAnswer { Self.cancelled($0, $1, $2) })
    let question = OrderQuestion(Endpoint(.order, on: .queries), at: "data", isAlone: true)
    serveOrder(question) { [unowned(unsafe) self] in order(&$1) }
    var open = Pages(Endpoint(.openOrders, on: .openOrders), at: "data", .after("from", id: "id"), full: 500)
    (open.symbol, open.size, open.cursorParameters) = ("symbol", "size", [("direct", "next")])
    orders(.openOrders, open) { [unowned(unsafe) self] in order(&$1) }
    // Orders that were cancelled without a fill are kept for two hours.
    var history = Pages(Endpoint(.orderHistory, on: .histories), at: "data", full: 1000)
    (history.symbol, history.size, history.most) = ("symbol", "size", 1)
    (history.since, history.until, history.reach) = ("start-time", "end-time", 2 * 3600 * 1_000_000_000)
    orders(.orderHistory, open, history) { [unowned(unsafe) self] in order(&$1) }
    // Of a span of 48 hours in one question, within 120 days.
    var fills = Pages(Endpoint(.fills, on: .fills), at: "data", .after("from", id: "id"), full: 500)
    (fills.symbol, fills.size, fills.cursorParameters) = ("symbol", "size", [("direct", "next")])
    (fills.since, fills.until) = ("start-time", "end-time")
    (fills.span, fills.reach) = (48 * 3600 * 1_000_000_000, 120 * 86_400 * 1_000_000_000)
    self.fills(fills) { [unowned(unsafe) self] in execution(&$1) }
  }

  // MARK: Reading

  /// `{"id": 357632718898331, "symbol": "adausdt", "amount": "5.0", "type": "buy-limit-maker", "state": "submitted",
  /// "created-at": 1640780000, ...}`: it changed last when it ended, if it has.
  func order(_ json: inout JSONScanner) -> OrderReport {
    var (report, rule) = (OrderReport(), "")
    report.read(&json, Self.order, vocabulary) { report, key, json in
      switch key {
      case "type": report.readType(json.words(), vocabulary)
      case "operator": rule = json.words()
      case "created-at":
        report.created = json.milliseconds()
        report.time = max(report.time, report.created)
      case "finished-at", "canceled-at", "updated-at": report.time = max(report.time, json.milliseconds())
      default: return false
      }
      return true
    }
    report.wait(for: rule)
    return report
  }

  /// What one word means beside another: the amount of a market order to buy counts quote, and one that waits for its
  /// price has been created and not submitted.
  public func corrected(_ report: OrderReport) -> OrderReport {
    var report = report
    if report.type == .market, report.side == .buy {
      report.quantity = nil
      report.flags.insert(.byValue)
    }
    report.isTriggered = !["created", "pre-submitted"].contains(report.stateWord)
    if report.state == .open { report.state = report.openState }
    return report
  }

  /// A fee is paid in what the trade brings, or in points or another currency, of which that counts no currency's fee.
  private func execution(_ json: inout JSONScanner) -> OrderReport {
    var (report, points) = (OrderReport(), Points())
    report.read(&json, Self.fill, vocabulary) { report, key, json in
      switch key {
      case "type": report.readType(json.words(), vocabulary)
      case "filled-points": points.amount = json.optionalDecimal()
      case "fee-deduct-currency": points.asset = json.words()
      default: return false
      }
      return true
    }
    return points.charged(report)
  }

  /// "Place a New Order": `{"status": "ok", "data": "356501383558845"}`. "Place a Batch of Orders": `{"data":
  /// [{"order-id": 361560582529749, "client-order-id": "2345"}, {"client-order-id": "2346", "err-code": "...",
  /// "err-msg": "..."}]}`. An order that is not among them may live all the same.
  private static func placed(_ body: Body, _ parts: [OrderPart], _ words: Words) -> [OrderReport]? {
    var json = JSONScanner(body)
    guard json.isWhole, var data = json.find("data")?.scanner() else { return nil }
    guard data.peek() == UInt8(ascii: "[") else {
      var report = OrderReport()
      report.venue = data.words()
      return data.isValid && parts.count == 1 ? [report] : nil
    }
    var reports: [OrderReport] = []
    data.elements { reports.append(OrderReport(&$0, order, words)) }
    guard data.isValid else { return nil }
    return parts.map { part in reports.first { $0.client == part.command.clientOrder } ?? OrderReport() }
  }

  /// That a cancel was taken says nothing of the order's end, unless that was before. "Submit Cancel for an Order": its
  /// id. "(based on client order ID)": a number. "Multiple Orders by IDs": `{"success": ["5983466"], "failed":
  /// [{"err-msg": "...", "order-id": "5982", "err-code": "...", "client-order-id": ""}]}`.
  private static func cancelled(_ body: Body, _ parts: [OrderPart], _ words: Words) -> [OrderReport]? {
    var json = JSONScanner(body)
    guard json.isWhole, var data = json.find("data")?.scanner() else { return nil }
    guard data.peek() == UInt8(ascii: "{") else {
      let word = data.words()
      guard data.isValid, parts.count == 1 else { return nil }
      return [parts[0].command.venueOrder.isEmpty || word.utf8.count < 3 ? closed(word) : OrderReport()]
    }
    var (done, failed): ([String], [OrderReport]) = ([], [])
    data.members { key, json in
      switch key {
      case "success": json.elements { done.append($0.words()) }
      case "failed": json.elements { failed.append(OrderReport(&$0, order, words)) }
      default: return false
      }
      return true
    }
    guard data.isValid else { return nil }
    return parts.map { part in
      let (venue, client) = (part.command.venueOrder, part.command.clientOrder)
      if done.contains(where: { !$0.isEmpty && ($0 == venue || $0 == client) }) { return OrderReport() }
      let isKnown = { (report: OrderReport) in
        !venue.isEmpty && report.venue == venue || !client.isEmpty && report.client == client
      }
      if let known = failed.first(where: isKnown) { return known }
      var silent = OrderReport()
      (silent.error, silent.reason) = ("unanswered", "the exchange does not say what became of this cancel")
      return silent
    }
  }

  /// -1 closed long ago, 0 not found, 5 and 7 cancelled before, 6 filled, 10 being cancelled.
  private static func closed(_ word: String) -> OrderReport {
    var report = OrderReport()
    switch word {
    case "-1", "0", "6":
      (report.error, report.reason) = (word, word == "0" ? "no such client order id" : "the order has ended")
    case "5", "7": report.state = .cancelled
    default: break
    }
    return report
  }

  // MARK: Parameters

  /// Calls that name the account without being of an order.
  public func signParameters(_ call: inout Call, _ account: TradingAccount) {
    switch call.endpoint.act.name {
    case PermittedAct.balance.name: call.fill(account.identity)
    case PermittedAct.openOrders.name: call.set("account-id", account.identity)
    default: break
    }
    if call.endpoint.parameters == .query { call.sort() }
  }

  /// "Place a New Order". An order that waits for a price says from which side it comes: a stop to buy waits for a
  /// rise, a take to buy for a fall.
  public func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard isClientOrder(order.clientOrder) else {
      throw CommandRefusal(.invalidOrder, "a client order id is 1 to 64 visible characters")
    }
    let isByValue = order.flags.contains(.byValue)
    if order.type == .market, isByValue != (order.side == .buy) {
      let words = isByValue ? "a market order to sell names its quantity" : "a market order to buy names its value"
      throw CommandRefusal(.unsupported, words)
    }
    call.set("account-id", account(order.account)?.identity ?? "")
    call.set("symbol", market.symbol)
    call.set("type", "\(vocabulary.word(order.side))-\(try kind(order))")
    call.set("client-order-id", order.clientOrder)
    call.set("amount", isByValue ? order.value : order.quantity)
    call.set("price", order.price)
    call.set("stop-price", order.stop)
    guard let type = order.type, type.isTriggered else { return }
    if type == .takeLimit { call.use(Endpoint(.placeTake, .json, on: .orders)) }
    call.set("operator", (order.side == .buy) == (type == .stopLimit) ? "gte" : "lte")
  }

  private func kind(_ order: OwnedCommand) throws(CommandRefusal) -> String {
    let force = order.timeInForce ?? .goodTilCancelled
    switch order.type {
    case .market: return "market"
    case .stopLimit, .takeLimit:
      guard force != .immediateOrCancel else {
        throw CommandRefusal(.unsupported, "an order that waits for a price is good till cancelled or fill-or-kill")
      }
      return force == .fillOrKill ? "stop-limit-fok" : "stop-limit"
    default:
      if order.flags.contains(.postOnly) { return "limit-maker" }
      return force == .fillOrKill ? "limit-fok" : force == .immediateOrCancel ? "ioc" : "limit"
    }
  }

  /// In the path by the exchange's id; by the client's id there are requests of their own.
  public func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard !isNumber(order.venueOrder) else { return call.fill(order.venueOrder) }
    guard isClientOrder(order.clientOrder) else {
      throw CommandRefusal(.unknownOrder, "the order has no id of this exchange")
    }
    let isQuestion = call.endpoint.act.name == PermittedAct.order.name
    call.use(isQuestion ? Self.orderByClient : Self.cancelByClient)
    call.set(isQuestion ? "clientOrderId" : "client-order-id", order.clientOrder)
  }

  /// Takes are an act of their own, and go alone.
  public func group(_ part: OrderPart) -> Int {
    guard part.verb == .place, part.command.type == .takeLimit else { return 0 }
    return 1 + Int(truncatingIfNeeded: part.command.order & 0xFFFF_FFFF)
  }

  public func batch(_ parts: [OrderPart], _ call: inout Call) {
    guard let first = parts.first, first.verb != .place else {
      call.whole = jsonList(parts.map { $0.call.json })
      return
    }
    let isByClient = !isNumber(first.command.venueOrder)
    let ids = parts.map { SealedText(jsonQuoted(isByClient ? $0.command.clientOrder : $0.command.venueOrder)) }
    call.set(isByClient ? "client-order-ids" : "order-ids", json: jsonList(ids))
  }

  private func isNumber(_ text: String) -> Bool { !text.isEmpty && text.utf8.allSatisfy { $0 &- 48 <= 9 } }

  /// "Letters, digits, underscore and hyphen": what else is in one, the exchange judges.
  private func isClientOrder(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
  }
}

/// A fee that is paid in points or another currency instead of what the trade brings.
struct Points {
  var amount: Decimal64?
  var asset = ""

  /// The execution with what was paid for it: one of the two fees is zero.
  func charged(_ report: OrderReport) -> OrderReport {
    var report = report
    if report.fee?.isZero ?? true, let amount, !amount.isZero, !asset.isEmpty {
      (report.fee, report.feeAsset) = (amount, asset)
    }
    return report
  }
}

extension OrderReport {
  /// A type such as `buy-limit-maker`: a side, and a kind that says type, time in force and post-only.
  mutating func readType(_ word: String, _ words: Words) {
    let parts = word.split(separator: "-", maxSplits: 1).map(String.init)
    guard parts.count == 2 else { return }
    side = words.side(parts[0])
    type = words.type(parts[1])
    force = words.force(parts[1]) ?? force
    if words.isPostOnly(parts[1]) { flags.insert(.postOnly) }
  }

  /// "operator": `gte` waits for a price at or above the stop price, `lte` for one at or below; it is empty where none
  /// is waited for.
  mutating func wait(for rule: String) {
    guard type == .stopLimit, !rule.isEmpty else { return }
    if (rule == "gte") != (side == .buy) { type = .takeLimit }
  }
}
