import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import PerpetualFinanceConnector

/// Replies as the gateway's own source writes them; none was recorded.
@Suite struct GatewayTests {
  private func ready() throws -> ConnectorHarness {
    let harness = try ConnectorHarness(PerpetualGateway.self, config: #"{"amount":"2"}"#)
    harness.start(trading: false)
    harness.command(.instruments)
    let list = try #require(harness.requests.last)
    #expect(list.url == "https://localhost:5000/perpfi/pairs")
    harness.reply(list.id, #"{"network":"mainnet","timestamp":1,"latency":0.1,"pairs":["SNXUSDC","odd","LINKUSDC"]}"#)
    return harness
  }

  private func price(_ side: String, _ price: String) -> String {
    #"{"network":"mainnet","timestamp":1618000000000,"latency":0.25,"side":"\#(side)","price":\#(price)}"#
  }

  @Test func whatOnePaysAndGetsIsATicker() throws {
    let harness = try ready()
    #expect(harness.instruments.map(\.symbol) == ["SNXUSDC", "LINKUSDC"])
    let command = harness.command(.subscribe) { ($0.instrument, $0.channel) = (1, Channels.ticker.rawValue) }
    harness.run(for: 1_000_000_000)
    let buy = try #require(harness.requests.last)
    #expect(buy.url == "https://localhost:5000/perpfi/price" && buy.body == "side=buy&pair=SNXUSDC&amount=2")
    harness.reply(buy.id, price("buy", "17.512345678901234567"))
    #expect(harness.tickers.isEmpty)
    let sell = try #require(harness.requests.last)
    #expect(sell.body == "side=sell&pair=SNXUSDC&amount=2")
    harness.reply(sell.id, price("sell", "17.4"))
    let ticker = try #require(harness.tickers.first)
    #expect((ticker.ask_price, ticker.ask_quantity) == (17_512_345_678_901, 200_000_000))
    #expect((ticker.bid_price, ticker.venue_ns) == (17_400_000_000_000, 1_618_000_000_000_000_000))
    #expect(harness.replies(command).map(\.outcome) == [.done] && harness.faults.isEmpty)
  }

  /// One question at a time, and what is not answered is not asked twice.
  @Test func anAnswerThatFailsTakesTheTickerDown() throws {
    let harness = try ready()
    harness.command(.subscribe) { ($0.instrument, $0.channel) = (1, Channels.ticker.rawValue) }
    harness.run(for: 3_000_000_000)
    #expect(harness.requests.count == 2)
    for (side, number) in [("buy", "5"), ("sell", "4")] {
      harness.reply(try #require(harness.requests.last).id, price(side, number))
    }
    #expect(harness.states.last?.state == .live)
    harness.run(for: 1_000_000_000)
    harness.reply(try #require(harness.requests.last).id, price("buy", "null"))
    #expect(harness.states.last?.state == .down)
    harness.reply(try #require(harness.requests.last).id, price("buy", "5"))
    #expect(harness.tickers.count == 1)
  }

  @Test(arguments: ["0", "-1", "0.000000001"]) func anAmountThatCannotBeAskedForIsNamed(amount: String) {
    #expect(throws: ConnectorHarness.Refused.self) {
      try ConnectorHarness(PerpetualGateway.self, config: #"{"amount":"\#(amount)"}"#)
    }
  }
}
