import Decimals
import Foundation
import JSONTree
import Testing

@testable import Catalog

/// What people decide on connectors: votes, proposals, and what is kept of them.
@Suite struct GovernanceTests {
  /// Exchanges with a connector each, and what certification found of them.
  private static func registry(_ entries: [(id: String, tier: String?, status: String?)]) throws -> Registry {
    let tree = try TestFiles.registryTree()
    let model = try #require(tree["connectors"]?.array?.first { $0["id"]?.string == "kraken" })
    let made = entries.sorted { $0.id < $1.id }.map { entry -> JSONValue in
      let measured: JSONValue = entry.status.map {
        ["date": "2026-11-01", "suite": "1.0", "markets": ["spot": ["status": JSONValue(.string($0))]]]
      } ?? nil
      return model.having("id", JSONValue(.string(entry.id)))
        .having("tier", entry.tier.map { JSONValue(.string($0)) } ?? nil).having("measured", measured)
        .having("markets", ["spot": ["listed": true, "connector": JSONValue(.string(entry.id)), "available": true]])
    }
    let whole = tree.having("connectors", JSONValue(.array(made)))
    return try Registry.parse(bytes: Array(JSONWriter.compact(whole).utf8), file: "registry.json")
  }

  private static func rules(_ tiers: String, _ more: String = "") throws -> PollRules {
    let text = #"{"schema": 1, "name": "test", \#(more) "tiers": [\#(tiers)]}"#
    return try PollRules.parse(bytes: Array(text.utf8), file: "rules.json")
  }

  private static func ballots(_ lines: String...) throws -> Ballots {
    let text = ([Ballots.head] + lines).joined(separator: "\n") + "\n"
    return try Ballots.parse(bytes: Array(text.utf8), file: "votes.csv")
  }

  private static func tiers(_ poll: Poll) -> [String: String] {
    Dictionary(uniqueKeysWithValues: poll.rows.map { ($0.id, $0.after?.rawValue ?? "none") })
  }

  private static func words(_ body: () throws -> Void) -> String {
    do {
      try body()
    } catch {
      return "\(error)"
    }
    return ""
  }

