import CPatchbay
import Catalog
import Control
import Decimals
import JSONTree
import MarketModel
import Runtime
import Trading

/// What records want of a connector.
extension RecordCommands {
  /// How long an answer may take: then it is PB_OUTCOME_UNKNOWN, and the host goes on asking.
  private static let wait: Int64 = 10_000_000_000

  /// On the server's thread.
  func carryOut(_ command: RecordCommand, for client: RecordClient) {
    let call = ControlCall(
      request: [:], client: client.token, id: JSONValue(.number("\(command.fields.command)")), server: self)
    let desk = client.desk
    guard Int(command.fields.verb) == PB_CMD_PLACE, !command.clientOrder.isEmpty else {
      return carryOut(call, command, desk)
    }
    guard let ids else {
      return refuse(
        call, command, PB_ERR_UNSUPPORTED, "unsupported", "client_order needs the interface for programs (gateway)")
    }
    ids.claim(command.clientOrder, for: command.wish(on: desk.name)) { [self] claim in
      switch claim {
      case .new: carryOut(call, command, desk)
      case .order(let connector, let number, let sent) where connector == desk.name:
        submit { [self] in repeated(call, command, desk, OrderID(number), sent) }
      case .order: refuse(call, command, PB_ERR_INVALID_ORDER, "client_order_id_in_use", "it stands for another order")
      case .refused(let code, let text): refuse(call, command, PB_ERR_INVALID_ORDER, code, text)
      }
    }
  }

  private func carryOut(_ call: ControlCall, _ command: RecordCommand, _ desk: TradeDesk) {
    desk.claim(within: RunningHost.patience, submit(after:_:)) { [self] desk in
      guard let desk else {
        free(command)
        return refuse(call, command, PB_ERR_TRANSIENT, "lane_silent", "its lane does not answer")
      }
      do throws(DeskRefusal) {
        switch Int(command.fields.verb) {
        case PB_CMD_PLACE: try place(call, command, desk)
        case PB_CMD_AMEND: try amend(call, command, desk)
        case PB_CMD_CANCEL: try cancel(call, command, desk)
        case PB_CMD_OPEN_ORDERS: list(call, command, desk)
        default:
          refuse(
            call, command, PB_ERR_UNSUPPORTED, "unsupported",
            "PB_CMD_PLACE, PB_CMD_AMEND, PB_CMD_CANCEL and PB_CMD_OPEN_ORDERS are taken here")
        }
      } catch {
        free(command)
        refuse(call, command, Self.error(error), error.code, error.text)
      }
    }
  }

  /// No order was made.
  private func free(_ command: RecordCommand) {
    if Int(command.fields.verb) == PB_CMD_PLACE, !command.clientOrder.isEmpty { ids?.free(command.clientOrder) }
  }

  /// The same command has come before: its order is reported, and no other is made.
  private func repeated(
    _ call: ControlCall, _ command: RecordCommand, _ desk: TradeDesk, _ id: OrderID, _ sent: String
  ) {
    desk.claim(within: RunningHost.patience, submit(after:_:)) { [self] desk in
      guard let desk else { return refuse(call, command, PB_ERR_TRANSIENT, "lane_silent", "its lane does not answer") }
      if desk.trader.orders[id] != nil { return watch(call, command, desk, id, OrderWatch.isKnown) }
      let number = command.fields.command
      let order = OrderRecords.forgotten(id, sent, command: number)
      answer(call.client, [order, Self.reply(number, nil, true, desk.trader)])
    }
  }

  private func refuse(_ call: ControlCall, _ command: RecordCommand, _ error: Int, _ code: String, _ text: String) {
    answer(
      call.client, [OrderRecords.reply(command.fields.command, PB_OUTCOME_REFUSED, error, code, text)])
  }

  private static func error(_ refusal: DeskRefusal) -> Int {
    switch refusal.code {
    case "unknown_order", "order_ended": PB_ERR_UNKNOWN_ORDER
    case "insufficient_funds": PB_ERR_FUNDS
    case "halted", "not_ready", "disabled": PB_ERR_TRANSIENT
    default: PB_ERR_INVALID_ORDER
    }
  }

  // MARK: On the lane

