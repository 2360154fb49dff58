import Decimals

extension JSONScanner {
  /// A number, quoted or bare, as a mantissa at `exponent`: with exponent -8, `0.5` gives 50000000. Fails when it is not a
  /// number, when digits would be lost, or when it does not fit.
  @inlinable
  public mutating func fixed(_ exponent: Int32) -> Int64 {
    skipSpace()
    var position = cursor
    guard position < end else { fail(); return 0 }
    let quoted = position.pointee == UInt8(ascii: "\"")
    if quoted { position += 1 }
    let negative = position.pointee == UInt8(ascii: "-")
    if negative { position += 1 }
    let first = position
    var value: UInt64 = 0
    var digit = UInt64(position.pointee &- 48)
    while digit <= 9, position - first < 18 {
      value = value &* 10 &+ digit
      position += 1
      digit = UInt64(position.pointee &- 48)
    }
    var places: Int32 = 0
    var digits = position - first
    if digits > 0, position.pointee == UInt8(ascii: ".") {
      position += 1
      let point = position
      let word = loadWord(position)
      if digits <= 10, isEightDigits(word) {
        value = value &* 100_000_000 &+ eightDigits(word)
        position += 8
      }
      digit = UInt64(position.pointee &- 48)
      while digit <= 9, digits + (position - point) < 18 {
        value = value &* 10 &+ digit
        position += 1
        digit = UInt64(position.pointee &- 48)
      }
      places = Int32(truncatingIfNeeded: position - point)
      digits += Int(places)
      if places == 0 { digits = 0 }
    }
    if quoted { position += 1 }
    // Whatever is unusual (nothing to read, more digits than surely fit, an exponent, a missing quote) is read again slowly.
    guard digits > 0, digits < 18, position <= end,
      quoted ? position[-1] == UInt8(ascii: "\"") : position == end || !isBare(position.pointee)
    else { return slowFixed(exponent) }
    cursor = position
    let signed = Int64(bitPattern: negative ? 0 &- value : value)
    let shift = -exponent &- places
    if shift == 0 { return signed }
    return rescale(signed, shift)
  }

  /// Multiplies by 10^shift, or divides exactly when it is negative.
  @usableFromInline
  mutating func rescale(_ value: Int64, _ shift: Int32) -> Int64 {
    if let scaled = Decimal64(mantissa: value, exponent: shift).mantissa(at: 0) { return scaled }
    fail()
    return 0
  }

  @usableFromInline
  mutating func slowFixed(_ exponent: Int32) -> Int64 {
    guard let value = decimal().mantissa(at: exponent) else { fail(); return 0 }
    return value
  }

  /// A number, quoted or bare, at its own exponent. Fails when it is not a number or has more digits than 64 bits hold.
  public mutating func decimal() -> Decimal64 {
    let text = scalar()
    guard isValid, !text.isEscaped, case .exact(let value) = DecimalText.parse(text.bytes) else { fail(); return .zero }
    return value
  }

  /// As `decimal`, but `null` and the empty string, by which venues say "none", are `nil`.
  public mutating func optionalDecimal() -> Decimal64? {
    let mark = cursor
    let text = scalar()
    guard isValid else { return nil }
    if text.isEmpty || text == "null" { return nil }
    cursor = mark
    return decimal()
  }

  /// A non-negative integer up to 2^64 - 1, quoted or bare.
  @inlinable
  public mutating func unsigned() -> UInt64 {
    skipSpace()
    var position = cursor
    guard position < end else { fail(); return 0 }
    let quoted = position.pointee == UInt8(ascii: "\"")
    if quoted { position += 1 }
    let first = position
    var value: UInt64 = 0
    if isEightDigits(loadWord(position)) {
      value = eightDigits(loadWord(position))
      position += 8
    }
    var digit = UInt64(position.pointee &- 48)
    while digit <= 9, position - first < 19 {
      value = value &* 10 &+ digit
      position += 1
      digit = UInt64(position.pointee &- 48)
    }
    let count = position - first
    if digit <= 9 {
      let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflow2) = tens.addingReportingOverflow(digit)
      position += 1
      guard !overflow, !overflow2 else { fail(); return 0 }
      value = sum
    }
    if quoted { position += 1 }
    guard count > 0, position <= end,
      quoted ? position[-1] == UInt8(ascii: "\"") : position == end || !isBare(position.pointee)
    else { fail(); return 0 }
    cursor = position
    return value
  }

  /// An integer from -2^63 to 2^63 - 1, quoted or bare.
  @inlinable
  public mutating func integer() -> Int64 { fixed(0) }

  /// `true` or `false`, quoted or bare.
  @inlinable
  public mutating func boolean() -> Bool {
    let text = scalar()
    if text == "true" { return true }
    if text != "false" { fail() }
    return false
  }

  /// Milliseconds since the epoch as nanoseconds; a fraction is kept.
  @inlinable
  public mutating func milliseconds() -> Int64 {
    fixed(-6)
  }

  /// Steps over the next value, whatever it is.
  @inlinable
  public mutating func skip() {
    skipSpace()
    guard cursor < end else { return fail() }
    switch cursor.pointee {
    case UInt8(ascii: "\""): _ = quotedText()
    case UInt8(ascii: "{"), UInt8(ascii: "["): skipContainer()
    default: _ = scalar()
    }
  }

  @usableFromInline
  mutating func skipContainer() {
    var depth = 0
    while cursor < end {
      switch cursor.pointee {
      case UInt8(ascii: "\""):
        _ = quotedText()
        continue
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        if depth == 0 {
          cursor += 1
          fresh = false
          return
        }
      default: break
      }
      cursor += 1
    }
    fail()
  }
}

/// Whether all eight bytes are ASCII digits.
@inlinable
func isEightDigits(_ word: UInt64) -> Bool {
  ((word & 0xF0F0_F0F0_F0F0_F0F0) | (((word &+ 0x0606_0606_0606_0606) & 0xF0F0_F0F0_F0F0_F0F0) >> 4))
    == 0x3333_3333_3333_3333
}

/// The value of eight ASCII digits, the first being the most significant: three multiplications instead of eight.
@inlinable
func eightDigits(_ word: UInt64) -> UInt64 {
  var value = word & 0x0F0F_0F0F_0F0F_0F0F
  value = (value &* 2561) >> 8
  value = ((value & 0x00FF_00FF_00FF_00FF) &* 6_553_601) >> 16
  return ((value & 0x0000_FFFF_0000_FFFF) &* 42_949_672_960_001) >> 32
}
