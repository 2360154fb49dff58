import Decimals
import MarketModel
import Runtime
import Testing

@testable import Trading

/// Orders good till a date.
@Suite struct ExpiryTests {
  private func order(_ bench: Bench, in seconds: Int64, force: TimeInForce? = .goodTillDate) -> OrderRequest {
    var request = bench.request()
    request.draft.timeInForce = force
    request.draft.expiry = bench.path.times.venue + seconds * second
    return request
  }

  private func placed(in seconds: Int64) throws -> (Bench, OrderID) {
    let bench = try Bench()
    try bench.ready()
    let id = try bench.trader.place(order(bench, in: seconds))
    try bench.path.answer(.place) { [bench.report(id, .open, filled: 0, command: $0.id)] }
    _ = bench.news()
    return (bench, id)
  }

  @Test func theDateIsCheckedAndSent() throws {
    let bench = try Bench()
    try bench.ready()
    #expect(throws: TraderRefusal.rules(.pastExpiry)) { try bench.trader.place(order(bench, in: 0)) }
    #expect(throws: TraderRefusal.rules(.strayExpiry)) {
      try bench.trader.place(order(bench, in: 60, force: .goodTillCancelled))
    }
    var request = order(bench, in: 60)
    request.draft.expiry = 0
    #expect(throws: TraderRefusal.rules(.missingExpiry)) { try bench.trader.place(request) }
    let end = bench.path.times.venue + 60 * second
    _ = try bench.trader.place(order(bench, in: 60))
    #expect(bench.path.draft(.place)?.expiry == end && bench.path.draft(.place)?.timeInForce == .goodTillDate)
  }

  @Test func anEndThatIsNotHeardOfIsAskedFor() throws {
    let (bench, id) = try placed(in: 20)
    bench.wait(21.9)
    #expect(bench.path.count(.order) == 0)
    bench.wait(1)
    #expect(bench.path.count(.order) == 1)
    // Its venue is late.
    try bench.path.answer(.order) { [bench.report(id, .open, filled: 0, command: $0.id)] }
    #expect(bench.path.count(.order) == 0)
    bench.wait(2)
    try bench.path.answer(.order) { [bench.report(id, .expired, filled: 0, command: $0.id)] }
    #expect(bench.news() == [.expired(id, reason: "")] && bench.trader.openCount == 0)
  }

  @Test func anEndThatIsHeardOfIsNot() throws {
    let (bench, id) = try placed(in: 20)
    bench.wait(20)
    bench.path.tell(bench.report(id, .expired, filled: 0))
    bench.wait(10)
    #expect(bench.news() == [.expired(id, reason: "")] && bench.path.count(.order) == 0)
  }

  /// The date survives a restart, and is expected then.
  @Test func aRestartKnowsTheDate() throws {
    let (first, id) = try placed(in: 20)
    let second = try Bench(journal: first.journal)
    second.path.nextCommand = 100
    try second.trader.start()
    #expect(second.trader.orders[id]?.draft.expiry == first.trader.orders[id]?.draft.expiry)
  }
}
