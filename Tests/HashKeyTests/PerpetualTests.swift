import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import HashKeyConnector

@Suite struct PerpetualTests {
  private func traded() throws -> (ConnectorHarness, pb_id) {
    let harness = try ready(perpetual: true, trading: true)
    return (harness, try trading(harness))
  }

  private func report(_ side: String, closes: Bool, last: String = "400") -> String {
    """
    [{"e":"contractExecutionReport","E":"1723037391181","s":"BTCUSDT-PERPETUAL","c":"a1","S":"\(side)","o":"LIMIT",\
    "f":"GTC","q":"1000","p":"43210.5","X":"PARTIALLY_FILLED","i":"4001","l":"\(last)","z":"400","L":"43210.5",\
    "n":"8.6421","N":"USDT","m":false,"O":"1723037391140","Z":"17284.2","C":\(closes),"v":"5","reqAmt":"0",\
    "d":"7519502","r":"600","V":"43210.5","P":"0","lo":false,"lt":""}]
    """
  }

  @Test(arguments: [
    ("BUY_OPEN", false, PositionLeg.long), ("SELL_CLOSE", true, .long), ("SELL_OPEN", false, .short),
    ("BUY_CLOSE", true, .short), ("BUY", false, .long), ("BUY", true, .short),
  ])
  func theSideIsThatOfALeg(_ side: String, _ closes: Bool, _ leg: PositionLeg) throws {
    let (harness, stream) = try traded()
    #expect(harness.frame(stream, report(side, closes: closes)) == .ok)
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).first?.fields)
    #expect(order.position == leg.rawValue && order.quantity.value == Decimal64(1))
    #expect(order.filled.value == Decimal64(mantissa: 4, exponent: -1))
    #expect((order.flags & OrderFlags.reduceOnly.rawValue != 0) == closes)
    let fill = try #require(harness.all(PB_EV_FILL, pb_fill.self).first?.fields)
    #expect(fill.quantity.value == Decimal64(mantissa: 4, exponent: -1) && fill.position == leg.rawValue)
  }

  @Test func aLiquidationIsSaid() throws {
    let (harness, stream) = try traded()
    let text = report("SELL_CLOSE", closes: true)
    harness.frame(stream, text.replacing(#""lo":false,"lt":"""#, with: #""lo":true,"lt":"LIQUIDATION_TAKER""#))
    #expect(harness.all(PB_EV_FILL, pb_fill.self).first?.fields.flags == FillOrigin.forced.rawValue)
    #expect(harness.all(PB_EV_LIQUIDATION, pb_liquidation.self).count == 1)
  }

  @Test(arguments: [("LONG", "400", "0.4"), ("SHORT", "400", "-0.4"), ("SHORT", "0", "0")])
  func positionsHaveASign(_ side: String, _ contracts: String, _ quantity: String) throws {
    let (harness, stream) = try traded()
    let frame = """
      [{"e":"outboundContractPositionInfo","E":"1715224789008","A":"1","s":"BTCUSDT-PERPETUAL","S":"\(side)",\
      "p":"3212.78","P":"\(contracts)","a":"3000","f":"-953.83","m":"13680.323","r":"-3.8819","up":"-49.9","pr":"-0.3",\
      "pv":"73579.09","v":"5.00","mt":"CROSS","mm":"0"}]
      """
    #expect(harness.frame(stream, frame) == .ok)
    let position = try #require(harness.all(PB_EV_POSITION, pb_position.self).first?.fields)
    #expect(position.quantity.value?.plain == quantity && position.leverage.value == Decimal64(5))
    #expect(position.liquidation.value == nil, "below zero there is none")
  }

  @Test func fundingIsAskedForInThree() throws {
    let (harness, _) = try traded()
    let command = harness.command(.funding) { $0.instrument = 1 }
    let rate = try #require(harness.requests.last)
    #expect(rate.url.contains("/api/v1/futures/fundingRate?symbol=BTCUSDT-PERPETUAL&timestamp=1"))
    harness.reply(rate.id, #"[{"symbol":"BTCUSDT-PERPETUAL","rate":"0.0001","nextSettleTime":"1722297600000"}]"#)
    let mark = try #require(harness.requests.last)
    #expect(mark.url.hasSuffix("/quote/v1/markPrice?symbol=BTCUSDT-PERPETUAL"))
    harness.reply(mark.id, #"{"symbolId":"BTCUSDT-PERPETUAL","price":"64000.5","time":"1722297000000"}"#)
    let index = try #require(harness.requests.last)
    #expect(index.url.hasSuffix("/quote/v1/index?symbol=BTCUSDT"))
    harness.reply(index.id, #"{"index":{"ETHUSDT":"3000","BTCUSDT":"64001"},"edp":{"BTCUSDT":"64002"}}"#)
    #expect(harness.replies(command).map(\.outcome) == [.done])
    let prices = try #require(harness.all(PB_EV_MARK, pb_mark.self).first?.fields)
    #expect(prices.index.value == Decimal64(64_001) && prices.mark.value == Decimal64(mantissa: 640_005, exponent: -1))
    #expect(harness.all(PB_EV_FUNDING_RATE, pb_funding_rate.self).first?.fields.next_ns == 1_722_297_600_000_000_000)
  }

  @Test func anIndexThatIsNotThereSpoilsNothing() throws {
    let (harness, _) = try traded()
    let command = harness.command(.funding) { $0.instrument = 1 }
    for body in [
      #"[{"symbol":"BTCUSDT-PERPETUAL","rate":"0.0001","nextSettleTime":"1722297600000"}]"#,
      #"{"symbolId":"BTCUSDT-PERPETUAL","price":"64000.5","time":"1722297000000"}"#, #"{"index":{"ETHUSDT":"3000"}}"#,
    ] {
      harness.reply(try #require(harness.requests.last).id, body)
    }
    #expect(harness.replies(command).map(\.outcome) == [.done])
    #expect(harness.all(PB_EV_MARK, pb_mark.self).first?.fields.index.value == nil)
  }

  @Test func paymentsAreEntriesOfTheLedger() throws {
    let (harness, _) = try traded()
    harness.command(.fundingPayments) { ($0.account, $0.since_ns) = (7, 1_699_990_000_000_000_000) }
    let request = try #require(harness.requests.last)
    #expect(request.url.contains("accountType=3&") && request.url.contains("flowType=32&"))
    #expect(request.url.contains("startTime=") && request.url.contains("endTime="))
    harness.reply(
      request.id,
      #"[{"id":"17","accountId":"1","coin":"USDT","flowTypeValue":32,"change":"-1.5","total":"8","#
        + #""created":"1699999000000","symbol":"BTCUSDT-PERPETUAL"}]"#)
    let payment = try #require(harness.all(PB_EV_FUNDING_PAYMENT, pb_funding_payment.self).first?.fields)
    #expect(payment.amount.value == Decimal64(mantissa: -15, exponent: -1))
  }

  @Test func modesAndLeverage() throws {
    let (harness, _) = try traded()
    harness.command(.modes) { ($0.account, $0.instrument) = (7, 1) }
    harness.reply(
      try #require(harness.requests.last).id,
      #"[{"symbolId":"BTCUSDT-PERPETUAL","leverage":"5","marginType":"ISOLATED"}]"#)
    let mode = try #require(harness.all(PB_EV_MODE, pb_mode.self).first?.fields)
    #expect(mode.position_mode == PositionMode.hedge.rawValue && mode.margin_mode == MarginMode.isolated.rawValue)
    let command = harness.command(.leverage) {
      ($0.account, $0.instrument, $0.value) = (7, 1, pb_dec(Decimal64(3)))
    }
    let request = try #require(harness.requests.last)
    #expect(request.body.hasPrefix("leverage=3&symbol=BTCUSDT-PERPETUAL&"))
    harness.reply(request.id, #"{"code":"0000","symbolId":"BTCUSDT-PERPETUAL","leverage":"3"}"#)
    #expect(harness.replies(command).map(\.outcome) == [.done])
  }
}
