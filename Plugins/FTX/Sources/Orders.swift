import ConnectorKit
import Decimals

/// Orders and their histories. Sources: "Authentication", "Place order", "Cancel order", "Cancel order by client id",
/// "Get order status", "Get open orders", "Get order history", "Fills".
extension FTXSpot {
  static let order = FieldTable<OrderField>([
    "id": .venue, "clientId": .client, "market": .symbol, "side": .side, "type": .type, "size": .quantity,
    "filledSize": .filled, "price": .price, "avgFillPrice": .average, "postOnly": .postOnly,
  ])
  static let fill = FieldTable<OrderField>([
    "tradeId": .fillID, "orderId": .venue, "market": .symbol, "side": .side, "price": .fillPrice,
    "size": .fillQuantity, "fee": .fee, "feeCurrency": .feeAsset, "liquidity": .maker, "time": .isoTime,
  ])

  func offerOrders() {
    var placing = Endpoint(.place, .json, on: .orders)
    placing.bare = ["price", "size"]
    serve(.place, by: placing, WriteAnswer { body, _, words in Self.placed(body, words) })
    // "Order queued for cancellation": the stream says when it has ended.
    serve(
      .cancel, .cancelMany, by: Endpoint(.cancel, on: .orders),
      WriteAnswer { _, parts, _ in parts.map { _ in OrderReport() } })
    serveOrder(OrderQuestion(Endpoint(.order, on: .calls), at: "result", isAlone: true)) { [unowned(unsafe) self] in
      read(&$1)
    }
    var open = Pages(Endpoint(.openOrders, on: .calls), at: "result")
    open.symbol = "market"
    orders(.openOrders, open) { [unowned(unsafe) self] in read(&$1) }
    orders(.orderHistory, open, Self.pages(.orderHistory)) { [unowned(unsafe) self] in read(&$1) }
    fills(Self.pages(.fills)) { [unowned(unsafe) self] in OrderReport(&$1, Self.fill, vocabulary) }
  }

  /// "Pagination": from `end_time` backwards, newest first, 100 of each.
  private static func pages(_ act: PermittedAct) -> Pages {
    var pages = Pages(Endpoint(act, on: .calls), at: "result", .whole, full: 100)
    (pages.symbol, pages.since, pages.until, pages.timeForm) = ("market", "start_time", "end_time", .seconds)
    return pages
  }

  // MARK: Signing

  /// "Authentication": hex of HMAC-SHA256 over time, method, path with query, and body.
  public func sign(_ request: inout Request, target: SealedText, _ account: TradingAccount) {
    let time = Seal.milliseconds
    let method = request.method == .get ? "GET" : request.method == .post ? "POST" : "DELETE"
    let text = SealedText(time) + SealedText(method) + target + request.body
    request.headers += [
      ("FTX-KEY", SealedText(.field("api_key"))), ("FTX-TS", SealedText(time)),
      ("FTX-SIGN", SealedText(text.hmac(.sha256, key: .field("secret_key")).hex)),
    ]
  }

  // MARK: Writing

  public func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    call.set("market", market.symbol)
    call.set("side", vocabulary.word(order.side))
    call.set("type", order.type.flatMap { vocabulary.word($0) } ?? "")
    call.set("size", order.quantity)
    call.set("price", order.price)
    call.set("clientId", order.clientOrder)
    if order.timeInForce == .immediateOrCancel, order.type == .limit { call.set("ioc", true) }
    if order.flags.contains(.postOnly) { call.set("postOnly", true) }
  }

  /// By the exchange's id, else by the client's, at an endpoint of its own.
  public func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard order.venueOrder.isEmpty else { return call.fill(order.venueOrder) }
    let isCancel = call.endpoint.act.name == PermittedAct.cancel.name
    call.use(isCancel ? Endpoint(.cancelClient, on: .orders) : Endpoint(.orderByClient, on: .calls))
    call.fill(order.clientOrder)
  }

  // MARK: Reading

  private static func placed(_ body: Body, _ words: Words) -> [OrderReport]? {
    var json = JSONScanner(body)
    guard json.isWhole, var order = json.find("result")?.scanner() else { return nil }
    let report = read(&order, words)
    return order.isValid ? [report] : nil
  }

  /// "Get order status": an order that is `closed` was filled, or was cancelled with what is left of it.
  func read(_ json: inout JSONScanner) -> OrderReport { Self.read(&json, vocabulary) }

  private static func read(_ json: inout JSONScanner, _ words: Words) -> OrderReport {
    var (report, word) = (OrderReport(), "")
    report.read(&json, order, words) { _, key, json in
      guard key == "status" else { return false }
      word = json.words()
      return true
    }
    switch word {
    case "closed":
      let isFilled = report.filled?.isPositive == true && report.filled == report.quantity
      report.state = isFilled ? .filled : .cancelled
    case "new", "open": report.state = report.openState
    default: break
    }
    if report.type == .market { report.price = nil }
    if report.average?.isPositive != true { report.average = nil }
    return report
  }
}
