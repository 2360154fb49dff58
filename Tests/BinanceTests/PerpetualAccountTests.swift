import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import BinanceConnector

/// Events, positions, modes, balances and payments of Binance futures.
struct PerpetualAccountTests {
  private func quiet() throws -> ConnectorHarness {
    let harness = try tradingConnector(BinancePerpetual.self)
    harness.forget()
    return harness
  }

  @Test func orderUpdatesBecomeOrdersAndFills() throws {
    let harness = try tradingConnector(BinancePerpetual.self)
    let stream = harness.openPrivateStream()
    harness.frame(stream, update("5", "c", status: "NEW", execution: "NEW", more: #","N":null,"n":null,"ps":"LONG""#))
    harness.frame(stream, update("5", "c", status: "PARTIALLY_FILLED", execution: "TRADE", filled: "0.5", last: "0.5"))
    harness.frame(stream, update("5", "c", status: "EXPIRED", execution: "EXPIRED", filled: "0.5",
      more: #","f":"GTX""#))
    #expect(harness.orders.map(\.state) == [.open, .partial, .expired])
    #expect(harness.orderFacts[0].fields.position == UInt32(PB_POSITION_LONG))
    #expect(harness.orderFacts[2].fields.flags == OrderFlags.postOnly.rawValue)
    #expect(harness.orderFacts[1].fields.average.value == Decimal64("100.4"))
    let fill = try #require(harness.fills.first)
    #expect(fill.trade == "77" && fill.feeAsset == "USDT" && fill.fields.realized.value == Decimal64("1.5"))
    #expect(fill.fields.liquidity == UInt32(PB_LIQUIDITY_MAKER) && harness.fills.count == 1)
    #expect(harness.frame(stream, #"{"e":"TRADE_LITE","s":"BTCUSDT","t":77,"l":"0.5","L":"100.4"}"#) == .ok)
    #expect(harness.fills.count == 1, "without its fee it is not told")
    #expect(harness.faults.isEmpty)
  }

  @Test func forcedOrders() throws {
    let cases: [(String, String, Int?)] = [
      ("autoclose-17", "FILLED", PB_LIQUIDATION_FORCED), ("adl_autoclose", "NEW_ADL", PB_LIQUIDATION_DELEVERAGED),
      ("settlement_autoclose-9", "FILLED", nil),
    ]
    for (client, status, what) in cases {
      let harness = try tradingConnector(BinancePerpetual.self)
      let stream = harness.openPrivateStream()
      harness.frame(stream, update("5", client, status: status, execution: "CALCULATED", side: "SELL", filled: "2",
        last: "2"))
      #expect(harness.liquidations.map { Int($0.what) } == (what.map { [$0] } ?? []))
      #expect(harness.orders.map(\.state) == [.filled] && harness.fills.count == 1)
    }
  }

  @Test func accountUpdates() throws {
    let harness = try tradingConnector(BinancePerpetual.self)
    let stream = harness.openPrivateStream()
    harness.frame(
      stream,
      #"{"e":"ACCOUNT_UPDATE","E":2,"T":1700000000000,"a":{"m":"ORDER","B":[{"a":"USDT","wb":"12.5","cw":"10","#
        + #""bc":"0"}],"#
        + #""P":[{"s":"BTCUSDT","pa":"-2","ep":"100.5","bep":"0","cr":"3","up":"-0.25","mt":"isolated","iw":"7","#
        + #""ps":"SHORT"},"#
        + #"{"s":"NONE","pa":"1","ep":"1"}]}}"#)
    #expect(harness.balances == ["USDT 12.5/-"])
    let position = try #require(harness.positions.first)
    #expect(harness.positions.count == 1 && position.quantity.value == -2 && position.entry.value == Decimal64("100.5"))
    #expect(position.margin_mode == UInt32(PB_MARGIN_ISOLATED) && position.position == UInt32(PB_POSITION_SHORT))
    #expect(position.unrealized.value == Decimal64("-0.25") && position.realized.value == 3
      && position.margin.value == 7)
    harness.frame(stream, #"{"e":"ACCOUNT_CONFIG_UPDATE","E":1,"T":1,"ac":{"s":"BTCUSDT","l":25}}"#)
    #expect(harness.modes.map(\.leverage.value) == [25])
    #expect(harness.frame(stream, #"{"e":"ACCOUNT_CONFIG_UPDATE","E":1,"T":1,"ai":{"j":true}}"#) == .ok)
    harness.frame(
      stream,
      #"{"e":"MARGIN_CALL","E":5,"cw":"3","p":[{"s":"ETHUSDT","ps":"LONG","pa":"1.3","mt":"CROSSED","iw":"0","#
        + #""mp":"187.1","#
        + #""up":"-1.1","mm":"1.6"}]}"#)
    let call = try #require(harness.liquidations.first)
    #expect(call.what == UInt32(PB_LIQUIDATION_MARGIN_CALL) && call.side == Side.sell.rawValue)
    #expect(call.quantity.value == Decimal64("1.3") && call.instrument == ethusdt && harness.faults.isEmpty)
  }

  @Test func balancesAndFees() throws {
    let harness = try quiet()
    let balances = harness.trade(.balances, 0)
    #expect(harness.requests[0].line == "GET /fapi/v3/account")
    harness.reply(
      harness.requests[0].id,
      #"{"totalWalletBalance":"23.7","assets":[{"asset":"USDT","walletBalance":"23.7","availableBalance":"20","#
        + #""updateTime":5}],"#
        + #""positions":[]}"#)
    #expect(harness.balances == ["USDT 23.7/20"] && harness.refusal(balances) == nil)
    let fees = harness.trade(.fees)
    harness.reply(
      harness.requests[1].id, #"{"symbol":"BTCUSDT","makerCommissionRate":"0.0002","takerCommissionRate":"0.0004"}"#)
    #expect(harness.all(PB_EV_FEES, pb_fees.self).map(\.fields.taker.value) == [Decimal64("0.0004")])
    #expect(harness.refusal(fees) == nil && harness.refusal(harness.trade(.fees, 0)) == .unknownInstrument)
  }

  @Test func positionsOfBothVersions() throws {
    let harness = try quiet()
    let command = harness.trade(.positions, 0)
    #expect(harness.requests[0].line == "GET /fapi/v3/positionRisk" && harness.requests[0].own.isEmpty)
    harness.reply(
      harness.requests[0].id,
      #"[{"symbol":"BTCUSDT","positionSide":"BOTH","positionAmt":"0.001","entryPrice":"50000.0","#
        + #""markPrice":"51000.123456789012","#
        + #""unRealizedProfit":"1","liquidationPrice":"0","leverage":"20","marginType":"cross","#
        + #""isolatedMargin":"0","updateTime":9},"#
        + #"{"symbol":"ETHUSDT","positionSide":"SHORT","positionAmt":"-3","entryPrice":"7","liquidationPrice":"9"}]"#)
    #expect(harness.positions.map(\.quantity.value) == [Decimal64("0.001"), -3])
    let first = harness.positions[0]
    #expect(first.leverage.value == 20 && first.margin_mode == UInt32(PB_MARGIN_CROSS)
      && first.liquidation.value == nil)
    #expect(harness.positions[1].liquidation.value == 9 && harness.completed.map(\.what) == [PB_EV_POSITION])
    #expect(harness.refusal(command) == nil && harness.faults.isEmpty)
  }

  @Test func leverageIsWhatTheVenueSays() throws {
    let harness = try quiet()
    let good = harness.trade(.leverage) { $0.value = decimal("5") }
    #expect(harness.requests[0].own == ["symbol=BTCUSDT", "leverage=5"]
      && harness.requests[0].permission == "perp_leverage")
    harness.reply(harness.requests[0].id, #"{"leverage":5,"maxNotionalValue":"1000","symbol":"BTCUSDT"}"#)
    #expect(harness.refusal(good) == nil && harness.modes.map(\.leverage.value) == [5])
    let other = harness.trade(.leverage) { $0.value = decimal("50") }
    harness.reply(harness.requests[1].id, #"{"leverage":20,"symbol":"BTCUSDT"}"#)
    #expect(harness.refusal(other) == .other)
    #expect(harness.refusal(harness.trade(.leverage) { $0.value = decimal("2.5") }) == .invalidOrder)
    let none = harness.trade(.leverage) { $0.value = decimal("5") }
    harness.reply(harness.requests[2].id, #"{"leverage":0,"maxNotionalValue":"1000","symbol":"BTCUSDT"}"#)
    #expect(harness.refusal(none) == .other && harness.modes.map(\.leverage.value) == [5, 20], "zero is none")
    let lost = harness.trade(.leverage) { $0.value = decimal("5") }
    harness.unanswered(harness.requests[3].id)
    #expect(harness.replies(lost).map(\.outcome) == [.unknown])
  }

  @Test func modesThatAreSetAlreadyAreDone() throws {
    let harness = try quiet()
    let margin = harness.trade(.marginMode) { $0.mode = UInt32(PB_MARGIN_ISOLATED) }
    #expect(harness.requests[0].own == ["symbol=BTCUSDT", "marginType=ISOLATED"])
    harness.reply(harness.requests[0].id, status: 400, #"{"code":-4046,"msg":"No need to change margin type."}"#)
    #expect(harness.refusal(margin) == nil && harness.modes.last?.margin_mode == UInt32(PB_MARGIN_ISOLATED))
    let hedge = harness.trade(.positionMode, 0) { $0.mode = UInt32(PB_POSITION_MODE_HEDGE) }
    #expect(harness.requests[1].line == "POST /fapi/v1/positionSide/dual")
    #expect(harness.requests[1].own == ["dualSidePosition=true"])
    harness.reply(harness.requests[1].id, #"{"code":200,"msg":"success"}"#)
    #expect(harness.refusal(hedge) == nil && harness.modes.last?.position_mode == UInt32(PB_POSITION_MODE_HEDGE))
    let open = harness.trade(.positionMode, 0) { $0.mode = UInt32(PB_POSITION_MODE_ONE_WAY) }
    harness.reply(harness.requests[2].id, status: 400, #"{"code":-4068,"msg":"Position side cannot be changed."}"#)
    #expect(harness.refusal(open) == .other)
  }

  @Test func theRealModes() throws {
    let harness = try quiet()
    let command = harness.trade(.modes, 0)
    harness.reply(harness.requests[0].id, #"{"dualSidePosition":false}"#)
    #expect(harness.requests.map(\.line) == ["GET /fapi/v1/positionSide/dual", "GET /fapi/v1/symbolConfig"])
    harness.reply(
      harness.requests[1].id, #"[{"symbol":"BTCUSDT","marginType":"CROSSED","isAutoAddMargin":false,"leverage":21}]"#)
    #expect(harness.modes.map(\.position_mode) == [UInt32(PB_POSITION_MODE_ONE_WAY), 0])
    #expect(harness.modes[1].leverage.value == 21 && harness.modes[1].margin_mode == UInt32(PB_MARGIN_CROSS))
    #expect(harness.refusal(command) == nil)
  }

  @Test func fundingPayments() throws {
    let harness = try quiet()
    let command = harness.trade(.fundingPayments, 0) { $0.since_ns = 1_699_996_400_000_000_000 }
    #expect(
      harness.requests[0].own == ["incomeType=FUNDING_FEE", "limit=1000", "startTime=1699996400000", "page=1"])
    harness.reply(
      harness.requests[0].id,
      #"[{"symbol":"BTCUSDT","incomeType":"FUNDING_FEE","income":"-0.37","asset":"USDT","time":1700000000000,"#
        + #""tranId":968}]"#)
    let payment = try #require(harness.all(PB_EV_FUNDING_PAYMENT, pb_funding_payment.self).first)
    #expect(payment.fields.amount.value == Decimal64("-0.37") && payment.record.text(payment.fields.payment) == "968")
    #expect(payment.record.text(payment.fields.asset) == "USDT" && harness.refusal(command) == nil)
  }

  @Test func fillsAreAskedForWeekByWeek() throws {
    let harness = try quiet()
    let day: Int64 = 86_400_000_000_000
    let start = harness.epoch - 10 * day
    let command = harness.trade(.fills) { $0.since_ns = start }
    #expect(harness.requests[0].line == "GET /fapi/v1/userTrades")
    harness.reply(harness.requests[0].id, "[]")
    #expect(harness.requests[1].own[2] == "startTime=\((start + 7 * day) / 1_000_000)")
    harness.reply(
      harness.requests[1].id,
      #"[{"symbol":"BTCUSDT","id":9,"orderId":5,"side":"SELL","price":"7","qty":"1","realizedPnl":"0.5","#
        + #""commission":"0.1","#
        + #""commissionAsset":"USDT","time":\#(harness.epoch / 1_000_000),"positionSide":"SHORT","buyer":false,"#
        + #""maker":true}]"#)
    #expect(harness.fills.map(\.trade) == ["9"] && harness.fills[0].fields.side == Side.sell.rawValue)
    #expect(harness.fills[0].fields.position == UInt32(PB_POSITION_SHORT) && harness.requests.count == 2)
    #expect(harness.refusal(command) == nil)
  }
}
