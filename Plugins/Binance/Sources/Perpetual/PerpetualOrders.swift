import CPatchbay
import ConnectorKit
import Decimals

/// Orders of Binance futures. Sources: "New Order", "Place Multiple Orders", "Modify Order", "Modify Multiple Orders",
/// "Cancel Order", "Cancel Multiple Orders", "Query Order", "Current All Open Orders" of the USDⓈ-M futures
/// documentation. Orders with a trigger price are another service's; see Algo.swift.
extension BinancePerpetual {
  static let order = "/order"
  static let batch = "/batchOrders"
  /// "batchOrders: max 5 orders"; a cancel takes a list of at most ten ids.
  static let placedTogether = 5
  static let cancelledTogether = 10

  /// One order of a batch, with the parameters that describe it.
  struct Part {
    let command: OwnedCommand
    let fields: [(name: String, value: String)]
  }

  /// PB_CMD_PLACE: one order by itself, several as batches of five.
  func placeAll(_ command: OwnedCommand, _ account: AccountState) {
    let parts = command.parts
    let tally = Tally(command.id, of: parts.count, out: out)
    var plain: [Part] = []
    for part in parts {
      do throws(Refusal) {
        guard part.account == account.id else { throw Refusal(.invalidOrder, "a batch is of one account") }
        let market = try named(part)
        if isConditional(part.type) {
          placeAlgo(part, try algoParameters(part, market), account, tally)
        } else {
          plain.append(Part(command: part, fields: try parameters(part, market)))
        }
      } catch {
        endPlaced(part, Tally.End(.refused, error.failure, error.text), tally)
      }
    }
    sendParts(.post, plain, act: "place", account, tally)
  }

  /// What describes a new order. Positions of both directions (hedge mode) are named by `positionSide`; `reduceOnly`
  /// cannot be sent then, as an order against its leg can only reduce it.
  func parameters(_ command: OwnedCommand, _ market: Market) throws(Refusal) -> [(name: String, value: String)] {
    guard let type = command.type else { throw Refusal(.unsupported, "this order type is not offered") }
    guard !command.flags.contains(.byValue) else { throw Refusal(.unsupported, "orders are by quantity here") }
    var fields = try head(command, market, type)
    if let force = try timeInForce(command, type) { fields.append(("timeInForce", force)) }
    fields.append(("quantity", try positive(command.quantity, "quantity").plain))
    if type == .limit { fields.append(("price", try positive(command.price, "price").plain)) }
    if try reduces(command) { fields.append(("reduceOnly", "true")) }
    fields.append(("newClientOrderId", command.clientOrder))
    fields.append(("newOrderRespType", "RESULT"))
    return fields
  }

  /// What orders of both services begin with.
  func head(
    _ command: OwnedCommand, _ market: Market, _ type: OrderType
  ) throws(Refusal) -> [(name: String, value: String)] {
    guard command.side != .none else { throw Refusal(.invalidOrder, "side must be buy or sell") }
    guard OrderWords.isClientOrder(command.clientOrder) else {
      throw Refusal(.invalidOrder, "a client order id has 1 to 36 of A-Z a-z 0-9 . : / _ -")
    }
    var fields: [(name: String, value: String)] = [
      ("symbol", market.symbol), ("side", command.side == .buy ? "BUY" : "SELL"),
    ]
    if let leg = OrderWords.positionSide(command.fields.position) { fields.append(("positionSide", leg)) }
    fields.append(("type", OrderWords.word(type, isPostOnly: command.flags.contains(.postOnly), .perpetual)))
    return fields
  }

  /// Post-only is a time in force here: GTX.
  func timeInForce(_ command: OwnedCommand, _ type: OrderType) throws(Refusal) -> String? {
    let isLimit = type == .limit || type == .stopLimit || type == .takeLimit
    let force = command.timeInForce ?? .goodTilCancelled
    if command.flags.contains(.postOnly) {
      guard isLimit, force == .goodTilCancelled else {
        throw Refusal(.unsupported, "only a limit order that is good till cancelled can be post-only")
      }
      return "GTX"
    }
    guard isLimit else { return nil }
    guard let word = OrderWords.word(force) else { throw Refusal(.unsupported, "this time in force is not offered") }
    return word
  }

  /// Whether an order says that it may only reduce.
  func reduces(_ command: OwnedCommand) throws(Refusal) -> Bool {
    guard !command.flags.isDisjoint(with: [.reduceOnly, .close]) else { return false }
    switch Int(command.fields.position) {
    case PB_POSITION_LONG where command.side == .sell, PB_POSITION_SHORT where command.side == .buy: return false
    case PB_POSITION_NET: return true
    default: throw Refusal(.reduceOnly, "an order on the side of its leg cannot reduce it")
    }
  }

