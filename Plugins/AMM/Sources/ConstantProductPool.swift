/// A pool of Uniswap v2: two reserves whose product does not fall. Equal to UniswapV2Library's getAmountOut and
/// getAmountIn: https://docs.uniswap.org/contracts/v2/reference/smart-contracts/library
public struct ConstantProductPool: Equatable, Sendable {
  /// In smallest units; the pair's contract keeps 112 bits.
  public var reserve0: UInt256
  public var reserve1: UInt256
  /// What is taken from the amount that comes in: `feeParts` of 1000. 3 at Uniswap v2 and Sushi.
  public var feeParts: UInt128

  public init(reserve0: UInt256, reserve1: UInt256, feeParts: UInt128 = 3) {
    (self.reserve0, self.reserve1, self.feeParts) = (reserve0, reserve1, feeParts)
  }

  /// What comes out for exactly `amount` that goes in.
  public func quote(exactIn amount: UInt256, zeroForOne: Bool) throws(PoolFault) -> UInt256 {
    let (into, from) = zeroForOne ? (reserve0, reserve1) : (reserve1, reserve0)
    guard !amount.isZero else { throw .zeroAmount }
    guard !into.isZero, !from.isZero, feeParts < 1000 else { throw .noLiquidity }
    return try PoolFault.arithmetic { () throws(ArithmeticFault) in
      let net = try amount * UInt256(1000 - feeParts)
      return try (net * from) / (into * UInt256(1000) + net)
    }
  }

  /// What has to go in so that exactly `amount` comes out.
  public func quote(exactOut amount: UInt256, zeroForOne: Bool) throws(PoolFault) -> UInt256 {
    let (into, from) = zeroForOne ? (reserve0, reserve1) : (reserve1, reserve0)
    guard !amount.isZero else { throw .zeroAmount }
    guard !into.isZero, amount < from, feeParts < 1000 else { throw .noLiquidity }
    return try PoolFault.arithmetic { () throws(ArithmeticFault) in
      try (into * amount * UInt256(1000)) / ((from - amount) * UInt256(1000 - feeParts)) + .one
    }
  }
}
