import Matching

/// A participant's net position in one perpetual.
struct Position: Equatable, Sendable {
  /// Signed mantissa: positive is long.
  var quantity: Int64 = 0
  /// What the open quantity was bought for, signed like it, in the settlement asset.
  var cost: Amount = 0
  /// Realised profit since the position was last opened from zero, without fees and funding.
  var realized: Amount = 0
  var leverage: Int64 = 1
  /// Open quantity of orders that may enlarge the position.
  var openBuys: Int64 = 0
  var openSells: Int64 = 0

  /// The largest quantity, either way, that the position can reach when the open orders of one side fill.
  var exposure: Amount {
    max((Amount(quantity) + Amount(openBuys)).magnitudeValue, (Amount(quantity) - Amount(openSells)).magnitudeValue)
  }

  /// Applies a fill of `quantity` whose notional is `value`; returns the profit it realises.
  ///
  /// What closes takes its share of the cost, rounded up, so that the profit is rounded against the account; the sum of
  /// wallet minus cost over both sides of a trade does not change.
  mutating func apply(_ side: Side, quantity filled: Int64, value: Amount) -> Amount {
    let signed = filled * side.sign
    let signedValue = value * Amount(side.sign)
    guard quantity != 0, (quantity > 0) != (side == .buy) else {
      if quantity == 0 { realized = 0 }
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
    if closed < filled {
      cost = signedValue - closedValue
      realized = 0
    } else {
      cost -= costPart
      realized += profit
    }
    return profit
  }

  /// Profit that closing at a mark value would realise.
  func unrealized(markValue: Amount) -> Amount { markValue - cost }
}

extension Int128 {
  /// The absolute value, as a signed number.
  var magnitudeValue: Int128 { self < 0 ? -self : self }
}
