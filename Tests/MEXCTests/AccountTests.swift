import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Foundation
import Testing

@testable import MEXCConnector

@Suite struct AccountTests {
  private func place(_ harness: ConnectorHarness, _ change: (inout pb_in_command) -> Void = { _ in }) -> pb_id {
    harness.placeLimit(client: "pb-test-1", price: 30_000, change)
  }

  @Test(arguments: [
    (TimeInForce.goodTilCancelled, OrderFlags(), "LIMIT"), (.immediateOrCancel, OrderFlags(), "IMMEDIATE_OR_CANCEL"),
    (.fillOrKill, OrderFlags(), "FILL_OR_KILL"), (.goodTilCancelled, OrderFlags.postOnly, "LIMIT_MAKER"),
  ])
  func anOrdersTypeSaysHowLongItLasts(_ force: TimeInForce, _ flags: OrderFlags, _ type: String) throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    let command = place(harness) {
      $0.time_in_force = force.rawValue
      $0.flags = flags.rawValue
    }
    let request = try #require(harness.requests.last)
    #expect(
      request.url.hasPrefix(
        "https://api.mexc.com/api/v3/order?symbol=BTCUSDT&side=BUY&type=\(type)&quantity=0.012&price=30000"
          + "&newClientOrderId=pb-test-1&recvWindow=5000&timestamp="))
    #expect(request.method == .post && request.body.isEmpty && request.url.contains("&signature="))
    harness.reply(request.id, #"{"symbol":"BTCUSDT","orderId":"C02__1","orderListId":-1,"price":"30000"}"#)
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).last)
    #expect(order.record.text(order.fields.venue_order) == "C02__1")
    #expect(harness.replies(command).map(\.outcome) == [.done])
  }

  @Test(arguments: [
    (400, #"{"code":30004,"msg":"Insufficient position"}"#, Failure.funds),
    (400, #"{"code":-2011,"msg":"Unknown order sent."}"#, .unknownOrder),
    (400, #"{"code":700003,"msg":"Timestamp for this request is outside of the recvWindow."}"#, .clock),
    (429, #"{"code":429,"msg":"Too Many Requests"}"#, .rateLimit),
  ])
  func codesRefuse(_ status: Int, _ body: String, _ failure: Failure) throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    let command = place(harness)
    harness.reply(try #require(harness.requests.last).id, status: status, body)
    #expect(harness.refusal(command) == failure)
  }

  @Test func anOrderAndItsFillsAreRead() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.forget()
    let order = Proto().text(1, "244272511").text(2, "a1").text(3, "43642.605").text(4, "0.8").text(6, "43642.605")
      .number(7, 2).number(8, 2).number(9, 1).text(13, "0.3").text(14, "13092.7815").number(15, 5)
      .number(16, 1_764_288_000_500)
    let deal = Proto().text(1, "43642.605").text(2, "0.3").number(4, 2).number(5, 1).text(7, "7827037")
      .text(9, "244272511").text(10, "13.0927815").text(11, "USDT").number(12, 1_764_288_000_700)
    #expect(harness.frame(stream, push("spot@private.deals.v3.api.pb", 306, deal), isBinary: true) == .ok)
    #expect(harness.frame(stream, push("spot@private.orders.v3.api.pb", 304, order), isBinary: true) == .ok)
    let fill = try #require(harness.all(PB_EV_FILL, pb_fill.self).first).fields
    #expect(fill.fee.value == Decimal64(mantissa: 130_927_815, exponent: -7))
    #expect(fill.liquidity == UInt32(PB_LIQUIDITY_MAKER) && fill.side == Side.sell.rawValue)
    let report = try #require(harness.all(PB_EV_ORDER, pb_order.self).first).fields
    // Cancelled when a part was filled is an end.
    #expect(report.state == OrderState.cancelled.rawValue && report.flags == OrderFlags.postOnly.rawValue)
    #expect(report.filled.value == Decimal64(mantissa: 3, exponent: -1))
  }

  @Test func whatIsFreeAndHeldMakesABalance() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.forget()
    let data = Proto().text(1, "USDT").text(3, "0.006016465074677006").text(5, "4.4022").number(8, 1_758_134_605_364)
    harness.frame(stream, push("spot@private.account.v3.api.pb", 307, data, symbol: ""), isBinary: true)
    let balance = try #require(harness.all(PB_EV_BALANCE, pb_balance.self).first).fields
    #expect(balance.total.value == Decimal64(mantissa: 4_408_216_465_074_677_006, exponent: -18))
  }

  @Test func aReportThatIsCutStartsTheStreamAnew() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    let whole = push("spot@private.orders.v3.api.pb", 304, Proto().text(1, "1").number(15, 1))
    #expect(harness.frame(stream, Array(whole.dropLast(2)), isBinary: true) == .parse)
    #expect(harness.closes == [stream])
  }

  @Test func aListOfOrdersMayLackTimes() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.forget()
    let command = harness.command(.openOrders) {
      $0.account = 7
      $0.instrument = 1
    }
    #expect(try #require(harness.requests.last).url.contains("/openOrders?symbol=BTCUSDT&"))
    harness.reply(
      try #require(harness.requests.last).id,
      #"""
      [{"symbol":"BTCUSDT","orderId":"133949373632483328","orderListId":"-1","clientOrderId":"","price":"45000",
      "origQty":"0.0002","executedQty":"0","cummulativeQuoteQty":"0","status":"NEW","timeInForce":null,
      "type":"LIMIT","side":"SELL","stopPrice":null,"icebergQty":null,"time":"1647718255199","updateTime":null,
      "isWorking":true,"origQuoteOrderQty":"9"}]
      """#)
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).first).fields
    #expect(order.state == OrderState.open.rawValue && order.venue_ns == 0)
    #expect(harness.completed.map(\.partial) == [false] && harness.replies(command).map(\.outcome) == [.done])
    let other = harness.command(.openOrders) { $0.account = 7 }
    #expect(harness.refusal(other) == .unsupported, "the exchange lists them by instrument")
  }

  @Test func theKeyIsProlongedByItsName() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.forget()
    harness.run(for: 1_800_000_000_000)
    let keep = try #require(harness.requests.last { $0.method == .put })
    #expect(keep.url.contains("/userDataStream?listenKey=") && keep.permission == "keep_listen_key")
  }

  @Test func severalOrdersOfOneSymbolGoTogether() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.forget()
    let command = harness.command(
      .place,
      items: ([("a1", 1), ("a2", 1), ("b1", 2)] as [(String, pb_id)]).map { client, instrument in
        ConnectorHarness.Item(client: client) {
          ($0.instrument, $0.side, $0.type) = (instrument, Side.sell.rawValue, OrderType.limit.rawValue)
          ($0.quantity, $0.price) = (pb_dec(Decimal64.one), pb_dec(Decimal64(60_000)))
        }
      }
    ) { $0.account = 7 }
    #expect(harness.requests.map(\.permission) == ["place_batch", "place"])
    let list = #"[{"symbol":"BTCUSDT","side":"SELL","type":"LIMIT","quantity":"1","price":"60000","#
      + #""newClientOrderId":"a1"},"#
    let url = try #require(harness.requests.first?.url.removingPercentEncoding)
    #expect(url.hasPrefix("https://api.mexc.com/api/v3/batchOrders?batchOrders=" + list))
    harness.reply(
      harness.requests[0].id,
      #"[{"symbol":"BTCUSDT","orderId":"C02__1","orderListId":-1},"#
        + #"{"newClientOrderId":"a2","msg":"The minimum transaction volume is not reached","code":30002}]"#)
    harness.reply(harness.requests[1].id, #"{"symbol":"ETHUSDT","orderId":"C02__2"}"#)
    let orders = harness.all(PB_EV_ORDER, pb_order.self).map(\.fields)
    // What was refused is reported with the answer to the whole.
    #expect(orders.map(\.state) == [OrderState.open, .open, .rejected].map(\.rawValue))
    #expect(harness.replies(command).first?.code == "30002")
  }

  @Test func anAnswerThatNamesAnotherOrderProvesNothing() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.forget()
    let command = harness.command(
      .place,
      items: ["a1", "a2"].map { client in
        ConnectorHarness.Item(client: client) {
          ($0.instrument, $0.side, $0.type) = (1, Side.sell.rawValue, OrderType.limit.rawValue)
          ($0.quantity, $0.price) = (pb_dec(Decimal64.one), pb_dec(Decimal64(60_000)))
        }
      }
    ) { $0.account = 7 }
    harness.reply(
      try #require(harness.requests.last).id,
      #"[{"symbol":"BTCUSDT","orderId":"1","newClientOrderId":"a2"},{"newClientOrderId":"a1","msg":"","code":30002}]"#)
    #expect(harness.replies(command).map(\.outcome) == [.unknown])
  }

  /// "Account Trade List": 100 at most, and no pages.
  @Test func olderFillsAreAskedForByTheTimeOfTheLast() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.forget()
    harness.command(.fills) {
      ($0.account, $0.instrument) = (7, 1)
      ($0.since_ns, $0.until_ns) = (1_764_280_000_000_000_000, 1_764_290_000_000_000_000)
    }
    func answer(_ times: StrideTo<Int>) throws {
      let list = times.map {
        #"{"symbol":"BTCUSDT","id":"f\#($0)","orderId":"1","price":"4","qty":"1","commission":"0","#
          + #""commissionAsset":"MX","time":\#($0),"isBuyer":true,"isMaker":false}"#
      }
      harness.reply(try #require(harness.requests.last).id, "[\(list.joined(separator: ","))]")
    }
    #expect(
      harness.requests.last?.url.contains("&limit=100&startTime=1764280000000&endTime=1764290000000&") == true)
    try answer(stride(from: 1_764_289_000_000, to: 1_764_288_999_900, by: -1))
    #expect(
      harness.requests.last?.url.contains("&limit=100&startTime=1764280000000&endTime=1764288999901&") == true)
    try answer(stride(from: 1_764_288_999_901, to: 1_764_288_999_891, by: -1))
    #expect(harness.all(PB_EV_FILL, pb_fill.self).count == 110 && harness.completed.last?.partial == false)
  }
}
