import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import BinanceConnector

/// Changing orders of Binance spot, in place and by replacement.
struct SpotAmendTests {
  /// An amendment whose order has been asked for and answered.
  private func amending(
    _ type: BinanceConnector.Type = BinanceSpot.self, filled: String = "0",
    _ set: (inout pb_in_command) -> Void
  ) throws -> (harness: ConnectorHarness, command: pb_id, stream: pb_id) {
    let harness = try tradingConnector(type)
    let stream = harness.openPrivateStream()
    let command = harness.trade(.amend, client: "c", venue: "31", set)
    #expect(harness.requests.map(\.line) == ["GET /api/v3/order"])
    let status = filled == "0" ? "NEW" : "PARTIALLY_FILLED"
    harness.reply(harness.requests[0].id, orderReply("31", "c", status: status, filled: filled))
    return (harness, command, stream)
  }

  @Test func lessOfItKeepsItsPlace() throws {
    let (harness, command, _) = try amending { $0.quantity = decimal("1.5") }
    let request = try #require(harness.requests.last)
    #expect(request.line == "PUT /api/v3/order/amend/keepPriority" && request.permission == "amend")
    #expect(request.own == ["symbol=BTCUSDT", "orderId=31", "newClientOrderId=c", "newQty=1.5"])
    harness.reply(
      request.id,
      #"{"transactTime":1700000001000,"executionId":75,"amendedOrder":{"symbol":"BTCUSDT","orderId":31,"#
        + #""origClientOrderId":"c","clientOrderId":"c","price":"100.5","qty":"1.5","executedQty":"0","#
        + #""cumulativeQuoteQty":"0","status":"NEW","timeInForce":"GTC","type":"LIMIT","side":"BUY"}}"#)
    #expect(
      harness.orders == [
        OrderTold(state: .open, client: "c", venue: "31", filled: 0, quantity: Decimal64("1.5"), command: command)
      ])
    #expect(harness.refusal(command) == nil)
  }

