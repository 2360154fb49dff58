import CPatchbay
import ConnectorKit
import Decimals

/// Signing, orders and their histories. Sources: "Authentication", "Place new order", "Cancel order", "Get order",
/// "List orders", "Place and cancel orders" (in batches), "List trades". The exchange replaces an order by cancelling
/// it and placing another, which the host does as well.
extension BTCMarketsSpot {
  func offerOrders() {
    serve(
      .place, by: Endpoint(.place, .json, on: .orders),
      batch: Batch(Endpoint(.placeBatch, .json, on: .batches), most: 4, isOneCharge: true),
      WriteAnswer { Self.placed($0, $1, $2) })
    // `{"orderId": "7523", "clientOrderId": "123-456"}`: the cancel is taken; the stream reports the order's end.
    serve(
      .cancel, .cancelMany, by: Endpoint(.cancel, on: .requests),
      WriteAnswer(at: "", ["orderId": .venue, "clientOrderId": .client]))
    serveOrder(OrderQuestion(Endpoint(.order, on: .requests), at: "", isAlone: true)) {
      [unowned(unsafe) self] in Self.order(&$1, vocabulary)
    }
    // "List orders": those that are open come whole; all of them in pages, the newest first.
    var open = Pages(Endpoint(.orders, on: .requests), at: "")
    (open.symbol, open.parameters) = ("marketId", [("status", "open")])
    orders(.openOrders, open) { [unowned(unsafe) self] in Self.order(&$1, vocabulary) }
    var history = Pages(Endpoint(.orders, on: .requests), at: "", .after("after", id: "orderId"), full: 200)
    (history.symbol, history.size, history.parameters) = ("marketId", "limit", [("status", "all")])
    (history.isByTime, history.isByCreation) = (true, true)
    orders(.orderHistory, history) { [unowned(unsafe) self] in Self.order(&$1, vocabulary) }
    var trades = Pages(Endpoint(.trades, on: .requests), at: "", .after("after", id: "id"), full: 200)
    (trades.symbol, trades.size, trades.isByTime) = ("marketId", "limit", true)
    fills(trades) { [unowned(unsafe) self] in execution(&$1) }
  }

  // MARK: Signing

  /// "Authentication process": base64 of HMAC-SHA512, keyed with the secret's decoded bytes, over method, path without
  /// its query, time in milliseconds and body.
  public func sign(_ request: inout Request, target: SealedText, _ account: TradingAccount) {
    let method =
      switch request.method {
      case .post: "POST"
      case .delete: "DELETE"
      default: "GET"
      }
    let text: SealedText = "\(method)\(target.before(UInt8(ascii: "?")))\(Seal.milliseconds)\(request.body)"
    let signature = text.hmac(.sha512, key: Seal.field("secret_key").unbase64).base64
    request.headers += [
      ("BM-AUTH-APIKEY", SealedText(.field("api_key"))), ("BM-AUTH-TIMESTAMP", SealedText(.milliseconds)),
      ("BM-AUTH-SIGNATURE", SealedText(signature)), ("Accept-Charset", "UTF-8"),
    ]
  }

  // MARK: Reading

  private static let order = FieldTable<OrderField>([
    "orderId": .venue, "clientOrderId": .client, "marketId": .symbol, "side": .side, "type": .type, "status": .state,
    "price": .price, "triggerPrice": .stop, "amount": .quantity, "timeInForce": .force, "postOnly": .postOnly,
    "code": .error, "message": .reason,
  ])
  private static let fill = FieldTable<OrderField>([
    "id": .fillID, "orderId": .venue, "clientOrderId": .client, "marketId": .symbol, "side": .side,
    "price": .fillPrice, "amount": .fillQuantity, "fee": .fee, "liquidityType": .maker, "timestamp": .isoTime,
  ])

