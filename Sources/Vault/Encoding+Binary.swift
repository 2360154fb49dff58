/// Integers and length prefixes of binary protocols.
extension Encoding {
  /// Decimal digits, `-` in front allowed, as a big-endian two's complement integer of `width` bytes. A number without
  /// a sign may use all bits: it is read as unsigned. Nil when it is no integer or does not fit.
  public static func bigEndian(decimal text: [UInt8], width: Int) -> [UInt8]? {
    let isNegative = text.first == UInt8(ascii: "-")
    guard var bytes = magnitude(text.dropFirst(isNegative ? 1 : 0)), bytes.count <= width else { return nil }
    bytes = [UInt8](repeating: 0, count: width - bytes.count) + bytes
    guard isNegative else { return bytes }
    var carry: UInt16 = 1
    for index in bytes.indices.reversed() {
      let sum = UInt16(~bytes[index]) + carry
      bytes[index] = UInt8(truncatingIfNeeded: sum)
      carry = sum >> 8
    }
    // A negative number has its top bit set, and zero is not negative.
    return carry == 1 || (bytes.first ?? 0) & 0x80 != 0 ? bytes : nil
  }

  /// The shortest big-endian bytes of a decimal number; empty for zero. Nil when there is no digit, or anything else.
  static func magnitude(_ digits: ArraySlice<UInt8>) -> [UInt8]? {
    guard !digits.isEmpty else { return nil }
    var little: [UInt8] = []
    for character in digits {
      guard character >= UInt8(ascii: "0"), character <= UInt8(ascii: "9") else { return nil }
      var carry = UInt16(character - UInt8(ascii: "0"))
      for index in little.indices {
        let sum = UInt16(little[index]) * 10 + carry
        little[index] = UInt8(truncatingIfNeeded: sum)
        carry = sum >> 8
      }
      if carry > 0 { little.append(UInt8(carry)) }
    }
    return little.reversed()
  }

  /// A big-endian unsigned integer as decimal digits. Cost: quadratic in its length.
  public static func decimal(bigEndian bytes: [UInt8]) -> [UInt8] {
    var digits: [UInt8] = [0]
    for byte in bytes {
      var carry = UInt16(byte)
      for index in digits.indices {
        let sum = UInt16(digits[index]) * 256 + carry
        digits[index] = UInt8(sum % 10)
        carry = sum / 10
      }
      while carry > 0 {
        digits.append(UInt8(carry % 10))
        carry /= 10
      }
    }
    return digits.reversed().map { $0 + UInt8(ascii: "0") }
  }

  /// Little-endian groups of seven bits, as protocol buffers write a length.
  static func varint(_ value: Int) -> [UInt8] {
    var rest = UInt64(value)
    var bytes: [UInt8] = []
    repeat {
      let group = UInt8(rest & 0x7F)
      rest >>= 7
      bytes.append(rest > 0 ? group | 0x80 : group)
    } while rest > 0
    return bytes
  }

  /// XRP Ledger serialization, "Length Prefixing"; nil beyond 918744 bytes.
  static func xrplLength(_ count: Int) -> [UInt8]? {
    switch count {
    case 0...192: return [UInt8(count)]
    case 193...12_480:
      let rest = count - 193
      return [UInt8(193 + rest >> 8), UInt8(rest & 255)]
    case 12_481...918_744:
      let rest = count - 12_481
      return [UInt8(241 + rest >> 16), UInt8(rest >> 8 & 255), UInt8(rest & 255)]
    default: return nil
    }
  }

  /// Recursive Length Prefix (Ethereum Yellow Paper, appendix B) of a byte string or of a list's joined items.
  static func rlp(_ bytes: [UInt8], isList: Bool) -> [UInt8] {
    if !isList, bytes.count == 1, bytes[0] < 0x80 { return bytes }
    let base: UInt8 = isList ? 0xC0 : 0x80
    if bytes.count < 56 { return [base + UInt8(bytes.count)] + bytes }
    let length = magnitude(Array(String(bytes.count).utf8)[...]) ?? []
    return [base + 55 + UInt8(length.count)] + length + bytes
  }
}
