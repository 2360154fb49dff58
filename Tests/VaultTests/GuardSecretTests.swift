import CPatchbay
import Testing
import Vault

/// Ways to get at a secret, a token or a signature.
struct GuardSecretTests {
  let bench: GuardBench
  init() throws { bench = try GuardBench() }

  private func read(_ change: (inout Send) -> Void) -> Send {
    Send(act: "balances", url: [.literal("https://api.example.com/v1/balances")]).with(change)
  }

  private func signed(_ ops: [Op]) -> [Part] { [.literal("sign="), .seal(ops)] }

  static let raw: [[Op]] = [
    [.field("secret_key")], [.field("secret_key"), Op(PB_OP_HEX)],
    [.push("a"), .field("secret_key"), Op(PB_OP_CONCAT, 2)],
    [.field("secret_key"), Op(PB_OP_PERCENT, PB_PERCENT_COMPONENT)],
    [.field("passphrase"), .field("secret_key"), Op(PB_OP_CONCAT, 2)],
    [.field("secret_key"), Op(PB_OP_LENGTH_PREFIX, PB_PREFIX_VARINT)], [.field("secret_key"), Op(PB_OP_STORE, 0)],
  ]

  @Test(arguments: raw) func aSecretIsNowhereInTheText(ops: [Op]) throws {
    let revealed = SendRefusal.seal(.revealsSecret(field: "secret_key"))
    #expect(try bench.refusal(read { $0.url.append(contentsOf: [.literal("?q="), .seal(ops)]) }) == revealed)
    #expect(
      try bench.refusal(Send(act: "order", url: [.literal("https://api.example.com/v1/orders/"), .seal(ops)]))
        == revealed)
    #expect(try bench.refusal(read { $0.headers = [("X-A", [.seal(ops)])] }) == revealed)
    #expect(try bench.refusal(read { $0.body = signed(ops) }) == revealed)
    #expect(revealed.code == UInt32(PB_REFUSAL_SEAL))
  }

  @Test func aSecretIsNotCutNorPublishedNorCompared() throws {
    for secret in ["secret_key", "passphrase", "pin"] {
      let cut = read { $0.body = signed([.field(secret), Op(PB_OP_SLICE, 0, 1)]) }
      #expect(try bench.refusal(cut) == .seal(.cutsSecret))
      let published = read { $0.body = signed([.field(secret), Op(PB_OP_PUBLISH, 0)]) }
      #expect(try bench.refusal(published) == .seal(.revealsSecret(field: secret)))
      // Whether a number fits would be an answer to "is the secret larger than this?".
      for (name, last) in [
        ("DEC_TO_BE", Op(PB_OP_DEC_TO_BE, 2)), ("BE_TO_DEC", Op(PB_OP_BE_TO_DEC)), ("PAD_LEFT", Op(PB_OP_PAD_LEFT, 3)),
        ("RLP_INTEGER", Op(PB_OP_RLP_INTEGER)), ("UNHEX", Op(PB_OP_UNHEX)), ("UNBASE64", Op(PB_OP_UNBASE64)),
      ] {
        let ops = [.push("9"), .field(secret), Op(PB_OP_CONCAT, 2), last, Op(PB_OP_SHA256)]
        #expect(try bench.refusal(read { $0.body = signed(ops) }) == .seal(.mightFail(operation: name)))
      }
    }
  }

  /// A signature that comes back could be sent as plain text with a request that no act permits.
  @Test func signaturesAreNotPublished() throws {
    let mac: [Op] = [.push("withdraw all"), .field("secret_key"), Op(PB_OP_HMAC_SHA256)]
    for ops in [
      mac, mac + [Op(PB_OP_HEX)], mac + [Op(PB_OP_SHA256)],
      [.push("x")] + mac + [Op(PB_OP_HMAC_SHA512)], mac + [.push("key"), Op(PB_OP_HMAC_SHA256)],
      [.push("withdraw all"), .field("secret_key"), Op(PB_OP_CONCAT, 2), Op(PB_OP_MD5)],
      [.field("secret_key"), Op(PB_OP_SHA256), Op(PB_OP_STORE, 1), Op(PB_OP_LOAD, 1), Op(PB_OP_CONCAT, 2)],
    ] {
      let sent = read { $0.body = signed(ops + [Op(PB_OP_HEX)]) }
      #expect(try bench.refusal(sent) == nil)
      let published = read { $0.body = signed(ops + [Op(PB_OP_PUBLISH, 0), Op(PB_OP_HEX)]) }
      #expect(try bench.refusal(published) == .seal(.revealsSignature))
    }
    #expect(try bench.refusal(read { $0.body = signed(mac + [Op(PB_OP_SLICE, 0, 16)]) }) == .seal(.cutsSecret))
  }

  @Test func registersDoNotOutliveARequest() throws {
    try bench.resolve(
      read { $0.body = signed([.field("secret_key"), Op(PB_OP_STORE, 3), Op(PB_OP_SHA256), Op(PB_OP_HEX)]) })
    #expect(try bench.refusal(read { $0.body = signed([Op(PB_OP_LOAD, 3)]) }) == .seal(.emptyRegister(number: 3)))
    let within = read {
      $0.headers = [("X-A", [.seal([.field("secret_key"), Op(PB_OP_STORE, 3), Op(PB_OP_SHA256), Op(PB_OP_HEX)])])]
      $0.body = signed([Op(PB_OP_LOAD, 3)])
    }
    #expect(try bench.refusal(within) == .seal(.revealsSecret(field: "secret_key")))
  }

  @Test func aPublishedValueIsTheOneThatLeft() throws {
    let sent = try bench.resolve(read { $0.body = signed([Op(PB_OP_NONCE, PB_NONCE_MS), Op(PB_OP_PUBLISH, 4)]) })
    #expect(sent.request.body == Array("sign=1700000000123".utf8))
    #expect(sent.request.published[4] == Array("1700000000123".utf8))
  }

  @Test func noncesRiseForAllThatShareAKey() throws {
    let ask = read { $0.body = signed([Op(PB_OP_NONCE, PB_NONCE_MS)]) }
    var last = 0
    for _ in 0..<5 {
      let next = try #require(Int(String(decoding: try bench.resolve(ask).request.body.dropFirst(5), as: UTF8.self)))
      #expect(next > last)
      last = next
    }
    bench.guarding.add(account: 7, try bench.load(["api_key": GuardBench.apiKey, "secret_key": "else"]))
    let other = try bench.resolve(ask.with { $0.account = 7 }).request.body
    #expect(String(decoding: other, as: UTF8.self) == "sign=\(last + 1)")
    let stranger = try bench.resolve(ask.with { $0.account = 2 }).request.body
    #expect(String(decoding: stranger, as: UTF8.self) == "sign=1700000000123")
  }

  @Test func tokensAreTakenMaskedAndUsedOnce() throws {
    let ask = Send(
      method: PB_METHOD_POST, act: "token", url: [.literal("https://api.example.com/v1/token")],
      captures: [("/result/token", 3)])
    let use = read { $0.headers = [("X-Token", [.seal([Op(PB_OP_SLOT, 0, 3)])])] }
    #expect(try bench.refusal(use) == .seal(.emptySlot(number: 3)))
    let sent = try bench.resolve(ask)
    var reply = Array(#"{"result":{"expires":900,"token":"tok\/en-12345"},"echo":"tok/en-12345"}"#.utf8)
    sent.capture(&reply)
    #expect(
      String(decoding: reply, as: UTF8.self)
        == #"{"result":{"expires":900,"token":"*************"},"echo":"************"}"#)
    #expect(try bench.resolve(use).request.headers.first?.value == Array("tok/en-12345".utf8))
    for last in [Op(PB_OP_SLICE, 0, 2), Op(PB_OP_PUBLISH, 2)] {
      #expect(try bench.refusal(read { $0.body = signed([Op(PB_OP_SLOT, 0, 3), last]) }) == .seal(.revealsToken))
    }
    #expect(
      try bench.refusal(use.with { $0.account = 2 }) == .seal(.emptySlot(number: 3)), "slots are an account's own")
    #expect(try bench.refusal(ask.with { $0.captures = [("/a", 65)] }) == .capture(path: "/a"))
    #expect(try bench.refusal(ask.with { $0.captures = [("/a", 0)] }) == .capture(path: "/a"))
    #expect(try bench.refusal(ask.with { $0.captures = [("a", 1)] }) == .capture(path: "a"))
  }

  @Test(arguments: [
    (#"{"a":{"t":"abcdefgh"}}"#, "/a/t", #"{"a":{"t":"********"}}"#, "abcdefgh"),
    (#"{"a":{"t":"one","t":"two"}}"#, "/a/t", #"{"a":{"t":"***","t":"***"}}"#, "two"),
    (#"[ 1 , "x" , {"k/e~y":12345678} ]"#, "/2/k~1e~0y", #"[ 1 , "x" , {"k/e~y":11111111} ]"#, "12345678"),
    (#"{"\u0074":"caf\u00e9"}"#, "/t", #"{"\u0074":"*********"}"#, "café"),
    (#"{"t":"a\ud83d\ude00b"}"#, "/t", #"{"t":"**************"}"#, "a😀b"),
    (#"{"t":null,"u":{"t":"x"}}"#, "/t", #"{"t":null,"u":{"t":"x"}}"#, nil),
    (#"{"t":"abc""#, "/t", "**********", nil), ("<html>token abc</html>", "/t", "**********************", nil),
    (#"{"t":"bad \q escape"}"#, "/t", #"{"t":"*************"}"#, nil),
    (#"{"t":-12.5e-7,"u":1}"#, "/t", #"{"t":11111111,"u":1}"#, "-12.5e-7"), ("-1.5", "", "1111", "-1.5"),
    (#"{"t":"12345678","u":[12345678,"\\12345678","a\"12345678"]}"#, "/t",
      #"{"t":"********","u":[11111111,"\\********","a\"********"]}"#, "12345678"),
    (#"{"t":"\"quoted\"","u":"\"quoted\""}"#, "/t", #"{"t":"**********","u":"**********"}"#, #""quoted""#),
  ]) func masking(reply: String, path: String, masked: String, token: String?) {
    var body = Array(reply.utf8)
    let tokens = ReplyCapture.take([CaptureRule(path: path, slot: 1)], from: &body)
    #expect(String(decoding: body, as: UTF8.self) == masked)
    #expect(tokens[1].map { String(decoding: $0, as: UTF8.self) } == token)
  }

  /// Whatever is printed, logged or told to a connector is searched for what must not be in it.
  @Test func nothingThatIsShownHoldsASecret() throws {
    var shown = ""
    let sends = Self.raw.flatMap { ops in
      [
        read { $0.body = signed(ops) }, read { $0.url.append(contentsOf: [.literal("?"), .seal(ops)]) },
        read { $0.headers = [("X", [.seal(ops + [Op(PB_OP_UNHEX)])])] },
        read { $0.headers = [("X", [.seal(ops + [Op(PB_OP_SHA256)])])] },
        read { ($0.act, $0.body) = ("place", [.seal(ops)]) },
      ]
    }
    for send in sends {
      do {
        let sent = try bench.resolve(send)
        dump(sent, to: &shown)
        shown += "\(sent)\(sent.request)\(sent.request.headers)\(String(reflecting: sent))"
      } catch {
        dump(error, to: &shown)
        shown += "\(error)\(String(reflecting: error))"
      }
    }
    let account = try bench.load(["api_key": "k", "secret_key": GuardBench.secret, "pin": "47110815"])
    dump(account, to: &shown)
    dump(account.seal, to: &shown)
    dump(account.seal.fields, to: &shown)
    shown += "\(account)\(account.seal)\(account.seal.fields)\(String(reflecting: account.seal))"
    let files = try bench.folder.contents().map { String(decoding: $0, as: UTF8.self) }.joined()
    #expect(shown.utf8.count > 1000)
    for needle in needles([GuardBench.secret, GuardBench.phrase, "47110815"]) {
      #expect(!shown.contains(needle) && !files.contains(needle))
    }
  }
}

/// A secret in the ways in which it could be written.
func needles(_ secrets: [String]) -> [String] {
  secrets.flatMap { secret -> [String] in
    let bytes = Array(secret.utf8)
    let digest = Digest.sha256(bytes) ?? []
    return [
      bytes, Encoding.hex(bytes), Encoding.base64(bytes), Encoding.percent(bytes), Encoding.hex(digest),
      Encoding.base64(digest),
    ]
    .map { String(decoding: $0, as: UTF8.self) } + ["\(bytes)".trimmingPrefix("[").description.replacing("]", with: "")]
  }
}
