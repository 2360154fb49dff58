import ConnectorKit
import Decimals

/// Orders and their histories. Sources: "Create a Sell/Buy order", "Cancel an order", "Get your orders", "Get your
/// executed trades", "Authentication with API keys".
extension PeatioExchange {
  static let order = FieldTable<OrderField>([
    "id": .venue, "client_id": .client, "market": .symbol, "side": .side, "ord_type": .type, "price": .price,
    "avg_price": .average, "state": .state, "origin_volume": .quantity, "executed_volume": .filled,
  ])
  static let fill = FieldTable<OrderField>([
    "id": .fillID, "order_id": .venue, "market": .symbol, "side": .side, "price": .fillPrice,
    "amount": .fillQuantity, "fee_amount": .fee,
  ])

  func offerOrders() {
    let answer = WriteAnswer { body, _, words in
      var json = JSONScanner(body)
      guard json.isWhole else { return nil }
      let report = Self.read(&json, words)
      return json.isValid ? [report] : nil
    }
    serve(.place, by: Endpoint(venue.acts.place, .json, on: venue.calls), answer)
    serve(.cancel, .cancelMany, by: Endpoint(venue.acts.cancel, on: venue.calls), answer)
    let list = Endpoint(venue.acts.orders, on: venue.calls)
    let inList = OrderQuestion(list, at: "", by: .listed(market: "market"), ["state": "wait"])
    let byPath = OrderQuestion(Endpoint(venue.acts.order, on: venue.calls), at: "", by: .path, isAlone: true)
    if let byClient = venue.acts.orderByClient {
      let usual = OrderQuestion(Endpoint(byClient, on: venue.calls), at: "", isAlone: true)
      serveOrder(byPath, usual) { [unowned(unsafe) self] in read(&$1) }
    } else {
      namesByVenueOrder(inList) { [unowned(unsafe) self] in read(&$1) }
      serveOrder(byPath, inList) { [unowned(unsafe) self] in read(&$1) }
    }
    var open = Self.pages(list)
    open.parameters = [("state", "wait")]
    orders(.openOrders, open) { [unowned(unsafe) self] in read(&$1) }
    var all = Self.pages(list)
    (all.since, all.until, all.timeForm, all.isByCreation) = ("time_from", "time_to", .seconds, true)
    orders(.orderHistory, all) { [unowned(unsafe) self] in read(&$1) }
    var trades = Self.pages(Endpoint(venue.acts.fills, on: venue.calls))
    (trades.since, trades.until, trades.timeForm) = ("time_from", "time_to", .seconds)
    fills(trades) { [unowned(unsafe) self] in readFill(&$1) }
  }

  /// Newest first, by pages.
  private static func pages(_ endpoint: Endpoint) -> Pages {
    var pages = Pages(endpoint, at: "", .page("page"), full: 100)
    (pages.symbol, pages.size) = ("market", "limit")
    return pages
  }

  // MARK: Signing

  /// "How to use API key?": hex of HMAC-SHA256 over time and key, whatever is asked.
  static var consent: [(name: String, value: SealedText)] {
    let (key, time) = (SealedText(.field("api_key")), SealedText(Seal.milliseconds))
    let sign = (time + key).hmac(.sha256, key: .field("secret_key")).hex
    return [("X-Auth-Apikey", key), ("X-Auth-Nonce", time), ("X-Auth-Signature", SealedText(sign))]
  }

  public func sign(_ request: inout Request, target: SealedText, _ account: TradingAccount) {
    request.headers += Self.consent
  }

  // MARK: Writing

  public func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    call.set("market", market.symbol)
    call.set("side", vocabulary.word(order.side))
    call.set("volume", order.quantity)
    call.set("ord_type", order.type.flatMap { vocabulary.word($0) } ?? "")
    call.set("price", order.price)
    call.set("client_id", order.clientOrder)
  }

  /// By the exchange's id; by the client's where the exchange knows it.
  public func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    if !order.venueOrder.isEmpty, call.endpoint.act.name != venue.acts.orderByClient?.name {
      return call.fill(order.venueOrder)
    }
    guard let client = venue.acts.cancelClient, !order.clientOrder.isEmpty else {
      throw CommandRefusal(.unknownOrder, "the order has no id that the exchange knows")
    }
    if call.endpoint.act.name == venue.acts.cancel.name { call.use(Endpoint(client, on: venue.calls)) }
    call.fill(order.clientOrder)
    call.set("client_id", bare: "true")
  }

  // MARK: Reading

  func read(_ json: inout JSONScanner) -> OrderReport { Self.read(&json, vocabulary) }

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

  /// One whose side is the taker's took.
  func readFill(_ json: inout JSONScanner) -> OrderReport {
    var (report, taker) = (OrderReport(), Side.none)
    report.read(&json, Self.fill, vocabulary) { report, key, json in
      switch key {
      case "taker_type": taker = vocabulary.side(json.words())
      case "created_at": report.time = Self.time(&json)
      case "fee_currency": report.feeAsset = json.words().uppercased()
      default: return false
      }
      return true
    }
    if taker != .none, report.side != .none { report.isMaker = taker != report.side }
    return report
  }

  /// Seconds in events, and in lists a time as ISO 8601 has it: one of another zone is left out.
  private static func time(_ json: inout JSONScanner) -> Int64 {
    let mark = json.passed()
    var number = mark.scanner()
    let seconds = number.seconds()
    if number.isValid { return seconds }
    var text = mark.scanner()
    let time = text.timestamp()
    return text.isValid ? time : 0
  }
}
