import Decimals

extension JSONScanner {
  /// A number, quoted or bare, as a mantissa at `exponent`: with exponent -8, `0.5` gives 50000000. Fails when it is
  /// not a number, when digits would be lost, or when it does not fit.
  @inlinable
  public mutating func fixed(_ exponent: Int32) -> Int64 {
    if cursor < end, cursor.pointee <= 0x20 { skipSpace() }
    let quoted = cursor.pointee == UInt8(ascii: "\"")
    var position = cursor + (quoted ? 1 : 0)
    let negative = position.pointee == UInt8(ascii: "-")
    if negative { position += 1 }
    let first = position
    guard let form = UsualForm(exponent), let value = form.read(&position) else { return slowFixed(exponent) }
    // Whatever is unusual (nothing to read, many digits, an exponent, a missing quote, the text's end) is read again
    // slowly.
    let isClosed =
      quoted
      ? position.pointee == UInt8(ascii: "\"")
      : (position >= end || !isBare(position.pointee)) && (first.pointee != UInt8(ascii: "0") || first[1] &- 48 > 9)
    if quoted { position += 1 }
    guard isClosed, position <= end else { return slowFixed(exponent) }
    cursor = position
    return negative ? -value : value
  }

  @usableFromInline
  mutating func slowFixed(_ exponent: Int32) -> Int64 {
    guard let value = decimal().mantissa(at: exponent) else { fail(); return 0 }
    return value
  }

  /// A number, quoted or bare, at its own exponent. Fails when it is not a number or has more digits than 64 bits hold.
  public mutating func decimal() -> Decimal64 {
    let text = scalar()
    guard isValid, !text.isEscaped, isWrittenNumber(text.bytes), case .exact(let value) = DecimalText.parse(text.bytes)
    else { fail(); return .zero }
    return value
  }

  /// A number of any length, at its own exponent, for sums. Fails when it is not a number.
  public mutating func wideDecimal() -> WideDecimal {
    let text = scalar()
    guard isValid, !text.isEscaped, isWrittenNumber(text.bytes), let value = WideDecimal(text.bytes)
    else { fail(); return .zero }
    return value
  }

