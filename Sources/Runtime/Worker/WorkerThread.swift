import Threads

/// The thread that starts workers, for as long as the process lives: a worker dies with the thread that has started it,
/// and a lane or a program's own thread may end before its host does.
final class WorkerThread: @unchecked Sendable {
  static let shared = WorkerThread()
  private let monitor = Monitor()
  /// Guarded by `monitor`.
  private var jobs: [() -> Void] = []
  private var thread: HostThread?

  private init() {
    thread = HostThread { [unowned self] in work() }
  }

  private func work() {
    while true {
      let due = monitor.locked {
        while jobs.isEmpty { monitor.wait() }
        defer { jobs = [] }
        return jobs
      }
      for job in due { job() }
    }
  }

  /// Does `body` on the thread, and waits for it: starting a process takes about a millisecond.
  func perform<Result>(_ body: @escaping () -> Result) -> Result {
    var result: Result?
    return monitor.locked {
      jobs.append { [self] in
        let made = body()
        monitor.locked {
          result = made
          monitor.changed()
        }
      }
      monitor.changed()
      while true {
        if let result { return result }
        monitor.wait()
      }
    }
  }
}
