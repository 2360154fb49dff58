import Decimals
import MarketModel
import VenueExchange

/// Holds one order, as it is known here, against what is true at the venue.
public enum OrderTruth {
  /// - Parameters:
  ///   - truth: all that the venue has under the order's client order id.
  ///   - name: what to call the order in what is found.
  /// - Returns: what does not agree; empty when all does.
  public static func faults(of order: TrackedOrder, named name: String, against truth: [TruthOrder]) -> [String] {
    guard let first = truth.first else {
      return [.rejected, .notSent, .lost].contains(order.state) ? [] : ["\(name) is not at the venue"]
    }
    var faults: [String] = []
    if truth.count > 1 { faults.append("\(name) is at the venue \(truth.count) times") }
    if !isSame(order.state, first) { faults.append("\(name) is \(first.state) at the venue") }
    if order.filled != first.filled {
      faults.append("\(name) filled \(order.filled.plain), at the venue \(first.filled.plain)")
    }
    let mine = order.fills.map { Execution($0.price, $0.quantity, $0.fee) }.sorted()
    let theirs = first.fills.map { Execution($0.price, $0.quantity, $0.fee) }.sorted()
    if mine != theirs { faults.append("\(name) has fills \(mine), the venue \(theirs)") }
    return faults
  }

  private static func isSame(_ state: OrderState, _ truth: TruthOrder) -> Bool {
    switch truth.state {
    case .open, .untriggered:
      state == .pendingCancel || state == (truth.filled.isPositive ? .partiallyFilled : .open)
    case .filled: state == .filled
    case .cancelled: state == .cancelled
    case .expired: state == .expired || state == .cancelled
    case .rejected: state == .rejected
    }
  }

  /// What a fill comes to; venues name trades in their own ways.
  private struct Execution: Comparable, CustomStringConvertible {
    let price: Decimal64
    let quantity: Decimal64
    let fee: Decimal64?

    init(_ price: Decimal64, _ quantity: Decimal64, _ fee: Decimal64?) {
      (self.price, self.quantity, self.fee) = (price, quantity, fee)
    }

    var description: String { "\(quantity.plain) at \(price.plain), fee \(fee?.plain ?? "?")" }

    static func < (left: Self, right: Self) -> Bool {
      left.price != right.price
        ? left.price < right.price
        : left.quantity != right.quantity ? left.quantity < right.quantity : (left.fee ?? .zero) < (right.fee ?? .zero)
    }
  }
}
