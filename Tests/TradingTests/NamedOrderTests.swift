import CPatchbay
import Decimals
import MarketModel
import Runtime
import Testing

@testable import Trading

/// Commands that name an order say what it is.
@Suite struct NamedOrderTests {
  private let unknown = CommandResult(.unknown, text: "no answer")

  private func stop(_ price: Decimal64 = 11, _ quantity: Decimal64 = 5) -> OrderRequest {
    OrderRequest(
      account: main, instrument: InstrumentID(1),
      draft: OrderDraft(side: .buy, type: .stopLimit, quantity: quantity, price: 12, stop: price))
  }

  private func bench() throws -> Bench {
    var policy = TraderPolicy()
    policy.ignoresBudget = true
    let instruments = ModelPath.instruments.map { known in
      var instrument = known
      instrument.rules.types.insert(.stopLimit)
      return instrument
    }
    let bench = try Bench(policy, verbs: [.orderHistory], instruments: instruments)
    try bench.ready()
    return bench
  }

  @Test func aQuestionCarriesTheDraftAndTheTimeOfItsRequest() throws {
    let bench = try bench()
    let made = bench.path.times.venue
    let id = try bench.trader.place(stop())
    try bench.path.answer(.place, unknown)
    bench.wait(1)
    let draft = try #require(bench.path.draft(.order))
    #expect(draft.order == id.rawValue && draft.clientOrder == bench.trader.orders[id]?.clientOrderID)
    #expect((draft.side, draft.type, draft.timeInForce) == (.buy, .stopLimit, .goodTillCancelled))
    #expect((draft.price, draft.stop, draft.quantity, draft.value) == (12, 11, 5, nil))
    #expect(draft.since < made && draft.since > made - 3600 * second && draft.until == 0 && draft.alike == 0)
    // An order that can no longer be on its way reached the venue before a time that is known.
    for _ in 0..<12 {
      while bench.path.count(.order) > 0 { try bench.path.answer(.order, unknown) }
      bench.wait(60)
    }
    let later = try #require(bench.path.draft(.order))
    #expect(later.until > made && later.until < bench.path.times.venue)
  }

  @Test func ordersOfOneShapeAreCountedAlsoWhenOneOfThemHasEnded() throws {
    let bench = try bench()
    let first = try bench.trader.place(stop())
    try bench.path.answer(.place, unknown)
    let second = try bench.trader.place(stop())
    try bench.path.answer(.place) { [bench.report(second, .open, filled: 0, command: $0.id)] }
    let other = try bench.trader.place(stop(11, 6))
    try bench.path.answer(.place, unknown)
    bench.wait(1)
    let asked = bench.path.waiting.filter { $0.draft.verb == .order }.map(\.draft)
    #expect(asked.first { $0.order == first.rawValue }?.alike == 1)
    #expect(asked.first { $0.order == other.rawValue }?.alike == 0)
    while bench.path.count(.order) > 0 { try bench.path.answer(.order, unknown) }
    bench.path.tell(bench.report(second, .cancelled, time: bench.path.times.venue))
    for _ in 0..<4 {
      bench.wait(60)
      #expect(bench.trader.orders[second] == nil || bench.path.times.mono > 0)
      let again = bench.path.waiting.first { $0.draft.order == first.rawValue && $0.draft.verb == .order }
      if let again { #expect(again.draft.alike == 1, "one that ended may stand in the venue's list all the same") }
      while bench.path.count(.order) > 0 { try bench.path.answer(.order, unknown) }
      while bench.path.count(.orderHistory) > 0 { try bench.path.answer(.orderHistory, unknown) }
    }
    #expect(bench.trader.orders[second] == nil)
  }

  @Test func whatWaitsForAPriceIsAskedAboutAloneUntilItsIDIsKnown() throws {
    let bench = try bench()
    for _ in 0..<8 {
      _ = try bench.trader.place(stop())
      try bench.path.answer(.place, unknown)
    }
    bench.wait(1)
    #expect(bench.path.count(.orderHistory) == 0 && bench.path.count(.order) == 8)
  }

  @Test func aCancelCarriesTheNumbersAndAChangeOnlyWhatChanges() throws {
    let bench = try bench()
    let id = try bench.opened()
    try bench.trader.amend(id, price: 9)
    let change = try #require(bench.path.draft(.amend))
    #expect((change.price, change.quantity, change.stop) == (9, nil, nil))
    #expect((change.side, change.type) == (.buy, .limit) && change.since > 0)
    try bench.path.answer(.amend)
    try bench.trader.cancel(id)
    let cancel = try #require(bench.path.draft(.cancel))
    #expect((cancel.side, cancel.type, cancel.price, cancel.quantity) == (.buy, .limit, 10, 5))
    #expect(cancel.venueOrder == "v\(id.rawValue)")
  }
}
