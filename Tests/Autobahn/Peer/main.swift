import Glibc
import WebSocket

/// Echoes for the Autobahn test suite, on plain blocking sockets: `autobahn-peer client PORT` runs all cases of a
/// fuzzing server, `autobahn-peer server PORT` serves a fuzzing client until it is killed.

/// The other end of a socket, with the bytes that came behind its handshake.
struct Peer: ~Copyable {
  let descriptor: Int32
  var machine: WebSocketMachine
  let deflates: Bool

  init(_ descriptor: Int32, _ role: WebSocketMachine.Role, _ deflate: DeflateAgreement?, _ rest: [UInt8]) {
    self.descriptor = descriptor
    deflates = deflate != nil
    var random = SystemRandomNumberGenerator()
    machine = WebSocketMachine(role: role, deflate: deflate) { random.next() }
    rest.withUnsafeBytes { machine.receive($0) }
  }

  deinit { close(descriptor) }

  /// Echoes messages until the connection is over; gives the last text.
  mutating func run(echoes: Bool) -> String {
    var last = ""
    while true {
      while let event = machine.next() {
        switch event {
        case .text(let payload):
          if echoes { machine.send(.text, UnsafeRawBufferPointer(payload), compressed: deflates) }
          if !echoes { last = String(decoding: payload, as: UTF8.self) }
        case .binary(let payload): machine.send(.binary, UnsafeRawBufferPointer(payload), compressed: deflates)
        default: break
        }
      }
      writeAll(descriptor, Array(machine.output.bytes))
      machine.output.removeAll()
      if machine.phase == .over { return last }
      let fd = descriptor
      if machine.receive(atLeast: 65536, { recv(fd, $0.baseAddress, $0.count, 0) }) <= 0 { return last }
    }
  }
}

func writeAll(_ descriptor: Int32, _ bytes: [UInt8]) {
  var rest = bytes[...]
  while !rest.isEmpty {
    let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    if count <= 0 { return }
    rest = rest.dropFirst(count)
  }
}

/// Reads until `parse` has what it wants; `nil` at the end of the stream.
func readHead<Head>(_ descriptor: Int32, _ parse: ([UInt8]) throws -> Head?) rethrows -> (Head, [UInt8])? {
  var bytes: [UInt8] = []
  var piece = [UInt8](repeating: 0, count: 4096)
  while true {
    let count = recv(descriptor, &piece, piece.count, 0)
    guard count > 0 else { return nil }
    bytes += piece[..<count]
    if let head = try parse(bytes) { return (head, bytes) }
  }
}

func loopback(_ port: UInt16) -> sockaddr_in {
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = port.bigEndian
  address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  return address
}

func withAddress(_ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
  var address = loopback(port)
  return withUnsafePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
  }
}

func call(_ port: UInt16, _ target: String, echoes: Bool) throws -> String? {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  guard withAddress(port, { connect(descriptor, $0, $1) }) == 0 else { return nil }
  let key = (0..<16).map { _ in UInt8.random(in: 0...255) }
  let handshake = ClientHandshake(
    host: "127.0.0.1:\(port)", target: target, headers: [], key: key, offersDeflate: true)
  writeAll(descriptor, handshake.request)
  guard let (answer, bytes) = try readHead(descriptor, { try $0.withUnsafeBytes { try handshake.check($0) } }) else {
    return nil
  }
  var peer = Peer(descriptor, .client, answer.deflate, Array(bytes[answer.head.size...]))
  return peer.run(echoes: echoes)
}

func client(_ port: UInt16) throws -> Int32 {
  guard let count = try call(port, "/getCaseCount", echoes: false).flatMap({ Int($0) }) else { return 1 }
  for number in 1...max(count, 1) { _ = try call(port, "/runCase?case=\(number)&agent=patchbay", echoes: true) }
  _ = try call(port, "/updateReports?agent=patchbay", echoes: false)
  return 0
}

func server(_ port: UInt16) -> Int32 {
  let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  var yes: Int32 = 1
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, 4)
  guard withAddress(port, { bind(listener, $0, $1) }) == 0, listen(listener, 8) == 0 else { return 1 }
  while true {
    let descriptor = accept(listener, nil, nil)
    if descriptor < 0 { continue }
    let head = try? readHead(descriptor) {
      try $0.withUnsafeBytes { try ServerHandshake.read($0, acceptsDeflate: true) }
    }
    guard let (handshake, bytes) = head else {
      close(descriptor)
      continue
    }
    writeAll(descriptor, handshake.response)
    var peer = Peer(descriptor, .server, handshake.deflate, Array(bytes[handshake.head.size...]))
    _ = peer.run(echoes: true)
  }
}

let arguments = CommandLine.arguments
guard arguments.count == 3, let port = UInt16(arguments[2]), ["client", "server"].contains(arguments[1]) else {
  print("usage: autobahn-peer client|server PORT")
  exit(64)
}
exit(arguments[1] == "client" ? try client(port) : server(port))
