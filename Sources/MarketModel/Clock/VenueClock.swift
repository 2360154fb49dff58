/// One reading of a venue's clock.
public struct ClockSample: Equatable, Sendable {
  /// When the request left and when its reply came; monotonic nanoseconds.
  public var sent: Int64
  public var received: Int64
  /// What the venue said; nanoseconds since the Unix epoch.
  public var venue: Int64
  /// This machine's own clock when the reply came; nanoseconds since the Unix epoch.
  public var wall: Int64

  public init(sent: Int64, received: Int64, venue: Int64, wall: Int64) {
    self.sent = sent
    self.received = received
    self.venue = venue
    self.wall = wall
  }

  /// Venue time less monotonic time at the middle of the round trip. Wrong by at most half the round trip.
  var offset: Int64 { venue - (sent + (received - sent) / 2) }
  var roundTrip: Int64 { received - sent }
  /// This machine's wall clock less its monotonic one.
  var machine: Int64 { wall.subtractingSaturated(received) }
}

/// What became of a sample.
public enum ClockSampleResult: Equatable, Sendable {
  case taken
  /// Its round trip was too long compared with the best of those kept.
  case tooSlow
  /// Its times are impossible, or it is older than the last clearing.
  case invalid
  /// Its round trip was longer than any that is of use.
  case tooLong
  /// The venue's time is further from this machine's than any two clocks that are in use; by so many nanoseconds.
  case implausible(Int64)
}

/// What to do with a request that the venue refused because of its timestamp.
public enum SkewAnswer: Equatable, Sendable {
  /// Ask the venue's time, then sign and send it once more.
  case retryAfterSample
  /// The clock was set again since it left: sign and send it once more now.
  case retryNow
  /// It was a second attempt: report the error.
  case giveUp
}

/// How a venue's clock is followed.
public struct VenueClockSettings: Equatable, Sendable {
  /// A sample is too slow when its round trip is longer than twice the best one kept and this.
  public var slackNanoseconds: Int64
  /// No sample with a longer round trip is used.
  public var longestRoundTripNanoseconds: Int64
  /// After so many slow samples in a row the path is taken to have become slow, and the samples start anew.
  public var slowSamplesInARow: Int
  /// How old the newest sample may be.
  public var staleAfterNanoseconds: Int64
  /// How far the venue's time may be from this machine's. A wrong time zone is within it, a wrong year is not.
  public var furthestNanoseconds: Int64

  public init(
    slackNanoseconds: Int64 = 10_000_000, longestRoundTripNanoseconds: Int64 = 10_000_000_000,
    slowSamplesInARow: Int = 3, staleAfterNanoseconds: Int64 = 900_000_000_000,
    furthestNanoseconds: Int64 = 24 * 3_600_000_000_000
  ) {
    self.slackNanoseconds = min(max(0, slackNanoseconds), 3_600_000_000_000)
    self.longestRoundTripNanoseconds = min(max(1, longestRoundTripNanoseconds), 3_600_000_000_000)
    self.slowSamplesInARow = max(1, slowSamplesInARow)
    self.staleAfterNanoseconds = max(1, staleAfterNanoseconds)
    self.furthestNanoseconds = max(0, furthestNanoseconds)
  }
}

/// The clock of a venue, as seen from here.
///
/// It adds an offset, measured at the middle of round trips, to the monotonic clock: a step of the wall clock changes
/// nothing. The offset is the mean of the median and of the linearly weighted average (newest heaviest) of the last
/// five samples, so it is wrong by no more than half the longest round trip among them, plus drift since. The wall
/// clock is used while there is no sample, and as the measure of what can be true: a sample that is more than a day
/// from it, and from what was known before, is refused, so that one odd reply moves neither timestamps nor nonces by
/// years. Nor does a wall clock that steps: once it is further than that from where it would be by the monotonic clock,
/// it is not followed until the venue has said its own time. The monotonic clock should be one that also counts while
/// the machine sleeps.
///
/// Every call is O(1). Not synchronised.
public struct VenueClock: Sendable {
  public static let sampleLimit = 5

  public let settings: VenueClockSettings
  /// Oldest first.
  public private(set) var samples: [ClockSample] = []
  /// Venue time less monotonic time; `nil` while there is no sample.
  public private(set) var offset: Int64?
  private var slowInARow = 0
  /// Samples and skew errors of requests that left before are no news.
  private var clearedAt = Int64.min
  /// The last moment that is known by both clocks: of the venue's time, or at the start of this machine's. `nil` =
  /// there is none.
  private var anchor: (mono: Int64, time: Int64)?

  /// - Parameter start: the monotonic and the wall clock at the start.
  public init(settings: VenueClockSettings = VenueClockSettings(), start: (mono: Int64, wall: Int64)? = nil) {
    self.settings = settings
    anchor = start.map { ($0.mono, $0.wall) }
    samples.reserveCapacity(Self.sampleLimit)
  }

  /// The venue's time in nanoseconds since the Unix epoch.
  /// - Parameter wall: this machine's own, for as long as nothing better is known.
  public func time(mono: Int64, wall: Int64) -> Int64 {
    guard let offset else { return believed(mono: mono, wall: wall) }
    let (time, isOver) = mono.addingReportingOverflow(offset)
    return isOver ? wall : time
  }

