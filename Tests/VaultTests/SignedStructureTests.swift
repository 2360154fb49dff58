import CPatchbay
import Catalog
import Decimals
import Testing

@testable import ConnectorKit
@testable import Vault

/// What is signed on secp256k1 is what the request says, down to each word, and what the request says is the command.
struct SignedStructureTests {
  private static let signs = "what the act \"place\" signs is not what it may sign"

  @Test func anOrderLeavesAsItIsCommanded() throws {
    let bench = try SignedOrderBench()
    #expect(try bench.refusal(SignedOrder()) == nil)
  }

  /// One word after the other, with values of chance: none may differ.
  @Test func noWordMayDiffer() throws {
    let bench = try SignedOrderBench()
    _ = try bench.send(SignedOrder())
    var chance = SealChance(state: 7)
    for round in 0..<6 {
      for place in 0..<7 where place != 3 {
        var order = SignedOrder()
        order.words[place] = .integer(SealedText("\(chance.next() >> UInt64(round * 9))"))
        #expect(try bench.refusal(order) == Self.signs, "word \(place + 1)")
      }
      for place in 0..<7 {
        var order = SignedOrder()
        // What is no true or false counts as neither.
        order.data[place] = .integer(SealedText("\(2 + chance.next() >> UInt64(round * 9 + 1))"))
        #expect(try bench.refusal(order) == Self.signs, "word 4.\(place + 1)")
      }
    }
  }

  @Test func theOtherSideIsNotSigned() throws {
    var order = SignedOrder()
    order.data[6] = .bool(false)
    #expect(try SignedOrderBench().refusal(order) == Self.signs)
  }

  /// Signature and request agree, and the command wanted something else.
  @Test func whatIsSignedAndSentButNotCommandedStays() throws {
    let bench = try SignedOrderBench()
    var order = SignedOrder()
    (order.price, order.data[2]) = ("2311", .integer("2311000000000000000000"))
    #expect(try bench.refusal(order)?.contains("is not what its command asks for") == true)
    order = SignedOrder()
    (order.amount, order.data[3]) = ("21", .integer("21000000000000000000"))
    #expect(try bench.refusal(order)?.contains("is not what its command asks for") == true)
    order = SignedOrder()
    (order.side, order.data[6]) = ("sell", .bool(false))
    #expect(try bench.refusal(order)?.contains("is not what its command asks for") == true)
  }

  /// Name, version, chain and contract of the domain, its members, and the type.
  @Test func onlyTheDomainOfTheManifestIsSignedIn() throws {
    let contract = "0xeB8d770ec18DB98Db922E9D83260A585b9F0DeAD"
    let domains: [TypedStruct] = [
      .domain(name: "Matching", version: "1.0", chainID: 957, verifyingContract: contract),
      .domain(name: "Matching", version: "1.0", chainID: 11_155_111, verifyingContract: contract),
      .domain(name: "Matching", version: "1", chainID: 1, verifyingContract: contract),
      .domain(name: "matching", version: "1.0", chainID: 1, verifyingContract: contract),
      .domain(name: "Matching", version: "1.0", chainID: 1, verifyingContract: SignedOrder.module),
      .domain(name: "Matching", version: "1.0", verifyingContract: contract),
    ]
    for domain in domains {
      var order = SignedOrder()
      order.domain = domain
      #expect(try SignedOrderBench().refusal(order) == Self.signs, "\(domain.type)")
    }
    var order = SignedOrder()
    order.type = order.type.replacing("Action", with: "Transfer")
    #expect(try SignedOrderBench().refusal(order) == Self.signs)
  }

  /// A signature that counts on one network does not go to the other's host.
  @Test func aChainBelongsToItsHost() throws {
    var order = SignedOrder()
    order.host = "testnet.api.derive.xyz"
    #expect(try SignedOrderBench().refusal(order) == Self.signs)
    order.domain = .domain(
      name: "Matching", version: "1.0", chainID: 11_155_111,
      verifyingContract: "0xeB8d770ec18DB98Db922E9D83260A585b9F0DeAD")
    #expect(try SignedOrderBench().refusal(order) == nil)
  }

  /// The session signs the time that stands beside it, and nothing else.
  @Test func onlyTheTimeIsSignedForTheSession() throws {
    let transaction = RLP.list([.integer("1"), .integer("2")]).encoded.keccak256
    let others: [Seal] = [
      SealedText(.seconds).personalMessageDigest, SealedText("1700000000001").personalMessageDigest,
      SealedText(.milliseconds).keccak256, SealedText(.milliseconds).sha256, transaction,
    ]
    for other in others {
      var order = SignedOrder()
      order.session = other
      #expect(try SignedOrderBench().refusal(order) == Self.signs)
    }
    // A second order in the place of the session's signature.
    var order = SignedOrder()
    var larger = order
    larger.data[3] = .integer("21000000000000000000")
    order.session = larger.digest
    #expect(try SignedOrderBench().refusal(order) == Self.signs)
  }

  /// The first contract that is signed for an instrument is its only one, and no other instrument's.
  @Test func aContractIsOneInstruments() throws {
    let bench = try SignedOrderBench()
    _ = try bench.send(SignedOrder())
    #expect(try bench.refusal(SignedOrder(asset: SignedOrder.module)) == Self.signs)
    var other = SignedOrder()
    other.symbol = "ETH-PERP"
    #expect(try bench.refusal(other, wanted: "ETH-PERP") == Self.signs)
    other = SignedOrder(asset: "0x41675b7746AE0E464f2594d258CF399c392A179C")
    other.symbol = "ETH-PERP"
    // A refused order teaches nothing.
    #expect(try bench.refusal(other) != nil)
    #expect(try bench.refusal(other, wanted: "ETH-PERP") == nil)
  }

