import CNet
import Glibc
import Venue
import WebSocket

/// The server's side of an open WebSocket.
final class ServedSocket {
  let id: UInt64
  let mount: Mount
  var machine: WebSocketMachine
  let isDeflated: Bool

  init(id: UInt64, mount: Mount, deflate: DeflateAgreement?) {
    self.id = id
    self.mount = mount
    isDeflated = deflate != nil
    machine = WebSocketMachine(role: .server, deflate: deflate) { 0 }
  }
}

/// One connection of a client: TLS, then requests that are answered in their order, then perhaps a WebSocket. Lives on
/// the server's thread.
final class ServedConnection {
  /// A request that is not answered yet, or whose turn has not come.
  struct Answer {
    let id: UInt64
    let closes: Bool
    let hasBody: Bool
    var reply: VenueReply?
  }

  /// A WebSocket that the venue has not decided on.
  struct Opening {
    let id: UInt64
    let mount: Mount
    let handshake: ServerHandshake
  }

  let descriptor: Int32
  let token: UInt64
  let port: ServedPort
  let address: String
  unowned let loop: ServerLoop
  var tls: TLSSession?
  /// The client's first message ends the connection.
  var abortsHandshake = false
  var reader: RequestReader
  var answers: [Answer] = []
  var opening: Opening?
  var socket: ServedSocket?
  /// What waits for the socket to take it.
  var wire = ByteQueue(capacity: 1024)
  /// Nothing more is read or answered; what waits still leaves.
  var isClosing = false
  var isOver = false
  var line = LineState()
  /// When a handshake or a closing has to be over.
  var deadline: Int64
  private var isWriteWatched = false

  init(
    descriptor: Int32, token: UInt64, port: ServedPort, address: String, tls: TLSSession?, loop: ServerLoop, now: Int64
  ) {
    self.descriptor = descriptor
    self.token = token
    self.port = port
    self.address = address
    self.tls = tls
    self.loop = loop
    reader = RequestReader(limits: loop.limits)
    deadline = now + loop.limits.handshake
  }

  /// Bytes that the client has not taken.
  var waiting: Int { wire.count }

  // MARK: Reading

  func read(now: VenueTime) {
    guard !isOver, !line.isDead else { return }
    var room = [UInt8](repeating: 0, count: 64 << 10)
    let count = recv(descriptor, &room, room.count, Int32(MSG_DONTWAIT))
    if count < 0, errno == EAGAIN || errno == EINTR { return }
    guard count > 0 else { return loop.lose(self, now: now) }
    if abortsHandshake { return loop.lose(self, now: now) }
    room.withUnsafeBytes { take(UnsafeRawBufferPointer(rebasing: $0[..<count]), now: now) }
    if !isOver { flush(now: now.mono) }
  }

  private func take(_ bytes: UnsafeRawBufferPointer, now: VenueTime) {
    guard let tls else { return accept(bytes, now: now) }
    let goesOn = tls.receive(bytes) { plain in if !isOver { accept(plain, now: now) } }
    tls.drain(into: &wire)
    if !goesOn, !isOver {
      // What TLS has to say of the failure still leaves.
      write(now: now.mono)
      loop.lose(self, now: now)
    }
  }

  private func accept(_ plain: UnsafeRawBufferPointer, now: VenueTime) {
    if let socket {
      socket.machine.receive(plain)
      return frames(socket, now: now)
    }
    guard !isClosing else { return }
    deadline = now.mono + loop.limits.idle
    reader.input.append(plain)
    requests(now: now)
    // Requests beyond the pipeline wait, but not any number of them.
    if !isOver, reader.input.count > 2 * loop.limits.body { loop.end(self, now: now.mono) }
  }

  /// Takes whole requests out of what has come.
  func requests(now: VenueTime) {
    while !isOver, !isClosing, opening == nil, socket == nil, answers.count < loop.limits.pipeline {
      do throws(RequestFault) {
        switch try reader.next(acceptsDeflate: loop.acceptsDeflate) {
        case nil: return
        case .request(let request, let closes): loop.request(request, closes: closes, on: self, now: now)
        case .upgrade(let request, let handshake): loop.open(request, handshake, on: self, now: now)
        }
      } catch {
        isClosing = true
        return respond(VenueReply(status: error.status, body: []), closes: true, hasBody: true, now: now)
      }
    }
  }

