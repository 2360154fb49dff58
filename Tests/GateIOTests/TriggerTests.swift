import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import GateIOConnector

/// Price-triggered orders, which have no client order id. Answers are written after the documentation.
@Suite struct TriggerTests {
  private func order(_ harness: ConnectorHarness) throws -> (fields: pb_order, venue: String, continues: String) {
    let last = try #require(harness.all(PB_EV_ORDER, pb_order.self).last)
    return (last.fields, last.record.text(last.fields.venue_order), last.record.text(last.fields.continues))
  }

  private func place(_ harness: ConnectorHarness, _ type: OrderType, _ side: Side) -> pb_id {
    harness.command(.place, client: "t-abc") {
      ($0.account, $0.instrument, $0.order, $0.type, $0.side) = (7, 1, 5, type.rawValue, side.rawValue)
      ($0.quantity, $0.stop) = (pb_dec(Decimal64(mantissa: 2, exponent: -1)), pb_dec(Decimal64(48_000)))
      if type.hasLimit { $0.price = pb_dec(Decimal64(47_900)) }
    }
  }

  private func ask(_ harness: ConnectorHarness, _ type: OrderType, _ side: Side, venue: String = "") -> pb_id {
    harness.command(.order, client: "t-abc", venue: venue) {
      ($0.account, $0.instrument, $0.order, $0.type, $0.side) = (7, 1, 5, type.rawValue, side.rawValue)
      ($0.quantity, $0.stop) = (pb_dec(Decimal64(mantissa: 2, exponent: -1)), pb_dec(Decimal64(48_000)))
      if type.hasLimit { $0.price = pb_dec(Decimal64(47_900)) }
      ($0.since_ns, $0.until_ns) = (1_764_287_990_000_000_000, 1_764_288_090_000_000_000)
    }
  }

  private func spot(_ id: Int, _ status: String, fired: Int = 0, rule: String = "<=", side: String = "sell") -> String {
    """
    {"market":"BTC_USDT","user":1,"trigger":{"price":"48000","rule":"\(rule)","expiration":2592000},
    "put":{"type":"limit","side":"\(side)","price":"47900","amount":"0.20","account":"normal","time_in_force":"gtc"},
    "id":\(id),"ctime":1764288000,"ftime":0,"fired_order_id":\(fired),"status":"\(status)","reason":""}
    """
  }

