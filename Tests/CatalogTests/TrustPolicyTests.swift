import Glibc
import JSONTree
import Minisign
import Testing

@testable import Catalog

@Suite struct TrustPolicyTests {
  private func finding(_ status: TrustFinding.Status, hash: TrustFinding.HashTrust? = nil) -> TrustFinding {
    var finding = TrustFinding(status, "why")
    finding.hashTrust = hash
    return finding
  }

  private func decide(
    _ finding: TrustFinding, _ permit: String = "{}", require: String = "any"
  ) throws -> TrustDecision {
    let config = try Trusted.permit(permit, require: require)
    return TrustPolicy.decide(
      finding, id: "example", config["example"], requiresSigned: config.trust.requiresSigned)
  }

  @Test func coreRunsInProcessAndTradesAsItsPermitSays() throws {
    let usual = try decide(finding(.core))
    #expect(usual.mayLoad && !usual.mayTrade && usual.run == .inProcess && usual.mayRunInProcess && usual.reason == "")
    #expect(try decide(finding(.core), #"{"trading": true}"#).mayTrade)
  }

  @Test(arguments: [TrustFinding.Status.invalid, .modified]) func whatDoesNotHoldIsNeverRun(
    status: TrustFinding.Status
  ) throws {
    let loose = #"{"trading": true, "allow_trading": true, "notional_cap": "1", "run": "in_process", "unbound": true}"#
    let decision = try decide(finding(status, hash: .library(.config)), loose)
    #expect(!decision.mayLoad && !decision.mayTrade && !decision.mayRunInProcess)
    #expect(decision.reason == "\(status.rawValue): why" && decision.remedy.contains("patchbay plugin verify example"))
  }

  @Test func unsignedRunsUnlessASignatureIsRequired() throws {
    #expect(try decide(finding(.unsigned)).mayLoad)
    let strict = try decide(finding(.unsigned), require: "signed")
    #expect(!strict.mayLoad && strict.reason.contains("trust.require"))
    #expect(try decide(finding(.unsigned, hash: .manifest(.file)), require: "signed").mayLoad)
    for status in [TrustFinding.Status.signed, .core] {
      #expect(try decide(finding(status), require: "signed").mayLoad)
    }
  }

  @Test func whatIsNotCoreRunsInAWorkerUnlessItsHashIsNamed() throws {
    let signed = try decide(finding(.signed)), hashed = try decide(finding(.unsigned, hash: .library(.config)))
    #expect(signed.run == .worker && !signed.mayRunInProcess)
    #expect(hashed.run == .worker && hashed.mayRunInProcess)
    #expect(try decide(finding(.unsigned)).mayRunInProcess == false)
  }

