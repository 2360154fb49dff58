import CPatchbay
import Decimals
import MarketModel
import Runtime
import Testing

@testable import Trading

@Suite struct CancelTests {
  @Test func aCancelHasOneEndAndKeepsTheFillThatRacedIt() throws {
    let bench = try Bench()
    try bench.ready()
    let id = try bench.opened()
    try bench.trader.cancel(id)
    try bench.trader.cancel(id)
    #expect(bench.path.count(.cancel) == 1 && bench.trader.orders[id]?.state == .pendingCancel)
    // Answer and stream both tell the end, and a fill was faster.
    try bench.path.answer(.cancel) { [bench.report(id, .cancelled, filled: 2, command: $0.id)] }
    bench.path.tell(bench.fill(id, "t1", 2))
    bench.path.tell(bench.report(id, .cancelled, filled: 2))
    #expect(bench.news() == [.filled(id, Fill(trade: "t1", price: 10, quantity: 2)), .cancelled(id, reason: "")])
    #expect(throws: TraderRefusal.ended(id, .cancelled)) { try bench.trader.cancel(id) }
    #expect(throws: TraderRefusal.unknownOrder(OrderID(99))) { try bench.trader.cancel(OrderID(99)) }
  }

  @Test func aCancelWaitsUntilTheVenueIsKnownToHaveTheOrder() throws {
    let bench = try Bench()
    try bench.ready()
    let id = try bench.trader.place(bench.request())
    try bench.trader.cancel(id)
    #expect(bench.path.count(.cancel) == 0)
    try bench.path.answer(.place, noAnswer)
    bench.wait(1)
    #expect(bench.path.count(.cancel) == 0 && bench.path.count(.order) == 1)
    try bench.path.answer(.order) { [bench.report(id, .open, command: $0.id)] }
    #expect(bench.path.count(.cancel) == 1)
    try bench.path.answer(.cancel) { [bench.report(id, .cancelled, filled: 0, command: $0.id)] }
    #expect(bench.news() == [.created(id), .cancelled(id, reason: "")])
  }

  @Test func anUnansweredCancelIsAskedForAndRepeatedWhileTheOrderLives() throws {
    let bench = try Bench()
    try bench.ready()
    let id = try bench.opened()
    try bench.trader.cancel(id)
    for round in 0..<3 {
      try bench.path.answer(.cancel, noAnswer)
      #expect(bench.path.count(.cancel) == 0)
      bench.wait(1)
      try bench.path.answer(.order) { [bench.report(id, .open, filled: 0, command: $0.id)] }
      bench.wait(Double(1 << round) + 0.1)
      #expect(bench.path.count(.cancel) == 1, "round \(round)")
    }
    // Confirmed, and no word of the end: it is asked.
    try bench.path.answer(.cancel)
    bench.wait(2.1)
    try bench.path.answer(.order) { [bench.report(id, .cancelled, filled: 0, command: $0.id)] }
    #expect(bench.news() == [.cancelled(id, reason: "")])
  }

  @Test func anUnknownOrderIsNotTakenAsCancelled() throws {
    let bench = try Bench()
    try bench.ready()
    let id = try bench.opened()
    try bench.trader.cancel(id)
    try bench.path.answer(.cancel, unknownOrder)
    #expect(bench.trader.orders[id]?.state == .open && bench.path.count(.order) == 1)
    // It had been filled.
    try bench.path.answer(.order) { [bench.report(id, .filled, filled: 5, command: $0.id)] }
    bench.path.tell(bench.fill(id, "t1", 5))
    #expect(bench.news().last == .completed(id))
  }

  @Test func refusalsOfCancelsAreToldOnceAndTriedAgain() throws {
    let bench = try Bench()
    try bench.ready()
    let id = try bench.opened()
    try bench.trader.cancel(id)
    let busy = CommandResult(.refused, error: UInt32(PB_ERR_RATE_LIMIT), text: "busy", retryAfter: 7 * second)
    try bench.path.answer(.cancel, busy)
    bench.wait(6.9)
    #expect(bench.path.count(.cancel) == 0)
    bench.wait(0.2)
    let other = CommandResult(.refused, error: UInt32(PB_ERR_OTHER), text: "frozen")
    try bench.path.answer(.cancel, other)
    bench.wait(5)
    try bench.path.answer(.order) { [bench.report(id, .open, command: $0.id)] }
    try bench.path.answer(.cancel, other)
    #expect(bench.news() == [.anomaly(id, .cancelRefused(error: UInt32(PB_ERR_OTHER), reason: "frozen"))])
  }

  @Test func manyAreCancelledInOneCommand() throws {
    let bench = try Bench()
    try bench.ready()
    let ids = try [bench.opened(), bench.opened(), bench.opened()]
    let pending = try bench.trader.place(bench.request())
    bench.trader.cancel(ids + [pending])
    #expect(bench.path.count(.cancel) == 0 && bench.path.draft(.cancelMany)?.items.map(\.order) == ids.map(\.rawValue))
    try bench.path.answer(.cancelMany) { command in
      ids.prefix(2).map { bench.report($0, .cancelled, filled: 0, command: command.id) }
    }
    #expect(bench.news() == ids.prefix(2).map { .cancelled($0, reason: "") })
    // Of the third nothing was said.
    bench.wait(2.1)
    #expect(bench.path.draft(.order)?.order == ids[2].rawValue)
  }

