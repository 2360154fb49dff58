import Catalog
import MarketModel
import Runtime
import Simulation
import Testing
import Trading
import Venue

/// Whole runs of the host against venues, with everything going wrong. `patchbay simulate` runs many more.
@Suite struct StoryTests {
  private func run(
    _ venue: StoryVenue, seed: UInt64, fault: TraderPolicy.Fault? = nil, faults: FaultPlan = .usual
  ) throws -> TradeStory.Report {
    var options = StoryOptions(venue, seed: seed)
    options.duration = 180_000_000_000
    options.pace = 2_000_000_000
    options.policy.fault = fault
    options.faults = faults
    let folder = try TemporaryFolder()
    return try TradeStory(options, try installed(venue.connector), folder: folder.path).run()
  }

  @Test(arguments: StoryVenue.allCases, [1, 2, 3] as [UInt64]) func everythingIsAccountedFor(
    venue: StoryVenue, seed: UInt64
  ) throws {
    let report = try run(venue, seed: seed)
    #expect(report.problems == [], "patchbay simulate --venue \(venue.rawValue) --seed \(seed)")
    #expect(report.orders > 0 && report.books > 0 && report.crashes == 3 && !report.faults.isEmpty)
  }

  @Test func theSameSeedGivesTheSameRun() throws {
    let first = try run(.binance, seed: 11)
    #expect(try run(.binance, seed: 11) == first)
    #expect(try run(.binance, seed: 12).digest != first.digest)
  }

  /// Bugs that order management is known for are found by a few runs. A comparison that is left out is made up for by
  /// the first poll here; that one is found by the trader's own stories.
  @Test(arguments: TraderPolicy.Fault.allCases.filter { $0 != .skipReconcile }) func knownBugsAreFound(
    fault: TraderPolicy.Fault
  ) throws {
    let faults = fault == .trustErrors ? try FaultPlan("usual,503=400000") : .usual
    for seed in 1...8 as ClosedRange<UInt64> {
      if try !run(.binance, seed: seed, fault: fault, faults: faults).problems.isEmpty { return }
    }
    Issue.record("\(fault) was not noticed in eight runs")
  }
}
