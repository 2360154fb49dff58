import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import GateIOConnector

@Suite struct FeedTests {
  @Test func instrumentsKeepMoreDecimalsThanOrdersMayHave() throws {
    let harness = try ConnectorHarness(GateSpot.self, config: "{}")
    harness.start()
    harness.command(.instruments)
    harness.reply(
      try #require(harness.requests.last).id,
      """
      [{"id":"BTC_USDT","base":"BTC","quote":"USDT","fee":"0.2","min_base_amount":"0.00001","min_quote_amount":"1",
      "amount_precision":6,"precision":1,"trade_status":"tradable"},
      {"id":"PEPE_USDT","base":"PEPE","quote":"USDT","fee":"0.1","min_quote_amount":"1","amount_precision":0,
      "precision":10,"trade_status":"untradable"},{"id":"X","base":"X","quote":"USDT","precision":40}]
      """)
    let (first, second) = (harness.instruments[0].fields, harness.instruments[1].fields)
    #expect(first.price_exp == -8 && first.quantity_exp == -10)
    #expect(first.tick.value == Decimal64(mantissa: 1, exponent: -1))
    #expect(first.lot.value == Decimal64(mantissa: 1, exponent: -6))
    #expect(first.min_quantity.value == Decimal64(mantissa: 1, exponent: -5) && first.min_notional.value == .one)
    #expect(first.maker_fee.value == Decimal64(mantissa: 2, exponent: -3))
    #expect(first.state == InstrumentState.trading.rawValue)
    // Of what costs so little, much is traded.
    #expect(second.price_exp == -10 && second.quantity_exp == -6 && second.lot.value == .one)
    #expect(second.state == InstrumentState.halted.rawValue)
    #expect(harness.logs.contains { $0.hasPrefix("1 instruments could not be read") })
  }

