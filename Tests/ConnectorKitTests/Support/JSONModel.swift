@testable import ConnectorKit

/// A JSON document as the tests see it. Numbers are kept as written.
indirect enum JSONModel: Equatable {
  case object([Member])
  case array([JSONModel])
  case string([UInt8])
  case bare(String)

  struct Member: Equatable {
    let key: [UInt8]
    let value: JSONModel
  }

  /// What the scanner makes of the next value.
  init(_ json: inout JSONScanner) {
    switch json.peek() {
    case UInt8(ascii: "{"):
      var members: [Member] = []
      json.enterObject()
      while let key = json.nextKey() { members.append(Member(key: key.unescaped, value: JSONModel(&json))) }
      self = .object(members)
    case UInt8(ascii: "["):
      var elements: [JSONModel] = []
      json.enterArray()
      while json.nextElement() { elements.append(JSONModel(&json)) }
      self = .array(elements)
    case UInt8(ascii: "\""): self = .string(json.string().unescaped)
    default: self = .bare(json.scalar().text)
    }
  }

  /// The whole text as the scanner reads it; `nil` when it says that it is not JSON.
  static func scanned(_ text: UnsafeBufferPointer<UInt8>) -> JSONModel? {
    var json = JSONScanner(text)
    let model = JSONModel(&json)
    return json.isComplete() ? model : nil
  }
}

/// A strict parser, as plainly as RFC 8259 can be written, to compare with.
struct ReferenceParser {
  private let text: [UInt8]
  private var place = 0

  private struct Malformed: Error {}

  static func parse(_ text: [UInt8]) -> JSONModel? {
    var parser = ReferenceParser(text: text)
    guard let value = try? parser.value() else { return nil }
    parser.space()
    return parser.place == text.count ? value : nil
  }

  private init(text: [UInt8]) { self.text = text }

  private var byte: UInt8? { place < text.count ? text[place] : nil }

  private mutating func space() {
    while let byte, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { place += 1 }
  }

  private mutating func take(_ expected: Character) throws {
    guard let byte, byte == expected.asciiValue else { throw Malformed() }
    place += 1
  }

  private mutating func value() throws -> JSONModel {
    space()
    switch byte.map({ Character(Unicode.Scalar($0)) }) {
    case "{": return .object(try list("{", "}") { JSONModel.Member(key: try $0.key(), value: try $0.value()) })
    case "[": return .array(try list("[", "]") { try $0.value() })
    case "\"": return .string(try string())
    case "t": return try word("true")
    case "f": return try word("false")
    case "n": return try word("null")
    default: return try number()
    }
  }

  private mutating func list<T>(
    _ open: Character, _ close: Character, _ element: (inout ReferenceParser) throws -> T
  ) throws -> [T] {
    try take(open)
    space()
    if byte == close.asciiValue { place += 1; return [] }
    var result = [try element(&self)]
    space()
    while byte == UInt8(ascii: ",") {
      place += 1
      result.append(try element(&self))
      space()
    }
    try take(close)
    return result
  }

  private mutating func key() throws -> [UInt8] {
    space()
    let key = try string()
    space()
    try take(":")
    return key
  }

  private mutating func word(_ word: String) throws -> JSONModel {
    for character in word { try take(character) }
    return .bare(word)
  }

  private mutating func digits() throws {
    let start = place
    while let byte, (0x30...0x39).contains(byte) { place += 1 }
    if place == start { throw Malformed() }
  }

  private mutating func number() throws -> JSONModel {
    let start = place
    if byte == UInt8(ascii: "-") { place += 1 }
    if byte == UInt8(ascii: "0") { place += 1 } else { try digits() }
    if byte == UInt8(ascii: ".") { place += 1; try digits() }
    if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
      place += 1
      if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { place += 1 }
      try digits()
    }
    return .bare(String(decoding: text[start..<place], as: UTF8.self))
  }

  private mutating func string() throws -> [UInt8] {
    try take("\"")
    var result: [UInt8] = []
    while let next = byte, next != UInt8(ascii: "\"") {
      guard next >= 0x20 else { throw Malformed() }
      place += 1
      if next == UInt8(ascii: "\\") { result += try escape() } else { result.append(next) }
    }
    try take("\"")
    return result
  }

  private mutating func escape() throws -> [UInt8] {
    let plain: [Character: UInt8] = ["\"": 0x22, "\\": 0x5C, "/": 0x2F, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9]
    guard let kind = byte.map({ Character(Unicode.Scalar($0)) }) else { throw Malformed() }
    place += 1
    if let value = plain[kind] { return [value] }
    guard kind == "u" else { throw Malformed() }
    var units = [try unit()]
    // Units that follow at once may belong together.
    while place + 1 < text.count, text[place] == UInt8(ascii: "\\"), text[place + 1] == UInt8(ascii: "u") {
      place += 2
      units.append(try unit())
    }
    return Array(String(decoding: units, as: UTF16.self).utf8)
  }

  private mutating func unit() throws -> UInt16 {
    guard place + 4 <= text.count else { throw Malformed() }
    let digits = text[place..<place + 4]
    guard digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit && $0 < 0x80 }),
      let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw Malformed() }
    place += 4
    return unit
  }
}
