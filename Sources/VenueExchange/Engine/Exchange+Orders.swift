import Decimals
import Matching

/// Placing, changing and ending orders.
extension Exchange {
  /// Why an order is cancelled that was not to take.
  static let postOnlyReason = "it would take"

  /// Accepts an order, matches it, and lets the rest stand or expire. What is accepted and cannot fill as it demands
  /// ends as expired; that is no refusal.
  func place(_ request: OrderRequest, at now: Int64) throws(Refusal) -> Order {
    var request = request
    let rules = markets[request.market].rules
    try check(&request, rules)
    var order = Order(
      id: nextOrder, request: request, quantity: request.quantity, price: request.price, created: now, updated: now)
    if request.type.isConditional {
      order.status = .untriggered
      if !style.isPerpetual { try reserve(&order, walk: Walk()) }
      nextOrder += 1
      keep(order)
      markets[request.market].untriggered.append(order.id)
      events.append(.order(order, .new))
      return order
    }
    let walk = try admit(&order, rules)
    nextOrder += 1
    keep(order)
    events.append(.order(order, .new))
    run(order.id, walk: walk, now)
    return orders[order.id] ?? order
  }

  /// What an order must fulfil that would trade or stand now: post-only, reduce-only, money.
  private func admit(_ order: inout Order, _ rules: Rules) throws(Refusal) -> Walk {
    let request = order.request
    let limit = order.limit
    if request.isPostOnly, markets[request.market].book.wouldTake(request.side, limit: limit) {
      if style.refusesPostOnly { throw .postOnly }
      return Walk()
    }
    if request.reduces { order.quantity = order.filled + min(order.remaining, try reducible(request)) }
    var budget: Int128?
    if let value = request.value { budget = product(of: value, rules) }
    let taker = Taker(
      owner: request.account, side: request.side, limit: limit,
      remaining: budget == nil ? order.remaining : rules.maxQuantity)
    let walk = markets[request.market].book.walk(taker, budget: budget)
    if request.value != nil { order.quantity = walk.quantity }
    if request.force == .fillOrKill, !walk.isWhole { return walk }
    try reserve(&order, walk: walk)
    return walk
  }

  /// The sum of price mantissa times quantity mantissa that a value pays for.
  private func product(of value: Amount, _ rules: Rules) -> Int128 {
    let scale = rules.priceExponent + rules.quantityExponent + 8
    return scale >= 0 ? value / Amount(powersOfTen(Int(scale))) : value * Amount(powersOfTen(Int(-scale)))
  }

  private func keep(_ order: Order) {
    orders[order.id] = order
    change(order.account) {
      $0.all.append(order.id)
      $0.live.append(order.id)
      if !order.client.isEmpty { $0.byClient[order.client, default: []].append(order.id) }
    }
  }

  /// Matches a live order that does not stand, then lets it stand or ends it.
  private func run(_ id: OrderID, walk: Walk, _ now: Int64) {
    guard let order = orders[id] else { return }
    let request = order.request
    if request.force == .fillOrKill, !walk.isWhole { return end(id, .expired, "", now) }
    if request.isPostOnly, markets[order.market].book.wouldTake(order.side, limit: order.price) {
      return end(id, .cancelled, Self.postOnlyReason, now)
    }
    var taker = Taker(
      owner: order.account, side: order.side, limit: order.limit, remaining: order.remaining)
    let clean = trade(&taker, id: id, order.market, now, request.selfTrade)
    guard var rest = orders[id], rest.isLive else { return }
    if rest.remaining == 0 { return end(id, rest.quantity == 0 ? .expired : .filled, "", now) }
    if !clean { return end(id, .expiredInMatch, "self-trade prevention", now) }
    guard request.type.hasPrice, request.force == .goodTilCancelled else { return end(id, .expired, "", now) }
    markets[order.market].book.rest(
      id, owner: order.account, side: order.side, price: order.price, quantity: rest.remaining)
    rest.working = now
    orders[id] = rest
  }

  // MARK: Changing

