import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import BitstampConnector

@Suite struct FeedTests {
  private func subscribed(config: String = "{}") throws -> (ConnectorHarness, pb_id) {
    let harness = try ready(config: config)
    harness.command(.subscribe) {
      ($0.instrument, $0.channel) = (1, Channels.book.rawValue | Channels.trades.rawValue)
    }
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    for frame in harness.frames { harness.sent(frame.id) }
    #expect(harness.frames.allSatisfy { $0.body.hasPrefix(#"{"event":"bts:subscribe","data":{"channel":""#) })
    return (harness, stream)
  }

  private func confirmed(_ harness: ConnectorHarness, _ stream: pb_id) {
    for channel in ["diff_order_book_btcusd", "live_trades_btcusd"] {
      harness.frame(stream, #"{"event":"bts:subscription_succeeded","channel":"\#(channel)","data":{}}"#)
    }
  }

  private func change(_ number: Int, _ bids: String, _ asks: String = "") -> String {
    #"{"data":{"timestamp":"1641343691","microtimestamp":"\#(1_641_343_691_000_000 + number)","bids":[\#(bids)],"#
      + #""asks":[\#(asks)]},"channel":"diff_order_book_btcusd","event":"data"}"#
  }

  private func book(_ number: Int) -> String {
    #"{"timestamp":"1641343691","microtimestamp":"\#(1_641_343_691_000_000 + number)","#
      + #""bids":[["100.00","1.00000000"]],"asks":[["101.00","2.00000000"]]}"#
  }

  @Test func marketsAreReadInBothOfTheirForms() throws {
    let harness = try ready()
    harness.command(.instruments)
    let request = try #require(harness.requests.last)
    harness.reply(
      request.id,
      markets.replacing(#""minimum_order":"20.0 USDT""#, with: #""minimum_order":"25.5 USDT""#))
    let ether = try #require(harness.instruments.first { $0.symbol == "ethusdt" }).fields
    #expect(ether.min_notional.value == Decimal64("25.5") && ether.order_types == 1 << UInt64(OrderType.limit.rawValue))
    harness.forget()
    harness.command(.instruments)
    harness.reply(
      try #require(harness.requests.last).id, markets.replacing(#""20.0 USDT""#, with: #""a few USDT""#))
    #expect(harness.instruments.first { $0.symbol == "ethusdt" }?.fields.state == InstrumentState.unusable.rawValue)
  }

  /// The book is asked for once changes come; those that it holds already are left out, and what is older than the
  /// last one shows that something is wrong.
  @Test func aBookIsJoinedByItsTime() throws {
    let (harness, stream) = try subscribed()
    #expect(!harness.requests.contains { $0.url.contains("order_book") })
    confirmed(harness, stream)
    let request = try #require(harness.requests.last { $0.url.contains("order_book") })
    #expect(request.url == "https://www.bitstamp.net/api/v2/order_book/btcusd/")
    harness.frame(stream, change(10, #"["100.00","5"]"#))
    harness.frame(stream, change(30, #"["99.00","3"]"#))
    harness.reply(request.id, book(20))
    #expect(harness.books.map(\.isSnapshot) == [true, false], "the first change stands in the book")
    harness.frame(stream, change(30, "", #"["101.00","0.00000000"]"#))
    #expect(harness.books.count == 3 && harness.gaps.isEmpty, "two changes of one moment")
    harness.frame(stream, change(29, #"["98.00","3"]"#))
    #expect(harness.gaps.count == 1 && harness.requests.filter { $0.url.contains("order_book") }.count <= 2)
  }

  /// What is added of a level's digits has no place at the market's exponents: the book is lost, not guessed.
  @Test(arguments: [
    #"["100.001","1"]"#, #"["100"]"#, #"["1e99","1"]"#, #"[["100","1"]]"#, #""x""#, "1",
    #"["99999999999999999999","1"]"#,
  ]) func aLevelThatCannotBeReadCostsTheBook(level: String) throws {
    let (harness, stream) = try subscribed()
    confirmed(harness, stream)
    harness.reply(try #require(harness.requests.last { $0.url.contains("order_book") }).id, book(20))
    harness.forget()
    #expect(harness.frame(stream, change(30, level)) == .parse)
    #expect(harness.gaps.count == 1 && harness.books.isEmpty)
  }

  @Test func theBestHundredArePushedWhole() throws {
    let (harness, stream) = try subscribed(config: #"{"book":"top"}"#)
    #expect(harness.frames.contains { $0.body.contains(#""order_book_btcusd""#) })
    harness.frame(stream, #"{"event":"bts:subscription_succeeded","channel":"order_book_btcusd","data":{}}"#)
    for number in [1, 2] {
      harness.frame(
        stream, change(number, #"["100.00","5"]"#, #"["101.00","1"]"#).replacing("diff_order", with: "order"))
    }
    #expect(harness.books.map(\.isSnapshot) == [true, true])
    #expect(!harness.requests.contains { $0.url.contains("/order_book/") })
  }

  @Test func aTradeHasTheTakersSide() throws {
    let (harness, stream) = try subscribed()
    confirmed(harness, stream)
    harness.frame(
      stream, #"{"data":{"id":542327128,"timestamp":"1772723751","amount":0.241,"amount_str":"0.241000","#
        + #""price":2090.2200000000003,"price_str":"2090.22","type":1,"microtimestamp":"1772723751946123","#
        + #""buy_order_id":1982008431775746,"sell_order_id":1982008430600193},"channel":"live_trades_btcusd","#
        + #""event":"trade"}"#)
    let trade = try #require(harness.trades.last)
    #expect(trade.price == 209_022 && trade.quantity == 24_100_000 && trade.taker == .sell)
    #expect(trade.time == 1_772_723_751_946_123_000)
  }

  @Test func aConnectionThatIsToBeLeftIsLeft() throws {
    let (harness, stream) = try subscribed()
    confirmed(harness, stream)
    harness.frame(stream, #"{"event":"bts:request_reconnect","channel":"","data":""}"#)
    #expect(harness.closes.last == stream && harness.opens.count == 2)
  }

  @Test func aRefusalNamesNothing() throws {
    let (harness, stream) = try subscribed()
    harness.frame(
      stream, #"{"event":"bts:error","channel":"","data":{"code":null,"message":"Bad subscription string."}}"#)
    #expect(harness.states.contains { $0.state == .rejected })
  }

  @Test func perpetualsAndChannelsOfOthersAreLeftAlone() throws {
    let (harness, stream) = try subscribed()
    for frame in [
      change(1, #"["100.00","5"]"#).replacing("btcusd", with: "btcusd-perp"),
      change(1, #"["100.00","5"]"#).replacing("diff_order_book", with: "detail_order_book"),
      #"{"event":"order_created","channel":"live_orders_btcusd","data":{"id":1}}"#,
    ] {
      #expect(harness.frame(stream, frame) == .unsupported)
    }
    #expect(harness.books.isEmpty && harness.gaps.isEmpty)
  }
}
