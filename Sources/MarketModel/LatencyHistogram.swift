/// A histogram of durations in nanoseconds: fixed size, and a recorded value is reported back to within 0.8 %.
///
/// Buckets are exact up to 127 ns; above, each doubling is split into 64 equal buckets. Durations from 2^40 ns (18
/// minutes) on count as the last bucket; negative ones, from a clock that was stepped, as zero. `record` is O(1) and
/// allocates nothing. 18 KiB. Belongs to one lane; histograms of several lanes are merged.
public struct LatencyHistogram: Sendable {
  private static let exactLimit = 128
  private static let perDoubling = 64
  private static let highestBit = 40
  private static let bucketCount = exactLimit + (highestBit - 7) * perDoubling

  private var buckets = [UInt64](repeating: 0, count: bucketCount)
  public private(set) var count: UInt64 = 0
  /// Exact; 0 when nothing was recorded.
  public private(set) var minimum: Int64 = 0
  /// Exact; 0 when nothing was recorded.
  public private(set) var maximum: Int64 = 0
  private var total = Int128(0)

  public init() {}

  public mutating func record(_ nanoseconds: Int64) {
    let value = max(0, nanoseconds)
    buckets[Self.bucket(of: value)] &+= 1
    minimum = count == 0 ? value : min(minimum, value)
    maximum = max(maximum, value)
    total &+= Int128(value)
    count &+= 1
  }

  /// The mean, rounded down; `nil` when nothing was recorded.
  public var mean: Int64? { count == 0 ? nil : Int64(clamping: total / Int128(count)) }

  /// The value that `partsPerMillion` of the recorded ones do not exceed, such as 990_000 for the 99th percentile;
  /// `nil` when nothing was recorded. O(buckets).
  public func percentile(partsPerMillion: UInt32) -> Int64? {
    guard count > 0 else { return nil }
    let parts = UInt64(min(partsPerMillion, 1_000_000))
    let product = count.multipliedFullWidth(by: parts)
    let (quotient, rest) = UInt64(1_000_000).dividingFullWidth(product)
    let rank = max(1, quotient + (rest == 0 ? 0 : 1))
    if rank == count { return maximum }
    var seen: UInt64 = 0
    for index in buckets.indices {
      seen &+= buckets[index]
      if seen >= rank { return min(max(Self.middle(of: index), minimum), maximum) }
    }
    return maximum
  }

  /// Adds what another histogram recorded.
  public mutating func merge(_ other: LatencyHistogram) {
    guard other.count > 0 else { return }
    for index in buckets.indices { buckets[index] &+= other.buckets[index] }
    minimum = count == 0 ? other.minimum : min(minimum, other.minimum)
    maximum = max(maximum, other.maximum)
    total &+= other.total
    count &+= other.count
  }

  /// Forgets everything; keeps the memory.
  public mutating func reset() {
    for index in buckets.indices { buckets[index] = 0 }
    (count, minimum, maximum, total) = (0, 0, 0, 0)
  }

  private static func bucket(of value: Int64) -> Int {
    if value < exactLimit { return Int(value) }
    let capped = min(value, 1 << highestBit - 1)
    let shift = 63 - capped.leadingZeroBitCount - 6 // leaves 7 bits, the first of them set
    return shift * perDoubling + Int(capped >> Int64(shift))
  }

  private static func middle(of bucket: Int) -> Int64 {
    if bucket < exactLimit { return Int64(bucket) }
    let shift = Int64(bucket / perDoubling - 1)
    let lowest = Int64(bucket % perDoubling + perDoubling) << shift
    return lowest + (1 << shift) / 2
  }
}
