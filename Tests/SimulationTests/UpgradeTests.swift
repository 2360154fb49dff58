import MarketModel
import Runtime
import Simulation
import Testing
import Trading
import Venue

/// A connector is replaced by another copy of itself while it trades.
@Suite struct UpgradeTests {
  private func run(
    _ venue: StoryVenue, seed: UInt64, _ change: (inout StoryOptions) -> Void = { _ in }
  ) throws -> TradeStory.Report {
    var options = StoryOptions(venue, seed: seed)
    options.duration = 300_000_000_000
    options.pace = 2_000_000_000
    options.upgrades = 3
    change(&options)
    let folder = try TemporaryFolder()
    return try TradeStory(
      options, try installed(venue.connector), other: try installed(venue.connector), folder: folder.path
    ).run()
  }

  @Test(arguments: StoryVenue.allCases) func nothingIsLostWhileEverythingGoesWrong(venue: StoryVenue) throws {
    let report = try run(venue, seed: 3)
    #expect(report.problems == [])
    // What counts is that nothing is lost by either.
    #expect(report.upgrades + report.failedUpgrades > 0)
    // Given up is what was spoiled, and what the exchange did not answer; never what was there and in order.
    let silences: [RehearsalEnd] = [.instruments, .subscription, .noBook]
    let others = report.upgradeFailures.filter { !$0.isSpoiled && !silences.contains($0.kind) }
    #expect(others == [])
  }

  /// On Kraken orders wait for its limits all the time, so that a moment without an open command is rare.
  @Test(arguments: StoryVenue.allCases.filter { $0 != .kraken })
  func inFairWeatherEachTakesOver(venue: StoryVenue) throws {
    let report = try run(venue, seed: 5) {
      ($0.weather, $0.faults, $0.crashes, $0.spoilsUpgrades) = (.fair, FaultPlan(), 0, false)
    }
    #expect(report.problems == [])
    #expect(report.upgrades > 1 && report.failedUpgrades == 0, "\(report.upgradeFailures)")
  }
}
