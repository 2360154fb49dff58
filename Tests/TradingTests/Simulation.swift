import Decimals
import MarketModel
import Runtime
import SeededNumbers
import Testing

@testable import Trading

let second: Int64 = 1_000_000_000

extension SplitMix {
  /// True in `parts` of a thousand cases.
  mutating func chance(_ parts: Int) -> Bool { Int(next() % 1000) < parts }

  mutating func time(_ range: ClosedRange<Double>) -> Int64 {
    let (low, high) = (Int64(range.lowerBound * 1e9), Int64(range.upperBound * 1e9))
    return low + Int64(next() % UInt64(high - low + 1))
  }
}

/// Virtual time: what is to happen, and when.
final class Simulation {
  private(set) var now: Int64 = second
  /// How many things were done.
  private(set) var steps = 0
  var random: SplitMix
  private var queue = TimerQueue()
  private var actions: [UInt64: () -> Void] = [:]
  private var nextID: UInt64 = 1

  init(seed: UInt64) { random = SplitMix(state: seed) }

  static let epoch: Int64 = 1_700_000_000 * second
  var wall: Int64 { Simulation.epoch + now }

  func after(_ delay: Int64, _ action: @escaping () -> Void) {
    queue.set(nextID, due: now + max(0, delay))
    actions[nextID] = action
    nextID += 1
  }

  /// Does the next thing up to a time; `false` when there is none.
  func step(until end: Int64, owner: () -> (due: Int64?, tick: () -> Void)?) -> Bool {
    let other = owner()
    let next = queue.nextDue ?? .max
    let due = other?.due ?? .max
    guard min(next, due) <= end else {
      now = max(now, end)
      return false
    }
    now = max(now, min(next, due))
    steps += 1
    if next <= due, let id = queue.takeDue(now), let action = actions.removeValue(forKey: id) {
      action()
    } else {
      other?.tick()
    }
    return true
  }
}
