import Catalog

/// A token to take out of a reply.
public struct CaptureRule: Sendable, Equatable {
  public var path: String
  public var slot: UInt32
  public var alphabet: TokenCapture.Alphabet

  public init(path: String, slot: UInt32, alphabet: TokenCapture.Alphabet = .query) {
    self.path = path
    self.slot = slot
    self.alphabet = alphabet
  }
}

/// Takes tokens out of a reply before anything else sees it.
public enum ReplyCapture {
  /// A token shorter than this is masked where it was found and not searched for elsewhere in the reply.
  static let searchable = 8

  /// Overwrites the value at each path, and what equals it elsewhere, by as many bytes: `*` inside of a string, `1`
  /// outside, where only a number can stand, so that it stays one and the reply can be read. Gives the tokens by slot.
  /// Paths that lead nowhere, or not to a string or number, give nothing. A reply that is no JSON is masked as a whole:
  /// where the token stands in it cannot be known. Cost: linear in the reply for each path.
  public static func take(_ rules: [CaptureRule], from body: inout [UInt8]) -> [UInt32: [UInt8]] {
    guard !rules.isEmpty, !body.isEmpty else { return [:] }
    var finder = ValueFinder(body)
    guard finder.isWhole() else {
      for index in body.indices { body[index] = UInt8(ascii: "*") }
      return [:]
    }
    var tokens: [UInt32: [UInt8]] = [:]
    var ranges: [Range<Int>] = []
    for rule in rules {
      guard let parts = JSONPointer.parts(rule.path) else { continue }
      for range in finder.find(parts) {
        ranges.append(range)
        if let token = finder.text(range) { tokens[rule.slot] = token }
      }
    }
    var raw: [[UInt8]] = ranges.map { Array(body[$0]) }
    for range in ranges { mask(range, &body, isText: isText(range, body)) }
    raw += tokens.values
    for token in raw where token.count >= searchable { maskAll(token, &body) }
    return tokens
  }

  private static func isText(_ value: Range<Int>, _ body: [UInt8]) -> Bool {
    value.lowerBound > 0 && body[value.lowerBound - 1] == UInt8(ascii: "\"")
  }

  private static func mask(_ range: Range<Int>, _ body: inout [UInt8], isText: Bool) {
    for index in range { body[index] = UInt8(ascii: isText ? "*" : "1") }
  }

  private static func maskAll(_ token: [UInt8], _ body: inout [UInt8]) {
    var start = 0
    var isText = false
    while start < body.count {
      if body[start] == token[0], body[start...].starts(with: token) {
        mask(start..<start + token.count, &body, isText: isText)
        start += token.count
        continue
      }
      if body[start] == UInt8(ascii: "\"") { isText.toggle() }
      // What is escaped ends no string; a token may begin with it.
      let isEscape = isText && body[start] == UInt8(ascii: "\\") && !body[(start + 1)...].starts(with: token)
      start += isEscape ? 2 : 1
    }
  }
}

/// Finds values in a JSON text by their place, without a tree.
struct ValueFinder {
  private let text: [UInt8]
  private var index = 0

  init(_ text: [UInt8]) { self.text = text }

  /// Whether the text is one JSON value, as far as its brackets, strings and separators go.
  mutating func isWhole() -> Bool {
    index = 0
    guard value([], 0, { _ in }) else { return false }
    space()
    return index == text.count
  }

  /// Where the values at a pointer stand, strings without their quotes; several where a key stands twice.
  mutating func find(_ pointer: [String]) -> [Range<Int>] {
    index = 0
    var found: [Range<Int>] = []
    _ = value(pointer[...], 0) { found.append($0) }
    return found
  }

  /// A found string with its escapes resolved; a number as it stands.
  func text(_ range: Range<Int>) -> [UInt8]? { JSONText.unescape(text[range]) }

  private var byte: UInt8 { index < text.count ? text[index] : 0 }

  private mutating func space() {
    while index < text.count, text[index] == 0x20 || (0x09...0x0D).contains(text[index]) { index += 1 }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    space()
    guard byte == UInt8(ascii: character), index < text.count else { return false }
    index += 1
    return true
  }

