import Decimals
import MarketModel
import Runtime
import Testing

@testable import Trading

@Suite struct ManyOrdersTests {
  /// One event of one order costs the same whatever else is open: the work is counted, not timed.
  @Test func anEventOfOneOrderTouchesThatOrderAlone() throws {
    let bench = try Bench()
    try bench.ready(["USD": 10_000_000])
    let ids = try (0..<2000).map { _ in
      let id = try bench.trader.place(bench.request())
      try bench.path.answer(.place) { [bench.report(id, .open, filled: 0, command: $0.id)] }
      return id
    }
    #expect(bench.trader.openCount == 2000)
    bench.path.tell(.balance(BalanceFact(account: main, asset: "USD", total: 10_000_000, available: 9_500_000)))
    #expect(bench.trader.budget.holdCount == 0)
    let (before, sent) = (bench.trader.counters.worked, bench.path.sent.count)
    for id in ids.prefix(100) { bench.path.tell(bench.fill(id, "t\(id.rawValue)", 1)) }
    #expect(bench.trader.counters.worked - before <= 200 && bench.path.sent.count == sent)
    #expect(bench.trader.orders[ids[0]]?.state == .partiallyFilled)
  }
}
