import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import BinanceConnector

/// Instruments, clock, tickers, errors.
struct ReferenceDataTests {
  private func instruments(_ body: String) throws -> ConnectorHarness {
    let harness = try ConnectorHarness(BinanceSpot.self)
    harness.start()
    harness.forget()
    let command = harness.command(.instruments)
    let request = try #require(harness.requests.first)
    #expect(request.url == "https://api.binance.com/api/v3/exchangeInfo" && request.method == .get)
    #expect(request.charges == [1: 20, 2: 1])
    let status = harness.reply(request.id, body)
    #expect(harness.faults.isEmpty)
    #expect((harness.refusal(command) == nil) == (status == .ok))
    return harness
  }

  @Test func instrumentsWithTheirRules() throws {
    let harness = try instruments(exchangeInfo)
    let found = harness.instruments
    #expect(found.map(\.symbol) == ["BTCUSDT", "ETHBTC"])
    #expect(found.map(\.fields.instrument) == [btcusdt, ethbtc])
    #expect(found.map(\.base) == ["BTC", "ETH"] && found.map(\.quote) == ["USDT", "BTC"])
    let fields = found[0].fields
    #expect(fields.price_exp == -2 && fields.quantity_exp == -3)
    #expect(fields.tick.value == Decimal64("0.01") && fields.lot.value == Decimal64("0.001"))
    #expect(fields.max_price.value == 1_000_000 && fields.min_notional.value == nil)
    #expect(
      fields.order_types == 1 << UInt64(PB_TYPE_LIMIT) | 1 << UInt64(PB_TYPE_MARKET) | 1 << UInt64(PB_TYPE_STOP_LIMIT))
    #expect(found[1].fields.price_exp == -8 && found[1].fields.quantity_exp == -8)
    #expect(harness.completed.map(\.what) == [PB_EV_INSTRUMENT])
    #expect(harness.all(PB_EV_LIMITS, pb_limits.self).count == 1)
  }

  @Test func oddFiltersAndBadEntries() throws {
    let entries = [
      symbolEntry(
        "AB", "A", "B", tick: "0.1", lot: "1",
        more: #",{"filterType":"NOTIONAL","minNotional":"5.0","maxNotional":9e6}"#),
      symbolEntry("CD", "C", "D", tick: "x", lot: "1"),
      symbolEntry("EF", "E", "F", tick: "0.1", lot: "1", status: "BREAK"),
      symbolEntry("", "G", "H", tick: "0.1", lot: "1"),
      symbolEntry("II", "I", "I", tick: "0.1", lot: "1"),
      #"{"symbol":"JK","isSpotTradingAllowed":false}"#, "7", "null", "{}",
      symbolEntry("LM", "L", "M", tick: "0.00000000", lot: "10"),
    ]
    let harness = try instruments(#"{"symbols":[\#(entries.joined(separator: ","))]}"#)
    #expect(harness.instruments.map(\.symbol) == ["AB", "CD", "EF", "LM"])
    #expect(harness.instruments[1].reason == "its entry in the exchange's list cannot be read")
    let fields = harness.instruments.map(\.fields)
    #expect(fields[0].min_notional.value == 5 && fields[0].max_notional.value == 9_000_000)
    let states = [PB_INSTRUMENT_TRADING, PB_INSTRUMENT_UNUSABLE, PB_INSTRUMENT_HALTED, PB_INSTRUMENT_TRADING]
    #expect(fields.map { Int($0.state) } == states)
    // Without a tick, prices are as fine as they are written.
    #expect(fields[3].tick.value == Decimal64("0.00000001") && fields[3].price_exp == -8 && fields[3].quantity_exp == 0)
    #expect(
      harness.logs == [
        "CD: its entry of exchangeInfo cannot be read",
        "5 instruments could not be read or stand twice, and are left out: II",
      ])
  }

  @Test func informationThatCannotBeReadIsNoAnswer() throws {
    for body in ["", "[]", #"{"symbols":[}"#, #"{"symbols":[{}]"#, #"{"symbols":[]},"#] {
      let harness = try instruments(body)
      #expect(harness.instruments.isEmpty && harness.completed.isEmpty)
      #expect(harness.replies.map(\.outcome) == [.unknown])
    }
  }

  @Test func askingAgainKeepsTheNumbers() throws {
    let harness = try startedConnector()
    harness.command(.instruments)
    let more =
      #"{"symbols":[\#(symbolEntry("NEW", "N", "E", tick: "1", lot: "1")),"#
      + #"\#(symbolEntry("BTCUSDT", "BTC", "USDT", tick: "0.01", lot: "0.001")),"#
      + #"\#(symbolEntry("ETHBTC", "ETH", "BTC", tick: "0.1", lot: "1"))]}"#
    harness.reply(harness.requests[0].id, more)
    #expect(harness.instruments.map(\.fields.instrument) == [3, btcusdt, ethbtc])
    // A coarser tick is reported at the exponents that the instrument has.
    #expect(harness.instruments.last?.fields.price_exp == -8 && harness.logs.isEmpty)
  }

  @Test func theVenuesTime() throws {
    let harness = try startedConnector()
    let command = harness.command(.clock)
    #expect(harness.requests[0].url == "https://api.binance.com/api/v3/time")
    harness.reply(harness.requests[0].id, #"{"serverTime":1700000000123}"#)
    let clock = harness.all(PB_EV_CLOCK, pb_clock.self)
    #expect(clock.map(\.fields.venue_ns) == [1_700_000_000_123_000_000])
    #expect(clock.map(\.fields.request) == [harness.requests[0].id])
    #expect(harness.refusal(command) == nil)
  }

  @Test func tickersOfTheDay() throws {
    let harness = try startedConnector()
    let command = harness.command(.tickers)
    harness.reply(
      harness.requests[0].id,
      #"[{"closeTime":1700000000123,"bidPrice":"100.01","bidQty":"2","askPrice":"100.02","askQty":"3.5","#
        + #""lastPrice":"100","#
        + #""lastQty":"1","openPrice":"90","highPrice":"110","lowPrice":"80","volume":"12.5","quoteVolume":"","#
        + #""symbol":"BTCUSDT"},"#
        + #"{"symbol":"UNKNOWN","bidPrice":"x"},{"symbol":"ETHBTC","bidPrice":"1e-20"},"#
        + #"{"symbol":"ETHBTC","bidPrice":"0.00","askPrice":"0.5","lastPrice":"0","openPrice":"0"}]"#)
    #expect(harness.faults.isEmpty)
    let tickers = harness.tickers
    #expect(tickers.map(\.instrument) == [btcusdt, ethbtc])
    #expect(tickers[0].bid_price == 10001 && tickers[0].bid_quantity == 2000 && tickers[0].ask_quantity == 3500)
    #expect(tickers[0].base_volume.value == Decimal64("12.5") && tickers[0].quote_volume.value == nil)
    #expect(tickers[0].present == UInt64(PB_TICKER_BID | PB_TICKER_ASK | PB_TICKER_LAST | PB_TICKER_DAY))
    #expect(tickers[1].present == UInt64(PB_TICKER_NO_BID | PB_TICKER_ASK) && tickers[1].ask_price == 50_000_000)
    #expect(harness.completed.map(\.what) == [PB_EV_TICKER])
    #expect(harness.refusal(command) == nil)
  }

  @Test func errorsByStatusAndCode() throws {
    let cases: [(Int, String, Failure, String)] = [
      (429, #"{"code":-1003,"msg":"Too many requests."}"#, .rateLimit, "-1003"), (418, "banned", .rateLimit, "418"),
      (400, #"{"msg":"Timestamp for this request","code":-1021}"#, .clock, "-1021"),
      (401, #"{"code":-2014,"msg":"API-key format invalid."}"#, .authentication, "-2014"),
      (400, #"{"code":-1121,"msg":"Invalid symbol."}"#, .unknownInstrument, "-1121"), (503, "", .transient, "503"),
      (400, #"{"code":-9999,"msg":"?"}"#, .other, "-9999"), (403, "<html>", .rateLimit, "403"),
    ]
    for (status, body, failure, code) in cases {
      for (headers, pause) in [([], 0), ([("retry-after", "7")], 7_000_000_000)] as [([(String, String)], Int64)] {
        let harness = try startedConnector()
        let command = harness.command(.clock)
        harness.reply(harness.requests[0].id, status: status, body, headers: headers)
        let reply = try #require(harness.replies(command).first)
        // Who asked without an account and is reported to wait, is reported so for the address.
        let expected = pause > 0 ? .rateLimit : failure
        #expect(reply.outcome == .refused && reply.failure == expected && reply.code == code, "\(status) \(body)")
        #expect(reply.retryAfter == pause)
      }
    }
  }

  @Test func noAnswerIsUnknownAndNotSentIsRefused() throws {
    let harness = try startedConnector()
    let lost = harness.command(.clock), unsent = harness.command(.clock)
    harness.unanswered(harness.requests[0].id, reason: "timeout")
    harness.unanswered(harness.requests[1].id, refusal: PB_REFUSAL_EXPIRED, reason: "late")
    #expect(harness.replies(lost).map(\.failure) == [.transient], "a question changes nothing: none is in doubt")
    #expect(harness.replies(unsent).map(\.outcome) == [.refused])
    #expect(harness.replies(unsent).map(\.failure) == [.notSent])
    #expect(harness.reply(999, "{}") == .state)
  }

  @Test func unknownDomainsAndCommands() throws {
    for config in [#"{"domain":"moon"}"#, #"{"trades":"all"}"#, #"{"domain":5}"#] {
      #expect(throws: ConnectorHarness.Refused.self) { try ConnectorHarness(BinanceSpot.self, config: config) }
    }
    let harness = try startedConnector()
    #expect(harness.send(Verb.swap.rawValue) == .unsupported)
    #expect(harness.refusal(harness.subscribe(77, .book).command) == .unknownInstrument)
  }
}
