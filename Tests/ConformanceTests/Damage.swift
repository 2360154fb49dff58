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
    case .numbers:
      let value = Array(NumberFuzz.values[turn % NumberFuzz.values.count].utf8)
      var result = message
      for place in NumberFuzz.numbers(in: message).reversed() { result.replaceSubrange(place, with: value) }
      return result
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
