import CPatchbay
import ConnectorKit
import Decimals

/// Orders of Binance spot. Sources: "New order", "Cancel order", "Query order", "Current open orders".
extension BinanceSpot {
  static let order = "/order"

  /// PB_CMD_PLACE, or one item of it: spot takes no batches, so each order is a request of its own.
  func place(_ command: OwnedCommand, _ account: AccountState, _ tally: Tally) throws(Refusal) {
    let market = try named(command)
    var form = try parameters(command, market)
    form.add("newClientOrderId", command.clientOrder)
    form.add("newOrderRespType", "FULL")
    askSigned(
      .post, venue.prefix + Self.order, form, act: "place", account, command: tally.command, priority: .order,
      charges: venue.orderCost(weights.place)
    ) { [unowned self] in placed(command, tally, $0, $1) }
  }

  /// What describes a new order, but for its id: the same for a replacement.
  func parameters(_ command: OwnedCommand, _ market: Market) throws(Refusal) -> Form {
    guard command.side != .none else { throw Refusal(.invalidOrder, "side must be buy or sell") }
    guard let type = command.type else { throw Refusal(.unsupported, "this order type is not offered") }
    guard OrderWords.isClientOrder(command.clientOrder) else {
      throw Refusal(.invalidOrder, "a client order id has 1 to 36 of A-Z a-z 0-9 . : / _ -")
    }
    let flags = command.flags
    guard flags.isDisjoint(with: [.reduceOnly, .close]), command.fields.position == 0 else {
      throw Refusal(.unsupported, "spot has no positions")
    }
    let isPostOnly = flags.contains(.postOnly)
    guard !isPostOnly || type == .limit && (command.timeInForce ?? .goodTilCancelled) == .goodTilCancelled else {
      throw Refusal(.unsupported, "only a limit order that is good till cancelled can be post-only")
    }
    guard !flags.contains(.byValue) || type == .market else {
      throw Refusal(.unsupported, "only a market order can be by value")
    }
    var form = Form()
    form.add("symbol", market.symbol)
    form.add("side", command.side == .buy ? "BUY" : "SELL")
    form.add("type", OrderWords.word(type, isPostOnly: isPostOnly, .spot))
    let isLimit = type == .limit || type == .stopLimit || type == .takeLimit
    if isLimit, !isPostOnly {
      guard let force = OrderWords.word(command.timeInForce ?? .goodTilCancelled) else {
        throw Refusal(.unsupported, "this time in force is not offered")
      }
      form.add("timeInForce", force)
    }
    if flags.contains(.byValue) {
      form.add("quoteOrderQty", try positive(command.value, "value"))
    } else {
      form.add("quantity", try positive(command.quantity, "quantity"))
    }
    if isLimit { form.add("price", try positive(command.price, "price")) }
    if type != .limit, type != .market { form.add("stopPrice", try positive(command.stop, "stop price")) }
    return form
  }

  /// The order with its first fills; an order that rests has none. Those are of a taker: a maker's come later.
  private func placed(_ command: OwnedCommand, _ tally: Tally, _ reply: Reply, _ body: Body) -> Status {
    guard reply.isSuccess else {
      let end = error(reply, body).end(isWrite: true)
      endPlaced(command, end, tally)
      return .ok
    }
    var json = JSONScanner(body)
    var (facts, fills) = readPlaced(&json)
    facts.complete(command, market(command.instrument))
    guard json.isComplete(), facts.isWhole else {
      tally.end(Tally.End(.unknown, .other, "the venue's answer to an order cannot be read"))
      return .parse
    }
    for index in fills.indices {
      fills[index].symbol = facts.symbol
      fills[index].venue = facts.venue
      fills[index].client = facts.client
      fills[index].side = OrderWords.side(facts.side)
      fills[index].time = facts.time
      tell(fills[index], command.account, command: command.id, order: command.order)
    }
    tell(facts, command.account, command: command.id, order: command.order)
    tally.end(.done)
    return .ok
  }

