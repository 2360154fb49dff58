import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import BingXConnector

@Suite struct OrderTests {
  private func order(_ change: (inout pb_in_command) -> Void = { _ in }) -> (inout pb_in_command) -> Void {
    var filled = pb_in_command()
    filled.account = 7
    filled.instrument = 1
    filled.order = 5
    filled.side = Side.buy.rawValue
    filled.type = OrderType.limit.rawValue
    filled.quantity = pb_dec(Decimal64(mantissa: 12, exponent: -3))
    filled.price = pb_dec(Decimal64(50_000))
    change(&filled)
    return { command in
      (command.account, command.instrument, command.order) = (filled.account, filled.instrument, filled.order)
      (command.side, command.type, command.flags) = (filled.side, filled.type, filled.flags)
      (command.quantity, command.price, command.value) = (filled.quantity, filled.price, filled.value)
      command.time_in_force = filled.time_in_force
    }
  }

  private func traded() throws -> ConnectorHarness {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.forget()
    return harness
  }

  @Test func parametersAreSortedAndSignedBeforeTheyAreEncoded() throws {
    let harness = try traded()
    let command = harness.command(.place, client: "a1", order())
    let request = try #require(harness.requests.last)
    let query = "newClientOrderId=a1&price=50000&quantity=0.012&side=BUY&symbol=BTC-USDT&timestamp="
    #expect(request.method == .post && request.body.isEmpty && request.permission == "place")
    #expect(
      request.url.hasPrefix("https://open-api.bingx.com/openApi/spot/v1/trade/order?\(query)<time_ms>&type=LIMIT"))
    let signed = "bytes(\(query)) time_ms bytes(&type=LIMIT) concat(3)"
    #expect(request.url.contains("&signature=<"))
    #expect(request.url.contains(signed) && request.url.hasSuffix(" hmac_sha256 hex>"))
    #expect(request.url.contains("field(secret_key)") && request.headers == ["X-BX-APIKEY: <field(api_key)>"])
    harness.reply(
      request.id,
      #"{"code":0,"msg":"","data":{"symbol":"BTC-USDT","orderId":1719980066923872256,"transactTime":1698910178296,"#
        + #""price":"50000","origQty":"0.012","executedQty":"0","cummulativeQuoteQty":"0","status":"PENDING","#
        + #""type":"LIMIT","side":"BUY","clientOrderID":"a1"}}"#)
    let placed = try #require(harness.all(PB_EV_ORDER, pb_order.self).first)
    #expect(placed.record.text(placed.fields.venue_order) == "1719980066923872256")
    #expect(placed.fields.state == OrderState.open.rawValue && placed.fields.order == 5)
    #expect(harness.refusal(command) == nil)
  }

  @Test func postOnlyAndValuesAreWrittenAsDocumented() throws {
    let harness = try traded()
    harness.command(.place, client: "a1", order { $0.flags = OrderFlags.postOnly.rawValue })
    #expect(harness.requests.last?.url.contains("&timeInForce=PostOnly&") == true)
    harness.command(
      .place, client: "a2",
      order {
        ($0.type, $0.flags) = (OrderType.market.rawValue, OrderFlags.byValue.rawValue)
        ($0.value, $0.quantity, $0.price) = (pb_dec(Decimal64(100)), pb_dec(), pb_dec())
      })
    #expect(harness.requests.last?.url.contains("?newClientOrderId=a2&quoteOrderQty=100&side=BUY&") == true)
    #expect(harness.requests.last?.url.contains("&type=MARKET&") == true)
  }

