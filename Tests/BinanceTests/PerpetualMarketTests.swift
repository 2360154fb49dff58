import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import BinanceConnector

/// The public side of Binance futures.
struct PerpetualMarketTests {
  private func started(config: String = "{}") throws -> ConnectorHarness {
    let harness = try ConnectorHarness(BinancePerpetual.self, config: config)
    harness.start(trading: false)
    harness.command(.instruments)
    #expect(harness.requests[0].url.hasSuffix("/fapi/v1/exchangeInfo"))
    harness.reply(harness.requests[0].id, futuresInfo)
    return harness
  }

  @Test func perpetualsOnly() throws {
    let harness = try started()
    #expect(harness.instruments.map(\.symbol) == ["BTCUSDT", "ETHUSDT"])
    let fields = harness.instruments[0].fields
    #expect(fields.kind == UInt32(PB_KIND_PERP) && fields.multiplier.value == 1 && fields.min_notional.value == 50)
    // The tick has one place, prices may be written with two.
    #expect(fields.price_exp == -2 && fields.quantity_exp == -3 && fields.tick.value == Decimal64("0.1"))
    #expect(fields.order_types == 0b1111110 && fields.order_flags & UInt64(PB_ORDER_REDUCE_ONLY) != 0)
    #expect(harness.all(PB_EV_INSTRUMENT, pb_instrument.self)[0].record.text(fields.settle) == "USDT")
    #expect(harness.logs.isEmpty, "a dated future is no mistake")
  }

  @Test func eachChannelAtTheAddressThatServesIt() throws {
    let harness = try started()
    harness.forget()
    harness.command(.subscribe) {
      $0.instrument = btcusdt
      $0.channel = 31
    }
    #expect(
      harness.opens.map(\.url) == ["wss://fstream.binance.com/public/stream",
        "wss://fstream.binance.com/market/stream"])
    for open in harness.opens { harness.opened(open.stream) }
    #expect(harness.frames.map { $0.prefix { $0 != "]" } } == [
      #"{"method":"SUBSCRIBE","params":["btcusdt@depth@100ms","btcusdt@bookTicker""#,
      #"{"method":"SUBSCRIBE","params":["btcusdt@aggTrade","btcusdt@markPrice@1s","btcusdt@forceOrder""#,
    ])
    let test = try started(config: #"{"domain":"testnet"}"#)
    #expect(test.requests[0].url.hasPrefix("https://testnet.binancefuture.com/"))
  }

  private func update(_ first: Int, _ last: Int, _ previous: Int) -> String {
    #"{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1700000000123,"T":1700000000120,"s":"BTCUSDT","#
      + #""U":\#(first),"u":\#(last),"pu":\#(previous),"b":[["100.10","2.000"]],"a":[]}}"#
  }

  @Test func updatesNameTheOneBefore() throws {
    let harness = try started()
    let (_, request) = harness.subscribe(btcusdt, .book)
    let stream = try #require(harness.opens.last?.stream)
    harness.confirm(request, on: stream)
    let ask = try #require(harness.snapshotRequest)
    #expect(harness.requests.last?.own == ["symbol=BTCUSDT", "limit=1000"])
    #expect(harness.requests.last?.charges == [Output.Limit.perpWeight.bucket: 20])
    for frame in [update(90, 99, 80), update(101, 110, 99)] { harness.frame(stream, frame) }
    harness.forget()
    harness.reply(
      ask, #"{"lastUpdateId":105,"E":1,"T":1,"bids":[["100.00","1.000"]],"asks":[["100.20","1.000"]]}"#)
    #expect(harness.books.map(\.isSnapshot) == [true, false] && harness.books[1].last == 110)
    harness.frame(stream, update(111, 120, 110))
    #expect(harness.books.count == 3 && harness.gaps.isEmpty)
    harness.frame(stream, update(131, 140, 130))
    #expect(harness.gaps.map(\.expected) == [120] && harness.gaps.map(\.got) == [130] && harness.books.count == 3)
    #expect(harness.snapshotRequest != nil)
  }

  @Test func marksFundingAndLiquidations() throws {
    let harness = try started()
    _ = harness.subscribe(btcusdt, [.mark, .liquidations])
    let stream = try #require(harness.opens.last?.stream)
    harness.forget()
    let mark =
      #"{"stream":"btcusdt@markPrice@1s","data":{"e":"markPriceUpdate","E":1700000000000,"s":"BTCUSDT","#
      + #""p":"101.12345678","i":"101.5","P":"101","r":"0.00010000","T":1700006400000}}"#
    #expect(harness.frame(stream, mark) == .ok)
    let fact = try #require(harness.all(PB_EV_MARK, pb_mark.self).first?.fields)
    #expect(fact.mark.value == Decimal64("101.12345678") && fact.index.value == Decimal64("101.5"))
    let rate = try #require(harness.all(PB_EV_FUNDING_RATE, pb_funding_rate.self).first?.fields)
    #expect(rate.rate.value == Decimal64("0.0001") && rate.next_ns == 1_700_006_400_000_000_000)
    harness.frame(
      stream,
      #"{"stream":"btcusdt@forceOrder","data":{"e":"forceOrder","E":5,"o":{"s":"BTCUSDT","S":"SELL","o":"LIMIT","#
        + #""f":"IOC","#
        + #""q":"0.014","p":"99.1","ap":"99.5","X":"FILLED","l":"0.010","z":"0.014","T":6}}}"#)
    let forced = try #require(harness.liquidations.first)
    #expect(forced.side == Side.sell.rawValue && forced.price.value == Decimal64("99.5") && forced.account == 0)
    #expect(forced.quantity.value == Decimal64("0.014") && forced.what == UInt32(PB_LIQUIDATION_FORCED))
    #expect(harness.frame(stream, #"{"stream":"x@markPrice","data":{"s":"NONE","p":"1"}}"#) == .ok)
    #expect(harness.frame(stream, #"{"stream":"x@markPrice","data":{"s":"BTCUSDT","p":}}"#) == .parse)
    #expect(harness.faults.isEmpty)
  }

  @Test func fundingWhenAsked() throws {
    let harness = try started()
    harness.forget()
    let command = harness.command(.funding) { $0.instrument = btcusdt }
    #expect(harness.requests[0].url == "https://fapi.binance.com/fapi/v1/premiumIndex?symbol=BTCUSDT")
    harness.reply(
      harness.requests[0].id,
      #"{"symbol":"BTCUSDT","markPrice":"100.1","indexPrice":"100.2","lastFundingRate":"-0.0003","#
        + #""nextFundingTime":1700006400000,"time":1700000000000}"#)
    let rate = try #require(harness.all(PB_EV_FUNDING_RATE, pb_funding_rate.self).first?.fields)
    #expect(rate.rate.value == Decimal64("-0.0003") && rate.command == command && harness.refusal(command) == nil)
    let unknown = harness.command(.funding) { $0.instrument = 99 }
    #expect(harness.refusal(unknown) == .unknownInstrument)
    let spot = try startedConnector()
    #expect(spot.send(Verb.funding.rawValue) == .unsupported)
  }
}
