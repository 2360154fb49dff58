import ConnectorKit
import Decimals

/// Placing, changing, cancelling and asking. Sources: Bitfinex API v2, "Submit Order", "Order Update", "Order Cancel",
/// "Order Cancel Multi", "Order Multi-OP", "Retrieve Orders", "Orders History", "Trades".
extension BitfinexSpot {
  func offerOrders() {
    serve(
      .place, by: Endpoint(.submit, .json, on: .orders),
      batch: Batch(Endpoint(.multi, .json, on: .batches), most: 75, isOneCharge: true), WriteAnswer(Self.placed))
    serve(.amend, by: Endpoint(.update, .json, on: .updates), WriteAnswer(Self.named))
    serve(
      .cancel, .cancelMany, by: Endpoint(.cancel, .json, on: .cancels),
      batch: Batch(Endpoint(.cancelMulti, .json, on: .batches), most: 75, isOneCharge: true), WriteAnswer(Self.named))
    offerQuestions()
  }

  /// "Orders History": what ended in the last two weeks. Both histories name the newest first, up to 2500.
  private func offerQuestions() {
    let read: ReadOrder = { [unowned(unsafe) self] in Self.order(&$1, vocabulary) }
    let (open, ended) = (list(.openOrders, on: .openOrders), list(.orderHistory, on: .orderHistory))
    namesByVenueOrder(OrderQuestion(open, at: "", by: .listed(market: "")), read: read)
    // An order that is not named by the exchange's id is looked for among all.
    serveOrder(
      OrderQuestion(list(.openOrdersOf, on: .openOrders), at: ""),
      OrderQuestion(list(.orderHistoryOf, on: .orderHistory), at: ""),
      OrderQuestion(open, at: "", by: .listed(market: "")),
      OrderQuestion(ended, at: "", by: .listed(market: ""), ["limit": "2500"]),
      first: { command, _ in command.venueOrder.isEmpty ? 2 : 0 }, read: read)
    var openPages = Pages(open, at: "")
    openPages.alone = list(.openOrdersOf, on: .openOrders)
    orders(.openOrders, openPages, read: read)
    var endedPages = history(ended, id: "5")
    endedPages.alone = list(.orderHistoryOf, on: .orderHistory)
    endedPages.reach = 14 * 86_400_000_000_000
    orders(.orderHistory, openPages, endedPages, read: read)
    var trades = history(list(.fills, on: .fills), id: "2")
    trades.alone = list(.fillsOf, on: .fills)
    fills(trades) { [unowned(unsafe) self] in Self.fill(&$1, vocabulary) }
  }

  private func list(_ act: PermittedAct, on limit: Output.Limit) -> Endpoint {
    var endpoint = Endpoint(act, .json, on: limit)
    endpoint.bare = ["start", "end", "limit"]
    return endpoint
  }

  /// The next page ends where the last one did.
  private func history(_ endpoint: Endpoint, id: StaticString) -> Pages {
    var pages = Pages(endpoint, at: "", .after("end", id: id), full: 2500)
    (pages.since, pages.until, pages.size, pages.endsNow) = ("start", "end", "limit", true)
    return pages
  }

