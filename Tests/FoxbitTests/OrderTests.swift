import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import FoxbitConnector

@Suite struct OrderTests {
  private func place(
    _ harness: ConnectorHarness, _ type: OrderType = .limit, client: String = "451637946501",
    flags: OrderFlags = []
  ) -> pb_id {
    harness.command(.place, client: client) {
      ($0.account, $0.instrument, $0.side, $0.type) = (7, 1, Side.buy.rawValue, type.rawValue)
      $0.flags = flags.rawValue
      $0.quantity = pb_dec(Decimal64(mantissa: 42, exponent: -2))
      if type == .limit { $0.price = pb_dec(Decimal64(250_000)) }
    }
  }

  @Test func theLoginSignsTheTimeAndTheWord() throws {
    let harness = try ready(trading: true)
    harness.account(7)
    #expect(harness.opens.last?.url == "wss://api.foxbit.com.br/ws/v3/private")
    harness.opened(try #require(harness.opens.last).stream)
    let login = try #require(harness.requests.last)
    #expect(login.permission == "authenticate" && login.body.contains("hmac_sha256") && login.body.contains("login"))
  }

  @Test(arguments: [
    #"{"type":"message","event":"error","params":{"api_key":"k"},"data":{"message":"Invalid signature"}}"#,
    #"{"type":"login","event":"success","params":{},"data":{"authenticated":false}}"#,
  ])
  func aRefusedLoginGivesTheStreamUp(answer: String) throws {
    let harness = try ready(trading: true)
    harness.account(7)
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    harness.frame(stream, answer)
    #expect(harness.states.last?.state == .down && harness.closes == [stream])
    #expect(!harness.requests.contains { $0.body.contains("accounts") })
  }

  @Test func eventsOfTheAccountAreRead() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.forget()
    harness.frame(
      stream,
      event(
        "ORDER",
        #"{"id":123456,"client_order_id":654321,"market_symbol":"btcbrl","side":"BUY","quantity":"0.005","#
          + #""quantity_executed":"0.0025","price":"20000.00","avg_price":"19999.99","state":"ACTIVE","#
          + #""cancellation_reason":null,"ts":1717788720000}"#))
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).first)
    #expect(order.fields.state == OrderState.partial.rawValue)
    #expect(order.record.text(order.fields.client_order) == "654321")
    harness.frame(
      stream,
      event(
        "TRADE",
        #"{"id":9,"order":{"id":123456,"client_order_id":"654321","market_symbol":"btcbrl","side":"BUY"},"#
          + #""price":"20000.00","quantity":"0.0025","fee":"0.0001","fee_currency_symbol":"btc","role":"MAKER","#
          + #""ts":1717788720000}"#))
    let fill = try #require(harness.all(PB_EV_FILL, pb_fill.self).first)
    #expect(fill.record.text(fill.fields.trade) == "9" && fill.record.text(fill.fields.venue_order) == "123456")
    #expect(fill.record.text(fill.fields.fee_asset) == "BTC" && fill.fields.liquidity == UInt32(PB_LIQUIDITY_MAKER))
    harness.frame(
      stream, event("BALANCE", #"{"currency_symbol":"btc","available":"12.3","hold":"0.7","ts":1717788720000}"#))
    let balance = try #require(harness.all(PB_EV_BALANCE, pb_balance.self).first)
    #expect(balance.fields.total.value == Decimal64(13) && balance.record.text(balance.fields.asset) == "BTC")
    #expect(harness.frame(stream, event("ORDER", #"{"id":"#)) == .parse && harness.closes == [stream])
  }

  @Test func aCancelledOrderSaysWhy() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.forget()
    harness.frame(
      stream,
      event(
        "ORDER",
        #"{"id":1,"client_order_id":"2","market_symbol":"btcbrl","side":"BUY","quantity":"1","quantity_executed":"0","#
          + #""price":"1","state":"CANCELED","cancellation_reason":202,"ts":1717788720000}"#))
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).first)
    #expect(order.fields.state == OrderState.cancelled.rawValue)
    #expect(order.record.text(order.fields.reason).contains("post-only"))
  }

  @Test func anOrderIsWrittenAsDocumented() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    let command = place(harness, flags: .postOnly)
    let request = try #require(harness.requests.last)
    #expect(request.url == "https://api.foxbit.com.br/rest/v3/orders" && request.permission == "place")
    #expect(
      request.body == #"{"market_symbol":"btcbrl","client_order_id":"451637946501","side":"BUY","type":"LIMIT","#
        + #""quantity":"0.42","price":"250000","post_only":true}"#)
    #expect(request.headers.contains { $0.hasPrefix("X-FB-ACCESS-SIGNATURE: ") && $0.contains("POST/rest/v3/orders{") })
    harness.reply(request.id, #"{"id":1234567890,"sn":"OKMAKSDHRVVREK","client_order_id":"451637946501"}"#)
    #expect(harness.replies(command).map(\.outcome) == [.done])
  }

  @Test func onlyAnotherTimeInForceIsSaid() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    for (force, word) in [(TimeInForce.goodTilCancelled, ""), (.immediateOrCancel, #","time_in_force":"IOC""#)] {
      harness.command(.place, client: "7") {
        ($0.account, $0.instrument, $0.side, $0.type) = (7, 1, Side.sell.rawValue, OrderType.limit.rawValue)
        $0.time_in_force = force.rawValue
        ($0.quantity, $0.price) = (pb_dec(Decimal64.one), pb_dec(Decimal64(5)))
      }
      #expect(try #require(harness.requests.last).body.hasSuffix(#""price":"5"\#(word)}"#))
    }
  }

  /// A lost answer, one that cannot be read, and a fault inside of the exchange prove nothing.
  @Test(arguments: [(500, #"{"error":{"message":"Internal server error.","code":500,"details":[]}}"#), (200, "{")])
  func whatProvesNothingIsUnknown(status: Int, body: String) throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    let command = place(harness)
    harness.reply(try #require(harness.requests.last).id, status: status, body)
    #expect(harness.replies(command).map(\.outcome) == [.unknown])
  }

  @Test(arguments: [
    (400, 4002, Failure.funds), (400, 5005, .invalidOrder), (429, 429, .rateLimit), (401, 2002, .authentication),
    (400, 4014, .clock), (404, 4004, .unknownInstrument), (503, 5003, .maintenance),
  ])
  func refusalsAreTyped(status: Int, code: Int, failure: Failure) throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    let command = place(harness)
    harness.reply(
      try #require(harness.requests.last).id, status: status,
      #"{"error":{"message":"No.","code":\#(code),"details":["No."]}}"#)
    #expect(harness.refusal(command) == failure)
  }

  @Test(arguments: [
    ("", "77", #"{"type":"CLIENT_ORDER_ID","client_order_id":"77"}"#), ("5", "77", #"{"type":"ID","id":5}"#),
  ])
  func anOrderIsCancelledByTheIdThatIsKnown(venue: String, client: String, body: String) throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    let command = harness.command(.cancel, client: client, venue: venue) { ($0.account, $0.instrument) = (7, 1) }
    let request = try #require(harness.requests.last)
    #expect(request.body == body && request.permission == "cancel")
    harness.reply(
      request.id, status: 404, #"{"error":{"message":"Resource not found.","code":404,"details":["x"]}}"#)
    #expect(harness.refusal(command) == .unknownOrder)
  }

  /// A colon of a time stands in the URL as it is signed.
  @Test func timesAreSignedAsTheyAreSent() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.command(.fills) { ($0.account, $0.instrument, $0.since_ns) = (7, 1, 1_700_000_000_000_000_000) }
    let request = try #require(harness.requests.last)
    #expect(request.url.contains("start_time=2023-11-14T22:13:20.000Z"), "\(request.url)")
    #expect(request.headers.contains { $0.contains("GET/rest/v3/tradesmarket_symbol=btcbrl") })
  }

  @Test func anIdThatIsNoNumberIsRefusedHere() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    let before = harness.requests.count
    #expect(harness.refusal(place(harness, client: "abc")) == .invalidOrder)
    #expect(harness.requests.count == before)
  }
}
