import Testing

@testable import Runtime

@Suite struct SteadyWallTests {
  @Test func itGoesOnByTheMonotonicClock() {
    let steady = SteadyWall(since: Times(mono: 100, wall: 5_000, venue: 0))
    #expect(steady.time(100) == 5_000 && steady.time(160) == 5_060 && steady.time(90) == 4_990)
    #expect(SteadyWall(since: Times(mono: .min, wall: 1, venue: 0)).time(.max) == 1)
    #expect(SteadyWall(since: Times(mono: 0, wall: .max, venue: 0)).time(5) == .max)
  }
}
