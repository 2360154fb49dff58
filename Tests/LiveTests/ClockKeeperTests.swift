import MarketModel
import Testing

@testable import Live

/// What an exchange's word for the time is worth.
struct ClockKeeperTests {
  /// The offset after one question that took no time at all, asked 10 s after the monotonic clock's zero.
  private func offset(_ venue: Int64, within resolution: Int64) -> Int64? {
    var keeper = ClockKeeper(DispatcherOptions())
    keeper.passed(1, command: 0, sent: 10_000_000_000, received: 10_000_000_000)
    _ = keeper.heard(venue, within: resolution, in: 1, wall: venue)
    return keeper.clock.offset
  }

  @Test func wholeSecondsAreHalfASecondLaterOnAverage() {
    let venue: Int64 = 1_700_000_000_000_000_000
    #expect(offset(venue, within: 0) == venue - 10_000_000_000)
    #expect(offset(venue, within: 1_000_000_000) == venue - 9_500_000_000)
    #expect(offset(venue, within: 61_000_000_000) == venue - 10_000_000_000, "no clock steps by minutes")
    #expect(offset(venue, within: -1) == venue - 10_000_000_000)
    #expect(offset(venue, within: .min) == venue - 10_000_000_000)
  }
}
