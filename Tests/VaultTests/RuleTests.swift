import CPatchbay
import Catalog
import Testing
import Vault

/// What sealed text may do, and what it may not.
struct RuleTests {
  let account = SealAccount(
    fields: [
      "api_key": SealField(Array("public-id".utf8), isSecret: false),
      "secret_key": SealField(Array("secret".utf8), isSecret: true),
      "passphrase": SealField(Array("phrase".utf8), isSecret: true, isDisclosed: true),
    ],
    slots: [3: Array("token".utf8)])

  @Test func timesAreTakenOnceAndMove() throws {
    final class Rising: SealClock {
      var now: Int64 = 1_700_000_000_123_456_789
      func venueTime() -> Int64 { now += 1_000_000_000; return now }
      func nonce(_ unit: NonceUnit) -> Int64 { venueTime() }
      func counter() -> UInt64 { UInt64(venueTime()) }
      func random(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: Int(venueTime()) ^ $0) } }
    }
    let twice = { (op: Op) -> [Part] in [.seal([op]), .literal("/"), .seal([op])] }
    for op in [
      Op(PB_OP_TIME_NS), Op(PB_OP_NONCE, PB_NONCE_US), Op(PB_OP_COUNTER), Op(PB_OP_RANDOM_HEX, 20), Op(PB_OP_UUID),
    ] {
      let body = try evaluate(body: twice(op), clock: Rising()).body
      let halves = body.split(separator: UInt8(ascii: "/"))
      #expect(halves.count == 2 && halves[0] == halves[1])
    }
    #expect(try text([Op(PB_OP_TIME_S)]) == "1700000000")
    #expect(try text([Op(PB_OP_TIME_MS, offset: 5_000_000_000)]) == "1700000005123")
    #expect(try text([Op(PB_OP_TIME_US)]) == "1700000000123456")
    #expect(try text([Op(PB_OP_TIME_ISO, PB_ISO_MS)]) == "2023-11-14T22:13:20.123Z")
    #expect(try text([Op(PB_OP_TIME_ISO, PB_ISO_US)]) == "2023-11-14T22:13:20.123456Z")
    #expect(try text([Op(PB_OP_TIME_ISO, PB_ISO_S, offset: 9_000_000_000_000_000)]) == "2024-02-27T02:13:20")
    #expect(try text([Op(PB_OP_NONCE, PB_NONCE_MS)]) == "1700000000123")
    #expect(try text([Op(PB_OP_UUID)]) == "00000000-0000-4000-8000-000000000000")
    #expect(try text([Op(PB_OP_RANDOM_DEC, 3)]) == "100")
  }

  @Test func registersAreSharedByUrlHeadersAndBodyInThatOrder() throws {
    let request = try evaluate(
      url: [.literal("https://h/"), .seal([.push("n"), Op(PB_OP_STORE, 7)])],
      headers: [("X", [.seal([Op(PB_OP_LOAD, 7)])])],
      body: [.seal([Op(PB_OP_LOAD, 7), .push("!"), Op(PB_OP_CONCAT, 2)])])
    #expect(request.headers.first?.value == Array("n".utf8))
    #expect(request.body == Array("n!".utf8))
    #expect(throws: SealFault.emptyRegister(number: 1)) { try value([Op(PB_OP_LOAD, 1)]) }
  }

  private func body(_ ops: [Op]) throws -> [UInt8] { try evaluate(body: [.seal(ops)], account: account).body }

  @Test func aSecretNeverLeavesUnhashed() throws {
    let secret = Op.field("secret_key")
    for ops in [
      [secret], [secret, Op(PB_OP_HEX)], [.push("a"), secret, Op(PB_OP_CONCAT, 2)],
      [secret, Op(PB_OP_STORE, 0)], [secret, Op(PB_OP_BASE64), Op(PB_OP_PERCENT, 1)],
      [.field("passphrase"), secret, Op(PB_OP_CONCAT, 2)], [secret, .field("passphrase"), Op(PB_OP_CONCAT, 2)],
    ] {
      #expect(throws: SealFault.revealsSecret(field: "secret_key")) { try body(ops) }
    }
    for hashed in [PB_OP_SHA256, PB_OP_MD5, PB_OP_KECCAK256] { _ = try body([secret, Op(hashed), Op(PB_OP_HEX)]) }
    #expect(throws: SealFault.revealsSecret(field: "secret_key")) {
      try evaluate(
        headers: [("X", [.seal([secret, Op(PB_OP_STORE, 0), Op(PB_OP_SHA1), Op(PB_OP_HEX)])])],
        body: [.seal([Op(PB_OP_LOAD, 0)])], account: account)
    }
  }

  @Test func whatTheManifestDisclosesMayLeaveButIsNeverCutOrPublished() throws {
    let phrase = Op.field("passphrase")
    let header = try evaluate(headers: [("X", [.seal([phrase])])], account: account).headers.first
    #expect(header?.value == Array("phrase".utf8))
    #expect(throws: SealFault.cutsSecret) { try body([phrase, Op(PB_OP_SLICE, 0, 1)]) }
    #expect(throws: SealFault.revealsSecret(field: "passphrase")) { try body([phrase, Op(PB_OP_PUBLISH, 0)]) }
    #expect(try body([.field("api_key"), Op(PB_OP_SLICE, 0, 6)]) == Array("public".utf8))
  }

  /// What depends on a secret must not end the place in which it stands.
  @Test func theAlphabetFitsThePlace() throws {
    let mac: [Op] = [.push("a"), .field("secret_key"), Op(PB_OP_HMAC_SHA256)]
    func url(_ ops: [Op], _ head: String) throws {
      _ = try evaluate(url: [.literal(head), .seal(ops)], account: account)
    }
    let (path, query) = ("https://example.test/", "https://example.test/?s=")
    try url(mac + [Op(PB_OP_HEX)], path)
    try url(mac + [Op(PB_OP_BASE64URL)], path)
    try url(mac + [Op(PB_OP_BASE64)], query)
    try url(mac + [Op(PB_OP_BASE64), Op(PB_OP_PERCENT, 1)], query)
    try url([.field("passphrase"), Op(PB_OP_PERCENT, 1)], query)
    for (ops, head) in [
      (mac, query), (mac + [Op(PB_OP_BASE64)], path), (mac + [Op(PB_OP_BASE64), Op(PB_OP_PERCENT, 1)], path),
      ([.field("passphrase")], query),
    ] {
      #expect(throws: SealFault.alphabet) { try url(ops, head) }
    }
    #expect(throws: SealFault.alphabet) { try evaluate(headers: [("X", [.seal(mac)])], account: account) }
    #expect(throws: SealFault.alphabet) { try body(mac) }
    // A text could have a quotation mark.
    #expect(throws: SealFault.alphabet) { try body([.field("passphrase")]) }
    #expect(try body([.field("passphrase"), Op(PB_OP_JSON_ESCAPE)]) == Array("phrase".utf8))
  }

  @Test func tokensMayBeSentAndNothingElse() throws {
    #expect(try body([Op(PB_OP_SLOT, 0, 3)]) == Array("token".utf8))
    #expect(throws: SealFault.revealsToken) { try body([Op(PB_OP_SLOT, 0, 3), Op(PB_OP_SLICE, 0, 2)]) }
    #expect(throws: SealFault.revealsToken) { try body([Op(PB_OP_SLOT, 0, 3), Op(PB_OP_PUBLISH, 2)]) }
    #expect(throws: SealFault.emptySlot(number: 4)) { try body([Op(PB_OP_SLOT, 0, 4)]) }
  }

  @Test func publishedValuesComeBack() throws {
    let request = try evaluate(body: [.seal([.push("abc"), Op(PB_OP_SHA256), Op(PB_OP_PUBLISH, 15), Op(PB_OP_HEX)])])
    #expect(request.published[15]?.count == 32)
    #expect(throws: SealFault.argument(operation: "PUBLISH", value: 16)) {
      try value([.push("a"), Op(PB_OP_PUBLISH, 16)])
    }
  }

  @Test func malformedProgramsAreRefused() {
    #expect(throws: SealFault.notOneValue(count: 2)) { try value([.push("a"), .push("b")]) }
    #expect(throws: SealFault.stackUnderflow(operation: "CONCAT")) { try value([.push("a"), Op(PB_OP_CONCAT, 2)]) }
    #expect(throws: SealFault.stackUnderflow(operation: "HMAC_SHA256")) {
      try value([.push("a"), Op(PB_OP_HMAC_SHA256)])
    }
    #expect(throws: SealFault.unknownOperation(code: 999)) { try value([.push("a"), Op(999)]) }
    #expect(throws: SealFault.stackOverflow) { try value(Array(repeating: .push("a"), count: 65)) }
    #expect(throws: SealFault.missingField(name: "x")) { try value([.field("x")], account: account) }
    #expect(throws: SealFault.noAccount) { try value([.field("api_key")]) }
    #expect(throws: SealFault.badInput(operation: "UNHEX", reason: "these are not whole hexadecimal bytes")) {
      try value([.push("abc"), Op(PB_OP_UNHEX)])
    }
    #expect(throws: SealFault.self) { try value([.push("256"), Op(PB_OP_DEC_TO_BE, 1)]) }
    #expect(throws: SealFault.self) { try value([.push("-129"), Op(PB_OP_DEC_TO_BE, 1)]) }
    #expect(throws: SealFault.self) { try value([.push("A"), Op(PB_OP_UNBASE64)]) }
    #expect(throws: SealFault.wrongKey(needed: "ed25519")) {
      try value([.push("A"), Op(PB_OP_SIGN, 1)], account: account)
    }
  }

  @Test func growthIsBounded() {
    let doubling = Array(repeating: [Op(PB_OP_STORE, 0), Op(PB_OP_LOAD, 0), Op(PB_OP_CONCAT, 2)], count: 30)
      .flatMap { $0 }
    #expect(throws: SealFault.tooLarge(limit: SealLimits.bytes)) { try value([.push("abcd")] + doubling) }
    let busy = Array(repeating: Op(PB_OP_HEX), count: 1) + Array(repeating: Op(PB_OP_STORE, 0), count: 5000)
    #expect(throws: SealFault.tooManyOperations(limit: SealLimits.operations)) { try value([.push("a")] + busy) }
  }

  @Test func headersAndUrlsCannotBeInjected() {
    #expect(throws: SealFault.controlCharacter(place: "the header X")) {
      try evaluate(headers: [("X", [.seal([.push("a\r\nB: c")])])])
    }
    #expect(throws: SealFault.controlCharacter(place: "a header's name")) {
      try evaluate(headers: [("X: y", [.literal("a")])])
    }
    #expect(throws: SealFault.controlCharacter(place: "the URL")) {
      try evaluate(url: [.seal([.push("https://h/ HTTP/1.1")])])
    }
  }
}
