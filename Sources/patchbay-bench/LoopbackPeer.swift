import Glibc
import VenueServer
import WebSocket

/// The other end of the host's connections, in the same thread: what is measured is then work and system calls, not the
/// waking of threads. On loopback, over TLS where it has a certificate.
final class LoopbackPeer {
  private final class Connection {
    let descriptor: Int32
    let tls: TLSSession?
    var input: [UInt8] = []
    /// Once it is a WebSocket: answers pings.
    var machine: WebSocketMachine?
    var target = ""

    init(_ descriptor: Int32, _ tls: TLSSession?) { (self.descriptor, self.tls) = (descriptor, tls) }
  }

  let port: UInt16
  /// `nil` = plain TCP.
  let identity: TLSIdentity?
  private let listener: Int32
  private var connections: [Connection] = []
  /// The listener, then the connections.
  private var watched: [pollfd] = []
  private var bytes = [UInt8](repeating: 0, count: 65536)
  /// Encrypted, on its way to the socket.
  private var wire = ByteQueue(capacity: 65536)
  /// The body that answers a request's target; its whole text is given too.
  var answer: (_ target: String) -> [UInt8] = { _ in [] }
  /// When the last byte of the last request was here, by this clock.
  var now: () -> Int64 = { 0 }
  private(set) var received: Int64 = 0
  /// When its head was taken apart as well, which is this server's work.
  private(set) var understood: Int64 = 0
  private var arrived: Int64 = 0
  private(set) var requests = 0

  init(_ identity: TLSIdentity? = nil) {
    self.identity = identity
    (listener, port) = Self.listen()
    watched = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
  }

  private static func listen() -> (Int32, UInt16) {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
    var address = loopback(0)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, size)
        Glibc.listen(listener, 16)
        getsockname(listener, $0, &size)
      }
    }
    return (listener, UInt16(bigEndian: address.sin_port))
  }

  private static func loopback(_ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
  }

  deinit {
    for connection in connections { close(connection.descriptor) }
    close(listener)
  }

  /// Connects to itself, for a reference without a host: the two ends.
  func pair() -> (near: Int32, far: Int32) {
    let near = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = Self.loopback(port)
    withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = connect(near, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    var far: Int32 = -1
    while far < 0 { far = accept(listener, nil, nil) }
    for descriptor in [near, far] {
      var on: Int32 = 1
      setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
      _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }
    return (near, far)
  }

  /// Takes new connections and answers what has come. One cheap question of the system when there is nothing: the host
  /// is measured with it.
  func step() {
    guard poll(&watched, nfds_t(watched.count), 0) > 0 else { return }
    for (index, connection) in connections.enumerated() where watched[index + 1].revents != 0 { read(connection) }
    guard watched[0].revents != 0 else { return }
    while case let descriptor = accept(listener, nil, nil), descriptor >= 0 {
      _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
      connections.append(Connection(descriptor, try? identity?.session(nil)))
      watched.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
    }
  }

  private func read(_ connection: Connection) {
    while case let count = recv(connection.descriptor, &bytes, bytes.count, 0), count > 0 {
      arrived = now()
      bytes[..<count].withUnsafeBytes { received in
        guard let tls = connection.tls else { return take(received, connection) }
        _ = tls.receive(received) { take($0, connection) }
        drain(tls, to: connection.descriptor)
      }
    }
  }

  private func take(_ bytes: UnsafeRawBufferPointer, _ connection: Connection) {
    if connection.machine != nil {
      connection.machine?.receive(bytes)
      pong(connection)
    } else {
      connection.input += bytes
      http(connection)
    }
  }

  private func pong(_ connection: Connection) {
    while connection.machine?.next() != nil {}
    guard let bytes = connection.machine?.output.bytes, !bytes.isEmpty else { return }
    write(Array(bytes), to: connection)
    connection.machine?.output.removeAll()
  }

  private func http(_ connection: Connection) {
    while let head = try? connection.input.withUnsafeBytes({ try HandshakeHead.read($0) }) {
      let size = head.size + (Int(head["content-length"] ?? "0") ?? 0)
      guard connection.input.count >= size else { return }
      (received, understood) = (arrived, now())
      requests += 1
      if head["upgrade"] != nil {
        let handshake = try? connection.input.withUnsafeBytes { try ServerHandshake.read($0, acceptsDeflate: false) }
        connection.target = handshake?.target ?? ""
        connection.machine = WebSocketMachine(role: .server, deflate: nil) { 0 }
        connection.input.removeAll()
        return write(handshake?.response ?? [], to: connection)
      }
      connection.input.removeFirst(size)
      let words = head.startLine.split(separator: " ")
      let body = answer(words.count > 1 ? String(words[1]) : "")
      let start = Array("HTTP/1.1 200 OK\r\nContent-Length: \(body.count)\r\n\r\n".utf8)
      write(start + body, to: connection)
    }
  }

  /// The last WebSocket that was opened to a target with this in it.
  private var stream: Connection? { connections.last { $0.machine != nil && $0.target.contains("stream") } }

  /// Sends a frame on the market-data stream.
  func push(_ frame: [UInt8]) {
    guard let stream else { return }
    write(frame, to: stream)
  }

  /// A server's frame around a text of 126 to 65535 bytes.
  static func frame(_ text: [UInt8]) -> [UInt8] {
    [0x81, 126, UInt8(text.count >> 8), UInt8(text.count & 0xFF)] + text
  }

  private func write(_ bytes: [UInt8], to connection: Connection) {
    guard let tls = connection.tls else { return bytes.withUnsafeBytes { write($0, to: connection.descriptor) } }
    _ = bytes.withUnsafeBytes { tls.encrypt($0) }
    drain(tls, to: connection.descriptor)
  }

  private func drain(_ tls: TLSSession, to descriptor: Int32) {
    tls.drain(into: &wire)
    write(UnsafeRawBufferPointer(wire.bytes), to: descriptor)
    wire.removeAll()
  }

  private func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) {
    var sent = 0
    while sent < bytes.count {
      let count = send(descriptor, bytes.baseAddress.map { $0 + sent }, bytes.count - sent, 0)
      if count > 0 { sent += count } else if errno != EAGAIN { return }
    }
  }
}