  /// PB_CMD_AMEND. The venue wants side, quantity and price together; what the command leaves out is asked for first.
  func amendAll(_ command: OwnedCommand, _ account: AccountState) {
    let parts = command.parts
    let tally = Tally(command.id, of: parts.count, out: out)
    var whole: [Part] = []
    for part in parts {
      do throws(Refusal) {
        guard part.account == account.id else { throw Refusal(.invalidOrder, "a batch is of one account") }
        let market = try named(part)
        guard algo(part, account.id) == nil else {
          throw Refusal(.unsupported, "a conditional order cannot be changed; cancel it and place a new one")
        }
        guard part.price != nil || part.quantity != nil else {
          throw Refusal(.invalidOrder, "neither a new price nor a new quantity is given")
        }
        if part.side != .none, part.price != nil, part.quantity != nil {
          whole.append(Part(command: part, fields: try amendment(part, market)))
        } else {
          try complete(part, market, account, tally)
        }
      } catch {
        tally.end(Tally.End(.refused, error.failure, error.text))
      }
    }
    sendParts(.put, whole, act: "amend", account, tally)
  }

  private func amendment(_ command: OwnedCommand, _ market: Market) throws(Refusal) -> [(name: String, value: String)] {
    var fields = try id(command)
    fields.append(("symbol", market.symbol))
    fields.append(("side", command.side == .buy ? "BUY" : "SELL"))
    fields.append(("quantity", try positive(command.quantity, "quantity").plain))
    fields.append(("price", try positive(command.price, "price").plain))
    return fields
  }

  private func complete(
    _ command: OwnedCommand, _ market: Market, _ account: AccountState, _ tally: Tally
  ) throws(Refusal) {
    var form = Form()
    form.add("symbol", market.symbol)
    try name(command, &form)
    askSigned(
      .get, venue.prefix + Self.order, form, act: "order", account, command: tally.command, priority: .order,
      charges: venue.cost(weights.order)
    ) { [unowned self] reply, body in
      guard reply.isSuccess else {
        tally.end(error(reply, body).end(isWrite: false))
        return .ok
      }
      var json = JSONScanner(body)
      let old = OrderFacts(&json)
      guard json.isComplete(), old.isWhole else {
        tally.end(Tally.End(.refused, .other, "the venue's order cannot be read; nothing was changed"))
        return .parse
      }
      var part = command
      part.fields.side = OrderWords.side(old.side).rawValue
      part.fields.price = pb_dec(command.price ?? old.price)
      part.fields.quantity = pb_dec(command.quantity ?? old.quantity)
      do throws(Refusal) {
        sendParts(
          .put, [Part(command: part, fields: try amendment(part, market))], act: "amend", account, tally)
      } catch {
        tally.end(Tally.End(.refused, error.failure, error.text))
      }
      return .ok
    }
  }

  /// How a request names an order.
  private func id(_ command: OwnedCommand) throws(Refusal) -> [(name: String, value: String)] {
    if isNumber(command.venueOrder) { return [("orderId", command.venueOrder)] }
    guard OrderWords.isClientOrder(command.clientOrder) else {
      throw Refusal(.unknownOrder, "neither a venue order id nor a client order id of this venue is given")
    }
    return [("origClientOrderId", command.clientOrder)]
  }

