/// How long a venue is left alone after it refused a token, a listen key, a login or a subscription: longer each time,
/// and from the start much longer where only a person can change the answer, such as a key without the permission. A
/// success that does not last counts as one more failure, the first of which costs nothing. Pure: all times are
/// monotonic nanoseconds, handed in.
public struct RetryPause: Sendable {
  /// After the first failure; doubles with each further one up to `longest`.
  public let first: Int64
  public let longest: Int64
  /// The same after a refusal that a repetition does not change.
  public let firstRefused: Int64
  public let longestRefused: Int64
  /// What lasted so long was a success.
  public let stable: Int64
  /// Failures in a row.
  public private(set) var failures = 0
  private var notBefore = Int64.min
  private var since: Int64?

  public init(
    first: Int64 = 1_000_000_000, longest: Int64 = 300_000_000_000, firstRefused: Int64 = 60_000_000_000,
    longestRefused: Int64 = 900_000_000_000, stable: Int64 = 60_000_000_000
  ) {
    self.first = first
    self.longest = longest
    self.firstRefused = firstRefused
    self.longestRefused = longestRefused
    self.stable = stable
  }

  /// Nanoseconds until the next attempt; 0 = now.
  public func remaining(_ now: Int64) -> Int64 {
    let (left, isOver) = notBefore.subtractingReportingOverflow(now)
    return isOver ? 0 : max(0, left)
  }

  /// An attempt failed.
  /// - Parameter minimum: how long the venue wants to be left alone; 0 where it does not say.
  /// - Returns: nanoseconds until the next attempt.
  @discardableResult
  public mutating func failed(_ failure: Failure, minimum: Int64 = 0, now: Int64) -> Int64 {
    since = nil
    let isFinal = failure == .authentication || failure == .unsupported
    let (start, most) = isFinal ? (firstRefused, longestRefused) : (first, longest)
    let doubled = start.multipliedReportingOverflow(by: 1 << Int64(min(failures, 20)))
    failures += 1
    let pause = max(minimum, doubled.overflow ? most : min(doubled.partialValue, most))
    let (end, isOver) = now.addingReportingOverflow(pause)
    notBefore = max(notBefore, isOver ? .max : end)
    return remaining(now)
  }

  /// An attempt succeeded; whether it was of use is known when it ends.
  public mutating func succeeded(now: Int64) { since = now }

  /// What had succeeded is over.
  /// - Returns: nanoseconds until the next attempt; 0 when it had lasted.
  @discardableResult
  public mutating func ended(now: Int64) -> Int64 {
    guard let since else { return remaining(now) }
    if now - since >= stable {
      (self.since, failures) = (nil, 0)
      return remaining(now)
    }
    guard failures > 0 else {
      (self.since, failures) = (nil, 1)
      return remaining(now)
    }
    return failed(.transient, now: now)
  }
}
