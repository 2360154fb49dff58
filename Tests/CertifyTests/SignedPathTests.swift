import JSONTree
import Testing

@testable import Certify

/// Exchanges that sign the end of a path alone.
struct SignedPathTests {
  private func fault(_ url: String, signature: String) throws -> String? {
    var reader = ManifestReader(file: "certification.json")
    let rule = try #require(
      SignatureRule(
        JSONDocument.parse(text: #"{"fields": ["header:S"], "rule": "concat('+', behind(path, '/cash/'))"}"#), &reader))
    #expect(reader.problems.isEmpty)
    let request = FlatRequest(method: "GET", url: url, headers: [], body: [])
    return rule.fault(of: signature, over: request, credentials: [:], clock: 0)?.expected
  }

  @Test func whatStandsBehindTheLastMarkIsMeant() throws {
    #expect(try fault("https://x.test/0/api/cash/order/all?a=1", signature: "+order/all") == nil)
    #expect(try fault("https://x.test/cash/a/cash/b", signature: "+b") == nil)
    #expect(try fault("https://x.test/cash/a", signature: "+b") == "+a")
    #expect(try fault("https://x.test/spot/a", signature: "+a") == "what the rule needs")
  }
}
