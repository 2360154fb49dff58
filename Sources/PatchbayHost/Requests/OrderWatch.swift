import Control
import Decimals
import JSONTree
import MarketModel
import Runtime

/// What an amendment can change.
struct AmendedTerms: Equatable, Sendable {
  let price: Decimal64?
  let quantity: Decimal64?

  init(_ order: TrackedOrder) { (price, quantity) = (order.price, order.quantity) }
}

/// Waits until orders are where a client wants to see them, or for so long, and answers. Looks at them at intervals:
/// nothing is hooked into the path of orders.
package struct OrderWatch: Sendable {
  package let call: ControlCall
  package let host: RunningHost
  package let targets: [(desk: TradeDesk, order: OrderID)]
  /// On the lane: whether an order has got there. Given the lane's time.
  package let isThere: @Sendable (TrackedOrder, Times) -> Bool
  /// Monotonic; then the answer is given as things are.
  package var deadline: Int64
  /// Answers with the orders, and whether all got there.
  package let answer: @Sendable ([JSONValue], Bool) -> Void

  private static let interval: Int64 = 5_000_000
  /// An order that can fill at once is given so long after it was seen open.
  package static let moment: Int64 = 200_000_000
  /// What most wait for, in milliseconds.
  package static let usualWait = 10_000

  /// Whether what becomes of a new order is known: it has ended with all its fills, or rests in the book.
  package static func isKnown(_ order: TrackedOrder, _ times: Times) -> Bool {
    if order.state.isTerminal { return order.hasAllFills }
    let rests = order.draft.type != .market && order.draft.timeInForce != .immediateOrCancel
      && order.draft.timeInForce != .fillOrKill
    let isSeen = order.state == .open || order.state == .partiallyFilled
    return rests && isSeen && times.mono - order.changed >= moment
  }

  package static func hasEnded(_ order: TrackedOrder, _ times: Times) -> Bool {
    order.state.isTerminal && order.hasAllFills
  }

  /// Whether an amendment that the venue has answered shows: it has ended, differs from before, or has had its moment.
  /// - Parameter told: when the venue answered; monotonic.
  static func isChanged(
    from before: AmendedTerms?, told: Int64
  ) -> @Sendable (TrackedOrder, Times) -> Bool {
    { order, times in
      order.state.isTerminal || before.map { $0 != AmendedTerms(order) } ?? true || times.mono - told >= moment
    }
  }

  /// Begins to look.
  package func begin() {
    guard !targets.isEmpty else { return answer([], true) }
    look()
  }

  private func look() {
    let desks = host.desks.filter { desk in targets.contains { $0.desk === desk } }
    DeskChoice.copies(call, host, desks) { [self] desk, _ in
      let times = desk.session.times
      return Look(
        orders: targets.filter { $0.desk === desk }.map { target in
          guard let order = desk.trader.orders[target.order] else {
            return (["order": StatusText.number(target.order.rawValue), "state": "forgotten"], true)
          }
          return (OrderCopies.order(order, desk), isThere(order, times))
        }, isLate: times.mono >= deadline)
    } then: { [self] found in
      let orders = found.flatMap(\.copy.orders)
      let areThere = orders.allSatisfy(\.isThere)
      if areThere || found.contains(where: \.copy.isLate) { return answer(orders.map(\.json), areThere) }
      call.submit(after: Self.interval) { look() }
    }
  }

  private struct Look: Sendable {
    var orders: [(json: JSONValue, isThere: Bool)]
    var isLate: Bool
  }
}
