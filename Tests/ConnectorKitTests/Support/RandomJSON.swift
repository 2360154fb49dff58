import ConnectorTestKit

/// A random document and one of its many texts.
struct RandomJSON {
  let model: JSONModel
  private(set) var text: [UInt8] = []
  private var random: SeededGenerator

  init(seed: UInt64) {
    random = SeededGenerator(seed: seed)
    model = Self.value(depth: 0, &random)
    write(model)
    space()
  }

  private static func value(depth: Int, _ random: inout SeededGenerator) -> JSONModel {
    switch random.below(depth > 5 ? 2 : 4) {
    case 0: return .string(string(&random))
    case 1: return .bare(bare(&random))
    case 2: return .array((0..<random.below(5)).map { _ in value(depth: depth + 1, &random) })
    default:
      return .object(
        (0..<random.below(5)).map { _ in
          JSONModel.Member(key: string(&random), value: value(depth: depth + 1, &random))
        })
    }
  }

  private static func string(_ random: inout SeededGenerator) -> [UInt8] {
    let pieces = [
      "a", "price", "\"", "\\", "/", "\n", "\u{1}", "é", "漢", "😀", "0.5", "{", "]", ",", ":", "        ",
      "abcdefghijklmnop",
    ]
    return (0..<random.below(5)).flatMap { _ in Array(random.pick(pieces).utf8) }
  }

  private static func bare(_ random: inout SeededGenerator) -> String {
    let words = ["true", "false", "null", "0", "-0", "1e5", "1E+05", "-2.5e-3", "0.10", "18446744073709551615"]
    if random.oneIn(2) { return random.pick(words) }
    return "\(random.oneIn(3) ? "-" : "")\(random.below(1_000_000)).\(random.below(1_000_000))"
  }

  private mutating func write(_ value: JSONModel) {
    space()
    switch value {
    case .bare(let word): text += Array(word.utf8)
    case .string(let bytes): write(bytes)
    case .array(let elements): list("[", elements, "]") { $0.write($1) }
    case .object(let members):
      list("{", members, "}") {
        $0.space()
        $0.write($1.key)
        $0.space()
        $0.text.append(UInt8(ascii: ":"))
        $0.write($1.value)
      }
    }
  }

  private mutating func list<T>(_ open: String, _ items: [T], _ close: String, _ write: (inout RandomJSON, T) -> Void) {
    text += Array(open.utf8)
    for (index, item) in items.enumerated() {
      if index > 0 { text.append(UInt8(ascii: ",")) }
      write(&self, item)
      space()
    }
    space()
    text += Array(close.utf8)
  }

  /// Each scalar as itself where JSON allows it, or as an escape.
  private mutating func write(_ string: [UInt8]) {
    text.append(UInt8(ascii: "\""))
    for scalar in String(decoding: string, as: UTF8.self).unicodeScalars {
      let short: [Unicode.Scalar: String] = ["\"": "\\\"", "\\": "\\\\", "/": "\\/", "\n": "\\n"]
      if let escape = short[scalar], random.oneIn(2) {
        text += Array(escape.utf8)
      } else if scalar == "\"" || scalar == "\\" || scalar.value < 0x20 || random.oneIn(4) {
        for unit in String(scalar).utf16 {
          let digits = String(unit, radix: 16, uppercase: random.oneIn(2))
          text += Array("\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8)
        }
      } else {
        text += Array(String(scalar).utf8)
      }
    }
    text.append(UInt8(ascii: "\""))
  }

  private mutating func space() {
    guard random.oneIn(3) else { return }
    for _ in 0..<random.below(4) { text.append(random.pick([0x20, 0x09, 0x0A, 0x0D])) }
  }
}
