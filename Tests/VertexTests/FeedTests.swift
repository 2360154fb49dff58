import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import VertexConnector

@Suite struct FeedTests {
  private func ready(_ type: VertexExchange.Type = VertexSpot.self) throws -> ConnectorHarness {
    let harness = try ConnectorHarness(type)
    harness.start(trading: false)
    harness.command(.instruments)
    harness.reply(
      try #require(harness.requests.last).id,
      """
      [{"product_id":0,"symbol":"USDC"},{"product_id":2,"symbol":"BTC-PERP"},{"product_id":3,"symbol":"WETH"}]
      """)
    return harness
  }

  private func book(_ harness: ConnectorHarness) throws -> pb_id {
    let stream = try harness.subscribed(.book)
    let asked = try #require(harness.requests.last)
    #expect(
      asked.url
        == "https://gateway.prod.vertexprotocol.com/v1/query?type=market_liquidity&product_id=3&depth=100")
    harness.reply(
      asked.id,
      """
      {"status":"success","data":{"bids":[["2700100000000000000000","51007390115411548"]],"asks":[],
      "timestamp":"1764288000300000000"}}
      """)
    return stream
  }

  @Test func productsAreSpotOrPerpetuals() throws {
    let spot = try #require(try ready().instruments.first)
    #expect([spot.symbol, spot.base, spot.quote] == ["3", "WETH", "USDC"])
    let perpetual = try #require(try ready(VertexPerpetual.self).instruments.first)
    #expect(perpetual.symbol == "2" && perpetual.base == "BTC")
    #expect(perpetual.fields.kind == InstrumentKind.perpetual.rawValue)
  }

  /// Whole numbers, times ten to the eighteenth; a pool's quantity has more digits than are kept.
  @Test func numbersAreBroughtToScale() throws {
    let harness = try ready()
    _ = try book(harness)
    #expect(harness.books.map(\.bids) == [[[27_001_000_000_000, 51_007_390]]], "\(harness.logs)")
  }

  /// A change names the time of the one before.
  @Test func aChangeThatIsMissingLosesTheBook() throws {
    let harness = try ready()
    let stream = try book(harness)
    func change(_ last: Int, _ number: Int) -> String {
      #"{"type":"book_depth","min_timestamp":"\#(number)","max_timestamp":"\#(number)","#
        + #""last_max_timestamp":"\#(last)","product_id":3,"bids":[["2700100000000000000000","0"]],"asks":[]}"#
    }
    harness.frame(stream, change(1_764_288_000_300_000_000, 1_764_288_000_350_000_000))
    #expect(harness.books.map(\.last) == [1_764_288_000_300_000_000, 1_764_288_000_350_000_000])
    harness.frame(stream, change(1_764_288_000_400_000_000, 1_764_288_000_450_000_000))
    #expect(harness.gaps.map(\.reason) == [.sequence])
  }

  @Test func theTakersSideIsAFlag() throws {
    let harness = try ready()
    let stream = try harness.subscribed(.trades)
    harness.frame(
      stream,
      """
      {"type":"trade","timestamp":"1676151190656903000","product_id":3,"price":"2700100000000000000000",
      "taker_qty":"1500000000000000000","maker_qty":"1500000000000000000","is_taker_buyer":true,"is_maker_amm":true}
      """)
    #expect(harness.trades.map(\.taker) == [.buy] && harness.trades.map(\.quantity) == [1_500_000_000])
    #expect(harness.trades.map(\.time) == [1_676_151_190_656_903_000])
  }
}