  /// Changes price and total quantity of a live order; `nil` keeps the old one. Less at the same price keeps its place
  /// in the queue; anything else sends it to the end, after it has traded at its new price.
  @discardableResult
  func amend(
    _ id: OrderID, price: Int64?, quantity: Int64?, postOnly: Bool = false, at now: Int64
  ) throws(Refusal) -> Order {
    guard var order = orders[id], order.isLive else { throw .unknownOrder }
    let rules = markets[order.market].rules
    var request = order.request
    (request.price, request.quantity) = (price ?? order.price, quantity ?? order.quantity)
    guard request.price != order.price || request.quantity != order.quantity else { throw .unchanged }
    try checkNumbers(request, rules)
    guard request.quantity > order.filled else { throw .quantity }
    let keepsPlace = request.price == order.price && request.quantity <= order.quantity
    let mustRest = request.isPostOnly || postOnly
    if !keepsPlace, mustRest, markets[order.market].book.wouldTake(order.side, limit: request.price) { throw .postOnly }
    let before = (ledger, positions)
    release(&order)
    (order.price, order.quantity, order.updated) = (request.price, request.quantity, now)
    order.amendments += 1
    let taker = Taker(owner: order.account, side: order.side, limit: order.price, remaining: order.remaining)
    let walk = markets[order.market].book.walk(taker)
    do throws(Refusal) {
      try reserve(&order, walk: keepsPlace ? Walk() : walk)
    } catch {
      (ledger, positions) = before
      throw error
    }
    orders[id] = order
    events.append(.order(order, .amended))
    if order.status == .untriggered { return order }
    if keepsPlace {
      _ = markets[order.market].book.reduce(id, to: order.remaining)
    } else {
      _ = markets[order.market].book.cancel(id)
      run(id, walk: walk, now)
    }
    return orders[id] ?? order
  }

  func cancel(_ id: OrderID, reason: String = "", at now: Int64) throws(Refusal) -> Order {
    guard let order = orders[id], order.isLive else { throw .unknownOrder }
    end(id, .cancelled, reason, now)
    return orders[id] ?? order
  }

  /// Ends a live order: takes it out of the book and releases what is held.
  func end(_ id: OrderID, _ status: OrderStatus, _ reason: String, _ now: Int64) {
    guard var order = orders[id], order.isLive else { return }
    _ = markets[order.market].book.cancel(id)
    stopWaiting(id, order.market)
    release(&order)
    (order.status, order.reason, order.updated) = (status, reason, now)
    orders[id] = order
    change(order.account) { state in
      if let place = state.live.firstIndex(of: id) { state.live.remove(at: place) }
    }
    let change: OrderChange =
      switch status {
      case .filled: .filled
      case .cancelled: .cancelled
      case .rejected: .rejected
      default: .expired
      }
    events.append(.order(order, change))
  }

  // MARK: Conditional orders

  func triggered(_ id: OrderID, _ now: Int64) {
    guard var order = orders[id] else { return }
    release(&order)
    order.status = .open
    order.wasTriggered = true
    order.request.type = order.request.type.hasPrice ? .limit : .market
    order.updated = now
    let rules = markets[order.market].rules
    do {
      let walk = try admit(&order, rules)
      orders[id] = order
      events.append(.order(order, .triggered))
      run(id, walk: walk, now)
    } catch {
      orders[id] = order
      end(id, .expired, "it could not be placed when its stop was reached", now)
    }
  }

  // MARK: Finding

  /// An order of an account by the venue's id, or the newest by client order id.
  func find(_ account: Participant, id: OrderID?, client: String) -> Order? {
    if let id {
      guard let order = orders[id], order.account == account else { return nil }
      return order
    }
    return state(account).byClient[client]?.last.flatMap { orders[$0] }
  }

  /// Executions of an order, oldest first.
  func fills(of order: Order) -> [Fill] {
    let place = order.account - Ledger.firstUser
    return order.fills.map { accounts[place].fills[$0] }
  }

  /// Gives a live order another client order id.
  func rename(_ id: OrderID, client: String) {
    guard let order = orders[id], order.client != client else { return }
    orders[id]?.request.client = client
    change(order.account) { $0.byClient[client, default: []].append(id) }
  }

  func hasOpen(_ account: Participant, client: String) -> Bool {
    state(account).byClient[client]?.contains { orders[$0]?.isLive == true && orders[$0]?.client == client } ?? false
  }
}
