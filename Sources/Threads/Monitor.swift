import Glibc

/// A mutex with a condition: what several threads share is touched inside `locked`, and a thread may sleep there until
/// another one has changed it. Safe from any thread.
package final class Monitor: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let change = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  package init() {
    pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(change, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(change)
    pthread_mutex_destroy(mutex)
    change.deallocate()
    mutex.deallocate()
  }

  /// Does `body` while no other thread is inside. Not inside itself.
  package func locked<Result, Fault: Error>(_ body: () throws(Fault) -> Result) throws(Fault) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body()
  }

  /// Wakes all who sleep, inside `locked` or outside; what changed is changed inside.
  package func changed() { pthread_cond_broadcast(change) }

  /// Sleeps until `changed`, or for no reason: the caller looks again. Inside `locked` only, which lets others in
  /// meanwhile.
  package func wait() { pthread_cond_wait(change, mutex) }

  /// The same until a time on the monotonic clock at most, in nanoseconds; `false` when it is over.
  package func wait(until time: Int64) -> Bool {
    var limit = timespec(tv_sec: Int(time / 1_000_000_000), tv_nsec: Int(time % 1_000_000_000))
    return pthread_cond_timedwait(change, mutex, &limit) != ETIMEDOUT
  }
}
