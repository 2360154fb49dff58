import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import NDAXConnector

@Suite struct FeedTests {
  @Test func instrumentsAreNamedByNumbersAndOddOnesAreLeftOut() throws {
    let harness = try ConnectorHarness(NDAXSpot.self, config: "{}")
    harness.start()
    harness.command(.instruments)
    harness.reply(try #require(harness.requests.last).id, instruments)
    let (first, second) = (harness.instruments[0], harness.instruments[1])
    #expect(first.symbol == "1" && first.fields.price_exp == -2 && first.fields.quantity_exp == -8)
    #expect(first.fields.state == InstrumentState.trading.rawValue)
    #expect(second.symbol == "8" && second.fields.state == InstrumentState.halted.rawValue)
    #expect(harness.logs.contains { $0.hasPrefix("2 instruments could not be read") })
  }

  @Test func aCallIsJSONInsideJSON() throws {
    let harness = try ready()
    _ = try subscribed(harness, [.book])
    let request = try #require(harness.requests.last)
    #expect(
      request.body == #"{"m":0,"i":\#(request.id),"n":"SubscribeLevel2","#
        + #""o":"{\"OMSId\":1,\"InstrumentId\":1,\"Depth\":200}"}"#)
  }

  /// The reply is the book, its number the largest of its rows; each event goes on with the next.
  @Test(arguments: [true, false])
  func aBookBeginsWithItsReplyAndFollowsItsNumbers(isOwnId: Bool) throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book])
    harness.frame(stream, frame(1, isOwnId ? try call(harness, "SubscribeLevel2") : 4711, "SubscribeLevel2", rows))
    #expect(harness.states.last?.state == .live && harness.replies.map(\.outcome) == [.done])
    let update = "[\(row(12, 1, "100.00", "3", side: 0)), \(row(13, 2, "101.25", "0.0", side: 1))]"
    harness.frame(stream, event("Level2UpdateEvent", update))
    #expect(harness.books.map(\.last) == [11, 13] && harness.books.map(\.isSnapshot) == [true, false])
    #expect(harness.books[0].bids == [[10_000, 150_000_000]] && harness.books[0].asks == [[10_125, 200_000_000]])
    #expect(harness.books[1].bids == [[10_000, 300_000_000]] && harness.books[1].asks == [[10_125, 0]])
    #expect(harness.books[1].first == 12 && harness.books[1].time == 1_764_288_000_150_000_000)
  }

  /// A quantity beside a deletion counts for nothing.
  @Test func aDeletionDeletes() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book])
    harness.frame(stream, frame(1, try call(harness, "SubscribeLevel2"), "SubscribeLevel2", rows))
    harness.frame(stream, event("Level2UpdateEvent", "[\(row(12, 2, "100", "1.5", side: 0))]"))
    #expect(harness.books.last?.bids == [[10_000, 0]])
  }

  /// Between two events, and between two rows of one.
  @Test(arguments: [
    "[\(row(13, 1, "100", "3", side: 0))]",
    "[\(row(12, 1, "100", "3", side: 0)), \(row(14, 1, "101.25", "3", side: 1))]",
  ])
  func aHoleInTheNumbersIsAGapAndBringsANewSubscription(update: String) throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book])
    harness.frame(stream, frame(1, try call(harness, "SubscribeLevel2"), "SubscribeLevel2", rows))
    harness.forget()
    harness.frame(stream, event("Level2UpdateEvent", update))
    #expect(harness.gaps.map(\.reason) == [.sequence] && harness.gaps.map(\.expected) == [12] && harness.books.isEmpty)
    let leave = try call(harness, "UnsubscribeLevel2")
    harness.sent(leave)
    harness.frame(stream, frame(1, leave, "UnsubscribeLevel2", #"{"result":true,"errormsg":null,"errorcode":0}"#))
    let join = try call(harness, "SubscribeLevel2")
    harness.sent(join)
    harness.frame(stream, frame(1, join, "SubscribeLevel2", "[\(row(20, 0, "100", "1", side: 0))]"))
    harness.frame(stream, event("Level2UpdateEvent", "[\(row(21, 0, "99.5", "1", side: 0))]"))
    #expect(harness.books.map(\.last) == [20, 21])
  }

  @Test(arguments: [
    "[\(row(12, 1, "100", "3", side: 0)), \(row(13, 1, "100", "3", side: 1, instrument: 8))]",
    "[\(row(12, 7, "100", "3", side: 0))]", "[\(row(12, 1, "100", "3", side: 2))]",
    "[\(row(12, 1, "0", "3", side: 0))]", "[\(row(12, 1, "100", "-3", side: 0))]", "[[12, 1, 1764288000150, 1, 1, 1, 1",
    "[[1,2]]", "[[1,2],[3]]", "null", "{}", "[[12,1,1764288000150,1,1,1,100,null,3,0]]",
  ])
  func rowsThatCannotBeReadCostTheBook(update: String) throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book])
    harness.frame(stream, frame(1, try call(harness, "SubscribeLevel2"), "SubscribeLevel2", rows))
    harness.forget()
    #expect(harness.frame(stream, event("Level2UpdateEvent", update)) == .parse)
    #expect(harness.gaps.map(\.reason) == [.malformed] && harness.books.isEmpty)
  }

  /// Some installations embed the payload as it is, and a text may have escapes.
  @Test(arguments: [rows, jsonQuoted(rows), jsonQuoted(rows).replacing("[", with: "\\u005b")])
  func payloadsMayBeEmbeddedInSeveralWays(payload: String) throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book])
    let id = try call(harness, "SubscribeLevel2")
    #expect(harness.frame(stream, #"{"m":1,"i":\#(id),"n":"SubscribeLevel2","o":\#(payload)}"#) == .ok)
    #expect(harness.books.map(\.bids) == [[[10_000, 150_000_000]]])
  }

  @Test func aReplyWithoutRowsIsAnEmptyBookOfTheInstrumentThatWasAskedFor() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book], instrument: 2)
    harness.frame(stream, frame(1, try call(harness, "SubscribeLevel2"), "SubscribeLevel2", "[]"))
    #expect(harness.books.map(\.instrument) == [2] && harness.books.map(\.isSnapshot) == [true])
  }

  @Test(arguments: [
    (1, #"{"result":false,"errormsg":"Not Authorized","errorcode":20,"detail":null}"#, Failure.authentication),
    (5, "Endpoint not found", .other),
  ])
  func aRefusedSubscriptionEndsItsCommand(kind: Int, payload: String, failure: Failure) throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.trades])
    harness.frame(stream, frame(kind, try call(harness, "SubscribeTrades"), "SubscribeTrades", payload))
    #expect(harness.replies.map(\.failure) == [failure] && harness.states.last?.state == .rejected)
  }

  @Test func tradesNameTheirTakerAndThoseOfTheReplyCameBefore() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.trades])
    func trade(_ id: Int, taker: Int) -> String {
      "[[\(id), 1, 0.03340802, 19116.08, 2543425077, 2543425482, 1606935922416, 0, \(taker), 0, 0]]"
    }
    harness.frame(stream, frame(1, try call(harness, "SubscribeTrades"), "SubscribeTrades", trade(1, taker: 1)))
    harness.frame(stream, event("TradeDataUpdateEvent", trade(2, taker: 0)))
    #expect(harness.trades.map(\.id) == ["1", "2"] && harness.trades.map(\.taker) == [.sell, .buy])
    #expect(harness.trades[1].price == 1_911_608 && harness.trades[1].quantity == 3_340_802)
    let flags = harness.all(PB_EV_TRADE, pb_trade.self).map(\.fields.flags)
    #expect(flags == [UInt32(PB_TRADE_BACKFILL), 0])
    #expect(harness.frame(stream, event("TradeDataUpdateEvent", trade(3, taker: 3))) == .parse)
  }

  @Test func tickersComeByNumberOnTheStreamAndByPairInTheList() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.ticker])
    let level1 = #"{"OMSId":1,"InstrumentId":1,"BestBid":64.23,"BestOffer":64.36,"LastTradedPx":64.3,"BidQty":0,"#
      + #""SessionOpen":1.0,"SessionHigh":2.0,"SessionLow":0.5,"TimeStamp":"1534862990358"}"#
    harness.frame(stream, frame(1, try call(harness, "SubscribeLevel1"), "SubscribeLevel1", level1))
    harness.frame(stream, event("Level1UpdateEvent", level1))
    #expect(harness.tickers.map(\.bid_price) == [6423, 6423])
    #expect(harness.tickers.allSatisfy { $0.venue_ns == 1_534_862_990_358_000_000 && $0.bid_quantity == 0 })
    harness.forget()
    harness.command(.tickers)
    harness.reply(
      try #require(harness.requests.last).id,
      #"[{"trading_pairs":"BTC_CAD","last_price":75.9,"lowest_ask":76.0,"highest_bid":75.5}]"#)
    #expect(harness.tickers.map(\.ask_price) == [7600] && harness.tickers.map(\.instrument) == [1])
  }

  @Test func theStreamIsKeptAlive() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.trades])
    harness.frame(stream, frame(1, try call(harness, "SubscribeTrades"), "SubscribeTrades", "[]"))
    harness.forget()
    harness.run(for: 61_000_000_000)
    #expect(harness.requests.filter { $0.body.contains(#""n":"Ping""#) && $0.stream == stream }.count == 3)
    #expect(harness.frame(stream, frame(1, 2, "Ping", #"{"msg":"PONG"}"#)) == .ok)
    #expect(harness.closes.isEmpty)
  }
}
