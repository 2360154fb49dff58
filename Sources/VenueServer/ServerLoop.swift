import CNet
import Glibc
import Venue
import WebSocket

/// The server's sockets and venues, all on one thread: reads, asks the venues, carries out what they want.
final class ServerLoop {
  let limits: ServerLimits
  let acceptsDeflate: Bool
  private let clock: @Sendable () -> VenueTime
  private let poll: Int32
  private let alarm: Int32
  private let identity: TLSIdentity?
  private var ports: [UInt64: ServedPort] = [:]
  private var connections: [UInt64: ServedConnection] = [:]
  private var requestOwners: [UInt64: ServedConnection] = [:]
  private var socketOwners: [UInt64: ServedConnection] = [:]
  private var mounts: [Mount] = []
  private var ready = [cnet_ready](repeating: cnet_ready(), count: 64)
  private var nextToken: UInt64 = 1
  private var nextID: UInt64 = 1
  private var nextCheck = Int64.max
  /// Faults of the handshakes to come, first one first.
  var flaws: [HandshakeFlaw] = []
  /// A fault of the next handshake before a time, as bad weather has it: who comes later is not met by the weather of
  /// before, or a client that waits longer after each failure would never come through.
  private var gust: (flaw: HandshakeFlaw, until: Int64)?
  private static let gustTime: Int64 = 2_000_000_000
  var counters = ServerCounters()
  /// Where it is noted when messages were sent.
  var sends: SendLog?

  init(
    identity: TLSIdentity?, limits: ServerLimits, acceptsDeflate: Bool, clock: @escaping @Sendable () -> VenueTime
  ) throws(ServerFault) {
    self.identity = identity
    self.limits = limits
    self.acceptsDeflate = acceptsDeflate
    self.clock = clock
    poll = cnet_poll_create()
    alarm = cnet_wake_create()
    guard poll >= 0, alarm >= 0, cnet_poll_set(poll, alarm, 0, 1, 0) == 0 else { throw .system("epoll") }
  }

  deinit {
    for connection in connections.values { close(connection.descriptor) }
    for port in ports.values { close(port.descriptor) }
    cnet_close(poll)
    cnet_close(alarm)
  }

  func wake() { cnet_wake(alarm) }

  private func newToken() -> UInt64 {
    defer { nextToken += 1 }
    return nextToken
  }

  private func newID() -> UInt64 {
    defer { nextID += 1 }
    return nextID
  }

  // MARK: Ports

