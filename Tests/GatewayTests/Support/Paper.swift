import CGateway
import Foundation
import Glibc
import JSONTree
import Testing
import WebSocket

@testable import Gateway
@testable import PatchbayHost

/// The checkout's top folder.
let packageRoot = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent().path
/// Where the products of this build are: beside the test bundle.
let buildFolder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path

/// A host that runs the paper exchange, with its gateway on a port of the system's choice.
final class PaperHost {
  let folder: String
  private(set) var host: TradingHost
  private(set) var gateway: GatewayServer
  private(set) var port: UInt16
  private(set) var token: String
  private let limits: GatewayLimits
  private let page: PageFiles

  /// - Parameters:
  ///   - members: more of the configuration's `gateway`.
  ///   - paper: more of the connector's.
  ///   - ownRegistry: it reads a copy of the registry, which `close` changes.
  init(
    _ limits: GatewayLimits = GatewayLimits(), page: PageFiles = PageFiles(folders: []), members: String = "",
    paper: String = "", ownRegistry: Bool = false
  ) throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "patchbay-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let text = """
      { "schema": 1, \(ownRegistry ? #""registry": "registry.json","# : "") "connectors": { "paper": {
          "markets": { "spot": { "pairs": ["BTC-USDT", "ETH-USDT"] }, "perp": { "pairs": ["BTC-USDT"] } },
          \(paper) "permit": { "trading": true } } },
        "orders": { "on_stop": "keep" },
        "gateway": { "listen": "127.0.0.1:0", "requests_per_second": 100000, \(members) } }
      """
    try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/patchbay.json"))
    if ownRegistry {
      try FileManager.default.copyItem(
        atPath: "\(packageRoot)/registry.json", toPath: "\(folder)/registry.json")
    }
    (self.limits, self.page) = (limits, page)
    (host, gateway, port, token) = try Self.start(folder, limits, page)
    try waitUntilReady()
  }

  deinit {
    stop()
    try? FileManager.default.removeItem(atPath: folder)
  }

  private static func start(
    _ folder: String, _ limits: GatewayLimits, _ page: PageFiles
  ) throws -> (TradingHost, GatewayServer, UInt16, String) {
    let host = try TradingHost(
      configuration: "\(folder)/patchbay.json", registry: "\(packageRoot)/registry.json", libraryFolders: [buildFolder])
    let gateway = try #require(try GatewayServer(host, limits: limits, page: page) {})
    host.start()
    gateway.start()
    let token = try String(contentsOfFile: "\(folder)/data/api.token", encoding: .utf8)
    return (host, gateway, try #require(gateway.port), token.trimmingCharacters(in: .newlines))
  }

  private func waitUntilReady() throws {
    let end = host.clock.now().mono + 30_000_000_000
    while host.clock.now().mono < end {
      if try ask("GET", "/readyz").status == 200 { return }
      usleep(5000)
    }
    Issue.record("it never becomes ready")
  }

  /// The registry's copy says from now on that an exchange has closed.
  func close(_ id: String) throws {
    let file = "\(folder)/registry.json"
    var tree = try #require(
      JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: file))) as? [String: Any])
    var entries = try #require(tree["connectors"] as? [[String: Any]])
    let place = try #require(entries.firstIndex { $0["id"] as? String == id })
    let state = ["state": "closed", "since": "2026-11-30", "mark": "E", "evidence": "it ended"]
    entries[place]["lifecycle"] = ["states": [state]]
    tree["connectors"] = entries
    try JSONSerialization.data(withJSONObject: tree).write(to: URL(fileURLWithPath: file))
  }

  func stop() {
    gateway.stop()
    #expect(host.stop() == [])
  }

  /// Ends the host and starts another on the same folder.
  /// - Parameter isStopped: it has ended already.
  /// - Parameter meanwhile: done while none runs.
  func restart(isStopped: Bool = false, _ meanwhile: () throws -> Void = {}) throws {
    if !isStopped { stop() }
    try meanwhile()
    (host, gateway, port, token) = try Self.start(folder, limits, page)
    try waitUntilReady()
  }

  /// One request over a connection of its own.
  /// - Parameter headers: in the place of the usual ones of the same name; empty = left out.
  func ask(
    _ method: String, _ path: String, _ body: JSONValue? = nil, headers: [String: String] = [:]
  ) throws -> HTTPReply {
    var all = ["Host": "127.0.0.1:\(port)", "Authorization": "Bearer \(token)", "Connection": "close"]
    let text = body.map(JSONWriter.compact) ?? ""
    if body != nil { all["Content-Type"] = "application/json" }
    if body != nil { all["Content-Length"] = "\(text.utf8.count)" }
    all.merge(headers) { $1 }
    let head = all.filter { $0.value != "" }.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\r\n" }.joined()
    let connection = try Connection(port: port)
    connection.write("\(method) \(path) HTTP/1.1\r\n\(head)\r\n\(text)")
    return try HTTPReply(connection.readAll())
  }
}

extension PaperHost {
  /// One question over the Unix socket, without a token.
  func askSocket(_ path: String) throws -> HTTPReply {
    let connection = try Connection(socket: "\(folder)/data/api.sock")
    connection.write("GET \(path) HTTP/1.1\r\nHost: any\r\nConnection: close\r\n\r\n")
    return try HTTPReply(connection.readAll())
  }
}

struct HTTPReply {
  let status: Int
  let headers: String
  let body: JSONValue
  let text: String

  init(_ bytes: [UInt8]) throws {
    let all = String(decoding: bytes, as: UTF8.self)
    let end = try #require(all.range(of: "\r\n\r\n"), "no answer: \(all)")
    headers = String(all[..<end.lowerBound])
    status = Int(headers.split(separator: " ")[1]) ?? 0
    text = String(all[end.upperBound...])
    body = (try? JSONDocument.parse(text: text)) ?? nil
  }

  var code: String? { body["error"]?["code"]?.string }
  var field: String? { body["error"]?["field"]?.string }
}

/// A blocking connection.
final class Connection {
  let descriptor: Int32

  init(port: UInt16) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr)
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try #require(status == 0)
    var patience = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
  }

  init(socket path: String) throws {
    descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    try #require(bytes.count < MemoryLayout.size(ofValue: address.sun_path))
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try #require(status == 0)
    var patience = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(descriptor) }

  func write(_ text: String) { write(Array(text.utf8)) }
  func write(_ bytes: [UInt8]) { #expect(send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count) }

  /// What comes next; empty at the end.
  func read() -> [UInt8] {
    var part = [UInt8](repeating: 0, count: 1 << 16)
    return Array(part[..<max(0, recv(descriptor, &part, part.count, 0))])
  }

  func readAll() -> [UInt8] {
    var all: [UInt8] = []
    while case let part = read(), !part.isEmpty { all += part }
    return all
  }
}

/// A client of the streams.
final class StreamReader {
  fileprivate let connection: Connection
  private var machine = WebSocketMachine(role: .client) { 0x1234_5678 }
  private(set) var closeCode: UInt16?

  init(_ host: PaperHost, headers: String? = nil) throws {
    connection = try Connection(port: host.port)
    let key = Array(repeating: UInt8(7), count: 16)
    let own = headers ?? "Authorization: Bearer \(host.token)"
    let parts = own.split(separator: "\n").map { $0.split(separator: ":", maxSplits: 1) }
    let pairs = parts.map { (name: String($0[0]), value: $0[1].trimmingCharacters(in: .whitespaces)) }
    let handshake = ClientHandshake(
      host: "127.0.0.1:\(host.port)", target: "/v1/stream", headers: pairs, key: key, offersDeflate: false)
    connection.write(handshake.request)
    var bytes: [UInt8] = []
    while true {
      let part = connection.read()
      try #require(!part.isEmpty, "no answer")
      bytes += part
      guard let checked = try bytes.withUnsafeBytes({ try handshake.check($0) }) else { continue }
      bytes.dropFirst(checked.head.size).withUnsafeBytes { machine.receive($0) }
      return
    }
  }

  func send(_ value: JSONValue) {
    Array(JSONWriter.compact(value).utf8).withUnsafeBytes { machine.send(.text, $0) }
    flush()
  }

  private func flush() {
    let bytes = Array(machine.output.bytes)
    machine.output.removeAll()
    if !bytes.isEmpty { connection.write(bytes) }
  }

  /// The next message; `nil` at the end.
  func next() throws -> JSONValue? {
    while true {
      while let event = machine.next() {
        switch event {
        case .text(let bytes): return try JSONDocument.parse(bytes: Array(bytes))
        case .closed(let code, _):
          closeCode = code
          return nil
        case .failed(let fault): throw fault
        default: continue
        }
      }
      flush()
      let part = connection.read()
      if part.isEmpty { return nil }
      part.withUnsafeBytes { machine.receive($0) }
    }
  }

  /// The next message of a type; what comes before is skipped.
  func next(_ type: String) throws -> JSONValue {
    while let message = try next() { if message["type"]?.string == type { return message } }
    Issue.record("no \(type) comes")
    return nil
  }
}

extension StreamReader {
  /// Makes the kernel keep little of what is not read.
  func shrink(_ size: inout Int32) { connection.shrink(&size) }
}

extension Connection {
  func shrink(_ size: inout Int32) {
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
  }
}
