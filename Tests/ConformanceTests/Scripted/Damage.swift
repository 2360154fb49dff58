import ConnectorTestKit
import JSONTree
import VenueScript

/// What may happen to a message of an exchange on its way.
enum Damage: CaseIterable {
  /// It ends in its middle.
  case truncated
  /// It says nothing: `{}`.
  case emptied
  /// Each value is of another type.
  case retyped
  /// Each list is an empty object: to read that as a list of nothing would be to believe that nothing is there.
  case unlisted
  /// Each number has a sign that no exchange writes.
  case signed
  /// Each number is one that no sane exchange sends.
  case numbers

  /// The message as it arrives.
  /// - Parameter turn: which of the numbers; any number will do.
  func done(to message: [UInt8], turn: Int) -> [UInt8] {
    switch self {
    case .truncated: return Array(message.prefix(message.count / 2))
    case .emptied: return Array("{}".utf8)
    case .retyped:
      guard let tree = try? JSONDocument.parse(bytes: message) else { return message.map { $0 ^ 0x55 } }
      return Array(JSONWriter.compact(Self.retyped(tree)).utf8)
    case .unlisted:
      guard let tree = try? JSONDocument.parse(bytes: message) else { return message.map { $0 ^ 0x55 } }
      return Array(JSONWriter.compact(Self.unlisted(tree)).utf8)
    case .signed:
      var result = message
      for place in NumberFuzz.numbers(in: message).reversed() { result.insert(UInt8(ascii: "+"), at: place.lowerBound) }
      return result
    case .numbers:
      let value = Array(NumberFuzz.values[turn % NumberFuzz.values.count].utf8)
      var result = message
      for place in NumberFuzz.numbers(in: message).reversed() { result.replaceSubrange(place, with: value) }
      return result
    }
  }

  private static func unlisted(_ value: JSONValue) -> JSONValue {
    switch value.kind {
    case .object(let members): JSONValue(.object(members.map { JSONMember($0.key, unlisted($0.value)) }))
    case .array: JSONValue(.object([]))
    case .string, .number, .bool, .null: value
    }
  }

  private static func retyped(_ value: JSONValue) -> JSONValue {
    switch value.kind {
    case .object(let members): JSONValue(.object(members.map { JSONMember($0.key, retyped($0.value)) }))
    case .array(let elements): JSONValue(.array(elements.map(retyped)))
    case .string: JSONValue(.array([]))
    case .number, .bool: JSONValue(.object([]))
    case .null: JSONValue(.bool(true))
    }
  }
}