  /// Listens on loopback; port 0 takes any that is free.
  func listen(_ number: UInt16) throws(ServerFault) -> UInt16 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
    guard descriptor >= 0 else { throw .system("a socket") }
    var yes: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = number.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isListening = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, size) == 0 && Glibc.listen(descriptor, 256) == 0 && getsockname(descriptor, $0, &size) == 0
      }
    }
    let token = newToken()
    guard isListening, cnet_poll_set(poll, descriptor, token, 1, 0) == 0 else {
      close(descriptor)
      throw .port(number)
    }
    let found = UInt16(bigEndian: address.sin_port)
    ports[token] = ServedPort(descriptor: descriptor, number: found, token: token)
    return found
  }

  func add(_ mount: Mount, port number: UInt16) {
    mounts.append(mount)
    ports.values.first { $0.number == number }?.mounts.append(mount)
  }

  // MARK: Turning

  /// Does what is due and waits for more, at most until `limit` nanoseconds have passed.
  func turn(atMost limit: Int64) {
    var now = clock()
    for mount in mounts where mount.due <= now.mono { advance(mount, now: now) }
    if nextCheck <= now.mono {
      nextCheck = .max
      for connection in connections.values { remind(at: connection.check(now: now.mono)) }
    }
    now = clock()
    var until = min(nextCheck, now.mono + limit)
    for mount in mounts where !isHeldBack(mount) { until = min(until, mount.due) }
    let count = cnet_poll_wait(poll, &ready, Int32(ready.count), max(0, until - now.mono))
    now = clock()
    for index in 0..<max(0, Int(count)) { dispatch(ready[index], now: now) }
  }

  private func dispatch(_ ready: cnet_ready, now: VenueTime) {
    if ready.token == 0 { return cnet_wake_clear(alarm) }
    if let port = ports[ready.token] { return accept(port, now: now) }
    guard let connection = connections[ready.token] else { return }
    if ready.writable != 0 { connection.flush(now: now.mono) }
    if ready.readable != 0 { connection.read(now: now) }
  }

  private func advance(_ mount: Mount, now: VenueTime) {
    guard !isHeldBack(mount) else { return }
    var actions: [VenueAction] = []
    mount.due = mount.venue.advance(now: now, &actions) ?? .max
    carryOut(actions, now: now)
  }

  /// Whether readers that do read have not taken enough yet.
  private func isHeldBack(_ mount: Mount) -> Bool {
    mount.waitsForReaders
      && connections.values.contains {
        $0.socket?.mount === mount && $0.waiting > limits.highWater && !$0.line.isFaulty
      }
  }

  func remind(at time: Int64) { nextCheck = min(nextCheck, time) }

  func watch(_ connection: ServedConnection, writable: Bool) {
    cnet_poll_set(poll, connection.descriptor, connection.token, 1, writable ? 1 : 0)
  }

  func blow(_ flaw: HandshakeFlaw) { gust = (flaw, clock().mono + Self.gustTime) }

  private func nextFlaw(now: Int64) -> HandshakeFlaw? {
    if !flaws.isEmpty { return flaws.removeFirst() }
    defer { gust = nil }
    return gust.flatMap { now < $0.until ? $0.flaw : nil }
  }

  private func accept(_ port: ServedPort, now: VenueTime) {
    while true {
      let descriptor = Glibc.accept(port.descriptor, nil, nil)
      guard descriptor >= 0 else { return }
      _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
      var yes: Int32 = 1
      setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
      var size = Int32(limits.sendBuffer)
      setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size))
      counters.connections += 1
      let flaw = identity == nil ? nil : nextFlaw(now: now.mono)
      if flaw != nil { counters.flaws += 1 }
      var tls: TLSSession?
      if let identity {
        tls = try? identity.session(flaw)
        guard tls != nil else {
          close(descriptor)
          continue
        }
      }
      begin(descriptor, port, tls, flaw, now)
    }
  }

  private func begin(
    _ descriptor: Int32, _ port: ServedPort, _ tls: TLSSession?, _ flaw: HandshakeFlaw?, _ now: VenueTime
  ) {
    let connection = ServedConnection(
      descriptor: descriptor, token: newToken(), port: port, address: "127.0.0.1", tls: tls, loop: self, now: now.mono)
    connection.abortsHandshake = flaw == .abort
    connections[connection.token] = connection
    cnet_poll_set(poll, descriptor, connection.token, 1, 0)
    remind(at: connection.deadline)
  }
}

extension ServerLoop {
  // MARK: What clients want