  /// Steps over the next value, and gives a scanner that stands at it: what is wrong inside an entry of a list then
  /// spoils that entry alone. Fails like `skip` where the value is no JSON.
  public mutating func entry() -> JSONScanner {
    let start = mark
    skip()
    return start.scanner()
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

  /// As `wideDecimal`, but `null` and the empty string, by which venues say "none", are `nil`.
  public mutating func optionalWideDecimal() -> WideDecimal? {
    let mark = cursor
    let text = scalar()
    guard isValid, !text.isEmpty, text != "null" else { return nil }
    cursor = mark
    return wideDecimal()
  }

  /// As `fixed`, but `null` and the empty string, by which venues say "none", are `nil`.
  public mutating func optionalFixed(_ exponent: Int32) -> Int64? {
    let mark = cursor
    let text = scalar()
    guard isValid, !text.isEmpty, text != "null" else { return nil }
    cursor = mark
    return fixed(exponent)
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

  /// Milliseconds since the epoch as nanoseconds; a fraction is kept. Fails when it is finer than a nanosecond, and for
  /// a moment that is not plausible.
  @inlinable
  public mutating func milliseconds() -> Int64 {
    var whole = JSONScanner(from: cursor, to: end)
    let value = whole.unsigned()
    guard whole.isValid, value <= UInt64(PlausibleTime.end / 1_000_000) else { return slowMoment(-6) }
    cursor = whole.cursor
    return Int64(bitPattern: value) &* 1_000_000
  }
}

/// Whether a text, quoted or not, is written as exchanges write numbers: no plus sign in front, digits on both sides of
/// a point. What is written otherwise was made by something else than the exchange.
func isWrittenNumber(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
  var index = text.first == UInt8(ascii: "-") ? 1 : 0
  func isDigit() -> Bool { index < text.count && text[index] &- 48 <= 9 }
  guard isDigit() else { return false }
  while isDigit() { index += 1 }
  guard index < text.count, text[index] == UInt8(ascii: ".") else { return true }
  index += 1
  return isDigit()
}

/// How prices and quantities are usually written, at one exponent: one to eight digits, and behind a point no more than
/// the exponent's places. Such a number is read eight digits at a time.
@frozen
@usableFromInline
struct UsualForm {
  @usableFromInline let places: Int
  @usableFromInline let scale: UInt64

  /// `nil` for exponents beyond the eight places that one word holds.
  @inlinable
  init?(_ exponent: Int32) {
    guard exponent <= 0, exponent >= -8 else { return nil }
    places = Int(truncatingIfNeeded: -exponent)
    scale = UInt64(bitPattern: powersOfTen(places))
  }

  /// The mantissa, with `position` moved behind the last digit; `nil` when the number is of another form. Reads at most
  /// 24 bytes on, of any value, and uses none behind the first that is no digit.
  @inlinable
  @inline(__always)
  func read(_ position: inout UnsafePointer<UInt8>) -> Int64? {
    let word = loadWord(position)
    let count = leadingDigits(word)
    guard count > 0 else { return nil }
    position += count
    let whole = eightDigits(word << UInt64(truncatingIfNeeded: 64 &- 8 &* count)) &* scale
    guard position.pointee == UInt8(ascii: ".") else {
      return position.pointee &- 48 > 9 ? Int64(bitPattern: whole) : nil
    }
    position += 1
    let fraction = loadWord(position)
    if places == 8, isEightDigits(fraction) {
      position += 8
      return position.pointee &- 48 > 9 ? Int64(bitPattern: whole &+ eightDigits(fraction)) : nil
    }
    let given = leadingDigits(fraction)
    guard given > 0, given <= places else { return nil }
    position += given
    // Bytes behind the digits become zeros, so that the fraction is as long as the exponent wants it.
    let kept = given == 8 ? fraction : fraction & (1 &<< UInt64(truncatingIfNeeded: 8 &* given) &- 1)
    let scaled = eightDigits(kept << UInt64(truncatingIfNeeded: 64 &- 8 &* places))
    return position.pointee &- 48 > 9 ? Int64(bitPattern: whole &+ scaled) : nil
  }

  /// A level written `["price","quantity"]` without white space, with `position` at its bracket and moved behind it;
  /// `nil`, and nothing moved, when it is written otherwise.
  @inlinable
  @inline(__always)
  static func level(
    _ position: inout UnsafePointer<UInt8>, price: UsualForm, quantity: UsualForm
  ) -> (price: Int64, quantity: Int64)? {
    var place = position
    guard loadHalf(place) == 0x225B else { return nil }  // ["
    place += 2
    guard let first = price.read(&place), loadWord(place) & 0xFF_FFFF == 0x22_2C22 else { return nil }  // ","
    place += 3
    guard let second = quantity.read(&place), loadHalf(place) == 0x5D22 else { return nil }  // "]
    position = place + 2
    return (first, second)
  }
}

@inlinable
@inline(__always)
func loadHalf(_ pointer: UnsafePointer<UInt8>) -> UInt16 {
  UInt16(littleEndian: UnsafeRawPointer(pointer).loadUnaligned(as: UInt16.self))
}

/// Whether all eight bytes are ASCII digits.
@inlinable
@inline(__always)
func isEightDigits(_ word: UInt64) -> Bool {
  ((word & 0xF0F0_F0F0_F0F0_F0F0) | (((word &+ 0x0606_0606_0606_0606) & 0xF0F0_F0F0_F0F0_F0F0) >> 4))
    == 0x3333_3333_3333_3333
}

/// How many of the eight bytes, from the first, are ASCII digits.
@inlinable
@inline(__always)
func leadingDigits(_ word: UInt64) -> Int {
  // A byte is a digit when it is 0x30 to 0x39: exclusive-or gives 0 to 9, and adding 0x76 to more than that sets bit 7.
  // The sum of a byte above 0x89 may carry into the next one, which is behind the first byte that is no digit anyway.
  let offset = word ^ 0x3030_3030_3030_3030
  let stops = ((offset &+ 0x7676_7676_7676_7676) | offset) & 0x8080_8080_8080_8080
  return stops.trailingZeroBitCount >> 3
}

/// The value of eight ASCII digits, the first being the most significant: three multiplications instead of eight.
@inlinable
@inline(__always)
func eightDigits(_ word: UInt64) -> UInt64 {
  var value = word & 0x0F0F_0F0F_0F0F_0F0F
  value = (value &* 2561) >> 8
  value = ((value & 0x00FF_00FF_00FF_00FF) &* 6_553_601) >> 16
  return ((value & 0x0000_FFFF_0000_FFFF) &* 42_949_672_960_001) >> 32
}

extension JSONText {
  /// The text as a number, such as a key that is a price: its mantissa at `exponent`; `nil` when it is none, or digits
  /// would be lost.
  @inlinable
  public func fixed(_ exponent: Int32) -> Int64? {
    var position = start
    if let form = UsualForm(exponent), let value = form.read(&position), position == start + count { return value }
    return slowFixed(exponent)
  }

  @usableFromInline
  func slowFixed(_ exponent: Int32) -> Int64? {
    guard !isEscaped, isWrittenNumber(bytes), case .exact(let value) = DecimalText.parse(bytes) else { return nil }
    return value.mantissa(at: exponent)
  }
}
