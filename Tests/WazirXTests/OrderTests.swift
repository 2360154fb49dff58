import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import WazirXConnector

@Suite struct OrderTests {
  private func order(_ status: String, _ more: String = "") -> String {
    #"{"id":28,"clientOrderId":"a1","symbol":"btcinr","price":"50000","origQty":"0.012","executedQty":"0.0","#
      + #""status":"\#(status)","type":"limit","side":"buy","createdTime":1641463132000,"#
      + #""updatedTime":1641463132000\#(more)}"#
  }

  @Test func anOrderIsWrittenAndSignedAsItIsSent() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    let command = harness.placeLimit(client: "a1") { _ in }
    let request = try #require(harness.requests.last)
    #expect(request.url == "https://api.wazirx.com/sapi/v1/order" && request.permission == "place")
    let plain =
      "symbol=btcinr&side=buy&type=limit&quantity=0.012&price=50000&clientOrderId=a1&recvWindow=10000&timestamp="
    #expect(request.body.hasPrefix(plain) && request.body.contains("&signature="), "\(request.body)")
    #expect(request.headers.contains { $0.hasPrefix("X-API-KEY: ") })
    harness.reply(request.id, order("wait"))
    #expect(harness.replies(command).map(\.outcome) == [.done])
  }

  /// `idle` waits for a price; an order of that kind that waits as others do has been triggered.
  @Test(arguments: [
    ("idle", "0.0", OrderState.untriggered), ("wait", "0.0", .open), ("wait", "0.004", .partial),
    ("done", "0.012", .filled), ("cancel", "0.0", .cancelled),
  ])
  func statesOfStops(status: String, filled: String, state: OrderState) throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.command(.order, client: "a1", venue: "28") { ($0.account, $0.instrument) = (7, 1) }
    harness.reply(
      try #require(harness.requests.last).id,
      #"{"id":28,"clientOrderId":"a1","symbol":"btcinr","price":"50000","stopPrice":"49000","origQty":"0.012","#
        + #""executedQty":"\#(filled)","status":"\#(status)","type":"stop_limit","side":"buy","#
        + #""createdTime":1641463132000,"updatedTime":1641463132000}"#)
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).first)
    #expect(order.fields.state == state.rawValue)
  }

  /// `V` is what was ordered and `q` what remains; the average may be written with an exponent.
  @Test func anUpdateCountsByWhatRemains() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.frame(
      stream,
      #"{"data":{"E":1764288000400,"O":1764288000250,"S":"bid","V":"1","X":"wait","i":244272509,"m":true,"o":"buy","#
        + #""p":"2500000","q":"0.6","s":"btcinr","v":"2.5E+6"},"stream":"orderUpdate"}"#)
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).first).fields
    #expect(order.state == OrderState.partial.rawValue && order.filled.value == Decimal64(mantissa: 4, exponent: -1))
    #expect(order.average.value == Decimal64(2_500_000) && order.side == Side.buy.rawValue)
  }

  @Test(arguments: [("buy", true, true), ("buy", false, false), ("sell", true, false), ("sell", false, true)])
  func aTradeSaysWhoRested(side: String, buyerRested: Bool, isMaker: Bool) throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.frame(
      stream,
      #"{"data":{"E":1764288000350,"S":"\#(side)","U":"inr","a":1,"b":2,"f":"0.0004","m":\#(buyerRested),"#
        + #""o":244272509,"p":"2500000","q":"0.4","s":"btcinr","t":7519502,"w":"1000000.0"},"stream":"ownTrade"}"#)
    let fill = try #require(harness.all(PB_EV_FILL, pb_fill.self).first)
    #expect(fill.record.text(fill.fields.venue_order) == "244272509")
    #expect(fill.record.text(fill.fields.fee_asset) == "INR")
    #expect(fill.fields.liquidity == UInt32(isMaker ? PB_LIQUIDITY_MAKER : PB_LIQUIDITY_TAKER))
  }

  @Test func anExpiredTokenIsAskedForAnew() throws {
    let harness = try ready(trading: true)
    let stream = try asked(harness)
    let frame = try #require(harness.requests.last { $0.permission == "subscribe" })
    let streams = #"["outboundAccountPosition","orderUpdate","ownTrade"]"#
    #expect(frame.body.hasPrefix(#"{"event":"subscribe","streams":\#(streams),"#))
    harness.frame(stream, #"{"event":"error","code":2112,"message":"Auth key has expired"}"#)
    #expect(harness.states.last?.state == .down && harness.closes == [stream])
  }

  @Test(arguments: [
    (2004, Failure.unknownOrder), (2002, .funds), (2136, .rateLimit), (2098, .clock), (2005, .authentication),
    (2031, .invalidOrder), (-1121, .unknownInstrument),
  ])
  func refusalsAreTyped(code: Int, failure: Failure) throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    let command = harness.command(.cancel, venue: "28") { ($0.account, $0.instrument) = (7, 1) }
    let request = try #require(harness.requests.last)
    #expect(request.body.hasPrefix("symbol=btcinr&orderId=28&recvWindow="))
    harness.reply(request.id, status: 400, #"{"code":\#(code),"message":"No."}"#)
    #expect(harness.refusal(command) == failure)
  }

  @Test(arguments: [(502, "<html>"), (200, "{"), (400, #"{"code":31337,"message":"?"}"#)])
  func whatProvesNothingIsUnknown(status: Int, body: String) throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    let command = harness.placeLimit(client: "a1") { _ in }
    harness.reply(try #require(harness.requests.last).id, status: status, body)
    let outcome = harness.replies(command).map(\.outcome)
    #expect(outcome == (status == 400 ? [.refused] : [.unknown]), "\(outcome)")
  }

  @Test func marketOrdersAreRefusedHere() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    let before = harness.requests.count
    let command = harness.placeLimit(client: "a1") { ($0.type, $0.price) = (OrderType.market.rawValue, pb_dec()) }
    #expect(harness.refusal(command) == .unsupported && harness.requests.count == before)
  }
}
