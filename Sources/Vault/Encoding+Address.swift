/// The alphabets in which chains write addresses.
extension Encoding {
  private static let bech32Alphabet = Array("qpzry9x8gf2tvdw0s3jn54khce6mua7l".utf8)
  private static let xrplAlphabet = Array("rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz".utf8)

  /// BIP-173, without a version: the prefix, `1`, the bytes in groups of five bits, and a checksum. Nil when the prefix
  /// is not 1 to 40 of a-z and 0-9.
  static func bech32(_ bytes: [UInt8], prefix: String) -> [UInt8]? {
    let name = Array(prefix.utf8)
    guard isBech32Prefix(name) else { return nil }
    let data = groups(bytes)
    let check = bech32Remainder(name.map { $0 >> 5 } + [0] + name.map { $0 & 31 } + data + [0, 0, 0, 0, 0, 0]) ^ 1
    let checksum = (0..<6).map { UInt8(truncatingIfNeeded: check >> UInt32(5 * (5 - $0))) & 31 }
    return name + [UInt8(ascii: "1")] + (data + checksum).map { bech32Alphabet[Int($0)] }
  }

  /// Whether a prefix is 1 to 40 of a-z and 0-9.
  static func isBech32Prefix(_ name: some Collection<UInt8>) -> Bool {
    (1...40).contains(name.count)
      && name.allSatisfy {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
      }
  }

  /// Groups of five bits, the last filled with zeros.
  private static func groups(_ bytes: [UInt8]) -> [UInt8] {
    var groups: [UInt8] = []
    var (rest, bits): (UInt32, UInt32) = (0, 0)
    for byte in bytes {
      rest = (rest << 8 | UInt32(byte)) & 0xFFF
      bits += 8
      while bits >= 5 {
        bits -= 5
        groups.append(UInt8(truncatingIfNeeded: rest >> bits) & 31)
      }
    }
    if bits > 0 { groups.append(UInt8(truncatingIfNeeded: rest << (5 - bits)) & 31) }
    return groups
  }

  /// The code's remainder over 32 symbols, by BIP-173's generator.
  private static func bech32Remainder(_ values: [UInt8]) -> UInt32 {
    let generator: [UInt32] = [0x3B6A_57B2, 0x2650_8E6D, 0x1EA1_19FA, 0x3D42_33DD, 0x2A14_62B3]
    return values.reduce(1) { remainder, value in
      var next = (remainder & 0x01FF_FFFF) << 5 ^ UInt32(value)
      for (bit, term) in generator.enumerated() where remainder >> UInt32(25 + bit) & 1 == 1 { next ^= term }
      return next
    }
  }

  /// Base 58 in the XRP Ledger's alphabet; a zero byte in front becomes a letter of its own. Cost: quadratic.
  static func base58(_ bytes: [UInt8]) -> [UInt8] {
    var digits: [UInt8] = []
    for byte in bytes {
      var carry = UInt32(byte)
      for index in digits.indices {
        carry += UInt32(digits[index]) << 8
        digits[index] = UInt8(carry % 58)
        carry /= 58
      }
      while carry > 0 {
        digits.append(UInt8(carry % 58))
        carry /= 58
      }
    }
    let zeros = bytes.prefix { $0 == 0 }.map { _ in UInt8(0) }
    return (zeros + digits.reversed()).map { xrplAlphabet[Int($0)] }
  }
}
