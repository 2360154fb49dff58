import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import BitfinexConnector

@Suite struct PrivateTests {
  private func orders(_ harness: ConnectorHarness) -> [pb_order] {
    harness.all(PB_EV_ORDER, pb_order.self).map(\.fields)
  }

  private func error(_ harness: ConnectorHarness) -> Failure? {
    harness.all(PB_EV_STATE, pb_state.self).last.flatMap { Failure(rawValue: $0.fields.error) }
  }

  @Test func aLoginIsOneFrameAndTheFlagsComeBehindIt() throws {
    let harness = try ready(trading: true)
    harness.account(7)
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    let login = try #require(harness.requests.last)
    #expect(login.permission == "auth" && login.body.hasPrefix(#"{"event":"auth","apiKey":""#))
    #expect(login.body.contains(#""authPayload":"AUTH"#) && login.body.hasSuffix(#""filter":["trading","wallet"]}"#))
    harness.sent(login.id)
    harness.frame(stream, #"{"event":"auth","status":"OK","chanId":0}"#)
    #expect(harness.requests.last?.body == #"{"event":"conf","flags":65536}"# && harness.states.last?.state != .live)
    harness.frame(stream, #"{"event":"conf","status":"OK"}"#)
    #expect(harness.states.last?.state == .live)
  }

  @Test(arguments: [(10100, "apikey: invalid", Failure.authentication), (10114, "nonce: small", .clock)])
  func aLoginThatIsRefusedSaysWhy(code: Int, text: String, failure: Failure) throws {
    let harness = try ready(trading: true)
    harness.account(7)
    let stream = try #require(harness.opens.last).stream
    harness.opened(stream)
    harness.frame(stream, #"{"event":"auth","status":"FAILED","chanId":0,"code":\#(code),"msg":"\#(text)"}"#)
    #expect(harness.states.last?.state == .down && error(harness) == failure)
    #expect(harness.closes == [stream])
  }

  @Test func theLifeOfAnOrder() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.forget()
    harness.frame(stream, "[0,\"os\",[\(order(90, client: "6")),[1]],1,1]")
    harness.frame(stream, "[0,\"on\",\(order(91)),2,2]")
    harness.frame(stream, "[0,\"ou\",\(order(91, left: "0.004", status: "PARTIALLY FILLED @ 50000.0(0.008)")),3,3]")
    harness.frame(
      stream, #"[0,"te",[5,"tBTCUSD",1764288000100,91,0.008,50000,"EXCHANGE LIMIT",50000,1,null,null,7],4,4]"#)
    harness.frame(
      stream, #"[0,"tu",[5,"tBTCUSD",1764288000100,91,0.008,50000,"EXCHANGE LIMIT",50000,1,-0.4,"USD",7],5,5]"#)
    let canceled = "CANCELED was: PARTIALLY FILLED @ 50000.0(0.008)"
    harness.frame(stream, "[0,\"oc\",\(order(91, left: "0.004", status: canceled)),6,6]")
    #expect(orders(harness).map { OrderState(rawValue: $0.state) } == [.open, .open, .partial, .cancelled])
    #expect(orders(harness).last?.filled.value == Decimal64(mantissa: 8, exponent: -3))
    let fills = harness.all(PB_EV_FILL, pb_fill.self)
    #expect(fills.count == 1 && fills.first?.fields.fee.value == Decimal64(mantissa: 4, exponent: -1))
    #expect(fills.first.map { $0.record.text($0.fields.fee_asset) } == "USD")
    #expect(harness.logs.contains { $0.contains("1 open orders could not be read") } && harness.closes.isEmpty)
  }

  @Test(arguments: [
    ("EXECUTED @ 50000.0(0.012)", "0", OrderState.filled), ("CANCELED", "0.012", .cancelled),
    ("POSTONLY CANCELED", "0.012", .cancelled),
    ("INSUFFICIENT BALANCE (U1) was: PARTIALLY FILLED @ 107.6(-0.2)", "0.002", .cancelled),
    ("RSN_DUST (amount is less than 0.00000001)", "0.000000001", .cancelled),
    ("EXECUTED @ 50000.0(0.010): was PARTIALLY FILLED", "0.002", .cancelled), ("PARTIALLY FILLED @ 1(1)", "0", .filled),
  ])
  func waysInWhichOrdersEnd(_ status: String, _ left: String, _ state: OrderState) throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.forget()
    harness.frame(stream, "[0,\"oc\",\(order(91, left: left, status: status))]")
    #expect(orders(harness).map { OrderState(rawValue: $0.state) } == [state])
  }

  @Test func aStopWaitsAndThenIsAnotherType() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.forget()
    harness.frame(stream, "[0,\"on\",\(order(91, type: "EXCHANGE STOP LIMIT", price: "48000", limit: "47900"))]")
    harness.frame(stream, "[0,\"ou\",\(order(91, before: "\"EXCHANGE STOP LIMIT\"", price: "47900"))]")
    let (waiting, triggered) = (orders(harness)[0], orders(harness)[1])
    #expect(waiting.state == OrderState.untriggered.rawValue && triggered.state == OrderState.open.rawValue)
    #expect(waiting.stop.value == Decimal64(48_000) && waiting.price.value == Decimal64(47_900))
    #expect(triggered.type == OrderType.stopLimit.rawValue)
  }

