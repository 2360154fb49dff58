import CPatchbay
import ConnectorKit
import Decimals

/// Orders and their histories. Source: "Trades Endpoints".
extension BingXSpot {
  /// Names in answers to writes, of one order, and in lists.
  private static let order = FieldTable<OrderField>([
    "symbol": .symbol, "orderId": .venue, "clientOrderID": .client, "clientOrderId": .client, "side": .side,
    "type": .type, "status": .state, "price": .price, "stopPrice": .stop, "StopPrice": .stop, "origQty": .quantity,
    "executedQty": .filled, "cummulativeQuoteQty": .cost, "avgPrice": .average, "timeInForce": .force,
    "transactTime": .time, "updateTime": .time,
  ])
  private static let fill = FieldTable<OrderField>([
    "symbol": .symbol, "id": .fillID, "orderId": .venue, "clientOrderID": .client, "price": .fillPrice,
    "qty": .fillQuantity, "commission": .fee, "commissionAsset": .feeAsset, "time": .time, "isMaker": .maker,
  ])

  func offerOrders() {
    let batch = Batch(Endpoint(.placeBatch, on: .batches), most: 5, isOneCharge: true)
    let answer = WriteAnswer { Self.answered($0, $1, $2) }
    // The types that wait for a price do not say from which side it comes.
    let crossing = CrossingCheck(Self.market(.tickers), symbol: "symbol", last: "data/0/lastPrice")
    serve(
      .place, by: Endpoint(.place, on: .orders), batch: batch,
      other: OtherService(Endpoint(.placeTrigger, on: .orders), answer, isFallback: false, crossing: crossing) {
        command, _ in
        command.type?.isTriggered == true
      }, answer)
    serve(.cancel, .cancelMany, by: Endpoint(.cancel, on: .cancels), answer)
    let question = OrderQuestion(Endpoint(.order, on: .queries), at: "data", isAlone: true)
    serveOrder(question) { [unowned(unsafe) self] in order(&$1) }
    // "Current Open Orders": at most 2,000.
    var open = Pages(Endpoint(.openOrders, on: .openOrders), at: "data/orders", full: 2000)
    (open.symbol, open.most) = ("symbol", 1)
    // "Query Order history": pages of 100, of which 100 can be had.
    var history = Pages(
      Endpoint(.orderHistory, on: .histories), at: "data/orders", .page("pageIndex"), full: 100)
    (history.symbol, history.since, history.until) = ("symbol", "startTime", "endTime")
    history.parameters = [("pageSize", "100")]
    orders(.openOrders, open) { [unowned(unsafe) self] in order(&$1) }
    orders(.orderHistory, open, history) { [unowned(unsafe) self] in order(&$1) }
    // "Query transaction details": of one symbol, at most 1,000, and nothing says how to ask for what is older.
    var fills = Pages(Endpoint(.fills, on: .fills), at: "data/fills", full: 1000)
    (fills.symbol, fills.isOfOneMarket, fills.most) = ("symbol", true, 1)
    (fills.since, fills.until, fills.parameters) = ("startTime", "endTime", [("limit", "1000")])
    self.fills(fills) { [unowned(unsafe) self] in execution(&$1) }
  }

  func order(_ json: inout JSONScanner) -> OrderReport { Self.order(&json, vocabulary) }

  private static func order(_ json: inout JSONScanner, _ words: Words) -> OrderReport {
    var (report, value) = (OrderReport(), Decimal64?.none)
    report.read(&json, order, words) { _, key, json in
      guard key == "origQuoteOrderQty" else { return false }
      value = json.optionalDecimal()
      return true
    }
    return corrected(report, value: value)
  }

  /// What one word or zero means beside another. An order whose quantity is zero is one by value; `price` and
  /// `stopPrice` of one that waits for no price are the same.
  static func corrected(_ report: OrderReport, value: Decimal64?) -> OrderReport {
    var report = report
    if report.quantity?.isZero == true, value?.isPositive == true {
      report.quantity = nil
      report.flags.insert(.byValue)
    }
    if report.type?.isTriggered != true { report.stop = nil }
    report.isTriggered = !["NEW", "PENDING", ""].contains(report.stateWord)
    if report.state == .open { report.state = report.openState }
    return report
  }

  /// A fill's side is said by who bought. What it costs stands negative.
  private func execution(_ json: inout JSONScanner) -> OrderReport {
    var report = OrderReport()
    report.read(&json, Self.fill, vocabulary) { report, key, json in
      guard key == "isBuyer" else { return false }
      report.side = json.boolean() ? .buy : .sell
      return true
    }
    report.fee = report.fee.flatMap { Decimal64.zero.subtracting($0) }
    return report
  }

  /// One order, or `{"orders": [...]}` of a batch.
  private static func answered(_ body: Body, _ parts: [OrderPart], _ words: Words) -> [OrderReport]? {
    answered(body, parts, at: "data") { order(&$0, words) }
  }

  /// Every request of an account carries its time.
  public func prepare(_ call: inout Call) {
    if isSigned(call) { call.set("timestamp", Seal.milliseconds) }
  }

  // MARK: Parameters

  /// "Place order". What a market order may count, quote for a buy and base for a sale, the exchange judges.
  public func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard isClientOrder(order.clientOrder) else {
      throw CommandRefusal(.invalidOrder, "a client order id is 1 to 40 visible characters")
    }
    call.set("symbol", market.symbol)
    call.set("side", vocabulary.word(order.side))
    call.set("type", order.type.flatMap { vocabulary.word($0) } ?? "LIMIT")
    if order.flags.contains(.byValue) {
      call.setNumber("quoteOrderQty", order.value)
    } else {
      call.setNumber("quantity", order.quantity)
    }
    call.setNumber("price", order.price)
    call.setNumber("stopPrice", order.stop)
    call.set("newClientOrderId", order.clientOrder)
    guard order.type == .limit else {
      guard order.type == .market || (order.timeInForce ?? .goodTilCancelled) == .goodTilCancelled else {
        throw CommandRefusal(.unsupported, "an order that waits for a price is good till cancelled")
      }
      return
    }
    if order.flags.contains(.postOnly) {
      call.set("timeInForce", "PostOnly")
    } else if let force = order.timeInForce, force != .goodTilCancelled {
      call.set("timeInForce", vocabulary.word(force) ?? "")
    }
  }

  /// "Place multiple orders": with `sync` they need not be of one symbol, side and type.
  public func batch(_ parts: [OrderPart], _ call: inout Call) {
    let list = parts.map { $0.call.json }.reduce(SealedText()) { $0 + SealedText($0.isEmpty ? "[" : ",") + $1 } + "]"
    call.set("data", list.plain ?? "")
    call.set("sync", true)
  }

  public func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    call.set("symbol", market.symbol)
    if isNumber(order.venueOrder) {
      call.set("orderId", order.venueOrder)
    } else if isClientOrder(order.clientOrder) {
      call.set("clientOrderID", order.clientOrder)
    } else {
      throw CommandRefusal(.unknownOrder, "the order has no id of this exchange")
    }
  }

  /// "Only letters, numbers and _": what else is in one, the exchange judges.
  private func isClientOrder(_ text: String) -> Bool {
    (1...40).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
  }
}
