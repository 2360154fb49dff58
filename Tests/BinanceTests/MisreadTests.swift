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
    #"{"stream":"btcusdt@depth@100ms"}"#, #"{"stream":"btcusdt@depth@100ms","data":null}"#,
    #"{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","U":161,"u":170,"b":[],"a":[]}}"#,
    #"{"stream":"btcusdt@depth@100ms","data":{"s":"btcusdt","U":161,"u":170,"b":[],"a":[]}}"#,
    #"{"stream":"btcusdt@depth@100ms","data":{"s":7,"U":161,"u":170,"b":[],"a":[]}}"#,
    #"{"stream":"btcusdt@depth@100ms","data":[{"s":"BTCUSDT","U":161,"u":170,"b":[],"a":[]}]}"#,
    depth(161, 170, bids: #"[["100.01","-1e30"]]"#), depth(161, 170, bids: #"[["1e400","1"]]"#),
    depth(161, 170, bids: #"[["100.01","1"],["100.0"#),
    #"{"stream":"btcusdt@depth@100ms","data":{"a":[],"s":"BTCUSDT","U":161,"u":170,"b":[],"a":[["100.03","1"]]}}"#,
    #"{"stream":"btcusdt@depth@100ms","data":{"s":"BTCUSDT","U":161,"u":170,"b":[["1","1"]],"b":[],"a":[]}}"#,
    #"{"stream":"btcusdt@depth@100ms","data":{"s":"BTCUSDT","U":161,"u":170,"b":[["1","1"]],"s":"ETHBTC","a":[]}}"#,
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

  /// Why there is no book is said until there is one.
  @Test func aSnapshotThatIsRefusedIsToldUntilItComes() throws {
    let harness = try startedConnector()
    let (_, request) = harness.subscribe(btcusdt, .book)
    harness.confirm(request, on: harness.opens[0].stream)
    let first = try #require(harness.snapshotRequest)
    harness.forget()
    harness.reply(first, status: 503, "<html>")
    #expect(harness.states.map(\.state) == [.down] && harness.states.map(\.instrument) == [btcusdt])
    harness.forget()
    harness.run(for: 1_000_000_000)
    harness.reply(try #require(harness.snapshotRequest), snapshot(150))
    #expect(harness.states.map(\.state) == [.live] && harness.books.count == 1)
  }

  /// On a quiet market no number would show for long that the snapshot under way is the older one.
  @Test func aSnapshotUnderWayIsAskedForAnewWhenAnUpdateCannotBeRead() throws {
    let harness = try startedConnector()
    let (_, request) = harness.subscribe(btcusdt, .book)
    let stream = harness.opens[0].stream
    harness.confirm(request, on: stream)
    let first = try #require(harness.snapshotRequest)
    harness.frame(stream, depth(161, 170, bids: #"[["100.001","1"]]"#))
    let second = try #require(harness.snapshotRequest)
    #expect(second != first && harness.gaps.isEmpty)
    harness.reply(first, snapshot(160))
    #expect(harness.books.isEmpty)
    // What cannot be read again and again is not asked for in a loop.
    harness.forget()
    harness.frame(stream, depth(171, 172, bids: #"[["100.001","1"]]"#))
    harness.frame(stream, depth(173, 174, bids: #"[["100.001","1"]]"#))
    #expect(harness.snapshotRequest == nil)
    harness.run(for: LossPace.first)
    harness.reply(try #require(harness.snapshotRequest), snapshot(175))
    #expect(harness.books.map(\.last) == [175])
  }

  @Test func aStreamOfAnotherSymbolLosesNothing() throws {
    let harness = try startedConnector()
    let stream = harness.liveBook()
    harness.frame(stream, #"{"stream":"nonesuch@depth@100ms","data":{"s":"NONESUCH","U":1,"u":2,"b":[],"a":[]}}"#)
    harness.frame(stream, #"{"stream":"nonesuch@depth@100ms","data":{"U":1,"u":2,"b":[],"a":[]}}"#)
    #expect(harness.gaps.isEmpty)
  }

  @Test func whatWasNotNamedLosesAllOfTheStreamAndNothingElse() throws {
    let harness = try startedConnector()
    let stream = harness.liveBook()
    _ = harness.subscribe(btcusdt, [.trades, .ticker])
    harness.frame(stream, #"{"stream":"btcusdt@aggTrade","data":{"s":"BTCUSDT","a":5,"p":"1","q":"1","T":1,"m":true}}"#)
    harness.forget()
    harness.frame(stream, "{\"stream\":")
    #expect(harness.gaps.map(\.instrument) == [btcusdt])
    // A trade that is lost does not come back: the channel says so, and goes on.
    #expect(harness.states.filter { $0.channels == .trades }.map(\.state) == [.down, .live])
    harness.forget()
    harness.frame(stream, #"{"stream":"btcusdt@aggTrade","data":{"s":"BTCUSDT","a":6,"p":"1","q":"1","T":1,"m":true}}"#)
    #expect(harness.states.isEmpty && harness.trades.map(\.id) == ["6"])
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
