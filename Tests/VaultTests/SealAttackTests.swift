import CPatchbay
import Testing

@testable import Vault

/// Attacks by somebody who knows the source. Each is refused in its intended way, and the account trades on.
struct SealAttackTests {
  let bench: GuardBench
  init() throws { bench = try GuardBench() }

  private static let mac: [Op] = [.push("withdraw"), .field("secret_key"), Op(PB_OP_HMAC_SHA256)]
  private static let wallet = [Op.push("x"), Op(PB_OP_KECCAK256), Op(PB_OP_SIGN, PB_SIGN_SECP256K1_RECOVERABLE)]

  private func read(_ ops: [Op], before: String = "sign=") -> Send {
    Send(
      act: "balances", url: [.literal("https://api.example.com/v1/balances")], body: [.literal(before), .seal(ops)])
  }

  private func tradesOn() throws {
    bench.guarding.commands.begin(104, account: 1, verb: UInt32(PB_CMD_PLACE))
    let place = Send(
      command: 104, method: PB_METHOD_POST, act: "place", url: [.literal("https://api.example.com/v1/orders")],
      headers: [("X-Sign", [.seal([.push("a=1"), .field("secret_key"), Op(PB_OP_HMAC_SHA256), Op(PB_OP_HEX)])])],
      body: [.literal("a=1")])
    #expect(try bench.refusal(place) == nil)
  }

  private func refused(_ send: Send, _ fault: SealFault, code: Int = PB_REFUSAL_SEAL) throws {
    let refusal = try bench.refusal(send)
    #expect(refusal == .seal(fault) && refusal?.code == UInt32(code))
    try tradesOn()
  }

  /// "Does this byte of the HMAC, behind these digits, fit so many bytes?", asked 255 times for each byte.
  @Test func aByteOfAnHMACIsNotComparedByWhetherANumberFits() throws {
    for made in [Self.mac, [.field("pin"), Op(PB_OP_SHA256)]] {
      try refused(read(made + [Op(PB_OP_SLICE, 3, 1), Op(PB_OP_BE_TO_DEC), Op(PB_OP_DEC_TO_BE, 2)]), .cutsSecret)
      // The whole of it, without cutting.
      let compared = made + [Op(PB_OP_BE_TO_DEC), .push("9"), Op(PB_OP_CONCAT, 2), Op(PB_OP_DEC_TO_BE, 32)]
      try refused(read(compared), .mightFail(operation: "DEC_TO_BE"))
    }
  }

  /// Bytes of a signature, each hashed and published by itself.
  @Test func digestsOfASignaturesBytesAreNotPublished() throws {
    let byte = Self.mac + [Op(PB_OP_SLICE, 0, 1), Op(PB_OP_SHA256), Op(PB_OP_PUBLISH, 0)]
    try refused(read(byte), .cutsSecret)
    try refused(read(Self.mac + [Op(PB_OP_SHA256), Op(PB_OP_PUBLISH, 0), Op(PB_OP_HEX)]), .revealsSignature)
  }

