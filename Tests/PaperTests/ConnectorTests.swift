import CPatchbay
import ConnectorKit
import Decimals
import Matching
import Testing

@testable import PaperConnector

nonisolated(unsafe) let spotTable = connectorTable(descriptor: PaperManifest.paper) {
  makeConnector(PaperSpot.self, $0, $1, $2)
}
nonisolated(unsafe) let perpetualTable = connectorTable(descriptor: PaperManifest.paperPerpetual) {
  makeConnector(PaperPerpetual.self, $0, $1, $2)
}

let second: Int64 = 1_000_000_000

extension Harness {
  /// Places an order in the first market.
  @discardableResult
  func place(
    _ account: pb_id, _ side: ConnectorKit.Side, _ quantity: String, at price: String? = nil, client: String,
    flags: OrderFlags = [], force: ConnectorKit.TimeInForce = .goodTilCancelled, expiry: Int64 = 0
  ) -> pb_id {
    command(.place, client: client) { command in
      command.account = account
      command.instrument = 1
      command.order = UInt64(client.utf8.last ?? 0)
      command.side = side.rawValue
      command.type = (price == nil ? OrderType.market : .limit).rawValue
      command.time_in_force = price == nil ? 0 : force.rawValue
      command.flags = flags.rawValue
      command.expiry_ns = expiry
      command.price = pb_dec(price.flatMap { Decimal64($0) })
      let isByValue = flags.contains(.byValue)
      command.value = pb_dec(isByValue ? Decimal64(quantity) : nil)
      command.quantity = pb_dec(isByValue ? nil : Decimal64(quantity))
    }
  }

  /// Kinds of the records since `forget`, timers left out.
  var kinds: [Int] { emitted.map(\.kind).filter { $0 != PB_OUT_TIMER } }
}

@Suite struct ConnectorTests {
  let harness: Harness

