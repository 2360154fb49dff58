/// Reading and writing decimal text.
extension Decimal64 {
  /// Reads a plain or exponent-notation decimal (`-12.50`, `1e-8`) that must fill `text` entirely; `nil` when it is not
  /// a number or does not fit. Trailing zeros are kept in the exponent: `1.50` reads as `150 * 10^-2`.
  public init?(_ text: some StringProtocol) {
    var copy = String(text)
    let parsed = copy.withUTF8 { DecimalText.parse($0) }
    guard case .exact(let value) = parsed else { return nil }
    self = value
  }

  /// Appends the plain decimal form, never exponent notation, with exactly the places that the exponent names:
  /// `150 * 10^-2` is `1.50`, `5 * 10^3` is `5000`.
  public func write(into bytes: inout [UInt8]) {
    DecimalText.write(self) { bytes.append($0) }
  }
}

extension Decimal64: CustomStringConvertible {
  /// The plain decimal form with the places that the exponent names.
  public var description: String {
    var bytes: [UInt8] = []
    write(into: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The plain decimal form without trailing zeros.
  public var plain: String { normalized.description }
}

extension Decimal64: ExpressibleByIntegerLiteral {
  public init(integerLiteral value: Int64) { self.init(value) }
}

/// Decimal text as bytes, for code that has no String.
public enum DecimalText {
  public enum Parsed: Equatable, Sendable {
    case exact(Decimal64)
    /// It is a number, but has more digits than fit; the value is cut toward zero.
    case rounded(Decimal64)
    case notANumber
  }

  /// Reads a whole text. Digits that do not fit into 64 bits make it `rounded`, unless they are zeros.
  public static func parse(_ text: UnsafeBufferPointer<UInt8>) -> Parsed {
    var index = 0
    var negative = false
    if index < text.count, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") {
      negative = text[index] == UInt8(ascii: "-")
      index += 1
    }
    var mantissa: UInt64 = 0
    var exponent = 0
    var digits = 0
    var lost = false
    var full = false
    var point = false
    while index < text.count {
      let byte = text[index]
      if byte == UInt8(ascii: ".") {
        if point { return .notANumber }
        point = true
      } else {
        let digit = UInt64(byte &- UInt8(ascii: "0"))
        guard digit <= 9 else { break }
        digits += 1
        let (tens, overflow) = mantissa.multipliedReportingOverflow(by: 10)
        let (sum, overflow2) = tens.addingReportingOverflow(digit)
        if full || overflow || overflow2 || sum > UInt64(Int64.max) {
          full = true
          if digit != 0 { lost = true }
          if !point { exponent += 1 }
        } else {
          mantissa = sum
          if point { exponent -= 1 }
        }
      }
      index += 1
    }
    guard digits > 0 else { return .notANumber }
    if index < text.count {
      guard let power = parseExponent(text, from: index) else { return .notANumber }
      exponent += power
    }
    let signed = negative ? -Int64(mantissa) : Int64(mantissa)
    return bounded(signed, exponent, lost)
  }

  private static func parseExponent(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
    guard text[start] | 0x20 == UInt8(ascii: "e") else { return nil }
    var index = start + 1
    var negative = false
    if index < text.count, text[index] == UInt8(ascii: "-") || text[index] == UInt8(ascii: "+") {
      negative = text[index] == UInt8(ascii: "-")
      index += 1
    }
    guard index < text.count, text.count - index <= 4 else { return nil }
    var power = 0
    while index < text.count {
      let digit = Int(text[index]) - 48
      guard digit >= 0, digit <= 9 else { return nil }
      power = power * 10 + digit
      index += 1
    }
    return negative ? -power : power
  }

  /// Brings the exponent into range without losing digits where that is possible.
  private static func bounded(_ mantissa: Int64, _ exponent: Int, _ lost: Bool) -> Parsed {
    var (m, e) = (mantissa, exponent)
    if m == 0 { return lost ? .rounded(.zero) : .exact(Decimal64(mantissa: 0, exponent: Int32(min(max(e, -64), 64)))) }
    var cut = lost
    while e < -64 {
      if m % 10 != 0 { cut = true }
      m /= 10
      e += 1
      if m == 0 { return .rounded(.zero) }
    }
    while e > 64 {
      let (larger, overflow) = m.multipliedReportingOverflow(by: 10)
      if overflow { return .notANumber }
      m = larger
      e -= 1
    }
    let value = Decimal64(mantissa: m, exponent: Int32(e))
    return cut ? .rounded(value) : .exact(value)
  }

  /// Writes the plain decimal form byte by byte. At most 148 bytes.
  @inlinable
  public static func write(_ value: Decimal64, _ put: (UInt8) -> Void) {
    if value.mantissa < 0 { put(UInt8(ascii: "-")) }
    let magnitude = value.mantissa.magnitude
    var digits = 1
    var power: UInt64 = 1
    while magnitude / power >= 10 { power *= 10; digits += 1 }
    let places = max(0, -Int(value.exponent))
    if places >= digits {
      put(UInt8(ascii: "0"))
      put(UInt8(ascii: "."))
      for _ in 0..<(places - digits) { put(UInt8(ascii: "0")) }
    }
    var position = digits
    while position > 0 {
      put(UInt8(ascii: "0") + UInt8(magnitude / power % 10))
      power = max(1, power / 10)
      position -= 1
      if position == places, places > 0, position > 0 { put(UInt8(ascii: ".")) }
    }
    if value.exponent > 0, magnitude != 0 { for _ in 0..<value.exponent { put(UInt8(ascii: "0")) } }
  }
}
