import Foundation
import JSONTree
import Testing

@testable import Certify

/// What stands for captures where an exchange has none.
@Suite struct ProofTests {
  /// The folder's capture as a sequence, with where it is from.
  private func report(origin: String, hasCapture: Bool = false, isWhole: Bool = true) throws -> Report {
    let folder = try PebbleFolder()
    defer { folder.remove() }
    for part in ["sequences", "sequences_expected"] {
      try FileManager.default.createDirectory(
        atPath: "\(folder.data)/\(part)/pebble", withIntermediateDirectories: true)
    }
    let (capture, expected) = ("data/captures/pebble-2026-01-01.jsonl", "data/expected/pebble-2026-01-01.json")
    var text = try String(contentsOfFile: "\(folder.root)/\(expected)", encoding: .utf8)
    text = text.replacing("{\"check_failures\"", with: "{\"origin\": \"\(origin)\", \"check_failures\"")
    text = text.replacing(
      "\"checkpoints\"",
      with: "\"faults\": [{\"drop_line\": 20, \"detect_at_line\": 22}], \"\(isWhole ? "checkpoints" : "not_now")\"")
    try folder.write("data/sequences_expected/pebble/market.json", text)
    try folder.write(
      "data/sequences/pebble/market.jsonl",
      try String(contentsOfFile: "\(folder.root)/\(capture)", encoding: .utf8))
    if !hasCapture { try FileManager.default.removeItem(atPath: "\(folder.root)/\(capture)") }
    return try folder.run([.captures, .faults, .sequences, .vectors, .payloads, .checks])
  }

  @Test func wholeSequencesStandForCaptures() throws {
    let report = try report(origin: "constructed-from-documentation: a market")
    #expect(report[.captures] == Tally(passed: 1, of: 1) && report[.trades].of > 0, "\(report.failures)")
    #expect(report[.faults] == Tally(passed: 1, of: 1) && report.checks["S48"] == true)
    #expect(report.checks["S54"] == true && report.checks["S50"] == true && report.status != nil)
    #expect(report.constructed.map(\.name) == ["pebble/market"])
    #expect(CertificationTable(reports: [report]).text.contains(", constructed"))
    #expect(report.json["constructed"]?[0]?["case"]?.string == "pebble/market")
  }

  @Test func oneThatAnExchangeSentIsNotConstructed() throws {
    let report = try report(origin: "recorded: from the exchange")
    #expect(report.constructed.isEmpty && report[.captures].of == 1)
  }

  @Test func whereThereIsACaptureItCounts() throws {
    let report = try report(origin: "constructed", hasCapture: true)
    #expect(report.constructed.isEmpty && report[.captures].of == 1 && report[.faults].of == 2)
  }

  @Test func aFragmentStandsForNothing() throws {
    let report = try report(origin: "constructed", isWhole: false)
    #expect(report[.captures].of == 0 && report.constructed.isEmpty && report.status == nil)
  }
}
