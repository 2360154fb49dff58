/// A participant's position in one perpetual: what is open, and what it was bought for. What else an exchange keeps of
/// a position is its own.
package protocol OpenPosition {
  /// Signed mantissa: positive is long.
  var quantity: Int64 { get set }
  /// What the open quantity was bought for, signed like it, in the settlement asset.
  var cost: Amount { get set }
  /// Open quantity of orders that may enlarge it.
  var openBuys: Int64 { get set }
  var openSells: Int64 { get set }
  /// Isolated: the part of the account's money that stands for this position alone. Else 0.
  var margin: Amount { get set }
  /// Takes a fill of `filled` whose notional is `value`; returns the profit that it realises. See `take`.
  mutating func apply(_ side: Side, quantity filled: Int64, value: Amount) -> Amount
}

extension OpenPosition {
  /// Counts so much of an order as open, or no longer where it is negative.
  package mutating func count(_ quantity: Int64, _ side: Side) {
    if side == .buy { openBuys += quantity } else { openSells += quantity }
  }

  /// The largest quantity, either way, that it can reach when the open orders of one side fill.
  package var exposure: Amount {
    max(magnitude(Amount(quantity) + Amount(openBuys)), magnitude(Amount(quantity) - Amount(openSells)))
  }

  /// Takes a fill of `filled` whose notional is `value`; returns the profit that it realises.
  ///
  /// What closes takes its share of the cost, rounded up, so that the profit is rounded against the owner; the sum of
  /// wallet minus cost over both sides of a trade does not change.
  package mutating func take(_ side: Side, quantity filled: Int64, value: Amount) -> Amount {
    let signed = filled * side.sign
    let signedValue = value * Amount(side.sign)
    guard quantity != 0, (quantity > 0) != (side == .buy) else {
      quantity += signed
      cost += signedValue
      return 0
    }
    let closed = min(abs(quantity), filled)
    let costPart = closed == abs(quantity) ? cost : ceilingQuotient(cost * Amount(closed), Amount(abs(quantity)))
    // What turns the position opens anew at the same price; value is price times quantity, so this division is exact.
    let closedValue = signedValue / Amount(filled) * Amount(closed)
    let profit = -closedValue - costPart
    quantity += signed
    cost = closed < filled ? signedValue - closedValue : cost - costPart
    return profit
  }

  private func magnitude(_ value: Amount) -> Amount { value < 0 ? -value : value }
}
