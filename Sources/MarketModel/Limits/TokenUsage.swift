/// The weight taken from a token bucket, exact to the nanosecond.
///
/// It is counted in parts of a weight: one weight is as many parts as the interval has nanoseconds, so that in each
/// nanosecond exactly `capacity` parts come back. Everything is O(1) and the size is fixed.
struct TokenUsage: Sendable {
  let capacity: Int64
  let interval: Int64
  private var parts: Int128 = 0
  private var time: Int64

  init(capacity: Int64, interval: Int64, now: Int64) {
    self.capacity = capacity
    self.interval = interval
    time = now
  }

  /// Gives back what has recovered. A time before an earlier one changes nothing.
  mutating func advance(to now: Int64) {
    guard now > time else { return }
    if parts > 0 { parts = max(0, parts - Int128(now - time) * Int128(capacity)) }
    time = now
  }

  /// The weight that is missing, rounded up.
  var total: Int64 { Int64(clamping: (parts + Int128(interval) - 1) / Int128(interval)) }

  /// Counts a weight from now on; `advance(to: now)` came before.
  mutating func add(_ weight: Int64) { parts += Int128(weight) * Int128(interval) }

  /// When no more than this weight will be missing, if nothing is added.
  func time(whenAtMost level: Int64) -> Int64 {
    let excess = parts - Int128(level) * Int128(interval)
    guard excess > 0 else { return time }
    return Int64(clamping: Int128(time) + (excess + Int128(capacity) - 1) / Int128(capacity))
  }
}
