/// What becomes of a message on a bad line, or of one that somebody made to break its reader: cut short, with bytes
/// that are no text, with other types, nested, huge. The same sample gives the same variants.
public enum TextFuzz {
  /// What may stand inside quotes and is no good text.
  static let insides: [[UInt8]] = [
    [], [0], [0xFF, 0xFE], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], Array(#"\ud800"#.utf8),
    Array(#"\udc00\ud800"#.utf8), Array(#"\u0000"#.utf8), Array(#"\u12"#.utf8), Array(#"\x"#.utf8), Array(#"\"#.utf8),
    Array(#"""#.utf8), Array("\n".utf8), Array("-".utf8), Array("9223372036854775808".utf8), Array("1e400".utf8),
    Array("../../..".utf8), [UInt8](repeating: 0x41, count: 900), [UInt8](repeating: 0xE2, count: 300),
  ]

  /// Whole messages that are no message of any exchange.
  public static let strangers: [[UInt8]] = [
    [], [0], Array("null".utf8), Array("true".utf8), Array("0".utf8), Array("-".utf8), Array("\"\"".utf8),
    Array("[]".utf8), Array("{}".utf8), Array("[[]]".utf8), Array("{\"\":{}}".utf8), Array("{\"a\"}".utf8),
    Array("[1,]".utf8), Array("{\"a\":1,\"a\":2}".utf8), [0xEF, 0xBB, 0xBF] + Array("{}".utf8),
    Array("<html><body>502 Bad Gateway</body></html>".utf8), [UInt8](repeating: 0x20, count: 4096),
    [UInt8](repeating: 0xFF, count: 4096), Array(0...255), [UInt8](repeating: UInt8(ascii: "["), count: 100_000),
    [UInt8](repeating: UInt8(ascii: "\""), count: 100_001), Array(String(repeating: "{\"a\":", count: 20_000).utf8),
    Array((String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000)).utf8),
  ]

  /// The sample cut short, with bytes changed, with texts and types that it should not have; at most about `most`.
  public static func variants(of bytes: [UInt8], most: Int) -> [[UInt8]] {
    guard bytes.count > 1 else { return [] }
    var all: [[UInt8]] = []
    for place in spread(bytes.count - 1, most / 4) { all.append(Array(bytes[...place])) }
    let texts = texts(in: bytes)
    for place in spread(texts.count, max(1, most / 2 / insides.count)) {
      for inside in insides { all.append(replacing(texts[place], of: bytes, with: inside)) }
      // The quotes go as well.
      let whole = (texts[place].lowerBound - 1)..<(texts[place].upperBound + 1)
      for value in ["null", "[]", "{}", "7"] { all.append(replacing(whole, of: bytes, with: Array(value.utf8))) }
    }
    var random: UInt64 = 0x9E37_79B9_7F4A_7C15
    for _ in 0..<most / 4 {
      var changed = bytes
      for _ in 0...2 {
        random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        changed[Int((random >> 33) % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random >> 24)
      }
      all.append(changed)
    }
    return all + [bytes + bytes, bytes + [0], Array("[".utf8) + bytes + Array("]".utf8)]
  }

  /// The sample with the first element of its longest list, or its longest text where it has none, as often as fills so
  /// many bytes; `nil` where it has neither.
  public static func giant(of bytes: [UInt8], count: Int) -> [UInt8]? {
    if let element = firstElement(of: bytes), !element.isEmpty {
      let one = Array(bytes[element]) + [UInt8(ascii: ",")]
      var all = Array(bytes[..<element.lowerBound])
      all.reserveCapacity(count + bytes.count)
      for _ in 0..<max(1, count / one.count) { all += one }
      return all + bytes[element.lowerBound...]
    }
    guard let text = texts(in: bytes).max(by: { $0.count < $1.count }) else { return nil }
    return replacing(text, of: bytes, with: [UInt8](repeating: 0x41, count: count))
  }

  /// The bytes with a part of them replaced.
  public static func replacing(_ part: Range<Int>, of bytes: [UInt8], with other: [UInt8]) -> [UInt8] {
    var changed = Array(bytes[..<part.lowerBound])
    changed += other
    changed += bytes[part.upperBound...]
    return changed
  }

  /// The sample with its digits changed by a number, so that its ids are others each time.
  public static func renamed(_ bytes: [UInt8], _ number: Int) -> [UInt8] {
    var changed = bytes
    var state = UInt64(truncatingIfNeeded: number) &* 0x9E37_79B9_7F4A_7C15 | 1
    for place in changed.indices where changed[place] >= 0x31 && changed[place] <= 0x39 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      changed[place] = 0x31 + UInt8((state >> 40) % 9)
    }
    return changed
  }

  /// So many of the numbers below `count`, evenly spread.
  static func spread(_ count: Int, _ most: Int) -> [Int] {
    guard count > 0, most > 0 else { return [] }
    return Array(stride(from: 0, to: count, by: max(1, (count + most - 1) / most)))
  }

  /// Where the contents of texts stand, names of members among them.
  static func texts(in bytes: [UInt8]) -> [Range<Int>] {
    var found: [Range<Int>] = []
    var start: Int?
    var isEscaped = false
    for (place, byte) in bytes.enumerated() {
      if let begin = start {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          found.append(begin..<place)
          start = nil
        }
      } else if byte == UInt8(ascii: "\"") {
        start = place + 1
      }
    }
    return found
  }

  /// The first element of the first list that has a list or an object in it, else of the first that has anything.
  private static func firstElement(of bytes: [UInt8]) -> Range<Int>? {
    var plain: Range<Int>?
    for (place, byte) in bytes.enumerated() where byte == UInt8(ascii: "[") {
      guard let end = endOfValue(bytes, place + 1), end > place + 1 else { continue }
      if "[{".utf8.contains(bytes[place + 1]) { return (place + 1)..<end }
      if plain == nil { plain = (place + 1)..<end }
    }
    return plain
  }

  private static func endOfValue(_ bytes: [UInt8], _ start: Int) -> Int? {
    var depth = 0
    var isText = false, isEscaped = false
    for place in start..<max(start, bytes.count) {
      let byte = bytes[place]
      if isText {
        if isEscaped { isEscaped = false } else if byte == UInt8(ascii: "\\") { isEscaped = true }
        else if byte == UInt8(ascii: "\"") { isText = false }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): isText = true
      case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: "]"), UInt8(ascii: "}"):
        if depth == 0 { return place }
        depth -= 1
        if depth == 0 { return place + 1 }
      case UInt8(ascii: ","): if depth == 0 { return place }
      default: break
      }
    }
    return nil
  }
}
