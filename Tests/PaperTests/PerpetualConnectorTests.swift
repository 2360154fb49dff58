import CPatchbay
import ConnectorKit
import Decimals
import Testing

@testable import PaperConnector

@Suite struct PerpetualConnectorTests {
  let harness: Harness

  init() throws {
    harness = try Harness(perpetualTable, #"{"step_ms": 0}"#)
    harness.start()
    harness.account(7)
    harness.account(8)
    harness.forget()
  }

  @Test func positionsArePushedAndAsked() throws {
    harness.place(7, .sell, "2", at: "60000", client: "a")
    harness.place(8, .buy, "2", at: "60000", client: "b")
    let pushed = harness.all(PB_EV_POSITION, pb_position.self)
    #expect(pushed.map(\.fields.account) == [7, 8])
    #expect(pushed.map(\.fields.quantity.text) == ["-2", "2"])
    #expect(pushed.map(\.fields.entry.text) == ["60000", "60000"])
    #expect(pushed.map(\.fields.command) == [0, 0])
    harness.forget()
    let asked = harness.command(.positions) { $0.account = 8 }
    let position = try #require(harness.all(PB_EV_POSITION, pb_position.self).first).fields
    #expect(position.command == asked)
    #expect((position.leverage.text, position.unrealized.text, position.mark.text) == ("10", "0", "60000"))
    // 100000 less 60 of fees carry a loss of 2 times 49970, all but the maintenance margin.
    let liquidation = try #require(position.liquidation.value)
    #expect(liquidation > 10_000 && liquidation < 10_200)
    harness.forget()
    harness.place(7, .buy, "2", at: "59000", client: "c")
    harness.place(8, .sell, "5", client: "d", flags: .reduceOnly)
    let orders = harness.all(PB_EV_ORDER, pb_order.self)
    #expect(orders.last?.fields.quantity.text == "2")
    #expect(harness.all(PB_EV_POSITION, pb_position.self).map(\.fields.quantity.text) == ["0", "0"])
    #expect(harness.all(PB_EV_POSITION, pb_position.self).map(\.fields.entry.text) == ["-", "-"])
    #expect(harness.all(PB_EV_FILL, pb_fill.self).map(\.fields.realized.text) == ["2000", "-2000"])
    harness.forget()
    harness.command(.positions) { $0.account = 8 }
    #expect(harness.kinds == [PB_EV_COMPLETE, PB_EV_REPLY])
    #expect(harness.faults.isEmpty)
  }

  @Test func modesAndLeverage() {
    let set = { (verb: Verb, mode: Int) in
      harness.refusal(harness.command(verb) { $0.account = 7; $0.instrument = 1; $0.mode = UInt32(mode) })
    }
    #expect(set(.marginMode, PB_MARGIN_CROSS) == nil)
    #expect(set(.marginMode, PB_MARGIN_ISOLATED) == nil)
    #expect(harness.all(PB_EV_MODE, pb_mode.self).last?.fields.margin_mode == UInt32(PB_MARGIN_ISOLATED))
    #expect(harness.all(PB_EV_POSITION, pb_position.self).last?.fields.margin_mode == UInt32(PB_MARGIN_ISOLATED))
    #expect(set(.marginMode, 9) == .invalidOrder)
    #expect(set(.marginMode, PB_MARGIN_CROSS) == nil)
    #expect(set(.positionMode, PB_POSITION_MODE_ONE_WAY) == nil)
    #expect(set(.positionMode, PB_POSITION_MODE_HEDGE) == .unsupported)
    let leverage = { (value: String) in
      harness.refusal(harness.command(.leverage) {
        $0.account = 7
        $0.instrument = 2
        $0.value = pb_dec(Decimal64(value))
      })
    }
    #expect(leverage("25") == nil)
    #expect(leverage("51") == .invalidOrder)
    #expect(leverage("2.5") == .invalidOrder)
    harness.forget()
    harness.command(.modes) { $0.account = 7 }
    #expect(harness.all(PB_EV_MODE, pb_mode.self).map(\.fields.leverage.text) == ["10", "25"])
    let hedge = harness.command(.place, client: "x") {
      $0.account = 7
      $0.instrument = 1
      $0.side = 1
      $0.type = 2
      $0.quantity = pb_dec(Decimal64("1"))
      $0.position = UInt32(PB_POSITION_LONG)
    }
    #expect(harness.refusal(hedge) == .unsupported)
  }

  /// A volatile market at the highest leverage: a position ends by liquidation, and the account is reported.
  @Test func liquidationIsTold() throws {
    let harness = try Harness(
      perpetualTable,
      #"""
      {"leverage": 50, "balances": {"USDT": 1000},
       "markets": [{"base": "BTC", "quote": "USDT", "volatility_ppm": 5000}]}
      """#)
    harness.start()
    harness.account(7)
    harness.command(.subscribe) { $0.instrument = 1; $0.channel = Channels.liquidations.rawValue }
    #expect(harness.refusal(harness.place(7, .buy, "0.7", client: "a")) == nil)
    harness.forget()
    harness.run(for: 600 * second)
    let told = harness.all(PB_EV_LIQUIDATION, pb_liquidation.self)
    #expect(told.map(\.fields.account) == [7, 0])
    #expect(told.first?.fields.quantity.text == "0.7")
    #expect(harness.all(PB_EV_POSITION, pb_position.self).last?.fields.quantity.text == "0")
    let balance = try #require(harness.all(PB_EV_BALANCE, pb_balance.self).last?.fields.total.value)
    #expect(!balance.isNegative && balance < 1000)
  }
}
