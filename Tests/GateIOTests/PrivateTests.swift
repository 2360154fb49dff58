import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import GateIOConnector

@Suite struct PrivateTests {
  @Test func eachChannelIsSignedByItself() throws {
    let harness = try ready(trading: true)
    harness.account(7)
    let open = try #require(harness.opens.last)
    #expect(open.url == "wss://api.gateio.ws/ws/v4/")
    harness.opened(open.stream)
    let frames = harness.requests.filter { $0.stream == open.stream }
    #expect(frames.count == 4 && frames.allSatisfy { $0.permission == "subscribe" && $0.account == 7 })
    #expect(frames[0].body.contains(#""channel":"spot.orders","event":"subscribe","payload":["!all"],"auth":{"#))
    #expect(frames[2].body.contains(#""channel":"spot.balances","event":"subscribe","payload":[],"auth":{"#))
    for (frame, channel) in zip(frames, ["spot.orders", "spot.usertrades", "spot.balances", "spot.priceorders"]) {
      #expect(frame.body.contains("channel=\(channel)&event=subscribe&time="))
    }
  }

  @Test func theStreamIsLiveWhenEachChannelWasAnswered() throws {
    let harness = try ready(trading: true)
    harness.account(7)
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    for channel in ["spot.orders", "spot.priceorders", "spot.orders", "spot.usertrades", "spot.orders"] {
      harness.frame(stream, answer(channel))
    }
    #expect(harness.states.map(\.state) == [.pending], "an answer that comes twice counts once")
    harness.frame(stream, answer("spot.balances"))
    #expect(harness.states.map(\.state) == [.pending, .live])
    harness.run(for: 600_000_000_000)
    #expect(harness.opens.count == 1)
    let pong = #"{"time":1545404023,"channel":"spot.pong","event":"","error":null,"result":null}"#
    #expect(harness.frame(stream, pong) == .ok)
  }

