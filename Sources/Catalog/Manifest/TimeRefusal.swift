/// How an exchange says in a reply that it refused a request for its timestamp or nonce, and so did nothing. The host
/// signs and sends a new order a second time only if it has read this itself.
public struct TimeRefusal: Sendable, Equatable {
  /// RFC 6901, of a text or number in the reply.
  public var pointer: String
  /// What stands there.
  public var values: [String]
  /// Where further words stand, for codes that say more than one thing; empty = nowhere.
  public var wordsAt = ""
  /// What these contain, in lower case.
  public var words = ""

  /// For people.
  var label: String {
    "after a reply with \(values.joined(separator: " or ")) at \(pointer)"
      + (words.isEmpty ? "" : " and \"\(words)\" at \(wordsAt)")
  }
}

extension FieldReader {
  /// `time_refusals` of permissions: `[{"pointer": "/code", "values": ["-1021"]}, {"pointer": "/err-code", "values":
  /// ["invalid-parameter"], "words_at": "/err-msg", "words": "timestamp"}]`.
  func timeRefusals() -> [TimeRefusal] {
    elements().compactMap { element in
      element.allow(only: ["pointer", "values", "words_at", "words"])
      let isPointer: (String) -> Bool = { $0.hasPrefix("/") }
      let pointer = element.required("pointer")?.string("a JSON pointer such as /code", where: isPointer)
      let values = element.required("values")?.strings() ?? []
      var refusal = TimeRefusal(pointer: pointer ?? "", values: values)
      if let place = element.optional("words_at")?.string("a JSON pointer such as /msg", where: isPointer) {
        refusal.wordsAt = place
        refusal.words = element.required("words")?.string()?.lowercased() ?? ""
      }
      return pointer == nil || values.isEmpty ? nil : refusal
    }
  }
}
