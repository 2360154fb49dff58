import Decimals

/// Inputs that wait until the connector can be entered, in their order, each with how deep it is in a chain of inputs
/// that brought one another.
struct PostedQueue {
  private var items: [(input: PostedInput, depth: UInt32)] = []
  private var next = 0
  /// Of the input that is being handled, or was last.
  var depth: UInt32 = 0
  /// Nothing is delivered before this time, on the monotonic clock.
  private(set) var notBefore = Int64.min
  /// Pauses with less than a second between them.
  private(set) var pauses = 0

  var isEmpty: Bool { next == items.count }
  var count: Int { items.count - next }

  func isDue(_ now: Int64) -> Bool { now >= notBefore }

  /// - Parameter isEcho: the handling of another input brought it.
  mutating func append(_ input: PostedInput, isEcho: Bool) {
    items.append((input, isEcho ? depth &+ 1 : 0))
  }

  mutating func take() -> PostedInput? {
    guard next < items.count else { return nil }
    let item = items[next]
    next += 1
    depth = item.depth
    if next == items.count {
      items.removeAll(keepingCapacity: items.count < 1024)
      next = 0
    } else if next >= 1024, next * 2 > items.count {
      items.removeFirst(next)
      next = 0
    }
    return item.input
  }

  /// Lets everything wait, and so many steps of the chain follow then.
  mutating func pause(until time: Int64, steps: UInt32, of most: UInt32) {
    // A second without a pause: the chain before had its end.
    if time.subtractingSaturated(notBefore) > 1_000_000_000 { pauses = 0 }
    notBefore = time
    pauses += 1
    let start = most - min(steps, most)
    for index in next..<items.count { items[index].depth = min(items[index].depth, start) }
    depth = min(depth, start)
  }
}
