import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import DeriveConnector

@Suite struct FeedTests {
  @Test func aTickerChannelCarriesMarksAndIsAskedForOnce() throws {
    let harness = try ready()
    _ = try subscribed(harness, [.book, .trades, .ticker, .mark])
    let body = try #require(harness.requests.last).body
    #expect(
      body.hasSuffix(
        #""method":"subscribe","params":{"channels":["orderbook.BTC-PERP.1.100","trades.BTC-PERP","#
          + #""ticker_slim.BTC-PERP.100"]}}"#))
    #expect(try #require(harness.opens.last).url == "wss://api.derive.xyz/v3/ws")
  }

  /// Each channel has a status of its own in the answer to a message.
  @Test func oneChannelIsRefusedAndTheOtherIsNot() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book, .trades])
    harness.frame(
      stream,
      #"{"id":1,"result":{"status":{"orderbook.BTC-PERP.1.100":"ok","trades.BTC-PERP":"unknown channel"},"#
        + #""current_subscriptions":["orderbook.BTC-PERP.1.100"]}}"#)
    harness.frame(stream, book(5003, bid: "2345.5", ask: "2345.7"))
    #expect(harness.books.count == 1)
    #expect(harness.states.contains { $0.channels == .trades && $0.state == .rejected })
  }

  /// Every message is the whole book; one that was overtaken changes nothing.
  @Test func aBookThatWasOvertakenIsNotTaken() throws {
    let harness = try ready()
    let stream = try subscribed(harness, .book)
    harness.frame(stream, book(5003, bid: "2345.5", ask: "2345.7"))
    harness.frame(stream, book(5005, bid: "2345.6", ask: "2345.8"))
    harness.frame(stream, book(5004, bid: "2345.4", ask: "2345.9"))
    #expect(harness.books.count == 2 && harness.gaps.isEmpty)
    #expect(harness.books.allSatisfy { $0.isSnapshot })
  }

  @Test func aBookWithoutASideIsLost() throws {
    let harness = try ready()
    let stream = try subscribed(harness, .book)
    harness.frame(stream, book(5003, bid: "2345.5", ask: "2345.7"))
    let broken = #"{"method":"subscription","params":{"channel":"orderbook.BTC-PERP.1.100","data":{"timestamp":1,"#
      + #""publish_id":5004,"bids":[]}}}"#
    #expect(harness.frame(stream, broken) == .parse)
    #expect(harness.gaps.count == 1)
  }

  /// A perpetual's rate is what is paid for an hour; a market without orders has prices of zero.
  @Test func theTickerSaysMarkIndexAndTheRateOfTheHour() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.ticker, .mark])
    harness.frame(
      stream,
      #"{"method":"subscription","params":{"channel":"ticker_slim.BTC-PERP.100","data":{"timestamp":1790867526668,"#
        + #""instrument_ticker":{"t":1790867526668,"A":"0","a":"0","B":"5","b":"83940.1","f":"0.000012500","#
        + #""option_pricing":null,"I":"83946.3","M":"83938.8","stats":{"c":"16.41"},"minp":"1","maxp":"2"}}}}"#)
    let ticker = try #require(harness.tickers.first)
    #expect(ticker.bid_price == 839_401 && ticker.present & UInt64(PB_TICKER_NO_ASK) != 0)
    let mark = try #require(harness.markFacts.first)
    #expect(mark.mark.value == Decimal64("83938.8") && mark.index.value == Decimal64("83946.3"))
    let rate = try #require(harness.fundingFacts.first)
    #expect(rate.rate.value == Decimal64("0.0000125") && rate.interval_ns == 3_600_000_000_000)
  }

  /// An instrument whose contract cannot be signed for is not listed, and spoils no other.
  @Test func whatCannotBeSignedForIsNotListed() throws {
    let harness = try ConnectorHarness(DerivePerpetual.self, config: "{}")
    harness.start(trading: false)
    harness.command(.instruments)
    let entries = [
      entry("A-PERP", "A", "perp", part: "42"), entry("B-PERP", "B", "perp", address: "0x42"),
      entry("C-20260627-3500-C", "C", "option"), entry("D-PERP", "D", "perp"),
    ]
    harness.reply(try #require(harness.requests.last).id, list(entries))
    #expect(harness.instruments.map(\.symbol) == ["D-PERP"])
    #expect(try #require(harness.requests.last).body == #"{"instrument_type":"perp","expired":false,"page_size":1000}"#)
  }

  @Test func allTickersComeByTheirNames() throws {
    let harness = try ready()
    let command = harness.command(.tickers)
    harness.reply(
      try #require(harness.requests.last).id,
      #"{"result":{"tickers":{"ETH-PERP":{"t":1,"a":"2001","A":"1","b":"2000","B":"2"},"X-PERP":{"t":1}}}}"#)
    #expect(harness.tickers.map(\.instrument) == [2] && harness.refusal(command) == nil)
  }
}
