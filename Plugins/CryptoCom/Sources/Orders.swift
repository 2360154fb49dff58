import ConnectorKit
import Decimals

/// Orders and their histories. Sources: "private/create-order", "private/create-order-list", "private/amend-order",
/// "private/cancel-order", "private/cancel-order-list", "private/get-order-detail", "private/get-open-orders",
/// "private/get-order-history", "private/get-trades", "user.order", "user.trade".
extension CryptoComSpot {
  /// Today's names, and those of 2021 behind them.
  static let order = FieldTable<OrderField>([
    "instrument_name": .symbol, "client_oid": .client, "order_id": .venue, "side": .side, "order_type": .type,
    "time_in_force": .force, "status": .state, "limit_price": .price, "ref_price": .stop, "quantity": .quantity,
    "cumulative_quantity": .filled, "cumulative_value": .cost, "avg_price": .average, "create_time": .created,
    "update_time": .time, "type": .type, "price": .price,
  ])
  private static let fill = FieldTable<OrderField>([
    "instrument_name": .symbol, "client_oid": .client, "order_id": .venue, "side": .side, "trade_id": .fillID,
    "traded_price": .fillPrice, "traded_quantity": .fillQuantity, "fees": .fee, "fee_instrument_name": .feeAsset,
    "taker_side": .maker, "create_time": .time, "fee": .fee, "fee_currency": .feeAsset, "liquidity_indicator": .maker,
  ])
  private static let names = FieldTable<OrderField>([
    "order_id": .venue, "client_oid": .client, "code": .error, "message": .reason,
  ])

  /// Methods whose times and sizes stand as numbers.
  private static func list(_ act: PermittedAct, on limit: Output.Limit) -> Endpoint {
    var endpoint = Endpoint(act, .json, on: limit)
    endpoint.bare = ["start_time", "end_time", "limit"]
    return endpoint
  }

  func offerOrders() {
    let answer = WriteAnswer(fine: ["", "0"], Self.answer)
    serve(
      .place, by: Endpoint(.place, .json, on: .orders),
      batch: Batch(Endpoint(.placeBatch, .json, on: .otherCalls), most: 10, isOneCharge: true),
      other: triggers(Endpoint(.placeTrigger, .json, on: .otherCalls)), answer)
    serve(
      .cancel, .cancelMany, by: Endpoint(.cancel, .json, on: .cancels),
      batch: Batch(Endpoint(.cancelBatch, .json, on: .otherCalls), most: 10, isOneCharge: true),
      other: triggers(Endpoint(.cancelTrigger, .json, on: .otherCalls)), answer)
    let detail = Endpoint(.order, .json, on: .questions)
    serve(
      .amend, by: Endpoint(.amend, .json, on: .otherCalls),
      asking: KnownOrder(detail, at: "result") { [unowned(unsafe) self] in order(&$1) }, answer)
    let ofTriggers = Endpoint(.trigger, .json, on: .otherCalls)
    serveOrder(
      OrderQuestion(detail, at: "result", isAlone: true), OrderQuestion(ofTriggers, at: "result", isAlone: true),
      first: { [unowned(unsafe) self] command, _ in waiting.owns(command) ? 1 : 0 }
    ) { [unowned(unsafe) self] in anyOrder(&$1) }
    var open = Pages(Endpoint(.openOrders, .json, on: .otherCalls), at: "result/data")
    var waits = Pages(Endpoint(.openTriggers, .json, on: .otherCalls), at: "result/data")
    (open.symbol, waits.symbol) = ("instrument_name", "instrument_name")
    orders(.openOrders, open, waits) { [unowned(unsafe) self] in anyOrder(&$1) }
    orders(.orderHistory, open, waits, Self.pages(.orderHistory, on: .histories)) {
      [unowned(unsafe) self] in anyOrder(&$1)
    }
    fills(Self.pages(.fills, on: .trades)) { [unowned(unsafe) self] in fill(&$1) }
  }

