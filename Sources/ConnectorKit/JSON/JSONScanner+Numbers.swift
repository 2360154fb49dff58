import Decimals

extension JSONScanner {
  /// A number, quoted or bare, as a mantissa at `exponent`: with exponent -8, `0.5` gives 50000000. Fails when it is
  /// not a number, when digits would be lost, or when it does not fit.
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
    let startsWithZero = digits > 1 && first.pointee == UInt8(ascii: "0")
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
    // Whatever is unusual (nothing to read, more digits than surely fit, an exponent, a missing quote) is read again
    // slowly.
    guard digits > 0, digits < 18, position <= end,
      quoted
        ? position[-1] == UInt8(ascii: "\"") : !startsWithZero && (position == end || !isBare(position.pointee))
    else { return slowFixed(exponent) }
    cursor = position
    let signed = Int64(bitPattern: negative ? 0 &- value : value)
    let shift = 0 &- exponent &- places
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
    let word = loadWord(position)
    if isEightDigits(word) {
      value = eightDigits(word)
      position += 8
    }
    var digit = UInt64(position.pointee &- 48)
    while digit <= 9, position - first < 19 {
      value = value &* 10 &+ digit
      position += 1
      digit = UInt64(position.pointee &- 48)
    }
    let count = position - first
    if quoted { position += 1 }
    // The twentieth digit, a leading zero, a missing quote and the end of the text are read again slowly.
    guard count > 0, position <= end,
      quoted
        ? position[-1] == UInt8(ascii: "\"")
        : (count == 1 || first.pointee != UInt8(ascii: "0")) && (position == end || !isBare(position.pointee))
    else { return slowUnsigned() }
    cursor = position
    return value
  }

  @usableFromInline
  mutating func slowUnsigned() -> UInt64 {
    let text = scalar()
    var value: UInt64 = 0
    for byte in text.bytes {
      let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflow2) = tens.addingReportingOverflow(UInt64(byte &- 48))
      guard byte &- 48 <= 9, !overflow, !overflow2 else { fail(); return 0 }
      value = sum
    }
    if text.isEmpty { fail() }
    return value
  }

  /// An integer of at most 2^63 - 1 in magnitude, quoted or bare; `1e3` and `5.0` are integers too.
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

  /// Milliseconds since the epoch as nanoseconds; a fraction is kept. Fails when it is finer than a nanosecond.
  @inlinable
  public mutating func milliseconds() -> Int64 {
    fixed(-6)
  }

  /// Steps over the next value, whatever it is. As strict as reading it; fails when containers are nested more than 64
  /// deep.
  @inlinable
  public mutating func skip() {
    skipSpace()
    guard cursor < end else { return fail() }
    switch cursor.pointee {
    case UInt8(ascii: "\""): _ = quotedText()
    case UInt8(ascii: "{"), UInt8(ascii: "["): skipContainer()
    default: _ = bareText()
    }
  }

  @usableFromInline
  mutating func skipContainer() {
    // A bit per open container, the innermost lowest: 1 for an object.
    var kinds: UInt64 = 0
    var depth = 0
    repeat {
      switch peek() {
      case UInt8(ascii: "\""): _ = quotedText()
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        guard depth < 64 else { return fail() }
        kinds = kinds << 1 | (cursor.pointee == UInt8(ascii: "{") ? 1 : 0)
        depth += 1
        cursor += 1
        fresh = true
      default: _ = bareText()
      }
      // To the next value, out of all containers that end here.
      while depth > 0, kinds & 1 == 1 ? nextKey() == nil : !nextElement() {
        kinds >>= 1
        depth -= 1
      }
    } while depth > 0
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
