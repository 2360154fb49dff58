import Foundation
import JSONTree
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

  @Test(arguments: [ControlProtocol.socketName, ControlProtocol.lockName])
  func whatStandsInTheWayIsNamedWithARemedy(name: String) throws {
    let folder = Folder()
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/\(name)", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    chmod(folder.path, 0o700)
    let fault = try #require(#expect(throws: ControlFault.self) { try ControlSocket(folder: folder.path) })
    #expect("\(fault)".hasPrefix("\(folder.path)/\(name): ") && "\(fault)".contains("move it away"))
    rmdir("\(folder.path)/\(name)")
    try ControlSocket(folder: folder.path).close()
  }

  @Test func aFolderOfAnyLengthWillDo() throws {
    let folder = Folder(String(repeating: "long", count: 50))
    let socket = try ControlSocket(folder: folder.path)
    #expect(try RawClient(folder.path).descriptor >= 0)
    socket.close()
  }

  @Test(arguments: [0o770, 0o707, 0o777, 0o720, 0o702])
  func aFolderThatOthersCanWriteToIsRefused(mode: Int) throws {
    let folder = Folder()
    try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: false)
    chmod(folder.path, mode_t(mode))
    let fault = #expect(throws: ControlFault.self) { try ControlSocket(folder: folder.path) }
    #expect("\(try #require(fault))".contains("others can write to it") && access("\(folder.path)/run.lock", F_OK) != 0)
    chmod(folder.path, 0o755)
    try ControlSocket(folder: folder.path).close()
  }

  @Test(.enabled(if: geteuid() == 0)) func aFolderOfAnotherUserIsRefusedBehindALinkToo() throws {
    let (folder, link) = (Folder(), Folder())
    try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: false)
    chown(folder.path, 65534, 65534)
    try FileManager.default.createSymbolicLink(atPath: link.path, withDestinationPath: folder.path)
    for path in [folder.path, link.path] {
      let fault = #expect(throws: ControlFault.self) { try ControlSocket(folder: path) }
      #expect("\(try #require(fault))".contains("belongs to the user 65534"))
    }
    chown(folder.path, 0, 0)
    try ControlSocket(folder: link.path).close()
    lchown(link.path, 65534, 65534)
    #expect(throws: ControlFault.self) { try ControlSocket(folder: link.path) }
  }

  @Test func aSocketThatAnotherUserServesIsNotSpokenTo() throws {
    let folder = Folder()
    let socket = try ControlSocket(folder: folder.path)
    defer { socket.close() }
    let foreign = ControlFault.foreign(folder: folder.path, user: Int64(geteuid()))
    #expect(throws: foreign) { try ControlSocket.connect(folder: folder.path, as: geteuid() + 1) }
  }

  @Test func aLockThatWasOpenToOthersIsClosed() throws {
    let folder = Folder()
    try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: false)
    let lock = "\(folder.path)/\(ControlProtocol.lockName)"
    _ = FileManager.default.createFile(atPath: lock, contents: nil)
    chmod(lock, 0o666)
    try ControlSocket(folder: folder.path).close()
    #expect(try FileManager.default.attributesOfItem(atPath: lock)[.posixPermissions] as? Int == 0o600)
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
