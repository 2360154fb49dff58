import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import BitComConnector

@Suite struct FeedTests {
  private func ready() throws -> ConnectorHarness {
    let harness = try ConnectorHarness(BitComPerpetual.self)
    harness.start()
    harness.command(.instruments)
    for quote in ["USDT", "USD"] {
      let request = try #require(harness.requests.last)
      #expect(request.url == "https://api.bit.com/linear/v1/instruments?currency=\(quote)")
      harness.reply(
        request.id,
        """
        {"code":0,"message":"","data":[{"instrument_id":"NEAR-\(quote)-PERPETUAL","base_currency":"NEAR",
        "quote_currency":"\(quote)","price_step":"0.001","min_size":"10","size_step":"10","contract_size":"1",
        "status":"online"},{"instrument_id":"NEAR-\(quote)-29MAR24","base_currency":"NEAR","quote_currency":"\(quote)",
        "price_step":"0.001","size_step":"10","status":"online"}]}
        """)
    }
    #expect(harness.instruments.map(\.symbol) == ["NEAR-USDT-PERPETUAL", "NEAR-USD-PERPETUAL"])
    harness.forget()
    return harness
  }

  private func depth(_ rest: String) -> String {
    """
    {"channel":"depth","timestamp":1704643983957,"data":{"instrument_id":"NEAR-USDT-PERPETUAL",\(rest)},
    "module":"linear"}
    """
  }

  @Test func changesNameTheirSideAndTheOneBefore() throws {
    let harness = try ready()
    let stream = try harness.subscribed(.book)
    harness.frame(stream, depth(#""type":"snapshot","sequence":7,"bids":[["3.351","110"]],"asks":[["3.358","370"]]"#))
    let changes = #""changes":[["sell","3.358","0"],["buy","3.35","20"]]"#
    harness.frame(stream, depth(#""type":"update","sequence":8,"prev_sequence":7,\#(changes)"#))
    #expect(harness.books.map(\.isSnapshot) == [true, false] && harness.gaps.isEmpty)
    #expect(harness.books[1].bids.count == 1 && harness.books[1].asks.count == 1)
    harness.frame(stream, depth(#""type":"update","sequence":10,"prev_sequence":9,"changes":[["sell","3.4","1"]]"#))
    #expect(harness.gaps.map(\.reason) == [.sequence])
  }

  @Test func aTickerSaysMarkPriceAndFundingToo() throws {
    let harness = try ready()
    let stream = try harness.subscribed([.ticker, .mark])
    harness.frame(
      stream,
      """
      {"channel":"ticker","timestamp":1704643983429,"data":{"best_ask":"3.358","best_ask_qty":"370","best_bid":"3.351",
      "best_bid_qty":"110","funding_rate":"0.0001","high24h":"3.7","index_price":"3.35324167",
      "instrument_id":"NEAR-USDT-PERPETUAL","last_price":"3.353","last_qty":"760","low24h":"3.324",
      "mark_price":"3.35249581","open24h":"3.475","time":1704643983429,"volume24h":"789510"},"module":"linear"}
      """)
    #expect(harness.all(PB_EV_TICKER, pb_ticker.self).count == 1)
    #expect(harness.all(PB_EV_MARK, pb_mark.self).map { $0.fields.mark.value?.plain } == ["3.35249581"])
    #expect(harness.all(PB_EV_FUNDING_RATE, pb_funding_rate.self).map { $0.fields.rate.value?.plain } == ["0.0001"])
  }

  @Test func anAnswerIsToldByItsChannel() throws {
    let harness = try ready()
    let stream = try harness.subscribed(.trades)
    harness.frame(stream, #"{"channel":"subscription","timestamp":1,"data":{"code":0,"subscription":["trade"]}}"#)
    #expect(harness.states.last?.state == .live && harness.replies.last?.outcome == .done)
  }
}
