import CPatchbay
import ConnectorKit
import Decimals

/// Signing, orders and their histories. Sources: OKX API v5, "REST Authentication", "POST / Place order" and the other
/// endpoints of "Order Book Trading / Trade".
extension OKXSpot {
  /// Names in orders, in answers to writes, and in pushes of the orders channel.
  static let order = FieldTable<OrderField>([
    "instId": .symbol, "clOrdId": .client, "ordId": .venue, "side": .side, "ordType": .type, "state": .state,
    "px": .price, "sz": .quantity, "accFillSz": .filled, "avgPx": .average, "uTime": .time,
    "cancelSourceReason": .reason, "sCode": .error, "sMsg": .reason, "tradeId": .fillID, "fillPx": .fillPrice,
    "fillSz": .fillQuantity, "fillFee": .fee, "fillFeeCcy": .feeAsset, "execType": .maker, "tgtCcy": .unit,
  ])
  private static let fill = FieldTable<OrderField>([
    "instId": .symbol, "tradeId": .fillID, "ordId": .venue, "clOrdId": .client, "side": .side, "fillPx": .fillPrice,
    "fillSz": .fillQuantity, "fee": .fee, "feeCcy": .feeAsset, "execType": .maker, "ts": .time,
  ])

  func offerOrders() {
    let answer = WriteAnswer(at: "data", Self.order)
    serve(
      .place, by: Endpoint(.place, .json, on: Limit.orders),
      batch: Batch(Endpoint(.placeBatch, .json), most: 20), answer)
    serve(
      .amend, by: Endpoint(.amend, .json, on: Limit.amends), batch: Batch(Endpoint(.amendBatch, .json), most: 20),
      answer)
    for verb in [Verb.cancel, .cancelMany] {
      serve(
        verb, by: Endpoint(.cancel, .json, on: Limit.cancels), batch: Batch(Endpoint(.cancelBatch, .json), most: 20),
        answer)
    }
    serveOrder(OrderQuestion(Endpoint(.order, on: Limit.queries), at: "data")) { [unowned self] in order(&$1) }
    let pending = list(Endpoint(.openOrders, on: Limit.queries), id: "ordId")
    // "Get order history (last 7 days)": orders that were cancelled without a fill are kept for two hours.
    var history = list(Endpoint(.orderHistory, on: Limit.histories), id: "ordId")
    (history.since, history.until, history.reach) = ("begin", "end", 2 * 3600 * 1_000_000_000)
    orders(.openOrders, pending) { [unowned self] in order(&$1) }
    orders(.orderHistory, pending, history) { [unowned self] in order(&$1) }
    // "Get transaction details (last 3 months)".
    var fills = list(Endpoint(.fills, on: Limit.fills), id: "billId")
    (fills.since, fills.until, fills.reach) = ("begin", "end", 90 * 86_400 * 1_000_000_000)
    self.fills(fills) { [unowned self] in corrected(OrderReport(&$1, Self.fill, vocabulary)) }
  }

  private func list(_ endpoint: Endpoint, id: StaticString) -> Pages {
    var pages = Pages(endpoint, at: "data", .after("after", id: id), full: 100)
    (pages.symbol, pages.parameters) = ("instId", [("instType", "SPOT")])
    return pages
  }

  func order(_ json: inout JSONScanner) -> OrderReport { corrected(OrderReport(&json, Self.order, vocabulary)) }

  /// "REST Authentication": base64 of HMAC-SHA256 over time, method, path with query, body.
  public func sign(_ request: inout Request, target: SealedText, _ account: TradingAccount) {
    let time = Seal.isoMilliseconds
    let method = request.method == .get ? "GET" : "POST"
    let text = SealedText(time) + SealedText(method) + target + request.body
    request.headers += [
      ("OK-ACCESS-KEY", SealedText(.field("api_key"))),
      ("OK-ACCESS-SIGN", SealedText(text.hmac(.sha256, key: .field("secret_key")).base64)),
      ("OK-ACCESS-TIMESTAMP", SealedText(time)), ("OK-ACCESS-PASSPHRASE", SealedText(.field("passphrase"))),
    ]
    if isDemo { request.headers.append(("x-simulated-trading", "1")) }
  }

  /// "Place order". Post-only, immediate-or-cancel and fill-or-kill are types of orders.
  public func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard isClientOrder(order.clientOrder) else {
      throw CommandRefusal(.invalidOrder, "a client order id is 1 to 32 visible characters")
    }
    let isByValue = order.flags.contains(.byValue)
    call.set("instId", market.symbol)
    call.set("tdMode", "cash")
    call.set("clOrdId", order.clientOrder)
    call.set("side", vocabulary.word(order.side))
    if order.type == .market {
      call.set("ordType", "market")
      call.set("tgtCcy", isByValue ? "quote_ccy" : "base_ccy")
    } else if order.flags.contains(.postOnly) {
      call.set("ordType", "post_only")
    } else {
      call.set("ordType", vocabulary.word(order.timeInForce ?? .goodTilCancelled) ?? "limit")
    }
    call.set("sz", isByValue ? order.value : order.quantity)
    call.set("px", order.price)
  }

  /// "Amend order": `newSz` counts what has been filled already.
  public func change(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    try name(order, market, &call)
    call.set("newSz", order.quantity)
    call.set("newPx", order.price)
  }

  public func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    call.set("instId", market.symbol)
    if !order.venueOrder.isEmpty, order.venueOrder.utf8.allSatisfy({ $0 &- 48 <= 9 }) {
      call.set("ordId", order.venueOrder)
    } else if isClientOrder(order.clientOrder) {
      call.set("clOrdId", order.clientOrder)
    } else {
      throw CommandRefusal(.unknownOrder, "the order has no id of this exchange")
    }
  }

  /// "A combination of case-sensitive alphanumerics": what else is in one, the exchange judges.
  private func isClientOrder(_ text: String) -> Bool {
    (1...32).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
  }

  /// What a fee costs stands negative. The size of a market order may count quote, which is no quantity.
  private func corrected(_ report: OrderReport) -> OrderReport {
    var report = report
    if report.unit == "quote_ccy" {
      report.quantity = nil
      report.flags.insert(.byValue)
    }
    report.fee = report.fee.flatMap { Decimal64.zero.subtracting($0) }
    return report
  }
}
