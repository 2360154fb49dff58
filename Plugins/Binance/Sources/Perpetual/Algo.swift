import CPatchbay
import ConnectorKit
import Decimals

/// Requests of the algo service; see AlgoFacts.swift. Sources: "New Algo Order", "Cancel Algo Order", "Query Algo
/// Order", "Current All Algo Open Orders" of the USDⓈ-M futures documentation.
extension BinancePerpetual {
  private static let path = "/algoOrder"

  func isConditional(_ type: OrderType?) -> Bool { type != nil && type != .limit && type != .market }

  /// What describes a conditional order.
  func algoParameters(_ command: OwnedCommand, _ market: Market) throws(Refusal) -> Form {
    guard let type = command.type else { throw Refusal(.unsupported, "this order type is not offered") }
    var form = Form()
    form.add("algoType", "CONDITIONAL")
    for field in try head(command, market, type) { form.add(field.name, field.value) }
    if let force = try timeInForce(command, type) { form.add("timeInForce", force) }
    // A market order that closes what there is names no quantity.
    let isWhole =
      command.flags.contains(.close) && command.quantity == nil && (type == .stopMarket || type == .takeMarket)
    if isWhole {
      form.add("closePosition", true)
    } else {
      form.add("quantity", try positive(command.quantity, "quantity"))
      if try reduces(command) { form.add("reduceOnly", true) }
    }
    if type == .stopLimit || type == .takeLimit { form.add("price", try positive(command.price, "price")) }
    form.add("triggerPrice", try positive(command.stop, "stop price"))
    form.add("clientAlgoId", command.clientOrder)
    return form
  }

  func placeAlgo(_ command: OwnedCommand, _ form: Form, _ account: AccountState, _ tally: Tally) {
    remember(AlgoOrder(account: account.id, client: command.clientOrder, id: ""))
    askSigned(
      .post, venue.prefix + Self.path, form, act: "place_algo", account, command: tally.command, priority: .order,
      charges: venue.orderCost(weights.place)
    ) { [unowned self] reply, body in
      guard reply.isSuccess else {
        let end = error(reply, body).end(isWrite: true)
        if end.outcome == .refused { forget(command.clientOrder, account.id) }
        endPlaced(command, end, tally)
        return .ok
      }
      return told(command, account, tally, body)
    }
  }

  /// A reply that is one order of the service.
  private func told(_ command: OwnedCommand, _ account: AccountState, _ tally: Tally, _ body: Body) -> Status {
    var json = JSONScanner(body)
    let facts = AlgoFacts(&json)
    guard json.isComplete(), facts.isWhole else {
      tally.end(Tally.End(.unknown, .other, "the venue's conditional order cannot be read"))
      return .parse
    }
    learn(facts, account.id)
    tell(facts.order, account.id, command: command.id, order: command.order)
    tally.end(.done)
    return .ok
  }

  func cancelAlgo(_ command: OwnedCommand, _ account: AccountState, _ tally: Tally) throws(Refusal) {
    let form = try algoName(command, account.id)
    askSigned(
      .delete, venue.prefix + Self.path, form, act: "cancel_algo", account, command: tally.command, priority: .cancel,
      charges: venue.cost(weights.cancel)
    ) { [unowned self] reply, body in
      guard reply.isSuccess else {
        tally.end(error(reply, body).end(isWrite: true))
        return .ok
      }
      // `{"algoId", "clientAlgoId", "code": "200", "msg": "success"}`: the service takes the cancel; the event tells
      // the end.
      var json = JSONScanner(body)
      let (code, text) = readCode(&json)
      guard json.isComplete(), code.isEmpty || code == "200" else {
        tally.end(
          VenueError(code: code, text: text, venue.errors, venueTime: out.now.venue).end(isWrite: true))
        return .ok
      }
      tally.end(.done)
      return .ok
    }
  }

  /// By the service's own id when it is known, else by the client's.
  private func algoName(_ command: OwnedCommand, _ account: pb_id) throws(Refusal) -> Form {
    var form = Form()
    if let known = algo(command, account), isNumber(known.id) {
      form.add("algoId", known.id)
    } else if OrderWords.isClientOrder(command.clientOrder) {
      form.add("clientAlgoId", command.clientOrder)
    } else {
      guard isNumber(command.venueOrder) else { throw Refusal(.unknownOrder, "the order has no id of this venue") }
      form.add("algoId", command.venueOrder)
    }
    return form
  }

  func hasName(_ command: OwnedCommand) -> Bool {
    OrderWords.isClientOrder(command.clientOrder) || isNumber(command.venueOrder)
  }

