import Foundation
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
      "source": "Plugins/Example", "library": "libexample.so", "abi": { "revision": 0 },
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
    #expect(!text.contains("/ws/"), "a path with a gap cannot be sent as it stands")
    #expect(text.split(separator: "\n").allSatisfy { $0.utf8.count <= 120 })
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
