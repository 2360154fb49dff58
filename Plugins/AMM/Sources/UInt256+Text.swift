extension UInt256 {
  /// Reads decimal digits, or hexadecimal ones behind `0x`; `nil` for anything else, and for what does not fit.
  public init?(_ text: some StringProtocol) {
    self.init(utf8: text.utf8)
  }

  /// The same of bytes.
  public init?(utf8 text: some Collection<UInt8>) {
    let isHexadecimal = text.count > 2 && text.starts(with: [UInt8(ascii: "0"), UInt8(ascii: "x")])
    guard let value = isHexadecimal ? Self.hexadecimal(text.dropFirst(2)) : Self.decimal(text) else { return nil }
    self = value
  }

  /// Hexadecimal digits without a prefix: at most 64 after leading zeros.
  public static func hexadecimal(_ digits: some Collection<UInt8>) -> UInt256? {
    guard !digits.isEmpty else { return nil }
    var value = UInt256.zero
    for byte in digits {
      guard let digit = hexDigit(byte), value.high >> 124 == 0 else { return nil }
      value = value.shiftedLeft(4)
      value.low |= UInt128(digit)
    }
    return value
  }

  private static func decimal(_ digits: some Collection<UInt8>) -> UInt256? {
    guard !digits.isEmpty else { return nil }
    var value = UInt256.zero
    for byte in digits {
      guard byte &- 48 <= 9, let next = try? value * UInt256(10) + UInt256(UInt128(byte &- 48)) else { return nil }
      value = next
    }
    return value
  }

  static func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }

  /// Decimal digits.
  public var text: String {
    var digits: [UInt8] = []
    var rest = self
    repeat {
      guard let step = try? UInt256.divide(high: .zero, low: rest, by: UInt256(10)) else { break }
      digits.append(48 + UInt8(truncatingIfNeeded: step.remainder.low))
      rest = step.quotient
    } while !rest.isZero
    return String(decoding: digits.reversed(), as: UTF8.self)
  }

  /// 64 hexadecimal digits, as a word of a call's data.
  public var word: String {
    let digits: StaticString = "0123456789abcdef"
    var text = ""
    for half in [high, low] {
      for place in stride(from: 124, through: 0, by: -4) {
        let digit = Int(truncatingIfNeeded: half >> UInt128(place)) & 15
        text.unicodeScalars.append(Unicode.Scalar(digits.utf8Start[digit]))
      }
    }
    return text
  }
}
