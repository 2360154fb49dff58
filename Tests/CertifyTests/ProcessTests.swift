import Foundation
import JSONTree
import Testing

@testable import Certify

/// The command, with each connector in a process of its own.
struct ProcessTests {
  private static func run(_ folder: PebbleFolder, _ arguments: [String]) throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: PebbleFolder.buildFolder + "/patchbay")
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: output, as: UTF8.self))
  }

  private static func certify(_ folder: PebbleFolder) throws -> (status: Int32, report: JSONValue) {
    let file = folder.root + "/result.json"
    let status = try run(folder, ["certify", folder.library, "--data", folder.data, "--json", file]).status
    let text = try String(contentsOfFile: file, encoding: .utf8)
    return (status, try #require(try JSONDocument.parse(text: text)["connectors"]?[0]))
  }

  @Test func aLibraryOutsideOfTheTreeIsCertified() throws {
    let folder = try PebbleFolder()
    defer { folder.remove() }
    let (status, report) = try Self.certify(folder)
    #expect(status == 0, "\(report["failures"].map { JSONWriter.compact($0) } ?? "")")
    #expect(report["id"]?.string == "pebble")
    for part in ["captures", "checkpoints", "trades", "faults", "vectors", "payloads"] {
      let of = try #require(report[part]?["of"]?.int)
      #expect(of > 0 && report[part]?["passed"]?.int == of, "\(part)")
    }
    #expect(report["alternative"]?[0]?["case"]?.string == "vectors:pebble.spot fetch_order_book")
    #expect(report["not_applicable"]?.array?.allSatisfy { $0["reason"]?.string?.isEmpty == false } ?? false)
    #expect(report["numbered"]?["S81"]?.bool == true)
  }

  @Test func aCrashIsAResult() throws {
    let folder = try PebbleFolder(fault: "brittle")
    defer { folder.remove() }
    let (status, report) = try Self.certify(folder)
    #expect(status == 1)
    let failures = report["failures"]?.array ?? []
    #expect(failures.contains { $0["got"]?.string?.hasPrefix("it crashed with signal") ?? false })
    // The other steps were run all the same.
    #expect(report["captures"]?["passed"]?.int == 1 && report["vectors"]?["passed"]?.int == 2)
  }

  /// The heap is the process's, so this is reported only where nothing else runs.
  @Test func growingMemoryIsFound() throws {
    let folder = try PebbleFolder(fault: "hoarder")
    defer { folder.remove() }
    let (status, report) = try Self.certify(folder)
    #expect(status == 1)
    #expect(report["numbered"]?["R01"]?.bool == false)
  }

  /// What depends on a hash table's order differs from process to process; a short order may agree by chance, so many
  /// channels are shuffled.
  @Test func whatDependsOnHashOrderIsFound() throws {
    let folder = try PebbleFolder(fault: "hash_order")
    defer { folder.remove() }
    let (status, report) = try Self.certify(folder)
    #expect(status == 1)
    #expect(report["numbered"]?["S81"]?.bool == false)
  }

  @Test func aRecordingGivesTheSameBytesInAnotherProcess() throws {
    let folder = try PebbleFolder()
    defer { folder.remove() }
    let worker = try folder.subject()
    let data = DataFolder(path: folder.data)
    let proof = try Proofs(subject: worker, data: data).load("pebble-2026-01-01")
    let digests = try ReplayChecks(subject: worker, data: data).digests(proof)
    #expect(digests.live == digests.replayed && digests.live.count == 64)
  }
}
