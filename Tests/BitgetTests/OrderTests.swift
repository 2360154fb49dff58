import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import BitgetConnector

@Suite struct OrderTests {
  private func orders(_ harness: ConnectorHarness) -> [pb_order] {
    harness.all(PB_EV_ORDER, pb_order.self).map(\.fields)
  }

  @Test func aLimitOrderIsWrittenAsDocumented() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    let command = harness.placeLimit(client: "a1") { _ in }
    let request = try #require(harness.requests.last)
    #expect(request.url == "https://api.bitget.com/api/v2/spot/trade/place-order" && request.permission == "place")
    #expect(
      request.body == #"{"symbol":"BTCUSDT","side":"buy","orderType":"limit","force":"GTC","price":"50000","#
        + #""size":"0.012","clientOid":"a1"}"#)
    harness.sent(request.id)
    harness.reply(request.id, #"{"code":"00000","msg":"success","data":{"orderId":"312","clientOid":"a1"}}"#)
    #expect(orders(harness).map(\.state) == [OrderState.open.rawValue] && harness.refusal(command) == nil)
  }

  /// The size of a market order to buy counts quote: one by quantity would buy something else.
  @Test func aMarketOrderBuysByValueAndSellsByQuantity() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    let wrong = harness.placeLimit(client: "a1") {
      ($0.type, $0.price) = (OrderType.market.rawValue, pb_dec())
    }
    #expect(harness.refusal(wrong) == .unsupported && harness.requests.isEmpty)
    _ = harness.placeLimit(client: "a2") {
      ($0.type, $0.price, $0.quantity) = (OrderType.market.rawValue, pb_dec(), pb_dec())
      ($0.flags, $0.value) = (OrderFlags.byValue.rawValue, pb_dec(Decimal64(25)))
    }
    let request = try #require(harness.requests.last)
    #expect(request.permission == "place_value" && request.body.contains(#""size":"25""#))
  }

  @Test(arguments: [
    (200, #"{"code":"49999","msg":"nobody knows","data":null}"#), (502, "<html>bad gateway</html>"),
    (200, #"{"code":"00000","msg":"success","data":null}"#), (200, "{"),
    (200, #"{"code":"40725","msg":"service return an error","data":null}"#),
    (400, #"{"code":"40786","msg":"Duplicate clientOid","data":null}"#),
  ])
  func whatProvesNothingLeavesTheOrderInDoubt(_ status: Int, _ body: String) throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    let command = harness.placeLimit(client: "a1") { _ in }
    harness.reply(try #require(harness.requests.last).id, status: status, body)
    #expect(harness.replies(command).map(\.outcome) == [.unknown])
    #expect(orders(harness).isEmpty)
  }

  /// The two lists of an answer stand in an order of their own.
  @Test func ofABatchEachOrderEndsForItself() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    let command = harness.command(
      .place,
      items: ["a1", "a2"].map { client in
        ConnectorHarness.Item(client: client) {
          ($0.instrument, $0.side, $0.type) = (1, Side.sell.rawValue, OrderType.limit.rawValue)
          ($0.quantity, $0.price) = (pb_dec(Decimal64.one), pb_dec(Decimal64(60_000)))
        }
      }
    ) { $0.account = 7 }
    let request = try #require(harness.requests.last)
    #expect(request.url.hasSuffix("/api/v2/spot/trade/batch-orders"))
    #expect(request.body.hasPrefix(#"{"batchMode":"multiple","orderList":[{"symbol":"BTCUSDT","#))
    harness.sent(request.id)
    harness.reply(
      request.id,
      #"{"code":"00000","data":{"successList":[{"orderId":"7","clientOid":"a2"}],"failureList":[{"orderId":"","#
        + #""clientOid":"a1","errorMsg":"less than the minimum amount","errorCode":"45110"}]}}"#)
    #expect(Set(orders(harness).map(\.state)) == Set([OrderState.rejected, .open].map(\.rawValue)))
    #expect(harness.replies(command).count == 1)
  }

  @Test func aConditionalOrderIsFollowedIntoWhatItBecomes() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    _ = harness.placeLimit(client: "s1") {
      ($0.type, $0.stop) = (OrderType.stopLimit.rawValue, pb_dec(Decimal64(49_000)))
    }
    try price(harness, "48999.9")
    let request = try #require(harness.requests.last)
    #expect(request.permission == "plan_limit" && request.body.contains(#""planType":"amount","triggerPrice":"49000""#))
    harness.sent(request.id)
    harness.reply(request.id, #"{"code":"00000","data":{"orderId":"70","clientOid":"s1"}}"#)
    #expect(orders(harness).map(\.state) == [OrderState.untriggered.rawValue])
    harness.forget()
    harness.frame(
      stream,
      #"{"action":"snapshot","arg":{"instType":"SPOT","channel":"orders-algo","instId":"default"},"data":[{"instId":"#
        + #""BTCUSDT","orderId":"70","clientOid":"s1","triggerPrice":"49000","planType":"amount","#
        + #""executePrice":"50000","size":"0.012","orderType":"limit","side":"buy","#
        + #""status":"executed","cTime":"1","uTime":"2"}]}"#)
    let question = try #require(harness.requests.last)
    #expect(question.url.hasSuffix("/api/v2/spot/trade/plan-sub-order?planOrderId=70") && orders(harness).isEmpty)
    harness.sent(question.id)
    harness.reply(
      question.id, #"{"code":"00000","data":[{"orderId":"71","price":"50000","type":"limit","status":"success"}]}"#)
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).last)
    #expect(order.record.text(order.fields.venue_order) == "71" && order.record.text(order.fields.continues) == "70")
  }

  /// The price at hand is looked at first.
  private func price(_ harness: ConnectorHarness, _ last: String, mark: String = "0") throws {
    let question = try #require(harness.requests.last)
    #expect(question.account == 0 && question.url.contains("/market/ticker") && question.url.contains("symbol=BTCUSDT"))
    harness.sent(question.id)
    harness.reply(question.id, #"{"code":"00000","data":[{"lastPr":"\#(last)","markPrice":"\#(mark)"}]}"#)
  }

  /// The exchange waits until a price is crossed, from whichever side: the other side is refused here.
  @Test(arguments: [
    (OrderType.stopLimit, Side.buy, "49000", false), (.stopLimit, .buy, "48999.9", true),
    (.takeLimit, .buy, "49000.1", true), (.takeLimit, .buy, "49000", false), (.stopMarket, .sell, "49000.1", true),
    (.takeMarket, .sell, "48999.9", true), (.takeMarket, .sell, "49001", false),
  ])
  func aTriggerPriceThatWasPassedIsRefused(type: OrderType, side: Side, last: String, goes: Bool) throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    let command = harness.placeLimit(client: "s1") {
      ($0.type, $0.side, $0.stop) = (type.rawValue, side.rawValue, pb_dec(Decimal64(49_000)))
      if !type.hasLimit { $0.price = pb_dec() }
    }
    try price(harness, last)
    #expect(harness.requests.last?.url.contains("place-plan-order") == goes)
    #expect(goes ? harness.replies(command).isEmpty : harness.refusal(command) == .invalidOrder)
    let isTake = type == .takeLimit || type == .takeMarket
    let act = (type.hasLimit ? "plan_limit" : "plan_market") + (isTake ? "_take" : "")
    if goes { #expect(harness.requests.last?.permission == act) }
  }

  @Test func aPriceThatCannotBeReadPlacesNothing() throws {
    for body in [#"{"code":"00000","data":[]}"#, #"{"code":"40034","msg":"no"}"#, "{"] {
      let harness = try ready(trading: true)
      _ = try trading(harness)
      let command = harness.placeLimit(client: "s1") {
        ($0.type, $0.stop) = (OrderType.takeLimit.rawValue, pb_dec(Decimal64(49_000)))
      }
      let question = try #require(harness.requests.last)
      harness.sent(question.id)
      harness.reply(question.id, body)
      #expect(harness.replies(command).map(\.outcome) == [.refused] && harness.requests.last?.id == question.id)
    }
  }

  @Test func whatWaitsForTheMarkPriceIsComparedWithThat() throws {
    for (mark, goes) in [("48000", true), ("50000", false)] {
      let harness = try ready(BitgetPerpetual.self, trading: true)
      _ = try trading(harness, "USDT-FUTURES")
      _ = harness.placeLimit(client: "s1") {
        ($0.type, $0.stop) = (OrderType.stopLimit.rawValue, pb_dec(Decimal64(49_000)))
        $0.flags = OrderFlags.stopByMark.rawValue
      }
      try price(harness, "0.1", mark: mark)
      #expect(harness.requests.last?.body.contains(#""triggerType":"mark_price""#) == goes)
    }
  }

  /// `null` stands where a list of conditional orders is empty.
  @Test func emptyListsMayBeNull() throws {
    let harness = try ready(BitgetPerpetual.self, trading: true)
    _ = try trading(harness, "USDT-FUTURES")
    let command = harness.command(.openOrders) { $0.account = 7 }
    for _ in 0..<2 {
      let request = try #require(harness.requests.last)
      harness.sent(request.id)
      harness.reply(request.id, #"{"code":"00000","data":{"entrustedList":null,"endId":null}}"#)
    }
    #expect(harness.replies(command).map(\.outcome) == [.done] && harness.completed.map(\.partial) == [false])
  }

  /// Both ends of the time are named, whatever the command leaves open.
  @Test func theHistoryOfConditionalOrdersHasBothEndsOfItsTime() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.command(.orderHistory) { $0.account = 7 }
    for _ in 0..<8 {
      let request = try #require(harness.requests.last)
      if request.url.contains("history-plan-order") {
        #expect(request.url.contains("startTime=") && request.url.contains("endTime="))
        return
      }
      harness.sent(request.id)
      let isPlan = request.url.contains("current-plan-order")
      harness.reply(
        request.id, #"{"code":"00000","data":\#(isPlan ? #"{"nextFlag":false,"orderList":[]}"# : "[]")}"#)
    }
    Issue.record("the list of conditional orders was never asked for")
  }
}
