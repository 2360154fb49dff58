import Foundation

/// A line of shell that runs beside the test, with what it has printed, until it is ended.
final class BackgroundProgram {
  private let process = Process()
  private let output = Pipe()
  private(set) var text = ""

  /// - Parameter environment: added to this process's own.
  init(_ script: String, in folder: String, environment: [String: String] = [:]) throws {
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.arguments = ["-c", script]
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardOutput = output
    process.standardError = output
    try process.run()
  }

  deinit {
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  func signal(_ number: Int32) { kill(process.processIdentifier, number) }

  /// Reads what it prints until `condition` holds.
  /// - Throws: when it ends before.
  func read(until condition: (String) -> Bool) throws {
    while !condition(text) {
      let more = output.fileHandleForReading.availableData
      guard !more.isEmpty else { throw ToolFailure(description: "it has ended: \(text)") }
      text += String(decoding: more, as: UTF8.self)
    }
  }

  /// Reads all that it prints, and gives its exit code.
  func ended() -> Int32 {
    while true {
      let more = output.fileHandleForReading.availableData
      if more.isEmpty { break }
      text += String(decoding: more, as: UTF8.self)
    }
    process.waitUntilExit()
    return process.terminationStatus
  }
}
