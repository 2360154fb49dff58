import CPatchbay
import Decimals
import MarketModel
import Runtime
import Testing

@testable import Trading

/// Orders whose end was reported and that live, and fills of no order in mind.
@Suite struct ReopenedOrderTests {
  private let refusal = CommandResult(.refused, error: UInt32(PB_ERR_CLOCK), text: "ahead")

  /// Refused here, alive there: the list of open orders brings it back, and everything that looks after open orders
  /// sees it.
  @Test func anOrderThatWasRefusedAndLivesIsOpenAgain() throws {
    let bench = try Bench()
    try bench.ready()
    let id = try bench.trader.place(bench.request())
    try bench.path.answer(.place, refusal)
    #expect(bench.news() == [.failed(id, .refused(error: UInt32(PB_ERR_CLOCK), reason: "ahead"))])
    bench.path.tell(bench.report(id, .open, filled: 0))
    #expect(bench.trader.orders[id]?.state == .open && bench.trader.openCount == 1)
    let news = bench.news()
    #expect(news.contains(.adopted(id)) && news.contains(.anomaly(id, .order(.aliveAfterRefusal))))
    #expect(bench.path.count(.order) == 1, "and the venue is asked")
    // The journal says so too: a new run has it open.
    let restored = try bench.journal.restore().orders.filter { $0.record.id == id }
    var replayed = try #require(TrackedOrder(restored.first))
    for item in restored[0].events { _ = replayed.receive(item.event, .settled) }
    #expect(restored.count == 1 && replayed.state == .open)
    // The end of the host sees it.
    var reports: [StopReport] = []
    bench.trader.stop(by: bench.path.times.mono + 60 * second) { reports = $0 }
    bench.wait(0.1)
    #expect(bench.path.draft(.cancel)?.order == id.rawValue)
    try bench.path.answer(.cancel) { [bench.report(id, .cancelled, filled: 0, command: $0.id)] }
    bench.wait(0.1)
    #expect(reports.map(\.order) == [id] && reports[0].isEnded)
  }

  @Test func whatNeverLeftIsNotSent() throws {
    let bench = try Bench()
    try bench.ready()
    let id = try bench.trader.place(bench.request())
    let late = CommandResult(.refused, error: UInt32(PB_ERR_NOT_SENT), text: "its deadline passed")
    try bench.path.answer(.place, late)
    let order = try #require(bench.trader.orders[id])
    #expect(order.state == .notSent && bench.trader.reason(of: order) == "its deadline passed")
    #expect(bench.news() == [.failed(id, .notSent("its deadline passed"))])
  }

  /// An order that ended, was forgotten, and is shown alive by a word that may be older than its end: the venue is
  /// asked, and a strategy hears of it only when it lives.
  @Test(arguments: [true, false]) func anOldWordOfAForgottenOrderIsNoSecondLife(lives: Bool) throws {
    let bench = try Bench()
    try bench.ready()
    let id = try bench.trader.place(bench.request())
    guard case .order(var fact) = bench.report(id, .open, filled: 0) else { return }
    (fact.report.quantity, fact.report.price) = (5, 10)
    try bench.path.answer(.place, CommandResult(.done))
    bench.path.tell(bench.report(id, .open, filled: 0))
    bench.path.tell(bench.report(id, .cancelled, filled: 0))
    bench.wait(60)
    let course = bench.news()
    #expect(course.count { if case .cancelled = $0 { true } else { false } } == 1)
    #expect(bench.trader.orders[id] == nil)
    bench.path.tell(.order(fact))
    bench.wait(0.1)
    #expect(bench.trader.orders[id]?.state == .unknown && bench.news().isEmpty)
    try bench.path.answer(.order) { command in
      var answer = fact
      answer.command = command.id
      if !lives { answer.report = OrderReport(.cancelled, filled: 0) }
      return [.order(answer)]
    }
    bench.wait(0.1)
    #expect(bench.trader.orders[id]?.state == (lives ? .open : .cancelled))
    #expect(bench.news() == (lives ? [.adopted(id)] : []))
    #expect(bench.trader.openCount == (lives ? 1 : 0))
  }

