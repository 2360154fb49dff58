import CPatchbay
import ConnectorKit
import Testing

/// Calls within calls, and words that an entry of the configuration says: each byte is compared as well.
struct NestedCallTests {
  private static let router = "0x5615CDAb10dc425a742d643d949a7F474C01abc4"
  private static let broker = "0x777A8255cA72412f0d706dc03C9D1987306B4CaD"
  private static let manager = "0x22d9db95E6Ae61c104A7B6F6C78D7993B94ec901"
  private static let id = String(repeating: "3135b662", count: 8)
  private static let pools = """
    , "pools": [{"base": "WETH", "quote": "USDC", "fee": 500},
                {"base": "WETH", "quote": "USDC", "id": "0x\(id)", "name": "mento"},
                {"base": "USDC", "quote": "WETH", "id": "0x\(String(repeating: "ab", count: 32))"}]
    """

  private func bench(_ symbol: String, pools: String = Self.pools) throws -> TransactionBench {
    try TransactionBench("Celo", "celo", settings: pools, symbol: symbol)
  }

  /// A sale in SwapRouter02's multicall, which has the deadline that the swap lacks.
  private var multicall: TestSwap {
    var swap = TestSwap()
    (swap.chain, swap.to, swap.selector) = (42220, Self.router, "5ae401dc")
    swap.words = [
      TestSwap.number("1700000060"), TestSwap.number("64"), TestSwap.number("1"), TestSwap.number("32"),
      TestSwap.number("228"), "04e45aaf", TestSwap.address(TestSwap.weth), TestSwap.address(TestSwap.usdc),
      TestSwap.number("500"), TestSwap.address(TransactionBench.address), TestSwap.number("2000000000000000"),
      TestSwap.number("6000000"), TestSwap.number("0"), String(repeating: "0", count: 56),
    ]
    return swap
  }

  @Test func aCallWithinACallIsComparedByteForByte() throws {
    #expect(try bench("WETH-USDC-500").refusal(multicall) == nil)
    for place in multicall.words.indices {
      var swap = multicall
      let digits = swap.words[place]
      swap.words[place] = digits.hasSuffix("1") ? digits.dropLast() + "2" : digits.dropLast() + "1"
      // A limit that is better is allowed, a later deadline as well.
      if place == 0 { swap.words[place] = TestSwap.number("1800000000") }
      if place == 11 { swap.words[place] = TestSwap.number("5999999") }
      let refusal = try bench("WETH-USDC-500").refusal(swap)
      #expect(refusal?.contains("word \(place + 1) of its call") == true, "\(place): \(refusal ?? "it left")")
    }
    var longer = multicall
    longer.words.append(TestSwap.number("0"))
    #expect(try bench("WETH-USDC-500").refusal(longer)?.contains("another length") == true)
  }

  private func mento(_ id: String) -> TestSwap {
    var swap = TestSwap()
    (swap.chain, swap.to, swap.selector) = (42220, Self.broker, "ddbbe850")
    swap.words = [
      TestSwap.address(Self.manager), id, TestSwap.address(TestSwap.weth), TestSwap.address(TestSwap.usdc),
      TestSwap.number("2000000000000000"), TestSwap.number("6000000"),
    ]
    return swap
  }

  /// The exchange is the one that the configuration has for the symbol, and no other pool's.
  @Test func anIdIsTheOneOfTheSymbol() throws {
    #expect(try bench("WETH-USDC-mento").refusal(mento(Self.id)) == nil)
    for (symbol, id) in [
      ("WETH-USDC-mento", String(repeating: "ab", count: 32)), ("WETH-USDC-500", Self.id), ("WETH-USDC", Self.id),
    ] {
      #expect(try bench(symbol).refusal(mento(id))?.contains("it is not the id that pools") == true)
    }
    var elsewhere = mento(Self.id)
    elsewhere.words[0] = TestSwap.address(TestSwap.weth)
    #expect(try bench("WETH-USDC-mento").refusal(elsewhere)?.contains("manager of the configuration") == true)
    // The broker's call goes to the broker alone.
    elsewhere = mento(Self.id)
    elsewhere.to = Self.router
    #expect(try bench("WETH-USDC-mento").refusal(elsewhere) != nil)
  }

  /// Two entries with one symbol: which is meant, nobody could say.
  @Test func anAmbiguousConfigurationSignsNothing() throws {
    let twice = """
      , "pools": [{"base": "WETH", "quote": "USDC", "id": "0x\(Self.id)"},
                  {"base": "WETH", "quote": "USDC", "id": "0x\(String(repeating: "ab", count: 32))"}]
      """
    #expect(try bench("WETH-USDC", pools: twice).refusal(mento(Self.id)) != nil)
  }
}
