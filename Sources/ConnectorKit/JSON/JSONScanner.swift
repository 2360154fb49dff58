import Decimals

/// A pull scanner over JSON bytes: no copy, no allocation, any key order, any white space.
///
/// It reads in place and remembers nothing but its position. A mistake in the text is *sticky*: the scanner moves to
/// the end, every later read gives zero or empty, every loop ends, and `isValid` says so once at the end. So reading
/// code has no error branch of its own:
///
///     var json = JSONScanner(payload)
///     json.enterObject()
///     while let key = json.nextKey() {
///       switch key {
///       case "u": last = json.unsigned()
///       case "b": json.enterArray(); while json.nextElement() { ... }
///       default: json.skip()
///       }
///     }
///     guard json.isValid else { ... }
///
/// Everything read must be taken as unproved until `isValid` has been asked. What has been walked and skipped to the
/// end is then JSON by the grammar of RFC 8259, but for two things that it leaves to who uses a text: bytes from 0x80
/// in strings are not proved to be UTF-8, and a `\u` escape may be half a surrogate pair. Numbers may be quoted or
/// bare; what is quoted may have leading zeros.
///
/// At least `PB_PAYLOAD_SLACK` readable bytes must follow the text: the scanner loads eight bytes at a time, but
/// nothing that it gives depends on a byte behind the end.
@frozen
public struct JSONScanner: ~Copyable {
  @usableFromInline var cursor: UnsafePointer<UInt8>
  @usableFromInline let end: UnsafePointer<UInt8>
  /// The container at hand has not given an element yet, so no comma is due.
  @usableFromInline var fresh = true
  @usableFromInline var failed = false

  /// Scans `bytes`, behind which at least 64 bytes are readable.
  @inlinable
  public init(_ bytes: UnsafeBufferPointer<UInt8>) {
    if let base = bytes.baseAddress {
      cursor = base
      end = base + bytes.count
    } else {
      cursor = emptyText
      end = cursor
      failed = true
    }
  }

  @inlinable
  init(from start: UnsafePointer<UInt8>, to end: UnsafePointer<UInt8>) {
    cursor = start
    self.end = end
  }

  /// Whether everything read so far was well-formed.
  @inlinable public var isValid: Bool { !failed }

  /// Whether everything was well-formed and nothing but white space is left.
  @inlinable
  public mutating func isComplete() -> Bool {
    skipSpace()
    return cursor == end && !failed
  }

  @inlinable
  public mutating func fail() {
    failed = true
    cursor = end
  }

  // MARK: Containers

  /// Enters an object; `nextKey` then walks it.
  @inlinable
  public mutating func enterObject() { enter(UInt8(ascii: "{")) }

  /// Enters an array; `nextElement` then walks it.
  @inlinable
  public mutating func enterArray() { enter(UInt8(ascii: "[")) }

  @inlinable
  mutating func enter(_ bracket: UInt8) {
    skipSpace()
    guard cursor < end, cursor.pointee == bracket else { return fail() }
    cursor += 1
    fresh = true
  }

  /// The next key of the object at hand, its value being next to read; `nil` at the object's end, which is then behind.
  @inlinable
  @inline(__always)
  public mutating func nextKey() -> JSONText? {
    // Keys of one letter directly behind a comma are what fast feeds are made of.
    if cursor.pointee == UInt8(ascii: ","), !fresh, end - cursor >= 5 {
      let word = loadWord(cursor + 1) & 0xFFFF_00FF
      let letter = cursor[2]
      if word == 0x3A22_0022, letter >= 0x20, letter != UInt8(ascii: "\"") , letter != UInt8(ascii: "\\") {
        let key = JSONText(start: cursor + 2, count: 1, isEscaped: false)
        cursor += 5
        return key
      }
    }
    return anyKey()
  }

  @inlinable
  mutating func anyKey() -> JSONText? {
    guard advance(to: UInt8(ascii: "}")) else { return nil }
    guard cursor < end, cursor.pointee == UInt8(ascii: "\"") else { fail(); return nil }
    let key = quotedText()
    if cursor < end, cursor.pointee != UInt8(ascii: ":") { skipSpace() }
    guard cursor < end, cursor.pointee == UInt8(ascii: ":") else { fail(); return nil }
    cursor += 1
    return key
  }