  /// A strategy that was told of a fill is not told of it again when its order is found to live after all; and what was
  /// filled whole does not live, whatever is said of it.
  @Test(arguments: [Decimal64(2), 5]) func fillsOfAForgottenOrderAreToldOnce(quantity: Decimal64) throws {
    let bench = try Bench()
    try bench.ready()
    let id = try bench.trader.place(bench.request())
    guard case .order(var fact) = bench.report(id, .open, filled: 0) else { return }
    (fact.report.quantity, fact.report.price) = (5, 10)
    try bench.path.answer(.place, CommandResult(.done))
    bench.path.tell(bench.report(id, .open, filled: 0))
    let fill = AccountFact.fill(FillFact(fact.reference, Fill(trade: "t1", price: 10, quantity: quantity)))
    bench.path.tell(fill)
    if quantity < 5 { bench.path.tell(bench.report(id, .cancelled, filled: quantity)) }
    bench.wait(120)
    #expect(bench.trader.orders[id] == nil)
    #expect(bench.news().count { if case .filled = $0 { true } else { false } } == 1)
    bench.path.tell(.order(fact))
    bench.path.tell(fill)
    bench.wait(0.1)
    #expect(bench.news().allSatisfy { if case .filled = $0 { false } else { true } })
    #expect(bench.trader.orders[id]?.filled == (quantity < 5 ? quantity : nil))
  }

  /// An order that was forgotten after its end lives when the venue lists it.
  @Test func aForgottenOrderThatIsListedLives() throws {
    let bench = try Bench()
    try bench.ready()
    let id = try bench.trader.place(bench.request())
    guard case .order(var fact) = bench.report(id, .open, filled: 0) else { return }
    // A list describes the whole order.
    (fact.report.quantity, fact.report.price) = (5, 10)
    try bench.path.answer(.place, refusal)
    bench.wait(60)
    #expect(bench.trader.orders[id] == nil)
    bench.path.tell(.order(fact))
    #expect(bench.trader.orders[id]?.state == .open && bench.news().contains(.adopted(id)))
  }

  @Test func fillsWithoutAnOrderAreKeptOnceAndWithinBounds() throws {
    var policy = TraderPolicy()
    policy.strayFillsAtOnce = 3
    let bench = try Bench(policy)
    try bench.ready()
    func stray(_ trade: String, kind: FillKind = .own) -> AccountFact {
      let reference = OrderReference(
        account: main, instrument: InstrumentID(1), clientOrderID: "autoclose-1", venueOrderID: "v9")
      let fill = Fill(trade: trade, price: 9, quantity: 1, fee: 1, feeAsset: "USD")
      return .fill(FillFact(reference, fill, side: .sell, kind: kind))
    }
    func kept() -> [StrayFill] {
      bench.journal.kept.compactMap { if case .strayFill(_, let fill) = $0 { fill } else { nil } }
    }
    _ = bench.news()
    bench.path.tell(stray("1", kind: .liquidation))
    bench.path.tell(stray("1", kind: .liquidation))
    let liquidation = LiquidationFact(
      account: main, instrument: InstrumentID(1), kind: .forced, side: .sell, price: 9, quantity: 1, time: 0)
    #expect(bench.news() == [.liquidation(liquidation)], "once, by whatever it is said")
    bench.path.tell(.liquidation(liquidation))
    #expect(bench.news() == [])
    bench.path.tell(stray("2"))
    #expect(kept().map(\.kind) == [.liquidation, .foreign] && kept().map(\.fill.trade) == ["1", "2"])
    #expect(kept()[0].side == .sell && kept()[0].clientOrderID == "autoclose-1" && kept()[0].fill.fee == 1)
    for trade in 3...9 { bench.path.tell(stray("\(trade)")) }
    #expect(kept().count == 3 && bench.trader.counters.strayFillsDropped == 6)
    #expect(bench.news() == [.anomaly(OrderID(0), .strayFillsDropped(main))])
    bench.wait(1.1)
    bench.path.tell(stray("10"))
    #expect(kept().count == 4)
  }

  @Test func aFillThatDoesNotFitIsToldAskedAboutAndNotCounted() throws {
    let bench = try Bench()
    try bench.ready()
    let id = try bench.opened()
    _ = bench.news()
    for trade in 1...50 { bench.path.tell(bench.fill(id, "t\(trade)", 500)) }
    let order = try #require(bench.trader.orders[id])
    #expect(order.fillCount == 0 && order.state == .unknown)
    #expect(bench.news().count == bench.trader.policy.anomaliesReported && bench.path.count(.order) == 1)
    try bench.path.answer(.order) { [bench.report(id, .open, filled: 0, command: $0.id)] }
    #expect(bench.trader.orders[id]?.state == .open)
  }
}

extension TrackedOrder {
  /// As it was when it was sent.
  fileprivate init?(_ restored: RestoredOrder?) {
    guard let record = restored?.record else { return nil }
    self.init(
      id: record.id, account: record.account, instrument: InstrumentID(1), clientOrderID: record.clientOrderID,
      draft: record.draft, createCommand: record.createCommand, time: 0)
  }
}
