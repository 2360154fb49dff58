/// Counts what is refused, so that an instance which is refused again and again can be stopped. A value; given the
/// time.
struct RefusalCount: Sendable {
  /// Most in a minute.
  static let most = 100
  private static let minute: Int64 = 60_000_000_000

  private var began = Int64.min
  private var count = 0

  /// Notes one more; whether these are too many.
  /// - Parameter now: monotonic, in nanoseconds.
  mutating func add(at now: Int64) -> Bool {
    if began == .min || now &- began >= Self.minute { (began, count) = (now, 0) }
    count += 1
    return count > Self.most
  }
}

extension Session {
  /// Notes that the host has refused something which only this instance can have caused: an act or a host that is not
  /// permitted, a seal that reveals, an account that is not its own, a record that breaks the contract. More than 100
  /// in a minute stop it. What there is no room, no time or no connection for is not counted: the best of connectors
  /// meets it, and orders most of all.
  public func countRefusal() {
    guard refusals.add(at: times.mono) else { return }
    fault("more than \(RefusalCount.most) of its requests and records in a minute were refused")
  }
}
