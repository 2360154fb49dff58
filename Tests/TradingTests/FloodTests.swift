import Decimals
import MarketModel
import Runtime
import Testing

@testable import Trading

/// A connector that reports without end: what the trader keeps is bounded, and it says so.
@Suite struct FloodTests {
  /// An order with this trader's mark that it did not send.
  private func strange(_ client: String, _ command: CommandID? = nil) -> AccountFact {
    let reference = OrderReference(
      account: main, instrument: InstrumentID(1), clientOrderID: client, venueOrderID: "v\(client)")
    var report = OrderReport(.open, filled: 0)
    (report.quantity, report.price) = (5, 10)
    return .order(OrderFact(reference, report, command: command, side: .buy, type: .limit))
  }

  @Test func ordersThatAreTakenInAreBounded() throws {
    var policy = TraderPolicy()
    policy.adoptedInAll = 3
    let bench = try Bench(policy)
    try bench.ready()
    var ids = try ClientOrderIDs(prefix: "pb", instance: "x", start: 1000, alphabet: .base36, maximumLength: 36)
    for _ in 0..<10 { bench.path.tell(strange(try ids.next())) }
    #expect(bench.trader.openCount == 3 && bench.trader.counters.notAdopted == 7)
    #expect(bench.trader.haltReason?.contains("did not send") == true, "what it cannot know it does not trade beside")
    #expect(bench.news().filter { if case .halted = $0 { true } else { false } }.count == 1)
    bench.wait(1.1)
    bench.path.tell(strange(try ids.next()))
    #expect(bench.trader.openCount == 4, "one more a second")
  }

  /// Taking thousands in at once would keep all others from the lane: the exchange is asked again for the rest.
  @Test func ordersAreTakenInLittleByLittle() throws {
    var policy = TraderPolicy()
    (policy.adoptedAtOnce, policy.adoptedPerSecond) = (4, 2)
    let bench = try Bench(policy)
    var ids = try ClientOrderIDs(prefix: "pb", instance: "x", start: 1000, alphabet: .base36, maximumLength: 36)
    let clients = try (0..<9).map { _ in try ids.next() }
    let list = { (command: ScriptedPath.Sent) in
      clients.map { self.strange($0, command.id) }
        + [.complete(CompleteFact(command: command.id, account: main, what: .orders))]
    }
    try bench.trader.start()
    bench.path.tell(.stream(main, .live, reason: ""))
    try bench.answerList(.balances)
    try bench.path.answer(.openOrders, CommandResult(.done), list)
    #expect(bench.trader.openCount == 4 && !bench.trader.isReady)
    #expect(bench.trader.missing.first?.contains("more at once") == true, "\(bench.trader.missing)")
    var rounds = 0
    while bench.trader.openCount < 9, rounds < 10 {
      bench.wait(1)
      try bench.path.answer(.openOrders, CommandResult(.done), list)
      rounds += 1
    }
    #expect(rounds == 3 && bench.trader.openCount == 9 && bench.trader.haltReason == nil)
    bench.wait(1)
    #expect(bench.path.count(.openOrders) == 0 && bench.trader.isReady, "the last list was taken in whole")
    // The stream says more than is taken in: the list is asked for, and has it.
    let more = try (0..<5).map { _ in try ids.next() }
    for client in more { bench.path.tell(strange(client)) }
    #expect(bench.trader.openCount < 14 && bench.path.count(.openOrders) == 0)
    bench.wait(1)
    #expect(bench.path.count(.openOrders) == 1)
  }

  /// Others have their turn between thousands of orders that are to be cancelled.
  @Test func oneTurnLooksAtSoManyOrdersAndNoMore() throws {
    var policy = TraderPolicy()
    policy.ordersPerTurn = 10
    let bench = try Bench(policy)
    bench.path.verbs.remove(.cancelMany)
    try bench.ready()
    var ids = try ClientOrderIDs(prefix: "pb", instance: "x", start: 1000, alphabet: .base36, maximumLength: 36)
    for _ in 0..<25 { bench.path.tell(strange(try ids.next())) }
    var reports: [StopReport]?
    bench.trader.stop(by: bench.path.times.mono + 5 * second) { reports = $0 }
    #expect(bench.path.count(.cancel) == 10 && bench.trader.due == bench.path.times.mono)
    bench.trader.tick()
    #expect(bench.path.count(.cancel) == 20)
    bench.trader.tick()
    #expect(bench.path.count(.cancel) == 25)
    bench.wait(5)
    #expect(reports?.count == 25 && reports?.contains { $0.isEnded } == false, "the deadline holds")
  }

  /// Memory does not take the place of a disk that is full.
  @Test func whatWaitsForAJournalThatTakesNothingIsBounded() throws {
    var policy = TraderPolicy()
    policy.entriesWaiting = 5
    let bench = try Bench(policy)
    try bench.ready()
    let id = try bench.opened()
    bench.journal.failure = JournalFailure("the disk is full")
    for trade in 1...20 { bench.path.tell(bench.fill(id, "t\(trade)", Decimal64(mantissa: 1, exponent: -2))) }
    #expect(bench.trader.counters.entriesDropped > 0 && bench.trader.entries.count <= 5)
    #expect(bench.trader.haltReason?.contains("make room on its disk") == true)
    #expect(bench.trader.orders[id]?.fillCount == 20, "what is known is known all the same")
    // Nothing may follow what is missing: the next run begins to ask where the journal ends.
    let kept = bench.journal.kept.count
    bench.journal.failure = nil
    bench.wait(5)
    bench.path.tell(bench.fill(id, "late", Decimal64(mantissa: 1, exponent: -2)))
    let more = bench.journal.kept.dropFirst(kept)
    #expect(more.count <= 5 && !more.contains { if case .seen = $0 { true } else { false } })
    bench.trader.resume()
    let next = try bench.trader.place(bench.request())
    #expect(bench.path.count(.place) == 0)
    #expect(bench.news().contains { if case .failed(next, .notSent) = $0 { true } else { false } })
  }

  @Test func contradictionsOfOneOrderAreToldAFewTimes() throws {
    let bench = try Bench()
    try bench.ready()
    let id = try bench.opened()
    _ = bench.news()
    for round in 1...100 {
      bench.path.tell(bench.report(id, .cancelled, filled: 0, time: Int64(2 * round)))
      bench.path.tell(bench.report(id, .open, filled: 0, time: Int64(2 * round + 1)))
    }
    let told = bench.news().filter { if case .anomaly = $0 { true } else { false } }
    #expect((1...bench.trader.policy.anomaliesReported).contains(told.count), "\(told.count)")
  }

  @Test func anEndOfASetThatNobodyAskedForLeavesNothingBehind() throws {
    let bench = try Bench()
    try bench.ready()
    for command in 99..<1099 {
      bench.path.tell(.complete(CompleteFact(command: CommandID(UInt64(command)), account: main, what: .positions)))
    }
    #expect(bench.trader.accounts[main]?.awaited.isEmpty == true)
  }
}
