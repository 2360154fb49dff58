import Glibc
import WebSocket

/// A server on loopback that a test drives by hand: nothing happens but inside `step`.
final class TestVenue {
  /// The server's side of an open WebSocket.
  final class Socket {
    var machine: WebSocketMachine

    init(_ deflate: DeflateAgreement?) { machine = WebSocketMachine(role: .server, deflate: deflate) { 0 } }
  }

  final class Connection {
    let descriptor: Int32
    var path = ""
    var input: [UInt8] = []
    var output: [UInt8] = []
    var socket: Socket?
    var seen: [String] = []
    var isOver = false
    var isMute = false
    /// What is sent stays here; what a test puts into `output` leaves all the same.
    var isHeldBack = false

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    func send(_ opcode: WebSocketOpcode, _ text: String) {
      Array(text.utf8).withUnsafeBytes { socket?.machine.send(opcode, $0) }
    }

    /// Bytes that are no whole frame.
    func raw(_ bytes: [UInt8]) { bytes.withUnsafeBytes { socket?.machine.output.append($0) } }
  }

  private let listener: Int32
  private(set) var port: UInt16 = 0
  private(set) var connections: [Connection] = []
  /// Heads of all requests, with their bodies.
  private(set) var requests: [String] = []
  /// Answers an HTTP request, given its first line and how many came on this connection; `nil` = never.
  var answer: (String, Connection) -> String? = { _, _ in "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n" }
  /// Called for every message of a WebSocket; the default echoes.
  var message: (Connection, WebSocketOpcode, [UInt8]) -> Void = { connection, opcode, bytes in
    bytes.withUnsafeBytes { connection.socket?.machine.send(opcode, $0) }
  }
  var opened: (Connection) -> Void = { _ in }

  /// New connections are accepted and not read.
  var isMute = false

  init() {
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, size)
        listen(listener, 64)
        getsockname(listener, $0, &size)
      }
    }
    port = UInt16(bigEndian: address.sin_port)
  }

  deinit {
    for connection in connections where !connection.isOver { close(connection.descriptor) }
    close(listener)
  }

  var live: [Connection] { connections.filter { !$0.isOver } }

  func cut(_ connection: Connection) {
    guard !connection.isOver else { return }
    connection.isOver = true
    close(connection.descriptor)
  }

  func step() {
    while true {
      let descriptor = accept(listener, nil, nil)
      if descriptor < 0 { break }
      _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
      connections.append(Connection(descriptor))
      connections.last?.isMute = isMute
    }
    for connection in live where !connection.isMute {
      read(connection)
      if !connection.isOver { write(connection) }
    }
  }

  private func read(_ connection: Connection) {
    var bytes = [UInt8](repeating: 0, count: 65536)
    while !connection.isOver, !connection.isMute {
      let count = recv(connection.descriptor, &bytes, bytes.count, 0)
      if count == 0 { return cut(connection) }
      if count < 0 { return }
      if connection.socket != nil {
        frames(connection, Array(bytes[..<count]))
      } else {
        connection.input += bytes[..<count]
        http(connection)
      }
    }
  }

  private func frames(_ connection: Connection, _ bytes: [UInt8]) {
    bytes.withUnsafeBytes { connection.socket?.machine.receive($0) }
    while let event = connection.socket?.machine.next() {
      switch event {
      case .text(let payload): message(connection, .text, Array(payload))
      case .binary(let payload): message(connection, .binary, Array(payload))
      case .closed(let code, _): connection.seen.append("close \(code)")
      case .failed(let fault): connection.seen.append("failed \(fault)")
      case .ping: connection.seen.append("ping")
      case .pong: connection.seen.append("pong")
      }
    }
  }

  private func http(_ connection: Connection) {
    while let head = try? connection.input.withUnsafeBytes({ try HandshakeHead.read($0) }) {
      let length = Int(head["content-length"] ?? "0") ?? 0
      guard connection.input.count >= head.size + length else { return }
      requests.append(String(decoding: connection.input[..<(head.size + length)], as: UTF8.self))
      if head["upgrade"] != nil, let handshake = try? connection.input.withUnsafeBytes({
        try ServerHandshake.read($0, acceptsDeflate: true)
      }) {
        connection.path = handshake.target
        if let refusal = answer(head.startLine, connection), connection.path.hasPrefix("/refuse") {
          connection.output += refusal.utf8
        } else {
          connection.output += handshake.response
          connection.socket = Socket(handshake.deflate)
          opened(connection)
        }
        connection.input.removeAll()
        return
      }
      connection.input.removeFirst(head.size + length)
      connection.path = head.startLine
      if let reply = answer(head.startLine, connection) { connection.output += reply.utf8 }
      connection.seen.append(head.startLine)
    }
  }

  private func write(_ connection: Connection) {
    if let socket = connection.socket, !connection.isHeldBack {
      connection.output += Array(socket.machine.output.bytes)
      socket.machine.output.removeAll()
    }
    while !connection.output.isEmpty {
      let count = Glibc.send(connection.descriptor, connection.output, connection.output.count, Int32(MSG_NOSIGNAL))
      if count <= 0 { return }
      connection.output.removeFirst(count)
    }
    if connection.socket?.machine.phase == .over { cut(connection) }
  }
}
