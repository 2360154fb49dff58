import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import NDAXConnector

@Suite struct AccountTests {
  private func fill(_ fields: String) throws -> (fields: pb_fill, asset: String) {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.frame(
      stream,
      event(
        "OrderTradeEvent",
        #"{"TradeId":71,"OrderId":11,"ClientOrderId":0,"InstrumentId":1,"Side":"Sell","Quantity":0.3,"Price":100.5,"#
          + fields + "}"))
    let found = try #require(harness.all(PB_EV_FILL, pb_fill.self).first)
    #expect(found.record.text(found.fields.trade) == "71" && found.record.text(found.fields.venue_order) == "11")
    #expect(found.record.text(found.fields.client_order).isEmpty, "0 is no id")
    return (found.fields, found.record.text(found.fields.fee_asset))
  }

  @Test func theLoginIsSignedInsideTheText() throws {
    let harness = try ready(trading: true)
    harness.account(7)
    #expect(harness.opens.last?.account == 0 && harness.opens.last?.url == "wss://api.ndax.io/WSGateway")
    harness.opened(try #require(harness.opens.last).stream)
    let login = try #require(harness.requests.last)
    #expect(login.permission == "login" && login.account == 7)
    #expect(login.body.hasPrefix(#"{"m":0,"i":\#(login.id),"n":"AuthenticateUser","o":"{\"Nonce\":\""#))
    // The nonce is kept, then signed with user id and key behind it.
    let (kept, load) = (login.body.firstRange(of: "store"), login.body.firstRange(of: "load"))
    #expect(try #require(kept).lowerBound < (try #require(load)).lowerBound)
    #expect(login.body.contains("hmac_sha256"))
  }

  @Test(arguments: [
    #"{"Authenticated":false,"errormsg":"Invalid signature"}"#,
    #"{"Authenticated":true,"Requires2FA":true,"AuthType":"Google"}"#,
    #"{"result":false,"errormsg":"Not Authorized","errorcode":20}"#,
  ])
  func aRefusedLoginGivesTheStreamUp(payload: String) throws {
    let harness = try ready(trading: true)
    harness.account(7)
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    harness.frame(stream, frame(1, try call(harness, "AuthenticateUser"), "AuthenticateUser", payload))
    #expect(harness.states.last?.state == .down && harness.closes == [stream])
    #expect(!harness.requests.contains { $0.body.contains("SubscribeAccountEvents") })
  }

  /// `Quantity` is what remains of the order.
  @Test func anOrderCountsByItsOriginalQuantity() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.forget()
    harness.frame(
      stream,
      event(
        "OrderStateEvent",
        #"{"Side":"Buy","OrderId":11,"Price":100.5,"Quantity":0.6,"Instrument":1,"OrderType":"Limit","#
          + #""ClientOrderId":16407,"OrderState":"Working","ReceiveTime":1764288000350,"#
          + #""LastUpdatedTime":1764288000500,"OrigQuantity":1.0,"QuantityExecuted":0.4,"AvgPrice":100.5,"#
          + #""ChangeReason":"Trade","RejectReason":"","CancelReason":""}"#))
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).first)
    #expect(order.fields.state == OrderState.partial.rawValue)
    #expect(order.fields.quantity.value == .one && order.fields.filled.value == Decimal64(mantissa: 4, exponent: -1))
    #expect(order.fields.venue_ns == 1_764_288_000_500_000_000)
    #expect(order.record.text(order.fields.client_order) == "16407" && order.record.text(order.fields.reason).isEmpty)
  }

  @Test func aFeeIsInTheProductThatItsIdNames() throws {
    let sold = try fill(#""Fee":17.2,"FeeProductId":6,"TradeTimeMS":1764288000750,"TradeTime":638000000000000000"#)
    #expect(sold.asset == "CAD" && sold.fields.fee.value == Decimal64(mantissa: 172, exponent: -1))
    #expect(sold.fields.venue_ns == 1_764_288_000_750_000_000)
    let unknown = try fill(#""Fee":17.2,"FeeProductId":99"#)
    #expect(unknown.asset.isEmpty && unknown.fields.fee.value == nil, "a fee of nothing is none")
    let free = try fill(#""Fee":0.0,"FeeProductId":0"#)
    #expect(free.asset == "CAD" && free.fields.fee.value == .zero)
  }

  /// The exchange has no list of rates; it says what an order would cost.
  @Test func ratesAreThoseOfAnOrder() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.forget()
    let command = harness.command(.fees) { ($0.account, $0.instrument) = (7, 1) }
    for (role, sum) in [("Maker", "1500.0"), ("Taker", "2000.0")] {
      let request = try #require(harness.requests.last)
      #expect(request.permission == "order_fee" && request.url.contains("&InstrumentId=1&Side=1&OrderType=2&"))
      #expect(request.url.contains("&Quantity=1&Price=1000000&MakerTaker=\(role)"))
      harness.reply(request.id, "{\"OrderFee\":\(sum),\"ProductId\":6}")
    }
    let fees = try #require(harness.all(PB_EV_FEES, pb_fees.self).first).fields
    #expect(fees.instrument == 1 && fees.maker.value == Decimal64(mantissa: 15, exponent: -4))
    #expect(fees.taker.value == Decimal64(mantissa: 2, exponent: -3) && harness.refusal(command) == nil)
    // Of a fee in another product nothing is known of the rate.
    let odd = harness.command(.fees) { ($0.account, $0.instrument) = (7, 1) }
    harness.reply(try #require(harness.requests.last).id, #"{"OrderFee":0.001,"ProductId":1}"#)
    #expect(harness.replies(odd).map(\.outcome) == [.unknown])
  }

  /// 100 nanoseconds each since the year 1; nothing traps, whatever the number.
  @Test(arguments: [
    ("635978008210426109", 1_462_204_021_042_610_900), ("0", 0), ("1", 0), ("9223372036854775807", 0),
    ("-9223372036854775807", 0),
  ] as [(String, Int64)])
  func ticksAreTimes(ticks: String, time: Int64) throws {
    #expect(try fill("\"TradeTime\":\(ticks)").fields.venue_ns == time)
  }

  @Test func whatIsHeldIsNotFree() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.frame(
      stream, event("AccountPositionEvent", #"{"ProductSymbol":"BTC","ProductId":1,"Amount":10499.1,"Hold":2.1}"#))
    let balance = try #require(harness.all(PB_EV_BALANCE, pb_balance.self).first).fields
    #expect(balance.total.value == Decimal64(mantissa: 104_991, exponent: -1))
    #expect(balance.available.value == Decimal64(10_497))
  }

  @Test func aReportThatCannotBeReadStartsTheStreamAnew() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    #expect(harness.frame(stream, event("OrderStateEvent", #"{"OrderId":1"#)) == .parse)
    #expect(harness.closes == [stream] && harness.states.last?.state == .down)
    #expect(try { try harness.frame(trading(ready(trading: true)), event("SomethingNew", "{}")) }() != .parse)
  }
}
