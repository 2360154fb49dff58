import Matching

/// A participant's position in one perpetual, on one side.
struct Position: Equatable, Sendable {
  /// Signed mantissa: positive is long.
  var quantity: Int64 = 0
  /// What the open quantity was bought for, signed like it, in the settlement asset.
  var cost: Amount = 0
  /// All profit it ever realised, without fees and funding.
  var realized: Amount = 0
  /// Open quantity of orders that may enlarge it.
  var openBuys: Int64 = 0
  var openSells: Int64 = 0
  /// Nanoseconds of the venue's clock.
  var updated: Int64 = 0

  /// The largest quantity, either way, that it can reach when the open orders of one side fill.
  var exposure: Amount {
    max(Self.size(Amount(quantity) + Amount(openBuys)), Self.size(Amount(quantity) - Amount(openSells)))
  }

  private static func size(_ value: Amount) -> Amount { value < 0 ? -value : value }

  /// Applies a fill of `filled` whose notional is `value`; returns the profit it realises. What closes takes its share
  /// of the cost, rounded against the owner.
  mutating func apply(_ side: Side, quantity filled: Int64, value: Amount) -> Amount {
    let signed = filled * side.sign
    let signedValue = value * Amount(side.sign)
    guard quantity != 0, (quantity > 0) != (side == .buy) else {
      quantity += signed
      cost += signedValue
      return 0
    }
    let closed = min(abs(quantity), filled)
    let costPart = closed == abs(quantity) ? cost : ceilingQuotient(cost * Amount(closed), Amount(abs(quantity)))
    // Value is price times quantity, so this division is exact.
    let closedValue = signedValue / Amount(filled) * Amount(closed)
    let profit = -closedValue - costPart
    quantity += signed
    cost = closed < filled ? signedValue - closedValue : cost - costPart
    realized += profit
    return profit
  }
}

/// Index, mark and funding of one perpetual. Rates are in units of 10^-8.
struct Funding: Sendable {
  /// What longs pay at each funding when the book stands at the index; the most of one funding.
  static let interest: Int64 = 10_000
  static let bound: Int64 = 750_000

  var index: Int64
  var mark: Int64
  /// Smoothed distance of the book's middle from the index, in parts of 10^-8 of it.
  var premium: Int64 = 0
  /// Nanoseconds of the venue's clock.
  var next: Int64 = 0
  var history: [(time: Int64, rate: Int64, mark: Int64)] = []

  init(index: Int64) {
    self.index = index
    mark = index
  }

  var rate: Int64 { clamped(premium / 100 * 100 + Self.interest, Self.bound) }
}
