import Foundation
import HeaderTool

/// Writes what follows from patchbay.h. Run in the repository's root: `swift run abitool generate`, or one of its
/// parts.

let headerPath = "Sources/CPatchbay/include/patchbay.h"
let usage = """
  usage: abitool generate | \(GeneratedFile.allCases.map(\.rawValue).joined(separator: " | "))
  Run it in the repository's root. `generate` writes all of:
  \(GeneratedFile.allCases.map { "  \($0.rawValue): \($0.path)" }.joined(separator: "\n"))
  """

func run(_ arguments: [String]) throws {
  guard arguments.count == 1 else { return complain(usage) }
  let files = arguments[0] == "generate" ? GeneratedFile.allCases : GeneratedFile(rawValue: arguments[0]).map { [$0] }
  guard let files else { return complain(usage) }
  let header = try parseHeader(String(contentsOfFile: headerPath, encoding: .utf8))
  for file in files {
    try file.text(header).write(toFile: file.path, atomically: true, encoding: .utf8)
    print("wrote \(file.path)")
  }
}

func complain(_ message: String) {
  FileHandle.standardError.write(Data((message + "\n").utf8))
  exit(2)
}

do {
  try run(Array(CommandLine.arguments.dropFirst()))
} catch {
  complain("abitool: \(error)")
}
