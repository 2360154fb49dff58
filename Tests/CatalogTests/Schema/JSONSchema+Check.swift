@testable import JSONTree

extension JSONSchema {
  func check(_ value: JSONValue, _ schema: JSONValue, path: String, into violations: inout [Violation]) {
    if let always = schema.bool {
      if !always { violations.append(Violation(path: path, position: value.position, message: "must not be here")) }
      return
    }
    for keyword in schema.object ?? [] {
      switch keyword.key {
      case "$ref":
        if let target = keyword.value.string.flatMap(resolve) { check(value, target, path: path, into: &violations) }
      case "oneOf", "anyOf", "allOf", "not", "if":
        combine(keyword, value, schema, path: path, into: &violations)
      default:
        if let message = scalarFault(keyword, value) {
          violations.append(Violation(path: path, position: value.position, message: message))
        }
      }
    }
    if let members = value.object { check(members: members, of: value, schema, path: path, into: &violations) }
    if let elements = value.array { check(elements: elements, of: value, schema, path: path, into: &violations) }
  }

  private func matches(_ value: JSONValue, _ schema: JSONValue) -> Bool {
    var violations: [Violation] = []
    check(value, schema, path: "", into: &violations)
    return violations.isEmpty
  }

  private func combine(
    _ keyword: JSONMember, _ value: JSONValue, _ schema: JSONValue, path: String, into violations: inout [Violation]
  ) {
    func fail(_ message: String) {
      violations.append(Violation(path: path, position: value.position, message: message))
    }
    let choices = keyword.value.array ?? []
    switch keyword.key {
    case "allOf":
      for choice in choices { check(value, choice, path: path, into: &violations) }
    case "anyOf":
      if !choices.contains(where: { matches(value, $0) }) { fail("fits none of the allowed forms") }
    case "oneOf":
      let fitting = choices.count { matches(value, $0) }
      if fitting == 0 { fail("fits none of the allowed forms") }
      if fitting > 1 { fail("fits \(fitting) forms where exactly one is allowed") }
    case "not":
      if matches(value, keyword.value) { fail("has a form that is not allowed") }
    default:
      let branch = matches(value, keyword.value) ? schema["then"] : schema["else"]
      if let branch { check(value, branch, path: path, into: &violations) }
    }
  }

  private func check(
    members: [JSONMember], of value: JSONValue, _ schema: JSONValue, path: String, into violations: inout [Violation]
  ) {
    func extended(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
    for key in (schema["required"]?.array ?? []).compactMap(\.string) where value[key] == nil {
      violations.append(Violation(path: extended(key), position: value.position, message: "is missing"))
    }
    let properties = schema["properties"]
    for member in members {
      if let names = schema["propertyNames"], !matches(JSONValue(.string(member.key)), names) {
        violations.append(
          Violation(path: extended(member.key), position: member.keyPosition, message: "is not an allowed key"))
      }
      if let property = properties?[member.key] {
        check(member.value, property, path: extended(member.key), into: &violations)
      } else if schema["additionalProperties"]?.bool == false {
        violations.append(Violation(path: extended(member.key), position: member.keyPosition, message: "unknown key"))
      } else if let additional = schema["additionalProperties"] {
        check(member.value, additional, path: extended(member.key), into: &violations)
      }
    }
  }

  private func check(
    elements: [JSONValue], of value: JSONValue, _ schema: JSONValue, path: String, into violations: inout [Violation]
  ) {
    func fail(_ message: String) {
      violations.append(Violation(path: path, position: value.position, message: message))
    }
    if let minimum = schema["minItems"]?.int, elements.count < minimum { fail("has fewer than \(minimum) elements") }
    if let maximum = schema["maxItems"]?.int, elements.count > maximum { fail("has more than \(maximum) elements") }
    if schema["uniqueItems"]?.bool == true {
      let repeats = elements.indices.contains { elements[..<$0].contains(elements[$0]) }
      if repeats { fail("has an element twice") }
    }
    guard let items = schema["items"] else { return }
    for (index, element) in elements.enumerated() {
      check(element, items, path: "\(path)[\(index)]", into: &violations)
    }
  }

  /// What a keyword about the value itself finds wrong.
  private func scalarFault(_ keyword: JSONMember, _ value: JSONValue) -> String? {
    let rule = keyword.value
    switch keyword.key {
    case "type":
      let names = rule.array?.compactMap(\.string) ?? [rule.string ?? ""]
      return names.contains { value.isOfType($0) }
        ? nil : "must be \(names.joined(separator: " or ")), not \(value.typeName)"
    case "enum":
      return rule.array?.contains(value) == true ? nil : "must be one of \(JSONWriter.compact(rule))"
    case "const":
      return value == rule ? nil : "must be \(JSONWriter.compact(rule))"
    case "pattern":
      guard let text = value.string, let pattern = rule.string, let regex = try? Regex(pattern) else { return nil }
      return text.contains(regex) ? nil : "\(JSONWriter.compact(value)) does not match \(pattern)"
    case "minLength":
      guard let text = value.string, let limit = rule.int, text.unicodeScalars.count < limit else { return nil }
      return "is shorter than \(limit)"
    case "maxLength":
      guard let text = value.string, let limit = rule.int, text.unicodeScalars.count > limit else { return nil }
      return "is longer than \(limit)"
    case "minimum", "maximum":
      guard let number = value.number.flatMap(JSONNumber.init), let limit = rule.number.flatMap(JSONNumber.init) else {
        return nil
      }
      if keyword.key == "minimum" { return number < limit ? "is less than \(rule.number ?? "")" : nil }
      return limit < number ? "is more than \(rule.number ?? "")" : nil
    default:
      return nil
    }
  }
}

extension JSONValue {
  fileprivate func isOfType(_ name: String) -> Bool {
    name == typeName || (name == "integer" && number.flatMap(JSONNumber.init)?.isInteger == true)
  }
}
