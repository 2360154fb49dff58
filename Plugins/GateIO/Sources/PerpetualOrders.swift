import CPatchbay
import ConnectorKit
import Decimals

/// Orders of futures and their histories. Sources: Gate API v4, "Futures": "Place futures order" and the sections
/// behind it.
extension GatePerpetual {
  func offerOrders() {
    let answer = WriteAnswer(fine: [""]) { body, parts, words in
      Self.answer(body, parts) { json in Self.order(&json, words) }
    }
    // "Place batch futures orders": each order counts.
    serve(
      .place, by: Endpoint(.futuresPlace, .json, on: .futuresOrders),
      batch: Batch(Endpoint(.futuresPlaceBatch, .json), most: 10),
      other: triggers(Endpoint(.futuresPlaceStop, .json, on: .futuresOrders)) { Self.trigger(&$0, $1) }, answer)
    // The size of an amendment says the side as well.
    serve(
      .amend, by: Endpoint(.futuresAmend, .json, on: .futuresOrders),
      asking: KnownOrder(Endpoint(.futuresOrder, on: .futuresQueries), at: "") {
        [unowned(unsafe) self] in order(&$1)
      }, answer)
    serve(
      .cancel, .cancelMany, by: Endpoint(.futuresCancel, on: .futuresCancels),
      batch: Batch(Endpoint(.futuresCancelBatch, .json), most: 20),
      other: triggers(Endpoint(.futuresCancelTrigger, on: .futuresCancels)) { Self.trigger(&$0, $1) }, answer)
    var pending = list(Endpoint(.futuresOrderList, on: .futuresQueries))
    pending.parameters = [("status", "open")]
    var ended = list(Endpoint(.futuresOrderHistory, on: .futuresHistories))
    (ended.since, ended.until, ended.timeForm) = ("from", "to", .seconds)
    let questions = [
      OrderQuestion(Endpoint(.futuresOrder, on: .futuresQueries), at: "", isAlone: true),
      OrderQuestion(
        Endpoint(.futuresOrderList, on: .futuresQueries), at: "", by: .listed(market: "contract"),
        ["status": "finished", "limit": "100"]),
    ]
    let waits = Endpoint(.futuresTriggerOrders, on: .futuresQueries)
    offer(
      questions, Self.triggerQuestions(Endpoint(.futuresTriggerOrder, on: .futuresQueries), waits, symbol: "contract"),
      open: [pending, Self.triggerList(waits, symbol: "contract", status: "open")],
      ended: [ended, Self.triggerList(waits, symbol: "contract", status: "finished")]
    ) { [unowned(unsafe) self] json, isTrigger in
      isTrigger ? trigger(&json) : order(&json)
    }
    var executions = list(Endpoint(.futuresFills, on: .futuresFills))
    (executions.since, executions.until, executions.timeForm) = ("from", "to", .seconds)
    fills(executions) { [unowned(unsafe) self] in fill(&$1) }
  }

  func list(_ endpoint: Endpoint) -> Pages {
    var pages = Pages(endpoint, at: "", .offset("offset"), full: 100)
    (pages.symbol, pages.size) = ("contract", "limit")
    return pages
  }

  // MARK: Writing

  /// "Place futures order". A size below zero sells; a price of zero is a market order's, which its time in force ends.
  public func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    if let type = order.type, type.isTriggered { return try placeTrigger(order, type, market, &call) }
    try checkClientOrder(order)
    call.set("text", order.clientOrder)
    call.set("contract", market.symbol)
    try setSize(order, market, &call)
    call.set("price", order.price ?? .zero)
    switch order.timeInForce {
    case .fillOrKill: call.set("tif", "fok")
    case _ where order.type == .market, .immediateOrCancel: call.set("tif", "ioc")
    default: call.set("tif", order.flags.contains(.postOnly) ? "poc" : "gtc")
    }
  }

  /// "In dual mode" an order that reduces says so, and against its side: to sell reduces what is long. A whole position
  /// is closed by a size of zero, and in dual mode by the name of its leg.
  func setSize(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    _ = try order.leg(vocabulary, mustSay: true)
    guard order.flags.contains(.close), order.quantity == nil else {
      call.setNumber("size", try signed(order, market))
      if order.reduces { call.set("reduce_only", true) }
      return
    }
    call.setNumber("size", .zero)
    guard order.leg != .net else { return call.set("close", true) }
    call.set("auto_size", order.leg == .long ? "close_long" : "close_short")
    call.set("reduce_only", true)
  }

  private func signed(_ order: OwnedCommand, _ market: Market) throws(CommandRefusal) -> Decimal64? {
    let contracts = try market.contracts(order.quantity)
    guard order.side == .sell else { return contracts }
    return contracts.flatMap { $0.negated }
  }

  /// "Amend single order": the size counts what has been filled already.
  public func change(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard order.stop == nil, !waiting.owns(order) else {
      throw CommandRefusal(.unsupported, "an order that waits for a price cannot be changed; place it anew")
    }
    call.fill(try named(order))
    call.setNumber("size", try signed(order, market))
    call.set("price", order.price)
  }

  /// "Cancel single order", "Query single order details".
  public func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    if isOfTriggers(call.endpoint) { return try nameTrigger(order, &call) }
    call.fill(try named(order))
  }

  /// Orders that are cancelled together are named by the exchange's ids.
  public func group(_ part: OrderPart) -> Int {
    let isNamed = !part.command.venueOrder.isEmpty || part.verb == .place
    return isNamed ? 0 : 1 + Int(truncatingIfNeeded: part.command.order)
  }

  /// "Cancel batch orders by specified ID list": the ids alone.
  public func batch(_ parts: [OrderPart], _ call: inout Call) {
    call.whole = jsonList(
      parts.map { part in
        guard part.verb != .place, let id = try? named(part.command) else { return part.call.json }
        return SealedText(jsonQuoted(id))
      })
  }
}
