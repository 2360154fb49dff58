import Foundation
import JSONTree
import Testing

@testable import Catalog
@testable import ManifestTool

/// What is written from the connectors' manifests, and that it is what is committed.
struct ManifestFilesTests {
  @Test func committedFilesAreWhatTheManifestsGive() throws {
    for file in try ManifestFiles(root: TestFiles.packageRoot).texts {
      let committed = try String(decoding: TestFiles.bytes(file.path), as: UTF8.self)
      let isCurrent = committed == file.text
      #expect(isCurrent, "\(file.path) does not follow from the manifests: run `make manifests`")
    }
  }

  @Test func theTableSaysWhatIsThereAndHowItWasVerified() throws {
    let registry = try JSONDocument.parse(
      text: #"""
        {"connectors": [
          {"name": "None", "implementation": "none", "markets": {"spot": {"available": false}}, "measured": null},
          {"name": "Ex", "implementation": "core", "markets": {
            "spot": {"available": true, "verbs": ["place", "amend", "balances"], "channels": ["book", "mark"],
              "order_types": ["limit", "stop_limit"]},
            "perp": {"available": true, "verbs": [], "channels": ["trades"]}},
           "measured": {"date": "2026-01-02",
             "markets": {"spot": {"standard": "2.0", "status": "green", "passed": 7, "of": 9}}}}]}
        """#)
    let readme = "# A\n\(ReadmeTable.start)\nold\n\(ReadmeTable.end)\nB\n"
    let text = try ReadmeTable.text(readme, registry: registry)
    #expect(text.hasPrefix("# A\n") && text.hasSuffix("\(ReadmeTable.end)\nB\n") && !text.contains("old"))
    #expect(!text.contains("None"))
    let verified = "standard 2.0, green: 7 of 9 checks, 2026-01-02"
    let row = "| Ex | spot | book, mark | limit, stop limit; amend | balances | \(verified) |"
    #expect(text.contains(row + "\n| Ex | perp | trades | - | - | by its own tests |\n"))
    #expect(try ReadmeTable.text(text, registry: registry) == text)
    #expect(throws: RegistryText.Fault.self) { try ReadmeTable.text("# A\n", registry: registry) }
  }

  @Test func everyPluginHasAManifest() throws {
    let folder = "\(TestFiles.packageRoot)/Plugins"
    let plugins = try FileManager.default.contentsOfDirectory(atPath: folder).filter { name in
      FileManager.default.fileExists(atPath: "\(folder)/\(name)/Entry")
    }
    let known = Set(try ConnectorManifest.all(root: TestFiles.packageRoot).map(\.plugin))
    #expect(known == Set(plugins))
  }

  /// A manifest stands by itself: dropped beside its library it is what the registry's entry is.
  @Test func entryIsTheManifest() throws {
    let registry = try TestFiles.registry()
    for manifest in try ConnectorManifest.all(root: TestFiles.packageRoot) {
      let entry = try #require(registry[manifest.manifest.id]?.manifest)
      #expect(entry.acts == manifest.manifest.acts)
      #expect(entry.hosts == manifest.manifest.hosts && entry.credentials == manifest.manifest.credentials)
      #expect(entry.connectors == manifest.manifest.connectors && entry.version == manifest.manifest.version)
    }
  }

  // MARK: By an example

  static let manifest = """
    {
      "id": "example", "name": "Example", "type": "CLOB", "version": "1.2.0", "license": "Apache-2.0",
      "source": "Plugins/Example", "library": "libexample.so", "abi": { "revision": 1 },
      "extensions": ["patchbay.perp/1"],
      "markets": {
        "spot": { "connector": "example", "verbs": ["clock"] },
        "perp": { "connector": "example_perpetual", "verbs": ["clock", "positions"] }
      },
      "credentials": [{ "name": "api_key", "secret": false }], "disclose": [],
      "permissions": {
        "hosts": ["api.example.com:443"],
        "acts": [
          { "name": "server_time", "class": "public", "method": "GET", "path": "/time" },
          { "name": "stream", "class": "public", "method": "GET", "path": "/ws/*" },
          { "name": "cancel", "class": "trade", "verb": "cancel", "method": "DELETE", "path": "/order",
            "bind": { "venue_order": "query:id" } }
        ]
      }
    }
    """

  static func parsed(_ text: String) throws -> ConnectorManifest {
    try ConnectorManifest(plugin: "Example", file: "Plugins/Example/manifest.json", text: Array(text.utf8))
  }

  @Test func sourceHasDescriptorsAndRequests() throws {
    let text = ManifestSource.text(plugin: "Example", [try Self.parsed(Self.manifest)])
    #expect(text.contains("public static let example: StaticString"))
    #expect(text.contains("public static let examplePerpetual: StaticString"))
    #expect(text.contains(#"static let serverTime = PermittedAct("server_time", .get, "/time")"#))
    #expect(text.contains(#"static let cancel = PermittedAct("cancel", .delete, "/order", priority: .cancel)"#))
    #expect(text.contains(#"static let stream = PermittedAct("stream", .get, "/ws/*")"#), "a call fills the gap")
    #expect(text.split(separator: "\n").allSatisfy { $0.utf8.count <= 120 })
  }

  @Test func limitsAreConstants() throws {
    let limits = """
      "limits": [
        { "name": "connections", "scope": "address", "amount": 3, "seconds": 1, "source": "Connect" },
        { "name": "order_counter", "scope": "account", "amount": 15, "seconds": 0.25, "refills": true,
          "used_header": "x-used", "source": "Limits" },
        { "name": "perp_orders", "scope": "account", "amount": 60, "seconds": 2, "market": "perp", "source": "Orders" }
      ],
      "permissions":
      """
    let text = ManifestSource.text(
      plugin: "Example", [try Self.parsed(Self.manifest.replacing("\"permissions\":", with: limits))])
    #expect(text.contains(#"static let connections = Output.Limit(1, "connections", .address, 3, seconds: 1)"#))
    let counter = #"2, "order counter", .account, 15, milliseconds: 250, tokens: true, usedHeader: "x-used")"#
    #expect(text.contains(counter))
    #expect(text.contains("static let spot: [Output.Limit] = [.connections, .orderCounter]"))
    #expect(text.contains("static let perp: [Output.Limit] = [.connections, .orderCounter, .perpOrders]"))
    #expect(text.split(separator: "\n").allSatisfy { $0.utf8.count <= 120 })
  }

  @Test(arguments: [
    (#"{ "name": "a", "scope": "moon", "amount": 1, "seconds": 1, "source": "x" }"#, "unknown value"),
    (#"{ "name": "a", "scope": "account", "amount": 0, "seconds": 1, "source": "x" }"#, "0 is not from 1"),
    (#"{ "name": "a", "scope": "account", "amount": 1, "seconds": 0, "source": "x" }"#, "0 is not from 0.001"),
    (#"{ "name": "a", "scope": "account", "amount": 1, "seconds": 1e3, "source": "x" }"#, "1e3 is not from"),
    (#"{ "name": "a", "scope": "account", "amount": 1, "seconds": 0.0001, "source": "x" }"#, "0.0001 is not from"),
    (#"{ "name": "a", "scope": "account", "amount": 1, "seconds": 1, "rest": 2, "source": "x" }"#, "unknown key"),
    (#"{ "name": "a", "scope": "account", "amount": 1, "seconds": 1 }"#, "source"),
  ])
  func oddLimitsAreMistakes(_ limit: String, _ words: String) {
    let text = Self.manifest.replacing("\"permissions\":", with: "\"limits\": [\(limit)], \"permissions\":")
    do {
      _ = try Self.parsed(text)
      Issue.record("taken: \(limit)")
    } catch {
      #expect("\(error)".contains(words), "\(error)")
    }
  }

  @Test func descriptorsAgreeWithTheManifest() throws {
    let manifest = try Self.parsed(Self.manifest)
    let descriptors = manifest.manifest.connectors.map(manifest.descriptor)
    #expect(manifest.manifest.differences(from: descriptors).isEmpty)
    #expect(descriptors.map { $0["extensions"]?.array?.count } == [0, 1], "spot does not use what perpetuals use")
    #expect(descriptors[1]["verbs"]?.array?.count == 2)
  }

  @Test func entryIsJoinedFromBoth() throws {
    let exchanges = try JSONDocument.parse(
      text: #"""
        { "schema": 1, "connectors": [
          { "id": "example", "tier": "gold", "markets": { "spot": { "listed": true }, "amm": { "listed": false } } },
          { "id": "other", "name": "Other", "type": "CLOB", "library": "libother.so", "credentials": [], "disclose": [],
            "markets": { "spot": { "listed": true, "connector": "other" } } }] }
        """#)
    let text = try RegistryText.text(exchanges: exchanges, [Self.parsed(Self.manifest)])
    let entries = try #require(try JSONDocument.parse(text: text)["connectors"])
    let spot = entries[0]?["markets"]?["spot"]
    #expect(spot?["listed"]?.bool == true && spot?["available"]?.bool == true && spot?["verbs"] != nil)
    #expect(entries[0]?["markets"]?["perp"]?["listed"]?.isNull == true)
    #expect(entries[0]?["markets"]?["amm"]?["available"]?.bool == false)
    #expect(entries[0]?["implementation"]?.string == "core" && entries[0]?["tier"]?.string == "gold")
    #expect(entries[1]?["implementation"]?.string == "none" && entries[1]?["version"]?.isNull == true)
    #expect(entries[1]?["markets"]?["spot"]?["available"]?.bool == false)
  }

  @Test func whatWasMeasuredStays() throws {
    let exchanges = try JSONDocument.parse(text: #"{ "connectors": [{ "id": "example", "markets": {} }] }"#)
    let old = try JSONDocument.parse(text: #"{ "connectors": [{ "id": "example", "measured": { "suite": "1" } }] }"#)
    let text = try RegistryText.text(exchanges: exchanges, [Self.parsed(Self.manifest)], old: old)
    #expect(try JSONDocument.parse(text: text)["connectors"]?[0]?["measured"]?["suite"]?.string == "1")
  }

  @Test func partsThatDoNotFitAreRefused() throws {
    let manifest = try Self.parsed(Self.manifest)
    func fault(_ exchanges: String) throws -> String {
      let tree = try JSONDocument.parse(text: exchanges)
      do {
        _ = try RegistryText.text(exchanges: tree, [manifest])
        return ""
      } catch {
        return "\(error)"
      }
    }
    #expect(
      try fault(#"{"connectors": [{"id": "example", "version": "1.0.0", "markets": {}}]}"#).contains(
        "example.version stands in Plugins/Example/manifest.json too"))
    #expect(try fault(#"{"connectors": []}"#).contains("no exchange \"example\""))
  }
}
