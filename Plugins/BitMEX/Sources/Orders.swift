import CPatchbay
import ConnectorKit
import Decimals

/// Orders and their histories. Sources: API Explorer, "Order": "Create a new order", "Amend the quantity or price of an
/// open order", "Cancel order(s)", "Get your orders"; "Execution: Get all balance-affecting executions". Several orders
/// can be cancelled in one request; several cannot be placed or amended so any more.
extension BitMEXExchange {
  static let order = FieldTable<OrderField>([
    "orderID": .venue, "clOrdID": .client, "symbol": .symbol, "side": .side, "ordType": .type, "timeInForce": .force,
    "ordStatus": .state, "price": .price, "stopPx": .stop, "orderQty": .quantity, "cumQty": .filled,
    "avgPx": .average, "timestamp": .isoTime,
  ])
  private static let execution = FieldTable<OrderField>([
    "execID": .fillID, "orderID": .venue, "clOrdID": .client, "symbol": .symbol, "side": .side,
    "lastQty": .fillQuantity, "lastPx": .fillPrice, "lastLiquidityInd": .maker, "timestamp": .isoTime,
  ])

  func offerOrders() {
    serve(.place, by: trade(.place), WriteAnswer { Self.written($0, $1, $2) })
    serve(.amend, by: trade(.amend), WriteAnswer { Self.written($0, $1, $2) })
    serve(
      .cancel, .cancelMany, by: trade(.cancel),
      batch: Batch(trade(.cancelSet), most: 50, isAlike: true, isOneCharge: true),
      WriteAnswer { Self.cancelled($0, $1, $2) })
    let orders = Endpoint(.orders, on: .requests)
    serveOrder(OrderQuestion(orders, at: "")) { [unowned(unsafe) self] in order(&$1) }
    var open = list(orders)
    open.parameters.append(("filter", #"{"open":true}"#))
    (open.since, open.until) = ("", "")
    self.orders(.openOrders, open) { [unowned(unsafe) self] in order(&$1) }
    self.orders(.orderHistory, list(orders)) { [unowned(unsafe) self] in order(&$1) }
    fills(list(Endpoint(.fills, on: .requests))) { [unowned(unsafe) self] in execution(&$1).fill }
  }

  /// Newest first, 500 of them at most; `start` is how many are passed over.
  func list(_ endpoint: Endpoint) -> Pages {
    var pages = Pages(endpoint, at: "", .offset("start"), full: 500)
    (pages.symbol, pages.size, pages.timeForm) = ("symbol", "count", .iso)
    (pages.since, pages.until) = ("startTime", "endTime")
    pages.parameters = [("reverse", "true")]
    return pages
  }

  // MARK: Writing

  public func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard Self.isLinear(market) else {
      throw CommandRefusal(.unsupported, "orders are offered of contracts that are worth so much base")
    }
    guard Self.isName(order.clientOrder) else {
      throw CommandRefusal(.invalidOrder, "a client order id is 1 to 36 visible characters")
    }
    call.set("symbol", market.symbol)
    call.set("side", vocabulary.word(order.side))
    // Without a quantity an order that closes is of all of its position.
    call.setNumber("orderQty", try market.contracts(order.quantity))
    call.set("ordType", order.type.flatMap { vocabulary.word($0) } ?? "")
    call.setNumber("price", order.price)
    call.setNumber("stopPx", order.stop)
    call.set("clOrdID", order.clientOrder)
    let instructions = Self.instructions(order)
    if !instructions.isEmpty { call.set("execInst", instructions.joined(separator: ",")) }
    guard let force = order.timeInForce, force != .goodTilCancelled else { return }
    // A market order is filled at once as far as it can be.
    if order.type == .market, force == .immediateOrCancel { return }
    call.set("timeInForce", vocabulary.word(force) ?? "")
  }

  /// "Execution Instructions". What waits for a price waits for the last one, here as on other exchanges; left out,
  /// that would be the mark price.
  private static func instructions(_ order: OwnedCommand) -> [String] {
    var words: [String] = []
    if order.type?.isTriggered == true { words.append("LastPrice") }
    if order.flags.contains(.postOnly) { words.append("ParticipateDoNotInitiate") }
    if order.flags.contains(.close) {
      words.append("Close")
    } else if order.flags.contains(.reduceOnly) {
      words.append("ReduceOnly")
    }
    return words
  }

  /// "Amend": what is named changes; the order keeps its id.
  public func change(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    try call.name(order, venue: "orderID", client: "origClOrdID")
    call.setNumber("orderQty", try market.contracts(order.quantity))
    call.setNumber("price", order.price)
    call.setNumber("stopPx", order.stop)
  }

  /// By either id. A question names it by a filter.
  public func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard call.endpoint.act.name == PermittedAct.orders.name else {
      return try call.name(order, venue: "orderID", client: "clOrdID")
    }
    guard !order.venueOrder.isEmpty || !order.clientOrder.isEmpty else {
      throw CommandRefusal(.invalidOrder, "the order is not named")
    }
    let isByVenue = !order.venueOrder.isEmpty
    let id = jsonQuoted(isByVenue ? order.venueOrder : order.clientOrder)
    call.set("symbol", market.symbol)
    call.set("filter", "{\"\(isByVenue ? "orderID" : "clOrdID")\":\(id)}")
  }

  /// "Cancel order(s)": ids of one kind as a list.
  public func batch(_ parts: [OrderPart], _ call: inout Call) {
    guard let name = parts.first?.call.fields.first?.name else { return }
    call.set(name, list: parts.compactMap { $0.call.text(name) })
  }

