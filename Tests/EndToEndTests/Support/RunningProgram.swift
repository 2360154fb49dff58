import Foundation
import JSONTree
import Testing

/// `patchbay run` of this build, in a process of its own until it is ended.
final class RunningProgram {
  private let process = Process()
  private let deployment: Deployment
  private let files: [String]

  /// Starts it and waits until its socket answers.
  init(_ deployment: Deployment, _ options: String...) throws {
    self.deployment = deployment
    files = ["run.out", "run.err"].map { deployment.scratch.path($0) }
    for path in files { _ = FileManager.default.createFile(atPath: path, contents: nil) }
    process.executableURL = URL(fileURLWithPath: "\(buildFolder)/patchbay")
    process.arguments = ["run", "--config", deployment.configPath, "--every", "0.2", "--for", "120"] + options
    process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: files[0]))
    process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: files[1]))
    try process.run()
    try wait { try ask("status").status != 1 }
  }

  deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

  var processID: Int32 { process.processIdentifier }
  var output: String { (try? String(contentsOfFile: files[0], encoding: .utf8)) ?? "" }
  var errors: String { (try? String(contentsOfFile: files[1], encoding: .utf8)) ?? "" }

  /// Runs another command against it.
  func ask(_ arguments: String...) throws -> (status: Int32, output: String, errors: String) { try ask(arguments) }

  func ask(_ arguments: [String]) throws -> (status: Int32, output: String, errors: String) {
    try run(["\(buildFolder)/patchbay"] + arguments + ["--config", deployment.configPath])
  }

  /// The same with `--json`, which must succeed.
  func json(_ arguments: String..., status: Int32 = 0) throws -> JSONValue {
    let result = try run(["\(buildFolder)/patchbay"] + arguments + ["--json", "--config", deployment.configPath])
    #expect(result.status == status && result.errors == "", "\(arguments): \(result.errors)")
    return try JSONDocument.parse(text: result.output)
  }

  /// Repeats a question until it is answered with yes, at most for a minute. It is another process, whose clock cannot
  /// be moved.
  func wait(_ isTrue: () throws -> Bool) throws {
    let end = DispatchTime.now() + 60
    while DispatchTime.now() < end {
      if try isTrue() { return }
      guard process.isRunning else { throw ToolFailure(description: "it has ended: \(output)\(errors)") }
      usleep(2000)
    }
    throw ToolFailure(description: "it never came to that: \(output)\(errors)")
  }

  func signal(_ number: Int32) { kill(process.processIdentifier, number) }

  /// Waits for its end, and gives its exit code.
  func ended() -> Int32 {
    process.waitUntilExit()
    return process.terminationStatus
  }
}
