import Runtime
import Synchronization
import Trading

/// One request to take connectors out of use. A desk that one has closed is opened by it alone, or by `enable`.
final class Closing: Sendable {
  private let isAnswered = Atomic(false)

  /// Nothing more comes of it: what has waited for its lane is not done any more.
  var isOver: Bool { isAnswered.load(ordering: .acquiring) }

  func end() { isAnswered.store(true, ordering: .releasing) }
}

/// Taking a connector out of use, and back. On the lane.
extension TradeDesk {
  /// Takes no more orders, and has those that are open cancelled where that is wanted. The kill switch and its limits
  /// are left as they are.
  /// - Returns: how many are open. Where it is not wanted and some are, orders are taken as before.
  func close(_ closing: Closing, cancels: Bool) throws(DeskRefusal) -> Int {
    if closing.isOver { return 0 }
    guard isStarted else {
      throw DeskRefusal(
        "not_ready",
        "\(name): whether orders of earlier runs are open is not known before its instruments are; patchbay status "
          + "shows what is missing")
    }
    if let other = self.closing, !other.isOver {
      throw DeskRefusal("not_ready", "\(name) is being disabled already; wait for that, or enable it")
    }
    let open = unsettledCount
    if cancels || open == 0 { self.closing = closing }
    if cancels { trader.cancel(trader.orders.inFlight.map(\.id)) }
    return open
  }

  /// Orders that may be open at the exchange.
  var unsettledCount: Int { isStarted ? trader.unsettledCount : 0 }

  /// Takes orders again, where nothing else keeps them out.
  func reopen(_ closing: Closing) { if self.closing === closing { self.closing = nil } }

  /// Nothing is asked of the exchange any more.
  func parked() { if isStarted { home.remove(trader) } }

  /// Takes orders again.
  func unparked(wasParked: Bool) {
    closing = nil
    if isStarted, wasParked { home.add(trader) }
  }
}
