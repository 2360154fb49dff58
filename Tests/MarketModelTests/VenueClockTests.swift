import MarketModel
import SeededNumbers
import Testing

@Suite struct VenueClockTests {
  let epoch: Int64 = 1_790_000_000 * second

  func sample(sent: Int64, roundTrip: Int64, offset: Int64, delay: Int64? = nil) -> ClockSample {
    let venue = sent + (delay ?? roundTrip / 2) + offset
    return ClockSample(sent: sent, received: sent + roundTrip, venue: venue, wall: venue)
  }

  @Test func theOffsetIsTheMeanOfMedianAndWeightedAverage() {
    var clock = VenueClock()
    for (index, offset) in [100, 200, 600, 300, 400].enumerated() {
      #expect(clock.add(sample(sent: Int64(index) * second, roundTrip: 10, offset: epoch + Int64(offset))) == .taken)
    }
    // Median 300; (100 + 3*200 + 5*600 + 7*300 + 9*400) / 25 = 376.
    #expect(clock.offset == epoch + 338)
    #expect(clock.add(sample(sent: 9 * second, roundTrip: 10, offset: epoch + 500)) == .taken)
    // 200 600 300 400 500: median 400; (200 + 1800 + 1500 + 2800 + 4500) / 25 = 432.
    #expect(clock.offset == epoch + 416)
    #expect(clock.samples.count == 5)
  }

  @Test func theWallClockCountsOnlyBeforeTheFirstSample() {
    var clock = VenueClock()
    #expect(clock.time(mono: 5, wall: 77) == 77)
    #expect(clock.add(sample(sent: 0, roundTrip: 10, offset: epoch)) == .taken)
    #expect(clock.time(mono: 1000, wall: 77) == epoch + 1000)
    #expect(clock.time(mono: 1000, wall: .max) == epoch + 1000)
  }

  @Test func slowSamplesAreLeftOutUntilTheyAreTheRule() {
    var clock = VenueClock()
    #expect(clock.add(sample(sent: 0, roundTrip: 20 * millisecond, offset: epoch)) == .taken)
    #expect(clock.add(sample(sent: second, roundTrip: 50 * millisecond, offset: epoch)) == .taken)
    for index: Int64 in 2...3 {
      #expect(clock.add(sample(sent: index * second, roundTrip: 51 * millisecond, offset: epoch + 9)) == .tooSlow)
    }
    #expect(clock.offset == epoch)
    #expect(clock.add(sample(sent: 4 * second, roundTrip: 51 * millisecond, offset: epoch + 9)) == .taken)
    #expect(clock.offset == epoch + 9)
    #expect(clock.samples.count == 1)
  }

  @Test(arguments: [
    ClockSample(sent: 10, received: 9, venue: 5, wall: 5), ClockSample(sent: -1, received: 9, venue: 5, wall: 5),
    ClockSample(sent: .min, received: .max, venue: .max, wall: .max),
  ])
  func impossibleSamplesAreInvalid(sample: ClockSample) {
    var clock = VenueClock()
    #expect(clock.add(sample) == .invalid)
    #expect(clock.offset == nil)
  }

  @Test func aSampleThatTookTooLongIsOfNoUse() {
    var clock = VenueClock()
    #expect(clock.add(ClockSample(sent: 0, received: .max, venue: 5, wall: 5)) == .tooLong)
    #expect(clock.add(sample(sent: 0, roundTrip: 10 * second + 1, offset: epoch)) == .tooLong)
    #expect(clock.offset == nil)
    #expect(clock.add(sample(sent: 0, roundTrip: 10 * second, offset: epoch)) == .taken)
  }

  /// One odd reply moves neither timestamps nor nonces by years: what is a day off is refused, both ways.
  @Test func aTimeThatIsImplausibleNeverMovesTheClock() {
    let day: Int64 = 24 * 3600 * second
    func add(_ clock: inout VenueClock, _ distance: Int64) -> ClockSampleResult {
      clock.add(ClockSample(sent: 0, received: 10, venue: epoch + distance, wall: epoch))
    }
    for odd in [day + 1, -day - 1, 100 * 365 * day, -20 * 365 * day] {
      var clock = VenueClock()
      #expect(add(&clock, odd) == .implausible(odd))
      #expect(clock.time(mono: 5, wall: 77) == 77 && clock.wantsSample(20))
      #expect(add(&clock, 3) == .taken)
      let known = clock.offset
      #expect(add(&clock, odd) == .implausible(odd) && clock.offset == known)
    }
    for fair in [day, -day] {
      var clock = VenueClock()
      #expect(add(&clock, fair) == .taken)
    }
    var clock = VenueClock()
    #expect(clock.add(ClockSample(sent: 0, received: 0, venue: .max, wall: -5)) == .implausible(.max))
    #expect(clock.add(ClockSample(sent: 0, received: 0, venue: .min, wall: 5)) == .implausible(.min))
    for venue in [Int64(0), -1, .min] {
      #expect(clock.add(ClockSample(sent: 1, received: 9, venue: venue, wall: venue)) == .implausible(0))
    }
  }

