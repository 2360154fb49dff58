import Foundation
import HeaderTool
import ManifestTool

/// Writes what follows from patchbay.h, from patchbay_feed.h and from the connectors' manifests. Run in the
/// repository's root: `swift run abitool generate`, or one of its parts.

let headerPath = "Sources/CPatchbay/include/patchbay.h"
let usage = """
  usage: abitool generate | manifests | frozen | \(GeneratedFile.allCases.map(\.rawValue).joined(separator: " | "))
  Run it in the repository's root. `frozen` prints what a revision keeps for ever. `manifests` writes each connector's
  Manifest.swift and registry.json; `generate` these and all of:
  \(GeneratedFile.allCases.map { "  \($0.rawValue): \($0.path)" }.joined(separator: "\n"))
  \(GeneratedFeedFile.allCases.map { "  \($0.path)" }.joined(separator: "\n"))
  """

func run(_ arguments: [String]) throws {
  guard arguments.count == 1 else { return complain(usage) }
  if arguments[0] == "manifests" { return try writeManifests() }
  let files = arguments[0] == "generate" ? GeneratedFile.allCases : GeneratedFile(rawValue: arguments[0]).map { [$0] }
  guard files != nil || arguments[0] == "frozen" else { return complain(usage) }
  let header = try parseHeader(String(contentsOfFile: headerPath, encoding: .utf8))
  guard let files else { return print(header.frozenTable(), terminator: "") }
  for file in files { try write(file.text(header), file.path) }
  guard arguments[0] == "generate" else { return }
  let feed = try String(contentsOfFile: GeneratedFeedFile.header, encoding: .utf8)
  for file in GeneratedFeedFile.allCases { try write(file.text(feed), file.path) }
  try writeManifests()
}

func writeManifests() throws {
  for file in try ManifestFiles(root: ".").texts { try write(file.text, file.path) }
}

/// A file that is as it should be keeps its time, so that nothing is compiled again for it.
func write(_ text: String, _ path: String) throws {
  guard (try? String(contentsOfFile: path, encoding: .utf8)) != text else { return }
  try text.write(toFile: path, atomically: true, encoding: .utf8)
  print("wrote \(path)")
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
