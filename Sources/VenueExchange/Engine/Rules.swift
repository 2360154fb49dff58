import Decimals
import Matching

/// The rules of one instrument as the engine counts: mantissas at its exponents, money in units of 10^-8.
struct Rules: MarketNumbers, Sendable {
  let market: VenueMarket
  let index: Int
  let baseAsset: Int
  let quoteAsset: Int
  let priceExponent: Int32
  let quantityExponent: Int32
  let tick: Int64
  let lot: Int64
  let minQuantity: Int64
  let maxQuantity: Int64
  let minNotional: Amount
  /// In units of 10^-8.
  let makerFee: Int64
  let takerFee: Int64
  let maintenance: Int64
  let maxLeverage: Int64
  let band: Int64
  /// What a value is rounded to, in units of 10^-8.
  let valueStep: Amount

  /// - Throws: `VenueFault` when a number does not fit its instrument's tick or lot.
  init(_ market: VenueMarket, index: Int, assets: [String], valueStep: Amount) throws(VenueFault) {
    func need<T>(_ value: T?, _ field: String) throws(VenueFault) -> T {
      guard let value else {
        throw VenueFault("market \(market.symbol): \(field) does not fit; give a multiple of tick or lot")
      }
      return value
    }
    self.market = market
    self.index = index
    self.valueStep = valueStep
    baseAsset = try need(assets.firstIndex(of: market.base), "base")
    quoteAsset = try need(assets.firstIndex(of: market.quote), "quote")
    let (tick, lot) = (market.tick.normalized, market.lot.normalized)
    priceExponent = min(tick.exponent, 0)
    quantityExponent = min(lot.exponent, 0)
    self.tick = try need(tick.mantissa(at: priceExponent), "tick")
    self.lot = try need(lot.mantissa(at: quantityExponent), "lot")
    minQuantity = try need(market.minQuantity.mantissa(at: quantityExponent), "minQuantity")
    maxQuantity = try need(market.maxQuantity.mantissa(at: quantityExponent), "maxQuantity")
    minNotional = Amount(try need(market.minNotional.mantissa(at: -8), "minNotional"))
    makerFee = try need(market.makerFee.mantissa(at: -8), "makerFee")
    takerFee = try need(market.takerFee.mantissa(at: -8), "takerFee")
    maintenance = try need(market.maintenance.mantissa(at: -8), "maintenance")
    maxLeverage = market.maxLeverage
    band = try need(market.priceBand.mantissa(at: -8), "priceBand")
  }

  /// What a sum of price mantissa times quantity mantissa is worth, rounded to the value step.
  func money(_ product: Int128) -> Amount {
    let scale = priceExponent + quantityExponent + 8
    let exact = scale >= 0 ? product * Amount(powersOfTen(Int(scale))) : product / Amount(powersOfTen(Int(-scale)))
    return valueStep == 1 ? exact : floorQuotient(exact + valueStep / 2, valueStep) * valueStep
  }

  /// Quantity in the base asset.
  func amount(_ quantity: Int64) -> Amount { Amount(quantity) * Amount(powersOfTen(Int(quantityExponent + 8))) }

  func price(_ mantissa: Int64) -> Decimal64 { Decimal64(mantissa: mantissa, exponent: priceExponent) }
  func quantity(_ mantissa: Int64) -> Decimal64 { Decimal64(mantissa: mantissa, exponent: quantityExponent) }

  func priceMantissa(_ value: Decimal64) -> Int64? { value.mantissa(at: priceExponent) }
  func quantityMantissa(_ value: Decimal64) -> Int64? { value.mantissa(at: quantityExponent) }
}

/// Why a venue cannot be made.
public struct VenueFault: Error, Equatable, Sendable, CustomStringConvertible {
  public let description: String
  init(_ description: String) { self.description = description }
}

extension Decimal64 {
  /// Money of the engine; what does not fit 64 bits is cut to the largest that does.
  init(money: Amount) { self.init(mantissa: Int64(clamping: money), exponent: -8) }
}

/// Writes a mantissa with exactly so many places behind the point, which may be more than it has.
func fixed(_ mantissa: Int64, _ exponent: Int32, places: Int) -> String {
  let shift = Int(exponent) + places
  let wide = shift >= 0 ? Int128(mantissa) * Int128(powersOfTen(shift)) : Int128(mantissa) / Int128(powersOfTen(-shift))
  return fixed(wide, places: places)
}

/// Writes a number that counts units of 10^-places.
func fixed(_ value: Int128, places: Int) -> String {
  guard let small = UInt64(exactly: value.magnitude) else { return long(value, places: places) }
  // From the last digit to the first: at most twenty digits, sign and point, or the places with a zero before them.
  return String(unsafeUninitializedCapacity: max(22, places + 3)) { buffer in
    var (rest, digits, count) = (small, 0, 0)
    func put(_ byte: UInt8) {
      buffer[count] = byte
      count += 1
    }
    while rest > 0 || digits <= places {
      if places > 0, digits == places { put(UInt8(ascii: ".")) }
      put(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
      rest /= 10
      digits += 1
    }
    if value < 0 { put(UInt8(ascii: "-")) }
    for place in 0..<count / 2 { buffer.swapAt(place, count - 1 - place) }
    return count
  }
}

private func long(_ value: Int128, places: Int) -> String {
  let digits = String(value.magnitude)
  let sign = value < 0 ? "-" : ""
  guard places > 0 else { return sign + digits }
  let padded = String(repeating: "0", count: max(0, places + 1 - digits.utf8.count)) + digits
  return "\(sign)\(padded.dropLast(places)).\(padded.suffix(places))"
}

/// Writes money with eight places, or fewer.
func money(_ amount: Amount, places: Int = 8) -> String {
  fixed(places == 8 ? amount : amount / Amount(powersOfTen(8 - places)), places: places)
}
