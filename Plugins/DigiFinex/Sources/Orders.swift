import ConnectorKit
import Decimals

/// Signing, orders and their histories. Sources: REST API v3: "Signature Algorithm", "Create new order", "Cancel
/// order", "Get order status", "Current active orders", "Get all orders", "Customer's trades".
extension DigiFinexSpot {
  private static let day: Int64 = 86_400_000_000_000
  private static let second: Int64 = 1_000_000_000

  func offerOrders() {
    serve(
      .place, by: Self.account(.place, .form), WriteAnswer(at: "", ["order_id": .venue]),
      then: { [unowned(unsafe) self] in placed($0, $1, $2) })
    serve(.cancel, .cancelMany, by: Self.account(.cancel, .form), WriteAnswer { Self.cancelled($0, $1, $2) })
    let (current, history) = (Self.account(.openOrders), Self.account(.orderHistory))
    serveOrder(
      OrderQuestion(Self.account(.order), at: "data", by: .venue("order_id"), ["market": "spot"]),
      Self.shaped(current), Self.shaped(history, full: 100)
    ) { [unowned(unsafe) self] in order(&$1) }
    var open = Pages(current, at: "data")
    (open.symbol, open.parameters) = ("symbol", [("market", "spot")])
    orders(.openOrders, open) { [unowned(unsafe) self] in order(&$1) }
    orders(.orderHistory, open, Self.pages(history, at: "data", full: 100)) { [unowned(unsafe) self] in order(&$1) }
    var trades = Self.pages(Self.account(.fills), at: "list", full: 500)
    fills(trades) { [unowned(unsafe) self] in fill(&$1) }
    trades.parameters.append(("limit", "500"))
    fillsOfOrder(trades, parameter: "") { [unowned(unsafe) self] in fill(&$1) }
  }

  /// "Starting time, default 3 days before now, maximum 30 days", which is not quite reached for. In what order a list
  /// stands, and whether it goes on from a time, is not said: a full one is not whole.
  private static func pages(_ endpoint: Endpoint, at place: String, full: Int) -> Pages {
    var pages = Pages(endpoint, at: place, full: full)
    (pages.symbol, pages.size, pages.parameters) = ("symbol", "limit", [("market", "spot")])
    (pages.since, pages.until, pages.timeForm) = ("start_time", "end_time", .seconds)
    (pages.isByCreation, pages.resolution, pages.most) = (true, second, 1)
    (pages.span, pages.reach) = (29 * day, 29 * day)
    return pages
  }

  /// The exchange has no client order ids: an order whose id is not known is found by what it is, or not at all.
  /// - Parameter full: orders in one answer of a list that is asked by time; without it the list is of what is open.
  private static func shaped(_ endpoint: Endpoint, full: Int = .max) -> OrderQuestion {
    let isHistory = full != .max
    var question = OrderQuestion(
      endpoint, at: "data", by: .shaped(market: "symbol"),
      isHistory ? ["market": "spot", "limit": "\(full)"] : ["market": "spot"])
    (question.isOfEveryType, question.resolution, question.full) = (true, second, full)
    if isHistory { (question.since, question.until, question.timeForm) = ("start_time", "end_time", .seconds) }
    return question
  }

  // MARK: Signing

  /// "Signature Algorithm": HMAC-SHA256 in hexadecimal over the parameters as they are sent.
  public func signParameters(_ call: inout Call, _ account: TradingAccount) { call.sort() }

  public func sign(_ request: inout Request, target: SealedText, _ account: TradingAccount) {
    let text = request.method == .get ? target.query : request.body
    request.headers.append(("ACCESS-KEY", SealedText(.field("api_key"))))
    request.headers.append(("ACCESS-TIMESTAMP", SealedText(Seal.seconds)))
    request.headers.append(("ACCESS-SIGN", SealedText(text.hmac(.sha256, key: .field("secret_key")).hex)))
  }

  // MARK: Writing

