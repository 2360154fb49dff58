import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import HTXConnector

@Suite struct FeedTests {
  @Test func stepsAreThoseOfOrdersAndExponentsThoseOfBooks() throws {
    let harness = try ready()
    let (bitcoin, shiba) = (harness.instruments[0], harness.instruments[1])
    #expect(bitcoin.symbol == "btcusdt" && bitcoin.base == "btc" && bitcoin.quote == "usdt")
    #expect(bitcoin.fields.lot.value?.plain == "0.000001" && bitcoin.fields.tick.value?.plain == "0.01")
    // A thousand at this exponent is 1e18 of the 9.2e18 that there are.
    #expect(bitcoin.fields.quantity_exp == -15)
    #expect(shiba.fields.quantity_exp == -9 && shiba.fields.lot.value?.plain == "0.01")
    #expect(shiba.fields.state == InstrumentState.halted.rawValue)
    #expect(harness.logs.contains { $0.hasPrefix("1 instruments could not be read") })
  }

  @Test func aHeartbeatIsAnsweredWithItsNumber() throws {
    let harness = try ready()
    subscribe(harness, [.trades])
    let stream = try stream(harness, "/ws")
    harness.forget()
    #expect(harness.frame(stream, #"{"ping":1492420473027}"#) == .ok)
    #expect(harness.requests.map(\.body) == [#"{"pong":1492420473027}"#])
    #expect(harness.requests[0].permission == "feed_pong" && harness.requests[0].stream == stream)
  }

