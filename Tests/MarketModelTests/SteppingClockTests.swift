import Testing

@testable import MarketModel

/// This machine's clock is set while the host runs, by seconds, hours or years.
@Suite struct SteppingClockTests {
  private let epoch: Int64 = 1_790_000_000 * second
  private let hour = 3600 * second
  private let year = 365 * 24 * 3600 * second

  /// A clock that has followed the venue's for five seconds; both agree at first.
  private func followed() -> VenueClock {
    var clock = VenueClock(start: (0, epoch))
    for index: Int64 in 0..<5 {
      let sent = index * second
      let venue = epoch + sent + 5
      let sample = ClockSample(sent: sent, received: sent + 10, venue: venue, wall: venue)
      #expect(clock.add(sample) == .taken)
    }
    return clock
  }

  @Test(arguments: [-10, -1, 1, 10]) func yearsAreNotFollowedBeforeTheVenueHasSpoken(years: Int64) {
    let clock = VenueClock(start: (0, epoch))
    let wall = epoch + years * year
    #expect(clock.time(mono: 7 * second, wall: wall) == epoch + 7 * second)
    #expect(!clock.isFollowing(mono: 7 * second, wall: wall))
  }

  /// A clock that is set right at the start of a machine: nothing better is known than what it says now.
  @Test(arguments: [-20, -1, 1, 20]) func hoursAreFollowed(hours: Int64) {
    let clock = VenueClock(start: (0, epoch))
    let wall = epoch + hours * hour
    #expect(clock.time(mono: 7 * second, wall: wall) == wall && clock.isFollowing(mono: 7 * second, wall: wall))
  }

  /// The venue's own word goes on to count, though this machine's clock is years from it.
  @Test(arguments: [-10, 10]) func samplesAreMeasuredByWhatWasKnown(years: Int64) {
    var clock = followed()
    let sent = 400 * second
    let sample = ClockSample(
      sent: sent, received: sent + 10, venue: epoch + sent + 5, wall: epoch + sent + years * year)
    #expect(clock.add(sample) == .taken)
    #expect(clock.time(mono: sent, wall: sample.wall) == epoch + sent)
    // One odd reply is as odd as before.
    var odd = sample
    odd.venue += 3 * year
    guard case .implausible = clock.add(odd) else { return #expect(Bool(false), "a sample years ahead") }
  }

  /// A nonce that is made by a clock that is years ahead spoils its key: until the venue's time is known again after a
  /// refusal, that is made of what was known.
  @Test(arguments: [-10, 10]) func aRefusalDoesNotBringTheSteppedClockIn(years: Int64) {
    var clock = followed()
    let now = 400 * second
    #expect(clock.skewReported(requestSent: now, isRetry: false, now: now) == .retryAfterSample)
    let time = clock.time(mono: now, wall: epoch + now + years * year)
    #expect(abs(time - (epoch + now)) < second)
    let sample = ClockSample(
      sent: now, received: now + 10, venue: epoch + now + 5, wall: epoch + now + years * year)
    #expect(clock.add(sample) == .taken)
  }

  /// A machine that slept: its monotonic clock stood still, and one answer is enough to know it.
  @Test(arguments: [60, 3600, 20 * 3600]) func oneSampleAfterASleepCounts(seconds: Int64) {
    var clock = followed()
    let (now, slept) = (10 * second, seconds * second)
    #expect(!clock.wantsSample(now) && !clock.hasStepped(mono: now, wall: epoch + now))
    #expect(clock.hasStepped(mono: now, wall: epoch + now + slept))
    let venue = epoch + now + slept + 5
    #expect(clock.add(ClockSample(sent: now, received: now + 10, venue: venue, wall: venue)) == .taken)
    #expect(abs(clock.time(mono: now, wall: venue) - venue) < second)
    #expect(!clock.hasStepped(mono: now, wall: venue))
  }

  /// A wall clock that is set says nothing of the venue's.
  @Test(arguments: [-3600, -2, 2, 3600]) func aStepAloneMovesNothing(seconds: Int64) {
    var clock = followed()
    let now = 10 * second
    let wall = epoch + now + seconds * second
    #expect(clock.hasStepped(mono: now, wall: wall))
    #expect(clock.add(ClockSample(sent: now, received: now + 10, venue: epoch + now + 5, wall: wall)) == .taken)
    #expect(abs(clock.time(mono: now, wall: wall) - (epoch + now)) < 1_000_000)
    #expect(!clock.hasStepped(mono: now, wall: wall) && clock.samples.count == 5)
  }

  /// A host that began years off is set right: the venue's time is taken as soon as it fits this machine's.
  @Test func aClockThatIsSetRightIsBelieved() {
    var clock = VenueClock(start: (0, 0))
    let sample = ClockSample(sent: second, received: second + 10, venue: epoch, wall: 2 * second)
    guard case .implausible = clock.add(sample) else { return #expect(Bool(false), "a machine at 1970") }
    var right = sample
    right.wall = epoch
    #expect(clock.add(right) == .taken)
  }
}
