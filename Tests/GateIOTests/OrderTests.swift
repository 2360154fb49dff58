import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import GateIOConnector

@Suite struct OrderTests {
  private func place(
    _ harness: ConnectorHarness, client: String = "t-a1", _ change: (inout pb_in_command) -> Void = { _ in }
  ) -> pb_id {
    harness.command(.place, client: client) {
      limit(&$0)
      ($0.account, $0.order) = (7, 5)
      change(&$0)
    }
  }

  private func limit(_ command: inout pb_in_command) {
    command.instrument = 1
    command.side = Side.buy.rawValue
    command.type = OrderType.limit.rawValue
    command.quantity = pb_dec(Decimal64(mantissa: 12, exponent: -3))
    command.price = pb_dec(Decimal64(50_000))
  }

  private func market(_ command: inout pb_in_command, _ side: Side, byValue: Bool) {
    command.side = side.rawValue
    command.type = OrderType.market.rawValue
    command.price = pb_dec()
    guard byValue else { return }
    command.flags = OrderFlags.byValue.rawValue
    command.value = pb_dec(Decimal64(100))
    command.quantity = pb_dec()
  }

  @Test func aLimitOrderIsWrittenAndSignedAsDocumented() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.forget()
    let command = place(harness)
    let request = try #require(harness.requests.last)
    #expect(request.url == "https://api.gateio.ws/api/v4/spot/orders" && request.permission == "place")
    #expect(
      request.body == #"{"text":"t-a1","currency_pair":"BTC_USDT","type":"limit","account":"spot","side":"buy","#
        + #""amount":"0.012","price":"50000"}"#)
    #expect(request.headers.contains { $0 == "KEY: <field(api_key)>" })
    #expect(request.headers.contains { $0.hasPrefix("SIGN: ") && $0.contains("hmac") && $0.contains("sha512") })
    harness.sent(request.id)
    harness.reply(
      request.id, status: 201,
      """
      {"id":"12332324","text":"t-a1","create_time_ms":1764288000123,"update_time_ms":1764288000123,"status":"open",
      "currency_pair":"BTC_USDT","type":"limit","account":"spot","side":"buy","amount":"0.012","price":"50000",
      "time_in_force":"gtc","left":"0.012","filled_total":"0","finish_as":"open"}
      """)
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).first)
    #expect(order.fields.state == OrderState.open.rawValue && order.record.text(order.fields.venue_order) == "12332324")
    #expect(order.fields.order == 5 && order.record.text(order.fields.client_order) == "t-a1")
    #expect(harness.refusal(command) == nil)
  }

  @Test(arguments: [
    (OrderFlags.postOnly, TimeInForce?.none, #""price":"50000","time_in_force":"poc"}"#),
    (OrderFlags(), .immediateOrCancel, #""price":"50000","time_in_force":"ioc"}"#),
    (OrderFlags(), .fillOrKill, #""price":"50000","time_in_force":"fok"}"#),
    (OrderFlags(), .goodTilCancelled, #""price":"50000"}"#),
  ])
  func timeInForceAndPostOnlyAreOneWord(_ flags: OrderFlags, _ force: TimeInForce?, _ end: String) throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    _ = place(harness) {
      $0.flags = flags.rawValue
      $0.time_in_force = force?.rawValue ?? 0
    }
    #expect(try #require(harness.requests.last).body.hasSuffix(end))
  }

  /// The amount of a market order counts quote for one who buys: an order that says it otherwise is not sent.
  @Test func marketOrdersCountWhatTheirSideSpends() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    _ = place(harness) { market(&$0, .buy, byValue: true) }
    let buy = try #require(harness.requests.last)
    #expect(buy.permission == "market_buy" && buy.body.contains(#""side":"buy","amount":"100","time_in_force":"ioc""#))
    _ = place(harness) { market(&$0, .sell, byValue: false) }
    let sell = try #require(harness.requests.last)
    #expect(sell.permission == "market_sell" && sell.body.contains(#""side":"sell","amount":"0.012","#))
    let count = harness.requests.count
    for (side, byValue) in [(Side.buy, false), (.sell, true)] {
      let command = place(harness) { market(&$0, side, byValue: byValue) }
      #expect(harness.refusal(command) == .unsupported && harness.requests.count == count)
    }
  }

  @Test(arguments: ["a1", "t-", "t-12345678901234567890123456789", "t-a b", "t-ä", "t-a~"])
  func anIdOfAnotherFormIsNotSent(_ client: String) throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    let command = place(harness, client: client)
    #expect(harness.refusal(command) == .invalidOrder)
  }

  @Test func aRefusalIsAWord() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    for (word, failure) in [
      ("BALANCE_NOT_ENOUGH", Failure.funds), ("POC_FILL_IMMEDIATELY", .postOnly),
      ("INVALID_CURRENCY_PAIR", .unknownInstrument),
      ("REQUEST_EXPIRED", .clock), ("INVALID_KEY", .authentication),
    ] {
      let command = place(harness)
      harness.reply(
        try #require(harness.requests.last).id, status: 400, #"{"label":"\#(word)","message":"no"}"#)
      #expect(harness.refusal(command) == failure && harness.replies(command).map(\.code) == [word])
    }
  }

  @Test(arguments: [
    (500, #"{"label":"INTERNAL","message":"Internal server error"}"#), (502, "<html>"), (201, "{}"), (201, "[]"),
    (400, #"{"label":"REPEATED_CREATION","message":"Repeated creation"}"#), (500, #"{"label":"TOO_BUSY"}"#), (201, "{"),
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

  @Test func eachOrderOfABatchSucceedsOrFailsForItself() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.forget()
    let command = harness.command(
      .place, items: ["t-1", "t-2", "t-3"].map { ConnectorHarness.Item(client: $0) { limit(&$0) } }
    ) { $0.account = 7 }
    let request = try #require(harness.requests.last)
    #expect(harness.requests.count == 1 && request.url.hasSuffix("/spot/batch_orders"))
    #expect(request.permission == "place_batch" && request.charges.values.map { $0 } == [1])
    harness.reply(
      request.id,
      """
      [{"text":"t-1","succeeded":true,"label":"","message":"","id":"1","currency_pair":"BTC_USDT","status":"open",
      "type":"limit","side":"buy","amount":"0.012","price":"50000","left":"0.012"},
      {"text":"t-2","succeeded":false,"label":"BALANCE_NOT_ENOUGH","message":"Not enough balance"},
      {"text":"t-3","succeeded":true,"label":null,"message":null,"id":"3","currency_pair":"BTC_USDT","status":"open",
      "type":"limit","side":"buy","amount":"0.012","price":"50000","left":"0.012"}]
      """)
    #expect(
      harness.all(PB_EV_ORDER, pb_order.self).map(\.fields.state)
        == [OrderState.open, .open, .rejected].map(\.rawValue))
    #expect(harness.replies(command).map(\.outcome) == [.done])
  }

  @Test func ordersAreCancelledAndChangedByEitherId() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.command(.cancel, client: "t-a1", venue: "123") { ($0.account, $0.instrument) = (7, 1) }
    let cancel = try #require(harness.requests.last)
    #expect(cancel.method == .delete)
    #expect(
      cancel.url == "https://api.gateio.ws/api/v4/spot/orders/123?account=spot&currency_pair=BTC_USDT")
    harness.command(.amend, client: "t-a1") {
      ($0.account, $0.instrument) = (7, 1)
      $0.quantity = pb_dec(Decimal64.one)
    }
    let amend = try #require(harness.requests.last)
    #expect(amend.method == .patch && amend.url == "https://api.gateio.ws/api/v4/spot/orders/t-a1")
    #expect(amend.body == #"{"currency_pair":"BTC_USDT","account":"spot","amount":"1"}"#)
  }

  @Test func aBatchNamesItsOrders() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    let command = harness.command(
      .cancelMany,
      items: [
        ConnectorHarness.Item(venue: "1") { $0.instrument = 1 },
        ConnectorHarness.Item(venue: "2") { $0.instrument = 2 },
      ]
    ) { $0.account = 7 }
    let cancel = try #require(harness.requests.last)
    #expect(cancel.url.hasSuffix("/spot/cancel_batch_orders") && cancel.method == .post)
    #expect(
      cancel.body == #"[{"id":"1","currency_pair":"BTC_USDT","account":"spot"},"#
        + #"{"id":"2","currency_pair":"ETH_USDT","account":"spot"}]"#)
    harness.reply(
      cancel.id,
      #"[{"currency_pair":"BTC_USDT","id":"1","text":"t-1","succeeded":true,"label":null,"message":null},"#
        + #"{"currency_pair":"ETH_USDT","id":"2","succeeded":false,"label":"ORDER_NOT_FOUND","message":"none"}]"#)
    #expect(harness.replies(command).map(\.outcome) == [.done] && harness.replies(command)[0].code == "ORDER_NOT_FOUND")
    harness.command(
      .amend,
      items: ["1", "2"].map { venue in
        ConnectorHarness.Item(venue: venue) {
          $0.instrument = 1
          $0.price = pb_dec(Decimal64(49_000))
        }
      }
    ) { $0.account = 7 }
    #expect(
      harness.requests.last?.body == #"[{"order_id":"1","currency_pair":"BTC_USDT","account":"spot","price":"49000"},"#
        + #"{"order_id":"2","currency_pair":"BTC_USDT","account":"spot","price":"49000"}]"#)
  }

  /// Orders that have ended are no longer found by the client's id: not to find one proves nothing yet.
  @Test func anOrderThatIsNotFoundIsLookedForAmongThoseThatEnded() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.forget()
    let command = harness.command(.order, client: "t-a1") { ($0.account, $0.instrument) = (7, 1) }
    let first = try #require(harness.requests.last)
    #expect(first.url.hasSuffix("/spot/orders/t-a1?account=spot&currency_pair=BTC_USDT"))
    harness.reply(first.id, status: 404, #"{"label":"ORDER_NOT_FOUND","message":"Order not found"}"#)
    let second = try #require(harness.requests.last)
    #expect(second.url.hasSuffix("/spot/orders?currency_pair=BTC_USDT&account=spot&status=finished&limit=100"))
    func order(_ id: Int, _ text: String) -> String {
      #"{"id":"\#(id)","text":"\#(text)","status":"closed","currency_pair":"BTC_USDT","type":"limit","side":"buy","#
        + #""amount":"1","price":"5","left":"0","filled_total":"5","finish_as":"filled"}"#
    }
    harness.reply(second.id, "[\(order(1, "t-zz")),\(order(2, "t-a1"))]")
    let found = harness.all(PB_EV_ORDER, pb_order.self)
    #expect(found.map { $0.record.text($0.fields.venue_order) } == ["2"])
    #expect(found.map(\.fields.state) == [OrderState.filled.rawValue] && harness.refusal(command) == nil)
  }

  @Test func openOrdersComeInGroupsOfWhichEachHasItsPages() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.forget()
    let command = harness.command(.openOrders) { $0.account = 7 }
    func group(_ pair: String, _ ids: Range<Int>) -> String {
      let orders = ids.map { id in
        #"{"id":"\#(id)","text":"web","status":"open","currency_pair":"\#(pair)","type":"limit","side":"sell","#
          + #""amount":"2","price":"5","left":"1.5","filled_total":"2.5","time_in_force":"gtc"}"#
      }
      return #"{"currency_pair":"\#(pair)","total":\#(ids.count),"orders":[\#(orders.joined(separator: ","))]}"#
    }
    let first = try #require(harness.requests.last)
    #expect(first.url.hasSuffix("/spot/open_orders?account=spot&status=open&limit=100&page=1"))
    harness.reply(first.id, "[\(group("BTC_USDT", 0..<100)),\(group("ETH_USDT", 200..<210))]")
    let second = try #require(harness.requests.last)
    #expect(second.url.hasSuffix("&page=2"))
    harness.reply(second.id, "[\(group("BTC_USDT", 100..<103))]")
    let triggers = try #require(harness.requests.last)
    #expect(triggers.url.hasSuffix("/spot/price_orders?status=open&limit=100"))
    harness.reply(triggers.id, "[]")
    let orders = harness.all(PB_EV_ORDER, pb_order.self)
    #expect(orders.count == 113 && orders.allSatisfy { $0.fields.state == OrderState.partial.rawValue })
    #expect(orders[0].record.text(orders[0].fields.client_order).isEmpty, "by what an order came is no id")
    #expect(orders[0].fields.filled.value == Decimal64(mantissa: 5, exponent: -1))
    #expect(harness.completed.map(\.partial) == [false] && harness.refusal(command) == nil)
  }

  /// A question about executions reaches seven days: one about more is several, each from its first page.
  @Test func executionsAreAskedForWeekByWeek() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    let day: Int64 = 86_400_000_000_000
    let start = harness.epoch + harness.now - 10 * day
    let command = harness.command(.fills) { ($0.account, $0.since_ns) = (7, start) }
    let border = start + 3 * day
    for (from, end) in [(border, nil), (start, border)] as [(Int64, Int64?)] {
      let question = try #require(harness.requests.last)
      #expect(question.url.contains("&from=\(from / 1_000_000_000)"))
      #expect(end.map { question.url.contains("&to=\($0 / 1_000_000_000)") } ?? !question.url.contains("&to="))
      #expect(question.url.contains("page=1"))
      harness.sent(question.id)
      harness.reply(question.id, "[]")
    }
    #expect(harness.refusal(command) == nil)
  }
}
