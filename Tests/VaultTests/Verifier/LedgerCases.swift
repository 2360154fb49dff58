import ConnectorKit
import Vault

/// Transactions of Cosmos chains and of the XRP Ledger.
struct LedgerCases {
  func all() throws -> [VerifierCase] {
    let key = try SentRequests(secret: TestKeys.eip155, form: .secp256k1Hex)
    let ed25519 = try SentRequests(secret: TestKeys.ed25519, form: .ed25519Hex)
    var cases: [VerifierCase] = []
    for sequence in 1..<6 {
      cases.append(try cosmosDirect(key, UInt8(sequence)))
      cases.append(try cosmosAmino(key, sequence))
      cases.append(try xrpl(key, UInt8(sequence), isEdwards: false))
    }
    return cases + [try xrpl(ed25519, 1, isEdwards: true)]
  }

  /// A field of protocol buffers with a length, and one with a small number.
  private func field(_ number: UInt8, _ value: SealedText) -> SealedText {
    SealedText(bytes: [number << 3 | 2]) + value.prefixed(.varint)
  }

  private func number(_ field: UInt8, _ value: UInt8) -> SealedText { SealedText(bytes: [field << 3, value & 127]) }

  /// SIGN_MODE_DIRECT: SHA-256 over a SignDoc, r and s behind each other.
  private func cosmosDirect(_ sent: SentRequests, _ sequence: UInt8) throws -> VerifierCase {
    let coin = field(1, "adydx") + field(2, "1000")
    let transfer = field(1, SealedText(.address(.cosmos, prefix: "dydx"))) + field(2, "dydx1other") + field(3, coin)
    let message = field(1, "/cosmos.bank.v1beta1.MsgSend") + field(2, transfer)
    let body = field(1, message) + field(2, "memo of the test")
    let key = field(1, "/cosmos.crypto.secp256k1.PubKey") + field(2, field(1, SealedText(.publicKey(.compressed))))
    let signer = field(1, key) + field(2, field(1, number(1, 1))) + number(3, sequence)
    let auth = field(1, signer) + field(2, field(1, coin) + number(2, 100))
    let document = field(1, body) + field(2, auth) + field(3, "dydx-mainnet-1") + number(4, 42)
    let signature = document.sha256.signed(.secp256k1Compact)
    let raw = field(1, body) + field(2, auth) + field(3, SealedText(signature))
    return try VerifierCase(
      "cosmos_direct", sent.send(body: #"{"mode":"BROADCAST_MODE_SYNC","tx_bytes":"\#(raw.base64)"}"#),
      ["chain": "dydx-mainnet-1", "number": "42", "prefix": "dydx"].merging(TestKeys.publicEIP155) { $1 })
  }

  /// SIGN_MODE_LEGACY_AMINO_JSON: SHA-256 over JSON with sorted keys.
  private func cosmosAmino(_ sent: SentRequests, _ sequence: Int) throws -> VerifierCase {
    let fee = #"{"amount":[{"amount":"5000","denom":"uatom"}],"gas":"200000"}"#
    let message: SealedText =
      #"{"type":"cosmos-sdk/MsgSend","value":{"from_address":"\#(Seal.address(.cosmos))","to_address":"cosmos1other"}}"#
    let document: SealedText = #"""
      {"account_number":"42","chain_id":"cosmoshub-4","fee":\#(fee),"memo":"","msgs":[\#(message)],\#
      "sequence":"\#(sequence)"}
      """#
    let signature = document.sha256.signed(.secp256k1Compact).base64
    let key = Seal.publicKey(.compressed).base64
    return try VerifierCase(
      "cosmos_amino",
      sent.send(
        body: #"""
          {"tx":{"msg":[\#(message)],"fee":\#(fee),"memo":"","signatures":[{"pub_key":{"type":\#
          "tendermint/PubKeySecp256k1","value":"\#(key)"},"signature":"\#(signature)"}]},"mode":"sync"}
          """#),
      ["chain": "cosmoshub-4", "number": "42", "sequence": "\(sequence)", "prefix": "cosmos"].merging(
        TestKeys.publicEIP155
      ) { $1 })
  }

  /// A payment in the ledger's binary form. Secp256k1 signs half of a SHA-512, Ed25519 the text itself.
  private func xrpl(_ sent: SentRequests, _ sequence: UInt8, isEdwards: Bool) throws -> VerifierCase {
    let key = isEdwards ? SealedText(bytes: [0xED]) + .publicKey(.raw) : SealedText(.publicKey(.compressed))
    let account = SealedText(key.sha256.ripemd160)
    // TransactionType, Flags, Sequence, LastLedgerSequence, Amount, Fee; then SigningPubKey.
    let head =
      SealedText(bytes: [0x12, 0, 0, 0x22, 0x80, 0, 0, 0, 0x24, 0, 0, 0, sequence, 0x20, 0x1B, 0, 1, 0x2F, 0xD1])
      + SealedText(bytes: [0x61, 0x40, 0, 0, 0, 0, 0x0F, 0x42, 0x40, 0x68, 0x40, 0, 0, 0, 0, 0, 0, 12, 0x73])
      + key.prefixed(.xrpl)
    let tail = SealedText(bytes: [0x81]) + account.prefixed(.xrpl)
      + SealedText(bytes: [0x83, 20] + [UInt8](repeating: 9, count: 20))
    let text = "STX\u{0}" + head + tail
    let signature = isEdwards ? text.signed(.ed25519) : text.sha512Half.signed(.secp256k1DER)
    let blob = head + SealedText(bytes: [0x74]) + signature.prefixed(.xrpl) + tail
    return try VerifierCase(
      "xrpl",
      sent.send(
        body: #"{"method":"submit","params":[{"account":"\#(Seal.address(.xrpl))","tx_blob":"\#(blob.hexUpper)"}]}"#),
      isEdwards ? TestKeys.publicEd25519 : TestKeys.publicEIP155)
  }
}
