import CNet
import Runtime

/// Something with a deadline.
protocol Timed: AnyObject {
  /// Does what is due.
  /// - Returns: when to be asked again; `nil` = it is gone.
  func check(now: Int64) -> Int64?
}

/// A socket that is watched.
protocol Watched: AnyObject {
  func ready(readable: Bool, writable: Bool)
  /// It waits for another turn, whatever the kernel says of it; the event loop's own.
  var isUnread: Bool { get set }
}

/// The sockets of one lane: an epoll set, with libcurl's connections and requests in it. Lives on the lane's thread;
/// only `wake` is for other threads.
public final class EventLoop: LanePoller {
  public let clock: HostClock
  private let poll: Int32
  private let alarm: Int32
  private var watched: [UInt64: Watched] = [:]
  private var bells: [Int32: Bell] = [:]
  private var timed: [ObjectIdentifier: Timed] = [:]
  /// No deadline is before this.
  private var nextCheck = Int64.max
  /// Sockets with bytes that have been read from the kernel and not yet from TLS, which epoll does not say of.
  private var unread: [Watched] = []
  private var jobs: [() -> Void] = []
  /// Something may have ended since the loop looked last.
  private var isStarted = false
  /// What messages may still cost in this turn.
  private var turnLeft = 0
  private var turns = 0
  private var ready = [cnet_ready](repeating: cnet_ready(), count: 64)
  private var nextToken: UInt64 = 1
  /// libcurl's WebSocket connections; apart from requests, whose HTTP/2 would take their pooled connections.
  private(set) lazy var sockets = CurlMulti(self, index: 0, connectionsPerHost: 0)
  private(set) lazy var requests = CurlMulti(self, index: 1, connectionsPerHost: limits.connectionsPerHost)
  let limits: TransportLimits

  /// `nil` when the system gives no more descriptors.
  public init?(clock: HostClock, limits: TransportLimits = TransportLimits()) {
    self.clock = clock
    self.limits = limits
    poll = cnet_poll_create()
    alarm = cnet_wake_create()
    guard poll >= 0, alarm >= 0, cnet_poll_set(poll, alarm, 0, 1, 0) == 0 else {
      if poll >= 0 { cnet_close(poll) }
      if alarm >= 0 { cnet_close(alarm) }
      return nil
    }
  }

  deinit {
    cnet_close(poll)
    cnet_close(alarm)
  }

  // MARK: LanePoller

  public func wake() { cnet_wake(alarm) }

  /// Sleeps until a socket, a deadline of its own, `wake` or the time, and does what is to be done then.
  public func wait(until time: Int64) {
    let now = clock.now().mono
    var limit = min(time, nextCheck, sockets.due ?? .max, requests.due ?? .max)
    if !unread.isEmpty || !jobs.isEmpty || isStarted { limit = now }
    let count = cnet_poll_wait(poll, &ready, Int32(ready.count), limit <= now ? 0 : limit - now)
    serve(max(0, Int(count)))
    let after = clock.now().mono
    // What is too late must not leave any more, so deadlines come before new transfers.
    if after >= nextCheck { check(now: after) }
    sockets.fire(now: after)
    requests.fire(now: after)
    settle()
  }

  /// Lets libcurl do at once what a new request needs; outside libcurl. What ends by it is reported in the next turn.
  func start(now: Int64) {
    requests.fire(now: now)
    isStarted = true
  }

  /// Gives sockets their turn, as long as the lane's lasts. Who has none comes in one of the next turns, as the
  /// beginning goes round.
  private func serve(_ count: Int) {
    turnLeft = limits.laneTurn
    for index in 0..<count where ready[index].token == 0 { cnet_wake_clear(alarm) }
    turns &+= 1
    if turns & 1 == 0 { serveUnread() }
    for step in 0..<count where turnLeft > 0 {
      // What is left out, the kernel reports again.
      dispatch(ready[(step &+ turns) % count])
    }
    if turns & 1 == 1 { serveUnread() }
  }

