import CPatchbay
import ConnectorTestKit
import Testing

@testable import ConnectorKit

/// Tokens, typed data and transactions as programs. What they give when they run is tested with the host's evaluation.
@Suite struct SealBuilderTests {
  /// A text as it leaves, its programs written out.
  private func written(_ text: SealedText) throws -> String {
    let probe = OutputProbe()
    var request = Request(.post, "https://example.org/")
    request.body = text
    probe.out.send(request, id: 1)
    #expect(probe.faults.isEmpty)
    let record = try #require(probe.emitted.first)
    return record.sealed(record.fields(pb_out_request.self).body)
  }

  private func written(_ seal: Seal) throws -> String { try written(SealedText(seal)) }

  @Test func listsHoldLists() throws {
    let value = RLP.list([.integer("1024"), .bytes(.bytes([0x61])), .list([]), .list([.hex("0xff")])])
    #expect(
      try written(value.encoded)
        == "<bytes(1024) rlp_integer bytes(a) length_prefix(3) bytes() length_prefix(4) bytes(0xff) unhex "
        + "length_prefix(3) length_prefix(4) concat(4) length_prefix(4)>")
    #expect(try written(RLP.list([.integer("0")]).encoded) == "<bytes(0) rlp_integer length_prefix(4)>")
  }

  private func transaction(_ fee: EVMTransaction.Fee, chainID: UInt64) -> EVMTransaction {
    EVMTransaction(
      chainID: chainID, nonce: "7", gasLimit: "21000", to: "0xaa", value: "5", data: .bytes([0x62]), fee: fee)
  }

  @Test func aLegacyTransactionSignsItsChain() throws {
    let fields = "bytes(7) rlp_integer bytes(3) rlp_integer bytes(21000) rlp_integer bytes(0xaa) unhex "
      + "length_prefix(3) bytes(5) rlp_integer bytes(b) length_prefix(3)"
    let numbers = "load(7) slice(32) be_to_dec rlp_integer load(7) slice(32,32) be_to_dec rlp_integer"
    #expect(
      try written(transaction(.legacy(price: "3"), chainID: 10).signed())
        == "<\(fields) \(fields) bytes(10) rlp_integer bytes(0) rlp_integer bytes(0) rlp_integer concat(9) "
        + "length_prefix(4) keccak256 sign(4,55) store(7) slice(64,1) be_to_dec rlp_integer \(numbers) concat(9) "
        + "length_prefix(4)>")
    // From here on v may need two bytes.
    for (chainID, expected) in [(109, "sign(4,253) store(7) slice(64,1)"), (110, "sign(4,255) store(7) slice(64,8)")] {
      let text = try written(transaction(.legacy(price: "3"), chainID: UInt64(chainID)).signed())
      #expect(text.contains(expected))
    }
    // A chain beyond the contract's numbers gets a signature that no chain takes, never that of another one.
    let beyond = [2_147_483_630, 2_147_483_631, UInt64.max].map { transaction(.legacy(price: "3"), chainID: $0) }
    for one in beyond { #expect(try written(one.signed()).contains("sign(4,4294967295) ")) }
  }

  @Test func aMarketTransactionHasATypeAndAnAccessList() throws {
    let text = try written(transaction(.market(priority: "1", most: "2"), chainID: 8453).signed(register: 2))
    let fields = "bytes(8453) rlp_integer bytes(7) rlp_integer bytes(1) rlp_integer bytes(2) rlp_integer "
      + "bytes(21000) rlp_integer bytes(0xaa) unhex length_prefix(3) bytes(5) rlp_integer bytes(b) length_prefix(3) "
      + "bytes() length_prefix(4)"
    let unsigned = "bytes(\u{2}) \(fields) concat(9) length_prefix(4) concat(2) keccak256 "
    #expect(text.hasPrefix("<bytes(\u{2}) \(fields) " + unsigned))
    #expect(text.contains("keccak256 sign(4) store(2) slice(64,1) be_to_dec rlp_integer load(2) slice("))
    #expect(text.hasSuffix("concat(12) length_prefix(4) concat(2)>"))
  }

  @Test func aDomainHasTheFieldsThatAreGiven() {
    let all = TypedStruct.domain(
      name: "a", version: "1", chainID: 5, verifyingContract: "0x00", salt: String(repeating: "ab", count: 32))
    #expect(
      all.type == "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract,bytes32 salt)")
    #expect(all.fields.count == 5)
    #expect(TypedStruct.domain(name: "a", chainID: 5).type == "EIP712Domain(string name,uint256 chainId)")
    #expect(TypedStruct.domain().type == "EIP712Domain()" && TypedStruct.domain().fields.isEmpty)
  }

  @Test func fieldsAreWords() throws {
    let fields: [(TypedStruct.Field, String)] = [
      (.integer("-5"), "<bytes(-5) dec_to_be(32)>"), (.bool(false), "<bytes(0) dec_to_be(32)>"),
      (.address("0xaa" as SealedText), "<bytes(0xaa) unhex pad_left(32)>"),
      (.address(.address(.evm)), "<address(1) unhex pad_left(32)>"),
      (.string("text"), "<bytes(text) keccak256>"), (.bytes(.nonceSeconds), "<nonce(1) keccak256>"),
      (.fixedBytes("0xAB"), "<bytes(AB" + String(repeating: "0", count: 62) + ") unhex>"),
      (.array([.bool(true), .string("x")]), "<bytes(1) dec_to_be(32) bytes(x) keccak256 concat(2) keccak256>"),
      (.array([]), "<bytes() keccak256>"), (.word(.register(1)), "<load(1)>"),
      (.structure(TypedStruct("T(bool a)", [.bool(true)])),
        "<bytes(T(bool a)) keccak256 bytes(1) dec_to_be(32) concat(2) keccak256>"),
    ]
    for (field, expected) in fields { #expect(try written(field.word) == expected) }
  }

  @Test func messagesHaveTheirLengthInFront() throws {
    #expect(
      try written(("time " + SealedText(.seconds)).personalMessageDigest)
        == "<bytes(\u{19}Ethereum Signed Message:\n) "
        + "bytes(time ) time_s concat(2) length_prefix(5) concat(2) keccak256>")
  }

  @Test func tokensAreThreePartsWithPoints() throws {
    let token = WebToken(header: #"{"alg":"EdDSA"}"#, claims: #"{"exp":\#(Seal.seconds)}"#)
    let header = #"bytes({"alg":"EdDSA"}) base64url"#
    let claims = #"bytes({"exp":) time_s bytes(}) concat(3) base64url"#
    #expect(
      try written(token.signed(.ed25519))
        == "<\(header)>.<\(claims)>.<\(header) bytes(.) \(claims) concat(3) sign(1) base64url>")
    #expect(
      try written(token.signed(.sha256, key: .field("secret_key")))
        == "<\(header)>.<\(claims)>.<\(header) bytes(.) \(claims) concat(3) field(secret_key) hmac_sha256 base64url>")
  }
}
