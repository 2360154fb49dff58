import Catalog
import Foundation
import Testing

@testable import Control

/// Folders, locks and the blocking client.
@Suite struct ControlSocketTests {
  @Test func theSocketIsForTheOwnerAloneAndGoesWithTheHost() throws {
    let folder = Folder()
    let socket = try ControlSocket(folder: folder.path)
    for name in [ControlProtocol.socketName, ControlProtocol.lockName] {
      let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder.path)/\(name)")
      #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
    }
    #expect(try FileManager.default.attributesOfItem(atPath: folder.path)[.posixPermissions] as? Int == 0o700)
    socket.close()
    #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/\(ControlProtocol.socketName)"))
    #expect(throws: ControlFault.noHost(folder: folder.path)) { try ControlClient(folder: folder.path) }
  }

  @Test func aSecondHostIsRefusedAndALeftSocketReplaced() throws {
    let folder = Folder()
    let first = try ControlSocket(folder: folder.path)
    #expect(throws: ControlFault.taken(folder: folder.path, process: Int(getpid()))) {
      try ControlSocket(folder: folder.path)
    }
    first.close()
    // As after a kill: the file is there, and nobody listens.
    _ = FileManager.default.createFile(atPath: "\(folder.path)/\(ControlProtocol.socketName)", contents: nil)
    let second = try ControlSocket(folder: folder.path)
    #expect(try RawClient(folder.path).descriptor >= 0)
    second.close()
  }

  @Test func aFolderOfAnyLengthWillDo() throws {
    let folder = Folder(String(repeating: "long", count: 50))
    let socket = try ControlSocket(folder: folder.path)
    #expect(try RawClient(folder.path).descriptor >= 0)
    socket.close()
  }

  @Test func aFolderThatCannotBeUsedIsNamed() throws {
    let fault = #expect(throws: ControlFault.self) { try ControlSocket(folder: "/proc/nowhere") }
    #expect("\(try #require(fault))".contains("/proc/nowhere"))
  }

  @Test func theClientAsksAndIsToldRefusals() throws {
    try withServer { client in
      #expect(try client.ask("echo", [JSONMember("text", "ä\n")]) == ["text": "ä\n"])
      let refusal = #expect(throws: ControlClient.Refusal.self) { try client.ask("nothing") }
      #expect(refusal?.code == "unknown_verb")
      var events: [JSONValue] = []
      try client.watch("count", []) { event in
        events.append(event)
        return events.count < 3
      }
      #expect(events == [1, 2, 3])
    }
  }

  /// A server in a thread of its own, and a client of it.
  private func withServer(_ body: (ControlClient) throws -> Void) throws {
    let folder = Folder()
    let count = Calls()
    let server = try ControlServer(
      try ControlSocket(folder: folder.path),
      verbs: [
        ControlVerb("echo", fields: ["text"]) { $0.reply(["text": $0.request["text"] ?? nil]) },
        ControlVerb("count") { call in
          call.watch(every: 1) {
            count.polls += 1
            call.event(JSONValue(.number("\(count.polls)")))
          }
        },
      ], clock: { Int64(DispatchTime.now().uptimeNanoseconds) })
    let over = Calls()
    let ended = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      server.run(until: .max) { !over.all.isEmpty || over.polls > 0 }
      server.close()
      ended.signal()
    }
    defer {
      server.submit { over.polls = 1 }
      ended.wait()
    }
    try body(try ControlClient(folder: folder.path))
  }
}
