import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import BinanceConnector

/// Events, balances, fees and fills of Binance spot, and what is different on its twin.
struct SpotAccountTests {
  private func quiet(_ type: BinanceConnector.Type = BinanceSpot.self) throws -> ConnectorHarness {
    let harness = try tradingConnector(type)
    harness.forget()
    return harness
  }

  @Test func reportsBecomeOrdersAndFills() throws {
    let harness = try tradingConnector()
    let stream = harness.openPrivateStream()
    harness.frame(stream, report("31", "c", status: "NEW", execution: "NEW"))
    harness.frame(
      stream, report("31", "c", status: "PARTIALLY_FILLED", execution: "TRADE", filled: "0.5", last: "0.5"))
    harness.frame(stream, report("31", "k", status: "CANCELED", execution: "CANCELED", original: "c", filled: "0.5"))
    #expect(harness.orders.map(\.state) == [.open, .partial, .cancelled])
    #expect(Set(harness.orders.map(\.client)) == ["c"])
    let fill = try #require(harness.fills.first)
    #expect(fill.trade == "99" && fill.feeAsset == "BNB" && fill.venue == "31" && fill.client == "c")
    #expect(fill.fields.quantity.value == Decimal64("0.5") && fill.fields.price.value == Decimal64("100.5"))
    #expect(fill.fields.fee.value == Decimal64("0.01") && fill.fields.liquidity == UInt32(PB_LIQUIDITY_TAKER))
    #expect(fill.fields.venue_ns == 1_700_000_000_800_000_000 && fill.fields.side == Side.buy.rawValue)
    #expect(harness.fills.count == 1 && harness.faults.isEmpty)
  }

