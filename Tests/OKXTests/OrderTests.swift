import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import OKXConnector

@Suite struct OrderTests {
  private func place(_ harness: ConnectorHarness, _ change: (inout pb_in_command) -> Void = { _ in }) -> pb_id {
    harness.placeLimit(client: "a1", change)
  }

  @Test func aLimitOrderIsWrittenAsDocumented() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.forget()
    let command = place(harness)
    let request = try #require(harness.requests.last)
    #expect(request.url == "https://www.okx.com/api/v5/trade/order" && request.permission == "place")
    #expect(
      request.body == #"{"instId":"BTC-USDT","tdMode":"cash","clOrdId":"a1","side":"buy","ordType":"limit","#
        + #""sz":"0.012","px":"50000"}"#)
    harness.sent(request.id)
    harness.reply(request.id, #"{"code":"0","msg":"","data":[{"clOrdId":"a1","ordId":"312","sCode":"0","sMsg":""}]}"#)
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).first)
    #expect(order.fields.state == OrderState.open.rawValue && order.record.text(order.fields.venue_order) == "312")
    #expect(order.fields.order == 5 && order.fields.command == command)
    #expect(harness.refusal(command) == nil)
  }

  @Test func aRefusalByItsOwnCodeIsARefusal() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    let command = place(harness)
    harness.reply(
      try #require(harness.requests.last).id,
      #"{"code":"1","msg":"All operations failed","data":[{"clOrdId":"a1","ordId":"","sCode":"51008","#
        + #""sMsg":"Insufficient balance"}]}"#)
    #expect(harness.refusal(command) == .funds)
    #expect(harness.all(PB_EV_ORDER, pb_order.self).map(\.fields.state) == [OrderState.rejected.rawValue])
  }

  @Test(arguments: [
    (200, #"{"code":"59999","msg":"nobody knows","data":[]}"#), (502, "<html>bad gateway</html>"),
    (200, #"{"code":"0","msg":"","data":[]}"#), (200, #"{"code":"0","msg":"","data":[{"sCode":"0","ordId":""}]}"#),
    (200, #"{"code":"50004","msg":"timeout","data":[]}"#), (200, "{"),
    (500, #"{"code":"1","msg":"","data":[{"clOrdId":"a1","ordId":"","sCode":"51149","sMsg":"Order timed out."}]}"#),
    (200, #"{"code":"1","msg":"","data":[{"clOrdId":"a1","ordId":"","sCode":"51149","sMsg":"Order timed out."}]}"#),
    (200, #"{"code":"1","msg":"","data":[{"clOrdId":"a1","ordId":"","sCode":"51016","sMsg":"It exists."}]}"#),
  ])
  func whatProvesNothingLeavesTheOrderInDoubt(_ status: Int, _ body: String) throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.forget()
    let command = place(harness)
    harness.reply(try #require(harness.requests.last).id, status: status, body)
    #expect(harness.replies(command).map(\.outcome) == [.unknown])
    #expect(harness.all(PB_EV_ORDER, pb_order.self).isEmpty)
  }

  @Test func aBatchIsOneRequestAndEachOrderEndsForItself() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.forget()
    let command = harness.command(
      .place,
      items: ["a1", "a2", "a3"].map { client in
        ConnectorHarness.Item(client: client) {
          $0.instrument = 1
          $0.side = Side.sell.rawValue
          $0.type = OrderType.limit.rawValue
          $0.quantity = pb_dec(Decimal64.one)
          $0.price = pb_dec(Decimal64(60_000))
        }
      }
    ) { $0.account = 7 }
    let request = try #require(harness.requests.last)
    #expect(harness.requests.count == 1 && request.url.hasSuffix("/trade/batch-orders"))
    #expect(request.charges == [Output.Limit.orders.bucket: 3])
    harness.reply(
      request.id,
      #"""
      {"code":"2","msg":"Bulk operation partially succeeded.","data":[
      {"clOrdId":"a1","ordId":"1","sCode":"0","sMsg":""},{"clOrdId":"a2","ordId":"","sCode":"51020","sMsg":"small"},
      {"clOrdId":"a3","ordId":"3","sCode":"0","sMsg":""}]}
      """#)
    #expect(
      harness.all(PB_EV_ORDER, pb_order.self).map(\.fields.state)
        == [OrderState.open, .open, .rejected].map(\.rawValue))
    #expect(harness.replies(command).map(\.outcome) == [.done])
  }

  @Test func aMarketOrderByValueCountsQuote() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    _ = place(harness) {
      $0.type = OrderType.market.rawValue
      $0.flags = OrderFlags.byValue.rawValue
      $0.value = pb_dec(Decimal64(100))
      $0.quantity = pb_dec()
      $0.price = pb_dec()
    }
    let body = try #require(harness.requests.last).body
    #expect(body.contains(#""ordType":"market","tgtCcy":"quote_ccy","sz":"100""#))
  }

  @Test func aHistoryTakesOpenAndEndedOrdersPageByPage() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.forget()
    let command = harness.command(.orderHistory) {
      $0.account = 7
      $0.instrument = 1
      $0.since_ns = harness.epoch - 3_600_000_000_000
    }
    func order(_ id: Int) -> String {
      #"{"instId":"BTC-USDT","ordId":"\#(id)","side":"buy","ordType":"limit","state":"filled","sz":"1","#
        + #""accFillSz":"1","uTime":"1700000000000"}"#
    }
    func answer(_ ids: Range<Int>) throws {
      let request = try #require(harness.requests.last)
      let list = ids.map(order).joined(separator: ",")
      #expect(harness.reply(request.id, #"{"code":"0","msg":"","data":[\#(list)]}"#) == .ok)
    }
    #expect(harness.requests.last?.url.contains("/trade/orders-pending?instId=BTC-USDT") == true)
    try answer(0..<0)
    for kind in ["conditional", "trigger"] {
      let query = "/trade/orders-algo-pending?instId=BTC-USDT&ordType=\(kind)&"
      #expect(harness.requests.last?.url.contains(query) == true)
      try answer(0..<0)
    }
    #expect(harness.requests.last?.url.contains("/trade/orders-history?") == true)
    try answer(100..<200)
    #expect(harness.requests.last?.url.hasSuffix("&after=199") == true)
    try answer(50..<60)
    for state in ["effective", "canceled", "order_failed"] {
      for kind in ["conditional", "trigger"] {
        let query = "?instId=BTC-USDT&ordType=\(kind)&instType=SPOT&state=\(state)"
        #expect(harness.requests.last?.url.hasSuffix("/trade/orders-algo-history" + query) == true)
        try answer(0..<0)
      }
    }
    #expect(harness.all(PB_EV_ORDER, pb_order.self).count == 110)
    #expect(harness.completed.map(\.partial) == [false] && harness.refusal(command) == nil)
  }
}
