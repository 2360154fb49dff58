import Matching

/// ConnectorKit has a side as well, which may be absent; the engine's never is.
typealias Side = Matching.Side

/// The fixed facts of one instrument. Prices and quantities are mantissas at its exponents.
struct Market: MarketNumbers, Equatable, Sendable {
  let index: Int
  let symbol: String
  let base: String
  let quote: String
  /// Indices in the ledger. A perpetual settles in its quote asset.
  let baseAsset: Int
  let quoteAsset: Int
  let priceExponent: Int32
  let quantityExponent: Int32
  let tick: Int64
  let lot: Int64
  let minPrice: Int64
  let maxPrice: Int64
  let minQuantity: Int64
  let maxQuantity: Int64
  let minNotional: Amount
  /// `Amount` in one price mantissa times one quantity mantissa, and in one quantity mantissa.
  let valueScale: Amount
  let quantityScale: Amount
  /// Rates in units of 10^-8; a negative one is a rebate.
  let makerFee: Int64
  let takerFee: Int64
  /// Perpetuals only: highest leverage, and the part of a position's value that equity must not fall below, in 10^-8.
  let maxLeverage: Int64
  let maintenance: Int64

  func money(_ product: Int128) -> Amount { product * valueScale }

  /// Quantity in the base asset.
  func amount(_ quantity: Int64) -> Amount { Amount(quantity) * quantityScale }
}
