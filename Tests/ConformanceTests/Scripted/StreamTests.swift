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
      let (before, heard) = (stage.venue.used, stage.toldCount)
      stage.cut()
      #expect(stage.hasToldGap(since: heard), "a book whose stream is gone is not ready")
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

  /// How long whoever refuses without a reason is left alone: a second, and each time twice as long up to five minutes.
  static let pauses: [Int64] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map { $0 * second }

  /// How long nothing may be said on a new connection, a login neither.
  private static let silences = ["Plugins/CryptoCom/script.spot.json": second]

  /// Whoever refuses is asked again after these pauses, and what the asking itself takes.
  @Test(arguments: Scripts.paths) func aRefusedLoginIsTriedAgainAfterPauses(_ path: String) throws {
    let stage = try Stage(path)
    stage.venue.repeatsLimited = true
    stage.start(within: minute)
    stage.simulation.run(for: 19 * minute)
    let times = stage.venue.limitedUses
    #expect(stage.stream != .live)
    let pauses = zip(times.dropFirst(), times).map { $0 - $1 }
    #expect(pauses.count == Self.pauses.count, "\(pauses)")
    let silence = Self.silences[path] ?? 0
    for (pause, due) in zip(pauses, Self.pauses.map({ $0 + silence })) {
      #expect((due...due + second / 4).contains(pause), "\(pause) where \(due) is due: \(pauses)")
    }
    stage.venue.repeatsLimited = false
    #expect(stage.simulation.run(for: 60 * minute) { stage.stream == .live && stage.isReady }, "\(stage.last)")
    #expect(stage.breaches == [])
  }
}
