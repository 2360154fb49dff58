import CPatchbay
import ConnectorKit
import Decimals

/// Changing an order of Binance spot, which has two ways.
///
/// "Order Amend Keep Priority" makes the quantity smaller and nothing else; the order stays the same and keeps its
/// client order id, which is sent as the new one. Everything else is "Cancel an Existing Order and Send a New Order":
/// the order is asked for first, as the venue wants the whole new order; a cancel that fails stops the exchange of the
/// two. The new order gets the same client order id and a new venue id. What had been filled is then added to the new
/// order's figures, so that they count over the order's life; and the old one's end is not told, since the order lives
/// on.
extension BinanceSpot {
  func amend(_ command: OwnedCommand, _ account: AccountState, _ tally: Tally) throws(Refusal) {
    let market = try named(command)
    guard command.price != nil || command.quantity != nil else {
      throw Refusal(.invalidOrder, "neither a new price nor a new quantity is given")
    }
    var form = Form()
    form.add("symbol", market.symbol)
    try name(command, &form)
    askSigned(
      .get, venue.prefix + Self.order, form, act: "order", account, command: tally.command, priority: .order,
      charges: venue.cost(weights.order)
    ) { [unowned self] in amend(command, account, market, tally, $0, $1) }
  }

  /// The order as it stands has come: choose the way.
  private func amend(
    _ command: OwnedCommand, _ account: AccountState, _ market: Market, _ tally: Tally, _ reply: Reply, _ body: Body
  ) -> Status {
    guard reply.isSuccess else {
      // Nothing was changed yet.
      tally.end(error(reply, body).end(isWrite: false))
      return .ok
    }
    var json = JSONScanner(body)
    let old = OrderFacts(&json)
    guard json.isComplete(), old.isWhole, let quantity = old.quantity else {
      tally.end(Tally.End(.refused, .other, "the venue's order cannot be read; nothing was changed"))
      return .parse
    }
    let current = adjusted(old)
    guard let state = current.state(.spot), [.open, .partial, .untriggered].contains(state) else {
      tell(current, account.id, command: command.id, order: command.order)
      tally.end(Tally.End(.refused, .unknownOrder, "the order is not open any more"))
      return .ok
    }
    let wanted = command.quantity.flatMap { $0.subtracting(carried(old.venue)) } ?? quantity
    let isSamePrice = command.price == nil || command.price == old.price
    if isSamePrice, wanted == quantity {
      // It is as it is wanted: to replace it would only cost its place in the queue.
      tell(current, account.id, command: command.id, order: command.order)
      tally.end(.done)
      return .ok
    }
    if keepsPriority, isSamePrice, wanted < quantity, wanted.isPositive {
      reduce(command, account, old, to: wanted, tally)
    } else {
      replace(command, account, old, current, market, tally)
    }
    return .ok
  }

  private func reduce(
    _ command: OwnedCommand, _ account: AccountState, _ old: OrderFacts, to quantity: Decimal64, _ tally: Tally
  ) {
    var form = Form()
    form.add("symbol", old.symbol)
    form.add("orderId", old.venue)
    form.add("newClientOrderId", old.client)
    form.add("newQty", quantity)
    askSigned(
      .put, venue.prefix + "/order/amend/keepPriority", form, act: "amend", account, command: tally.command,
      priority: .order, charges: venue.cost(weights.amend)
    ) { [unowned self] reply, body in
      tellAmended(command, account, nil, tally, reply, body)
    }
  }

  private func replace(
    _ command: OwnedCommand, _ account: AccountState, _ old: OrderFacts, _ current: OrderFacts, _ market: Market,
    _ tally: Tally
  ) {
    var order = command
    let type = OrderWords.type(old.type, .spot)
    let force = OrderWords.timeInForce(old.timeInForce)
    order.clientOrder = old.client
    order.fields.side = OrderWords.side(old.side).rawValue
    order.fields.type = type?.type.rawValue ?? 0
    order.fields.time_in_force = force.force?.rawValue ?? 0
    order.fields.flags = type?.isPostOnly == true ? OrderFlags.postOnly.rawValue : 0
    order.fields.price = pb_dec(command.price ?? old.price)
    order.fields.stop = pb_dec(command.stop ?? old.stop)
    // What is filled stays filled: the new order is for the rest.
    let rest = (command.quantity ?? current.quantity)?.subtracting(current.quantityFilled)
    order.fields.quantity = pb_dec(rest)
    var form: Form
    do throws(Refusal) {
      guard rest?.isPositive == true else { throw Refusal(.invalidOrder, "that much has been filled already") }
      form = try parameters(order, market)
    } catch {
      return tally.end(Tally.End(.refused, error.failure, error.text))
    }
    form.add("cancelReplaceMode", "STOP_ON_FAILURE")
    form.add("cancelOrderId", old.venue)
    form.add("newClientOrderId", old.client)
    form.add("newOrderRespType", "RESULT")
    if replacements.count >= Replacement.limit { replacements.removeFirst() }
    replacements.append(
      Replacement(account: account.id, client: old.client, old: old.venue, carried: current.quantityFilled))
    askSigned(
      .post, venue.prefix + "/order/cancelReplace", form, act: "replace", account, command: tally.command,
      priority: .order, charges: venue.orderCost(weights.place)
    ) { [unowned self] reply, body in replaced(command, account, old.venue, tally, reply, body) }
  }

