import Foundation

/// The checkout's top folder.
let packageRoot = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent().path

/// Where the products of this build are: beside the test bundle.
let buildFolder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path

/// The folder of patchbay.h.
let headerFolder = "\(packageRoot)/Sources/CPatchbay/include"

/// A tool that did not do what it was run for.
struct ToolFailure: Error, CustomStringConvertible {
  let description: String
}

/// Runs a program found by PATH to its end. Its outputs go to files, so that neither can fill a pipe.
func run(_ command: [String]) throws -> (status: Int32, output: String, errors: String) {
  let scratch = try Scratch()
  let outputs = ["out", "err"].map { scratch.path($0) }
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = command
  process.currentDirectoryURL = URL(fileURLWithPath: scratch.folder)
  for path in outputs { _ = FileManager.default.createFile(atPath: path, contents: nil) }
  process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: outputs[0]))
  process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: outputs[1]))
  try process.run()
  process.waitUntilExit()
  let texts = try outputs.map { try String(contentsOfFile: $0, encoding: .utf8) }
  return (process.terminationStatus, texts[0], texts[1])
}

func run(_ command: String...) throws -> (status: Int32, output: String, errors: String) { try run(command) }

/// A temporary folder that goes with the object.
final class Scratch: Sendable {
  let folder: String

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "patchbay-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func path(_ name: String) -> String { "\(folder)/\(name)" }

  @discardableResult
  func write(_ text: String, _ name: String) throws -> String { try write(Array(text.utf8), name) }

  /// Writes a new file, with a new inode.
  @discardableResult
  func write(_ bytes: [UInt8], _ name: String) throws -> String {
    let url = URL(fileURLWithPath: path(name))
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try? FileManager.default.removeItem(at: url)
    try Data(bytes).write(to: url)
    return url.path
  }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }
}

func readBytes(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }
