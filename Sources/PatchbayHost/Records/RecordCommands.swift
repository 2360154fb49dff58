import CNet
import CPatchbay
import Catalog
import Control
import Outbound
import Records
import Runtime
import Synchronization
import Threads

#if canImport(Glibc)
  import Glibc
#endif

/// Takes commands from programs on this machine as records of patchbay.h, the form in which the feed has facts: one
/// Unix socket for each connector that trades, `records.ID.sock` in the data folder, for its owner alone. On a thread
/// of its own; docs/feed.md has the rules.
package final class RecordCommands: ControlAnswerer, @unchecked Sendable {
  /// What is bounded.
  package enum Limits {
    /// Clients of one connector.
    static let clients = 16
    /// Bytes of a record.
    static let record = 4096
    /// Commands of one client that are not answered; more are not read until then.
    static let open = 64
    /// A client for which more bytes wait is cut off.
    static let backlog = 1 << 20
  }

  /// A connector's socket.
  private struct Door {
    let desk: TradeDesk
    let descriptor: Int32
    let name: String
  }

  let host: TradingHost
  /// What programs call their orders; `nil` = they cannot.
  let ids: (any ProgramOrderIDs)?
  private var doors: [Door]
  private let poll: Int32
  private let alarm: Int32
  private let jobs = Mutex<[@Sendable () -> Void]>([])
  private let isOver = Atomic(false)
  private var thread: HostThread?

  // On its own thread alone.
  private var clients: [UInt64: RecordClient] = [:]
  /// How many times clients have called, by what they send or by going.
  private(set) var calls: UInt64 = 0
  private var nextToken: UInt64 = 1
  /// Counts what clients do, so that the one that has waited longest is known.
  private var uses: UInt64 = 0
  private var timers: [(due: Int64, job: @Sendable () -> Void)] = []
  private var ready = [cnet_ready](repeating: cnet_ready(), count: 32)
  private let checker = RecordChecker()
  private static let firstClient: UInt64 = 1 << 32

  /// Listens; serves nothing yet. Where it cannot, it leaves no socket.
  /// - Parameter takesRealMoney: the operator's word that orders may cost real money; without it connectors where they
  ///   do have no socket.
  package init(
    _ host: TradingHost, takesRealMoney: Bool, ids: (any ProgramOrderIDs)? = nil
  ) throws(ControlFault) {
    (self.host, self.ids) = (host, ids)
    (poll, alarm) = (cnet_poll_create(), cnet_wake_create())
    doors = []  // From here on everything is set: a throw undoes what was made.
    guard poll >= 0, alarm >= 0, cnet_poll_set(poll, alarm, 0, 1, 0) == 0 else {
      throw .socket(host.dataFolder, reason: "the system gives no more file descriptors; see ulimit -n")
    }
    for desk in host.running.desks where takesRealMoney || !desk.stakes.isReal {
      let name = "records.\(desk.name).sock"
      let descriptor = try ControlSocket.listen(in: host.dataFolder, as: name)
      doors.append(Door(desk: desk, descriptor: descriptor, name: name))
      cnet_poll_set(poll, descriptor, UInt64(doors.count), 1, 0)
    }
  }

  deinit {
    removeSockets()
    if poll >= 0 { cnet_close(poll) }
    if alarm >= 0 { cnet_close(alarm) }
  }

  private func removeSockets() {
    for door in doors {
      unlink("\(host.dataFolder)/\(door.name)")
      cnet_close(door.descriptor)
    }
    doors = []
  }

  package func start() {
    guard !doors.isEmpty else { return }
    thread = HostThread { [self] in serve() }
  }

  /// Closes all connections, and takes its sockets away. Once is enough.
  package func stop() {
    isOver.store(true, ordering: .releasing)
    cnet_wake(alarm)
    _ = thread?.wait(until: host.clock.now().mono + RunningHost.patience)
    thread = nil
  }

  // MARK: The thread

  private func serve() {
    while !isOver.load(ordering: .acquiring) {
      let now = host.clock.now().mono
      let limit = timers.reduce(Int64(1_000_000_000)) { min($0, $1.due - now) }
      let count = cnet_poll_wait(poll, &ready, Int32(ready.count), max(0, limit))
      for index in 0..<max(0, Int(count)) { dispatch(ready[index]) }
      for job in takeJobs() { job() }
      let time = host.clock.now().mono
      let due = timers.filter { $0.due <= time }
      timers.removeAll { $0.due <= time }
      for timer in due { timer.job() }
    }
    clients.removeAll()
    // What waits for its time holds this object.
    timers.removeAll()
    _ = takeJobs()
    removeSockets()
  }

  private func takeJobs() -> [@Sendable () -> Void] {
    jobs.withLock { jobs in
      defer { jobs = [] }
      return jobs
    }
  }

  private func dispatch(_ ready: cnet_ready) {
    switch ready.token {
    case 0: cnet_wake_clear(alarm)
    case 1...UInt64(max(1, doors.count)): accept(doors[Int(ready.token) - 1])
    default:
      guard let client = clients[ready.token] else { return }
      calls &+= 1
      if ready.readable != 0, !client.read(limit: Limits.record) { return drop(client) }
      settle(client)
    }
  }

  private func accept(_ door: Door) {
    while case let descriptor = Glibc.accept(door.descriptor, nil, nil), descriptor >= 0 {
      let user = cnet_peer_user(descriptor)
      guard user == Int64(geteuid()) || user == 0 else {
        cnet_close(descriptor)
        continue
      }
      let others = clients.values.filter { $0.desk === door.desk }
      // Whoever has waited longest with nothing under way gives way.
      if others.count >= Limits.clients {
        guard let idle = others.filter({ $0.open == 0 }).min(by: { $0.lastUse < $1.lastUse }) else {
          cnet_close(descriptor)
          continue
        }
        drop(idle)
      }
      let token = Self.firstClient + nextToken
      nextToken += 1
      guard fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0, fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0,
        cnet_poll_set(poll, descriptor, token, 1, 0) == 0
      else {
        cnet_close(descriptor)
        continue
      }
      let client = RecordClient(token: token, descriptor: descriptor, desk: door.desk)
      noteUse(of: client)
      clients[token] = client
    }
  }

  private func noteUse(of client: RecordClient) {
    uses += 1
    client.lastUse = uses
  }

  private func drop(_ client: RecordClient) {
    guard clients.removeValue(forKey: client.token) != nil else { return }
    cnet_poll_remove(poll, client.descriptor)
  }

  /// Takes whole records as far as they may be taken, and writes what can be written.
  private func settle(_ client: RecordClient) {
    while client.open < Limits.open {
      switch client.next(checker, limit: Limits.record) {
      case .none: break
      case .command(let command):
        client.open += 1
        noteUse(of: client)
        carryOut(command, for: client)
        continue
      case .fault(let text):
        client.put(OrderRecords.reply(0, PB_OUTCOME_REFUSED, PB_ERR_OTHER, "malformed", text))
        _ = client.flush()
        return drop(client)
      }
      break
    }
    guard client.flush(), client.backlog <= Limits.backlog else { return drop(client) }
    if client.isEnded, client.open == 0, client.backlog == 0 { return drop(client) }
    let mayRead = !client.isEnded && client.open < Limits.open
    // A side that has closed is reported for as long as it is looked at: whoever waits for answers alone is not.
    guard mayRead || client.backlog > 0 else { return cnet_poll_remove(poll, client.descriptor) }
    cnet_poll_set(poll, client.descriptor, client.token, mayRead ? 1 : 0, client.backlog > 0 ? 1 : 0)
  }

  /// Answers a command, from any thread; nothing happens where the client is gone.
  func answer(_ token: UInt64, _ records: [[UInt8]]) {
    submit { [self] in
      guard let client = clients[token] else { return }
      client.open -= 1
      noteUse(of: client)
      for record in records { client.put(record) }
      settle(client)
    }
  }

  // MARK: Jobs

  /// Does a job on its thread, soon. From any thread.
  func submit(_ job: @escaping @Sendable () -> Void) {
    let isFirst = jobs.withLock { jobs in
      // Nobody would do it.
      if isOver.load(ordering: .acquiring) { return false }
      jobs.append(job)
      return jobs.count == 1
    }
    if isFirst { cnet_wake(alarm) }
  }

  package func submit(after nanoseconds: Int64, _ job: @escaping @Sendable () -> Void) {
    submit { [self] in timers.append((host.clock.now().mono &+ nanoseconds, job)) }
  }

  /// Only failures come this way: what is watched answers by itself.
  package func answer(_ call: ControlCall, _ answer: ControlAnswer) {
    guard case .failure(let code, let text, _) = answer else { return }
    let command = UInt64(call.id.number ?? "") ?? 0
    self.answer(call.client, [OrderRecords.reply(command, PB_OUTCOME_UNKNOWN, PB_ERR_OTHER, code, text)])
  }
}