  /// "Create new order": the type says the side as well. What "amount" counts in market orders is quote for one who
  /// buys; for one who sells it is base, as those who use it have it, and as the guard compares it.
  public func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    let (isBuy, isByValue) = (order.side == .buy, order.flags.contains(.byValue))
    if order.type == .market {
      guard isByValue == isBuy else {
        throw CommandRefusal(
          .unsupported,
          isByValue ? "a market order that sells is by quantity" : "a market order that buys is by value, in quote")
      }
      call.use(Self.account(isBuy ? .marketBuy : .marketSell, .form))
    }
    call.set("market", "spot")
    call.set("symbol", market.name)
    call.set("type", vocabulary.word(order.side) + (order.type == .market ? "_market" : ""))
    call.set("amount", isByValue ? order.value : order.quantity)
    call.set("price", order.price)
    if order.flags.contains(.postOnly) { call.set("post_only", "1") }
  }

  /// By the exchange's id alone.
  public func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard Self.isID(order.venueOrder) else {
      throw CommandRefusal(.unknownOrder, "the exchange's id of the order is not known, and it has no other")
    }
    call.set("market", "spot")
    call.set("order_id", order.venueOrder)
  }

  /// A list of ids has commas.
  private static func isID(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
      }
  }

  // MARK: Reading

  /// `{"code": 0, "order_id": "198361cecdc65f9c8c9bb2fa68faec40"}`. The stream may have reported it before, and even
  /// its end, when nobody knew whose it was.
  private func placed(_ part: OrderPart, _ answer: OrderReport, _ tally: Tally) {
    var report = answer
    report.complete(from: part.command, part.market)
    report.flags.formUnion(part.command.flags)
    (report.filled, report.state) = (.zero, .open)
    publish(order: report, part.account, command: tally.command, order: part.command.order)
    if var known = heard.last(where: { $0.venue == report.venue }) {
      known.client = report.client
      publish(order: known, part.account, order: part.command.order)
    }
    tally.end(.done)
  }

  /// `{"code": 0, "date": 1744190302, "success": ["198361ce"], "error": ["78a7104e"]}`: what became of each, and not
  /// why.
  @Sendable
  private static func cancelled(_ body: Body, _ parts: [OrderPart], _ words: Words) -> [OrderReport]? {
    var json = JSONScanner(body)
    guard json.isWhole else { return nil }
    var (done, failed): ([String], [String]) = ([], [])
    json.members { key, json in
      switch key {
      case "success": json.elements { done.append($0.words()) }
      case "error": json.elements { failed.append($0.words()) }
      default: return false
      }
      return true
    }
    guard json.isValid else { return nil }
    var reports: [OrderReport] = []
    for part in parts {
      var report = OrderReport()
      report.venue = part.command.venueOrder
      if failed.contains(report.venue) {
        (report.error, report.reason) = ("20039", "the exchange did not cancel it, and does not say why")
      } else if !done.contains(report.venue) {
        return nil
      }
      reports.append(report)
    }
    return reports
  }

  private static let order = FieldTable<OrderField>([
    "symbol": .symbol, "order_id": .venue, "created_date": .createdSeconds, "price": .price, "amount": .quantity,
    "executed_amount": .filled, "avg_price": .average, "status": .state,
  ])

  /// `{"symbol": "BTC_USDT", "order_id": "dd31", "created_date": 1562303547, "finished_date": 0, "price": 0.1,
  /// "amount": 1, "executed_amount": 0, "avg_price": 0, "status": 1, "type": "buy", "kind": "spot"}`. When it
  /// ended is said in whole seconds, which would make an end older than what the stream said before it: it is left out.
  func order(_ json: inout JSONScanner) -> OrderReport {
    var report = OrderReport()
    report.read(&json, Self.order, vocabulary) { [unowned(unsafe) self] report, key, json in
      guard key == "type" else { return false }
      readType(json.words(), &report)
      return true
    }
    report.force = report.type == .market ? .immediateOrCancel : .goodTilCancelled
    if report.type == .market {
      report.price = nil
      // Of one that buys it is a value.
      if report.side == .buy { report.quantity = nil }
    }
    if report.state == .open { report.state = report.openState }
    return report
  }

  private func readType(_ word: String, _ report: inout OrderReport) {
    report.side = vocabulary.side(word)
    report.type = report.side == .none ? nil : word.hasSuffix("_market") ? .market : .limit
  }

  private static let trade = FieldTable<OrderField>([
    "symbol": .symbol, "order_id": .venue, "id": .fillID, "price": .fillPrice, "amount": .fillQuantity, "fee": .fee,
    "fee_currency": .feeAsset, "timestamp": .seconds, "side": .side, "is_maker": .maker,
  ])

  /// "Customer's trades".
  private func fill(_ json: inout JSONScanner) -> OrderReport { OrderReport(&json, Self.trade, vocabulary) }
}
