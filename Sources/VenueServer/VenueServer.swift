import Glibc
import Threads
import Venue

/// Why a server cannot be had.
public enum ServerFault: Error, CustomStringConvertible {
  /// The port is taken, or may not be had.
  case port(UInt16)
  /// The system gave no more of something.
  case system(String)
  /// OpenSSL refused.
  case tls(TLSFailure)
  /// The authority's certificate could not be written.
  case file(String)
  /// What was sent when cannot be written down.
  case notes(String)

  public var description: String {
    switch self {
    case .port(let number): "port \(number) of 127.0.0.1 cannot be had; choose another one, or 0 for any"
    case .system(let what): "the system gives no \(what); see ulimit -n"
    case .tls(let failure): "\(failure)"
    case .notes(let path): "\(path): cannot be written; name another file for what is sent"
    case .file(let path): "\(path): cannot be written; name another file for the authority's certificate"
    }
  }
}

/// What a server has done.
public struct ServerCounters: Equatable, Sendable {
  public var connections = 0
  public var requests = 0
  public var sockets = 0
  /// Messages to clients.
  public var messages = 0
  /// Line faults that struck a connection.
  public var faults = 0
  /// Handshakes that were spoilt.
  public var flaws = 0

  public init() {}
}

/// Serves any number of venues on loopback: TLS 1.2 and 1.3, HTTP/1.1 with keep-alive and pipelining, WebSocket. Each
/// venue stands under a path prefix, which it does not see. It runs on a thread of its own, and so do its venues: they
/// are given over when they are mounted, and afterwards reached by `perform` only.
public final class VenueServer: @unchecked Sendable {
  public struct Options: Sendable {
    /// 0 = any that is free.
    public var port: UInt16 = 0
    public var isEncrypted = true
    /// Where the certificate to trust is written, as PEM; `nil` = nowhere.
    public var authorityFile: String?
    public var limits = ServerLimits()
    /// Whether permessage-deflate is accepted where it is offered.
    public var acceptsDeflate = true
    /// Where it is noted when each message was sent; `nil` = nowhere.
    public var sendsFile: String?

    public init() {}
  }

  /// The first port.
  public let port: UInt16
  /// What clients have to trust, as PEM; empty without TLS.
  public let authority: [UInt8]
  public let isEncrypted: Bool
  private let loop: ServerLoop
  private let monitor = Monitor()
  /// Guarded by `monitor`.
  private var jobs: [() -> Void] = []
  private var isStopped = false
  private var thread: HostThread?
  private static let longestWait: Int64 = 100_000_000

  /// Makes certificates, and listens; clients are served from `start` on.
  /// - Parameter clock: the time, for certificates, venues and deadlines; called from the server's thread.
  public init(_ options: Options = Options(), clock: @escaping @Sendable () -> VenueTime) throws(ServerFault) {
    var identity: TLSIdentity?
    if options.isEncrypted {
      do throws(TLSFailure) { identity = try TLSIdentity(wall: clock().wall) } catch { throw .tls(error) }
    }
    isEncrypted = options.isEncrypted
    authority = identity?.authority ?? []
    if let file = options.authorityFile, let identity { try VenueServer.write(identity.authority, file) }
    loop = try ServerLoop(
      identity: identity, limits: options.limits, acceptsDeflate: options.acceptsDeflate, clock: clock)
    loop.sends = try options.sendsFile.map { path throws(ServerFault) in try SendLog(path: path) }
    port = try loop.listen(options.port)
  }

  deinit { stop() }

  private static func write(_ bytes: [UInt8], _ path: String) throws(ServerFault) {
    guard let file = fopen(path, "w") else { throw .file(path) }
    let written = fwrite(bytes, 1, bytes.count, file)
    guard fclose(file) == 0, written == bytes.count else { throw .file(path) }
  }

  /// Serves a venue under a prefix such as `/binance-spot`, or under the root with an empty one.
  /// - Parameters:
  ///   - number: a port of its own, 0 for any; `nil` = the first port.
  ///   - waitsForReaders: the venue gets no time while a reader has much to read: for those that say all at once.
  /// - Returns: the port.
  @discardableResult
  public func mount(
    _ venue: ServedVenue, at prefix: String, port number: UInt16? = nil, waitsForReaders: Bool = false
  ) throws(ServerFault) -> UInt16 {
    var bare = prefix
    while bare.hasSuffix("/") { bare.removeLast() }
    let mount = Mount(venue, prefix: bare, waitsForReaders: waitsForReaders)
    var port = port
    if let number { port = try loop.listen(number) }
    loop.add(mount, port: port)
    return port
  }

  /// The base URL of what is mounted at `prefix` of the first port.
  public func url(_ prefix: String) -> String { "\(isEncrypted ? "https" : "http")://127.0.0.1:\(port)\(prefix)" }

  // MARK: The thread

  /// Serves, on a thread of its own.
  public func start() {
    guard thread == nil else { return }
    isStopped = false
    thread = HostThread { [unowned self] in run() }
  }

  /// Ends the thread; connections stay as they are and nobody answers. Not from the server's own thread.
  public func stop() {
    guard let thread else { return }
    monitor.locked { isStopped = true }
    loop.wake()
    thread.join()
    self.thread = nil
  }

  private func run() {
    while true {
      let (due, isOver) = monitor.locked {
        defer { jobs = [] }
        return (jobs, isStopped)
      }
      for job in due { job() }
      if isOver { return }
      loop.turn(atMost: VenueServer.longestWait)
    }
  }

  /// Does a job on the server's thread, and waits for it: the way to the venues. Not from the server's own thread.
  public func perform<R>(_ job: @escaping () -> R) -> R {
    guard thread != nil else { return job() }
    nonisolated(unsafe) var result: R?
    monitor.locked {
      jobs.append { [self] in
        let value = job()
        monitor.locked {
          result = value
          monitor.changed()
        }
      }
    }
    loop.wake()
    return monitor.locked {
      while true {
        if let result { return result }
        monitor.wait()
      }
    }
  }

  // MARK: Faults

  /// Does a fault to the connections that are there, once each, the oldest first.
  /// - Parameters:
  ///   - prefix: only to WebSockets of the venue there.
  ///   - limit: to so many at most.
  /// - Returns: to how many.
  @discardableResult
  public func strike(
    _ fault: LineFault, prefix: String? = nil, socketsOnly: Bool = true, limit: Int = .max
  ) -> Int {
    perform { [loop] in loop.strike(fault, prefix: prefix, socketsOnly: socketsOnly, limit: limit) }
  }

  /// Spoils the handshakes of the next connections, one each.
  public func spoil(_ flaws: [HandshakeFlaw]) { perform { [loop] in loop.flaws += flaws } }

  /// Spoils the next connection's handshake if it comes soon.
  func blow(_ flaw: HandshakeFlaw) { perform { [loop] in loop.blow(flaw) } }

  /// Handshakes that are still to be spoilt.
  public var flawsLeft: Int { perform { [loop] in loop.flaws.count } }

  public var counters: ServerCounters { perform { [loop] in loop.counters } }

  /// Open WebSockets of the venue at a prefix.
  public func socketCount(_ prefix: String) -> Int { perform { [loop] in loop.socketCount(prefix) } }

  /// Whether something that was reported on a WebSocket of the venue at a prefix has not left, or never will.
  public func isHeldBack(_ prefix: String) -> Bool { perform { [loop] in loop.isHeldBack(prefix) } }
}
