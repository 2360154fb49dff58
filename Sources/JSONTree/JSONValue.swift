/// Where a value or key starts in its text. Lines and columns count from 1; a column counts bytes of UTF-8. A value
/// that was made in memory stands at line 0.
public struct JSONPosition: Hashable, Sendable {
  public var line: UInt32
  public var column: UInt32

  public init(line: UInt32, column: UInt32) {
    self.line = line
    self.column = column
  }

  /// The position of a value that was not read from a text.
  public static let none = JSONPosition(line: 0, column: 0)
}

/// One value of a JSON text, with where it stood. Numbers are kept as their text, so that no digit is lost; objects
/// keep the order of their members.
///
/// Two values are equal when they mean the same: positions and the order of an object's members do not count, and
/// numbers are compared as exact decimals (`1.0` equals `1e0`).
public struct JSONValue: Sendable {
  /// What a value is.
  public enum Kind: Sendable {
    case null
    case bool(Bool)
    /// The number's text, by the grammar of RFC 8259 section 6.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([JSONMember])
  }

  public var kind: Kind
  public var position: JSONPosition

  public init(_ kind: Kind, at position: JSONPosition = .none) {
    self.kind = kind
    self.position = position
  }
}

/// A key of an object with its value.
public struct JSONMember: Sendable {
  public var key: String
  public var keyPosition: JSONPosition
  public var value: JSONValue

  public init(_ key: String, _ value: JSONValue, at keyPosition: JSONPosition = .none) {
    self.key = key
    self.keyPosition = keyPosition
    self.value = value
  }
}

extension JSONValue {
  /// The member of this name; nil when there is none or this is not an object. Cost: linear in the number of members.
  public subscript(key: String) -> JSONValue? {
    guard case .object(let members) = kind else { return nil }
    return members.first { $0.key == key }?.value
  }

  /// The element at this index; nil when there is none or this is not an array.
  public subscript(index: Int) -> JSONValue? {
    guard case .array(let elements) = kind, elements.indices.contains(index) else { return nil }
    return elements[index]
  }

  public var isNull: Bool {
    if case .null = kind { return true }
    return false
  }

  public var bool: Bool? {
    if case .bool(let value) = kind { return value }
    return nil
  }

  public var string: String? {
    if case .string(let value) = kind { return value }
    return nil
  }

  /// The text of a number, digit for digit as it was written.
  public var number: String? {
    if case .number(let text) = kind { return text }
    return nil
  }

  /// A number without fraction and exponent that fits.
  public var int: Int? { number.flatMap { Int($0) } }

  public var array: [JSONValue]? {
    if case .array(let elements) = kind { return elements }
    return nil
  }

  public var object: [JSONMember]? {
    if case .object(let members) = kind { return members }
    return nil
  }

  /// The kind's name as JSON Schema spells it, for messages.
  public var typeName: String {
    switch kind {
    case .null: "null"
    case .bool: "boolean"
    case .number: "number"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    }
  }
}

extension JSONValue: Equatable {
  public static func == (left: JSONValue, right: JSONValue) -> Bool {
    switch (left.kind, right.kind) {
    case (.null, .null): true
    case (.bool(let a), .bool(let b)): a == b
    case (.string(let a), .string(let b)): a == b
    case (.number(let a), .number(let b)): a == b || JSONNumber(a) == JSONNumber(b)
    case (.array(let a), .array(let b)): a == b
    case (.object(let a), .object(let b)): sameMembers(a, b)
    default: false
    }
  }

  private static func sameMembers(_ left: [JSONMember], _ right: [JSONMember]) -> Bool {
    guard left.count == right.count else { return false }
    var byKey: [String: JSONValue] = [:]
    for member in right { byKey[member.key] = member.value }
    return left.allSatisfy { byKey[$0.key] == $0.value }
  }
}

// Literals let reports and tests write a tree down as it looks. There is none for floating point: a decimal is a string
// or a number's text.
extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public init(nilLiteral: ()) { self.init(.null) }
  public init(booleanLiteral value: Bool) { self.init(.bool(value)) }
  public init(integerLiteral value: Int) { self.init(.number(String(value))) }
  public init(stringLiteral value: String) { self.init(.string(value)) }
  public init(arrayLiteral elements: JSONValue...) { self.init(.array(elements)) }
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self.init(.object(elements.map { JSONMember($0.0, $0.1) }))
  }
}
