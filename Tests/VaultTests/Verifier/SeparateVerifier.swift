import Foundation

/// The verifier in Python, which shares nothing with this code: see Tests/Verifier.
enum SeparateVerifier {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path

  /// Whether Tests/Verifier/setup.sh, which `make test` runs, could install what it needs.
  static var isInstalled: Bool { FileManager.default.fileExists(atPath: root + "/.build/verifier/ready") }

  /// What it says about each line of the file, and how it ended.
  static func verify(_ path: String) throws -> (status: Int32, lines: [String]) {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: root + "/.build/verifier/bin/python")
    process.arguments = [root + "/Tests/Verifier/verify.py", path]
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text.split(separator: "\n").map(String.init))
  }
}
