/// How the background market of one instrument behaves. Parts per million are of the start price.
package struct SyntheticParameters: Equatable, Sendable {
  package var startPrice: Int64
  package var tick: Int64
  package var lot: Int64
  /// Usual size of one background order.
  package var typicalQuantity: Int64
  /// Distance of the nearest background quote from the fair price.
  package var halfSpreadPPM: Int64
  /// Distance of the farthest background quote.
  package var depthPPM: Int64
  /// Background quotes on each side.
  package var quotesPerSide: Int
  /// Scale of one step of the reference price.
  package var volatilityPPM: Int64
  /// How many of 65536 draws start a taker order.
  package var takerChance: Int64
  /// Whether the book stands at a slowly changing distance from the reference, as a perpetual's does.
  package var hasBasis: Bool

  package init(
    startPrice: Int64, tick: Int64, lot: Int64, typicalQuantity: Int64, halfSpreadPPM: Int64 = 15,
    depthPPM: Int64 = 2000, quotesPerSide: Int = 30, volatilityPPM: Int64 = 20, takerChance: Int64 = 8000,
    hasBasis: Bool = false
  ) {
    self.startPrice = startPrice
    self.tick = tick
    self.lot = lot
    self.typicalQuantity = typicalQuantity
    self.halfSpreadPPM = halfSpreadPPM
    self.depthPPM = depthPPM
    self.quotesPerSide = quotesPerSide
    self.volatilityPPM = volatilityPPM
    self.takerChance = takerChance
    self.hasBasis = hasBasis
  }
}
