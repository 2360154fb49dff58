/// A token in the replies of an act: the host takes it out and masks it, whatever the connector asked for.
public struct TokenCapture: Sendable, Equatable {
  /// RFC 6901, of a value in the reply.
  public var pointer: String
  /// Where the token goes, 1 to 64; each account has its own.
  public var slot: UInt32
  /// Names of the acts in which it may be sent.
  public var uses: [String]
  /// Which bytes its tokens have; one with another byte is masked and not kept. That it is no finer than this is the
  /// point: where a token may stand must not tell which bytes are in it.
  public var alphabet = Alphabet.query

  public enum Alphabet: String, CaseIterable, Sendable {
    /// Letters, digits, `-` and `_`: may stand anywhere.
    case word
    /// These and `.~+/=%`: may stand in a query, a header and a body as they are.
    case query
    /// Whatever can be printed.
    case printable
  }
}

extension FieldReader {
  /// `sealed` of an act: where values that depend on a secret may stand.
  func sealedPlaces() -> [String] {
    elements().compactMap {
      $0.string(
        "a place such as header:X-Sign, query:signature, form:signature, json:/params/signature, binary:2 or path:1"
      ) { text in
        let sides = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard sides.count == 2, !sides[1].isEmpty else { return false }
        switch sides[0] {
        case "header", "query", "form": return true
        case "json": return sides[1].hasPrefix("/")
        case "binary": return Int(sides[1].prefix { $0 != " " }).map { (1...999).contains($0) } ?? false
        case "path": return (Int(sides[1].prefix { $0 != " " }) ?? 0) > 0
        default: return false
        }
      }
    }
  }

  /// `captures` of an act.
  func tokenCaptures() -> [TokenCapture] {
    elements().compactMap { element in
      let pointer = element.required("pointer")?.string("a JSON pointer such as /result/token") { $0.hasPrefix("/") }
      let slot = element.required("slot")?.int(in: 1...64)
      let uses = element.required("for")?.strings()
      let alphabet = element.optional("alphabet")?.choice(TokenCapture.Alphabet.self) ?? .query
      guard let pointer, let slot, let uses else { return nil }
      return TokenCapture(pointer: pointer, slot: UInt32(slot), uses: uses, alphabet: alphabet)
    }
  }
}
