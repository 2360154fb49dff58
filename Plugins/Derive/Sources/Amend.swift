import CPatchbay
import ConnectorKit
import Decimals

/// Changing an order: the exchange cancels it and makes a new one, for which the whole of it is signed anew. It does so
/// in one step, and only while the old one has filled as much as was said ("private/replace").
extension DeriveConnector {
  func offerAmendments() {
    let question = KnownOrder(Endpoint(.order, .json, on: .calls), at: "result") { [unowned(unsafe) self] in
      Self.report(&$1, vocabulary)
    }
    serveAmend(asking: question) { [unowned(unsafe) self] command, order, account, tally throws(CommandRefusal) in
      try amend(command, order, account, tally)
    }
  }

  private func amend(
    _ command: OwnedCommand, _ old: OrderReport, _ account: TradingAccount, _ tally: Tally
  ) throws(CommandRefusal) {
    guard let market = market(named: old.symbol) else { throw CommandRefusal(.unknownInstrument, "no \(old.symbol)") }
    // The exchange does not say of an order whether it may only make a position smaller.
    guard old.type == .limit, command.order != 0 else {
      throw CommandRefusal(.unsupported, "only limit orders of this host can be changed")
    }
    // Quantities of amendments are totals, over all venue orders of the host's; what is filled stays filled.
    let filled = old.filled ?? .zero
    let before = command.carried.adding(filled)
    let rest = command.quantity == nil
      ? old.quantity?.subtracting(filled) : before.flatMap { command.quantity?.subtracting($0) }
    guard let rest, rest.isPositive else {
      throw CommandRefusal(.invalidOrder, "that much has been filled already")
    }
    if (command.price ?? old.price) == old.price, rest == old.quantity?.subtracting(filled) {
      // It is as it is wanted: to replace it would only cost its place in the queue.
      return tally.end(.done)
    }
    var order = command
    order.clientOrder = old.client
    order.fields.side = old.side.rawValue
    order.fields.type = OrderType.limit.rawValue
    if command.timeInForce != .goodTilDate { order.fields.time_in_force = old.force?.rawValue ?? 0 }
    order.fields.flags = command.flags.union(old.flags).rawValue
    order.fields.price = pb_dec(command.price ?? old.price)
    order.fields.quantity = pb_dec(rest)
    var call = Call(Endpoint(.replace, .json, on: .matching))
    try place(order, market, &call)
    call.set("order_id_to_cancel", old.venue)
    call.set("expected_filled_amount", filled)
    ask(call, account, command: tally.command) { [unowned(unsafe) self] answer in
      if let fault = answer.fault {
        tally.end(fault.end(isWrite: true))
        return .ok
      }
      return replaced(answer, command, old, account, tally)
    }
  }

  /// `{"result": {"cancelled_order": {...}, "order": {...}, "trades": [...]}}`, or in the place of the order the error
  /// for which there is none: `"create_order_error": {"code": 11000, "message": "...", "data": "..."}`.
  private func replaced(
    _ answer: Answer, _ command: OwnedCommand, _ old: OrderReport, _ account: TradingAccount, _ tally: Tally
  ) -> Status {
    var json = JSONScanner(answer.body)
    var (cancelled, order) = (OrderReport(), OrderReport())
    var trades: [OrderReport] = []
    var why: VenueFault?
    if json.isWhole, var result = json.find("result")?.scanner() {
      result.members { key, json in
        switch key {
        case _ where json.skipNull(): break
        case "cancelled_order": cancelled = Self.report(&json, vocabulary)
        case "order": order = Self.report(&json, vocabulary)
        case "trades": json.elements { json in trades.append(Self.fill(&json, vocabulary)) }
        case "create_order_error": why = refusal(&json)
        default: return false
        }
        return true
      }
    }
    guard json.isValid, cancelled.venue == old.venue, why != nil || !order.venue.isEmpty && order.state != nil else {
      tally.end(Tally.End(.unknown, .other, "the exchange's answer to an amendment cannot be read"))
      return .parse
    }
    publish(order: cancelled, account, command: tally.command, order: command.order)
    if let why {
      tally.end(why.end(isWrite: true))
      return .ok
    }
    order.continues = old.venue
    order.carried = command.carried.adding(cancelled.filled ?? .zero) ?? .zero
    publish(order: order, account, command: tally.command, order: command.order)
    for trade in trades { publish(fill: trade, account, command: tally.command, order: command.order) }
    tally.end(.done)
    return .ok
  }

  private func refusal(_ json: inout JSONScanner) -> VenueFault {
    var (code, text, detail) = ("", "", "")
    json.members { key, json in
      switch key {
      case "code": code = json.words()
      case "message": text = json.words()
      case "data": if !json.skipNull() { detail = json.words() }
      default: return false
      }
      return true
    }
    return fault(code: code, text: detail.isEmpty ? text : "\(text): \(detail)")
  }
}
