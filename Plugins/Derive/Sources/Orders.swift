import ConnectorKit
import Decimals

/// Orders and their histories. Sources: "private/order", "private/cancel", "private/cancel_by_label",
/// "private/cancel_trigger_order", "private/get_order", "private/get_open_orders", "private/get_trigger_orders",
/// "private/get_order_history", "private/get_trade_history".
extension DeriveConnector {
  private static let order = FieldTable<OrderField>([
    "instrument_name": .symbol, "label": .client, "order_id": .venue, "direction": .side, "order_type": .type,
    "time_in_force": .force, "order_status": .state, "limit_price": .price, "amount": .quantity,
    "filled_amount": .filled, "average_price": .average, "last_update_timestamp": .time, "cancel_reason": .reason,
    "trigger_price": .stop,
  ])
  private static let trade = FieldTable<OrderField>([
    "instrument_name": .symbol, "label": .client, "order_id": .venue, "direction": .side, "trade_id": .fillID,
    "trade_price": .fillPrice, "trade_amount": .fillQuantity, "trade_fee": .fee, "realized_pnl": .realized,
    "liquidity_role": .maker, "timestamp": .time,
  ])

  func offerOrders() {
    serve(
      .place, by: Endpoint(.place, .json, on: .matching),
      worst: WorstPrice(
        Endpoint(.ticker, .json, on: .publicCalls), symbol: "instrument_name", highest: "result/maxp",
        lowest: "result/minp"),
      WriteAnswer { Self.placed($0, $1, $2) })
    serve(
      .cancel, .cancelMany, by: Endpoint(.cancel, .json, on: .matching),
      other: OtherService(
        Endpoint(.cancelTrigger, .json, on: .calls), WriteAnswer { Self.cancelled($0, $1, $2) }
      ) { $0.type?.isTriggered == true && !$0.venueOrder.isEmpty && $1.isLive },
      WriteAnswer { Self.cancelled($0, $1, $2) })
    offerAmendments()
    let history = Self.question(.orderHistory, .calls)
    serveOrder(
      OrderQuestion(Endpoint(.order, .json, on: .calls), at: "result", by: .venue("order_id"), isAlone: true),
      OrderQuestion(Endpoint(.openOrders, .json, on: .calls), at: "result/orders", by: .listed(market: "")),
      OrderQuestion(Endpoint(.triggerOrders, .json, on: .calls), at: "result/orders", by: .listed(market: "")),
      OrderQuestion(history, at: "result/orders", by: .listed(market: ""), ["page_size": "1000"])
    ) { [unowned(unsafe) self] in Self.report(&$1, vocabulary) }
    let open = Pages(Endpoint(.openOrders, .json, on: .calls), at: "result/orders")
    let waiting = Pages(Endpoint(.triggerOrders, .json, on: .calls), at: "result/orders")
    var ended = pages(.orderHistory, at: "result/orders")
    (ended.since, ended.until) = ("from_timestamp", "to_timestamp")
    orders(.openOrders, open, waiting) { [unowned(unsafe) self] in Self.report(&$1, vocabulary) }
    orders(.orderHistory, open, waiting, ended) { [unowned(unsafe) self] in Self.report(&$1, vocabulary) }
    var trades = pages(.fills, at: "result/trades")
    (trades.since, trades.until, trades.symbol) = ("from_timestamp", "to_timestamp", "instrument_name")
    fills(trades) { [unowned(unsafe) self] in Self.fill(&$1, vocabulary) }
  }

  /// Newest first, by numbered pages.
  func pages(_ act: PermittedAct, at place: String) -> Pages {
    var pages = Pages(Self.question(act, .calls), at: place, .page("page"), full: 500)
    pages.size = "page_size"
    return pages
  }

  // MARK: Reports

  /// A trigger says the kind of an order that waits.
  static func report(_ json: inout JSONScanner, _ words: Words) -> OrderReport {
    var (report, trigger) = (OrderReport(), "")
    report.read(&json, order, words) { report, key, json in
      switch key {
      case "trigger_type": trigger = json.words()
      case "replaced_order_id": report.continues = json.words()
      case "creation_timestamp": if !json.skipNull() { report.created = json.milliseconds() }
      default: return false
      }
      return true
    }
    switch (report.type, trigger) {
    case (.limit, "stoploss"): report.type = .stopLimit
    case (.limit, "takeprofit"): report.type = .takeLimit
    case (.market, "stoploss"): report.type = .stopMarket
    case (.market, "takeprofit"): report.type = .takeMarket
    // Some orders carry a price of no trigger.
    default: report.stop = nil
    }
    if report.type?.isTriggered == true { report.flags.insert(.stopByMark) }
    if report.type?.isTriggered == true, report.state != .untriggered { report.isTriggered = true }
    // An order that takes the place of another begins anew.
    report.carried = .zero
    // The worst price of a market order is none.
    if report.type?.hasLimit == false { report.price = nil }
    return report
  }

  /// Fees are paid in the exchange's cash, and what was transferred between subaccounts is no trade.
  static func fill(_ json: inout JSONScanner, _ words: Words) -> OrderReport {
    var (report, isTransfer) = (OrderReport(), false)
    report.read(&json, trade, words) { _, key, json in
      guard key == "is_transfer" else { return false }
      isTransfer = json.words() == "true"
      return true
    }
    if !report.fillID.isEmpty { report.feeAsset = cash }
    if isTransfer { report.fillID = "" }
    return report
  }

