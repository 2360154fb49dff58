/// A pool of Uniswap v3: liquidity between ticks. `swap` gives what the pool's contract gives, to the last unit, since
/// it takes the same steps: to each initialized tick, and to the end of each word of 256 tick spacings, where the
/// contract rounds as well. https://docs.uniswap.org/contracts/v3/reference/core/UniswapV3Pool
public struct ConcentratedPool: Equatable, Sendable {
  /// A tick at which liquidity begins or ends.
  public struct Tick: Equatable, Sendable {
    public var index: Int32
    /// What is added when the price rises over it.
    public var net: Int128

    public init(_ index: Int32, net: Int128) { (self.index, self.net) = (index, net) }
  }

  /// What a swap comes to.
  public struct Swap: Equatable, Sendable {
    /// Paid by the trader, fee included.
    public var amountIn: UInt256 = .zero
    public var amountOut: UInt256 = .zero
    public var sqrtPrice: UInt256
    public var tick: Int32
    public var liquidity: UInt128
    public var ticksCrossed = 0
    /// Whether all that was asked for was swapped, and not only as much as the price limit let.
    public var isWhole = false
  }

  public enum Amount: Equatable, Sendable {
    case exactIn(UInt256)
    case exactOut(UInt256)
  }

  /// sqrt(token1/token0) in smallest units, times 2^96.
  public var sqrtPrice: UInt256
  public var tick: Int32
  /// What is in use at the price.
  public var liquidity: UInt128
  /// Of a million.
  public let feeParts: UInt32
  public let tickSpacing: Int32
  /// Rising.
  public private(set) var ticks: [Tick]
  /// The words of the tick bitmap whose ticks are known; a swap that leaves them is refused.
  public let words: ClosedRange<Int32>

  /// `nil` for what no pool has: a fee of a million or more, a spacing that is not positive, ticks that do not rise.
  public init?(
    sqrtPrice: UInt256, tick: Int32, liquidity: UInt128, feeParts: UInt32, tickSpacing: Int32, ticks: [Tick],
    words: ClosedRange<Int32>? = nil
  ) {
    guard feeParts < 1_000_000, tickSpacing > 0, tickSpacing < 16384 else { return nil }
    guard tick >= TickMath.leastTick, tick < TickMath.greatestTick else { return nil }
    guard sqrtPrice >= TickMath.leastSqrtPrice, sqrtPrice < TickMath.greatestSqrtPrice else { return nil }
    for (left, right) in zip(ticks, ticks.dropFirst()) where left.index >= right.index { return nil }
    for tick in ticks {
      guard tick.index >= TickMath.leastTick, tick.index <= TickMath.greatestTick else { return nil }
      guard tick.index % tickSpacing == 0 else { return nil }
    }
    (self.sqrtPrice, self.tick, self.liquidity) = (sqrtPrice, tick, liquidity)
    (self.feeParts, self.tickSpacing, self.ticks) = (feeParts, tickSpacing, ticks)
    self.words = words ?? Self.allWords(tickSpacing)
  }

  /// The words that a pool of this spacing has.
  public static func allWords(_ tickSpacing: Int32) -> ClosedRange<Int32> {
    word(of: TickMath.leastTick, tickSpacing)...word(of: TickMath.greatestTick, tickSpacing)
  }

  /// The word of the bitmap in which a tick stands.
  public static func word(of tick: Int32, _ tickSpacing: Int32) -> Int32 { compressed(tick, tickSpacing) >> 8 }

  /// The tick in spacings, rounded down.
  private static func compressed(_ tick: Int32, _ tickSpacing: Int32) -> Int32 {
    let quotient = tick / tickSpacing
    return tick < 0 && tick % tickSpacing != 0 ? quotient - 1 : quotient
  }

