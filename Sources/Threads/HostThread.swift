import Glibc

/// A thread that runs one function to its end.
package final class HostThread {
  private let run: Run

  /// Starts `body`.
  package init(_ body: @escaping @Sendable () -> Void) {
    run = Run(body)
    var thread = pthread_t()
    let status = pthread_create(&thread, nil, { box in
      guard let box else { return nil }
      Unmanaged<Run>.fromOpaque(box).takeRetainedValue().begin()
      return nil
    }, Unmanaged.passRetained(run).toOpaque())
    precondition(status == 0, "the system gives no more threads")
    pthread_detach(thread)
  }

  /// Waits for its end, however long that takes.
  package func join() { _ = run.wait(until: .max) }

  /// Waits for its end, until a time on the monotonic clock; gives whether it has ended.
  package func wait(until time: Int64) -> Bool { run.wait(until: time) }

  /// What the thread does, and whether that is over.
  private final class Run: @unchecked Sendable {
    private var body: (@Sendable () -> Void)?
    private let monitor = Monitor()
    /// Guarded by `monitor`.
    private var isOver = false

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }

    func begin() {
      body?()
      // What the body holds is let go on this thread, before anybody hears of the end.
      body = nil
      monitor.locked {
        isOver = true
        monitor.changed()
      }
    }

    func wait(until time: Int64) -> Bool {
      monitor.locked {
        while !isOver, monitor.wait(until: time) {}
        return isOver
      }
    }
  }
}
