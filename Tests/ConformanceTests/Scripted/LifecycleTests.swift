import Decimals
import MarketModel
import Testing

/// Orders of every connector from their beginning to their end.
@Suite struct LifecycleTests {
  @Test(arguments: Scripts.paths) func ordersLiveAsTheExchangeSays(_ path: String) throws {
    let stage = try Stage(path)
    try #require(stage.start(), "\(stage.last)")
    stage.trade()
    #expect(stage.ends == Stage.ends, "\(stage.last)")
    #expect(stage.breaches == [] && stage.venue.strangers == [], "\(stage.venue.strangers)")

    let filled = try #require(stage.orders[.filled])
    let fills = stage.fills[filled] ?? []
    #expect(fills.count == 2, "each fill once, however often it is told: \(fills)")
    let sum = fills.reduce(Decimal64.zero) { $0.adding($1.quantity) ?? .zero }
    #expect(sum == Stage.quantity && fills.allSatisfy { $0.price == Decimal64(50_000) })
    // Where fills are asked for, both may come at once.
    let (states, isAtOnce) = (stage.states[filled] ?? [], Set(fills.map(\.time)).count < 2)
    #expect((states.contains(.partiallyFilled) || isAtOnce) && states.last == .filled, "\(states)")
    #expect(stage.fills.keys.sorted() == [filled])

    let unanswered = try #require(stage.orders[.unanswered])
    #expect(stage.states[unanswered]?.contains(.unknown) == true, "no answer is no refusal: it is asked for")
  }

  /// The same inputs give the same outputs.
  @Test(arguments: Scripts.paths) func theSameStoryGivesTheSameWords(_ path: String) throws {
    func told() throws -> [String] {
      let stage = try Stage(path, seed: 7)
      stage.start()
      stage.trade()
      // Signatures of a P-256 key are never the same twice.
      return stage.told.filter { !$0.contains("\"jwt\"") }
    }
    let first = try told()
    #expect(first == (try told()) && first.count > 20)
  }
}
