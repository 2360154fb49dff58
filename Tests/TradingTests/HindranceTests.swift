import MarketModel
import Testing

@testable import Trading

/// Another host has the right to trade on an account.
@Suite struct HindranceTests {
  @Test func nothingIsPlacedAndCancelsLeave() throws {
    let bench = try Bench()
    try bench.ready()
    let open = try bench.opened()
    bench.trader.hindrance = { _ in "host b trades on it" }
    #expect(throws: TraderRefusal.notReady(["host b trades on it"])) { try bench.trader.place(bench.request()) }
    #expect(bench.trader.missing.contains { $0.hasSuffix("host b trades on it") })
    try bench.trader.cancel(open)
    #expect(bench.path.draft(.cancel)?.order == open.rawValue)
    bench.trader.hindrance = { _ in nil }
    _ = try bench.trader.place(bench.request())
  }
}