  /// Whether the wall clock has stepped so far that it is not followed.
  public func isFollowing(mono: Int64, wall: Int64) -> Bool { believed(mono: mono, wall: wall) == wall }

  /// The wall clock, or what it would show had it not stepped by more than two clocks in use are apart.
  private func believed(mono: Int64, wall: Int64) -> Int64 {
    guard let anchor else { return wall }
    let steady = anchor.time.addingSaturated(mono.subtractingSaturated(anchor.mono))
    return isNear(wall, steady) ? wall : steady
  }

  private func isNear(_ time: Int64, _ other: Int64) -> Bool {
    let (distance, isOver) = time.subtractingReportingOverflow(other)
    return !isOver && distance.magnitude <= UInt64(settings.furthestNanoseconds)
  }

  /// Whether the venue's time should be asked: there is no sample, or the newest is too old.
  public func isStale(_ now: Int64) -> Bool {
    guard let newest = samples.last else { return true }
    return now - newest.received > settings.staleAfterNanoseconds
  }

  /// Whether more samples would make the offset better: fewer than five, or stale.
  public func wantsSample(_ now: Int64) -> Bool { samples.count < Self.sampleLimit || isStale(now) }

  /// Whether this machine's clocks have gone apart since the newest sample: it slept, or was set.
  public func hasStepped(mono: Int64, wall: Int64) -> Bool {
    guard let newest = samples.last else { return false }
    return step(since: newest, to: wall.subtractingSaturated(mono)).magnitude > Self.steps
  }

  /// What is less is no step: clocks that are set right go slower or faster by little.
  private static let steps: UInt64 = 1_000_000_000

  private func step(since sample: ClockSample, to machine: Int64) -> Int64 {
    machine.subtractingSaturated(sample.machine)
  }

  /// Whether the monotonic clock stood still between two samples, as it may while the machine sleeps: the venue's time
  /// has gone ahead of it as far as the wall clock has. What was measured before is of no use then.
  private func hasSlept(_ newest: ClockSample, _ sample: ClockSample) -> Bool {
    let step = step(since: newest, to: sample.machine)
    let moved = sample.offset.subtractingSaturated(newest.offset)
    return step > Self.steps && moved.subtractingSaturated(step).magnitude <= step.magnitude / 2
  }

  public mutating func add(_ sample: ClockSample) -> ClockSampleResult {
    guard sample.sent >= max(0, clearedAt), sample.received >= sample.sent else { return .invalid }
    guard sample.roundTrip <= settings.longestRoundTripNanoseconds else { return .tooLong }
    let (distance, isOver) = sample.venue.subtractingReportingOverflow(sample.wall)
    guard sample.venue > 0,
      isNear(sample.venue, sample.wall)
        || isNear(sample.venue, believed(mono: sample.received, wall: sample.wall))
    else {
      return .implausible(isOver ? sample.venue < 0 ? .min : .max : distance)
    }
    if let newest = samples.last, hasSlept(newest, sample) { samples.removeAll(keepingCapacity: true) }
    if let best = samples.lazy.map(\.roundTrip).min(), sample.roundTrip - best > best + settings.slackNanoseconds {
      slowInARow += 1
      guard slowInARow >= settings.slowSamplesInARow else { return .tooSlow }
      samples.removeAll(keepingCapacity: true)
    }
    slowInARow = 0
    if samples.count == Self.sampleLimit { samples.removeFirst() }
    samples.append(sample)
    anchor = (sample.received, sample.venue)
    offset = estimate()
    return .taken
  }

  /// The venue refused a request because of its timestamp. The first such answer clears the samples; those to requests
  /// that had left before then do not clear the new ones. Each request is retried once.
  /// - Parameters:
  ///   - requestSent: monotonic time at which it left.
  ///   - isRetry: it had been refused for this before.
  public mutating func skewReported(requestSent: Int64, isRetry: Bool, now: Int64) -> SkewAnswer {
    // Without samples there is nothing to clear, and one that is on its way must stay good.
    if requestSent >= clearedAt, !samples.isEmpty {
      samples.removeAll(keepingCapacity: true)
      offset = nil
      slowInARow = 0
      clearedAt = now
    }
    if isRetry { return .giveUp }
    return samples.isEmpty ? .retryAfterSample : .retryNow
  }

  private func estimate() -> Int64? {
    let offsets = samples.map(\.offset)
    guard !offsets.isEmpty else { return nil }
    let sorted = offsets.sorted()
    let middle = sorted.count / 2
    // Twice the median, so that an even count loses nothing.
    let twiceMedian = Int128(sorted[middle]) + Int128(sorted[sorted.count - 1 - middle])
    var sum = Int128(0)
    var weights = Int128(0)
    for (index, offset) in offsets.enumerated() {
      let weight = Int128(2 * index + 1)
      sum += weight * Int128(offset)
      weights += weight
    }
    // (median + sum / weights) / 2
    return Int64(clamping: (twiceMedian * weights + 2 * sum) / (4 * weights))
  }
}
