import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import BybitConnector

@Suite struct FeedTests {
  @Test func rulesStandInFiltersAndOneOddEntryIsLeftOut() throws {
    let harness = try ready()
    let first = try #require(harness.instruments.first)
    #expect(harness.instruments.count == 2 && first.fields.price_exp == -1 && first.fields.quantity_exp == -6)
    #expect(first.fields.min_quantity.value == Decimal64(mantissa: 48, exponent: -6))
    #expect(first.fields.max_quantity.value == Decimal64(230), "of limit orders")
    #expect(first.fields.min_notional.value == Decimal64(5))
    #expect(harness.logs.contains { $0.hasPrefix("1 instruments could not be read") })
  }

  @Test(arguments: [(0, 1000), (1, 50), (50, 50), (51, 200), (5000, 1000)])
  func aBooksTopicNamesItsDepth(_ wanted: UInt32, _ depth: Int) throws {
    let harness = try ready()
    _ = try subscribed(harness, [.book], depth: wanted)
    #expect(harness.requests.last?.body.contains(#""args":["orderbook.\#(depth).BTCUSDT"]"#) == true)
  }

  @Test func aMessageHasTenArgumentsAtMost() throws {
    let harness = try ready()
    for id in 1...2 as ClosedRange<pb_id> {
      harness.command(.subscribe) {
        $0.instrument = id
        $0.channel = ([.book, .trades, .ticker] as Channels).rawValue
      }
    }
    harness.opened(try #require(harness.opens.last).stream)
    let counts = harness.requests.filter { $0.body.contains("subscribe") }.map { request in
      request.body.split(separator: "\",\"").filter { $0.contains("USDT") }.count
    }
    #expect(counts.reduce(0, +) == 8 && counts.allSatisfy { $0 <= 10 })
    #expect(harness.requests.last?.body.contains(#""tickers.ETHUSDT","orderbook.1.ETHUSDT""#) == true)
  }

  @Test func topicsThatAreRefusedTogetherAreAskedForOneByOne() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book, .trades])
    let both = try #require(harness.requests.last)
    #expect(both.body.contains("orderbook.50.BTCUSDT") && both.body.contains("publicTrade.BTCUSDT"))
    harness.forget()
    harness.frame(stream, answer(both.id, "error:handler not found,topic:orderbook.50.BTCUSDT"))
    #expect(harness.replies.isEmpty, "one of them may be fine")
    #expect(harness.requests.count == 2)
    for request in harness.requests { harness.sent(request.id) }
    let (book, trades) = (harness.requests[0], harness.requests[1])
    harness.frame(stream, answer(trades.id))
    harness.frame(stream, answer(book.id, "error:handler not found,topic:orderbook.50.BTCUSDT"))
    #expect(harness.states.map(\.state) == [.live, .rejected])
    #expect(harness.states.map(\.channels) == [.trades, .book])
    #expect(harness.replies.map(\.failure) == [.unknownInstrument])
  }

  @Test func aTopicThatIsSubscribedAlreadyIsNoFault() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.trades])
    harness.frame(stream, answer(try #require(harness.requests.last).id, "error:already subscribed,topic:publicTrade"))
    #expect(harness.states.allSatisfy { $0.state != .rejected })
    harness.frame(
      stream,
      #"{"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":2,"data":[{"i":"9","T":1672304486865,"p":"16578.5","#
        + #""v":"0.001","S":"Sell","s":"BTCUSDT","BT":false}]}"#)
    let trade = try #require(harness.trades.first)
    #expect(trade.taker == .sell && trade.price == 165_785 && trade.quantity == 1000 && trade.id == "9")
    #expect(trade.time == 1_672_304_486_865_000_000)
  }

  @Test func aBookCountsByOneAndBeginsAnewAtOne() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book])
    harness.frame(stream, answer(try #require(harness.requests.last).id))
    harness.frame(stream, book("snapshot", 10, bids: #"["50000","1"]"#, asks: #"["50001","2"]"#))
    harness.frame(stream, book("delta", 11, bids: "", asks: #"["50001","0"],["50002","1"]"#))
    // The service has begun anew: the whole book, whatever it is called.
    harness.frame(stream, book("delta", 1, bids: #"["49000","1"]"#, asks: #"["49001","2"]"#))
    harness.frame(stream, book("delta", 2, bids: #"["49000","3"]"#, asks: ""))
    #expect(harness.books.map(\.last) == [10, 11, 1, 2] && harness.gaps.isEmpty)
    #expect(harness.books.map(\.isSnapshot) == [true, false, true, false])
    #expect(harness.books[0].time == 1_672_304_484_976_000_000)
    harness.forget()
    harness.frame(stream, book("delta", 4, bids: #"["49000","3"]"#, asks: ""))
    #expect(harness.gaps.map(\.expected) == [3] && harness.gaps.map(\.got) == [4] && harness.books.isEmpty)
    let leave = try #require(harness.requests.last)
    #expect(leave.body.contains(#""op":"unsubscribe","args":["orderbook.50.BTCUSDT"]"#))
    harness.sent(leave.id)
    harness.frame(stream, answer(leave.id, op: "unsubscribe"))
    let join = try #require(harness.requests.last)
    #expect(join.body.contains(#""op":"subscribe","args":["orderbook.50.BTCUSDT"]"#))
    harness.sent(join.id)
    harness.frame(stream, book("snapshot", 30, bids: #"["50000","1"]"#, asks: #"["50001","2"]"#))
    #expect(harness.books.map(\.last) == [30])
  }

  @Test func changesOfAnotherDepthAreNotOfTheBook() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book])
    harness.frame(stream, book("snapshot", 10, bids: #"["50000","1"]"#, asks: #"["50001","2"]"#))
    harness.frame(stream, book("delta", 11, depth: 200, bids: #"["40000","1"]"#, asks: ""))
    harness.frame(stream, book("snapshot", 900, depth: 1, bids: #"["50000","1"]"#, asks: #"["50001","2"]"#))
    harness.frame(stream, book("delta", 11, bids: #"["50000","2"]"#, asks: ""))
    #expect(harness.books.map(\.last) == [10, 11] && harness.gaps.isEmpty)
  }

  @Test(arguments: [
    book("delta", 11, bids: "", asks: #"["50001","x"]"#), book("delta", 11, bids: "", asks: #"["50001.05","1"]"#),
    #"{"topic":"orderbook.50.BTCUSDT","type":"delta","data":{"s":"BTCUSDT","b":[],"u":11}}"#,
    #"{"topic":"orderbook.50.BTCUSDT","type":"delta","data":{"b":["#,
  ])
  func anUpdateThatCannotBeReadLosesItsBook(_ frame: String) throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book])
    harness.frame(stream, book("snapshot", 10, bids: #"["50000","1"]"#, asks: #"["50001","2"]"#))
    #expect(harness.frame(stream, frame) == .parse)
    #expect(harness.gaps.map(\.reason) == [.malformed])
  }

  /// What nobody wants is not read to its end, so that it spoils nothing.
  @Test(arguments: [
    (#"{"topic":"orderbook.200.BTCUSDT","type":"delta","data":{"b":["#, Status.ok),
    (#"{"topic":"orderbook.50.BTCUSDT","type":"delta","data":{"b":["#, .ok),
    (#"{"topic":"publicTrade.BTCUSDT","type":"snapshot","data":[{"#, .ok),
    (#"{"topic":"kline.1.BTCUSDT","type":"snapshot","data":[{"#, .unsupported),
    (#"{"topic":"orderbook.50.NOSUCH","type":"delta","data":{"b":["#, .unsupported),
  ])
  func whatNobodyWantsIsNotRead(frame: String, status: Status) throws {
    let harness = try ready()
    let stream = try subscribed(harness, .ticker)
    harness.forget()
    #expect(harness.frame(stream, frame) == status)
    #expect(harness.states.isEmpty && harness.gaps.isEmpty)
  }

  @Test func aTickerOfSpotIsTwoTopics() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.ticker])
    harness.frame(
      stream,
      #"{"topic":"tickers.BTCUSDT","ts":1673853746003,"type":"snapshot","cs":1,"data":{"symbol":"BTCUSDT","#
        + #""lastPrice":"21109.7","highPrice24h":"21426.9","lowPrice24h":"20575","prevPrice24h":"20704.9","#
        + #""volume24h":"6780.8","turnover24h":"141946527.2","price24hPcnt":"0.0196"}}"#)
    harness.frame(stream, book("snapshot", 7, depth: 1, bids: #"["21109","0.5"]"#, asks: ""))
    let (day, best) = (harness.tickers[0], harness.tickers[1])
    #expect(day.present == UInt64(PB_TICKER_LAST | PB_TICKER_DAY) && day.venue_ns == 1_673_853_746_003_000_000)
    #expect((day.last_price, day.open_price, day.high_price, day.low_price) == (211_097, 207_049, 214_269, 205_750))
    #expect(best.present == UInt64(PB_TICKER_BID | PB_TICKER_NO_ASK) && best.bid_price == 211_090)
    #expect(harness.frame(stream, book("snapshot", 8, depth: 1, bids: #"["x","0.5"]"#, asks: "")) == .parse)
  }

  @Test func theStreamIsKeptAliveByRequests() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.trades])
    harness.frame(stream, answer(try #require(harness.requests.last).id))
    harness.forget()
    harness.run(for: 61_000_000_000)
    #expect(harness.requests.filter { $0.body == #"{"op":"ping"}"# && $0.stream == stream }.count == 3)
    #expect(harness.frame(stream, #"{"success":true,"ret_msg":"pong","conn_id":"0","op":"ping"}"#) == .ok)
  }

  @Test(arguments: [
    ("eu", "https://api.bybit.eu", "wss://stream.bybit.eu"),
    ("ge", "https://api.bybitgeorgia.ge", "wss://stream.bybitgeorgia.ge"),
    ("testnet", "https://api-testnet.bybit.com", "wss://stream-testnet.bybit.com"),
    ("demo", "https://api-demo.bybit.com", "wss://stream-demo.bybit.com"),
  ])
  func eachDomainHasItsHosts(_ domain: String, _ rest: String, _ stream: String) throws {
    let harness = try ready(trading: true, config: #"{"domain":"\#(domain)"}"#)
    #expect(harness.requests.first?.url == rest + "/v5/market/instruments-info?category=spot")
    harness.account(7)
    #expect(harness.opens.last?.url == stream + "/v5/private")
    #expect(throws: (any Error).self) { try ConnectorHarness(BybitSpot.self, config: #"{"domain":"mars"}"#) }
  }
}
