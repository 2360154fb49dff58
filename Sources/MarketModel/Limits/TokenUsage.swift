/// The weight taken from a token bucket, held as the time at which it will be full again.
///
/// Each weight pushes that time back by its part of the interval, rounded up to whole nanoseconds: exact to 1 ns per
/// request, on the safe side. Everything is O(1) and the size is fixed.
struct TokenUsage: Sendable {
  let capacity: Int64
  let interval: Int64
  private(set) var fullAt: Int64

  init(capacity: Int64, interval: Int64, now: Int64) {
    self.capacity = capacity
    self.interval = interval
    fullAt = now
  }

  /// The time in which so much weight comes back.
  func time(toRecover weight: Int64) -> Int64 {
    let product = Int128(weight) * Int128(interval)
    // Half of the type's range, so that a sum with a time cannot overflow.
    return Int64(clamping: min((product + Int128(capacity) - 1) / Int128(capacity), Int128(Int64.max / 2)))
  }

  /// The weight that is missing now, rounded up.
  func missing(at now: Int64) -> Int64 {
    guard fullAt > now else { return 0 }
    let product = Int128(fullAt - now) * Int128(capacity)
    return Int64(clamping: (product + Int128(interval) - 1) / Int128(interval))
  }

  mutating func add(_ weight: Int64, now: Int64) {
    fullAt = min(max(fullAt, now) + time(toRecover: weight), Int64.max / 4)
  }
}
