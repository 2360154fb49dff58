import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import PhemexConnector

@Suite struct FeedTests {
  private func subscribed(
    _ channels: Channels, _ type: PhemexConnector.Type = PhemexSpot.self, instrument: pb_id = 1
  ) throws -> (ConnectorHarness, pb_id) {
    let harness = try ready(type)
    harness.command(.subscribe) { ($0.instrument, $0.channel) = (instrument, channels.rawValue) }
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    return (harness, stream)
  }

  private func book(_ kind: String, _ number: Int, _ bid: String) -> String {
    #"{"book":{"asks":[[3000100000000,1000000]],"bids":[\#(bid)]},"depth":0,"sequence":\#(number),"#
      + #""symbol":"sBTCUSDT","timestamp":1590570810187570850,"type":"\#(kind)"}"#
  }

  /// Whole numbers are brought to scale: 30,000 x 0.02 is written 3000000000000 x 2000000.
  @Test func aBookOfWholeNumbersIsRead() throws {
    let (harness, stream) = try subscribed(.book)
    #expect(harness.frames.last?.body.contains(#""method":"orderbook.subscribe","params":["sBTCUSDT",true]"#) == true)
    harness.frame(stream, book("snapshot", 10, "[3000000000000,2000000]"))
    harness.frame(stream, book("incremental", 14, "[3000000000000,0]"))
    #expect(harness.books.map(\.last) == [10, 14] && harness.gaps.isEmpty && harness.faults.isEmpty)
    let bid = try #require(harness.books.first?.bids.first)
    #expect(bid == [3_000_000_000_000, 2_000_000], "at eight decimals")
    // A number falls only where something went wrong.
    harness.frame(stream, book("incremental", 12, "[2900000000000,1]"))
    #expect(harness.gaps.count == 1)
  }

  /// What the exchange ends, it ends for all symbols: a subscription that is given up is a ping.
  @Test func whatIsGivenUpGoesOnUnread() throws {
    let (harness, stream) = try subscribed(.book)
    harness.frame(stream, book("snapshot", 10, "[3000000000000,2000000]"))
    harness.command(.unsubscribe) { ($0.instrument, $0.channel) = (1, Channels.book.rawValue) }
    harness.run(for: 100_000_000)
    let frame = try #require(harness.frames.last)
    #expect(frame.body == #"{"id":\#(frame.id),"method":"server.ping","params":[]}"#)
    harness.forget()
    harness.sent(frame.id)
    harness.frame(stream, #"{"error":null,"id":\#(frame.id),"result":"pong"}"#)
    harness.frame(stream, book("incremental", 11, "[3000000000000,0]"))
    #expect(harness.books.isEmpty && harness.faults.isEmpty)
  }

  /// Trades have no ids: of those that come again with a subscription the younger ones are new.
  @Test func recentTradesAreReportedOnce() throws {
    let (harness, stream) = try subscribed(.trades)
    func trades(_ kind: String, _ times: [Int]) -> String {
      let list = times.map { "[\(1_590_570_810_000_000_000 + $0),\"Sell\",3000000000000,1000000]" }
      return #"{"sequence":1,"symbol":"sBTCUSDT","trades":[\#(list.joined(separator: ","))],"type":"\#(kind)"}"#
    }
    harness.frame(stream, trades("snapshot", [2, 2, 1]))
    harness.frame(stream, trades("incremental", [3]))
    harness.frame(stream, trades("snapshot", [4, 3, 2, 2]))
    #expect(harness.trades.map { $0.time - 1_590_570_810_000_000_000 } == [1, 2, 2, 3, 4])
  }

  /// Contracts of 0.005 ETH at prices times ten thousand stand beside perpetuals whose numbers are as they are.
  @Test func contractsAreReadInBase() throws {
    let (harness, stream) = try subscribed([.book, .ticker, .mark], PhemexPerpetual.self, instrument: 2)
    harness.run(for: 200_000_000)
    let methods = harness.frames.map(\.body)
    #expect(methods.contains { $0.contains(#""method":"orderbook.subscribe","params":["ETHUSD",true]"#) })
    harness.frame(
      stream,
      #"{"book":{"asks":[[2332500,40]],"bids":[[2331000,3]]},"depth":0,"sequence":1,"symbol":"ETHUSD","#
        + #""timestamp":1590570810187570850,"type":"snapshot"}"#)
    let bid = try #require(harness.books.first?.bids.first)
    #expect(Decimal64(mantissa: bid[0], exponent: -4) == Decimal64("233.1"))
    #expect(Decimal64(mantissa: bid[1], exponent: -3) == Decimal64("0.015"))
    harness.frame(
      stream,
      #"{"market24h":{"close":2331500,"fundingRate":10000,"high":2380000,"indexPrice":2329057,"low":2274000,"#
        + #""markPrice":2329232,"open":2337500,"openInterest":1,"predFundingRate":1,"symbol":"ETHUSD","turnover":1,"#
        + #""volume":400},"timestamp":1592474241582701416}"#)
    let mark = try #require(harness.all(PB_EV_MARK, pb_mark.self).last?.fields)
    #expect(mark.mark.value == Decimal64("232.9232") && mark.index.value == Decimal64("232.9057"))
    let rate = try #require(harness.all(PB_EV_FUNDING_RATE, pb_funding_rate.self).last?.fields)
    #expect(rate.rate.value == Decimal64("0.0001"))
  }

  /// Hostile numbers cost their message, and nothing else.
  @Test(arguments: ["99999999999999999999", "-1", "1.5", "1e400", "\"\"", "null"])
  func aNumberThatIsNoneCostsItsBook(number: String) throws {
    let (harness, stream) = try subscribed(.book)
    harness.frame(stream, book("snapshot", 10, "[3000000000000,2000000]"))
    harness.frame(stream, book("incremental", 11, "[3000000000000,\(number)]"))
    harness.frame(stream, book("snapshot", 12, "[3000000000000,2000000]"))
    #expect(harness.books.last?.last ?? 0 >= 10)
  }
}