  @Test func extremeTimesDoNotTrap() {
    var clock = VenueClock()
    for _ in 0..<6 {
      #expect(clock.add(ClockSample(sent: 0, received: 0, venue: .max, wall: .max)) == .taken)
      #expect(clock.add(ClockSample(sent: .max, received: .max, venue: 1, wall: 1)) == .taken)
    }
    #expect(clock.time(mono: .max, wall: 3) != 0)
  }

  @Test func staleness() {
    var clock = VenueClock(settings: VenueClockSettings(staleAfterNanoseconds: 100))
    #expect(clock.isStale(0) && clock.wantsSample(0))
    for _ in 0..<5 { #expect(clock.add(sample(sent: 0, roundTrip: 10, offset: epoch)) == .taken) }
    #expect(!clock.isStale(110) && !clock.wantsSample(110))
    #expect(clock.isStale(111) && clock.wantsSample(111))
  }

  @Test func aSkewErrorClearsOnceAndAllowsOneRetry() {
    var clock = VenueClock()
    #expect(clock.add(sample(sent: 0, roundTrip: 10, offset: epoch)) == .taken)
    // Two requests that left with the same wrong clock.
    #expect(clock.skewReported(requestSent: 100, isRetry: false, now: 200) == .retryAfterSample)
    #expect(clock.isStale(200))
    #expect(clock.add(sample(sent: 150, roundTrip: 100, offset: epoch)) == .invalid, "it was on its way before")
    // One more fails while the sample is on its way: that sample stays good.
    #expect(clock.skewReported(requestSent: 205, isRetry: false, now: 220) == .retryAfterSample)
    #expect(clock.add(sample(sent: 210, roundTrip: 20, offset: epoch + 7)) == .taken)
    #expect(clock.skewReported(requestSent: 110, isRetry: false, now: 240) == .retryNow)
    #expect(clock.offset == epoch + 7, "the new samples stay")
    #expect(clock.skewReported(requestSent: 250, isRetry: true, now: 260) == .giveUp)
    #expect(clock.offset == nil)
  }

  /// Whatever the delays in either direction, drift and wall clock, the error is at most half the longest round trip
  /// of the samples kept, and the drift since.
  @Test(arguments: 0..<200 as Range<UInt64>)
  func theErrorStaysWithinTheJitter(seed: UInt64) throws {
    var random = SplitMix(state: seed)
    var clock = VenueClock()
    var offset = epoch + Int64.random(in: -1_000_000 * second...1_000_000 * second, using: &random)
    let base = Int64.random(in: 0...(200 * millisecond), using: &random)
    let jitter = Int64.random(in: 0...(100 * millisecond), using: &random)
    let drift = Int64.random(in: -50_000...50_000, using: &random) // per second: 50 ppm
    var mono = Int64.random(in: 0...(1 << 50), using: &random)
    for step in 0..<60 {
      mono += 10 * second
      offset += 10 * drift
      let out = Int64.random(in: 0...(base + jitter), using: &random)
      let back = Int64.random(in: 0...(base + jitter), using: &random)
      let venue = mono + out + offset
      _ = clock.add(ClockSample(sent: mono, received: mono + out + back, venue: venue, wall: venue))
      if step == 30 {
        // The venue's clock is stepped; a refusal speaks of it.
        offset += Int64.random(in: -3600 * second...3600 * second, using: &random)
        mono += second
        _ = clock.skewReported(requestSent: mono, isRetry: false, now: mono)
        continue
      }
      let longest = try #require(clock.samples.map { $0.received - $0.sent }.max())
      let oldest = try #require(clock.samples.first).sent
      let drifted = abs(drift) * ((mono - oldest) / second + 1)
      let wall = Int64.random(in: Int64.min...Int64.max, using: &random)
      let error = clock.time(mono: mono, wall: wall) - (mono + offset)
      #expect(abs(error) <= longest / 2 + drifted + 2)
      #expect(longest <= 2 * (base + jitter))
    }
  }
}
