/// A reason with the byte offset it was noticed at.
struct JSONFault: Error {
  var reason: JSONError.Reason
  var offset: Int
}

/// A recursive-descent parser over borrowed bytes. One per text; nesting is bounded by the options.
struct JSONParser {
  let bytes: UnsafeBufferPointer<UInt8>
  let options: JSONOptions
  var index = 0
  var line: UInt32 = 1
  var lineStart = 0
  var depth = 0

  init(bytes: UnsafeBufferPointer<UInt8>, options: JSONOptions) {
    self.bytes = bytes
    self.options = options
  }

  /// The whole text: one value, with white space around it.
  mutating func document() throws(JSONFault) -> JSONValue {
    guard bytes.count <= options.maximumBytes else {
      throw JSONFault(reason: .tooLarge(limit: options.maximumBytes), offset: 0)
    }
    try skipSpace()
    let value = try value()
    try skipSpace()
    guard index == bytes.count else { throw JSONFault(reason: .trailing(byte: bytes[index]), offset: index) }
    return value
  }

  /// Line and column of any offset, counted anew: for errors only.
  func position(of offset: Int) -> JSONPosition {
    let before = bytes[..<min(offset, bytes.count)]
    let line = before.reduce(1) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 }
    let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    return JSONPosition(line: UInt32(clamping: line), column: UInt32(clamping: offset - start + 1))
  }

  var here: JSONPosition { JSONPosition(line: line, column: UInt32(truncatingIfNeeded: index - lineStart + 1)) }

  private mutating func value() throws(JSONFault) -> JSONValue {
    guard index < bytes.count else { throw JSONFault(reason: .unexpectedEnd, offset: index) }
    let position = here
    switch bytes[index] {
    case UInt8(ascii: "\""): return JSONValue(.string(try string()), at: position)
    case UInt8(ascii: "{"): return JSONValue(.object(try members()), at: position)
    case UInt8(ascii: "["): return JSONValue(.array(try elements()), at: position)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      return JSONValue(.number(try number()), at: position)
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"):
      return JSONValue(try word(), at: position)
    default: throw JSONFault(reason: .unexpected(byte: bytes[index], wanted: "a value"), offset: index)
    }
  }

  private mutating func elements() throws(JSONFault) -> [JSONValue] {
    var elements: [JSONValue] = []
    try enter()
    while try !closes(with: UInt8(ascii: "]"), isFirst: elements.isEmpty) {
      elements.append(try value())
    }
    return elements
  }

  private mutating func members() throws(JSONFault) -> [JSONMember] {
    var members: [JSONMember] = []
    var seen: Set<String> = []
    try enter()
    while try !closes(with: UInt8(ascii: "}"), isFirst: members.isEmpty) {
      let position = here
      let start = index
      guard bytes[index] == UInt8(ascii: "\"") else {
        throw JSONFault(reason: .unexpected(byte: bytes[index], wanted: "a key in double quotes"), offset: index)
      }
      let key = try string()
      // Comparing beats hashing in the small objects that most are; the set keeps large ones linear.
      if members.count == 16 { seen = Set(members.map(\.key)) }
      let isNew = members.count < 16 ? !members.contains { $0.key == key } : seen.insert(key).inserted
      guard isNew else { throw JSONFault(reason: .duplicateKey(key), offset: start) }
      try skipSpace()
      guard index < bytes.count else { throw JSONFault(reason: .unexpectedEnd, offset: index) }
      guard bytes[index] == UInt8(ascii: ":") else {
        throw JSONFault(reason: .unexpected(byte: bytes[index], wanted: "':' behind a key"), offset: index)
      }
      index += 1
      try skipSpace()
      members.append(JSONMember(key, try value(), at: position))
    }
    return members
  }

  private mutating func enter() throws(JSONFault) {
    guard depth < options.maximumDepth else {
      throw JSONFault(reason: .tooDeep(limit: options.maximumDepth), offset: index)
    }
    depth += 1
    index += 1
  }

  /// Steps over the comma or the closing bracket that must come now. When it answers false, a byte follows that starts
  /// the next element.
  private mutating func closes(with bracket: UInt8, isFirst: Bool) throws(JSONFault) -> Bool {
    try skipSpace()
    guard index < bytes.count else { throw JSONFault(reason: .unexpectedEnd, offset: index) }
    var comma: Int?
    if !isFirst, bytes[index] == UInt8(ascii: ",") {
      comma = index
      index += 1
      try skipSpace()
      guard index < bytes.count else { throw JSONFault(reason: .unexpectedEnd, offset: index) }
    }
    if bytes[index] == bracket {
      if let comma, !options.allowsTrailingCommas { throw JSONFault(reason: .trailingComma, offset: comma) }
      index += 1
      depth -= 1
      return true
    }
    if !isFirst, comma == nil {
      let wanted = bracket == UInt8(ascii: "]") ? "',' or ']'" : "',' or '}'"
      throw JSONFault(reason: .unexpected(byte: bytes[index], wanted: wanted), offset: index)
    }
    return false
  }

  private mutating func word() throws(JSONFault) -> JSONValue.Kind {
    let start = index
    while index < bytes.count, isLetter(bytes[index]) { index += 1 }
    // No word of JSON is longer than five letters; the rest would only lengthen the message.
    let text = String(decoding: bytes[start..<min(index, start + 24)], as: UTF8.self)
    switch text {
    case "true": return .bool(true)
    case "false": return .bool(false)
    case "null": return .null
    default: throw JSONFault(reason: .unknownWord(text), offset: start)
    }
  }

  private mutating func number() throws(JSONFault) -> String {
    let start = index
    if bytes[index] == UInt8(ascii: "-") { index += 1 }
    let whole = skipDigits()
    guard whole == 1 || (whole > 1 && bytes[index - whole] != UInt8(ascii: "0")) else {
      throw JSONFault(reason: .badNumber, offset: start)
    }
    if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
      index += 1
      guard skipDigits() > 0 else { throw JSONFault(reason: .badNumber, offset: start) }
    }
    if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
      index += 1
      if index < bytes.count, bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-") { index += 1 }
      guard skipDigits() > 0 else { throw JSONFault(reason: .badNumber, offset: start) }
    }
    return String(decoding: bytes[start..<index], as: UTF8.self)
  }

  private mutating func skipDigits() -> Int {
    let start = index
    while index < bytes.count, bytes[index] &- UInt8(ascii: "0") < 10 { index += 1 }
    return index - start
  }

  private func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- UInt8(ascii: "a") < 26 }
}
