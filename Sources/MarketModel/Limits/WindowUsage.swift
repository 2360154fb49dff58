/// The weight that counts in a rolling window.
///
/// The window is a ring of 64 sub-slots and the one being filled, so memory does not grow with the number of requests.
/// A weight counts for the whole interval, and then until its sub-slot ends: at most 1/64 of the interval (and 64 ns)
/// too long, never too short. `add` and `advance` are O(1), amortised over the sub-slots that pass.
struct WindowUsage: Sendable {
  private static let slotCount: Int64 = 64

  let interval: Int64
  private let width: Int64
  /// Weights by slot number modulo the ring's size.
  private var ring: [Int64]
  private var newest: Int64
  private(set) var total: Int64 = 0

  init(interval: Int64, now: Int64) {
    self.interval = interval
    width = (interval + Self.slotCount - 1) / Self.slotCount
    ring = [Int64](repeating: 0, count: Int(Self.slotCount) + 1)
    newest = now / width
  }

  /// Drops what is older than the interval. A time before an earlier one changes nothing.
  mutating func advance(to now: Int64) {
    let current = now / width
    guard current > newest else { return }
    let size = Int64(ring.count)
    if total == 0 {
      newest = current
      return
    }
    let steps = min(current - newest, size)
    for slot in (current - steps + 1)...current {
      let index = Int(slot % size)
      total -= ring[index]
      ring[index] = 0
    }
    newest = current
  }

  /// Counts a weight from now on; `advance(to: now)` came before.
  mutating func add(_ weight: Int64) {
    ring[Int(newest % Int64(ring.count))] += weight
    total += weight
  }

  /// When the total will have fallen to the level, if nothing is added; 0 when it is there. O(sub-slots).
  func time(whenAtMost level: Int64) -> Int64 {
    guard total > level else { return 0 }
    let size = Int64(ring.count)
    var left = total
    // From the oldest sub-slot on, which is behind the newest in the ring.
    var index = Int(newest % size)
    for age in (0..<size).reversed() {
      index = index + 1 == ring.count ? 0 : index + 1
      left -= ring[index]
      if left <= level { return (newest - age + size) * width }
    }
    return (newest + size) * width
  }

  /// The same usage counted over another interval; each weight as if it came at the end of its sub-slot.
  func over(interval: Int64, now: Int64) -> WindowUsage {
    let size = Int64(ring.count)
    let oldest = max(0, newest - size + 1)
    var other = WindowUsage(interval: interval, now: min(now, (oldest + 1) * width - 1))
    for slot in oldest...newest where ring[Int(slot % size)] > 0 {
      other.advance(to: min(now, (slot + 1) * width - 1))
      other.add(ring[Int(slot % size)])
    }
    other.advance(to: now)
    return other
  }
}
