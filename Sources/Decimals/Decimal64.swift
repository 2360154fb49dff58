/// An exact decimal number, `mantissa * 10^exponent`.
///
/// Prices, quantities and fees are held as `Decimal64`; binary floating point never carries one. Two numbers are equal
/// when their values are, whatever their exponents: `1.50 == 1.5`. Arithmetic is exact or fails: an operation whose
/// result does not fit returns `nil` instead of rounding, and whoever wants rounding says how (`quotient`,
/// `roundedDown`).
///
/// A value type of 16 bytes; operations cost a few nanoseconds, do not allocate and are safe from any thread.
@frozen
public struct Decimal64: Sendable {
  public let mantissa: Int64
  /// From -64 to 64.
  public let exponent: Int32

  /// The range of exponents that the contract allows.
  public static let exponentRange: ClosedRange<Int32> = -64...64

  @inlinable
  public init(mantissa: Int64, exponent: Int32) {
    self.mantissa = mantissa
    self.exponent = exponent
  }

  @inlinable
  public init(_ integer: Int64) { self.init(mantissa: integer, exponent: 0) }

  public static let zero = Decimal64(0)
  public static let one = Decimal64(1)

  @inlinable public var isZero: Bool { mantissa == 0 }
  @inlinable public var isNegative: Bool { mantissa < 0 }
  @inlinable public var isPositive: Bool { mantissa > 0 }

  /// The number without trailing zeros in its mantissa: `1.500` becomes `15 * 10^-1`, zero becomes `0 * 10^0`.
  public var normalized: Decimal64 {
    guard mantissa != 0 else { return .zero }
    var (m, e) = (mantissa, exponent)
    while m % 10 == 0 { m /= 10; e += 1 }
    return Decimal64(mantissa: m, exponent: e)
  }

  /// How many decimal places a plain string of this number needs; 0 for an integer.
  public var decimalPlaces: Int { max(0, -Int(normalized.exponent)) }

  /// How many significant digits it has, without leading and trailing zeros; 0 for zero.
  public var significantDigits: Int {
    var m = normalized.mantissa.magnitude
    var count = 0
    while m > 0 { m /= 10; count += 1 }
    return count
  }

  /// The mantissa at another exponent, or `nil` when digits would be lost or it does not fit 64 bits.
  @inlinable
  public func mantissa(at target: Int32) -> Int64? {
    if target == exponent { return mantissa }
    if mantissa == 0 { return 0 }
    if target < exponent {
      guard let factor = powerOfTen(exponent &- target) else { return nil }
      let (product, overflow) = mantissa.multipliedReportingOverflow(by: factor)
      return overflow ? nil : product
    }
    guard let factor = powerOfTen(target &- exponent) else { return nil }
    let (quotient, remainder) = mantissa.quotientAndRemainder(dividingBy: factor)
    return remainder == 0 ? quotient : nil
  }
}

/// 10^n for 0 <= n <= 18, else `nil`.
@inlinable
public func powerOfTen(_ n: Int32) -> Int64? {
  guard n >= 0, n <= 18 else { return nil }
  return powersOfTen(Int(n))
}

/// 10^n; the caller has checked 0 <= n <= 18. A switch instead of a table: constants fold and nothing is allocated.
@inlinable
public func powersOfTen(_ n: Int) -> Int64 {
  switch n {
  case 0: 1
  case 1: 10
  case 2: 100
  case 3: 1000
  case 4: 10_000
  case 5: 100_000
  case 6: 1_000_000
  case 7: 10_000_000
  case 8: 100_000_000
  case 9: 1_000_000_000
  case 10: 10_000_000_000
  case 11: 100_000_000_000
  case 12: 1_000_000_000_000
  case 13: 10_000_000_000_000
  case 14: 100_000_000_000_000
  case 15: 1_000_000_000_000_000
  case 16: 10_000_000_000_000_000
  case 17: 100_000_000_000_000_000
  default: 1_000_000_000_000_000_000
  }
}