  /// Newest first, of a time that begins where it says and ends before it says; a day where only one is said. Further
  /// pages end where the last entry was, in nanoseconds. What is older than half a year is not promised.
  private static func pages(_ act: PermittedAct, on limit: Output.Limit) -> Pages {
    var pages = Pages(
      list(act, on: limit), at: "result/data", .after("end_time", id: "create_time_ns"), full: 100)
    (pages.symbol, pages.size) = ("instrument_name", "limit")
    (pages.since, pages.until, pages.isByCreation) = ("start_time", "end_time", true)
    pages.reach = 180 * 86_400 * 1_000_000_000
    return pages
  }

  // MARK: Writing

  /// "private/create-order". What is usual is not said: good till cancelled.
  public func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard Self.isName(order.clientOrder) else {
      throw CommandRefusal(.invalidOrder, "a client order id is 1 to 36 letters, digits, _ and -")
    }
    call.set("instrument_name", market.symbol)
    call.set("side", vocabulary.word(order.side))
    call.set("type", order.type.flatMap { vocabulary.word($0) } ?? "")
    if order.flags.contains(.byValue) {
      guard order.side == .buy else { throw CommandRefusal(.unsupported, "only market orders to buy are by value") }
      call.set("notional", order.value)
    } else {
      call.set("quantity", order.quantity)
    }
    call.set("price", order.price)
    call.set("client_oid", order.clientOrder)
    try setForce(order, &call)
    if order.type?.isTriggered == true { return try setTrigger(order, &call) }
    call.set("spot_margin", "SPOT")
  }

  /// Post-only goes with good till cancelled, which then is said.
  private func setForce(_ order: OwnedCommand, _ call: inout Call) throws(CommandRefusal) {
    let isPostOnly = order.flags.contains(.postOnly)
    if isPostOnly { call.set("exec_inst", list: ["POST_ONLY"]) }
    guard let force = order.timeInForce, order.type?.hasLimit == true else {
      guard order.timeInForce != .fillOrKill else {
        throw CommandRefusal(.unsupported, "a market order cannot be fill-or-kill")
      }
      if isPostOnly { call.set("time_in_force", "GOOD_TILL_CANCEL") }
      return
    }
    if force != .goodTilCancelled || isPostOnly { call.set("time_in_force", vocabulary.word(force) ?? "") }
  }

  /// "private/amend-order": wants price and quantity, of which one may stay as it is.
  public func change(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard order.stop == nil, !waiting.owns(order) else {
      throw CommandRefusal(.unsupported, "orders that wait for a price are not changed: cancel them")
    }
    if order.venueOrder.isEmpty {
      guard Self.isName(order.clientOrder) else { throw Self.nameless }
      call.set("orig_client_oid", order.clientOrder)
    } else {
      call.set("order_id", order.venueOrder)
    }
    call.set("new_price", order.price)
    call.set("new_quantity", order.quantity)
  }

  /// By the exchange's id, or by the client's.
  public func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    // What a trigger has become has an id of its own, which a report may not have said.
    if Self.isName(order.venueOrder) {
      call.set("order_id", order.venueOrder)
    } else if Self.isName(order.clientOrder) {
      call.set("client_oid", order.clientOrder)
    } else {
      throw Self.nameless
    }
  }

  private static let nameless = CommandRefusal(.unknownOrder, "the order has no id of this exchange")

  static func isName(_ text: String) -> Bool {
    (1...36).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
      }
  }

  /// "private/create-order-list", "private/cancel-order-list": `{"contingency_type": "LIST", "order_list": [{...}]}`.
  /// Orders to cancel name their instruments there.
  public func batch(_ parts: [OrderPart], _ call: inout Call) {
    call.set("contingency_type", "LIST")
    call.set(
      "order_list",
      json: jsonList(
        parts.map { part in
          guard part.verb != .place else { return part.call.json }
          var named = part.call
          named.set("instrument_name", part.market.symbol)
          return named.json
        }))
  }

  // MARK: Reading

  /// `{"result": {"order_id": "1", "client_oid": "a"}}`; of several a list, each with a code and its place among them:
  /// `{"result": [{"index": 0, "code": 0, "order_id": "1"}, {"index": 1, "code": 306, "message": "..."}]}`. A cancel
  /// needs no result: the order's end comes on the stream.
  @Sendable
  static func answer(_ body: Body, _ parts: [OrderPart], _ words: Words) -> [OrderReport]? {
    var json = JSONScanner(body)
    guard json.isWhole else { return nil }
    guard parts.count > 1 else {
      guard var one = json.find("result")?.scanner(), one.peek() == UInt8(ascii: "{") else {
        return parts[0].verb == .place ? nil : [OrderReport()]
      }
      let report = OrderReport(&one, names, words)
      return one.isValid ? [report] : nil
    }
    var whole = json.mark.scanner()
    guard var list = (json.find("result/result_list") ?? whole.find("result"))?.scanner() else { return nil }
    var reports = [OrderReport?](repeating: nil, count: parts.count)
    var place = 0
    list.elements { json in
      var (report, index) = (OrderReport(), Int64?.none)
      report.read(&json, names, words) { _, key, json in
        guard key == "index" else { return false }
        index = json.integer()
        return true
      }
      let at = index.map { Int(truncatingIfNeeded: $0) } ?? place
      place += 1
      if reports.indices.contains(at), reports[at] == nil { reports[at] = report } else { json.fail() }
    }
    let all = reports.compactMap { $0 }
    return list.isValid && all.count == parts.count ? all : nil
  }

  /// An order of either service: those that wait for a price are known by their types.
  func anyOrder(_ json: inout JSONScanner) -> OrderReport {
    let mark = json.mark
    let report = order(&json)
    guard report.type?.isTriggered == true else { return report }
    var again = mark.scanner()
    return trigger(&again)
  }

  func order(_ json: inout JSONScanner) -> OrderReport {
    var (report, reason) = (OrderReport(), "")
    report.read(&json, Self.order, vocabulary) { report, key, json in
      switch key {
      case "exec_inst": readInstructions(&json, &report)
      case "reason", "reject_reason": reason = json.words()
      default: return false
      }
      return true
    }
    complete(&report, reason)
    return report
  }

  /// A list of words, or one.
  private func readInstructions(_ json: inout JSONScanner, _ report: inout OrderReport) {
    func take(_ word: String) { if vocabulary.isPostOnly(word) { report.flags.insert(.postOnly) } }
    guard json.peek() == UInt8(ascii: "[") else { return take(json.words()) }
    json.elements { take($0.words()) }
  }

  /// "user.order": an order is ACTIVE until it has ended, however much of it is filled.
  private func complete(_ report: inout OrderReport, _ reason: String) {
    if report.type?.isTriggered != true { report.stop = nil }
    if report.type?.hasLimit == false { report.price = nil }
    // An order by value has no quantity until it is filled.
    if report.type == .market, report.quantity?.isZero == true {
      report.quantity = nil
      report.flags.insert(.byValue)
    }
    if report.state == .open { report.state = report.openState }
    if report.time == 0 { report.time = report.created }
    if reason != "0" { report.reason = reason }
  }

  /// Fees are below zero where they are paid. Until 2022 they were above.
  func fill(_ json: inout JSONScanner) -> OrderReport {
    var (report, isOther) = (OrderReport(), false)
    var isOld = false
    report.read(&json, Self.fill, vocabulary) { report, key, json in
      switch key {
      case "journal_type": isOther = json.words() != "TRADING"
      // Names of 2021.
      case "liquidity_indicator", "fee_currency": isOld = true
        return false
      default: return false
      }
      return true
    }
    if !isOld, let fee = report.fee { report.fee = Decimal64.zero.subtracting(fee) }
    if isOther { report.fillID = "" }
    return report
  }
}
