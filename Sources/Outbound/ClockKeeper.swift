import MarketModel
import Runtime

/// Follows the venue's clock for one connector instance: when to ask, and what the answers say. A value; given the
/// time.
struct ClockKeeper {
  private(set) var clock: VenueClock
  private let interval: Int64
  private var isAsked = false
  private var notBefore = Int64.min
  /// The requests whose replies the connector is about to see, the latest last: one in a worker may be some behind.
  private var recent: [(request: UInt64, sent: Int64, received: Int64)] = []
  private static let mostRecent = 16
  /// What has become of the requests of a live command.
  private struct Departure {
    /// When the last of them left that was answered.
    var last: Int64?
    /// One may have done something, and nobody knows.
    var isDoubtful = false
  }

  private var departures: [UInt64: Departure] = [:]

  /// - Parameter start: this machine's clocks at the start.
  init(_ options: DispatcherOptions, start: Times? = nil) {
    clock = VenueClock(settings: options.clock, start: start.map { ($0.mono, $0.wall) })
    interval = options.sampleInterval
  }

  // MARK: Asking

  /// - Parameter wall: this machine's own time, in nanoseconds since the epoch.
  func isDue(_ now: Int64, wall: Int64) -> Bool {
    !isAsked && now >= notBefore && (clock.wantsSample(now) || clock.hasStepped(mono: now, wall: wall))
  }

  /// When to look whether it is; `nil` while an answer is waited for.
  func due(_ now: Int64) -> Int64? {
    if isAsked { return nil }
    if clock.wantsSample(now) { return max(notBefore, now) }
    return clock.samples.last.map { max(notBefore, $0.received + clock.settings.staleAfterNanoseconds + 1) }
  }

  mutating func asked() { isAsked = true }

  mutating func answered(_ isDone: Bool, now: Int64) {
    isAsked = false
    notBefore = now + (isDone ? interval : 10 * interval)
  }

  // MARK: Hearing

  /// A request left and has ended.
  mutating func passed(_ request: UInt64, command: UInt64, sent: Int64, received: Int64) {
    if recent.count == Self.mostRecent { recent.removeFirst() }
    recent.append((request, sent, received))
    departures[command]?.last = sent
  }

  /// A request left, and no answer came.
  mutating func lost(_ command: UInt64) { departures[command]?.isDoubtful = true }

  /// Whether a request of a live command has been answered, or left without an answer.
  func hasLeft(_ command: UInt64) -> Bool {
    departures[command].map { $0.last != nil || $0.isDoubtful } ?? false
  }

  mutating func began(_ command: UInt64) { departures[command] = Departure() }

  mutating func ended(_ command: UInt64) { departures.removeValue(forKey: command) }

  /// The connector read the venue's time, in nanoseconds since the epoch, from the reply to a request.
  /// - Parameters:
  ///   - resolution: the step of what it says, in nanoseconds: it was later than it said by half of that on average.
  ///     Up to a minute; anything else counts as none.
  ///   - wall: this machine's own time, in nanoseconds since the epoch.
  /// - Returns: what became of it; `nil` when no such request has ended lately.
  mutating func heard(
    _ venue: Int64, within resolution: Int64 = 0, in request: UInt64, wall: Int64
  ) -> ClockSampleResult? {
    guard let recent = recent.last(where: { $0.request == request }) else { return nil }
    let half = (0...60_000_000_000).contains(resolution) ? resolution / 2 : 0
    let venue = venue.addingReportingOverflow(half).overflow ? venue : venue &+ half
    return clock.add(ClockSample(sent: recent.sent, received: recent.received, venue: venue, wall: wall))
  }

  /// - Parameter isUnderWay: a request of the command has left and is not answered. The word that its timestamp was
  ///   refused is the connector's; nothing has happened only where no request may have done something.
  mutating func skewed(_ command: UInt64, isRetry: Bool, isUnderWay: Bool, now: Int64) -> SkewAnswer {
    let departure = departures[command]
    let answer = clock.skewReported(requestSent: departure?.last ?? now, isRetry: isRetry, now: now)
    return isUnderWay || departure?.isDoubtful == true ? .giveUp : answer
  }
}
