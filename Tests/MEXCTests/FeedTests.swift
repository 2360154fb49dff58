import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import MEXCConnector

@Suite struct FeedTests {
  @Test func eachTopicIsOneMessageAndOneAnswer() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book, .trades])
    let sent = harness.requests.filter { $0.stream == stream }
    #expect(
      sent.map(\.body) == ["depth", "deals"].enumerated().map { place, name in
        #"{"method":"SUBSCRIPTION","params":["spot@public.aggre.\#(name).v3.api.pb@100ms@BTCUSDT"],"id":"#
          + "\(sent[place].id)}"
      })
    for request in sent { harness.frame(stream, #"{"id":\#(request.id),"code":0,"msg":"spot@public"}"#) }
    #expect(harness.replies.map(\.outcome) == [.done])
  }

  /// A refusal has the code 0 as well.
  @Test func aRefusalIsKnownByItsWords() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.trades])
    let id = try #require(harness.requests.last).id
    harness.frame(
      stream,
      #"{"id":\#(id),"code":0,"msg":"Not Subscribed successfully! [spot@public.aggre.deals.v3.api.pb@100ms@BTCUSDT]."#
        + #"  Reason\uff1a Blocked! "}"#)
    #expect(harness.replies.map(\.outcome) == [.refused] && harness.states.last?.state == .rejected)
  }

  @Test func aBookIsAskedForAndJoined() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book])
    let request = try #require(harness.requests.last { $0.url.contains("/depth") })
    #expect(request.url == "https://api.mexc.com/api/v3/depth?symbol=BTCUSDT&limit=5000")
    harness.frame(stream, depth(8, 10, bids: [("50000", "1")]), isBinary: true)
    harness.frame(stream, depth(11, 12, bids: [("50000", "2")]), isBinary: true)
    #expect(harness.books.isEmpty)
    harness.reply(request.id, #"{"lastUpdateId":10,"bids":[["49999","1"]],"asks":[["50001","0.00000001"]]}"#)
    harness.frame(stream, depth(13, 13, bids: [("50000", "0.000")], asks: [("50001", "3")]), isBinary: true)
    #expect(harness.books.map(\.last) == [10, 12, 13] && harness.gaps.isEmpty)
    #expect(harness.books[2].bids == [[5_000_000, 0]] && harness.books[2].asks == [[5_000_100, 300_000_000]])
    #expect(harness.books[2].time == 1_764_288_000_350_000_000)
    harness.forget()
    harness.frame(stream, depth(15, 15, bids: [("50000", "1")]), isBinary: true)
    #expect(harness.gaps.map(\.expected) == [14] && harness.gaps.map(\.got) == [15])
    #expect(harness.requests.contains { $0.url.contains("/depth") })
  }

  @Test(arguments: [
    depth(11, 11, bids: [("50000", "x")]), depth(11, 11, bids: [("0", "1")]), depth(11, 11, bids: [("50000.001", "1")]),
    depth(0, 11), Array(depth(11, 11, bids: [("50000", "1")]).dropLast(5)), depth(11, 11) + [0x07],
    push("spot@public.aggre.depth.v3.api.pb@100ms@BTCUSDT", 313, Proto().number(2, 5).text(4, "11").text(5, "11")),
  ])
  func anUpdateThatCannotBeReadLosesItsBook(_ frame: [UInt8]) throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book])
    let request = try #require(harness.requests.last { $0.url.contains("/depth") })
    harness.reply(request.id, #"{"lastUpdateId":10,"bids":[["49999","1"]],"asks":[["50001","1"]]}"#)
    harness.frame(stream, depth(11, 11, bids: [("50000", "1")]), isBinary: true)
    harness.forget()
    #expect(harness.frame(stream, frame, isBinary: true) == .parse)
    #expect(harness.gaps.map(\.reason) == [.malformed])
  }

  @Test func dealsAreTradesOfTheTaker() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.trades])
    func deal(_ price: String, _ side: Int, id: String? = nil) -> Proto {
      let deal = Proto().text(1, price).text(2, "0.00008235").number(3, side).number(4, 1_782_208_006_167)
      return id.map { deal.text(5, $0) } ?? deal
    }
    let data = Proto().message(1, deal("62383.56", 2)).message(1, deal("62383.57", 1, id: "97836000"))
      .message(1, deal("62383.57", 9)).text(2, "spot@public.aggre.deals.v3.api.pb@100ms")
    #expect(harness.frame(stream, push("spot@public.aggre.deals", 314, data), isBinary: true) == .parse)
    #expect(harness.trades.map(\.taker) == [.sell, .buy] && harness.trades.map(\.id) == ["", "97836000"])
    #expect(harness.trades[0].quantity == 8235 && harness.trades[0].time == 1_782_208_006_167_000_000)
  }

  @Test func theBestPricesAreATicker() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.ticker])
    let data = Proto().text(1, "62383.56").text(2, "0.07956651").text(3, "62383.57").text(4, "0.09556")
    harness.frame(stream, push("spot@public.aggre.bookTicker", 315, data), isBinary: true)
    let ticker = try #require(harness.tickers.first)
    #expect(ticker.present == UInt64(PB_TICKER_BID | PB_TICKER_ASK))
    #expect(ticker.bid_price == 6_238_356 && ticker.ask_quantity == 9_556_000)
  }
}
