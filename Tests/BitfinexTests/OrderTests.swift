import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import BitfinexConnector

@Suite struct OrderTests {
  private func bench() throws -> ConnectorHarness {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.forget()
    return harness
  }

  private func states(_ harness: ConnectorHarness) -> [OrderState?] {
    harness.all(PB_EV_ORDER, pb_order.self).map { OrderState(rawValue: $0.fields.state) }
  }

  @Test func anOrderIsSignedOverItsPathNonceAndBody() throws {
    let harness = try bench()
    _ = harness.placeLimit(client: "7")
    let request = try #require(harness.requests.last)
    #expect(request.url == "https://api.bitfinex.com/v2/auth/w/order/submit" && request.permission == "submit")
    #expect(
      request.body
        == #"{"type":"EXCHANGE LIMIT","symbol":"tBTCUSD","amount":"0.012","price":"50000","cid":7}"#)
    #expect(request.headers.map { $0.prefix { $0 != ":" } }.suffix(3) == ["bfx-nonce", "bfx-apikey", "bfx-signature"])
  }

  @Test(arguments: [
    (OrderType.limit, Side.sell, TimeInForce.immediateOrCancel, OrderFlags(), #""EXCHANGE IOC","-1","9""#),
    (.limit, .buy, .fillOrKill, OrderFlags(), #""EXCHANGE FOK","1","9""#),
    (.limit, .buy, .goodTilCancelled, OrderFlags.postOnly, #""EXCHANGE LIMIT","1","9",4096"#),
    (.market, .sell, .immediateOrCancel, OrderFlags(), #""EXCHANGE MARKET","-1""#),
    (.stopMarket, .sell, .goodTilCancelled, OrderFlags(), #""EXCHANGE STOP","-1","8""#),
    (.stopLimit, .buy, .goodTilCancelled, OrderFlags(), #""EXCHANGE STOP LIMIT","1","8","9""#),
  ])
  func kindsOfOrders(
    _ type: OrderType, _ side: Side, _ force: TimeInForce, _ flags: OrderFlags, _ expected: String
  ) throws {
    let harness = try bench()
    _ = harness.placeLimit(client: "7") {
      ($0.type, $0.side, $0.time_in_force, $0.flags) = (type.rawValue, side.rawValue, force.rawValue, flags.rawValue)
      $0.quantity = pb_dec(Decimal64.one)
      $0.price = type.hasLimit ? pb_dec(Decimal64(9)) : pb_dec()
      if type.isTriggered { $0.stop = pb_dec(Decimal64(8)) }
    }
    let body = try #require(harness.requests.last).body
    let values = ["type", "amount", "price", "price_aux_limit", "flags"].compactMap { name in
      let parts = body.split(separator: "\"\(name)\":", maxSplits: 1)
      return parts.count == 2 ? String(parts[1].prefix { $0 != "," && $0 != "}" }) : nil
    }
    #expect(values.joined(separator: ",") == expected, "\(body)")
  }

  @Test func anAnswerNamesTheOrder() throws {
    let harness = try bench()
    let command = harness.placeLimit(client: "7")
    harness.reply(try #require(harness.requests.last).id, notice("on-req", "[\(order(91))]"))
    #expect(harness.replies(command).map(\.outcome) == [.done] && states(harness) == [.open])
    #expect(harness.all(PB_EV_ORDER, pb_order.self).last.map { $0.record.text($0.fields.venue_order) } == "91")
  }

  /// Errors come with the status 500, which elsewhere leaves a write in doubt: here the words refuse.
  @Test(arguments: [
    ("Invalid order: not enough exchange balance for -0.012 BTCUSD at 1", Outcome.refused, Failure.funds),
    ("Invalid order: minimum size for BTC/USD is 0.00004", .refused, .invalidOrder),
    ("symbol: invalid", .refused, .unknownInstrument), ("something new", .unknown, .other),
  ])
  func refusalsByTheirWords(_ text: String, _ outcome: Outcome, _ failure: Failure) throws {
    let harness = try bench()
    let command = harness.placeLimit(client: "7")
    harness.reply(try #require(harness.requests.last).id, status: 500, #"["error",10001,"\#(text)"]"#)
    let reply = try #require(harness.replies(command).first)
    #expect(reply.outcome == outcome && reply.failure == failure)
    let other = harness.placeLimit(client: "8")
    harness.reply(
      try #require(harness.requests.last).id, notice("on-req", "null", status: "ERROR", text: text))
    let second = try #require(harness.replies(other).first)
    #expect(second.outcome == outcome && second.failure == failure)
  }

  @Test func severalOrdersAreOperationsOfOneRequest() throws {
    let harness = try bench()
    let items = ["7", "8"].map { client in
      ConnectorHarness.Item(client: client) {
        ($0.account, $0.instrument, $0.side) = (7, 1, Side.buy.rawValue)
        ($0.type, $0.quantity, $0.price) = (OrderType.limit.rawValue, pb_dec(Decimal64.one), pb_dec(Decimal64(9)))
      }
    }
    let command = harness.command(.place, items: items) { $0.account = 7 }
    let request = try #require(harness.requests.last)
    #expect(request.url.hasSuffix("/v2/auth/w/order/multi"))
    #expect(request.body.hasPrefix(#"{"ops":[["on",{"type":"EXCHANGE LIMIT""#))
    let first = notice("on-req", "[\(order(91))]")
    let second = notice("on-req", "null", status: "ERROR", text: "Invalid order: not enough exchange balance")
    harness.reply(request.id, notice("ox_multi-req", "[\(first),\(second)]"))
    #expect(states(harness) == [.open, .rejected])
    #expect(harness.replies(command).count == 1)
  }

  @Test func aCancelIsDoneWhenItIsHandedInAndTheStreamReportsTheEnd() throws {
    let harness = try bench()
    let command = harness.command(.cancel, venue: "91") { ($0.account, $0.instrument) = (7, 1) }
    let request = try #require(harness.requests.last)
    #expect(request.url.hasSuffix("/v2/auth/w/order/cancel") && request.body == #"{"id":91}"#)
    harness.reply(request.id, notice("oc-req", order(91)))
    #expect(harness.replies(command).map(\.outcome) == [.done] && states(harness).isEmpty)
    let unknown = harness.command(.cancel, venue: "92") { ($0.account, $0.instrument) = (7, 1) }
    harness.reply(try #require(harness.requests.last).id, status: 500, #"["error",10001,"Order not found."]"#)
    #expect(harness.replies(unknown).first?.failure == .unknownOrder)
  }

  @Test func anOrderThatIsKnownByItsClientIsLookedUp() throws {
    let harness = try bench()
    harness.command(.cancel, client: "7") { ($0.account, $0.instrument) = (7, 1) }
    let question = try #require(harness.requests.last)
    #expect(question.url.hasSuffix("/v2/auth/r/orders") && question.body == "{}", "\(question.body)")
    harness.reply(question.id, "[\(order(90, client: "6")),\(order(91))]")
    #expect(harness.requests.last?.body == #"{"id":91}"#)
  }

  @Test func pricesAreChangedAndQuantitiesAreNot() throws {
    let harness = try bench()
    harness.command(.amend, venue: "91") {
      ($0.account, $0.instrument, $0.price) = (7, 1, pb_dec(Decimal64(51_000)))
    }
    let request = try #require(harness.requests.last)
    #expect(request.url.hasSuffix("/order/update") && request.body == #"{"id":91,"price":"51000"}"#)
    let refused = harness.command(.amend, venue: "91") {
      ($0.account, $0.instrument, $0.quantity) = (7, 1, pb_dec(Decimal64.one))
    }
    #expect(harness.replies(refused).first?.failure == .unsupported)
  }

  @Test func anOrderIsAskedForByItsIdAndThenAmongThoseThatEnded() throws {
    let harness = try bench()
    harness.command(.order, venue: "91") { ($0.account, $0.instrument) = (7, 1) }
    var question = try #require(harness.requests.last)
    #expect(question.url.hasSuffix("/v2/auth/r/orders/tBTCUSD") && question.body == #"{"id":[91]}"#)
    harness.reply(question.id, "[]")
    question = try #require(harness.requests.last)
    #expect(question.url.hasSuffix("/v2/auth/r/orders/tBTCUSD/hist") && question.body == #"{"id":[91]}"#)
    harness.reply(question.id, "[\(order(91, left: "0", status: "EXECUTED @ 50000.0(0.012)"))]")
    #expect(states(harness) == [.filled])
  }

  @Test func aNameWithAColonStandsInThePathAsItIs() throws {
    let harness = try bench()
    harness.command(.openOrders) { ($0.account, $0.instrument) = (7, 2) }
    #expect(try #require(harness.requests.last).url.hasSuffix("/v2/auth/r/orders/tAVAX:UST"))
  }

  @Test func aHistoryGoesOnWhereThePageEnded() throws {
    let harness = try bench()
    harness.command(.fills) { ($0.account, $0.since_ns) = (7, 1_764_200_000_000_000_000) }
    let first = try #require(harness.requests.last)
    #expect(first.url.hasSuffix("/v2/auth/r/trades/hist"))
    #expect(first.body.hasPrefix(#"{"limit":2500,"start":1764200000000,"end":1"#))
    let fills = (0..<2500).map { place in
      "[\(9000 - place),\"tBTCUSD\",\(1_764_288_000_000 - place),91,0.001,50000,\"EXCHANGE LIMIT\",50000,1,-0.1,"
        + "\"USD\",7]"
    }
    harness.reply(first.id, "[\(fills.joined(separator: ","))]")
    let second = try #require(harness.requests.last)
    #expect(second.id != first.id && second.body.contains(#""end":1764287997501"#))
    harness.reply(second.id, "[]")
    let reported = harness.all(PB_EV_FILL, pb_fill.self)
    #expect(reported.count == 2500)
    #expect(reported.first.map { $0.fields.fee.value } == Decimal64(mantissa: 1, exponent: -1))
  }

  @Test func feesDependOnWhatIsQuotedIn() throws {
    let harness = try bench()
    harness.command(.fees) { $0.account = 7 }
    harness.reply(
      try #require(harness.requests.last).id,
      "[null,null,null,null,[[0.001,0.001,0.001,null,null,0.0002],[0.002,0.003,0.004,null,null,0.00065]],[],null]")
    let rates = harness.all(PB_EV_FEES, pb_fees.self).map { $0.fields.taker.value?.plain }
    #expect(rates == ["0.004", "0.003", "0.002"])
  }
}
