import JSONTree
import Testing

@testable import Catalog

/// The examples of the documentation are read as a user's files would be.
@Suite struct DocumentationTests {
  private func block(_ path: String, _ language: String) throws -> [UInt8] {
    let text = String(decoding: try TestFiles.bytes(path), as: UTF8.self)
    let opened = try #require(text.firstRange(of: "```\(language)\n"))
    let closed = try #require(text[opened.upperBound...].firstRange(of: "\n```"))
    return Array(text[opened.upperBound..<closed.lowerBound].utf8)
  }

  @Test func theConfigExampleIsValid() throws {
    let config = try Config.parse(bytes: block("docs/config.md", "jsonc"), file: "example", environment: [:])
    let catalog = Catalog.discover(registry: try TestFiles.registry(), pluginFolder: nil)
    #expect(config.problems(in: catalog).allSatisfy { $0.isWarning })
    #expect(config["binance"]?.permit.notionalCap == "500")
  }

  @Test func theManifestExampleIsValid() throws {
    let bytes = try block("docs/registry.md", "json")
    let tree = try JSONDocument.parse(bytes: bytes)
    #expect(try TestFiles.schema("manifest").check(tree) == [])
    let manifest = try Manifest.parse(bytes: bytes, file: "example")
    #expect(manifest.connector(.spot) == "example")
  }

  @Test func theTrustFileExampleIsValid() throws {
    let bytes = try block("docs/plugins.md", "json")
    #expect(try TestFiles.schema("trustFile").check(JSONDocument.parse(bytes: bytes)) == [])
    let file = try TrustFile.parse(bytes: bytes, file: "example")
    #expect(file.keys.count == 1 && file.hashes.count == 1 && file.advisories.count == 1)
  }

  @Test func everyFieldOfAConfigIsDocumented() throws {
    let text = String(decoding: try TestFiles.bytes("docs/config.md"), as: UTF8.self)
    for field in [
      "schema", "registry", "data_folder", "plugin_folder", "accounts", "connectors", "recording", "enabled", "markets",
      "run", "trading", "notional_cap", "domain", "urls", "sha256", "replaces_registry", "config", "maximum_megabytes",
      "instance", "share_percent", "on_stop", "strays", "balances", "loss_limit", "fees", "trust.file",
      "trust.require", "allow_trading",
    ] { #expect(text.contains(field), "\(field)") }
  }
}
