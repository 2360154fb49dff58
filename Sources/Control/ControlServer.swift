import CNet
import Glibc
import JSONTree
import Synchronization

/// Serves the control socket in the thread that is inside `run`, and does the jobs that other threads hand in. It waits
/// for nobody: requests are answered when the lanes have given their copies, and clients that do not read are skipped
/// or cut off.
public final class ControlServer: ControlAnswerer, @unchecked Sendable {
  let socket: ControlSocket
  let limits: ControlLimits
  let clock: @Sendable () -> Int64
  let greeting: JSONValue
  let poll: Int32
  private let alarm: Int32
  private let jobs = Mutex<[@Sendable () -> Void]>([])
  /// Jobs for later; on the server's thread alone, as all that follows.
  private var timers: [(due: Int64, job: @Sendable () -> Void)] = []
  private var verbs: [String: ControlVerb] = [:]
  var clients: [UInt64: ControlClientLink] = [:]
  var nextToken: UInt64 = 2
  private var ready = [cnet_ready](repeating: cnet_ready(), count: 32)
  static let socketToken: UInt64 = 1

  /// - Parameters:
  ///   - verbs: every kind of request.
  ///   - about: members of the greeting besides the version.
  ///   - clock: monotonic nanoseconds.
  public init(
    _ socket: ControlSocket, verbs: [ControlVerb], about: [JSONMember] = [], limits: ControlLimits = ControlLimits(),
    clock: @escaping @Sendable () -> Int64
  ) throws(ControlFault) {
    self.socket = socket
    self.limits = limits
    self.clock = clock
    for verb in verbs { self.verbs[verb.name] = verb }
    greeting = JSONValue(.object([JSONMember("patchbay", JSONValue(.number("\(ControlProtocol.version)")))] + about))
    poll = cnet_poll_create()
    alarm = cnet_wake_create()
    guard poll >= 0, alarm >= 0, cnet_poll_set(poll, alarm, 0, 1, 0) == 0,
      cnet_poll_set(poll, socket.descriptor, Self.socketToken, 1, 0) == 0
    else { throw .socket(socket.folder, reason: "the system gives no more file descriptors; see ulimit -n") }
  }

  deinit {
    if poll >= 0 { cnet_close(poll) }
    if alarm >= 0 { cnet_close(alarm) }
  }

  /// A descriptor that a signal's handler may wake `run` by.
  public var wakeDescriptor: Int32 { alarm }

  /// Does a job on the server's thread, soon. From any thread.
  public func submit(_ job: @escaping @Sendable () -> Void) {
    jobs.withLock { $0.append(job) }
    cnet_wake(alarm)
  }

  /// Does a job on the server's thread when so many nanoseconds have passed. From any thread.
  public func submit(after nanoseconds: Int64, _ job: @escaping @Sendable () -> Void) {
    submit { [self] in timers.append((clock() + nanoseconds, job)) }
  }

  /// Serves until the monotonic clock reaches `deadline`, or `isOver`, which is asked after every wake.
  public func run(until deadline: Int64, isOver: () -> Bool = { false }) {
    while !isOver() {
      let now = clock()
      guard now < deadline else { return }
      var limit = timers.reduce(deadline) { min($0, $1.due) }
      for client in clients.values {
        if client.isIdle { limit = min(limit, client.active + limits.idle) }
        for watch in client.watches where isPollable(watch, of: client) { limit = min(limit, watch.due) }
      }
      step(waitingUpTo: max(0, limit - now))
    }
  }

  /// Waits at most so long for something to happen, and does it.
  func step(waitingUpTo nanoseconds: Int64) {
    let count = cnet_poll_wait(poll, &ready, Int32(ready.count), nanoseconds)
    for index in 0..<max(0, Int(count)) { dispatch(ready[index]) }
    for job in takeJobs() { job() }
    let now = clock()
    let due = timers.filter { $0.due <= now }
    timers.removeAll { $0.due <= now }
    for timer in due { timer.job() }
    pollWatches(now: now)
    dropIdle(now: now)
    for client in clients.values { settle(client) }
  }