  /// Whether the array at hand has another element, which is then next to read; `false` at its end, which is then
  /// behind.
  @inlinable
  @inline(__always)
  public mutating func nextElement() -> Bool {
    if !fresh, cursor < end {
      if cursor.pointee == UInt8(ascii: ","), end - cursor > 1, cursor[1] > 0x20 {
        cursor += 1
        return true
      }
      if cursor.pointee == UInt8(ascii: "]") {
        cursor += 1
        return false
      }
    }
    return advance(to: UInt8(ascii: "]"))
  }

  /// Steps over the comma to the next member, or over the closing bracket (`false`).
  @inlinable
  mutating func advance(to close: UInt8) -> Bool {
    skipSpace()
    guard cursor < end else { fail(); return false }
    let byte = cursor.pointee
    if byte == UInt8(ascii: ","), !fresh {
      cursor += 1
      skipSpace()
      if cursor < end { return true }
      fail()
      return false
    }
    if byte == close {
      cursor += 1
      fresh = false
      return false
    }
    guard fresh else { fail(); return false }
    fresh = false
    return true
  }

  // MARK: White space and strings

  @inlinable
  mutating func skipSpace() {
    // Most venues send none: one compare.
    while cursor < end, cursor.pointee <= 0x20 {
      let byte = cursor.pointee
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return fail() }
      cursor += 1
    }
  }

  /// A string's bytes as they stand in the text; the cursor is at the opening quote.
  @inlinable
  mutating func quotedText() -> JSONText {
    cursor += 1
    return restOfString()
  }

  /// What is left of a string whose opening quote was taken with `take`, its closing quote then being behind.
  @inlinable
  @inline(__always)
  public mutating func restOfString() -> JSONText {
    let start = cursor
    var position = cursor
    while position < end {
      let mask = stringStopMask(loadWord(position))
      if mask == 0 { position += 8; continue }
      position += mask.trailingZeroBitCount >> 3
      guard position < end else { break }
      if position.pointee == UInt8(ascii: "\"") {
        cursor = position + 1
        return JSONText(start: start, count: position - start, isEscaped: false)
      }
      return escapedText(from: start, at: position)
    }
    fail()
    return JSONText()
  }

  /// The slow end of `quotedText`: there is an escape, or a control character that JSON forbids.
  @usableFromInline
  mutating func escapedText(from start: UnsafePointer<UInt8>, at first: UnsafePointer<UInt8>) -> JSONText {
    var position = first
    while position < end {
      let byte = position.pointee
      if byte == UInt8(ascii: "\"") {
        cursor = position + 1
        return JSONText(start: start, count: position - start, isEscaped: true)
      }
      guard byte >= 0x20 else { break }
      guard byte == UInt8(ascii: "\\") else { position += 1; continue }
      let length = escapeLength(position, end)
      guard length > 0 else { break }
      position += length
    }
    fail()
    return JSONText()
  }

  /// Steps over `literal` when exactly these bytes come next; otherwise nothing moves. For the wording that a venue
  /// always uses: one compare of eight bytes at a time instead of a walk from key to key. What is worded otherwise is
  /// then read the general way, from its start. After it the scanner knows nothing of containers: use only `take`,
  /// `restOfString` and values, down to the end of the text.
  @inlinable
  @inline(__always)
  public mutating func take(_ literal: StaticString) -> Bool {
    let count = literal.utf8CodeUnitCount
    guard end - cursor >= count else { return false }
    let wanted = literal.utf8Start
    var index = 0
    while index + 8 <= count {
      if loadWord(cursor + index) != loadWord(wanted + index) { return false }
      index += 8
    }
    while index < count {
      if cursor[index] != wanted[index] { return false }
      index += 1
    }
    cursor += count
    fresh = false
    return true
  }

  /// A string; empty and failed when the value is something else.
  @inlinable
  public mutating func string() -> JSONText {
    skipSpace()
    guard cursor < end, cursor.pointee == UInt8(ascii: "\"") else { fail(); return JSONText() }
    return quotedText()
  }

  /// A string, or the text of a bare number, `true`, `false` or `null`: for ids that venues send either way.
  @inlinable
  public mutating func scalar() -> JSONText {
    skipSpace()
    guard cursor < end else { fail(); return JSONText() }
    if cursor.pointee == UInt8(ascii: "\"") { return quotedText() }
    return bareText()
  }

  /// A bare number, `true`, `false` or `null`.
  @usableFromInline
  mutating func bareText() -> JSONText {
    let start = cursor
    while cursor < end, isBare(cursor.pointee) { cursor += 1 }
    let text = JSONText(start: start, count: cursor - start, isEscaped: false)
    guard isNumber(text.bytes) || text == "true" || text == "false" || text == "null" else {
      fail()
      return JSONText()
    }
    return text
  }
}

