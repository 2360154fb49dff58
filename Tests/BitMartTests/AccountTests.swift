import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import BitMartConnector

@Suite struct AccountTests {
  private func live() throws -> (ConnectorHarness, pb_id) {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.forget()
    return (harness, stream)
  }

  private func order(
    _ type: OrderType = .limit, side: Side = .buy, flags: OrderFlags = [], force: TimeInForce = .goodTilCancelled
  ) -> (inout pb_in_command) -> Void {
    { command in
      (command.account, command.instrument, command.order) = (7, 1, 5)
      (command.side, command.type, command.flags) = (side.rawValue, type.rawValue, flags.rawValue)
      if flags.contains(.byValue) {
        command.value = pb_dec(Decimal64(500))
      } else {
        command.quantity = pb_dec(Decimal64(mantissa: 12, exponent: -3))
      }
      command.price = pb_dec(type == .limit ? Decimal64(50_000) : nil)
      command.time_in_force = type == .limit ? force.rawValue : 0
    }
  }

  @Test func theLoginSignsTimeMemoAndAWord() throws {
    let harness = try ready(trading: true)
    harness.account(7)
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    let login = try #require(harness.requests.last)
    #expect(login.permission == "login")
    #expect(login.body.hasPrefix(#"{"op":"login","args":["<field(api_key) json_escape>","<time_ms>","<"#))
    #expect(login.body.contains("field(memo)") && login.body.contains("bitmart.WebSocket"), "\(login.body)")
  }

  @Test(arguments: [
    (OrderFlags(), TimeInForce.goodTilCancelled, "limit"), (OrderFlags.postOnly, .goodTilCancelled, "limit_maker"),
    (OrderFlags(), .immediateOrCancel, "ioc"),
  ])
  func flagsAreTypes(_ flags: OrderFlags, _ force: TimeInForce, _ type: String) throws {
    let (harness, _) = try live()
    harness.command(.place, client: "a1", order(flags: flags, force: force))
    let request = try #require(harness.requests.last)
    #expect(request.method == .post && request.url == "https://api-cloud.bitmart.com/spot/v2/submit_order")
    #expect(
      request.body == #"{"symbol":"BTC_USDT","side":"buy","type":"\#(type)","client_order_id":"a1","size":"0.012","#
        + #""price":"50000"}"#)
    #expect(request.headers.contains("X-BM-KEY: <field(api_key)>"))
    #expect(request.headers.contains { $0.hasPrefix("X-BM-SIGN: <") && $0.contains("memo") })
  }

  @Test func marketOrdersBuyByValueAndSellByQuantity() throws {
    let (harness, _) = try live()
    harness.command(.place, client: "a1", order(.market, flags: .byValue))
    #expect(harness.requests.last?.body.contains(#""type":"market","client_order_id":"a1","notional":"500"}"#) == true)
    harness.command(.place, client: "a2", order(.market, side: .sell))
    #expect(harness.requests.last?.body.contains(#""type":"market","client_order_id":"a2","size":"0.012"}"#) == true)
    harness.forget()
    for refused in [
      order(.market), order(.market, side: .sell, flags: .byValue), order(force: .fillOrKill),
    ] {
      #expect(harness.refusal(harness.command(.place, client: "a3", refused)) == .unsupported)
    }
    #expect(harness.requests.isEmpty)
  }

  private func push(_ state: String, _ more: String = "") -> String {
    #"{"data":[{"symbol":"BTC_USDT","side":"buy","type":"limit","notional":"","size":"0.012","ms_t":"1609926028000","#
      + #""price":"50000","filled_notional":"200","filled_size":"0.004","margin_trading":"0",\#(state),"#
      + #""order_id":"4001","client_order_id":"a1","create_time":"1609926028000","#
      + #""update_time":"1609926029000"\#(more)}],"table":"spot/user/orders"}"#
  }

