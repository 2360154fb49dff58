import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import TegroConnector

@Suite struct FeedTests {
  private func ready(_ config: String = "{}") throws -> ConnectorHarness {
    let harness = try ConnectorHarness(TegroSpot.self, config: config)
    harness.start(trading: false)
    harness.command(.instruments)
    harness.reply(
      try #require(harness.requests.last).id,
      """
      [{"id":"8453_0xaa_0xbb","base_contract_address":"0xaa","quote_contract_address":"0xbb","chainId":8453,
      "symbol":"WETH_USDC","state":"verified","base_symbol":"WETH","quote_symbol":"USDC","base_decimal":18,
      "quote_decimal":6,"base_precision":3,"quote_precision":2},{"id":"8453_0xaa_0xcc","symbol":"WETH_DAI",
      "state":"unverified","base_symbol":"WETH","quote_symbol":"DAI","base_precision":3,"quote_precision":2}]
      """)
    return harness
  }

  @Test func anotherChainHasAnotherAddress() throws {
    let harness = try ready(#"{"domain":"testnet"}"#)
    let url = try #require(harness.requests.first).url
    #expect(url.hasPrefix("https://api.testnet.tegro.com/api/v1/exchange/80002/market/list?"))
  }

  /// A channel is that of the base token; its book is asked for by the market's id.
  @Test func theChannelIsThatOfTheBaseToken() throws {
    let harness = try ready()
    #expect(harness.instruments.map(\.fields.state) == [InstrumentState.trading, .halted].map(\.rawValue))
    let stream = try harness.subscribed(.book)
    let asked = harness.requests.filter { $0.stream == stream }.map(\.body)
    #expect(asked == [#"{"action":"subscribe","channelId":"8453/0xaa"}"#])
    let depth = try #require(harness.requests.last)
    #expect(depth.url == "https://api.tegro.com/api/v1/orderbook/depth?chain_id=8453&market_id=8453_0xaa_0xbb")
    let change = #""bids":[{"price":"2700.35","quantity":"0.000"}],"asks":[]"#
    harness.frame(
      stream, #"{"action":"order_book_diff","data":{"timestamp":1764288000,"symbol":"WETH_USDC",\#(change)}}"#)
    #expect(harness.books.isEmpty)
    harness.reply(
      depth.id,
      """
      {"timestamp":1764288000,"bids":[{"price":"2700.35","quantity":"2"},{"price":"2700.30","quantity":"1"}],
      "asks":[{"price":"2700.51","quantity":"4.180"}]}
      """)
    #expect(harness.books.first?.isSnapshot == true && harness.books.first?.bids.count == 2, "\(harness.logs)")
  }

  /// A trade comes when it is matched, and again when the chain has it.
  @Test func aTradeCountsOnce() throws {
    let harness = try ready()
    let stream = try harness.subscribed(.trades)
    for state in ["processing", "success"] {
      harness.frame(
        stream,
        """
        {"action":"trade_updated","data":{"amount":0.087,"id":"97836000","marketId":"8453_0xaa_0xbb","price":2700.49,\
        "state":"\(state)","symbol":"WETH_USDC","is_buyer_maker":true,"time":"2025-11-28T00:00:00Z"}}
        """)
    }
    #expect(harness.trades.map(\.taker) == [.sell])
  }
}
