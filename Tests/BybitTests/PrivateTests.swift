import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import BybitConnector

@Suite struct PrivateTests {
  @Test func theStreamLogsInAndSubscribesToItsProduct() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    #expect(harness.states.map(\.state) == [.pending, .live])
    let frames = harness.requests.filter { $0.stream != 0 }.map(\.body)
    #expect(frames.count == 4 && frames[0].contains(#""op":"auth""#) && frames[0].contains("GET/realtime"))
    #expect(frames[1].contains(#""args":["order.spot"]"#) && frames[2].contains(#""args":["execution.spot"]"#))
    #expect(frames[3].contains(#""args":["wallet"]"#))
  }

  @Test(arguments: [
    #"{"op":"auth","success":false,"retCode":10003,"retMsg":"Invalid apikey","connId":"c"}"#,
    #"{"success":false,"ret_msg":"Request not authorized","op":"auth","conn_id":"c"}"#,
  ])
  func aRefusedLoginIsToldAndTriedAgainLater(_ frame: String) throws {
    let harness = try ready(trading: true)
    harness.account(7)
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    harness.frame(stream, frame)
    #expect(harness.all(PB_EV_STATE, pb_state.self).last?.fields.error == Failure.authentication.rawValue)
    #expect(harness.closes == [stream])
  }

  @Test func ordersOfAnotherProductAreLeftOut() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.forget()
    func order(_ category: String, _ id: String) -> String {
      """
      {"category":"\(category)","symbol":"BTCUSDT","orderId":"\(id)","orderLinkId":"a","side":"Sell",
      "orderType":"Limit","price":"50000","qty":"2","timeInForce":"PostOnly","orderStatus":"Cancelled",
      "cancelType":"UNKNOWN","rejectReason":"EC_PostOnlyWillTakeLiquidity","cumExecQty":"0","cumExecValue":"0",
      "avgPrice":"","updatedTime":"1764288000450","triggerPrice":"0.00"}
      """
    }
    let list = [order("linear", "1"), order("spot", "2")].joined(separator: ",")
    #expect(harness.frame(stream, #"{"topic":"order","creationTime":1,"data":[\#(list)]}"#) == .ok)
    let orders = harness.all(PB_EV_ORDER, pb_order.self)
    let report = try #require(orders.first)
    #expect(orders.count == 1 && report.record.text(report.fields.venue_order) == "2")
    #expect(report.fields.flags == OrderFlags.postOnly.rawValue && report.fields.stop.value == nil)
    #expect(report.record.text(report.fields.reason) == "EC_PostOnlyWillTakeLiquidity")
  }

  @Test(arguments: [
    ("Sell", "0.05", false, "", "USDT"), ("Buy", "0.05", false, "", "BTC"), ("Buy", "-0.01", true, "", "USDT"),
    ("Sell", "0.05", true, "MNT", "MNT"),
  ])
  func aFeeIsPaidInWhatIsReceivedUnlessItIsSaid(
    _ side: String, _ fee: String, _ isMaker: Bool, _ said: String, _ asset: String
  ) throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.forget()
    harness.frame(
      stream,
      """
      {"topic":"execution.spot","creationTime":1,"data":[{"category":"spot","symbol":"BTCUSDT","execFee":"\(fee)",
      "execId":"7","execPrice":"50000","execQty":"0.5","execType":"Trade","orderId":"2","orderLinkId":"a",
      "side":"\(side)","execTime":"1764288000400","isMaker":\(isMaker),"feeCurrency":"\(said)"},
      {"category":"spot","symbol":"BTCUSDT","execId":"8","execPrice":"1","execQty":"1","execType":"Funding",
      "orderId":"2","side":"Buy"}]}
      """)
    let fills = harness.all(PB_EV_FILL, pb_fill.self)
    let fill = try #require(fills.first)
    #expect(fills.count == 1 && fill.record.text(fill.fields.fee_asset) == asset)
    #expect(fill.fields.liquidity == UInt32(isMaker ? PB_LIQUIDITY_MAKER : PB_LIQUIDITY_TAKER))
  }

  @Test func whatOrdersAndPositionsHoldIsNotAvailable() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.forget()
    harness.frame(
      stream,
      #"{"topic":"wallet","creationTime":1,"data":[{"accountType":"UNIFIED","coin":[{"coin":"USDT","#
        + #""walletBalance":"100","locked":"10","totalOrderIM":"5.5","totalPositionIM":""},"#
        + #"{"coin":"BTC","walletBalance":"5","locked":"0"}]}]}"#)
    let balances = harness.all(PB_EV_BALANCE, pb_balance.self)
    #expect(balances.map { $0.record.text($0.fields.asset) } == ["USDT", "BTC"])
    #expect(balances[0].fields.available.value == Decimal64(mantissa: 845, exponent: -1))
  }

  @Test func aReportThatCannotBeReadStartsTheStreamAnew() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    #expect(harness.frame(stream, #"{"topic":"order.spot","data":[{"orderId":"#) == .parse)
    #expect(harness.closes == [stream] && harness.states.last?.state == .down)
  }

  @Test func feeRatesAreOneList() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.forget()
    let command = harness.command(.fees) { $0.account = 7 }
    #expect(harness.requests.last?.url == "https://api.bybit.com/v5/account/fee-rate?category=spot")
    harness.reply(
      try #require(harness.requests.last).id,
      #"{"retCode":0,"result":{"list":[{"symbol":"ETHUSDT","takerFeeRate":"0.0006","makerFeeRate":"0.0001"},"#
        + #"{"symbol":"NONE","takerFeeRate":"1","makerFeeRate":"1"}]}}"#)
    let fees = harness.all(PB_EV_FEES, pb_fees.self).map(\.fields)
    #expect(fees.map(\.instrument) == [2] && fees.first?.taker.value == Decimal64(mantissa: 6, exponent: -4))
    #expect(harness.refusal(command) == nil)
  }
}
