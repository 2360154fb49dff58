import MarketModel
import Testing

@testable import Outbound

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

  /// That a timestamp was refused is the connector's word: the command is not given again while a request of it may
  /// have done something.
  @Test func nothingIsGivenAgainWhileARequestMayHaveDoneSomething() {
    func answer(isUnderWay: Bool = false, isRetry: Bool = false, lost: Bool = false) -> SkewAnswer {
      var keeper = ClockKeeper(DispatcherOptions())
      keeper.began(5)
      keeper.passed(1, command: 5, sent: 10, received: 20)
      if lost { keeper.lost(5) }
      return keeper.skewed(5, isRetry: isRetry, isUnderWay: isUnderWay, now: 30)
    }
    #expect(answer() == .retryAfterSample)
    #expect(answer(isUnderWay: true) == .giveUp && answer(lost: true) == .giveUp && answer(isRetry: true) == .giveUp)
    var keeper = ClockKeeper(DispatcherOptions())
    keeper.began(5)
    keeper.lost(5)
    keeper.began(5)
    #expect(keeper.skewed(5, isRetry: false, isUnderWay: false, now: 1) == .retryAfterSample, "another attempt")
  }
}
