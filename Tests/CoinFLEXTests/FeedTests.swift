import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import CoinFLEXConnector

@Suite struct FeedTests {
  private func ready(
    _ type: any ExchangeDialect.Type = CoinFLEXSpot.self, trading: Bool = false
  ) throws -> ConnectorHarness {
    let harness = try ConnectorHarness(type)
    harness.start(trading: trading)
    harness.command(.instruments)
    harness.reply(
      try #require(harness.requests.last).id,
      """
      {"event":"markets","timestamp":"1639598493658","data":[{"marketCode":"BTC-USD","base":"BTC","counter":"USD",
      "type":"SPOT","tickSize":"1","qtyIncrement":"0.001","marketPrice":"39980","markPrice":null},
      {"marketCode":"BTC-USD-SWAP-LIN","base":"BTC","counter":"USD","type":"FUTURE","tickSize":"1",
      "qtyIncrement":"0.001"},{"marketCode":"BTC-USD-REPO-LIN","base":"BTC","counter":"USD","type":"REPO",
      "tickSize":"1","qtyIncrement":"0.001"},
      {"marketCode":"BTC-USD-SPR-QP-LIN","base":"BTC","counter":"USD","type":"FUTURE","tickSize":"1",
      "qtyIncrement":"0.001"}]}
      """)
    return harness
  }

  @Test func onlySpotOrPerpetualsAreListed() throws {
    #expect(try ready().instruments.map(\.symbol) == ["BTC-USD"])
    let perpetual = try #require(try ready(CoinFLEXPerpetual.self).instruments.first)
    #expect(perpetual.symbol == "BTC-USD-SWAP-LIN" && perpetual.fields.kind == InstrumentKind.perpetual.rawValue)
  }

  /// A channel's name stands in a text, or in a list.
  @Test(arguments: [#""depth:BTC-USD""#, #"["depth:BTC-USD"]"#]) func anAnswerNamesItsChannels(channel: String) throws {
    let harness = try ready()
    let stream = try harness.subscribed(.book)
    harness.frame(stream, #"{"event":"subscribe","channel":\#(channel),"success":true,"timestamp":"1594299886880"}"#)
    #expect(harness.states.last?.state == .live, "\(harness.states)")
  }

  /// The depth of 2020 names a perpetual as if it were spot.
  @Test func booksOfTheOlderChannelAreNoSpotBooks() throws {
    let harness = try ready()
    let stream = try harness.subscribed(.book)
    let level =
      #"{"instrumentId":"BTC-USD","seqNum":15,"asks":[[9241,1,0,0]],"bids":[[9239,0.46,0,0]],"timestamp":"1"}"#
    harness.frame(stream, #"{"data":[\#(level)],"action":"partial","table":"futures/depth"}"#)
    #expect(harness.books.isEmpty)
    harness.frame(stream, #"{"data":[\#(level)],"action":"partial","table":"depth"}"#)
    #expect(harness.books.map(\.last) == [15])
  }

  /// The ticker of a perpetual says what positions are valued by.
  @Test func tickersOfPerpetualsSayTheMarkPrice() throws {
    let harness = try ready(CoinFLEXPerpetual.self)
    let stream = try harness.subscribed(.mark)
    harness.frame(
      stream,
      """
      {"data":[{"last":"9237.5","lastQty":"0.4999","markPrice":"9225.5","marketCode":"BTC-USD-SWAP-LIN",
      "timestamp":"1594684800000","volume24h":"9235.6525","currencyVolume24h":"0.9998"}],"table":"ticker"}
      """)
    let marks = harness.all(PB_EV_MARK, pb_mark.self).map { $0.fields.mark.value?.plain }
    #expect(marks == ["9225.5"], "\(harness.logs)")
  }

  /// An order stands in a list, its id as a number, beside what says how long it may take.
  @Test func anOrderStandsInAList() throws {
    let harness = try ready(trading: true)
    harness.account(7)
    _ = harness.placeLimit(client: "1650000000123001")
    let request = try #require(harness.requests.last { $0.permission == "place" })
    #expect(request.headers.contains { $0.hasPrefix("Signature: ") })
    #expect(
      request.body == """
        {"recvWindow":5000,"responseType":"FULL","timestamp":<time_ms>,"orders":[{"clientOrderId":1650000000123001,\
        "marketCode":"BTC-USD","side":"BUY","quantity":"0.012","timeInForce":"GTC","orderType":"LIMIT",\
        "price":"50000"}]}
        """)
  }
}
