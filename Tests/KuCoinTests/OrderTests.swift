import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import KuCoinConnector

@Suite struct OrderTests {
  private func place(_ harness: ConnectorHarness, _ change: (inout pb_in_command) -> Void = { _ in }) -> pb_id {
    harness.placeLimit(client: "a-1", change)
  }

  @Test func aLimitOrderIsWrittenAsDocumented() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    let command = place(harness)
    let request = try #require(harness.requests.last)
    #expect(request.url == "https://api.kucoin.com/api/v1/hf/orders" && request.permission == "place")
    #expect(
      request.body == #"{"clientOid":"a-1","side":"buy","symbol":"BTC-USDT","type":"limit","size":"0.012","#
        + #""price":"50000"}"#)
    harness.reply(request.id, #"{"code":"200000","data":{"orderId":"671124","clientOid":"a-1"}}"#)
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).first)
    #expect(order.fields.state == OrderState.open.rawValue && order.record.text(order.fields.venue_order) == "671124")
    #expect(harness.replies(command).map(\.outcome) == [.done])
  }

  @Test func whatIsUnusualIsSaid() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    _ = place(harness) { $0.flags = OrderFlags.postOnly.rawValue }
    #expect(harness.requests.last?.body.hasSuffix(#""price":"50000","postOnly":true}"#) == true)
    _ = place(harness) { $0.time_in_force = TimeInForce.fillOrKill.rawValue }
    #expect(harness.requests.last?.body.hasSuffix(#""price":"50000","timeInForce":"FOK"}"#) == true)
    _ = place(harness) {
      $0.type = OrderType.market.rawValue
      $0.flags = OrderFlags.byValue.rawValue
      $0.value = pb_dec(Decimal64(100))
      ($0.quantity, $0.price) = (pb_dec(), pb_dec())
    }
    #expect(harness.requests.last?.body.hasSuffix(#""type":"market","funds":"100"}"#) == true)
  }

  @Test(arguments: [
    (#"{"code":"200004","msg":"Balance insufficient!"}"#, Outcome.refused, Failure.funds),
    (#"{"code":"400100","msg":"account.available.amount"}"#, .refused, .funds),
    (#"{"code":"300000","msg":"The quantity is invalid."}"#, .refused, .invalidOrder),
    (#"{"code":"126013","msg":"Insufficient account balance"}"#, .refused, .funds),
    (#"{"code":"126029","msg":"The maximum order price is: 5"}"#, .refused, .invalidOrder),
    (#"{"code":"126044","msg":"clientOid duplicate"}"#, .unknown, .invalidOrder),
    (#"{"code":"400600","msg":"validation.createOrder.symbolNotAvailable"}"#, .refused, .unknownInstrument),
    (#"{"code":"429000","msg":"Too Many Requests"}"#, .refused, .rateLimit),
    (#"{"code":"500000","msg":"Internal Server Error"}"#, .unknown, .transient),
    (#"{"code":"999999","msg":"nobody knows"}"#, .unknown, .other), ("{", .unknown, .other),
    (#"{"code":"200000","data":{"orderId":""}}"#, .unknown, .other),
  ])
  func anAnswerRefusesOrLeavesTheOrderInDoubt(_ body: String, _ outcome: Outcome, _ failure: Failure) throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    let command = place(harness)
    harness.reply(try #require(harness.requests.last).id, body)
    #expect(harness.replies(command).map(\.outcome) == [outcome])
    #expect(harness.replies(command).map(\.failure) == [failure])
  }

  @Test func eachOrderOfABatchEndsForItself() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.forget()
    harness.command(
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
    #expect(harness.requests.count == 1 && request.url.hasSuffix("/hf/orders/multi"))
    #expect(request.body.hasPrefix(#"{"orderList":[{"clientOid":"a1","#))
    harness.reply(
      request.id,
      #"""
      {"code":"200000","data":[{"orderId":"1","clientOid":"a1","success":true},
      {"success":false,"failMsg":"Balance insufficient!"},{"success":false,"failMsg":"The order size is too small."}]}
      """#)
    let orders = harness.all(PB_EV_ORDER, pb_order.self).map(\.fields)
    #expect(orders.map(\.state) == [OrderState.open, .rejected, .rejected].map(\.rawValue))
    #expect(orders.map(\.error) == [Failure.none, .funds, .invalidOrder].map(\.rawValue))
  }

  @Test(arguments: [
    ("671124", "", "https://api.kucoin.com/api/v1/hf/orders/671124?symbol=BTC-USDT", "cancel"),
    ("", "a-1", "https://api.kucoin.com/api/v1/hf/orders/client-order/a-1?symbol=BTC-USDT", "cancel_by_client"),
  ])
  func aCancelNamesTheOrderInItsPath(_ venue: String, _ client: String, _ url: String, _ act: String) throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    let command = harness.command(.cancel, client: client, venue: venue) {
      $0.account = 7
      $0.instrument = 1
    }
    let request = try #require(harness.requests.last)
    #expect(request.url == url && request.permission == act)
    // It may be a stop order, which are of a list of their own.
    for path in [url, "/stop-order/"] {
      let request = try #require(harness.requests.last)
      #expect(request.url.contains(path))
      harness.reply(request.id, #"{"code":"400100","msg":"order_not_exist_or_not_allow_to_be_cancelled"}"#)
    }
    #expect(harness.refusal(command) == .unknownOrder)
  }

  @Test(arguments: [
    (#""size":"2","dealSize":"0","active":true"#, OrderState.open),
    (#""size":"2","dealSize":"1","active":true"#, .partial), (#""size":"2","dealSize":"2","active":false"#, .filled),
    (#""size":"2","dealSize":"1","cancelExist":true,"active":false"#, .cancelled),
    (#""size":"0","funds":"10","dealSize":"1","cancelExist":false,"isActive":false"#, .filled),
    (#""size":"0","funds":"10","dealSize":"0","cancelExist":true,"isActive":false"#, .cancelled),
  ])
  func theStateOfAnOrderFollowsFromItsNumbers(_ members: String, _ state: OrderState) throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.command(.order, venue: "671124") {
      $0.account = 7
      $0.instrument = 1
    }
    let type = members.contains("funds") ? "market" : "limit"
    harness.reply(
      try #require(harness.requests.last).id,
      #"""
      {"code":"200000","data":{"id":"671124","symbol":"BTC-USDT","type":"\#(type)","side":"buy","price":"10",
      "clientOid":"a-1","postOnly":false,"createdAt":1764288000000,"lastUpdatedAt":null,\#(members)}}
      """#)
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).first).fields
    #expect(order.state == state.rawValue && order.venue_ns == 1_764_288_000_000_000_000)
    #expect((order.quantity.value == nil) == (type == "market"), "an order by value counts quote")
  }

  @Test func fillsAreAskedForByTheNumberOfThePageBefore() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.forget()
    harness.command(.fills) {
      $0.account = 7
      $0.instrument = 1
    }
    func answer(_ ids: Range<Int>, last: Int) throws {
      let list = ids.map {
        #"{"id":\#($0),"symbol":"BTC-USDT","tradeId":\#($0),"orderId":"6306","side":"buy","liquidity":"taker","#
          + #""price":"1","size":"1","fee":"0.001","feeCurrency":"USDT","createdAt":1661390702919}"#
      }.joined(separator: ",")
      let request = try #require(harness.requests.last)
      harness.reply(request.id, #"{"code":"200000","data":{"items":[\#(list)],"lastId":\#(last)}}"#)
    }
    #expect(harness.requests.last?.url.hasSuffix("/hf/fills?symbol=BTC-USDT&limit=100") == true)
    try answer(100..<200, last: 4711)
    #expect(harness.requests.last?.url.hasSuffix("&limit=100&lastId=4711") == true)
    try answer(50..<60, last: 4600)
    let fills = harness.all(PB_EV_FILL, pb_fill.self)
    #expect(fills.count == 110 && fills[0].fields.fee.value == Decimal64(mantissa: 1, exponent: -3))
    #expect(harness.completed.map(\.partial) == [false])
  }

  @Test func openOrdersOfAllSymbolsAreAskedForWhereThereAreSome() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.forget()
    let command = harness.command(.openOrders) { $0.account = 7 }
    #expect(harness.requests.last?.url.hasSuffix("/hf/orders/active/symbols") == true)
    harness.reply(
      try #require(harness.requests.last).id, #"{"code":"200000","data":{"symbols":["BTC-USDT","ETH-USDT"]}}"#)
    for symbol in ["BTC-USDT", "ETH-USDT"] {
      let request = try #require(harness.requests.last)
      #expect(request.url.hasSuffix("/hf/orders/active?symbol=\(symbol)&tradeType=TRADE&status=active"))
      harness.reply(
        request.id,
        #"""
        {"code":"200000","data":[{"id":"\#(symbol)","symbol":"\#(symbol)","type":"limit","side":"buy","price":"10",
        "size":"2","dealSize":"0","active":true,"createdAt":1764288000000}]}
        """#)
    }
    let stops = try #require(harness.requests.last)
    #expect(stops.url.hasSuffix("/api/v1/stop-order?pageSize=100&currentPage=1"))
    harness.reply(stops.id, #"{"code":"200000","data":{"totalNum":0,"items":[]}}"#)
    #expect(harness.all(PB_EV_ORDER, pb_order.self).count == 2 && harness.completed.map(\.partial) == [false])
    #expect(harness.replies(command).map(\.outcome) == [.done])
  }
}
