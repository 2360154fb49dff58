/// Amounts between prices and prices after amounts, at one liquidity, as SqrtPriceMath and SwapMath of Uniswap v3-core
/// compute them: every rounding is against whoever trades.
enum SqrtPriceMath {
  /// 2^96, by which prices are written.
  static let unit = UInt256(1 << 96)

  /// Of token0, between two prices.
  static func amount0(
    _ left: UInt256, _ right: UInt256, _ liquidity: UInt128, up: Bool
  ) throws(ArithmeticFault) -> UInt256 {
    let (lower, upper) = left <= right ? (left, right) : (right, left)
    let (weight, width) = (UInt256(liquidity).shiftedLeft(96), try upper - lower)
    if up { return try weight.timesUp(width, over: upper).dividedUp(by: lower) }
    return try weight.times(width, over: upper) / lower
  }

  /// Of token1, between two prices.
  static func amount1(
    _ left: UInt256, _ right: UInt256, _ liquidity: UInt128, up: Bool
  ) throws(ArithmeticFault) -> UInt256 {
    let width = left <= right ? try right - left : try left - right
    return up ? try UInt256(liquidity).timesUp(width, over: unit) : try UInt256(liquidity).times(width, over: unit)
  }

  /// The price after `amount` has gone in.
  static func price(
    _ price: UInt256, _ liquidity: UInt128, in amount: UInt256, zeroForOne: Bool
  ) throws(PoolFault) -> UInt256 {
    guard !price.isZero, liquidity > 0 else { throw .noLiquidity }
    return try PoolFault.arithmetic { () throws(ArithmeticFault) in
      guard zeroForOne else {
        return try narrow(price + amount.times(unit, over: UInt256(liquidity)))
      }
      guard !amount.isZero else { return price }
      let weight = UInt256(liquidity).shiftedLeft(96)
      let product = amount.multipliedFullWidth(by: price)
      if product.high.isZero {
        let (divisor, isOverflow) = weight.addingReportingOverflow(product.low)
        if !isOverflow { return try weight.timesUp(price, over: divisor) }
      }
      return try weight.dividedUp(by: weight / price + amount)
    }
  }

  /// The price after `amount` has come out.
  static func price(
    _ price: UInt256, _ liquidity: UInt128, out amount: UInt256, zeroForOne: Bool
  ) throws(PoolFault) -> UInt256 {
    guard !price.isZero, liquidity > 0 else { throw .noLiquidity }
    return try PoolFault.arithmetic { () throws(ArithmeticFault) in
      if zeroForOne {
        let quotient = try amount.timesUp(unit, over: UInt256(liquidity))
        guard price > quotient else { throw .overflow }
        return try price - quotient
      }
      guard !amount.isZero else { return price }
      let weight = UInt256(liquidity).shiftedLeft(96)
      let product = try amount * price
      guard weight > product else { throw .overflow }
      return try narrow(weight.timesUp(price, over: weight - product))
    }
  }

  /// Prices have 160 bits.
  private static func narrow(_ price: UInt256) throws(ArithmeticFault) -> UInt256 {
    guard price.high >> 32 == 0 else { throw .overflow }
    return price
  }

  /// One step of a swap, at one liquidity.
  struct Step {
    var price: UInt256
    var amountIn: UInt256
    var amountOut: UInt256
    var fee: UInt256
  }

  /// As far towards `target` as what remains goes.
  /// - feeParts: of a million; below a million.
  static func step(
    from price: UInt256, to target: UInt256, _ liquidity: UInt128, remaining: UInt256, isExactIn: Bool,
    feeParts: UInt32
  ) throws(PoolFault) -> Step {
    let zeroForOne = price >= target
    let (million, fee) = (UInt256(1_000_000), UInt256(UInt128(feeParts)))
    var next = target
    if isExactIn {
      let (net, most) = try PoolFault.arithmetic { () throws(ArithmeticFault) in
        (try remaining.times(million - fee, over: million), try amountIn(price, target, liquidity, zeroForOne))
      }
      if net < most { next = try SqrtPriceMath.price(price, liquidity, in: net, zeroForOne: zeroForOne) }
    } else {
      let most = try PoolFault.arithmetic { () throws(ArithmeticFault) in
        try amountOut(price, target, liquidity, zeroForOne)
      }
      if remaining < most { next = try SqrtPriceMath.price(price, liquidity, out: remaining, zeroForOne: zeroForOne) }
    }
    return try PoolFault.arithmetic { () throws(ArithmeticFault) in
      let into = try amountIn(price, next, liquidity, zeroForOne)
      var from = try amountOut(price, next, liquidity, zeroForOne)
      if !isExactIn, from > remaining { from = remaining }
      let taken =
        isExactIn && next != target ? try remaining - into : try into.timesUp(fee, over: million - fee)
      return Step(price: next, amountIn: into, amountOut: from, fee: taken)
    }
  }

  private static func amountIn(
    _ price: UInt256, _ next: UInt256, _ liquidity: UInt128, _ zeroForOne: Bool
  ) throws(ArithmeticFault) -> UInt256 {
    zeroForOne ? try amount0(next, price, liquidity, up: true) : try amount1(price, next, liquidity, up: true)
  }

  private static func amountOut(
    _ price: UInt256, _ next: UInt256, _ liquidity: UInt128, _ zeroForOne: Bool
  ) throws(ArithmeticFault) -> UInt256 {
    zeroForOne ? try amount1(next, price, liquidity, up: false) : try amount0(price, next, liquidity, up: false)
  }
}
