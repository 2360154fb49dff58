import ConnectorKit
import Matching

/// Placing, amending and cancelling orders.
extension Exchange {
  /// Accepts an order, matches it, and lets the rest stand or expire.
  ///
  /// Self-trade prevention cancels the incoming order's rest. A market order is never left standing. An order that is
  /// accepted but cannot fill as it demands (fill-or-kill, immediate-or-cancel, an empty book) ends as expired; that is
  /// no refusal.
  func place(_ request: OrderRequest, at now: Int64) throws(Refusal) -> OrderID {
    guard markets.indices.contains(request.market) else { throw Refusal(.unknownInstrument, "no such instrument") }
    let rules = markets[request.market].rules
    let limit = request.isMarket ? nil : request.price
    var quantity = request.quantity
    if !request.clientOrder.isEmpty, accounts[request.account].byClientOrder[request.clientOrder] != nil {
      throw Refusal(.invalidOrder, "client order id \(request.clientOrder) is already in use")
    }
    try rules.check(request)
    if request.trigger != nil { return try wait(request, at: now) }
    if request.reduceOnly { quantity = min(quantity, try reducible(request)) }
    if request.postOnly, markets[request.market].book.wouldTake(request.side, limit: limit) {
      throw Refusal(.postOnly, "the post-only order would trade at once")
    }
    let budget = request.value.map { $0 / rules.valueScale }
    let incoming = Taker(
      owner: request.account, side: request.side, limit: limit, remaining: budget == nil ? quantity : rules.maxQuantity)
    let walk = markets[request.market].book.walk(incoming, budget: budget)
    if budget != nil {
      quantity = walk.quantity
      if quantity == 0 { throw Refusal(.invalidOrder, "the value buys less than one lot, or the book is empty") }
    }
    if request.isMarket, !request.reduceOnly, walk.isWhole, walk.value * rules.valueScale < rules.minNotional {
      throw Refusal(.invalidOrder, "the order's value is below the minimum notional")
    }
    var order = Order(id: nextOrder, request: request, price: request.price, quantity: quantity, time: now)
    let dies = request.timeInForce == .fillOrKill && !walk.isWhole
    if !dies { try admit(&order, walk: walk) }
    nextOrder += 1
    keep(order)
    if dies {
      end(order.id, .expired, Self.fillOrKillReason, now)
    } else {
      let isShort = budget != nil && !walk.isWhole
      run(order.id, expires: request.isMarket || request.timeInForce == .immediateOrCancel, isShort: isShort, now)
    }
    return order.id
  }

  static let fillOrKillReason = "fill-or-kill order could not be filled whole"

  func keep(_ order: Order) {
    orders[order.id] = order
    accounts[order.account].live.append(order.id)
    let client = order.request.clientOrder
    if !client.isEmpty { accounts[order.account].byClientOrder[client] = order.id }
    if order.trigger != nil { markets[order.market].untriggered.append(order.id) }
  }

  /// Matches a live order that does not rest, then lets it rest or ends it.
  func run(_ id: OrderID, expires: Bool, isShort: Bool = false, _ now: Int64) {
    guard let order = orders[id] else { return }
    var taker = Taker(
      owner: order.account, side: order.side, limit: order.limit, remaining: order.remaining)
    let clean = trade(&taker, id: id, order.market, now)
    guard var rest = orders[id] else { return }
    if rest.remaining == 0 {
      return end(id, isShort ? .expired : .filled, isShort ? "the book is exhausted" : "", now)
    }
    if !clean { return end(id, .expired, "self-trade prevention: the incoming order ends", now) }
    if expires { return end(id, .expired, "", now) }
    markets[order.market].book.rest(
      id, owner: order.account, side: order.side, price: order.price, quantity: rest.remaining)
    rest.time = now
    orders[id] = rest
    events.append(.order(rest))
  }

