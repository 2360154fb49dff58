/// Prices of ticks, as TickMath of Uniswap v3-core computes them: sqrt(1.0001^tick) * 2^96.
public enum TickMath {
  public static let leastTick: Int32 = -887272
  public static let greatestTick: Int32 = 887272
  /// The price of the least tick; a swap may go to one above it.
  public static let leastSqrtPrice = UInt256(4_295_128_739)
  /// The price of the greatest tick; a swap may go to one below it.
  public static let greatestSqrtPrice = UInt256(high: 0xfffd8963, low: 0xefd1fc6a_50648849_5d951d52_63988d26)

  /// sqrt(1.0001^(-2^n)) in 128 fractional bits, for n from 0 to 19.
  private static func factor(_ bit: Int) -> UInt128 {
    switch bit {
    case 0: 0xfffcb933_bd6fad37_aa2d162d_1a594001
    case 1: 0xfff97272_373d4132_59a46990_580e213a
    case 2: 0xfff2e50f_5f656932_ef12357c_f3c7fdcc
    case 3: 0xffe5caca_7e10e4e6_1c3624ea_a0941cd0
    case 4: 0xffcb9843_d60f6159_c9db5883_5c926644
    case 5: 0xff973b41_fa98c081_472e6896_dfb254c0
    case 6: 0xff2ea164_66c96a38_43ec78b3_26b52861
    case 7: 0xfe5dee04_6a99a2a8_11c461f1_969c3053
    case 8: 0xfcbe86c7_900a88ae_dcffc83b_479aa3a4
    case 9: 0xf987a725_3ac41317_6f2b074c_f7815e54
    case 10: 0xf3392b08_22b70005_940c7a39_8e4b70f3
    case 11: 0xe7159475_a2c29b74_43b29c7f_a6e889d9
    case 12: 0xd097f3bd_fd2022b8_845ad8f7_92aa5825
    case 13: 0xa9f74646_2d870fdf_8a65dc1f_90e061e5
    case 14: 0x70d869a1_56d2a1b8_90bb3df6_2baf32f7
    case 15: 0x31be135f_97d08fd9_81231505_542fcfa6
    case 16: 0x09aa508b_5b7a84e1_c677de54_f3e99bc9
    case 17: 0x005d6af8_dedb8119_6699c329_225ee604
    case 18: 0x00002216_e584f5fa_1ea92604_1bedfe98
    default: 0x00000000_048a1703_91f7dc42_444e8fa2
    }
  }

  /// The price of a tick, rounded up to 96 fractional bits.
  public static func sqrtPrice(at tick: Int32) throws(PoolFault) -> UInt256 {
    guard tick >= leastTick, tick <= greatestTick else { throw .parameter }
    let distance = tick.magnitude
    var ratio = UInt256(high: 1, low: 0)
    for bit in 0..<20 where distance >> UInt32(bit) & 1 == 1 {
      // The ratio is at most 2^128, the factor below it: the product has at most 256 bits.
      ratio = ratio.multipliedFullWidth(by: UInt256(factor(bit))).low.shiftedRight(128)
    }
    if tick > 0 {
      let upright = ratio
      ratio = try PoolFault.arithmetic { () throws(ArithmeticFault) in try UInt256.max / upright }
    }
    let price = ratio.shiftedRight(32)
    return ratio.low & 0xffff_ffff == 0 ? price : price.addingReportingOverflow(.one).partialValue
  }

  /// The greatest tick whose price is not above this one.
  public static func tick(at sqrtPrice: UInt256) throws(PoolFault) -> Int32 {
    guard sqrtPrice >= leastSqrtPrice, sqrtPrice < greatestSqrtPrice else { throw .parameter }
    var (low, high) = (leastTick, greatestTick)
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if try TickMath.sqrtPrice(at: middle) <= sqrtPrice { low = middle } else { high = middle }
    }
    return low
  }
}
