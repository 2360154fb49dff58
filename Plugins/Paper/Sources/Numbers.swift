import CPatchbay
import ConnectorKit
import Decimals
import Matching

/// Money as a decimal. What does not fit 64 bits even without its trailing zeros is cut toward zero and marked as
/// rounded; the limits of the configuration keep accounts far away from that.
func decimal(_ amount: Amount, exponent: Int32 = -8) -> pb_dec {
  var (value, exponent, exact) = (amount, exponent, true)
  while Int64(exactly: value) == nil {
    if value % 10 != 0 { exact = false }
    value /= 10
    exponent += 1
  }
  return pb_dec(
    mantissa: Int64(truncatingIfNeeded: value), exponent: exponent,
    state: UInt32(exact ? PB_DEC_EXACT : PB_DEC_ROUNDED))
}

/// A product as money, rounded to the nearest unit; `nil` when it is more than any account has.
func money(_ value: Decimal64, times factor: Decimal64 = .one) -> Amount? {
  let most: Amount = 100_000_000 * 1_000_000_000_000_000_000
  var (product, shift) = (Amount(value.mantissa) * Amount(factor.mantissa), value.exponent + factor.exponent + 8)
  while shift > 0, product != 0, product.magnitude <= most.magnitude { (product, shift) = (product * 10, shift - 1) }
  var digit: Amount = 0
  while shift < 0, product != 0 || digit != 0 {
    (product, digit) = product.quotientAndRemainder(dividingBy: 10)
    shift += 1
  }
  if digit.magnitude >= 5 { product += digit.signum() }
  return product.magnitude <= most.magnitude ? product : nil
}

/// A quotient with four more places than `exponent`, cut toward zero: for average prices, which rarely end.
func average(_ value: Int128, over quantity: Int128, exponent: Int32) -> pb_dec {
  guard quantity != 0 else { return pb_dec() }
  return decimal(value * 10_000 / quantity, exponent: exponent - 4)
}

extension Market {
  func price(_ mantissa: Int64) -> pb_dec { pb_dec(Decimal64(mantissa: mantissa, exponent: priceExponent)) }
  func quantity(_ mantissa: Int64) -> pb_dec { pb_dec(Decimal64(mantissa: mantissa, exponent: quantityExponent)) }
}

/// A rate or a fee in units of 10^-8.
func rate(_ value: Int64) -> pb_dec { pb_dec(Decimal64(mantissa: value, exponent: -8)) }