  /// A key that is not let in is another's to mend: it is tried again after a minute, then two, up to a quarter of an
  /// hour. What fails otherwise is tried after a second, then two.
  @Test(arguments: [("4", [60, 120, 240, 480, 900, 900]), ("3", [1, 2, 4, 8])])
  func aRefusedKeyIsLeftAlone(_ code: String, _ pauses: [Int64]) throws {
    let harness = try ready(trading: true)
    harness.account(7)
    for pause in pauses {
      let stream = try #require(harness.opens.last).stream
      harness.opened(stream)
      harness.frame(stream, answer("spot.orders", error: #"{"code":\#(code),"message":"refused"}"#))
      harness.closed(stream, code: 1000)
      let opens = harness.opens.count
      harness.run(for: pause * 1_000_000_000 - 1_000_000)
      #expect(harness.opens.count == opens, "before \(pause) s")
      harness.run(for: 2_000_000)
      #expect(harness.opens.count == opens + 1, "after \(pause) s")
    }
  }

  @Test(arguments: [
    ("put", "1", "", "open", OrderState.open, "0"), ("update", "0.6", "gtc", "open", .partial, "0.4"),
    ("finish", "0", "gtc", "filled", .filled, "1"), ("finish", "0.7", "gtc", "cancelled", .cancelled, "0.3"),
    ("finish", "0.5", "ioc", "ioc", .cancelled, "0.5"), ("finish", "0", "ioc", "ioc", .filled, "1"),
    ("finish", "1", "poc", "poc", .cancelled, "0"), ("finish", "1", "gtc", "stp", .cancelled, "0"),
    ("finish", "0.2", "gtc", "-", .cancelled, "0.8"),
  ])
  func howAnOrderEndedIsAWord(
    _ event: String, _ left: String, _ force: String, _ finish: String, _ state: OrderState, _ filled: String
  ) throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.forget()
    harness.frame(
      stream,
      update(
        "spot.orders",
        """
        [{"id":"244272509","text":"t-a1","create_time_ms":"1764288000450","update_time_ms":"1764288000600",
        "currency_pair":"BTC_USDT","type":"limit","account":"spot","side":"buy","amount":"1","price":"43210.5",
        "time_in_force":"\(force)","left":"\(left)","filled_total":"0","filled_amount":"812.8","avg_deal_price":"0",
        "fee":"0","user":3497082,"event":"\(event)","finish_as":"\(finish)"}]
        """))
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).first).fields
    #expect(order.state == state.rawValue && order.filled.value?.plain == filled)
    #expect(order.flags == (force == "poc" ? OrderFlags.postOnly.rawValue : 0))
    #expect(order.venue_ns == 1_764_288_000_600_000_000)
  }

  @Test func aMarketOrderThatBuysCountsQuote() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.forget()
    harness.frame(
      stream,
      update(
        "spot.orders",
        """
        [{"id":"1","text":"t-a1","update_time_ms":"1764288000600","currency_pair":"BTC_USDT","type":"market",
        "side":"buy","amount":"20","price":"0","time_in_force":"ioc","left":"1.07319","filled_amount":"0.0007",
        "filled_total":"18.92681","avg_deal_price":"27038.3","event":"finish","finish_as":"filled"}]
        """))
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).first).fields
    #expect(order.state == OrderState.filled.rawValue && order.quantity.value == nil)
    #expect(order.filled.value == Decimal64(mantissa: 7, exponent: -4))
    #expect(order.flags == OrderFlags.byValue.rawValue)
  }

  @Test(arguments: [
    (#""fee":"0.002","fee_currency":"BTC","point_fee":"0","gt_fee":"0""#, "0.002", "BTC"),
    (#""fee":"0","fee_currency":"BTC","point_fee":"0","gt_fee":"0.01""#, "0.01", "GT"),
    (#""fee":"0","fee_currency":"BTC","point_fee":"1.5","gt_fee":"0""#, "1.5", "POINT"),
    (#""fee":"0","fee_currency":"USDT","point_fee":"0","gt_fee":"0""#, "0", "USDT"),
  ])
  func aFeeIsPaidInOneOfThreeWays(_ fees: String, _ fee: String, _ asset: String) throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.forget()
    harness.frame(
      stream,
      update(
        "spot.usertrades",
        """
        [{"id":5736713,"user_id":1000001,"order_id":"30784428","currency_pair":"BTC_USDT","create_time":1605176741,
        "create_time_ms":"1605176741123.456","side":"sell","amount":"1.00000000","role":"maker",
        "price":"10000.00000000",\(fees),"text":"t-a1"}]
        """))
    let fill = try #require(harness.all(PB_EV_FILL, pb_fill.self).first)
    #expect(fill.fields.fee.value?.plain == fee && fill.record.text(fill.fields.fee_asset) == asset)
    #expect(fill.fields.liquidity == UInt32(PB_LIQUIDITY_MAKER) && fill.record.text(fill.fields.trade) == "5736713")
    #expect(fill.fields.venue_ns == 1_605_176_741_123_456_000)
  }

  @Test func balancesOfManyDigitsAreNotRoundedUp() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.forget()
    harness.frame(
      stream,
      update(
        "spot.balances",
        """
        [{"timestamp":"1755718222","timestamp_ms":"1755718222394","user":"12870774","currency":"USDT","change":"0",
        "total":"3087.01142272991036062136","available":"3081.68642272991036062136","freeze":"5.325",
        "freeze_change":"5.32500000000000000000","change_type":"order-create"}]
        """))
    let balance = try #require(harness.all(PB_EV_BALANCE, pb_balance.self).first)
    #expect(balance.record.text(balance.fields.asset) == "USDT")
    #expect(balance.fields.venue_ns == 1_755_718_222_394_000_000)
    #expect(balance.fields.total.state == UInt32(PB_DEC_ROUNDED))
  }

  @Test func aReportThatCannotBeReadStartsTheStreamAnew() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    #expect(harness.frame(stream, update("spot.orders", #"[{"id":"1","amount":"one"}]"#)) == .parse)
    #expect(harness.closes == [stream] && harness.states.last?.state == .down)
  }
}
