import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import DYDXConnector

@Suite struct FeedTests {
  @Test func aMarketMayBeCrossed() throws {
    let harness = try ready()
    let btc = try #require(harness.instruments.first)
    #expect(btc.fields.flags & UInt32(PB_INSTRUMENT_FLAG_MAY_CROSS) != 0 && btc.base == "BTC" && btc.quote == "USD")
    #expect(btc.fields.max_leverage.value == Decimal64(20) && btc.fields.min_quantity.value?.plain == "0.0001")
    harness.forget()
    let stream = try harness.subscribed(.book)
    harness.frame(stream, message(1, "v4_orderbook", wholeBook, kind: "subscribed"))
    harness.frame(stream, message(2, "v4_orderbook", #"{"bids":[["102","3"]]}"#))
    #expect(harness.books.count == 2 && harness.gaps.isEmpty)
    #expect(harness.books.last?.bids == [[102, 30000]])
  }

  @Test func changesThatComeGatheredAreOneAfterAnother() throws {
    let harness = try ready()
    let stream = try harness.subscribed(.book)
    harness.frame(stream, message(1, "v4_orderbook", wholeBook, kind: "subscribed"))
    harness.forget()
    harness.frame(
      stream,
      message(
        2, "v4_orderbook", #"[{"bids":[["99","3"]]},{"asks":[["101","0"]]},{"asks":[["102","1"]]}]"#,
        kind: "channel_batch_data"))
    #expect(harness.books.map(\.bids.count) == [1, 0, 0] && harness.books.map(\.asks.count) == [0, 1, 1])
    #expect(harness.faults.isEmpty)
  }

  /// A message that is missing loses all that the connection carries.
  @Test func aMissingNumberIsNoticed() throws {
    let harness = try ready()
    let stream = try harness.subscribed(.book)
    harness.frame(stream, #"{"type":"connected","connection_id":"2ddf629d-ee78","message_id":0}"#)
    harness.frame(stream, message(1, "v4_orderbook", wholeBook, kind: "subscribed"))
    harness.frame(stream, message(2, "v4_orderbook", #"{"bids":[["99","3"]]}"#))
    harness.frame(stream, message(4, "v4_orderbook", #"{"bids":[["98","3"]]}"#))
    #expect(harness.gaps.map(\.reason) == [.sequence] && harness.closes == [stream])
    #expect(harness.books.count == 2)
  }

  /// The indexer numbers an answer when it is asked, and sends it when it has fetched what belongs to it: meanwhile
  /// others go on.
  @Test func anAnswerMayComeLate() throws {
    let harness = try ready()
    let stream = try harness.subscribed(.book)
    harness.frame(stream, message(1, "v4_orderbook", wholeBook, kind: "subscribed"))
    harness.command(.subscribe) { ($0.instrument, $0.channel) = (2, Channels.book.rawValue) }
    harness.run(for: 200_000_000)
    let frame = try #require(harness.requests.last)
    #expect(frame.body == #"{"type":"subscribe","channel":"v4_orderbook","id":"ETH-USD","batched":false}"#)
    harness.sent(frame.id)
    harness.forget()
    // Its number is 2, and 3 comes first.
    harness.frame(stream, message(3, "v4_orderbook", #"{"bids":[["99","3"]]}"#))
    harness.frame(stream, message(2, "v4_orderbook", wholeBook, kind: "subscribed", id: "ETH-USD"))
    harness.frame(stream, message(4, "v4_orderbook", #"{"bids":[["99","3"]]}"#, id: "ETH-USD"))
    #expect(harness.gaps.isEmpty && harness.closes.isEmpty && harness.books.map(\.isSnapshot) == [false, true, false])
    // No answer is due any more.
    harness.frame(stream, message(6, "v4_orderbook", #"{"bids":[["98","3"]]}"#))
    #expect(harness.gaps.count == 2 && harness.closes == [stream])
  }

  /// The newest come first with a subscription; what was reported before a cut is not reported again.
  @Test func recentTradesAreReportedOnce() throws {
    let harness = try ready()
    let stream = try harness.subscribed(.trades)
    func trade(_ id: String) -> String {
      #"{"id":"\#(id)","size":"0.5","price":"100","side":"BUY","createdAt":"2024-08-22T23:59:58.855Z","type":"LIMIT"}"#
    }
    let (a, b, c) = ("0165e5e30000000200000002", "0165e5e30000000200000005", "0165e5e40000000200000002")
    harness.frame(
      stream, message(1, "v4_trades", #"{"trades":[\#(trade(b)),\#(trade(a))]}"#, kind: "subscribed"))
    #expect(harness.trades.map(\.id) == [a, b])
    harness.closed(stream)
    let again = try #require(harness.opens.last).stream
    harness.opened(again)
    harness.forget()
    harness.frame(
      again,
      message(
        1, "v4_trades", #"{"trades":[\#(trade(c)),\#(trade(b)),\#(trade(a))]}"#, kind: "subscribed", connection: "x"))
    #expect(harness.trades.map(\.id) == [c])
  }

  /// One subscription is of all markets: one more is refused and changes nothing, and one less is a ping.
  @Test func marksOfAllMarketsAreOneSubscription() throws {
    let harness = try ready()
    let stream = try harness.subscribed(.mark)
    #expect(harness.requests.last?.body == #"{"type":"subscribe","channel":"v4_markets"}"#)
    harness.frame(
      stream,
      #"{"type":"subscribed","connection_id":"c","message_id":1,"channel":"v4_markets","contents":{"markets":"#
        + #"{"BTC-USD":{"oraclePrice":"60387.51779","nextFundingRate":"0.00001351666666666667","status":"ACTIVE"}}}}"#)
    #expect(harness.markFacts.map { $0.mark.value?.plain } == ["60387.51779"])
    #expect(harness.fundingFacts.map(\.interval_ns) == [3_600_000_000_000])
    let command = harness.command(.subscribe) { ($0.instrument, $0.channel) = (2, Channels.mark.rawValue) }
    harness.run(for: 200_000_000)
    harness.sent(try #require(harness.requests.last).id)
    harness.frame(
      stream,
      #"{"type":"error","message":"Invalid subscribe message: already subscribed (v4_markets-v4_markets)","#
        + #""connection_id":"c","message_id":2,"channel":"v4_markets"}"#)
    #expect(harness.replies(command).map(\.outcome) == [.done])
    harness.forget()
    harness.command(.unsubscribe) { ($0.instrument, $0.channel) = (1, Channels.mark.rawValue) }
    harness.run(for: 200_000_000)
    #expect(harness.requests.last?.body == #"{"type":"ping"}"#)
    harness.frame(
      stream,
      #"{"type":"channel_data","connection_id":"c","message_id":3,"channel":"v4_markets","contents":{"oraclePrices":{"#
        + #""ETH-USD":{"oraclePrice":"2623.3521","effectiveAt":"2024-08-23T00:00:54.301Z"},"BTC-USD":{"#
        + #""oraclePrice":"1","effectiveAt":"2024-08-23T00:00:54.301Z"}}}}"#)
    #expect(harness.markFacts.map(\.instrument) == [2])
    harness.command(.unsubscribe) { ($0.instrument, $0.channel) = (2, Channels.mark.rawValue) }
    harness.run(for: 200_000_000)
    #expect(harness.requests.last?.body == #"{"type":"unsubscribe","channel":"v4_markets"}"#)
  }

  @Test func aMarketThatIsPausedSaysSo() throws {
    let harness = try ready()
    let stream = try harness.subscribed(.mark)
    harness.forget()
    harness.frame(
      stream,
      #"{"type":"channel_data","connection_id":"c","message_id":3,"channel":"v4_markets","contents":{"trading":{"#
        + #""ETH-USD":{"status":"CANCEL_ONLY"}}}}"#)
    let eth = try #require(harness.instruments.first)
    #expect(eth.symbol == "ETH-USD" && eth.fields.state == InstrumentState.halted.rawValue)
  }

  @Test func fundingIsAskedForByMarketAndForAll() throws {
    let harness = try ready()
    harness.forget()
    harness.command(.funding)
    harness.reply(
      try #require(harness.requests.last).id,
      #"{"markets":{"BTC-USD":{"ticker":"BTC-USD","oraclePrice":"5","nextFundingRate":"0.1"},"#
        + #""ETH-USD":{"ticker":"ETH-USD","oraclePrice":"6","nextFundingRate":"-0.2"}}}"#)
    #expect(harness.fundingFacts.map { $0.rate.value?.plain } == ["0.1", "-0.2"])
    #expect(harness.markFacts.map(\.instrument) == [1, 2])
  }
}