  private func place(_ call: ControlCall, _ command: RecordCommand, _ desk: TradeDesk) throws(DeskRefusal) {
    let fields = command.fields
    guard fields.items.count == 0, fields.order == 0 else {
      throw DeskRefusal("bad_field", "items and order are the host's to fill: leave them empty")
    }
    try desk.checkTakesOrders()
    // Not by its pair: that may mean another one, such as a perpetual beside a dated future.
    guard let instrument = Self.instrument(command, desk) else {
      throw DeskRefusal("unknown_pair", "name an instrument by its id, as the feed has it, or by its symbol")
    }
    let draft = try draft(fields)
    let isContract = instrument.kind == .perp || instrument.kind == .future
    let closes = !draft.flags.isDisjoint(with: [.reduceOnly, .close])
    let leg: PositionLeg = Int(fields.position) == PB_POSITION_LONG ? .long
      : Int(fields.position) == PB_POSITION_SHORT ? .short : .net
    let request = OrderRequest(
      account: try account(fields.account, desk), instrument: instrument.id, draft: draft,
      action: isContract ? closes ? .close : .open : nil, leg: leg)
    do throws(TraderRefusal) {
      let id = try desk.trader.place(request)
      if !command.clientOrder.isEmpty {
        let sent = desk.trader.orders[id]?.clientOrderID ?? ""
        ids?.bind(command.clientOrder, connector: desk.name, order: id.rawValue, sent: sent)
      }
      watch(call, command, desk, id, OrderWatch.isKnown)
    } catch {
      throw desk.refusal(error)
    }
  }

  /// Whose symbol has a new id meanwhile, as with a finer tick, is meant by that.
  private static func instrument(_ command: RecordCommand, _ desk: TradeDesk) -> Instrument? {
    guard command.fields.instrument != 0 else { return desk.session.instrument(symbol: command.symbol) }
    guard let named = desk.session.instrument(InstrumentID(command.fields.instrument)) else { return nil }
    return desk.session.view.table.instrument(symbol: named.symbol, kind: named.kind)
  }

  private static func number(_ value: pb_dec, _ name: String) throws(DeskRefusal) -> Decimal64? {
    if Int(value.state) == PB_DEC_ABSENT { return nil }
    let number = Decimal64(mantissa: value.mantissa, exponent: value.exponent)
    guard Int(value.state) == PB_DEC_EXACT, number.isPositive else {
      throw DeskRefusal("bad_field", "\(name) is an exact decimal above zero", field: name)
    }
    return number
  }

  private func draft(_ fields: pb_in_command) throws(DeskRefusal) -> OrderDraft {
    let number = Self.number
    guard let side: Side = Int(fields.side) == PB_SIDE_BUY ? .buy : Int(fields.side) == PB_SIDE_SELL ? .sell : nil,
      let type = UInt8(exactly: fields.type).flatMap({ OrderType(rawValue: $0) })
    else { throw DeskRefusal("bad_field", "side and type are PB_SIDE_ and PB_TYPE_") }
    let flags = OrderFlags(rawValue: UInt64(fields.flags))
    let isByValue = flags.contains(.byValue)
    let other = isByValue ? ("quantity", fields.quantity) : ("value", fields.value)
    guard Int(other.1.state) == PB_DEC_ABSENT else {
      throw DeskRefusal(
        "bad_field", "an order has a quantity, or with PB_ORDER_BY_VALUE a value, not both", field: other.0)
    }
    guard let quantity = try isByValue ? number(fields.value, "value") : number(fields.quantity, "quantity") else {
      throw DeskRefusal("bad_field", "an order needs \(isByValue ? "a value" : "a quantity")")
    }
    let force = UInt8(exactly: fields.time_in_force).flatMap { TimeInForce(rawValue: $0) }
    guard fields.time_in_force == 0 || force != nil, flags.words.count == fields.flags.nonzeroBitCount else {
      throw DeskRefusal("bad_field", "time_in_force and flags are PB_TIF_ and PB_ORDER_")
    }
    return OrderDraft(
      side: side, type: type, quantity: quantity, price: try number(fields.price, "price"),
      stop: try number(fields.stop, "stop"), timeInForce: force, flags: flags, expiry: fields.expiry_ns)
  }

  private func account(_ id: pb_id, _ desk: TradeDesk) throws(DeskRefusal) -> AccountID {
    if id == 0 { return try desk.account(named: nil) }
    guard desk.accounts.contains(where: { $0.id == AccountID(id) }) else {
      throw DeskRefusal("unknown_account", "\(desk.name) has no account \(id)")
    }
    return AccountID(id)
  }

  private func cancel(_ call: ControlCall, _ command: RecordCommand, _ desk: TradeDesk) throws(DeskRefusal) {
    let id = OrderID(command.fields.order)
    do throws(TraderRefusal) {
      try desk.trader.cancel(id)
      // A refusal is reported at once.
      watch(call, command, desk, id) { OrderWatch.hasEnded($0, $1) || desk.trader.refusesCancel($0) }
    } catch {
      throw desk.refusal(error)
    }
  }

