import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import BitrueConnector

@Suite struct FeedTests {
  @Test func aFilterWithoutAStepCountsDecimals() throws {
    let harness = try ConnectorHarness(BitrueSpot.self)
    harness.start()
    harness.command(.instruments)
    harness.reply(try #require(harness.requests.last).id, symbols)
    let (first, second) = (harness.instruments[0], harness.instruments[1])
    #expect((first.base, first.quote) == ("BTC", "USDT") && (second.base, second.quote) == ("SHA", "BTC"))
    #expect(first.fields.price_exp == -2 && first.fields.quantity_exp == -4)
    #expect(second.fields.tick.value == Decimal64(mantissa: 1, exponent: -10))
    #expect(second.fields.min_notional.value == Decimal64(mantissa: 2, exponent: -4))
    #expect(second.fields.state == InstrumentState.halted.rawValue)
  }

  @Test(arguments: [("{}", "https://openapi.bitrue.com"), (#"{"domain":"www"}"#, "https://www.bitrue.com")])
  func theSameAnswersAtTwoAddresses(_ config: String, _ address: String) throws {
    let harness = try ConnectorHarness(BitrueSpot.self, config: config)
    harness.start()
    harness.command(.instruments)
    #expect(harness.requests.last?.url == address + "/api/v1/exchangeInfo")
    #expect(throws: (any Error).self) { try ConnectorHarness(BitrueSpot.self, config: #"{"domain":"moon"}"#) }
  }

  @Test func aSubscriptionIsAnsweredByItsChannel() throws {
    let harness = try ready()
    let stream = try subscribed(harness, .book)
    #expect(
      harness.requests.filter { $0.stream == stream }.map(\.body) == [
        #"{"event":"sub","params":{"cb_id":"btcusdt","channel":"market_btcusdt_simple_depth_step0"}}"#
      ])
    #expect(harness.all(PB_OUT_OPEN, pb_out_open.self).map(\.fields.flags) == [UInt32(PB_OPEN_INFLATE)])
    harness.frame(stream, answer("subed", "market_btcusdt_simple_depth_step0"))
    #expect(harness.states.last?.state == .live && harness.replies.map(\.outcome) == [.done])
  }

  @Test func aRefusedSubscriptionEndsItsCommand() throws {
    let harness = try ready()
    let stream = try subscribed(harness, .trades)
    harness.frame(stream, answer("subed", "market_btcusdt_trade_ticker", "error"))
    #expect(harness.replies.map(\.outcome) == [.refused])
  }

  @Test func tradesAndTickersDoNotDisturbTheBook() throws {
    let harness = try ready()
    harness.command(.subscribe) {
      $0.instrument = 1
      $0.channel = Channels([.book, .trades, .ticker]).rawValue
    }
    #expect(harness.opens.count == 2)
  }

  @Test func heartbeatsAreAnsweredInKind() throws {
    let harness = try ready()
    let stream = try subscribed(harness, .book)
    harness.forget()
    #expect(harness.frame(stream, #"{"ping":1663815268584}"#) == .ok)
    #expect(harness.requests.map(\.body) == [#"{"pong":"1663815268584"}"#])
    #expect(harness.requests.map(\.permission) == ["pong"])
  }

  @Test func everyPushIsTheWholeBook() throws {
    let harness = try ready()
    let stream = try subscribed(harness, .book)
    let channel = "simple_depth_step0"
    harness.frame(stream, push(channel, #"{"buys":[["18619.40","0.0013"]],"asks":[["18620.32","0.0220"]]}"#))
    harness.frame(stream, push(channel, #"{"asks":[],"buys":[["18619.4",2],["18619.39","1"]]}"#))
    #expect(harness.books.map(\.isSnapshot) == [true, true])
    #expect(harness.books[0].bids == [[1_861_940, 13]] && harness.books[0].asks == [[1_862_032, 220]])
    #expect(harness.books[0].time == 1_663_815_268_584_000_000)
    #expect(harness.books[1].bids == [[1_861_940, 20_000], [1_861_939, 10_000]] && harness.books[1].asks.isEmpty)
  }

  @Test(arguments: [
    push("simple_depth_step0", #"{"buys":[["18619.4","1"]]}"#),
    push("simple_depth_step0", #"{"buys":[["18619.4","1"]],"asks":{}}"#),
    push("simple_depth_step0", #"{"buys":[],"buys":[],"asks":[]}"#),
    push("simple_depth_step0", #"{"buys":[["18619.4","+1"]],"asks":[]}"#), "{",
  ])
  func aBookThatCannotBeReadIsLost(_ frame: String) throws {
    let harness = try ready()
    let stream = try subscribed(harness, .book)
    harness.frame(stream, push("simple_depth_step0", #"{"buys":[["1","1"]],"asks":[]}"#))
    #expect(harness.frame(stream, frame) == .parse)
    #expect(harness.gaps.map(\.reason) == [.malformed])
  }

  @Test(arguments: [
    #"{"channel":"market_e_btcusdt_ticker","ts":1,"tick":{"close":1}}"#,
    #"{"channel":"market_ethusdt_ticker","ts":1,"tick":{"close":1}}"#,
    #"{"channel":"market_btcusdt_kline_1min","ts":1,"tick":{"close":1}}"#, #"{"ts":1}"#,
  ])
  func anotherChannelIsNoHarm(_ frame: String) throws {
    let harness = try ready()
    let stream = try subscribed(harness, .ticker)
    harness.forget()
    #expect(harness.frame(stream, frame) == .unsupported)
    #expect(harness.tickers.isEmpty && harness.closes.isEmpty)
  }

  @Test func tradesComeNewestFirstAndCountTheirVolume() throws {
    let harness = try ready()
    let stream = try subscribed(harness, .trades)
    let trades = """
      {"data":[{"id":20482764,"price":0.06,"amount":0.00520991,"side":"BUY","vol":0.83,"ts":1621426164263},
      {"id":20482763,"price":0.05,"amount":0.00018834,"side":"SELL","vol":0.03,"ts":1621426160884}]}
      """
    #expect(harness.frame(stream, push("trade_ticker", trades)) == .ok)
    #expect(harness.trades.map(\.id) == ["20482763", "20482764"] && harness.trades.map(\.taker) == [.sell, .buy])
    #expect(harness.trades.map(\.quantity) == [300, 8300] && harness.trades.map(\.price) == [5, 6])
  }

  @Test func tickersHaveNoBestPrices() throws {
    let harness = try ready()
    let stream = try subscribed(harness, .ticker)
    let tick = #"{"amount":123.1,"vol":1212.1,"open":2233.22,"close":1221.11,"high":22322.22,"low":2321.22,"rose":-1}"#
    #expect(harness.frame(stream, push("ticker", tick)) == .ok)
    let ticker = try #require(harness.tickers.first)
    #expect(ticker.last_price == 122_111 && ticker.bid_price == 0)
  }
}
