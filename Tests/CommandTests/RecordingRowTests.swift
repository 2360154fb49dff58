import Foundation
import Testing
import Vault

@testable import Runtime
@testable import patchbay

/// Recordings that go on in other files.
@Suite struct RecordingRowTests {
  /// A row that comes back to where it was, leaves its folder, or leads to a file that is not its next, is refused: it
  /// would be read for ever, or as something else than was recorded.
  @Test(arguments: [
    ("first.pbrec", "first.pbrec: says that it goes on in \"first.pbrec\""), ("../other.pbrec", "which cannot be"),
    ("second.pbrec", "second.pbrec: does not go on from"),
  ])
  func aRowIsFollowedOnlyAsItsFilesNameEachOther(next: String, words: String) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "patchbay-row-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let header = #"{"connector":"paper","library_sha256":"","revision":1,"descriptor":{},"config":{}}"#
    func write(_ name: String, goingOnIn next: String) throws {
      let end = #"{"outputs_sha256":"","continued_in":"\#(next)"}"#
      let first = try #require(RecordingFormat.pack(Array(header.utf8), kind: .header))
      let last = try #require(RecordingFormat.pack(Array(end.utf8), kind: .end))
      try Data(RecordingFormat.magic + first + last).write(to: URL(filePath: "\(folder)/\(name)"))
    }
    try write("first.pbrec", goingOnIn: next)
    try write("second.pbrec", goingOnIn: "first.pbrec")
    var errors = ""
    let environment = CommandEnvironment(
      variables: [:], executableFolder: folder, terminalWidth: nil, output: { _ in }, error: { errors += $0 })
    #expect(ReplayCommand.run(["\(folder)/first.pbrec"], environment: environment) == 1)
    #expect(errors.contains(words), "\(errors)")
  }

  @Test func thePasswordIsGivenOnce() throws {
    let given = GivenPassword(try #require(SecretBytes("a password".utf8)))
    #expect(given.isThere && given.take() != nil)
    #expect(!given.isThere && given.take() == nil)
  }
}
