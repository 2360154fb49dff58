import Foundation
import Glibc
import JSONTree
import Testing

@testable import Control

/// A data folder that goes with the object.
final class Folder {
  let path: String

  init(_ name: String = UUID().uuidString) {
    path = FileManager.default.temporaryDirectory.appending(path: "patchbay-\(name)").path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Time that stands still until a test moves it.
final class StillClock: @unchecked Sendable {
  var nanoseconds: Int64 = 1_000_000_000
}

/// A client that never waits: it sees what the server's steps have written.
final class RawClient {
  let descriptor: Int32
  private var incoming: [UInt8] = []

  init(_ folder: String) throws {
    descriptor = try ControlSocket.connect(folder: folder)
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
  }

  deinit { close(descriptor) }

  func send(_ text: String) {
    let bytes = Array(text.utf8)
    #expect(Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count)
  }

  /// The whole lines that are there.
  func lines() -> [JSONValue] {
    var part = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = recv(descriptor, &part, part.count, 0)
      guard count > 0 else { break }
      incoming += part[..<count]
    }
    var lines: [JSONValue] = []
    while let end = incoming.firstIndex(of: 0x0a) {
      if let line = try? JSONDocument.parse(bytes: Array(incoming[..<end])) { lines.append(line) }
      incoming.removeFirst(end + 1)
    }
    return lines
  }

  /// Whether the other side has closed.
  var isClosed: Bool {
    var byte: UInt8 = 0
    return recv(descriptor, &byte, 1, Int32(MSG_PEEK)) == 0
  }
}

/// What handlers leave for a test; everything runs in the test's thread.
final class Calls: @unchecked Sendable {
  var all: [ControlCall] = []
  var polls = 0
}

/// A server that a test steps.
final class SteppedServer {
  let folder = Folder()
  let clock = StillClock()
  let calls = Calls()
  let server: ControlServer

  init(_ limits: ControlLimits = ControlLimits(), about: [JSONMember] = []) throws {
    let (clock, calls) = (clock, calls)
    server = try ControlServer(
      try ControlSocket(folder: folder.path),
      verbs: [
        ControlVerb("echo", fields: ["text"]) { $0.reply(["text": $0.request["text"] ?? nil]) },
        ControlVerb("urgent", isUrgent: true) { $0.reply(true) },
        ControlVerb("hold") { calls.all.append($0) },
        ControlVerb("watch", fields: ["size"]) { call in
          call.watch(every: 100) {
            calls.polls += 1
            calls.all.append(call)
          }
        },
      ], about: about, limits: limits, clock: { clock.nanoseconds })
  }

  func step(_ times: Int = 3) { for _ in 0..<times { server.step(waitingUpTo: 0) } }

  func pass(_ nanoseconds: Int64) {
    clock.nanoseconds += nanoseconds
    step()
  }

  /// A client that has been greeted.
  func client() throws -> RawClient {
    let client = try RawClient(folder.path)
    step()
    #expect(client.lines().first?["patchbay"] == 1)
    return client
  }
}