  /// Steps over a value. `pointer` is what is left of the way to what is wanted, nil when this is not on the way.
  private mutating func value(_ pointer: ArraySlice<String>?, _ depth: Int, _ found: (Range<Int>) -> Void) -> Bool {
    space()
    guard depth < 128 else { return false }
    switch byte {
    case UInt8(ascii: "{"): return members(pointer, depth, found)
    case UInt8(ascii: "["): return elements(pointer, depth, found)
    case UInt8(ascii: "\""):
      guard let range = string() else { return false }
      if pointer?.isEmpty == true { found(range) }
      return true
    default:
      let start = index
      while index < text.count, !",]}".utf8.contains(text[index]), text[index] > 0x20 { index += 1 }
      guard index > start else { return false }
      let isNumber = text[start] == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[start])
      guard isNumber || ["true", "false", "null"].contains(where: { $0.utf8.elementsEqual(text[start..<index]) }) else {
        return false
      }
      if pointer?.isEmpty == true, isNumber { found(start..<index) }
      return true
    }
  }

  private mutating func members(_ pointer: ArraySlice<String>?, _ depth: Int, _ found: (Range<Int>) -> Void) -> Bool {
    index += 1
    if take("}") { return true }
    repeat {
      space()
      guard let key = string(), take(":") else { return false }
      var rest: ArraySlice<String>?
      if let wanted = pointer?.first, JSONText.unescape(text[key])?.elementsEqual(wanted.utf8) == true {
        rest = pointer?.dropFirst()
      }
      guard value(rest, depth + 1, found) else { return false }
    } while take(",")
    return take("}")
  }

  private mutating func elements(_ pointer: ArraySlice<String>?, _ depth: Int, _ found: (Range<Int>) -> Void) -> Bool {
    index += 1
    if take("]") { return true }
    var place = 0
    repeat {
      let isWanted = pointer?.first == String(place)
      guard value(isWanted ? pointer?.dropFirst() : nil, depth + 1, found) else { return false }
      place += 1
    } while take(",")
    return take("]")
  }

  /// The inside of a string.
  private mutating func string() -> Range<Int>? {
    guard byte == UInt8(ascii: "\"") else { return nil }
    index += 1
    let start = index
    while index < text.count {
      switch text[index] {
      case UInt8(ascii: "\""):
        index += 1
        return start..<index - 1
      case UInt8(ascii: "\\"): index += 2
      default: index += 1
      }
    }
    return nil
  }
}

/// Text inside the quotes of JSON.
enum JSONText {
  /// Nil when an escape is malformed, or a surrogate stands alone.
  static func unescape(_ raw: ArraySlice<UInt8>) -> [UInt8]? {
    guard raw.contains(UInt8(ascii: "\\")) else { return Array(raw) }
    var text: [UInt8] = []
    var rest = raw
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\") else {
        text.append(byte)
        continue
      }
      switch rest.popFirst() {
      case UInt8(ascii: "n"): text.append(0x0A)
      case UInt8(ascii: "r"): text.append(0x0D)
      case UInt8(ascii: "t"): text.append(0x09)
      case UInt8(ascii: "b"): text.append(0x08)
      case UInt8(ascii: "f"): text.append(0x0C)
      case UInt8(ascii: "u"):
        guard let scalar = scalar(&rest) else { return nil }
        text += Array(String(Character(scalar)).utf8)
      case let plain? where "\"\\/".utf8.contains(plain): text.append(plain)
      default: return nil
      }
    }
    return text
  }

  private static func unit(_ rest: inout ArraySlice<UInt8>) -> UInt32? {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = rest.popFirst().flatMap(Encoding.hexDigit) else { return nil }
      value = value << 4 | UInt32(digit)
    }
    return value
  }

  private static func scalar(_ rest: inout ArraySlice<UInt8>) -> Unicode.Scalar? {
    guard let first = unit(&rest) else { return nil }
    guard (0xD800..<0xDC00).contains(first) else { return Unicode.Scalar(first) }
    guard rest.popFirst() == UInt8(ascii: "\\"), rest.popFirst() == UInt8(ascii: "u"), let second = unit(&rest),
      (0xDC00..<0xE000).contains(second)
    else { return nil }
    return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
  }
}
