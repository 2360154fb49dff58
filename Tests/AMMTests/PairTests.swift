import AMM
import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing
import UniswapConnector

/// Pairs of v2, before the same node.
extension PoolConnectorTests {
  private static func pair() -> FakeNode {
    let node = FakeNode()
    node.answers = [
      "\(usdc) 313ce567": word(6), "\(weth) 313ce567": word(18), "\(factory) e6a43905": word(pool),
      "\(pool) 0dfe1681": word(usdc), "\(pool) d21220a7": word(weth), "\(pool) c45a0155": word(factory),
      "\(pool) 0902f1ac": word(3_703_703_670_370_370) + word(1_234_567_890_123_456_789_012) + word(1),
    ]
    return node
  }

  @Test func aPairOfV2IsQuotedAsItsRouterDoes() throws {
    let node = Self.pair()
    let config = Self.config().replacing(",\"fee\":3000", with: "")
    let harness = try ConnectorHarness(UniswapPairs.self, config: config)
    harness.start()
    harness.command(.instruments)
    node.serve(harness)
    #expect(harness.instruments.last?.symbol == "WETH-USDC")
    let bought = try #require(quote(harness, node, .buy, "0.001116255546540208").quote)
    #expect(text(bought.amount_out) == "1116255546540208")
    let sold = try #require(quote(harness, node, .sell, "0.000000188374005513").quote)
    #expect(text(sold.amount_out) == "563426")
    let refused = quote(harness, node, .buy, "1300")
    #expect(refused.reply?.failure == .funds)
    harness.command(.subscribe) { ($0.instrument, $0.channel) = (1, Channels.trades.rawValue) }
    node.serve(harness)
    node.mine()
    let topic = "d78ad95fa46c994b6551d0da85fc275fe613ce37657fb8d5e3d130840159d822"
    let amounts = Self.word(3_000_000_000) + Self.word(0) + Self.word(0) + Self.word(1_000_000_000_000_000_000)
    node.logs = [Self.log(topic, amounts, block: 101)]
    next(harness, node)
    // The pair's price is 3,000,000: ten digits of it end at the third place.
    #expect(harness.trades.map(\.price) == [3_000_000] && harness.trades.map(\.taker) == [.buy])
    #expect(harness.faults.isEmpty)
  }
}
