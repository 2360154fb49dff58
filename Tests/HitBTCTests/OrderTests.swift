import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import HitBTCConnector

@Suite struct OrderTests {
  private func trading() throws -> (ConnectorHarness, pb_id) {
    let harness = try ready(trading: true)
    harness.account(7)
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    let login = try #require(harness.requests.last { $0.permission == "login" })
    #expect(login.body.contains(#""method":"login","params":{"type":"HS256""#))
    harness.frame(stream, #"{"jsonrpc":"2.0","result":true,"id":"login"}"#)
    let frame = try #require(harness.requests.last { $0.permission == "subscribe" })
    harness.frame(stream, #"{"jsonrpc":"2.0","result":true,"id":\#(frame.id)}"#)
    #expect(harness.states.last?.state == .live && harness.faults.isEmpty)
    harness.forget()
    return (harness, stream)
  }

  private func order(_ status: String, _ more: String = "") -> String {
    #"{"id":584,"client_order_id":"a1","symbol":"BTCUSDT","side":"buy","status":"\#(status)","type":"limit","#
      + #""time_in_force":"GTC","quantity":"0.012","quantity_cumulative":"0","price":"50000","post_only":false,"#
      + #""created_at":"2021-07-02T22:52:32.864Z","updated_at":"2021-07-02T22:52:32.864Z"\#(more)}"#
  }

  @Test func anOrderIsWrittenAndAnsweredWithItsTrades() throws {
    let (harness, _) = try trading()
    let command = harness.placeLimit(client: "a1") { _ in }
    let request = try #require(harness.requests.last)
    #expect(
      request.body == #"{"client_order_id":"a1","symbol":"BTCUSDT","side":"buy","type":"limit","quantity":"0.012","#
        + #""price":"50000"}"#)
    #expect(request.headers.contains { $0.hasPrefix("Authorization: HS256 ") })
    harness.reply(
      request.id,
      order(
        "filled", #","trades":[{"id":9,"quantity":"0.012","price":"50000","fee":"0.6","taker":true,"#
          + #""timestamp":"2021-07-02T22:52:32.864Z"}]"#))
    let fill = try #require(harness.all(PB_EV_FILL, pb_fill.self).last)
    #expect(fill.record.text(fill.fields.fee_asset) == "USDT" && fill.fields.liquidity == UInt32(PB_LIQUIDITY_TAKER))
    #expect(harness.refusal(command) == nil)
  }

  /// The client's id names an order; a second one of its kind may be this very order.
  @Test func aRepeatedClientIdLeavesTheOrderInDoubt() throws {
    let (harness, _) = try trading()
    let command = harness.placeLimit(client: "a1") { _ in }
    let request = try #require(harness.requests.last)
    harness.reply(
      request.id, status: 400,
      #"{"error":{"code":20008,"message":"Duplicate clientOrderId","description":"Use another"}}"#)
    #expect(harness.replies(command).last?.outcome == .unknown)
  }

  @Test func aTradeIsAFillAndTheStateOfItsOrder() throws {
    let (harness, stream) = try trading()
    let trade = #","trade_id":13,"trade_quantity":"0.005","trade_price":"49999","trade_fee":"-0.01","#
      + #""trade_taker":false,"report_type":"trade""#
    let report = order("partiallyFilled", trade).replacing("cumulative\":\"0\"", with: "cumulative\":\"0.005\"")
    harness.frame(stream, #"{"jsonrpc":"2.0","method":"spot_order","params":\#(report)}"#)
    let fill = try #require(harness.all(PB_EV_FILL, pb_fill.self).last?.fields)
    #expect(fill.fee.value == Decimal64("-0.01") && fill.liquidity == UInt32(PB_LIQUIDITY_MAKER))
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).last?.fields)
    #expect(order.state == OrderState.partial.rawValue && order.filled.value == Decimal64("0.005"))
  }

  /// The last report of an order repeats its last trade, which is no new one.
  @Test func aReportOfNoTradeIsNoFill() throws {
    let (harness, stream) = try trading()
    let old = #","trade_id":13,"trade_quantity":"0.005","trade_price":"49999","trade_fee":"0.01","report_type":"new""#
    harness.frame(stream, #"{"jsonrpc":"2.0","method":"spot_orders","params":[\#(order("new", old))]}"#)
    #expect(harness.all(PB_EV_FILL, pb_fill.self).isEmpty && harness.all(PB_EV_ORDER, pb_order.self).count == 1)
  }
}