  @Test func aStopOfSpotWaitsForThePriceToGoItsWay() throws {
    for (type, side, rule, act) in [
      (OrderType.stopLimit, Side.sell, "<=", "place_stop"), (.stopLimit, .buy, ">=", "place_stop"),
      (.takeLimit, .sell, ">=", "place_take"), (.takeLimit, .buy, "<=", "place_take"),
    ] {
      let harness = try ready(trading: true)
      _ = try trading(harness)
      let command = place(harness, type, side)
      let request = try #require(harness.requests.last)
      #expect(request.url == "https://api.gateio.ws/api/v4/spot/price_orders" && request.permission == act)
      #expect(
        request.body == #"{"trigger":{"price":"48000","rule":"\#(rule)","expiration":2592000},"put":{"type":"limit","#
          + #""side":"\#(side == .buy ? "buy" : "sell")","price":"47900","amount":"0.2","account":"normal","#
          + #""time_in_force":"gtc"},"market":"BTC_USDT"}"#)
      harness.reply(request.id, status: 201, #"{"id":71639298}"#)
      #expect(harness.replies(command).first?.outcome == .done)
      let placed = try order(harness)
      #expect(placed.venue == "71639298" && placed.fields.state == OrderState.untriggered.rawValue)
      #expect(placed.fields.type == type.rawValue)
    }
  }

  @Test func atTheMarketOneSellsAlone() throws {
    for (type, rule, act) in [(OrderType.stopMarket, "<=", "place_stop"), (.takeMarket, ">=", "place_take")] {
      let harness = try ready(trading: true)
      _ = try trading(harness)
      let command = place(harness, type, .sell)
      let request = try #require(harness.requests.last)
      #expect(request.permission == act && request.body.contains(#""rule":"\#(rule)""#))
      #expect(
        request.body.contains(
          #""put":{"type":"market","side":"sell","price":"0","amount":"0.2","account":"normal","#
            + #""time_in_force":"ioc"}"#))
      harness.reply(request.id, status: 201, #"{"id":71639298}"#)
      #expect(harness.replies(command).first?.outcome == .done)
      #expect(try order(harness).fields.type == type.rawValue)
      #expect(harness.refusal(place(harness, type, .buy)) == .unsupported)
    }
  }

  @Test func itIsCancelledByItsIDAndThenLookedForAmongTheOthers() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    let command = harness.command(.cancel, client: "t-abc", venue: "71639298") {
      ($0.account, $0.instrument, $0.order, $0.type) = (7, 1, 5, OrderType.stopLimit.rawValue)
    }
    var request = try #require(harness.requests.last)
    #expect(request.method == .delete && request.url.hasSuffix("/spot/price_orders/71639298"))
    harness.reply(request.id, status: 404, #"{"label":"ORDER_NOT_FOUND","message":"Order not found"}"#)
    request = try #require(harness.requests.last)
    #expect(request.url.contains("/spot/orders/71639298?"))
    harness.reply(request.id, status: 404, #"{"label":"ORDER_NOT_FOUND","message":"Order not found"}"#)
    #expect(harness.refusal(command) == .unknownOrder)
  }

  @Test func oneWithoutAnIDIsFoundByWhatItIs() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    let command = ask(harness, .stopLimit, .sell)
    for (list, rows) in [("status=open", [spot(1, "open"), spot(2, "open", rule: ">=")]), ("status=finished", [])] {
      let request = try #require(harness.requests.last)
      #expect(request.url.contains("/spot/price_orders?market=BTC_USDT&\(list)"))
      harness.reply(request.id, "[\(rows.joined(separator: ","))]")
    }
    // One that waits for a rise is a take-profit order: with the same numbers it could be meant, and is not.
    while harness.replies(command).isEmpty {
      harness.reply(
        try #require(harness.requests.last).id, status: 404, #"{"label":"ORDER_NOT_FOUND","message":""}"#)
    }
    #expect(harness.replies(command).first?.outcome == .unknown)
    let again = ask(harness, .stopLimit, .sell)
    harness.reply(try #require(harness.requests.last).id, "[\(spot(1, "open"))]")
    harness.reply(try #require(harness.requests.last).id, "[]")
    while harness.replies(again).isEmpty {
      let request = try #require(harness.requests.last)
      harness.reply(request.id, status: request.url.contains("/orders?") ? 200 : 404, request.url.contains("/orders?")
        ? "[]" : #"{"label":"ORDER_NOT_FOUND","message":""}"#)
    }
    #expect(harness.replies(again).first?.outcome == .done)
    #expect(try order(harness).venue == "1")
  }

  /// The documentation of spot spells it with one l in its examples, with two in its table.
  @Test(arguments: ["cancelled", "canceled"])
  func oneThatWasCancelledIsOver(word: String) throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    let command = ask(harness, .stopLimit, .sell, venue: "71639298")
    harness.reply(try #require(harness.requests.last).id, spot(71_639_298, word))
    #expect(harness.replies(command).first?.outcome == .done)
    #expect(try order(harness).fields.state == OrderState.cancelled.rawValue)
  }

  @Test func whatOneHasBecomeIsAskedForByItsOwnID() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    let command = ask(harness, .stopLimit, .sell, venue: "71639298")
    var request = try #require(harness.requests.last)
    #expect(request.url.hasSuffix("/spot/price_orders/71639298"))
    harness.reply(request.id, spot(71_639_298, "finish", fired: 99))
    request = try #require(harness.requests.last)
    #expect(request.url.contains("/spot/orders/99?"))
    harness.reply(
      request.id,
      #"""
      {"id":"99","text":"-","currency_pair":"BTC_USDT","type":"limit","account":"spot","side":"sell","amount":"0.2",
      "price":"47900","time_in_force":"gtc","left":"0","avg_deal_price":"47950","create_time_ms":1764288005000,
      "update_time_ms":1764288005000,"status":"closed","finish_as":"filled"}
      """#)
    #expect(harness.replies(command).first?.outcome == .done)
    #expect(try order(harness).venue == "99" && order(harness).fields.state == OrderState.filled.rawValue)
    // A push says the same of one that nobody asked about.
    harness.forget()
    let push = """
      {"market":"BTC_USDT","uid":"1","id":"5","currency_type":"USDT","exchange_type":"BTC","reason":"","err_msg":"",
      "fired_order_id":77,"instant_cancel":false,"trigger_price":"48000","trigger_rule":"<=","trigger_expiration":86400,
      "price":"47900","amount":"0.2","source":"api","order_type":"limit","side":"sell","engine_type":"normal",
      "ctime":1764288000,"ftime":1764288004}
      """
    #expect(harness.frame(stream, update("spot.priceorders", "[\(push)]")) == .ok)
    let became = try order(harness)
    #expect(became.venue == "77" && became.continues == "5" && became.fields.state == OrderState.open.rawValue)
  }

  private func perpetual(_ id: Int, _ status: String, finish: String = "", trade: Int = 0) -> String {
    """
    {"user":1,"trigger":{"strategy_type":0,"price_type":0,"price":"48000","rule":2,"expiration":0},
    "initial":{"contract":"BTC_USDT","size":-2000,"price":"0","tif":"ioc","text":"api","iceberg":0,"is_close":false,
    "is_reduce_only":true,"auto_size":""},"id":\(id),"trade_id":\(trade),"status":"\(status)","finish_as":"\(finish)",
    "reason":"","create_time":1764288000.5,"finish_time":1764288000,"is_stop_order":false}
    """
  }

  @Test func aStopOfFuturesCountsContracts() throws {
    let harness = try readyPerpetual(trading: true)
    let stream = try tradingPerpetual(harness)
    let command = harness.command(.place, client: "t-abc") {
      ($0.account, $0.instrument, $0.order) = (7, 1, 5)
      ($0.type, $0.side) = (OrderType.stopMarket.rawValue, Side.sell.rawValue)
      ($0.quantity, $0.stop) = (pb_dec(Decimal64(mantissa: 2, exponent: -1)), pb_dec(Decimal64(48_000)))
      $0.flags = OrderFlags.reduceOnly.rawValue
    }
    let request = try #require(harness.requests.last)
    #expect(request.permission == "futures_place_stop" && request.url.hasSuffix("/futures/usdt/price_orders"))
    #expect(
      request.body == #"{"initial":{"contract":"BTC_USDT","size":-2000,"reduce_only":true,"price":"0","tif":"ioc"},"#
        + #""trigger":{"price":"48000","rule":2}}"#)
    harness.reply(request.id, status: 201, #"{"id":8}"#)
    #expect(harness.replies(command).first?.outcome == .done)
    #expect(try order(harness).venue == "8")
    harness.forget()
    #expect(harness.frame(stream, update("futures.autoorders", "[\(perpetual(8, "open"))]")) == .ok)
    let waits = try order(harness)
    #expect(waits.fields.quantity.value == Decimal64(mantissa: 2, exponent: -1))
    #expect(waits.fields.type == OrderType.stopMarket.rawValue && waits.fields.side == Side.sell.rawValue)
    #expect(waits.fields.flags == OrderFlags.reduceOnly.rawValue && waits.fields.stop.value == Decimal64(48_000))
    harness.frame(
      stream, update("futures.autoorders", "[\(perpetual(8, "finished", finish: "succeeded", trade: 123))]"))
    #expect(try order(harness).venue == "123" && order(harness).continues == "8")
    harness.frame(stream, update("futures.autoorders", "[\(perpetual(9, "finished", finish: "cancelled"))]"))
    #expect(try order(harness).fields.state == OrderState.cancelled.rawValue)
    // In the open list an order with a trigger stands beside the others.
    harness.forget()
    harness.command(.openOrders) { ($0.account, $0.instrument) = (7, 1) }
    harness.reply(try #require(harness.requests.last).id, "[]")
    let list = try #require(harness.requests.last)
    #expect(list.url.contains("/price_orders?") && list.url.contains("status=open"))
    harness.reply(list.id, "[\(perpetual(10, "open"))]")
    #expect(try order(harness).venue == "10" && harness.completed.last?.partial == false)
  }
}
