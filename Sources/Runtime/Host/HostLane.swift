/// A lane of a running host with a thread of its own, and the instances that live on it. What other threads want of
/// them is done by jobs on the lane, which give copies back: nothing is shared, and no lock is on a message's path.
public final class HostLane: @unchecked Sendable {
  /// From 1.
  public let number: Int
  private let lane: Lane
  /// On the lane's thread; on the maker's before `start`.
  private let host: Host
  private var thread: HostThread?

  /// - Parameter host: loaded and not yet started; nobody else keeps it.
  public init(number: Int, host: Host) {
    self.number = number
    lane = host.lane
    self.host = host
  }

  /// Starts the thread and in it all instances.
  public func start() {
    thread = HostThread { [self] in
      host.start()
      lane.run(until: .max)
      host.stop()
    }
  }

  /// Does `body` on the lane, soon. From any thread. After `end` nothing is done any more.
  public func perform(_ body: @escaping @Sendable (Host) -> Void) {
    lane.submit { [self] in body(host) }
  }

  /// Asks all instances and the thread to end.
  public func stop() { lane.stop() }

  /// `stop`, and waits for the end until a time on the monotonic clock. A connector that does not come back cannot be
  /// interrupted in this process.
  /// - Returns: whether everything has ended.
  @discardableResult
  public func end(by deadline: Int64 = .max) -> Bool {
    lane.stop()
    let hasEnded = thread?.join(by: deadline) ?? true
    thread = nil
    return hasEnded
  }
}
