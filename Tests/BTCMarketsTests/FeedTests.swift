import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import BTCMarketsConnector

@Suite struct FeedTests {
  /// The exchange's own example: the sum is over values, so that `3.20` counts as `3.2`.
  private let snapshot = book(
    #""snapshot":true,"#, 1_578_512_833_978_000,
    bids: #"["99.57","0.55",1],["97.62","3.20",2],["97.07","0.9",1],["96.7","1.9",1],["95.8","7.0",1]"#,
    asks: #"["100","3.79",3],["101","6.32",2]"#, checksum: nil)
  private func update(_ bids: String = #"["99.81","1.2",1],["95.8","0",0]"#) -> String {
    book(
      "", 1_578_512_844_045_000, bids: bids, asks: #"["100","3.2",2]"#, checksum: "2513007604")
  }

  @Test func aChangeIsProvedByTheSumOverValues() throws {
    let harness = try ready()
    let stream = try subscribed(harness, .book)
    harness.frame(stream, snapshot)
    harness.frame(stream, update())
    #expect(harness.gaps.isEmpty && harness.faults.isEmpty)
    #expect(harness.books.map(\.isSnapshot) == [true, false])
    #expect(harness.books.map(\.last) == [1_578_512_833_978_000, 1_578_512_844_045_000])
  }

  @Test func aLostChangeIsNoticedAndOnlyThatBookIsAskedForAgain() throws {
    let harness = try ready()
    let stream = try subscribed(harness, .book)
    harness.frame(stream, heartbeat("orderbookUpdate", #""LTC-AUD""#))
    harness.frame(stream, snapshot)
    harness.forget()
    harness.frame(stream, update(#"["95.8","0",0]"#))
    #expect(harness.gaps.map(\.reason) == [.checksum] && harness.books.isEmpty)
    let gone = try #require(harness.requests.last)
    #expect(gone.body.contains("removeSubscription") && gone.body.contains("LTC-AUD"))
    harness.sent(gone.id)
    harness.frame(stream, heartbeat("trade", #""LTC-AUD""#))
    let again = try #require(harness.requests.last)
    #expect(again.id != gone.id && again.body.contains("addSubscription"))
    harness.sent(again.id)
    harness.frame(stream, snapshot)
    #expect(harness.books.map(\.isSnapshot) == [true] && harness.closes.isEmpty)
  }

  @Test func aSnapshotThatHasASumIsHeldToIt() throws {
    let harness = try ready()
    let stream = try subscribed(harness, .book)
    let wrong = book(
      #""snapshot":true,"#, 1, bids: #"["99.57","0.55",1]"#, asks: #"["100","3.79",3]"#, checksum: "1")
    harness.frame(stream, wrong)
    #expect(harness.books.isEmpty && harness.gaps.map(\.reason) == [.checksum])
  }

  @Test func theFirstMessageSubscribesAndFurtherOnesAdd() throws {
    let harness = try ready()
    let command = harness.command(.subscribe) {
      ($0.instrument, $0.channel) = (2, Channels([.trades, .ticker]).rawValue)
    }
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    #expect(
      harness.requests.map(\.body) == [
        #"{"messageType":"subscribe","channels":["heartbeat"]}"#,
        #"{"messageType":"addSubscription","clientType":"api","channels":["trade"],"marketIds":["LTC-AUD"]}"#,
        #"{"messageType":"addSubscription","clientType":"api","channels":["tick"],"marketIds":["LTC-AUD"]}"#,
      ])
    for request in harness.requests { harness.sent(request.id) }
    harness.frame(stream, heartbeat("trade", #""BTC-AUD""#))
    #expect(harness.states.isEmpty, "that is another market's")
    harness.frame(stream, heartbeat("trade", #""BTC-AUD","LTC-AUD""#))
    #expect(harness.states.map(\.state) == [.live] && harness.replies(command).isEmpty)
    harness.frame(stream, heartbeat("tick", #""LTC-AUD""#))
    #expect(harness.replies(command).map(\.outcome) == [.done])
  }

  @Test func aRefusedSubscriptionSaysWhy() throws {
    let harness = try ready()
    let stream = try subscribed(harness, .trades)
    harness.frame(stream, #"{"messageType":"error","code":2,"message":"invalid marketIds"}"#)
    #expect(harness.states.last?.state == .rejected && harness.closes.isEmpty)
    let reply = try #require(harness.replies.last)
    #expect(reply.failure == .unknownInstrument && reply.text == "invalid marketIds")
  }

  @Test func aSideThatIsNoneSpoilsThatTradeAlone() throws {
    let harness = try ready()
    let stream = try subscribed(harness, .trades)
    func trade(_ side: String) -> String {
      #"{"marketId":"LTC-AUD","timestamp":"2019-04-08T20:54:27.632Z","tradeId":3,"price":"7370.11","#
        + #""volume":"0.10901605","side":"\#(side)","messageType":"trade"}"#
    }
    #expect(harness.frame(stream, trade("Wrong")) == .parse)
    #expect(harness.frame(stream, trade("Ask")) == .ok)
    #expect(harness.trades.count == 1 && harness.closes.isEmpty)
  }

  @Test func tickersAreAskedForByTheNamesOfAllMarkets() throws {
    let harness = try ready()
    let command = harness.command(.tickers)
    let request = try #require(harness.requests.last)
    #expect(request.url == "https://api.btcmarkets.net/v3/markets/tickers?marketId=BTC-AUD&marketId=LTC-AUD")
    harness.reply(
      request.id,
      #"[{"marketId":"BTC-AUD","bestBid":"9000","bestAsk":"9900","lastPrice":"8500","volume24h":"1444.44","#
        + #""price24h":"130","low24h":"12","high24h":"50000","timestamp":"2019-07-31T21:32:08.659000Z"}]"#)
    #expect(harness.tickers.count == 1 && harness.replies(command).map(\.outcome) == [.done])
  }

  @Test func theTimeIsAText() throws {
    let harness = try ready()
    harness.command(.clock)
    harness.reply(try #require(harness.requests.last).id, #"{"timestamp":"2019-09-01T18:34:27.045000Z"}"#)
    #expect(harness.all(PB_EV_CLOCK, pb_clock.self).map(\.fields.venue_ns) == [1_567_362_867_045_000_000])
  }
}
