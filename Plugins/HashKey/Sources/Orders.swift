import CPatchbay
import ConnectorKit
import Decimals

/// Orders and their histories. Sources: "Create Order v1.1", "Create Multiple Orders", "Cancel Order", "Query Order",
/// "Get Current Open Orders", "Get All Orders", "Get Account Trade List", and the same of "Futures Trading".
extension HashKeyConnector {
  private static let day: Int64 = 86_400_000_000_000

  func offerOrders() {
    let perp = isPerpetual
    let answer = WriteAnswer(fine: ["", "0", "0000"]) { Self.written($0, $1, $2, isPerpetual: perp) }
    serve(
      .place, by: Self.account(perp ? .perpPlace : .place, .form),
      batch: Batch(
        Self.account(perp ? .perpPlaceBatch : .placeBatch, .json), most: 20, isOfOneMarket: true, isOneCharge: true),
      answer)
    serve(.cancel, .cancelMany, by: Self.account(perp ? .perpCancel : .cancel), answer)
    serveOrder(OrderQuestion(Self.account(perp ? .perpOrder : .order), at: "", isAlone: true)) {
      [unowned(unsafe) self] in order(&$1)
    }
    // "Notes": orders before the one that is named, the newest first; the most recent where none is.
    var open = list(perp ? .perpOpenOrders : .openOrders)
    var history = list(perp ? .perpHistoryOrders : .tradeOrders, weight: perp ? 1 : 5)
    if perp { (open.parameters, history.parameters) = ([("type", "LIMIT")], [("type", "LIMIT")]) }
    (history.since, history.until, history.reach) = ("startTime", "endTime", 90 * Self.day)
    history.isByCreation = true
    orders(.openOrders, open) { [unowned(unsafe) self] in order(&$1) }
    orders(.orderHistory, history) { [unowned(unsafe) self] in order(&$1) }
    // "Exceed maximum time range of 30 days", and records are not kept for longer.
    var fills = Pages(
      Self.account(perp ? .perpTrades : .trades, weight: 5), at: "", .after("fromId", id: perp ? "tradeId" : "id"),
      full: perp ? 500 : 1000)
    (fills.symbol, fills.size, fills.since, fills.until) = ("symbol", "limit", "startTime", "endTime")
    (fills.span, fills.reach) = (30 * Self.day, 30 * Self.day)
    if perp { (fills.isOfOneMarket, fills.markets) = (true, .used) }
    self.fills(fills) { [unowned(unsafe) self] in execution(&$1) }
  }

  private func list(_ act: PermittedAct, weight: UInt32 = 1) -> Pages {
    var pages = Pages(
      Self.account(act, weight: weight), at: "", .after(isPerpetual ? "fromOrderId" : "orderId", id: "orderId"),
      full: isPerpetual ? 500 : 1000)
    (pages.symbol, pages.size) = ("symbol", "limit")
    if isPerpetual { (pages.isOfOneMarket, pages.markets) = (true, .used) }
    return pages
  }

  // MARK: Writing

