import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import PhemexConnector

@Suite struct OrderTests {
  @Test func anOrderOfSpotIsWrittenInWholeNumbers() throws {
    let harness = try ready(trading: true)
    _ = try harness.logIn("subscribe_spot")
    let command = harness.placeLimit(client: "a1") { _ in }
    let request = try #require(harness.requests.last)
    #expect(
      request.body == #"{"symbol":"sBTCUSDT","side":"Buy","ordType":"Limit","clOrdID":"a1","qtyType":"ByBase","#
        + #""baseQtyEv":1200000,"priceEp":5000000000000}"#)
    #expect(request.headers.contains { $0.hasPrefix("x-phemex-request-expiry: ") })
    // A short answer says zero of what it leaves out.
    harness.reply(
      request.id,
      #"{"code":0,"msg":"","data":{"orderID":"o1","clOrdID":"a1","symbol":"sBTCUSDT","side":"Buy","priceEp":0,"#
        + #""baseQtyEv":0,"cumBaseQtyEv":0,"ordType":"Limit","timeInForce":"GoodTillCancel","ordStatus":"Created","#
        + #""qtyType":"ByBase","bizError":0}}"#)
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).last?.fields)
    #expect(order.state == OrderState.open.rawValue && order.quantity.value == Decimal64("0.012"))
    #expect(order.price.value == Decimal64("50000") && harness.refusal(command) == nil)
  }

  /// Amounts are scaled by their currency, and executions come before what became of their order.
  @Test func aFillOfSpotIsBroughtToScale() throws {
    let harness = try ready(trading: true)
    let stream = try harness.logIn("subscribe_spot")
    harness.frame(
      stream,
      #"{"orders":{"closed":[{"orderID":"o1","clOrdID":"a1","symbol":"sBTCUSDT","side":"Sell","ordType":"Limit","#
        + #""ordStatus":"Filled","timeInForce":"GoodTillCancel","priceEp":66900000000,"baseQtyEv":10000,"#
        + #""cumBaseQtyEv":10000,"cumQuoteQtyEv":66900000,"quoteCurrency":"USDT","qtyType":"ByBase","bizError":0,"#
        + #""transactTimeNs":1587463924964876798}],"fills":[{"orderID":"o1","clOrdID":"a1","symbol":"sBTCUSDT","#
        + #""side":"Sell","execID":"e1","execBaseQtyEv":10000,"execPriceEp":669000000000,"execFeeEv":66900,"#
        + #""feeCurrency":"USDT","lastLiquidityInd":"RemovedLiquidity","transactTimeNs":1587463924964876798}],"#
        + #""open":[]},"sequence":2,"timestamp":1587463924964876798,"type":"incremental","wallets":["#
        + #"{"currency":"USDT","#
        + #""balanceEv":351802500000,"lockedTradingBalanceEv":100000000,"lockedWithdrawEv":0,"#
        + #""lastUpdateTimeNs":1587463924964876798}]}"#)
    let fill = try #require(harness.all(PB_EV_FILL, pb_fill.self).last?.fields)
    #expect(fill.price.value == Decimal64("6690") && fill.quantity.value == Decimal64("0.0001"))
    #expect(fill.fee.value == Decimal64("0.000669") && fill.liquidity == UInt32(PB_LIQUIDITY_TAKER))
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).last?.fields)
    #expect(order.state == OrderState.filled.rawValue && order.average.value == Decimal64("6690"))
    #expect(order.price.value == Decimal64("669"))
    let balance = try #require(harness.all(PB_EV_BALANCE, pb_balance.self).last?.fields)
    #expect(balance.total.value == Decimal64("3518.025") && balance.available.value == Decimal64("3517.025"))
    #expect(harness.faults.isEmpty)
  }

  /// The exchange answers with an error where no order is open.
  @Test func noOpenOrdersAreAnEmptyList() throws {
    let harness = try ready(trading: true)
    _ = try harness.logIn("subscribe_spot")
    let command = harness.command(.openOrders) { ($0.account, $0.instrument) = (7, 1) }
    let request = try #require(harness.requests.last)
    harness.reply(request.id, #"{"code":10002,"msg":"OM_ORDER_NOT_FOUND","data":null}"#)
    #expect(harness.refusal(command) == nil && harness.completed.map(\.partial) == [false])
  }

  /// What is pending already leaves the order in doubt; what is not known is refused as that.
  @Test(arguments: [(10002, Outcome.refused), (10003, .unknown), (11085, .unknown), (424242, .unknown)])
  func whatACodeSaysOfACancel(code: Int, outcome: Outcome) throws {
    let harness = try ready(trading: true)
    _ = try harness.logIn("subscribe_spot")
    let command = harness.command(.cancel, venue: "o1") { ($0.account, $0.instrument) = (7, 1) }
    let request = try #require(harness.requests.last)
    #expect(request.url.hasSuffix("/spot/orders?symbol=sBTCUSDT&orderID=o1"))
    harness.reply(request.id, #"{"code":\#(code),"msg":"OM","data":null}"#)
    #expect(harness.replies(command).last?.outcome == outcome)
    if code == 10002 { #expect(harness.replies(command).last?.failure == .unknownOrder) }
  }
}

@Suite struct PerpetualTests {
  private func trading(_ config: String = "{}") throws -> (ConnectorHarness, pb_id) {
    let harness = try ready(PhemexPerpetual.self, trading: true, config: config)
    return (harness, try harness.logIn("subscribe_perp"))
  }

  private func message(_ orders: String, _ positions: String = "") -> String {
    #"{"accounts_p":[],"orders_p":[\#(orders)],"positions_p":[\#(positions)],"sequence":1,"#
      + #""timestamp":1666858780883525030,"type":"incremental","version":0}"#
  }

  private func order(_ state: String, _ more: String) -> String {
    #"{"orderID":"o1","clOrdID":"a1","symbol":"BTCUSDT","side":"Sell","posSide":"Long","ordType":"Limit","#
      + #""timeInForce":"GoodTillCancel","ordStatus":"\#(state)","priceRp":"20000","orderQty":"0.003","#
      + #""cumQty":"0.003","cumValueRv":"62.1753","currency":"USDT","execID":"e1","execPriceRp":"20725.1","#
      + #""execQty":"0.003","execFeeRv":"0.0373","closedPnlRv":"1.5","message":"No error","#
      + #""transactTimeNs":1666858780881545305,\#(more)}"#
  }

  @Test func anExecutionComesWithItsOrder() throws {
    let (harness, stream) = try trading()
    harness.frame(stream, message(order("Filled", #""execStatus":"TakerFill","tradeType":"Trade""#)))
    let fill = try #require(harness.all(PB_EV_FILL, pb_fill.self).last?.fields)
    #expect(fill.price.value == Decimal64("20725.1") && fill.fee.value == Decimal64("0.0373"))
    #expect(fill.realized.value == Decimal64("1.5") && fill.position == PositionLeg.long.rawValue)
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).last?.fields)
    #expect(order.state == OrderState.filled.rawValue && order.filled.value == Decimal64("0.003"))
  }

  /// Funding is booked like an order, and is none; a liquidation is said beside its execution.
  @Test func whatTheExchangeBooksByItself() throws {
    let (harness, stream) = try trading()
    harness.frame(stream, message(order("Filled", #""execStatus":"TakerFill","tradeType":"Funding""#)))
    #expect(harness.all(PB_EV_FILL, pb_fill.self).isEmpty && harness.all(PB_EV_ORDER, pb_order.self).isEmpty)
    harness.frame(stream, message(order("Filled", #""execStatus":"TakerFill","tradeType":"LiqTrade""#)))
    #expect(harness.all(PB_EV_FILL, pb_fill.self).last?.fields.flags == FillOrigin.forced.rawValue)
    #expect(harness.all(PB_EV_LIQUIDATION, pb_liquidation.self).count == 1)
  }

  /// An order that changed without an execution repeats nothing.
  @Test func anOrderWithoutAnExecutionIsNoFill() throws {
    let (harness, stream) = try trading()
    harness.frame(stream, message(order("New", #""execStatus":"New","tradeType":"Amend""#)))
    #expect(harness.all(PB_EV_FILL, pb_fill.self).isEmpty && harness.all(PB_EV_ORDER, pb_order.self).count == 1)
  }

  /// The sign of a leverage is the margin mode; both legs of hedge mode have theirs.
  @Test(arguments: [("cross", "-5"), ("isolated", "5")])
  func leverageSaysTheMarginMode(mode: String, text: String) throws {
    let (harness, stream) = try trading(#"{"margin_mode":"\#(mode)"}"#)
    harness.command(.leverage) { ($0.account, $0.instrument, $0.value) = (7, 1, pb_dec(Decimal64("5"))) }
    #expect(harness.requests.last?.url.hasSuffix("/g-positions/leverage?symbol=BTCUSDT&leverageRr=\(text)") == true)
    harness.frame(
      stream,
      message(
        "", #"{"symbol":"BTCUSDT","side":"Sell","posSide":"Short","posMode":"Hedged","size":"0.036","#
          + #""leverageRr":"-10","avgEntryPriceRp":"20786.455555556","positionMarginRv":"1173.6","#
          + #""markPriceRp":"20735.47347096","unrealisedPnlRv":"1.8","transactTimeNs":1666858780876924611}"#))
    let position = try #require(harness.all(PB_EV_POSITION, pb_position.self).last?.fields)
    #expect(position.quantity.value == Decimal64("-0.036") && position.position == PositionLeg.short.rawValue)
    #expect(position.leverage.value == Decimal64("10") && position.margin_mode == MarginMode.cross.rawValue)
    harness.command(.leverage) { ($0.account, $0.instrument, $0.value) = (7, 1, pb_dec(Decimal64("5"))) }
    #expect(harness.requests.last?.url.hasSuffix("longLeverageRr=\(text)&shortLeverageRr=\(text)") == true)
  }

  /// A question is answered with numbers for words, and another name of what was filled.
  @Test func theAnswerOfAQuestionSaysWhatWasFilled() throws {
    let (harness, _) = try trading()
    harness.command(.order, venue: "o1") { ($0.account, $0.instrument) = (7, 1) }
    let request = try #require(harness.requests.last)
    harness.reply(
      request.id,
      #"{"code":0,"msg":"OK","data":{"total":1,"rows":[{"createdAt":"1677686231301","symbol":"BTCUSDT","#
        + #""orderQtyRq":"0.2","side":"1","posSide":"3","priceRp":"50","execQtyRq":"0.05","leavesQtyRq":"0.15","#
        + #""ordType":"2","ordStatus":"6","clOrdId":"a1","orderId":"o1","execStatus":"7","bizError":"0"}]}}"#)
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).last?.fields)
    #expect(order.state == OrderState.partial.rawValue && order.filled.value == Decimal64("0.05"))
  }

  /// Contracts that are settled in USD are read, and not traded.
  @Test func whatIsOnlyReadTakesNoOrders() throws {
    let (harness, _) = try trading()
    let command = harness.placeLimit(client: "a1") { $0.instrument = 2 }
    #expect(harness.requests.isEmpty && harness.replies(command).last?.failure == .unsupported)
  }
}