  /// Mistakes of a manifest are reported with their place.
  @Test(arguments: [
    (#"[{"message": "path:1"}]"#, "is no place of a signed value"),
    (#"[{"structure": "A(uint256 b)", "domain": {}, "words": []}]"#, "the type has 1 members, and there are 0 words"),
    (#"[{"structure": "A(uint256 b)", "domain": {"contract": "0x12"}, "words": ["key"]}]"#, "is not an address of 40"),
    (#"[{"structure": "A(uint256 b)", "domain": {"chain": {"api": 1}}, "words": ["key"]}]"#, "is no host such as"),
    (#"[{"structure": "A(uint256 b)", "domain": {}, "words": ["=1.5"]}]"#, "is no whole number, nor bytes behind 0x"),
  ])
  func mistakesAreTold(_ rules: String, _ words: String) throws {
    let text = """
      {"id": "reef", "name": "Reef", "type": "CLOB", "markets": {"spot": {"connector": "reef"}},
       "version": "1.0.0", "abi": {"revision": 1}, "library": "libreef.so", "extensions": [],
       "credentials": [{"name": "session_key", "secret": true}],
       "permissions": {"hosts": ["api.example.com:443"], "acts": [
       {"name": "login", "class": "read", "operation": "login", "signs": \(rules)}]}}
      """
    do {
      _ = try Manifest.parse(bytes: Array(text.utf8), file: "manifest.json")
      Issue.record("it is read")
    } catch {
      #expect("\(error)".contains(words), "\(error)")
    }
  }

  // MARK: Bytes

  /// Actions on the chain of the API's second version, whose digests and signatures others computed.
  @Test(arguments: [
    (
      "0xAf65752C4643E25C02F693f9D4FE19cF23a095E3", "0", "2310000000000000000000", "2100000000000000000", "30769", true,
      "87c099fdf7fedccf6a090564a615d41d9ef90cebbe6b14a69c3985112e23392a",
      "95663cdaea8231f1e8ee0ea8b4fa12bb1760e97fee47cc09a65dfab0dc0b115f021be57f198738a8a9b95858df10cb306b6848dacb962bae"
        + "ce45f081d37708ac1b"
    ),
    (
      "0xAf65752C4643E25C02F693f9D4FE19cF23a095E3", "0", "2311500000000000000000", "123000000000000000", "30769", false,
      "7de4a05bede6c60dca58affb93655831045011d00be54d826c31cfa55facfe5e",
      "ecaeb9b121e0dca2e027e578a86abfa9f2efbc84ff22b7f473fc97388210bd7a469382183c3eb044a1d477f3ef1d7af74c4ad063778aed5d"
        + "35370d66ef6347581b"
    ),
  ])
  func actionsAreThoseOfOthers(
    _ asset: String, _ part: String, _ price: String, _ amount: String, _ subaccount: String, _ isBid: Bool,
    _ digest: String, _ signature: String
  ) throws {
    let whole = { (text: String) in TypedStruct.Field.integer(SealedText(text)) }
    let signer = "0x90F8bf6A479f320ead074411a4B0e7944Ea8c9C1"
    let action = TypedStruct(
      SignedOrder().type,
      [
        whole(subaccount), whole("1695836058725001"), .address(SealedText(SignedOrder.module)),
        .encoded([
          .address(SealedText(asset)), whole(part), whole(price), whole(amount), whole("1010000000000000000"),
          whole(subaccount), .bool(isBid),
        ]), whole("1698656024"), .address(SealedText(SignedOrderBench.wallet)), .address(SealedText(signer)),
      ])
    let sum = action.digest(
      in: .domain(
        name: "Matching", version: "1.0", chainID: 957,
        verifyingContract: "0xeB8d770ec18DB98Db922E9D83260A585b9F0DeAD"))
    let key = try #require(
      Encoding.unhex(Array("4f3edf983ac636a65a842ce7c78d9aa706d3b113bce9c46f30d7d21715b23b1d".utf8)))
    let account = SealAccount(fields: [:], signingKey: SigningKey(secp256k1: key))
    func hex(_ seal: Seal) throws -> String {
      let ops = seal.hex.ops.map { op in
        var same = Op(op.code, op.arg, op.arg2, offset: op.offset)
        same.bytes = op.bytes
        return same
      }
      return try text(ops, account: account)
    }
    #expect(try hex(sum) == digest)
    #expect(try hex(sum.signed(.secp256k1Recoverable, adding: 27)) == signature)
  }

  @Test func decimalsBecomeWholeUnits() throws {
    func digits(_ text: String, _ places: Int32) throws -> String? {
      guard let field = TypedStruct.Field.decimal(try #require(Decimal64(text)), places: places) else { return nil }
      return "\(field.word.ops.first.map { String(decoding: $0.bytes, as: UTF8.self) } ?? "")"
    }
    #expect(try digits("2.1", 18) == "2100000000000000000")
    #expect(try digits("-0.000000000000000001", 18) == "-1")
    #expect(try digits("0", 18) == "0" && digits("1000", 2) == "100000" && digits("0.001", 2) == nil)
  }
}
