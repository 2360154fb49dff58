import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import WazirXConnector

@Suite struct FeedTests {
  private func subscribed(_ harness: ConnectorHarness, _ channels: Channels) throws -> pb_id {
    harness.command(.subscribe) { ($0.instrument, $0.channel) = (1, channels.rawValue) }
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    harness.frame(stream, connected)
    return stream
  }

  @Test func stepsComeFromTheFilterAndThePrecision() throws {
    let harness = try ConnectorHarness(WazirXSpot.self, config: "{}")
    harness.start()
    harness.command(.instruments)
    harness.reply(
      try #require(harness.requests.last).id,
      #"{"symbols":[{"symbol":"btcinr","status":"suspended","baseAsset":"btc","quoteAsset":"inr","#
        + #""baseAssetPrecision":3,"quoteAssetPrecision":2,"isSpotTradingAllowed":true}]}"#)
    let fact = try #require(harness.instruments.first)
    #expect(fact.base == "BTC" && fact.fields.price_exp == -2 && fact.fields.quantity_exp == -3)
    #expect(fact.fields.state == InstrumentState.halted.rawValue)
  }

  /// Nothing is said before the greeting; then all in one message.
  @Test func streamsAreAskedForBehindTheGreeting() throws {
    let harness = try ready()
    harness.command(.subscribe) { ($0.instrument, $0.channel) = (1, Channels([.book, .trades]).rawValue) }
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    #expect(!harness.requests.contains { $0.stream == stream })
    harness.frame(stream, connected)
    let request = try #require(harness.requests.last { $0.stream == stream })
    #expect(request.body == #"{"event":"subscribe","streams":["btcinr@depth","btcinr@trades"],"id":\#(request.id)}"#)
    harness.frame(stream, #"{"data":{"streams":["btcinr@depth","btcinr@trades"]},"event":"subscribed","id":0}"#)
    #expect(harness.replies.map(\.outcome) == [.done])
  }

  @Test func everyPushIsTheWholeBook() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book])
    for (bid, time) in [("2", 1_659_475_095_000), ("3", 1_659_475_096_000)] as [(String, Int64)] {
      harness.frame(
        stream,
        #"{"data":{"E":\#(time),"a":[["23051.0","1.30141"]],"b":[["22910.5","\#(bid)"]],"s":"btcinr"},"#
          + #""stream":"btcinr@depth"}"#)
    }
    #expect(harness.books.map(\.isSnapshot) == [true, true])
    #expect(harness.books.map(\.bids) == [[[229_105, 200_000]], [[229_105, 300_000]]])
    #expect(harness.books[1].time == 1_659_475_096_000_000_000)
  }

  @Test(arguments: [
    #""E":1,"a":[["1","1"]],"s":"btcinr""#, #""E":1,"a":[["1"]],"b":[],"s":"btcinr""#, #""E":1,"a":[],"b":[]"#,
  ])
  func abookThatCannotBeReadIsLost(data: String) throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book])
    harness.frame(
      stream, #"{"data":{"E":1659475095000,"a":[["101","1"]],"b":[["100","1"]],"s":"btcinr"},"stream":"btcinr@depth"}"#)
    harness.forget()
    #expect(harness.frame(stream, #"{"data":{\#(data)},"stream":"btcinr@depth"}"#) == .parse)
    #expect(harness.gaps.map(\.reason) == [.malformed] && harness.books.isEmpty)
  }

  @Test func tradesNameTheirTaker() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.trades])
    harness.frame(
      stream,
      #"{"data":{"trades":[{"E":1631681323000,"S":"buy","a":26946138,"b":26946169,"m":false,"p":"7.0","q":"15.0","#
        + #""s":"btcinr","t":17376030}]},"stream":"btcinr@trades"}"#)
    let trade = try #require(harness.trades.first)
    #expect(trade.id == "17376030" && trade.price == 70 && trade.quantity == 1_500_000 && trade.taker == .buy)
  }

  @Test func aRefusalThatNamesNothingIsOfTheOldestMessage() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.trades])
    harness.frame(stream, #"{"event":"error","code":1999,"message":"streams does not have a valid value"}"#)
    #expect(harness.replies.map(\.outcome) == [.refused])
  }

  @Test func whatIsNotKnownIsSaidSo() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.trades])
    #expect(harness.frame(stream, #"{"event":"pong","data":{"timeout_duration":1800}}"#) == .ok)
    #expect(harness.frame(stream, #"{"data":[],"stream":"!ticker@arr"}"#) == .unsupported)
    #expect(harness.frame(stream, #"{"event":"news"}"#) == .unsupported)
    #expect(harness.frame(stream, "[") == .parse)
  }
}
