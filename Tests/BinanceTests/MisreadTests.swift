import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import BinanceConnector

/// What cannot be read is lost together with what it was about, and comes again without a loop.
struct MisreadTests {
  /// Depth updates of BTCUSDT that cannot be used, each by another fault.
  static let broken = [
    depth(161, 170, bids: #"[["100.001","1"]]"#),
    depth(161, 170, bids: #"[["100.01","95000000000000000000"]]"#),
    depth(161, 170, bids: #"[["100.01",null]]"#),
    depth(161, 170, bids: #"[["100.01"]]"#),
    depth(161, 170, bids: #"{"100.01":"1"}"#),
    depth(180, 170), depth(0, 170),
    #"{"stream":"btcusdt@depth@100ms","data":{"s":"BTCUSDT","U":161,"u":170,"b":[["1","1"]]}}"#,
    #"{"stream":"btcusdt@depth@100ms","data":{"U":[],"s":"BTCUSDT"}}"#,
    #"{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","s":"BTCUS"#,
    "{\"stream\":\"btcusdt@depth@100ms\",\"data\":\u{1}}",
    "not JSON at all", "[]",
  ]

  @Test(arguments: broken)
  func aBookIsLostWithAnUpdateThatCannotBeRead(_ frame: String) throws {
    let harness = try startedConnector()
    let stream = harness.liveBook()
    #expect([.parse, .venue].contains(harness.frame(stream, frame)))
    #expect(harness.gaps.map(\.reason) == [.malformed] && harness.books.isEmpty)
    // It is asked for at once, and is there again.
    let request = try #require(harness.snapshotRequest)
    harness.frame(stream, depth(171, 175))
    harness.reply(request, snapshot(172))
    #expect(harness.books.map(\.last) == [172, 175])
  }

  @Test func whatWasNotNamedLosesAllOfTheStreamAndNothingElse() throws {
    let harness = try startedConnector()
    let stream = harness.liveBook()
    _ = harness.subscribe(btcusdt, [.trades, .ticker])
    harness.frame(stream, #"{"stream":"btcusdt@aggTrade","data":{"s":"BTCUSDT","a":5,"p":"1","q":"1","T":1,"m":true}}"#)
    harness.forget()
    harness.frame(stream, "{\"stream\":")
    #expect(harness.gaps.map(\.instrument) == [btcusdt])
    #expect(
      harness.states.filter { $0.state == .down }.map(\.channels) == [.trades])
    harness.forget()
    // The next trade that can be read says that they come again.
    harness.frame(stream, #"{"stream":"btcusdt@aggTrade","data":{"s":"BTCUSDT","a":6,"p":"1","q":"1","T":1,"m":true}}"#)
    #expect(harness.states.map(\.state) == [.live] && harness.trades.map(\.id) == ["6"])
  }

  @Test func aTickerThatCannotBeReadTakesTheChannelDownAndTheBookStays() throws {
    let harness = try startedConnector()
    let stream = harness.liveBook()
    _ = harness.subscribe(btcusdt, .ticker)
    let good = #"{"stream":"btcusdt@bookTicker","data":{"u":4,"s":"BTCUSDT","b":"1","B":"1","a":"2","A":"1"}}"#
    harness.frame(stream, good)
    harness.forget()
    for text in [#""b":"1.001","B":"1""#, #""b":"x","B":"1""#, #""b":"1""#] {
      let frame = #"{"stream":"btcusdt@bookTicker","data":{"u":5,"s":"BTCUSDT","# + text + #","a":"2","A":"1"}}"#
      #expect(harness.frame(stream, frame) == .parse)
    }
    #expect(harness.states.map(\.state) == [.down] && harness.gaps.isEmpty && harness.tickers.isEmpty)
  }

  @Test func aBookThatIsLostAgainAndAgainIsAskedForLaterEachTime() throws {
    let harness = try startedConnector()
    let stream = harness.liveBook()
    var waits: [Int64] = []
    var last: UInt64 = 160
    for _ in 0..<12 {
      harness.frame(stream, depth(last + 1, last + 1, bids: #"[["100.001","1"]]"#))
      if harness.snapshotRequest == nil, let timer = harness.timers.last {
        waits.append(timer.due - harness.now)
        harness.run(for: timer.due - harness.now)
      }
      last += 10
      harness.reply(try #require(harness.snapshotRequest), snapshot(last))
      harness.forget()
    }
    #expect(waits == (0..<11).map { min(60_000_000_000, 250_000_000 << Int64($0)) })
    // After a while in order, a loss is a first one again.
    harness.run(for: LossPace.forgotten + LossPace.most)
    harness.frame(stream, depth(last + 1, last + 1, bids: #"[["100.001","1"]]"#))
    #expect(harness.snapshotRequest != nil)
  }

  @Test func aSnapshotThatCannotBeReadLeavesTheBookNotReadyWithAReason() throws {
    let harness = try startedConnector()
    let (_, request) = harness.subscribe(btcusdt, .book)
    harness.confirm(request)
    harness.reply(try #require(harness.snapshotRequest), #"{"lastUpdateId":5,"bids":[["1.001","1"]],"asks":[]}"#)
    #expect(harness.gaps.map(\.reason) == [.malformed] && harness.books.isEmpty)
  }

  @Test(arguments: [
    (#""b":"0.00000000","B":"0.00000000""#, PB_TICKER_NO_BID), (#""b":"0","B":"5""#, PB_TICKER_NO_BID),
    (#""b":"1","B":"0""#, PB_TICKER_NO_BID), (#""b":null,"B":null"#, PB_TICKER_NO_BID),
    (#""b":"","B":"""#, PB_TICKER_NO_BID),
    (#""b":"1","B":"1""#, PB_TICKER_BID),
  ])
  func anEmptySideIsNotAPrice(_ bid: String, _ bit: Int) throws {
    let harness = try startedConnector()
    _ = harness.subscribe(btcusdt, .ticker)
    harness.frame(1, #"{"stream":"btcusdt@bookTicker","data":{"u":4,"s":"BTCUSDT","# + bid + #","a":"2","A":"1"}}"#)
    let ticker = try #require(harness.tickers.last)
    #expect(ticker.present == UInt64(bit | PB_TICKER_ASK) && ticker.ask_price == 200)
    #expect(bit == PB_TICKER_BID || ticker.bid_price == 0 && ticker.bid_quantity == 0)
  }
}