  @Test func eachMessageIsOfOneChannelAndCarriesTheTime() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book, .trades, .ticker])
    let frames = harness.requests.filter { $0.stream == stream }
    let time = harness.epoch / 1_000_000_000
    #expect(
      frames.map(\.body) == [
        ("spot.order_book_update", #""BTC_USDT","100ms""#), ("spot.trades", #""BTC_USDT""#),
        ("spot.tickers", #""BTC_USDT""#),
      ].enumerated().map { place, one in
        #"{"time":\#(time),"id":\#(frames[place].id),"channel":"\#(one.0)","event":"subscribe","payload":[\#(one.1)]}"#
      })
    harness.frame(stream, answer("spot.trades", id: frames[1].id))
    #expect(harness.states.filter { $0.state == .live }.map(\.channels) == [.trades])
    // Until 2023 answers carried no id.
    harness.frame(stream, answer("spot.order_book_update"))
    harness.frame(stream, answer("spot.tickers"))
    #expect(harness.states.filter { $0.state == .live }.map(\.channels) == [.trades, .book, .ticker])
    #expect(harness.replies.map(\.outcome) == [.done])
  }

  /// Volumes are sums of products, with all their digits.
  @Test func aVolumeOfManyDigitsCostsNoTicker() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.ticker])
    let ticker = """
      {"currency_pair":"BTC_USDT","last":"19106.55","lowest_ask":"19108.71","highest_bid":"19106.55",
      "base_volume":"2811.3042155865","quote_volume":"53441606.52411221454674732293","high_24h":"19417.74"}
      """
    harness.frame(stream, update("spot.tickers", ticker))
    let fact = try #require(harness.tickers.first)
    #expect(fact.base_volume.value == Decimal64(mantissa: 28_113_042_155_865, exponent: -10))
    #expect(fact.quote_volume.value == Decimal64("53441606.52411221454") && harness.faults.isEmpty)
  }

  @Test func aRefusedChannelEndsAlone() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.trades, .ticker])
    let frames = harness.requests.filter { $0.stream == stream }
    let error = #"{"code":2,"message":"unknown currency pair: BTC_USDT"}"#
    harness.frame(stream, answer("spot.trades", id: frames[0].id, error: error))
    harness.frame(stream, answer("spot.tickers", id: frames[1].id))
    #expect(harness.replies.map(\.failure) == [.unknownInstrument])
    #expect(harness.states.map(\.state) == [.rejected, .live])
  }

  @Test func updatesJoinTheBookThatWasAskedFor() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book])
    harness.frame(stream, answer("spot.order_book_update"))
    let request = try #require(harness.requests.last { $0.url.contains("/spot/order_book") })
    #expect(
      request.url == "https://api.gateio.ws/api/v4/spot/order_book?currency_pair=BTC_USDT&limit=100&with_id=true")
    harness.sent(request.id)
    harness.frame(stream, book(8, 10, bids: #"["49999","5"]"#))
    harness.frame(stream, book(11, 13, bids: #"["49998","0.1234567891"]"#))
    #expect(harness.books.isEmpty)
    harness.reply(request.id, snapshot(11))
    #expect(harness.books.map(\.last) == [11, 13] && harness.gaps.isEmpty)
    #expect(harness.books[1].bids == [[4_999_800_000_000, 1_234_567_891]], "finer than an order may be")
    harness.frame(stream, book(14, 20, bids: #"["49997","1"]"#))
    harness.frame(stream, book(22, 23, bids: #"["49996","1"]"#))
    #expect(harness.gaps.map(\.expected) == [21] && harness.gaps.map(\.got) == [22])
    #expect(harness.requests.last?.url.contains("/spot/order_book") == true)
  }

  @Test func aWholeBookOnTheStreamReplacesTheOther() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book])
    harness.frame(stream, answer("spot.order_book_update"))
    harness.frame(stream, book(0, 40, bids: #"["50000","1"]"#, asks: #"["50001","1"]"#, full: true))
    harness.frame(stream, book(41, 42, bids: #"["50000","2"]"#))
    #expect(harness.books.map(\.isSnapshot) == [true, false] && harness.gaps.isEmpty)
    harness.frame(stream, book(0, 90, bids: #"["50002","1"]"#, asks: #"["50003","1"]"#, full: true))
    #expect(harness.books.last?.last == 90 && harness.books.last?.isSnapshot == true)
  }

  @Test func aFewLevelsComeMoreOften() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book], depth: 5)
    #expect(harness.requests.last { $0.stream == stream }?.body.contains(#"["BTC_USDT","20ms"]"#) == true)
    harness.frame(stream, answer("spot.order_book_update"))
    #expect(harness.requests.last?.url.contains("limit=20") == true)
  }

  @Test(arguments: [
    book(11, 12, bids: #"["49998","x"]"#), book(11, 12, bids: #"["49998.123456789","1"]"#),
    update("spot.order_book_update", #"{"s":"BTC_USDT","U":11,"u":12,"b":[]}"#),
    update("spot.order_book_update", "{}"), #"{"channel":"spot.order_book_update","event":"upd"#,
  ])
  func anUpdateThatCannotBeReadLosesItsBook(_ frame: String) throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book])
    harness.frame(stream, answer("spot.order_book_update"))
    harness.reply(try #require(harness.requests.last).id, snapshot(10))
    #expect(harness.frame(stream, frame) == .parse)
    #expect(harness.gaps.map(\.reason) == [.malformed])
  }

  @Test func aTradeHasItsTakersSideAndTheFractionOfItsMillisecond() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.trades])
    let one = #"{"id":816995772,"create_time":1619093543,"create_time_ms":"1619093543708.2642","side":"sell","#
      + #""currency_pair":"BTC_USDT","amount":"0.2010000000","price":"121.5800000000"}"#
    harness.frame(stream, update("spot.trades", one))
    harness.frame(stream, update("spot.trades", "[\(one)]"))
    let trades = harness.trades
    #expect(trades.count == 2 && trades.first == trades.last && trades.first?.id == "816995772")
    #expect(trades.map(\.price) == [12_158_000_000, 12_158_000_000] && trades.first?.quantity == 2_010_000_000)
    #expect(trades.map(\.taker) == [.sell, .sell] && trades.first?.time == 1_619_093_543_708_264_200)
    #expect(harness.frame(stream, update("spot.trades", #"{"id":1,"currency_pair":"BTC_USDT"}"#)) == .parse)
  }

  @Test func anotherDomainIsAnotherHost() throws {
    let harness = try ready(config: #"{"domain":"testnet"}"#)
    harness.command(.clock)
    #expect(harness.requests.last?.url == "https://api-testnet.gateapi.io/api/v4/spot/time")
    harness.reply(try #require(harness.requests.last).id, #"{"server_time":1764288000123}"#)
    _ = try subscribed(harness, [.trades])
    #expect(harness.opens.last?.url == "wss://ws-testnet.gate.com/v4/ws/spot")
    #expect(throws: (any Error).self) { try ready(config: #"{"domain":"moon"}"#) }
  }

  @Test func aStreamIsAskedWhetherItIsThereWithTheTime() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.trades])
    harness.frame(stream, answer("spot.trades", id: try #require(harness.requests.last).id))
    harness.forget()
    harness.run(for: 15_000_000_000)
    let ping = try #require(harness.requests.last { $0.stream == stream })
    #expect(ping.body == #"{"time":\#((harness.epoch + harness.now) / 1_000_000_000),"channel":"spot.ping"}"#)
    let pong = #"{"time":1764288015,"channel":"spot.pong","event":"","error":null,"result":null}"#
    #expect(harness.frame(stream, pong) == .ok && harness.closes.isEmpty)
  }
}