  private func replaced(
    _ command: OwnedCommand, _ account: AccountState, _ old: String, _ tally: Tally, _ reply: Reply, _ body: Body
  ) -> Status {
    guard !reply.isSuccess else { return tellAmended(command, account, old, tally, reply, body) }
    let error = error(reply, body)
    let parts = readReplaceFailure(body)
    // Unless the fate of both is open, the old order's end, if it came, is to be told again.
    if parts.wasCancelled || !error.mayHaveHappened {
      replacements.removeAll { $0.old == old && $0.account == account.id }
    }
    if let cancelled = parts.cancelled {
      tell(adjusted(cancelled), account.id, command: command.id, order: command.order)
    }
    let reason =
      parts.code.isEmpty || error.mayHaveHappened
      ? error : VenueError(code: parts.code, text: parts.text, venue.errors, venueTime: out.now.venue)
    tally.end(reason.end(isWrite: true))
    return .ok
  }

  /// What a failed exchange says of its two parts: `{"code": -2021, "msg": "...", "data": {"cancelResult": "SUCCESS",
  /// "cancelResponse": {...}, "newOrderResult": "FAILURE", "newOrderResponse": {"code": -2010, "msg": "..."}}}`.
  private func readReplaceFailure(
    _ body: Body
  ) -> (wasCancelled: Bool, cancelled: OrderFacts?, code: String, text: String) {
    var result: (wasCancelled: Bool, cancelled: OrderFacts?, code: String, text: String) = (false, nil, "", "")
    var (cancel, order): (JSONMark?, JSONMark?) = (nil, nil)
    var json = JSONScanner(body)
    json.enterObject()
    while let key = json.nextKey() {
      guard key == "data", json.peek() == UInt8(ascii: "{") else { json.skip(); continue }
      json.enterObject()
      while let key = json.nextKey() {
        switch key {
        case "cancelResult": result.wasCancelled = json.string() == "SUCCESS"
        case "cancelResponse" where json.peek() == UInt8(ascii: "{"): cancel = json.mark; json.skip()
        case "newOrderResponse" where json.peek() == UInt8(ascii: "{"): order = json.mark; json.skip()
        default: json.skip()
        }
      }
    }
    guard json.isComplete() else { return (false, nil, "", "") }
    if result.wasCancelled, let cancel {
      var entry = cancel.scanner()
      let facts = OrderFacts(&entry)
      if entry.isValid, facts.isWhole { result.cancelled = facts }
    }
    if let failed = result.wasCancelled ? order : cancel {
      var entry = failed.scanner()
      entry.enterObject()
      while let key = entry.nextKey() {
        switch key {
        case "code": result.code = entry.scalar().text
        case "msg": result.text = entry.string().text
        default: entry.skip()
        }
      }
    }
    return result
  }

  /// A reply that has the order as it is now: in `amendedOrder`, or in `newOrderResponse` when it took the place of
  /// `old`.
  private func tellAmended(
    _ command: OwnedCommand, _ account: AccountState, _ old: String?, _ tally: Tally, _ reply: Reply, _ body: Body
  ) -> Status {
    guard reply.isSuccess else {
      tally.end(error(reply, body).end(isWrite: true))
      return .ok
    }
    var json = JSONScanner(body)
    var facts = OrderFacts()
    var time: Int64 = 0
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "transactTime": time = json.milliseconds()
      case "amendedOrder" where old == nil, "newOrderResponse" where old != nil:
        facts = OrderFacts(&json)
      default: json.skip()
      }
    }
    guard json.isComplete(), facts.isWhole else {
      tally.end(Tally.End(.unknown, .other, "the venue's answer to an amendment cannot be read"))
      return .parse
    }
    if facts.time == 0 { facts.time = time }
    if let place = replacements.firstIndex(where: { $0.old == old && $0.account == account.id }) {
      replacements[place].new = facts.venue
    }
    tell(adjusted(facts), account.id, command: command.id, order: command.order)
    tally.end(.done)
    return .ok
  }
}

/// A new order in the place of an old one.
struct Replacement {
  /// Most that are remembered.
  static let limit = 1000

  let account: pb_id
  let client: String
  let old: String
  /// What the old one, and those before it, had filled.
  let carried: Decimal64
  /// Empty until the venue has told it.
  var new = ""
}

extension BinanceSpot {
  /// What orders before it had filled.
  func carried(_ venue: String) -> Decimal64 { replacements.last { $0.new == venue }?.carried ?? .zero }

  /// An order's figures over the life that the host counts.
  func adjusted(_ facts: OrderFacts) -> OrderFacts {
    let carried = carried(facts.venue)
    guard !carried.isZero else { return facts }
    var result = facts
    result.filled = facts.filled.flatMap { $0.adding(carried) }
    result.quantity = facts.quantity.flatMap { $0.adding(carried) }
    (result.cost, result.average) = (nil, nil)
    return result
  }

  /// Whether an event is the end of an order that lives on as another; learns which one that is.
  func isReplaced(_ facts: OrderFacts, _ account: pb_id) -> Bool {
    if facts.status == "CANCELED" {
      return replacements.contains { $0.account == account && $0.old == facts.venue }
    }
    let place = replacements.firstIndex {
      $0.account == account && $0.new.isEmpty && $0.client == facts.client && $0.old != facts.venue
    }
    if let place { replacements[place].new = facts.venue }
    return false
  }

  /// An order has ended: what stood before it is no longer needed.
  func forgetReplacement(_ facts: OrderFacts, _ account: pb_id) {
    guard let state = facts.state(.spot), [.filled, .cancelled, .rejected, .expired].contains(state) else { return }
    replacements.removeAll { $0.account == account && $0.new == facts.venue }
  }
}
