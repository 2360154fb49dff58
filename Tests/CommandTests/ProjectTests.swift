import Foundation
import Testing

/// Projects of `patchbay new` as an author takes them: written, built, checked and certified, by the commands that
/// their README names.
struct ProjectTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path
  private static let build = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path

  private static func run(_ command: [String], in folder: String) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = command
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    let output = folder + "/output"
    _ = FileManager.default.createFile(atPath: output, contents: nil)
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
    (process.standardOutput, process.standardError) = (handle, handle)
    try process.run()
    process.waitUntilExit()
    return (process.terminationStatus, try String(contentsOfFile: output, encoding: .utf8))
  }

  private static func has(_ tool: String) -> Bool { (try? run([tool, "--version"], in: "/tmp"))?.status == 0 }
  private static let hasC = has("cc"), hasRust = has("rustc")

  private func make(_ language: String, _ shape: String) throws {
    let folder = NSTemporaryDirectory() + "patchbay-project-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let program = Self.build + "/patchbay"
    let written = try Self.run([program, "new", "foam_dock", "--lang", language, "--like", shape], in: folder)
    try #require(written.status == 0, "\(written.output)")
    // The kit of Embedded Swift is built once, where the other tests have it.
    let kit = Self.build + "/examples/embedded"
    try FileManager.default.createDirectory(atPath: kit, withIntermediateDirectories: true)
    let tested = try Self.run(
      ["make", "-C", "foam_dock", "test", "HOST=\(program)"] + (language == "swift" ? ["KIT=\(kit)"] : []), in: folder)
    #expect(tested.status == 0, "\(tested.output)")
    #expect(!tested.output.contains("FAULT") && tested.output.contains("foam_dock  1/1       3/3          2/2     3/3"))
  }

  @Test(.enabled(if: hasC), arguments: ["websocket-snapshots", "rest-snapshot", "rpc"])
  func projectsInC(shape: String) throws { try make("c", shape) }

  @Test(.enabled(if: hasRust), arguments: ["websocket-snapshots", "rest-snapshot", "rpc"])
  func projectsInRust(shape: String) throws { try make("rust", shape) }

  /// The longest of the four.
  @Test func aProjectInSwift() throws { try make("swift", "login") }
}
