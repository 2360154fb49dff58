import JSONTree
import Testing

@testable import Catalog

private func withPlugins(
  _ files: [String: String], replacing: Set<String> = [], libraries: [String] = [],
  _ body: (Catalog, String) throws -> Void
) throws {
  try TestFiles.withFolder { folder in
    for (path, text) in files { try TestFiles.write(text, to: "\(folder)/\(path)") }
    let catalog = Catalog.discover(
      registry: try TestFiles.registry(), pluginFolder: folder, libraryFolders: libraries.map { "\(folder)/\($0)" },
      replacing: replacing)
    try body(catalog, folder)
  }
}

private let dropIn = JSONWriter.pretty(sampleManifest.setting("artifacts", []))

@Suite struct DiscoveryTests {
  @Test func dropInsJoinTheRegistry() throws {
    let files = ["example/manifest.json": dropIn, "example/libexample.so": "", "notes.txt": "x"]
    try withPlugins(files) { catalog, folder in
      #expect(catalog.problems.isEmpty)
      #expect(catalog.items.count == catalog.registry.entries.count + 1)
      #expect(catalog.items.map(\.id) == catalog.items.map(\.id).sorted())
      let item = try #require(catalog["example"])
      #expect(item.origin == .dropIn(folder: "\(folder)/example"))
      #expect(item.libraryPath == "\(folder)/example/libexample.so")
      #expect(item.entry == nil && item.manifest?.version == "1.2.0")
      #expect(catalog["binance"]?.origin == .registry && catalog["binance"]?.libraryPath == nil)
    }
  }

  @Test func librariesAreFoundBesideTheExecutableOrInThePluginFolder() throws {
    let files = ["bin/libpaper.so": "", "binance/libbinance.so": "", "paper/libpaper.so": "", "bin/liblatoken.so": ""]
    try withPlugins(files, libraries: ["bin"]) { catalog, folder in
      #expect(catalog["paper"]?.libraryPath == "\(folder)/bin/libpaper.so")
      #expect(catalog["binance"]?.libraryPath == "\(folder)/binance/libbinance.so")
      #expect(catalog["latoken"]?.libraryPath == nil, "no connector exists that would use it")
      #expect(catalog["binance_us"]?.libraryPath == nil)
      #expect(catalog.problems.map(\.file) == ["\(folder)/bin"], "in its own folder a library is where it belongs")
    }
  }

