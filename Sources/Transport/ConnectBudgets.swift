import CNet
import Synchronization

/// The connect budgets of all hosts, shared by every instance and every lane of the process.
public final class ConnectBudgets: Sendable {
  private let budgets = Mutex<[String: ConnectBudget]>([:])
  private let fresh: ConnectBudget
  /// Most hosts that are counted apart: a connector may name any host below a wildcard. Those that there is no room
  /// for share one budget.
  static let limit = 1024
  private static let others = "*"

  public init(_ budget: ConnectBudget = ConnectBudget()) {
    fresh = budget
  }

  /// Hosts that are counted, at most `limit` and the one for others. From any thread.
  var count: Int {
    budgets.withLock { $0.count }
  }

  /// Takes a connection to `endpoint` that is wanted at `time`, and gives the time at which it may start. From any
  /// thread.
  func take(_ endpoint: String, at time: Int64) -> Int64 {
    budgets.withLock { budgets in
      if budgets[endpoint] == nil, budgets.count >= Self.limit {
        budgets = budgets.filter { !$0.value.isWhole(at: time) }
      }
      let key = budgets[endpoint] != nil || budgets.count < Self.limit ? endpoint : Self.others
      return budgets[key, default: fresh].take(at: time)
    }
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
