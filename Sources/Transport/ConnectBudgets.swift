import CNet
import Glibc

/// The connect budgets of all hosts, shared by every instance and every lane of the process.
public final class ConnectBudgets: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  /// Guarded by `mutex`.
  private var budgets: [String: ConnectBudget] = [:]
  private let fresh: ConnectBudget
  /// Most hosts that are counted apart: a connector may name any host below a wildcard. Those that there is no room
  /// for share one budget.
  static let limit = 1024
  private static let others = "*"

  public init(_ budget: ConnectBudget = ConnectBudget()) {
    fresh = budget
    pthread_mutex_init(mutex, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  /// Hosts that are counted, at most `limit` and the one for others. From any thread.
  var count: Int {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return budgets.count
  }

  /// Takes a connection to `endpoint` that is wanted at `time`, and gives the time at which it may start. From any
  /// thread.
  func take(_ endpoint: String, at time: Int64) -> Int64 {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    if budgets[endpoint] == nil, budgets.count >= Self.limit {
      budgets = budgets.filter { !$0.value.isWhole(at: time) }
    }
    let key = budgets[endpoint] != nil || budgets.count < Self.limit ? endpoint : Self.others
    return budgets[key, default: fresh].take(at: time)
  }
}

/// Unpredictable numbers from the kernel, fetched a page at a time: a system call for every frame would cost more than
/// the frame.
final class RandomPool {
  private var words = [UInt32](repeating: 0, count: 256)
  private var used = 256

  func next() -> UInt32 {
    if used == words.count {
      let status = words.withUnsafeMutableBytes { cnet_random($0.baseAddress, $0.count) }
      precondition(status == 0, "the kernel gives no random bytes")
      used = 0
    }
    defer { used += 1 }
    return words[used]
  }

  func next64() -> UInt64 { UInt64(next()) << 32 | UInt64(next()) }
}
