import Catalog
import Foundation
import Runtime
import VenueScript

/// The checkout's top folder.
let packageRoot = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent().path

/// Where the libraries of this build are: beside the test bundle.
let buildFolder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path

/// The connectors of the tree and the exchanges that their scripts play; see docs/venue.md.
enum Scripts {
  static let catalog = Result {
    Catalog.discover(
      registry: try Registry.load(path: packageRoot + "/registry.json"), pluginFolder: nil,
      libraryFolders: [buildFolder])
  }

  /// The ids of connectors whose libraries are in this build.
  static let connectors: [String] = ((try? catalog.get())?.items ?? []).filter { $0.libraryPath != nil }
    .flatMap { $0.manifest?.connectors.map(\.id) ?? [] }.sorted()

  /// The exchange inside the connector has no requests, no keys and no sockets, so that no script can play it; the
  /// connectors to pools speak to the node of a chain, which `make test-chain` plays.
  static let withoutExchange: Set<String> = ["paper", "paper_perpetual", "pebble", "uniswap", "uniswap_v3", "celo"]

  /// From the checkout's top folder: of connectors that take orders, since those are what is tried.
  static let paths = all.filter { path in
    (try? script(path))?.story.contains { $0.command.starts(with: ["order", "place"]) && !$0.fails } != false
  }

  private static let all: [String] = {
    func names(_ folder: String) -> [String] {
      ((try? FileManager.default.contentsOfDirectory(atPath: "\(packageRoot)/\(folder)")) ?? []).sorted()
    }
    return names("Plugins").flatMap { plugin in
      names("Plugins/\(plugin)").filter { $0.hasPrefix("script.") && $0.hasSuffix(".json") }
        .map { "Plugins/\(plugin)/\($0)" }
    }
  }()

  static func script(_ path: String) throws -> Script {
    try Script(text: Array(Data(contentsOf: URL(filePath: "\(packageRoot)/\(path)"))), file: path)
  }

  static func installed(_ id: String) throws -> InstalledConnector {
    try InstalledConnector.find(id, in: catalog.get(), folders: [buildFolder])
  }
}
