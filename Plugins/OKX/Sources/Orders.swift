import CPatchbay
import ConnectorKit
import Decimals

/// Signing, orders and their histories. Sources: OKX API v5, "REST Authentication", "POST / Place order" and the other
/// endpoints of "Order Book Trading / Trade".
extension OKXConnector {
  /// Names in orders, in answers to writes, and in pushes of the orders channel.
  static let order = FieldTable<OrderField>([
    "instId": .symbol, "clOrdId": .client, "ordId": .venue, "side": .side, "ordType": .type, "state": .state,
    "px": .price, "sz": .quantity, "accFillSz": .filled, "avgPx": .average, "uTime": .time,
    "cancelSourceReason": .reason, "sCode": .error, "sMsg": .reason, "tradeId": .fillID, "fillPx": .fillPrice,
    "fillSz": .fillQuantity, "fillFee": .fee, "fillFeeCcy": .feeAsset, "fillPnl": .realized, "execType": .maker,
    "tgtCcy": .unit, "posSide": .leg, "reduceOnly": .reduceOnly, "category": .origin,
  ])
  private static let fill = FieldTable<OrderField>([
    "instId": .symbol, "tradeId": .fillID, "ordId": .venue, "clOrdId": .client, "side": .side, "fillPx": .fillPrice,
    "fillSz": .fillQuantity, "fee": .fee, "feeCcy": .feeAsset, "fillPnl": .realized, "execType": .maker,
    "posSide": .leg, "ts": .time,
  ])

  func offerOrders() {
    let (acts, answer) = (product.acts, WriteAnswer(at: "data", Self.order))
    serve(
      .place, by: Endpoint(acts.place, .json, on: .orders), batch: Batch(Endpoint(acts.placeBatch, .json), most: 20),
      other: waiting(Endpoint(acts.stopLimit, .json, on: .algos)), answer)
    serve(
      .amend, by: Endpoint(acts.amend, .json, on: .amends), batch: Batch(Endpoint(acts.amendBatch, .json), most: 20),
      other: product.isPerpetual ? waiting(Endpoint(.perpAmendAlgo, .json, on: .algos)) : nil, answer)
    serve(
      .cancel, .cancelMany, by: Endpoint(.cancel, .json, on: .cancels),
      batch: Batch(Endpoint(.cancelBatch, .json), most: 20),
      other: waiting(Endpoint(.cancelAlgos, .json, on: .algoCancels)), answer)
    let pending = list(Endpoint(.openOrders, on: .queries), id: "ordId")
    // "Get order history (last 7 days)": orders that were cancelled without a fill are kept for two hours.
    var history = list(Endpoint(.orderHistory, on: .histories), id: "ordId")
    (history.since, history.until, history.reach) = ("begin", "end", 2 * 3600 * 1_000_000_000)
    let waiting = algoLists(Endpoint(.openAlgos, on: .algoQueries))
    orders(
      OrderQuestion(Endpoint(.order, on: .queries), at: "data"),
      OrderQuestion(Endpoint(.algo, on: .algoQueries), at: "data"),
      first: { [unowned(unsafe) self] command, _ in algos.owns(command) ? 1 : 0 }, open: [pending] + waiting,
      ended: [history] + ["effective", "canceled", "order_failed"].flatMap { algoHistory($0) }
    ) { [unowned(unsafe) self] in report(&$0) }
    // "Get transaction details (last 3 months)".
    var fills = list(Endpoint(.fills, on: .fills), id: "billId")
    (fills.since, fills.until, fills.reach) = ("begin", "end", 90 * 86_400 * 1_000_000_000)
    self.fills(fills) { [unowned(unsafe) self] in OrderReport(&$1, Self.fill, vocabulary) }
  }

  private func list(_ endpoint: Endpoint, id: StaticString) -> Pages {
    var pages = Pages(endpoint, at: "data", .after("after", id: id), full: 100)
    (pages.symbol, pages.parameters) = ("instId", [("instType", product.type)])
    return pages
  }

  /// An order of either service: only conditional ones have an `algoId` and no state of the other's.
  private func report(_ json: inout JSONScanner) -> OrderReport {
    var look = json.mark.scanner()
    var isAlgo = false
    look.members { key, json in
      guard key == "actualSz" || key == "actualPx" else { return false }
      isAlgo = true
      return false
    }
    return isAlgo ? algo(&json) : order(&json)
  }

