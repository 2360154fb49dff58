import Foundation
import Testing

@testable import Minisign

/// Debian's minisign, by another author and with another crypto library, as the judge of ours, both ways.
@Suite struct WitnessTests {
  static let program = ["/usr/bin/minisign", "/usr/local/bin/minisign"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "minisign-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  private func run(_ folder: String, _ arguments: String..., input: String = "") throws -> Int32 {
    let process = Process()
    process.executableURL = URL(filePath: Self.program ?? "")
    process.arguments = arguments
    process.currentDirectoryURL = URL(filePath: folder)
    let pipe = Pipe()
    process.standardInput = pipe
    (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
    try process.run()
    try pipe.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    try pipe.fileHandleForWriting.close()
    process.waitUntilExit()
    return process.terminationStatus
  }

  private static let reason: Comment = "minisign is not installed: nothing was compared; apt-get install minisign"

  /// Prehashed, as it signs today, and not, as it did before 0.8.
  @Test(.enabled(if: program != nil, reason), arguments: [["-S"], ["-S", "-l"]])
  func whatItSignsIsVerified(flags: [String]) throws {
    try withFolder { folder in
      try Data(message).write(to: URL(filePath: "\(folder)/manifest.json"))
      #expect(try run(folder, "-G", "-W", "-p", "k.pub", "-s", "k.sec") == 0)
      let signed = flags.count == 1
        ? try run(folder, "-S", "-s", "k.sec", "-m", "manifest.json", "-t", "by hand")
        : try run(folder, "-S", "-l", "-s", "k.sec", "-m", "manifest.json", "-t", "by hand")
      #expect(signed == 0)
      let signature = try Signature(file: Array(Data(contentsOf: URL(filePath: "\(folder)/manifest.json.minisig"))))
      let key = try PublicKey(String(contentsOfFile: "\(folder)/k.pub", encoding: .utf8))
      #expect(signature.trustedComment == "by hand" && signature.algorithm == (flags.count == 1 ? .prehashed : .plain))
      try signature.verify(message, by: key)
      #expect(fault { try signature.verify(message + [10], by: key) } == .forged)
      let file = try String(contentsOfFile: "\(folder)/k.pub", encoding: .utf8)
      // It leaves out zeros in front.
      let id = "\(key.id)".drop { $0 == "0" }
      #expect(file.contains(id), "the id is written as it writes it")
      // And its secret key signs here.
      let secret = try SecretKey(file: String(contentsOfFile: "\(folder)/k.sec", encoding: .utf8)) { nil }
      #expect(secret.publicKey == key)
    }
  }

  @Test(.enabled(if: program != nil, reason)) func itVerifiesWhatIsSignedHere() throws {
    try withFolder { folder in
      let key = try SecretKey.make()
      try Data(message).write(to: URL(filePath: "\(folder)/m"))
      try Data(try key.sign(message, trustedComment: "t").file.utf8).write(to: URL(filePath: "\(folder)/m.minisig"))
      try Data(key.publicKey.file.utf8).write(to: URL(filePath: "\(folder)/k.pub"))
      #expect(try run(folder, "-V", "-p", "k.pub", "-m", "m") == 0)
      #expect(try run(folder, "-V", "-P", "\(key.publicKey)", "-m", "m") == 0)
      // Our key file signs there.
      try Data(try key.file(password: nil).utf8).write(to: URL(filePath: "\(folder)/k.sec"))
      #expect(try run(folder, "-S", "-s", "k.sec", "-m", "m", "-x", "again.minisig") == 0)
      let again = try Signature(file: Array(Data(contentsOf: URL(filePath: "\(folder)/again.minisig"))))
      try again.verify(message, by: key.publicKey)
      try Data(message + [1]).write(to: URL(filePath: "\(folder)/m"))
      #expect(try run(folder, "-V", "-p", "k.pub", "-m", "m") != 0)
    }
  }

  /// With a password: scrypt as libsodium counts its work, which takes a gibibyte, here and there.
  @Test(.enabled(if: program != nil, reason)) func itsPasswordsAreUnderstood() throws {
    try withFolder { folder in
      guard try run(folder, "-G", "-p", "k.pub", "-s", "k.sec", input: "correct horse\ncorrect horse\n") == 0 else {
        Issue.record("minisign made no key with a password: it may lack the memory")
        return
      }
      let text = try String(contentsOfFile: "\(folder)/k.sec", encoding: .utf8)
      let key = try SecretKey(file: text) { Array("correct horse".utf8) }
      #expect(try key.publicKey == PublicKey(String(contentsOfFile: "\(folder)/k.pub", encoding: .utf8)))
      #expect(fault { _ = try SecretKey(file: text) { Array("wrong".utf8) } } == .wrongPassword)
      #expect(fault { _ = try SecretKey(file: text) { nil } } == .noPassword)
    }
  }
}
