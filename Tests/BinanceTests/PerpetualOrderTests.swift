import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import BinanceConnector

/// Orders of Binance futures.
struct PerpetualOrderTests {
  private func quiet() throws -> ConnectorHarness {
    let harness = try tradingConnector(BinancePerpetual.self)
    harness.forget()
    return harness
  }

  private func request(_ set: (inout pb_in_command) -> Void) throws -> ConnectorHarness.RequestFact {
    let harness = try quiet()
    harness.trade(.place, client: "c") { limitBuy(&$0); set(&$0) }
    return try #require(harness.requests.first, "\(harness.replies)")
  }

  @Test func ordinaryOrders() throws {
    let limit = try request { _ in }
    #expect(limit.line == "POST /fapi/v1/order" && limit.permission == "perp_place")
    let (short, long) = (Output.Limit.perpOrders10s.bucket, Output.Limit.perpOrdersMinute.bucket)
    #expect(limit.charges == [short: 1, long: 1], "an order has no request weight of its own")
    #expect(
      limit.own == [
        "symbol=BTCUSDT", "side=BUY", "type=LIMIT", "timeInForce=GTC", "quantity=2", "price=100.5",
        "newClientOrderId=c", "newOrderRespType=RESULT",
      ])
    #expect(try request { $0.flags = OrderFlags.postOnly.rawValue }.own.contains("timeInForce=GTX"))
    let market = try request {
      $0.type = OrderType.market.rawValue
      $0.price = pb_dec()
      $0.side = Side.sell.rawValue
      $0.flags = OrderFlags.reduceOnly.rawValue
    }
    #expect(
      market.own.prefix(5) == ["symbol=BTCUSDT", "side=SELL", "type=MARKET", "quantity=2", "reduceOnly=true"])
  }

  @Test func legsOfTheHedgeMode() throws {
    let open = try request { $0.position = UInt32(PB_POSITION_LONG) }
    #expect(open.own.contains("positionSide=LONG") && !open.own.contains("reduceOnly=true"))
    let close = try request {
      $0.position = UInt32(PB_POSITION_SHORT)
      $0.flags = OrderFlags.close.rawValue
    }
    #expect(close.own.contains("positionSide=SHORT") && !close.own.contains("reduceOnly=true"))
    let harness = try quiet()
    let wrong = harness.trade(.place, client: "c") {
      limitBuy(&$0)
      $0.position = UInt32(PB_POSITION_LONG)
      $0.flags = OrderFlags.reduceOnly.rawValue
    }
    #expect(harness.refusal(wrong) == .reduceOnly && harness.requests.isEmpty)
  }

  @Test func conditionalOrdersGoToTheAlgoService() throws {
    let stop = try request {
      $0.type = OrderType.stopLimit.rawValue
      $0.stop = decimal("99.5")
      $0.flags = OrderFlags.reduceOnly.rawValue
    }
    #expect(stop.line == "POST /fapi/v1/algoOrder" && stop.permission == "perp_place_algo")
    #expect(
      stop.own == [
        "algoType=CONDITIONAL", "symbol=BTCUSDT", "side=BUY", "type=STOP", "timeInForce=GTC", "quantity=2",
        "reduceOnly=true", "price=100.5", "triggerPrice=99.5", "clientAlgoId=c",
      ])
    let whole = try request {
      $0.type = OrderType.takeMarket.rawValue
      $0.price = pb_dec()
      $0.stop = decimal("120")
      $0.quantity = pb_dec()
      $0.flags = OrderFlags.close.rawValue
    }
    #expect(
      whole.own == [
        "algoType=CONDITIONAL", "symbol=BTCUSDT", "side=BUY", "type=TAKE_PROFIT_MARKET", "closePosition=true",
        "triggerPrice=120", "clientAlgoId=c",
      ])
  }

  @Test func errorsOfFutures() throws {
    let cases: [(Int, Failure)] = [
      (-2019, .funds), (-2018, .funds), (-2022, .reduceOnly), (-5022, .postOnly), (-2021, .invalidOrder),
      (-4164, .invalidOrder), (-4003, .invalidOrder), (-4061, .invalidOrder), (-4120, .unsupported), (-1109,
      .authentication),
      (-1121, .unknownInstrument),
    ]
    for (code, failure) in cases {
      let harness = try quiet()
      let command = harness.trade(.place, client: "c", limitBuy)
      harness.reply(harness.requests[0].id, status: 400, #"{"code":\#(code),"msg":"no"}"#)
      #expect(harness.refusal(command) == failure, "\(code)")
    }
  }

  @Test func batchesOfFiveWithTheirOwnEnds() throws {
    let harness = try quiet()
    let items = (1...6).map { number in
      ConnectorHarness.Item(client: "b\(number)") { limitBuy(&$0); $0.order = pb_id(number) }
    } + [ConnectorHarness.Item(client: "no good") { limitBuy(&$0) }]
    let command = harness.trade(.place, items: items)
    #expect(harness.requests.map(\.line) == ["POST /fapi/v1/batchOrders", "POST /fapi/v1/order"])
    let buckets = [Output.Limit.perpWeight, .perpOrders10s, .perpOrdersMinute].map(\.bucket)
    #expect(harness.requests[0].charges == Dictionary(uniqueKeysWithValues: buckets.map { ($0, 5) }))
    #expect(harness.requests[0].permission == "perp_place_batch")
    let list = try #require(harness.requests[0].own.first)
    #expect(list.hasPrefix("batchOrders=%5B%7B%22symbol%22%3A%22BTCUSDT%22%2C%22side%22%3A%22BUY%22"))
    #expect(list.hasSuffix("%22newOrderRespType%22%3A%22RESULT%22%7D%5D"))
    #expect(harness.orders.isEmpty, "the one whose id is none is reported with the answer")
    let ids = harness.requests.map(\.id)
    harness.reply(ids[0], "[" + (1...5).map { orderReply("\($0)", "b\($0)") }.joined(separator: ",") + "]")
    #expect(harness.replies(command).isEmpty, "the sixth is still out")
    harness.reply(ids[1], orderReply("6", "b6"))
    let answer = try #require(harness.replies(command).first)
    #expect(answer.outcome == .done && answer.text.hasPrefix("1 of 7 refused"))
    #expect(harness.orders.map(\.venue) == ["1", "2", "3", "4", "5", "6", ""])
    #expect(harness.orders.last?.state == .rejected)
  }

  @Test func theAnswersOfABatchAreItsOrders() throws {
    let harness = try quiet()
    let command = harness.trade(
      .place,
      items: (1...3).map { number in .init(client: "b\(number)") { limitBuy(&$0); $0.order = pb_id(number) } })
    harness.reply(
      harness.requests[0].id,
      "[\(orderReply("1", "b1")),{\"code\":-2019,\"msg\":\"Margin is insufficient.\"}]")
    #expect(harness.orders.map(\.state) == [.open, .rejected] && harness.orderFacts.map(\.fields.order) == [1, 2])
    let answer = try #require(harness.replies(command).first)
    #expect(answer.outcome == .unknown, "nothing was said of the third")

    harness.forget()
    let lost = harness.trade(.place, items: [.init(client: "x", limitBuy), .init(client: "y", limitBuy)])
    harness.reply(harness.requests[0].id, status: 503, "")
    #expect(harness.replies(lost).map(\.outcome) == [.unknown] && harness.orders.isEmpty)
  }

  @Test func amendmentsNameEverything() throws {
    let harness = try quiet()
    let whole = harness.trade(.amend, venue: "31") { limitBuy(&$0) }
    #expect(harness.requests[0].line == "PUT /fapi/v1/order" && harness.requests[0].permission == "perp_amend")
    #expect(harness.requests[0].own == ["orderId=31", "symbol=BTCUSDT", "side=BUY", "quantity=2", "price=100.5"])
    harness.reply(harness.requests[0].id, orderReply("31", "c"))
    #expect(harness.refusal(whole) == nil && harness.orders.map(\.state) == [.open])

    harness.forget()
    harness.trade(.amend, client: "c") { $0.price = decimal("101") }
    #expect(harness.requests.map(\.line) == ["GET /fapi/v1/order"])
    harness.reply(harness.requests[0].id, orderReply("31", "c", quantity: "3"))
    #expect(harness.requests[1].own == ["origClientOrderId=c", "symbol=BTCUSDT", "side=BUY", "quantity=3", "price=101"])

    harness.forget()
    harness.trade(.amend, items: [.init(venue: "1", limitBuy), .init(venue: "2", limitBuy)])
    #expect(harness.requests.map(\.line) == ["PUT /fapi/v1/batchOrders"])
  }

  @Test func cancelsTogetherByIdsOfOneKind() throws {
    let harness = try quiet()
    let command = harness.trade(
      .cancelMany,
      items: [.init(venue: "1"), .init(client: "x"), .init(venue: "2"), .init(venue: "3") { $0.instrument = ethusdt }])
    #expect(
      harness.requests.map(\.line) == [
        "DELETE /fapi/v1/batchOrders", "DELETE /fapi/v1/order", "DELETE /fapi/v1/order",
      ])
    #expect(harness.requests[0].own == ["symbol=BTCUSDT", "orderIdList=%5B1%2C2%5D"])
    #expect(harness.requests[1].own == ["symbol=BTCUSDT", "origClientOrderId=x"])
    #expect(harness.requests[2].own == ["symbol=ETHUSDT", "orderId=3"])
    harness.reply(
      harness.requests[0].id,
      "[\(orderReply("1", "a", status: "CANCELED")),{\"code\":-2011,\"msg\":\"Unknown order sent.\"}]")
    harness.reply(harness.requests[1].id, orderReply("8", "x", status: "CANCELED"))
    #expect(harness.replies(command).isEmpty)
    harness.reply(harness.requests[2].id, orderReply("3", "y", status: "CANCELED"))
    #expect(harness.replies(command).map(\.outcome) == [.done])
    #expect(harness.orders.map(\.venue) == ["1", "8", "3"])
  }

  @Test func openOrdersOfBothServices() throws {
    let harness = try quiet()
    let command = harness.trade(.openOrders)
    #expect(harness.requests[0].line == "GET /fapi/v1/openOrders")
    harness.reply(harness.requests[0].id, "[\(orderReply("1", "a"))]")
    #expect(harness.requests[1].line == "GET /fapi/v1/openAlgoOrders" && harness.replies(command).isEmpty)
    harness.reply(harness.requests[1].id, "[\(algoReply("900", "s"))]")
    #expect(harness.orders.map(\.state) == [.open, .untriggered] && harness.orders.map(\.venue) == ["1", "900"])
    #expect(harness.refusal(command) == nil && harness.completed.map(\.what) == [PB_EV_ORDER])
    // It is known now where the second one lives.
    harness.trade(.cancel, client: "s", venue: "900")
    #expect(harness.requests[2].line == "DELETE /fapi/v1/algoOrder" && harness.requests[2].own == ["algoId=900"])
  }
}