  /// Changes price and total quantity of a live order; `nil` keeps the old one. Less quantity at the same price keeps
  /// the order's priority; anything else sends it to the end of the queue, after it has traded at its new price.
  func amend(_ id: OrderID, price: Int64?, quantity: Int64?, at now: Int64) throws(Refusal) {
    guard var order = orders[id] else { throw Refusal(.unknownOrder, "the order is not open") }
    let rules = markets[order.market].rules
    let newPrice = price ?? order.price
    var newQuantity = quantity ?? order.quantity
    var request = order.request
    (request.price, request.quantity) = (newPrice, newQuantity)
    try rules.check(request)
    if request.reduceOnly, order.trigger == nil {
      newQuantity = min(newQuantity, order.filled + (try reducible(request)))
    }
    guard newQuantity > order.filled else { throw Refusal(.invalidOrder, "the new quantity is already filled") }
    if order.trigger != nil { return try amendWaiting(order, price: newPrice, quantity: newQuantity, at: now) }
    if newPrice == order.price, newQuantity <= order.quantity {
      unhold(&order, order.quantity - newQuantity, at: order.price)
      order.quantity = newQuantity
      order.time = now
      _ = markets[order.market].book.reduce(id, to: order.remaining)
      orders[id] = order
      noteHold(order)
      events.append(.order(order))
      return
    }
    if request.postOnly, markets[order.market].book.wouldTake(order.side, limit: newPrice) {
      throw Refusal(.postOnly, "the post-only order would trade at once")
    }
    let before = (ledger, positions)
    unhold(&order, order.remaining, at: order.price)
    (order.price, order.quantity) = (newPrice, newQuantity)
    let incoming = Taker(owner: order.account, side: order.side, limit: newPrice, remaining: order.remaining)
    do {
      try admit(&order, walk: markets[order.market].book.walk(incoming))
    } catch {
      (ledger, positions) = before
      throw error
    }
    _ = markets[order.market].book.cancel(id)
    orders[id] = order
    run(id, expires: false, now)
  }

  func cancel(_ id: OrderID, at now: Int64) throws(Refusal) {
    guard orders[id] != nil else { throw Refusal(.unknownOrder, "the order is not open") }
    end(id, .cancelled, "", now)
  }

  /// Ends the orders whose date has come. O(live orders).
  func expire(at now: Int64) {
    let due = orders.values.filter { $0.request.expiry != 0 && $0.request.expiry <= now }
    for order in due.sorted(by: { $0.id < $1.id }) { end(order.id, .expired, "its date has come", now) }
  }

  /// Ends a live order: takes it out of the book, releases what is held, remembers it.
  func end(_ id: OrderID, _ state: OrderState, _ reason: String, _ now: Int64) {
    guard var order = orders.removeValue(forKey: id) else { return }
    _ = markets[order.market].book.cancel(id)
    stopWaiting(id, order.market)
    releaseAll(&order)
    (order.state, order.reason, order.time) = (state, reason, now)
    noteHold(order)
    let account = order.account
    if let index = accounts[account].live.firstIndex(of: id) { accounts[account].live.remove(at: index) }
    accounts[account].byClientOrder[order.request.clientOrder] = nil
    accounts[account].ended.append(order)
    if accounts[account].ended.count > AccountOrders.historyLimit {
      accounts[account].ended.removeFirst(AccountOrders.historyLimit / 10)
    }
    events.append(.order(order))
  }

  /// An order of an account, live or remembered: by the venue's id, else by client order id, else by the host's id.
  func find(_ account: Participant, id: OrderID?, clientOrder: String, hostOrder: UInt64 = 0) -> Order? {
    let records = accounts[account]
    if let id {
      if let order = orders[id] { return order.account == account ? order : nil }
      return records.ended.last { $0.id == id }
    }
    if !clientOrder.isEmpty {
      if let live = records.byClientOrder[clientOrder] { return orders[live] }
      return records.ended.last { $0.request.clientOrder == clientOrder }
    }
    guard hostOrder != 0 else { return nil }
    for live in records.live {
      if let order = orders[live], order.request.hostOrder == hostOrder { return order }
    }
    return records.ended.last { $0.request.hostOrder == hostOrder }
  }
}

extension Market {
  /// Checks what does not depend on the state of the market.
  func check(_ request: OrderRequest) throws(Refusal) {
    if request.postOnly, request.isMarket || ![.goodTilCancelled, .goodTilDate].contains(request.timeInForce) {
      throw Refusal(.invalidOrder, "post-only needs a limit order that may rest")
    }
    if let value = request.value {
      guard request.isMarket, request.timeInForce != .fillOrKill, !request.reduceOnly, request.trigger == nil else {
        throw Refusal(.invalidOrder, "an order by value is a plain market order")
      }
      guard takes(value: value) else {
        throw Refusal(.invalidOrder, "the order's value is below the minimum notional")
      }
      return
    }
    guard takes(quantity: request.quantity) else {
      throw Refusal(.invalidOrder, "the quantity is outside its limits or no multiple of the lot")
    }
    let prices = (request.isMarket ? [] : [request.price]) + (request.trigger.map { [$0.price] } ?? [])
    for price in prices {
      guard takes(price: price), price >= minPrice, price <= maxPrice else {
        throw Refusal(.invalidOrder, "the price is outside its limits or no multiple of the tick")
      }
    }
    guard let price = prices.first else { return }
    guard request.reduceOnly || self.value(price: price, quantity: request.quantity) >= minNotional else {
      throw Refusal(.invalidOrder, "the order's value is below the minimum notional")
    }
  }
}
