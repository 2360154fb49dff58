import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import BinanceConnector

/// Connections, subscriptions and the life of a book.
struct StreamTests {
  private let second: Int64 = 1_000_000_000

  @Test func aSubscriptionIsDoneWhenItIsConfirmed() throws {
    let harness = try startedConnector()
    let (command, request) = harness.subscribe(btcusdt, [.book, .trades, .ticker])
    #expect(harness.opens.map(\.url) == ["wss://stream.binance.com:9443/stream"])
    #expect(
      harness.frames == [
        #"{"method":"SUBSCRIBE","params":["btcusdt@depth@100ms","btcusdt@aggTrade","btcusdt@bookTicker"],"#
          + #""id":\#(request)}"#
      ])
    #expect(harness.replies.isEmpty && harness.snapshotRequest == nil)
    harness.confirm(request, on: harness.opens[0].stream)
    #expect(harness.requests.last?.url == "https://api.binance.com/api/v3/depth?symbol=BTCUSDT&limit=5000")
    #expect(harness.requests.last?.charges == [1: 250, 2: 1])
    #expect(harness.refusal(command) == nil)
    #expect(harness.states.map(\.state) == [.live, .live, .live])
  }

  @Test func aRejectedSubscriptionIsRefused() throws {
    for error in [
      #""error":{"code":2,"msg":"Invalid request"}"#, #""error":{"msg":"no code"}"#, #""code":2,"msg":"flat""#,
    ] {
      let harness = try startedConnector()
      let (command, request) = harness.subscribe(btcusdt, [.book, .trades])
      let stream = harness.opens[0].stream
      harness.frame(stream, "{\(error),\"id\":\(request)}")
      // Which of the two is to blame is found by asking for each.
      #expect(harness.replies(command).isEmpty && harness.states.isEmpty)
      var asked: Set<pb_id> = [request]
      for _ in 0..<2 {
        harness.run(for: second)
        let alone = try #require(harness.requests.last { $0.stream == stream && !asked.contains($0.id) }).id
        asked.insert(alone)
        harness.frame(stream, "{\(error),\"id\":\(alone)}")
      }
      #expect(harness.refusal(command) == .other, "\(error)")
      #expect(harness.states.map(\.state) == [.rejected, .rejected])
      // It can be asked for again.
      harness.run(for: second)
      harness.forget()
      let again = harness.command(.subscribe) {
        $0.instrument = btcusdt
        $0.channel = Channels.trades.rawValue
      }
      try #require(harness.frames.count == 1)
      harness.frame(1, #"{"id":\#(harness.requests[0].id),"result":null}"#)
      #expect(harness.refusal(again) == nil)
    }
  }

  @Test func aChannelThatIsNotOfferedIsRefused() throws {
    let harness = try startedConnector()
    let (command, _) = harness.subscribe(btcusdt, .mark)
    #expect(harness.refusal(command) == .unsupported)
  }

  @Test func subscriptionsThatComeCloseTogetherShareAMessage() throws {
    let harness = try startedConnector()
    _ = harness.subscribe(btcusdt, .trades)
    #expect(harness.frames.count == 1)
    for (instrument, channel) in [(ethbtc, Channels.trades), (btcusdt, .ticker), (ethbtc, .ticker)] {
      harness.command(.subscribe) {
        $0.instrument = instrument
        $0.channel = channel.rawValue
      }
    }
    #expect(harness.frames.count == 1)
    harness.run(for: second / 4)
    try #require(harness.frames.count == 2)
    #expect(harness.frames[1].contains(#"["ethbtc@aggTrade","btcusdt@bookTicker","ethbtc@bookTicker"]"#))
    #expect(harness.opens.count == 1)
  }

  @Test func aSubscriptionThatDidNotLeaveIsSentAgain() throws {
    let harness = try startedConnector()
    let (command, request) = harness.subscribe(btcusdt, .trades)
    harness.sent(request, refusal: PB_REFUSAL_EXPIRED, reason: "late")
    harness.run(for: second)
    try #require(harness.frames.count == 2)
    #expect(harness.frames[1].contains("btcusdt@aggTrade"))
    harness.frame(1, #"{"result":null,"id":\#(harness.requests[1].id)}"#)
    #expect(harness.refusal(command) == nil)
  }

  @Test func aSubscriptionThatIsNotHeardIsAskedForOnANewStream() throws {
    let harness = try startedConnector()
    let (_, unheard) = harness.subscribe(btcusdt, .book)
    harness.sent(unheard)
    harness.command(.subscribe) {
      $0.instrument = ethbtc
      $0.channel = Channels.trades.rawValue
    }
    harness.run(for: second)
    let heard = try #require(harness.requests.last { $0.stream != 0 }).id
    harness.sent(heard)
    harness.frame(1, #"{"result":null,"id":\#(heard)}"#)
    #expect(harness.snapshotRequest == nil, "a book from a snapshot would stand still")
    harness.run(for: 8 * second)
    #expect(harness.closes.isEmpty)
    harness.run(for: 2 * second)
    #expect(harness.closes == [1])
    #expect(harness.gaps.isEmpty && harness.books.isEmpty)
    try #require(harness.opens.count == 2)
    harness.opened(harness.opens[1].stream)
    #expect(try #require(harness.frames.last).contains(#"["btcusdt@depth@100ms","ethbtc@aggTrade"]"#))
  }

  @Test func dataStandsForAnAnswer() throws {
    let harness = try startedConnector()
    let (_, request) = harness.subscribe(btcusdt, [.trades, .ticker])
    harness.sent(request)
    harness.frame(1, trade)
    harness.run(for: 600 * second)
    #expect(harness.closes.isEmpty && harness.opens.count == 1)
  }

  @Test func aStreamOnWhichNothingIsHeardIsOpenedAnew() throws {
    let harness = try startedConnector()
    let (_, request) = harness.subscribe(btcusdt, .book)
    harness.sent(request)
    harness.run(for: 9 * second)
    #expect(harness.closes.isEmpty)
    harness.run(for: 2 * second)
    #expect(harness.closes == [1] && harness.opens.count == 2)
  }

  @Test func whatIsGivenUpIsSilentAndCanComeBack() throws {
    let harness = try startedConnector()
    let (_, request) = harness.subscribe(btcusdt, .trades)
    harness.sent(request)
    harness.frame(1, trade)
    #expect(harness.trades.count == 1)
    let gone = harness.unsubscribe(btcusdt, .trades)
    #expect(harness.refusal(gone) == nil)
    #expect(harness.states.last?.state == .ended)
    // A trade that was under way is not given, and does not spoil the next subscription.
    harness.frame(1, trade)
    #expect(harness.trades.count == 1)
    harness.forget()
    let again = harness.command(.subscribe) {
      $0.instrument = btcusdt
      $0.channel = Channels.trades.rawValue
    }
    harness.run(for: second)
    // Given up first, then asked for: the other way round it would stay away.
    try #require(harness.frames.map { $0.contains("UNSUBSCRIBE") } == [true, false])
    harness.frame(1, #"{"result":null,"id":\#(harness.requests[1].id)}"#)
    #expect(harness.refusal(again) == nil && harness.states.last?.state == .live)
    harness.frame(1, trade)
    #expect(harness.trades.count == 1)
  }

  @Test func aBookComesFromSnapshotAndUpdates() throws {
    let harness = try startedConnector()
    let (_, request) = harness.subscribe(btcusdt, .book, depth: 50)
    harness.confirm(request)
    #expect(harness.requests.last?.url.hasSuffix("limit=1000") == true)
    for (first, last) in [(131, 140), (141, 150), (151, 160), (161, 161)] as [(UInt64, UInt64)] {
      harness.frame(1, depth(first, last))
    }
    #expect(harness.books.isEmpty)
    harness.reply(harness.snapshotRequest ?? 0, snapshot(145))
    harness.frame(1, depth(162, 170))
    #expect(harness.books.map(\.isSnapshot) == [true, false, false, false, false])
    #expect(harness.books.map(\.last) == [145, 150, 160, 161, 170])
    #expect(harness.books[0].bids == [[10000, 1500], [9999, 3000]] && harness.books[0].asks == [[10002, 10]])
    #expect(harness.books[1].bids == [[10001, 2000]] && harness.books[1].asks == [[10003, 0]])
    #expect(harness.books[1].time == 1_700_000_000_123_000_000 && harness.books[1].first == 141)
    #expect(harness.gaps.isEmpty && harness.faults.isEmpty)
  }

  /// The first update may come before the confirmation, or stand for it.
  @Test func anUpdateThatConfirmsTheSubscriptionIsWhole() throws {
    let harness = try startedConnector()
    let (command, request) = harness.subscribe(btcusdt, .book)
    harness.sent(request)
    harness.frame(1, depth(151, 160))
    harness.reply(try #require(harness.snapshotRequest), snapshot(150))
    #expect(harness.faults.isEmpty)
    #expect(harness.books.map(\.last) == [150, 160])
    #expect(harness.books.last?.bids == [[10001, 2000]])
    #expect(harness.refusal(command) == nil)
  }

  /// Where the market is quiet no update shows that a subscription was lost, or came to the venue behind the snapshot.
  @Test func aSnapshotIsNotAskedForBeforeTheStreamHasSpoken() throws {
    let harness = try startedConnector()
    let (_, request) = harness.subscribe(btcusdt, .book)
    harness.sent(request)
    harness.run(for: 9 * second)
    #expect(harness.snapshotRequest == nil && harness.books.isEmpty)
    harness.frame(1, #"{"result":null,"id":\#(request)}"#)
    harness.reply(try #require(harness.snapshotRequest), snapshot(150))
    #expect(harness.books.map(\.last) == [150], "the answer is proof enough where no update comes")
  }

  @Test func aSnapshotOlderThanTheQueueIsAskedForAgain() throws {
    let harness = try startedConnector()
    let (_, request) = harness.subscribe(btcusdt, .book)
    harness.sent(request)
    harness.frame(1, depth(200, 210))
    harness.reply(harness.snapshotRequest ?? 0, snapshot(150))
    #expect(harness.books.isEmpty)
    let first = harness.snapshotRequest
    harness.run(for: second)
    #expect(harness.snapshotRequest != first)
    harness.reply(harness.snapshotRequest ?? 0, snapshot(205))
    #expect(harness.books.map(\.last) == [205, 210])
  }

  @Test func snapshotsThatFailAreRetriedEverMoreSlowly() throws {
    let harness = try startedConnector()
    let (_, request) = harness.subscribe(btcusdt, .book)
    harness.confirm(request)
    var waits: [Int64] = []
    for body in [snapshot(0), "", #"{"lastUpdateId":5}"#, #"{"lastUpdateId":5,"bids":[["1","1"]]}"#] {
      harness.reply(harness.snapshotRequest ?? 0, status: 200, body)
      let due = try #require(harness.timers.map(\.due).min())
      waits.append(due - harness.now)
      harness.run(for: due - harness.now)
    }
    #expect(waits == [second / 4, second / 4, second / 2, second])
    harness.reply(harness.snapshotRequest ?? 0, status: 429, "{}", headers: [("retry-after", "30")])
    #expect(harness.timers.contains { $0.due - harness.now == 30 * second })
    #expect(harness.books.isEmpty)
  }

  @Test func aGapStartsTheBookAnew() throws {
    let harness = try startedConnector()
    let stream = harness.liveBook()
    harness.frame(stream, depth(162, 170))
    #expect(harness.gaps.map(\.reason) == [.sequence])
    #expect(harness.gaps.map(\.expected) == [161] && harness.gaps.map(\.got) == [162])
    #expect(harness.books.isEmpty)
    harness.frame(stream, depth(171, 180))
    harness.reply(harness.snapshotRequest ?? 0, snapshot(165))
    #expect(harness.books.map(\.last) == [165, 170, 180])
  }

  /// A hole among the updates that wait: what follows it waits for the next snapshot and is not lost.
  @Test func aGapInTheQueueKeepsWhatFollows() throws {
    let harness = try startedConnector()
    let (_, request) = harness.subscribe(btcusdt, .book)
    harness.sent(request)
    for (first, last) in [(141, 150), (161, 170), (171, 180)] as [(UInt64, UInt64)] {
      harness.frame(1, depth(first, last))
    }
    harness.reply(harness.snapshotRequest ?? 0, snapshot(145))
    #expect(harness.books.map(\.last) == [145, 150])
    #expect(harness.gaps.map(\.got) == [161])
    harness.reply(harness.snapshotRequest ?? 0, snapshot(165))
    harness.frame(1, depth(181, 190))
    #expect(harness.books.map(\.last) == [145, 150, 165, 170, 180, 190])
  }

  @Test func anUpdateComeTwiceIsDropped() throws {
    let harness = try startedConnector()
    let stream = harness.liveBook()
    for _ in 0..<2 { harness.frame(stream, depth(161, 170)) }
    #expect(harness.books.map(\.last) == [170] && harness.gaps.isEmpty)
  }

  @Test func resyncBuildsTheBookAgain() throws {
    let harness = try startedConnector()
    _ = harness.liveBook()
    let command = harness.command(.resync) { $0.instrument = btcusdt }
    #expect(harness.refusal(command) == nil)
    #expect(harness.gaps.map(\.reason) == [.command])
    harness.reply(harness.snapshotRequest ?? 0, snapshot(170))
    #expect(harness.books.map(\.last) == [170])
    let other = harness.command(.resync) { $0.instrument = ethbtc }
    #expect(harness.refusal(other) == .other)
  }

  @Test func aBookGivenUpNeedsNoSnapshot() throws {
    let harness = try startedConnector()
    let (command, request) = harness.subscribe(btcusdt, .book)
    harness.confirm(request)
    let snapshotRequest = try #require(harness.snapshotRequest)
    _ = harness.unsubscribe(btcusdt, .book)
    #expect(harness.aborts == [snapshotRequest])
    #expect(harness.replies(command).map(\.outcome) == [.done])
    harness.frame(1, depth(151, 160))
    #expect(harness.reply(snapshotRequest, snapshot(150)) == .state)
    #expect(harness.books.isEmpty && harness.faults.isEmpty)
  }

  private var trade: String {
    #"{"stream":"btcusdt@aggTrade","data":{"s":"BTCUSDT","a":5,"p":"100.5","q":"0.25","T":1700000000123,"m":true}}"#
  }
}