/// A place in a text, for reading a value later than it stands: keys may come in any order.
@frozen
public struct JSONMark {
  @usableFromInline let cursor: UnsafePointer<UInt8>
  @usableFromInline let end: UnsafePointer<UInt8>

  @inlinable
  init(_ cursor: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) {
    self.cursor = cursor
    self.end = end
  }

  /// A scanner that stands at the marked value. Valid as long as the bytes are.
  @inlinable
  public func scanner() -> JSONScanner { JSONScanner(from: cursor, to: end) }
}

extension JSONScanner {
  /// Marks the value that is next, without reading it.
  @inlinable public var mark: JSONMark { JSONMark(cursor, end) }

  /// The first byte of the next value (`{`, `[`, `"`, a digit, `t`, `f`, `n`), or 0 at the end.
  @inlinable
  public mutating func peek() -> UInt8 {
    skipSpace()
    return cursor < end ? cursor.pointee : 0
  }
}

// MARK: - Words

/// Where texts without bytes start; never read.
@usableFromInline
nonisolated(unsafe) let emptyText = UnsafePointer<UInt8>(UnsafeMutablePointer<UInt8>.allocate(capacity: 64))

@inlinable
func loadWord(_ pointer: UnsafePointer<UInt8>) -> UInt64 {
  UInt64(littleEndian: UnsafeRawPointer(pointer).loadUnaligned(as: UInt64.self))
}

/// Bit 7 of each byte that ends a run of plain string bytes: a quote, a backslash or a control character. Bytes above
/// the first hit may be wrong, which is why only the lowest set bit is used.
@inlinable
func stringStopMask(_ word: UInt64) -> UInt64 {
  let ones: UInt64 = 0x0101_0101_0101_0101
  let high: UInt64 = 0x8080_8080_8080_8080
  let quotes = word ^ (ones &* 0x22)
  let slashes = word ^ (ones &* 0x5C)
  let control = (word &- (ones &* 0x20)) & ~word
  return (((quotes &- ones) & ~quotes) | ((slashes &- ones) & ~slashes) | control) & high
}

/// Bytes of the escape that starts here, 0 when there is none such.
func escapeLength(_ position: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Int {
  guard end - position >= 2 else { return 0 }
  switch position[1] {
  case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
    UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
    return 2
  case UInt8(ascii: "u"):
    guard end - position >= 6 else { return 0 }
    for index in 2..<6 where !isHexDigit(position[index]) { return 0 }
    return 6
  default: return 0
  }
}

@inlinable
func isHexDigit(_ byte: UInt8) -> Bool {
  byte &- 0x30 <= 9 || (byte | 0x20) &- 0x61 <= 5
}

/// Whether `text` is a number as JSON writes it: no plus sign, no leading zero, digits on both sides of a point.
func isNumber(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
  var index = 0
  func digits() -> Int {
    let start = index
    while index < text.count, text[index] &- 48 <= 9 { index += 1 }
    return index - start
  }
  if index < text.count, text[index] == UInt8(ascii: "-") { index += 1 }
  let first = index
  let whole = digits()
  guard whole == 1 || (whole > 1 && text[first] != UInt8(ascii: "0")) else { return false }
  if index < text.count, text[index] == UInt8(ascii: ".") {
    index += 1
    guard digits() > 0 else { return false }
  }
  if index < text.count, text[index] | 0x20 == UInt8(ascii: "e") {
    index += 1
    if index < text.count, text[index] == UInt8(ascii: "+") || text[index] == UInt8(ascii: "-") { index += 1 }
    guard digits() > 0 else { return false }
  }
  return index == text.count
}

@inlinable
func isBare(_ byte: UInt8) -> Bool {
  byte > 0x20 && byte != UInt8(ascii: ",") && byte != UInt8(ascii: "]") && byte != UInt8(ascii: "}")
    && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "{") && byte != UInt8(ascii: "[") && byte != UInt8(ascii: ":")
}
