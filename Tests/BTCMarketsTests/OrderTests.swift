import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import BTCMarketsConnector

@Suite struct OrderTests {
  private func traded() throws -> ConnectorHarness {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.forget()
    return harness
  }

  private func order(
    _ type: OrderType = .limit, price: Int64? = 50_000, stop: Int64? = nil, flags: OrderFlags = [],
    force: TimeInForce = .goodTilCancelled
  ) -> (inout pb_in_command) -> Void {
    { command in
      (command.account, command.instrument, command.order) = (7, 1, 5)
      (command.side, command.type, command.flags) = (Side.buy.rawValue, type.rawValue, flags.rawValue)
      command.quantity = pb_dec(Decimal64(mantissa: 12, exponent: -3))
      command.price = pb_dec(price.map { Decimal64($0) })
      command.stop = pb_dec(stop.map { Decimal64($0) })
      command.time_in_force = force.rawValue
    }
  }

  @Test func anOrderIsSignedOverMethodPathTimeAndBody() throws {
    let harness = try traded()
    let command = harness.command(.place, client: "a1", order())
    let request = try #require(harness.requests.last)
    let body =
      #"{"marketId":"BTC-AUD","side":"Bid","type":"Limit","amount":"0.012","price":"50000","clientOrderId":"a1"}"#
    #expect(request.method == .post && request.url == "https://api.btcmarkets.net/v3/orders" && request.body == body)
    let signature = try #require(request.headers.first { $0.hasPrefix("BM-AUTH-SIGNATURE: ") })
    #expect(signature.contains("field(secret_key) unbase64") && signature.hasSuffix(" hmac_sha512 base64>"))
    #expect(signature.contains("bytes(POST/v3/orders) time_ms bytes(\(body))"), "\(signature)")
    harness.reply(
      request.id,
      #"{"orderId":"7524","marketId":"BTC-AUD","side":"Bid","type":"Limit","creationTime":"#
        + #""2019-08-30T11:08:21.956000Z","price":"50000","amount":"0.012","openAmount":"0.012","status":"Accepted"}"#)
    let placed = try #require(harness.all(PB_EV_ORDER, pb_order.self).first)
    #expect(placed.record.text(placed.fields.venue_order) == "7524" && placed.fields.state == OrderState.open.rawValue)
    #expect(harness.refusal(command) == nil)
  }

  @Test func whatIsAskedForIsNotSignedWithItsQuery() throws {
    let harness = try traded()
    harness.command(.openOrders) { ($0.account, $0.instrument) = (7, 1) }
    let request = try #require(harness.requests.last)
    #expect(request.url == "https://api.btcmarkets.net/v3/orders?marketId=BTC-AUD&status=open")
    #expect(request.headers.contains { $0.contains("bytes(GET/v3/orders) time_ms") }, "\(request.headers)")
  }

  @Test func kindsOfOrdersAreWrittenAsDocumented() throws {
    let harness = try traded()
    func body(_ order: (inout pb_in_command) -> Void) throws -> String {
      harness.command(.place, client: "a1", order)
      return try #require(harness.requests.last).body
    }
    #expect(try body(order(flags: .postOnly)).contains(#""price":"50000","postOnly":true,"#))
    #expect(try body(order(force: .fillOrKill)).contains(#""timeInForce":"FOK""#))
    #expect(try body(order(.market, price: nil)).contains(#""type":"Market","amount":"0.012","clientOrderId""#))
    #expect(
      try body(order(.stopLimit, stop: 49_000)).contains(
        #""type":"Stop Limit","amount":"0.012","price":"50000","triggerPrice":"49000""#))
    #expect(try body(order(.stopMarket, price: nil, stop: 49_000)).contains(#""type":"Stop","amount""#))
    #expect(try body(order(.takeMarket, price: nil, stop: 60_000)).contains(#""type":"Take Profit","amount""#))
    for refused in [
      order(.stopLimit, stop: 49_000, force: .immediateOrCancel), order(.takeLimit, stop: 60_000),
      order(.market, price: nil, force: .fillOrKill),
    ] {
      harness.forget()
      #expect(harness.refusal(harness.command(.place, client: "a1", refused)) == .unsupported)
      #expect(harness.requests.isEmpty)
    }
  }

  /// The exchange takes both ids at the same place, so that a client's id must not look like one of its own.
  @Test func anOrderIsNamedByEitherId() throws {
    let harness = try traded()
    harness.command(.cancel, client: "a1", venue: "7524") { ($0.account, $0.instrument) = (7, 1) }
    #expect(harness.requests.last?.url == "https://api.btcmarkets.net/v3/orders/7524")
    harness.command(.cancel, client: "a1") { ($0.account, $0.instrument) = (7, 1) }
    #expect(harness.requests.last?.url == "https://api.btcmarkets.net/v3/orders/a1")
    harness.command(.order, client: "a1") { ($0.account, $0.instrument) = (7, 1) }
    #expect(harness.requests.last?.url == "https://api.btcmarkets.net/v3/orders/a1")
    for client in ["75", "a/b", "a,b", ""] {
      harness.forget()
      let command = harness.command(.cancel, client: client) { ($0.account, $0.instrument) = (7, 1) }
      #expect(harness.refusal(command) == .invalidOrder && harness.requests.isEmpty, "\(client)")
    }
  }

  @Test func eachOrderOfABatchHasItsOwnEnd() throws {
    let harness = try traded()
    let order = order()
    let command = harness.command(
      .place,
      items: ["a1", "a2", "a3"].map { client in
        ConnectorHarness.Item(client: client) { order(&$0) }
      }
    ) { $0.account = 7 }
    let request = try #require(harness.requests.last)
    #expect(request.url == "https://api.btcmarkets.net/v3/batchorders" && harness.requests.count == 1)
    #expect(request.body.hasPrefix(#"[{"placeOrder":{"marketId":"BTC-AUD","#))
    harness.reply(
      request.id,
      #"{"placeOrders":[{"orderId":"1","marketId":"BTC-AUD","side":"Bid","type":"Limit","price":"50000","#
        + #""amount":"0.012","openAmount":"0.012","status":"Accepted","clientOrderId":"a1"}],"cancelOrders":[],"#
        + #""unprocessedRequests":[{"code":"InsufficientFund","message":"not enough","requestId":"a2"}]}"#)
    let facts = harness.all(PB_EV_ORDER, pb_order.self).map { ($0.record.text($0.fields.client_order), $0.fields) }
    #expect(facts.map(\.0) == ["a1", "a2"], "nothing is said of the third")
    #expect(facts.map(\.1.state) == [OrderState.open.rawValue, OrderState.rejected.rawValue])
    #expect(facts[1].1.error == Failure.funds.rawValue)
    #expect(harness.replies(command).map(\.outcome) == [.unknown])
  }

  @Test(arguments: [
    ("OrderNotFound", Failure.unknownOrder), ("OrderAlreadyCancelled", .unknownOrder),
    ("OrderStatusIsFinal", .unknownOrder), ("InvalidOrderId", .invalidOrder), ("InvalidAuthSignature", .authentication),
    ("InvalidTimeWindow", .clock), ("InsufficientFund", .funds), ("MarketNotFound", .unknownInstrument),
  ]) func refusalsHaveTheirKind(_ code: String, _ failure: Failure) throws {
    let harness = try traded()
    let command = harness.command(.cancel, venue: "7524") { ($0.account, $0.instrument) = (7, 1) }
    harness.reply(try #require(harness.requests.last).id, status: 400, #"{"code":"\#(code)","message":"m"}"#)
    #expect(harness.refusal(command) == failure && harness.replies.last?.code == code)
  }

  @Test func aHistoryGoesOnBehindTheLastIdAndEndsWhereItsTimeBegins() throws {
    let harness = try traded()
    func trade(_ id: Int, _ day: Int) -> String {
      #"{"id":"\#(id)","marketId":"BTC-AUD","timestamp":"2019-06-\#(day)T16:01:02.977000Z","price":"0.67","#
        + #""amount":"1.5","side":"Ask","fee":"0.008","orderId":"3648306","liquidityType":"Taker"}"#
    }
    let command = harness.command(.fills) {
      ($0.account, $0.instrument) = (7, 1)
      $0.since_ns = 1_561_334_400_000_000_000  // 2019-06-24
    }
    let first = try #require(harness.requests.last)
    #expect(first.url == "https://api.btcmarkets.net/v3/trades?marketId=BTC-AUD&limit=200")
    harness.reply(first.id, "[" + (0..<200).map { trade(1000 - $0, 26) }.joined(separator: ",") + "]")
    let second = try #require(harness.requests.last)
    #expect(second.url == "https://api.btcmarkets.net/v3/trades?marketId=BTC-AUD&limit=200&after=801")
    harness.reply(second.id, "[" + trade(800, 25) + "," + trade(799, 20) + "]")
    #expect(harness.all(PB_EV_FILL, pb_fill.self).count == 201)
    #expect(harness.replies(command).map(\.outcome) == [.done] && harness.completed.map(\.partial) == [false])
  }
}