  func readPlaced(_ json: inout JSONScanner) -> (OrderFacts, [FillFacts]) {
    var facts = OrderFacts()
    var fills: [FillFacts] = []
    json.enterObject()
    while let key = json.nextKey() {
      if key == "fills" {
        json.enterArray()
        while json.nextElement() { fills.append(readFill(&json)) }
      } else if !facts.readField(key, &json) {
        json.skip()
      }
    }
    return (facts, fills)
  }

  /// `{"price": "1", "qty": "1", "commission": "0.1", "commissionAsset": "BNB", "tradeId": 57}`
  private func readFill(_ json: inout JSONScanner) -> FillFacts {
    var fill = FillFacts()
    fill.isMaker = false
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "price": fill.price = json.optionalDecimal()
      case "qty": fill.quantity = json.optionalDecimal()
      case "commission": fill.fee = json.optionalDecimal()
      case "commissionAsset": fill.feeAsset = json.string().text
      case "tradeId": fill.trade = json.scalar().text
      default: json.skip()
      }
    }
    return fill
  }

  /// PB_CMD_CANCEL, and each item of PB_CMD_CANCEL_MANY: one request per order. "Cancel all Open Orders" is never
  /// used: it would take the orders of others with it.
  func cancel(_ command: OwnedCommand, _ account: AccountState, _ tally: Tally) throws(Refusal) {
    var form = Form()
    form.add("symbol", try named(command).symbol)
    try name(command, &form)
    askSigned(
      .delete, venue.prefix + Self.order, form, act: "cancel", account, command: tally.command, priority: .cancel,
      charges: venue.cost(weights.cancel)
    ) { [unowned self] in tellOne(command, tally, $0, $1, isWrite: true) }
  }

  /// PB_CMD_ORDER.
  func queryOrder(_ command: OwnedCommand, _ account: AccountState) {
    each(command, account) { [unowned self] command, account, tally throws(Refusal) in
      var form = Form()
      form.add("symbol", try named(command).symbol)
      try name(command, &form)
      askSigned(
        .get, venue.prefix + Self.order, form, act: "order", account, command: tally.command,
        charges: venue.cost(weights.order)
      ) { [unowned self] in tellOne(command, tally, $0, $1, isWrite: false) }
    }
  }

  /// A reply that is one order.
  private func tellOne(
    _ command: OwnedCommand, _ tally: Tally, _ reply: Reply, _ body: Body, isWrite: Bool
  ) -> Status {
    guard reply.isSuccess else {
      tally.end(error(reply, body).end(isWrite: isWrite))
      return .ok
    }
    var json = JSONScanner(body)
    let facts = adjusted(OrderFacts(&json))
    guard json.isComplete(), facts.isWhole else {
      tally.end(Tally.End(.unknown, .other, "the venue's order cannot be read"))
      return .parse
    }
    tell(facts, command.account, command: command.id, order: command.order)
    tally.end(.done)
    return .ok
  }

  /// PB_CMD_OPEN_ORDERS.
  func queryOpenOrders(_ command: OwnedCommand, _ account: AccountState) {
    guard let form = symbolForm(command) else { return }
    askList(
      venue.prefix + "/openOrders", form, act: "open_orders", account, command,
      weight: form.isEmpty ? weights.allOpenOrders : weights.openOrders, PB_EV_ORDER, instrument: command.instrument
    ) { [unowned self] json in
      let facts = adjusted(OrderFacts(&json))
      guard json.isValid, facts.isWhole else { return false }
      return tellListed(facts, account.id, command: command.id)
    }
  }
}

/// A number of a command that must be there and above zero.
func positive(_ value: Decimal64?, _ name: String) throws(Refusal) -> Decimal64 {
  guard let value, value.isPositive else { throw Refusal(.invalidOrder, "the \(name) is absent or not above zero") }
  return value
}
