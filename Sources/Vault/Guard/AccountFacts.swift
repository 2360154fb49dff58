import Catalog
import JSONTree

/// Reads plain facts of an account out of replies: what the exchange calls one of its parts, say.
enum AccountFacts {
  /// The facts of a reply by name; what is not there, or is no plain word, is left out. Cost: one parse of the reply.
  static func read(_ rules: [AccountFactRule], from body: [UInt8]) -> [String: [UInt8]] {
    guard let tree = try? JSONDocument.parse(bytes: body) else { return [:] }
    var facts: [String: [UInt8]] = [:]
    for rule in rules {
      guard let list = JSONPointer.parts(rule.list).flatMap({ value(at: $0, in: tree) })?.array else { continue }
      let meant = list.first { entry in rule.members.allSatisfy { entry[$0.key]?.word == $0.value } }
      if let word = meant?[rule.member]?.word, RequestPlace.isName(word) { facts[rule.name] = Array(word.utf8) }
    }
    return facts
  }

  private static func value(at pointer: [String], in tree: JSONValue) -> JSONValue? {
    pointer.reduce(tree) { value, key in value?[key] }
  }
}

extension JSONValue {
  /// A text, or a number as it is written.
  var word: String? {
    switch kind {
    case .string(let text), .number(let text): text
    default: nil
    }
  }
}