  /// "Submit Order": the sign of the amount is the side. Of a stop, `price` triggers it and `price_aux_limit` is the
  /// limit.
  public func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard let quantity = order.quantity else { throw CommandRefusal(.invalidOrder, "the quantity is absent") }
    guard isNumber(order.clientOrder, most: 13) else {
      throw CommandRefusal(.invalidOrder, "a client order id is a number of at most 13 digits")
    }
    let type: String =
      switch order.type {
      case .market: "EXCHANGE MARKET"
      case .stopLimit: "EXCHANGE STOP LIMIT"
      case .stopMarket: "EXCHANGE STOP"
      default:
        switch order.timeInForce {
        case .immediateOrCancel: "EXCHANGE IOC"
        case .fillOrKill: "EXCHANGE FOK"
        default: "EXCHANGE LIMIT"
        }
      }
    if order.type?.isTriggered == true, ![nil, .goodTilCancelled].contains(order.timeInForce) {
      throw CommandRefusal(.unsupported, "a stop is good till cancelled")
    }
    call.set("type", type)
    call.set("symbol", market.symbol)
    call.set("amount", (order.side == .sell ? "-" : "") + quantity.plain)
    call.set("price", order.stop ?? order.price)
    if order.stop != nil { call.set("price_aux_limit", order.price) }
    if order.flags.contains(.postOnly) { call.set("flags", Int64(Self.postOnly)) }
    call.set("cid", bare: order.clientOrder)
  }

  /// "Order Update": an amount sets what is left of the order, so that an execution on the way would make it larger
  /// than was commanded: prices alone are changed.
  public func change(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard order.quantity == nil else {
      throw CommandRefusal(.unsupported, "a quantity is not changed: cancel the order and place another")
    }
    try name(order, market, &call)
    let isStop = order.stop != nil || order.type == .stopLimit
    call.set("price", isStop ? order.stop : order.price)
    if isStop { call.set("price_aux_limit", order.price) }
  }

  /// By the exchange's id, a number. Questions are about one instrument, and may name several orders.
  public func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard isNumber(order.venueOrder, most: 18) else {
      throw CommandRefusal(.unknownOrder, "the order has no id of this exchange")
    }
    guard call.endpoint.act.path.contains(fragment: "/auth/r/") else { return call.set("id", bare: order.venueOrder) }
    call.fill(bare: market.symbol)
    call.set("id", json: "[\(order.venueOrder)]")
  }

  private func isNumber(_ text: String, most: Int) -> Bool {
    (1...most).contains(text.utf8.count) && !text.hasPrefix("0") && text.utf8.allSatisfy { $0 &- 48 <= 9 }
  }

  /// `{"ops": [["on", {...}], ...]}`, or of cancels `{"id": [1, 2]}`.
  public func batch(_ parts: [OrderPart], _ call: inout Call) {
    if parts[0].verb == .place {
      call.set("ops", json: jsonList(parts.map { "[\"on\"," + $0.call.json + "]" }))
    } else {
      call.set("id", json: jsonList(parts.map { SealedText($0.command.venueOrder) }))
    }
  }

  // MARK: Answers

  /// Of one order its notice, whose data are a list of that order; of several a notice whose data are a notice of each.
  private static let placed: @Sendable (Body, [OrderPart], Words) -> [OrderReport]? = { body, parts, words in
    var json = JSONScanner(body)
    guard json.isWhole, let notice = Notice(&json) else { return nil }
    if let refusal = notice.refusal, notice.type != "ox_multi-req" { return parts.map { _ in refusal } }
    guard notice.type == "ox_multi-req" else { return notice.orders(words) }
    guard var list = notice.data?.scanner() else { return nil }
    var (reports, isWhole): ([OrderReport], Bool) = ([], true)
    list.elements { json in
      let one = Notice(&json)
      let orders = one?.refusal.map { [$0] } ?? one?.orders(words)
      if let order = orders?.first, orders?.count == 1 { reports.append(order) } else { isWhole = false }
    }
    return isWhole && list.isValid ? reports : nil
  }

  /// A change or a cancel has been handed in: the stream reports what comes of it. A cancel of several lists those that
  /// there were.
  private static let named: @Sendable (Body, [OrderPart], Words) -> [OrderReport]? = { body, parts, words in
    var json = JSONScanner(body)
    guard json.isWhole, let notice = Notice(&json) else { return nil }
    if let refusal = notice.refusal { return parts.map { _ in refusal } }
    guard let orders = notice.orders(words) else { return nil }
    return parts.map { part in
      var report = OrderReport()
      report.venue = part.command.venueOrder
      if parts.count > 1, !orders.contains(where: { $0.venue == report.venue }) {
        (report.error, report.reason) = ("10001", "Order not found.")
      }
      return report
    }
  }
}