  @Test(arguments: [
    (100202, "Insufficient assets", Outcome.refused, Failure.funds),
    (100202, "The current system is busy, please try again later", .unknown, .transient),
    (100421, "timestamp mismatch", .refused, .clock), (80014, "timestamp is invalid", .refused, .clock),
    (100421, "The symbol you request is not available", .refused, .unknownInstrument),
    (100400, "the order you want to cancel is FILLED or CANCELLED already, or is not a valid order id", .refused,
      .unknownOrder),
    (109421, "order not exist", .refused, .unknownOrder), (100413, "Incorrect apiKey", .refused, .authentication),
    (100500, "", .unknown, .transient), (999999, "never heard of", .unknown, .other),
  ])
  func codesMeanWhatTheirWordsSay(_ code: Int, _ text: String, _ outcome: Outcome, _ failure: Failure) throws {
    let harness = try traded()
    let command = harness.command(.place, client: "a1", order())
    harness.reply(try #require(harness.requests.last).id, #"{"code":\#(code),"msg":"\#(text)","data":{}}"#)
    #expect(harness.replies(command).map(\.outcome) == [outcome] && harness.replies(command)[0].failure == failure)
  }

  @Test func thePauseAfterTooManyRequestsStandsInTheWords() throws {
    let harness = try traded()
    let command = harness.command(.balances) { $0.account = 7 }
    let end = harness.epoch / 1_000_000 + 90_000
    harness.reply(
      try #require(harness.requests.last).id,
      #"{"code":100410,"msg":"code:100410:the limit rule is in the disabled period, unblocked after \#(end)"}"#)
    let reply = try #require(harness.replies(command).first)
    #expect(reply.failure == .rateLimit && reply.retryAfter > 0 && reply.retryAfter <= 90_000_000_000)
  }

  @Test func aBatchIsOneListAndItsAnswersAreFoundByTheirIds() throws {
    let harness = try traded()
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
    #expect(harness.requests.count == 1 && request.permission == "place_batch")
    #expect(request.charges == [Output.Limit.batches.bucket: 1])
    #expect(request.url.contains("?data=%5B%7B%22symbol%22%3A%22BTC-USDT%22%2C%22side%22%3A%22SELL%22%2C"))
    #expect(request.url.contains("&sync=true&timestamp=<time_ms>&signature="))
    #expect(request.url.contains(#"bytes(data=[{"symbol":"BTC-USDT","side":"SELL","type":"LIMIT","quantity":1,"#))
    func entry(_ id: Int, _ client: String) -> String {
      #"{"symbol":"BTC-USDT","orderId":\#(id),"status":"PENDING","type":"LIMIT","side":"SELL","#
        + #""clientOrderID":"\#(client)"}"#
    }
    harness.reply(request.id, #"{"code":0,"msg":"","data":{"orders":[\#(entry(3, "a3")),\#(entry(1, "a1"))]}}"#)
    let orders = harness.all(PB_EV_ORDER, pb_order.self)
    #expect(orders.map { $0.record.text($0.fields.venue_order) } == ["1", "3"])
    #expect(harness.replies(command).map(\.outcome) == [.unknown], "nothing is known of the second")
  }

  @Test func ordersAreCancelledOneByOne() throws {
    let harness = try traded()
    let command = harness.command(
      .cancelMany,
      items: [("11", ""), ("", "a2")].map { venue, client in
        ConnectorHarness.Item(client: client, venue: venue) { $0.instrument = 1 }
      }
    ) { $0.account = 7 }
    #expect(harness.requests.map { $0.url.contains("?orderId=11&symbol=BTC-USDT&") } == [true, false])
    #expect(harness.requests[1].url.contains("?clientOrderID=a2&symbol=BTC-USDT&"))
    for (id, request) in harness.requests.enumerated() {
      harness.reply(
        request.id,
        #"{"code":0,"data":{"symbol":"BTC-USDT","orderId":1\#(id + 1),"price":"0.1532","stopPrice":"0.1532","#
          + #""origQty":"126","executedQty":"0","status":"CANCELED","type":"LIMIT","side":"SELL"}}"#)
    }
    let orders = harness.all(PB_EV_ORDER, pb_order.self)
    #expect(orders.map(\.fields.state) == [OrderState.cancelled, .cancelled].map(\.rawValue))
    #expect(orders.allSatisfy { $0.fields.stop.value == nil }, "the stop price of a limit order is none")
    #expect(harness.replies(command).map(\.outcome) == [.done])
  }

  @Test func oneOrderIsAskedForAndIsNoList() throws {
    let harness = try traded()
    let command = harness.command(.order, venue: "1735965009395131100") { ($0.account, $0.instrument) = (7, 1) }
    harness.reply(
      try #require(harness.requests.last).id,
      #"{"code":0,"msg":"","data":{"symbol":"BTC-USDT","orderId":1735965009395131100,"price":"0.5","StopPrice":"0","#
        + #""origQty":"20","executedQty":"10","cummulativeQuoteQty":"5","status":"PENDING","type":"LIMIT","#
        + #""side":"BUY","time":1702721285567,"updateTime":1702721285567,"origQuoteOrderQty":"0","fee":"-0.01"}}"#)
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).first).fields
    #expect(order.state == OrderState.partial.rawValue && order.average.value == Decimal64(mantissa: 5, exponent: -1))
    #expect(harness.refusal(command) == nil)
    let unread = harness.command(.order, venue: "1") { ($0.account, $0.instrument) = (7, 1) }
    harness.reply(try #require(harness.requests.last).id, #"{"code":0,"data":{}}"#)
    #expect(harness.replies(unread).map(\.outcome) == [.unknown])
  }

  @Test func aHistoryIsAskedForByPages() throws {
    let harness = try traded()
    let command = harness.command(.orderHistory) { ($0.account, $0.instrument, $0.since_ns) = (7, 1, 1) }
    harness.reply(try #require(harness.requests.last).id, #"{"code":0,"data":{"orders":[]}}"#)
    func entry(_ id: Int) -> String {
      #"{"symbol":"BTC-USDT","orderId":\#(id),"side":"BUY","type":"LIMIT","status":"FILLED","origQty":"1","#
        + #""executedQty":"1","updateTime":1700000000000}"#
    }
    for (page, ids) in [1..<101, 101..<104].enumerated() {
      let request = try #require(harness.requests.last)
      #expect(request.url.contains("/trade/historyOrders?pageIndex=\(page + 1)&pageSize=100&startTime="))
      let list = ids.map(entry).joined(separator: ",")
      #expect(harness.reply(request.id, #"{"code":0,"data":{"orders":[\#(list)]}}"#) == .ok)
    }
    #expect(harness.all(PB_EV_ORDER, pb_order.self).count == 103)
    #expect(harness.completed.map(\.partial) == [false] && harness.refusal(command) == nil)
  }

  @Test func fillsAreOfOneInstrument() throws {
    let harness = try traded()
    #expect(harness.refusal(harness.command(.fills) { $0.account = 7 }) == .unsupported)
    let command = harness.command(.fills) {
      ($0.account, $0.instrument, $0.since_ns) = (7, 1, 1_699_996_400_000_000_000)
    }
    let request = try #require(harness.requests.last)
    #expect(request.url.contains("/trade/myTrades?limit=1000&startTime=1699996400000&symbol=BTC-USDT&timestamp="))
    harness.reply(
      request.id,
      #"{"code":0,"data":{"fills":[{"symbol":"BTC-USDT","id":36767057,"orderId":17453,"price":"46820.155","#
        + #""qty":"0.1430254","commission":-1.2493e-7,"commissionAsset":"BTC","time":1704961925000,"isBuyer":true,"#
        + #""isMaker":false}]}}"#)
    let fill = try #require(harness.all(PB_EV_FILL, pb_fill.self).first).fields
    #expect(fill.side == Side.buy.rawValue && fill.liquidity == UInt32(PB_LIQUIDITY_TAKER))
    #expect(fill.fee.value == Decimal64(mantissa: 12493, exponent: -11))
    #expect(harness.refusal(command) == nil)
  }

  @Test func feeRatesAreOfWhatIsSubscribed() throws {
    let harness = try traded()
    #expect(harness.refusal(harness.command(.fees) { $0.account = 7 }) == .unknownInstrument)
    _ = try subscribed(harness, [.trades])
    let command = harness.command(.fees) { $0.account = 7 }
    let request = try #require(harness.requests.last)
    #expect(request.url.contains("/user/commissionRate?symbol=BTC-USDT&timestamp="))
    harness.reply(
      request.id, #"{"code":0,"data":{"takerCommissionRate":0.000325,"makerCommissionRate":0.0001}}"#)
    let fees = try #require(harness.all(PB_EV_FEES, pb_fees.self).first).fields
    #expect(fees.instrument == 1 && fees.taker.value == Decimal64(mantissa: 325, exponent: -6))
    #expect(harness.completed.map(\.partial) == [true] && harness.refusal(command) == nil)
  }
}
