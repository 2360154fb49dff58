/// An exchange of Mento's BiPoolManager: two buckets that are no reserves, but say a price. A constant product moves
/// along them; a constant sum keeps their price until an oracle changes it. Equal to the pricing modules'
/// getAmountOut and getAmountIn, whose result in 18 decimals the manager cuts down to those of the token:
/// https://docs.mento.org/mento-v3/other/mento-v2
public struct BucketExchange: Equatable, Sendable {
  /// Of token0 and token1, in 10^-18 of a whole one whatever the tokens' decimals are.
  public var bucket0: UInt256
  public var bucket1: UInt256
  /// What is kept of what goes in: of 10^24.
  public var spread: UInt256
  /// How many 10^-18 are in the smallest unit of token0 and token1.
  public var multiplier0: UInt256
  public var multiplier1: UInt256
  public var isSum: Bool
  /// The manager swaps nothing at present.
  public var isSuspended = false

  static let one = UInt256(1_000_000_000_000_000_000_000_000)

  public init(
    bucket0: UInt256, bucket1: UInt256, spread: UInt256, multiplier0: UInt256 = .one, multiplier1: UInt256 = .one,
    isSum: Bool
  ) {
    (self.bucket0, self.bucket1, self.spread) = (bucket0, bucket1, spread)
    (self.multiplier0, self.multiplier1, self.isSum) = (multiplier0, multiplier1, isSum)
  }

  /// What comes out for exactly `amount` that goes in.
  public func quote(exactIn amount: UInt256, zeroForOne: Bool) throws(PoolFault) -> UInt256 {
    let (into, from) = try buckets(amount, zeroForOne)
    let (first, second) = zeroForOne ? (multiplier0, multiplier1) : (multiplier1, multiplier0)
    let scaled = try PoolFault.arithmetic { () throws(ArithmeticFault) in
      let net = try amount * first * (Self.one - spread)
      return try net * from / (isSum ? into * Self.one : into * Self.one + net)
    }
    guard scaled <= from else { throw .noLiquidity }
    return try PoolFault.arithmetic { () throws(ArithmeticFault) in try scaled / second }
  }

  /// What has to go in so that exactly `amount` comes out. The contracts round it down.
  public func quote(exactOut amount: UInt256, zeroForOne: Bool) throws(PoolFault) -> UInt256 {
    let (into, from) = try buckets(amount, zeroForOne)
    let (first, second) = zeroForOne ? (multiplier0, multiplier1) : (multiplier1, multiplier0)
    let scaled = try PoolFault.arithmetic { () throws(ArithmeticFault) in try amount * second }
    guard isSum ? scaled <= from : scaled < from else { throw .noLiquidity }
    return try PoolFault.arithmetic { () throws(ArithmeticFault) in
      let rest = isSum ? from : try from - scaled
      return try scaled * into * Self.one / (rest * (Self.one - spread)) / first
    }
  }

  private func buckets(_ amount: UInt256, _ zeroForOne: Bool) throws(PoolFault) -> (UInt256, UInt256) {
    guard !isSuspended else { throw .suspended }
    guard !amount.isZero else { throw .zeroAmount }
    guard !bucket0.isZero, !bucket1.isZero, spread < Self.one, !multiplier0.isZero, !multiplier1.isZero else {
      throw .noLiquidity
    }
    return zeroForOne ? (bucket0, bucket1) : (bucket1, bucket0)
  }
}
