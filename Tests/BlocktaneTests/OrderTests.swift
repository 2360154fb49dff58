import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import BlocktaneConnector

@Suite struct OrderTests {
  /// The exchange takes the client's id in the place of its own where the query says so.
  @Test func ordersAreNamedByEitherId() throws {
    let harness = try ConnectorHarness(BlocktaneSpot.self)
    harness.start(trading: true)
    harness.command(.instruments)
    harness.reply(
      try #require(harness.requests.last).id,
      """
      [{"id":"btcusdt","base_unit":"btc","quote_unit":"usdt","min_price":"0.01","min_amount":"0.0001",
      "amount_precision":4,"price_precision":2,"state":"enabled"}]
      """)
    harness.account(7)
    #expect(harness.opens.last?.url == "wss://trade.blocktane.io/api/v2/ws/private/")
    let orders = "https://trade.blocktane.io/api/v2/xt/market/orders"
    func ask(_ verb: Verb, venue: String = "", client: String = "") -> String {
      harness.command(verb, client: client, venue: venue) { ($0.instrument, $0.account) = (1, 7) }
      return harness.requests.last { $0.stream == 0 }?.url ?? ""
    }
    #expect(ask(.cancel, venue: "5") == "\(orders)/5/cancel")
    #expect(ask(.cancel, client: "a1") == "\(orders)/a1/cancel?client_id=true")
    #expect(ask(.order, venue: "5") == "\(orders)/5")
    #expect(ask(.order, client: "a1") == "\(orders)/a1?client_id=true")
  }
}
