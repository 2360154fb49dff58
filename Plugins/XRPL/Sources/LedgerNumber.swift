import ConnectorKit

/// A number as the ledger writes it: up to 16 digits with exponents from -96 to 80, quoted, and times ten to a power
/// where it is far from one ("Currency Formats"). Nodes write some with 40 digits: what is beyond 18 is cut off, which
/// is less than any step of a market.
///
/// A value without allocation; nothing that a peer writes traps.
struct LedgerNumber: Equatable {
  private(set) var mantissa: Int64
  private(set) var exponent: Int32

  static let zero = LedgerNumber(mantissa: 0, exponent: 0)

  init(mantissa: Int64, exponent: Int32) {
    (self.mantissa, self.exponent) = (mantissa, exponent)
  }

  /// Reads a text; nil when it is no number, or below zero.
  init?(_ text: UnsafeBufferPointer<UInt8>) {
    var (value, power): (Int64, Int32) = (0, 0)
    var (digits, isBehindPoint, place) = (0, false, 0)
    while place < text.count {
      let byte = text[place]
      if byte == UInt8(ascii: "."), !isBehindPoint, digits > 0 {
        isBehindPoint = true
      } else if byte &- 48 <= 9 {
        digits += 1
        if value < 100_000_000_000_000_000 {
          value = value * 10 + Int64(byte &- 48)
          if isBehindPoint { power -= 1 }
        } else if !isBehindPoint {
          power += 1
        }
        guard digits <= 200 else { return nil }
      } else {
        break
      }
      place += 1
    }
    guard digits > 0 else { return nil }
    if place < text.count {
      guard let shift = Self.power(text, place) else { return nil }
      power += shift
    }
    (mantissa, exponent) = (value, power)
  }

  /// `e-29`, `E80`, to the end of the text.
  private static func power(_ text: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int32? {
    var place = start
    guard text[place] | 0x20 == UInt8(ascii: "e"), place + 1 < text.count else { return nil }
    place += 1
    let isNegative = text[place] == UInt8(ascii: "-")
    if isNegative || text[place] == UInt8(ascii: "+") { place += 1 }
    guard (1...3).contains(text.count - place) else { return nil }
    var shift: Int32 = 0
    for byte in text[place...] {
      guard byte &- 48 <= 9 else { return nil }
      shift = shift * 10 + Int32(byte &- 48)
    }
    return isNegative ? -shift : shift
  }

  var isZero: Bool { mantissa == 0 }

  /// Times ten to a power.
  func scaled(by power: Int32) -> LedgerNumber { LedgerNumber(mantissa: mantissa, exponent: exponent + power) }

  /// The largest that is reported: sums of many stay within 64 bits.
  static let most: Int64 = 1_000_000_000_000_000_000

  /// The number in units of ten to `target`, rounded down; what is too large counts as `most`.
  func units(of target: Int32) -> Int64 { Self.units(Int128(mantissa), 1, exponent - target, isNearest: false) }

  /// The quotient in units of ten to `target`, rounded to the nearest; nil without a divisor.
  func divided(by other: LedgerNumber, unitsOf target: Int32) -> Int64? {
    guard other.mantissa > 0 else { return nil }
    let shift = exponent - other.exponent - target
    return Self.units(Int128(mantissa), Int128(other.mantissa), shift, isNearest: true)
  }

  /// `value * 10^shift / divisor`.
  private static func units(_ value: Int128, _ divisor: Int128, _ shift: Int32, isNearest: Bool) -> Int64 {
    var (value, divisor, shift) = (value, divisor, shift)
    guard value != 0 else { return 0 }
    // Both are below ten to the 18th: 19 more digits fit beside the half of a divisor.
    while shift > 0, value < bound { (value, shift) = (value * 10, shift - 1) }
    while shift < 0, divisor < bound { (divisor, shift) = (divisor * 10, shift + 1) }
    if shift < 0 { return 0 }
    var quotient = (value + (isNearest ? divisor / 2 : 0)) / divisor
    while shift > 0, quotient < Int128(most), quotient != 0 { (quotient, shift) = (quotient * 10, shift - 1) }
    return quotient > Int128(most) ? most : Int64(quotient)
  }

  private static let bound = Int128(most) * Int128(1_000_000_000_000_000_000)

  /// The difference; nil when it would be below zero. Of what is 18 digits smaller than a number nothing is left in it.
  func minus(_ other: LedgerNumber) -> LedgerNumber? {
    guard !other.isZero, !isZero else { return other.isZero ? self : nil }
    let low = min(exponent, other.exponent)
    if exponent - low > 18 { return self }
    if other.exponent - low > 18 { return nil }
    var (left, right) = (Int128(mantissa), Int128(other.mantissa))
    for _ in 0..<(exponent - low) { left *= 10 }
    for _ in 0..<(other.exponent - low) { right *= 10 }
    guard left >= right else { return nil }
    var (rest, power) = (left - right, low)
    while rest >= Int128(Self.most) { (rest, power) = (rest / 10, power + 1) }
    return LedgerNumber(mantissa: Int64(rest), exponent: power)
  }
}

/// An amount inside scanned text: drops of XRP as a string, or `{"currency", "issuer", "value"}`. Tokens of another
/// kind, `{"mpt_issuance_id", "value"}`, are read and are none that a market here is made of.
struct Amount {
  var value = LedgerNumber.zero
  /// Both empty: XRP. An issuance has no issuer here.
  var currency = JSONText()
  var issuer = JSONText()

  var isXRP: Bool { currency.isEmpty }

  /// Reads the amount at hand; fails when it is none.
  init(_ json: inout JSONScanner) {
    var text = JSONText()
    guard json.peek() == UInt8(ascii: "{") else {
      text = json.string()
      guard json.isValid, let drops = LedgerNumber(text.bytes) else {
        json.fail()
        return
      }
      value = drops.scaled(by: -6)
      return
    }
    json.members { key, json in
      switch key {
      case "currency", "mpt_issuance_id": currency = json.string()
      case "issuer": issuer = json.string()
      case "value": text = json.string()
      default: return false
      }
      return true
    }
    guard json.isValid, !currency.isEmpty, let number = LedgerNumber(text.bytes) else {
      json.fail()
      return
    }
    value = number
  }

  func isOf(_ token: Token) -> Bool {
    guard !token.currency.isEmpty else { return isXRP }
    return currency.bytes.elementsEqual(token.currency.utf8) && issuer.bytes.elementsEqual(token.issuer.utf8)
  }
}
