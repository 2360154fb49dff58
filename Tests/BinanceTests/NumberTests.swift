import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import BinanceConnector

/// Every number of what the exchange says, at its extremes: nothing traps, and nothing malformed comes out but a moment
/// that cannot be.
@Suite struct NumberTests {
  private struct Sample {
    var type: BinanceConnector.Type = BinancePerpetual.self
    var verb: Verb
    var body: String
  }

  private static let fill =
    #"[{"symbol":"BTCUSDT","id":9,"orderId":5,"side":"SELL","price":"7","qty":"1","realizedPnl":"0.5","#
    + #""commission":"0.1","commissionAsset":"USDT","time":1700000000000,"positionSide":"SHORT","maker":true}]"#

  private static let samples: [Sample] = [
    Sample(
      verb: .fundingPayments,
      body: #"[{"symbol":"BTCUSDT","incomeType":"FUNDING_FEE","income":"-0.37","asset":"USDT","#
        + #""time":1700000000000,"tranId":968}]"#),
    Sample(verb: .fills, body: fill), Sample(type: BinanceSpot.self, verb: .fills, body: fill),
    Sample(verb: .openOrders, body: "[\(orderReply("5", "c", more: #","time":1700000000000,"updateTime":9"#))]"),
    Sample(verb: .order, body: orderReply("5", "c", more: #","time":1700000000000,"updateTime":9"#)),
    Sample(type: BinanceSpot.self, verb: .order, body: orderReply("5", "c", more: #","time":1700000000000"#)),
    Sample(verb: .orderHistory, body: "[\(orderReply("5", "c", more: #","time":1700000000000,"updateTime":9"#))]"),
    Sample(
      verb: .positions,
      body: #"[{"symbol":"BTCUSDT","positionSide":"BOTH","positionAmt":"0.001","entryPrice":"7","markPrice":"51000.1","#
        + #""unRealizedProfit":"1","liquidationPrice":"0","leverage":"20","isolatedMargin":"0","updateTime":9}]"#),
    Sample(
      verb: .funding,
      body: #"{"symbol":"BTCUSDT","markPrice":"100.1","indexPrice":"100.2","lastFundingRate":"-0.0003","#
        + #""nextFundingTime":1700006400000,"time":1700000000000}"#),
    Sample(verb: .clock, body: #"{"serverTime":1700000000000}"#),
    Sample(
      verb: .balances,
      body: #"[{"asset":"USDT","balance":"12.5","availableBalance":"10","crossUnPnl":"-1","#
        + #""updateTime":1700000000000}]"#),
    Sample(
      type: BinanceSpot.self, verb: .balances,
      body: #"{"updateTime":1700000000000,"balances":[{"asset":"BTC","free":"1.5","locked":"0.5"}]}"#),
    Sample(verb: .place, body: orderReply("5", "c", more: #","updateTime":1700000000000"#)),
    Sample(verb: .place, body: #"{"code":-1003,"msg":"Way too many requests; banned until 1700000000000."}"#),
  ]

  @Test func repliesAtTheirExtremes() throws {
    var delivered = 0
    for sample in Self.samples {
      for body in [sample.body] + NumberFuzz.variants(of: sample.body) {
        let harness = try tradingConnector(sample.type)
        harness.forget()
        harness.trade(sample.verb, client: "c") {
          $0.since_ns = 1_699_996_400_000_000_000
          if sample.verb == .place { limitBuy(&$0) }
        }
        guard let request = harness.requests.first else { continue }
        harness.reply(request.id, status: body.contains("code") ? 418 : 200, body)
        harness.run(for: 2_000_000_000)
        #expect(harness.faults.isEmpty, "\(sample.verb) \(body)")
        delivered += 1
      }
    }
    #expect(delivered > 1000)
  }

  @Test func framesAtTheirExtremes() throws {
    let account =
      #"{"e":"ACCOUNT_UPDATE","E":2,"T":1700000000000,"a":{"m":"ORDER","B":[{"a":"USDT","wb":"12.5","cw":"10"}],"#
      + #""P":[{"s":"BTCUSDT","pa":"-2","ep":"100.5","cr":"3","up":"-0.25","mt":"cross","iw":"7","ps":"SHORT"}]}}"#
    let frames: [(BinanceConnector.Type, String)] = [
      (BinanceSpot.self, report("31", "c", status: "PARTIALLY_FILLED", execution: "TRADE", filled: "1", last: "1")),
      (BinanceSpot.self, #"{"e":"outboundAccountPosition","E":9,"u":8,"B":[{"a":"BTC","f":"1.5","l":"0.5"}]}"#),
      (BinancePerpetual.self, update("5", "c", status: "FILLED", execution: "TRADE", filled: "2", last: "2")),
      (BinancePerpetual.self, account),
    ]
    for (type, text) in frames {
      for frame in NumberFuzz.variants(of: text) {
        let harness = try tradingConnector(type)
        let stream = harness.openPrivateStream()
        harness.frame(stream, frame)
        #expect(harness.faults.isEmpty, "\(frame)")
      }
    }
  }

  @Test func tradesAtTheirExtremes() throws {
    let trade =
      #"{"stream":"btcusdt@trade","data":{"e":"trade","E":1700000000000,"s":"BTCUSDT","t":12345,"p":"100.00","#
      + #""q":"1.5","T":1700000000000,"m":true}}"#
    for frame in NumberFuzz.variants(of: trade) {
      let harness = try startedConnector()
      let stream = harness.liveBook()
      harness.frame(stream, frame)
      harness.frame(stream, depth(166, 170))
      #expect(harness.faults.isEmpty, "\(frame)")
    }
  }
}
