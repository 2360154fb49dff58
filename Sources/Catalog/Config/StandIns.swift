import JSONTree

/// Environment variables in place of values: `${NAME}` and `${NAME:-default}` inside any text value (never in a key).
/// `$${` is a plain `${`. An empty variable counts as unset where there is a default.
struct StandIns {
  let environment: [String: String]
  let log: (Problem) -> Void
  let file: String
  /// Where a text consisted of a single stand-in: such a value may also be read as a number or boolean.
  private(set) var whole: Set<JSONPosition> = []

  init(environment: [String: String], file: String, log: @escaping (Problem) -> Void) {
    self.environment = environment
    self.file = file
    self.log = log
  }

  /// The tree with all stand-ins replaced.
  mutating func replace(in value: JSONValue, field: String = "") -> JSONValue {
    var copy = value
    switch value.kind {
    case .string(let text) where text.utf8.contains(UInt8(ascii: "$")):
      copy.kind = .string(expand(text, at: value.position, field: field))
    case .array(let elements):
      var result: [JSONValue] = []
      for (index, element) in elements.enumerated() {
        result.append(replace(in: element, field: "\(field)[\(index)]"))
      }
      copy.kind = .array(result)
    case .object(var members):
      for index in members.indices {
        let key = members[index].key
        members[index].value = replace(in: members[index].value, field: field.isEmpty ? key : "\(field).\(key)")
      }
      copy.kind = .object(members)
    default: break
    }
    return copy
  }

  private mutating func expand(_ text: String, at position: JSONPosition, field: String) -> String {
    var result = ""
    var rest = text[...]
    var count = 0
    while let dollar = rest.firstRange(of: "${") {
      let before = rest[..<dollar.lowerBound]
      if before.last == "$" {
        result += before.dropLast() + "${"
        rest = rest[dollar.upperBound...]
        continue
      }
      guard let end = rest[dollar.upperBound...].firstIndex(of: "}") else {
        report("\"${\" without \"}\"", "Write $${ for a plain ${", position, field)
        return text
      }
      result += before + value(of: rest[dollar.upperBound..<end], position, field)
      count += 1
      if count == 1, dollar.lowerBound == text.startIndex, rest.index(after: end) == text.endIndex {
        whole.insert(position)
      }
      rest = rest[rest.index(after: end)...]
    }
    return result + rest
  }

  private func value(of standIn: Substring, _ position: JSONPosition, _ field: String) -> String {
    let split = standIn.firstRange(of: ":-")
    let name = String(split.map { standIn[..<$0.lowerBound] } ?? standIn)
    let fallback = split.map { String(standIn[$0.upperBound...]) }
    let isName = name.utf8.allSatisfy { $0 == 0x5f || ($0 | 0x20) &- 0x61 < 26 || $0 &- 0x30 < 10 }
    guard isName, let first = name.utf8.first, first &- 0x30 >= 10 else {
      report("\"\(name)\" is not the name of an environment variable", "", position, field)
      return ""
    }
    if let value = environment[name], !value.isEmpty || fallback == nil { return value }
    if let fallback { return fallback }
    report(
      "the environment variable \(name) is not set", "Set it, or give a default: ${\(name):-value}", position, field)
    return ""
  }

  private func report(_ message: String, _ remedy: String, _ position: JSONPosition, _ field: String) {
    log(Problem(.environment, file: file, position: position, field: field, message: message, remedy: remedy))
  }
}
