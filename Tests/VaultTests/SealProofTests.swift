import CPatchbay
import Records
import Testing

@testable import Vault

/// Programs that were checked before are not checked again: what a connector that knows this could try.
@Suite struct SealProofTests {
  private let bench: GuardBench
  init() throws { bench = try GuardBench() }

  private func send(
    _ headers: [(String, [Part])] = [], url: [Part] = [.literal("https://api.example.com/v1/balances")],
    body: [Part] = [], account: UInt64 = 1
  ) -> Send { Send(account: account, act: "balances", url: url, headers: headers, body: body) }

  private static func digest(_ field: String, of text: String = "text") -> [Op] {
    [.push(text), .field(field), Op(PB_OP_HMAC_SHA256), Op(PB_OP_HEX)]
  }

  /// What must leave, so that there is a proof, then what must not.
  private func expect(_ first: Send, then second: Send, _ refusal: SendRefusal? = nil) throws {
    for _ in 0..<3 { #expect(try bench.refusal(first) == nil) }
    let found = try bench.refusal(second)
    #expect(found != nil && (refusal == nil || found == refusal), "\(String(describing: found))")
    // It takes nothing from the next honest one.
    #expect(try bench.refusal(first) == nil)
  }

  @Test func aSecretInThePlaceOfAPublicField() throws {
    func plain(_ field: String) -> Send { send([("X-A", [.seal([.field(field)])])]) }
    try expect(plain("api_key"), then: plain("secret_key"), .seal(.revealsSecret(field: "secret_key")))
    // Names of one length, and one that begins like the other.
    try expect(plain("api_key"), then: plain("api_kez"), .seal(.missingField(name: "api_kez")))
    try expect(plain("api_key"), then: plain("api_ke"), .seal(.missingField(name: "api_ke")))
    // Two names with the same letters in a row, cut elsewhere.
    let two = send([("X-A", [.seal([.field("api_key")]), .seal([.field("api_key")])])])
    try expect(two, then: send([("X-A", [.seal([.field("api_keya")]), .seal([.field("pi_key")])])]))
  }

  @Test func anotherRegisterIsPublished() throws {
    func program(_ register: Int) -> Send {
      send([
        ("X-A", [
          .seal([
            .push("a"), Op(PB_OP_STORE, 0), .field("secret_key"), Op(PB_OP_HMAC_SHA256), Op(PB_OP_STORE, 1),
            Op(PB_OP_LOAD, register), Op(PB_OP_PUBLISH, 0), Op(PB_OP_CONCAT, 2), Op(PB_OP_HEX),
          ])
        ])
      ])
    }
    try expect(program(0), then: program(1), .seal(.revealsSignature))
  }

  @Test func theSameOperationsInOtherParts() throws {
    let first = send([("X-A", [.seal([.push("a")]), .seal([.field("api_key"), .push("b"), Op(PB_OP_CONCAT, 2)])])])
    let second = send([("X-A", [.seal([.push("a"), .field("api_key")]), .seal([.push("b"), Op(PB_OP_CONCAT, 2)])])])
    try expect(first, then: second)
    // A header more or less, and a part that moves into the next header.
    let signed = send([("X-A", [.seal(Self.digest("secret_key"))]), ("X", [.literal("x")])])
    try expect(signed, then: send([("X-A", [.literal("x")]), ("X-B", [.seal(Self.digest("secret_key"))])]))
  }

  /// In a path, or in a place that ends, other letters are safe than in a header.
  @Test func theSameProgramInAnotherText() throws {
    let base64 = Array(Self.digest("secret_key").dropLast()) + [Op(PB_OP_BASE64)]
    let inHeader = send([("X-A", [.seal(base64)])])
    let inPath = Send(act: "order", url: [.literal("https://api.example.com/v1/orders/"), .seal(base64)])
    try expect(inHeader, then: inPath, .seal(.alphabet))
    func url(_ literal: String) -> Send { send(url: [.literal("https://api.example.com" + literal), .seal(base64)]) }
    try expect(url("/v1/balances?q="), then: url("/v1/balances/q="), .seal(.alphabet))
  }

  /// A literal beside a secret that may leave is looked at each time: it could end the place that it stands in.
  @Test func anotherLiteralBesideADisclosedSecret() throws {
    func phrase(_ literal: String) -> Send {
      Send(
        command: 100, method: PB_METHOD_POST, act: "place", url: [.literal("https://api.example.com/v1/orders")],
        headers: [("X-Phrase", [.seal([.push(literal), .field("passphrase"), Op(PB_OP_CONCAT, 2)])])])
    }
    func refusal(_ literal: String) throws -> SendRefusal? {
      bench.guarding.commands.begin(100, account: 1, verb: UInt32(PB_CMD_PLACE))
      return try bench.refusal(phrase(literal))
    }
    for _ in 0..<3 { #expect(try refusal("user ") == nil) }
    #expect(try refusal("user\r\nX-Evil: 1\r\n") == .seal(.alphabet))
    #expect(try refusal("user\u{7F}") == .seal(.alphabet))
    #expect(try refusal("user ") == nil)
  }

  @Test func theProofIsOfOneAccount() throws {
    let pinned = send([("X-A", [.seal(Self.digest("pin"))])])
    let other = send([("X-A", [.seal(Self.digest("pin"))])], account: 2)
    try expect(pinned, then: other, .seal(.missingField(name: "pin")))
    // An account that is added anew under the number of the old one is another.
    bench.guarding.remove(account: 1)
    bench.guarding.add(account: 1, try bench.load(["api_key": "k", "secret_key": "another-secret"]))
    #expect(try bench.refusal(pinned) == .seal(.missingField(name: "pin")))
  }

  /// Longer than the proof goes, and so many that all of them are too large.
  @Test func largeLiteralsAreCheckedOneByOne() throws {
    let small = send([("X-A", [.seal(Self.digest("secret_key"))])])
    let long = String(repeating: "a", count: SealProof.longest + 1)
    #expect(try bench.refusal(small) == nil)
    #expect(try bench.refusal(send([("X-A", [.seal(Self.digest("secret_key", of: long))])])) == nil)
    let huge = String(repeating: "a", count: SealLimits.bytes + 1)
    #expect(
      try bench.refusal(send([("X-A", [.seal(Self.digest("secret_key", of: huge))])]))
        == .seal(.tooLarge(limit: SealLimits.bytes)))
    let wide = Part.literal(String(repeating: "b", count: 4000))
    let body = Array(repeating: wide, count: 300)
    #expect(try bench.refusal(send(body: body)) == .seal(.tooLarge(limit: SealLimits.bytes)))
  }

  /// Random programs: what passes for all literals passes for each, so that a proof never lets more through than a
  /// check would; and a proof is of its own programs alone.
  @Test(arguments: [1, 2, 3]) func whatPassesForAllLiteralsPassesForEach(seed: UInt64) throws {
    var chance = SealChance(state: seed)
    let form = SealForm(
      [
        "api_key": SealField(Array("public".utf8), isSecret: false),
        "secret_key": SealField(Array("a-secret-of-programs".utf8), isSecret: true),
      ], SigningKey(secp256k1: try #require(Encoding.unhex(Array(RandomPrograms.keyDigits.utf8)))))
    var (proved, before) = (0, Optional<SealProof>.none)
    for _ in 0..<4000 {
      let ops = RandomPrograms.program(&chance)
      let url = [Part.literal("https://e.test/?q="), .seal(ops)]
      try record(url: url, headers: [("X", [.seal(ops)])], body: [.seal(ops)]) {
        let texts = SealProof.Texts(request: $0)
        var exact = SealChecker(form: form)
        let fault: SealFault?
        do throws(SealFault) {
          try exact.check($0, url: texts.url, headers: texts.headers, body: texts.body)
          fault = nil
        } catch { fault = error }
        guard let proof = SealProof($0, texts, SealChecker(form: form)) else { return }
        proved += 1
        #expect(fault == nil, "\(ops): \(String(describing: fault))")
        #expect(proof.results.map(\.isClean) == exact.results.map(\.isClean))
        #expect(proof.results.map(\.sources) == exact.results.map(\.sources))
        #expect(proof.holds(for: $0, texts, form, publishesID: false))
        #expect(!proof.holds(for: $0, texts, nil, publishesID: false))
        #expect(!proof.holds(for: $0, texts, form, publishesID: true))
        if let before, before.holds(for: $0, texts, form, publishesID: false) {
          #expect(before.results.map(\.sources) == proof.results.map(\.sources))
        }
        before = proof
      }
    }
    #expect(proved > 100)
  }
}