  init() throws {
    harness = try Harness(spotTable, #"{"step_ms": 0, "taker_fee": "0.002"}"#)
    harness.start()
    harness.account(7)
    harness.account(8)
    harness.forget()
  }

  @Test func instruments() {
    let command = harness.command(.instruments)
    let instruments = harness.all(PB_EV_INSTRUMENT, pb_instrument.self)
    #expect(instruments.map { $0.record.text($0.fields.symbol) } == ["BTC-USDT", "ETH-USDT"])
    #expect(instruments[0].fields.tick.text == "0.01")
    #expect(instruments[0].fields.lot.text == "0.00001")
    #expect(instruments[0].fields.price_exp == -2)
    #expect(instruments[0].fields.taker_fee.text == "0.002")
    #expect(harness.kinds == [PB_EV_INSTRUMENT, PB_EV_INSTRUMENT, PB_EV_COMPLETE, PB_EV_REPLY])
    #expect(harness.refusal(command) == nil)
  }

  @Test func anOrderRestsThenFills() throws {
    let first = harness.place(7, .sell, "0.1", at: "60000", client: "a")
    let open = try #require(harness.all(PB_EV_ORDER, pb_order.self).last)
    #expect(open.fields.state == OrderState.open.rawValue)
    #expect(open.fields.command == first)
    #expect(open.record.text(open.fields.client_order) == "a")
    #expect(open.fields.order == 97)
    #expect(harness.refusal(first) == nil)
    let held = try #require(harness.all(PB_EV_BALANCE, pb_balance.self).last)
    #expect(held.record.text(held.fields.asset) == "BTC")
    #expect((held.fields.total.text, held.fields.available.text) == ("1", "0.9"))
    harness.forget()

    let taker = harness.place(8, .buy, "0.04", at: "60000", client: "b")
    #expect(harness.refusal(taker) == nil)
    let fills = harness.all(PB_EV_FILL, pb_fill.self)
    #expect(fills.map(\.fields.account) == [7, 8])
    #expect(fills.map(\.fields.liquidity) == [1, 2])
    #expect(fills.map(\.fields.command) == [0, taker])
    #expect(fills.map { $0.record.text($0.fields.fee_asset) } == ["USDT", "BTC"])
    #expect(fills.map(\.fields.fee.text) == ["2.4", "0.00008"])
    #expect(Set(fills.map { $0.record.text($0.fields.trade) }) == [harness.number(1)])
    let orders = harness.all(PB_EV_ORDER, pb_order.self)
    #expect(orders.map(\.fields.state) == [OrderState.partial.rawValue, OrderState.filled.rawValue])
    #expect(orders.map(\.fields.average.text) == ["60000", "60000"])
    #expect(orders.map(\.fields.filled.text) == ["0.04", "0.04"])
    #expect(harness.all(PB_EV_BALANCE, pb_balance.self).count == 4)
    #expect(harness.kinds.last == PB_EV_REPLY)
    #expect(harness.faults.isEmpty)
  }

  @Test func anOrderGoodTillADateEndsThen() throws {
    let end = harness.epoch + harness.now + 5 * second
    for (client, expiry) in [("a", end), ("b", end + second), ("c", end)] {
      harness.place(7, .buy, "0.1", at: "50000", client: client, force: .goodTilDate, expiry: expiry)
    }
    harness.place(7, .buy, "0.1", at: "50000", client: "d")
    let open = harness.all(PB_EV_ORDER, pb_order.self).map(\.fields)
    #expect(open.map(\.expiry_ns) == [end, end + second, end, 0])
    #expect(harness.refusal(harness.place(7, .buy, "0.1", at: "50000", client: "e", expiry: end)) == .invalidOrder)
    harness.forget()
    harness.run(for: 5 * second - 1)
    #expect(harness.all(PB_EV_ORDER, pb_order.self).isEmpty)
    harness.run(for: 1)
    let ended = harness.all(PB_EV_ORDER, pb_order.self).map(\.fields)
    #expect(ended.map(\.order) == [97, 99] && ended.allSatisfy { $0.state == OrderState.expired.rawValue })
    harness.run(for: second)
    #expect(harness.all(PB_EV_ORDER, pb_order.self).map(\.fields.order) == [97, 99, 98])
  }

  @Test func refusalsAreTypedAndTold() throws {
    #expect(harness.refusal(harness.place(7, .buy, "40", at: "60000", client: "a")) == .funds)
    let rejected = try #require(harness.all(PB_EV_ORDER, pb_order.self).last)
    #expect(rejected.fields.state == OrderState.rejected.rawValue)
    #expect(rejected.fields.error == Failure.funds.rawValue)
    #expect(harness.refusal(harness.place(9, .buy, "0.1", at: "60000", client: "a")) == .authentication)
    #expect(harness.refusal(harness.place(7, .buy, "0.000001", at: "60000", client: "a")) == .invalidOrder)
    #expect(harness.refusal(harness.place(7, .buy, "0.1", at: "60000.001", client: "a")) == .invalidOrder)
    #expect(harness.refusal(harness.place(7, .buy, "0.1", at: "60000", client: "a b")) == .invalidOrder)
    let long = String(repeating: "x", count: 37)
    #expect(harness.refusal(harness.place(7, .buy, "0.1", at: "60000", client: long)) == .invalidOrder)
    let reduce = harness.place(7, .buy, "0.1", at: "60000", client: "a", flags: .reduceOnly)
    #expect(harness.refusal(reduce) == .unsupported)
    let dated = harness.place(7, .buy, "0.1", at: "60000", client: "a", force: .goodTilDate)
    #expect(harness.refusal(dated) == .invalidOrder, "it has no date")
    #expect(harness.refusal(harness.command(.cancel, client: "none") { $0.account = 7 }) == .unknownOrder)
    #expect(harness.refusal(harness.command(.order, venue: "77") { $0.account = 7 }) == .unknownOrder)
    #expect(harness.refusal(harness.command(.subscribe) { $0.instrument = 99; $0.channel = 1 }) == .unknownInstrument)
    #expect(harness.refusal(harness.command(.subscribe) { $0.instrument = 1; $0.channel = 8 }) == .unsupported)
    #expect(harness.send(Verb.positions.rawValue) == PB_E_UNSUPPORTED)
    #expect(harness.send(0x900) == PB_E_UNSUPPORTED)
    #expect(harness.frame() == PB_E_STATE)
    harness.account(7, present: false)
    #expect(harness.refusal(harness.command(.balances) { $0.account = 7 }) == .authentication)
  }

  @Test func amendCancelAndQuestions() throws {
    harness.place(7, .buy, "0.1", at: "50000", client: "a")
    harness.place(7, .buy, "0.1", at: "51000", client: "b")
    let amend = harness.command(.amend, client: "a") { $0.account = 7; $0.quantity = pb_dec(Decimal64("0.05")) }
    #expect(harness.refusal(amend) == nil)
    #expect(harness.all(PB_EV_ORDER, pb_order.self).last?.fields.quantity.text == "0.05")
    let free = harness.command(.amend, client: "a") { $0.account = 7; $0.price = pb_dec(.zero) }
    #expect(harness.refusal(free) == .invalidOrder)
    harness.forget()
    let open = harness.command(.openOrders) { $0.account = 7 }
    #expect(harness.all(PB_EV_ORDER, pb_order.self).map(\.fields.price.text) == ["50000", "51000"])
    #expect(harness.all(PB_EV_COMPLETE, pb_complete.self).map(\.fields.command) == [open])
    harness.forget()
    #expect(harness.refusal(harness.command(.cancel, venue: harness.number(1)) { $0.account = 7 }) == nil)
    #expect(harness.refusal(harness.command(.cancel, client: "a") { $0.account = 7 }) == .unknownOrder)
    #expect(harness.all(PB_EV_ORDER, pb_order.self).map(\.fields.state) == [4, 4])
    harness.forget()
    #expect(harness.refusal(harness.command(.order) { $0.account = 7; $0.order = 98 }) == nil)
    #expect(harness.all(PB_EV_ORDER, pb_order.self).map(\.fields.price.text) == ["51000"])
    // Another account does not see it.
    #expect(harness.refusal(harness.command(.order, client: "b") { $0.account = 8 }) == .unknownOrder)
    #expect(harness.refusal(harness.command(.cancel, venue: harness.number(2)) { $0.account = 8 }) == .unknownOrder)
  }

  @Test func batches() {
    let items = ["1", "2", "3"].map { name in
      Harness.Item(client: name) { item in
        item.side = 1
        item.type = 1
        item.price = pb_dec(Decimal64(name == "2" ? "59999.999" : "50000"))
        item.quantity = pb_dec(Decimal64("0.1"))
      }
    }
    let place = harness.command(.place, items: items) { $0.account = 7; $0.instrument = 1 }
    let orders = harness.all(PB_EV_ORDER, pb_order.self)
    #expect(orders.map(\.fields.state) == [1, 5, 1])
    #expect(orders.map(\.fields.command) == [place, place, place])
    #expect(harness.refusal(place) == nil)
    #expect(harness.replies(place).map { $0.record.text($0.fields.text) }.first?.hasPrefix("1 of 3 refused") == true)
    harness.forget()
    let many = harness.command(.cancelMany, items: [.init(client: "1"), .init(client: "9"), .init(client: "3")]) {
      $0.account = 7
    }
    #expect(harness.all(PB_EV_ORDER, pb_order.self).map(\.fields.state) == [4, 4])
    #expect(harness.refusal(many) == nil)
    let none = harness.command(.cancelMany, items: [.init(client: "8"), .init(client: "9")]) { $0.account = 7 }
    #expect(harness.refusal(none) == .unknownOrder)
    #expect(harness.faults.isEmpty)
  }

  @Test func aConditionalOrderIsReportedAsWaiting() throws {
    func stop(_ type: OrderType, _ price: String, _ flags: OrderFlags) -> pb_id {
      harness.command(.place, client: "s") { command in
        (command.account, command.instrument, command.order) = (7, 1, 77)
        (command.side, command.type, command.flags) = (ConnectorKit.Side.buy.rawValue, type.rawValue, flags.rawValue)
        (command.stop, command.quantity) = (pb_dec(Decimal64(price)), pb_dec(Decimal64("0.1")))
      }
    }
    #expect(harness.refusal(stop(.stopMarket, "61000", [])) == nil)
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).last?.fields)
    #expect(order.state == OrderState.untriggered.rawValue && order.type == OrderType.stopMarket.rawValue)
    #expect(order.stop.text == "61000" && order.price.text == "-" && order.order == 77)
    harness.forget()
    harness.command(.openOrders) { $0.account = 7 }
    #expect(harness.all(PB_EV_ORDER, pb_order.self).map(\.fields.state) == [OrderState.untriggered.rawValue])
    harness.forget()
    harness.place(8, .sell, "0.5", at: "61000", client: "a")
    harness.place(8, .buy, "0.1", client: "own")
    harness.place(7, .buy, "0.1", at: "61000", client: "b")
    let states = harness.all(PB_EV_ORDER, pb_order.self).filter { $0.record.text($0.fields.client_order) == "s" }
    #expect(states.map(\.fields.state).last == OrderState.filled.rawValue)
    #expect(harness.all(PB_EV_FILL, pb_fill.self).contains { $0.fields.order == 77 })
    #expect(harness.refusal(stop(.stopMarket, "70000", .stopByMark)) == .unsupported, "spot has no mark")
    #expect(harness.refusal(stop(.market, "70000", .stopByMark)) == .invalidOrder)
    #expect(harness.faults.isEmpty)
  }

  @Test func marketOrderByValue() throws {
    harness.place(7, .sell, "0.5", at: "60000", client: "a")
    harness.forget()
    let buy = harness.place(8, .buy, "1000", client: "b", flags: .byValue)
    #expect(harness.refusal(buy) == nil)
    let order = try #require(harness.all(PB_EV_ORDER, pb_order.self).last)
    #expect((order.fields.filled.text, order.fields.state) == ("0.01666", OrderState.filled.rawValue))
  }

  @Test func historyIsCutByTimeAndLimit() {
    for index in 0..<3 {
      harness.now = Int64(index) * second
      harness.place(7, .sell, "0.1", at: "60000", client: "s\(index)")
      harness.place(8, .buy, "0.1", at: "60000", client: "b\(index)")
    }
    func trades(_ set: @escaping (inout pb_in_command) -> Void) -> (ids: [String], isPartial: Bool?) {
      harness.forget()
      harness.command(.fills) { $0.account = 8; set(&$0) }
      return (
        harness.all(PB_EV_FILL, pb_fill.self).map { $0.record.text($0.fields.trade) },
        harness.all(PB_EV_COMPLETE, pb_complete.self).last.map { $0.fields.flags == UInt32(PB_COMPLETE_PARTIAL) }
      )
    }
    let epoch = harness.epoch
    let ids = (1...3).map(harness.number)
    #expect(trades { _ in } == (ids, false))
    #expect(trades { $0.since_ns = epoch + second } == (Array(ids[1...]), false))
    #expect(trades { $0.until_ns = epoch + second } == ([ids[0]], false))
    #expect(trades { $0.limit = 2 } == (Array(ids[..<2]), true))
    #expect(trades { $0.instrument = 2 } == ([], false))
  }

  @Test func balancesFeesAndClock() {
    harness.command(.balances) { $0.account = 7 }
    let balances = harness.all(PB_EV_BALANCE, pb_balance.self)
    #expect(balances.map { $0.record.text($0.fields.asset) + $0.fields.total.text } == ["BTC1", "USDT100000", "ETH10"])
    harness.command(.fees) { $0.account = 7 }
    #expect(harness.all(PB_EV_FEES, pb_fees.self).map(\.fields.taker.text) == ["0.002", "0.002"])
    harness.now = 5
    harness.command(.clock)
    #expect(harness.all(PB_EV_CLOCK, pb_clock.self).map(\.fields.venue_ns) == [harness.epoch + 5])
  }

  @Test func commandsWaitForTheirDelay() throws {
    let harness = try Harness(spotTable, #"{"step_ms": 0, "ack_delay_ms": 20}"#)
    harness.start()
    harness.account(7)
    harness.forget()
    let first = harness.place(7, .buy, "0.1", at: "50000", client: "a")
    harness.run(for: 15_000_000)
    let second = harness.command(.cancel, client: "a") { $0.account = 7 }
    #expect(harness.replies(first).isEmpty)
    harness.run(for: 5_000_000)
    #expect(harness.refusal(first) == nil)
    #expect(harness.replies(second).isEmpty)
    harness.run(for: 14_999_999)
    #expect(harness.replies(second).isEmpty)
    harness.run(for: 1)
    #expect(harness.refusal(second) == nil)
    #expect(harness.all(PB_EV_ORDER, pb_order.self).map(\.fields.state) == [1, 4])
    #expect(harness.timers.isEmpty)
  }
}
