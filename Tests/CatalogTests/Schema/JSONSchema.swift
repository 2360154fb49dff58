@testable import JSONTree

/// A checker for the part of JSON Schema (draft 2020-12) that this project's schemas use: `type`, `properties`,
/// `required`, `additionalProperties`, `propertyNames`, `items`, `minItems`, `maxItems`, `uniqueItems`, `enum`,
/// `const`, `pattern`, `minLength`, `maxLength`, `minimum`, `maximum`, `oneOf`, `anyOf`, `allOf`, `not`,
/// `if`/`then`/`else`, and `$ref` into the same document. Any other keyword is refused when the schema is read, so that
/// no rule goes unchecked in silence. A `$ref` must not lead back to itself without stepping into the value.
struct JSONSchema: Sendable {
  /// Where a value breaks a schema.
  struct Violation: Equatable, Sendable, CustomStringConvertible {
    /// The value's path, such as `connectors[3].tier`; empty for the whole text.
    var path: String
    var position: JSONPosition
    var message: String

    var description: String { "\(path.isEmpty ? "(top)" : path): \(message)" }
  }

  /// Why a text is no schema that can be checked.
  enum SchemaError: Error, Equatable, Sendable {
    /// A keyword that is not among those above; `path` leads to it.
    case unknownKeyword(String, path: String)
    /// A `$ref` that leads nowhere in this document.
    case badReference(String)
    /// A keyword with a value of a form that it cannot have.
    case badKeyword(String, path: String)
  }

  let root: JSONValue
  /// The subschema that values are checked against.
  let start: JSONValue

  /// Reads a schema. With a `definition`, values are checked against that member of `$defs`.
  init(_ root: JSONValue, definition: String? = nil) throws(SchemaError) {
    self.root = root
    if let definition {
      guard let start = root["$defs"]?[definition] else { throw .badReference("#/$defs/\(definition)") }
      self.start = start
    } else {
      start = root
    }
    try validate(root, path: "#")
  }

  /// All places where the value breaks the schema; empty = it is valid. Nesting is bounded by the value's own.
  func check(_ value: JSONValue) -> [Violation] {
    var violations: [Violation] = []
    check(value, start, path: "", into: &violations)
    return violations
  }

  func resolve(_ reference: String) -> JSONValue? {
    guard reference.hasPrefix("#") else { return nil }
    var value = root
    for part in reference.dropFirst().split(separator: "/") {
      guard let next = value[String(part)] else { return nil }
      value = next
    }
    return value
  }
}

extension JSONSchema {
  private static let annotations: Set = ["$schema", "$id", "$comment", "title", "description", "examples", "default"]
  private static let schemas: Set = ["items", "propertyNames", "not", "if", "then", "else", "additionalProperties"]
  private static let schemaLists: Set = ["oneOf", "anyOf", "allOf"]
  private static let schemaMaps: Set = ["properties", "$defs"]
  private static let integers: Set = ["minItems", "maxItems", "minLength", "maxLength"]
  private static let numbers: Set = ["minimum", "maximum"]

  /// Walks a schema once and refuses what the checker does not know.
  private func validate(_ schema: JSONValue, path: String) throws(SchemaError) {
    if schema.bool != nil { return }
    guard let members = schema.object else { throw .badKeyword("a schema", path: path) }
    for member in members { try validate(member, path: "\(path)/\(member.key)") }
  }

  private func validate(_ member: JSONMember, path: String) throws(SchemaError) {
    let value = member.value
    var isValid = true
    switch member.key {
    case let key where Self.annotations.contains(key): return
    case let key where Self.schemas.contains(key): try validate(value, path: path)
    case let key where Self.schemaLists.contains(key):
      for element in value.array ?? [] { try validate(element, path: path) }
      isValid = value.array != nil
    case let key where Self.schemaMaps.contains(key):
      for entry in value.object ?? [] { try validate(entry.value, path: "\(path)/\(entry.key)") }
      isValid = value.object != nil
    case let key where Self.integers.contains(key): isValid = value.int != nil
    case let key where Self.numbers.contains(key): isValid = value.number != nil
    case "type": isValid = value.string != nil || value.array?.allSatisfy { $0.string != nil } == true
    case "required": isValid = value.array?.allSatisfy { $0.string != nil } == true
    case "enum": isValid = value.array != nil
    case "const": return
    case "uniqueItems": isValid = value.bool != nil
    case "pattern": isValid = value.string.flatMap { try? Regex($0) } != nil
    case "$ref":
      guard let reference = value.string, resolve(reference) != nil else {
        throw .badReference(value.string ?? path)
      }
    default: throw .unknownKeyword(member.key, path: path)
    }
    if !isValid { throw .badKeyword(member.key, path: path) }
  }
}

extension JSONSchema.SchemaError: CustomStringConvertible {
  var description: String {
    switch self {
    case .unknownKeyword(let keyword, let path): "\(path): the keyword \"\(keyword)\" is not known"
    case .badReference(let reference): "the reference \"\(reference)\" leads nowhere"
    case .badKeyword(let keyword, let path): "\(path): the keyword \"\(keyword)\" cannot have this value"
    }
  }
}