  private func serveUnread() {
    let hot = unread
    unread.removeAll(keepingCapacity: true)
    var served = 0
    while served < hot.count, turnLeft > 0 {
      hot[served].isUnread = false
      hot[served].ready(readable: true, writable: false)
      served += 1
    }
    if served < hot.count { unread.insert(contentsOf: hot[served...], at: 0) }
  }

  private func dispatch(_ ready: cnet_ready) {
    if ready.token == 0 { return }
    if let (multi, descriptor) = CurlMulti.socket(ready.token) {
      (multi == 0 ? sockets : requests).act(descriptor, readable: ready.readable != 0, writable: ready.writable != 0)
      return
    }
    watched[ready.token]?.ready(readable: ready.readable != 0, writable: ready.writable != 0)
  }

  /// Finishes what libcurl has finished, and does the jobs that could not be done inside it.
  private func settle() {
    isStarted = false
    while true {
      let due = jobs
      jobs.removeAll()
      for job in due { job() }
      let some = sockets.finish()
      let more = requests.finish()
      if !some, !more, jobs.isEmpty { return }
    }
  }

  private func check(now: Int64) {
    nextCheck = .max
    for (key, item) in timed {
      if let next = item.check(now: now) { nextCheck = min(nextCheck, next) } else { timed[key] = nil }
    }
  }

  /// Something else that the lane waits for, such as what another process says.
  private final class Bell: Watched {
    let token: UInt64
    let ring: () -> Void
    var isUnread = false

    init(_ token: UInt64, _ ring: @escaping () -> Void) { (self.token, self.ring) = (token, ring) }

    func ready(readable: Bool, writable: Bool) { ring() }
  }

  public func watch(_ descriptor: Int32, _ ready: @escaping () -> Void) {
    let bell = Bell(newToken(), ready)
    bells[descriptor] = bell
    watch(bell, token: bell.token, descriptor: descriptor, writable: false)
  }

  public func unwatch(_ descriptor: Int32) {
    guard let bell = bells.removeValue(forKey: descriptor) else { return }
    unwatch(token: bell.token, descriptor: descriptor)
  }

  // MARK: For streams and requests

  /// Does a job soon, outside libcurl and outside a connector.
  func later(_ job: @escaping () -> Void) { jobs.append(job) }

  /// Asks `item` for what is due, at `time` at the latest, and then at the times that it names.
  func remind(_ item: Timed, at time: Int64) {
    timed[ObjectIdentifier(item)] = item
    nextCheck = min(nextCheck, time)
  }

  func forget(_ item: Timed) { timed[ObjectIdentifier(item)] = nil }

  func newToken() -> UInt64 {
    defer { nextToken += 1 }
    return nextToken
  }

  func watch(_ item: Watched, token: UInt64, descriptor: Int32, writable: Bool) {
    watched[token] = item
    cnet_poll_set(poll, descriptor, token, 1, writable ? 1 : 0)
  }

  func unwatch(token: UInt64, descriptor: Int32) {
    if watched.removeValue(forKey: token) != nil { cnet_poll_remove(poll, descriptor) }
  }

  /// Once for each: a socket that is read meanwhile gets no second turn for that.
  func readAgain(_ item: Watched) {
    guard !item.isUnread else { return }
    item.isUnread = true
    unread.append(item)
  }

  /// Messages have cost something of this turn.
  func spend(_ cost: Int) { turnLeft &-= cost }

  func watch(curl descriptor: Int32, token: UInt64, readable: Bool, writable: Bool) {
    if readable || writable {
      // A connection that is kept is watched from the request on that goes over it.
      cnet_poll_begin(poll, descriptor, token, readable ? 1 : 0, writable ? 1 : 0)
    } else {
      cnet_poll_remove(poll, descriptor)
    }
  }
}