  @Test func everyEndAndReason() throws {
    let cases: [(String, String, String, OrderState, Failure)] = [
      ("REJECTED", "REJECTED", #","r":"INSUFFICIENT_BALANCES""#, .rejected, .funds),
      ("REJECTED", "REJECTED", #","r":"WOULD_MATCH_IMMEDIATELY""#, .rejected, .postOnly),
      ("EXPIRED", "EXPIRED", "", .expired, .none), ("EXPIRED_IN_MATCH", "TRADE_PREVENTION", "", .expired, .none),
      ("PENDING_CANCEL", "CANCELED", "", .open, .none), ("NEW", "NEW", #","o":"STOP_LOSS","w":false"#, .untriggered,
      .none),
    ]
    for (status, execution, more, state, failure) in cases {
      let harness = try tradingConnector()
      let stream = harness.openPrivateStream()
      harness.frame(stream, report("1", "c", status: status, execution: execution, last: "1", more: more))
      #expect(harness.orders.map(\.state) == [state], "\(status)")
      #expect(harness.orderFacts[0].fields.error == failure.rawValue && harness.fills.isEmpty)
    }
    let harness = try tradingConnector()
    let stream = harness.openPrivateStream()
    harness.frame(stream, report("1", "c", status: "SOMETHING", execution: "NEW"))
    #expect(harness.orders.isEmpty && harness.logs.count == 1)
  }

  @Test func balancesAsTheyChangeAndWhenAsked() throws {
    let harness = try tradingConnector()
    let stream = harness.openPrivateStream()
    harness.frame(
      stream, #"{"e":"outboundAccountPosition","E":9,"u":8,"B":[{"a":"BTC","f":"1.5","l":"0.5"},{"a":"X","#
        + #""f":"0","l":"0"}]}"#)
    #expect(harness.balances == ["BTC 2/1.5", "X 0/0"])
    #expect(harness.frame(stream, #"{"e":"balanceUpdate","E":9,"a":"BTC","d":"1","T":9}"#) == .ok)
    harness.forget()
    let command = harness.trade(.balances, 0)
    #expect(harness.requests[0].charges[1] == 20)
    harness.reply(
      harness.requests[0].id,
      #"{"makerCommission":15,"updateTime":1700000000123,"balances":[{"asset":"USDT","free":"7","locked":"3"},"#
        + #"{"asset":"BNB","free":"0","locked":"0"}]}"#)
    #expect(harness.balances == ["USDT 10/7", "BNB 0/0"] && harness.refusal(command) == nil)
    // An event that came meanwhile is newer than the answer.
    #expect(harness.balanceTimes == [1_700_000_000_123_000_000, 1_700_000_000_123_000_000])
    #expect(harness.completed.map(\.what) == [PB_EV_BALANCE])
    let bad = harness.trade(.balances, 0)
    harness.reply(harness.requests[1].id, "{}")
    #expect(harness.refusal(bad) == .other)
  }

  @Test func feesOfOneAndOfAll() throws {
    let harness = try quiet()
    let one = harness.trade(.fees)
    #expect(harness.requests[0].line == "GET /api/v3/account/commission")
    harness.reply(
      harness.requests[0].id,
      #"{"symbol":"BTCUSDT","standardCommission":{"maker":"0.001","taker":"0.002","buyer":"0"},"#
        + #""taxCommission":{"maker":"0.0001","taker":"0.0002"},"discount":{"discount":"0.75"}}"#)
    func rates() -> [String] {
      harness.all(PB_EV_FEES, pb_fees.self).map {
        "\($0.fields.instrument) \($0.fields.maker.value?.plain ?? "") \($0.fields.taker.value?.plain ?? "")"
      }
    }
    #expect(rates() == ["1 0.0011 0.0022"] && harness.refusal(one) == nil)
    harness.forget()
    let all = harness.trade(.fees, 0)
    #expect(harness.requests[0].line == "GET /sapi/v1/asset/tradeFee")
    let list =
      #"[{"symbol":"BTCUSDT","makerCommission":"0.1","takerCommission":"0.2"},"#
      + #"{"symbol":"NONE","makerCommission":"1","takerCommission":"1"},"#
      + #"{"symbol":"ETHBTC","makerCommission":"0.3","takerCommission":"0.4"}]"#
    harness.reply(harness.requests[0].id, list)
    #expect(rates() == ["1 0.1 0.2", "2 0.3 0.4"] && harness.refusal(all) == nil)
    let twin = try quiet(BinanceUS.self)
    twin.trade(.fees)
    #expect(twin.requests.map(\.line) == ["GET /sapi/v1/asset/query/trading-fee"]
      && twin.requests[0].own == ["symbol=BTCUSDT"])
  }

  private func trade(_ id: Int, time: Int = 1_700_000_000_000) -> String {
    #"{"symbol":"BTCUSDT","id":\#(id),"orderId":31,"price":"100.5","qty":"0.5","commission":"0.01","#
      + #""commissionAsset":"BNB","time":\#(time),"isBuyer":true,"isMaker":true}"#
  }

  @Test func fillsComeByPages() throws {
    let harness = try quiet()
    let command = harness.trade(.fills) { $0.since_ns = 1_699_996_400_000_000_000 }
    #expect(harness.requests[0].own == ["symbol=BTCUSDT", "limit=1000", "startTime=1699996400000"])
    harness.reply(harness.requests[0].id, "[" + (1...1000).map { trade($0) }.joined(separator: ",") + "]")
    #expect(harness.requests[1].own == ["symbol=BTCUSDT", "limit=1000", "fromId=1001"])
    harness.reply(harness.requests[1].id, "[\(trade(1001))]")
    #expect(harness.fills.count == 1001 && harness.fills[0].fields.liquidity == UInt32(PB_LIQUIDITY_MAKER))
    #expect(harness.fills[1000].trade == "1001" && harness.refusal(command) == nil)
    #expect(harness.all(PB_EV_COMPLETE, pb_complete.self).map(\.fields.flags) == [0])
  }

  @Test func fillsStopWhereTheyShould() throws {
    let harness = try quiet()
    let some = harness.trade(.fills) { $0.limit = 2 }
    #expect(harness.requests[0].own == ["symbol=BTCUSDT", "limit=2"])
    harness.reply(harness.requests[0].id, "[\(trade(1)),\(trade(2))]")
    #expect(harness.requests.count == 1 && harness.refusal(some) == nil)
    #expect(harness.all(PB_EV_COMPLETE, pb_complete.self).map(\.fields.flags) == [UInt32(PB_COMPLETE_PARTIAL)])
    harness.forget()
    harness.trade(.fills) {
      $0.since_ns = 1_699_999_999_000_000_000
      $0.until_ns = 1_700_000_001_000_000_000
    }
    harness.reply(harness.requests[0].id, "[\(trade(3)),\(trade(4, time: 1_700_000_001_000))]")
    #expect(harness.fills.map(\.trade) == ["3"])
    #expect(harness.refusal(harness.trade(.fills, 0)) == .unsupported)
  }

  @Test func theTwinCountsByItsOwnLimits() throws {
    let harness = try ConnectorHarness(BinanceUS.self)
    harness.start()
    func capacity() -> UInt32? {
      harness.all(PB_EV_LIMITS, pb_limits.self).last.flatMap { fields, record in
        record.elements(fields.limits, of: pb_limit.self).first { $0.bucket == Output.Limit.weight.bucket }?.capacity
      }
    }
    #expect(capacity() == 1200)
    harness.command(.instruments)
    #expect(harness.requests[0].url == "https://api.binance.us/api/v3/exchangeInfo"
      && harness.requests[0].charges[1] == 10)
    harness.reply(harness.requests[0].id, exchangeInfo.replacing("6000", with: "1200"))
    #expect(capacity() == 1200)
    harness.command(.tickers)
    #expect(harness.requests[1].charges[1] == 40)
    // With Binance's allowance come Binance's weights.
    harness.command(.instruments)
    harness.reply(harness.requests[2].id, exchangeInfo)
    harness.command(.tickers)
    #expect(capacity() == 6000 && harness.requests[3].charges[1] == 80)
  }
}
