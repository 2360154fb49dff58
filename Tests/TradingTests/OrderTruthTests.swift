import Testing

@testable import Trading

/// Orders, fills and ends agree with the venue after any mixture of lost, late, doubled and reordered messages, unknown
/// outcomes and crashes.
@Suite struct OrderTruthTests {
  @Test func nothingIsLostDoubledOrUnknown() {
    var (events, crashes, orders) = (0, 0, 0)
    for seed in UInt64(1)...2000 {
      let story = Story(seed: seed)
      let problems = story.run()
      #expect(problems.isEmpty, "seed \(seed): \(problems)")
      if problems.count > 0 { return }
      events += story.wasHeard
      crashes += story.crashes
      orders += story.venue.orders.count
    }
    #expect(events > 10_000 && crashes > 1000 && orders > 5000, "\(events) events, \(crashes) crashes, \(orders) orders")
  }
}