  private func amend(_ call: ControlCall, _ command: RecordCommand, _ desk: TradeDesk) throws(DeskRefusal) {
    let (id, fields) = (OrderID(command.fields.order), command.fields)
    let price = try Self.number(fields.price, "price")
    let quantity = try Self.number(fields.quantity, "quantity")
    guard price != nil || quantity != nil else {
      throw DeskRefusal("missing_field", "there is nothing to change: give a price or a quantity")
    }
    let before = desk.trader.orders[id].map { AmendedTerms($0) }
    let waiting = OnceOnLane()
    do throws(TraderRefusal) {
      try desk.amend(id, price: price, quantity: quantity) { [self] end in
        guard waiting.take() else { return }
        switch end {
        case .done:
          watch(call, command, desk, id, OrderWatch.isChanged(from: before, told: desk.session.times.mono))
        case .refused(let error, let reason):
          let error = error == 0 ? PB_ERR_OTHER : Int(error)
          amended(call, command, desk, id, PB_OUTCOME_REFUSED, error, "refused", reason)
        case .unknown(let reason):
          amended(call, command, desk, id, PB_OUTCOME_UNKNOWN, PB_ERR_OTHER, "outcome_unknown", reason)
        }
      }
    } catch {
      throw desk.refusal(error)
    }
    submit(after: Self.wait) { [self] in
      desk.perform { [self] desk in
        guard waiting.take() else { return }
        amended(
          call, command, desk, id, PB_OUTCOME_UNKNOWN, PB_ERR_OTHER, "outcome_unknown",
          "the exchange has not answered yet")
      }
    }
  }

  /// The order as it is, and how its amendment ended.
  private func amended(
    _ call: ControlCall, _ command: RecordCommand, _ desk: TradeDesk, _ id: OrderID, _ outcome: Int, _ error: Int,
    _ code: String, _ text: String
  ) {
    let number = command.fields.command
    let order = desk.trader.orders[id].map { [OrderRecords.order($0, desk, command: number)] } ?? []
    answer(call.client, order + [OrderRecords.reply(number, outcome, error, code, text)])
  }

  private func list(_ call: ControlCall, _ command: RecordCommand, _ desk: TradeDesk) {
    let number = command.fields.command
    let records = desk.trader.orders.inFlight.map { OrderRecords.order($0, desk, command: number) }
    answer(call.client, records + [OrderRecords.reply(number, PB_OUTCOME_DONE)])
  }

  /// Answers when an order is where it is to be, or when that has taken too long.
  private func watch(
    _ call: ControlCall, _ command: RecordCommand, _ desk: TradeDesk, _ id: OrderID,
    _ isThere: @escaping @Sendable (TrackedOrder, Times) -> Bool
  ) {
    let number = command.fields.command
    OrderWatch(
      call: call, host: host.running, targets: [(desk, id)], isThere: isThere,
      deadline: desk.session.times.mono &+ Self.wait
    ) { [self] _, isKnown in
      desk.perform { [self] desk in
        let order = desk.trader.orders[id]
        let records = order.map { [OrderRecords.order($0, desk, command: number)] } ?? []
        let isCancel = Int(command.fields.verb) == PB_CMD_CANCEL
        answer(call.client, records + [Self.reply(number, order, isKnown, desk.trader, isCancel: isCancel)])
      }
    }.begin()
  }

  /// What is said of an order at the end of waiting.
  private static func reply(
    _ number: pb_id, _ order: TrackedOrder?, _ isKnown: Bool, _ trader: Trader, isCancel: Bool = false
  ) -> [UInt8] {
    guard let order else {
      return OrderRecords.reply(
        number, PB_OUTCOME_UNKNOWN, PB_ERR_OTHER, "forgotten",
        "the order is not in mind any more; the history has what became of it")
    }
    let error = Int(trader.error(of: order))
    if isCancel, trader.refusesCancel(order) {
      let text = "the exchange refused to cancel it: \(trader.cancelRefusal(of: order))"
      return OrderRecords.reply(number, PB_OUTCOME_REFUSED, error == 0 ? PB_ERR_OTHER : error, "cancel_refused", text)
    }
    if !isKnown {
      let code = OrderCopies.code(order, trader) ?? "outcome_unknown"
      let reason = trader.reason(of: order)
      return OrderRecords.reply(number, PB_OUTCOME_UNKNOWN, error == 0 ? PB_ERR_OTHER : error, code, reason)
    }
    guard order.state == .rejected || order.state == .notSent else {
      return OrderRecords.reply(number, PB_OUTCOME_DONE)
    }
    let known = error != 0 ? error : order.state == .rejected ? PB_ERR_OTHER : PB_ERR_NOT_SENT
    let code = OrderCopies.code(order, trader) ?? "refused"
    return OrderRecords.reply(number, PB_OUTCOME_REFUSED, known, code, trader.reason(of: order))
  }
}

/// Whether nobody was first yet; on one lane.
private final class OnceOnLane: @unchecked Sendable {
  private var isTaken = false

  func take() -> Bool {
    defer { isTaken = true }
    return !isTaken
  }
}
