/// A decimal number of up to 38 digits, for sums that must be right before they are brought into `Decimal64`: balances
/// of tokens with eighteen places, of which an account may hold trillions.
///
/// It is `isExact` as long as no digit was dropped. Dropping goes toward negative infinity, so that the number never
/// says that there is more than there is. A value; no allocation.
public struct WideDecimal: Equatable, Sendable {
  public let mantissa: Int128
  /// From -64 to 64.
  public let exponent: Int32
  public let isExact: Bool

  private init(_ mantissa: Int128, _ exponent: Int32, isExact: Bool) {
    self.mantissa = mantissa
    self.exponent = exponent
    self.isExact = isExact
  }

  public init(_ value: Decimal64) { self.init(Int128(value.mantissa), value.exponent, isExact: true) }

  /// A product; `nil` when it is beyond the exponents.
  public init?(_ left: Decimal64, times right: Decimal64) {
    let exponent = left.exponent + right.exponent
    guard Decimal64.exponentRange.contains(exponent) else { return nil }
    self = WideDecimal(Int128(left.mantissa) * Int128(right.mantissa), exponent, isExact: true).bounded
  }

  public static let zero = WideDecimal(.zero)

  public var isZero: Bool { mantissa == 0 }

  /// Most digits that are kept: any number of so many fits, with room for a sum.
  private static let digits: Int128 = 1_000_000_000_000_000_000 * 10_000_000_000_000_000_000

  /// Reads a whole text as `DecimalText.parse` does; `nil` when it is not a number, or one beyond the exponents.
  public init?(_ text: UnsafeBufferPointer<UInt8>) {
    switch DecimalText.parse(text) {
    case .exact(let value): self.init(value)
    case .rounded: self.init(long: text)
    case .notANumber: return nil
    }
  }

  /// A number that has more digits than 64 bits hold; its form has been checked.
  private init?(long text: UnsafeBufferPointer<UInt8>) {
    let isNegative = text.first == UInt8(ascii: "-")
    var (value, exponent): (Int128, Int32) = (0, 0)
    var (isBehindPoint, isExact) = (false, true)
    for byte in text {
      if byte == UInt8(ascii: ".") { isBehindPoint = true; continue }
      // An exponent: numbers of that form are not written with so many digits.
      if byte | 0x20 == UInt8(ascii: "e") { return nil }
      let digit = Int128(byte &- 48)
      guard byte &- 48 <= 9 else { continue }
      if value < WideDecimal.digits / 10 {
        value = value * 10 + digit
        if isBehindPoint { exponent -= 1 }
      } else {
        if digit != 0 { isExact = false }
        if !isBehindPoint { exponent += 1 }
      }
      guard Decimal64.exponentRange.contains(exponent) else { return nil }
    }
    if isNegative { value = isExact ? -value : -value - 1 }
    self.init(value, exponent, isExact: isExact)
  }

  /// Times ten to a power; `nil` when it is beyond the exponents.
  public func scaled(by power: Int32) -> WideDecimal? {
    let (exponent, isOver) = exponent.addingReportingOverflow(power)
    guard !isOver, Decimal64.exponentRange.contains(exponent) else { return nil }
    return WideDecimal(mantissa, exponent, isExact: isExact)
  }

  public static func + (left: WideDecimal, right: WideDecimal) -> WideDecimal {
    let (a, b) = left.exponent <= right.exponent ? (left, right) : (right, left)
    // The one with the higher exponent is brought down as far as it goes, the other one up the rest of the way.
    var (high, exponent) = (b.mantissa, b.exponent)
    while exponent > a.exponent, high.magnitude < digits.magnitude / 10 { (high, exponent) = (high * 10, exponent - 1) }
    let (low, isWhole) = a.mantissa.cut(by: exponent - a.exponent)
    return WideDecimal(low + high, exponent, isExact: left.isExact && right.isExact && isWhole).bounded
  }

  public static func - (left: WideDecimal, right: WideDecimal) -> WideDecimal {
    left + WideDecimal(-right.mantissa - (right.isExact ? 0 : 1), right.exponent, isExact: right.isExact)
  }

  /// The quotient at `places` decimal places, rounded toward zero; `nil` for a zero divisor or when it does not fit.
  public func quotient(dividingBy other: Decimal64, places: Int32) -> Decimal64? {
    guard !other.isZero, places >= -64, places <= 64 else { return nil }
    let shift = exponent - other.exponent + places
    guard let numerator = scale(mantissa, by: max(0, shift)) else { return nil }
    guard let denominator = scale(Int128(other.mantissa), by: max(0, -shift)) else { return .zero }
    return Decimal64(exactly: numerator / denominator, exponent: -places)
  }

  private var bounded: WideDecimal {
    guard mantissa.magnitude >= WideDecimal.digits.magnitude, exponent < 64 else { return self }
    let (value, isWhole) = mantissa.cut(by: 1)
    return WideDecimal(value, exponent + 1, isExact: isExact && isWhole)
  }

  /// The number in 64 bits, and whether all its digits fit; `nil` when it is beyond the exponents.
  public var narrowed: (value: Decimal64, isExact: Bool)? {
    if let value = Decimal64(exactly: mantissa, exponent: exponent) { return (value, isExact) }
    var drop: Int32 = 0
    var rest = mantissa
    while Int64(exactly: rest) == nil { (rest, drop) = (mantissa.cut(by: drop + 1).value, drop + 1) }
    guard exponent + drop <= Decimal64.exponentRange.upperBound, let kept = Int64(exactly: rest) else { return nil }
    return (Decimal64(mantissa: kept, exponent: exponent + drop), false)
  }
}

extension Int128 {
  /// Without its last digits, toward negative infinity, and whether they were zeros.
  fileprivate func cut(by digits: Int32) -> (value: Int128, isWhole: Bool) {
    var (value, isWhole) = (self, true)
    for _ in 0..<Swift.max(0, digits) where value != 0 && value != -1 || isWhole {
      let (quotient, remainder) = value.quotientAndRemainder(dividingBy: 10)
      value = remainder < 0 ? quotient - 1 : quotient
      if remainder != 0 { isWhole = false }
    }
    return (value, isWhole)
  }
}
