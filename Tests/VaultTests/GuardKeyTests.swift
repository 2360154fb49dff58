import CPatchbay
import Testing

@testable import Vault

/// Ways to get at a private key, or to have something signed unseen.
struct GuardKeyTests {
  let bench: GuardBench
  static let secretKey = "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"

  init() throws {
    bench = try GuardBench()
    let fields = [
      "api_key": StoredField(try secret("WALLET-OF-THE-TEST"), form: .raw),
      "secret_key": StoredField(try secret(Self.secretKey), form: .secp256k1Hex),
    ]
    bench.guarding.add(
      account: 5,
      try LoadedAccount(
        StoredAccount(exchange: "example", name: "wallet", fields: fields), schema: bench.manifest.credentials))
  }

  private func read(_ ops: [Op]) -> Send {
    Send(
      account: 5, act: "balances", url: [.literal("https://api.example.com/v1/balances")],
      body: [.literal("sign="), .seal(ops + [Op(PB_OP_HEX)])])
  }

  static let sign = Op(PB_OP_SIGN, PB_SIGN_SECP256K1_RECOVERABLE)

  /// A digest that the connector brings along could stand for anything, such as a transfer.
  @Test func onlyDigestsMadeHereAreSigned() throws {
    let digest = Keccak256.digest(Array("withdraw all".utf8))
    let refused = SendRefusal.seal(
      .badInput(operation: "SIGN", reason: "secp256k1 signs what a digest operation of 32 bytes has just made"))
    for form in [PB_SIGN_SECP256K1_RECOVERABLE, PB_SIGN_SECP256K1_COMPACT, PB_SIGN_SECP256K1_DER] {
      for ops in [
        [.push(digest)], [.push(Encoding.hex(digest)), Op(PB_OP_UNHEX)], [.push(digest), Op(PB_OP_PAD_LEFT, 32)],
        [.push(digest), Op(PB_OP_STORE, 0)], [.push("x"), Op(PB_OP_SHA512)], [.push("x"), Op(PB_OP_SHA1)],
        [.push("x"), Op(PB_OP_SHA512), Op(PB_OP_SLICE, 0, 32)],
        [.push(digest), .push("x"), Op(PB_OP_SHA256), Op(PB_OP_SLICE, 0, 0), Op(PB_OP_CONCAT, 2)],
        [.push("x"), Op(PB_OP_SHA256), Op(PB_OP_HEX), Op(PB_OP_UNHEX)],
        [.push("x"), .push("key"), Op(PB_OP_HMAC_SHA256)], [.push([])],
      ] as [[Op]] {
        #expect(try bench.refusal(read(ops + [Op(PB_OP_SIGN, form)])) == refused)
      }
      for made in [PB_OP_SHA256, PB_OP_SHA512_HALF, PB_OP_KECCAK256] {
        let ops: [Op] = [.push("x"), Op(made), Op(PB_OP_STORE, 1), Op(PB_OP_LOAD, 1), Op(PB_OP_SIGN, form)]
        #expect(try bench.refusal(read(Array(ops.dropLast(2)) + [Op(PB_OP_SIGN, form)])) == nil)
        #expect(try bench.refusal(read(ops + [Op(PB_OP_CONCAT, 2)])) == nil)
      }
    }
  }

