import CHost
import CPatchbay
import Catalog
import Glibc
import JSONTree
import Records

/// One connector by its own id (`binance_perpetual`), with the library that holds it and the catalog item it belongs
/// to.
public struct InstalledConnector {
  public let id: String
  public let market: Market
  public let item: Catalog.Item
  public let library: LoadedLibrary
  public let connector: PeerConnector

  /// Finds a connector in the catalog, by its id as `NameRule` reads it, and loads its library.
  /// - Parameter folders: where libraries were looked for, for the message.
  public static func find(
    _ name: String, in catalog: Catalog, folders: [String]
  ) throws(HostFault) -> InstalledConnector {
    let id = try self.id(name, in: catalog)
    for item in catalog.items {
      guard let manifest = item.manifest, let market = manifest.connectors.first(where: { $0.id == id })?.market else {
        continue
      }
      guard let path = item.libraryPath else {
        throw .notInstalled(id: id, library: manifest.library, folders: folders)
      }
      let library: LoadedLibrary
      do throws(LoadFault) {
        library = try LibraryLoader.load(file: path, manifests: catalog.manifests(of: path))
      } catch {
        throw .load(error)
      }
      guard let connector = library.connectors[id] else { throw .noMarket(id: id, market: market) }
      return InstalledConnector(id: id, market: market, item: item, library: library, connector: connector)
    }
    if let item = catalog[id], item.manifest == nil { throw .noConnector(id: id) }
    throw .unknown(id: id)
  }

  private static func id(_ name: String, in catalog: Catalog) throws(HostFault) -> String {
    let connectors = catalog.items.flatMap { $0.manifest?.connectors.map(\.id) ?? [] }
    do throws(NameFault) {
      return try NameRule.choose(name, "connector", among: connectors + catalog.items.map(\.id))
    } catch {
      if case .ambiguous = error { throw .name(error) }
      throw .unknown(id: name, nearest: NearestName.suggest(name, among: connectors))
    }
  }

  /// What a recording of an instance says of it. `config` is what the instance is made with, a JSON object.
  public func recordingHeader(config: [UInt8]) -> RecordingHeader {
    RecordingHeader(
      connector: id, librarySHA256: library.sha256, revision: Int(PB_ABI_REVISION),
      descriptor: library.descriptors.first { $0["id"]?.string == id } ?? [:],
      config: (try? JSONDocument.parse(bytes: config)) ?? [:])
  }

  /// Where `certification.json` is: beside a dropped-in library, or in the source folder that the registry names. A
  /// file `certification.<id>.json` goes before. Nil when there is none.
  public var certificationFile: String? { Self.certificationFile(of: id, in: certificationFolder) }

  /// The folder that is looked into for it; empty = the one that the program runs in.
  public var certificationFolder: String {
    switch item.origin {
    case .dropIn(let place): return place
    case .registry:
      let parts = item.manifest?.file.split(separator: "/", omittingEmptySubsequences: false)
      let root = parts?.dropLast().joined(separator: "/")
      return [root ?? "", item.entry?.tree["source"]?.string ?? ""].filter { !$0.isEmpty }.joined(separator: "/")
    }
  }

  /// The file for a connector in a folder.
  public static func certificationFile(of id: String, in folder: String) -> String? {
    ["certification.\(id).json", "certification.json"].map { folder.isEmpty ? $0 : "\(folder)/\($0)" }
      .first { access($0, R_OK) == 0 }
  }

  /// What the connector's folder says of replaying recordings.
  public func replayManifest() throws -> ReplayManifest {
    guard let file = certificationFile else { return ReplayManifest(channels: [:]) }
    return try ReplayManifest(bytes: try GzipFile.read(file), file: file)
  }
}
