import Decimals
import JSONTree

/// What a value of a sample must be for a rule or a fact to be for it: the right side of `has`, `when` and `where`.
enum Condition {
  /// Whether all pointers have the values they should.
  static func hold(_ members: [JSONMember], _ value: JSONValue) -> Bool {
    members.allSatisfy { holds($0.value, at: $0.key, in: value) }
  }

  /// A part `*` of a pointer stands for any element or member: one of them must fit, or none have it where it must be
  /// absent.
  private static func holds(_ wanted: JSONValue, at pointer: String, in value: JSONValue) -> Bool {
    guard let star = pointer.firstRange(of: "/*") else { return holds(wanted, value.at(pointer)) }
    let container = value.at(String(pointer[..<star.lowerBound]))
    let children = container?.array ?? container?.object?.map(\.value) ?? []
    let rest = String(pointer[star.upperBound...])
    if case .bool(false) = wanted.kind { return children.allSatisfy { holds(wanted, at: rest, in: $0) } }
    return children.contains { holds(wanted, at: rest, in: $0) }
  }

  /// - Parameter found: nil where the sample has nothing.
  static func holds(_ wanted: JSONValue, _ found: JSONValue?) -> Bool {
    switch wanted.kind {
    case .null: return found != nil
    case .bool(false) where found == nil: return true
    case .array(let choices): return choices.contains { choice in found.map { same(choice, $0) } ?? false }
    case .object(let members) where members.count == 1:
      switch members[0].key {
      case "not": return !holds(members[0].value, found)
      case "like": return found?.scalar.map { isLike(members[0].value, $0) } ?? false
      case "above": return isAbove(members[0].value, found)
      default: break
      }
    default: break
    }
    return found.map { same(wanted, $0) } ?? false
  }

  /// Equal; numbers as numbers, and a number and its text counting as the same.
  private static func same(_ left: JSONValue, _ right: JSONValue) -> Bool {
    if left == right { return true }
    guard let left = left.scalar, let right = right.scalar else { return false }
    if left == right { return true }
    guard let left = Decimal64(left), let right = Decimal64(right) else { return false }
    return left == right
  }

  private static func isLike(_ patterns: JSONValue, _ text: String) -> Bool {
    (patterns.array ?? [patterns]).contains { $0.string.map { Pattern($0).matches(text) } ?? false }
  }

  private static func isAbove(_ limit: JSONValue, _ found: JSONValue?) -> Bool {
    guard let limit = limit.scalar.flatMap({ Decimal64($0) }) else { return false }
    return found?.scalar.flatMap { Decimal64($0) }.map { limit < $0 } ?? false
  }
}