  @Test func aBookIsAskedForOnItsOwnStreamAndUpdatesWaitForIt() throws {
    let harness = try ready()
    subscribe(harness, [.book])
    let stream = try stream(harness, "/feed")
    let bodies = harness.requests.filter { $0.stream == stream }.map(\.body)
    #expect(bodies.contains { $0.hasPrefix(#"{"sub":"market.btcusdt.mbp.150","id":"#) })
    let asked = try #require(harness.requests.last { $0.body.hasPrefix(#"{"req":"market.btcusdt.mbp.150""#) })
    harness.sent(asked.id)
    harness.frame(stream, #"{"id":"1","status":"ok","subbed":"market.btcusdt.mbp.150","ts":1}"#)
    harness.frame(stream, change(12, after: 11, bids: "[9058.27,1.5]"))
    harness.frame(stream, change(14, after: 12, bids: "", asks: "[9059.99,0]"))
    #expect(harness.books.isEmpty)
    #expect(harness.frame(stream, answer(11, id: asked.id)) == .ok)
    #expect(harness.books.map(\.last) == [11, 12, 14] && harness.gaps.isEmpty)
    #expect(harness.books[1].bids == [[905_827, 1_500_000_000_000_000]])
    harness.forget()
    harness.frame(stream, change(20, after: 19, bids: "[9000,1]"))
    #expect(harness.gaps.map(\.reason) == [.sequence] && harness.gaps.map(\.got) == [19])
    let again = try #require(harness.requests.last { $0.body.contains(#""req""#) })
    #expect(again.id != asked.id && again.stream == stream)
    // The answer to a question that was given up changes nothing.
    harness.frame(stream, answer(20, id: again.id))
    harness.frame(stream, answer(18, id: asked.id))
    harness.frame(stream, change(21, after: 20, bids: "[9000,2]"))
    #expect(harness.books.map(\.last) == [20, 21])
  }

  @Test func aBookThatIsRefusedOrNotAnsweredIsAskedForLater() throws {
    let harness = try ready()
    subscribe(harness, [.book])
    let stream = try stream(harness, "/feed")
    let asked = try #require(harness.requests.last { $0.body.contains(#""req""#) })
    let topic = try #require(harness.requests.last { $0.body.contains(#""sub""#) })
    harness.frame(stream, #"{"id":"\#(topic.id)","status":"ok","subbed":"market.btcusdt.mbp.150","ts":1}"#)
    harness.sent(asked.id)
    harness.forget()
    harness.frame(
      stream, #"{"id":"\#(asked.id)","status":"error","err-code":"bad-request","err-msg":"429 too many request"}"#)
    #expect(harness.requests.isEmpty && harness.logs.contains { $0.contains("429 too many request") })
    harness.run(for: 5_000_000_000)
    let again = try #require(harness.requests.last { $0.body.contains(#""req""#) })
    harness.sent(again.id)
    harness.forget()
    harness.run(for: 150_000_000_000)
    #expect(harness.requests.contains { $0.body.contains(#""req""#) })
  }

  @Test func quantitiesOfMoreDigitsThanTheExponentHoldsAreCut() throws {
    let harness = try ready(config: #"{"book":"pushes"}"#)
    subscribe(harness, [.book])
    let stream = try stream(harness, "/ws")
    let frame = """
      {"ch":"market.btcusdt.depth.step0","ts":2,"tick":{"bids":[[100.5,0.1234567890123456789],[99.5,1.0E-4]],
      "asks":[[101.5,999.5]],"version":7,"ts":1}}
      """
    #expect(harness.frame(stream, frame) == .ok)
    let book = try #require(harness.books.last)
    #expect(book.isSnapshot && book.last == 7 && book.time == 1_000_000)
    #expect(book.bids == [[10_050, 123_456_789_012_345], [9950, 100_000_000_000]])
    #expect(book.asks == [[10_150, 999_500_000_000_000_000]])
    // What does not fit loses the book: it is never shown as another quantity.
    #expect(harness.frame(stream, frame.replacing("999.5", with: "99999.5")) == .parse)
    #expect(harness.gaps.map(\.reason) == [.malformed])
  }

  @Test func tradesComeInListsAndKeepTheirOrder() throws {
    let harness = try ready()
    subscribe(harness, [.trades])
    let stream = try stream(harness, "/ws")
    let frame = """
      {"ch":"market.btcusdt.trade.detail","ts":9,"tick":{"id":1,"ts":8,"data":[
      {"id":100182534526255757567432481,"ts":1618678027940,"tradeId":12,"amount":0.5,"price":9.2E2,"direction":"sell"},
      {"id":1.3700544510935929e+26,"ts":1618678027940,"tradeId":11,"amount":2,"price":921,"direction":"buy"}]}}
      """
    #expect(harness.frame(stream, frame) == .ok)
    #expect(harness.trades.map(\.id) == ["12", "11"] && harness.trades.map(\.taker) == [.sell, .buy])
    #expect(harness.trades.map(\.price) == [92_000, 92_100])
    #expect(harness.trades[0].time == 1_618_678_027_940_000_000)
  }

  @Test func aTickerTakesItsTimeFromTheFrame() throws {
    let harness = try ready()
    subscribe(harness, [.ticker])
    let stream = try stream(harness, "/ws")
    let frame = """
      {"ch":"market.btcusdt.ticker","ts":1630982370526,"tick":{"open":51732,"high":52785.64,"low":51000,
      "close":52735.63,"amount":13259.24137056181,"vol":687640987.4125315,"count":448737,"bid":52732.88,
      "bidSize":0.036,"ask":52732.89,"askSize":0.583653,"lastPrice":52735.63,"lastSize":0.03}}
      """
    #expect(harness.frame(stream, frame) == .ok)
    let ticker = try #require(harness.tickers.last)
    #expect(ticker.present == UInt64(PB_TICKER_BID | PB_TICKER_ASK | PB_TICKER_LAST | PB_TICKER_DAY))
    #expect(ticker.venue_ns == 1_630_982_370_526_000_000 && ticker.last_price == 5_273_563)
    #expect(ticker.bid_quantity == 36_000_000_000_000)
  }

  @Test func aSubscriptionThatIsRefusedEndsItsCommand() throws {
    let harness = try ready()
    subscribe(harness, [.trades])
    let stream = try stream(harness, "/ws")
    let id = try #require(harness.requests.last { $0.body.contains("trade.detail") }).id
    harness.frame(
      stream,
      #"{"id":"\#(id)","status":"error","err-code":"bad-request","err-msg":"invalid topic market.btcusdt.trade.x"}"#)
    #expect(harness.replies.last?.failure == .unknownInstrument)
    #expect(harness.states.last?.state == .rejected)
  }
}

func change(_ sequence: Int, after previous: Int, bids: String, asks: String = "") -> String {
  """
  {"ch":"market.btcusdt.mbp.150","ts":1583472025885,"tick":{"seqNum":\(sequence),"prevSeqNum":\(previous),\
  "bids":[\(bids)],"asks":[\(asks)]}}
  """
}

func answer(_ sequence: Int, id: pb_id) -> String {
  """
  {"id":"\(id)","rep":"market.btcusdt.mbp.150","status":"ok","ts":1698359289261,"data":{"seqNum":\(sequence),\
  "bids":[[9058.27,1]],"asks":[[9059.99,2]]}}
  """
}
