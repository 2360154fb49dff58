import AlphaPoint
import CPatchbay
import ConnectorKit
import Decimals

/// Orders, their histories, balances and rates. Source: REST API 3.0, "Trading", "Account".
extension FoxbitSpot {
  /// In answers, in lists and on the socket.
  private static let order = FieldTable<OrderField>([
    "id": .venue, "client_order_id": .client, "market_symbol": .symbol, "side": .side, "type": .type, "state": .state,
    "time_in_force": .force, "price": .price, "stop_price": .stop, "quantity": .quantity, "quantity_executed": .filled,
    "price_avg": .average, "avg_price": .average, "post_only": .postOnly, "ts": .time, "error_message": .reason,
  ])
  private static let trade = FieldTable<OrderField>(
    [
      "id": .fillID, "order_id": .venue, "market_symbol": .symbol, "side": .side, "price": .fillPrice,
      "quantity": .fillQuantity, "fee": .fee, "fee_currency_symbol": .feeAsset, "role": .maker, "ts": .time,
      "created_at": .isoTime,
    ],
    // On the socket.
    inside: [
      "order": ["id": .venue, "client_order_id": .client, "market_symbol": .symbol, "side": .side]
    ])
  private static let written = FieldTable<OrderField>(["id": .venue, "client_order_id": .client])

  func offerOrders() {
    serve(.place, by: Endpoint(.place, .json, on: .orders), WriteAnswer(at: "", Self.written))
    serve(.cancel, .cancelMany, by: Endpoint(.cancel, .json, on: .orders), WriteAnswer(at: "data", Self.written))
    serveOrder(OrderQuestion(Endpoint(.order, on: .orders), at: "", isAlone: true)) {
      [unowned(unsafe) self] in order(&$1)
    }
    let open = ["ACTIVE", "PARTIALLY_FILLED", "PENDING_CANCEL"].map { state in
      var pages = Self.pages(.orders, .orders)
      pages.parameters = [("state", state)]
      return pages
    }
    orders(.openOrders, open) { [unowned(unsafe) self] in order(&$1) }
    orders(.orderHistory, Self.history) { [unowned(unsafe) self] in order(&$1) }
    var trades = Self.pages(.fills, .trades)
    (trades.since, trades.until, trades.timeForm) = ("start_time", "end_time", .iso)
    (trades.isOfOneMarket, trades.markets) = (true, .used)
    fills(trades) { [unowned(unsafe) self] in fill(&$1) }
  }

  private static func pages(_ act: PermittedAct, _ limit: Output.Limit) -> Pages {
    var pages = Pages(Endpoint(act, on: limit), at: "data", .page("page"), full: 100)
    (pages.symbol, pages.size) = ("market_symbol", "page_size")
    return pages
  }

  private static var history: Pages {
    var pages = pages(.orders, .orders)
    (pages.since, pages.until, pages.timeForm, pages.isByCreation) = ("start_time", "end_time", .iso, true)
    return pages
  }

  /// "List accounts", "Get trading fees".
  func offerAccount() {
    balances(Endpoint(.balances, on: .balances), at: "data") {
      var report = BalanceReport(&$1, Self.balance)
      report.asset = report.asset.uppercased()
      return report
    }
    let rates = Endpoint(.fees, on: .rates)
    fees(of: rates, all: rates, symbol: "market_symbol") { [unowned(unsafe) self] in marketFees(&$0, Self.rate) }
  }

  private static let balance = FieldTable<BalanceField>([
    "currency_symbol": .asset, "balance": .total, "balance_available": .free, "balance_locked": .ignored,
  ])
  private static let rate = FieldTable<FeeField>(["market_symbol": .symbol, "maker": .maker, "taker": .taker])

  // MARK: Writing

  func write(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard isNumber(order.clientOrder) else {
      throw CommandRefusal(.invalidOrder, "a client order id of this exchange is a number of 1 to 18 digits")
    }
    call.set("market_symbol", market.name)
    call.set("client_order_id", order.clientOrder)
    call.set("side", vocabulary.word(order.side))
    call.set("type", order.type.flatMap(vocabulary.word) ?? "")
    call.set("quantity", order.quantity)
    call.set("price", order.price)
    call.set("stop_price", order.stop)
    if order.flags.contains(.postOnly) { call.set("post_only", true) }
    // What is not said is good till cancelled.
    guard let force = order.timeInForce, force != .goodTilCancelled else { return }
    if order.type?.hasLimit == true {
      call.set("time_in_force", vocabulary.word(force) ?? "")
    } else if force == .fillOrKill {
      throw CommandRefusal(.unsupported, "a market order cannot be fill-or-kill")
    }
  }

  /// "Cancel orders", by the exchange's id or by the client's, and "Get order by" the one or the other.
  func writeName(_ order: OwnedCommand, _ call: inout Call) throws(CommandRefusal) {
    let isVenue = isNumber(order.venueOrder)
    guard isVenue || isNumber(order.clientOrder) else {
      throw CommandRefusal(.unknownOrder, "the order has no id of this exchange")
    }
    if call.endpoint.act.name != PermittedAct.cancel.name {
      if !isVenue { call.use(Endpoint(.orderByClient, on: .orders)) }
      return call.fill(isVenue ? order.venueOrder : order.clientOrder)
    }
    call.set("type", isVenue ? "ID" : "CLIENT_ORDER_ID")
    if isVenue { call.set("id", bare: order.venueOrder) } else { call.set("client_order_id", order.clientOrder) }
  }

  // MARK: Reading

  func order(_ json: inout JSONScanner) -> OrderReport {
    var report = OrderReport()
    report.read(&json, Self.order, vocabulary) { report, key, json in
      switch key {
      case "created_at":
        report.created = json.timestamp()
        if report.time == 0 { report.time = report.created }
      case "cancellation_reason":
        let code = json.words()
        if let words = Self.cancellations[code] { report.reason = words }
      default: return false
      }
      return true
    }
    if report.type?.hasLimit == false { report.price = nil }
    if report.state == .open || report.state == .partial {
      // A stop order that has been triggered in part trades.
      report.isTriggered = report.filled?.isPositive == true
      report.state = report.openState
    }
    return report
  }

  func fill(_ json: inout JSONScanner) -> OrderReport {
    var report = OrderReport(&json, Self.trade, vocabulary)
    report.feeAsset = report.feeAsset.uppercased()
    return report
  }

  /// "Cancellation Reasons".
  private static let cancellations = [
    "1": "requested", "100": "applied by the exchange", "101": "a trade failed",
    "102": "nothing left to trade with", "103": "nothing left to trade with",
    "104": "it met an order of the same member", "105": "the member has no document number",
    "200": "immediate-or-cancel, and nothing matched", "201": "fill-or-kill, and nothing could be filled whole",
    "202": "post-only, and it would have taken", "203": "nothing left to trade with",
    "204": "its price is out of range", "205": "the price moved beyond the exchange's limit",
    "206": "self-trade prevention: the taker expires", "207": "self-trade prevention: the maker expires",
    "208": "self-trade prevention: both expire", "209": "self-trade prevention: both are lessened",
  ]
}
