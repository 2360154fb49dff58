import Catalog
import Foundation
import JSONTree
import Runtime
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
    (#"{"data": {"scales": {"s*": {"price": 19}}}}"#, "data.scales.s*.price"),
    (#"{"data": {"scales": {"s*": {"value": 8}}}}"#, "data.scales.s*.value"),
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

  /// What is not offered is neither passed nor failed.
  @Test func whatIsNotOfferedIsKeptApart() throws {
    let folder = try PebbleFolder()
    defer { folder.remove() }
    let vectors = PebbleFolder.vectors.replacing(
      "{\"name\": \"fetch_ledger\"",
      with: "{\"name\": \"edit_order\", \"args\": {\"method\": \"edit_order\", \"args\": [\"77\", \"BTC/USD\", "
        + "\"limit\", \"buy\", 0.01, 30000, {}]}, \"request\": {}, \"compare\": {\"fields\": {}}}, "
        + "{\"name\": \"set_margin_mode_isolated\", \"args\": {\"method\": \"set_margin_mode\", \"args\": "
        + "[\"isolated\", \"BTC/USD\", {}]}, \"request\": {}, \"compare\": {\"fields\": {}}}, "
        + "{\"name\": \"fetch_ledger\"")
    try folder.write("data/vectors/pebble.spot.json", vectors)
    let report = try folder.run([.vectors])
    #expect(report.failures.isEmpty && report[.vectors] == Tally(passed: 2, of: 2), "\(report.failures)")
    #expect(report.notOffered.map(\.name) == [
      "vectors:pebble.spot edit_order", "vectors:pebble.spot set_margin_mode_isolated"])
    #expect(report.notOffered.map(\.what) == ["the command amend", "the command margin_mode"])
    let table = CertificationTable(reports: [report]).text
    #expect(table.contains("vectors:pebble.spot edit_order: not offered is the command amend"))
  }

  @Test func aCheckCanBeWaivedWithAReason() throws {
    let waived = { (key: String) in
      { (text: String) in
        text.replacing("\"not_applicable\": {", with: "\"not_applicable\": {\"\(key)\": \"a reason\", ")
      }
    }
    let folder = try PebbleFolder(fault: "exponent", certification: waived("checks:S15"))
    defer { folder.remove() }
    var report = Report(id: "pebble")
    report.waived = try folder.subject().manifest.waivedChecks
    report.check("S15", [Failure(name: "numbers", expected: "a plain decimal", got: "1E3")])
    report.check("S16", notOffered: "the command tickers")
    #expect(report.failures.isEmpty && report.checks == ["S16": false] && report[.checks].of == 0)
    for (key, words) in [("checks:S99", "there is no check \"S99\""), ("vector:x", "names no part")] {
      let wrong = try PebbleFolder(certification: waived(key))
      defer { wrong.remove() }
      let problems = #expect(throws: Problems.self) { try wrong.subject() }
      #expect("\(problems.map { "\($0)" } ?? "")".contains(words), "\(key)")
    }
  }

  /// R03 shows what was done to a frame.
  @Test func aDamagedFrameIsShownBeforeAndAfter() throws {
    let folder = try PebbleFolder(fault: "lost_continuity")
    defer { folder.remove() }
    let report = try folder.run([.checks])
    let failure = try #require(report.failures.first { $0.name.hasPrefix("checks:R03") }, "\(report.failures)")
    #expect(failure.got.contains("line ") && failure.got.contains(" became "), "\(failure.got)")
  }

  /// A feed on which nothing numbers or proves the updates is marked beside its colour.
  @Test(arguments: ["", "lost_continuity"])
  func lossesThatNobodyNoticesAreMarked(fault: String) throws {
    let folder = try PebbleFolder(fault: fault)
    defer { folder.remove() }
    let report = try folder.run([.captures, .faults])
    #expect((report.lossWords == nil) == fault.isEmpty, "\(report.lossWords ?? "")")
    #expect(CertificationTable(reports: [report]).text.contains("losses unnoticed") == !fault.isEmpty)
  }

  /// One name may stand for several channels; two that differ only in case stand for nobody knows which.
  @Test func namesOfChannels() throws {
    func manifest(_ channels: String) throws -> ReplayManifest {
      try ReplayManifest(bytes: Array("{\"channels\": \(channels)}".utf8), file: "certification.json")
    }
    let several = try manifest(#"{"Full": ["book", "ticker"], "deal": "trades"}"#)
    #expect(several.channels == ["full": [.book, .ticker], "deal": .trades])
    for (channels, words) in [
      (#"{"Depth": "book", "depth": "trades"}"#, "differs from \"Depth\" only in case"),
      (#"{"full": ["book", "candles"]}"#, "is no channel"), (#"{"full": []}"#, "is no channel"),
    ] {
      let problems = #expect(throws: Problems.self) { try manifest(channels) }
      #expect("\(problems.map { "\($0)" } ?? "")".contains(words), "\(channels)")
    }
    let lent = try ReplayManifest(
      bytes: Array(#"{"replies": [{"path": "/instruments*", "body": ["BTC-USD"]}]}"#.utf8), file: "certification.json")
    #expect(lent.lent?.source == "certification.json")
    #expect(throws: Problems.self) {
      try ReplayManifest(bytes: Array(#"{"replies": [{"path": "/x"}]}"#.utf8), file: "certification.json")
    }
  }

  @Test func aPartOfAPointerMayBeAnyMember() throws {
    func fits(_ condition: String, _ sample: String) throws -> Bool {
      let members = try JSONDocument.parse(bytes: Array(condition.utf8)).object ?? []
      return Condition.hold(members, try JSONDocument.parse(bytes: Array(sample.utf8)))
    }
    let sample = #"{"result": {"A1": {"vol": "2", "pair": "X"}, "B2": {"vol": "3"}}}"#
    #expect(try fits(#"{"/result/*/vol": null}"#, sample) && fits(#"{"/result/*/vol": 3}"#, sample))
    #expect(try !fits(#"{"/result/*/vol": 4}"#, sample) && !fits(#"{"/result/*/side": null}"#, sample))
    #expect(try fits(#"{"/result/*/side": false}"#, sample) && !fits(#"{"/result/*/pair": false}"#, sample))
  }
}
