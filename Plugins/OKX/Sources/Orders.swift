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
    let (order, cancel, amend) = ([Charge(Bucket.orders)], [Charge(Bucket.cancels)], [Charge(Bucket.amends)])
    let answer = WriteAnswer(at: "data", Self.order, endsCancelled: false)
    serve(
      .place, by: Endpoint(.order, .json, charges: order),
      batch: Batch(Endpoint(.batchOrders, .json, charges: order), most: 20), answer)
    serve(
      .amend, by: Endpoint(.amend, .json, charges: amend),
      batch: Batch(Endpoint(.amendBatch, .json, charges: amend), most: 20), answer)
    let batch = Batch(Endpoint(.cancelBatch, .json, charges: cancel), most: 20)
    serve(.cancel, by: Endpoint(.cancel, .json, charges: cancel), batch: batch, answer)
    serve(.cancelMany, by: Endpoint(.cancel, .json, charges: cancel), batch: batch, answer)
    serveOrder(by: Endpoint(.orderDetails, charges: [Charge(Bucket.queries)]), at: "data", Self.order)

    let pending = Pages(
      Endpoint(.pending, charges: [Charge(Bucket.queries)]), after: "after", id: "ordId", full: 100,
      ["instType": "SPOT"], symbol: "instId")
    orders(.openOrders, pending, at: "data", Self.order)
    // "Get order history (last 7 days)": orders that were cancelled without a fill are kept for two hours.
    let history = Pages(
      Endpoint(.history, charges: [Charge(Bucket.histories)]), after: "after", id: "ordId", full: 100,
      ["instType": "SPOT"], symbol: "instId", since: "begin", until: "end", reach: 2 * 3600 * 1_000_000_000)
    orders(.orderHistory, pending, history, at: "data", Self.order)
    // "Get transaction details (last 3 months)".
    fills(
      Pages(
        Endpoint(.fills, charges: [Charge(Bucket.fills)]), after: "after", id: "billId", full: 100,
        ["instType": "SPOT"], symbol: "instId", since: "begin", until: "end", reach: 90 * 86_400 * 1_000_000_000),
      at: "data", Self.fill)
  }

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
      throw CommandRefusal(.invalidOrder, "a client order id has 1 to 32 letters and digits, not \(order.clientOrder.utf8.count) characters")
    }
    let isByValue = order.flags.contains(.byValue)
    let isPostOnly = order.flags.contains(.postOnly)
    let force = order.timeInForce ?? .goodTilCancelled
    call.set("instId", market.symbol)
    call.set("tdMode", "cash")
    call.set("clOrdId", order.clientOrder)
    call.set("side", vocabulary.word(order.side))
    guard order.type == .limit else {
      guard !isPostOnly else { throw CommandRefusal(.invalidOrder, "a market order cannot be post-only") }
      call.set("ordType", "market")
      call.set("tgtCcy", isByValue ? "quote_ccy" : "base_ccy")
      call.set("sz", isByValue ? try positive(order.value, "value") : try positive(order.quantity, "quantity"))
      return
    }
    guard !isByValue else { throw CommandRefusal(.unsupported, "only market orders can be by value") }
    guard !isPostOnly || force == .goodTilCancelled else {
      throw CommandRefusal(.invalidOrder, "a post-only order is good till cancelled")
    }
    call.set("ordType", isPostOnly ? "post_only" : Self.typeWord(force))
    call.set("sz", try positive(order.quantity, "quantity"))
    call.set("px", try positive(order.price, "price"))
  }

  private static func typeWord(_ force: TimeInForce) -> String {
    switch force {
    case .immediateOrCancel: "ioc"
    case .fillOrKill: "fok"
    case .goodTilCancelled, .goodTilDate: "limit"
    }
  }

  /// "Amend order": `newSz` counts what has been filled already.
  public func change(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard order.quantity != nil || order.price != nil else {
      throw CommandRefusal(.invalidOrder, "an amendment changes the price or the quantity")
    }
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
  public func corrected(_ report: OrderReport) -> OrderReport {
    var report = report
    if report.unit == "quote_ccy" {
      report.quantity = nil
      report.flags.insert(.byValue)
    }
    report.fee = report.fee.flatMap { Decimal64.zero.subtracting($0) }
    return report
  }
}
