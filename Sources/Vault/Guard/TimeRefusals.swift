import CHost
import Catalog
import JSONTree

/// Whether an exchange has said that it refused a request for its timestamp or nonce; see `TimeRefusal`.
struct TimeRefusals: Sendable {
  private struct Rule: Sendable {
    var pointer: [String]
    var value: String
    /// The same, to be searched for.
    var bytes: [UInt8]
    var wordsAt: [String]?
    var words: String
  }

  private let rules: [Rule]

  init(_ refusals: [TimeRefusal]) {
    rules = refusals.flatMap { refusal in
      refusal.values.compactMap { value in
        JSONPointer.parts(refusal.pointer).map {
          Rule(
            pointer: $0, value: value, bytes: Array(value.utf8),
            wordsAt: refusal.wordsAt.isEmpty ? nil : JSONPointer.parts(refusal.wordsAt), words: refusal.words)
        }
      }
    }
  }

  /// Whether a reply says so. Of one that does not, the cost is a search for each code.
  func says(_ body: [UInt8]) -> Bool {
    for rule in rules where chost_contains(body, body.count, rule.bytes, rule.bytes.count) == 1 {
      guard let tree = try? JSONDocument.parse(bytes: body) else { return false }
      guard Self.text(at: rule.pointer, in: tree) == rule.value else { continue }
      guard let place = rule.wordsAt else { return true }
      if Self.text(at: place, in: tree)?.lowercased().contains(rule.words) == true { return true }
    }
    return false
  }

  private static func text(at pointer: [String], in tree: JSONValue) -> String? {
    let value = pointer.reduce(tree as JSONValue?) { value, key in
      guard let value else { return nil }
      return value.array == nil ? value[key] : Int(key).flatMap { value[$0] }
    }
    return value?.word
  }
}
