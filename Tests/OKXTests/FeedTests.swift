import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import OKXConnector

@Suite struct FeedTests {
  @Test func instrumentsCarryTheirRulesAndOneOddEntryIsLeftOut() throws {
    let harness = try ConnectorHarness(OKXSpot.self, config: "{}")
    harness.start()
    try list(harness, tick: "0.1")
    let (first, second) = (harness.instruments[0], harness.instruments[1])
    #expect(first.symbol == "BTC-USDT" && first.fields.price_exp == -1 && first.fields.quantity_exp == -8)
    #expect(first.fields.state == InstrumentState.trading.rawValue)
    #expect(first.fields.max_quantity.value == nil, "zero is no rule")
    #expect(second.fields.state == InstrumentState.halted.rawValue)
    #expect(harness.logs.contains { $0.hasPrefix("1 instruments could not be read") })
  }

  @Test func oneMessageAsksForAllChannelsAndEachIsAnswered() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book, .trades, .ticker])
    let message = try #require(harness.requests.last)
    #expect(message.body.contains(#""op":"subscribe""#))
    #expect(message.body.contains(#"{"channel":"tickers","instId":"BTC-USDT"}"#))
    for channel in ["books", "trades"] {
      harness.frame(stream, #"{"event":"subscribe","arg":{"channel":"\#(channel)","instId":"BTC-USDT"},"connId":"a"}"#)
    }
    #expect(harness.states.filter { $0.state == .live }.map(\.channels) == [.book, .trades])
    #expect(harness.replies.isEmpty)
    harness.frame(stream, #"{"event":"subscribe","arg":{"channel":"tickers","instId":"BTC-USDT"},"connId":"a"}"#)
    #expect(harness.replies.map(\.outcome) == [.done])
  }

  @Test func aRefusedSubscriptionEndsItsCommand() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.trades])
    let id = try #require(harness.requests.last).id
    harness.frame(stream, #"{"id":"\#(id)","event":"error","code":"60018","msg":"Wrong URL or no such channel"}"#)
    #expect(harness.replies.map(\.failure) == [.unknownInstrument])
    #expect(harness.states.last?.state == .rejected)
  }

  @Test func aSubscriptionThatIsNeverAnsweredIsAskedForOnANewStream() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.trades])
    harness.run(for: 11_000_000_000)
    #expect(harness.closes == [stream] && harness.opens.count == 2)
  }

  @Test func theStreamIsKeptAlive() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.trades])
    harness.frame(stream, #"{"event":"subscribe","arg":{"channel":"trades","instId":"BTC-USDT"}}"#)
    harness.forget()
    harness.run(for: 61_000_000_000)
    #expect(harness.requests.filter { $0.body == "ping" && $0.stream == stream }.count == 3)
    #expect(harness.frame(stream, "pong") == .ok)
  }

  @Test func aBookFollowsItsNumbersAndAGapBringsANewSubscription() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book])
    harness.frame(stream, snapshot(10))
    harness.frame(stream, book("update", 15, after: 10, bids: #"["50000","3","0","1"]"#, asks: ""))
    // A keep-alive repeats the number.
    harness.frame(stream, book("update", 15, after: 15, bids: "", asks: ""))
    #expect(harness.books.map(\.last) == [10, 15, 15] && harness.gaps.isEmpty)
    harness.forget()
    harness.frame(stream, book("update", 21, after: 20, bids: #"["49999","3","0","1"]"#, asks: ""))
    #expect(harness.gaps.map(\.got) == [20] && harness.books.isEmpty)
    let leave = try #require(harness.requests.last)
    #expect(leave.body.contains("unsubscribe"))
    harness.sent(leave.id)
    #expect(harness.requests.last?.id == leave.id, "the old subscription ends before the new one begins")
    harness.frame(stream, snapshot(25))
    #expect(harness.books.isEmpty, "nothing would follow a snapshot of the subscription that ends")
    harness.frame(stream, #"{"event":"unsubscribe","arg":{"channel":"books","instId":"BTC-USDT"},"connId":"a"}"#)
    let join = try #require(harness.requests.last)
    #expect(join.body.contains(#""op":"subscribe""#))
    harness.sent(join.id)
    harness.frame(stream, snapshot(30))
    harness.frame(stream, book("update", 31, after: 30, bids: #"["50000","4","0","1"]"#, asks: ""))
    #expect(harness.books.map(\.last) == [30, 31])
  }

  @Test func aBookIsAskedForWhenTheStreamBringsNone() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book])
    harness.frame(stream, #"{"event":"subscribe","arg":{"channel":"books","instId":"BTC-USDT"}}"#)
    harness.frame(stream, book("update", 15, after: 10, bids: #"["50000","3","0","1"]"#, asks: ""))
    harness.frame(stream, book("update", 18, after: 15, bids: #"["49999","1","0","1"]"#, asks: ""))
    #expect(harness.books.isEmpty)
    harness.run(for: 11_000_000_000)
    let request = try #require(harness.requests.last { $0.url.contains("/market/books") })
    #expect(request.url == "https://www.okx.com/api/v5/market/books?instId=BTC-USDT&sz=400")
    harness.sent(request.id)
    // The book lies within the first update that waits.
    let body =
      """
      {"code":"0","msg":"","data":[{"asks":[["50001","2","0","1"]],"bids":[["50000","1","0","1"]],"ts":"1",
      "seqId":12}]}
      """
    #expect(harness.reply(request.id, body) == .ok)
    #expect(harness.books.map(\.last) == [12, 15, 18] && harness.gaps.isEmpty)
  }

  /// The new subscription is lost on its way: a book that was asked for beside it would stand still and look whole.
  @Test func aBookIsNotAskedForBesideAStreamThatIsSilent() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book])
    harness.frame(stream, #"{"event":"subscribe","arg":{"channel":"books","instId":"BTC-USDT"}}"#)
    harness.frame(stream, snapshot(10))
    harness.frame(stream, book("update", 15, after: 12, bids: #"["50000","3","0","1"]"#, asks: ""))
    let leave = try #require(harness.requests.last { $0.body.contains(#""op":"unsubscribe""#) })
    harness.sent(leave.id)
    harness.frame(stream, book("update", 18, after: 15, bids: #"["49999","1","0","1"]"#, asks: ""))
    harness.frame(stream, #"{"event":"unsubscribe","arg":{"channel":"books","instId":"BTC-USDT"},"connId":"a"}"#)
    let join = try #require(harness.requests.last { $0.body.contains(#""op":"subscribe""#) })
    harness.sent(join.id)
    harness.run(for: 11_000_000_000)
    #expect(!harness.requests.contains { $0.url.contains("/market/books") })
    let again = try #require(harness.requests.last)
    #expect(again.id != join.id && again.body.contains(#""op":"unsubscribe""#), "it is subscribed to anew")
  }

  /// The exchange ends the old subscription, and its answer is lost: what was under way proves nothing.
  @Test func aBookIsNotAskedForBesideASubscriptionWhoseEndIsInDoubt() throws {
    let (harness, stream) = try renewing()
    harness.frame(stream, book("update", 18, after: 15, bids: #"["49999","1","0","1"]"#, asks: ""))
    harness.run(for: 11_000_000_000)
    #expect(!harness.requests.contains { $0.url.contains("/market/books") })
    #expect(harness.requests.last?.body.contains(#""op":"unsubscribe""#) == true, "it is asked for again")
  }

  /// Updates come for long after the message that ends the subscription, so the book is asked for beside them; then the
  /// exchange ends it after all.
  @Test func aBookIsLostWhenItsOldSubscriptionEndsLate() throws {
    let (harness, stream) = try renewing()
    harness.run(for: 6_000_000_000)
    harness.frame(stream, book("update", 18, after: 15, bids: #"["49999","1","0","1"]"#, asks: ""))
    harness.run(for: 5_000_000_000)
    let request = try #require(harness.requests.last { $0.url.contains("/market/books") })
    harness.sent(request.id)
    let body =
      """
      {"code":"0","msg":"","data":[{"asks":[["50001","2","0","1"]],"bids":[["50000","1","0","1"]],"ts":"1",
      "seqId":16}]}
      """
    #expect(harness.reply(request.id, body) == .ok)
    #expect(harness.books.map(\.last) == [16, 18])
    harness.forget()
    harness.frame(stream, #"{"event":"unsubscribe","arg":{"channel":"books","instId":"BTC-USDT"},"connId":"a"}"#)
    #expect(harness.gaps.count == 1, "nothing follows it any more")
    let join = try #require(harness.requests.last)
    #expect(join.body.contains(#""op":"subscribe""#))
    harness.sent(join.id)
    harness.frame(stream, snapshot(30))
    #expect(harness.books.map(\.last) == [30])
  }

  /// A book whose subscription is being given up, behind a gap.
  private func renewing() throws -> (ConnectorHarness, pb_id) {
    let harness = try ready()
    let stream = try subscribed(harness, [.book])
    harness.frame(stream, #"{"event":"subscribe","arg":{"channel":"books","instId":"BTC-USDT"}}"#)
    harness.frame(stream, snapshot(10))
    harness.frame(stream, book("update", 15, after: 12, bids: #"["50000","3","0","1"]"#, asks: ""))
    let leave = try #require(harness.requests.last { $0.body.contains(#""op":"unsubscribe""#) })
    harness.sent(leave.id)
    harness.forget()
    return (harness, stream)
  }

  @Test(arguments: [
    book("update", 11, after: 10, bids: "", asks: #"["50001","x"]"#),
    book("update", 11, after: 10, bids: "", asks: #"["50001.05","1"]"#),
    #"{"arg":{"channel":"books","instId":"BTC-USDT"},"action":"update","data":[{"asks":[]"#,
  ])
  func anUpdateThatCannotBeReadLosesItsBook(_ frame: String) throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book])
    harness.frame(stream, snapshot(10))
    #expect(harness.frame(stream, frame) == .parse)
    #expect(harness.gaps.map(\.reason) == [.malformed])
  }

  @Test func aFinerTickIsAnotherInstrument() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book])
    harness.frame(stream, snapshot(10))
    harness.forget()
    try list(harness, tick: "0.01")
    #expect(harness.gaps.count == 1 && harness.states.contains { $0.state == .ended })
    #expect(harness.instruments.map { $0.fields.instrument } == [3, 2])
    #expect(harness.instruments[0].fields.price_exp == -2)
  }

  @Test func aTickerSaysWhichSidesAreEmpty() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.ticker])
    func ticker(_ bid: String, _ last: String) -> String {
      """
      {"arg":{"channel":"tickers","instId":"BTC-USDT"},"data":[{"instType":"SPOT","instId":"BTC-USDT","last":\(last),
      "lastSz":"0.1","askPx":"50001.5","askSz":"2","bidPx":\(bid),"bidSz":"1","open24h":"49000","high24h":"51000",
      "low24h":"48000","ts":"1764288000000"}]}
      """
    }
    #expect(harness.frame(stream, ticker("\"50000\"", "\"50000.1\"")) == .ok)
    #expect(harness.frame(stream, ticker("\"\"", "\"\"")) == .ok)
    let (whole, half) = (harness.tickers[0], harness.tickers[1])
    #expect(whole.present == UInt64(PB_TICKER_BID | PB_TICKER_ASK | PB_TICKER_LAST | PB_TICKER_DAY))
    #expect((whole.last_price, whole.open_price, whole.ask_quantity) == (500_001, 490_000, 200_000_000))
    #expect(half.present == UInt64(PB_TICKER_NO_BID | PB_TICKER_ASK | PB_TICKER_DAY))
    #expect(harness.frame(stream, ticker("\"five\"", "\"1\"")) == .parse)
    #expect(harness.states.last?.state == .down, "what it said until now may be out of date")
  }

  @Test func anInstrumentThatIsNoLongerListedIsClosed() throws {
    let harness = try ready()
    harness.command(.instruments)
    harness.reply(
      try #require(harness.requests.last).id,
      #"""
      {"code":"0","msg":"","data":[{"instId":"BTC-USDT","baseCcy":"BTC","quoteCcy":"USDT","tickSz":"0.1",
      "lotSz":"0.00000001","minSz":"0.00001","maxLmtSz":"0","state":"live"}]}
      """#)
    #expect(harness.instruments.map(\.fields.state) == [InstrumentState.trading, .closed].map(\.rawValue))
  }
}
