import Threads

/// A value that another thread hands over once.
final class Awaited<Value: Sendable>: @unchecked Sendable {
  private let monitor = Monitor()
  /// Guarded by `monitor`.
  private var value: Value?

  func put(_ value: Value) {
    monitor.locked {
      self.value = value
      monitor.changed()
    }
  }

  /// Waits for it until a time on the monotonic clock, in nanoseconds; `nil` when it has not come by then.
  func wait(until time: Int64) -> Value? {
    monitor.locked {
      while value == nil, monitor.wait(until: time) {}
      return value
    }
  }
}
