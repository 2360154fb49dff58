import ConnectorKit
import Decimals

/// Orders and balances: `orders/new`, `orders/cancel`, `orders/list`, `ledger/list`. The exchange has no client's ids.
extension CoinZoomSpot {
  private static let order = FieldTable<OrderField>([
    "symbol": .symbol, "orderSide": .side, "orderType": .type, "price": .price, "quantity": .quantity,
    "orderStatus": .state, "timestamp": .isoTime, "transactTime": .isoTime,
  ])
  private static let execution = FieldTable<OrderField>([
    "id": .fillID, "lastPrice": .fillPrice, "lastQuantity": .fillQuantity, "cumulativeQuantity": .filled,
    "timestamp": .isoTime,
  ])
  private static let balance = FieldTable<BalanceField>([
    "currency": .asset, "totalBalance": .total, "reservedBalance": .held,
  ])

  func offerOrders() {
    serve(.place, by: Endpoint(.place, .json, on: .orders), WriteAnswer { body, _, _ in Self.placed(body) })
    // The answer says that the request was heard: the stream says when the order has ended.
    serve(
      .cancel, .cancelMany, by: Endpoint(.cancel, .json, on: .orders),
      WriteAnswer { _, parts, _ in parts.map { _ in OrderReport() } })
    let pages = Pages(Endpoint(.openOrders, .json, on: .orders), at: "", .whole, full: 500)
    orders(.openOrders, pages) { [unowned(unsafe) self] in Self.read(&$1, vocabulary).withoutFill }
    balances(Endpoint(.balances, on: .calls), at: "") {
      var report = BalanceReport(&$1, Self.balance)
      // What orders hold is written below zero.
      report.held = report.held.map { WideDecimal.zero - $0 }
      return report
    }
  }

  // MARK: Signing

  /// Nothing is computed: key and secret stand in headers, beside the name of the user.
  public func sign(_ request: inout Request, target: SealedText, _ account: TradingAccount) {
    request.headers += [
      ("Coinzoom-Api-Key", SealedText(.field("api_key"))), ("Coinzoom-Api-Secret", SealedText(.field("secret_key"))),
      ("User-Agent", "patchbay ZoomMe: \(Seal.field("username"))"),
    ]
  }

  // MARK: Writing

  public func prepare(_ call: inout Call) {
    guard call.endpoint.act.name == PermittedAct.openOrders.name else { return }
    call.set("orderStatuses", list: ["NEW", "PARTIALLY_FILLED"])
    call.set("size", 500)
  }

  public func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    call.set("symbol", market.symbol)
    call.set("orderType", order.type.flatMap { vocabulary.word($0) } ?? "")
    call.set("orderSide", vocabulary.word(order.side))
    call.set("quantity", order.quantity)
    call.set("price", order.price)
    call.set("payFeesWithZoomToken", "false")
  }

  public func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard !order.venueOrder.isEmpty else {
      throw CommandRefusal(.unsupported, "the exchange knows orders by its own ids alone")
    }
    call.set("orderId", order.venueOrder)
    call.set("symbol", market.symbol)
  }

  // MARK: Reading

  /// The answer is the exchange's id, and nothing around it.
  private static func placed(_ body: Body) -> [OrderReport]? {
    var json = JSONScanner(body)
    guard json.isWhole else { return nil }
    var report = OrderReport()
    report.venue = json.words()
    guard json.isValid, !report.venue.isEmpty else { return nil }
    report.state = .open
    return [report]
  }

  /// An order of a list has its executions in it; one that is pushed may be about one execution alone, whose id is
  /// `id` then.
  static func read(_ json: inout JSONScanner, _ words: Words) -> OrderReport {
    var (report, single, hasID) = (OrderReport(), OrderReport(), false)
    report.read(&json, order, words) { report, key, json in
      switch key {
      case "orderId":
        report.venue = json.words()
        hasID = !report.venue.isEmpty
      case "id": single.fillID = json.words()
      case "lastPrice": single.fillPrice = json.optionalDecimal()
      case "lastQuantity": single.fillQuantity = json.optionalDecimal()
      case "cumulativeQuantity", "cumQuantity": single.filled = json.optionalDecimal()
      case "executions":
        guard !json.skipNull() else { return true }
        json.elements { report.fills.append(OrderReport(&$0, execution, words)) }
      default: return false
      }
      return true
    }
    if !hasID { (report.venue, single.fillID) = (single.fillID, "") }
    single.time = report.time
    if report.fills.isEmpty { report.fills = [single] }
    // Of an order that ended, nothing of what was filled may be said.
    report.filled = report.fills.last?.filled.flatMap { $0.isPositive ? $0 : nil }
    if report.stateWord == "NEW" { report.filled = .zero }
    if report.stateWord == "FILLED" { report.filled = report.quantity }
    let whole = report
    report.fills = report.fills.compactMap { fill in
      var fill = fill
      (fill.venue, fill.symbol, fill.side) = (whole.venue, whole.symbol, whole.side)
      return fill.isFill ? fill : nil
    }
    if report.state == .open { report.state = report.openState }
    return report
  }
}
