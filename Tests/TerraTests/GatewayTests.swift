import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import TerraConnector

/// Replies as the gateway's own source writes them; none was recorded.
@Suite struct GatewayTests {
  @Test func thePairsAreKnownAndPricesComeForAnAmount() throws {
    let harness = try ConnectorHarness(TerraGateway.self)
    harness.start(trading: false)
    let listing = harness.command(.instruments)
    #expect(harness.replies(listing).map(\.outcome) == [.done] && harness.requests.isEmpty)
    #expect(harness.instruments.count == 10 && harness.instruments.first?.symbol == "LUNA-UST")
    harness.command(.subscribe) { ($0.instrument, $0.channel) = (1, Channels.ticker.rawValue) }
    harness.run(for: 1_000_000_000)
    for (side, price) in [("BUY", "82.5"), ("SELL", "80.25")] {
      let request = try #require(harness.requests.last)
      #expect(request.body == "base=LUNA&quote=UST&side=\(side.lowercased())&amount=1")
      harness.reply(
        request.id,
        #"{"network":"columbus-5","timestamp":1640000000000,"latency":0.3,"base":"LUNA","quote":"UST","amount":1,"#
          + #""tradeType":"\#(side)","price":\#(price),"cost":\#(price),"txFee":0.2}"#)
    }
    let ticker = try #require(harness.tickers.first)
    #expect((ticker.bid_price, ticker.ask_price) == (80_250_000_000_000, 82_500_000_000_000))
    #expect(harness.faults.isEmpty)
  }
}
