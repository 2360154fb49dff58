import Foundation
import Runtime
import Testing
import Venue
import VenueServer

/// `SOAK_MINUTES` says how long, `SOAK_SEED` which faults.
enum Soak {
  static let minutes = number("SOAK_MINUTES") ?? 0
  static let seed = number("SOAK_SEED") ?? 1

  /// The most that was resident so far, in MiB.
  static var memory: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss >> 10
  }

  private static func number(_ name: String) -> Int? { ProcessInfo.processInfo.environment[name].flatMap { Int($0) } }
}

/// A long run against every recorded venue at once, through random faults of every kind: `make soak`.
@Suite(.serialized, .enabled(if: Soak.minutes > 0)) struct SoakTests {
  /// A venue's run, with how long its books were there.
  private struct Leg {
    let name: String
    let rig: LiveRig
    var weather: LineWeather
    var lag = LagJudge()
    var ready = 0
    var turns = 0
    var gusts = 0
    /// Since when, on the host's clock, some book has not been ready; and the longest that took.
    var missingSince: Int64?
    var longest: Int64 = 0

    mutating func turn() {
      rig.host.lane.run(until: rig.clock.now().mono + 5_000_000)
      rig.clock.push(15_000_000)
      turns += 1
      let now = rig.clock.now().mono
      if rig.areBooksReady {
        ready += 1
        missingSince = nil
      } else {
        missingSince = missingSince ?? now
        longest = max(longest, now - (missingSince ?? now))
      }
      if turns % LagJudge.every == 0 { lag.look(rig, now: SystemClock().now().mono) }
      if let gust = weather.next(now: now) {
        gusts += 1
        rig.server.suffer(gust)
      }
    }

    var report: String {
      let counts = rig.server.perform { [rig] in rig.faulty.counts }.sorted { $0.key < $1.key }
      return "\(name): \(rig.truth.checks) books compared, \(rig.truth.wrong.count) wrong, "
        + "\(lag.late.count) late, \(rig.truth.gaps) gaps, "
        + "ready \(ready * 1000 / max(turns, 1)) of 1000, longest \(longest / 1_000_000_000) s, \(gusts) gusts, "
        + counts.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        + (missingSince.map { rig.clock.now().mono - $0 > 60_000_000_000 } == true ? "; \(rig.state)" : "")
    }
  }

  @Test func booksStayTrue() throws {
    let scenes: [(String, Scene)] = [
      ("binance", .binance), ("perpetual", .perpetual), ("kraken v1", .kraken), ("kraken v2", .krakenV2),
    ]
    var legs: [Leg] = []
    for (index, (name, scene)) in scenes.enumerated() {
      let seed = UInt64(Soak.seed * 10 + index)
      let rig = try LiveRig(scene, pace: .times(10), rules: FaultPlan.usual.rules, seed: seed)
      let weather = LineWeather(seed: seed, mean: 40_000_000_000, now: rig.clock.now().mono)
      legs.append(Leg(name: name, rig: rig, weather: weather))
    }
    let clock = SystemClock()
    let start = clock.now().mono
    var told = start
    while clock.now().mono - start < Int64(Soak.minutes) * 60_000_000_000 {
      for index in legs.indices { legs[index].turn() }
      if clock.now().mono - told > 30_000_000_000 {
        told = clock.now().mono
        print("at most \(Soak.memory) MiB")
        for leg in legs { print("after \((told - start) / 1_000_000_000) s, \(leg.report)") }
        fflush(nil)
      }
      if legs.contains(where: { !$0.rig.truth.wrong.isEmpty || !$0.lag.late.isEmpty }) { break }
    }
    for leg in legs {
      print(leg.report)
      #expect(leg.rig.truth.wrong.isEmpty, "\(leg.name): \(leg.rig.truth.wrong)")
      #expect(leg.lag.late.isEmpty, "\(leg.name): \(leg.lag.late)")
      // Bans last for minutes; a line that drips and is kept lasts for ever.
      #expect(leg.longest < 300_000_000_000, "\(leg.name): books were missing for \(leg.longest / 1_000_000_000) s")
      // The weather ends: everything comes back.
      leg.rig.server.perform { [rig = leg.rig] in rig.faulty.rules = [] }
      leg.rig.push = 50_000_000
      #expect(leg.rig.becomesTrue(), "\(leg.name): \(leg.rig.state)")
    }
  }
}
