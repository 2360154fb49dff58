import CPatchbay
import ConnectorKit
import Decimals

/// Orders. Sources: "POST /v2/orders/place", "DELETE /v2/orders/cancel", "GET /v2/orders", "GET /v2.1/orders".
extension CoinFLEXExchange {
  static let order = FieldTable<OrderField>([
    "orderId": .venue, "clientOrderId": .client, "marketCode": .symbol, "side": .side, "orderType": .type,
    "timeInForce": .force, "price": .price, "quantity": .quantity, "filledQuantity": .filled, "avgFillPrice": .average,
    "status": .state, "timestamp": .time, "code": .error, "message": .reason,
  ])

  func offerOrders() {
    var placing = Endpoint(.place, .json, on: .orders)
    placing.bare = ["clientOrderId"]
    let answer = WriteAnswer { body, parts, words in Self.written(body, parts.count, words) }
    serve(.place, by: placing, batch: Batch(placing, most: 8), answer)
    var cancelling = Endpoint(.cancel, .json, on: .orders)
    cancelling.bare = ["clientOrderId"]
    serve(.cancel, .cancelMany, by: cancelling, batch: Batch(cancelling, most: 8), answer)
    serveOrder(OrderQuestion(Endpoint(.order, on: .calls), at: "data")) { [unowned(unsafe) self] in read(&$1) }
    orders(.openOrders, Pages(Endpoint(.openOrders, on: .calls), at: "data")) { [unowned(unsafe) self] in
      var report = read(&$1)
      // Of the open ones the list names no state.
      report.state = report.openState
      return report
    }
  }

  // MARK: Signing

  /// "Authentication": base64 of HMAC-SHA256 over time, nonce, method, host, path, and query or body, a line each. The
  /// nonce is the time in milliseconds.
  public func sign(_ request: inout Request, target: SealedText, _ account: TradingAccount) {
    let method = request.method == .get ? "GET" : request.method == .post ? "POST" : "DELETE"
    let rest = request.body.isEmpty ? target.query : request.body
    let (time, nonce) = (Seal.isoSeconds, Seal.milliseconds)
    let head: SealedText = "\(time)\n\(nonce)\n\(method)\n\(Self.host)\n\(target.before(UInt8(ascii: "?")))\n"
    request.headers += [
      ("AccessKey", SealedText(.field("api_key"))), ("Timestamp", SealedText(time)), ("Nonce", SealedText(nonce)),
      ("Signature", SealedText((head + rest).hmac(.sha256, key: .field("secret_key")).base64)),
    ]
  }

  // MARK: Writing

  /// A single order goes in a list too.
  public func prepare(_ call: inout Call) {
    let act = call.endpoint.act.name
    guard call.whole == nil, act == PermittedAct.place.name || act == PermittedAct.cancel.name else { return }
    call.whole = Self.list([call.json])
  }

  public func batch(_ parts: [OrderPart], _ call: inout Call) { call.whole = Self.list(parts.map { $0.call.json }) }

  private static func list(_ orders: [SealedText]) -> SealedText {
    """
    {"recvWindow":5000,"responseType":"FULL","timestamp":\(Seal.milliseconds),"orders":\(jsonList(orders))}
    """
  }

  public func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    call.set("clientOrderId", order.clientOrder)
    call.set("marketCode", market.symbol)
    call.set("side", vocabulary.word(order.side))
    call.set("quantity", order.quantity)
    if order.type == .limit {
      let force = order.flags.contains(.postOnly) ? nil : order.timeInForce ?? .goodTilCancelled
      call.set("timeInForce", force.flatMap { vocabulary.word($0) } ?? "MAKER_ONLY")
    }
    call.set("orderType", order.type.flatMap { vocabulary.word($0) } ?? "")
    call.set("price", order.price)
  }

  public func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    call.set("marketCode", market.symbol)
    try call.name(order, venue: "orderId", client: "clientOrderId")
  }

  // MARK: Reading

  /// `{"data": [{"success": "true", "status": "OPEN", ...}, {"success": "false", "code": "710006", "message": "..."}]}`
  private static func written(_ body: Body, _ count: Int, _ words: Words) -> [OrderReport]? {
    var json = JSONScanner(body)
    guard json.isWhole, var list = json.find("data")?.scanner() else { return nil }
    var reports: [OrderReport] = []
    list.elements { reports.append(read(&$0, order, words)) }
    return list.isValid && reports.count == count ? reports : nil
  }

  func read(_ json: inout JSONScanner) -> OrderReport { Self.read(&json, Self.order, vocabulary) }

  /// What is left is said in three ways.
  static func read(_ json: inout JSONScanner, _ table: FieldTable<OrderField>, _ words: Words) -> OrderReport {
    var (report, left, isRefused) = (OrderReport(), Decimal64?.none, false)
    report.read(&json, table, words) { _, key, json in
      switch key {
      case "remainQuantity", "remainingQuantity": left = json.optionalDecimal()
      case "success": isRefused = json.words() == "false"
      default: return false
      }
      return true
    }
    if isRefused, report.error.isEmpty { report.error = report.reason }
    if report.filled == nil, let left { report.filled = report.quantity?.subtracting(left) }
    if report.filled == nil, report.stateWord == "FILLED" { report.filled = report.quantity }
    if report.state == nil, report.stateWord.hasPrefix("CANCELED") { report.state = .cancelled }
    if report.state == .open { report.state = report.openState }
    if report.type == .market { report.price = nil }
    return report
  }
}
