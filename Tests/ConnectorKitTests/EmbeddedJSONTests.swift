import ConnectorTestKit
import Testing

@testable import ConnectorKit

/// JSON as a text inside JSON, at the very end of readable memory.
struct EmbeddedJSONTests {
  private let memory: GuardedText
  private let embedded = EmbeddedJSON()

  init() throws { memory = try GuardedText() }

  private func text(_ json: String) -> String? {
    var scanner = JSONScanner(memory.place(Array(json.utf8)))
    let body = embedded.body(&scanner)
    return scanner.isComplete() ? String(decoding: body, as: UTF8.self) : nil
  }

  @Test(arguments: [
    (#""[[1, 2.50]]""#, "[[1, 2.50]]"), (#""{\"Depth\":10}""#, #"{"Depth":10}"#),
    (#"{"Depth": 10}"#, #"{"Depth": 10}"#), (#" [1,[2]] "#, "[1,[2]]"), (#""""#, ""), ("null", "null"),
    (#""a\\\"b\/\n\t""#, "a\\\"b/\n\t"),
    (#""\u005b\u20ac\ud83d\ude00\ud83d""#, "[\u{20AC}\u{1F600}\u{FFFD}"),
  ])
  func whatATextHolds(json: String, content: String) { #expect(text(json) == content) }

  @Test(arguments: [#""{\"Depth\":10}"#, #""\x""#, "", "{\"a\":", "[1,]"])
  func whatIsNoJSONIsNothing(json: String) { #expect(text(json) == nil) }

  /// The memory is kept, and a text that is longer than all before it fits too.
  @Test func textsOfAllLengthsFit() {
    for count in [1, 200, 3, 5000, 7] {
      let inner = String(repeating: "\\\"", count: count)
      #expect(text("\"\(inner)\"") == String(repeating: "\"", count: count))
    }
  }
}
