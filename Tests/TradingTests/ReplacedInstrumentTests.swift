import CPatchbay
import Decimals
import MarketModel
import Runtime
import Testing

@testable import Trading

/// A symbol gets a new id while its orders are open: its tick or lot is finer now.
@Suite struct ReplacedInstrumentTests {
  private let older = InstrumentID(1)
  private let newer = InstrumentID(9)

  private func replace(_ bench: Bench) throws {
    var instrument = try #require(bench.path.instruments.first)
    instrument = Instrument(
      id: newer, kind: instrument.kind, symbol: instrument.symbol, base: instrument.base, quote: instrument.quote,
      priceExponent: -2, quantityExponent: 0, rules: instrument.rules)
    bench.path.instruments.append(instrument)
    bench.path.accounts.replace(older, by: newer)
    bench.trader.instrument(older, replacedBy: newer)
  }

  private func reference(_ bench: Bench, _ id: OrderID, _ instrument: InstrumentID, client: Bool) -> OrderReference {
    OrderReference(
      account: main, instrument: instrument,
      clientOrderID: client ? bench.trader.orders[id]?.clientOrderID ?? "" : "", venueOrderID: "v\(id.rawValue)")
  }

  @Test func whatIsSaidUnderTheNewIdCounts() throws {
    let bench = try Bench()
    try bench.ready()
    let id = try bench.opened()
    try replace(bench)
    let fill = Fill(trade: "t1", price: 10, quantity: 2)
    bench.path.tell(.fill(FillFact(reference(bench, id, newer, client: false), fill, side: .buy)))
    #expect(bench.news() == [.filled(id, fill)] && bench.trader.orders[id]?.filled == 2)
    try bench.trader.cancel(id)
    let cancel = try #require(bench.path.draft(.cancel))
    #expect(cancel.instrument == newer.rawValue)
    try bench.path.answer(.cancel)
    let end = OrderReport(.cancelled, filled: 2, time: 9)
    bench.path.tell(.order(OrderFact(reference(bench, id, newer, client: true), end, side: .buy, type: .limit)))
    #expect(bench.trader.orders[id]?.state == .cancelled)
    #expect(!bench.news().contains { if case .anomaly = $0 { true } else { false } })
  }

  @Test func whatWaitsToBeAskedIsAskedUnderTheNewId() throws {
    var policy = TraderPolicy()
    policy.ignoresBudget = true
    let bench = try Bench(policy, verbs: [.orderHistory])
    try bench.ready()
    let orders = try (0..<10).map { _ in
      let id = try bench.trader.place(bench.request())
      try bench.path.answer(.place, noAnswer)
      return id
    }
    bench.wait(0.1)
    try replace(bench)
    bench.wait(1)
    #expect(bench.path.draft(.orderHistory)?.instrument == newer.rawValue)
    try bench.path.answer(.orderHistory) { command in
      orders.map { id in
        .order(
          OrderFact(
            reference(bench, id, newer, client: true), OrderReport(.cancelled, filled: 0), command: command.id,
            side: .buy))
      } + [.complete(CompleteFact(command: command.id, account: main, instrument: newer, what: .orders))]
    }
    #expect(orders.allSatisfy { bench.trader.orders[$0]?.state == .cancelled })
  }

  /// Without a price of what was gained, a loss would never be seen.
  @Test func aLossGoesOnCounting() throws {
    let bench = try Bench()
    try bench.ready()
    bench.trader.setLossLimit(20, in: "USD")
    let id = try bench.opened()
    bench.path.tell(bench.fill(id, "t1", 5))
    bench.path.touches[older] = 10
    #expect(bench.trader.profit == 0)
    try replace(bench)
    bench.path.touches = [newer: 5]
    #expect(bench.trader.profit == -25)
    bench.wait(1.1)
    #expect(bench.trader.haltReason?.contains("loss of 25 USD") == true)
  }

  @Test func positionsGoOnUnderTheNewId() throws {
    let bench = try Bench(verbs: [.positions])
    try bench.ready()
    let key = Positions.Key(account: main, instrument: older)
    bench.path.tell(.position(PositionFact(key, Position(quantity: 3, time: 1))))
    _ = bench.news()
    try replace(bench)
    let moved = Positions.Key(account: main, instrument: newer)
    #expect(bench.path.accounts.positions[moved]?.quantity == 3 && bench.path.accounts.positions[key] == nil)
    bench.path.tell(.position(PositionFact(moved, Position(quantity: 0, time: 2))))
    #expect(bench.news() == [.position(moved, nil)])
  }

  @Test func eventsThatWaitForTheirOrderWaitUnderTheNewId() {
    var tracker = OrderTracker()
    let draft = OrderDraft(side: .buy, type: .limit, quantity: 5, price: 10)
    tracker.track(
      TrackedOrder(
        id: OrderID(1), account: main, instrument: older, clientOrderID: "a", draft: draft,
        createCommand: CommandID(1), time: 0))
    func reference(_ instrument: InstrumentID, client: String = "") -> OrderReference {
      OrderReference(account: main, instrument: instrument, clientOrderID: client, venueOrderID: "v")
    }
    let fill = Fill(trade: "t", price: 10, quantity: 1)
    #expect(tracker.receive(fill, of: reference(older), now: 1).isEmpty)
    tracker.replace(older, by: newer)
    let changes = tracker.receive(OrderReport(.open, filled: 0), of: reference(newer, client: "a"), now: 2)
    #expect(changes.compactMap(\.newFill) == [fill] && tracker[OrderID(1)]?.instrument == newer)
    // Its id at the venue is known under the new instrument as well.
    tracker.replace(newer, by: older)
    let more = Fill(trade: "t2", price: 10, quantity: 1)
    #expect(tracker.receive(more, of: reference(older), now: 3).compactMap(\.newFill) == [more])
  }
}
