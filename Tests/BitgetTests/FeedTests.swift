import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import BitgetConnector

@Suite struct FeedTests {
  private func live(_ harness: ConnectorHarness) throws -> pb_id {
    let stream = try subscribed(harness, .book)
    harness.frame(
      stream, book("snapshot", bids: #"["50000","1"]"#, asks: #"["50001","2"]"#, checksum: 0))
    return stream
  }

  @Test func aMessageNamesProductChannelAndInstrumentAndEachIsAnswered() throws {
    let harness = try ready()
    let stream = try subscribed(harness, [.book, .trades])
    let body = try #require(harness.requests.last).body
    #expect(
      body == #"{"op":"subscribe","args":[{"instType":"SPOT","channel":"books","instId":"BTCUSDT"},"#
        + #"{"instType":"SPOT","channel":"trade","instId":"BTCUSDT"}]}"#)
    harness.frame(stream, #"{"event":"subscribe","arg":{"instType":"SPOT","channel":"books","instId":"BTCUSDT"}}"#)
    #expect(harness.replies.isEmpty)
    harness.frame(
      stream,
      #"{"event":"error","arg":{"instType":"SPOT","channel":"trade","instId":"BTCUSDT"},"code":30001,"msg":"no"}"#)
    #expect(harness.replies.map(\.failure) == [.unknownInstrument])
  }

  @Test func aBookBeginsWithoutAChecksumAndEachChangeIsProved() throws {
    let harness = try ready()
    let stream = try live(harness)
    let proof = checksum("50000:3:50001:2")
    harness.frame(stream, book("update", bids: #"["50000","3"]"#, asks: "", checksum: proof))
    #expect(harness.books.map(\.isSnapshot) == [true, false] && harness.gaps.isEmpty)
    harness.frame(stream, book("update", bids: #"["50000","4"]"#, asks: "", checksum: proof))
    #expect(harness.gaps.map(\.reason) == [.checksum] && harness.books.count == 2)
    harness.run(for: 1_000_000_000)
    #expect(harness.requests.contains { $0.body.contains(#""op":"unsubscribe""#) })
  }

  @Test func theDigitsUnderTheChecksumAreTheExchanges() throws {
    let harness = try ready()
    let stream = try live(harness)
    harness.frame(
      stream,
      book("update", bids: #"["50000.00","3.10"]"#, asks: "", checksum: checksum("50000.00:3.10:50001:2")))
    #expect(harness.books.count == 2 && harness.gaps.isEmpty)
  }

  @Test func aChangeWithoutAChecksumMustRiseInNumber() throws {
    let harness = try ready()
    let stream = try live(harness)
    harness.frame(stream, book("update", bids: #"["50000","3"]"#, asks: "", checksum: 0, seq: 5))
    #expect(harness.books.map(\.last) == [0, 5])
    let bare =
      #"{"action":"update","arg":{"channel":"books","instId":"BTCUSDT"},"data":[{"asks":[],"bids":[],"ts":"1"}]}"#
    #expect(harness.frame(stream, bare) == .parse, "nothing proves it")
    #expect(harness.gaps.map(\.reason) == [.malformed])
  }

  @Test func theNewestVersionNamesTheMessageBefore() throws {
    let harness = try ready(config: #"{"version":"v3"}"#)
    let stream = try subscribed(harness, .book)
    #expect(
      harness.requests.last?.body
        == #"{"op":"subscribe","args":[{"instType":"spot","topic":"books","symbol":"BTCUSDT"}]}"#)
    func frame(_ action: String, _ seq: Int, _ pseq: Int) -> String {
      """
      {"action":"\(action)","arg":{"instType":"spot","topic":"books","symbol":"BTCUSDT"},"data":[{"a":[["50001","2"]],\
      "b":[["50000","1"]],"checksum":7,"seq":\(seq),"pseq":\(pseq),"ts":"1777362656332"}],"ts":1777362656336}
      """
    }
    harness.frame(stream, frame("snapshot", 10, 0))
    harness.frame(stream, frame("update", 14, 10))
    #expect(harness.books.map(\.last) == [10, 14] && harness.gaps.isEmpty)
    harness.frame(stream, frame("update", 20, 17))
    #expect(harness.gaps.map(\.reason) == [.sequence] && harness.books.count == 2)
  }

  @Test func tradesComeNewestFirstAndAreReportedOldestFirst() throws {
    let harness = try ready()
    let stream = try subscribed(harness, .trades)
    func frame(_ action: String, _ entries: [(id: Int, time: Int)]) -> String {
      let list = entries.map {
        #"{"ts":"\#($0.time)","price":"27000.5","size":"0.001","side":"buy","tradeId":"\#($0.id)"}"#
      }
      return """
        {"action":"\(action)","arg":{"instType":"SPOT","channel":"trade","instId":"BTCUSDT"},\
        "data":[\(list.joined(separator: ","))],"ts":1695716761589}
        """
    }
    harness.frame(stream, frame("snapshot", [(9, 3), (8, 2)]))
    harness.frame(stream, frame("update", [(11, 5), (10, 4)]))
    harness.frame(stream, frame("snapshot", [(11, 5), (10, 4)]))
    #expect(harness.all(PB_EV_TRADE, pb_trade.self).map { $0.fields.venue_ns / 1_000_000 } == [2, 3, 4, 5])
  }

  @Test func aPriceStepIsOfTheLastDecimal() throws {
    let harness = try ConnectorHarness(BitgetPerpetual.self, config: "{}")
    harness.start()
    harness.command(.instruments)
    let request = try #require(harness.requests.last)
    #expect(request.url.hasSuffix("/api/v2/mix/market/contracts?productType=USDT-FUTURES"))
    harness.sent(request.id)
    harness.reply(request.id, contracts)
    let fields = try #require(harness.instruments.first).fields
    #expect(harness.instruments.count == 1, "contracts that are delivered are left out")
    #expect(fields.tick.value?.plain == "0.5" && fields.lot.value?.plain == "0.001")
  }

  @Test func aTickerOfAContractCarriesItsMarks() throws {
    let harness = try ready(BitgetPerpetual.self)
    let stream = try subscribed(harness, [.ticker, .mark])
    let frame = """
      {"action":"snapshot","arg":{"instType":"USDT-FUTURES","channel":"ticker","instId":"BTCUSDT"},"data":[{"instId":\
      "BTCUSDT","lastPr":"27000.5","bidPr":"27000","askPr":"27000.5","bidSz":"2.71","askSz":"8.76","open24h":"27000.5",\
      "high24h":"30668.5","low24h":"26999.0","fundingRate":"0.000010","nextFundingTime":"1695722400000","markPrice":\
      "27000.0","indexPrice":"25702.4381686055379793","baseVolume":"368.900","quoteVolume":"1","ts":"1695715383021"}]}
      """
    #expect(harness.frame(stream, frame) == .ok)
    #expect(harness.tickers.count == 1)
    let mark = try #require(harness.all(PB_EV_MARK, pb_mark.self).first?.fields)
    #expect(mark.mark.value?.plain == "27000" && mark.index.value?.plain.hasPrefix("25702.43816860553") == true)
    #expect(harness.all(PB_EV_FUNDING_RATE, pb_funding_rate.self).map { $0.fields.rate.value?.plain } == ["0.00001"])
  }
}