  @Test func anAmendmentIsCheckedAndItsEndIsTold() throws {
    let bench = try Bench()
    try bench.ready(["USD": 60])
    let id = try bench.opened()
    #expect(throws: TraderRefusal.shortOf(asset: "USD", needed: 40, available: 10)) {
      try bench.trader.amend(id, quantity: 9)
    }
    #expect(throws: TraderRefusal.nothing) { try bench.trader.amend(id) }
    try bench.trader.amend(id, quantity: 6)
    #expect(bench.path.draft(.amend)?.quantity == 6 && bench.path.draft(.amend)?.price == nil)
    try bench.path.answer(.amend) { _ in [] }
    // What is wanted is one thing, and what the exchange makes of it another.
    let wanted = bench.trader.wanted(id, price: 9, quantity: nil)
    #expect(wanted?.price == 9 && bench.trader.orders[id]?.price == 10)
    try bench.trader.amend(id, price: 9)
    try bench.path.answer(.amend, CommandResult(.refused, error: UInt32(PB_ERR_POST_ONLY), text: "would take"))
    let failed = TraderEvent.amendFailed(id, error: UInt32(PB_ERR_POST_ONLY), reason: "would take")
    #expect(bench.news() == [.amended(id), failed])
  }

  /// Who waits for a cancel learns at once that the exchange will not do it; what only has to be tried again is none.
  @Test func aCancelThatIsRefusedForGoodIsKnownAtOnce() throws {
    let bench = try Bench()
    try bench.ready()
    let id = try bench.opened()
    func refuses() throws -> Bool { bench.trader.refusesCancel(try #require(bench.trader.orders[id])) }
    #expect(try !refuses())
    try bench.trader.cancel(id)
    for (error, expected) in [(PB_ERR_RATE_LIMIT, false), (PB_ERR_UNKNOWN_ORDER, false), (PB_ERR_OTHER, true)] {
      try bench.path.answer(.cancel, CommandResult(.refused, error: UInt32(error), text: "no"))
      #expect(try refuses() == expected, "\(error)")
      while bench.path.count(.order) > 0 {
        try bench.path.answer(.order) { [bench.report(id, .open, filled: 0, command: $0.id)] }
      }
      // It is given again after a while.
      bench.wait(5)
    }
    bench.path.tell(bench.report(id, .cancelled, filled: 0))
    #expect(try !refuses() && bench.trader.orders[id]?.state == .cancelled)
  }

  @Test func anAmendmentWithoutAnAnswerIsNoRefusal() throws {
    let bench = try Bench()
    try bench.ready()
    let id = try bench.opened()
    try bench.trader.amend(id, price: 9)
    try bench.path.answer(.amend, noAnswer)
    #expect(bench.trader.isAmendUnknown(id))
    try bench.trader.amend(id, price: 8)
    try bench.path.answer(.amend, CommandResult(.refused, error: UInt32(PB_ERR_OTHER), text: "no"))
    #expect(!bench.trader.isAmendUnknown(id))
  }

  /// A connector that has stopped ends no order any more: nobody waits for it.
  @Test func aStopDoesNotWaitForAConnectorThatHasStopped() throws {
    let bench = try Bench()
    try bench.ready()
    let id = try bench.opened()
    bench.trader.accountPathEnded("it gave up")
    var reports: [StopReport]?
    bench.trader.stop(by: bench.path.times.mono + 10 * second) { reports = $0 }
    #expect(reports?.map(\.order) == [id] && reports?.first?.isEnded == false)
    #expect(reports?.first?.reason.contains("does not run") == true, "\(reports ?? [])")
    // One that stops meanwhile, too.
    let other = try Bench()
    try other.ready()
    _ = try other.opened()
    reports = nil
    other.trader.stop(by: other.path.times.mono + 10 * second) { reports = $0 }
    #expect(reports == nil)
    other.trader.accountPathEnded("it gave up")
    #expect(reports?.count == 1)
  }

  @Test func aStopEndsItsOwnOrdersAndReportsByTheDeadline() throws {
    let bench = try Bench()
    try bench.ready()
    let ids = try [bench.opened(), bench.opened(), bench.trader.place(bench.request())]
    var reports: [[StopReport]] = []
    bench.trader.stop(by: bench.path.times.mono + 10 * second) { reports.append($0) }
    #expect(throws: TraderRefusal.halted("the trader is stopping")) { try bench.trader.place(bench.request()) }
    try bench.path.answer(.cancelMany) { [bench.report(ids[0], .cancelled, filled: 0, command: $0.id)] }
    bench.wait(9.9)
    #expect(reports.isEmpty)
    bench.wait(0.2)
    #expect(reports.count == 1 && reports[0].map(\.order) == ids)
    #expect(reports[0].map(\.isEnded) == [true, false, false])
    #expect(reports[0].map(\.state) == [.cancelled, .pendingCancel, .unknown])
    // It goes on cancelling after the report.
    try bench.path.answer(.place) { [bench.report(ids[2], .open, command: $0.id)] }
    #expect(bench.path.draft(.cancel)?.order == ids[2].rawValue)
  }

  @Test func aStopWithoutOpenOrdersReportsAtOnce() throws {
    let bench = try Bench()
    try bench.ready()
    var reports: [StopReport]?
    bench.trader.stop(by: .max) { reports = $0 }
    #expect(reports == [])
  }
}
