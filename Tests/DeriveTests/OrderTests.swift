import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import DeriveConnector

@Suite struct OrderTests {
  @discardableResult
  private func place(_ harness: ConnectorHarness, _ change: (inout pb_in_command) -> Void = { _ in }) -> pb_id {
    harness.placeLimit(client: "a1", change)
  }

  private func placed(_ harness: ConnectorHarness, _ more: String = "") -> String {
    #"{"id":"1","result":{"order":{"subaccount_id":37799,"order_id":"f690","instrument_name":"BTC-PERP","#
      + #""direction":"buy","label":"a1","amount":"0.012","average_price":"0","cancel_reason":"","#
      + #""creation_timestamp":1790871618199,"filled_amount":"0","last_update_timestamp":1790871618199,"#
      + #""limit_price":"50000","order_status":"open","order_type":"limit","time_in_force":"gtc","#
      + #""trigger_type":null,"trigger_price":null},"trades":[\#(more)]}}"#
  }

  @Test func anOrderIsWrittenAndSigned() throws {
    let harness = try ready(config: #"{"max_fee":"10"}"#, trading: true)
    _ = try trading(harness)
    harness.forget()
    let command = place(harness)
    let request = try #require(harness.requests.last)
    #expect(request.url == "https://api.derive.xyz/v3/private/order" && request.permission == "place")
    #expect(
      request.body.contains(
        #""instrument_name":"BTC-PERP","direction":"buy","order_type":"limit","amount":"0.012","#
          + #""limit_price":"50000","max_fee":"10","label":"a1","time_in_force":"gtc","signature_expiry_sec":"#))
    #expect(request.body.contains(#""nonce":"<nonce"#) && request.body.contains("sign"))
    #expect(request.headers.contains { $0.hasPrefix("X-DeriveSignature: 0x<") })
    harness.reply(request.id, placed(harness))
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).first)
    #expect(order.record.text(order.fields.venue_order) == "f690" && harness.refusal(command) == nil)
  }

