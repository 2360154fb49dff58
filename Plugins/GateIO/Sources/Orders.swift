import CPatchbay
import ConnectorKit
import Decimals

/// Orders of spot and their histories. Sources: Gate API v4, "Spot": "Create an order" and the sections behind it.
extension GateSpot {
  func offerOrders() {
    let answer = WriteAnswer(fine: [""]) { body, parts, words in
      Self.answer(body, parts) { Self.order(&$0, words) }
    }
    // "Batch place orders": of one market ten, and a request counts once.
    let placed = triggers(Endpoint(.placeStop, .json, on: .orders)) { Self.trigger(&$0, $1) }
    serve(
      .place, by: Endpoint(.place, .json, on: .orders),
      batch: Batch(Endpoint(.placeBatch, .json, on: .orders), most: 10, isOfOneMarket: true, isOneCharge: true),
      other: placed, answer)
    serve(
      .amend, by: Endpoint(.amend, .json, on: .orders),
      batch: Batch(Endpoint(.amendBatch, .json, on: .orders), most: 5, isOneCharge: true), answer)
    serve(
      .cancel, .cancelMany, by: Endpoint(.cancel, on: .cancels),
      batch: Batch(Endpoint(.cancelBatch, .json, on: .cancels), most: 20, isOneCharge: true),
      other: triggers(Endpoint(.cancelTrigger, on: .cancels)) { Self.trigger(&$0, $1) }, answer)
    // "Query single order details": an order that has ended is found by the exchange's id alone, so what is not found
    // is looked for among those that ended last.
    let questions = [
      OrderQuestion(Endpoint(.order, on: .queries), at: "", isAlone: true),
      OrderQuestion(
        Endpoint(.orders, on: .histories), at: "", by: .listed(market: "currency_pair"),
        ["account": "spot", "status": "finished", "limit": "100"]),
    ]
    let list = Endpoint(.triggerOrders, on: .queries)
    offer(
      questions, Self.triggerQuestions(Endpoint(.triggerOrder, on: .queries), list, symbol: "market"),
      open: [openOrders, Self.triggerList(list, symbol: "market", status: "open")],
      ended: [endedOrders, Self.triggerList(list, symbol: "market", status: "finished")]
    ) { [unowned(unsafe) self] json, isTrigger in
      isTrigger ? trigger(&json) : order(&json)
    }
    fills(executions) { [unowned(unsafe) self] in fill(&$1) }
  }

  /// "List all open orders": a group of each instrument; pages count within a group.
  private var openOrders: Pages {
    var pages = Pages(Endpoint(.openOrders, on: .queries), at: "", .page("page"), full: 100)
    (pages.symbol, pages.size, pages.group) = ("currency_pair", "limit", "orders")
    pages.parameters = [("account", "spot"), ("status", "open")]
    return pages
  }

  /// "List orders": the times are those at which orders ended.
  private var endedOrders: Pages {
    var pages = Pages(Endpoint(.orders, on: .histories), at: "", .page("page"), full: 100)
    (pages.symbol, pages.size, pages.since, pages.until) = ("currency_pair", "limit", "from", "to")
    (pages.timeForm, pages.parameters) = (.seconds, [("account", "spot"), ("status", "finished")])
    return pages
  }

  /// "Query personal trading records": seven days from a time on, or the last seven.
  private var executions: Pages {
    var pages = Pages(Endpoint(.fills, on: .fills), at: "", .page("page"), full: 1000)
    (pages.symbol, pages.size, pages.since, pages.until) = ("currency_pair", "limit", "from", "to")
    (pages.timeForm, pages.parameters) = (.seconds, [("account", "spot")])
    pages.span = 7 * 86_400_000_000_000
    return pages
  }

  // MARK: Writing

  /// "Create an order".
  public func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    if let type = order.type, type.isTriggered { return try placeTrigger(order, type, market, &call) }
    try checkClientOrder(order)
    if order.type == .market { call = try marketCall(order) }
    call.set("text", order.clientOrder)
    call.set("currency_pair", market.symbol)
    call.set("type", vocabulary.word(order.type ?? .limit) ?? "limit")
    call.set("account", "spot")
    call.set("side", vocabulary.word(order.side))
    call.set("amount", order.flags.contains(.byValue) ? order.value : order.quantity)
    call.set("price", order.price)
    switch order.timeInForce {
    case .fillOrKill: call.set("time_in_force", "fok")
    case _ where order.type == .market, .immediateOrCancel: call.set("time_in_force", "ioc")
    default: if order.flags.contains(.postOnly) { call.set("time_in_force", "poc") }
    }
  }

  /// The amount of a market order counts quote for one who buys, and base for one who sells. Each has an act of its
  /// own, so that the host compares the amount with what it counts.
  private func marketCall(_ order: OwnedCommand) throws(CommandRefusal) -> Call {
    let isByValue = order.flags.contains(.byValue)
    guard isByValue == (order.side == .buy) else {
      throw CommandRefusal(
        .unsupported,
        isByValue ? "a market order that sells is by quantity" : "a market order that buys is by value, in quote")
    }
    return Call(Endpoint(isByValue ? .marketBuy : .marketSell, .json, on: .orders))
  }

  /// "Amend single order": the amount counts what has been filled already.
  public func change(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard order.stop == nil, !waiting.owns(order) else {
      throw CommandRefusal(.unsupported, "an order that waits for a price cannot be changed; place it anew")
    }
    call.fill(try named(order))
    call.set("currency_pair", market.symbol)
    call.set("account", "spot")
    call.set("amount", order.quantity)
    call.set("price", order.price)
  }

  /// "Cancel single order", "Query single order details".
  public func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    if isOfTriggers(call.endpoint) { return try nameTrigger(order, &call) }
    call.fill(try named(order))
    call.set("account", "spot")
    call.set("currency_pair", market.symbol)
  }

  /// "Batch place orders", "Batch modification of orders", "Cancel batch orders by specified ID list".
  public func batch(_ parts: [OrderPart], _ call: inout Call) {
    call.whole = jsonList(
      parts.map { part in
        guard part.verb != .place, let id = try? named(part.command) else { return part.call.json }
        var item = Call(part.call.endpoint)
        item.set(part.verb == .amend ? "order_id" : "id", id)
        item.set("currency_pair", part.market.symbol)
        item.set("account", "spot")
        guard part.verb == .amend else { return item.json }
        item.set("amount", part.command.quantity)
        item.set("price", part.command.price)
        return item.json
      })
  }

  /// Parts of a batch are limit orders, and change one thing each.
  public func group(_ part: OrderPart) -> Int {
    let changesBoth = part.verb == .amend && part.command.price != nil && part.command.quantity != nil
    let isMarket = part.verb == .place && part.command.type == .market
    return changesBoth || isMarket ? 1 + Int(truncatingIfNeeded: part.command.order) : 0
  }
}
