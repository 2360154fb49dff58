import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import BitrueConnector

@Suite struct OrderTests {
  private func traded() throws -> ConnectorHarness {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.forget()
    return harness
  }

  private func order(
    _ type: OrderType = .limit, price: Int64? = 50_000, flags: OrderFlags = [], force: TimeInForce = .goodTilCancelled
  ) -> (inout pb_in_command) -> Void {
    { command in
      (command.account, command.instrument, command.order) = (7, 1, 5)
      (command.side, command.type, command.flags) = (Side.buy.rawValue, type.rawValue, flags.rawValue)
      command.quantity = pb_dec(Decimal64(mantissa: 12, exponent: -3))
      command.price = pb_dec(price.map { Decimal64($0) })
      command.time_in_force = force.rawValue
    }
  }

  @Test func anOrderIsAFormSignedAtItsEnd() throws {
    let harness = try traded()
    let command = harness.command(.place, client: "a1", order())
    let request = try #require(harness.requests.last)
    #expect(request.method == .post && request.url == "https://openapi.bitrue.com/api/v1/order")
    let form = "symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=0.012&price=50000&newClientOrderId=a1&timestamp=<time_ms>"
    #expect(request.body.hasPrefix(form + "&signature=<"), "\(request.body)")
    #expect(request.headers.contains("X-MBX-APIKEY: <field(api_key)>"))
    harness.reply(
      request.id,
      #"{"symbol":"BTCUSDT","orderId":307650651173648896,"clientOrderId":"a1","transactTime":1507725176595}"#)
    let placed = try #require(harness.all(PB_EV_ORDER, pb_order.self).first)
    #expect(placed.record.text(placed.fields.venue_order) == "307650651173648896")
    #expect(harness.refusal(command) == nil)
  }

  @Test func whatTheExchangeDoesNotHaveIsRefusedHere() throws {
    let harness = try traded()
    for refused in [
      order(flags: .postOnly), order(force: .immediateOrCancel), order(force: .fillOrKill),
      order(.stopMarket, price: nil),
    ] {
      #expect(harness.refusal(harness.command(.place, client: "a1", refused)) == .unsupported)
    }
    #expect(harness.requests.isEmpty)
    harness.command(.place, client: "a1", order(.market, price: nil))
    let body = try #require(harness.requests.last).body
    #expect(body.hasPrefix("symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.012&newClientOrderId=a1&"))
  }

  @Test(arguments: [("4001", "&orderId=4001&"), ("", "&origClientOrderId=a1&")])
  func anOrderIsNamedByEitherId(_ venue: String, _ part: String) throws {
    let harness = try traded()
    harness.command(.cancel, client: "a1", venue: venue) { ($0.account, $0.instrument, $0.order) = (7, 1, 5) }
    let request = try #require(harness.requests.last)
    #expect(request.method == .delete && request.url.contains("?symbol=BTCUSDT" + part), "\(request.url)")
  }

  @Test(arguments: [
    (-2011, "Unknown order sent.", Failure.unknownOrder), (-1121, "Invalid symbol.", .unknownInstrument),
    (-1022, "Signature for this request is not valid.", .authentication),
    (-2010, "Account has insufficient balance for requested action.", .funds),
    (-1003, "Too many requests.", .rateLimit),
  ])
  func codesAndWordsHaveTheirFailure(_ code: Int, _ words: String, _ failure: Failure) throws {
    let harness = try traded()
    let command = harness.command(.place, client: "a1", order())
    let request = try #require(harness.requests.last)
    harness.reply(request.id, status: 400, #"{"code":\#(code),"msg":"\#(words)"}"#)
    #expect(harness.refusal(command) == failure)
  }

  @Test func executionsHaveTheNumberOfTheStream() throws {
    let harness = try traded()
    harness.command(.fills) { ($0.account, $0.instrument) = (7, 1) }
    let request = try #require(harness.requests.last)
    #expect(request.url.contains("/api/v2/myTrades?"))
    harness.reply(
      request.id,
      #"[{"symbol":"BTCUSDT","id":20725156,"tradeId":901,"orderId":2880918576,"origClientOrderId":null,"#
        + #""price":"0.9996000000000000","qty":"100.0000000000000000","commission":null,"commissionAssert":null,"#
        + #""time":1635558511000,"isBuyer":false,"isMaker":false,"isBestMatch":true}]"#)
    let fill = try #require(harness.all(PB_EV_FILL, pb_fill.self).first)
    #expect(fill.record.text(fill.fields.trade) == "901" && fill.fields.side == Side.sell.rawValue)
    #expect(fill.fields.fee.value == nil)
  }
}
