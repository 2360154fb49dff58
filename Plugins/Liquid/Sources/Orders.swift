import ConnectorKit
import Decimals

/// Orders and their histories. Sources: "Authentication", "Create an Order", "Cancel an Order", "Get an Order", "Get
/// Orders". The account's executions are not asked for: they do not say of which order they are.
extension LiquidSpot {
  static let order = FieldTable<OrderField>([
    "id": .venue, "client_order_id": .client, "currency_pair_code": .symbol, "side": .side, "order_type": .type,
    "quantity": .quantity, "filled_quantity": .filled, "price": .price, "average_price": .average, "status": .state,
    "order_fee": .fee,
  ])

  func offerOrders() {
    let answer = WriteAnswer { body, _, words in
      var json = JSONScanner(body)
      guard json.isWhole else { return nil }
      let report = Self.read(&json, words)
      return json.isValid ? [report.withoutFill] : nil
    }
    serve(.place, by: Endpoint(.place, .json, on: .calls), answer)
    serve(.cancel, .cancelMany, by: Endpoint(.cancel, on: .calls), answer)
    let list = Endpoint(.orders, on: .calls)
    let inList = OrderQuestion(list, at: "models", by: .listed(market: "product_id"), ["status": "live"])
    namesByVenueOrder(inList) { [unowned(unsafe) self] in read(&$1).withoutFill }
    var open = Self.pages(list)
    open.parameters = [("status", "live")]
    serveOrder(OrderQuestion(Endpoint(.order, on: .calls), at: "", by: .path, isAlone: true), inList) {
      [unowned(unsafe) self] in read(&$1).withoutFill
    }
    orders(.openOrders, open) { [unowned(unsafe) self] in read(&$1).withoutFill }
    orders(.orderHistory, Self.pages(list)) { [unowned(unsafe) self] in read(&$1).withoutFill }
  }

  private static func pages(_ endpoint: Endpoint) -> Pages {
    var pages = Pages(endpoint, at: "models", .page("page"), full: 100)
    (pages.symbol, pages.size) = ("product_id", "limit")
    return pages
  }

  // MARK: Signing

  /// "Authentication": a JSON Web Token over the path with its query and a number that rises.
  static func token(_ path: SealedText) -> SealedText {
    let key = Seal.field("api_key").jsonEscaped
    return WebToken(
      header: #"{"alg":"HS256","typ":"JWT"}"#,
      claims: #"{"path":"\#(path)","nonce":"\#(Seal.nonceMilliseconds)","token_id":"\#(key)"}"#
    ).signed(.sha256, key: .field("secret_key"))
  }

  public func sign(_ request: inout Request, target: SealedText, _ account: TradingAccount) {
    request.headers += [("X-Quoine-API-Version", "2"), ("X-Quoine-Auth", Self.token(target))]
  }

  // MARK: Writing

  public func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    let kind = order.flags.contains(.postOnly) ? "limit_post_only" : order.type.flatMap { vocabulary.word($0) } ?? ""
    call.set("order_type", kind)
    call.set("product_id", market.name)
    call.set("side", vocabulary.word(order.side))
    call.set("quantity", order.quantity)
    call.set("price", order.price)
    call.set("client_order_id", order.clientOrder)
  }

  public func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard !order.venueOrder.isEmpty else {
      throw CommandRefusal(.invalidOrder, "the exchange's id of the order is not known")
    }
    call.fill(order.venueOrder)
  }

  // MARK: Reading

  func read(_ json: inout JSONScanner) -> OrderReport { Self.read(&json, vocabulary) }

  /// Times are seconds, with a fraction in old versions; one that is written otherwise is left out.
  private static func read(_ json: inout JSONScanner, _ words: Words) -> OrderReport {
    var report = OrderReport()
    report.read(&json, order, words) { report, key, json in
      switch key {
      case "created_at": report.created = time(&json)
      case "updated_at": report.time = time(&json)
      default: return false
      }
      return true
    }
    if report.type == .market { report.price = nil }
    if report.average?.isPositive != true { report.average = nil }
    if report.state == .open { report.state = report.openState }
    return report
  }

  private static func time(_ json: inout JSONScanner) -> Int64 {
    var number = json.passed().scanner()
    let time = number.seconds()
    return number.isValid ? time : 0
  }
}
