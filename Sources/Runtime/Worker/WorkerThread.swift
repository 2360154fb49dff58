import Glibc

/// A value behind a mutex of the C library, for what has a condition beside it or is older than a lane.
final class Locked<Value>: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private var value: Value

  init(_ value: Value) {
    self.value = value
    pthread_mutex_init(mutex, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  func with<Result>(_ body: (inout Value) -> Result) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body(&value)
  }
}

/// The thread that starts workers, for as long as the process lives: a worker dies with the thread that has started it,
/// and a lane or a program's own thread may end before its host does.
final class WorkerThread: @unchecked Sendable {
  static let shared = WorkerThread()
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let change = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  /// Guarded by `mutex`.
  private var jobs: [() -> Void] = []
  private var thread: HostThread?

  private init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(change, nil)
    thread = HostThread { [unowned self] in work() }
  }

  private func work() {
    while true {
      pthread_mutex_lock(mutex)
      while jobs.isEmpty { pthread_cond_wait(change, mutex) }
      let due = jobs
      jobs = []
      pthread_mutex_unlock(mutex)
      for job in due { job() }
      pthread_mutex_lock(mutex)
      pthread_cond_broadcast(change)
      pthread_mutex_unlock(mutex)
    }
  }

  /// Does `body` on the thread, and waits for it: starting a process takes about a millisecond.
  func perform<Result>(_ body: @escaping () -> Result) -> Result {
    var result: Result?
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    jobs.append { [self] in
      let made = body()
      pthread_mutex_lock(mutex)
      result = made
      pthread_mutex_unlock(mutex)
    }
    pthread_cond_broadcast(change)
    while true {
      if let result { return result }
      pthread_cond_wait(change, mutex)
    }
  }
}