  /// `{"result": {"order": {...}, "trades": [{...}]}}`: what was filled at once comes with the answer.
  private static func placed(_ body: Body, _ parts: [OrderPart], _ words: Words) -> [OrderReport]? {
    var json = JSONScanner(body)
    guard json.isWhole, let result = json.find("result") else { return nil }
    var look = result.scanner()
    guard var order = look.find("order")?.scanner() else { return nil }
    var report = report(&order, words)
    guard order.isValid else { return nil }
    look = result.scanner()
    guard var trades = look.find("trades")?.scanner(), !trades.skipNull() else { return [report] }
    trades.elements { json in report.fills.append(fill(&json, words)) }
    return trades.isValid ? [report] : nil
  }

  /// `{"result": {"order_id", "order_status": "cancelled", ...}}`, or by label `{"result": {"cancelled_orders": 1}}`.
  private static func cancelled(_ body: Body, _ parts: [OrderPart], _ words: Words) -> [OrderReport]? {
    var json = JSONScanner(body)
    guard json.isWhole, var result = json.find("result")?.scanner() else { return nil }
    var count: Int64?
    var look = result.mark.scanner()
    look.member("cancelled_orders") { count = $0.integer() }
    guard let count else {
      let report = report(&result, words)
      return result.isValid ? [report] : nil
    }
    var report = OrderReport()
    if count == 0 { (report.error, report.reason) = ("11006", "no open order has this label") }
    return [report]
  }

  // MARK: Writing

  public final func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard Self.isLabel(order.clientOrder) else {
      throw CommandRefusal(.invalidOrder, "a client order id is 1 to 64 visible characters")
    }
    guard let price = order.price ?? order.worstPrice, let quantity = order.quantity else {
      throw CommandRefusal(.invalidOrder, "the order has no price or no quantity")
    }
    if let type = order.type, type.isTriggered {
      call.use(Endpoint(type == .stopLimit ? .placeStop : .placeTake, .json, on: .matching))
      call.set("trigger_type", type == .stopLimit ? "stoploss" : "takeprofit")
      call.set("trigger_price_type", "mark")
      call.set("trigger_price", order.stop)
    } else if order.timeInForce == .goodTilDate {
      let isNew = call.endpoint.act.name == PermittedAct.place.name
      call.use(Endpoint(isNew ? .placeUntil : .replaceUntil, .json, on: .matching))
    }
    call.set("instrument_name", market.symbol)
    call.set("direction", vocabulary.word(order.side))
    call.set("order_type", order.type == .market ? "market" : "limit")
    call.set("amount", quantity)
    call.set("limit_price", price)
    call.set("max_fee", try fee(price, market))
    call.set("label", order.clientOrder)
    if order.flags.contains(.postOnly) {
      call.set("time_in_force", "post_only")
    } else if order.type != .market || order.timeInForce == .fillOrKill {
      let force = order.timeInForce == .goodTilDate ? .goodTilCancelled : order.timeInForce ?? .goodTilCancelled
      call.set("time_in_force", vocabulary.word(force) ?? "gtc")
    }
    if order.flags.contains(.reduceOnly) { call.set("reduce_only", true) }
    try setExpiry(order, &call)
  }

  /// "Action signing": an order ends with its signature, whose time counts whole seconds.
  private func setExpiry(_ order: OwnedCommand, _ call: inout Call) throws(CommandRefusal) {
    guard order.timeInForce == .goodTilDate else { return }
    guard order.type == .limit else {
      throw CommandRefusal(.unsupported, "only limit orders are good till a date")
    }
    guard order.expiry % 1_000_000_000 == 0 else {
      throw CommandRefusal(.invalidOrder, "an order ends at a whole second here")
    }
    call.set("signature_expiry_sec", bare: "\(order.expiry / 1_000_000_000)")
  }

  /// The most that a unit may cost: a hundredth of its price, ten times and more what the exchange takes, and the part
  /// that each order costs. Nobody pays it: an order for which it is too little is refused.
  private func fee(_ price: Decimal64, _ market: Market) throws(CommandRefusal) -> Decimal64 {
    if let maxFee { return maxFee }
    let share = price.multiplied(by: Decimal64(mantissa: 1, exponent: -2))
    guard let fee = share.flatMap({ $0.adding(assets[market.symbol]?.baseFee ?? .zero) }) else {
      throw CommandRefusal(.invalidOrder, "the price has too many digits")
    }
    return fee
  }

  /// By the exchange's id, or by the label: one of two ways to cancel.
  public final func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    let isTrigger = call.endpoint.act.name == PermittedAct.cancelTrigger.name
    if !isTrigger { call.set("instrument_name", market.symbol) }
    if !order.venueOrder.isEmpty { return call.set("order_id", order.venueOrder) }
    guard Self.isLabel(order.clientOrder), !isTrigger else {
      throw CommandRefusal(.unknownOrder, "the order has no id of this exchange")
    }
    if call.endpoint.act.name == PermittedAct.cancel.name {
      call.use(Endpoint(.cancelByLabel, .json, on: .matching))
    }
    call.set("label", order.clientOrder)
  }

  private static func isLabel(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
  }
}
