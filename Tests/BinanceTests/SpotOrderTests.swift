import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import BinanceConnector

/// Orders of Binance spot.
struct SpotOrderTests {
  private func quiet(_ type: BinanceConnector.Type = BinanceSpot.self) throws -> ConnectorHarness {
    let harness = try tradingConnector(type)
    harness.forget()
    return harness
  }

  /// What an order's request says beside its ids.
  private func parameters(_ set: (inout pb_in_command) -> Void) throws -> [String] {
    let harness = try quiet()
    harness.trade(.place, client: "c") { limitBuy(&$0); set(&$0) }
    let request = try #require(harness.requests.first, "\(harness.replies)")
    return request.own.filter { !$0.hasPrefix("newOrderRespType") && $0 != "newClientOrderId=c"
      && $0 != "symbol=BTCUSDT" }
  }

  @Test func everyTypeIsWrittenAsDocumented() throws {
    #expect(
      try parameters { $0.time_in_force = TimeInForce.immediateOrCancel.rawValue }
        == ["side=BUY", "type=LIMIT", "timeInForce=IOC", "quantity=2", "price=100.5"])
    #expect(
      try parameters { $0.flags = OrderFlags.postOnly.rawValue }
        == ["side=BUY", "type=LIMIT_MAKER", "quantity=2", "price=100.5"])
    #expect(
      try parameters { $0.type = OrderType.market.rawValue; $0.side = Side.sell.rawValue; $0.price = pb_dec() }
        == ["side=SELL", "type=MARKET", "quantity=2"])
    #expect(
      try parameters {
        $0.type = OrderType.market.rawValue
        $0.price = pb_dec()
        $0.flags = OrderFlags.byValue.rawValue
        $0.value = decimal("250.00")
      } == ["side=BUY", "type=MARKET", "quoteOrderQty=250"])
    let stops: [(OrderType, [String])] = [
      (.stopLimit, ["type=STOP_LOSS_LIMIT", "timeInForce=FOK", "quantity=2", "price=100.5"]),
      (.stopMarket, ["type=STOP_LOSS", "quantity=2"]),
      (.takeLimit, ["type=TAKE_PROFIT_LIMIT", "timeInForce=FOK", "quantity=2", "price=100.5"]),
      (.takeMarket, ["type=TAKE_PROFIT", "quantity=2"]),
    ]
    for (type, expected) in stops {
      let found = try parameters {
        $0.type = type.rawValue
        if !type.hasLimit { $0.price = pb_dec() }
        $0.stop = decimal("99.5")
        $0.time_in_force = TimeInForce.fillOrKill.rawValue
      }
      #expect(found == ["side=BUY"] + expected + ["stopPrice=99.5"])
    }
  }

  @Test func whatCannotBeSentIsRefusedAndRejected() throws {
    let cases: [(Failure, (inout pb_in_command) -> Void)] = [
      (.invalidOrder, { $0.side = 0 }), (.unsupported, { $0.type = 99 }), (.invalidOrder, { $0.quantity = pb_dec() }),
      (.invalidOrder, { $0.price = decimal("0") }), (.unsupported,
      { $0.time_in_force = TimeInForce.goodTilDate.rawValue }),
      (.unsupported, { $0.flags = OrderFlags.reduceOnly.rawValue }), (.unknownInstrument, { $0.instrument = 99 }),
      (.unsupported, { $0.flags = OrderFlags.byValue.rawValue }), (.unsupported, { $0.position = 1 }),
      (.invalidOrder, { $0.type = OrderType.stopMarket.rawValue }),
      (.invalidOrder, { $0.flags = 1; $0.time_in_force = TimeInForce.fillOrKill.rawValue }),
      (.invalidOrder, { $0.type = OrderType.market.rawValue }),
    ]
    for (failure, set) in cases {
      let harness = try quiet()
      let command = harness.trade(.place, client: "c") { limitBuy(&$0); set(&$0) }
      #expect(harness.refusal(command) == failure, "\(harness.replies)")
      #expect(harness.requests.isEmpty)
      if failure != .unknownInstrument { #expect(harness.orders.map(\.state) == [.rejected]) }
    }
    let harness = try quiet()
    #expect(harness.refusal(harness.trade(.place, client: "no good", limitBuy)) == .invalidOrder)
  }

  @Test func anOrderWithFirstFills() throws {
    let harness = try quiet()
    let command = harness.trade(.place, client: "c-9", limitBuy)
    let fills =
      #","cummulativeQuoteQty":"150.6","fills":[{"price":"100.4","qty":"1","commission":"0.001","#
        + #""commissionAsset":"BTC","#
      + #""tradeId":57},{"price":"100.4","qty":"0.5","commission":"0.0005","commissionAsset":"BTC","tradeId":58}]"#
    harness.reply(
      harness.requests[0].id, orderReply("31", "c-9", status: "PARTIALLY_FILLED", filled: "1.5", more: fills))
    #expect(
      harness.orders == [
        OrderTold(
          state: .partial, client: "c-9", venue: "31", filled: Decimal64("1.5"), quantity: 2, command: command)
      ])
    let fact = harness.orderFacts[0].fields
    #expect(fact.order == 41 && fact.average.value == Decimal64("100.4") && fact.price.value == Decimal64("100.5"))
    #expect(fact.venue_ns == 1_700_000_000_500_000_000 && fact.account == mainAccount)
    #expect(harness.fills.map(\.trade) == ["57", "58"] && harness.fills.map(\.feeAsset) == ["BTC", "BTC"])
    #expect(harness.fills[0].fields.fee.value == Decimal64("0.001"))
    #expect(harness.fills[0].fields.liquidity == UInt32(PB_LIQUIDITY_TAKER) && harness.fills[0].fields.order == 41)
    #expect(harness.refusal(command) == nil && harness.faults.isEmpty)
  }

  @Test func whatMayHaveHappenedIsNeverRefused() throws {
    let bodies: [(Int, String)] = [
      (503, ""), (500, #"{"code":-1000,"msg":"?"}"#), (400, #"{"code":-1006,"msg":"Execution status unknown."}"#),
      (400, #"{"code":-1007,"msg":"Send status unknown"}"#), (200, #"{"symbol":"BTC"#), (200, "{}"),
      (503, #"{"code":-1003,"msg":"Service Unavailable."}"#),
    ]
    for (status, body) in bodies {
      let harness = try quiet()
      let command = harness.trade(.place, client: "c", limitBuy)
      harness.reply(harness.requests[0].id, status: status, body)
      #expect(harness.replies(command).map(\.outcome) == [.unknown], "\(status) \(body)")
      #expect(harness.orders.isEmpty)
    }
  }

  @Test func refusalsAreTyped() throws {
    let cases: [(Int, Int, String, Failure)] = [
      (400, -2010, "Account has insufficient balance for requested action.", .funds),
      (400, -2010, "Order would immediately match and take.", .postOnly),
      (400, -2010, "Duplicate order sent.", .invalidOrder), (400, -2010, "Market is closed.", .maintenance),
      (400, -2010, "This account may not place or cancel orders.", .authentication),
      (400, -1013, "Filter failure: NOTIONAL", .invalidOrder), (429, -1015, "Too many new orders.", .rateLimit),
      (400, -1021, "Timestamp for this request is outside of the recvWindow.", .clock),
      (400, -1022, "Signature for this request is not valid.", .authentication),
      (400, -2015, "Invalid API-key, IP, or permissions for action.", .authentication),
      (400, -1016, "This service is no longer available.", .maintenance), (400, -1008, "Server is busy", .transient),
      (400, -1111, "Too much precision.", .invalidOrder), (400, -9, "?", .other),
    ]
    for (status, code, text, failure) in cases {
      let harness = try quiet()
      let command = harness.trade(.place, client: "c", limitBuy)
      harness.reply(harness.requests[0].id, status: status, #"{"code":\#(code),"msg":"\#(text)"}"#)
      #expect(harness.refusal(command) == failure, "\(code) \(text)")
      #expect(harness.replies[0].code == "\(code)" && harness.replies[0].text == text)
      // The host may give such a command again: nothing is said of its order before that is decided.
      if failure == .clock { #expect(harness.orderFacts.isEmpty); continue }
      let told = try #require(harness.orderFacts.first)
      #expect(told.fields.state == OrderState.rejected.rawValue && told.fields.error == failure.rawValue)
    }
  }

  /// What stands before the exchange answers in HTML, or with nothing.
  @Test func refusalsWithoutWordsSayTheirStatus() throws {
    let html = "<html><head><title>403</title></head><body>CloudFront</body></html>"
    for (status, body, words) in [
      (403, html, "HTTP status 403"), (404, "", "HTTP status 404"), (502, html, "HTTP status 502"),
      (301, "{}", "HTTP status 301"), (400, "[]", "HTTP status 400"), (400, #"{"msg":""}"#, "HTTP status 400"),
      (400, #"{"code":-1013}"#, "code -1013"), (400, #"{"code":-1013,"msg":""}"#, "code -1013"),
    ] {
      let harness = try quiet()
      for verb in [Verb.place, .cancel, .order, .openOrders, .fills, .balances, .fees] {
        let command = harness.trade(verb, client: "c", venue: "5", limitBuy)
        harness.reply(harness.requests.last?.id ?? 0, status: status, body)
        #expect(harness.replies(command).map(\.text) == [words], "\(verb) \(status) \(body)")
      }
      for fact in harness.orderFacts { #expect(fact.reason == words) }
      let list = harness.command(.instruments)
      harness.reply(harness.requests.last?.id ?? 0, status: status, body)
      #expect(harness.replies(list).map(\.text) == [words])
    }
  }

  @Test func bansSayUntilWhen() throws {
    let harness = try quiet()
    let until = (harness.epoch + harness.now) / 1_000_000 + 90_000
    let command = harness.trade(.cancel, venue: "5")
    harness.reply(
      harness.requests[0].id, status: 418, #"{"code":-1003,"msg":"Way too much; IP banned until \#(until). Stop."}"#)
    #expect(harness.replies(command).map(\.retryAfter) == [90_000_000_000])
  }

  @Test func cancelsOneAndASetAndNeverAll() throws {
    let harness = try quiet()
    let one = harness.trade(.cancel, client: "c", venue: "8")
    #expect(harness.requests[0].line == "DELETE /api/v3/order" && harness.requests[0].own.last == "orderId=8")
    harness.reply(
      harness.requests[0].id,
      orderReply("8", "cancel-id", status: "CANCELED", filled: "0.5", more: #","origClientOrderId":"c""#))
    #expect(
      harness.orders == [
        OrderTold(state: .cancelled, client: "c", venue: "8", filled: Decimal64("0.5"), quantity: 2, command: one)
      ])
    #expect(harness.refusal(one) == nil)

    harness.forget()
    let many = harness.trade(.cancelMany, items: [.init(client: "x"), .init(venue: "9"), .init()])
    #expect(harness.requests.map(\.line) == ["DELETE /api/v3/order", "DELETE /api/v3/order"])
    #expect(harness.requests.allSatisfy { $0.command == many })
    #expect(harness.requests.map { $0.own.last } == ["origClientOrderId=x", "orderId=9"])
    harness.reply(harness.requests[0].id, status: 400, #"{"code":-2011,"msg":"Unknown order sent."}"#)
    #expect(harness.replies(many).isEmpty, "the last part is still out")
    harness.reply(harness.requests[1].id, orderReply("9", "y", status: "CANCELED"))
    let answer = try #require(harness.replies(many).first)
    #expect(answer.outcome == .done && answer.text.hasPrefix("2 of 3 refused"))

    harness.forget()
    let gone = harness.trade(.cancel, venue: "10")
    harness.reply(harness.requests[0].id, status: 400, #"{"code":-2011,"msg":"Unknown order sent."}"#)
    #expect(harness.refusal(gone) == .unknownOrder && harness.orders.isEmpty)
    let lost = harness.trade(.cancel, venue: "11")
    harness.unanswered(harness.requests[1].id)
    #expect(harness.replies(lost).map(\.outcome) == [.unknown])
  }

  @Test func oneOrderAndAllOpenOnes() throws {
    let harness = try quiet()
    let one = harness.trade(.order, client: "c")
    #expect(harness.requests[0].own == ["symbol=BTCUSDT", "origClientOrderId=c"])
    harness.reply(
      harness.requests[0].id,
      orderReply("8", "c", type: "STOP_LOSS_LIMIT", more: #","stopPrice":"99","isWorking":false,"updateTime":5"#))
    #expect(harness.orders.map(\.state) == [.untriggered] && harness.orderFacts[0].fields.stop.value == 99)
    #expect(harness.refusal(one) == nil)
    let none = harness.trade(.order, venue: "9")
    harness.reply(harness.requests[1].id, status: 400, #"{"code":-2013,"msg":"Order does not exist."}"#)
    #expect(harness.refusal(none) == .unknownOrder)

    harness.forget()
    let all = harness.trade(.openOrders, 0)
    #expect(harness.requests[0].line == "GET /api/v3/openOrders" && harness.requests[0].own.isEmpty)
    #expect(harness.requests[0].charges[1] == 80)
    harness.reply(
      harness.requests[0].id,
      "[\(orderReply("1", "a")),{},7,\(orderReply("2", "b", status: "PARTIALLY_FILLED", filled: "1"))]")
    #expect(harness.orders.map(\.venue) == ["1", "2"] && harness.orders.map(\.state) == [.open, .partial])
    #expect(harness.completed.map(\.what) == [PB_EV_ORDER] && harness.refusal(all) == nil)
    harness.trade(.openOrders)
    #expect(harness.requests[1].own == ["symbol=BTCUSDT"] && harness.requests[1].charges[1] == 6)
  }

  @Test func historyHasOpenAndEndedOrders() throws {
    let harness = try quiet()
    let since = (harness.now + harness.epoch) - 3_600_000_000_000
    let command = harness.trade(.orderHistory) { $0.since_ns = since }
    #expect(harness.requests[0].line == "GET /api/v3/allOrders" && harness.requests[0].charges[1] == 20)
    #expect(harness.requests[0].own == ["symbol=BTCUSDT", "limit=1000", "startTime=\(since / 1_000_000)"])
    harness.reply(
      harness.requests[0].id,
      "[\(orderReply("1", "a")),\(orderReply("2", "b", status: "FILLED", filled: "3")),"
        + "\(orderReply("3", "c", status: "EXPIRED"))]")
    #expect(harness.orders.map(\.client) == ["a", "b", "c"])
    #expect(harness.orders.map(\.state) == [.open, .filled, .expired])
    #expect(harness.completed.map(\.what) == [PB_EV_ORDER] && harness.completed[0].partial == false)
    #expect(harness.refusal(command) == nil)
    let all = harness.trade(.orderHistory, 0)
    #expect(harness.refusal(all) == .unsupported)
  }

  /// Of an order that lives on as another each is reported; the host knows which one is the last.
  @Test func ofReplacedOrdersHistoryTellsEach() throws {
    let harness = try quiet()
    harness.trade(.orderHistory)
    harness.reply(
      harness.requests[0].id,
      "[\(orderReply("1", "a", status: "CANCELED")),\(orderReply("2", "a", status: "CANCELED")),"
        + "\(orderReply("3", "b")),\(orderReply("10", "a"))]")
    #expect(harness.orders.map(\.venue) == ["1", "2", "3", "10"] && Set(harness.orders.map(\.carried)) == [0])
    #expect(harness.orders.map(\.state) == [.cancelled, .cancelled, .open, .open])
  }

  @Test func openOrdersOfAnUnknownStateAreMissing() throws {
    for (reply, isPartial) in [
      (orderReply("1", "a", status: "SOMETHING_NEW"), true), (orderReply("1", "a"), false),
      // An order of a symbol that is not known is none of the host's.
      (orderReply("1", "a").replacing("BTCUSDT", with: "NONESUCH"), false),
    ] {
      let harness = try quiet()
      harness.trade(.openOrders)
      harness.reply(harness.requests[0].id, "[\(reply)]")
      #expect(harness.completed.map(\.partial) == [isPartial])
    }
  }

  /// The host takes what a whole history lacks for absent.
  @Test func aHistoryThatMayLackOrdersSaysSo() throws {
    let day: Int64 = 86_400_000_000_000
    let full = (0..<1000).map { orderReply("\($0 + 1)", "a\($0)") }.joined(separator: ",")
    let cases: [(age: Int64, body: String)] = [
      (2 * day, "[]"), (day / 2, "[\(full)]"), (day / 2, "[{}]"), (day / 2, "[\(orderReply("1", "a")),7]"),
      (day / 2, "[\(orderReply("1", "a", status: "SOMETHING_NEW"))]"),
    ]
    for (age, body) in cases {
      let harness = try quiet()
      harness.trade(.orderHistory) { $0.since_ns = (harness.now + harness.epoch) - age }
      harness.reply(harness.requests[0].id, body)
      #expect(harness.completed.map(\.partial) == [true], "\(body.prefix(20))")
    }
    let harness = try quiet()
    let command = harness.trade(.orderHistory)
    harness.reply(harness.requests[0].id, status: 503, "{}")
    #expect(harness.completed.isEmpty && harness.refusal(command) != nil)
  }
}
