import CNet
import Glibc
import JSONTree

/// The other end: asks a running host. Blocks; for commands.
public final class ControlClient {
  private let descriptor: Int32
  private var incoming: [UInt8] = []
  private var nextID = 1
  /// What the host said of itself.
  public private(set) var greeting: JSONValue = [:]

  /// A refusal by the host.
  public struct Refusal: Error, Equatable, CustomStringConvertible {
    public var code: String
    public var text: String
    public var description: String { text }
  }

  /// Connects to the host that runs on a data folder, and compares versions.
  public init(folder: String) throws(ControlFault) {
    descriptor = try ControlSocket.connect(folder: folder)
    greeting = try receive()
    let version = greeting["patchbay"]?.int ?? 0
    guard version == ControlProtocol.version else { throw .version(found: version) }
  }

  deinit { cnet_close(descriptor) }

  /// Sends a request and waits for its answer.
  /// - Throws: `ControlFault`, or `Refusal`.
  public func ask(_ verb: String, _ fields: [JSONMember] = []) throws -> JSONValue {
    try send(verb, fields)
    return try result(of: try receive(), "ok")
  }

  /// Sends a request and hands each event to `body`, until that gives `false` or the host ends.
  /// - Throws: `ControlFault`, or `Refusal`.
  public func watch(_ verb: String, _ fields: [JSONMember], _ body: (JSONValue) -> Bool) throws {
    try send(verb, fields)
    while body(try result(of: try receive(), "event")) {}
  }

  /// Waits until the host closes the connection, which it does at its very end.
  /// - Returns: the last event that it sent before; `nil` = it sent none.
  public func lastEvent() -> JSONValue? {
    var last: JSONValue?
    while let message = try? receive() { last = message["event"] ?? last }
    return last
  }

  private func result(of message: JSONValue, _ field: String) throws -> JSONValue {
    if let error = message["error"] {
      throw Refusal(code: error["code"]?.string ?? "", text: error["text"]?.string ?? "the host refused")
    }
    guard let result = message[field] else { throw ControlFault.broken("it sent what is no answer") }
    return result
  }

  private func send(_ verb: String, _ fields: [JSONMember]) throws(ControlFault) {
    let message = [
      JSONMember("id", JSONValue(.number("\(nextID)"))), JSONMember("do", JSONValue(.string(verb))),
    ]
    nextID += 1
    let line = Array(JSONWriter.compact(JSONValue(.object(message + fields))).utf8) + [0x0a]
    var sent = 0
    while sent < line.count {
      let count = line[sent...].withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw .broken(String(cString: strerror(errno))) }
      sent += count
    }
  }

  private func receive() throws(ControlFault) -> JSONValue {
    var part = [UInt8](repeating: 0, count: 64 << 10)
    var searched = 0
    while true {
      if let end = incoming[searched...].firstIndex(of: 0x0a) {
        let line = Array(incoming[..<end])
        incoming.removeFirst(end + 1)
        guard let message = try? JSONDocument.parse(bytes: line) else {
          throw .broken("it sent what is no JSON")
        }
        return message
      }
      searched = incoming.count
      let count = recv(descriptor, &part, part.count, 0)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw .broken(count == 0 ? "the host has ended" : String(cString: strerror(errno))) }
      incoming += part[..<count]
    }
  }
}
