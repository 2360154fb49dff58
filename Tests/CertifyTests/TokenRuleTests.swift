import JSONTree
import Testing
import Vault

@testable import Certify

/// Signatures that are tokens, and fills that are reported by request alone.
struct TokenRuleTests {
  private static let clock: Int64 = 1_700_000_000_000_000_000
  private let key = StandInKey.key(3)!

  private func part(_ text: String) -> String {
    String(decoding: Encoding.base64(Array(text.utf8), isURL: true), as: UTF8.self)
  }

  /// A token as it should be, with changes of its texts.
  private func token(
    header: String = #"{"alg":"ES256","kid":"k1","nonce":"00"}"#,
    claims: String = #"{"sub":"k1","nbf":1700000000,"exp":1700000120,"uri":"GET api.x.com/a"}"#
  ) throws -> String {
    let text = part(header) + "." + part(claims)
    let signature = try #require(key.sign(Array(text.utf8)))
    return "Bearer \(text).\(String(decoding: Encoding.base64(signature, isURL: true), as: UTF8.self))"
  }

  private func fault(_ token: String) throws -> String? {
    var reader = ManifestReader(file: "certification.json")
    let value = try JSONDocument.parse(
      text: #"""
        {"fields": ["header:Authorization"], "token": {"behind": "Bearer ", "key": "secret_key", "has": ["nonce"],
        "header": {"kid": "credential('api_key')"}, "seconds": 120,
        "claims": {"sub": "credential('api_key')", "uri": "concat(method, ' ', host, path)"}}}
        """#)
    let rule = try #require(SignatureRule(value, &reader))
    #expect(reader.problems.isEmpty)
    let request = FlatRequest(method: "GET", url: "https://api.x.com/a?b=1", headers: [], body: [])
    let credentials = ["api_key": Array("k1".utf8), "secret_key": StandInKey.p256]
    return rule.fault(of: token, over: request, credentials: credentials, clock: Self.clock)?.expected
  }

  @Test func aTokenIsRightWhatItsSignatureMayBe() throws {
    // ECDSA draws a number each time.
    #expect(try token() != token())
    #expect(try fault(token()) == nil && fault(token()) == nil)
  }

  @Test func eachThingItSaysIsCompared() throws {
    #expect(try fault(token(header: #"{"alg":"EdDSA","kid":"k1","nonce":"00"}"#)) == "alg ES256")
    #expect(try fault(token(header: #"{"alg":"ES256","kid":"k2","nonce":"00"}"#)) == "kid k1")
    #expect(try fault(token(header: #"{"alg":"ES256","kid":"k1"}"#)) == "nonce")
    func claims(_ change: (String, String)) throws -> String? {
      try fault(
        token(
          claims: #"{"sub":"k1","nbf":1700000000,"exp":1700000120,"uri":"GET api.x.com/a"}"#
            .replacing(change.0, with: change.1)))
    }
    #expect(try claims((#""sub":"k1""#, #""sub":"k2""#)) == "sub k1")
    #expect(try claims(("api.x.com/a", "api.x.com/a?b=1")) == "uri GET api.x.com/a")
    for life in [("1700000120", "1700000121"), ("1700000000", "1699990000"), (#""exp":1700000120,"#, "")] {
      #expect(try claims(life) != nil, "\(life)")
    }
  }

  @Test func anotherSignatureIsWrong() throws {
    let right = try token()
    var turned = Array(right.utf8)
    turned[turned.count - 10] = turned[turned.count - 10] == 65 ? 66 : 65
    for text in [String(decoding: turned, as: UTF8.self), String(right.dropLast(90)), right + "=", "Bearer a.b.c", ""] {
      #expect(try fault(text) != nil, "\(text)")
    }
  }

  @Test func fillsAreTheGrowthOfTheirOrder() throws {
    var reader = ManifestReader(file: "certification.json")
    let model = FillsModel(
      try JSONDocument.parse(
        text: #"""
          {"path": "/fills", "order": "query:id", "orders": ["/events", "/orders"], "id": "/id", "filled": "/f",
          "cost": "/c", "fees": "/x", "reply": {"fills": []}, "at": "/fills",
          "entry": {"t": "{trade}", "p": "{price}", "q": "{quantity}", "fee": "{fee}", "o": "/id"}}
          """#), &reader)
    #expect(reader.problems.isEmpty)
    func message(_ orders: String) throws -> JSONValue {
      try JSONDocument.parse(text: #"{"events": [{"orders": [\#(orders)]}]}"#)
    }
    let messages = [
      try message(#"{"id": "7", "f": "0", "c": "0", "x": "0"}, {"id": "8", "f": "9", "c": "9", "x": "0"}"#),
      try message(#"{"id": "7", "f": "0.4", "c": "40", "x": "1"}"#),
      try message(#"{"id": "7", "f": "1", "c": "106", "x": "1.5"}"#),
    ]
    func ask(_ url: String) -> JSONValue? {
      model.answer(FlatRequest(method: "GET", url: url, headers: [], body: []), messages)
    }
    let fills = try #require(ask("https://x.com/fills?id=7")?["fills"]?.array)
    #expect(fills.map { $0["q"]?.string } == ["0.6", "0.4"] && fills.map { $0["p"]?.string } == ["110", "100"])
    #expect(fills.map { $0["fee"]?.string } == ["0.5", "1"] && fills[0]["o"]?.string == "7")
    #expect(ask("https://x.com/fills?id=9")?["fills"]?.array?.isEmpty == true)
    #expect(ask("https://x.com/fills") == nil && ask("https://x.com/orders?id=7") == nil)
  }
}
