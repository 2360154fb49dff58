import Matching

/// A participant's net position in one perpetual.
struct Position: OpenPosition, Equatable, Sendable {
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
  /// Whether it has margin of its own, and how much.
  var isIsolated = false
  var margin: Amount = 0

  /// Applies a fill of `filled` whose notional is `value`; returns the profit it realises.
  mutating func apply(_ side: Side, quantity filled: Int64, value: Amount) -> Amount {
    let before = quantity
    let profit = take(side, quantity: filled, value: value)
    let isOpenedAnew = before == 0 || quantity != 0 && (quantity > 0) != (before > 0)
    realized = isOpenedAnew ? 0 : realized + profit
    return profit
  }

  /// Profit that closing at a mark value would realise.
  func unrealized(markValue: Amount) -> Amount { markValue - cost }
}