  @Test func aLibraryInThePluginFolderIsNeverCore() throws {
    let files = ["bin/libpaper.so": "", "binance/libbinance.so": "", "paper/libpaper.so": ""]
    try withPlugins(files, libraries: ["bin"]) { catalog, _ in
      let (dropped, ours) = (try #require(catalog["binance"]), try #require(catalog["paper"]))
      #expect(dropped.isLibraryDropped && dropped.origin == .registry && !ours.isLibraryDropped)
      let row = ConnectorRow(dropped, config: nil)
      #expect(row.trust == "unsigned" && row.tier == nil && row.installed)
      #expect(ConnectorRow(ours, config: nil).trust == "core" && ConnectorRow(ours, config: nil).tier == "gold")
    }
  }

  @Test func aDropInWithoutItsLibraryIsListedAsNotInstalled() throws {
    try withPlugins(["example/manifest.json": dropIn]) { catalog, _ in
      #expect(catalog["example"]?.manifest != nil && catalog["example"]?.libraryPath == nil)
    }
  }

  @Test func badManifestsBecomeProblems() throws {
    let files = [
      "a/manifest.json": "{", "b/manifest.json": "{\"id\":\"b\"}", "other/manifest.json": dropIn, "empty/readme": "",
      "ok/manifest.json": dropIn.replacing("\"example", with: "\"ok").replacing("\"Example\"", with: "\"Ok\""),
    ]
    try withPlugins(files) { catalog, folder in
      #expect(catalog["ok"] != nil && catalog["example"] == nil && catalog["b"] == nil)
      #expect(catalog.problems.first?.description
        == "\(folder)/a/manifest.json:1:2: the text ends inside a value; a closing quote or bracket is missing")
      #expect(catalog.problems.contains { $0.file == "\(folder)/b/manifest.json" && $0.field == "version" })
      #expect(catalog.problems.last?.description
        == "\(folder)/other/manifest.json: id: \"example\" lies in a folder named \"other\". Name the folder as the id")
    }
  }

  @Test func whatIsPassedOverInThePluginFolderIsSaid() throws {
    let files = [
      "forgotten/libforgotten.so": "", "loose.so": "", "notes.txt": "x", "kraken/readme": "", "okx/libokx.so": "",
    ]
    try withPlugins(files) { catalog, folder in
      #expect(catalog.problems.map(\.file) == ["forgotten", "kraken", "loose.so"].map { "\(folder)/\($0)" })
      #expect(catalog.problems.allSatisfy { $0.isWarning && $0.remedy.contains("manifest.json") })
    }
  }

  /// What was measured of the registry's library is not a label of the one that takes its place.
  @Test func aDropInHasNoLabelOfTheEntryItReplaces() throws {
    let claim = dropIn.replacing("\"example\"", with: "\"binance\"")
    try withPlugins(["binance/manifest.json": claim], replacing: ["binance"]) { catalog, _ in
      let row = ConnectorRow(try #require(catalog["binance"]), config: nil)
      #expect(row.cell(.standard) == "-" && row.cell(.status) == "-" && row.cell(.tier) == "-")
    }
    try withPlugins([:]) { catalog, _ in
      let ours = try #require(catalog["binance"])
      #expect(ConnectorRow(ours, config: nil).cell(.status) == "green/green")
    }
  }

  @Test func aSecretThatIsSentItselfAndAForeignRevisionAreSaid() throws {
    let text = #"{"schema":1,"connectors":{"example":{"permit":{"run":"worker"}}}}"#
    let config = try Config.parse(bytes: Array(text.utf8), file: "c", environment: [:])
    try withPlugins(["example/manifest.json": dropIn, "example/libexample.so": ""]) { catalog, _ in
      let found = config.problems(in: catalog, revision: 1)
      let secret = try #require(found.first { $0.kind == .secret })
      #expect(secret.isWarning && secret.message.contains("passphrase") && secret.message.contains("api.example.com"))
      #expect(!found.contains { $0.message.contains("revision") })
      let foreign = config.problems(in: catalog, revision: 7).filter { $0.message.contains("revision 1") }
      #expect(foreign.count == 1 && foreign[0].message.contains("this host has revision 7") && !foreign[0].isWarning)
      let shown = ConnectorDetail(
        try #require(catalog["example"]), registry: catalog.registry, config: config, width: nil
      ).render()
      #expect(shown.contains("the secret passphrase itself goes to its hosts"))
      let registered = ConnectorDetail(
        try #require(catalog["terra"]), registry: catalog.registry, config: nil, width: nil
      ).render()
      #expect(registered.contains("in brackets: what the published lists said"))
    }
  }

  @Test func claimingAnIdOfTheRegistryIsAConflict() throws {
    let claim = dropIn.replacing("\"example\"", with: "\"latoken\"")
    try withPlugins(["latoken/manifest.json": claim]) { catalog, _ in
      #expect(catalog.problems.map(\.kind) == [.conflict])
      #expect(catalog.problems[0].remedy.contains("connectors.latoken.replaces_registry"))
      #expect(catalog["latoken"]?.origin == .registry && catalog["latoken"]?.manifest == nil)
    }
    try withPlugins(["latoken/manifest.json": claim], replacing: ["latoken"]) { catalog, folder in
      #expect(catalog.problems.isEmpty)
      #expect(catalog["latoken"]?.origin == .dropIn(folder: "\(folder)/latoken"))
      #expect(catalog["latoken"]?.entry?.name == "Latoken", "what the registry knows of it stays")
      #expect(catalog["latoken"]?.manifest?.name == "Example")
    }
  }

  /// Whoever asked for other code does not get the registry's instead.
  @Test func anEntryThatIsToBeReplacedAndCannotBeHasNoLibrary() throws {
    let broken = dropIn.replacing("\"example\"", with: "\"paper\"").replacing("\"version\"", with: "\"vision\"")
    try withPlugins(
      ["paper/manifest.json": broken, "bin/libpaper.so": ""], replacing: ["paper"], libraries: ["bin"]
    ) { catalog, _ in
      #expect(catalog["paper"]?.libraryPath == nil)
      #expect(catalog.problems.last?.message.hasSuffix("paper does not run") == true)
    }
    let built = ["bin/libpaper.so": ""]
    try withPlugins(built, replacing: ["paper"], libraries: ["bin"]) { catalog, _ in
      #expect(catalog["paper"]?.libraryPath == nil, "it is not there at all")
    }
    try withPlugins(built, libraries: ["bin"]) { catalog, _ in #expect(catalog["paper"]?.libraryPath != nil) }
  }

  @Test func claimingAConnectorOfAnotherIsAConflict() throws {
    let thief = JSONWriter.compact(sampleManifest.setting("markets.spot.connector", "paper"))
    try withPlugins(["example/manifest.json": thief]) { catalog, _ in
      #expect(catalog.problems.map(\.message) == ["the connector \"paper\" belongs to \"paper\""])
      #expect(catalog["example"] == nil)
    }
  }

  @Test func aMissingPluginFolderIsNoProblem() throws {
    let catalog = Catalog.discover(registry: try TestFiles.registry(), pluginFolder: "/nowhere/at/all")
    #expect(catalog.problems.isEmpty && catalog.items.count == catalog.registry.entries.count)
  }
}

@Suite struct ConfigCheckTests {
  private func problems(_ connectors: String, accounts: String = "{}") throws -> [String] {
    var result: [String] = []
    try withPlugins(
      ["bin/libpaper.so": "", "bin/libbinance.so": "", "example/manifest.json": dropIn, "example/libexample.so": ""],
      libraries: ["bin"]
    ) { catalog, _ in
      let text = "{\"schema\":1,\n\"accounts\":\(accounts),\n\"connectors\":\(connectors)}"
      let config = try Config.parse(bytes: Array(text.utf8), file: "p.json", environment: [:])
      result = config.problems(in: catalog).map(\.description)
    }
    return result
  }

  @Test func whatExistsIsFine() throws {
    #expect(try problems(
      #"""
      {"paper":{"markets":{"spot":{},"perp":{}},"permit":{"trading":true}},"binance":{"markets":{"spot":{}}},
       "ftx":{"enabled":false}}
      """#,
      accounts: #"{"a":{"connector":"binance"}}"#) == [])
  }

  @Test func unknownIdsSuggestTheNearest() throws {
    #expect(try problems(#"{"binanse":{}}"#)
      == ["p.json:3:25: connectors.binanse: there is no connector \"binanse\". Did you mean \"binance\"?"])
    #expect(try problems("{}", accounts: #"{"a":{"connector":"papre"}}"#)
      == ["p.json:2:17: accounts.a.connector: there is no connector \"papre\". Did you mean \"paper\"?"])
  }

  @Test func marketsWithoutAConnectorAreNamed() throws {
    #expect(try problems(#"{"binance_us":{"markets":{"perp":{}}}}"#)
      == ["p.json:3:47: connectors.binance_us.markets.perp: Binance US has no perp market here. Its markets: spot"])
    #expect(try problems(#"{"binance":{"markets":{"amm":{}}}}"#)
      == ["p.json:3:43: connectors.binance.markets.amm: Binance has no amm market here. Its markets: spot, perp"])
    #expect(try problems(#"{"latoken":{}}"#)
      == ["p.json:3:25: connectors.latoken: no connector exists yet for Latoken. Remove it or set enabled to false"])
  }

  @Test func aClosedExchangeIsRefusedWithItsDate() throws {
    let closed = "Bittrex is closed since 2023-12-04 (trading ended): nothing connects to it. Set enabled to false; "
      + "its recordings are read by patchbay replay"
    // Without a word of trading as well, and said once.
    for more in ["", #""permit":{"trading":true}"#] {
      let found = try problems("{\"bittrex\":{\(more)}}").filter { $0.contains("closed") }
      #expect(found == ["p.json:3:25: connectors.bittrex: \(closed)"])
    }
    #expect(try problems(#"{"bittrex":{"markets":{"spot":{}}}}"#).contains {
      $0.contains("connectors.bittrex.markets.spot: \(closed)")
    })
    #expect(try problems(#"{"bittrex":{"enabled":false}}"#) == [])
    #expect(try problems(#"{"vertex":{}}"#).contains { $0.hasSuffix("replay, and Nado took its place") })
    #expect(try problems(#"{"dydx":{"markets":{"perp":{}},"permit":{"trading":true}}}"#).allSatisfy {
      !$0.contains("closed")
    }, "its perpetual market lives")
    #expect(try problems(#"{"dydx":{"markets":{"spot":{}}}}"#).contains {
      $0.contains("connectors.dydx.markets.spot: dYdX is closed since 2021-11")
    })
    #expect(try problems(#"{"bitmart":{"permit":{"trading":true}}}"#).contains {
      $0.contains("warning: connectors.bitmart.permit.trading: Bitmart is closing since 2026-07-26")
    })
  }

  @Test func tradingWithoutAnAccountIsAWarning() throws {
    let trading = #"{"binance":{"permit":{"trading":true}}}"#
    let found = try problems(trading)
    #expect(found.map { $0.contains("warning: connectors.binance.permit.trading: trading is") } == [true])
    #expect(try problems(trading, accounts: #"{"a":{"connector":"binance"}}"#) == [])
    #expect(try problems(#"{"paper":{"permit":{"trading":true}}}"#) == [], "the paper exchange has no credentials")
  }

  /// What the connector would refuse when it is made is said before.
  @Test(arguments: [
    (#"{"okx":{"endpoint":{"domain":"mars"}}}"#,
      "okx.endpoint.domain: okx has no domain \"mars\"; it has live, eea, us, demo"),
    (#"{"okx":{"endpoint":{"domain":"lvie"}}}"#, "Did you mean \"live\"?"),
    (#"{"okx":{"config":{"domain":"mars"}}}"#, "okx.config.domain: okx has no domain \"mars\""),
    (#"{"binance":{"markets":{"spot":{},"perp":{}},"endpoint":{"domain":"data"}}}"#,
      "binance_perpetual has no domain \"data\""),
    (#"{"okx":{"markets":{"perp":{}},"config":{"margin_mode":"weird"}}}"#,
      "okx.config.margin_mode: \"weird\" is not one of cross, isolated"),
    (#"{"htx":{"config":{"book":"push"}}}"#, "htx.config.book: \"push\" is not one of incremental, pushes"),
    (#"{"binance":{"markets":{"perp":{}},"config":{"trades":"single"}}}"#, "\"single\" is not one of aggregate"),
  ])
  func wordsThatAConnectorDoesNotKnowAreRefused(text: String, words: String) throws {
    // Which libraries are there is another matter.
    let found = try problems(text).filter { !$0.contains("is not installed") }
    #expect(found.count == 1 && found[0].contains(words) && !found[0].contains("warning"), "\(found)")
  }

  @Test func wordsThatItKnowsAreTakenAndNullIsLeftOut() throws {
    let found = try problems(
      #"""
      {"okx":{"markets":{"spot":null,"perp":{}},"endpoint":{"domain":"eea"},"config":{"margin_mode":"isolated"}},
       "binance":{"markets":{"spot":{}},"endpoint":{"domain":"data"},"config":{"trades":"single"}},
       "htx":null,"kraken":{"config":{"tier":null},"permit":{"run":"worker"}},"paper":{"permit":{"run":"in_process"}}}
      """#, accounts: #"{"a":null}"#)
    #expect(found.filter { !$0.contains("is not installed") } == [])
  }

  @Test func permitsAndEndpointsAreCompared() throws {
    #expect(try problems(#"{"paper":{"markets":{"spot":{}},"permit":{"markets":["spot","perp"]}}}"#)
      == ["p.json:3:55: connectors.paper.permit.markets: perp is permitted but not enabled. Add it to markets"])
    #expect(try problems(#"{"binance":{"endpoint":{"urls":{"api.binance.com:80":"http://x"}}}}"#).first?
      .contains("has no host \"api.binance.com:80\". Did you mean \"api.binance.com:443\"?") == true)
    let inside = try problems(#"{"example":{"permit":{"run":"in_process"}}}"#).first ?? ""
    #expect(inside.contains(" connectors.example.permit.run: a dropped-in library") && !inside.contains("warning"))
    #expect(try problems(#"{"example":{}}"#).allSatisfy { !$0.contains("permit.run") }, "it runs in a worker")
  }

  @Test func whereAConnectorRunsIsDecidedInOnePlace() {
    for status in TrustFinding.Status.allCases {
      var finding = TrustFinding(status, "")
      func decision() -> TrustDecision { TrustPolicy.decide(finding, id: "x", nil, requiresSigned: false) }
      #expect(finding.home == (status == .core ? .inProcess : .worker))
      #expect(decision().run == finding.home && decision().mayRunInProcess == (status == .core))
      finding.hashTrust = .library(.config)
      #expect(decision().mayRunInProcess == (decision().mayLoad || status == .core))
    }
  }

  @Test func theTemplateIsAValidConfig() throws {
    let config = try Config.parse(bytes: Array(Config.template.utf8), file: "t", environment: [:])
    try withPlugins(["bin/libpaper.so": "", "bin/libbinance.so": ""], libraries: ["bin"]) { catalog, _ in
      #expect(config.problems(in: catalog) == [])
    }
    #expect(config["paper"]?.permit.trading == true && config["binance"]?.enabled == false)
    let missing = Catalog.discover(registry: try TestFiles.registry(), pluginFolder: nil)
    #expect(config.problems(in: missing).map(\.isWarning) == [true], "a library that is not built yet is a warning")
  }
}

@Suite struct NearestNameTests {
  @Test func suggestsByEdits() {
    let names = ["enabled", "markets", "permit", "endpoint"]
    #expect(NearestName.suggest("enabeld", among: names) == "enabled")
    #expect(NearestName.suggest("Market", among: names) == "markets")
    #expect(NearestName.suggest("end-point", among: names) == "endpoint")
    #expect(NearestName.suggest("zzz", among: names) == nil)
    #expect(NearestName.suggest("", among: names) == nil)
    #expect(NearestName.suggest(String(repeating: "x", count: 10_000), among: names) == nil)
  }

  @Test func distanceIsAMetricOnSamples() {
    let words = ["", "a", "ab", "ba", "abc", "acb", "kitten", "sitting"].map { Array($0.utf8) }
    for a in words {
      for b in words {
        let d = NearestName.distance(a, b)
        #expect((d == 0) == (a == b))
        #expect(d == NearestName.distance(b, a))
        #expect(d >= abs(a.count - b.count) && d <= max(a.count, b.count))
      }
    }
    #expect(NearestName.distance(Array("kitten".utf8), Array("sitting".utf8)) == 3)
    #expect(NearestName.distance(Array("ab".utf8), Array("ba".utf8)) == 1)
  }
}