  func frames(_ socket: ServedSocket, now: VenueTime) {
    while !isOver, let event = socket.machine.next() {
      switch event {
      case .text(let payload): loop.frame(.text(Array(payload)), on: socket, now: now)
      case .binary(let payload): loop.frame(.binary(Array(payload)), on: socket, now: now)
      case .ping, .pong: break
      case .closed, .failed:
        loop.closed(socket, now: now)
        endSoon(now: now.mono)
      }
    }
  }

  // MARK: Answering

  func answer(_ id: UInt64, _ reply: VenueReply, now: VenueTime) {
    guard let index = answers.firstIndex(where: { $0.id == id }) else { return }
    answers[index].reply = reply
    while let first = answers.first, let reply = first.reply {
      answers.removeFirst()
      respond(reply, closes: first.closes, hasBody: first.hasBody, now: now)
    }
    requests(now: now)
  }

  func respond(_ reply: VenueReply, closes: Bool, hasBody: Bool, now: VenueTime) {
    send(plain: ResponseText.bytes(reply, wall: now.wall, closes: closes, hasBody: hasBody))
    if closes { endSoon(now: now.mono) }
    flush(now: now.mono)
  }

  func acceptSocket(now: VenueTime) {
    guard let opening else { return }
    self.opening = nil
    // From here the venue decides how long it lasts.
    deadline = .max
    send(plain: opening.handshake.response)
    let socket = ServedSocket(id: opening.id, mount: opening.mount, deflate: opening.handshake.deflate)
    self.socket = socket
    // The client may have sent frames right behind its request.
    socket.machine.receive(UnsafeRawBufferPointer(reader.input.bytes))
    reader.input.removeAll()
    frames(socket, now: now)
  }

  func send(_ frame: VenueFrame, now: Int64) {
    guard let socket else { return }
    switch frame {
    case .text(let bytes): send(.text, bytes, socket)
    case .binary(let bytes): send(.binary, bytes, socket)
    }
    flush(now: now)
  }

  private func send(_ opcode: WebSocketOpcode, _ bytes: [UInt8], _ socket: ServedSocket) {
    let isCompressed = socket.isDeflated && bytes.count >= loop.limits.compressed
    bytes.withUnsafeBytes { socket.machine.send(opcode, $0, compressed: isCompressed) }
  }

  func closeSocket(code: UInt16, reason: String, now: Int64) {
    socket?.machine.close(code: code, reason: reason)
    deadline = now + loop.limits.closing
    loop.remind(at: deadline)
    flush(now: now)
  }

  /// Ends the connection when what waits has left, or the time is up.
  private func endSoon(now: Int64) {
    isClosing = true
    deadline = now + loop.limits.closing
    loop.remind(at: deadline)
  }

  // MARK: Writing

  /// Puts bytes behind what waits, as they are before encryption.
  func send(plain: [UInt8]) { plain.withUnsafeBytes(encrypt) }

  private func encrypt(_ plain: UnsafeRawBufferPointer) {
    guard let tls else { return wire.append(plain) }
    if tls.encrypt(plain) { tls.drain(into: &wire) }
  }

  /// Writes what the client takes.
  func flush(now: Int64) {
    guard !isOver else { return }
    if let socket, !socket.machine.output.isEmpty {
      encrypt(UnsafeRawBufferPointer(socket.machine.output.bytes))
      socket.machine.output.removeAll()
    }
    write(now: now)
    guard !isOver else { return }
    if wire.count > loop.limits.slowReader || wire.isEmpty && isClosing {
      return loop.end(self, now: now)
    }
    let wantsWrite = !wire.isEmpty && line.allowance(now) > 0
    if wantsWrite != isWriteWatched, !line.isDead {
      isWriteWatched = wantsWrite
      loop.watch(self, writable: wantsWrite)
    }
  }

  private func write(now: Int64) {
    while !wire.isEmpty {
      let allowed = min(line.allowance(now), wire.count)
      if allowed == 0 {
        loop.remind(at: line.due)
        return
      }
      let count = Glibc.send(
        descriptor, wire.bytes.baseAddress, allowed, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
      guard count > 0 else { return }
      wire.removeFirst(count)
      line.wrote(count, now)
    }
  }

  /// What is due by the clock; the time of the next such thing.
  func check(now: Int64) -> Int64 {
    if now >= line.death || now >= deadline {
      loop.end(self, now: now)
      return .max
    }
    if line.due <= now { flush(now: now) }
    return min(deadline, line.death, line.due > now ? line.due : .max)
  }
}
