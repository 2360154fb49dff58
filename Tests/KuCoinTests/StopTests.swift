import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import KuCoinConnector

/// Stop orders of spot, which wait under ids of their own, and amendments, which make new orders.
@Suite struct StopTests {
  private func started() throws -> (ConnectorHarness, pb_id) {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.forget()
    return (harness, stream)
  }

  private func place(_ harness: ConnectorHarness, _ type: OrderType, _ side: Side) {
    harness.command(.place, client: "s1") {
      ($0.account, $0.instrument, $0.order) = (7, 1, 5)
      ($0.side, $0.type) = (side.rawValue, type.rawValue)
      $0.quantity = pb_dec(Decimal64(mantissa: 12, exponent: -3))
      ($0.price, $0.stop) = (pb_dec(type.hasLimit ? Decimal64(48_000) : nil), pb_dec(Decimal64(49_000)))
    }
  }

  private func order(_ harness: ConnectorHarness) throws -> (fields: pb_order, client: String, venue: String) {
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).last)
    return (order.fields, order.record.text(order.fields.client_order), order.record.text(order.fields.venue_order))
  }

  @Test(arguments: [
    (OrderType.stopLimit, Side.sell, "place_stop", #","price":"48000","stop":"loss","stopPrice":"49000"}"#),
    (.stopMarket, .buy, "place_stop", #""type":"market","size":"0.012","stop":"entry","stopPrice":"49000"}"#),
    (.takeLimit, .sell, "place_take", #","price":"48000","stop":"entry","stopPrice":"49000"}"#),
    (.takeMarket, .buy, "place_take", #""type":"market","size":"0.012","stop":"loss","stopPrice":"49000"}"#),
  ])
  func whereThePriceIsWaitedForFollowsFromTypeAndSide(
    _ type: OrderType, _ side: Side, _ act: String, _ end: String
  ) throws {
    let (harness, _) = try started()
    place(harness, type, side)
    let request = try #require(harness.requests.last)
    #expect(request.url == "https://api.kucoin.com/api/v1/stop-order" && request.permission == act)
    #expect(request.body.hasPrefix(#"{"clientOid":"s1","side":"\#(side == .buy ? "buy" : "sell")","#))
    #expect(request.body.hasSuffix(end))
    harness.reply(request.id, #"{"code":"200000","data":{"orderId":"vs8hoo","clientOid":"s1"}}"#)
    #expect(try order(harness).fields.state == OrderState.untriggered.rawValue)
  }

  @Test func itIsCancelledAmongStopOrders() throws {
    let (harness, stream) = try started()
    place(harness, .stopMarket, .sell)
    harness.reply(try #require(harness.requests.last).id, #"{"code":"200000","data":{"orderId":"vs8hoo"}}"#)
    let cancel = harness.command(.cancel, client: "s1", venue: "vs8hoo") { ($0.account, $0.instrument) = (7, 1) }
    let request = try #require(harness.requests.last)
    #expect(request.url == "https://api.kucoin.com/api/v1/stop-order/vs8hoo" && request.permission == "cancel_stop")
    harness.reply(request.id, #"{"code":"200000","data":{"cancelledOrderIds":["vs8hoo"]}}"#)
    #expect(harness.replies(cancel).map(\.outcome) == [.done])
    harness.frame(stream, push("cancel"))
    #expect(try order(harness).fields.state == OrderState.cancelled.rawValue)
  }

  @Test func aCancelThatNamesNothingFoundNothing() throws {
    let (harness, _) = try started()
    let cancel = harness.command(.cancel, client: "s9") { ($0.account, $0.instrument) = (7, 1) }
    harness.reply(try #require(harness.requests.last).id, #"{"code":"400100","msg":"order not exist."}"#)
    let request = try #require(harness.requests.last)
    #expect(request.url.hasSuffix("/stop-order/cancelOrderByClientOid?clientOid=s9&symbol=BTC-USDT"))
    harness.reply(request.id, #"{"code":"200000","data":{"cancelledOrderIds":[]}}"#)
    #expect(harness.refusal(cancel) == .unknownOrder)
  }

  private func push(_ type: String, _ more: String = "") -> String {
    """
    {"topic":"/spotMarket/advancedOrders","type":"message","subject":"stopOrder","channelType":"private","data":{
    "createdAt":1764288000337,"orderId":"vs8hoo","orderType":"stop","side":"sell","size":"0.012","stop":"loss",
    "stopPrice":"49000","symbol":"BTC-USDT","tradeType":"TRADE","ts":1764288000650000128,"type":"\(type)"\(more)}}
    """
  }

  @Test func whatWasTriggeredGoesOnUnderTheClientsId() throws {
    let (harness, stream) = try started()
    place(harness, .stopMarket, .sell)
    harness.reply(try #require(harness.requests.last).id, #"{"code":"200000","data":{"orderId":"vs8hoo"}}"#)
    harness.frame(stream, push("open"))
    #expect(try order(harness).fields.type == OrderType.stopMarket.rawValue)
    harness.forget()
    harness.frame(stream, push("triggered", #","triggerSuccess":true"#))
    #expect(harness.all(PB_EV_ORDER, pb_order.self).isEmpty)
    harness.command(.order, client: "s1", venue: "vs8hoo") { ($0.account, $0.instrument, $0.order) = (7, 1, 5) }
    #expect(harness.requests.last?.url.hasSuffix("/hf/orders/client-order/s1?symbol=BTC-USDT") == true)
    harness.reply(
      try #require(harness.requests.last).id,
      #"""
      {"code":"200000","data":{"id":"6712","clientOid":"s1","symbol":"BTC-USDT","opType":"DEAL","type":"market",
      "side":"sell","price":"0","size":"0.012","dealSize":"0.012","dealFunds":"588","active":false,
      "createdAt":1764288000000}}
      """#)
    let now = try order(harness)
    #expect(now.fields.state == OrderState.filled.rawValue && now.client == "s1" && now.venue == "6712")
  }

  @Test func oneThatCouldNotBePlacedIsRejected() throws {
    let (harness, stream) = try started()
    harness.frame(stream, push("triggered", #","triggerSuccess":false,"error":"balance insufficient""#))
    #expect(try order(harness).fields.state == OrderState.rejected.rawValue)
  }

  @Test func openOrdersAreOfBothLists() throws {
    let (harness, _) = try started()
    let command = harness.command(.openOrders) { ($0.account, $0.instrument) = (7, 1) }
    harness.reply(try #require(harness.requests.last).id, #"{"code":"200000","data":[]}"#)
    let request = try #require(harness.requests.last)
    #expect(
      request.url == "https://api.kucoin.com/api/v1/stop-order?symbol=BTC-USDT&pageSize=100&currentPage=1")
    harness.reply(
      request.id,
      #"""
      {"code":"200000","data":{"currentPage":1,"pageSize":100,"totalNum":1,"totalPage":1,"items":[{"id":"vs8hoo",
      "symbol":"BTC-USDT","status":"NEW","type":"limit","side":"buy","price":"48000","size":"0.012","funds":null,
      "timeInForce":"GTC","postOnly":false,"clientOid":"s1","createdAt":1628755183704,"stop":"loss",
      "stopTriggerTime":null,"stopPrice":"49000"}]}}
      """#)
    let now = try order(harness)
    #expect(now.fields.state == OrderState.untriggered.rawValue && now.fields.type == OrderType.takeLimit.rawValue)
    #expect(now.fields.stop.value == Decimal64(49_000) && now.fields.price.value == Decimal64(48_000))
    #expect(harness.replies(command).map(\.outcome) == [.done] && harness.completed.last?.partial == false)
  }

  // MARK: Amendments

  private func amend(_ harness: ConnectorHarness, _ change: (inout pb_in_command) -> Void) -> pb_id {
    harness.command(.amend, client: "a1", venue: "671124") {
      ($0.account, $0.instrument, $0.order) = (7, 1, 5)
      change(&$0)
    }
  }

  @Test func anAmendmentMakesAnOrderThatContinuesTheOther() throws {
    let (harness, _) = try started()
    let command = amend(harness) {
      $0.quantity = pb_dec(Decimal64(3))
      $0.price = pb_dec(Decimal64(50_000))
      $0.carried = pb_dec(Decimal64(1))
    }
    let request = try #require(harness.requests.last)
    #expect(request.url == "https://api.kucoin.com/api/v1/hf/orders/alter" && request.permission == "amend")
    #expect(request.body == #"{"symbol":"BTC-USDT","orderId":"671124","newSize":"2","newPrice":"50000"}"#)
    harness.reply(request.id, #"{"code":"200000","data":{"newOrderId":"671125","clientOid":"a1"}}"#)
    #expect(harness.replies(command).isEmpty)
    let question = try #require(harness.requests.last)
    #expect(question.url == "https://api.kucoin.com/api/v1/hf/orders/671125?symbol=BTC-USDT")
    harness.reply(
      question.id,
      #"""
      {"code":"200000","data":{"id":"671125","clientOid":"a1","symbol":"BTC-USDT","type":"limit","side":"buy",
      "price":"50000","size":"1.5","dealSize":"0","active":true,"createdAt":1764288000000}}
      """#)
    let told = try #require(harness.all(PB_EV_ORDER, pb_order.self).last)
    #expect(told.record.text(told.fields.continues) == "671124" && told.fields.carried.value == Decimal64(1))
    #expect(told.fields.quantity.value == Decimal64(mantissa: 15, exponent: -1), "its figures are its own")
    #expect(told.fields.state == OrderState.open.rawValue && harness.replies(command).map(\.outcome) == [.done])
  }

  @Test func whatBecameOfAnOrderIsReportedThoughItCannotBeAskedFor() throws {
    let (harness, _) = try started()
    let command = amend(harness) { $0.price = pb_dec(Decimal64(50_000)) }
    harness.reply(try #require(harness.requests.last).id, #"{"code":"200000","data":{"newOrderId":"671125"}}"#)
    harness.unanswered(try #require(harness.requests.last).id)
    let told = try #require(harness.all(PB_EV_ORDER, pb_order.self).last)
    #expect(told.record.text(told.fields.venue_order) == "671125" && told.fields.quantity.value == nil)
    #expect(told.record.text(told.fields.continues) == "671124" && harness.replies(command).map(\.outcome) == [.done])
  }

  @Test func anAmendmentIsRefusedOrLeftInDoubt() throws {
    let (harness, _) = try started()
    let answers: [(String, Outcome, Failure)] = [
      (#"{"code":"400100","msg":"order not exist"}"#, .refused, .unknownOrder),
      (#"{"code":"200000","data":{}}"#, .unknown, .other),
      (#"{"code":"500000","msg":"Internal Server Error"}"#, .unknown, .transient),
    ]
    for (body, outcome, failure) in answers {
      let command = amend(harness) { $0.price = pb_dec(Decimal64(50_000)) }
      harness.reply(try #require(harness.requests.last).id, body)
      #expect(harness.replies(command).map(\.outcome) == [outcome])
      #expect(harness.replies(command).map(\.failure) == [failure])
    }
    let tooLittle = amend(harness) { ($0.quantity, $0.carried) = (pb_dec(Decimal64(1)), pb_dec(Decimal64(1))) }
    #expect(harness.refusal(tooLittle) == .invalidOrder)
  }
}
