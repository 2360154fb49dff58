/// A trade that was judged and has not left yet: a connection may have to come first, or room on one. The guard makes
/// it, and whoever carries the trade asks with it once more before it leaves.
public struct JudgedTrade: Sendable, Equatable {
  public var command: UInt64
  /// Which of its attempts.
  public var attempt: UInt64
  /// Cancels leave under a halt.
  public var isCancel: Bool

  public init(command: UInt64, attempt: UInt64, isCancel: Bool) {
    (self.command, self.attempt, self.isCancel) = (command, attempt, isCancel)
  }
}
