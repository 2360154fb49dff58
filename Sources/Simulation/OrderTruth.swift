import Decimals
import MarketModel
import VenueExchange

/// Holds one order, as it is known here, against what is true at the venue.
public enum OrderTruth {
  /// - Parameters:
  ///   - truth: all that the venue has under the order's client order id.
  ///   - name: what to call the order in what is found.
  ///   - ids: how many ids of the venue are known of it; `nil` = those that the order has.
  /// - Returns: what does not agree; empty when all does.
  public static func faults(
    of order: TrackedOrder, named name: String, ids: Int? = nil, against truth: [TruthOrder]
  ) -> [String] {
    // An amendment may replace an order: the venue then has one after the other, and all but the last have ended.
    let parts = truth.sorted { $0.id < $1.id }
    guard let last = parts.last else {
      return [.rejected, .notSent, .lost].contains(order.state) ? [] : ["\(name) is not at the venue"]
    }
    var faults: [String] = []
    let isTooOften = parts.count > max(1, ids ?? order.venueOrderIDs.count)
    if isTooOften || parts.dropLast().contains(where: { $0.state != .cancelled }) {
      faults.append("\(name) is at the venue \(parts.count) times")
    }
    let filled = parts.reduce(Decimal64.zero) { $0.adding($1.filled) ?? $0 }
    if !isSame(order.state, last, isFilled: filled.isPositive) {
      faults.append("\(name) is \(last.state) at the venue")
    }
    if order.filled != filled {
      faults.append("\(name) filled \(order.filled.plain), at the venue \(filled.plain)")
    }
    let mine = order.fills.map { Execution($0.price, $0.quantity, $0.fee) }.sorted()
    let theirs = parts.flatMap(\.fills).map { Execution($0.price, $0.quantity, $0.fee) }.sorted()
    if mine != theirs { faults.append("\(name) has fills \(mine), the venue \(theirs)") }
    return faults
  }

  private static func isSame(_ state: OrderState, _ truth: TruthOrder, isFilled: Bool) -> Bool {
    switch truth.state {
    case .open, .untriggered: state == .pendingCancel || state == (isFilled ? .partiallyFilled : .open)
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
