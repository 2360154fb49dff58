import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import CoinbaseConnector

@Suite struct FeedTests {
  @Test func productsCarryTheirRulesAndFuturesAreLeftOut() throws {
    let harness = try ConnectorHarness(CoinbaseSpot.self, config: "{}")
    harness.start()
    try list(harness)
    #expect(harness.instruments.map(\.symbol) == ["BTC-USD", "BTC-USDC", "ETH-USD"])
    let first = harness.instruments[0].fields
    #expect(first.price_exp == -2 && first.quantity_exp == -8 && first.state == InstrumentState.trading.rawValue)
    #expect(harness.instruments[2].fields.state == InstrumentState.postOnly.rawValue)
    let long = try #require(harness.instruments[2].fields.max_quantity.value)
    #expect(long.plain.hasPrefix("267187147.2296694"), "a bound with too many digits costs no instrument")
    #expect(harness.logs.contains { $0.hasPrefix("1 instruments could not be read") })
  }

  @Test func eachChannelIsOneMessageAndTheListOfSubscriptionsAnswers() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book, .trades])
    let sent = harness.requests.filter { $0.stream == stream }.map(\.body)
    #expect(sent.contains(#"{"type":"subscribe","channel":"heartbeats"}"#))
    #expect(sent.contains(#"{"type":"subscribe","product_ids":["BTC-USD"],"channel":"level2"}"#))
    #expect(sent.contains(#"{"type":"subscribe","product_ids":["BTC-USD"],"channel":"market_trades"}"#))
    harness.frame(stream, message(0, "subscriptions", #"{"subscriptions":{"level2":["BTC-USD"]}}"#))
    #expect(harness.states.filter { $0.state == .live }.map(\.channels) == [.book])
    harness.frame(
      stream, message(1, "subscriptions", #"{"subscriptions":{"level2":["BTC-USD"],"market_trades":["BTC-USD"]}}"#))
    #expect(harness.replies.map(\.outcome) == [.done])
  }

  @Test func anErrorRefusesTheOldestSubscription() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.trades])
    harness.frame(stream, #"{"type":"error","message":"failed to subscribe"}"#)
    #expect(harness.replies.map(\.outcome) == [.refused] && harness.states.last?.state == .rejected)
  }

  @Test func aBookFollowsWhileTheConnectionCounts() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book])
    harness.frame(stream, snapshot(0))
    harness.frame(stream, message(1, "heartbeats", #"{"current_time":"2026","heartbeat_counter":1}"#))
    harness.frame(stream, book(2, "update", level("offer", "65083.67", "0"), level("bid", "65083.6", "1")))
    #expect(harness.books.map(\.isSnapshot) == [true, false] && harness.gaps.isEmpty)
    #expect(harness.books[1].asks == [[6_508_367, 0]] && harness.books[1].bids == [[6_508_360, 100_000_000]])
    #expect(harness.books[1].time == 1_786_309_548_483_587_501)
  }

  @Test func aLostMessageLosesWhateverItsConnectionCarries() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book])
    _ = try subscribed(harness, [.book], instrument: 3)
    harness.frame(stream, snapshot(0))
    harness.frame(stream, snapshot(1, product: "ETH-USD"))
    harness.forget()
    // What is missing may have been of either book, or a trade.
    harness.frame(stream, message(3, "heartbeats", #"{"current_time":"2026","heartbeat_counter":1}"#))
    #expect(harness.gaps.map(\.reason) == [.sequence, .sequence])
    #expect(harness.gaps.map(\.expected) == [2, 2] && harness.gaps.map(\.got) == [3, 3])
    #expect(harness.closes == [stream] && harness.opens.count == 1)
    let anew = try #require(harness.opens.last).stream
    harness.opened(anew)
    #expect(harness.requests.last { $0.body.contains("level2") }?.body.contains(#"["BTC-USD","ETH-USD"]"#) == true)
    harness.forget()
    // The new connection counts from the beginning.
    harness.frame(anew, snapshot(0))
    harness.frame(anew, book(1, "update", level("bid", "65083.66", "0")))
    #expect(harness.books.count == 2 && harness.gaps.isEmpty)
  }

  @Test func aMessageThatComesTwiceIsDropped() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book])
    harness.frame(stream, snapshot(0))
    harness.frame(stream, book(1, "update", level("bid", "65083.66", "1")))
    harness.frame(stream, book(1, "update", level("bid", "65083.66", "2")))
    #expect(harness.books.count == 2 && harness.gaps.isEmpty && harness.closes.isEmpty)
  }

  @Test(arguments: [
    book(1, "update", level("ask", "65083.67", "1")), book(1, "update", level("bid", "65083.665", "1")),
    book(1, "update", level("bid", "65083.66", "x")), book(1, "moo", level("bid", "65083.66", "1")),
    book(1, "update", #"{"side":"bid","price_level":"65083.66"}"#), #"{"channel":"l2_data","events":[{"#,
  ])
  func anUpdateThatCannotBeReadLosesItsBook(_ frame: String) throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book])
    harness.frame(stream, snapshot(0))
    #expect(harness.frame(stream, frame) == .parse)
    #expect(harness.gaps.map(\.reason) == [.malformed])
  }

  /// One whose number cannot be read takes one all the same.
  @Test func whatCannotBeReadIsNoFurtherGap() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book])
    harness.frame(stream, snapshot(0))
    harness.frame(stream, "{")
    harness.forget()
    harness.frame(stream, message(2, "heartbeats", #"{"current_time":"2026","heartbeat_counter":1}"#))
    harness.frame(stream, message(3, "heartbeats", #"{"current_time":"2026","heartbeat_counter":2}"#))
    #expect(harness.closes.isEmpty && harness.gaps.isEmpty)
    harness.frame(stream, message(5, "heartbeats", #"{"current_time":"2026","heartbeat_counter":3}"#))
    #expect(harness.closes == [stream])
  }

  @Test func tradesComeNewestFirstWithTheSideOfTheOrderThatRested() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.trades])
    func trade(_ id: Int, _ side: String) -> String {
      """
      {"product_id":"BTC-USD","trade_id":"\(id)","price":"65083.67","size":"0.01034361",
      "time":"2026-08-09T21:05:48.167634Z","side":"\(side)"}
      """
    }
    func trades(_ number: Int, _ type: String, _ list: String...) -> String {
      message(number, "market_trades", #"{"type":"\#(type)","trades":[\#(list.joined(separator: ","))]}"#)
    }
    harness.frame(stream, trades(0, "snapshot", trade(12, "SELL"), trade(11, "BUY")))
    harness.frame(stream, trades(1, "update", trade(14, "SELL"), trade(13, "SELL")))
    #expect(harness.trades.map(\.id) == ["11", "12", "13", "14"])
    #expect(harness.trades.map(\.taker) == [.sell, .buy, .buy, .buy])
    let flags = harness.all(PB_EV_TRADE, pb_trade.self).map { Int($0.fields.flags) }
    #expect(flags == [PB_TRADE_BACKFILL, PB_TRADE_BACKFILL, 0, 0])
    harness.forget()
    // The snapshot of a new subscription repeats none.
    harness.frame(stream, trades(2, "snapshot", trade(15, "BUY"), trade(14, "SELL")))
    #expect(harness.trades.map(\.id) == ["15"])
  }

  @Test func productsThatShareABookHaveConnectionsOfTheirOwn() throws {
    let harness = try ready()
    let first = try subscribed(harness, [.book])
    let second = try subscribed(harness, [.book], instrument: 2)
    #expect(first != second)
    #expect(
      harness.requests.filter { $0.body.contains("level2") }.map(\.body)
        == Array(repeating: #"{"type":"subscribe","product_ids":["BTC-USD"],"channel":"level2"}"#, count: 2))
    harness.frame(first, snapshot(0))
    harness.frame(second, snapshot(0))
    harness.frame(second, book(1, "update", level("bid", "65083.66", "1")))
    #expect(harness.books.map(\.instrument) == [1, 2, 2])
    harness.frame(second, message(2, "subscriptions", #"{"subscriptions":{"level2":["BTC-USD"]}}"#))
    #expect(harness.replies.map(\.outcome) == [.done, .done])
  }

  @Test func aTickerHasTheTimeOfItsMessage() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.ticker])
    harness.frame(
      stream,
      message(
        0, "ticker",
        #"""
        {"type":"snapshot","tickers":[{"type":"ticker","product_id":"BTC-USD","price":"65086.18",
        "volume_24_h":"2867.54532609","low_24_h":"64675.22","high_24_h":"65252.99","best_bid":"65083.66",
        "best_ask":"65083.67","best_bid_quantity":"0.20371215","best_ask_quantity":"0.24290402"}]}
        """#))
    let ticker = try #require(harness.tickers.first)
    #expect(ticker.present == UInt64(PB_TICKER_BID | PB_TICKER_ASK | PB_TICKER_LAST))
    #expect(ticker.venue_ns == 1_786_309_548_483_587_501 && ticker.last_price == 6_508_618)
  }
}