  /// The token is taken and masked although the connector asks for no capture.
  @Test func aTokenThatNobodyAskedForIsMasked() throws {
    let sent = try bench.resolve(
      Send(method: PB_METHOD_POST, act: "token", url: [.literal("https://api.example.com/v1/token")]))
    var reply = Array(#"{"result":{"token":"WW91ciB0b2tlbg"}}"#.utf8)
    sent.capture(&reply)
    #expect(String(decoding: reply, as: UTF8.self) == #"{"result":{"token":"**************"}}"#)
    // Where it may go is the manifest's word too.
    let frame = Send(
      stream: 9, act: "subscribe",
      body: [.literal(#"{"op":"subscribe","token":""#), .seal([Op(PB_OP_SLOT, 0, 3)]), .literal("\"}")])
    #expect(try bench.refusal(frame) == .sealedPlace(act: "subscribe"))
    try tradesOn()
  }

  /// One bit of a signature, v, in a digest that can be tried both ways.
  @Test func aPieceOfASignatureIsNotHashed() throws {
    let fields = [
      "api_key": StoredField(try secret("WALLET"), form: .raw),
      "secret_key": StoredField(try secret(GuardKeyTests.secretKey), form: .secp256k1Hex),
    ]
    bench.guarding.add(
      account: 1,
      try LoadedAccount(
        StoredAccount(exchange: "example", name: "wallet", fields: fields), schema: bench.manifest.credentials))
    for cut in [(64, 1), (0, 32), (32, 32)] {
      let piece = Self.wallet + [Op(PB_OP_SLICE, cut.0, cut.1)]
      #expect(
        try bench.refusal(read(piece + [Op(PB_OP_SHA256), Op(PB_OP_PUBLISH, 0)])) == .seal(.revealsSignature))
      let keyed = [.push("m")] + piece + [Op(PB_OP_HMAC_SHA256)]
      #expect(try bench.refusal(read(keyed + [Op(PB_OP_HEX)])) == .seal(.revealsSignature))
    }
    #expect(try bench.refusal(read(Self.wallet + [Op(PB_OP_SLICE, 0, 31)])) == .seal(.cutsSecret))
    // Two signatures side by side are no transaction.
    let pair = Self.wallet + Self.wallet + [Op(PB_OP_CONCAT, 2), Op(PB_OP_KECCAK256), Op(PB_OP_PUBLISH, 0)]
    #expect(try bench.refusal(read(pair)) == .seal(.revealsSignature))
  }

  /// A key with its last letters cut off and a guess put in their place: a signature that is accepted would say yes.
  @Test func aKeyIsNotCutForAGuess() throws {
    let guess: [Op] = [
      .push("m"), .field("secret_key"), Op(PB_OP_SLICE, 0, 8), .push("a"), Op(PB_OP_CONCAT, 2), Op(PB_OP_HMAC_SHA256),
    ]
    try refused(read(guess + [Op(PB_OP_HEX)]), .cutsSecret)
    try refused(read(Self.mac + [Op(PB_OP_HEX), Op(PB_OP_SLICE, 0, 63), .push("a"), Op(PB_OP_CONCAT, 2)]), .cutsSecret)
  }

  /// A short secret inside a signature by another one, the guess in plain text beside it.
  @Test func aShortSecretIsNotGuessedInsideASignature() throws {
    let ops: [Op] = [
      .push("q="), .field("pin"), Op(PB_OP_CONCAT, 2), .field("secret_key"), Op(PB_OP_HMAC_SHA256), Op(PB_OP_HEX),
    ]
    #expect(try bench.refusal(read(ops)) == .sealedPlace(act: "balances"))
    try tradesOn()
  }

  /// A JSON-RPC id comes back in the answer.
  @Test func nothingSealedStandsWhereItWouldBeEchoed() throws {
    #expect(try bench.refusal(read(Self.mac + [Op(PB_OP_HEX)], before: "id=")) == .sealedPlace(act: "balances"))
    #expect(try bench.refusal(read(Self.mac + [Op(PB_OP_HEX)], before: "sign=1&id=")) == .sealedPlace(act: "balances"))
    #expect(try bench.refusal(read(Self.mac + [Op(PB_OP_HEX)])) == nil)
    try tradesOn()
  }

  /// Whether a signature's digits make a number, or whether a path has a dot, is not asked of a secret.
  @Test func whatIsDecidedIsDecidedWithoutTheSecret() throws {
    let digest = [Op.field("pin"), Op(PB_OP_SHA256), Op(PB_OP_HEX)]
    let bare = Send(
      stream: 9, act: "subscribe", body: [.literal(#"{"op":"subscribe","x":"#), .seal(digest), .literal("}")])
    #expect(try bench.refusal(bare) == .operation(act: "subscribe", reason: "it is not plain JSON"))
    let path = Send(
      act: "order", url: [.literal("https://api.example.com/v1/orders/"), .seal(Self.mac + [Op(PB_OP_BASE64)])])
    try refused(path, .alphabet)
  }

  /// Lengths differ between secrets; a limit that is reached by one only would tell them apart.
  @Test func limitsAreThoseOfTheLongestSecret() throws {
    let twice = [Op(PB_OP_STORE, 0), Op(PB_OP_LOAD, 0), Op(PB_OP_CONCAT, 2)]
    let doubling = Array(repeating: twice, count: 7).flatMap { $0 }
    let long = read([.field("pin")] + doubling + [Op(PB_OP_SHA256), Op(PB_OP_HEX)])
    try refused(long, .tooLarge(limit: SealLimits.bytes), code: PB_REFUSAL_LIMIT)
    try refused(read([.field("pin"), Op(PB_OP_PAD_LEFT, 8), Op(PB_OP_SHA256)]), .mightFail(operation: "PAD_LEFT"))
  }
}
