import Catalog
import Foundation
import JSONTree

/// A manifest in a connector's folder: the one place that says what the connector is, where it may go and what it may
/// send. Its form is that of the `manifest.json` beside a dropped-in library; see docs/registry.md.
public struct ConnectorManifest {
  /// The folder's name under `Plugins`, which is also what the connector's modules are named after.
  public let plugin: String
  /// From the repository's root.
  public let file: String
  public let tree: JSONValue
  public let manifest: Manifest

  public init(plugin: String, file: String, text: [UInt8]) throws {
    self.plugin = plugin
    self.file = file
    tree = try JSONDocument.parse(bytes: text, file: file)
    manifest = try Manifest.parse(bytes: text, file: file)
  }

  /// All manifests under `Plugins`, by folder; a folder's `manifest.json` stands before its others.
  public static func all(root: String) throws -> [ConnectorManifest] {
    let files = FileManager.default
    return try files.contentsOfDirectory(atPath: "\(root)/Plugins").sorted().flatMap { plugin in
      let names = (try? files.contentsOfDirectory(atPath: "\(root)/Plugins/\(plugin)")) ?? []
      return try names.filter { $0.hasPrefix("manifest.") && $0.hasSuffix(".json") }
        .sorted { ($0 == "manifest.json" ? "" : $0) < ($1 == "manifest.json" ? "" : $1) }
        .map { name in
          let file = "Plugins/\(plugin)/\(name)"
          let text = try Array(Data(contentsOf: URL(filePath: "\(root)/\(file)")))
          return try ConnectorManifest(plugin: plugin, file: file, text: text)
        }
    }
  }

  /// The facts of each connector that are no part of its registry entry's frame: what `markets.spot` and the others
  /// have beside the connector's id. Where orders go is the manifest's alone to say.
  func facts(of connector: Manifest.Connector) -> [JSONMember] {
    let market = tree["markets"]?[connector.market.rawValue]?.object ?? []
    return market.filter { $0.key != "connector" && $0.key != "trading" }
  }

  /// What the library says of one of its connectors; see `descriptor_json` in patchbay.h.
  func descriptor(of connector: Manifest.Connector) -> JSONValue {
    let hosts = manifest.hosts.map { JSONValue(.string($0)) }
    let extensions = manifest.extensions.filter { Self.belongs($0, to: connector.market) }
    let credentials = manifest.credentials.map { field in
      JSONValue(
        .object([
          JSONMember("name", JSONValue(.string(field.name))), JSONMember("secret", JSONValue(.bool(field.secret))),
          JSONMember("required", JSONValue(.bool(field.required))),
        ]))
    }
    return JSONValue(
      .object(
        [
          JSONMember("id", JSONValue(.string(connector.id))), JSONMember("name", JSONValue(.string(manifest.name))),
          JSONMember("version", JSONValue(.string(manifest.version))),
          JSONMember("kind", JSONValue(.string(connector.market.rawValue))),
          JSONMember("hosts", JSONValue(.array(hosts))),
          JSONMember("extensions", JSONValue(.array(extensions.map { JSONValue(.string($0)) }))),
          JSONMember("credentials", JSONValue(.array(credentials))),
        ] + facts(of: connector)))
  }

  /// `patchbay.perp/1` is used by perpetual connectors alone; an extension named after no market by all.
  private static func belongs(_ name: String, to market: Market) -> Bool {
    let named = Market.allCases.first { name.contains(".\($0.rawValue)/") }
    return named == nil || named == market
  }
}
