import Decimals
import JSONTree
import Venue

/// The parameters of a request: of its query, its form, or an object of a frame. In the order they came; a name that
/// comes twice is there twice.
struct Parameters {
  private(set) var pairs: [(name: String, value: String)] = []

  init() {}

  /// `a=1&b=%20`, as it stands in a query or in a form.
  init(form: String) {
    pairs = FormParameters.read(form)
  }

  /// The members of an object; arrays and objects as their text.
  init(_ object: JSONValue?) {
    for member in object?.object ?? [] { add(member.key, member.value) }
  }

  mutating func add(_ name: String, _ value: JSONValue) {
    switch value.kind {
    case .string(let text): pairs.append((name, text))
    case .number(let text): pairs.append((name, text))
    case .bool(let flag): pairs.append((name, flag ? "true" : "false"))
    case .null: break
    default: pairs.append((name, JSONWriter.compact(value)))
    }
  }

  mutating func add(_ other: Parameters) { pairs += other.pairs }

  /// The first of this name; an empty value counts as absent.
  subscript(name: String) -> String? {
    pairs.first { $0.name == name && !$0.value.isEmpty }?.value
  }

  /// All of this name or of `name[]`: lists of forms.
  func list(_ name: String) -> [String] {
    pairs.filter { $0.name == name || $0.name == name + "[]" }.map(\.value)
  }

  func has(_ name: String) -> Bool { pairs.contains { $0.name == name } }
  /// Ids, counts and times are far below 10^15; what is not counts as malformed, so that sums cannot overflow.
  func integer(_ name: String) -> Int64? {
    self[name].flatMap { Int64($0) }.flatMap { $0.magnitude < 1_000_000_000_000_000 ? $0 : nil }
  }
  func decimal(_ name: String) -> Decimal64? { self[name].flatMap { Decimal64($0) } }
  func flag(_ name: String) -> Bool { self[name].map { $0.lowercased() == "true" } ?? false }
}

extension JSONValue {
  /// A number that is written as a number.
  static func n(_ value: some BinaryInteger) -> JSONValue { JSONValue(.number(String(value))) }
  /// A number by its text, written as a number.
  static func n(_ text: String) -> JSONValue { JSONValue(.number(text)) }
  static func s(_ text: String) -> JSONValue { JSONValue(.string(text)) }
  static func b(_ flag: Bool) -> JSONValue { JSONValue(.bool(flag)) }
  static func list(_ elements: [JSONValue]) -> JSONValue { JSONValue(.array(elements)) }
  static var none: JSONValue { JSONValue(.null) }
  static func make(_ members: [(String, JSONValue)]) -> JSONValue {
    JSONValue(.object(members.map { JSONMember($0.0, $0.1) }))
  }

  /// An object with more members behind its own.
  func with(_ more: [(String, JSONValue)]) -> JSONValue {
    JSONValue(.object((object ?? []) + more.map { JSONMember($0.0, $0.1) }))
  }

  var bytes: [UInt8] { Array(JSONWriter.compact(self).utf8) }
}
