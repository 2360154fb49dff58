/// Most that one connector instance may make the host keep and do. All stated limits of a session are here; what each
/// does when it is reached stands beside it, and for people in docs/architecture.md.
///
/// What a record or an input costs is its size in bytes plus `handling`: so small records are bounded in number, and
/// large ones in bytes.
public struct InstanceBounds: Sendable {
  /// What handling a record or an input costs besides its bytes.
  public static let handling = 1024

  // MARK: Work

  /// Cost of the records that may answer one input: 64 MiB, or some sixty thousand records. Beyond it nothing is taken,
  /// and the instance is stopped.
  public var inputCost = 64 << 20
  /// Cost of inputs and records of a second. Beyond it the instance's own timers, and what the host refuses, wait for
  /// the next second.
  public var secondCost: UInt64 = 256 << 20
  /// Nanoseconds beyond `secondCost` until the instance is stopped.
  public var patience: Int64 = 10_000_000_000
  /// Refusals that the host answers at once, on the spot; then one in each `echoInterval`.
  public var echoBurst: Int64 = 1024
  public var echoInterval: Int64 = 1_000_000
  /// Refusals that wait for their turn. Beyond it the instance is stopped, as after `patience` without room.
  public var echoesWaiting = 16_384
  /// Timers that fire at once; then one in each `timerInterval`.
  public var timerBurst: Int64 = 4096
  public var timerInterval: Int64 = 250_000
  /// Timers that are fired, and refusals that are delivered, before others of the lane have their turn.
  public var turn = 64

  /// Orders, fills, positions and funding payments of accounts that may come at once; then one in each `factInterval`.
  /// Each may have to be kept on disk, and none may be dropped: beyond it the instance is stopped.
  public var factBurst: Int64 = 65_536
  public var factInterval: Int64 = 250_000

  /// Lines of log, and instruments that are refused, that are passed on at once; then one in each `lineInterval`. The
  /// rest is dropped and counted, and the count is reported with the next line.
  public var lineBurst: Int64 = 1024
  public var lineInterval: Int64 = 20_000_000

  /// Nanoseconds of silence that an exchange can ask for, a week: what says more was reckoned by a clock that is wrong.
  public static let longestSilence: Int64 = 7 * 24 * 3600 * 1_000_000_000

  // MARK: Memory

  /// Timers that are set. Beyond it the instance is stopped: one that is missing would be missed.
  public var timers = 16_384
  /// Instruments. Beyond it a new one is refused.
  public var instruments = 16_384
  /// Instruments whose symbol has a new id, and which orders may still mean; the oldest is forgotten.
  public var replacedInstruments = 256
  /// Bytes of one record that is a fact. A larger one breaks the contract, as one of a wrong size.
  public static let factBytes = 16 << 10
  /// The same for an instrument.
  public static let instrumentBytes = 4 << 10
  /// The same for the opening of a stream, which is kept as long as the stream: a URL, headers and their seals.
  public static let openBytes = 64 << 10
  /// Bytes of a text for people (logs, reasons); the rest is cut off.
  public static let proseBytes = 4 << 10
  /// The same where one is kept for each market and channel, or for each limit.
  public static let reasonBytes = 512
  /// Bytes of the levels of all books: twenty thousand levels for each of three thousand instruments. What has no room
  /// is refused, and its book is not ready.
  public var bookBytes = 1 << 30
  /// What a record costs more for each market that it means.
  public static let marketCost = 256

  public init() {}
}

/// Lets so many things happen at once, and then one in each interval. A value; given the time.
package struct Throttle {
  private let burst: Int64
  private let interval: Int64
  /// When everything that was let through would have been, at the interval.
  private var reached = Int64.min

  package init(burst: Int64, interval: Int64) {
    self.interval = max(1, interval)
    self.burst = max(0, burst - 1) * self.interval
  }

  /// Whether one more may happen at `now`, which then counts.
  package mutating func takes(_ now: Int64) -> Bool {
    let from = max(reached, now)
    guard from &- now <= burst else { return false }
    reached = from &+ interval
    return true
  }

  /// When the next may happen.
  func next(_ now: Int64) -> Int64 { max(now, reached == .min ? now : reached &- burst) }

  /// Whether less than half of the burst is used.
  func isEasy(_ now: Int64) -> Bool { reached < now || reached &- now <= burst / 2 }
}

/// How long an instance has been beyond its bounds. A value; given the time and the instance's counts.
struct WorkWatch {
  private let bounds: InstanceBounds
  private var windowEnd = Int64.min
  private var before: UInt64 = 0
  /// Since when each second was beyond the bounds.
  private var since: Int64?

  init(_ bounds: InstanceBounds) { self.bounds = bounds }

  private static let second: Int64 = 1_000_000_000

  /// Notes what has been done until now.
  /// - Returns: whether it has been too much for longer than is borne.
  mutating func look(_ cost: UInt64, now: Int64) -> Bool {
    guard now >= windowEnd else { return false }
    // Between two looks may lie more than a second.
    let passed = windowEnd == .min ? 1 : 1 + min(1000, (now &- windowEnd) / Self.second)
    if cost &- before > bounds.secondCost * UInt64(max(1, passed)) { since = since ?? now } else { since = nil }
    before = cost
    windowEnd = now &+ Self.second
    return since.map { now &- $0 >= bounds.patience } ?? false
  }

  /// When what the instance causes itself may go on; `nil` = now.
  func pause(_ cost: UInt64) -> Int64? { cost &- before > bounds.secondCost ? windowEnd : nil }
}

/// When a book that was refused is asked for again: at once, and then ever later while it is refused again and again.
struct ResyncPace {
  private var last: Int64?
  private var pause: Int64 = 0
  private static let first: Int64 = 1_000_000_000
  private static let most: Int64 = 32_000_000_000

  /// When to ask, at or after `now`.
  mutating func next(_ now: Int64) -> Int64 {
    guard let last, now < last &+ 2 * Self.most else {
      (self.last, pause) = (now, Self.first)
      return now
    }
    // It is to be asked for already.
    if last > now { return last }
    let due = max(now, last &+ pause)
    pause = min(2 * pause, Self.most)
    self.last = due
    return due
  }
}
