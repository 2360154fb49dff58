/// Exact arithmetic on `Decimal64`. Intermediate results have 128 bits; a result is brought back to 64 bits by dropping
/// trailing zeros, never digits.
extension Decimal64 {
  /// The exact sum, or `nil` when it does not fit.
  public func adding(_ other: Decimal64) -> Decimal64? {
    if exponent == other.exponent {
      let (sum, overflow) = mantissa.addingReportingOverflow(other.mantissa)
      if !overflow { return Decimal64(mantissa: sum, exponent: exponent) }
    }
    if isZero { return other }
    if other.isZero { return self }
    let common = min(exponent, other.exponent)
    guard let left = wide(at: common), let right = other.wide(at: common) else {
      // A common exponent may only be out of reach because of trailing zeros.
      let (a, b) = (normalized, other.normalized)
      guard a.exponent != exponent || b.exponent != other.exponent else { return nil }
      return a.adding(b)
    }
    let (sum, overflow) = left.addingReportingOverflow(right)
    return overflow ? nil : Decimal64(exactly: sum, exponent: common)
  }

  /// The exact difference, or `nil` when it does not fit.
  public func subtracting(_ other: Decimal64) -> Decimal64? {
    guard let negated = other.negated else { return nil }
    return adding(negated)
  }

  /// The exact product, or `nil` when it does not fit.
  public func multiplied(by other: Decimal64) -> Decimal64? {
    let product = Int128(mantissa) * Int128(other.mantissa)
    return Decimal64(exactly: product, exponent: exponent + other.exponent)
  }

  /// The quotient at `places` decimal places, rounded toward zero; `nil` for a zero divisor or when it does not fit.
  public func quotient(dividingBy other: Decimal64, places: Int32) -> Decimal64? {
    guard !other.isZero, places >= -64, places <= 64 else { return nil }
    // mantissa * 10^shift / other.mantissa is the quotient at exponent -places.
    let shift = exponent - other.exponent + places
    var numerator = Int128(mantissa)
    var denominator = Int128(other.mantissa)
    if shift >= 0 {
      guard let scaled = scale(numerator, by: shift) else { return nil }
      numerator = scaled
    } else if let scaled = scale(denominator, by: -shift) {
      denominator = scaled
    } else {
      return .zero
    }
    return Decimal64(exactly: numerator / denominator, exponent: -places)
  }

  /// The number with its sign turned, or `nil` for the one mantissa that has no opposite.
  public var negated: Decimal64? {
    mantissa == .min ? nil : Decimal64(mantissa: -mantissa, exponent: exponent)
  }

  /// The number without its sign, or `nil` for the one mantissa that has no opposite.
  public var absolute: Decimal64? { isNegative ? negated : self }

  /// How many whole times `step` goes into this number, rounded toward negative infinity, with whether it went exactly.
  /// `nil` when `step` is not positive or the count does not fit.
  public func steps(of step: Decimal64) -> (count: Int64, exact: Bool)? {
    guard step.isPositive else { return nil }
    let common = min(exponent, step.exponent)
    guard let left = wide(at: common), let right = step.wide(at: common) else {
      let (a, b) = (normalized, step.normalized)
      guard a.exponent != exponent || b.exponent != step.exponent else { return nil }
      return a.steps(of: b)
    }
    var (quotient, remainder) = left.quotientAndRemainder(dividingBy: right)
    if remainder < 0 { quotient -= 1; remainder += right }
    guard let count = Int64(exactly: quotient) else { return nil }
    return (count, remainder == 0)
  }

  /// The largest multiple of `step` that is not above this number; `nil` when `step` is not positive or it does not
  /// fit.
  public func roundedDown(toMultipleOf step: Decimal64) -> Decimal64? {
    guard let (count, exact) = steps(of: step) else { return nil }
    return exact ? self : step.multiplied(by: Decimal64(count))
  }

  /// The mantissa at a lower or equal exponent in 128 bits.
  func wide(at target: Int32) -> Int128? { scale(Int128(mantissa), by: exponent - target) }

  /// `value * 10^exponent` when it fits without losing a digit; the exponent moves only as far as needed.
  public init?(exactly value: Int128, exponent: Int32) {
    var (m, e) = (value, exponent)
    if m == 0 { e = min(max(e, -64), 64) }
    while Int64(exactly: m) == nil || e < Self.exponentRange.lowerBound {
      guard m % 10 == 0, m != 0 else { return nil }
      m /= 10
      e += 1
    }
    while e > Self.exponentRange.upperBound {
      guard let larger = scale(m, by: 1) else { return nil }
      m = larger
      e -= 1
    }
    guard let mantissa = Int64(exactly: m) else { return nil }
    self.init(mantissa: mantissa, exponent: e)
  }
}

/// `value * 10^n`, or `nil` when it does not fit 128 bits.
func scale(_ value: Int128, by n: Int32) -> Int128? {
  guard n >= 0 else { return nil }
  if value == 0 { return 0 }
  var (result, left) = (value, n)
  while left > 0 {
    let step = min(left, 18)
    guard let factor = powerOfTen(step) else { return nil }
    let (product, overflow) = result.multipliedReportingOverflow(by: Int128(factor))
    if overflow { return nil }
    result = product
    left -= step
  }
  return result
}

extension Decimal64: Comparable, Hashable {
  public static func == (left: Decimal64, right: Decimal64) -> Bool {
    if left.exponent == right.exponent { return left.mantissa == right.mantissa }
    return compare(left, right) == 0
  }

  public static func < (left: Decimal64, right: Decimal64) -> Bool {
    if left.exponent == right.exponent { return left.mantissa < right.mantissa }
    return compare(left, right) < 0
  }

  public func hash(into hasher: inout Hasher) {
    let n = normalized
    hasher.combine(n.mantissa)
    hasher.combine(n.exponent)
  }

  /// Negative, zero or positive as `left` is below, equal to or above `right`.
  private static func compare(_ left: Decimal64, _ right: Decimal64) -> Int {
    if left.mantissa.signum() != right.mantissa.signum() || left.isZero {
      let (leftSign, rightSign) = (left.mantissa.signum(), right.mantissa.signum())
      return leftSign < rightSign ? -1 : (leftSign == rightSign ? 0 : 1)
    }
    let common = min(left.exponent, right.exponent)
    // Out of reach even in 128 bits: then the one with the higher exponent is larger in magnitude.
    guard let a = left.wide(at: common) else { return left.isNegative ? -1 : 1 }
    guard let b = right.wide(at: common) else { return right.isNegative ? 1 : -1 }
    return a < b ? -1 : (a == b ? 0 : 1)
  }
}
