import JSONTree
import Testing

@testable import Catalog

@Suite struct RegistryTests {
  @Test func committedRegistryLoadsAndFitsItsSchema() throws {
    let violations = try TestFiles.schema().check(TestFiles.registryTree())
    #expect(violations.isEmpty, "\(violations.prefix(5).map(\.description))")
    let registry = try TestFiles.registry()
    #expect(registry.entries.count == 56)
    #expect(registry.lists == ["2022a", "2022b", "2023", "2024", "2025"])
    #expect(registry.entries.map(\.id) == registry.entries.map(\.id).sorted())
  }

  @Test func entriesWithAConnectorHaveAManifest() throws {
    let registry = try TestFiles.registry()
    let binance = try Manifest.load(entryFrom: registry, id: "binance")
    #expect(binance.library == "libbinance.so")
    #expect(binance.connectors.map(\.id) == ["binance", "binance_perpetual"])
    #expect(binance.connectors.map(\.market) == [.spot, .perp])
    #expect(binance.hosts.contains("api.binance.com:443") && binance.hosts.contains("stream.binance.com:9443"))
    #expect(binance.acts.contains { $0.name == "place" && $0.kind == .trade })
    #expect(binance.credentials.map(\.name) == ["api_key", "secret_key"])
    #expect(registry["binance"]?.markets[.perp]
      == RegistryEntry.MarketEntry(listed: true, connector: "binance_perpetual", available: true))

    let paper = try Manifest.load(entryFrom: registry, id: "paper")
    #expect(paper.connector(.spot) == "paper" && paper.connector(.perp) == "paper_perpetual")
    #expect(paper.hosts.isEmpty && paper.credentials.isEmpty)
    #expect(paper.extensions == ["patchbay.perp/1"])
    for entry in registry.entries { #expect((entry.manifest != nil) == (entry.implementation == .core)) }
  }

  @Test func entriesWithoutAConnectorSaySo() throws {
    let registry = try TestFiles.registry()
    let problems = #expect(throws: Problems.self) { try Manifest.load(entryFrom: registry, id: "latoken") }
    #expect(problems?.all.first?.kind == .unavailable)
    #expect(problems?.all.first?.message == "no connector exists yet for Latoken")
    let unknown = #expect(throws: Problems.self) { try Manifest.load(entryFrom: registry, id: "kraaken") }
    #expect(unknown?.all.first?.remedy == "Did you mean \"kraken\"?")
  }

