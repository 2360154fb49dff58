import MarketModel
import Testing

/// Sockets of every connector: what is asked for again, and how often.
@Suite struct StreamTests {
  @Test(arguments: Scripts.paths) func everythingIsSubscribedAgainAfterACut(_ path: String) throws {
    let stage = try Stage(path)
    try #require(stage.start(), "\(stage.last)")
    #expect(stage.simulation.run(for: 10 * minute) { stage.stream == .live }, "\(stage.last)")
    let rules = stage.venue.connectionRules
    var uses: [[Int]] = []
    for _ in 0..<2 {
      let (before, heard) = (stage.venue.used, stage.told.count)
      stage.cut()
      #expect(stage.told.dropFirst(heard).contains { $0.hasPrefix("gap") }, "a book whose stream is gone is not ready")
      #expect(stage.simulation.run(for: 5 * minute) { stage.isReady && stage.stream == .live }, "\(stage.last)")
      stage.simulation.run(for: 10 * second)
      uses.append(rules.map { stage.venue.used[$0, default: 0] - before[$0, default: 0] })
    }
    for (place, rule) in rules.enumerated() {
      let (first, second) = (uses[0][place], uses[1][place])
      #expect(first > 0 && first == second, "\(path):\(rule.line): held \(first) and \(second) times behind a cut")
    }
    #expect(stage.breaches == [] && stage.venue.strangers == [])
  }

  /// Whoever refuses is asked again after pauses that do not shrink, and not for ever in a loop.
  @Test(arguments: Scripts.paths) func aRefusedLoginIsTriedAgainAfterPauses(_ path: String) throws {
    let stage = try Stage(path)
    stage.venue.repeatsLimited = true
    stage.start(within: minute)
    stage.simulation.run(for: 19 * minute)
    let times = stage.venue.limitedUses
    #expect(stage.stream != .live)
    let pauses = zip(times.dropFirst(), times).map { $0 - $1 }
    #expect((2...40).contains(times.count), "\(times.count) attempts in twenty minutes")
    #expect(pauses.allSatisfy { $0 >= second * 9 / 10 }, "\(pauses)")
    let half = pauses.count / 2
    #expect((pauses.first ?? 0) <= (pauses.last ?? 0) && half > 0, "\(pauses)")
    stage.venue.repeatsLimited = false
    #expect(stage.simulation.run(for: 60 * minute) { stage.stream == .live && stage.isReady }, "\(stage.last)")
    #expect(stage.breaches == [])
  }
}
