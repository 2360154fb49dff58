import CPatchbay
import Catalog
import Decimals
import Foundation
import JSONTree
import Records
import Testing

@testable import ConnectorKit
@testable import Vault

/// A transaction is signed only where it is what the command asks for: chain, contract, function, every word of the
/// call, gas and nonce.
struct SignedTransactionTests {
  @Test func aSaleAndAPurchaseLeaveAsTheyAreCommanded() throws {
    let bench = try TransactionBench()
    #expect(try bench.refusal(TestSwap()) == nil)
    #expect(try bench.refusal(TestSwap(.buy, nonce: 8), client: "b") == nil)
  }

  @Test func theIdIsPublished() throws {
    let sent = try TransactionBench().send(TestSwap())
    #expect(sent.request.published[0]?.count == 32)
  }

  /// One word after the other.
  @Test func noWordMayDiffer() throws {
    for place in [0, 2, 3, 5, 6, 7] {
      var swap = TestSwap()
      swap.words[place] = TestSwap.number("987654321")
      let refusal = try TransactionBench().refusal(swap)
      #expect(refusal?.contains("word \(place + 1) of its call") == true, "\(refusal ?? "it left")")
    }
  }

  /// A limit may be better than the command's price, and never worse; it is never nothing.
  @Test(arguments: [
    ("5999999", false), ("6000000", true), ("6000001", true), ("0", false),
  ])
  func aSaleBringsAtLeastWhatItsPriceSays(_ limit: String, _ isSigned: Bool) throws {
    var swap = TestSwap()
    swap.words[1] = TestSwap.number(limit)
    #expect(try (TransactionBench().refusal(swap) == nil) == isSigned)
  }

  @Test(arguments: [("6000001", false), ("6000000", true), ("1", true), ("0", false)])
  func aPurchaseCostsAtMostWhatItsPriceSays(_ limit: String, _ isSigned: Bool) throws {
    var swap = TestSwap(.buy)
    swap.words[1] = TestSwap.number(limit)
    #expect(try (TransactionBench().refusal(swap) == nil) == isSigned)
  }

  @Test(arguments: [(1_699_999_999, false), (1_700_000_000, true), (1_700_001_200, true), (1_700_001_201, false)])
  func aSwapHasItsTime(_ deadline: Int, _ isSigned: Bool) throws {
    var swap = TestSwap()
    swap.words[4] = TestSwap.number("\(deadline)")
    #expect(try (TransactionBench().refusal(swap) == nil) == isSigned)
  }

  @Test func nothingElseIsSigned() throws {
    let changes: [(String, (inout TestSwap) -> Void)] = [
      ("for chain 5", { $0.chain = 5 }), ("another account or contract", { $0.to = TestSwap.weth }),
      ("pays in the chain's own asset", { $0.value = "1" }), ("may use", { $0.gas = "1000001" }),
      ("more for gas", { $0.most = "200000000001" }), ("calls another function", { $0.selector = "a9059cbb" }),
      ("another length", { $0.words.removeLast() }),
      ("of the other side", { $0.selector = "8803dbee" }),
    ]
    for (words, change) in changes {
      var swap = TestSwap()
      change(&swap)
      let refusal = try TransactionBench().refusal(swap)
      #expect(refusal?.contains(words) == true, "\(words): \(refusal ?? "it left")")
    }
  }

  @Test func anOrderThatIsNoSwapIsNotSigned() throws {
    for term: OrderTerms in [.postOnly, .reduceOnly, .byValue, .close] {
      let refusal = try TransactionBench().refusal(TestSwap(), terms: term)
      #expect(refusal?.contains("no order that a swap can be") == true)
    }
  }

  @Test func anOrderLeavesOnce() throws {
    let bench = try TransactionBench()
    _ = try bench.send(TestSwap())
    #expect(try bench.refusal(TestSwap(nonce: 9), isNew: false) != nil)
  }