  @Test(arguments: [
    (#""order_state":"new""#, OrderState.partial), (#""order_state":"partially_filled""#, .partial),
    (#""order_state":"filled""#, .filled), (#""order_state":"canceled""#, .cancelled),
    (#""order_state":"partially_canceled""#, .cancelled), (#""state":"12""#, .cancelled), (#""state":"6""#, .filled),
    (#""state":"4","order_state":"canceled""#, .cancelled),
  ])
  func wordsAndNumbersAreStates(_ text: String, _ state: OrderState) throws {
    let (harness, stream) = try live()
    #expect(harness.frame(stream, push(text)) == .ok)
    #expect(harness.all(PB_EV_ORDER, pb_order.self).map(\.fields.state) == [state.rawValue])
    #expect(harness.all(PB_EV_FILL, pb_fill.self).isEmpty)
  }

  @Test func aTradeIsAFill() throws {
    let (harness, stream) = try live()
    let trade =
      #","last_fill_time":"1609926028500","last_fill_price":"49999","last_fill_count":"0.004","exec_type":"M","#
      + #""detail_id":"256348632""#
    harness.frame(stream, push(#""order_state":"partially_filled""#, trade))
    let fill = try #require(harness.all(PB_EV_FILL, pb_fill.self).first)
    #expect(fill.record.text(fill.fields.trade) == "256348632" && fill.fields.venue_ns == 1_609_926_028_500_000_000)
    #expect(fill.fields.liquidity == UInt32(PB_LIQUIDITY_MAKER))
  }

  @Test(arguments: [
    #"{"data":[{"symbol":"BTC_USDT","side":"buy"}],"table":"spot/user/orders"}"#,
    #"{"data":{},"table":"spot/user/orders"}"#, "[",
  ])
  func aReportThatCannotBeReadStartsTheStreamAnew(_ frame: String) throws {
    let (harness, stream) = try live()
    harness.frame(stream, frame)
    #expect(harness.closes == [stream])
  }

  @Test func whatIsNotCancelledIsInDoubt() throws {
    let (harness, _) = try live()
    for (data, outcome) in [(#"{"result":true}"#, Outcome.done), (#"{"result":false}"#, .unknown)] {
      let command = harness.command(.cancel, client: "a1", venue: "4001") {
        ($0.account, $0.instrument, $0.order) = (7, 1, 5)
      }
      let request = try #require(harness.requests.last)
      #expect(request.body == #"{"symbol":"BTC_USDT","order_id":"4001"}"#)
      harness.reply(request.id, done(data))
      #expect(harness.replies(command).map(\.outcome) == [outcome])
    }
  }

  @Test(arguments: [
    (50005, Failure.unknownOrder), (50030, .unknownOrder), (50020, .funds), (30013, .rateLimit), (30007, .clock),
    (30005, .authentication), (50008, .invalidOrder),
  ])
  func codesHaveTheirFailure(_ code: Int, _ failure: Failure) throws {
    let (harness, _) = try live()
    let command = harness.command(.cancel, client: "a1") { ($0.account, $0.instrument, $0.order) = (7, 1, 5) }
    let request = try #require(harness.requests.last)
    harness.reply(request.id, status: 400, #"{"code":\#(code),"message":"no","trace":"1","data":{}}"#)
    #expect(harness.refusal(command) == failure)
  }

  @Test func anOrderIsAskedForByEitherId() throws {
    let (harness, _) = try live()
    harness.command(.order, client: "a1", venue: "4001") { ($0.account, $0.instrument, $0.order) = (7, 1, 5) }
    #expect(harness.requests.last?.body == #"{"orderId":"4001"}"#)
    harness.command(.order, client: "a1") { ($0.account, $0.instrument, $0.order) = (7, 1, 5) }
    let request = try #require(harness.requests.last)
    #expect(request.url.hasSuffix("/spot/v4/query/client-order") && request.body == #"{"clientOrderId":"a1"}"#)
  }
}
