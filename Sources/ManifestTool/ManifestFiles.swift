import Foundation
import JSONTree

/// The committed files that are written from manifests.
public struct ManifestFiles {
  /// The text of each file, by its path from the repository's root.
  public let texts: [(path: String, text: String)]

  /// - Parameter root: the repository's root.
  public init(root: String) throws {
    let manifests = try ConnectorManifest.all(root: root)
    let plugins = Dictionary(grouping: manifests, by: \.plugin)
    func tree(_ path: String) throws -> JSONValue {
      try JSONDocument.parse(bytes: Array(Data(contentsOf: URL(filePath: "\(root)/\(path)"))), file: path)
    }
    let (exchanges, old) = try (tree(RegistryText.exchangesPath), tree(RegistryText.path))
    let registry = try RegistryText.text(exchanges: exchanges, manifests, old: old)
    let readme = try String(contentsOf: URL(filePath: "\(root)/\(ReadmeTable.path)"), encoding: .utf8)
    let table = try ReadmeTable.text(readme, registry: try JSONDocument.parse(text: registry))
    texts =
      plugins.keys.sorted().map { plugin in
        (ManifestSource.path(plugin: plugin), ManifestSource.text(plugin: plugin, plugins[plugin] ?? []))
      } + [(RegistryText.path, registry), (ReadmeTable.path, table)]
  }
}