  func isNumber(_ text: String) -> Bool { !text.isEmpty && text.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } }

  // MARK: Sending

  /// Sends new orders or changes: one by itself, several together.
  private func sendParts(_ method: Method, _ parts: [Part], act: String, _ account: AccountState, _ tally: Tally) {
    var rest = parts[...]
    while !rest.isEmpty {
      let some = Array(rest.prefix(Self.placedTogether))
      rest = rest.dropFirst(some.count)
      var form = Form()
      guard some.count == 1 else {
        form.add("batchOrders", "[" + some.map { object($0.fields) }.joined(separator: ",") + "]")
        askSigned(
          method, venue.prefix + Self.batch, form, act: act + "_batch", account, command: tally.command,
          priority: .order, charges: venue.orderCost(5, count: some.count)
        ) { [unowned self] in ended(some.map(\.command), tally, $0, $1) }
        continue
      }
      for field in some[0].fields { form.add(field.name, field.value) }
      askSigned(
        method, venue.prefix + Self.order, form, act: act, account, command: tally.command, priority: .order,
        charges: venue.orderCost(method == .post ? weights.place : weights.amend)
      ) { [unowned self] in ended(some[0].command, tally, $0, $1) }
    }
  }

  /// Names and values need no escapes: they are of letters, digits and the signs of a client order id.
  private func object(_ fields: [(name: String, value: String)]) -> String {
    "{" + fields.map { "\"\($0.name)\":\"\($0.value)\"" }.joined(separator: ",") + "}"
  }

  /// The answer to one order.
  private func ended(_ command: OwnedCommand, _ tally: Tally, _ reply: Reply, _ body: Body) -> Status {
    guard reply.isSuccess else {
      fail(command, error(reply, body), tally)
      return .ok
    }
    var json = JSONScanner(body)
    var facts = OrderFacts(&json)
    facts.complete(command, market(command.instrument))
    guard json.isComplete(), facts.isWhole else {
      tally.end(Tally.End(.unknown, .other, "the venue's answer to an order cannot be read"))
      return .parse
    }
    tell(facts, command.account, command: command.id, order: command.order)
    tally.end(.done)
    return .ok
  }

  private func fail(_ command: OwnedCommand, _ error: VenueError, _ tally: Tally) {
    let end = error.end(isWrite: true)
    if command.verb == .place || command.verb == nil { endPlaced(command, end, tally) } else { tally.end(end) }
  }

  /// The answer to a batch: for each order in turn the order, or `{"code": -2022, "msg": "..."}`.
  private func ended(_ commands: [OwnedCommand], _ tally: Tally, _ reply: Reply, _ body: Body) -> Status {
    guard reply.isSuccess else {
      let error = error(reply, body)
      for command in commands { fail(command, error, tally) }
      return .ok
    }
    var next = 0
    let isList = eachElement(body) { json in
      guard next < commands.count else { return }
      let command = commands[next]
      next += 1
      let mark = json.mark
      var failed = mark.scanner()
      let (code, text) = readCode(&failed)
      if !code.isEmpty, code != "200" {
        return fail(command, VenueError(code: code, text: text, venue.errors, venueTime: out.now.venue), tally)
      }
      var facts = OrderFacts(&json)
      facts.complete(command, market(command.instrument))
      guard json.isValid, facts.isWhole else {
        return tally.end(Tally.End(.unknown, .other, "the venue's answer to an order cannot be read"))
      }
      tell(facts, command.account, command: command.id, order: command.order)
      tally.end(.done)
    }
    let missing = commands.count - next
    if missing > 0 { tally.end(Tally.End(.unknown, .other, "the venue's answer to a batch is short"), count: missing) }
    return isList ? .ok : .parse
  }

  func readCode(_ json: inout JSONScanner) -> (code: String, text: String) {
    var (code, text) = ("", "")
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "code": code = json.scalar().text
      case "msg": text = json.string().text
      default: json.skip()
      }
    }
    return (code, text)
  }

  // MARK: Cancelling

  /// PB_CMD_CANCEL and PB_CMD_CANCEL_MANY: one order by itself, those of one symbol ten at a time. "Cancel All Open
  /// Orders" is never used: it would take the orders of others with it.
  func cancelAll(_ command: OwnedCommand, _ account: AccountState) {
    let parts = command.parts
    let tally = Tally(command.id, of: parts.count, out: out)
    var groups: [(market: Market, byClient: Bool, commands: [OwnedCommand])] = []
    for part in parts {
      do throws(Refusal) {
        guard part.account == account.id else { throw Refusal(.invalidOrder, "a batch is of one account") }
        let market = try named(part)
        if isConditional(part.type) || algo(part, account.id) != nil {
          try cancelAlgo(part, account, tally)
          continue
        }
        let byClient = try id(part)[0].name == "origClientOrderId"
        if let place = groups.firstIndex(where: { $0.market === market && $0.byClient == byClient }) {
          groups[place].commands.append(part)
        } else {
          groups.append((market, byClient, [part]))
        }
      } catch {
        tally.end(Tally.End(.refused, error.failure, error.text))
      }
    }
    for group in groups { cancel(group.commands, group.market, byClient: group.byClient, account, tally) }
  }

  private func cancel(
    _ commands: [OwnedCommand], _ market: Market, byClient: Bool, _ account: AccountState, _ tally: Tally
  ) {
    var rest = commands[...]
    while !rest.isEmpty {
      let some = Array(rest.prefix(Self.cancelledTogether))
      rest = rest.dropFirst(some.count)
      var form = Form()
      form.add("symbol", market.symbol)
      if some.count == 1 {
        form.add(byClient ? "origClientOrderId" : "orderId", byClient ? some[0].clientOrder : some[0].venueOrder)
      } else if byClient {
        form.add("origClientOrderIdList", "[" + some.map { "\"\($0.clientOrder)\"" }.joined(separator: ",") + "]")
      } else {
        form.add("orderIdList", "[" + some.map(\.venueOrder).joined(separator: ",") + "]")
      }
      let isOne = some.count == 1
      askSigned(
        .delete, venue.prefix + (isOne ? Self.order : Self.batch), form, act: isOne ? "cancel" : "cancel_batch",
        account, command: tally.command, priority: .cancel, charges: venue.cost(weights.cancel)
      ) { [unowned self] reply, body in
        if isOne, isNotFound(reply, body), hasName(some[0]) { return cancelElsewhere(some[0], account, tally) }
        return isOne ? ended(some[0], tally, reply, body) : ended(some, tally, reply, body)
      }
    }
  }
}
