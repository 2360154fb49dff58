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
  public let located: LocatedConnector

  /// What a recording of an instance says of it. `config` is what the instance is made with, a JSON object.
  public func recordingHeader(config: [UInt8]) -> RecordingHeader {
    RecordingHeader(
      connector: id, librarySHA256: library.sha256, revision: Int(PB_ABI_REVISION),
      descriptor: library.descriptors.first { $0["id"]?.string == id } ?? [:],
      config: (try? JSONDocument.parse(bytes: config)) ?? [:])
  }

  /// The file for a connector in a folder.
  public static func certificationFile(of id: String, in folder: String) -> String? {
    ["certification.\(id).json", "certification.json"].map { folder.isEmpty ? $0 : "\(folder)/\($0)" }
      .first { access($0, R_OK) == 0 }
  }

  public var certificationFile: String? { located.certificationFile }
  public func replayManifest() throws -> ReplayManifest { try located.replayManifest() }

  /// Finds a connector in the catalog, by its id as `NameRule` reads it, and loads its library.
  /// - Parameter folders: where libraries were looked for, for the message.
  public static func find(
    _ name: String, in catalog: Catalog, folders: [String]
  ) throws(HostFault) -> InstalledConnector {
    let found = try LocatedConnector.find(name, in: catalog, folders: folders)
    let library: LoadedLibrary
    do throws(LoadFault) {
      library = try LibraryLoader.load(file: found.path, manifests: found.manifests, judged: found.judged)
    } catch {
      throw .load(error)
    }
    guard let connector = library.connectors[found.id] else { throw .noMarket(id: found.id, market: found.market) }
    return InstalledConnector(
      id: found.id, market: found.market, item: found.item, library: library, connector: connector, located: found)
  }
}
