import Decimals

#if canImport(Glibc)
  import Glibc
#endif

/// A queue of jobs with timers, for the one thread that all of a cluster's business is done on. Jobs come from any
/// thread; whoever has the thread calls `run`.
public final class ClusterLoop: @unchecked Sendable {
  public typealias Job = @Sendable () -> Void

  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  // Guarded by `mutex`.
  private var jobs: [Job] = []
  private var timers: [(at: Int64, number: UInt64, job: Job)] = []
  private var lastTimer: UInt64 = 0
  private var isOver = false

  public init() {
    pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(wake, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(wake)
    pthread_mutex_destroy(mutex)
    wake.deallocate()
    mutex.deallocate()
  }

  private func locked<Result>(_ body: () -> Result) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body()
  }

  /// Does a job soon. After `end` it is forgotten.
  public func submit(_ job: @escaping Job) {
    locked {
      guard !isOver else { return }
      jobs.append(job)
      pthread_cond_signal(wake)
    }
  }

  /// Does a job after so many nanoseconds, unless it is cancelled.
  @discardableResult
  public func submit(after nanoseconds: Int64, _ job: @escaping Job) -> UInt64 {
    locked {
      lastTimer += 1
      guard !isOver else { return lastTimer }
      timers.append((BootClock.monotonic().addingSaturated(max(0, nanoseconds)), lastTimer, job))
      pthread_cond_signal(wake)
      return lastTimer
    }
  }

  public func cancel(_ timer: UInt64) { locked { timers.removeAll { $0.number == timer } } }

  /// The thread leaves `run` once the job that it does is over.
  public func end() {
    locked {
      isOver = true
      (jobs, timers) = ([], [])
      pthread_cond_signal(wake)
    }
  }

  /// Does what is submitted, until `end`.
  public func run() {
    while let jobs = next() { for job in jobs { job() } }
  }

  /// Sleeps until there is something to do; `nil` = it is over.
  private func next() -> [Job]? {
    locked {
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
          var limit = timespec(tv_sec: Int(next / 1_000_000_000), tv_nsec: Int(next % 1_000_000_000))
          pthread_cond_timedwait(wake, mutex, &limit)
        } else {
          pthread_cond_wait(wake, mutex)
        }
      }
    }
  }
}
