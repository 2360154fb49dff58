import ConnectorKit
import Decimals

/// Orders, their histories, and the account. Sources: "Authentication", "POST /orders", "DELETE /orders/{orderId}",
/// "GET /orders/{orderId}", "GET /orders/open", "GET /orders/closed", "GET /executions", "GET /balances", "GET
/// /account/fees/trading".
extension BittrexSpot {
  static let order = FieldTable<OrderField>([
    "id": .venue, "clientOrderId": .client, "marketSymbol": .symbol, "direction": .side, "type": .type,
    "timeInForce": .force, "quantity": .quantity, "limit": .price, "fillQuantity": .filled, "proceeds": .cost,
  ])
  static let fill = FieldTable<OrderField>([
    "id": .fillID, "orderId": .venue, "marketSymbol": .symbol, "direction": .side, "quantity": .fillQuantity,
    "rate": .fillPrice, "commission": .fee,
  ])
  private static let balance = FieldTable<BalanceField>([
    "currencySymbol": .asset, "total": .total, "available": .free,
  ])
  private static let fee = FieldTable<FeeField>(["marketSymbol": .symbol, "makerRate": .maker, "takerRate": .taker])

  func offerOrders() {
    let answer = WriteAnswer { body, _, words in
      var json = JSONScanner(body)
      guard json.isWhole else { return nil }
      let report = Self.read(&json, words)
      return json.isValid ? [report] : nil
    }
    serve(.place, by: Endpoint(.place, .json, on: .calls), answer)
    serve(.cancel, .cancelMany, by: Endpoint(.cancel, on: .calls), answer)
    let list = Endpoint(.openOrders, on: .calls)
    let inList = OrderQuestion(list, at: "", by: .listed(market: "marketSymbol"))
    namesByVenueOrder(inList) { [unowned(unsafe) self] in read(&$1) }
    var open = Pages(list, at: "")
    open.symbol = "marketSymbol"
    orders(
      OrderQuestion(Endpoint(.order, on: .calls), at: "", by: .path, isAlone: true), inList, open: [open],
      ended: [Self.pages(.closedOrders)]
    ) { [unowned(unsafe) self] in read(&$0) }
    fills(Self.pages(.fills)) { [unowned(unsafe) self] in readFill(&$1) }
  }

  /// "Pagination": newest first; the id of the last entry names the next page.
  private static func pages(_ act: PermittedAct) -> Pages {
    var pages = Pages(Endpoint(act, on: .calls), at: "", .after("nextPageToken", id: "id"), full: 200)
    (pages.symbol, pages.size) = ("marketSymbol", "pageSize")
    (pages.since, pages.until, pages.timeForm) = ("startDate", "endDate", .iso)
    return pages
  }

  func offerAccount() {
    balances(Endpoint(.balances, on: .calls), at: "", Self.balance)
    let rates = Endpoint(.fees, on: .calls)
    fees(of: rates, all: rates, symbol: "") { [unowned(unsafe) self] in marketFees(&$0, Self.fee) }
  }

  // MARK: Signing

  /// "Authentication": hex of HMAC-SHA512 over time, whole address, method and the digest of the body.
  public func sign(_ request: inout Request, target: SealedText, _ account: TradingAccount) {
    let time = SealedText(Seal.milliseconds)
    let method = request.method == .get ? "GET" : request.method == .post ? "POST" : "DELETE"
    let digest = SealedText(request.body.sha512.hex)
    let text = time + SealedText(rest) + target + SealedText(method) + digest
    request.headers += [
      ("Api-Key", SealedText(.field("api_key"))), ("Api-Timestamp", time), ("Api-Content-Hash", digest),
      ("Api-Signature", SealedText(text.hmac(.sha512, key: .field("secret_key")).hex)),
    ]
  }

  // MARK: Writing

  public func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    call.set("marketSymbol", market.symbol)
    call.set("direction", vocabulary.word(order.side))
    call.set("type", order.type.flatMap { vocabulary.word($0) } ?? "")
    call.set("quantity", order.quantity)
    call.set("limit", order.price)
    call.set("timeInForce", Self.force(order))
    call.set("clientOrderId", order.clientOrder)
  }

  /// A market order cannot wait.
  private static func force(_ order: OwnedCommand) -> String {
    if order.flags.contains(.postOnly) { return "POST_ONLY_GOOD_TIL_CANCELLED" }
    switch order.timeInForce {
    case .fillOrKill: return "FILL_OR_KILL"
    case .immediateOrCancel: return "IMMEDIATE_OR_CANCEL"
    default: return order.type == .market ? "IMMEDIATE_OR_CANCEL" : "GOOD_TIL_CANCELLED"
    }
  }

  public func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard !order.venueOrder.isEmpty else {
      throw CommandRefusal(.invalidOrder, "the exchange's id of the order is not known")
    }
    call.fill(order.venueOrder)
  }

  // MARK: Reading

  func read(_ json: inout JSONScanner) -> OrderReport { Self.read(&json, vocabulary) }

  /// An order that is `CLOSED` was filled, or was cancelled with what is left of it.
  private static func read(_ json: inout JSONScanner, _ words: Words) -> OrderReport {
    var (report, word) = (OrderReport(), "")
    report.read(&json, order, words) { report, key, json in
      switch key {
      case "status": word = json.words()
      case "createdAt": report.created = time(&json)
      case "updatedAt": report.time = time(&json)
      default: return false
      }
      return true
    }
    switch word {
    case "CLOSED":
      let isFilled = report.filled?.isPositive == true && report.filled == report.quantity
      report.state = isFilled ? .filled : .cancelled
    case "OPEN": report.state = report.openState
    default: break
    }
    if report.type == .market { report.price = nil }
    return report
  }

  /// A commission is in the market's quote.
  func readFill(_ json: inout JSONScanner) -> OrderReport {
    var report = OrderReport()
    report.read(&json, Self.fill, vocabulary) { report, key, json in
      switch key {
      case "executedAt": report.time = Self.time(&json)
      case "isTaker": report.isMaker = json.scalar() != "true"
      default: return false
      }
      return true
    }
    report.feeAsset = market(named: report.symbol)?.rules.quote ?? ""
    if report.feeAsset.isEmpty { report.fee = nil }
    return report
  }

  /// One that is written otherwise than the documentation says is left out.
  private static func time(_ json: inout JSONScanner) -> Int64 {
    var text = json.passed().scanner()
    let time = text.timestamp()
    return text.isValid ? time : 0
  }
}
