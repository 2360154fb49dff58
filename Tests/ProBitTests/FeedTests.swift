import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import ProBitConnector

@Suite struct FeedTests {
  private func ready(_ type: ProBitSpot.Type = ProBitSpot.self, trading: Bool = false) throws -> ConnectorHarness {
    let harness = try ConnectorHarness(type, config: "{}")
    harness.start(trading: trading)
    harness.command(.instruments)
    harness.reply(
      try #require(harness.requests.last).id,
      """
      {"data":[{"id":"BTC-USDT","base_currency_id":"BTC","quote_currency_id":"USDT","min_price":"0.1",
      "max_price":"9999999999999999","price_increment":"0.1","min_quantity":"0.0001","max_quantity":"9999999999999999",
      "quantity_precision":8,"min_cost":"1","max_cost":"9999999999999999","taker_fee_rate":"0.2",
      "maker_fee_rate":"0.15","show_in_ui":true,"closed":false}]}
      """)
    return harness
  }

  @Test func feesAreWrittenInPercent() throws {
    let instrument = try #require(try ready().instruments.first)
    #expect(instrument.fields.taker_fee.value?.plain == "0.002" && instrument.fields.maker_fee.value?.plain == "0.0015")
    #expect(instrument.fields.quantity_exp == -8)
  }

  @Test func koreaIsAnExchangeOfItsOwn() throws {
    let harness = try ready(ProBitKorea.self, trading: true)
    #expect(harness.requests.first?.url == "https://api.probit.kr/api/exchange/v1/market")
    harness.account(7)
    #expect(harness.requests.last?.url == "https://accounts.probit.kr/token")
  }

  /// Both sides of a book stand in one list, which is whole where it says so.
  @Test func aBookBeginsWhereTheExchangeSaysSo() throws {
    let harness = try ready()
    let stream = try harness.subscribed(.book)
    let early = """
      {"channel":"marketdata","market_id":"BTC-USDT","status":"ok","lag":0,"order_books":[{"side":"sell",
      "price":"101","quantity":"0"}],"recent_trades":[]}
      """
    harness.frame(stream, early)
    #expect(harness.books.isEmpty)
    harness.frame(
      stream,
      """
      {"channel":"marketdata","market_id":"BTC-USDT","status":"ok","lag":0,"order_books":[{"side":"buy","price":"99",
      "quantity":"1"},{"side":"sell","price":"101","quantity":"2"},{"side":"buy","price":"100","quantity":"3"}],
      "recent_trades":[],"reset":true}
      """)
    harness.frame(stream, early)
    #expect(harness.books.map(\.isSnapshot) == [true, false])
    #expect(harness.books[0].bids.count == 2 && harness.books[0].asks.count == 1)
  }

  /// A token, the stream, the token said on it, and channels that begin with all that there is.
  @Test func theAccountsStreamIsOpenedWithAToken() throws {
    let harness = try ready(trading: true)
    harness.account(7)
    let token = try #require(harness.requests.last)
    #expect(token.url == "https://accounts.probit.com/token" && token.permission == "token")
    #expect(token.body == #"{"grant_type":"client_credentials"}"#)
    harness.reply(token.id, #"{"access_token":"****","token_type":"bearer","expires_in":900}"#)
    let stream = try #require(harness.opens.last, "\(harness.logs)").stream
    harness.opened(stream)
    let login = try #require(harness.requests.last)
    #expect(login.body == #"{"type":"authorization","token":"<slot(1)>"}"#, "\(login.body)")
    harness.sent(login.id)
    harness.frame(stream, #"{"type":"authorization","result":"ok"}"#)
    for channel in ["open_order", "order_history", "trade_history"] {
      harness.frame(stream, #"{"channel":"\#(channel)","reset":true,"data":[]}"#)
    }
    #expect(harness.states.last?.state != .live)
    harness.frame(
      stream, #"{"channel":"balance","reset":true,"data":{"USDT":{"available":"4.5","total":"7"}}}"#)
    #expect(harness.states.last?.state == .live)
    #expect(harness.all(PB_EV_BALANCE, pb_balance.self).map { $0.fields.total.value?.plain } == ["7"])
  }
}
