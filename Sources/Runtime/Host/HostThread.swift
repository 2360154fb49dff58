import Glibc

/// A thread that runs one function to its end.
final class HostThread {
  private var thread = pthread_t()
  private var isJoined = false
  private let box: Box

  /// Starts `body`.
  init(_ body: @escaping @Sendable () -> Void) {
    box = Box(body)
    let kept = Unmanaged.passRetained(box)
    let status = pthread_create(&thread, nil, { context in
      guard let context else { return nil }
      let box = Unmanaged<Box>.fromOpaque(context).takeRetainedValue()
      box.body()
      box.end()
      return nil
    }, kept.toOpaque())
    precondition(status == 0, "the system gives no more threads")
  }

  /// Waits for its end, until a time on the monotonic clock.
  /// - Returns: whether it has ended. One that has not goes on by itself, and ends with the process.
  @discardableResult
  func join(by deadline: Int64 = .max) -> Bool {
    if isJoined { return true }
    isJoined = true
    guard box.wait(until: deadline) else {
      pthread_detach(thread)
      return false
    }
    pthread_join(thread, nil)
    return true
  }

  private final class Box: @unchecked Sendable {
    let body: @Sendable () -> Void
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let ended = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    /// Guarded by `mutex`.
    private var isOver = false

    init(_ body: @escaping @Sendable () -> Void) {
      self.body = body
      pthread_mutex_init(mutex, nil)
      var attributes = pthread_condattr_t()
      pthread_condattr_init(&attributes)
      pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
      pthread_cond_init(ended, &attributes)
      pthread_condattr_destroy(&attributes)
    }

    deinit {
      pthread_cond_destroy(ended)
      pthread_mutex_destroy(mutex)
      ended.deallocate()
      mutex.deallocate()
    }

    func end() {
      pthread_mutex_lock(mutex)
      isOver = true
      pthread_cond_signal(ended)
      pthread_mutex_unlock(mutex)
    }

    func wait(until deadline: Int64) -> Bool {
      pthread_mutex_lock(mutex)
      defer { pthread_mutex_unlock(mutex) }
      var limit = timespec(tv_sec: Int(deadline / 1_000_000_000), tv_nsec: Int(deadline % 1_000_000_000))
      while !isOver { if pthread_cond_timedwait(ended, mutex, &limit) == ETIMEDOUT { break } }
      return isOver
    }
  }
}
