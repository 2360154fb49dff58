import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import NDAXConnector

@Suite struct OrderTests {
  private func place(
    _ harness: ConnectorHarness, client: String = "16407", _ change: (inout pb_in_command) -> Void = { _ in }
  ) -> pb_id {
    harness.command(.place, client: client) {
      $0.account = 7
      $0.instrument = 1
      $0.order = 5
      $0.side = Side.sell.rawValue
      $0.type = OrderType.limit.rawValue
      $0.quantity = pb_dec(Decimal64(mantissa: 12, exponent: -3))
      $0.price = pb_dec(Decimal64(mantissa: 300_005, exponent: -1))
      change(&$0)
    }
  }

  @Test func anOrderIsWrittenInNumbers() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.forget()
    let command = place(harness)
    let request = try #require(harness.requests.last)
    #expect(request.url == "https://api.ndax.io:8443/AP/SendOrder" && request.permission == "send")
    #expect(
      request.body == #"{"AccountId":<field(account_id)>,"InstrumentId":1,"ClientOrderId":16407,"Side":1,"#
        + #""OrderType":2,"TimeInForce":1,"Quantity":0.012,"LimitPrice":30000.5,"omsId":1}"#)
    harness.reply(request.id, #"{"status":"Accepted","errormsg":"","OrderId":6500}"#)
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).first)
    #expect(order.fields.state == OrderState.open.rawValue && order.record.text(order.fields.venue_order) == "6500")
    #expect(harness.refusal(command) == nil)
  }

  @Test(arguments: [
    (OrderType.stopMarket, #""OrderType":3,"TimeInForce":1,"Quantity":0.012,"StopPrice":29000,"#),
    (.stopLimit, #""OrderType":4,"TimeInForce":1,"Quantity":0.012,"LimitPrice":30000.5,"StopPrice":29000,"#),
  ])
  func aStopOrderNamesItsPrice(_ type: OrderType, _ part: String) throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.forget()
    _ = place(harness) {
      ($0.type, $0.stop) = (type.rawValue, pb_dec(Decimal64(29_000)))
      if !type.hasLimit { $0.price = pb_dec() }
    }
    let request = try #require(harness.requests.last)
    #expect(request.permission == "send" && request.body.contains(part))
    harness.reply(request.id, #"{"status":"Accepted","errormsg":"","OrderId":6500}"#)
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).first)
    #expect(order.fields.state == OrderState.untriggered.rawValue && order.fields.type == type.rawValue)
  }

  /// It would not come back as it was: the exchange keeps a number.
  @Test(arguments: ["pb-1", "0123", "", "1234567890123456789", "1e5"])
  func aClientOrderIDIsANumber(client: String) throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.forget()
    #expect(harness.refusal(place(harness, client: client)) == .invalidOrder && harness.requests.isEmpty)
  }

  @Test(arguments: [
    (#"{"status":"Rejected","errormsg":"Not_Enough_Funds","errorcode":101}"#, Failure.funds),
    (#"{"status":"Rejected","errormsg":"Invalid_ClientOrderId","errorcode":101}"#, .invalidOrder),
    (#"{"status":"Rejected","errormsg":"Not_Enough_Funds"}"#, .funds),
    (#"{"result":false,"errormsg":"Not Authorized","errorcode":20,"detail":null}"#, .authentication),
  ])
  func aRefusalIsKnownByItsWords(body: String, failure: Failure) throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    let command = place(harness)
    harness.reply(try #require(harness.requests.last).id, body)
    #expect(harness.refusal(command) == failure)
    #expect(harness.all(PB_EV_ORDER, pb_order.self).map(\.fields.state) == [OrderState.rejected.rawValue])
  }

  @Test(arguments: [
    (200, #"{"result":false,"errormsg":"Server Error","errorcode":102,"detail":null}"#), (502, "<html>"), (200, "{"),
    (200, #"{"status":"Accepted","errormsg":""}"#), (200, #"{"result":false,"errormsg":"?","errorcode":999}"#),
  ])
  func whatProvesNothingLeavesTheOrderInDoubt(_ status: Int, _ body: String) throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    let command = place(harness)
    harness.reply(try #require(harness.requests.last).id, status: status, body)
    #expect(harness.replies(command).map(\.outcome) == [.unknown])
    #expect(harness.all(PB_EV_ORDER, pb_order.self).isEmpty)
  }

  /// The call is accepted first; the refusal comes as an event that names the client's id alone.
  @Test func anOrderMayBeRefusedBehindItsCall() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    _ = place(harness)
    harness.forget()
    let refused = #"{"OMSId":1,"ClientOrderId":16407,"Status":"Rejected","RejectReason":"No More Market"}"#
    harness.frame(stream, event("NewOrderRejectEvent", refused))
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).first)
    #expect(order.fields.state == OrderState.rejected.rawValue && order.fields.instrument == 1)
    #expect(order.record.text(order.fields.client_order) == "16407")
    #expect(order.record.text(order.fields.reason) == "No More Market")
  }

  /// Without an id the procedure gives the last order, whichever that is.
  @Test func anOrderIsAskedForByItsIDAndElseFoundInTheHistory() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.forget()
    harness.command(.order, client: "16407") { ($0.account, $0.instrument) = (7, 1) }
    let request = try #require(harness.requests.last)
    #expect(request.url.contains("/AP/GetOrdersHistory?") && request.url.contains("ClientOrderId=16407"))
    harness.reply(
      request.id,
      #"[{"OrderId":1,"ClientOrderId":5,"Instrument":1,"OrderState":"Canceled","Side":"Buy"},"#
        + #"{"OrderId":2,"ClientOrderId":16407,"Instrument":1,"OrderState":"FullyExecuted","Side":"Buy"}]"#)
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).first)
    #expect(order.record.text(order.fields.venue_order) == "2")
    harness.forget()
    let command = harness.command(.order, client: "16407", venue: "2") { ($0.account, $0.instrument) = (7, 1) }
    let status = try #require(harness.requests.last)
    #expect(status.url.contains("/AP/GetOrderStatus?") && status.url.contains("OrderId=2"))
    let body = #"{"OrderId":2,"ClientOrderId":16407,"Instrument":1,"OrderState":"Canceled","Side":"Buy","#
      + #""CancelReason":"","ChangeReason":"SystemCanceled_NoMoreMarket"}"#
    harness.reply(status.id, body)
    let found = try #require(harness.all(PB_EV_ORDER, pb_order.self).first)
    #expect(found.fields.state == OrderState.cancelled.rawValue && harness.replies(command).map(\.outcome) == [.done])
    #expect(found.record.text(found.fields.reason) == "SystemCanceled_NoMoreMarket")
  }

  /// No more is asked for than is wanted, and the next page begins behind what came.
  @Test func historiesAreReadByIndex() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.forget()
    let command = harness.command(.fills) {
      ($0.account, $0.instrument, $0.limit, $0.since_ns) = (7, 1, 3, 1_699_996_400_500_000_000)
    }
    func fill(_ id: Int) -> String {
      #"{"TradeId":\#(id),"OrderId":1,"InstrumentId":1,"Side":"Buy","Quantity":1,"Price":1,"#
        + #""TradeTimeMS":1699996\#(id == 8 ? "300" : "500")000}"#
    }
    let first = try #require(harness.requests.last)
    #expect(first.url.contains("StartTimeStamp=1699996400") && first.url.hasSuffix("&omsId=1"))
    #expect(first.url.contains("Depth=3") && !first.url.contains("StartIndex"))
    // One of the page is older than what was asked for: nothing newer follows.
    harness.reply(first.id, "[\(fill(10)),\(fill(9)),\(fill(8))]")
    #expect(harness.all(PB_EV_FILL, pb_fill.self).count == 2 && harness.replies(command).map(\.outcome) == [.done])
    #expect(harness.requests.count == 1)
  }
}
