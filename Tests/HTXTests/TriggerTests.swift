import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import HTXConnector

/// Trigger orders, which have no client order id. Answers are written after the documentation.
extension PerpetualTests {
  private func trigger(_ id: Int, _ status: Int, became: String = "-1", type: String = "le") -> String {
    """
    {"symbol":"BTC","contract_code":"BTC-USDT","trigger_type":"\(type)","volume":10,"order_type":1,"direction":"sell",
    "offset":"both","lever_rate":5,"order_id":\(id),"order_id_str":"\(id)","relation_order_id":"\(became)",
    "order_price_type":"limit","status":\(status),"order_source":"api","trigger_price":29000,"order_price":28900,
    "created_at":1764288000000,"triggered_at":null,"order_insert_at":0,"canceled_at":null,"reduce_only":1,
    "margin_mode":"cross"}
    """
  }

  private func lastOrder(_ harness: ConnectorHarness) throws -> (fields: pb_order, venue: String, continues: String) {
    let last = try #require(harness.all(PB_EV_ORDER, pb_order.self).last)
    return (last.fields, last.record.text(last.fields.venue_order), last.record.text(last.fields.continues))
  }

  private func stop(_ command: inout pb_in_command) {
    (command.type, command.side) = (OrderType.stopLimit.rawValue, Side.sell.rawValue)
    (command.stop, command.price) = (pb_dec(Decimal64(29_000)), pb_dec(Decimal64(28_900)))
    command.quantity = pb_dec(Decimal64(mantissa: 10, exponent: -3))
  }

  @Test func aTriggerOrderHasAnIDOfTheExchangeAlone() throws {
    let (harness, stream) = try traded()
    let command = place(harness) {
      stop(&$0)
      $0.flags = OrderFlags.reduceOnly.rawValue
    }
    try answerAccount(harness, leverage: 5)
    let request = try #require(harness.requests.last)
    #expect(request.permission == "swap_stop" && request.url.contains("/linear-swap-api/v1/swap_cross_trigger_order?"))
    #expect(
      request.body == #"{"contract_code":"BTC-USDT","trigger_type":"le","trigger_price":29000,"order_price":28900,"#
        + #""order_price_type":"limit","volume":10,"direction":"sell","reduce_only":1,"lever_rate":5}"#)
    harness.reply(request.id, #"{"status":"ok","data":{"order_id":35,"order_id_str":"35"},"ts":1}"#)
    #expect(harness.replies(command).first?.outcome == .done)
    #expect(try lastOrder(harness).venue == "35")
    harness.forget()
    func push(_ body: String) -> String {
      #"{"op":"notify","topic":"trigger_order_cross.*","ts":1,"uid":"1","event":"order","data":[\#(body)]}"#
    }
    #expect(harness.frame(stream, push(trigger(35, 2))) == .ok)
    let waits = try lastOrder(harness)
    #expect(waits.fields.state == OrderState.untriggered.rawValue && waits.fields.type == OrderType.stopLimit.rawValue)
    #expect(waits.fields.quantity.value == Decimal64(mantissa: 10, exponent: -3))
    harness.frame(stream, push(trigger(35, 4, became: "88")))
    #expect(try lastOrder(harness).venue == "88" && lastOrder(harness).continues == "35")
    harness.frame(stream, push(trigger(36, 6)))
    #expect(try lastOrder(harness).fields.state == OrderState.cancelled.rawValue)
    // It is cancelled by that id, and what it has become by its own.
    for (venue, path) in [("37", "swap_cross_trigger_cancel"), ("88", "swap_cross_cancel")] {
      harness.command(.cancel, client: "57", venue: venue) {
        ($0.account, $0.instrument, $0.order) = (7, 1, 5)
        stop(&$0)
      }
      #expect(harness.requests.last?.url.contains("/\(path)?") == true)
      #expect(harness.requests.last?.body == #"{"contract_code":"BTC-USDT","order_id":"\#(venue)"}"#)
    }
  }

  @Test func aTriggerOrderOfALegSaysWhatItDoesToIt() throws {
    let (harness, _) = try traded()
    _ = place(harness) {
      stop(&$0)
      $0.position = UInt32(PB_POSITION_LONG)
      $0.flags = OrderFlags.reduceOnly.rawValue
    }
    try answerAccount(harness, leverage: 5)
    let request = try #require(harness.requests.last)
    #expect(request.permission == "swap_stop_long" && request.body.contains(#""offset":"close""#))
  }

  @Test func aTriggerOrderWithoutAnIDIsFoundByWhatItIsOrNotAtAll() throws {
    for (rows, outcome) in [
      ([trigger(35, 2)], Outcome.done), ([trigger(35, 2), trigger(36, 2)], .unknown), ([], .refused),
    ] {
      let (harness, _) = try traded()
      let command = harness.command(.order, client: "57") {
        ($0.account, $0.instrument, $0.order) = (7, 1, 5)
        stop(&$0)
        $0.flags = OrderFlags.reduceOnly.rawValue
        ($0.since_ns, $0.until_ns) = (1_764_287_990_000_000_000, 1_764_288_090_000_000_000)
      }
      for (path, rows) in [("openorders", rows), ("hisorders", [])] {
        let request = try #require(harness.requests.last)
        #expect(request.url.contains("/swap_cross_trigger_\(path)?"))
        let list = rows.joined(separator: ",")
        harness.reply(request.id, #"{"status":"ok","data":{"orders":[\#(list)],"total_page":1},"ts":1}"#)
      }
      harness.reply(
        try #require(harness.requests.last).id, #"{"status":"error","err_code":1017,"err_msg":"no such order"}"#)
      #expect(harness.replies(command).first?.outcome == outcome)
    }
  }
}