  /// A hundredth of the price, and the fee of an order spread over the smallest order.
  @Test func theFeeIsBoundedByThePrice() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    place(harness)
    #expect(try #require(harness.requests.last).body.contains(#""max_fee":"1000""#))
    place(harness) { $0.price = pb_dec(Decimal64("0.5")) }
    #expect(try #require(harness.requests.last).body.contains(#""max_fee":"500.005""#))
  }

  /// A market order has the worst price that the exchange takes, which is asked for first.
  @Test(arguments: [(Side.buy, "55000.5"), (.sell, "45000.1")])
  func aMarketOrderAsksForItsWorstPrice(_ side: Side, _ worst: String) throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.forget()
    let command = place(harness) {
      $0.type = OrderType.market.rawValue
      $0.price = pb_dec()
      $0.side = side.rawValue
    }
    let question = try #require(harness.requests.last)
    #expect(question.url.hasSuffix("/v3/public/get_ticker") && question.body == #"{"instrument_name":"BTC-PERP"}"#)
    harness.reply(question.id, #"{"result":{"M":"50000","maxp":"55000.5","minp":"45000.1"}}"#)
    let request = try #require(harness.requests.last)
    #expect(request.body.contains(#""order_type":"market""#) && request.body.contains(#""limit_price":"\#(worst)""#))
    #expect(!request.body.contains("time_in_force") && request.command == command)
  }

  @Test(arguments: [
    #"{"error":{"code":-32000,"message":"Rate limit exceeded","data":null}}"#, #"{"result":{}}"#,
    #"{"result":{"maxp":"0","minp":"0"}}"#,
  ])
  func withoutAPriceNothingIsPlaced(_ answer: String) throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.forget()
    let command = place(harness) {
      $0.type = OrderType.market.rawValue
      $0.price = pb_dec()
    }
    harness.reply(try #require(harness.requests.last).id, answer)
    #expect(harness.requests.count == 1)
    #expect(harness.replies(command).map(\.outcome) == [.refused])
  }

  /// An order ends with its signature.
  @Test func anOrderWithADateIsSignedUntilThen() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.forget()
    place(harness) {
      $0.time_in_force = TimeInForce.goodTilDate.rawValue
      $0.expiry_ns = 1_700_003_600_000_000_000
    }
    let request = try #require(harness.requests.last)
    #expect(request.permission == "place_until")
    #expect(request.body.contains(#""time_in_force":"gtc","signature_expiry_sec":1700003600,"#))
    let command = place(harness) {
      $0.time_in_force = TimeInForce.goodTilDate.rawValue
      $0.expiry_ns = 1_700_003_600_500_000_000
    }
    #expect(harness.requests.count == 1 && harness.refusal(command) == .invalidOrder)
  }

  @Test func aStopIsAnOrderWithATrigger() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.forget()
    place(harness) {
      $0.type = OrderType.stopLimit.rawValue
      $0.stop = pb_dec(Decimal64(49_000))
      $0.flags = OrderFlags.reduceOnly.rawValue
    }
    let request = try #require(harness.requests.last)
    #expect(request.permission == "place_stop")
    #expect(
      request.body.contains(
        #""trigger_type":"stoploss","trigger_price_type":"mark","trigger_price":"49000","instrument_name""#))
    #expect(request.body.contains(#""reduce_only":true"#))
  }

  @Test(arguments: [
    (11000, Failure.funds), (11008, .invalidOrder), (12001, .unknownInstrument), (14030, .authentication),
    (-32000, .rateLimit),
  ])
  func codesOfTheExchangeAreRefusals(_ code: Int, _ failure: Failure) throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    let command = place(harness)
    harness.reply(
      try #require(harness.requests.last).id,
      #"{"id":"1","error":{"code":\#(code),"message":"No","data":"because"}}"#)
    #expect(harness.refusal(command) == failure)
    #expect(harness.replies(command).first?.text == "No: because")
  }

  @Test(arguments: [
    (200, #"{"error":{"code":9000,"message":"Order confirmation timeout","data":null}}"#),
    (200, #"{"error":{"code":-32603,"message":"Internal error","data":null}}"#),
    (200, #"{"error":{"code":77777,"message":"new","data":null}}"#), (502, "<html>bad gateway</html>"),
    (200, #"{"result":{"trades":[]}}"#), (200, "{"),
  ])
  func whatProvesNothingLeavesTheOrderInDoubt(_ status: Int, _ body: String) throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.forget()
    let command = place(harness)
    harness.reply(try #require(harness.requests.last).id, status: status, body)
    #expect(harness.replies(command).map(\.outcome) == [.unknown])
    #expect(harness.all(PB_EV_ORDER, pb_order.self).isEmpty)
  }

  @Test func whatWasFilledAtOnceComesWithTheAnswer() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.forget()
    place(harness)
    harness.reply(
      try #require(harness.requests.last).id,
      placed(
        harness,
        #"{"order_id":"f690","instrument_name":"BTC-PERP","direction":"buy","label":"a1","trade_id":"t1","#
          + #""timestamp":1790871618199,"trade_price":"49999","trade_amount":"0.002","liquidity_role":"taker","#
          + #""realized_pnl":"0","is_transfer":false,"trade_fee":"0.03"}"#))
    let fill = try #require(harness.all(PB_EV_FILL, pb_fill.self).first)
    #expect(fill.fields.quantity.value == Decimal64("0.002") && fill.record.text(fill.fields.fee_asset) == "USDC")
  }

  /// By label the exchange says how many it cancelled: none means that it knows no such order.
  @Test func anOrderIsCancelledByItsLabel() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.forget()
    func cancel(_ count: Int) throws -> Failure? {
      let command = harness.command(.cancel, client: "a1") {
        $0.account = 7
        $0.instrument = 1
      }
      let request = try #require(harness.requests.last)
      #expect(request.permission == "cancel_by_label")
      #expect(request.body.contains(#""instrument_name":"BTC-PERP","label":"a1""#))
      harness.reply(request.id, #"{"result":{"cancelled_orders":\#(count)}}"#)
      return harness.refusal(command)
    }
    #expect(try cancel(1) == nil)
    #expect(try cancel(0) == .unknownOrder)
  }

  /// A client's order is looked for where it may be, one list after the other.
  @Test func anOrderIsFoundByItsLabel() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.forget()
    let command = harness.command(.order, client: "a1") {
      $0.account = 7
      $0.instrument = 1
    }
    for path in ["get_open_orders", "get_trigger_orders", "get_order_history"] {
      let request = try #require(harness.requests.last)
      #expect(request.url.hasSuffix(path))
      harness.reply(request.id, #"{"result":{"subaccount_id":1,"orders":[]}}"#)
    }
    #expect(harness.refusal(command) == .unknownOrder)
  }

  @Test func historiesAreAskedForWithNumbers() throws {
    let harness = try ready(trading: true)
    _ = try trading(harness)
    harness.forget()
    harness.command(.fills) {
      $0.account = 7
      $0.instrument = 1
      $0.since_ns = 1_699_996_400_000_000_000
      $0.limit = 50
    }
    #expect(
      try #require(harness.requests.last).body.hasSuffix(
        #""instrument_name":"BTC-PERP","page_size":50,"from_timestamp":1699996400000,"page":1}"#))
  }

  @Test func aFeeMustBeANumber() {
    #expect(throws: ConnectorHarness.Refused.self) { try ready(config: #"{"max_fee":"none"}"#) }
    #expect(throws: ConnectorHarness.Refused.self) { try ready(config: #"{"domain":"main"}"#) }
  }
}