  func request(_ request: VenueRequest, closes: Bool, on connection: ServedConnection, now: VenueTime) {
    counters.requests += 1
    let id = newID()
    connection.answers.append(
      ServedConnection.Answer(id: id, closes: closes, hasBody: request.method != "HEAD", reply: nil))
    guard let (mount, path) = connection.port.find(request.path) else {
      let reply = VenueReply(status: 404, body: Array(#"{"error":"no venue is served here"}"#.utf8))
      return connection.answer(id, reply, now: now)
    }
    requestOwners[id] = connection
    var seen = request
    seen.path = path
    seen.address = connection.address
    input(mount, now) { $0.request(id, seen, now: now, &$1) }
  }

  func open(
    _ request: VenueRequest, _ handshake: ServerHandshake, on connection: ServedConnection, now: VenueTime
  ) {
    guard connection.answers.isEmpty, let (mount, path) = connection.port.find(request.path) else {
      connection.isClosing = true
      return connection.respond(VenueReply(status: 404, body: []), closes: true, hasBody: true, now: now)
    }
    counters.sockets += 1
    let id = newID()
    connection.opening = ServedConnection.Opening(id: id, mount: mount, handshake: handshake)
    socketOwners[id] = connection
    var seen = request
    seen.path = path
    seen.address = connection.address
    input(mount, now) { $0.open(id, seen, now: now, &$1) }
  }

  func frame(_ frame: VenueFrame, on socket: ServedSocket, now: VenueTime) {
    input(socket.mount, now) { $0.frame(socket.id, frame, now: now, &$1) }
  }

  /// The client has closed a socket.
  func closed(_ socket: ServedSocket, now: VenueTime) {
    guard socketOwners.removeValue(forKey: socket.id) != nil else { return }
    input(socket.mount, now) { $0.closed(socket.id, now: now, &$1) }
  }

  private func input(_ mount: Mount, _ now: VenueTime, _ body: (ServedVenue, inout [VenueAction]) -> Void) {
    var actions: [VenueAction] = []
    body(mount.venue, &actions)
    mount.due = now.mono
    carryOut(actions, now: now)
  }

  // MARK: What venues want

  private func carryOut(_ actions: [VenueAction], now: VenueTime) {
    for action in actions {
      switch action {
      case .reply(let id, let reply): requestOwners.removeValue(forKey: id)?.answer(id, reply, now: now)
      case .accept(let id): socketOwners[id]?.acceptSocket(now: now)
      case .refuse(let id, let reply):
        guard let connection = socketOwners.removeValue(forKey: id) else { continue }
        connection.opening = nil
        connection.respond(reply, closes: true, hasBody: true, now: now)
      case .send(let id, let frame):
        counters.messages += 1
        if let sends { sends.note(frame, socket: id, mono: clock().mono) }
        socketOwners[id]?.send(frame, now: now.mono)
      case .close(let id, let code, let reason):
        socketOwners.removeValue(forKey: id)?.closeSocket(code: code, reason: reason, now: now.mono)
      case .cut(let id):
        if let connection = socketOwners.removeValue(forKey: id) { end(connection, now: now.mono) }
      case .drop(let id):
        if let connection = requestOwners.removeValue(forKey: id) { end(connection, now: now.mono) }
      }
    }
  }

  // MARK: Ends

  /// The client is gone.
  func lose(_ connection: ServedConnection, now: VenueTime) { end(connection, now: now.mono) }

  /// Ends a connection at once; its venue hears of a socket that was open.
  func end(_ connection: ServedConnection, now: Int64) {
    guard !connection.isOver else { return }
    connection.isOver = true
    connections[connection.token] = nil
    cnet_poll_remove(poll, connection.descriptor)
    close(connection.descriptor)
    for answer in connection.answers { requestOwners[answer.id] = nil }
    let time = clock()
    if let opening = connection.opening, socketOwners.removeValue(forKey: opening.id) != nil {
      input(opening.mount, time) { $0.closed(opening.id, now: time, &$1) }
    }
    if let socket = connection.socket { closed(socket, now: time) }
  }

  // MARK: Faults

  /// Does a fault to connections under a prefix, at most so many, and says to how many.
  func strike(_ fault: LineFault, prefix: String?, socketsOnly: Bool, limit: Int) -> Int {
    let now = clock()
    let wanted = connections.values.sorted { $0.token < $1.token }.filter { connection in
      guard !connection.line.isFaulty, !connection.isClosing else { return false }
      if let socket = connection.socket { return prefix == nil || socket.mount.prefix == prefix }
      return !socketsOnly && prefix == nil
    }
    for connection in wanted.prefix(limit) { strike(fault, connection, now: now.mono) }
    let count = min(limit, wanted.count)
    counters.faults += count
    return count
  }

  private func strike(_ fault: LineFault, _ connection: ServedConnection, now: Int64) {
    switch fault {
    case .drip(let rate): connection.line.drip(bytesPerSecond: rate)
    case .stall(let time):
      connection.line.stall(until: now + time)
      remind(at: now + time)
    case .halfOpen(let time):
      connection.line.dieSilently(at: now + time)
      // A hang-up is always told; a connection that takes no notice must not be watched at all.
      cnet_poll_remove(poll, connection.descriptor)
      remind(at: now + time)
    case .garbage:
      connection.send(plain: [0x83, 0x7E, 0x00, 0xFF, 0x13, 0x37] + Array("garbage\r\n\r\n".utf8))
      connection.flush(now: now)
    case .oversizedFrame:
      guard connection.socket != nil else { return }
      connection.send(plain: [0x81, 0x7F, 0, 0, 0, 1, 0, 0, 0, 0] + Array("{\"".utf8))
      connection.flush(now: now)
    case .cut, .reset:
      if fault == .reset {
        var hard = linger(l_onoff: 1, l_linger: 0)
        setsockopt(connection.descriptor, SOL_SOCKET, SO_LINGER, &hard, socklen_t(MemoryLayout<linger>.size))
      }
      end(connection, now: now)
    }
  }

  /// Connections that are there now.
  var connectionCount: Int { connections.count }

  /// Open WebSockets under a prefix.
  func socketCount(_ prefix: String) -> Int { connections.values.count { $0.socket?.mount.prefix == prefix } }

  /// Whether something that was reported on a WebSocket under a prefix has not left, or never will.
  func isHeldBack(_ prefix: String) -> Bool {
    connections.values.contains { $0.socket?.mount.prefix == prefix && ($0.line.isDead || $0.waiting > 0) }
  }
}