  /// A conditional order that was triggered goes on under a new id of the exchange's; its client's stands apart.
  func order(_ json: inout JSONScanner) -> OrderReport {
    var (report, client, algo) = (OrderReport(), "", "")
    report.read(&json, Self.order, vocabulary) { _, key, json in
      switch key {
      case "algoClOrdId": client = json.words()
      case "algoId": algo = json.words()
      default: return false
      }
      return true
    }
    algos.forget(algo)
    // An event without an execution may repeat an earlier one's quantity at no price.
    if report.fillPrice?.isPositive != true { report.fillPrice = nil }
    if report.client.isEmpty, !client.isEmpty {
      report.client = client
      algos.forget(client)
    }
    return report
  }

  /// "REST Authentication": base64 of HMAC-SHA256 over time, method, path with query, body.
  public final func sign(_ request: inout Request, target: SealedText, _ account: TradingAccount) {
    let time = Seal.isoMilliseconds
    let method = request.method == .get ? "GET" : "POST"
    let text = SealedText(time) + SealedText(method) + target + request.body
    request.headers += [
      ("OK-ACCESS-KEY", SealedText(.field("api_key"))),
      ("OK-ACCESS-SIGN", SealedText(text.hmac(.sha256, key: .field("secret_key")).base64)),
      ("OK-ACCESS-TIMESTAMP", SealedText(time)), ("OK-ACCESS-PASSPHRASE", SealedText(.field("passphrase"))),
    ]
    if domain.isDemo { request.headers.append(("x-simulated-trading", "1")) }
  }

  /// "Place order". Post-only, immediate-or-cancel and fill-or-kill are types of orders.
  public final func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard isClientOrder(order.clientOrder) else {
      throw CommandRefusal(.invalidOrder, "a client order id is 1 to 32 visible characters")
    }
    if let type = order.type, type.isTriggered { return try placeAlgo(order, type, market, &call) }
    let isByValue = order.flags.contains(.byValue)
    call.set("instId", market.symbol)
    call.set("tdMode", tradeMode)
    call.set("clOrdId", order.clientOrder)
    call.set("side", vocabulary.word(order.side))
    try setPosition(order, &call)
    if order.type == .market {
      call.set("ordType", "market")
      // What the size of an order at spot counts.
      if !product.isPerpetual { call.set("tgtCcy", isByValue ? "quote_ccy" : "base_ccy") }
    } else if order.flags.contains(.postOnly) {
      call.set("ordType", "post_only")
    } else {
      call.set("ordType", vocabulary.word(order.timeInForce ?? .goodTilCancelled) ?? "limit")
    }
    call.set("sz", isByValue ? order.value : try market.contracts(order.quantity))
    call.set("px", order.price)
  }

  /// "posSide" says the leg of hedge mode, where the side says whether the order opens or closes it; "reduceOnly" is of
  /// one-way mode.
  func setPosition(_ order: OwnedCommand, _ call: inout Call) throws(CommandRefusal) {
    try order.checkNamesQuantity()
    let leg = try order.leg(vocabulary)
    if let leg { call.set("posSide", leg) } else if order.reduces { call.set("reduceOnly", true) }
  }

  /// "Amend order": `newSz` counts what has been filled already.
  public final func change(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    if isOfAlgos(call.endpoint) { return try changeAlgo(order, market, &call) }
    guard order.stop == nil, !algos.owns(order) else {
      throw CommandRefusal(.unsupported, "conditional orders are not amended: cancel it and place another")
    }
    try name(order, market, &call)
    call.set("newSz", try market.contracts(order.quantity))
    call.set("newPx", order.price)
  }

  /// By the exchange's id, which is a number, or by the client's.
  public final func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    if isOfAlgos(call.endpoint) { return try nameAlgo(order, market, &call) }
    call.set("instId", market.symbol)
    if isNumber(order.venueOrder) {
      call.set("ordId", order.venueOrder)
    } else if isClientOrder(order.clientOrder) {
      call.set("clOrdId", order.clientOrder)
    } else {
      throw CommandRefusal(.unknownOrder, "the order has no id of this exchange")
    }
  }

  func isNumber(_ text: String) -> Bool { !text.isEmpty && text.utf8.allSatisfy { $0 &- 48 <= 9 } }

  /// "A combination of case-sensitive alphanumerics": what else is in one, the exchange judges.
  func isClientOrder(_ text: String) -> Bool {
    (1...32).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
  }

  /// What a fee costs stands negative. The size of a market order may count quote, which is no quantity.
  public final func corrected(_ report: OrderReport) -> OrderReport {
    var report = report
    if report.unit == "quote_ccy" {
      report.quantity = nil
      report.flags.insert(.byValue)
    }
    report.fee = report.fee.flatMap { Decimal64.zero.subtracting($0) }
    return report
  }
}
