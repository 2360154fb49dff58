import ConnectorKit
import Vault

/// Requests signed as chains want it.
struct ChainCases {
  let recipient = "0x3535353535353535353535353535353535353535"

  func all() throws -> [VerifierCase] {
    let key = try SentRequests(secret: TestKeys.eip155, form: .secp256k1Hex)
    let wallet = try SentRequests(secret: Array("\(TestKeys.words) m/44'/60'/0'/0/1".utf8), form: .mnemonic)
    let other = ["address": "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"]
    var cases = [
      try personal(key, TestKeys.publicEIP155), try personal(wallet, other), try typed(key, TestKeys.publicEIP155),
      try typed(wallet, other),
    ]
    for nonce in 0..<12 {
      cases.append(
        try transaction(key, nonce, .legacy(price: "20000000000"), chainID: nonce % 2 == 0 ? 1 : 84_532))
      cases.append(try transaction(key, nonce, .market(priority: "1000000000", most: "30000000000"), chainID: 8453))
    }
    // The chain id from which v of EIP-155 needs two bytes, and one whose v has five.
    cases.append(try transaction(key, 0, .legacy(price: "1"), chainID: 110))
    cases.append(try transaction(key, 0, .legacy(price: "1"), chainID: 2_147_483_630))
    return cases + [try shortest(key), try action()]
  }

  /// An order of an exchange that settles what is signed on a chain.
  private func action() throws -> VerifierCase {
    let known = ["wallet": SignedOrderBench.wallet, "asset": SignedOrder.asset]
    let bench = try SignedOrderBench(key: TestKeys.eip155)
    return try VerifierCase(
      "derive_order", bench.send(SignedOrder()), known.merging(TestKeys.publicEIP155) { $1 })
  }

  /// A signature over the time, in headers.
  private func personal(_ sent: SentRequests, _ known: [String: String]) throws -> VerifierCase {
    let time = Seal.milliseconds
    let signature = time.personalMessageDigest.signed(.secp256k1Recoverable, adding: 27).hex
    return try VerifierCase(
      "eip191",
      sent.send(headers: [
        ("X-Wallet", SealedText(.address(.evm))), ("X-Timestamp", SealedText(time)),
        ("X-Signature", "0x\(signature)"),
      ]), known)
  }

  /// Every sort of field that typed data has.
  private func typed(_ sent: SentRequests, _ known: [String: String]) throws -> VerifierCase {
    let nonce = Seal.nonceMilliseconds
    let leg = TypedStruct("Leg(string asset,int256 amount)", [.string("ETH-PERP"), .integer("-250")])
    let order = TypedStruct(
      "Order(address owner,Leg leg,uint64 nonce,bool buy,bytes memo,bytes32 tag,uint256[] limits)"
        + "Leg(string asset,int256 amount)",
      [
        .address(.address(.evm)), .structure(leg), .integer(SealedText(nonce)), .bool(true), .bytes(.bytes([1, 2, 3])),
        .fixedBytes("0xab"), .array([.integer("1"), .integer("340282366920938463463374607431768211456")]),
      ])
    let domain = TypedStruct.domain(name: "Example", version: "1", chainID: 10, verifyingContract: recipient)
    let signature = order.digest(in: domain).published(as: 0).signed(.secp256k1Recoverable, adding: 27).hex
    let result = try sent.send(
      body: #"{"owner":"\#(Seal.address(.evm))","nonce":\#(nonce),"signature":"0x\#(signature)"}"#)
    return try VerifierCase(
      "eip712", result,
      known.merging(["digest": String(decoding: Encoding.hex(result.request.published[0] ?? []), as: UTF8.self)]) {
        $1
      })
  }

  private func sendTransaction(
    _ sent: SentRequests, _ nonce: Int, _ fee: EVMTransaction.Fee, chainID: UInt64
  ) throws -> ResolvedSend {
    let transaction = EVMTransaction(
      chainID: chainID, nonce: "\(nonce)", gasLimit: "21000", to: SealedText(recipient), value: "1000000000000000000",
      data: .bytes([0xCA, 0xFE]), fee: fee)
    let raw = transaction.signed()
    let id = raw.keccak256.published(as: 1).hex
    return try sent.send(body: #"{"id":"\#(id)","method":"eth_sendRawTransaction","params":["0x\#(raw.hex)"]}"#)
  }

  private func transaction(
    _ sent: SentRequests, _ nonce: Int, _ fee: EVMTransaction.Fee, chainID: UInt64
  ) throws -> VerifierCase {
    let known = ["nonce": "\(nonce)", "chain": "\(chainID)", "to": recipient].merging(TestKeys.publicEIP155) { $1 }
    return try VerifierCase("rlp", sendTransaction(sent, nonce, fee, chainID: chainID), known)
  }

  /// A transaction whose r begins with a zero byte, which RLP leaves out: about one in 256 has such a one.
  private func shortest(_ sent: SentRequests) throws -> VerifierCase {
    let fee = EVMTransaction.Fee.legacy(price: "1")
    let usual = try sendTransaction(sent, 1000, fee, chainID: 1).request.body.count
    let nonce = try (1000..<9000).first { try sendTransaction(sent, $0, fee, chainID: 1).request.body.count < usual }
    return try transaction(sent, nonce ?? 0, fee, chainID: 1)
  }
}