  /// Paper only, until somebody vouches for it, the permit allows it and a cap bounds it.
  @Test func aDropInTradesOnPaperUntilItIsAllowedAndBounded() throws {
    func trades(_ finding: TrustFinding, _ permit: String) throws -> (Bool, String) {
      let decision = try decide(finding, permit)
      return (decision.mayTrade, decision.remedy)
    }
    let whole = #"{"trading": true, "allow_trading": true, "notional_cap": "100"}"#
    #expect(try trades(finding(.signed), whole) == (true, ""))
    #expect(try trades(finding(.unsigned, hash: .manifest(.file)), whole) == (true, ""))
    #expect(try trades(finding(.unsigned), whole).1.contains("plugin trust add example"))
    #expect(try trades(finding(.unsigned), whole).0 == false)
    let unallowed = try trades(finding(.signed), #"{"trading": true, "notional_cap": "100"}"#)
    #expect(!unallowed.0 && unallowed.1.contains("connectors.example.permit.allow_trading"))
    let unbounded = try trades(finding(.signed), #"{"trading": true, "allow_trading": true}"#)
    #expect(!unbounded.0 && unbounded.1 == "set connectors.example.permit.notional_cap")
    #expect(try trades(finding(.signed), #"{"allow_trading": true, "notional_cap": "100"}"#).0 == false)
  }

  @Test func anAdvisoryStopsWhateverVouches() throws {
    for status in [TrustFinding.Status.core, .signed] {
      var stopped = finding(status)
      stopped.advisory = Advisory(
        connector: "example", date: "2026-11-01", versions: ["1.0.0"], before: nil, sha256: [], text: "leaks",
        remedy: "", source: .registry)
      let decision = try decide(stopped)
      #expect(!decision.mayLoad && decision.reason.contains("advisory of the registry of 2026-11-01: leaks"))
    }
  }

  @Test func theConfigCheckSaysWhatMayNotTradeAndWhatDoesNotRun() throws {
    try TestFiles.withFolder { folder in
      let text = JSONWriter.pretty(
        sampleManifest.setting("artifacts", []).setting("permissions.acts", []).setting("disclose", []))
      try TestFiles.write(text, to: "\(folder)/plugins.d/example/manifest.json")
      try TestFiles.write("library", to: "\(folder)/plugins.d/example/libexample.so")
      let hash = SHA256Hex.of(Array("library".utf8))
      func found(_ connector: String, require: String = "any") throws -> (problems: [String], refused: [String]) {
        let config = #"{"schema": 1, "trust": {"require": "\#(require)"}, "#
          + #""accounts": {"main": {"connector": "example"}}, "#
          + #""connectors": {"example": {"markets": {"spot": {"pairs": ["A-B"]}}, \#(connector)}}}"#
        let read = try Config.parse(bytes: Array(config.utf8), file: "\(folder)/patchbay.json", environment: [:])
        let catalog = Catalog.discover(registry: try TestFiles.registry(), config: read, libraryFolders: [])
        let problems = read.problems(in: catalog).filter { !$0.isWarning }.map(\.description)
        return (problems, read.trustProblems(in: catalog).map(\.message))
      }
      let trading = #""permit": {"trading": true}"#, whole = #""permit": {"trading": true, "allow_trading": true, "#
        + #""notional_cap": "5"}"#
      #expect(try found(trading).problems.first?.contains("permit.trading: it is not signed, and nobody here") == true)
      #expect(try found(whole).problems.count == 1, "allowing it is no word on its bytes")
      let bare = try found(#"\#(trading), "sha256": "\#(hash)""#).problems
      #expect(bare.first?.contains("Set connectors.example.permit.allow_trading to true") == true, "\(bare)")
      #expect(try found(#"\#(whole), "sha256": "\#(hash)""#).problems.isEmpty)
      #expect(try found(#"\#(trading), "paper": {"balances": {"B": "1"}}"#).problems.isEmpty, "on paper all may trade")
      #expect(try found(#""lane": 1"#).refused.isEmpty && found(#""lane": 1"#, require: "signed").refused.count == 1)
      let other = try found(#""sha256": "\#(Trusted.library)""#)
      #expect(other.problems.isEmpty && other.refused.first?.contains("it does not run: modified") == true)
      #expect(chmod("\(folder)/plugins.d/example", 0o777) == 0)
      #expect(try found(#""lane": 1"#).problems.contains { $0.contains("there is no connector \"example\"") })
      #expect(chmod("\(folder)/plugins.d/example", 0o755) == 0 && chmod("\(folder)/plugins.d", 0o757) == 0)
      let config = try Config.parse(
        bytes: Array(#"{"schema": 1, "connectors": {}}"#.utf8), file: "\(folder)/patchbay.json", environment: [:])
      let open = Catalog.discover(registry: try TestFiles.registry(), config: config, libraryFolders: [])
      #expect(open["example"] == nil && open.problems.map(\.message) == [
        "others can write to it (mode 757), so nothing in it is run"
      ])
    }
  }

  // MARK: Files

  @Test func trustFilesAreReadAsTheyAreWritten() throws {
    var file = TrustFile()
    let key = try Trusted.secret(3).publicKey
    try file.trust(key, named: nil, for: "example", until: "2027-11-30")
    try file.trust(key, named: "author-2026", for: "other", until: "2028-01-31")
    try file.trust(sha256: Trusted.library, for: "third")
    try file.trust(sha256: Trusted.library, for: "third")
    let read = try TrustFile.parse(bytes: Array(file.text.utf8), file: "trust.json")
    #expect(read == file && read.keys.count == 1 && read.hashes.count == 1)
    #expect(read.keys[0].connectors == ["example", "other"] && read.keys[0].until == "2028-01-31")
    #expect(try TestFiles.schema("trustFile").check(JSONDocument.parse(text: file.text)) == [])
    #expect(file.distrust("example", "author-2026") == ["the key author-2026"])
    #expect(file.keys[0].connectors == ["other"])
    #expect(file.distrust("other", "\(key)").count == 1 && file.keys.isEmpty)
    #expect(file.distrust("third", "sha256:\(Trusted.library)").count == 1 && file.distrust("third", nil).isEmpty)
  }

  @Test func mistakesInTrustFilesAreSaid() throws {
    func problems(_ text: String) -> [String] {
      do {
        _ = try TrustFile.parse(bytes: Array(text.utf8), file: "t")
        return []
      } catch { return error.all.map(\.description) }
    }
    let key = try Trusted.secret().publicKey
    func keys(_ key: String) -> String { #"{"schema": 1, "keys": [\#(key)]}"# }
    let right = #"{"id": "a", "ed25519": "\#(key)", "until": "2027-12-31", "connectors": ["example"]}"#
    #expect(problems(keys(right)).isEmpty)
    #expect(problems(keys(right + "," + right)).contains { $0.contains("stands twice") })
    #expect(problems(keys(right.replacing("2027-12-31", with: "2027"))).contains { $0.contains("until") })
    #expect(problems(keys(right.replacing("[\"example\"]", with: "[]"))).contains { $0.contains("for no connector") })
    #expect(problems(keys(right.replacing("\(key)", with: "RW"))).contains { $0.contains("not a public key") })
    #expect(problems(keys(right.replacing("example", with: "*"))).contains { $0.contains("is not an id") })
    #expect(problems(#"{"schema": 2}"#).count == 1 && problems("{").count == 1)
    let vague = #"{"schema": 1, "advisories": [{"connector": "x", "date": "2026-01-01", "text": "bad"}]}"#
    #expect(problems(vague).contains { $0.contains("does not say what it stops") })
    #expect(throws: Problem.self) { try TrustFile.changed { try $0.trust(sha256: "AB", for: "x") } }
    for (id, until) in [("B", "2027-01-01"), ("b", "soon")] {
      #expect(throws: Problem.self) {
        try TrustFile.changed { try $0.trust(key, named: nil, for: id, until: until) }
      }
    }
  }

  @Test func theRegistrysKeysAndAdvisoriesCount() throws {
    let key = try Trusted.secret().publicKey
    let keys: JSONValue = [[
      "id": "project-2026", "ed25519": JSONValue(.string("\(key)")), "until": "2027-12-31", "connectors": ["example"],
    ]]
    let advisories: JSONValue = [["date": "2026-11-01", "versions": ["0.1.0"], "text": "a hole"]]
    let plain = try TestFiles.registryTree()
    let place = try #require(plain["connectors"]?.array?.firstIndex { $0["id"]?.string == "paper" })
    let tree = plain.setting("keys", keys).setting("connectors.\(place).advisories", advisories)
    #expect(try TestFiles.schema().check(tree) == [])
    let registry = try Registry.parse(bytes: tree.bytes, file: "registry.json")
    #expect(registry.keys.map(\.name) == ["project-2026"] && registry.keys[0].source == .registry)
    let catalog = Catalog.discover(registry: registry, config: nil, libraryFolders: [], today: Trusted.today)
    let paper = try #require(catalog["paper"])
    #expect(paper.manifest?.version == "0.1.0" && paper.trust?.status == .core)
    #expect(catalog.decision(for: "paper", nil).mayLoad == false)
    #expect(catalog.decision(for: "paper", nil).reason.contains("a hole"))
    #expect(catalog.decision(for: "binance", nil).mayLoad)
    let detail = ConnectorDetail(paper, registry: registry, config: nil, width: nil).render()
    #expect(detail.contains("advisory      stopped by an advisory of the registry of 2026-11-01: a hole"))
  }
}

extension TrustFile {
  fileprivate static func changed(_ body: (inout TrustFile) throws -> Void) throws {
    var file = TrustFile()
    try body(&file)
  }
}