  /// Closes all connections, after what waits has been offered to the kernel once.
  public func close() {
    for job in takeJobs() { job() }
    for client in clients.values { _ = client.flush() }
    clients.removeAll()
    socket.close()
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
    case Self.socketToken: accept()
    default:
      guard let client = clients[ready.token], ready.readable != 0 else { return }
      client.active = clock()
      if !client.read(limit: limits.line) { drop(client) }
    }
  }

  func drop(_ client: ControlClientLink) {
    guard clients.removeValue(forKey: client.token) != nil else { return }
    cnet_poll_remove(poll, client.descriptor)
  }

  /// Takes requests as far as they may be taken, and writes what can be written.
  private func settle(_ client: ControlClientLink) {
    while client.openRequests < limits.openRequests, let line = client.nextLine() { take(line, from: client) }
    if client.hasTooLongLine(limit: limits.line) {
      client.put(failure(nil, "too_long", "a request of more than \(limits.line) bytes"))
      _ = client.flush()
      return drop(client)
    }
    guard client.flush(), client.backlog <= limits.backlog else { return drop(client) }
    // Who has said all gets the answers that are due; a watch would never end.
    if client.isEnded, !client.wantsToWrite {
      if client.openRequests == client.watches.count { return drop(client) }
      return cnet_poll_remove(poll, client.descriptor)
    }
    let mayRead = !client.isEnded && client.openRequests < limits.openRequests
    cnet_poll_set(poll, client.descriptor, client.token, mayRead ? 1 : 0, client.wantsToWrite ? 1 : 0)
  }

  // MARK: Requests

  private func take(_ line: [UInt8], from client: ControlClientLink) {
    if line.allSatisfy({ $0 == 0x20 || $0 == 0x0d }) { return }
    guard let request = try? JSONDocument.parse(bytes: line), let members = request.object else {
      return client.put(failure(nil, "malformed", "a request is one JSON object on one line"))
    }
    let id = request["id"] ?? nil
    guard let name = request["do"]?.string, let verb = verbs[name] else {
      let known = verbs.keys.sorted().joined(separator: ", ")
      return client.put(failure(id, "unknown_verb", "\"do\" is one of \(known)"))
    }
    if let odd = members.first(where: { $0.key != "id" && $0.key != "do" && !verb.fields.contains($0.key) }) {
      let known = verb.fields.isEmpty ? "none" : verb.fields.joined(separator: ", ")
      return client.put(failure(id, "unknown_field", "\(name) has no field \"\(odd.key)\"; its fields: \(known)"))
    }
    guard verb.isUrgent || !client.isReserved else {
      let urgent = verbs.values.filter(\.isUrgent).map(\.name).sorted().joined(separator: ", ")
      return client.put(failure(id, "busy", "all \(limits.clients) places are taken; the rest is kept for \(urgent)"))
    }
    client.openRequests += 1
    verb.handle(ControlCall(request: request, client: client.token, id: id, server: self))
  }

  private func failure(_ id: JSONValue?, _ code: String, _ text: String) -> JSONValue {
    [
      "id": id ?? nil,
      "error": ["code": JSONValue(.string(code)), "text": JSONValue(.string(text))],
    ]
  }

  public func answer(_ call: ControlCall, _ answer: ControlAnswer) {
    submit { [self] in
      if let client = clients[call.client] { take(answer, of: call, to: client) }
    }
  }

  private func take(_ answer: ControlAnswer, of call: ControlCall, to client: ControlClientLink) {
    let place = client.watches.firstIndex { $0.id == call.id }
    client.active = clock()
    switch answer {
    case .reply(let result):
      client.put(["id": call.id, "ok": result])
      client.openRequests -= 1
    case .failure(let code, let text, _):
      client.put(failure(call.id, code, text))
      client.openRequests -= 1
      if let place { client.watches.remove(at: place) }
    case .watch(let interval, let poll):
      guard place == nil else {
        client.openRequests -= 1
        return client.put(failure(call.id, "id_in_use", "this id is being watched; give each request its own"))
      }
      client.watches.append(ControlClientLink.Watch(id: call.id, interval: interval, poll: poll, due: clock()))
    case .event(let event):
      if let event { client.put(["id": call.id, "event": event]) }
      if let place { client.watches[place].isBusy = false }
    }
  }

  // MARK: Watches

  /// A client that goes on sending nothing keeps its watches; one that does not read is not asked for more.
  private func isPollable(_ watch: ControlClientLink.Watch, of client: ControlClientLink) -> Bool {
    !watch.isBusy && client.backlog < limits.watchBacklog
  }

  private func pollWatches(now: Int64) {
    for client in clients.values {
      for place in client.watches.indices where client.watches[place].due <= now {
        guard isPollable(client.watches[place], of: client) else { continue }
        client.watches[place].isBusy = true
        client.watches[place].due = now + client.watches[place].interval
        client.watches[place].poll()
      }
    }
  }
}
