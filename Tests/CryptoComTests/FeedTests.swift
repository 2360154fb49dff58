import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import CryptoComConnector

@Suite struct FeedTests {
  /// The connector with its book subscribed, and the stream.
  private func subscribed(_ channels: Channels = .book) throws -> (ConnectorHarness, pb_id) {
    let harness = try ready()
    harness.command(.subscribe) { ($0.instrument, $0.channel) = (1, channels.rawValue) }
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    return (harness, stream)
  }

  private func book(_ number: Int) -> String {
    push("book", #"{"bids":[["99.98","3","1"]],"asks":[["100","1","1"]],"t":1,"u":\#(number)}"#)
  }

  private func update(_ number: Int, after last: Int, _ bids: String = #"["99.98","2","1"]"#) -> String {
    push("book.update", #"{"update":{"bids":[\#(bids)],"asks":[]},"t":1,"u":\#(number),"pu":\#(last)}"#)
  }

  /// Limits of a stream are counted by the calendar's second: nothing is said in the first one.
  @Test func nothingIsSaidInAStreamsFirstSecond() throws {
    let (harness, _) = try subscribed()
    harness.run(for: 900_000_000)
    #expect(harness.frames.isEmpty)
    harness.run(for: 200_000_000)
    let frame = try #require(harness.frames.last)
    #expect(frame.body.contains(#""channels":["book.BTC_USDT.50"],"book_subscription_type":"SNAPSHOT_AND_UPDATE""#))
  }

  @Test func aHeartbeatIsAnsweredByItsId() throws {
    let (harness, stream) = try subscribed()
    harness.run(for: 1_100_000_000)
    harness.forget()
    harness.frame(stream, #"{"id":1587523073344,"method":"public/heartbeat","code":0}"#)
    let answer = try #require(harness.frames.last)
    #expect(answer.body == #"{"id":1587523073344,"method":"public/respond-heartbeat"}"#)
    #expect(answer.permission == "feed_heartbeat" && harness.faults.isEmpty)
    harness.frame(stream, #"{"id":"1,\"x\":1","method":"public/heartbeat"}"#)
    #expect(harness.frames.count == 1, "an id that is no number is not repeated")
  }

  /// Each update names the number of the one before; one without changes keeps the channel alive.
  @Test func aBookIsProvedByThePreviousNumber() throws {
    let (harness, stream) = try subscribed()
    harness.run(for: 1_100_000_000)
    harness.frame(stream, book(10))
    harness.frame(stream, update(17, after: 10))
    harness.frame(stream, update(17, after: 17, ""))
    harness.frame(stream, update(30, after: 17))
    #expect(harness.books.map(\.last).last == 30 && harness.gaps.isEmpty)
    harness.forget()
    harness.frame(stream, update(50, after: 40))
    #expect(harness.gaps.map(\.expected) == [30] && harness.gaps.map(\.got) == [40] && harness.books.isEmpty)
    // Only a new subscription brings a new book.
    let frame = try #require(harness.frames.last)
    #expect(frame.body.contains(#""method":"unsubscribe","params":{"channels":["book.BTC_USDT.50"]}"#))
    harness.sent(frame.id)
    harness.frame(stream, #"{"id":\#(frame.id),"method":"unsubscribe","code":0}"#)
    #expect(harness.frames.last?.body.contains(#""method":"subscribe""#) == true)
    harness.frame(stream, book(60))
    #expect(harness.books.map(\.last) == [60])
  }

  /// Of one message the newest trade stands first.
  @Test func tradesAreReportedOldestFirst() throws {
    let (harness, stream) = try subscribed(.trades)
    harness.run(for: 1_100_000_000)
    let trade = { (id: Int) in #"{"d":"\#(id)","t":\#(id),"p":"100","q":"0.5","s":"SELL","i":"BTC_USDT"}"# }
    harness.frame(stream, push("trade", trade(3) + "," + trade(2)))
    #expect(harness.trades.map(\.time) == [2_000_000, 3_000_000])
  }

  @Test func aRefusedChannelIsReported() throws {
    let (harness, stream) = try subscribed(.trades)
    harness.run(for: 1_100_000_000)
    let frame = try #require(harness.frames.last)
    harness.sent(frame.id)
    harness.frame(
      stream, #"{"id":\#(frame.id),"method":"subscribe","code":40004,"message":"MISSING_OR_INVALID_ARGUMENT"}"#)
    #expect(harness.states.last?.state == .rejected)
    #expect(harness.states.last?.text == "MISSING_OR_INVALID_ARGUMENT")
  }
}
