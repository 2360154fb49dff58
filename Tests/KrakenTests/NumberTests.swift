import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import KrakenConnector

/// Every number of what the exchange says, at its extremes: nothing traps, and nothing malformed comes out.
@Suite struct NumberTests {
  private static let order =
    "{\"status\":\"open\",\"opentm\":1699997000.1306,\"userref\":0,\"cl_ord_id\":\"c\",\"descr\":{\"pair\":\"XBTUSD\","
    + "\"type\":\"buy\",\"ordertype\":\"limit\",\"price\":\"30010.0\",\"price2\":\"0\"},\"vol\":\"0.02\","
    + "\"vol_exec\":\"0.01\",\"cost\":\"300.1\",\"fee\":\"0.1\",\"price\":\"30010.0\",\"closetm\":1699997001.5}"

  private static let samples: [(verb: Verb, body: String)] = [
    (
      .balances,
      "{\"error\":[],\"result\":{\"ZUSD\":{\"balance\":\"25435.21\",\"hold_trade\":\"8249.76\"},\"USDT\":\"2000\"}}"
    ),
    (
      .fills,
      "{\"error\":[],\"result\":{\"trades\":{\"T1\":{\"ordertxid\":\"OQ\",\"pair\":\"XXBTZUSD\",\"time\":1699997001.13,"
        + "\"type\":\"buy\",\"price\":\"30010.00\",\"cost\":\"600.20\",\"fee\":\"0.09\",\"vol\":\"0.02\","
        + "\"trade_id\":1,\"maker\":true}},\"count\":1}}"
    ),
    (
      .fees,
      "{\"error\":[],\"result\":{\"fees\":{\"XXBTZUSD\":{\"fee\":\"0.1000\"}},"
        + "\"fees_maker\":{\"XXBTZUSD\":{\"fee\":\"0.0500\"}}}}"
    ),
    (.openOrders, "{\"error\":[],\"result\":{\"open\":{\"OQ\":\(order)}}}"),
    (.orderHistory, "{\"error\":[],\"result\":{\"closed\":{\"OQ\":\(order)},\"count\":1}}"),
    (.order, "{\"error\":[],\"result\":{\"OQ\":\(order)}}"),
    (.clock, "{\"error\":[],\"result\":{\"unixtime\":1699997001,\"rfc1123\":\"x\"}}"),
    (
      .tickers,
      "{\"error\":[],\"result\":{\"XXBTZUSD\":{\"a\":[\"30300.1\",\"1\",\"1.000\"],\"b\":[\"30300.0\",\"1\",\"1.000\"],"
        + "\"c\":[\"30303.2\",\"0.00067\"],\"v\":[\"4083.6\",\"4412.7\"],\"p\":[\"30706.7\",\"30689.1\"],"
        + "\"t\":[34619,38907],\"l\":[\"29868.3\",\"29868.3\"],\"h\":[\"31631.0\",\"31631.0\"],\"o\":\"30502.8\"}}}"
    ),
  ]

  @Test func repliesAtTheirExtremes() throws {
    var delivered = 0
    for (verb, sample) in Self.samples {
      for body in [sample] + NumberFuzz.variants(of: sample) {
        let harness = try trading()
        harness.command(verb, client: "c", venue: "OQ") {
          $0.account = 7
          $0.instrument = [.fees, .tickers, .clock].contains(verb) ? 0 : 1
          $0.since_ns = 1_699_996_400_000_000_000
        }
        guard let request = harness.requests.first else { continue }
        harness.reply(request.id, body)
        harness.run(for: 2_000_000_000)
        #expect(harness.faults.isEmpty, "\(verb) \(body)")
        delivered += 1
      }
    }
    #expect(delivered > 500)
  }

  /// The moment until which requests are throttled stands in the error's text.
  @Test(arguments: NumberFuzz.values) func throttledUntil(time: String) throws {
    let harness = try trading()
    harness.command(.balances) { $0.account = 7 }
    harness.reply(harness.lastRequest, "{\"error\":[\"EService: Throttled: \(time)\"]}")
    #expect(harness.faults.isEmpty)
  }

  @Test func framesAtTheirExtremes() throws {
    let report =
      "{\"channel\":\"executions\",\"type\":\"update\",\"data\":[{\"order_id\":\"OK4GJX\",\"exec_id\":\"TGBB7L\","
      + "\"exec_type\":\"trade\",\"trade_id\":62887576,\"symbol\":\"BTC/USD\",\"side\":\"sell\",\"order_qty\":0.005,"
      + "\"last_qty\":0.002,\"last_price\":26599.9,\"cost\":53.1998,\"order_status\":\"partially_filled\","
      + "\"cum_qty\":0.002,\"cum_cost\":53.1998,\"fees\":[{\"asset\":\"USD\",\"qty\":0.1}],"
      + "\"timestamp\":\"2023-09-22T10:33:05.709950Z\"}],\"sequence\":2}"
    for frame in NumberFuzz.variants(of: report) {
      let (harness, stream) = try UserStreamTests.open()
      harness.frame(stream, "{\"channel\":\"executions\",\"type\":\"snapshot\",\"data\":[],\"sequence\":1}")
      harness.frame(stream, frame)
      #expect(harness.faults.isEmpty, "\(frame)")
    }
  }
}