  /// What changes or ends an order has its nonce, and no other order's.
  @Test func aNonceIsOneOrders() throws {
    let bench = try TransactionBench()
    _ = try bench.send(TestSwap(nonce: 7), client: "a")
    #expect(try bench.refusal(TestSwap(nonce: 8), client: "b") == nil)
    #expect(try bench.refusal(TestSwap(nonce: 9), client: "a", verb: PB_CMD_AMEND)?.contains("its nonce") == true)
    #expect(try bench.refusal(TestSwap(nonce: 7), client: "a", verb: PB_CMD_AMEND) == nil)
    var own = TestSwap(nonce: 8)
    own.cancels = true
    #expect(try bench.refusal(own, client: "a", verb: PB_CMD_CANCEL)?.contains("its nonce") == true)
    own.nonce = 7
    #expect(try bench.refusal(own, client: "a", verb: PB_CMD_CANCEL) == nil)
    // The chain takes one of the two, and what would end the first hits the second no more.
    #expect(try bench.refusal(TestSwap(nonce: 7), client: "c") == nil)
    #expect(try bench.refusal(own, client: "a", verb: PB_CMD_CANCEL)?.contains("another order's") == true)
  }

  /// A guard that has signed nothing yet, as after a restart, holds a change to the nonce of the names that were kept.
  @Test func aNonceOutlivesTheHost() throws {
    let name = "0x" + String(repeating: "ab", count: 32) + "-7"
    var own = TestSwap(nonce: 8)
    own.cancels = true
    #expect(
      try TransactionBench().refusal(own, verb: PB_CMD_CANCEL, named: name)?.contains("its nonce") == true)
    own.nonce = 7
    #expect(try TransactionBench().refusal(own, verb: PB_CMD_CANCEL, named: name) == nil)
    let refused = try TransactionBench().refusal(TestSwap(nonce: 8), verb: PB_CMD_AMEND, named: name)
    #expect(refused?.contains("its nonce") == true)
    #expect(try TransactionBench().refusal(TestSwap(nonce: 7), verb: PB_CMD_AMEND, named: name) == nil)
  }

  @Test func aTransactionIsNamedByHashAndNonce() throws {
    let sent = try TransactionBench().send(TestSwap(nonce: 7))
    let digits = String(decoding: Encoding.hex(sent.request.published[0] ?? []), as: UTF8.self)
    #expect(digits.count == 64 && sent.transaction == "0x\(digits)-7")
  }

  /// What ends an order pays nobody and calls nothing.
  @Test func aCancelGoesToTheAccountItself() throws {
    var cancel = TestSwap()
    cancel.cancels = true
    (cancel.to, cancel.gas) = (TestSwap.weth, "21000")
    #expect(try TransactionBench().refusal(cancel, verb: PB_CMD_CANCEL)?.contains("another account") == true)
    cancel.to = TransactionBench.address
    cancel.gas = "30000"
    #expect(try TransactionBench().refusal(cancel, verb: PB_CMD_CANCEL)?.contains("may use") == true)
  }

  @Test func whatIsNotWrittenInTheOneWayIsNoTransaction() {
    let good: [UInt8] = [2, 0xDD, 1, 7, 0x80, 0x80, 0x80, 0x94] + [UInt8](repeating: 9, count: 20) + [0x80, 0x80, 0xC0]
    #expect(ChainTransaction(signed: good)?.nonce == 7)
    #expect(ChainTransaction(signed: good + [0]) == nil)
    var bad = good
    bad[0] = 1
    #expect(ChainTransaction(signed: bad) == nil)
    // Zero is no byte, and a small one stands for itself.
    bad = good
    bad[3] = 0
    #expect(ChainTransaction(signed: bad) == nil)
    bad = Array(good[..<3]) + [0x81, 7] + Array(good[4...])
    bad[1] += 1
    #expect(ChainTransaction(signed: bad) == nil)
    for end in 0..<good.count { #expect(ChainTransaction(signed: Array(good[..<end])) == nil) }
  }
}

/// A swap of 0.002 WETH at 3000 USDC on v2's router, as its transaction has it.
struct TestSwap {
  static let router = "0x7a250d5630B4cF539739dF2C5dAcb4c659F2488D"
  static let weth = "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"
  static let usdc = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"

  var side: Side
  var chain: UInt64 = 1
  var nonce: Int
  var gas = "300000"
  var to = TestSwap.router
  var value = "0"
  var most = "30000000000"
  var selector: String
  /// Of 64 hexadecimal digits.
  var words: [String]
  var cancels = false

  init(_ side: Side = .sell, nonce: Int = 7) {
    (self.side, self.nonce) = (side, nonce)
    selector = side == .sell ? "38ed1739" : "8803dbee"
    let path = side == .sell ? [Self.weth, Self.usdc] : [Self.usdc, Self.weth]
    words = [
      Self.number("2000000000000000"), Self.number("6000000"), Self.number("160"),
      Self.address(TransactionBench.address), Self.number("1700000060"), Self.number("2"),
    ] + path.map { Self.address($0) }
  }

