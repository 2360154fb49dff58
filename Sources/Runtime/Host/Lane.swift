import Threads

/// Waits for sockets where a lane would otherwise just sleep.
public protocol LanePoller: AnyObject {
  /// Sleeps until something happens on a socket, `wake`, a deadline of its own, or the time on the monotonic clock;
  /// handles what happened. Called on the lane's thread.
  func wait(until time: Int64)
  /// Makes a `wait` that runs, or else the next one, return soon. From any thread.
  func wake()
  /// Has `wait` return when a descriptor is readable, and do `ready` before. On the lane's thread.
  func watch(_ descriptor: Int32, _ ready: @escaping () -> Void)
  func unwatch(_ descriptor: Int32)
}

extension LanePoller {
  public func watch(_ descriptor: Int32, _ ready: @escaping () -> Void) {}
  public func unwatch(_ descriptor: Int32) {}
}

/// Work of the host itself on a lane, besides what sessions do.
public protocol LaneChore: AnyObject {
  /// Does what is due, on the lane's thread.
  /// - Returns: when to be asked again, on the monotonic clock; `nil` = when something else wakes the lane.
  func run(_ times: Times) -> Int64?
}

/// Runs sessions, one input at a time: fires their timers when they are due and does the jobs that other threads hand
/// in. All sessions of a lane, and what observes them, live on the one thread that is inside `run`.
public final class Lane: @unchecked Sendable {
  public let clock: HostClock
  /// What waits for the lane's sockets; set before it runs.
  public let poller: LanePoller?
  private var sessions: [Session] = []
  private var chores: [LaneChore] = []
  private let monitor = Monitor()
  /// Guarded by `monitor`.
  private var jobs: [@Sendable () -> Void] = []
  private var isStopped = false

  public init(clock: HostClock, poller: LanePoller? = nil) {
    self.clock = clock
    self.poller = poller
  }

  /// Adds a session; on the lane's thread, or before it runs.
  public func add(_ session: Session) { sessions.append(session) }

  public func remove(_ session: Session) { sessions.removeAll { $0 === session } }

  /// Adds work of the host; on the lane's thread, or before it runs.
  public func add(_ chore: LaneChore) { chores.append(chore) }

  public func remove(_ chore: LaneChore) { chores.removeAll { $0 === chore } }

  /// Hands a job to the lane's thread. Sessions have the time of the job's start. From any thread.
  public func submit(_ job: @escaping @Sendable () -> Void) {
    monitor.locked {
      jobs.append(job)
      monitor.changed()
    }
    poller?.wake()
  }

  /// Makes `run` return. From any thread.
  public func stop() {
    monitor.locked {
      isStopped = true
      monitor.changed()
    }
    poller?.wake()
  }

  /// Does what is due until the monotonic clock reaches `deadline`, or `stop`. Sleeps in between.
  public func run(until deadline: Int64) {
    while true {
      let next = step()
      let now = clock.now().mono
      guard now < deadline, wait(until: min(next ?? deadline, deadline)) else { return }
    }
  }

  /// Does what is due now: jobs, then chores, then timers. Gives the monotonic time of what is next.
  @discardableResult
  public func step() -> Int64? {
    let times = clock.now()
    for session in sessions { session.times = times }
    for job in takeJobs() { job() }
    for session in sessions where session.isRemote { session.takeOutputs() }
    runChores(times)
    for session in sessions { session.fireTimers() }
    for session in sessions where session.isRemote { session.handOver(poller) }
    // What timers brought may be work for the chores.
    var next = runChores(times)
    for session in sessions { if let due = session.nextTimer { next = min(next ?? due, due) } }
    return next
  }

  @discardableResult
  private func runChores(_ times: Times) -> Int64? {
    var next: Int64?
    for chore in chores { if let due = chore.run(times) { next = min(next ?? due, due) } }
    return next
  }

  private func takeJobs() -> [@Sendable () -> Void] {
    monitor.locked {
      defer { jobs = [] }
      return jobs
    }
  }

  /// Sleeps until a job, a socket, `stop` or the time; `false` when the lane is to end.
  private func wait(until time: Int64) -> Bool {
    if let poller { return wait(for: poller, until: time) }
    return monitor.locked {
      while jobs.isEmpty, !isStopped, clock.now().mono < time, monitor.wait(until: time) {}
      return !isStopped
    }
  }

  /// A job that is handed in between the look and the sleep has woken the poller already.
  private func wait(for poller: LanePoller, until time: Int64) -> Bool {
    var (isBusy, isOver) = monitor.locked { (!jobs.isEmpty, isStopped) }
    for session in sessions where session.isRemote && !session.mayRest() { isBusy = true }
    if !isOver { poller.wait(until: isBusy ? 0 : time) }
    return !isOver
  }
}