  @Test func aLostMessageOpensTheStreamAnew() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.frame(stream, #"[0,"hb",1]"#)
    // A notice about a request has no number of the connection.
    harness.frame(stream, "[0,\"n\",\(notice("on-req", order(91))),77]")
    harness.frame(stream, "[0,\"on\",\(order(91)),2,1]")
    #expect(harness.closes.isEmpty)
    harness.forget()
    harness.frame(stream, "[0,\"on\",\(order(92)),4,3]")
    #expect(harness.closes == [stream] && harness.states.last?.state == .down && orders(harness).isEmpty)
  }

  @Test func theExchangeAsksForANewConnection() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.frame(stream, #"{"event":"info","code":20051,"msg":"Stopping. Please try to reconnect"}"#)
    #expect(harness.closes == [stream] && error(harness) == .maintenance)
  }

  @Test func walletsOfMarginAreNotReportedAndAChangeAsksForWhatIsAvailable() throws {
    let harness = try ready(trading: true)
    let stream = try trading(harness)
    harness.forget()
    harness.frame(stream, #"[0,"ws",[["exchange","UST",10,0,null,null,null],["margin","USD",5,0,null,null,null]],1,1]"#)
    harness.frame(stream, #"[0,"wu",["exchange","BTC",1.5,0,1.25,"Trade",{"reason":"TRADE"}],2,2]"#)
    let said = harness.all(PB_EV_BALANCE, pb_balance.self).map { $0.record.text($0.fields.asset) }
    #expect(said == ["USDT", "BTC"])
    #expect(harness.requests.last?.url.hasSuffix("/v2/auth/r/wallets") == true)
  }

  @Test func noncesCountMicrosecondsUnlessTheConfigurationSaysOtherwise() throws {
    for (config, nonce) in [("{}", PB_NONCE_US), (#"{"nonce":"ms"}"#, PB_NONCE_MS)] {
      let harness = try ready(trading: true, config: config)
      _ = try trading(harness)
      harness.command(.balances) { $0.account = 7 }
      let request = try #require(harness.requests.last { $0.url.hasSuffix("/wallets") })
      let seal = nonce == 0 ? "<nonce>" : "<nonce(\(nonce))>"
      #expect(request.headers.contains("bfx-nonce: \(seal)"), "\(config) \(request.headers)")
    }
    #expect(throws: ConnectorHarness.Refused.self) {
      try ConnectorHarness(BitfinexSpot.self, config: #"{"nonce":"s"}"#)
    }
  }
}
