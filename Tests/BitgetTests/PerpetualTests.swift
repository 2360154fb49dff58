import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import BitgetConnector

@Suite struct PerpetualTests {
  private func push(_ channel: String, _ data: String) -> String {
    #"{"action":"snapshot","arg":{"instType":"USDT-FUTURES","channel":"\#(channel)","instId":"default"},"#
      + #""data":[\#(data)],"ts":1695711602568}"#
  }

  private func position(_ side: String, _ total: String, mode: String = "hedge_mode") -> String {
    #"{"posId":"1","instId":"BTCUSDT","marginCoin":"USDT","marginSize":"9.5","marginMode":"crossed","holdSide":"#
      + #""\#(side)","posMode":"\#(mode)","total":"\#(total)","openPriceAvg":"1900","leverage":20,"#
      + #""unrealizedPL":"0","liquidationPrice":"5788.1","uTime":"1695711602568"}"#
  }

  private func positions(_ harness: ConnectorHarness) -> [String?] {
    harness.all(PB_EV_POSITION, pb_position.self).map { $0.fields.quantity.value?.plain }
  }

  @Test(arguments: [
    (Side.buy, PositionLeg.long, false, "perp_open", #""side":"buy","tradeSide":"open""#),
    (.sell, .short, false, "perp_open", #""side":"sell","tradeSide":"open""#),
    (.sell, .long, true, "perp_close_long", #""side":"buy","tradeSide":"close""#),
    (.buy, .short, true, "perp_close_short", #""side":"sell","tradeSide":"close""#),
    (.sell, .net, true, "perp_place", #""side":"sell","reduceOnly":"YES""#),
  ])
  func inHedgeModeTheSideIsTheLegs(
    _ side: Side, _ leg: PositionLeg, _ reduces: Bool, _ act: String, _ text: String
  ) throws {
    let harness = try ready(BitgetPerpetual.self, trading: true)
    _ = try trading(harness, "USDT-FUTURES")
    _ = harness.placeLimit(client: "a1") {
      ($0.side, $0.position) = (side.rawValue, leg.rawValue)
      if reduces { $0.flags = OrderFlags.reduceOnly.rawValue }
    }
    let request = try #require(harness.requests.last)
    #expect(request.permission == act && request.body.contains(text), "\(request.body)")
  }

  @Test func whatClosesALegIsOnTheOtherSide() throws {
    let harness = try ready(BitgetPerpetual.self, trading: true)
    let stream = try trading(harness, "USDT-FUTURES")
    func order(_ trade: String, _ id: Int) -> String {
      #"{"accBaseVolume":"0.01","cTime":"1","clientOid":"a\#(id)","feeDetail":[{"feeCoin":"USDT","fee":"-0.16"}],"#
        + #""fillFee":"-0.16","fillFeeCoin":"USDT","fillPrice":"27000.5","baseVolume":"0.01","force":"gtc","#
        + #""instId":"BTCUSDT","orderId":"\#(id)","orderType":"market","pnl":"3","posMode":"hedge_mode","#
        + #""posSide":"long","price":"0","priceAvg":"27000.5","reduceOnly":"no","side":"buy","size":"0.01","#
        + #""status":"filled","#
        + #""tradeScope":"T","tradeId":"\#(id)","tradeSide":"\#(trade)","uTime":"2"}"#
    }
    for (id, trade) in ["open", "close", "burst_close_long", "dte_sys_adl_close_long"].enumerated() {
      harness.frame(stream, push("orders", order(trade, id + 1)))
    }
    let fills = harness.all(PB_EV_FILL, pb_fill.self).map(\.fields)
    #expect(fills.map(\.side) == [Side.buy, .sell, .sell, .sell].map(\.rawValue))
    #expect(fills.map(\.flags) == [0, 0, FillOrigin.forced.rawValue, FillOrigin.deleveraged.rawValue])
    #expect(fills.allSatisfy { $0.position == PositionLeg.long.rawValue && $0.fee.value?.plain == "0.16" })
  }

  /// A push is the whole list.
  @Test func aPositionThatLeavesTheListIsClosed() throws {
    let harness = try ready(BitgetPerpetual.self, trading: true)
    let stream = try trading(harness, "USDT-FUTURES")
    harness.frame(stream, push("positions", position("long", "0.3") + "," + position("short", "0.1")))
    harness.frame(stream, push("positions", position("long", "0.3")))
    harness.frame(stream, push("positions", ""))
    #expect(positions(harness) == ["0.3", "-0.1", "0.3", "0", "0"])
    let last = harness.all(PB_EV_POSITION, pb_position.self).suffix(2).map(\.fields.position)
    #expect(last == [PositionLeg.short, .long].map(\.rawValue))
  }

  @Test func inOneWayModeTheSideIsTheSign() throws {
    let harness = try ready(BitgetPerpetual.self, trading: true)
    let stream = try trading(harness, "USDT-FUTURES")
    harness.frame(stream, push("positions", position("short", "0.2", mode: "one_way_mode")))
    let fields = try #require(harness.all(PB_EV_POSITION, pb_position.self).first?.fields)
    #expect(fields.quantity.value?.plain == "-0.2" && fields.position == PositionLeg.net.rawValue)
  }

  /// Each order says its mode of margin: another one than the configured would never be used.
  @Test func onlyTheConfiguredMarginModeIsSet() throws {
    let harness = try ready(BitgetPerpetual.self, trading: true)
    _ = try trading(harness, "USDT-FUTURES")
    let wrong = harness.command(.marginMode) {
      ($0.account, $0.instrument, $0.mode) = (7, 1, MarginMode.isolated.rawValue)
    }
    #expect(harness.refusal(wrong) == .unsupported && harness.requests.isEmpty)
    harness.command(.marginMode) { ($0.account, $0.instrument, $0.mode) = (7, 1, MarginMode.cross.rawValue) }
    #expect(
      harness.requests.last?.body
        == #"{"symbol":"BTCUSDT","productType":"USDT-FUTURES","marginCoin":"USDT","marginMode":"crossed"}"#)
  }
}
