import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import BybitConnector

@Suite struct OrderTests {
  private func place(_ harness: ConnectorHarness, _ change: (inout pb_in_command) -> Void = { _ in }) -> pb_id {
    harness.placeLimit(client: "a-1", change)
  }

  private func traded() throws -> ConnectorHarness {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.forget()
    return harness
  }

  @Test func aLimitOrderIsWrittenAsDocumented() throws {
    let harness = try traded()
    let command = place(harness)
    let request = try #require(harness.requests.last)
    #expect(request.url == "https://api.bybit.com/v5/order/create" && request.permission == "spot_place")
    #expect(
      request.body == #"{"category":"spot","symbol":"BTCUSDT","side":"Buy","orderType":"Limit","timeInForce":"GTC","#
        + #""qty":"0.012","price":"50000","orderLinkId":"a-1"}"#)
    harness.reply(request.id, #"{"retCode":0,"retMsg":"OK","result":{"orderId":"312","orderLinkId":"a-1"}}"#)
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).first)
    #expect(order.fields.state == OrderState.open.rawValue && order.record.text(order.fields.venue_order) == "312")
    #expect(harness.refusal(command) == nil)
  }

  @Test func aMarketOrderSaysWhatItCounts() throws {
    let harness = try traded()
    _ = place(harness) {
      $0.type = OrderType.market.rawValue
      $0.price = pb_dec()
    }
    #expect(harness.requests.last?.body.contains(#""marketUnit":"baseCoin","qty":"0.012""#) == true)
    _ = place(harness) {
      $0.type = OrderType.market.rawValue
      ($0.price, $0.quantity, $0.value) = (pb_dec(), pb_dec(), pb_dec(Decimal64(100)))
      $0.flags = OrderFlags.byValue.rawValue
    }
    #expect(harness.requests.last?.body.contains(#""marketUnit":"quoteCoin","qty":"100""#) == true)
    let refused = place(harness) {
      $0.type = OrderType.market.rawValue
      $0.price = pb_dec()
      $0.time_in_force = TimeInForce.fillOrKill.rawValue
    }
    #expect(harness.refusal(refused) == .unsupported)
  }

  @Test(arguments: [
    (200, #"{"retCode":999999,"retMsg":"nobody knows","result":{}}"#), (502, "<html>bad gateway</html>"),
    (200, #"{"retCode":10000,"retMsg":"Server Timeout","result":{}}"#),
    (200, #"{"retCode":170146,"retMsg":"Order creation timeout","result":{}}"#),
    (200, #"{"retCode":0,"retMsg":"OK","result":{"orderId":""}}"#), (200, #"{"retCode":0,"result":{"list":[]}}"#),
    (200, "{"),
  ])
  func whatProvesNothingLeavesTheOrderInDoubt(_ status: Int, _ body: String) throws {
    let harness = try traded()
    let command = place(harness)
    harness.reply(try #require(harness.requests.last).id, status: status, body)
    #expect(harness.replies(command).map(\.outcome) == [.unknown])
  }

  @Test(arguments: [
    (200, #"{"retCode":170131,"retMsg":"Balance insufficient","result":{}}"#, Failure.funds),
    (200, #"{"retCode":10001,"retMsg":"Not supported symbols","result":{}}"#, .unknownInstrument),
    (200, #"{"retCode":10001,"retMsg":"Qty invalid","result":{}}"#, .invalidOrder),
    (200, #"{"retCode":10006,"retMsg":"Too many visits!","result":{}}"#, .rateLimit),
    (403, "access too frequent", .rateLimit),
  ])
  func codesSayWhatARefusalIs(_ status: Int, _ body: String, _ failure: Failure) throws {
    let harness = try traded()
    let command = place(harness)
    harness.reply(try #require(harness.requests.last).id, status: status, body)
    #expect(harness.replies(command).map(\.outcome) == [.refused] && harness.refusal(command) == failure)
    if status == 403 { #expect(harness.replies(command).map(\.retryAfter) == [600_000_000_000]) }
  }

  @Test func codesOfABatchStandInASecondList() throws {
    let harness = try traded()
    let command = harness.command(
      .cancelMany, items: ["1", "2"].map { venue in ConnectorHarness.Item(venue: venue) { $0.instrument = 1 } }
    ) { $0.account = 7 }
    let request = try #require(harness.requests.last)
    #expect(
      request.body == #"{"category":"spot","request":[{"symbol":"BTCUSDT","orderId":"1"},"#
        + #"{"symbol":"BTCUSDT","orderId":"2"}]}"#)
    #expect(request.charges[Output.Limit.spotCancels.bucket] == 2)
    harness.reply(
      request.id,
      #"{"retCode":0,"retMsg":"OK","result":{"list":[{"symbol":"BTCUSDT","orderId":"1","orderLinkId":"a"},"#
        + #"{"symbol":"BTCUSDT","orderId":"","orderLinkId":"2"}]},"retExtInfo":{"list":[{"code":0,"msg":"OK"},"#
        + #"{"code":170213,"msg":"Order does not exist."}]}}"#)
    #expect(harness.replies(command).map(\.code) == ["170213"])
    #expect(harness.replies(command).map(\.outcome) == [.done], "one of them is cancelled")
  }

  @Test func oneOrderIsCancelledByItsKind() throws {
    let harness = try traded()
    harness.command(.cancel, client: "a-1") {
      $0.account = 7
      $0.instrument = 1
    }
    #expect(
      harness.requests.last?.body
        == #"{"category":"spot","symbol":"BTCUSDT","orderLinkId":"a-1","orderFilter":"Order"}"#)
  }

  private func stop(_ harness: ConnectorHarness, _ type: OrderType, _ side: Side) -> pb_id {
    place(harness) {
      ($0.type, $0.side) = (type.rawValue, side.rawValue)
      if !type.hasLimit { $0.price = pb_dec() }
      $0.stop = pb_dec(Decimal64(49_000))
    }
  }

  @Test(arguments: [
    (OrderType.stopLimit, "spot_stop", #""orderType":"Limit","timeInForce":"GTC","orderFilter":"StopOrder","#),
    (.stopMarket, "spot_stop", #""orderType":"Market","orderFilter":"StopOrder","#),
    (.takeLimit, "spot_take", #""orderType":"Limit","timeInForce":"GTC","orderFilter":"StopOrder","#),
    (.takeMarket, "spot_take", #""orderType":"Market","orderFilter":"StopOrder","#),
  ])
  func aConditionalOrderSaysItsPrice(_ type: OrderType, _ act: String, _ head: String) throws {
    let harness = try traded()
    _ = stop(harness, type, .sell)
    let request = try #require(harness.requests.last)
    let unit = type.hasLimit ? "" : #""marketUnit":"baseCoin","#
    #expect(request.permission == act)
    #expect(request.body.contains(head + #""triggerPrice":"49000",\#(unit)"qty":""#))
    harness.reply(request.id, #"{"retCode":0,"retMsg":"OK","result":{"orderId":"9","orderLinkId":"a-1"}}"#)
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).last).fields
    #expect(order.state == OrderState.untriggered.rawValue && order.type == type.rawValue)
    harness.command(.cancel, client: "a-1", venue: "9") { ($0.account, $0.instrument) = (7, 1) }
    #expect(harness.requests.last?.permission == "spot_cancel_stop")
    #expect(
      harness.requests.last?.body
        == #"{"category":"spot","symbol":"BTCUSDT","orderId":"9","orderFilter":"StopOrder"}"#)
  }

  @Test func oneThatIsNotKnownToWaitIsCancelledAsBothKinds() throws {
    let harness = try traded()
    let command = harness.command(.cancel, venue: "9") { ($0.account, $0.instrument) = (7, 1) }
    for act in ["spot_cancel", "spot_cancel_stop"] {
      #expect(harness.requests.last?.permission == act && harness.replies(command).isEmpty)
      harness.reply(
        try #require(harness.requests.last).id, #"{"retCode":170213,"retMsg":"Order does not exist.","result":{}}"#)
    }
    #expect(harness.refusal(command) == .unknownOrder)
  }

  @Test func aStopPriceIsChanged() throws {
    let harness = try traded()
    harness.command(.amend, client: "a-1") {
      ($0.account, $0.instrument, $0.stop) = (7, 1, pb_dec(Decimal64(48_000)))
    }
    #expect(
      harness.requests.last?.body
        == #"{"category":"spot","symbol":"BTCUSDT","orderLinkId":"a-1","triggerPrice":"48000"}"#)
  }

  @Test func demoTradingHasNoBatches() throws {
    let harness = try ready(trading: true, config: #"{"domain":"demo"}"#)
    _ = try trading(harness)
    harness.forget()
    harness.command(
      .cancelMany, items: ["1", "2"].map { venue in ConnectorHarness.Item(venue: venue) { $0.instrument = 1 } }
    ) { $0.account = 7 }
    #expect(harness.requests.map(\.url) == Array(repeating: "https://api-demo.bybit.com/v5/order/cancel", count: 2))
  }

  /// "Get Trade History": one question is of seven days at most, and pages go by a cursor.
  @Test func aLongHistoryIsAskedForInPartsTheNewestFirst() throws {
    let harness = try traded()
    let day: Int64 = 86_400_000_000_000
    let now = harness.epoch
    let command = harness.command(.fills) {
      $0.account = 7
      $0.instrument = 1
      $0.since_ns = now - 10 * day
    }
    func answer(_ id: String, days: Int64, cursor: String) throws {
      let request = try #require(harness.requests.last)
      let time = (now - days * day) / 1_000_000
      harness.reply(
        request.id,
        """
        {"retCode":0,"retMsg":"OK","result":{"category":"spot","nextPageCursor":"\(cursor)","list":[{"symbol":"BTCUSDT",
        "orderId":"1","orderLinkId":"","side":"Buy","execId":"\(id)","execPrice":"50000","execQty":"1",
        "execType":"Trade","execFee":"0.001","feeCurrency":"","isMaker":false,"execTime":"\(time)"}]}}
        """)
    }
    func ms(_ days: Int64) -> Int64 { (now - days * day) / 1_000_000 }
    let list = "https://api.bybit.com/v5/execution/list?symbol=BTCUSDT&category=spot&execType=Trade&limit=100"
    #expect(harness.requests.last?.url == "\(list)&startTime=\(ms(7))")
    try answer("a", days: 1, cursor: "132766%3A2%2C132766%3A2")
    #expect(harness.requests.last?.url == "\(list)&startTime=\(ms(7))&cursor=132766%3A2%2C132766%3A2")
    try answer("b", days: 6, cursor: "")
    #expect(harness.requests.last?.url == "\(list)&startTime=\(ms(10))&endTime=\(ms(7))")
    try answer("c", days: 9, cursor: "")
    let fills = harness.all(PB_EV_FILL, pb_fill.self)
    #expect(fills.map { $0.record.text($0.fields.trade) } == ["a", "b", "c"])
    #expect(fills.allSatisfy { $0.record.text($0.fields.fee_asset) == "BTC" }, "what is bought pays the fee")
    #expect(harness.completed.map(\.partial) == [false] && harness.refusal(command) == nil)
  }

  @Test func anOrderThatIsNotOpenIsLookedForAmongTheEnded() throws {
    let harness = try traded()
    harness.command(.order, venue: "9") {
      $0.account = 7
      $0.instrument = 1
    }
    #expect(harness.requests.last?.url.contains("/v5/order/realtime?category=spot&symbol=BTCUSDT&orderId=9") == true)
    harness.reply(try #require(harness.requests.last).id, #"{"retCode":0,"result":{"list":[]}}"#)
    #expect(harness.requests.last?.url.contains("/v5/order/history?category=spot") == true)
    harness.reply(
      try #require(harness.requests.last).id,
      #"{"retCode":0,"result":{"list":[{"symbol":"BTCUSDT","orderId":"9","orderStatus":"PartiallyFilledCanceled","#
        + #""side":"Buy","orderType":"Market","timeInForce":"IOC","qty":"100","marketUnit":"","cumExecQty":"0.001","#
        + #""cumExecValue":"50","rejectReason":"EC_NoError","cancelType":"CancelByUser","updatedTime":"1"}]}}"#)
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).last)
    #expect(order.fields.state == OrderState.cancelled.rawValue && order.fields.quantity.value == nil)
    #expect(order.fields.flags == OrderFlags.byValue.rawValue, "a market order to buy counts quote by default")
    #expect(order.fields.average.value == Decimal64(50_000))
    #expect(order.record.text(order.fields.reason) == "CancelByUser")
  }
}
