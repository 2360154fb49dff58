import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import BitMartConnector

@Suite struct FeedTests {
  private func book(_ bids: String, _ asks: String, _ symbol: String = "BTC_USDT") -> String {
    #"{"table":"spot/depth50","data":[{"asks":[\#(asks)],"bids":[\#(bids)],"symbol":"\#(symbol)","#
      + #""ms_t":1542337219120}]}"#
  }

  private func subscribed(_ channel: Channels) throws -> (ConnectorHarness, pb_id) {
    let harness = try ready()
    harness.forget()
    return (harness, try harness.subscribed(channel))
  }

  @Test func theLargerLeastValueCounts() throws {
    let harness = try ready()
    let (first, second) = (harness.instruments[0], harness.instruments[1])
    #expect(first.fields.min_notional.value == Decimal64(6) && first.fields.quantity_exp == -4)
    #expect(first.fields.state == InstrumentState.trading.rawValue && first.fields.price_exp == -2)
    #expect(second.fields.state == InstrumentState.halted.rawValue && second.fields.price_exp == -6)
  }

  @Test func aSubscriptionIsAnsweredByItsTopic() throws {
    let (harness, stream) = try subscribed(.book)
    #expect(
      harness.requests.filter { $0.stream == stream }.map(\.body)
        == [#"{"op":"subscribe","args":["spot/depth50:BTC_USDT"]}"#])
    #expect(harness.all(PB_OUT_OPEN, pb_out_open.self).map(\.fields.flags) == [UInt32(PB_OPEN_INFLATE)])
    harness.frame(stream, #"{"event":"subscribe","topic":"spot/depth50:BTC_USDT"}"#)
    #expect(harness.states.last?.state == .live && harness.replies.map(\.outcome) == [.done])
  }

  @Test(arguments: [
    #"{"event":"spot/trade:BTC_USDT","errorMessage":"channel does not exist","errorCode":"90001"}"#,
    #"{"event":"subscribe","topic":"spot/trade:BTC_USDT","errorMessage":"no","errorCode":"93017"}"#,
  ])
  func aRefusedSubscriptionEndsItsCommand(_ frame: String) throws {
    let (harness, stream) = try subscribed(.trades)
    #expect(harness.frame(stream, frame) == .ok)
    #expect(harness.replies.map(\.outcome) == [.refused])
  }

  @Test func everyPushIsTheWholeBook() throws {
    let (harness, stream) = try subscribed(.book)
    harness.frame(stream, book(#"["161.9","7.3756"]"#, #"["162","1"]"#))
    harness.frame(stream, book("", #"["162.00",2]"#))
    #expect(harness.books.map(\.isSnapshot) == [true, true])
    #expect(harness.books[0].bids == [[16_190, 73_756]] && harness.books[1].asks == [[16_200, 20_000]])
    #expect(harness.books[0].time == 1_542_337_219_120_000_000)
    #expect(harness.frame(stream, "pong") == .ok && harness.gaps.isEmpty)
  }

  @Test(arguments: [
    #"{"table":"spot/depth50","data":[{"symbol":"BTC_USDT","ms_t":1542337219120}]}"#,
    #"{"table":"spot/depth50","data":[{"symbol":"BTC_USDT","asks":[],"asks":[],"bids":[]}]}"#,
    #"{"table":"spot/depth50","data":[{"symbol":"BTC_USDT","asks":[["x","1"]],"bids":[]}]}"#,
    #"{"table":"spot/depth50","data":[{"asks":[],"bids":[]}]}"#, #"{"table":"spot/depth50","data":[{}"#, "pin",
  ])
  func aBookThatCannotBeReadIsLost(_ frame: String) throws {
    let (harness, stream) = try subscribed(.book)
    harness.frame(stream, book(#"["1","1"]"#, ""))
    #expect(harness.frame(stream, frame) == .parse)
    #expect(harness.gaps.map(\.reason) == [.malformed])
  }

  @Test func anotherMarketIsNoHarm() throws {
    let (harness, stream) = try subscribed(.book)
    harness.forget()
    #expect(harness.frame(stream, book("", "", "DOGE_USDT")) == .unsupported)
    #expect(harness.frame(stream, #"{"table":"spot/kline1m","data":[]}"#) == .unsupported)
    #expect(harness.emitted.isEmpty)
  }

  @Test func tradesHaveNoIds() throws {
    let (harness, stream) = try subscribed(.trades)
    harness.frame(
      stream,
      #"{"table":"spot/trade","data":[{"symbol":"BTC_USDT","price":"162.12","side":"buy","size":"11.085","#
        + #""s_t":1542337219,"ms_t":1542337219120}]}"#)
    #expect(harness.trades.map(\.price) == [16_212] && harness.trades.map(\.taker) == [.buy])
  }
}
