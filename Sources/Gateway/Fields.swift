import Decimals
import JSONTree

/// What a field of a body, or a parameter, may hold. The same forms stand in docs/api/openapi.yaml.
enum FieldForm: Sendable {
  /// Of connectors, exchanges and accounts.
  case name
  /// As it is meant to be: names that are no pair are refused with the nearest pair that there is.
  case pair
  case asset
  /// An order's number, or an id of one.
  case id(longest: Int)
  /// The same for an id that a program gives: none that means something else in a path.
  case newID(longest: Int)
  /// A plain decimal above zero, as a text.
  case positive
  case integer(ClosedRange<Int>)
  case flag
  case choice([String])
  case words([String])
  case text(longest: Int)
  /// Of anything; whoever asks looks at its elements.
  case list(ClosedRange<Int>)

  /// What is wrong with a value, for people; `nil` = nothing.
  func fault(_ value: JSONValue) -> String? {
    switch self {
    case .name: Self.matches(value, 1...64, extra: "_-") ? nil : "1 to 64 of A-Z, a-z, 0-9, _ and -"
    case .pair: Self.matches(value, 3...64, extra: "._:/-") ? nil : "a pair, written BASE-QUOTE, such as \"BTC-USDT\""
    case .asset: Self.matches(value, 1...32, extra: "._") ? nil : "an asset, such as \"BTC\""
    case .id(let longest):
      Self.matches(value, 1...longest, extra: "._:-") ? nil : "1 to \(longest) of A-Z, a-z, 0-9 and . _ : -"
    case .newID(let longest):
      FieldForm.id(longest: longest).fault(value) ?? value.string.flatMap { Self.meaning(of: $0) }
    case .positive: Self.isPositive(value) ? nil : "a plain decimal above zero as a text, such as \"0.25\""
    case .integer(let range):
      value.int.map(range.contains) ?? false ? nil : "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .flag: value.bool == nil ? "true or false" : nil
    case .choice(let words):
      value.string.map(words.contains) ?? false ? nil : "one of \(words.joined(separator: ", "))"
    case .words(let words):
      Self.areWords(value, words) ? nil : "a list of one or more of \(words.joined(separator: ", "))"
    case .text(let longest):
      value.string.map { $0.unicodeScalars.count <= longest } ?? false ? nil : "a text of at most \(longest) characters"
    case .list(let count):
      value.array.map { count.contains($0.count) } ?? false
        ? nil : "a list of \(count.lowerBound) to \(count.upperBound) elements"
    }
  }

  /// A parameter's text as the value that it stands for.
  func value(_ text: String) -> JSONValue {
    switch self {
    case .integer:
      let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
      let isPlain = !digits.isEmpty && digits.utf8.allSatisfy { (0x30...0x39).contains($0) } && digits.utf8.count < 20
      return JSONValue(isPlain ? .number(text) : .string(text))
    case .flag: return text == "true" ? true : text == "false" ? false : JSONValue(.string(text))
    default: return JSONValue(.string(text))
    }
  }

  /// What an id would mean in a path; `nil` = itself.
  private static func meaning(of id: String) -> String? {
    ["batch", "all", ".", ".."].contains(id) ? "another text: \(id) means something else in a path" : nil
  }

  private static func matches(_ value: JSONValue, _ length: ClosedRange<Int>, extra: String) -> Bool {
    guard let text = value.string, length.contains(text.utf8.count) else { return false }
    return text.utf8.allSatisfy { isLetterOrDigit($0) || extra.utf8.contains($0) }
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
  }

  private static func isPositive(_ value: JSONValue) -> Bool {
    guard let text = value.string, (1...40).contains(text.utf8.count) else { return false }
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let areDigits = parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
    return areDigits && text.utf8.contains { (0x31...0x39).contains($0) }
  }

  private static func areWords(_ value: JSONValue, _ words: [String]) -> Bool {
    guard let list = value.array, (1...8).contains(list.count) else { return false }
    return list.allSatisfy { $0.string.map(words.contains) ?? false }
  }
}

/// A field or parameter of a request.
struct Field: Sendable {
  let name: String
  let form: FieldForm
  var isNeeded = false

  init(_ name: String, _ form: FieldForm, needed: Bool = false) {
    (self.name, self.form, isNeeded) = (name, form, needed)
  }

  /// Checks the members of an object against its fields, and leaves out those that are null.
  static func check(_ object: JSONValue, _ fields: [Field], in place: String) throws(APIError) -> [JSONMember] {
    guard let members = object.object else {
      throw APIError("malformed", "\(place) is not a JSON object")
    }
    var kept: [JSONMember] = []
    for member in members {
      guard let field = fields.first(where: { $0.name == member.key }) else {
        let known = fields.isEmpty ? "none" : fields.map(\.name).joined(separator: ", ")
        throw APIError(
          "unknown_field", "\(place) has no field \"\(member.key)\"; its fields: \(known)", field: member.key)
      }
      if kept.contains(where: { $0.key == member.key }) {
        throw APIError("bad_field", "\"\(member.key)\" stands twice", field: member.key)
      }
      if let fault = field.form.fault(member.value) {
        throw APIError("bad_field", "\"\(member.key)\" is \(fault)", field: member.key)
      }
      kept.append(member)
    }
    for field in fields where field.isNeeded && !kept.contains(where: { $0.key == field.name }) {
      throw APIError("missing_field", "\"\(field.name)\" is needed", field: field.name)
    }
    return kept
  }

  /// Checks the parameters behind a path.
  static func check(_ parameters: [(name: String, value: String)], _ fields: [Field]) throws(APIError) -> [JSONMember] {
    let members = parameters.map { parameter in
      let form = fields.first { $0.name == parameter.name }?.form ?? .flag
      return JSONMember(parameter.name, form.value(parameter.value))
    }
    return try check(JSONValue(.object(members)), fields, in: "this request")
  }
}
