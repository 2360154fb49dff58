import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import HashKeyConnector

@Suite struct OrderTests {
  private func traded(perpetual: Bool = false) throws -> ConnectorHarness {
    let harness = try ready(perpetual: perpetual, trading: true)
    _ = try trading(harness)
    return harness
  }

  @Test func aFormIsSignedInTheOrderOfItsNames() throws {
    let harness = try traded()
    let command = harness.command(.place, client: "a1", order())
    let request = try #require(harness.requests.last)
    #expect(request.method == .post && request.url == "https://api-glb.hashkey.com/api/v1.1/spot/order")
    let text = "newClientOrderId=a1&price=50000&quantity=0.012&side=BUY&symbol=BTCUSDT&timeInForce=GTC&timestamp="
    #expect(request.body.hasPrefix(text) && request.body.contains("&type=LIMIT&signature="))
    #expect(request.headers.contains("X-HK-APIKEY: <field(api_key)>"))
    harness.reply(
      request.id,
      #"{"accountId":"1","symbol":"BTCUSDT","clientOrderId":"a1","orderId":"4001","transactTime":"1722006209989","#
        + #""price":"50000","origQty":"0.012","executedQty":"0","status":"NEW","timeInForce":"GTC","type":"LIMIT","#
        + #""side":"BUY","reqAmount":"0"}"#)
    let placed = try #require(harness.all(PB_EV_ORDER, pb_order.self).first)
    #expect(placed.record.text(placed.fields.venue_order) == "4001" && harness.refusal(command) == nil)
    #expect(placed.fields.state == OrderState.open.rawValue)
  }

  private static let kinds: [(OrderType, OrderFlags, TimeInForce?, [String], String)] = [
    (.limit, .postOnly, .goodTilCancelled, ["type=LIMIT_MAKER"], "timeInForce"),
    (.limit, [], .fillOrKill, ["type=LIMIT&", "timeInForce=FOK"], "amount="),
    (.market, [], nil, ["type=MARKET", "quantity=0.012"], "price="),
    (.market, .byValue, nil, ["type=MARKET", "amount=20"], "quantity="),
  ]

  @Test(arguments: kinds)
  func kindsOfOrders(
    _ type: OrderType, _ flags: OrderFlags, _ force: TimeInForce?, _ parts: [String], _ absent: String
  ) throws {
    let harness = try traded()
    harness.command(.place, client: "a1") {
      order(type, price: type == .limit ? 50_000 : nil, flags: flags, force: force)(&$0)
      if flags == .byValue { ($0.quantity, $0.value) = (pb_dec(), pb_dec(Decimal64(20))) }
    }
    let body = try #require(harness.requests.last).body
    for part in parts { #expect(body.contains(part), "\(body)") }
    #expect(!body.contains(absent), "\(body)")
  }

  private static let legs: [(Side, OrderFlags, PositionLeg, String, String)] = [
    (.buy, [], .net, "BUY_OPEN", "perp_place"), (.sell, [], .net, "SELL_OPEN", "perp_place"),
    (.buy, .reduceOnly, .net, "BUY_CLOSE", "perp_place"), (.buy, [], .long, "BUY_OPEN", "perp_place_leg"),
    (.sell, .close, .long, "SELL_CLOSE", "perp_place_leg"), (.buy, .close, .short, "BUY_CLOSE", "perp_place_leg"),
  ]

  @Test(arguments: legs)
  func theSideSaysWhetherItOpensOrCloses(
    _ side: Side, _ flags: OrderFlags, _ leg: PositionLeg, _ word: String, _ act: String
  ) throws {
    let harness = try traded(perpetual: true)
    harness.command(.place, client: "a1", order(side: side, flags: flags, leg: leg))
    let request = try #require(harness.requests.last)
    #expect(request.permission == act && request.body.contains("side=\(word)&"), "\(request.body)")
    #expect(request.body.contains("quantity=12&") && request.body.contains("priceType=INPUT&"))
    #expect(request.body.contains("type=LIMIT&"))
  }

  @Test func whatDoesNotFitALegOrAContractIsRefusedHere() throws {
    let harness = try traded(perpetual: true)
    for refused in [
      order(side: .sell, leg: .long), order(side: .buy, flags: .close, leg: .long),
      { (command: inout pb_in_command) in
        order()(&command)
        command.quantity = pb_dec(Decimal64(mantissa: 15, exponent: -4))
      },
    ] {
      #expect(harness.refusal(harness.command(.place, client: "a1", refused)) == .invalidOrder)
    }
    #expect(harness.requests.isEmpty)
    harness.command(.place, client: "a1", order(.market, price: nil, force: nil))
    #expect(harness.requests.last?.body.contains("priceType=MARKET") == true)
  }

  @Test func ofABatchTheQueryAloneIsSigned() throws {
    let harness = try traded()
    let items = ["a1", "a2"].map { client in
      ConnectorHarness.Item(client: client, order())
    }
    let command = harness.command(.place, items: items) { ($0.account, $0.instrument) = (7, 1) }
    let request = try #require(harness.requests.last)
    #expect(request.url.hasPrefix("https://api-glb.hashkey.com/api/v1/spot/batchOrders?timestamp="))
    #expect(request.url.contains("&signature=") && request.body.hasPrefix(#"[{"symbol":"BTCUSDT","#))
    harness.reply(
      request.id,
      #"{"code":0,"result":[{"code":"0000","order":{"symbol":"BTCUSDT","clientOrderId":"a1","orderId":"1","#
        + #""price":"50000","origQty":"0.012","executedQty":"0","status":"NEW","type":"LIMIT","side":"BUY"}},"#
        + #"{"code":"0207","msg":"price too low"}],"concentration":""}"#)
    let states = harness.all(PB_EV_ORDER, pb_order.self).map(\.fields.state)
    #expect(states == [OrderState.open, .rejected].map(\.rawValue))
    #expect(harness.replies(command).count == 1)
  }

  @Test(arguments: [("4001", "orderId=4001", "orderId=4001"), ("", "clientOrderId=a1", "origClientOrderId=a1")])
  func anOrderIsNamedByEitherId(_ venue: String, _ cancel: String, _ question: String) throws {
    let harness = try traded()
    harness.command(.cancel, client: "a1", venue: venue) { ($0.account, $0.instrument, $0.order) = (7, 1, 5) }
    #expect(harness.requests.last?.method == .delete && harness.requests.last?.url.contains("?\(cancel)&") == true)
    harness.command(.order, client: "a1", venue: venue) { ($0.account, $0.instrument, $0.order) = (7, 1, 5) }
    #expect(harness.requests.last?.url.contains("?\(question)&") == true)
  }

  @Test(arguments: [("NEW", nil), ("CANCELED", OrderState.cancelled), ("PARTIALLY_CANCELED", .cancelled)])
  func aCancelThatIsOnlyTakenEndsNothing(_ word: String, _ state: OrderState?) throws {
    let harness = try traded()
    let command = harness.command(.cancel, venue: "4001") { ($0.account, $0.instrument, $0.order) = (7, 1, 5) }
    let request = try #require(harness.requests.last)
    harness.reply(
      request.id, #"{"symbol":"BTCUSDT","orderId":"4001","clientOrderId":"a1","status":"\#(word)","side":"BUY"}"#)
    #expect(harness.replies(command).map(\.outcome) == [.done])
    #expect(harness.all(PB_EV_ORDER, pb_order.self).map(\.fields.state) == [state?.rawValue].compactMap { $0 })
  }

  @Test(arguments: [
    (#""0211""#, "Order not found", Failure.unknownOrder), ("-1143", "Order not found", .unknownOrder),
    (#""0401""#, "Insufficient asset", .funds), ("-1021", "Timestamp for this request is outside", .clock),
    (#""0002""#, "Incorrect signature", .authentication), (#""0003""#, "Rate limit exceeded", .rateLimit),
    ("-1156", "Limit maker order creation failed", .postOnly), (#""0201""#, "no", .unknownInstrument),
  ])
  func codesAreTextsAndNumbers(_ code: String, _ words: String, _ failure: Failure) throws {
    let harness = try traded()
    let command = harness.command(.place, client: "a1", order())
    harness.reply(try #require(harness.requests.last).id, status: 400, #"{"code":\#(code),"msg":"\#(words)"}"#)
    #expect(harness.refusal(command) == failure)
  }

  @Test(arguments: ["-1006", "-1007", "-1146"]) func whatTheExchangeDoesNotKnowIsUnknown(_ code: String) throws {
    let harness = try traded()
    let command = harness.command(.place, client: "a1", order())
    harness.reply(try #require(harness.requests.last).id, status: 400, #"{"code":\#(code),"msg":"timeout"}"#)
    #expect(harness.replies(command).map(\.outcome) == [.unknown])
  }

  @Test func anOrderByValueHasNoQuantity() throws {
    let harness = try traded()
    harness.command(.order, venue: "1738695230608169984") { ($0.account, $0.instrument, $0.order) = (7, 1, 5) }
    harness.reply(
      try #require(harness.requests.last).id,
      #"{"symbol":"BTCUSDT","clientOrderId":"a1","orderId":"1738695230608169984","price":"0","origQty":"0","#
        + #""executedQty":"0.0061","cumulativeQuoteQty":"19.736489","avgPrice":"3235.49","status":"FILLED","#
        + #""timeInForce":"IOC","type":"MARKET","side":"BUY","stopPrice":"0.0","time":"1722004623186","#
        + #""updateTime":"1722004623406","reqAmount":"20"}"#)
    let fields = try #require(harness.all(PB_EV_ORDER, pb_order.self).first?.fields)
    #expect(fields.quantity.value == nil && fields.flags & OrderFlags.byValue.rawValue != 0)
    #expect(fields.average.value == Decimal64(mantissa: 323_549, exponent: -2) && fields.price.value == nil)
  }
}
