import PrintableText

/// Writing JSON texts: deterministic, members in the order they have, text as UTF-8, numbers as their text.
public enum JSONWriter {
  /// Without any white space.
  public static func compact(_ value: JSONValue) -> String {
    var output = Output(width: nil)
    output.write(value, indent: 0, column: 0, spaced: false)
    return String(decoding: output.bytes, as: UTF8.self)
  }

  /// Two spaces per level; an array or object that fits into the line's `width` stays on one line. Ends with a line
  /// feed.
  public static func pretty(_ value: JSONValue, width: Int = 120) -> String {
    var output = Output(width: width)
    output.write(value, indent: 0, column: 0, spaced: true)
    output.bytes.append(UInt8(ascii: "\n"))
    return String(decoding: output.bytes, as: UTF8.self)
  }
}

private struct Output {
  let width: Int?
  var bytes: [UInt8] = []

  mutating func add(_ text: String) { bytes.append(contentsOf: text.utf8) }

  mutating func write(_ value: JSONValue, indent: Int, column: Int, spaced: Bool) {
    switch value.kind {
    case .null: add("null")
    case .bool(let flag): add(flag ? "true" : "false")
    case .number(let text): add(text)
    case .string(let text): quote(text)
    case .array(let elements):
      let items = elements.map { (key: String?.none, value: $0) }
      container("[", items, "]", of: value, indent: indent, column: column, spaced: spaced)
    case .object(let members):
      let items = members.map { (key: String?.some($0.key), value: $0.value) }
      container("{", items, "}", of: value, indent: indent, column: column, spaced: spaced)
    }
  }

  /// `column` is where the container's opening bracket stands.
  private mutating func container(
    _ open: String, _ items: [(key: String?, value: JSONValue)], _ close: String, of value: JSONValue, indent: Int,
    column: Int, spaced: Bool
  ) {
    var budget = (width ?? 0) - column - 1  // a comma may follow
    let isOneLine = width == nil || items.isEmpty || fits(value, &budget)
    let inner = isOneLine ? indent : indent + 2
    let padding = spaced && isOneLine && open == "{" && !items.isEmpty ? " " : ""
    add(open + padding)
    for (number, item) in items.enumerated() {
      if number > 0 { add(spaced && isOneLine ? ", " : ",") }
      if !isOneLine { add("\n" + String(repeating: " ", count: inner)) }
      let start = bytes.count
      if let key = item.key {
        quote(key)
        add(spaced ? ": " : ":")
      }
      // On one line everything inside fits as well, wherever it stands.
      write(item.value, indent: inner, column: isOneLine ? 0 : inner + bytes.count - start, spaced: spaced)
    }
    if !isOneLine { add("\n" + String(repeating: " ", count: indent)) }
    add(padding + close)
  }

  /// Whether a value written on one line needs no more than the budget, which it uses up. Stops as soon as it is
  /// exceeded.
  private func fits(_ value: JSONValue, _ budget: inout Int) -> Bool {
    switch value.kind {
    case .null: budget -= 4
    case .bool(let flag): budget -= flag ? 4 : 5
    case .number(let text): budget -= text.utf8.count
    case .string(let text): budget -= text.utf8.count + 2
    case .array(let elements):
      budget -= 2
      for element in elements {
        budget -= 2
        guard budget >= 0, fits(element, &budget) else { return false }
      }
    case .object(let members):
      budget -= 4
      for member in members {
        budget -= member.key.utf8.count + 6
        guard budget >= 0, fits(member.value, &budget) else { return false }
      }
    }
    return budget >= 0
  }

  /// What does not stand for itself is escaped, so that a line of JSON is safe on a terminal too.
  private mutating func quote(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    if text.utf8.allSatisfy({ $0 < 0x80 }) {
      for byte in text.utf8 { quote(byte) }
    } else {
      for scalar in text.unicodeScalars {
        if scalar.isASCII {
          quote(UInt8(truncatingIfNeeded: scalar.value))
        } else if scalar.standsForItself {
          add(String(scalar))
        } else {
          for unit in UTF16.encode(scalar) ?? UTF16.encodedReplacementCharacter { escape(unit) }
        }
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func quote(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""): add("\\\"")
    case UInt8(ascii: "\\"): add("\\\\")
    case UInt8(ascii: "\n"): add("\\n")
    case UInt8(ascii: "\r"): add("\\r")
    case UInt8(ascii: "\t"): add("\\t")
    case ..<0x20, 0x7f: escape(UInt16(byte))
    default: bytes.append(byte)
    }
  }

  private mutating func escape(_ unit: UInt16) {
    let digits = String(unit, radix: 16)
    add("\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits)
  }
}
