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

  private static func certify(
    _ folder: PebbleFolder, _ more: [String] = []
  ) throws -> (status: Int32, report: JSONValue) {
    let file = folder.root + "/result.json"
    let status = try run(folder, ["certify", folder.library, "--data", folder.data, "--json", file] + more).status
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

  /// A worker is the same contract: the report is the same, but for what cannot be counted from outside.
  @Test func inWorkersTheReportIsTheSame() throws {
    let folder = try PebbleFolder()
    defer { folder.remove() }
    let (inside, remote) = (try Self.certify(folder), try Self.certify(folder, ["--worker"]))
    #expect(remote.status == 0, "\(remote.report["failures"].map { JSONWriter.compact($0) } ?? "")")
    let counted = ["not_applicable", "numbered", "checks", "standard"]
    for member in inside.report.object ?? [] where !counted.contains(member.key) {
      #expect(remote.report[member.key] == member.value, "\(member.key)")
    }
    for check in inside.report["numbered"]?.object ?? [] where check.key != "R02" {
      #expect(remote.report["numbered"]?[check.key] == check.value, "\(check.key)")
    }
    let left = remote.report["not_applicable"]?.array?.filter { $0["case"] == "checks:R02" } ?? []
    #expect(left.count == 1 && left[0]["reason"] == "what a worker allocates cannot be counted from outside")
  }

  /// What ends in a worker is its instance, and the steps go on; memory that grows is the worker's.
  @Test(arguments: ["brittle", "hoarder"]) func inWorkersFaultsAreFoundAsWell(fault: String) throws {
    let folder = try PebbleFolder(fault: fault)
    defer { folder.remove() }
    let (status, report) = try Self.certify(folder, ["--worker"])
    #expect(status == 1 && report["captures"]?["passed"]?.int == 1 && report["vectors"]?["passed"]?.int == 2)
    // In a worker it is known which message ended it.
    let failures = report["failures"]?.array ?? []
    #expect(fault == "brittle" ? !failures.isEmpty : report["numbered"]?["R01"]?.bool == false)
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