  /// A signature is for one request: neither it nor a part of it comes back. A hash of it does, as a transaction's.
  @Test func signaturesAndTheirPartsAreNotPublished() throws {
    let signed: [Op] = [.push("x"), Op(PB_OP_KECCAK256), Self.sign]
    for more in [
      [], [Op(PB_OP_HEX)], [Op(PB_OP_SLICE, 0, 32)], [Op(PB_OP_SLICE, 64, 1), Op(PB_OP_BE_TO_DEC)],
      [Op(PB_OP_SLICE, 0, 32), Op(PB_OP_BE_TO_DEC), Op(PB_OP_RLP_INTEGER)],
      [Op(PB_OP_LENGTH_PREFIX, PB_PREFIX_RLP_BYTES)], [Op(PB_OP_LENGTH_PREFIX, PB_PREFIX_DECIMAL)],
      [.push("y"), Op(PB_OP_CONCAT, 2)], [Op(PB_OP_STORE, 0), Op(PB_OP_LOAD, 0), Op(PB_OP_CONCAT, 2)],
    ] as [[Op]] {
      #expect(try bench.refusal(read(signed + more)) == nil)
      #expect(try bench.refusal(read(signed + more + [Op(PB_OP_PUBLISH, 0)])) == .seal(.revealsSignature))
    }
    let hash = try bench.resolve(read(signed + [Op(PB_OP_KECCAK256), Op(PB_OP_PUBLISH, 0)]))
    #expect(hash.request.published[0]?.count == 32)
    // Not where a secret was signed: then the hash would tell which guess of it is right.
    let guessed: [Op] = [.field("secret_key"), Op(PB_OP_KECCAK256), Self.sign, Op(PB_OP_KECCAK256)]
    #expect(try bench.refusal(read(guessed + [Op(PB_OP_PUBLISH, 0)])) == .seal(.revealsSignature))
  }

  @Test func publicKeyAndAddressAreCleanAndTheKeyIsNot() throws {
    for op in [
      Op(PB_OP_PUBLIC_KEY, PB_KEY_RAW), Op(PB_OP_PUBLIC_KEY, PB_KEY_COMPRESSED),
      Op(PB_OP_PUBLIC_KEY, PB_KEY_UNCOMPRESSED), Op(PB_OP_ADDRESS, PB_ADDRESS_EVM),
      Op(PB_OP_ADDRESS, PB_ADDRESS_COSMOS), Op(PB_OP_ADDRESS, PB_ADDRESS_XRPL),
    ] {
      let sent = try bench.resolve(read([op, Op(PB_OP_SLICE, 0, 5), Op(PB_OP_PUBLISH, 1)]))
      #expect(sent.request.published[1]?.count == 5)
      #expect(try bench.refusal(read([op]).with { $0.account = 1 }) != nil, "account 1 has no signing key")
      let open = read([op]).with { ($0.act, $0.url) = ("time", [.literal("https://api.example.com/v1/time")]) }
      #expect(try bench.refusal(open) == .publicActUsesAccount(act: "time"))
    }
    for more in [
      [], [Op(PB_OP_UNHEX)], [Op(PB_OP_LENGTH_PREFIX, PB_PREFIX_DECIMAL)], [Op(PB_OP_RLP_INTEGER)],
      [Op(PB_OP_UNHEX), Op(PB_OP_LENGTH_PREFIX, PB_PREFIX_RLP_LIST)], [Op(PB_OP_UNHEX), Op(PB_OP_BE_TO_DEC)],
      [Op(PB_OP_SLICE, 0, 1)], [Op(PB_OP_UNHEX), Op(PB_OP_BASE64URL)],
    ] as [[Op]] {
      let refusal = try bench.refusal(read([.field("secret_key")] + more))
      switch refusal {
      case .seal(.revealsSecret("secret_key")), .seal(.mightFail), .seal(.cutsSecret): break
      default: Issue.record("\(more): \(String(describing: refusal))")
      }
    }
  }

  @Test func anotherAlgorithmsKeyDoesNotSign() throws {
    for (form, needed) in [
      (PB_SIGN_ED25519, "ed25519"), (PB_SIGN_P256_JOSE, "p256"), (PB_SIGN_RSA_PKCS1_SHA256, "rsa"),
    ] {
      let refused = try bench.refusal(read([.push("x"), Op(PB_OP_SIGN, form)]))
      #expect(refused == .seal(.wrongKey(needed: needed)) && refused?.code == UInt32(PB_REFUSAL_ACCOUNT))
    }
    let without = read([.push("x"), Op(PB_OP_KECCAK256), Self.sign]).with { $0.account = 1 }
    #expect(try bench.refusal(without) == .seal(.wrongKey(needed: "secp256k1")))
    #expect(
      try bench.refusal(read([.push("x"), Op(PB_OP_SIGN, 7)])) == .seal(.argument(operation: "SIGN", value: 7)))
    #expect(
      try bench.refusal(read([.push("x"), Op(PB_OP_LENGTH_PREFIX, 6)]))
        == .seal(.argument(operation: "LENGTH_PREFIX", value: 6)))
  }
}
