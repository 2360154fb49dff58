/// A string inside scanned text, borrowed: valid as long as the scanned bytes are.
@frozen
public struct JSONText {
  @usableFromInline let start: UnsafePointer<UInt8>
  /// Bytes as they stand in the text, escapes counted as written.
  public let count: Int
  /// Whether it contains backslash escapes; then `bytes` are not yet the value, `unescaped` is.
  public let isEscaped: Bool

  @inlinable
  init(start: UnsafePointer<UInt8>, count: Int, isEscaped: Bool) {
    self.start = start
    self.count = count
    self.isEscaped = isEscaped
  }

  /// A part of scanned text that holds no escapes.
  @inlinable
  public init(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) {
    let part = UnsafeBufferPointer(rebasing: bytes)
    self.init(start: part.baseAddress ?? emptyText, count: part.count, isEscaped: false)
  }

  @inlinable
  public init() { self.init(start: emptyText, count: 0, isEscaped: false) }

  @inlinable public var isEmpty: Bool { count == 0 }

  /// The bytes as they stand in the text.
  @inlinable public var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: start, count: count) }

  /// The byte at `index`, or 0 behind the end.
  @inlinable
  public subscript(index: Int) -> UInt8 { index >= 0 && index < count ? start[index] : 0 }

  /// The first eight bytes, the first one lowest, and zeros behind the end. Only of what a scanner read.
  @inlinable
  var firstWord: UInt64 { count >= 8 ? loadWord(start) : loadWord(start) & (1 &<< UInt64(8 &* count) &- 1) }

  /// Whether it is the same part of the same text, and not only alike.
  @inlinable public func isSame(as other: JSONText) -> Bool { start == other.start && count == other.count }

  /// The part behind the first `byte`, or `nil` when there is none.
  @inlinable
  public func after(first byte: UInt8) -> JSONText? {
    var index = 0
    while index < count {
      if start[index] == byte {
        return JSONText(start: start + index + 1, count: count - index - 1, isEscaped: isEscaped)
      }
      index += 1
    }
    return nil
  }

  /// The part before the first `byte`, or all of it when there is none.
  @inlinable
  public func before(first byte: UInt8) -> JSONText {
    var index = 0
    while index < count, start[index] != byte { index += 1 }
    return JSONText(start: start, count: index, isEscaped: isEscaped)
  }

  @inlinable
  public static func == (text: JSONText, literal: StaticString) -> Bool {
    let count = literal.utf8CodeUnitCount
    if text.isEscaped { return text.unescaped == Array(UnsafeBufferPointer(start: literal.utf8Start, count: count)) }
    guard text.count == count else { return false }
    var index = 0
    while index < count {
      if text.start[index] != literal.utf8Start[index] { return false }
      index += 1
    }
    return true
  }

  @inlinable public static func != (text: JSONText, literal: StaticString) -> Bool { !(text == literal) }

  /// Whether the text, escapes as they stand, begins so.
  @inlinable
  public func hasPrefix(_ literal: StaticString) -> Bool {
    let length = literal.utf8CodeUnitCount
    guard count >= length else { return false }
    var index = 0
    while index < length {
      if start[index] != literal.utf8Start[index] { return false }
      index += 1
    }
    return true
  }

  /// So that a `switch` over a key reads like one over strings.
  @inlinable public static func ~= (literal: StaticString, text: JSONText) -> Bool { text == literal }

  /// The value with its escapes resolved; malformed escapes become U+FFFD. Allocates.
  public var unescaped: [UInt8] {
    guard isEscaped else { return Array(bytes) }
    var result: [UInt8] = []
    result.reserveCapacity(count)
    resolve { result.append($0) }
    return result
  }

  /// Hands over the bytes of the value, its escapes resolved: never more of them than `count`, where the text was read
  /// by a scanner.
  @inline(__always)
  func resolve(_ put: (UInt8) -> Void) {
    var index = 0
    while index < count {
      let byte = start[index]
      index += 1
      guard byte == UInt8(ascii: "\\") else { put(byte); continue }
      let kind = self[index]
      index += 1
      switch kind {
      case UInt8(ascii: "n"): put(0x0A)
      case UInt8(ascii: "t"): put(0x09)
      case UInt8(ascii: "r"): put(0x0D)
      case UInt8(ascii: "b"): put(0x08)
      case UInt8(ascii: "f"): put(0x0C)
      case UInt8(ascii: "u"):
        let (scalar, next) = unicodeEscape(at: index)
        for unit in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { put(unit) }
        index = next
      default: put(kind)
      }
    }
  }

  /// The value as a String; invalid UTF-8 is repaired. Allocates.
  public var text: String { String(decoding: unescaped, as: UTF8.self) }

  /// Reads the digits of `\uXXXX`, and of the second half of a surrogate pair.
  private func unicodeEscape(at index: Int) -> (Unicode.Scalar, Int) {
    let replacement = Unicode.Scalar(0xFFFD as UInt32) ?? " "
    guard let high = hex4(at: index) else { return (replacement, min(index + 4, count)) }
    if high >= 0xD800, high < 0xDC00, self[index + 4] == UInt8(ascii: "\\"), self[index + 5] == UInt8(ascii: "u"),
      let low = hex4(at: index + 6), low >= 0xDC00, low < 0xE000
    {
      let value = 0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)
      return (Unicode.Scalar(value) ?? replacement, index + 10)
    }
    return (Unicode.Scalar(high) ?? replacement, index + 4)
  }

  private func hex4(at index: Int) -> UInt32? {
    guard index + 4 <= count else { return nil }
    var value: UInt32 = 0
    for offset in 0..<4 {
      let byte = start[index + offset]
      switch byte {
      case 0x30...0x39: value = value << 4 | UInt32(byte - 0x30)
      case 0x41...0x46: value = value << 4 | UInt32(byte - 0x37)
      case 0x61...0x66: value = value << 4 | UInt32(byte - 0x57)
      default: return nil
      }
    }
    return value
  }
}
