import Foundation
import Glibc
import JSONTree
import Synchronization
import WebSocket

/// The made-up exchange of `examples/harbour`, on loopback without TLS: two markets over HTTP, books over a WebSocket.
/// Each connection has a thread of its own.
final class HarbourVenue: Sendable {
  /// What came over each WebSocket, as `subscribe book:SALT-USD`, and the sockets that are open.
  private struct State {
    var said: [[String]] = []
    var open: [Int32] = []
  }

  private let listener: Int32
  let port: UInt16
  private let state = Mutex(State())

  init() throws {
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) { [listener] pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, size) | listen(listener, 16) | getsockname(listener, $0, &size)
      }
    }
    guard status == 0 else { throw ToolFailure(description: "no socket on loopback: \(errno)") }
    port = UInt16(bigEndian: address.sin_port)
    Thread.detachNewThread { [weak self, listener] in
      while case let descriptor = accept(listener, nil, nil), descriptor >= 0 {
        guard let self else { return }
        Thread.detachNewThread { self.serve(descriptor) }
      }
    }
  }

  deinit { shutdown(listener, Int32(SHUT_RDWR)) }

  /// What each WebSocket was asked for, in the order in which they came.
  var conversations: [[String]] { state.withLock { $0.said } }

  /// Cuts every open WebSocket, without a word.
  func cut() {
    state.withLock { state in
      for descriptor in state.open { shutdown(descriptor, Int32(SHUT_RDWR)) }
      state.open = []
    }
  }

  private func serve(_ descriptor: Int32) {
    defer { close(descriptor) }
    var input: [UInt8] = []
    while let bytes = receive(descriptor) {
      input += bytes
      guard let head = try? input.withUnsafeBytes({ try HandshakeHead.read($0) }) else { continue }
      guard head["upgrade"] != nil else { return send(descriptor, Array(Self.markets.utf8)) }
      guard let handshake = try? input.withUnsafeBytes({ try ServerHandshake.read($0, acceptsDeflate: false) }) else {
        return
      }
      send(descriptor, handshake.response)
      return talk(descriptor)
    }
  }

  private func talk(_ descriptor: Int32) {
    let number = state.withLock { state in
      state.said.append([])
      state.open.append(descriptor)
      return state.said.count - 1
    }
    var machine = WebSocketMachine(role: .server, deflate: nil) { 0 }
    while let bytes = receive(descriptor) {
      bytes.withUnsafeBytes { machine.receive($0) }
      var answers: [String] = []
      while let event = machine.next() {
        if case .text(let payload) = event { answers += answer(Array(payload), number) }
      }
      for answer in answers { Array(answer.utf8).withUnsafeBytes { machine.send(.text, $0) } }
      send(descriptor, Array(machine.output.bytes))
      machine.output.removeAll()
    }
  }

  private func answer(_ message: [UInt8], _ number: Int) -> [String] {
    guard let request = try? JSONDocument.parse(bytes: message), let operation = request["op"]?.string else {
      return []
    }
    let topics = (request["topics"]?.array ?? []).compactMap(\.string)
    state.withLock { $0.said[number] += topics.map { "\(operation) \($0)" } }
    let books = operation == "subscribe" ? topics.filter { $0.hasPrefix("book:") } : []
    return ["{\"type\":\"subscribed\",\"id\":\(request["id"]?.number ?? "0")}"]
      + books.map { book in
        "{\"type\":\"snapshot\",\"market\":\"\(book.dropFirst(5))\",\"seq\":\(100 + number),\"time\":1767607200164,"
          + "\"bids\":[[\"10.00\",\"2\"]],\"asks\":[[\"10.50\",\"1\"]]}"
      }
  }

  private func receive(_ descriptor: Int32) -> [UInt8]? {
    var part = [UInt8](repeating: 0, count: 1 << 16)
    let count = recv(descriptor, &part, part.count, 0)
    return count > 0 ? Array(part[..<count]) : nil
  }

  private func send(_ descriptor: Int32, _ bytes: [UInt8]) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return }
      sent += count
    }
  }

  private static let markets: String = {
    let body = #"{"markets":[{"symbol":"SALT-USD","base":"SALT","quote":"USD","tick":"0.01","lot":"0.001"},"#
      + #"{"symbol":"ROPE-USD","base":"ROPE","quote":"USD","tick":"0.5","lot":"1"}]}"#
    return "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)"
  }()
}