  @Test func twinsShareALibraryAndNoConnectorHasTwoOwners() throws {
    let registry = try TestFiles.registry()
    #expect(registry["binance_us"]?.library == "libbinance.so")
    #expect(registry["probit_korea"]?.library == registry["probit"]?.library)
    #expect(registry.manifests(library: "libbinance.so").map(\.id) == ["binance", "binance_us"])
    for entry in registry.entries {
      for (market, value) in entry.markets {
        if let connector = value.connector { #expect(connector.hasSuffix("_perpetual") == (market == .perp)) }
      }
    }
  }

  @Test func lifecyclesCarryWhatIsKnown() throws {
    let registry = try TestFiles.registry()
    #expect(registry["bittrex"]?.lifecycle.current()?.state == .closed)
    #expect(registry["bittrex"]?.lifecycle.current()?.since == "2023-12-04")
    #expect(registry["bitmart"]?.lifecycle.current()?.state == .closing)
    #expect(registry["vertex"]?.lifecycle.successor?.name == "Nado")
    #expect(registry["dydx"]?.lifecycle.current(.spot)?.state == .closed)
    #expect(registry["dydx"]?.lifecycle.current(.perp)?.state == .live)
    #expect(registry["eve"]?.lifecycle.current()?.since == nil)
    #expect(registry["eve"]?.lifecycle.current()?.mark == .unverified)
    // The state agrees with the gathered status, and a status that is in doubt is marked so.
    for entry in registry.entries {
      guard let status = entry.tree["derived"]?["status"]?.string, let now = entry.lifecycle.current() else { continue }
      let expected: Lifecycle.State =
        status.hasPrefix("CLOSED") ? .closed : status == "CLOSING" ? .closing : .live
      #expect(now.state == expected, "\(entry.id)")
    }
  }

  @Test func disclosedFieldsAreSecretOnes() throws {
    let registry = try TestFiles.registry()
    let disclosing = registry.entries.filter { $0.credentials.contains(where: \.disclose) }.map(\.id)
    #expect(disclosing == ["beaxy", "bitget", "coinzoom", "loopring", "okx", "probit", "probit_korea"])
  }

  /// Each row: what to change, the path the schema names, the problem the reader names.
  @Test(arguments: [
    ("tier", "\"platinum\"", "tier", "connectors.binance.tier"),
    ("type", "\"clob\"", "type", "connectors.binance.type"),
    ("name", nil, "name", "connectors.binance.name"),
    ("colour", "1", "colour", "connectors.binance.colour"),
    ("library", "\"../evil.so\"", "library", "connectors.binance.library"),
    ("version", "null", "version", "connectors.binance.version"),
    ("version", "\"1.2\"", "version", "connectors.binance.version"),
    ("abi.revision", "-1", "abi.revision", "connectors.binance.abi.revision"),
    ("permissions.hosts.0", "\"https://api.binance.com\"", "permissions.hosts[0]",
      "connectors.binance.permissions.hosts[0]"),
    ("permissions.acts.0.class", "\"withdraw\"", "permissions.acts[0].class",
      "connectors.binance.permissions.acts[0].class"),
    ("permissions.acts.0.path", nil, "permissions.acts[0]", "connectors.binance.permissions.acts[0].path"),
    ("markets.spot.available", nil, "markets.spot.available", "connectors.binance.markets.spot.available"),
    ("markets.margin", "{}", "markets.margin", "connectors.binance.markets.margin"),
    ("lifecycle.states.0.since", "\"soon\"", "lifecycle.states[0].since",
      "connectors.binance.lifecycle.states[0].since"),
    ("lifecycle.states", "[]", "lifecycle.states", "connectors.binance.lifecycle.states"),
    ("credentials.0.secret", "\"yes\"", "credentials[0].secret", "connectors.binance.credentials[0].secret"),
    ("implementation", "\"none\"", "markets.spot.available", "connectors.binance.markets"),
  ] as [(String, String?, String, String)])
  func brokenEntriesAreRefusedByPath(row: (field: String, value: String?, schemaPath: String, field2: String)) throws {
    let tree = try TestFiles.registryTree()
    let index = try #require(tree["connectors"]?.array?.firstIndex { $0["id"]?.string == "binance" })
    let value = try row.value.map { try JSONDocument.parse(text: $0) }
    let broken = tree.setting("connectors.\(index).\(row.field)", value)
    #expect(try TestFiles.schema().check(broken).map(\.path).contains("connectors[\(index)].\(row.schemaPath)"))
    let problems = #expect(throws: Problems.self) { try Registry.parse(bytes: broken.bytes, file: "r.json") }
    #expect(problems?.all.contains { $0.field == row.field2 } == true, "\(String(describing: problems))")
  }

  @Test func orderAndOwnershipAreChecked() throws {
    let tree = try TestFiles.registryTree()
    let entries = try #require(tree["connectors"]?.array)
    func problems(_ entries: [JSONValue]) -> [Problem] {
      let changed = tree.setting("connectors", JSONValue(.array(entries)))
      do {
        _ = try Registry.parse(bytes: changed.bytes, file: "r.json")
        return []
      } catch { return error.all }
    }
    #expect(problems(entries).isEmpty)
    #expect(problems([entries[1], entries[0]]).contains { $0.message.contains("stands behind") })
    #expect(problems([entries[0], entries[0]]).contains { $0.message == "the id stands twice" })
    let thief = entries[2].setting("markets.amm.connector", "altmarkets")
    #expect(problems([entries[0], thief]).contains { $0.message.contains("belongs to \"altmarkets\"") })
    let newer = tree.setting("schema", 2)
    let refused = #expect(throws: Problems.self) { try Registry.parse(bytes: newer.bytes, file: "r.json") }
    #expect(refused?.all.first?.remedy == "This host reads schema 1")
  }

  @Test func everyMistakeOfAFileIsTold() {
    let text = #"{"schema":1,"updated":"yesterday","lists":{"order":[]},"connectors":[{"id":"X"},{"id":"a","nam":1}]}"#
    let problems = #expect(throws: Problems.self) { try Registry.parse(bytes: Array(text.utf8), file: "r.json") }
    let fields = problems?.all.map(\.field) ?? []
    #expect(fields.contains("updated") && fields.contains("connectors.X.id") && fields.contains("connectors.a.nam"))
    #expect(problems?.all.first { $0.field == "connectors.a.nam" }?.remedy == "Did you mean \"name\"?")
  }
}
