import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import BinanceConnector

/// Conditional orders of Binance futures, from waiting to their end.
struct PerpetualAlgoTests {
  private func stop(_ command: inout pb_in_command) {
    limitBuy(&command)
    command.price = pb_dec()
    command.side = Side.sell.rawValue
    command.type = OrderType.stopMarket.rawValue
    command.stop = decimal("99.5")
  }

  private func event(_ status: String, actual: String = "", filled: String = "0") -> String {
    #"{"e":"ALGO_UPDATE","T":1700000001000,"E":1700000001001,"o":{"caid":"s","aid":900,"at":"CONDITIONAL","#
      + #""o":"STOP_MARKET","s":"BTCUSDT","S":"SELL","ps":"BOTH","f":"GTC","q":"2","X":"\#(status)","ai":"\#(actual)","#
      + #""ap":"0","aq":"\#(filled)","tp":"99.5","p":"0","R":true,"cp":false,"rm":"Reduce Only reject"}}"#
  }

  @Test func oneOrderFromWaitingToFilled() throws {
    let harness = try tradingConnector(BinancePerpetual.self)
    let stream = harness.openPrivateStream()
    let command = harness.trade(.place, client: "s", stop)
    harness.reply(harness.requests[0].id, algoReply("900", "s"))
    #expect(harness.orders.map(\.state) == [.untriggered] && harness.refusal(command) == nil)
    #expect(harness.orderFacts[0].fields.stop.value == Decimal64("99.5") && harness.orderFacts[0].fields.order == 41)
    harness.forget()
    for frame in [event("NEW"), event("TRIGGERING"), event("TRIGGERED", actual: "5001")] { harness.frame(stream,
      frame) }
    #expect(harness.orders.map(\.state) == [.untriggered, .untriggered, .open])
    #expect(harness.orders.map(\.venue) == ["900", "900", "5001"] && harness.orderFacts[2].reason.isEmpty)
    harness.forget()
    harness.frame(stream, update("5001", "own-id", status: "FILLED", execution: "TRADE", filled: "2", last: "2"))
    #expect(harness.orders.map(\.client) == ["s"] && harness.orders.map(\.state) == [.filled])
    #expect(harness.fills.map(\.client) == ["s"] && harness.fills.map(\.venue) == ["5001"])
  }

  @Test func everyEndOfAWaitingOrder() throws {
    let cases: [(String, String, OrderState, String)] = [
      ("CANCELED", "0", .cancelled, ""), ("REJECTED", "0", .rejected, "Reduce Only reject"),
      ("EXPIRED", "0", .expired, "Reduce Only reject"), ("FINISHED", "2", .filled, ""), ("FINISHED", "0", .cancelled,
      ""),
    ]
    for (status, filled, state, reason) in cases {
      let harness = try tradingConnector(BinancePerpetual.self)
      let stream = harness.openPrivateStream()
      #expect(harness.frame(stream, event(status, filled: filled)) == .ok)
      #expect(harness.orders.map(\.state) == [state] && harness.orderFacts[0].reason == reason)
    }
  }

  @Test func anOrderThatIsNotKnownIsLookedForInBothPlaces() throws {
    let harness = try tradingConnector(BinancePerpetual.self)
    harness.forget()
    let missing = #"{"code":-2013,"msg":"Order does not exist."}"#
    let query = harness.trade(.order, client: "s")
    #expect(harness.requests[0].line == "GET /fapi/v1/order")
    harness.reply(harness.requests[0].id, status: 400, missing)
    #expect(harness.requests[1].line == "GET /fapi/v1/algoOrder" && harness.requests[1].own == ["clientAlgoId=s"])
    harness.reply(harness.requests[1].id, algoReply("900", "s", status: "TRIGGERED", actual: "5001"))
    #expect(harness.requests[2].own == ["symbol=BTCUSDT", "orderId=5001"])
    harness.reply(harness.requests[2].id, orderReply("5001", "other", status: "FILLED", filled: "2"))
    #expect(harness.orders.map(\.client) == ["s"] && harness.orders.map(\.state) == [.filled])
    #expect(harness.refusal(query) == nil)

    harness.forget()
    let cancel = harness.trade(.cancel, client: "t")
    harness.reply(harness.requests[0].id, status: 400, #"{"code":-2011,"msg":"Unknown order sent."}"#)
    #expect(harness.requests[1].line == "DELETE /fapi/v1/algoOrder")
    harness.reply(harness.requests[1].id, #"{"algoId":901,"clientAlgoId":"t","code":"200","msg":"success"}"#)
    #expect(harness.refusal(cancel) == nil)

    let nowhere = harness.trade(.cancel, client: "u")
    harness.reply(harness.requests[2].id, status: 400, #"{"code":-2011,"msg":"Unknown order sent."}"#)
    harness.reply(harness.requests[3].id, status: 400, #"{"code":-2011,"msg":"Unknown order sent."}"#)
    #expect(harness.refusal(nowhere) == .unknownOrder)
  }

  @Test func waitingOrdersAreNotChanged() throws {
    let harness = try tradingConnector(BinancePerpetual.self)
    harness.forget()
    harness.trade(.place, client: "s", stop)
    harness.reply(harness.requests[0].id, algoReply("900", "s"))
    #expect(harness.refusal(harness.trade(.amend, client: "s") { $0.price = decimal("1") }) == .unsupported)
    let refused = harness.trade(.place, client: "t", stop)
    harness.reply(harness.requests[1].id, status: 400, #"{"code":-2021,"msg":"Order would immediately trigger."}"#)
    #expect(harness.refusal(refused) == .invalidOrder && harness.orders.last?.state == .rejected)
  }
}

/// An ORDER_TRADE_UPDATE of account 7 about BTCUSDT.
func update(
  _ venue: String, _ client: String, status: String, execution: String, side: String = "BUY", filled: String = "0",
  last: String = "0", more: String = ""
) -> String {
  #"{"e":"ORDER_TRADE_UPDATE","E":1700000000900,"T":1700000000800,"o":{"s":"BTCUSDT","c":"\#(client)","S":"\#(side)","#
    + #""o":"LIMIT","f":"GTC","q":"2","p":"100.5","ap":"100.4","sp":"0","x":"\#(execution)","X":"\#(status)","#
    + #""i":\#(venue),"#
    + #""l":"\#(last)","z":"\#(filled)","L":"100.4","N":"USDT","n":"0.02","T":1700000000800,"t":77,"m":true,"R":false,"#
    + #""ps":"BOTH","rp":"1.5"\#(more)}}"#
}
