/// When a connector instance may connect to a host again: at once at first, then after jittered delays that double with
/// every connection that was of no use, whoever ended it: a connector that closes what it has just opened is held back
/// like a venue that does. Pure: time and randomness are handed in. Nanoseconds on the monotonic clock.
public struct ReconnectPolicy: Sendable, Equatable {
  public struct Limits: Sendable, Equatable {
    /// The delay after the first failure, before jitter.
    public var first: Int64 = 500_000_000
    /// The longest delay before jitter. Venues ban for minutes; a minute keeps trying without adding to it.
    public var longest: Int64 = 60_000_000_000
    /// A connection that lived so long and carried messages was of use: the next failure counts anew. One without any
    /// message, such as that of a quiet account, is taken to have been of use after ten times as long.
    public var stable: Int64 = 60_000_000_000

    public init() {}
  }

  public var limits: Limits
  /// Failures in a row.
  public private(set) var failures = 0
  private var lastFailure = Int64.min
  private var notBefore = Int64.min

  public init(limits: Limits = Limits()) { self.limits = limits }

  /// The earliest time for a connection that is wanted now.
  public func earliest(now: Int64) -> Int64 { max(now, notBefore) }

  /// A connection has ended: it failed, was cut, or the connector closed it. Several that were under way together count
  /// as one: a venue that drops ten sockets has failed once.
  /// - Parameters:
  ///   - started: when it was asked for.
  ///   - opened: when it was open; `nil` when it never was.
  ///   - hasCarried: messages came on it.
  ///   - byConnector: the connector closed it; after a connection that was of use that is no failure.
  ///   - random: any 64 random bits.
  public mutating func ended(
    started: Int64, opened: Int64?, hasCarried: Bool, byConnector: Bool, now: Int64, random: UInt64
  ) {
    guard started >= lastFailure else { return }
    if let opened, now - opened >= (hasCarried ? limits.stable : 10 * limits.stable) {
      failures = 0
      if byConnector { return }
    }
    failures += 1
    lastFailure = now
    var delay = limits.first
    for _ in 1..<max(failures, 1) where delay < limits.longest { delay *= 2 }
    delay = min(delay, limits.longest)
    // Half fixed, half random: hosts that lost a venue together do not come back together.
    let half = delay / 2
    notBefore = now + half + Int64(random % UInt64(max(delay - half, 1)))
  }
}

/// What failures of streams count for: the `host:port` that the connector named, and the account that the stream is
/// opened for. An operator's gateway may stand for many hosts, and one account's trouble is not another's.
public struct ConnectRoute: Hashable, Sendable {
  /// Empty for a stream that was refused before its host was known.
  public var endpoint: String
  /// 0 = none.
  public var account: UInt64

  public init(endpoint: String, account: UInt64) { (self.endpoint, self.account) = (endpoint, account) }

  /// What there is no room for.
  static let others = ConnectRoute(endpoint: "*", account: 0)
}

/// How often all instances of the process together may connect to one host: a few at once, then one each interval.
/// Pure.
public struct ConnectBudget: Sendable, Equatable {
  /// Connections at once.
  public var burst: Int64
  /// Nanoseconds until another one is allowed.
  public var interval: Int64
  /// When the budget is whole again.
  private var full = Int64.min

  /// The default allows at most 150 in any ten minutes, the least that a listed venue allows per address (Kraken's
  /// sockets, "about 150 per rolling 10 minutes").
  public init(burst: Int64 = 30, interval: Int64 = 5_000_000_000) {
    self.burst = burst
    self.interval = interval
  }

  /// Whether nothing is used of it.
  func isWhole(at time: Int64) -> Bool { full <= time }

  /// Takes one connection that is wanted at `time`, and gives the time at which it may start.
  public mutating func take(at time: Int64) -> Int64 {
    full = max(full, time) + interval
    return max(time, full - burst * interval)
  }
}
