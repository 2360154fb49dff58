/// The fixed facts of one instrument. Prices and quantities are mantissas at its exponents.
struct Market: Equatable, Sendable {
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

  /// Notional value in the quote asset.
  func value(price: Int64, quantity: Int64) -> Amount { Amount(price) * Amount(quantity) * valueScale }

  /// Quantity in the base asset.
  func amount(_ quantity: Int64) -> Amount { Amount(quantity) * quantityScale }
}

/// How the background market of one instrument behaves. Parts per million are of the start price.
struct SyntheticParameters: Equatable, Sendable {
  var startPrice: Int64
  var tick: Int64
  var lot: Int64
  /// Usual size of one background order.
  var typicalQuantity: Int64
  /// Distance of the nearest background quote from the fair price.
  var halfSpreadPPM: Int64 = 15
  /// Distance of the farthest background quote.
  var depthPPM: Int64 = 2000
  /// Background quotes on each side.
  var quotesPerSide: Int = 30
  /// Scale of one step of the reference price.
  var volatilityPPM: Int64 = 20
  /// How many of 65536 draws start a taker order.
  var takerChance: Int64 = 8000
  /// Whether the book stands at a slowly changing distance from the reference, as a perpetual's does.
  var hasBasis: Bool = false
}
