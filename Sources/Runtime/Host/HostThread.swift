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
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let ending = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    /// Guarded by `mutex`.
    private var isOver = false

    init(_ body: @escaping @Sendable () -> Void) {
      self.body = body
      pthread_mutex_init(mutex, nil)
      var attributes = pthread_condattr_t()
      pthread_condattr_init(&attributes)
      pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
      pthread_cond_init(ending, &attributes)
      pthread_condattr_destroy(&attributes)
    }

    deinit {
      pthread_cond_destroy(ending)
      pthread_mutex_destroy(mutex)
      ending.deallocate()
      mutex.deallocate()
    }

    func begin() {
      body?()
      // What the body holds is let go on this thread, before anybody hears of the end.
      body = nil
      pthread_mutex_lock(mutex)
      isOver = true
      pthread_cond_broadcast(ending)
      pthread_mutex_unlock(mutex)
    }

    func wait(until time: Int64) -> Bool {
      pthread_mutex_lock(mutex)
      defer { pthread_mutex_unlock(mutex) }
      var limit = timespec(tv_sec: Int(time / 1_000_000_000), tv_nsec: Int(time % 1_000_000_000))
      while !isOver { if pthread_cond_timedwait(ending, mutex, &limit) == ETIMEDOUT { break } }
      return isOver
    }
  }
}
