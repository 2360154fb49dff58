#if canImport(Glibc)
  import Glibc
#endif

/// A value that another thread hands over once.
final class Awaited<Value: Sendable>: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let coming = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  /// Guarded by `mutex`.
  private var value: Value?

  init() {
    pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(coming, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(coming)
    pthread_mutex_destroy(mutex)
    coming.deallocate()
    mutex.deallocate()
  }

  func put(_ value: Value) {
    pthread_mutex_lock(mutex)
    self.value = value
    pthread_cond_signal(coming)
    pthread_mutex_unlock(mutex)
  }

  /// Waits for it until a time on the monotonic clock, in nanoseconds; `nil` when it has not come by then.
  func wait(until time: Int64) -> Value? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    var limit = timespec(tv_sec: Int(time / 1_000_000_000), tv_nsec: Int(time % 1_000_000_000))
    while value == nil { if pthread_cond_timedwait(coming, mutex, &limit) == ETIMEDOUT { break } }
    return value
  }
}
