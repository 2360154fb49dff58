import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import HitBTCConnector

@Suite struct FeedTests {
  private func subscribed(_ channels: Channels) throws -> (ConnectorHarness, pb_id) {
    let harness = try ready()
    harness.command(.subscribe) { ($0.instrument, $0.channel) = (1, channels.rawValue) }
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    return (harness, stream)
  }

  private func book(_ kind: String, _ number: Int) -> String {
    #"{"ch":"orderbook/full","\#(kind)":{"BTCUSDT":{"t":1,"s":\#(number),"a":[["101","1"]],"b":[["100","2"]]}}}"#
  }

  @Test func aBookCountsOnByOne() throws {
    let (harness, stream) = try subscribed(.book)
    #expect(
      harness.frames.last?.body.hasPrefix(
        #"{"method":"subscribe","ch":"orderbook/full","params":{"symbols":["BTCUSDT"]},"id":"#) == true)
    harness.frame(stream, book("snapshot", 10))
    harness.frame(stream, book("update", 11))
    #expect(harness.books.map(\.last) == [10, 11] && harness.gaps.isEmpty)
    harness.frame(stream, book("update", 13))
    #expect(harness.gaps.map(\.expected) == [12] && harness.books.count == 2)
    #expect(harness.frames.last?.body.contains(#""method":"unsubscribe","ch":"orderbook/full""#) == true)
  }

  /// Recent trades come again with every subscription: those that are known are not reported twice.
  @Test func recentTradesAreReportedOnce() throws {
    let (harness, stream) = try subscribed(.trades)
    let trade = { (id: Int) in #"{"t":\#(id),"i":\#(id),"p":"100","q":"0.5","s":"sell"}"# }
    harness.frame(stream, #"{"ch":"trades","snapshot":{"BTCUSDT":[\#(trade(3)),\#(trade(2))]}}"#)
    harness.frame(stream, #"{"ch":"trades","update":{"BTCUSDT":[\#(trade(4))]}}"#)
    harness.frame(stream, #"{"ch":"trades","snapshot":{"BTCUSDT":[\#(trade(4)),\#(trade(3))]}}"#)
    #expect(harness.trades.map(\.id) == ["2", "3", "4"])
  }

  @Test func aRefusedSubscriptionIsReported() throws {
    let (harness, stream) = try subscribed(.trades)
    let frame = try #require(harness.frames.last)
    harness.sent(frame.id)
    harness.frame(
      stream,
      #"{"jsonrpc":"2.0","error":{"code":2001,"message":"Symbol not found","description":""},"id":\#(frame.id)}"#)
    #expect(harness.states.last?.state == .rejected && harness.states.last?.text == "Symbol not found")
  }
}