extension PerpetualOrderTests {
  /// What one service cannot say is missing from the whole.
  @Test(arguments: [
    ("[{}]", "[]"), ("[\(orderReply("1", "a", status: "SOMETHING_NEW"))]", "[]"), ("[]", "[{}]"),
  ])
  func openOrdersThatMayLackOneSaySo(first: String, second: String) throws {
    let harness = try quiet()
    harness.trade(.openOrders)
    harness.reply(harness.requests[0].id, first)
    harness.reply(harness.requests[1].id, second)
    #expect(harness.completed.map(\.partial) == [true])
  }

  /// It was triggered between the two questions: the list of ordinary orders is older, and neither says it.
  @Test func anOrderThatIsTriggeredBetweenTwoListsIsMissing() throws {
    let harness = try quiet()
    harness.trade(.orderHistory) { $0.since_ns = (harness.now + harness.epoch) - 3_600_000_000_000 }
    harness.reply(harness.requests[0].id, "[\(orderReply("1", "a"))]")
    harness.reply(harness.requests[1].id, "[\(algoReply("901", "t", status: "TRIGGERED", actual: "5"))]")
    #expect(harness.orders.map(\.venue) == ["1"] && harness.completed.map(\.partial) == [true])
  }

  @Test func aPositionWithoutAQuantityIsNotTakenForClosed() throws {
    let harness = try quiet()
    harness.trade(.positions)
    harness.reply(harness.requests[0].id, #"[{"symbol":"BTCUSDT","positionSide":"BOTH","entryPrice":"1"}]"#)
    #expect(harness.completed.map(\.partial) == [true])
  }

  @Test func historyOfBothServices() throws {
    let harness = try quiet()
    let command = harness.trade(.orderHistory) { $0.since_ns = (harness.now + harness.epoch) - 3_600_000_000_000 }
    #expect(harness.requests[0].line == "GET /fapi/v1/allOrders")
    harness.reply(
      harness.requests[0].id, "[\(orderReply("1", "a")),\(orderReply("5", "t", status: "FILLED", filled: "2"))]")
    #expect(harness.requests[1].line == "GET /fapi/v1/allAlgoOrders" && harness.replies(command).isEmpty)
    harness.reply(
      harness.requests[1].id,
      "[\(algoReply("900", "s")),\(algoReply("901", "t", status: "FINISHED", actual: "5"))]")
    // What was triggered is reported as the order that it became.
    #expect(harness.orders.map(\.venue) == ["1", "5", "900"])
    #expect(harness.refusal(command) == nil && harness.completed.map(\.partial) == [false])
    harness.forget()
    harness.trade(.orderHistory) { $0.since_ns = (harness.now + harness.epoch) - 4 * 86_400_000_000_000 }
    for _ in 0..<2 { harness.reply(try #require(harness.requests.last).id, "[]") }
    #expect(harness.completed.map(\.partial) == [true], "unfilled orders are told for three days")
  }
}

/// How the algo service writes an order in a reply.
func algoReply(_ id: String, _ client: String, status: String = "NEW", actual: String = "") -> String {
  #"{"algoId":\#(id),"clientAlgoId":"\#(client)","algoType":"CONDITIONAL","orderType":"STOP_MARKET","#
    + #""symbol":"BTCUSDT","#
    + #""side":"SELL","positionSide":"BOTH","timeInForce":"GTC","quantity":"2","algoStatus":"\#(status)","#
    + #""triggerPrice":"99.5","price":"0","actualOrderId":"\#(actual)","createTime":1700000000000,"#
    + #""updateTime":1700000000500}"#
}
