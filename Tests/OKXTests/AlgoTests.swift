import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import OKXConnector

/// Conditional orders: they wait under ids of their own and go on as ordinary ones.
@Suite struct AlgoTests {
  private func place(_ harness: ConnectorHarness, _ type: OrderType, price: Decimal64? = nil) -> pb_id {
    harness.command(.place, client: "s1") {
      ($0.account, $0.instrument, $0.order) = (7, 1, 5)
      ($0.side, $0.type) = (Side.sell.rawValue, type.rawValue)
      $0.quantity = pb_dec(Decimal64(mantissa: 12, exponent: -3))
      ($0.price, $0.stop) = (pb_dec(price), pb_dec(Decimal64(49_000)))
    }
  }

  private func started() throws -> (ConnectorHarness, pb_id) {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.forget()
    return (harness, stream)
  }

  private func orders(_ harness: ConnectorHarness) -> [pb_order] {
    harness.all(PB_EV_ORDER, pb_order.self).map(\.fields)
  }

  /// A waiting order of the id 77.
  private func waiting() throws -> (ConnectorHarness, pb_id) {
    let (harness, stream) = try started()
    _ = place(harness, .stopMarket)
    harness.reply(
      try #require(harness.requests.last).id,
      #"{"code":"0","msg":"","data":[{"algoId":"77","algoClOrdId":"s1","sCode":"0","sMsg":""}]}"#)
    return (harness, stream)
  }

  @Test(arguments: [
    (OrderType.stopLimit, "place_stop_limit", #""sz":"0.012","slTriggerPx":"49000","slOrdPx":"48000"}"#),
    (.stopMarket, "place_stop_market", #""tgtCcy":"base_ccy","sz":"0.012","slTriggerPx":"49000","slOrdPx":"-1"}"#),
    (.takeLimit, "place_take_limit", #""sz":"0.012","tpTriggerPx":"49000","tpOrdPx":"48000"}"#),
    (.takeMarket, "place_take_market", #""tgtCcy":"base_ccy","sz":"0.012","tpTriggerPx":"49000","tpOrdPx":"-1"}"#),
  ])
  func eachTypeHasItsActAndItsNames(_ type: OrderType, _ act: String, _ end: String) throws {
    let (harness, _) = try started()
    _ = place(harness, type, price: type.hasLimit ? Decimal64(48_000) : nil)
    let request = try #require(harness.requests.last)
    #expect(request.url == "https://www.okx.com/api/v5/trade/order-algo" && request.permission == act)
    let head = #"{"instId":"BTC-USDT","tdMode":"cash","algoClOrdId":"s1","side":"sell","ordType":"conditional","#
    #expect(request.body == head + end)
  }

  @Test func itWaitsAndIsCancelledByItsOwnId() throws {
    let (harness, _) = try waiting()
    #expect(orders(harness).map(\.state) == [OrderState.untriggered.rawValue])
    let cancel = harness.command(.cancel, client: "s1", venue: "77") {
      ($0.account, $0.instrument, $0.order) = (7, 1, 5)
    }
    let request = try #require(harness.requests.last)
    #expect(request.permission == "cancel_algos" && request.body == #"[{"instId":"BTC-USDT","algoId":"77"}]"#)
    harness.reply(request.id, #"{"code":"0","msg":"","data":[{"algoId":"77","sCode":"0","sMsg":""}]}"#)
    #expect(harness.refusal(cancel) == nil && orders(harness).last?.state == OrderState.cancelled.rawValue)
  }

  @Test func whatIsNotKnownToWaitIsLookedForInBothPlaces() throws {
    let (harness, _) = try started()
    let cancel = harness.command(.cancel, venue: "88") { ($0.account, $0.instrument) = (7, 1) }
    #expect(harness.requests.last?.permission == "cancel")
    harness.reply(
      try #require(harness.requests.last).id,
      #"{"code":"1","msg":"All operations failed","data":[{"ordId":"88","sCode":"51400","sMsg":"does not exist"}]}"#)
    #expect(harness.requests.last?.permission == "cancel_algos" && harness.replies(cancel).isEmpty)
    harness.reply(
      try #require(harness.requests.last).id,
      #"{"code":"1","msg":"","data":[{"algoId":"88","sCode":"51400","sMsg":"does not exist"}]}"#)
    #expect(harness.refusal(cancel) == .unknownOrder)
  }

  @Test func aTriggeredOrderKeepsTheClientsId() throws {
    let (harness, stream) = try waiting()
    harness.frame(
      stream,
      #"{"arg":{"channel":"orders","instType":"SPOT"},"data":[{"instId":"BTC-USDT","ordId":"900","clOrdId":"","#
        + #""algoId":"77","algoClOrdId":"s1","side":"sell","ordType":"market","state":"live","sz":"0.012","#
        + #""accFillSz":"0","uTime":"1700000000000"}]}"#)
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).last)
    #expect(order.record.text(order.fields.client_order) == "s1")
    #expect(order.record.text(order.fields.venue_order) == "900")
    harness.command(.cancel, client: "s1", venue: "900") { ($0.account, $0.instrument) = (7, 1) }
    #expect(harness.requests.last?.permission == "cancel")
  }

  @Test func whatItHasBecomeIsAskedFor() throws {
    let (harness, _) = try waiting()
    let question = harness.command(.order, client: "s1", venue: "77") {
      ($0.account, $0.instrument, $0.order) = (7, 1, 5)
    }
    #expect(harness.requests.last?.url == "https://www.okx.com/api/v5/trade/order-algo?algoId=77")
    harness.reply(
      try #require(harness.requests.last).id,
      #"{"code":"0","msg":"","data":[{"instId":"BTC-USDT","algoId":"77","algoClOrdId":"s1","ordIdList":["900"],"#
        + #""side":"sell","sz":"0.012","state":"effective","slTriggerPx":"49000","slOrdPx":"-1","actualSz":"0.012"}]}"#)
    #expect(harness.requests.last?.url == "https://www.okx.com/api/v5/trade/order?instId=BTC-USDT&ordId=900")
    harness.reply(
      try #require(harness.requests.last).id,
      #"{"code":"0","msg":"","data":[{"instId":"BTC-USDT","ordId":"900","clOrdId":"","side":"sell","sz":"0.012","#
        + #""ordType":"market","state":"filled","accFillSz":"0.012","avgPx":"48990"}]}"#)
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).last)
    #expect(order.fields.state == OrderState.filled.rawValue && order.record.text(order.fields.client_order) == "s1")
    #expect(harness.refusal(question) == nil)
  }

  @Test func openOrdersAreOfBothServices() throws {
    let (harness, _) = try started()
    let command = harness.command(.openOrders) { $0.account = 7 }
    harness.reply(try #require(harness.requests.last).id, #"{"code":"0","msg":"","data":[]}"#)
    let request = try #require(harness.requests.last)
    #expect(
      request.url == "https://www.okx.com/api/v5/trade/orders-algo-pending?ordType=conditional&instType=SPOT")
    harness.reply(
      request.id,
      #"{"code":"0","msg":"","data":[{"instId":"BTC-USDT","algoId":"77","algoClOrdId":"s1","ordId":"","side":"sell","#
        + #""sz":"0.012","state":"live","tpTriggerPx":"60000","tpOrdPx":"59000","slTriggerPx":"","actualSz":"0"}]}"#)
    let order = try #require(orders(harness).last)
    #expect(order.state == OrderState.untriggered.rawValue && order.type == OrderType.takeLimit.rawValue)
    #expect(order.stop.value == Decimal64(60_000) && order.price.value == Decimal64(59_000))
    #expect(harness.requests.last?.url.hasSuffix("?ordType=trigger&instType=SPOT") == true)
    harness.reply(try #require(harness.requests.last).id, #"{"code":"0","msg":"","data":[]}"#)
    #expect(harness.refusal(command) == nil && harness.completed.last?.partial == false)
  }

  private func push(_ members: String) -> String {
    #"{"arg":{"channel":"orders-algo","instType":"SPOT"},"data":[{"instId":"BTC-USDT","algoId":"77","#
      + #""algoClOrdId":"s1","side":"sell","sz":"0.012","uTime":"1700000000001","cTime":"1700000000000","#
      + "\(members)}]}"
  }

  /// Its whole life comes on a stream of its own: what was cancelled or failed elsewhere is known without a question.
  @Test(arguments: [
    ("canceled", "", OrderState.cancelled, Failure.none, ""),
    ("order_failed", "51008", .rejected, .funds, "code 51008"),
  ])
  func itsStreamReportsItsEnd(
    _ word: String, _ code: String, _ state: OrderState, _ failure: Failure, _ reason: String
  ) throws {
    let (harness, first) = try waiting()
    // The second of the account's streams.
    let stream = first + 1
    harness.forget()
    let stop = #""ordType":"conditional","slTriggerPx":"49000","slOrdPx":"-1","ordId":"","ordIdList":[],"#
    #expect(harness.frame(stream, push(stop + #""state":"live","failCode":"""#)) == .ok)
    let waits = try #require(orders(harness).first)
    #expect(waits.state == OrderState.untriggered.rawValue && waits.type == OrderType.stopMarket.rawValue)
    #expect(waits.stop.value == Decimal64(49_000) && waits.venue_ns == 1_700_000_000_001_000_000)
    #expect(harness.frame(stream, push(stop + "\"state\":\"\(word)\",\"failCode\":\"\(code)\"")) == .ok)
    let end = try #require(harness.all(PB_EV_ORDER, pb_order.self).last)
    #expect(end.fields.state == state.rawValue && end.fields.error == failure.rawValue)
    #expect(end.record.text(end.fields.client_order) == "s1" && end.record.text(end.fields.venue_order) == "77")
    #expect(end.record.text(end.fields.reason) == reason)
    // A later cancel looks for it where orders are.
    harness.command(.cancel, client: "s1", venue: "77") { ($0.account, $0.instrument) = (7, 1) }
    #expect(harness.requests.last?.permission == "cancel")
  }

  /// What it has become reports itself on the other stream, maybe before.
  @Test func itsStreamIsSilentOfWhatItBecame() throws {
    let (harness, first) = try waiting()
    // The second of the account's streams.
    let stream = first + 1
    harness.forget()
    let rest = #""ordType":"conditional","slTriggerPx":"49000","slOrdPx":"-1","state":"effective","ordId":"900""#
    #expect(harness.frame(stream, push(rest)) == .ok && orders(harness).isEmpty)
    // Nor of orders that stand for two, or are placed in parts.
    let oco = #""ordType":"oco","slTriggerPx":"49000","slOrdPx":"-1","tpTriggerPx":"60000","state":"live""#
    #expect(harness.frame(stream, push(oco)) == .ok && orders(harness).isEmpty)
    let trigger = #""ordType":"trigger","triggerPx":"48500","ordPx":"48400","state":"live""#
    #expect(harness.frame(stream, push(trigger)) == .ok)
    let order = try #require(orders(harness).first)
    #expect(order.type == OrderType.stopLimit.rawValue && order.price.value == Decimal64(48_400))
  }

  @Test func itIsNotAmended() throws {
    let (harness, _) = try waiting()
    let command = harness.command(.amend, client: "s1", venue: "77") {
      ($0.account, $0.instrument, $0.quantity) = (7, 1, pb_dec(Decimal64(1)))
    }
    #expect(harness.refusal(command) == .unsupported)
  }
}
