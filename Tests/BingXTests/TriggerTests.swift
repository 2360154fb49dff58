import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import BingXConnector

/// Orders of futures that wait for a price. Answers are written after the documentation.
extension PerpetualTests {
  private func stop(_ command: inout pb_in_command) {
    (command.type, command.side) = (OrderType.stopMarket.rawValue, Side.sell.rawValue)
    (command.stop, command.price) = (pb_dec(Decimal64(29_000)), pb_dec())
  }

  @Test func whatWaitsForAPriceHasNoClientOrderID() throws {
    for (flags, type, word) in [
      (OrderFlags.reduceOnly, OrderType.stopMarket, "STOP_MARKET"), ([], .stopMarket, "TRIGGER_MARKET"),
      (.reduceOnly, .takeMarket, "TAKE_PROFIT_MARKET"),
    ] {
      let (harness, _) = try traded()
      let command = place(harness) {
        stop(&$0)
        ($0.flags, $0.type) = (flags.rawValue, type.rawValue)
      }
      let request = try #require(harness.requests.last)
      #expect(request.permission == "perp_place_trigger" && !request.url.contains("clientOrderID"))
      #expect(request.url.contains("stopPrice=29000") && request.url.contains("&type=\(word)&"))
      #expect(request.url.contains("workingType=CONTRACT_PRICE"))
      harness.reply(
        request.id,
        #"{"code":0,"msg":"","data":{"order":{"symbol":"BTC-USDT","orderId":1735950529123455000,"side":"SELL","#
          + #""positionSide":"BOTH","type":"\#(word)","clientOrderID":"","workingType":"CONTRACT_PRICE"}}}"#)
      #expect(harness.replies(command).first?.outcome == .done)
      let placed = try #require(harness.all(PB_EV_ORDER, pb_order.self).last)
      #expect(placed.record.text(placed.fields.venue_order) == "1735950529123455000")
      #expect(placed.fields.state == OrderState.untriggered.rawValue && placed.fields.type == type.rawValue)
    }
    let (harness, _) = try traded()
    let refused = place(harness) {
      stop(&$0)
      $0.type = OrderType.takeMarket.rawValue
    }
    #expect(harness.refusal(refused) == .unsupported, "a take-profit order that opens")
  }

  @Test func aStopWithoutAnIDIsFoundByWhatItIsOrNotAtAll() throws {
    func row(_ id: Int, _ stop: Int = 29_000) -> String {
      """
      {"symbol":"BTC-USDT","orderId":\(id),"side":"SELL","positionSide":"BOTH","type":"STOP_MARKET","origQty":"0.0100",
      "price":"0.0","executedQty":"0.0000","avgPrice":"0.0","cumQuote":"","stopPrice":"\(stop)","status":"NEW",
      "time":1764288000000,"updateTime":1764288000000,"reduceOnly":true,"clientOrderId":""}
      """
    }
    for (rows, outcome) in [
      ([row(1), row(2, 29_001)], Outcome.done), ([row(1), row(2)], .unknown), ([row(2, 29_001)], .refused),
    ] {
      let (harness, _) = try traded()
      let command = harness.command(.order, client: "a1") {
        ($0.account, $0.instrument, $0.order, $0.flags) = (7, 1, 5, OrderFlags.reduceOnly.rawValue)
        stop(&$0)
        $0.quantity = pb_dec(Decimal64(mantissa: 1, exponent: -2))
        ($0.since_ns, $0.until_ns) = (1_764_287_990_000_000_000, 1_764_288_090_000_000_000)
      }
      #expect(harness.requests.last?.url.contains("/trade/openOrders?") == true)
      harness.reply(
        try #require(harness.requests.last).id,
        #"{"code":0,"msg":"","data":{"orders":[\#(rows.joined(separator: ","))]}}"#)
      let history = try #require(harness.requests.last)
      #expect(history.url.contains("/trade/allOrders?") && history.url.contains("startTime=1764287990000"))
      harness.reply(history.id, #"{"code":0,"msg":"","data":{"orders":[]}}"#)
      // The place where ids are asked for comes last, and knows no such client order id.
      harness.reply(try #require(harness.requests.last).id, #"{"code":109421,"msg":"order does not exist"}"#)
      #expect(harness.replies(command).first?.outcome == outcome)
    }
  }

  @Test func whatWasTriggeredContinuesTheOrderThatWaited() throws {
    let (harness, stream) = try traded()
    let frame = """
      {"e":"ORDER_TRADE_UPDATE","E":1764288001000,"o":{"s":"BTC-USDT","c":"","i":20,"S":"SELL","o":"MARKET",
      "q":"0.0100","p":"29000.0","ap":"0.0","x":"NEW","X":"NEW","ps":"BOTH","sp":"0","z":"0.0000","ti":19}}
      """
    #expect(harness.frame(stream, frame) == .ok)
    let report = try #require(harness.all(PB_EV_ORDER, pb_order.self).last)
    #expect(report.record.text(report.fields.venue_order) == "20")
    #expect(report.record.text(report.fields.continues) == "19")
  }
}
