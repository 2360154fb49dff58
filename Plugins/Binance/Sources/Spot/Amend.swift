import CPatchbay
import ConnectorKit
import Decimals

/// Changing an order of Binance spot, which has two ways.
///
/// "Order Amend Keep Priority" makes the quantity smaller and nothing else; the order stays the same and keeps its
/// client order id, which is sent as the new one. Everything else is "Cancel an Existing Order and Send a New Order":
/// the order is asked for first, as the venue wants the whole new order; a cancel that fails stops the exchange of the
/// two. The new order gets the same client order id and a new venue id, and its figures begin anew: they are reported
/// as they are, and the host adds up.
extension BinanceSpot {
  func offerAmendments() {
    let question = KnownOrder(Endpoint(.order), at: "") { [unowned(unsafe) self] in order(&$1) }
    serveAmend(asking: question) { [unowned(unsafe) self] command, order, account, tally throws(CommandRefusal) in
      try amend(command, order, account, tally)
    }
  }

  private func amend(
    _ command: OwnedCommand, _ order: OrderReport, _ account: TradingAccount, _ tally: Tally
  ) throws(CommandRefusal) {
    // Quantities of amendments are totals, over all venue orders of the host's.
    let before = carried[order.venue] ?? .zero
    let wanted = command.quantity.flatMap { $0.subtracting(before) } ?? order.quantity
    let isSamePrice =
      (command.price == nil || command.price == order.price) && (command.stop == nil || command.stop == order.stop)
    guard let wanted, let quantity = order.quantity else {
      throw CommandRefusal(.other, "the order's quantity is not known; nothing was changed")
    }
    if isSamePrice, wanted == quantity {
      // It is as it is wanted: to replace it would only cost its place in the queue.
      return tally.end(.done)
    }
    guard Self.keepsPriority, isSamePrice, wanted < quantity, wanted.isPositive else {
      return try replace(command, order, wanted, account, tally)
    }
    var call = Call(Endpoint(.amend, .form))
    call.set("symbol", order.symbol)
    call.set("orderId", order.venue)
    call.set("newClientOrderId", order.client)
    call.set("newQty", wanted)
    ask(call, account, command: tally.command) { [unowned(unsafe) self] answer in
      if let fault = answer.fault {
        tally.end(fault.end(isWrite: true))
        return .ok
      }
      return changed(answer, at: "amendedOrder", command, nil, account, tally)
    }
  }

  private func replace(
    _ command: OwnedCommand, _ old: OrderReport, _ wanted: Decimal64, _ account: TradingAccount, _ tally: Tally
  ) throws(CommandRefusal) {
    guard let market = market(named: old.symbol) else { throw CommandRefusal(.unknownInstrument, "no \(old.symbol)") }
    // What is filled stays filled: the new order is for the rest.
    guard let rest = wanted.subtracting(old.filled ?? .zero), rest.isPositive else {
      throw CommandRefusal(.invalidOrder, "that much has been filled already")
    }
    var order = command
    order.clientOrder = old.client
    order.fields.position = 0
    order.fields.side = old.side.rawValue
    order.fields.type = old.type?.rawValue ?? 0
    order.fields.time_in_force = old.force?.rawValue ?? 0
    order.fields.flags = old.flags.rawValue
    order.fields.price = pb_dec(command.price ?? old.price)
    order.fields.stop = pb_dec(command.stop ?? old.stop)
    order.fields.quantity = pb_dec(rest)
    var call = Call(Endpoint(.replace, .form, charges: Venue.spotOrder))
    try describe(order, market, &call)
    call.set("cancelReplaceMode", "STOP_ON_FAILURE")
    call.set("cancelOrderId", old.venue)
    call.set("newClientOrderId", old.client)
    call.set("newOrderRespType", "RESULT")
    ask(call, account, command: tally.command) { [unowned(unsafe) self] answer in
      guard let fault = answer.fault else {
        return changed(answer, at: "newOrderResponse", command, old, account, tally)
      }
      return notReplaced(answer, fault, command, account, tally)
    }
  }

  /// An order that stands at a place of an answer.
  private func part(_ answer: Answer, _ place: String) -> OrderReport? {
    var json = JSONScanner(answer.body)
    guard answer.reply.outcome == .replied, json.isWhole, var object = json.find(place)?.scanner() else { return nil }
    let report = Self.order(&object, vocabulary)
    return object.isValid ? report : nil
  }

  /// The order as it is now stands at a place of the answer; what the old one had filled in the end stands beside.
  private func changed(
    _ answer: Answer, at place: String, _ command: OwnedCommand, _ old: OrderReport?, _ account: TradingAccount,
    _ tally: Tally
  ) -> Status {
    guard var report = part(answer, place), !report.venue.isEmpty, report.state != nil else {
      tally.end(Tally.End(.unknown, .other, "the exchange's answer to an amendment cannot be read"))
      return .parse
    }
    if report.time == 0 { report.time = Self.time("transactTime", JSONScanner(answer.body).mark) ?? 0 }
    if let old {
      let filled = part(answer, "cancelResponse")?.filled ?? old.filled ?? .zero
      let sum = (carried.removeValue(forKey: old.venue) ?? .zero).adding(filled) ?? filled
      (report.continues, report.carried) = (old.venue, sum)
      if carried.count >= 1000 { carried.removeAll() }
      if sum.isPositive { carried[report.venue] = sum }
    }
    publish(order: report, account, command: tally.command, order: command.order)
    tally.end(.done)
    return .ok
  }

  /// What a failed exchange says of its two parts: `{"code": -2021, "msg": "...", "data": {"cancelResult": "SUCCESS",
  /// "cancelResponse": {...}, "newOrderResult": "FAILURE", "newOrderResponse": {"code": -2010, "msg": "..."}}}`.
  private func notReplaced(
    _ answer: Answer, _ fault: VenueFault, _ command: OwnedCommand, _ account: TradingAccount, _ tally: Tally
  ) -> Status {
    let cancel = part(answer, "data/cancelResponse")
    let isCancelled = cancel?.venue.isEmpty == false
    if isCancelled, let cancel { publish(order: cancel, account, command: tally.command, order: command.order) }
    let reason = isCancelled ? part(answer, "data/newOrderResponse") : cancel
    let isKnown = !fault.mayHaveHappened && reason?.error.isEmpty == false
    let why = isKnown ? self.fault(code: reason?.error ?? "", text: reason?.reason ?? "") : fault
    tally.end(why.end(isWrite: true))
    return .ok
  }
}
