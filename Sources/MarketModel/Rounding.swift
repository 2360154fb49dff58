import Decimals

/// Which neighbour stands for a number that has more places than are kept.
public enum Rounding: Sendable, CaseIterable {
  /// Toward zero.
  case towardZero
  /// Away from zero.
  case awayFromZero
  /// To the nearest; to the even one from the exact middle.
  case nearestEven
}

/// `numerator / denominator * 10^exponent` at `places` decimal places, by long division, so that no intermediate value
/// overflows; `nil` when `denominator` is not positive, `places` is not in 0...18, or the result does not fit.
func wideQuotient(
  _ numerator: Int128, _ denominator: Int128, exponent: Int32, places: Int32, rounding: Rounding
) -> Decimal64? {
  guard denominator > 0, denominator <= Int128.max / 10, (0...18).contains(places) else { return nil }
  guard Decimal64.exponentRange.contains(exponent), numerator > .min else { return nil }
  let isNegative = numerator < 0
  var (quotient, rest) = numerator.magnitude.quotientAndRemainder(dividingBy: denominator.magnitude)
  var isSticky = false // digits below the remainder were dropped
  var shift = exponent + places
  var divisor = denominator.magnitude
  while shift > 0 {
    let (digit, left) = (rest * 10).quotientAndRemainder(dividingBy: divisor)
    let (tens, overflow) = quotient.multipliedReportingOverflow(by: 10)
    if overflow { return nil }
    (quotient, rest, shift) = (tens + digit, left, shift - 1)
  }
  while shift < 0 {
    if rest != 0 { isSticky = true }
    (quotient, rest) = quotient.quotientAndRemainder(dividingBy: 10)
    (divisor, shift) = (10, shift + 1)
  }
  let isExact = rest == 0 && !isSticky
  let twice = rest * 2
  let isUp =
    switch rounding {
    case .towardZero: false
    case .awayFromZero: !isExact
    case .nearestEven: twice > divisor || twice == divisor && (isSticky || quotient % 2 == 1)
    }
  guard let magnitude = Int128(exactly: quotient + (isUp ? 1 : 0)) else { return nil }
  return Decimal64(exactly: isNegative ? -magnitude : magnitude, exponent: -places)
}
