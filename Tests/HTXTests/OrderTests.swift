import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

@testable import HTXConnector

@Suite struct OrderTests {
  private func place(
    _ harness: ConnectorHarness, client: String = "pb-1", _ set: (inout pb_in_command) -> Void
  ) -> pb_id {
    harness.command(.place, client: client) {
      $0.account = 7
      $0.instrument = 1
      $0.side = Side.buy.rawValue
      $0.type = OrderType.limit.rawValue
      $0.price = dec(30_000)
      $0.quantity = dec(2)
      set(&$0)
    }
  }

  @Test func theAccountIsAskedForOnceBeforeTheFirstOrder() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.forget()
    _ = place(harness) { _ in }
    _ = place(harness, client: "pb-2") { $0.side = Side.sell.rawValue }
    #expect(harness.requests.count == 1, "both wait for one answer")
    try identify(harness)
    let orders = harness.requests.filter { $0.url.contains("/v1/order/orders/place") }
    #expect(orders.map(\.body) == [
      #"{"account-id":"1000001","symbol":"btcusdt","type":"buy-limit","client-order-id":"pb-1","amount":"2","#
        + #""price":"30000"}"#,
      #"{"account-id":"1000001","symbol":"btcusdt","type":"sell-limit","client-order-id":"pb-2","amount":"2","#
        + #""price":"30000"}"#,
    ])
    _ = place(harness, client: "pb-3") { _ in }
    #expect(harness.requests.filter { $0.url.contains("/v1/account/accounts?") }.count == 1)
    #expect(harness.reply(orders[0].id, #"{"status":"ok","data":"356501383558845"}"#) == .ok)
    #expect(harness.orders.last?.venue == "356501383558845")
  }

  @Test func anAccountThatIsNotSaidRefusesWhatWaitsAndIsAskedForAgain() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    let command = place(harness) { _ in }
    let request = try #require(harness.requests.last)
    harness.reply(request.id, #"{"status":"ok","data":[{"id":9,"type":"otc","state":"working"}]}"#)
    #expect(harness.replies(command).map(\.outcome) == [.refused], "nothing was sent of it")
    let second = place(harness, client: "pb-2") { _ in }
    let again = try #require(harness.requests.last)
    #expect(again.id != request.id && again.url.contains("/v1/account/accounts?"))
    harness.unanswered(again.id, reason: "timed out")
    #expect(harness.refusal(second) == .transient)
  }

  @Test(arguments: [
    (Side.buy, OrderType.limit, TimeInForce.goodTilCancelled, OrderFlags.postOnly, "buy-limit-maker"),
    (.sell, .limit, .immediateOrCancel, OrderFlags(), "sell-ioc"), (.buy, .limit, .fillOrKill, [], "buy-limit-fok"),
    (.sell, .market, .immediateOrCancel, OrderFlags(), "sell-market"),
    (.buy, .market, .immediateOrCancel, .byValue, "buy-market"),
    (.buy, .stopLimit, .goodTilCancelled, [], "buy-stop-limit"),
    (.sell, .stopLimit, .fillOrKill, [], "sell-stop-limit-fok"),
    (.buy, .takeLimit, .goodTilCancelled, [], "buy-stop-limit"),
    (.sell, .takeLimit, .fillOrKill, [], "sell-stop-limit-fok"),
  ] as [(Side, OrderType, TimeInForce, OrderFlags, String)])
  func aTypeIsASideAndAKind(
    _ side: Side, _ type: OrderType, _ force: TimeInForce, _ flags: OrderFlags, _ word: String
  ) throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    let isByValue = flags.contains(.byValue)
    _ = place(harness) {
      ($0.side, $0.type, $0.time_in_force, $0.flags) = (side.rawValue, type.rawValue, force.rawValue, flags.rawValue)
      if type == .market { $0.price = pb_dec() }
      if type.isTriggered { $0.stop = dec(29_000) }
      if isByValue { ($0.quantity, $0.value) = (pb_dec(), dec(100)) }
    }
    try identify(harness)
    let body = try #require(harness.requests.last).body
    #expect(body.contains(#""type":"\#(word)""#))
    #expect(body.contains(isByValue ? #""amount":"100""# : #""amount":"2""#))
    if type.isTriggered {
      let isRise = (side == .buy) == (type == .stopLimit)
      #expect(body.contains(#""stop-price":"29000","operator":"\#(isRise ? "gte" : "lte")""#))
      #expect(harness.requests.last?.permission == (type == .takeLimit ? "place_take" : "place"))
    }
  }

  @Test func aMarketOrderToBuyNamesItsValueAlone() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    for side in [Side.buy, .sell] {
      let command = place(harness) {
        ($0.side, $0.type, $0.price) = (side.rawValue, OrderType.market.rawValue, pb_dec())
        if side == .sell { ($0.quantity, $0.value, $0.flags) = (pb_dec(), dec(10), OrderFlags.byValue.rawValue) }
      }
      if side == .buy { try identify(harness) }
      #expect(harness.refusal(command) == .unsupported)
    }
    #expect(!harness.requests.contains { $0.url.contains("/place") })
  }

  @Test func requestsAreSignedOverMethodHostPathAndQuery() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.command(.fills) {
      $0.account = 7
      $0.instrument = 1
    }
    let url = try #require(harness.requests.last).url
    #expect(url.hasPrefix("https://api.huobi.pro/v1/order/matchresults?AccessKeyId="))
    #expect(url.contains("&SignatureMethod=HmacSHA256&SignatureVersion=2&Timestamp="))
    let query = try #require(url.split(separator: "?").last?.split(separator: "&Signature=").first)
    #expect(query.hasSuffix("&size=500&symbol=btcusdt"))
    #expect(url.contains("GET\napi.huobi.pro\n/v1/order/matchresults\n"))
  }

  @Test func cancelsGoByThePathAndTogetherByOneKindOfId() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.command(.cancel, client: "pb-1", venue: "42") {
      $0.account = 7
      $0.instrument = 1
    }
    #expect(harness.requests.last?.url.contains("/v1/order/orders/42/submitcancel?") == true)
    #expect(harness.requests.last?.body == "{}")
    harness.command(.cancel, client: "pb-1") {
      $0.account = 7
      $0.instrument = 1
    }
    #expect(harness.requests.last?.url.contains("/v1/order/orders/submitCancelClientOrder?") == true)
    #expect(harness.requests.last?.body == #"{"client-order-id":"pb-1"}"#)
    harness.forget()
    let ids = [("a", "1"), ("b", ""), ("c", "3"), ("d", "")]
    let command = harness.command(
      .cancelMany, items: ids.map { ConnectorHarness.Item(client: $0.0, venue: $0.1) { $0.instrument = 1 } }
    ) { $0.account = 7 }
    #expect(harness.requests.map(\.body) == [#"{"order-ids":["1","3"]}"#, #"{"client-order-ids":["b","d"]}"#])
    harness.reply(
      harness.requests[0].id,
      """
      {"status":"ok","data":{"success":["1"],"failed":[{"err-msg":"Incorrect order state","order-state":7,
      "order-id":"3","err-code":"order-orderstate-error","client-order-id":"c"}]}}
      """)
    harness.reply(harness.requests[1].id, #"{"status":"ok","data":{"success":["b","d"],"failed":[]}}"#)
    let reply = try #require(harness.replies(command).first)
    #expect(reply.outcome == .done && reply.code == "order-orderstate-error" && reply.text.hasPrefix("1 of 4 refused"))
  }

  @Test(arguments: [("10", Failure?.none), ("0", .unknownOrder), ("-1", .unknownOrder), ("6", .unknownOrder)])
  func theAnswerToACancelByTheClientsIdIsANumber(_ number: String, _ failure: Failure?) throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    let command = harness.command(.cancel, client: "pb-1") {
      $0.account = 7
      $0.instrument = 1
    }
    let request = try #require(harness.requests.last)
    harness.reply(request.id, #"{"status":"ok","data":\#(number)}"#)
    #expect(harness.refusal(command) == failure)
  }

  @Test func ordersOfABatchAreAnsweredByTheirIds() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    let command = harness.command(
      .place,
      items: ["a", "b", "c"].map { client in
        ConnectorHarness.Item(client: client) {
          $0.instrument = 1
          ($0.side, $0.type) = (Side.buy.rawValue, OrderType.limit.rawValue)
          ($0.price, $0.quantity) = (dec(30_000), dec(1))
        }
      }
    ) { $0.account = 7 }
    try identify(harness)
    let request = try #require(harness.requests.last { $0.url.contains("/v1/order/batch-orders?") })
    #expect(request.charges.values.reduce(0, +) == 1)
    harness.reply(
      request.id,
      """
      {"status":"ok","data":[{"order-id":361560582529749,"client-order-id":"b"},
      {"client-order-id":"a","err-code":"order-value-min-error","err-msg":"Order total cannot be lower than: 5 USDT"}]}
      """)
    // What became of the one that is not named, nobody knows.
    #expect(harness.replies(command).map(\.outcome) == [.unknown])
    #expect(harness.orders.map(\.client).sorted() == ["a", "b"])
  }

  @Test func aMarketOrderToBuyCountsQuoteAndAStopWaits() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.command(.openOrders) { $0.account = 7 }
    try identify(harness)
    let request = try #require(harness.requests.last { $0.url.contains("/v1/order/openOrders?") })
    #expect(request.url.contains("&account-id=1000001&size=500&Signature="))
    harness.reply(
      request.id,
      """
      {"status":"ok","data":[
      {"id":1,"symbol":"btcusdt","account-id":1,"amount":"50.0","price":"0.0","created-at":1629443051822,
       "type":"buy-market","field-amount":"0.001","field-cash-amount":"40","state":"partial-filled"},
      {"id":2,"symbol":"btcusdt","account-id":1,"amount":"2","price":"30000","stop-price":"29000","operator":"lte",
       "created-at":1629443051822,"type":"sell-stop-limit","filled-amount":"0.0","state":"created"},
      {"id":3,"symbol":"btcusdt","account-id":1,"amount":"2","price":"30000","stop-price":"31000","operator":"gte",
       "created-at":1629443051822,"type":"sell-stop-limit","filled-amount":"0.0","state":"created"}]}
      """)
    let (market, stop) = (harness.orders[0], harness.orders[1])
    #expect(market.fields.quantity.value == nil && market.fields.flags & OrderFlags.byValue.rawValue != 0)
    #expect(market.fields.filled.value?.plain == "0.001" && market.fields.side == Side.buy.rawValue)
    #expect(stop.fields.state == OrderState.untriggered.rawValue && stop.fields.stop.value?.plain == "29000")
    let types = harness.orders.dropFirst().map(\.fields.type)
    #expect(types == [OrderType.stopLimit, .takeLimit].map(\.rawValue))
  }
}