  /// `{"orderId": "7524", "marketId": "BTC-AUD", "side": "Bid", "type": "Limit", "creationTime":
  /// "2019-08-30T11:08:21.956000Z", "price": "100.12", "amount": "1.034", "openAmount": "1.034", "status":
  /// "Accepted"}`; when it changed last is not said.
  static func order(_ json: inout JSONScanner, _ words: Words) -> OrderReport {
    var (report, open) = (OrderReport(), Decimal64?.none)
    report.read(&json, order, words) { report, key, json in
      switch key {
      // It only sorts orders: one that cannot be read spoils nothing.
      case "creationTime": report.created = RFC3339.nanoseconds(json.string().bytes) ?? 0
      case "openAmount": open = json.optionalDecimal()
      // Of an order that could not be placed in a batch.
      case "requestId": report.client = json.words()
      default: return false
      }
      return true
    }
    let left = open.flatMap { report.quantity?.subtracting($0) }
    report.filled =
      switch report.stateWord {
      case "Fully Matched": report.quantity
      default: left.flatMap { $0.isZero || $0.isPositive ? $0 : nil }
      }
    if report.state == .open { report.state = report.openState }
    return report
  }

  /// Whether the order has not ended.
  static func isLiving(_ report: OrderReport) -> Bool { report.state == .open || report.state == .partial }

  private func execution(_ json: inout JSONScanner) -> OrderReport {
    var report = OrderReport(&json, Self.fill, vocabulary)
    if let market = market(named: report.symbol) { report.feeAsset = Self.feeAsset(report, market) }
    return report
  }

  /// The order, or of several `{"placeOrders": [...], "unprocessedRequests": [{"code", "message", "requestId"}]}`, each
  /// by its client's id. One that is in neither may live all the same.
  private static func placed(_ body: Body, _ parts: [OrderPart], _ words: Words) -> [OrderReport]? {
    var json = JSONScanner(body)
    guard json.isWhole else { return nil }
    guard parts.count > 1 else {
      let report = order(&json, words)
      return json.isValid ? [report] : nil
    }
    var (answers, isFound) = ([OrderReport](), false)
    json.members { key, json in
      guard key == "placeOrders" || key == "unprocessedRequests" else { return false }
      isFound = true
      json.elements { answers.append(order(&$0, words)) }
      return true
    }
    guard json.isValid, isFound else { return nil }
    return parts.map { part in answers.first { $0.client == part.command.clientOrder } ?? OrderReport() }
  }

  // MARK: Writing

  /// "Place new order".
  public func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    try checkClientOrder(order.clientOrder)
    let force = order.timeInForce ?? .goodTilCancelled
    let isUsual = force == .goodTilCancelled || order.type == .market && force == .immediateOrCancel
    guard order.type == .limit || isUsual else {
      throw CommandRefusal(.unsupported, "only limit orders have a time in force here")
    }
    call.set("marketId", market.symbol)
    call.set("side", vocabulary.word(order.side))
    call.set("type", order.type.flatMap { vocabulary.word($0) } ?? "")
    call.set("amount", order.quantity)
    call.set("price", order.price)
    call.set("triggerPrice", order.stop)
    if order.type == .limit, force != .goodTilCancelled { call.set("timeInForce", vocabulary.word(force) ?? "") }
    if order.flags.contains(.postOnly) { call.set("postOnly", true) }
    call.set("clientOrderId", order.clientOrder)
  }

  /// "Place and cancel orders": `[{"placeOrder": {...}}]`.
  public func batch(_ parts: [OrderPart], _ call: inout Call) {
    call.whole = jsonList(parts.map { "{\"placeOrder\":" + $0.call.json + "}" })
  }

  /// "Cancel order", "Get order": by the exchange's id or the client's, which stand at the same place. The exchange's
  /// are numbers.
  public func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    if !order.venueOrder.isEmpty {
      guard order.venueOrder.utf8.allSatisfy({ $0 &- 48 <= 9 }) else {
        throw CommandRefusal(.unknownOrder, "the order has no id of this exchange")
      }
      call.fill(order.venueOrder)
    } else {
      try checkClientOrder(order.clientOrder)
      call.fill(order.clientOrder)
    }
  }

  /// A client's id of digits alone could be the exchange's id of another order.
  private func checkClientOrder(_ text: String) throws(CommandRefusal) {
    let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"/,".utf8.contains($0) }
    guard (1...64).contains(text.utf8.count), isPlain, !text.utf8.allSatisfy({ $0 &- 48 <= 9 }) else {
      throw CommandRefusal(
        .invalidOrder, "a client order id is 1 to 64 visible characters without / and comma, not all of them digits")
    }
  }
}
