import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import FoxbitConnector

@Suite struct FeedTests {
  private func subscribed(_ harness: ConnectorHarness, _ channels: Channels) throws -> pb_id {
    harness.command(.subscribe) { ($0.instrument, $0.channel) = (1, channels.rawValue) }
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    return stream
  }

  @Test func assetsHaveCapitalsAndMarketsNone() throws {
    let harness = try ConnectorHarness(FoxbitSpot.self, config: "{}")
    harness.start()
    harness.command(.instruments)
    harness.reply(
      try #require(harness.requests.last).id,
      #"{"data":[{"symbol":"btcbrl","quantity_increment":"0.001","price_increment":"0.5","base":{"symbol":"btc"},"#
        + #""quote":{"symbol":"brl"}},{"symbol":"","price_increment":"1"}]}"#)
    let fact = try #require(harness.instruments.first)
    #expect(harness.instruments.count == 1 && fact.symbol == "btcbrl" && fact.base == "BTC")
    #expect(fact.fields.price_exp == -1 && fact.fields.quantity_exp == -3)
  }

  @Test func aBookIsAskedForWithItsSnapshot() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book, .trades])
    let body = try #require(harness.requests.last { $0.stream == stream }).body
    #expect(
      body == #"{"type":"subscribe","params":[{"channel":"orderbook-100","market_symbol":"btcbrl","snapshot":true},"#
        + #"{"channel":"trades","market_symbol":"btcbrl"}]}"#)
  }

  @Test func updatesFollowOnTheSnapshotAndAHoleIsAGap() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book])
    harness.frame(stream, frame("success", "orderbook-100"))
    harness.frame(
      stream,
      frame("snapshot", "orderbook-100", #"{"sequence_id":10,"asks":[["101","2"]],"bids":[["100","1.5"]]}"#))
    harness.frame(
      stream,
      frame(
        "update", "orderbook-100",
        #"{"ts":1790137953142,"first_sequence_id":11,"last_sequence_id":12,"bids":[["100","0"]],"asks":[]}"#))
    #expect(harness.books.map(\.last) == [10, 12] && harness.books.map(\.isSnapshot) == [true, false])
    #expect(harness.books[0].asks == [[10_100, 200_000_000]] && harness.books[1].bids == [[10_000, 0]])
    #expect(harness.books[1].time == 1_790_137_953_142_000_000)
    harness.frame(
      stream,
      frame(
        "update", "orderbook-100",
        #"{"ts":1790137953142,"first_sequence_id":14,"last_sequence_id":14,"bids":[["100","1"]],"asks":[]}"#))
    #expect(harness.gaps.map(\.reason) == [.sequence] && harness.gaps.map(\.expected) == [13])
  }

  @Test(arguments: [
    #"{"first_sequence_id":11,"last_sequence_id":12,"bids":[["100"]],"asks":[]}"#,
    #"{"first_sequence_id":12,"last_sequence_id":11,"bids":[["100","1"]],"asks":[]}"#,
    #"{"last_sequence_id":11,"bids":[["100","1"]],"asks":[]}"#,
    #"{"first_sequence_id":11,"last_sequence_id":11,"bids":[["100","1"]]}"#, "null",
  ])
  func anUpdateThatCannotBeReadCostsTheBook(data: String) throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book])
    harness.frame(
      stream, frame("snapshot", "orderbook-100", #"{"sequence_id":10,"asks":[["101","2"]],"bids":[["100","1"]]}"#))
    harness.forget()
    #expect(harness.frame(stream, frame("update", "orderbook-100", data)) == .parse)
    #expect(harness.gaps.map(\.reason) == [.malformed] && harness.books.isEmpty)
  }

  /// A stream that answers and brings no snapshot: the book is asked for, by the numbers of the same row.
  @Test func aBookThatDoesNotComeIsAskedFor() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book])
    harness.sent(try #require(harness.requests.last { $0.stream == stream }).id)
    harness.frame(stream, frame("success", "orderbook-100"))
    harness.run(for: 61_000_000_000)
    let request = try #require(harness.requests.last { $0.url.contains("/orderbook") })
    #expect(request.url == "https://api.foxbit.com.br/rest/v3/markets/btcbrl/orderbook")
    harness.sent(request.id)
    harness.reply(
      request.id, #"{"sequence_id":20,"timestamp":1713187921336,"bids":[["100","1"]],"asks":[["101","1"]]}"#)
    #expect(harness.books.map(\.last) == [20])
  }

  @Test func aMarketThatIsRefusedEndsItsCommand() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.trades])
    harness.frame(
      stream,
      #"{"type":"subscribe","event":"error","message":"Invalid market 'btcbrl' for channel 'trades'","#
        + #""params":{"channel":"trades","market_symbol":"btcbrl"}}"#)
    #expect(harness.states.last?.state == .rejected && harness.replies.map(\.outcome) == [.refused])
  }

  /// It names no market: the oldest message that has no answer is meant.
  @Test func tooManySubscriptionsAreARefusalToo() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.trades])
    harness.frame(
      stream, #"{"event":"error","error":{"code":"MAX_SUBSCRIPTIONS_REACHED","details":"Max subscriptions reached"}}"#)
    #expect(harness.replies.map(\.outcome) == [.refused])
  }

  @Test func tradesAndTickersAreRead() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.trades, .ticker])
    harness.frame(
      stream,
      frame(
        "update", "trades",
        #"[{"id":46508798,"quantity":"0.00000401","price":"446198.0","taker_side":"BUY","ts":1790137973604}]"#))
    let trade = try #require(harness.trades.first)
    #expect(trade.price == 44_619_800 && trade.quantity == 401 && trade.taker == .buy)
    harness.frame(
      stream,
      frame(
        "update", "ticker",
        #"{"best":{"ask":"446198","bid":"446092"},"last_traded":{"price":"446199","quantity":"0.00001114"},"#
          + #""rolling_24h":{"volume":"17.5","low":"435982","high":"446199","open":"438004"},"ts":1790137955537}"#))
    let ticker = try #require(harness.all(PB_EV_TICKER, pb_ticker.self).first).fields
    #expect(ticker.bid_price == 44_609_200 && ticker.ask_price == 44_619_800 && ticker.last_price == 44_619_900)
  }

  @Test func aPongIsNothingAndAnUnknownFrameIsSaidSo() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.trades])
    let pong = #"{"type":"message","event":"success","params":{"channel":"ping"},"data":{"message":"pong"}}"#
    #expect(harness.frame(stream, pong) == .ok)
    #expect(harness.frame(stream, frame("candle", "trades")) == .unsupported)
    #expect(harness.frame(stream, "[1]") == .parse)
  }
}
