import Catalog
import Foundation
import Testing

@testable import Certify

/// A sound connector passes, and each broken copy of it is caught by the check that is there for it.
struct CertifyTests {
  @Test func aSoundConnectorPasses() throws {
    let folder = try PebbleFolder()
    defer { folder.remove() }
    let report = try folder.run()
    #expect(report.failures.isEmpty, "\(report.failures)")
    #expect(report[.captures] == Tally(passed: 1, of: 1))
    #expect(report[.checkpoints] == Tally(passed: 8, of: 8))
    #expect(report[.trades] == Tally(passed: 1, of: 1))
    #expect(report[.faults] == Tally(passed: 2, of: 2))
    #expect(report[.vectors] == Tally(passed: 2, of: 2))
    #expect(report[.payloads] == Tally(passed: 2, of: 2))
    #expect(report.alternative.map(\.name) == ["vectors:pebble.spot fetch_order_book"])
    #expect(
      report.notApplicable.map(\.name).sorted() == [
        "payloads:pebble/request_subscribe", "vectors:pebble.spot fetch_ledger"])
    #expect(report.hasPassed)
  }

  /// Which failure each fault must at least give.
  @Test(arguments: [
    ("lost_continuity", "faults:pebble-2026-01-01 line 20"), ("lost_continuity", "checks:S48"),
    ("wrong_side", "trades:pebble-2026-01-01 BTC-USD first side"),
    ("rounded_price", "captures:pebble-2026-01-01 BTC-USD bid"),
    ("rounded_price", "checkpoints:pebble-2026-01-01 BTC-USD"),
    ("unordered_parameter", "vectors:pebble.spot create_limit_buy header:X-Sign"),
    ("leaked_token", "checks:R04"), ("leaked_secret", "vectors:pebble.spot create_limit_buy seal"),
    ("leaked_secret", "checks:S18"), ("deaf_to_cuts", "checks:S50"),
    ("wrong_fill", "payloads:pebble/order_partial order.filled"), ("exponent", "checks:S15"),
    ("exponent", "vectors:pebble.spot create_limit_buy form:price"),
  ])
  func aBrokenCopyIsCaught(fault: String, failure: String) throws {
    let folder = try PebbleFolder(fault: fault)
    defer { folder.remove() }
    let report = try folder.run()
    #expect(report.failures.contains { $0.name.hasPrefix(failure) }, "\(report.failures.map(\.name))")
    #expect(!report.hasPassed)
  }

  @Test func aRuleThatDoesNotGiveTheRecordedSignatureProvesNothing() throws {
    let folder = try PebbleFolder(certification: { $0.replacing("body))", with: "concat(body, path)))") })
    defer { folder.remove() }
    let report = try folder.run([.vectors])
    #expect(report.failures.contains { $0.name.hasSuffix("rule of header:X-Sign") })
  }

  @Test func aSampleWithoutARuleFails() throws {
    let folder = try PebbleFolder()
    defer { folder.remove() }
    try folder.write("data/payloads/pebble/new.json", "{\"kind\": \"unheard of\"}")
    let report = try folder.run([.payloads])
    #expect(report[.payloads] == Tally(passed: 2, of: 3))
    #expect(report.failures.map(\.name) == ["payloads:pebble/new"])
  }

  @Test func recordingsNeverSeenBeforeAreRunToo() throws {
    let folder = try PebbleFolder()
    defer { folder.remove() }
    for (kind, suffix) in [("captures", "jsonl"), ("expected", "json")] {
      try FileManager.default.copyItem(
        atPath: "\(folder.data)/\(kind)/pebble-2026-01-01.\(suffix)",
        toPath: "\(folder.data)/\(kind)/pebble-2027-05-05.\(suffix)")
    }
    #expect(try folder.run([.captures])[.captures] == Tally(passed: 2, of: 2))
  }

  @Test func anotherFoldersDataIsNotTouched() throws {
    let folder = try PebbleFolder(
      certification: { $0.replacing("{\"channels\"", with: "{\"data\": {\"captures\": [\"other\"]}, \"channels\"") })
    defer { folder.remove() }
    #expect(try folder.run([.captures])[.captures] == Tally())
  }

  @Test(arguments: [
    ("{\"chanels\": {}}", "chanels"),
    (#"{"payloads": [{"has": {"/a": null}, "feed": {"frame": "loud"}, "facts": []}]}"#, "payloads.feed.frame"),
    ("{\"signatures\": [{\"fields\": [\"query:s\"], \"rule\": \"hex(sha257(body))\"}]}", "signatures.rule"),
    ("{\"signatures\": [{\"fields\": [\"query:s\"], \"rule\": \"hex(body\"}]}", "signatures.rule"),
    (
      #"{"payloads": [{"has": {"/a": null}, "feed": {"frame": "private"}, "#
        + #""facts": [{"fact": "order", "state": "/x"}]}]}"#,
      "payloads.facts"
    ),
  ])
  func mistakesInAManifestAreTold(text: String, field: String) {
    #expect {
      try CertificationManifest(bytes: Array(text.utf8), file: "certification.json", id: "x")
    } throws: { error in
      (error as? Problems)?.all.contains { $0.field.hasPrefix(field) } ?? false
    }
  }
}
