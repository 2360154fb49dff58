import CGateway
import CMicroHTTP
import CNet
import Catalog
import Control
import Glibc
import JSONTree
import PatchbayHost
import Runtime
import Synchronization
import Threads

/// Serves programs over HTTP and WebSocket, on a thread of its own: on loopback or with TLS, and on `api.sock` in the
/// data folder. The lanes wait for nothing here: they are asked by jobs and give copies back.
package final class GatewayServer: @unchecked Sendable {
  let host: TradingHost
  let config: Config.Gateway
  let limits: GatewayLimits
  let access: Access
  let stopHost: @Sendable () -> Void
  private let ownToken: OwnToken?
  private let tcp: Int32?
  private let unix: Int32?
  let poll: Int32
  private let alarm: Int32
  private let jobs = Mutex<[@Sendable () -> Void]>([])
  private let isOver = Atomic(false)
  private var thread: HostThread?

  // On the gateway's thread alone.
  private var doors: [Door] = []
  private var daemons: [OpaquePointer] = []
  /// The first is due first.
  private var timers: [(due: Int64, job: @Sendable () -> Void)] = []
  private var ready = [cnet_ready](repeating: cnet_ready(), count: 64)
  var nextNumber: UInt64 = 1
  /// What waits for the answer of a lane, by the call's number.
  var pending: [UInt64: (Result<JSONValue, APIError>) -> Void] = [:]
  /// Who waits for an order that is being placed, by the program's id of it.
  var waiting: [String: [() -> Void]] = [:]
  /// Who waits for the journal's word on an order, in the order of asking.
  var reading: [String: [(Result<JSONValue, APIError>) -> Void]] = [:]
  /// Requests whose answer is not there yet.
  var suspended: [ObjectIdentifier: HTTPExchange] = [:]
  var buckets: [String: RateBucket] = [:]
  var openRequests: [String: Int] = [:]
  var ledger: OrderLedger
  /// Its file, on which lanes write too.
  let ledgerLines: LedgerFile
  /// The journal knows that there are ids in it.
  private var isLedgerNoted: Bool
  /// The journal's mark of ids that programs have given.
  package static let ledgerTopic = "program_ids"
  let verbs: [String: ControlVerb]
  let candles: Candles
  let page: PageFiles
  let history: HistoryShelf
  var counters = GatewayCounters()
  lazy var hub = StreamHub(self)

  /// Listens, and makes `api.token`. Serves nothing yet. `nil` where the configuration wants nothing.
  /// - Parameters:
  ///   - page: the web page's files.
  ///   - stop: asks the host to end.
  package init?(
    _ host: TradingHost, limits: GatewayLimits = GatewayLimits(), page: PageFiles = PageFiles(folders: []),
    stop: @escaping @Sendable () -> Void
  ) throws {
    let config = host.config.gateway
    guard config.isSocketOn || config.listen != nil else { return nil }
    (self.host, self.config, self.limits, self.page, stopHost) = (host, config, limits, page, stop)
    // What may be wrong comes before what is made.
    let hadIDs = host.journal?.has(Self.ledgerTopic) ?? false
    ledger = try OrderLedger(
      file: "\(host.dataFolder)/\(Self.ledgerName)", wall: host.clock.now().wall, isExpected: hadIDs)
    ledgerLines = ledger.lines
    isLedgerNoted = hadIDs
    tcp = try config.listen.map { try Self.listen($0) }
    unix = config.isSocketOn ? try ControlSocket.listen(in: host.dataFolder, as: Self.socketName) : nil
    ownToken = try config.listen.flatMap { $0.isLoopback ? try OwnToken(folder: host.dataFolder) : nil }
    access = Access(config, ownToken: ownToken?.text)
    history = HistoryShelf(
      file: "\(host.dataFolder)/journal.sqlite", config: host.config, clock: host.clock, limits.historyQuestions)
    verbs = Dictionary(
      HostVerbs.all(host.running, host.events, stop: stop).map { ($0.name, $0) },
      uniquingKeysWith: { first, _ in first })
    candles = Candles(host.running)
    poll = cnet_poll_create()
    alarm = cnet_wake_create()
    guard poll >= 0, alarm >= 0, cnet_poll_set(poll, alarm, 0, 1, 0) == 0 else {
      throw GatewayFault.system("the system gives no more file descriptors; see ulimit -n")
    }
    try open()
  }

  deinit {
    // One that was never started, or could not be.
    if thread == nil { removeNames() }
    if poll >= 0 { cnet_close(poll) }
    if alarm >= 0 { cnet_close(alarm) }
  }

  package static let socketName = "api.sock"
  /// Connections beyond the limit that are let in until those in whose place they are have been let go.
  private static let spare = 64
  private static let ledgerName = "api-orders.log"

  /// The port of TCP, also where the system chose it; `nil` where it is not served there.
  package var port: UInt16? { tcp.map { UInt16(clamping: cgateway_port($0)) } }

  /// Where programs reach it, for people.
  package var introduction: String {
    var places: [String] = []
    if let listen = config.listen, let port {
      let name = listen.isVersion6 ? "[\(listen.address)]" : listen.address
      places.append("\(config.tls == nil ? "http" : "https")://\(name):\(port)/v1")
    }
    if unix != nil { places.append("\(host.dataFolder)/\(Self.socketName)") }
    let pages = page.isThere ? places.prefix(tcp == nil ? 0 : 1).map { "; the web page is \($0.dropLast(2))" } : []
    return "programs reach this host at \(places.joined(separator: " and "))"
      + (ownToken.map { "; its token is in \($0.file)" } ?? "") + pages.joined()
  }

  /// What is wrong and does not keep it from serving, for people.
  /// An id has been taken: the journal remembers it, so that a file that goes is missed.
  func noteLedger() {
    guard !isLedgerNoted, let journal = host.journal else { return }
    isLedgerNoted = true
    journal.note(Self.ledgerTopic, host.clock.now().wall)
  }

  package var warnings: [String] { ledger.damage.map(\.text) }

  /// What is wrong with the ids of programs that a data folder keeps, for people. Changes nothing.
  /// - Parameter isExpected: whether the journal knows that there were any; see `ledgerTopic`.
  package static func damage(inDataFolder folder: String, isExpected: Bool) -> [String] {
    do throws(GatewayFault) {
      return try OrderLedger.damage(of: "\(folder)/\(ledgerName)", isExpected: isExpected).map(\.text)
    } catch {
      return ["\(error)"]
    }
  }

  private static func listen(_ listen: Config.Gateway.Listen) throws(GatewayFault) -> Int32 {
    let made = cgateway_listen(listen.address, listen.isVersion6 ? 6 : 4, listen.port)
    guard made >= 0 else {
      throw .listen("\(listen.address):\(listen.port)", String(cString: strerror(-made)))
    }
    return made
  }

  /// Why nothing can listen there now; `nil` = it can. Listens for a moment.
  package static func fault(of listen: Config.Gateway.Listen) -> String? {
    let made = cgateway_listen(listen.address, listen.isVersion6 ? 6 : 4, listen.port)
    guard made >= 0 else { return String(cString: strerror(-made)) }
    cnet_close(made)
    return nil
  }

  private static func text(_ file: String) throws(GatewayFault) -> String {
    guard let opened = fopen(file, "re") else { throw .file(file, String(cString: strerror(errno))) }
    defer { fclose(opened) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    return String(decoding: bytes[..<fread(&bytes, 1, bytes.count, opened)], as: UTF8.self)
  }

  /// Makes a daemon for each way in.
  private func open() throws {
    let tls = try config.tls.map { (key: try Self.text($0.key), certificate: try Self.text($0.certificate)) }
    for (descriptor, isSocket) in [(tcp, false), (unix, true)] {
      guard let descriptor else { continue }
      let place = daemons.count
      let door = Door(isSocket: isSocket, server: self) { [weak self] in self?.daemons[place] }
      let bounds = cgateway_limits(
        connections: UInt32(clamping: limits.connections + Self.spare), idle_seconds: limits.idleSeconds,
        head_bytes: limits.headBytes)
      let secret = isSocket ? nil : tls
      guard
        let daemon = cgateway_start(
          descriptor, secret?.key, secret?.certificate, bounds, connectionChanged, handleRequest, requestOver,
          Unmanaged.passUnretained(door).toOpaque())
      else {
        throw GatewayFault.system(
          secret == nil ? "libmicrohttpd does not start" : "gateway.tls: the certificate and the key are not accepted")
      }
      doors.append(door)
      daemons.append(daemon)
      cnet_poll_set(poll, cgateway_poll(daemon), UInt64(place + 1), 1, 0)
    }
  }

  // MARK: Life

  /// Serves from now on.
  package func start() {
    history.start()
    thread = HostThread { [self] in serve() }
  }

  /// Answers what is under way, closes streams and connections, and waits for it. Once is enough.
  package func stop() {
    guard !isOver.exchange(true, ordering: .acquiringAndReleasing) else { return }
    cnet_wake(alarm)
    _ = thread?.wait(until: host.clock.now().mono + RunningHost.patience)
    history.stop()
    removeNames()
  }

  /// Takes away what says that it serves.
  private func removeNames() {
    if unix != nil { unlink("\(host.dataFolder)/\(Self.socketName)") }
    ownToken?.remove()
  }

  /// Does a job on the gateway's thread, soon. From any thread.
  func submit(_ job: @escaping @Sendable () -> Void) {
    let isFirst = jobs.withLock { jobs in
      jobs.append(job)
      return jobs.count == 1
    }
    if isFirst { cnet_wake(alarm) }
  }

  private func takeJobs() -> [@Sendable () -> Void] {
    jobs.withLock { jobs in
      defer { jobs = [] }
      return jobs
    }
  }

  /// Does a job when so many nanoseconds have passed; on the gateway's thread.
  func after(_ nanoseconds: Int64, _ job: @escaping @Sendable () -> Void) {
    let due = now &+ nanoseconds
    // Most wait as long as the one before.
    var place = timers.count
    while place > 0, timers[place - 1].due > due { place -= 1 }
    timers.insert((due, job), at: place)
  }

  var now: Int64 { host.clock.now().mono }

  private func serve() {
    while !isOver.load(ordering: .acquiring) { turn() }
    hub.closeAll()
    // Nothing may be under way when a daemon ends.
    for exchange in Array(suspended.values) {
      finish(exchange, HTTPAnswer(APIError("busy", "the host is ending", remedy: "ask the next one")))
    }
    pending = [:]
    for daemon in daemons {
      for _ in 0..<3 { MHD_run(daemon) }
      MHD_stop_daemon(daemon)
    }
    daemons = []
  }

  private func turn() {
    var limit: Int64 = 1_000_000_000
    let begin = now
    if let first = timers.first { limit = min(limit, first.due - begin) }
    limit = min(limit, hub.due - begin)
    for daemon in daemons {
      var milliseconds: UInt64 = 0
      if MHD_get_timeout(daemon, &milliseconds) == cgateway_yes {
        limit = min(limit, Int64(clamping: milliseconds) * 1_000_000)
      }
    }
    let count = cnet_poll_wait(poll, &ready, Int32(ready.count), max(0, limit))
    for index in 0..<max(0, Int(count)) {
      switch ready[index].token {
      case 0: cnet_wake_clear(alarm)
      case 1...UInt64(max(1, daemons.count)): break
      default: hub.ready(ready[index].token, canRead: ready[index].readable != 0)
      }
    }
    for job in takeJobs() { job() }
    let time = now
    let due = timers.prefix { $0.due <= time }.map(\.job)
    timers.removeFirst(due.count)
    for job in due { job() }
    hub.work(time)
    for door in doors { door.cutSlow(time) }
    for daemon in daemons { MHD_run(daemon) }
  }
}

private func connectionChanged(
  _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?,
  _ own: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ how: MHD_ConnectionNotificationCode
) {
  guard let context, let connection else { return }
  let door = Unmanaged<Door>.fromOpaque(context).takeUnretainedValue()
  if how == cgateway_started { door.began(connection) } else { door.ended(connection) }
}

/// libmicrohttpd's callbacks.
private func handleRequest(
  _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?, _ url: UnsafePointer<CChar>?,
  _ method: UnsafePointer<CChar>?, _ version: UnsafePointer<CChar>?, _ upload: UnsafePointer<CChar>?,
  _ size: UnsafeMutablePointer<Int>?, _ own: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
  guard let context, let connection, let url, let method, let size, let own else { return cgateway_no }
  let door = Unmanaged<Door>.fromOpaque(context).takeUnretainedValue()
  guard let known = own.pointee else {
    let exchange = HTTPExchange(connection, door, method: String(cString: method), path: String(cString: url))
    own.pointee = Unmanaged.passRetained(exchange).toOpaque()
    door.headCame(connection)
    guard let fault = exchange.headerFault() else { return cgateway_yes }
    var answer = HTTPAnswer(APIError("malformed", "the request has \(fault)"))
    answer.headers.append(("Connection", "close"))
    exchange.answer = answer
    return answer.queue(on: connection)
  }
  let exchange = Unmanaged<HTTPExchange>.fromOpaque(known).takeUnretainedValue()
  if size.pointee > 0, let upload {
    exchange.take(UnsafeRawBufferPointer(start: upload, count: size.pointee), limit: door.server.limits.bodyBytes)
    size.pointee = 0
    return cgateway_yes
  }
  if !exchange.isBegun {
    exchange.isBegun = true
    door.requestCame(connection)
    door.server.begin(exchange)
  }
  if let stream = exchange.upgrade { return stream(connection) }
  if let answer = exchange.answer { return answer.queue(on: connection) }
  door.server.suspend(exchange)
  return cgateway_yes
}

private func requestOver(
  _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?,
  _ own: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ how: MHD_RequestTerminationCode
) {
  guard let known = own?.pointee else { return }
  own?.pointee = nil
  let exchange = Unmanaged<HTTPExchange>.fromOpaque(known).takeRetainedValue()
  exchange.isOver = true
  if exchange.upgrade == nil { exchange.door.requestOver(exchange.connection) }
  exchange.door.server.ended(exchange)
}

extension HTTPExchange {
  func take(_ bytes: UnsafeRawBufferPointer, limit: Int) {
    guard body.count + bytes.count <= limit else {
      isTooLong = true
      return body = []
    }
    if !isTooLong { body += bytes }
  }
}
