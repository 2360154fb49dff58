/// Why a pool gives no quote.
public enum PoolFault: Error, Equatable, Sendable {
  /// The contract would revert on an overflow, or divide by zero.
  case arithmetic(ArithmeticFault)
  case zeroAmount
  /// The pool has not that much, at any price.
  case noLiquidity
  /// The price limit lies on the wrong side of the price, or beyond all prices.
  case priceLimit
  /// The swap leaves the ticks that are known.
  case beyondKnownTicks
  /// The contract swaps nothing at present.
  case suspended
  /// A tick or another parameter that no pool has.
  case parameter

  static func arithmetic<T>(_ body: () throws(ArithmeticFault) -> T) throws(PoolFault) -> T {
    do { return try body() } catch { throw .arithmetic(error) }
  }

  /// For people.
  public var words: String {
    switch self {
    case .arithmetic: "the amount is larger than the pool can count"
    case .zeroAmount: "the amount is zero"
    case .noLiquidity: "the pool has not that much liquidity"
    case .priceLimit: "the price limit is on the wrong side of the price"
    case .beyondKnownTicks: "the swap would move the price beyond the ticks that were read"
    case .suspended: "trading is suspended by the contract"
    case .parameter: "the pool's parameters are none that a pool can have"
    }
  }
}