  /// Whether the ordinary orders have none of this id.
  func isNotFound(_ reply: Reply, _ body: Body) -> Bool {
    reply.outcome == .replied && !reply.isSuccess && error(reply, body).failure == .unknownOrder
  }

  func cancelElsewhere(_ command: OwnedCommand, _ account: AccountState, _ tally: Tally) -> Status {
    do throws(Refusal) { try cancelAlgo(command, account, tally) } catch {
      tally.end(Tally.End(.refused, error.failure, error.text))
    }
    return .ok
  }

  /// PB_CMD_ORDER.
  func queryOrder(_ command: OwnedCommand, _ account: AccountState, _ tally: Tally) throws(Refusal) {
    let market = try named(command)
    if algo(command, account.id) != nil { return try queryAlgo(command, account, tally) }
    var form = Form()
    form.add("symbol", market.symbol)
    try name(command, &form)
    askOrder(form, command, account, tally) { [unowned self] in
      do throws(Refusal) { try queryAlgo(command, account, tally) } catch {
        tally.end(Tally.End(.refused, error.failure, error.text))
      }
    }
  }

  /// Asks for an ordinary order; `elsewhere` where there is none.
  private func askOrder(
    _ form: Form, _ command: OwnedCommand, _ account: AccountState, _ tally: Tally, client: String = "",
    elsewhere: (() -> Void)?
  ) {
    askSigned(
      .get, venue.prefix + Self.order, form, act: "order", account, command: tally.command,
      charges: venue.cost(weights.order)
    ) { [unowned self] reply, body in
      guard reply.isSuccess else {
        if let elsewhere, isNotFound(reply, body) {
          elsewhere()
        } else {
          tally.end(error(reply, body).end(isWrite: false))
        }
        return .ok
      }
      var json = JSONScanner(body)
      let facts = OrderFacts(&json)
      guard json.isComplete(), facts.isWhole else {
        tally.end(Tally.End(.unknown, .other, "the venue's order cannot be read"))
        return .parse
      }
      tell(facts, account.id, command: command.id, order: command.order, client: client)
      tally.end(.done)
      return .ok
    }
  }

  private func queryAlgo(_ command: OwnedCommand, _ account: AccountState, _ tally: Tally) throws(Refusal) {
    let form = try algoName(command, account.id)
    askSigned(
      .get, venue.prefix + Self.path, form, act: "order_algo", account, command: tally.command,
      charges: venue.cost(weights.order)
    ) { [unowned self] reply, body in
      guard reply.isSuccess else {
        tally.end(error(reply, body).end(isWrite: false))
        return .ok
      }
      var json = JSONScanner(body)
      let facts = AlgoFacts(&json)
      guard json.isComplete(), facts.isWhole, !facts.actual.isEmpty else { return told(command, account, tally, body) }
      // It was triggered: the real order knows what became of it.
      learn(facts, account.id)
      var real = Form()
      real.add("symbol", facts.order.symbol)
      real.add("orderId", facts.actual)
      askOrder(real, command, account, tally, client: facts.order.client, elsewhere: nil)
      return .ok
    }
  }

  /// PB_CMD_OPEN_ORDERS: the ordinary ones, then those that wait; complete when both have come.
  func queryOpenOrders(_ command: OwnedCommand, _ account: AccountState) {
    guard let form = symbolForm(command) else { return }
    let weight = form.isEmpty ? weights.allOpenOrders : weights.openOrders
    askSigned(
      .get, venue.prefix + "/openOrders", form, act: "open_orders", account, command: command.id,
      charges: venue.cost(weight)
    ) { [unowned self] reply, body in
      guard succeeded(reply, body, command.id) else { return .ok }
      var unread = 0
      let isList = eachElement(body) { json in
        let facts = OrderFacts(&json)
        guard json.isValid, facts.isWhole,
          tellListed(facts, account.id, command: command.id, client: client(of: facts, account.id))
        else { return unread += 1 }
      }
      guard isList else { return unreadable(command.id, "open orders") }
      askList(
        venue.prefix + "/openAlgoOrders", form, act: "open_orders_algo", account, command, weight: weight, PB_EV_ORDER,
        instrument: command.instrument, unread: unread
      ) { [unowned self] json in
        let facts = AlgoFacts(&json)
        guard json.isValid, facts.isWhole else { return false }
        learn(facts, account.id)
        return tellListed(facts.order, account.id, command: command.id)
      }
      return .ok
    }
  }
}
