/// Counts what is refused, so that an instance which is refused again and again can be stopped.
struct RefusalCount: Sendable {
  /// Most in a minute.
  static let most = 100
  private static let minute: Int64 = 60_000_000_000

  private var began: Int64 = 0
  private var count = 0
  private(set) var total = 0

  var isBeyond: Bool { count > Self.most }

  /// - Parameter now: monotonic, in nanoseconds.
  mutating func add(at now: Int64) {
    if now &- began >= Self.minute || total == 0 { (began, count) = (now, 0) }
    count += 1
    total += 1
  }
}
