import Threads

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

  /// Does `body` at once, before anything runs. Only before `start`, on the maker's thread.
  public func prepare(_ body: (Host) -> Void) {
    precondition(thread == nil, "a lane that runs is reached by jobs")
    body(host)
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

  /// How long the end of a lane is waited for, in nanoseconds: a connector may never come back.
  public static let patience: Int64 = 5_000_000_000

  /// Asks it to end all instances and the thread. Returns at once.
  public func askToEnd() { lane.stop() }

  /// Ends all instances and the thread, and waits for that so long as `patience`; gives whether it has ended.
  @discardableResult
  public func end(patience: Int64 = HostLane.patience) -> Bool {
    lane.stop()
    guard let thread else { return true }
    guard thread.wait(until: lane.clock.now().mono + patience) else { return false }
    self.thread = nil
    return true
  }
}
