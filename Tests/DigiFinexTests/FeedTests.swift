import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import DigiFinexConnector

@Suite struct FeedTests {
  private func depth(_ isClean: Bool, _ bids: String, _ asks: String, _ symbol: String = "BTC_USDT") -> String {
    #"{"method":"depth.update","params":[\#(isClean),{"asks":[\#(asks)],"bids":[\#(bids)]},"\#(symbol)"],"id":null}"#
  }

  private func sent(_ harness: ConnectorHarness) -> [String] { harness.requests.filter { $0.stream != 0 }.map(\.body) }

  @Test func namesAreCutIntoTheirAssets() throws {
    let harness = try ConnectorHarness(DigiFinexSpot.self)
    harness.start()
    harness.command(.instruments)
    harness.reply(try #require(harness.requests.last).id, markets)
    let second = harness.instruments[1]
    #expect((second.symbol, second.base, second.quote) == ("ETH_BTC", "ETH", "BTC"))
    #expect(second.fields.price_exp == -6 && second.fields.quantity_exp == -3)
    #expect(second.fields.min_notional.value == Decimal64(mantissa: 2, exponent: -4))
  }

  @Test func aListThatCannotBeNamedIsLeftOut() throws {
    let harness = try ConnectorHarness(DigiFinexSpot.self)
    harness.start()
    harness.command(.instruments)
    harness.reply(
      try #require(harness.requests.last).id,
      #"{"code":0,"data":[{"volume_precision":1,"price_precision":1,"market":"btcusdt"},"#
        + #"{"volume_precision":99,"price_precision":1,"market":"a_b"},"#
        + #"{"volume_precision":1,"price_precision":1,"market":"c_d"}]}"#)
    #expect(harness.instruments.map(\.symbol) == ["C_D"])
  }

  /// Whether a list adds to those of before, nobody says.
  @Test func everyMessageNamesAllOfItsChannel() throws {
    let harness = try ready()
    let stream = try harness.subscribed(.book)
    let first = try #require(harness.requests.last)
    #expect(first.body == #"{"id":\#(first.id),"method":"depth.subscribe","params":["BTC_USDT"]}"#)
    harness.frame(stream, answer(first.id))
    harness.command(.subscribe) { ($0.instrument, $0.channel) = (2, Channels.book.rawValue) }
    let second = try #require(harness.requests.last)
    #expect(second.body.hasSuffix(#""method":"depth.subscribe","params":["BTC_USDT","ETH_BTC"]}"#))
    harness.sent(second.id)
    harness.frame(stream, answer(second.id))
    harness.command(.unsubscribe) { ($0.instrument, $0.channel) = (1, Channels.book.rawValue) }
    let third = try #require(harness.requests.last)
    #expect(third.body.hasSuffix(#""method":"depth.subscribe","params":["ETH_BTC"]}"#))
    harness.sent(third.id)
    harness.frame(stream, answer(third.id))
    #expect(harness.frame(stream, depth(true, "", "")) == .ok)
    #expect(harness.books.isEmpty, "nobody wants it any more")
    harness.command(.unsubscribe) { ($0.instrument, $0.channel) = (2, Channels.book.rawValue) }
    #expect(sent(harness).last?.hasSuffix(#""method":"depth.unsubscribe","params":[]}"#) == true)
  }

  @Test func channelsDoNotDisturbEachOther() throws {
    let harness = try ready()
    harness.command(.subscribe) {
      ($0.instrument, $0.channel) = (1, Channels([.book, .trades, .ticker]).rawValue)
    }
    #expect(harness.opens.count == 3)
    #expect(
      harness.all(PB_OUT_OPEN, pb_out_open.self).allSatisfy { $0.fields.flags == UInt32(PB_OPEN_INFLATE) })
  }

  @Test func aRefusedSubscriptionEndsItsCommand() throws {
    for refusal in [
      #"{"error":{"code":10004,"message":"Illegal request parameters"},"result":null,"id":ID}"#,
      #"{"error":null,"result":{"status":"fail"},"id":ID}"#,
    ] {
      let harness = try ready()
      let stream = try harness.subscribed(.trades)
      let request = try #require(harness.requests.last)
      harness.frame(stream, refusal.replacing("ID", with: "\(request.id)"))
      #expect(harness.replies.map(\.outcome) == [.refused])
    }
  }

  @Test func aCleanPushIsTheBookAndOthersChangeIt() throws {
    let harness = try ready()
    let stream = try harness.subscribed(.book)
    harness.frame(stream, depth(false, #"["9","1"]"#, ""))
    #expect(harness.books.isEmpty, "a change without a book")
    harness.frame(stream, depth(true, #"["100.5","1.2"]"#, #"["101","2"]"#))
    harness.frame(stream, depth(false, #"["100.50","0.0000"]"#, ""))
    #expect(harness.books.map(\.isSnapshot) == [true, false])
    #expect(harness.books[0].bids == [[10_050, 12_000]] && harness.books[1].bids == [[10_050, 0]])
    harness.frame(stream, depth(true, #"["99","1"]"#, ""))
    #expect(harness.books.last?.isSnapshot == true)
  }

  @Test(arguments: [
    #"{"method":"depth.update","params":[false,{"asks":[]},"BTC_USDT"],"id":null}"#,
    #"{"method":"depth.update","params":[0,{"asks":[],"bids":[]},"BTC_USDT"],"id":null}"#,
    #"{"method":"depth.update","params":[false,{"asks":[],"bids":[["x","1"]]},"BTC_USDT"],"id":null}"#,
    #"{"method":"depth.update","params":[false],"id":null}"#, "{",
  ])
  func aBookThatCannotBeReadIsLost(_ frame: String) throws {
    let harness = try ready()
    let stream = try harness.subscribed(.book)
    harness.frame(stream, depth(true, #"["1","1"]"#, ""))
    #expect(harness.frame(stream, frame) == .parse)
    #expect(harness.gaps.map(\.reason) == [.malformed])
  }

  @Test func anotherMarketIsNoHarm() throws {
    let harness = try ready()
    let stream = try harness.subscribed(.book)
    harness.forget()
    #expect(harness.frame(stream, depth(false, "", "", "DOGE_USDT")) == .unsupported)
    #expect(harness.frame(stream, #"{"error":null,"result":"pong","id":0}"#) == .ok)
    #expect(harness.frame(stream, #"{"method":"kline.update","params":[],"id":null}"#) == .unsupported)
    #expect(harness.emitted.isEmpty)
  }

  @Test func tradesComeNewestFirstAndRecentOnesAreReportedOnce() throws {
    let harness = try ready()
    let stream = try harness.subscribed(.trades)
    func trade(_ id: Int, _ side: String) -> String {
      #"{"id":\#(id),"time":1523339279.761838,"price":"398.59","amount":"0.027","type":"\#(side)"}"#
    }
    func push(_ isClean: Bool, _ trades: String) -> String {
      #"{"method":"trades.update","params":[\#(isClean),[\#(trades)],"BTC_USDT"],"id":null}"#
    }
    harness.frame(stream, push(true, trade(12, "buy") + "," + trade(11, "sell")))
    harness.frame(stream, push(false, trade(14, "buy") + "," + trade(13, "buy")))
    harness.frame(stream, push(true, trade(14, "buy") + "," + trade(12, "buy")))
    #expect(harness.trades.map(\.id) == ["11", "12", "13", "14"])
    #expect(harness.trades.map(\.taker) == [.sell, .buy, .buy, .buy])
  }
}
