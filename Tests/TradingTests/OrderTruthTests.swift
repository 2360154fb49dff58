import Foundation
import Testing

@testable import Trading

/// Orders, fills and ends agree with the venue after any mixture of lost, late, doubled and reordered messages, unknown
/// outcomes and crashes.
@Suite struct OrderTruthTests {
  /// Parts of 300 seeds; `TRADING_PARTS` asks for more than the usual four.
  static let parts = UInt64(ProcessInfo.processInfo.environment["TRADING_PARTS"] ?? "") ?? 4

  @Test(arguments: 0..<parts)
  func nothingIsLostDoubledOrUnknown(part: UInt64) {
    var (events, crashes, orders, lost) = (0, 0, 0, 0)
    for seed in part * 300 + 1...part * 300 + 300 {
      let story = Story(seed: seed)
      let problems = story.run()
      #expect(problems.isEmpty, "seed \(seed): \(problems)")
      events += story.wasHeard
      crashes += story.crashes
      orders += story.venue.orders.count
      lost += story.lost
    }
    // The stories are worth telling: all of it happens.
    #expect(events > 8000 && crashes > 200 && orders > 3000, "\(events) events, \(crashes) crashes, \(orders) orders")
    #expect(lost > 50, "\(lost) lost")
  }

  /// The same where the venue changes an order by making a new one.
  @Test(arguments: 0..<parts)
  func ordersGoOnAsOthers(part: UInt64) {
    var (replaced, crashes) = (0, 0)
    for seed in part * 100 + 1...part * 100 + 100 {
      let story = Story(seed: seed, replaces: true)
      let problems = story.run()
      #expect(problems.isEmpty, "seed \(seed): \(problems)")
      replaced += story.venue.orders.filter { !$0.continues.isEmpty }.count
      crashes += story.crashes
    }
    #expect(replaced > 100 && crashes > 60, "\(replaced) replaced, \(crashes) crashes")
  }

  @Test func theSameSeedTellsTheSameStory() {
    for seed in UInt64(1)...20 {
      let (one, two) = (Story(seed: seed), Story(seed: seed))
      #expect(one.run() == two.run() && one.log == two.log, "seed \(seed)")
    }
  }

  /// Known bugs of order management, put in on purpose, are seen within so many seeds.
  @Test(arguments: [
    (TraderPolicy.Fault.skipReconcile, UInt64(20)), (.retryBlindly, 20), (.forgetFill, 20), (.trustErrors, 60),
    (.sendEarly, 20), (.assumeCancelled, 60),
  ])
  func aBugIsSeen(fault: TraderPolicy.Fault, within seeds: UInt64) {
    let seen = (1...seeds).first { !Story(seed: $0, fault: fault).run().isEmpty }
    #expect(seen != nil, "\(fault) is not seen within \(seeds) seeds")
  }
}
