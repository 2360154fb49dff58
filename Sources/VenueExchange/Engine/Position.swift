import Matching

/// A participant's position in one perpetual, on one side.
struct Position: OpenPosition, Equatable, Sendable {
  /// Signed mantissa: positive is long.
  var quantity: Int64 = 0
  /// What the open quantity was bought for, signed like it, in the settlement asset.
  var cost: Amount = 0
  /// All profit it ever realised, without fees and funding.
  var realized: Amount = 0
  /// Open quantity of orders that may enlarge it.
  var openBuys: Int64 = 0
  var openSells: Int64 = 0
  /// All positions are on cross margin here.
  var margin: Amount = 0
  /// Nanoseconds of the venue's clock.
  var updated: Int64 = 0

  /// Applies a fill of `filled` whose notional is `value`; returns the profit it realises.
  mutating func apply(_ side: Side, quantity filled: Int64, value: Amount) -> Amount {
    let profit = take(side, quantity: filled, value: value)
    realized += profit
    return profit
  }
}

/// Index, mark and funding of one perpetual. Rates are in units of 10^-8.
struct Funding: Sendable {
  /// What longs pay at each funding when the book stands at the index; the most of one funding.
  static let interest: Int64 = 10_000
  static let bound: Int64 = 750_000

  var price: MarkPrice
  /// Nanoseconds of the venue's clock.
  var next: Int64 = 0
  var history: [(time: Int64, rate: Int64, mark: Int64)] = []

  init(index: Int64) { price = MarkPrice(index: index) }

  var index: Int64 { price.index }
  var mark: Int64 { price.mark }
  var rate: Int64 { clamped(price.premium / 100 * 100 + Self.interest, Self.bound) }
}
