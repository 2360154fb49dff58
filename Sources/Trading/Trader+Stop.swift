import Decimals
import MarketModel
import Runtime

/// What became of an order when trading was stopped.
public struct StopReport: Equatable, Sendable {
  public var order: OrderID
  public var state: OrderState
  /// Its end is known. Else the venue has not said by the deadline, and `reason` says what is known.
  public var isEnded: Bool
  public var reason: String
}

/// A stop that is under way.
struct StopOrder {
  let deadline: Int64
  var orders: [OrderID]
  /// How many of them, in order, are known to have ended.
  var ended = 0
  let completion: ([StopReport]) -> Void
}

/// Stopping orders, by hand or by a loss.
extension Trader {
  /// Takes no new orders from now on; what has not left never will. Amendments are refused too, cancels are not.
  public func halt(_ reason: String, cancelAll: Bool = false) {
    if haltReason == nil {
      haltReason = reason
      emit(.halted(reason))
    }
    if cancelAll { cancel(open.sorted()) }
    work()
  }

  /// Takes orders again, but not while a stop is under way. A loss limit counts from now on.
  public func resume() {
    guard stopping == nil else { return }
    haltReason = nil
    forgiveLoss()
    work()
  }

  /// Stops new orders, then cancels every open one of this trader and no other.
  /// - Parameters:
  ///   - deadline: monotonic; then the report is given whatever is still open.
  ///   - completion: called once, with one report for each order that was open, in the order of their ids.
  public func stop(by deadline: Int64, completion: @escaping ([StopReport]) -> Void) {
    let orders = open.sorted()
    if let stopping { finish(stopping) }
    stopping = StopOrder(deadline: deadline, orders: orders, completion: completion)
    halt("the trader is stopping")
    cancel(orders)
    work()
  }

  /// Reports when every order has ended, or at the deadline.
  func checkStop() {
    guard var stopping else { return }
    // Each order is looked at once, unless one comes back to life.
    while stopping.ended < stopping.orders.count, hasEnded(stopping.orders[stopping.ended]) { stopping.ended += 1 }
    self.stopping = stopping
    if stopping.ended == stopping.orders.count || stopping.deadline <= now { finish(stopping) }
  }

  /// An order that comes back to life while trading stops is stopped too.
  func cancelWhenStopping(_ life: OrderLife) {
    guard var stopping else { return }
    if !stopping.orders.contains(life.id) { stopping.orders.append(life.id) }
    stopping.ended = 0
    self.stopping = stopping
    want(cancelOf: life)
  }

  private func hasEnded(_ id: OrderID) -> Bool {
    guard let life = lives[id] else { return true }
    return !open.contains(id) && (life.toldEnd || life.isLost)
  }

  /// Orders whose end, with all fills, is not known, and those that the venue does not know while they are kept in
  /// mind: any of them may still be open there.
  public var unsettledCount: Int {
    lives.values.count { open.contains($0.id) || !$0.toldEnd || $0.isLost }
  }

  private func finish(_ stopping: StopOrder) {
    self.stopping = nil
    stopping.completion(
      stopping.orders.map { id in
        guard let order = orders[id] else {
          return StopReport(order: id, state: .cancelled, isEnded: true, reason: "")
        }
        let isEnded = order.state.isTerminal && order.state != .lost
        let reason = isEnded ? order.reason : doubt(order)
        return StopReport(order: id, state: order.state, isEnded: isEnded, reason: reason)
      })
  }

  private func doubt(_ order: TrackedOrder) -> String {
    switch order.state {
    case .pendingCreate: "its placing has not been answered"
    case .unknown: "whether the venue has it is not known"
    case .lost: "the venue says that it does not know it"
    case .pendingCancel: "its cancel has not been confirmed"
    default: order.reason.isEmpty ? "it is still open" : order.reason
    }
  }
}
