import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import BingXConnector

@Suite struct FeedTests {
  @Test func instrumentsComeFromBareNumbersAndHyphens() throws {
    let harness = try ConnectorHarness(BingXSpot.self, config: "{}")
    harness.start()
    harness.command(.instruments)
    harness.reply(try #require(harness.requests.last).id, symbols)
    let (first, second) = (harness.instruments[0], harness.instruments[1])
    #expect((first.base, first.quote) == ("BTC", "USDT"))
    #expect(first.fields.price_exp == -2 && first.fields.quantity_exp == -5)
    #expect(first.fields.min_notional.value == Decimal64(5) && first.fields.min_quantity.value == nil)
    #expect(second.fields.state == InstrumentState.halted.rawValue, "the API may not trade it")
    #expect(harness.logs.contains { $0.hasPrefix("1 instruments could not be read") })
  }

  @Test(arguments: ["{\"domain\":\"moon\"}", "{\"book\":\"sideways\"}"])
  func aConfigurationThatIsNotKnownIsRefused(_ config: String) {
    #expect(throws: (any Error).self) { try ConnectorHarness(BingXSpot.self, config: config) }
  }

  @Test func eachTopicIsAMessageAndItsAnswerCarriesItsId() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book, .trades, .ticker])
    let frames = harness.requests.filter { $0.stream == stream }
    #expect(
      frames.map(\.body) == ["incrDepth", "trade", "ticker"].enumerated().map {
        #"{"id":"\#(frames[$0].id)","reqType":"sub","dataType":"BTC-USDT@\#($1)"}"#
      })
    #expect(frames.allSatisfy { $0.charges == [1: 1] })
    #expect(harness.all(PB_OUT_OPEN, pb_out_open.self).map(\.fields.flags) == [UInt32(PB_OPEN_INFLATE)])
    for frame in frames { harness.frame(stream, #"{"code":0,"id":"\#(frame.id)","msg":"","dataType":"","data":null}"#) }
    #expect(harness.states.filter { $0.state == .live }.map(\.channels) == [.book, .trades, .ticker])
    #expect(harness.replies.map(\.outcome) == [.done])
  }

  @Test func aRefusedSubscriptionEndsItsCommand() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.trades])
    let id = try #require(harness.requests.last).id
    harness.frame(stream, #"{"code":100400,"id":"\#(id)","msg":"invalid symbol","timestamp":1696245842307}"#)
    #expect(harness.replies.map(\.failure) == [.unknownInstrument])
    #expect(harness.frame(stream, #"{"code":100500,"msg":"","timestamp":1696245808833}"#) == .ok)
  }

  @Test func heartbeatsAreAnsweredInKind() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.trades])
    harness.forget()
    #expect(harness.frame(stream, "Ping") == .ok)
    #expect(harness.frame(stream, #"{"ping":"59\"63","time":"2023-10-02T18:51:55.089+0800"}"#) == .ok)
    #expect(harness.requests.map(\.body) == ["Pong", #"{"pong":"59\"63","time":"2023-10-02T18:51:55.089+0800"}"#])
    #expect(harness.requests.map(\.permission) == ["pong", "pong_object"])
    #expect(harness.requests.allSatisfy { $0.stream == stream && $0.account == 0 })
  }

  @Test func aBookOfMembersFollowsItsNumbers() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book])
    harness.frame(stream, changes("update", 9, bids: "", asks: ""))
    harness.frame(
      stream, changes("all", 10, bids: #""50000.00":"1.5","49999.5":"2""#, asks: #""50001":"0.00001""#))
    harness.frame(stream, changes("update", 11, bids: #""50000.00":"0""#, asks: ""))
    #expect(harness.books.map(\.last) == [10, 11] && harness.books.map(\.isSnapshot) == [true, false])
    #expect(harness.books[0].bids == [[5_000_000, 150_000], [4_999_950, 200_000]])
    #expect(harness.books[0].asks == [[5_000_100, 1]] && harness.books[1].bids == [[5_000_000, 0]])
    #expect(harness.books[0].time == 1_764_288_000_300_000_000)
    harness.forget()
    harness.frame(stream, changes("update", 13, bids: "", asks: #""50002":"1""#))
    #expect(harness.gaps.map(\.got) == [13] && harness.books.isEmpty)
    let leave = try #require(harness.requests.last)
    #expect(leave.body.contains(#""reqType":"unsub""#))
    harness.sent(leave.id)
    harness.frame(stream, #"{"id":"\#(leave.id)","code":0,"msg":""}"#)
    let join = try #require(harness.requests.last)
    #expect(join.body.contains(#""reqType":"sub","dataType":"BTC-USDT@incrDepth""#))
    harness.frame(stream, changes("all", 30, bids: #""1":"1""#, asks: ""))
    #expect(harness.books.map(\.last) == [30])
  }

  @Test(arguments: [
    changes("update", 11, bids: #""x":"1""#, asks: ""), changes("update", 11, bids: #""50000.001":"1""#, asks: ""),
    changes("update", 11, bids: #""50000":"one""#, asks: ""), changes("sideways", 11, bids: "", asks: ""),
    #"{"code":0,"dataType":"BTC-USDT@incrDepth","data":{"action":"update","bids":{},"asks":{}}}"#, "{", "Pingg",
    // An array where spot has an object, a refusal beside data, and numbers that no exchange writes.
    #"{"code":0,"dataType":"BTC-USDT@incrDepth","data":{"action":"update","lastUpdateId":11,"bids":{},"asks":[]}}"#,
    #"{"code":-1,"dataType":"BTC-USDT@incrDepth","data":{"action":"update","lastUpdateId":11,"bids":{},"asks":{}}}"#,
    changes("update", 11, bids: #""+50000":"1""#, asks: ""), changes("update", 11, bids: #""50000":"+1""#, asks: ""),
    changes("update", 11, bids: #""50000":".5""#, asks: ""),
  ])
  func anUpdateThatCannotBeReadLosesItsBook(_ frame: String) throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book])
    harness.frame(stream, changes("all", 10, bids: #""50000":"1""#, asks: ""))
    #expect(harness.frame(stream, frame) == .parse)
    #expect(harness.gaps.map(\.reason) == [.malformed])
  }

  @Test func theBestLevelsComeAsAWholeWhereThatIsWanted() throws {
    let harness = try ready(#"{"book":"pushes"}"#)
    let stream = try subscribed(harness, [.book])
    #expect(harness.requests.last?.body.contains("BTC-USDT@depth100") == true)
    harness.frame(stream, best(100, bids: #"["50000","1"]"#, asks: #"["50002","1"],["50001","2"]"#))
    #expect(harness.frame(stream, best(100, bids: #"["50000","1"]"#, asks: #"["50002",1]"#)) == .ok)
    #expect(harness.books.map(\.isSnapshot) == [true, true])
    #expect(harness.books[0].asks == [[5_000_200, 100_000], [5_000_100, 200_000]], "worst first, as it came")
    let object = #"{"code":0,"dataType":"BTC-USDT@depth100","data":{"bids":[["50000","1"]],"asks":{}}}"#
    #expect(harness.frame(stream, object) == .parse)
    #expect(harness.frame(stream, best(100, bids: "", asks: "7")) == .parse)
    #expect(harness.gaps.map(\.reason).first == .malformed && harness.books.count == 2)
    #expect(harness.requests.filter { $0.stream == stream }.count == 1)
  }

  @Test func theTakerSoldWhereTheBuyerWasTheMaker() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.trades])
    func trade(_ maker: String, _ quantity: String) -> String {
      """
      {"code":0,"dataType":"BTC-USDT@trade","Success":true,"data":{"e":"trade","E":"1649832413551","s":"BTC-USDT",\
      "t":"33685717","p":"40125.48","q":"\(quantity)","T":"1649832413512","m":\(maker)}}
      """
    }
    for maker in ["\"true\"", "false"] { #expect(harness.frame(stream, trade(maker, "0.00714")) == .ok) }
    #expect(harness.trades.map(\.taker) == [.sell, .buy])
    #expect(harness.trades[0].price == 4_012_548 && harness.trades[0].quantity == 714)
    #expect(harness.trades[0].id == "33685717" && harness.trades[0].time == 1_649_832_413_512_000_000)
    #expect(harness.frame(stream, trade("false", "0")) == .parse)
    #expect(harness.frame(stream, trade("maybe", "1")) == .parse)
    #expect(harness.trades.count == 2)
    #expect(harness.states.map(\.state).suffix(2) == [.down, .live], "one is lost, and the channel goes on")
  }

  @Test func tickersAreReadFromTheStreamAndTheList() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.ticker])
    let push = """
      {"code":0,"timestamp":1727163468055,"dataType":"BTC-USDT@ticker","data":{"e":"24hTicker","E":1727163468053,\
      "s":"BTC-USDT","p":-2.29,"P":"-0.09%","o":2644.56,"h":2702.79,"l":2609.68,"c":2642.27,"v":13865.37,\
      "q":36747069.40,"A":2642.30,"a":21.552,"B":2642.23,"b":3.13641}}
      """
    #expect(harness.frame(stream, push) == .ok)
    let ticker = try #require(harness.tickers.first)
    #expect((ticker.bid_price, ticker.ask_price, ticker.last_price) == (264_223, 264_230, 264_227))
    harness.forget()
    let command = harness.command(.tickers)
    harness.reply(
      try #require(harness.requests.last).id,
      #"{"code":0,"data":[{"symbol":"BTC-USDT","lastPrice":42215.15,"askPrice":42215.55,"askQty":2.2,"#
        + #""bidPrice":42214.65,"bidQty":0.8962},{"symbol":"NO-ONE","lastPrice":1}]}"#)
    #expect(harness.tickers.map(\.last_price) == [4_221_515] && harness.refusal(command) == nil)
  }
}
