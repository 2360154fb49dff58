import Decimals
import Threads

/// A queue of jobs with timers, for the one thread that all of a cluster's business is done on. Jobs come from any
/// thread; whoever has the thread calls `run`.
public final class ClusterLoop: @unchecked Sendable {
  public typealias Job = @Sendable () -> Void

  private let monitor = Monitor()
  // Guarded by `monitor`.
  private var jobs: [Job] = []
  private var timers: [(at: Int64, number: UInt64, job: Job)] = []
  private var lastTimer: UInt64 = 0
  private var isOver = false

  public init() {}

  /// Does a job soon. After `end` it is forgotten.
  public func submit(_ job: @escaping Job) {
    monitor.locked {
      guard !isOver else { return }
      jobs.append(job)
      monitor.changed()
    }
  }

  /// Does a job after so many nanoseconds, unless it is cancelled.
  @discardableResult
  public func submit(after nanoseconds: Int64, _ job: @escaping Job) -> UInt64 {
    monitor.locked {
      lastTimer += 1
      guard !isOver else { return lastTimer }
      timers.append((BootClock.monotonic().addingSaturated(max(0, nanoseconds)), lastTimer, job))
      monitor.changed()
      return lastTimer
    }
  }

  public func cancel(_ timer: UInt64) { monitor.locked { timers.removeAll { $0.number == timer } } }

  /// The thread leaves `run` once the job that it does is over.
  public func end() {
    monitor.locked {
      isOver = true
      (jobs, timers) = ([], [])
      monitor.changed()
    }
  }

  /// Does what is submitted, until `end`.
  public func run() {
    while let jobs = next() { for job in jobs { job() } }
  }

  /// Sleeps until there is something to do; `nil` = it is over.
  private func next() -> [Job]? {
    monitor.locked {
      while true {
        if isOver { return nil }
        let now = BootClock.monotonic()
        var due = jobs
        jobs = []
        for timer in timers.filter({ $0.at <= now }).sorted(by: { ($0.at, $0.number) < ($1.at, $1.number) }) {
          due.append(timer.job)
        }
        timers.removeAll { $0.at <= now }
        if !due.isEmpty { return due }
        if let next = timers.map(\.at).min() {
          _ = monitor.wait(until: next)
        } else {
          monitor.wait()
        }
      }
    }
  }
}
