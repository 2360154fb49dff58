import CPatchbay
import Testing

@testable import ConnectorKit
@testable import Vault

/// Published examples of signatures and addresses of chains. Nonces follow RFC 6979, so each has one right answer.
struct ChainKeyTests {
  private func account(_ digits: String) throws -> SealAccount {
    let bytes = try #require(Encoding.unhex(Array(digits.utf8)))
    let key = SigningKey(secp256k1: bytes)
    return SealAccount(fields: [:], signingKey: key)
  }

  /// What a seal of the kit gives.
  private func hex(_ seal: Seal, _ account: SealAccount) throws -> String {
    let ops = seal.hex.ops.map { op in
      var same = Op(op.code, op.arg, op.arg2, offset: op.offset)
      same.bytes = op.bytes
      return same
    }
    return try text(ops, account: account)
  }

  /// EIP-155, "Example".
  @Test func eip155() throws {
    let transaction = EVMTransaction(
      chainID: 1, nonce: "9", gasLimit: "21000", to: "0x3535353535353535353535353535353535353535",
      value: "1000000000000000000", data: .bytes([]), fee: .legacy(price: "20000000000"))
    #expect(
      try hex(transaction.signed(), account(String(repeating: "46", count: 32)))
        == "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a028ef61340bd939bc"
        + "2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb196"
        + "6a3b6d83")
  }

  /// EIP-712, "Example": the mail from Cow to Bob. The key is the Keccak-256 of "cow".
  @Test func eip712() throws {
    let person = "Person(string name,address wallet)"
    let mail = TypedStruct(
      "Mail(Person from,Person to,string contents)" + person,
      [
        .structure(
          TypedStruct(person, [.string("Cow"), .address("0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826" as SealedText)])),
        .structure(
          TypedStruct(person, [.string("Bob"), .address("0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB" as SealedText)])),
        .string("Hello, Bob!"),
      ])
    let domain = TypedStruct.domain(
      name: "Ether Mail", version: "1", chainID: 1, verifyingContract: "0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC")
    let cow = try account(String(decoding: Encoding.hex(Keccak256.digest(Array("cow".utf8))), as: UTF8.self))
    #expect(domain.type == "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
    #expect(
      try hex(domain.hash, cow) == "f2cee375fa42b42143804025fc449deafd50cc031ca257e0b194a650a912090f")
    #expect(
      try hex(mail.digest(in: domain), cow) == "be609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2")
    #expect(
      try hex(mail.digest(in: domain).signed(.secp256k1Recoverable, adding: 27), cow)
        == "4355c47d63924e8a72e509b65029052eb6c299d53a04e167c5775fd466751c9d"
        + "07299936d304c153f6443dfa05f40ff007d72911b6f72307f996231605b915621c")
  }

  /// The example of web3.js's `eth.accounts.sign`.
  @Test func eip191() throws {
    let signer = try account("4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318")
    #expect(
      try hex(SealedText("Some data").personalMessageDigest.signed(.secp256k1Recoverable, adding: 27), signer)
        == "b91467e570a6466aa9e9876cbcd013baba02900b8979d43fe208a4a4f339f5fd6007e74cd82e037b800186422fc2da167c747ef0"
        + "45e5d18a5f5d4300f8e1a0291c")
    let address = try text([Op(PB_OP_ADDRESS, PB_ADDRESS_EVM)], account: signer)
    #expect(address == "0x2c7536E3605D9C16a7a3D7b1898e529396a65c23")
  }

  /// The addresses of the key 1: BIP-173 has its hash, other chains' tools give the rest. XRPL's documentation has the
  /// Ed25519 key's address, and the genesis account's.
  @Test func addresses() throws {
    let one = try account(String(repeating: "0", count: 63) + "1")
    var dydx = Op(PB_OP_ADDRESS, PB_ADDRESS_COSMOS)
    #expect(try text([dydx], account: one) == "cosmos1w508d6qejxtdg4y5r3zarvary0c5xw7k6ah60c")
    dydx.bytes = Array("dydx".utf8)
    #expect(try text([dydx], account: one) == "dydx1w508d6qejxtdg4y5r3zarvary0c5xw7knye700")
    for prefix in ["Dydx", "dy dx", "é", String(repeating: "a", count: 41), "a\u{7f}"] {
      dydx.bytes = Array(prefix.utf8)
      #expect(throws: SealFault.self) { try text([dydx], account: one) }
    }
    let genesis = try account("1acaaedece405b2a958212629e16f2eb46b153eee94cdd350fdeff52795525b7")
    let xrpl = Op(PB_OP_ADDRESS, PB_ADDRESS_XRPL)
    #expect(try text([xrpl], account: genesis) == "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh")
    let seed = try #require(Encoding.unhex(TestKeys.ed25519))
    let edwards = SealAccount(fields: [:], signingKey: SigningKey(ed25519: seed))
    #expect(try text([xrpl], account: edwards) == "rKXANbaWPnr3Fi1if6u4QbePvjaL3yeBmS")
    #expect(throws: SealFault.wrongKey(needed: "secp256k1")) {
      try text([Op(PB_OP_ADDRESS, PB_ADDRESS_EVM)], account: edwards)
    }
    #expect(throws: SealFault.wrongKey(needed: "secp256k1")) { try text([xrpl], account: SealAccount(fields: [:])) }
    #expect(throws: SealFault.noAccount) { try text([xrpl]) }
    #expect(throws: SealFault.argument(operation: "ADDRESS", value: 4)) {
      try text([Op(PB_OP_ADDRESS, 4)], account: one)
    }
    #expect(Encoding.base58([0, 0, 57]) == Array("rrz".utf8))
  }

  /// v is one byte as long as it always fits, then eight.
  @Test func theRecoveryIdMovesAsAsked() throws {
    let signer = try account(String(repeating: "46", count: 32))
    var seen: Set<Int> = []
    for index in 0..<12 {
      let message: [Op] = [.push("message \(index)"), Op(PB_OP_KECCAK256)]
      let bare = try value(message + [Op(PB_OP_SIGN, PB_SIGN_SECP256K1_RECOVERABLE)], account: signer)
      let id = try #require(bare.last.map { Int($0) })
      #expect(bare.count == 65 && id < 2)
      seen.insert(id)
      for added in [27, 254, 255, 4_294_967_295] {
        let moved = try value(message + [Op(PB_OP_SIGN, PB_SIGN_SECP256K1_RECOVERABLE, added)], account: signer)
        #expect(moved.prefix(64) == bare.prefix(64) && moved.count == (added < 255 ? 65 : 72))
        #expect(moved.dropFirst(64).reduce(0) { $0 << 8 | Int($1) } == added + id)
      }
      let compact = try value(message + [Op(PB_OP_SIGN, PB_SIGN_SECP256K1_COMPACT)], account: signer)
      #expect(compact == Array(bare.prefix(64)) && compact[32] < 0x80)
      let der = try value(message + [Op(PB_OP_SIGN, PB_SIGN_SECP256K1_DER)], account: signer)
      #expect(SigningKey.fixedWidth(der: der) == compact)
    }
    #expect(seen == [0, 1])
  }

  /// SEC 1 keys in PEM have the same number, and so the same signatures.
  @Test func keysInPEMSignAlike() throws {
    let digits = String(repeating: "46", count: 32)
    // RFC 5915 without the public key.
    let der = [UInt8]([0x30, 46, 2, 1, 1, 4, 32]) + [UInt8](repeating: 0x46, count: 32)
      + [0xA0, 7, 6, 5, 0x2B, 0x81, 4, 0, 10]
    let pem = TestKeys.pem("EC ", String(decoding: Encoding.base64(der), as: UTF8.self))
    let stored = try #require(SecretBytes(pem))
    let key = try #require(try KeyForm.pem.key(stored, field: "k"))
    let plain = try #require(try account(digits).signingKey)
    #expect(key.algorithm == .secp256k1 && key.publicKey(.uncompressed) == plain.publicKey(.uncompressed))
    #expect(key.sign([1, 2]) == plain.sign([1, 2]) && key.sign([1, 2]) != nil)
    let known = try #require(TestKeys.publicEIP155["secp256k1"])
    #expect(key.publicKey(.compressed).map { Encoding.hex($0) } == Array(known.utf8))
  }
}
