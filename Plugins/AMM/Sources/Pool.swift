import CPatchbay
import ConnectorKit
import Decimals

/// A pool that the configuration names, and what is known of it.
public final class Pool {
  let id: pb_id
  public let base: Token
  public let quote: Token
  /// What is taken from what goes in, of a million.
  public internal(set) var fee: UInt32
  /// The same where it is no whole number of millionths, or changes: as it was last read.
  public var part: Decimal64?
  /// Under which a contract knows it, where it does; 32 bytes.
  public let contractID: UInt256?
  public let symbol: String
  /// The pool's contract, as the factory names it.
  public internal(set) var address = Address.none
  /// Why it cannot be used, in words; empty where it can.
  var fault = ""
  /// Exponents of its instrument; `nil` until a price is known. They never change after that.
  var exponents: (price: Int32, quantity: Int32)?

  /// The state at `header`.
  public var model: PoolModel?
  var header: BlockHeader?
  /// Why its state could not be read the last time, in words, and how many times in a row.
  var trouble = ""
  var troubles = 0
  /// It has changed since it was last published.
  var isChanged = false

  init(id: pb_id, _ entry: PoolSettings.Entry, symbol: String) {
    (self.id, base, quote, fee, self.symbol) = (id, entry.base, entry.quote, entry.fee, symbol)
    contractID = entry.id
  }

  /// What is taken, as a fraction with so many places.
  public func setPart(_ part: UInt256, of places: Int32) {
    self.part = Decimal64.quotient(part, .one, exponent: -places)?.value
  }

  /// Contracts name the token with the lower address first.
  public var isBaseFirst: Bool { base.address < quote.address }
  public var token0: Token { isBaseFirst ? base : quote }
  public var token1: Token { isBaseFirst ? quote : base }

  /// What one command would swap.
  struct Amounts {
    var base: UInt256
    var quote: UInt256
  }

  /// What `base` units cost to buy, or bring when they are sold.
  func amounts(_ side: Side, base units: UInt256) throws(PoolFault) -> Amounts {
    guard let model else { throw .noLiquidity }
    let other = try model.other(units, isExactIn: side == .sell, zeroForOne: (side == .sell) == isBaseFirst)
    return Amounts(base: units, quote: other)
  }

  /// The price at which nothing is swapped, quote per base; `nil` where it cannot be written.
  var midPrice: (value: Decimal64, isExact: Bool)? {
    guard let (first, second) = model?.ratio else { return nil }
    let (over, under) = isBaseFirst ? (second, first) : (first, second)
    return Decimal64.quotient(over, under, exponent: Int32(base.decimals - quote.decimals))
  }

  /// Base units that a pool without ticks would hold which trades the same at this price.
  var depth: UInt256 {
    guard let reserves = model?.reserves else { return .zero }
    return isBaseFirst ? reserves.0 : reserves.1
  }
}

/// The state of a pool, by its kind.
public enum PoolModel: Equatable, Sendable {
  case constantProduct(ConstantProductPool)
  case concentrated(ConcentratedPool)
  case buckets(BucketExchange)

  /// What comes out of a swap, or has to go in.
  func other(_ amount: UInt256, isExactIn: Bool, zeroForOne: Bool) throws(PoolFault) -> UInt256 {
    switch self {
    case .constantProduct(let pool):
      if isExactIn { return try pool.quote(exactIn: amount, zeroForOne: zeroForOne) }
      return try pool.quote(exactOut: amount, zeroForOne: zeroForOne)
    case .concentrated(let pool):
      let swap = try pool.swap(isExactIn ? .exactIn(amount) : .exactOut(amount), zeroForOne: zeroForOne)
      guard swap.isWhole else { throw .noLiquidity }
      return isExactIn ? swap.amountOut : swap.amountIn
    case .buckets(let exchange):
      if isExactIn { return try exchange.quote(exactIn: amount, zeroForOne: zeroForOne) }
      return try exchange.quote(exactOut: amount, zeroForOne: zeroForOne)
    }
  }

  /// Amounts of token0 and token1, in smallest units, that are worth the same.
  var ratio: (UInt256, UInt256)? {
    switch self {
    case .constantProduct(let pool):
      return pool.reserve0.isZero || pool.reserve1.isZero ? nil : (pool.reserve0, pool.reserve1)
    case .concentrated(let pool):
      // The square has at most 320 bits; 64 of its 192 fractional ones are left away.
      guard let square = try? pool.sqrtPrice.times(pool.sqrtPrice, over: UInt256(1 << 64)), !square.isZero else {
        return nil
      }
      return (UInt256(high: 1, low: 0), square)
    case .buckets(let exchange):
      guard let first = try? exchange.bucket0 * exchange.multiplier1,
        let second = try? exchange.bucket1 * exchange.multiplier0, !first.isZero, !second.isZero
      else { return nil }
      return (first, second)
    }
  }

  /// Of token0 and token1: what is there, or would be in a pool without ticks that trades the same at this price.
  var reserves: (UInt256, UInt256)? {
    switch self {
    case .constantProduct(let pool): return (pool.reserve0, pool.reserve1)
    case .concentrated(let pool):
      let liquidity = UInt256(pool.liquidity)
      guard let first = try? liquidity.times(SqrtPriceMath.unit, over: pool.sqrtPrice),
        let second = try? liquidity.times(pool.sqrtPrice, over: SqrtPriceMath.unit)
      else { return nil }
      return (first, second)
    case .buckets(let exchange):
      guard let first = try? exchange.bucket0 / exchange.multiplier0,
        let second = try? exchange.bucket1 / exchange.multiplier1
      else { return nil }
      return (first, second)
    }
  }
}

extension Decimal64 {
  /// `over / under * 10^exponent` with eighteen digits, rounded down; `nil` where it cannot be written.
  static func quotient(
    _ over: UInt256, _ under: UInt256, exponent: Int32
  ) -> (value: Decimal64, isExact: Bool)? {
    guard !under.isZero else { return nil }
    guard !over.isZero else { return (.zero, true) }
    // Of the number of digits before the point, as far as the bits say it.
    var places = Int32(17) - Int32((over.bitWidth - under.bitWidth) * 30103 / 100_000)
    for _ in 0..<3 {
      guard places >= -77, places <= 77, exponentRange.contains(exponent - places),
        let scale = UInt256.powerOfTen(Int(places.magnitude))
      else { return nil }
      let result: UInt256?
      let isExact: Bool
      if places >= 0 {
        result = try? over.times(scale, over: under)
        isExact = result == (try? over.timesUp(scale, over: under))
      } else {
        let divisor = try? under * scale
        result = divisor.flatMap { try? over / $0 }
        isExact = result == divisor.flatMap { try? over.dividedUp(by: $0) }
      }
      guard let result else { return nil }
      if result.high == 0, result.low <= UInt128(Int64.max) {
        return (Decimal64(mantissa: Int64(result.low), exponent: exponent - places).normalized, isExact)
      }
      places -= 1
    }
    return nil
  }
}

extension pb_dec {
  /// A number that may have been rounded down.
  init(_ number: (value: Decimal64, isExact: Bool)?) {
    self.init(number?.value)
    if number?.isExact == false { state = UInt32(PB_DEC_ROUNDED) }
  }
}

extension pb_u256 {
  init(_ value: UInt256) {
    self.init(
      w0: UInt64(truncatingIfNeeded: value.low), w1: UInt64(truncatingIfNeeded: value.low >> 64),
      w2: UInt64(truncatingIfNeeded: value.high), w3: UInt64(truncatingIfNeeded: value.high >> 64))
  }
}