  @Test func votesAreSummedExactlyAndFillTiersFromTheTop() throws {
    let registry = try Self.registry(["aa", "bb", "cc", "dd"].map { ($0, nil, "green") })
    let votes = try Self.ballots("x,aa,0.1", "y,aa,0.2", "x,bb,0.3", "y,cc,0.05", "z,bb,0.00000001")
    let rules = try Self.rules(
      #"{"tier": "gold", "places": 1}, {"tier": "silver", "share": "0.08"}, {"tier": "bronze"}"#)
    let poll = try Poll.count("q", votes, by: rules, in: registry)
    #expect(poll.rows.map(\.id) == ["bb", "aa", "cc", "dd"])
    #expect(poll.rows.map(\.votes.plain) == ["0.30000001", "0.3", "0.05", "0"])
    #expect(Self.tiers(poll) == ["bb": "gold", "aa": "silver", "cc": "bronze", "dd": "bronze"])
    #expect(poll.rows[1].reason == "gold has 1 places" && poll.rows[2].reason == "gold has 1 places")
    #expect(poll.voters == 3 && poll.total.plain == "0.65000001")
  }

  /// Two equals for one place: neither has it, and who has fewer votes does not come past them.
  @Test func equalsAreNotParted() throws {
    let registry = try Self.registry(["aa", "bb", "cc"].map { ($0, nil, "green") })
    let rules = try Self.rules(#"{"tier": "gold", "places": 1}, {"tier": "silver", "places": 2}"#)
    let poll = try Poll.count("q", try Self.ballots("x,aa,5", "x,bb,5", "x,cc,4"), by: rules, in: registry)
    #expect(Self.tiers(poll) == ["aa": "silver", "bb": "silver", "cc": "none"])
    #expect(poll.rows.map(\.rank) == [1, 1, 3])
    let whole = try Poll.count("q", try Self.ballots("x,aa,5", "x,bb,4", "x,cc,4"), by: rules, in: registry)
    #expect(Self.tiers(whole) == ["aa": "gold", "bb": "silver", "cc": "silver"])
  }

  @Test func aTierMayWantACertification() throws {
    let registry = try Self.registry([("aa", "gold", "yellow"), ("bb", nil, "green"), ("cc", nil, nil)])
    let rules = try Self.rules(#"{"tier": "gold", "places": 1, "certified": true}, {"tier": "bronze"}"#)
    let poll = try Poll.count("q", try Self.ballots("x,aa,9", "x,cc,8", "x,bb,1"), by: rules, in: registry)
    #expect(Self.tiers(poll) == ["aa": "bronze", "bb": "gold", "cc": "bronze"])
    let decisions = poll.decisions("2026-12-01")
    #expect(decisions.map(\.id) == ["aa", "cc", "bb"])
    #expect(
      decisions.first?.decision.words
        == "tier: bronze, before gold: 9 of 18 votes, rank 1; gold wants a certification that is green (poll q)")
  }

  @Test func aPollWithoutQuorumDecidesNothing() throws {
    let registry = try Self.registry([("aa", nil, "green")])
    let votes = try Self.ballots("x,aa,9")
    let few = try Self.rules(#"{"tier": "gold"}"#, #""quorum": {"voters": 2},"#)
    let poll = try Poll.count("q", votes, by: few, in: registry)
    #expect(poll.failing == "1 voted, and the rules want 2" && poll.decisions("2026-12-01").isEmpty)
    let little = try Self.rules(#"{"tier": "gold"}"#, #""quorum": {"votes": "9.5"},"#)
    #expect(
      try Poll.count("q", votes, by: little, in: registry).failing == "9 votes were given, and the rules want 9.5")
  }

  @Test func wrongVotesAreAllReportedAndNothingIsCounted() throws {
    let registry = try Self.registry([("aa", nil, "green"), ("bb", nil, "green")])
    let rules = try Self.rules(
      #"{"tier": "gold"}"#, #""most_of_voter": "3", "candidates": {"except": ["bb"]},"#)
    let words = Self.words {
      _ = try Poll.count("q", try Self.ballots("x,aa,4", "y,bb,1", "z,a,1"), by: rules, in: registry)
    }
    #expect(words.contains("bb: the rules do not sort it") && words.contains("a: the registry has no such exchange"))
    #expect(words.contains("x: gives 4 votes, and the rules allow 3"))
    let lines = Self.words { _ = try Self.ballots("x,aa", "x,aa,-1", "x,aa,NaN", "x,aa,1", "x,aa,2", ",aa,1") }
    for part in [
      "votes.csv:2:1: a vote is", "votes.csv:3:1: \"-1\" is no number", "votes.csv:4:1: \"NaN\"",
      "votes.csv:6:1: x has voted for aa in line 5", "votes.csv:7:1: a vote is",
    ] { #expect(lines.contains(part), "\(part)") }
    #expect(Self.words { _ = try Ballots.parse(bytes: Array("aa,1\n".utf8), file: "v") }.contains("the first line"))
    let huge = Self.words {
      _ = try Poll.count(
        "q", try Self.ballots("x,aa,9000000000000000001", "y,aa,9000000000000000001"),
        by: try Self.rules(#"{"tier": "gold"}"#), in: registry)
    }
    #expect(huge.contains("more digits than can be kept exactly"))
  }

  @Test func rulesAreChecked() throws {
    let words = Self.words {
      _ = try Self.rules(
        #"{"tier": "gold", "places": 0}, {"tier": "gold", "share": "-1"}, {"tier": "iron"}"#, #""more": 1,"#)
    }
    for part in ["tiers", "places", "share", "iron", "more"] { #expect(words.contains(part), "\(part)") }
    _ = try PollRules.load(path: "\(TestFiles.packageRoot)/Plugins/poll-rules.json")
  }

  // MARK: The source

  /// A decision changes what it is about and adds itself; every other byte stays.
  @Test func aDecisionChangesNothingElse() throws {
    let path = "\(TestFiles.packageRoot)/\(RegistrySource.path)"
    var source = try RegistrySource.load(path: path)
    let before = source.text
    #expect(try before == String(contentsOfFile: path, encoding: .utf8), "run patchbay registry, or write it alike")
    let from = source.entry("htx")?["tier"] ?? nil
    let decision = Decision(
      date: "2999-01-01", field: .tier, from: from, to: "gold", reason: "a \"reason\"", poll: "q")
    try source.decide(decision, on: "htx")
    let changed = source.text.split(separator: "\n").map(String.init)
    let lost = Set(before.split(separator: "\n").map(String.init)).subtracting(changed)
    #expect(lost.count <= 2, "\(lost)")
    let again = try RegistrySource.parse(bytes: Array(source.text.utf8), file: "x")
    let kept = Decision.all(of: try #require(again.entry("htx")))
    #expect(kept.last == decision)
    #expect(again.entry("htx")?["tier"]?.string == "gold" && again.tree["updated"]?.string == "2999-01-01")
    let early = Self.words {
      try source.decide(Decision(date: "2998-12-31", field: .tier, to: "gold", reason: "r"), on: "htx")
    }
    #expect(early.contains("the last decision is of 2999-01-01"))
    #expect(Self.words { try source.decide(Decision(date: "2999-01-01", field: .tier, reason: "r"), on: "htxx") }
      .contains("there is no exchange \"htxx\""))
  }

  // MARK: Proposals

  private func source() throws -> RegistrySource {
    try RegistrySource.load(path: "\(TestFiles.packageRoot)/\(RegistrySource.path)")
  }

  private func propose(_ change: (inout [String: JSONValue]) -> Void = { _ in }) throws -> Proposal {
    let folder = FileManager.default.temporaryDirectory.appending(path: "proposal-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var files: [String: JSONValue] = [
      "manifest.json": [
        "id": "zebra", "name": "Zebra", "type": "CLOB", "markets": ["spot": ["connector": "zebra"]],
        "version": "0.1.0", "abi": ["revision": 1], "library": "libzebra.so", "extensions": [],
        "credentials": [["name": "api_key", "prompt": "API key", "secret": false]],
        "permissions": ["hosts": ["api.zebra.example:443"], "acts": []],
      ],
      "certified.json": [
        "connectors": [["id": "zebra", "failures": [], "status": "green", "standard": "1.0", "library_sha256": "00"]]
      ],
      "proposal.json": [
        "schema": 1, "id": "zebra", "name": "Zebra", "type": "CLOB", "website": "https://zebra.example/",
        "maintainer": ["name": "A Team", "contact": "team@zebra.example"],
        "lifecycle": [
          "states": [["state": "live", "since": nil, "mark": "E", "evidence": "trades today"]], "successor": nil,
        ],
        "reason": "asked for", "manifest": "manifest.json", "certification": "certified.json",
      ],
    ]
    change(&files)
    for (name, tree) in files {
      try JSONWriter.pretty(tree).write(toFile: "\(folder)/\(name)", atomically: false, encoding: .utf8)
    }
    return try Proposal.load(path: "\(folder)/proposal.json", in: try source())
  }

  @Test func aProposalBecomesAnEntryThatTheRegistryTakes() throws {
    let proposal = try propose()
    #expect(proposal.findings == ["zebra: standard 1.0, green"])
    var source = try source()
    source.add(proposal.entry, Decision(date: "2999-01-01", field: .entry, to: "zebra", reason: proposal.reason))
    #expect(source.ids == source.ids.sorted())
    #expect(source.entry("zebra")?["tier"]?.isNull == true)
  }

  @Test func whatIsWrongWithAProposalIsNamed() throws {
    func words(_ key: String, _ value: JSONValue, of file: String = "proposal.json") -> String {
      Self.words { _ = try propose { files in files[file] = files[file]?.having(key, value) } }
    }
    #expect(words("id", "kraken").contains("the registry has \"kraken\" already"))
    #expect(words("id", "krak_en").contains("is taken for"))
    #expect(words("website", "http://zebra.example").contains("website"))
    #expect(words("maintainer", ["name": "A"]).contains("maintainer.contact"))
    #expect(words("tier", "gold").contains("tier: unknown key"))
    #expect(words("type", "AMM").contains("Both files say the same"))
    #expect(words("certification", "nothing.json").contains("nothing.json"))
    #expect(
      words("lifecycle", ["states": [["state": "closed", "since": "2020", "mark": "E", "evidence": "x"]]])
        .contains("the exchange has closed"))
    #expect(words("connectors", [], of: "certified.json").contains("says nothing of zebra"))
    let failed: JSONValue = [["id": "zebra", "failures": [["case": "x"]], "status": "red"]]
    #expect(words("connectors", failed, of: "certified.json").contains("1 cases failed"))
  }

  /// The library beside the proposal is the one that was certified.
  @Test func anotherLibraryIsRefused() throws {
    let words = Self.words { _ = try propose { $0["libzebra.so"] = "not it" } }
    #expect(words.contains("is of another library"))
  }
}