  /// The host may think that the order has another price still: it hears of the present one before the change, by which
  /// it permits that the change leaves it out.
  @Test func whatTheOrderHasAlreadyIsReportedFirst() throws {
    let (harness, command, _) = try amending { ($0.price, $0.quantity) = (decimal("100.5"), decimal("1.5")) }
    #expect(harness.requests.last?.own == ["symbol=BTCUSDT", "orderId=31", "newClientOrderId=c", "newQty=1.5"])
    #expect(
      harness.orders == [
        OrderTold(state: .open, client: "c", venue: "31", filled: 0, quantity: 2, command: command)
      ])
  }

  /// It would lose its place in the queue for nothing.
  @Test func whatIsWantedAlreadyIsLeftAlone() throws {
    for (quantity, price) in [("2", nil), (nil, "100.50"), ("2.0", "100.5")] as [(String?, String?)] {
      let (harness, command, _) = try amending {
        if let quantity { $0.quantity = decimal(quantity) }
        if let price { $0.price = decimal(price) }
      }
      #expect(harness.requests.map(\.line) == ["GET /api/v3/order"])
      #expect(harness.orders.map(\.state) == [.open] && harness.refusal(command) == nil)
    }
  }

  @Test func anotherPriceIsAnotherOrder() throws {
    let (harness, command, stream) = try amending(filled: "0.5") { $0.price = decimal("101") }
    let request = try #require(harness.requests.last)
    #expect(request.line == "POST /api/v3/order/cancelReplace" && request.permission == "replace")
    #expect(
      request.own == [
        "symbol=BTCUSDT", "side=BUY", "type=LIMIT", "timeInForce=GTC", "quantity=1.5", "price=101",
        "cancelReplaceMode=STOP_ON_FAILURE", "cancelOrderId=31", "newClientOrderId=c", "newOrderRespType=RESULT",
      ])
    // The stream is faster than the reply: the host knows that the old order's end is not that of its own.
    harness.frame(stream, report("31", "x", status: "CANCELED", execution: "CANCELED", original: "c", filled: "0.5"))
    harness.frame(stream, report("32", "c", status: "NEW", execution: "NEW", quantity: "1.5", price: "101"))
    harness.reply(
      request.id,
      #"{"cancelResult":"SUCCESS","newOrderResult":"SUCCESS","cancelResponse":"#
        + orderReply("31", "x", status: "CANCELED", filled: "0.5") + #","newOrderResponse":"#
        + orderReply("32", "c", quantity: "1.5", price: "101") + "}")
    let half = Decimal64("0.5"), rest = Decimal64("1.5")
    #expect(
      harness.orders == [
        OrderTold(state: .cancelled, client: "c", venue: "31", filled: half, quantity: 2, command: 0),
        OrderTold(state: .open, client: "c", venue: "32", filled: 0, quantity: rest, command: 0),
        OrderTold(
          state: .open, client: "c", venue: "32", filled: 0, quantity: rest, command: command, carried: half,
          continues: "31"),
      ])
    #expect(harness.refusal(command) == nil)
    // Its figures are its own; the host adds them up.
    harness.forget()
    harness.frame(
      stream, report("32", "c", status: "FILLED", execution: "TRADE", quantity: "1.5", filled: "1.5", last: "1.5"))
    #expect(harness.orders.map(\.filled) == [rest] && harness.orders.map(\.state) == [.filled])
    #expect(harness.fills.map(\.venue) == ["32"] && harness.orders.map(\.carried) == [0])
  }

  /// Quantities of amendments are over the order's life: all that its venue orders have filled is in them.
  @Test func anotherAmendmentCountsWhatWasFilledBefore() throws {
    let (harness, first, _) = try amending(filled: "0.5") { $0.price = decimal("101") }
    harness.reply(
      harness.requests.last?.id ?? 0,
      #"{"cancelResult":"SUCCESS","newOrderResult":"SUCCESS","newOrderResponse":"#
        + orderReply("32", "c", quantity: "1.5", price: "101") + "}")
    #expect(harness.refusal(first) == nil)
    harness.forget()
    let second = harness.trade(.amend, client: "c", venue: "32") {
      $0.quantity = decimal("3")
      $0.price = decimal("102")
    }
    harness.reply(
      harness.requests[0].id, orderReply("32", "c", status: "PARTIALLY_FILLED", filled: "1", quantity: "1.5"))
    let replace = try #require(harness.requests.last)
    #expect(replace.own.contains("quantity=1.5") && replace.own.contains("cancelOrderId=32"))
    harness.reply(
      replace.id,
      #"{"cancelResult":"SUCCESS","newOrderResult":"SUCCESS","newOrderResponse":"#
        + orderReply("33", "c", quantity: "1.5", price: "102") + "}")
    #expect(harness.orders.map(\.carried) == [Decimal64("1.5")] && harness.orders.map(\.continues) == ["32"])
    #expect(harness.refusal(second) == nil)
  }

  @Test func aReplacementThatFailedHalfwayEndsTheOrder() throws {
    let (harness, command, stream) = try amending { $0.price = decimal("101") }
    harness.frame(stream, report("31", "x", status: "CANCELED", execution: "CANCELED", original: "c"))
    harness.reply(
      harness.requests.last?.id ?? 0, status: 409,
      #"{"code":-2021,"msg":"Order cancel-replace partially failed.","data":{"cancelResult":"SUCCESS","#
        + #""newOrderResult":"FAILURE","cancelResponse":"#
        + orderReply("31", "x", status: "CANCELED", more: #","origClientOrderId":"c""#)
        + #","newOrderResponse":{"code":-2010,"msg":"Account has insufficient balance for requested action."}}}"#)
    #expect(harness.orders.map(\.state) == [.cancelled, .cancelled] && Set(harness.orders.map(\.client)) == ["c"])
    #expect(harness.refusal(command) == .funds)
  }

  @Test func aReplacementThatFailedWhollyChangesNothing() throws {
    let (harness, command, stream) = try amending { $0.price = decimal("101") }
    harness.reply(
      harness.requests.last?.id ?? 0, status: 400,
      #"{"code":-2022,"msg":"Order cancel-replace failed.","data":{"cancelResult":"FAILURE","#
        + #""newOrderResult":"NOT_ATTEMPTED","cancelResponse":{"code":-2011,"msg":"Unknown order sent."},"#
        + #""newOrderResponse":null}}"#)
    #expect(harness.refusal(command) == .unknownOrder && harness.orders.isEmpty)
    harness.frame(stream, report("31", "x", status: "CANCELED", execution: "CANCELED", original: "c"))
    #expect(harness.orders.map(\.state) == [.cancelled], "a cancel of its own is told again")
  }

  @Test func aLostAnswerIsUnknown() throws {
    let (harness, command, stream) = try amending { $0.price = decimal("101") }
    harness.unanswered(harness.requests.last?.id ?? 0)
    #expect(harness.replies(command).map(\.outcome) == [.unknown])
    harness.frame(stream, report("31", "x", status: "CANCELED", execution: "CANCELED", original: "c"))
    harness.frame(stream, report("32", "c", status: "NEW", execution: "NEW", price: "101"))
    // The client order id says that it is the same order of the host's.
    #expect(harness.orders.map(\.venue) == ["31", "32"] && harness.orders.map(\.client) == ["c", "c"])
  }

  @Test func ordersThatEndedAndCommandsWithoutAChange() throws {
    let harness = try tradingConnector()
    harness.forget()
    #expect(harness.refusal(harness.trade(.amend, venue: "31")) == .invalidOrder)
    let late = harness.trade(.amend, venue: "31") { $0.price = decimal("1") }
    harness.reply(harness.requests[0].id, orderReply("31", "c", status: "FILLED", filled: "2"))
    #expect(harness.refusal(late) == .unknownOrder && harness.orders.map(\.state) == [.filled])
    let less = harness.trade(.amend, venue: "31") { $0.quantity = decimal("0.5") }
    harness.reply(harness.requests[1].id, orderReply("31", "c", status: "PARTIALLY_FILLED", filled: "1"))
    #expect(harness.requests.count == 3, "0.5 is less than is filled, but the venue's to judge in place")
    harness.reply(harness.requests[2].id, status: 400, #"{"code":-2038,"msg":"Order amend rejected"}"#)
    #expect(harness.refusal(less) == .invalidOrder)
  }

  @Test func theTwinAlwaysReplaces() throws {
    let (harness, _, _) = try amending(BinanceUS.self) { $0.quantity = decimal("1.5") }
    #expect(harness.requests.last?.line == "POST /api/v3/order/cancelReplace")
    #expect(harness.requests.last?.url.hasPrefix("https://api.binance.us/") == true)
  }
}

/// An executionReport of account 7 about BTCUSDT.
func report(
  _ venue: String, _ client: String, status: String, execution: String, original: String = "", quantity: String = "2",
  price: String = "100.5", filled: String = "0", last: String = "0", more: String = ""
) -> String {
  #"{"subscriptionId":0,"event":{"e":"executionReport","E":1700000000900,"s":"BTCUSDT","c":"\#(client)","S":"BUY","#
    + #""o":"LIMIT","f":"GTC","q":"\#(quantity)","p":"\#(price)","P":"0","C":"\#(original)","x":"\#(execution)","#
    + #""X":"\#(status)","r":"NONE","i":\#(venue),"l":"\#(last)","z":"\#(filled)","L":"\#(price)","n":"0.01","#
    + #""N":"BNB","#
    + #""T":1700000000800,"t":99,"w":true,"m":false,"Z":"0"\#(more)}}"#
}
