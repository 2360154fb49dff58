import ConnectorKit
import Matching

/// Stop and take-profit orders: they wait beside the book, and are placed when their trigger is reached. See `Trigger`
/// for the engine's part.
extension Exchange {
  /// Accepts a conditional order. Spot sets its money aside at once; of perpetuals, margin is looked at when it goes.
  func wait(_ request: OrderRequest, at now: Int64) throws(Refusal) -> OrderID {
    if request.trigger?.source == .mark, !isPerpetual { throw Refusal(.unsupported, "spot has no mark price") }
    if request.reduceOnly, !isPerpetual { throw Refusal(.unsupported, "spot has no reduce-only orders") }
    if let trigger = request.trigger, isReached(trigger, request.side, request.market) {
      throw Refusal(.invalidOrder, "the trigger price is reached already")
    }
    var order = Order(id: nextOrder, request: request, price: request.price, quantity: request.quantity, time: now)
    order.state = .untriggered
    if !isPerpetual { try admit(&order, walk: Walk()) }
    nextOrder += 1
    keep(order)
    events.append(.order(order))
    return order.id
  }

  func amendWaiting(_ order: Order, price: Int64, quantity: Int64, at now: Int64) throws(Refusal) {
    var order = order
    let before = ledger
    releaseAll(&order)
    (order.price, order.quantity, order.time) = (price, quantity, now)
    if !isPerpetual {
      do {
        try admit(&order, walk: Walk())
      } catch {
        ledger = before
        throw error
      }
    }
    orders[order.id] = order
    noteHold(order)
    events.append(.order(order))
  }

  /// Its trigger was reached: it is placed like any other order. What could not be placed now is cancelled.
  func triggered(_ id: OrderID, _ now: Int64) {
    guard var order = orders[id] else { return }
    releaseAll(&order)
    (order.state, order.time) = (.open, now)
    noteHold(order)
    orders[id] = order
    enter(id, at: now)
  }

  /// Places an order that is kept and stands nowhere: one whose trigger was reached, or one of an earlier run.
  func enter(_ id: OrderID, at now: Int64) {
    guard var order = orders[id] else { return }
    let request = order.request
    if request.reduceOnly {
      guard let most = reducible(order.account, order.market, leg: 0, order.side) else {
        return end(id, .cancelled, "there is no position that it would reduce", now)
      }
      order.quantity = order.filled + min(order.remaining, most)
    }
    if request.postOnly, markets[order.market].book.wouldTake(order.side, limit: order.limit) {
      return end(id, .cancelled, "the post-only order would trade at once", now)
    }
    let taker = Taker(owner: order.account, side: order.side, limit: order.limit, remaining: order.remaining)
    let walk = markets[order.market].book.walk(taker)
    if request.timeInForce == .fillOrKill, !walk.isWhole { return end(id, .expired, Self.fillOrKillReason, now) }
    do {
      try admit(&order, walk: walk)
    } catch {
      return end(id, .cancelled, error.text, now)
    }
    orders[id] = order
    run(id, expires: request.isMarket || request.timeInForce == .immediateOrCancel, now)
  }
}