  static func number(_ digits: String) -> String {
    String(decoding: Encoding.hex(Encoding.bigEndian(decimal: Array(digits.utf8), width: 32) ?? []), as: UTF8.self)
  }

  static func address(_ text: String) -> String { String(repeating: "0", count: 24) + text.dropFirst(2).lowercased() }

  var transaction: EVMTransaction {
    let data = Encoding.unhex(Array((selector + words.joined()).utf8)) ?? []
    let own = cancels && to == Self.router && gas == "300000"
    return EVMTransaction(
      chainID: chain, nonce: "\(nonce)", gasLimit: SealedText(own ? "21000" : gas),
      to: SealedText(own ? TransactionBench.address : to), value: SealedText(value), data: .bytes(cancels ? [] : data),
      fee: .market(priority: "1000000000", most: SealedText(most)))
  }
}

/// The guard over Uniswap's own manifest as it is configured for WETH and USDC, with one account.
final class TransactionBench {
  /// Of `TestKeys.eip155`.
  static let address = "0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F"

  private let folder: TemporaryFolder
  private let guarding: SendGuard
  private let out: GuardedOutput

  private let symbol: String

  /// - Parameters:
  ///   - settings: of the connector, beside its tokens.
  ///   - plugin: the folder of its manifest.
  init(
    _ plugin: String = "Uniswap", _ connector: String = "uniswap", settings more: String = "",
    symbol: String = "WETH-USDC"
  ) throws {
    self.symbol = symbol
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().path
    let settings = try JSONDocument.parse(
      text: """
        {"tokens": [{"symbol": "WETH", "address": "\(TestSwap.weth)", "decimals": 18},
                    {"symbol": "USDC", "address": "\(TestSwap.usdc)", "decimals": 6}]\(more)}
        """)
    let manifest = try Manifest.load(file: root + "/Plugins/\(plugin)/manifest.json").settled(connector, settings)
    folder = try TemporaryFolder()
    guarding = SendGuard(manifest: manifest, nonces: NonceSources(folder: folder.path))
    let fields = [
      "address": StoredField(try #require(SecretBytes(Array(Self.address.utf8))), form: .raw),
      "wallet_key": StoredField(try #require(SecretBytes(TestKeys.eip155)), form: .secp256k1Hex),
    ]
    guarding.add(
      account: 1,
      try LoadedAccount(
        StoredAccount(exchange: connector, name: "main", fields: fields), schema: manifest.credentials))
    out = GuardedOutput(guarding, time: 1_700_000_000_000_000_000)
  }

  @discardableResult
  func send(
    _ swap: TestSwap, client: String = "a", verb: Int = PB_CMD_PLACE, terms more: OrderTerms = [], isNew: Bool = true,
    named: String? = nil
  ) throws -> ResolvedSend {
    var item = LicenceItem()
    if let named { item.venueOrders = [Array(named.utf8)] }
    (item.symbol, item.clientOrder) = (Array(symbol.utf8), Array(client.utf8))
    (item.quantity, item.price) = (Decimal64("0.002"), Decimal64("3000"))
    item.terms = [swap.side == .sell ? .sell : .buy, .limit, .goodTillCancelled, .notByValue, .notClose, .net]
    item.terms.formUnion(more)
    if isNew { guarding.commands.begin(100, Licence(account: 1, verb: UInt32(verb), items: [item])) }
    let act = verb == PB_CMD_PLACE ? "swap" : verb == PB_CMD_AMEND ? "reswap" : "cancel"
    var request = Request(.post, "https://node.invalid/")
    (request.account, request.command, request.permission) = (1, 100, act)
    request.headers = [("Content-Type", "application/json")]
    let raw = swap.transaction.signed()
    let id = raw.keccak256.published(as: 0).hex
    request.body = "{\"id\":\"\(id)\",\"method\":\"eth_sendRawTransaction\",\"params\":[\"0x\(raw.hex)\"]}"
    return try out.send(request)
  }

  /// Why it does not leave; nil = it leaves.
  func refusal(
    _ swap: TestSwap, client: String = "a", verb: Int = PB_CMD_PLACE, terms: OrderTerms = [], isNew: Bool = true,
    named: String? = nil
  ) throws -> String? {
    do {
      try send(swap, client: client, verb: verb, terms: terms, isNew: isNew, named: named)
      return nil
    } catch let refusal as SendRefusal { return "\(refusal)" }
  }
}
