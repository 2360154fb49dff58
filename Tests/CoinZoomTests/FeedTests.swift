import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import CoinZoomConnector

@Suite struct FeedTests {
  private func ready(trading: Bool = false) throws -> ConnectorHarness {
    let harness = try ConnectorHarness(CoinZoomSpot.self)
    harness.start(trading: trading)
    harness.command(.instruments)
    harness.reply(
      try #require(harness.requests.last).id,
      """
      [{"symbol":"BTC/USD","baseCurrencyCode":"BTC","termCurrencyCode":"USD","minTradeAmt":0.0001,"maxTradeAmt":10,
      "maxPricePrecision":2,"maxQuantityPrecision":6,"issueOnly":false}]
      """)
    return harness
  }

  /// A row that is gone is named by its id; rows of one price add up.
  @Test func rowsAreNamedByTheirIds() throws {
    let harness = try ready()
    let stream = try harness.subscribed(.book)
    harness.frame(stream, #"{"oi":"BTC/USD","b":[["1"]],"s":[]}"#)
    #expect(harness.books.isEmpty)
    harness.frame(stream, #"{"ob":"BTC/USD","b":[["1",100,1],["2",100,2.5],["3",99,4]],"s":[["4",101,2]]}"#)
    harness.frame(stream, #"{"oi":"BTC/USD","b":[["2"]],"s":[]}"#)
    harness.frame(stream, #"{"oi":"BTC/USD","b":[["3",98.5,4]],"s":[]}"#)
    #expect(harness.books.map(\.isSnapshot) == [true, false, false])
    let bids = harness.books.map(\.bids)
    #expect(bids[0] == [[10_000, 3_500_000], [9_900, 4_000_000]])
    #expect(bids[1] == [[10_000, 1_000_000]])
    #expect(bids[2] == [[9_900, 0], [9_850, 4_000_000]])
  }

  @Test func anEmptyBookIsABook() throws {
    let harness = try ready()
    let stream = try harness.subscribed(.book)
    harness.frame(stream, #"{"ob":"BTC/USD","b":[],"s":[]}"#)
    harness.frame(stream, #"{"oi":"BTC/USD","b":[["1",100,1]],"s":[]}"#)
    #expect(harness.books.map(\.bids) == [[], [[10_000, 1_000_000]]] && harness.faults.isEmpty)
  }

  /// A row that goes and never came says that something was lost.
  @Test func aRowThatNeverCameLosesTheBook() throws {
    let harness = try ready()
    let stream = try harness.subscribed(.book)
    harness.frame(stream, #"{"ob":"BTC/USD","b":[["1",100,1]],"s":[["4",101,2]]}"#)
    harness.frame(stream, #"{"oi":"BTC/USD","b":[["9"]],"s":[]}"#)
    #expect(harness.gaps.count == 1)
  }

  /// One execution stands beside its order, or several within it.
  @Test func executionsComeInTwoForms() throws {
    let harness = try ready(trading: true)
    harness.account(7)
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    harness.frame(stream, #"{"OrderUpdateResponse":{"result":"subscribed"}}"#)
    #expect(harness.states.last?.state == .live)
    let order = #""symbol":"BTC/USD","orderType":"LIMIT","orderSide":"BUY","price":5000,"quantity":0.3"#
    harness.frame(
      stream,
      """
      {"OrderResponse":{"orderId":"962a","id":"4eb3",\(order),"executionType":"PARTIAL_FILL","orderStatus":\
      "PARTIALLY_FILLED","lastPrice":4999,"lastQuantity":0.1,"leavesQuantity":0.2,"cumulativeQuantity":0.1,\
      "transactTime":"2021-03-23T19:06:51.155520Z"}}
      """)
    harness.frame(
      stream,
      """
      {"OrderResponse":{"id":"962a","clientOrderId":null,\(order),"orderStatus":"FILLED","timestamp":\
      "2021-03-24T04:07:26.260253Z","executions":[{"id":"3876","lastPrice":5000,"lastQuantity":0.2,\
      "cumulativeQuantity":0.3,"timestamp":"2021-03-24T04:07:44.503222Z"}]}}
      """)
    let fills = harness.all(PB_EV_FILL, pb_fill.self)
    #expect(fills.map { $0.record.text($0.fields.trade) } == ["4eb3", "3876"], "\(harness.logs)")
    #expect(fills.map { $0.record.text($0.fields.venue_order) } == ["962a", "962a"])
    let filled = harness.all(PB_EV_ORDER, pb_order.self).map { $0.fields.filled.value?.plain }
    #expect(filled == ["0.1", "0.3"])
  }
}