  static func isLinear(_ market: Market) -> Bool {
    market.rules.kind == .spot || !market.rules.isInverse && market.rules.settle == market.rules.quote
  }

  private static func isName(_ text: String) -> Bool {
    (1...36).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
  }

  // MARK: Reading

  /// The answer to a new or changed order: the order.
  @Sendable
  private static func written(_ body: Body, _ parts: [OrderPart], _ words: Words) -> [OrderReport]? {
    var json = JSONScanner(body)
    guard json.isWhole else { return nil }
    let report = order(&json, words)
    return json.isValid ? [report] : nil
  }

  /// The orders as they are now, and by each that could not be cancelled why: `{"orderID": "...", "error": "..."}`.
  @Sendable
  private static func cancelled(_ body: Body, _ parts: [OrderPart], _ words: Words) -> [OrderReport]? {
    var json = JSONScanner(body)
    guard json.isWhole else { return nil }
    var found: [OrderReport] = []
    json.elements { found.append(order(&$0, words)) }
    guard json.isValid else { return nil }
    return parts.map { part in
      let isIt = { (report: OrderReport) in
        part.command.venueOrder.isEmpty
          ? report.client == part.command.clientOrder : report.venue == part.command.venueOrder
      }
      if let report = found.first(where: isIt) { return report }
      var silent = OrderReport()
      (silent.error, silent.reason) = ("unanswered", "the exchange does not say what became of this cancel")
      return silent
    }
  }

  func order(_ json: inout JSONScanner) -> OrderReport { Self.order(&json, vocabulary) }

  static func order(_ json: inout JSONScanner, _ words: Words) -> OrderReport {
    var report = OrderReport()
    read(&report, &json, words)
    return report
  }

  /// Takes in what a row says of an order.
  static func read(_ report: inout OrderReport, _ json: inout JSONScanner, _ words: Words) {
    var (text, rejection) = ("", "")
    report.read(&json, order, words) { report, key, json in
      switch key {
      case "execInst": readInstructions(json.words(), &report)
      // `StopOrderTriggered` once the price was reached.
      case "triggered": report.isTriggered = report.isTriggered || json.words() == "StopOrderTriggered"
      case "text": text = json.words()
      case "ordRejReason": rejection = json.words()
      case "error":
        let words = json.words()
        if !words.isEmpty { (report.error, report.reason) = (unnamed, words) }
      default: return false
      }
      return true
    }
    if report.type?.isTriggered != true { report.stop = nil }
    if report.type?.hasLimit == false { report.price = nil }
    if report.filled?.isPositive == true { report.isTriggered = true }
    if [.cancelled, .rejected, .expired].contains(report.state), report.error.isEmpty {
      report.reason = rejection.isEmpty ? text.split(separator: "\n").first.map(String.init) ?? "" : rejection
    }
    if report.state == .open { report.state = report.openState }
  }

  private static func readInstructions(_ words: String, _ report: inout OrderReport) {
    for word in words.split(whereSeparator: { $0 == "," || $0 == " " }) {
      switch word {
      case "ParticipateDoNotInitiate": report.flags.insert(.postOnly)
      case "ReduceOnly": report.flags.insert(.reduceOnly)
      case "Close": report.flags.insert(.close)
      default: break
      }
    }
  }

  /// What a row of executions says: a trade, or funding of a position.
  struct Execution {
    /// Of no instrument where it is no trade.
    var fill = OrderReport()
    var payment: PaymentReport?
  }

  private static let trades: Set<String> = ["Trade", "Liquidation", "Bankruptcy", "TrialFill"]

  /// "Execution": `execComm` is what was paid, in smallest units of `settlCurrency` or, of spot, of the quote.
  func execution(_ json: inout JSONScanner) -> Execution {
    var result = Execution()
    var (type, text, settle, quote, match) = ("", "", "", "", "")
    var (paid, rate, realized): (Decimal64?, Decimal64?, Decimal64?)
    result.fill.read(&json, Self.execution, vocabulary) { _, key, json in
      switch key {
      case "execType": type = json.words()
      case "text": text = json.words()
      case "settlCurrency": settle = json.words()
      case "currency": quote = json.words()
      case "trdMatchID": match = json.words()
      case "execComm": paid = json.optionalDecimal()
      case "realisedPnl": realized = json.optionalDecimal()
      case "commission": rate = json.shownDecimal()
      default: return false
      }
      return true
    }
    guard json.isValid else { return result }
    let currency = currencies.find(settle.isEmpty ? quote : settle)
    if currency == nil, paid != nil { askAssets() }
    let amount = currency?.amount(paid)
    if type == "Funding" {
      var payment = PaymentReport()
      (payment.symbol, payment.id, payment.time) = (result.fill.symbol, result.fill.fillID, result.fill.time)
      (payment.amount, payment.asset, payment.rate) = (amount?.negated, currency?.asset ?? "", rate)
      result.payment = payment
    }
    guard Self.trades.contains(type) else {
      result.fill = OrderReport()
      return result
    }
    if result.fill.fillID.isEmpty { result.fill.fillID = match }
    (result.fill.fee, result.fill.feeAsset) = (amount, amount == nil ? "" : currency?.asset ?? "")
    result.fill.realized = currency?.amount(realized)
    // Until 2022 an order of the exchange's own was told by its words alone.
    result.fill.origin = vocabulary.origin(type) ?? vocabulary.origin(text)
    return result
  }
}
