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
  let completion: ([StopReport]) -> Void
  /// All that it is about.
  private(set) var orders: Set<OrderID> = []
  /// Those whose end is not known; the last is looked at next.
  private var pending: [OrderID] = []
  private var isPending: Set<OrderID> = []

  /// - Parameters:
  ///   - deadline: monotonic.
  ///   - orders: open ones, by id.
  init(deadline: Int64, _ orders: [OrderID], completion: @escaping ([StopReport]) -> Void) {
    self.deadline = deadline
    self.completion = completion
    for order in orders.reversed() { add(order) }
  }

  /// Takes in an order that lives, or lives again. Constant time, however often.
  mutating func add(_ order: OrderID) {
    orders.insert(order)
    if isPending.insert(order).inserted { pending.append(order) }
  }

  /// Looks at each order until one has not ended.
  /// - Returns: whether all have.
  mutating func settle(_ hasEnded: (OrderID) -> Bool) -> Bool {
    while let order = pending.last, hasEnded(order) {
      pending.removeLast()
      isPending.remove(order)
    }
    return pending.isEmpty
  }
}

/// Stopping orders, by hand or by a loss.
extension Trader {
  /// Takes no new orders from now on; what has not left never will. Amendments are refused too, cancels are not.
  public func halt(_ reason: String, cancelAll: Bool = false) {
    if haltReason == nil {
      haltReason = reason
      emit(.halted(reason))
    }
    if cancelAll { cancel(open.sorted()) } else { work() }
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
    stopping = StopOrder(deadline: deadline, orders, completion: completion)
    halt("the trader is stopping")
    cancel(orders)
  }

  /// Reports when every order has ended, at the deadline, or when nothing more can be heard of them.
  func checkStop() {
    guard let deadline = stopping?.deadline else { return }
    let isOver = stopping?.settle(hasEnded) ?? false
    guard isOver || hasPathEnded || deadline <= now, let stopping else { return }
    finish(stopping)
  }

  /// An order that comes back to life while trading stops is stopped too.
  func cancelWhenStopping(_ life: OrderLife) {
    guard stopping != nil else { return }
    stopping?.add(life.id)
    want(cancelOf: life)
  }

  private func hasEnded(_ id: OrderID) -> Bool {
    guard let life = lives[id] else { return true }
    return !open.contains(id) && (life.hasReportedEnd || life.isLost)
  }

  /// Orders whose end, with all fills, is not known, and those that the venue does not know while they are kept in
  /// mind: any of them may still be open there.
  public var unsettledCount: Int {
    lives.values.count { open.contains($0.id) || !$0.hasReportedEnd || $0.isLost }
  }

  private func finish(_ stopping: StopOrder) {
    self.stopping = nil
    stopping.completion(
      stopping.orders.sorted().map { id in
        guard let order = orders[id] else {
          return StopReport(order: id, state: .cancelled, isEnded: true, reason: "")
        }
        let isEnded = order.state.isTerminal && order.state != .lost
        let reason = isEnded ? order.reason : doubt(order)
        return StopReport(order: id, state: order.state, isEnded: isEnded, reason: reason)
      })
  }

  /// What is not known of an order that has not ended, or was given up.
  func doubt(_ order: TrackedOrder) -> String {
    switch order.state {
    case .pendingCreate: "its placing has not been answered"
    case .unknown where order.isDoubted: "what is said of it does not agree"
    case .unknown: "its placing has not been answered, so whether the venue has it is not known"
    case .lost: "the venue says that it does not know it"
    case .pendingCancel: "its cancel has not been confirmed"
    case _ where hasPathEnded: "it is still open, and the connector does not run any more"
    default: order.reason.isEmpty ? "it is still open" : order.reason
    }
  }
}
