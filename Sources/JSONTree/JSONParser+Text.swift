extension JSONParser {
  /// A string, from its opening to its closing quote.
  mutating func string() throws(JSONFault) -> String {
    let start = index + 1
    var end = start
    while end < bytes.count {
      let byte = bytes[end]
      if byte == UInt8(ascii: "\"") {
        index = end + 1
        return try text(start..<end)
      }
      if byte == UInt8(ascii: "\\") { return try escapedString(from: start, firstEscape: end) }
      guard byte >= 0x20 else { throw JSONFault(reason: .controlCharacter(byte), offset: end) }
      end += 1
    }
    throw JSONFault(reason: .unexpectedEnd, offset: end)
  }

  private func text(_ range: Range<Int>) throws(JSONFault) -> String {
    guard let text = String(validating: UnsafeBufferPointer(rebasing: bytes[range]), as: UTF8.self) else {
      throw JSONFault(reason: .notUTF8, offset: range.lowerBound)
    }
    return text
  }

  private mutating func escapedString(from start: Int, firstEscape: Int) throws(JSONFault) -> String {
    var result = Array(bytes[start..<firstEscape])
    index = firstEscape
    while index < bytes.count {
      let byte = bytes[index]
      switch byte {
      case UInt8(ascii: "\""):
        index += 1
        guard let text = String(validating: result, as: UTF8.self) else {
          throw JSONFault(reason: .notUTF8, offset: start)
        }
        return text
      case UInt8(ascii: "\\"):
        result.append(contentsOf: try escape())
      case ..<0x20:
        throw JSONFault(reason: .controlCharacter(byte), offset: index)
      default:
        result.append(byte)
        index += 1
      }
    }
    throw JSONFault(reason: .unexpectedEnd, offset: index)
  }

  /// One escape, as UTF-8.
  private mutating func escape() throws(JSONFault) -> String.UTF8View {
    let start = index
    guard index + 1 < bytes.count else { throw JSONFault(reason: .unexpectedEnd, offset: bytes.count) }
    index += 2
    switch bytes[start + 1] {
    case UInt8(ascii: "\""): return "\"".utf8
    case UInt8(ascii: "\\"): return "\\".utf8
    case UInt8(ascii: "/"): return "/".utf8
    case UInt8(ascii: "b"): return "\u{8}".utf8
    case UInt8(ascii: "f"): return "\u{c}".utf8
    case UInt8(ascii: "n"): return "\n".utf8
    case UInt8(ascii: "r"): return "\r".utf8
    case UInt8(ascii: "t"): return "\t".utf8
    case UInt8(ascii: "u"): return String(Character(try escapedScalar(from: start))).utf8
    default: throw JSONFault(reason: .badEscape, offset: start)
    }
  }

  /// RFC 8259 section 7: characters above U+FFFF are written as a surrogate pair.
  private mutating func escapedScalar(from start: Int) throws(JSONFault) -> Unicode.Scalar {
    var code = try hexDigits(from: start)
    if code >> 10 == 0xD800 >> 10, index + 1 < bytes.count, bytes[index] == UInt8(ascii: "\\"),
      bytes[index + 1] == UInt8(ascii: "u")
    {
      index += 2
      let low = try hexDigits(from: start)
      guard low >> 10 == 0xDC00 >> 10 else { throw JSONFault(reason: .badEscape, offset: start) }
      code = 0x10000 + (code & 0x3FF) << 10 + low & 0x3FF
    }
    guard let scalar = Unicode.Scalar(code) else { throw JSONFault(reason: .badEscape, offset: start) }
    return scalar
  }

  private mutating func hexDigits(from start: Int) throws(JSONFault) -> UInt32 {
    guard index + 4 <= bytes.count else { throw JSONFault(reason: .unexpectedEnd, offset: bytes.count) }
    var code: UInt32 = 0
    for byte in bytes[index..<index + 4] {
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
      default: throw JSONFault(reason: .badEscape, offset: start)
      }
      code = code << 4 | UInt32(digit)
    }
    index += 4
    return code
  }

  /// White space, and comments where they are allowed. Keeps count of lines.
  mutating func skipSpace() throws(JSONFault) {
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): index += 1
      case UInt8(ascii: "\n"): newLine()
      case UInt8(ascii: "/"): try skipComment()
      default: return
      }
    }
  }

  private mutating func newLine() {
    index += 1
    line &+= 1
    lineStart = index
  }

  private mutating func skipComment() throws(JSONFault) {
    let start = index
    let second = index + 1 < bytes.count ? bytes[index + 1] : 0
    guard second == UInt8(ascii: "/") || second == UInt8(ascii: "*") else {
      throw JSONFault(reason: .unexpected(byte: bytes[index], wanted: "a value, key or bracket"), offset: index)
    }
    guard options.allowsComments else { throw JSONFault(reason: .comment, offset: start) }
    index += 2
    if second == UInt8(ascii: "/") {
      while index < bytes.count, bytes[index] != UInt8(ascii: "\n") { index += 1 }
      return
    }
    while index + 1 < bytes.count {
      if bytes[index] == UInt8(ascii: "*"), bytes[index + 1] == UInt8(ascii: "/") {
        index += 2
        return
      }
      if bytes[index] == UInt8(ascii: "\n") { newLine() } else { index += 1 }
    }
    throw JSONFault(reason: .unclosedComment, offset: start)
  }
}