  public final func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard Self.isClientOrder(order.clientOrder) else {
      throw CommandRefusal(.invalidOrder, "a client order id is 1 to 255 visible characters")
    }
    call.set("symbol", market.symbol)
    if isPerpetual { return try placeContracts(order, market, &call) }
    call.set("side", vocabulary.word(order.side))
    let isPostOnly = order.flags.contains(.postOnly)
    call.set("type", isPostOnly ? "LIMIT_MAKER" : order.type == .market ? "MARKET" : "LIMIT")
    if order.flags.contains(.byValue) {
      call.set("amount", order.value)
    } else {
      call.set("quantity", order.quantity)
    }
    call.set("price", order.price)
    if !isPostOnly { setForce(order, &call) }
    call.set("newClientOrderId", order.clientOrder)
  }

  /// "Create New Futures Order": a market order is a limit order at the market's price. The side says whether it opens
  /// or closes; in hedge mode that must fit the leg.
  private func placeContracts(
    _ order: OwnedCommand, _ market: Market, _ call: inout Call
  ) throws(CommandRefusal) {
    try order.checkNamesQuantity()
    if try order.leg(vocabulary, mustSay: true) != nil { call.use(Self.account(.perpPlaceLeg, .form)) }
    call.set("side", (order.side == .buy ? "BUY" : "SELL") + (order.reduces ? "_CLOSE" : "_OPEN"))
    call.set("type", "LIMIT")
    call.set("priceType", order.type == .market ? "MARKET" : "INPUT")
    call.set("quantity", try market.contracts(order.quantity))
    call.set("price", order.price)
    if order.flags.contains(.postOnly) {
      call.set("timeInForce", "LIMIT_MAKER")
    } else {
      setForce(order, &call)
    }
    call.set("clientOrderId", order.clientOrder)
  }

  private func setForce(_ order: OwnedCommand, _ call: inout Call) {
    guard let force = order.timeInForce, order.type == .limit || force != .goodTilCancelled else { return }
    call.set("timeInForce", vocabulary.word(force) ?? "")
  }

  /// By the exchange's id or the client's, which a question about spot calls otherwise than a cancel does.
  public final func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    if call.endpoint.act.name == PermittedAct.perpCancel.name {
      call.set("symbol", market.symbol)
      call.set("type", "LIMIT")
    }
    if !order.venueOrder.isEmpty {
      guard order.venueOrder.utf8.allSatisfy({ $0 &- 48 <= 9 }) else {
        throw CommandRefusal(.unknownOrder, "the order has no id of this exchange")
      }
      call.set("orderId", order.venueOrder)
    } else if Self.isClientOrder(order.clientOrder) {
      let isQuestion = call.endpoint.act.name == PermittedAct.order.name
      call.set(isQuestion ? "origClientOrderId" : "clientOrderId", order.clientOrder)
    } else {
      throw CommandRefusal(.unknownOrder, "the order has no id of this exchange")
    }
  }

  /// Orders of hedge mode are acts of their own and go alone. So do market orders: the list is of the first version of
  /// an order, in which a quantity to buy counts quote.
  public final func group(_ part: OrderPart) -> Int {
    let isUsual = part.command.type == .limit && part.command.leg == .net
    return part.verb != .place || isUsual ? 0 : 1 + Int(truncatingIfNeeded: part.command.order & 0xFFFF_FFFF)
  }

  private static func isClientOrder(_ text: String) -> Bool {
    (1...255).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
  }

  // MARK: Reading

  private static let order = FieldTable<OrderField>([
    "symbol": .symbol, "orderId": .venue, "clientOrderId": .client, "type": .type, "timeInForce": .force,
    "status": .state, "price": .price, "stopPrice": .stop, "origQty": .quantity, "executedQty": .filled,
    "avgPrice": .average, "time": .created, "updateTime": .time, "transactTime": .time,
  ])
  private static let fill = FieldTable<OrderField>([
    "id": .fillID, "tradeId": .fillID, "symbol": .symbol, "orderId": .venue, "clientOrderId": .client,
    "price": .fillPrice, "qty": .fillQuantity, "quantity": .fillQuantity, "commission": .fee,
    "commissionAsset": .feeAsset, "time": .time, "isMaker": .maker, "isMarker": .maker, "realizedPnl": .realized,
  ])

  /// What one order says besides the tables.
  struct OrderWords {
    private var (side, closes, isForced, forcedBy) = ("", false, false, "")
    private var value: Decimal64?
    private var cost: Decimal64?
    private var isAtMarket = false

    mutating func read(_ key: JSONText, _ json: inout JSONScanner) -> Bool {
      switch key {
      case "side", "S": side = json.words()
      case "C": closes = json.words() == "true"
      case "priceType": isAtMarket = json.words() == "MARKET"
      case "reqAmount", "reqAmt": value = json.optionalDecimal()
      case "cumulativeQuoteQty", "Z": cost = json.optionalWideDecimal()?.narrowed.flatMap { $0.1 ? $0.0 : nil }
      case "isLiquidationOrder", "lo": isForced = json.words() == "true"
      case "liquidationType", "lt": forcedBy = json.words()
      default: return false
      }
      return true
    }

    /// An order by value has a quantity of zero. What a perpetual's order cost counts contracts in places: its average
    /// price counts.
    func apply(to report: inout OrderReport, _ words: Words, isPerpetual: Bool) {
      report.side = words.side(side)
      if report.quantity?.isZero == true, value?.isPositive == true {
        report.quantity = nil
        report.flags.insert(.byValue)
      }
      if report.filled?.isPositive != true { report.average = nil }
      if !isPerpetual, report.average == nil { report.cost = cost }
      if isAtMarket { report.type = .market }
      if report.type == .market { report.price = nil }
      if report.type?.isTriggered != true { report.stop = nil }
      if report.time == 0 { report.time = report.created }
      if report.fillPrice?.isPositive != true { report.fillPrice = nil }
      if report.state == .open { report.state = report.openState }
      guard isPerpetual, report.side != .none else { return }
      let reduces = closes || side.hasSuffix("_CLOSE")
      report.leg = (report.side == .buy) != reduces ? .long : .short
      if reduces { report.flags.insert(.reduceOnly) }
      if isForced { report.origin = forcedBy.contains("ADL") ? .deleveraged : .forced }
    }
  }

  /// An order of a list or an answer.
  final func order(_ json: inout JSONScanner) -> OrderReport {
    Self.read(&json, Self.order, vocabulary, isPerpetual: isPerpetual)
  }

  static func read(
    _ json: inout JSONScanner, _ table: FieldTable<OrderField>, _ vocabulary: Words, isPerpetual: Bool
  ) -> OrderReport {
    var (report, words) = (OrderReport(), OrderWords())
    report.read(&json, table, vocabulary) { _, key, json in words.read(key, &json) }
    words.apply(to: &report, vocabulary, isPerpetual: isPerpetual)
    return report
  }

  /// An execution of a list. Spot says who bought; perpetuals have the order's side, and no quotes beside.
  private func execution(_ json: inout JSONScanner) -> OrderReport {
    var (report, words) = (OrderReport(), OrderWords())
    var isBuyer: Bool?
    report.read(&json, Self.fill, vocabulary) { _, key, json in
      if key == "isBuyer" { isBuyer = json.boolean() } else { return words.read(key, &json) }
      return true
    }
    words.apply(to: &report, vocabulary, isPerpetual: isPerpetual)
    if let isBuyer { report.side = isBuyer ? .buy : .sell }
    return report
  }

  /// One order as it was at that moment, or `{"code": "0000", "result": [{"code": "0000", "order": {...}}, {"code":
  /// "0207", "msg": "..."}]}`. A cancel that was only taken leaves the order's end to the stream.
  private static func written(
    _ body: Body, _ parts: [OrderPart], _ words: Words, isPerpetual: Bool
  ) -> [OrderReport]? {
    var json = JSONScanner(body)
    guard json.isWhole else { return nil }
    var reports: [OrderReport] = []
    if parts.count == 1 {
      reports.append(read(&json, order, words, isPerpetual: isPerpetual))
    } else {
      guard var list = json.find("result")?.scanner() else { return nil }
      list.elements { reports.append(result(&$0, words, isPerpetual: isPerpetual)) }
      guard list.isValid, reports.count == parts.count else { return nil }
      // An entry that names another order would be taken for the wrong one.
      for (part, report) in zip(parts, reports) where !report.client.isEmpty {
        guard report.client == part.command.clientOrder else { return nil }
      }
    }
    guard json.isValid else { return nil }
    guard parts[0].verb != .place else { return reports }
    return reports.map { report in
      var report = report
      if ![.cancelled, .filled, .rejected, .expired].contains(report.state) { report.state = nil }
      return report
    }
  }

  private static func result(_ json: inout JSONScanner, _ words: Words, isPerpetual: Bool) -> OrderReport {
    var (report, code, text) = (OrderReport(), "", "")
    json.members { key, json in
      switch key {
      case "code": code = json.words()
      case "msg": text = json.words()
      case "order": if !json.skipNull() { report = read(&json, order, words, isPerpetual: isPerpetual) }
      default: return false
      }
      return true
    }
    (report.error, report.reason) = (code, text)
    return report
  }
}
