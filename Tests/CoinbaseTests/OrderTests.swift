import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import CoinbaseConnector

@Suite struct OrderTests {
  private func place(_ harness: ConnectorHarness, _ change: (inout pb_in_command) -> Void = { _ in }) -> pb_id {
    harness.placeLimit(client: "a1", change)
  }

  private func bench() throws -> ConnectorHarness {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.forget()
    return harness
  }

  @Test func anOrdersKindIsTheNameOfItsConfiguration() throws {
    let harness = try bench()
    _ = place(harness)
    let request = try #require(harness.requests.last)
    #expect(request.url == "https://api.coinbase.com/api/v3/brokerage/orders" && request.permission == "place")
    #expect(
      request.body == #"{"client_order_id":"a1","product_id":"BTC-USD","side":"BUY","order_configuration":"#
        + #"{"limit_limit_gtc":{"base_size":"0.012","limit_price":"50000","post_only":false}}}"#)
  }

  @Test(arguments: [
    (
      OrderType.limit, Side.buy, TimeInForce.immediateOrCancel,
      #"{"sor_limit_ioc":{"base_size":"1","limit_price":"9"}}"#
    ),
    (.limit, .buy, .fillOrKill, #"{"limit_limit_fok":{"base_size":"1","limit_price":"9"}}"#),
    (.market, .sell, .immediateOrCancel, #"{"market_market_ioc":{"base_size":"1"}}"#),
    (
      .stopLimit, .buy, .goodTilCancelled,
      #"{"stop_limit_stop_limit_gtc":{"base_size":"1","limit_price":"9","stop_price":"8","#
        + #""stop_direction":"STOP_DIRECTION_STOP_UP"}}"#
    ),
    (
      .stopLimit, .sell, .goodTilCancelled,
      #"{"stop_limit_stop_limit_gtc":{"base_size":"1","limit_price":"9","stop_price":"8","#
        + #""stop_direction":"STOP_DIRECTION_STOP_DOWN"}}"#
    ),
    (
      .takeLimit, .sell, .goodTilCancelled,
      #"{"stop_limit_stop_limit_gtc":{"base_size":"1","limit_price":"9","stop_price":"8","#
        + #""stop_direction":"STOP_DIRECTION_STOP_UP"}}"#
    ),
  ])
  func configurations(_ type: OrderType, _ side: Side, _ force: TimeInForce, _ configuration: String) throws {
    let harness = try bench()
    _ = place(harness) {
      $0.type = type.rawValue
      $0.side = side.rawValue
      $0.time_in_force = force.rawValue
      $0.quantity = pb_dec(Decimal64.one)
      $0.price = type == .market ? pb_dec() : pb_dec(Decimal64(9))
      if type == .stopLimit || type == .takeLimit { $0.stop = pb_dec(Decimal64(8)) }
    }
    #expect(try #require(harness.requests.last).body.contains(#""order_configuration":"# + configuration))
    let act = type == .stopLimit ? "place_stop" : type == .takeLimit ? "place_take" : "place"
    #expect(harness.requests.last?.permission == act)
  }

  @Test(arguments: [
    (OrderType.limit, #"{"limit_limit_gtd":{"base_size":"1","limit_price":"9","post_only":true,"#),
    (.stopLimit, #"{"stop_limit_stop_limit_gtd":{"base_size":"1","limit_price":"9","stop_price":"8","#),
  ])
  func anOrderGoodTillADateSaysIt(_ type: OrderType, _ head: String) throws {
    let harness = try bench()
    func place(until expiry: Int64) -> pb_id {
      self.place(harness) {
        ($0.type, $0.time_in_force, $0.expiry_ns) = (type.rawValue, TimeInForce.goodTilDate.rawValue, expiry)
        ($0.quantity, $0.price) = (pb_dec(Decimal64.one), pb_dec(Decimal64(9)))
        if type == .limit { $0.flags = OrderFlags.postOnly.rawValue } else { $0.stop = pb_dec(Decimal64(8)) }
      }
    }
    _ = place(until: 1_800_000_000_120_000_000)
    let body = try #require(harness.requests.last).body
    #expect(body.contains(head) && body.contains(#""end_time":"2027-01-15T08:00:00.120Z"}"#))
    #expect(harness.refusal(place(until: 1_800_000_000_000_000_001)) == .invalidOrder)
  }

  @Test func aMarketOrderByValueCountsQuote() throws {
    let harness = try bench()
    _ = place(harness) {
      $0.type = OrderType.market.rawValue
      $0.flags = OrderFlags.byValue.rawValue
      $0.value = pb_dec(Decimal64(100))
      $0.quantity = pb_dec()
      $0.price = pb_dec()
    }
    #expect(try #require(harness.requests.last).body.contains(#"{"market_market_ioc":{"quote_size":"100"}}"#))
  }

  /// The token names method, host and path, without the query; its algorithm is the key's.
  @Test(arguments: [(PB_ALGORITHM_P256, "ES256", "sign(2)"), (PB_ALGORITHM_ED25519, "EdDSA", "sign(1)")])
  func everyRequestHasATokenOfItsOwn(_ algorithm: Int, _ name: String, _ signature: String) throws {
    let harness = try ready(trading: true)
    _ = try trading(harness, algorithm: algorithm)
    harness.command(.openOrders) {
      $0.account = 7
      $0.instrument = 1
    }
    let request = try #require(harness.requests.last)
    #expect(request.url.hasSuffix("/orders/historical/batch?product_id=BTC-USD&order_status=OPEN&limit=100"))
    let header = try #require(request.headers.first { $0.hasPrefix("Authorization: Bearer ") })
    #expect(header.contains(#"{"alg":"\#(name)","typ":"JWT","kid":""#) && header.contains(signature))
    #expect(header.contains(#""uri":"GET api.coinbase.com/api/v3/brokerage/orders/historical/batch"}"#))
    let topic = try #require(harness.requests.first { $0.body.contains(#""channel":"user""#) })
    #expect(topic.body.contains(#""alg":"\#(name)""#) && !topic.body.contains("uri") && topic.permission == "subscribe")
  }

  @Test(arguments: [
    (#"{"error":"UNKNOWN_FAILURE_REASON","preview_failure_reason":"PREVIEW_INSUFFICIENT_FUND"}"#, Failure.funds),
    (#"{"error":"UNSUPPORTED_ORDER_CONFIGURATION","message":"source is not enabled for trading"}"#, .invalidOrder),
    (
      #"{"error":"UNKNOWN_FAILURE_REASON","preview_failure_reason":"PREVIEW_STOP_PRICE_ABOVE_LAST_TRADE_PRICE"}"#,
      .invalidOrder
    ),
  ])
  func aRefusalByItsReasonIsARefusal(_ reason: String, _ failure: Failure) throws {
    let harness = try bench()
    let command = place(harness)
    let request = try #require(harness.requests.last)
    harness.reply(request.id, #"{"success":false,"order_id":"","error_response":\#(reason)}"#)
    #expect(harness.refusal(command) == failure)
    #expect(harness.all(PB_EV_ORDER, pb_order.self).map(\.fields.state) == [OrderState.rejected.rawValue])
  }

  @Test(arguments: [
    (200, #"{"success":false,"error_response":{"error":"UNKNOWN_FAILURE_REASON","message":""}}"#), (502, "<html>"),
    (200, #"{"success":true,"success_response":{}}"#), (200, "{"), (500, #"{"error":"INTERNAL","message":"?"}"#),
  ])
  func whatProvesNothingLeavesTheOrderInDoubt(_ status: Int, _ body: String) throws {
    let harness = try bench()
    let command = place(harness)
    harness.reply(try #require(harness.requests.last).id, status: status, body)
    #expect(harness.replies(command).map(\.outcome) == [.unknown])
    #expect(harness.all(PB_EV_ORDER, pb_order.self).isEmpty)
  }

  @Test func cancelsOfASetAreOneRequestWithAResultForEach() throws {
    let harness = try bench()
    let command = harness.command(
      .cancelMany,
      items: ["1", "2"].map { venue in ConnectorHarness.Item(venue: venue) { $0.instrument = 1 } }
    ) { $0.account = 7 }
    let request = try #require(harness.requests.last)
    #expect(request.body == #"{"order_ids":["1","2"]}"# && request.url.hasSuffix("/orders/batch_cancel"))
    harness.reply(
      request.id,
      #"""
      {"results":[{"success":false,"failure_reason":"UNKNOWN_CANCEL_ORDER","order_id":"2"},
      {"success":true,"failure_reason":"UNKNOWN_CANCEL_FAILURE_REASON","order_id":"1"}]}
      """#)
    #expect(harness.replies(command).map(\.outcome) == [.done])
    #expect(harness.replies(command)[0].text.hasPrefix("1 of 2 refused"))
  }

  /// The exchange cancels by its own id alone.
  @Test func anOrderThatIsKnownByTheClientsIdIsLookedUp() throws {
    let harness = try bench()
    func cancel() -> pb_id {
      harness.command(.cancel, client: "a1") {
        $0.account = 7
        $0.instrument = 1
      }
    }
    let command = cancel()
    let question = try #require(harness.requests.last)
    #expect(question.url.hasSuffix("/orders/historical/batch?product_id=BTC-USD&order_status=OPEN&limit=250"))
    harness.reply(question.id, #"{"orders":[\#(order("77"))],"has_next":false}"#)
    let request = try #require(harness.requests.last)
    #expect(request.body == #"{"order_ids":["77"]}"#)
    harness.reply(request.id, #"{"results":[{"success":true,"order_id":"77"}]}"#)
    #expect(harness.replies(command).map(\.outcome) == [.done])
    for (more, failure) in [("false", Failure.unknownOrder), ("true", .transient)] {
      let other = cancel()
      harness.reply(try #require(harness.requests.last).id, #"{"orders":[],"has_next":\#(more)}"#)
      #expect(harness.refusal(other) == failure)
    }
  }

  @Test func anOrderOfTheStreamNeedsNoLookingUp() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.frame(stream, orders(1, "snapshot", order("77")))
    harness.command(.cancel, client: "a1") {
      $0.account = 7
      $0.instrument = 1
    }
    #expect(try #require(harness.requests.last).body == #"{"order_ids":["77"]}"#)
  }

  @Test func anOrderIsAskedForByItsIdAndElseLookedFor() throws {
    let harness = try bench()
    let command = harness.command(.order, client: "a1", venue: "77") {
      $0.account = 7
      $0.instrument = 1
    }
    #expect(try #require(harness.requests.last).url.hasSuffix("/orders/historical/77"))
    harness.reply(
      try #require(harness.requests.last).id,
      #"""
      {"order":{"order_id":"77","product_id":"BTC-USD","order_configuration":{"stop_limit_stop_limit_gtc":{
      "base_size":"1","limit_price":"9","stop_price":"8","stop_direction":"STOP_DIRECTION_STOP_UP"}},"side":"SELL",
      "client_order_id":"a1","status":"OPEN","time_in_force":"GOOD_UNTIL_CANCELLED","filled_size":"0",
      "average_filled_price":"21220.6399999973697697","filled_value":"0","trigger_status":"STOP_PENDING",
      "order_type":"STOP_LIMIT","created_time":"2026-08-09T21:05:40Z","last_fill_time":null,"size_in_quote":false}}
      """#)
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).first).fields
    #expect(order.state == OrderState.untriggered.rawValue && order.type == OrderType.takeLimit.rawValue)
    #expect(order.stop.value == Decimal64(8) && order.quantity.value == Decimal64.one)
    #expect(order.average.state == UInt32(PB_DEC_ROUNDED), "an average with too many digits spoils no order")
    #expect(harness.replies(command).map(\.outcome) == [.done])
  }

  @Test func listsGoOnWhileTheExchangeSaysThatThereAreMore() throws {
    let harness = try bench()
    let command = harness.command(.fills) {
      $0.account = 7
      $0.instrument = 1
      $0.since_ns = 1_700_000_000_000_000_000
    }
    func fills(_ ids: Range<Int>, cursor: String) -> String {
      let list = ids.map {
        #"{"trade_id":"\#($0)","order_id":"77","product_id":"BTC-USD","side":"BUY","price":"50000","size":"0.1","#
          + #""commission":"3","trade_time":"2026-08-09T21:05:40.123456789Z","trade_type":"FILL","#
          + #""liquidity_indicator":"MAKER","size_in_quote":false}"#
      }
      return #"{"fills":[\#(list.joined(separator: ","))],"cursor":"\#(cursor)"}"#
    }
    #expect(
      harness.requests.last?.url.hasSuffix(
        "/fills?product_id=BTC-USD&limit=100&start_sequence_timestamp=2023-11-14T22%3A13%3A20.000Z") == true)
    harness.reply(try #require(harness.requests.last).id, fills(0..<100, cursor: "next/1"))
    #expect(harness.requests.last?.url.hasSuffix("&cursor=next%2F1") == true)
    harness.reply(try #require(harness.requests.last).id, fills(100..<101, cursor: "0"))
    let all = harness.all(PB_EV_FILL, pb_fill.self)
    #expect(all.count == 101 && all[0].record.text(all[0].fields.fee_asset) == "USD")
    #expect(all[0].fields.liquidity == UInt32(PB_LIQUIDITY_MAKER))
    #expect(harness.completed.map(\.partial) == [false] && harness.refusal(command) == nil)
  }

  @Test func anAmendmentSaysWhatChangesAndItsReasonRefuses() throws {
    let harness = try bench()
    let command = harness.command(.amend, venue: "77") {
      $0.account = 7
      $0.instrument = 1
      $0.price = pb_dec(Decimal64(51_000))
    }
    let request = try #require(harness.requests.last)
    #expect(request.body == #"{"order_id":"77","price":"51000"}"# && request.url.hasSuffix("/orders/edit"))
    harness.reply(
      request.id,
      #"{"success":false,"errors":[{"edit_failure_reason":"ORDER_NOT_FOUND","preview_failure_reason":""}]}"#)
    #expect(harness.refusal(command) == .unknownOrder)
  }
}