  /// What a swap would come to; the pool stays as it is.
  /// - limit: a price at which it ends; `nil`: none but the ends of all prices.
  public func swap(_ amount: Amount, zeroForOne: Bool, limit: UInt256? = nil) throws(PoolFault) -> Swap {
    var result = Swap(sqrtPrice: sqrtPrice, tick: tick, liquidity: liquidity)
    let limit = try checked(limit, zeroForOne)
    var (remaining, isExactIn): (UInt256, Bool)
    switch amount {
    case .exactIn(let amount): (remaining, isExactIn) = (amount, true)
    case .exactOut(let amount): (remaining, isExactIn) = (amount, false)
    }
    // The contract takes it as a signed number.
    guard !remaining.isZero else { throw .zeroAmount }
    guard remaining.high >> 127 == 0 else { throw .arithmetic(.overflow) }
    while !remaining.isZero, result.sqrtPrice != limit {
      let (next, net) = try nextTick(from: result.tick, zeroForOne)
      let priceThere = try TickMath.sqrtPrice(at: next)
      let target = (zeroForOne ? priceThere < limit : priceThere > limit) ? limit : priceThere
      let step = try SqrtPriceMath.step(
        from: result.sqrtPrice, to: target, result.liquidity, remaining: remaining, isExactIn: isExactIn,
        feeParts: feeParts)
      let before = result.sqrtPrice
      result.sqrtPrice = step.price
      try PoolFault.arithmetic { () throws(ArithmeticFault) in
        let paid = try step.amountIn + step.fee
        remaining = try remaining - (isExactIn ? paid : step.amountOut)
        result.amountIn = try result.amountIn + paid
        result.amountOut = try result.amountOut + step.amountOut
      }
      if step.price == priceThere {
        if let net {
          result.liquidity = try Self.changed(result.liquidity, by: net, isRising: !zeroForOne)
          result.ticksCrossed += 1
        }
        result.tick = zeroForOne ? next - 1 : next
      } else if step.price != before {
        result.tick = try TickMath.tick(at: step.price)
      }
    }
    result.isWhole = remaining.isZero
    return result
  }

  private func checked(_ limit: UInt256?, _ zeroForOne: Bool) throws(PoolFault) -> UInt256 {
    guard let limit else {
      return zeroForOne
        ? UInt256(TickMath.leastSqrtPrice.low + 1) : TickMath.greatestSqrtPrice.wrappingSubtract(.one)
    }
    let isBeyond =
      zeroForOne
      ? limit >= sqrtPrice || limit <= TickMath.leastSqrtPrice
      : limit <= sqrtPrice || limit >= TickMath.greatestSqrtPrice
    guard !isBeyond else { throw .priceLimit }
    return limit
  }

  /// The next tick at which the contract ends a step: an initialized one, with its liquidity, or the end of the word.
  private func nextTick(from tick: Int32, _ zeroForOne: Bool) throws(PoolFault) -> (Int32, Int128?) {
    let here = Self.compressed(tick, tickSpacing) + (zeroForOne ? 0 : 1)
    let word = here >> 8
    guard words.contains(word) else { throw .beyondKnownTicks }
    let end = zeroForOne ? (word << 8) * tickSpacing : ((word << 8) + 255) * tickSpacing
    let start = here * tickSpacing
    // The place of the first tick that is above the start (falling), or not below it (rising).
    var (low, high) = (0, ticks.count)
    while low < high {
      let middle = (low + high) / 2
      if zeroForOne ? ticks[middle].index <= start : ticks[middle].index < start {
        low = middle + 1
      } else {
        high = middle
      }
    }
    if zeroForOne {
      if low > 0, ticks[low - 1].index >= end { return (ticks[low - 1].index, ticks[low - 1].net) }
    } else if low < ticks.count, ticks[low].index <= end {
      return (ticks[low].index, ticks[low].net)
    }
    return (min(max(end, TickMath.leastTick), TickMath.greatestTick), nil)
  }

  private static func changed(_ liquidity: UInt128, by net: Int128, isRising: Bool) throws(PoolFault) -> UInt128 {
    let (sum, isOverflow) =
      (net >= 0) == isRising
      ? liquidity.addingReportingOverflow(net.magnitude) : liquidity.subtractingReportingOverflow(net.magnitude)
    guard !isOverflow else { throw .arithmetic(.overflow) }
    return sum
  }
}
