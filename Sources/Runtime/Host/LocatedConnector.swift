import Catalog
import Glibc

/// A connector whose library was found and not looked at.
public struct LocatedConnector {
  public let id: String
  public let market: Market
  public let item: Catalog.Item
  /// The library's file.
  let path: String
  /// All that name it.
  let manifests: [Manifest]
  /// The SHA-256 of the file when it was judged who vouches for it; nil = it was not.
  let judged: String?

  /// As `InstalledConnector.find`; loads nothing.
  public static func find(
    _ name: String, in catalog: Catalog, folders: [String]
  ) throws(HostFault) -> LocatedConnector {
    let id = try self.id(name, in: catalog)
    for item in catalog.items {
      guard let manifest = item.manifest, let market = manifest.connectors.first(where: { $0.id == id })?.market else {
        continue
      }
      guard let path = item.libraryPath else {
        throw .notInstalled(id: id, library: manifest.library, folders: folders)
      }
      let decision = catalog.decision(for: item.id, nil)
      guard decision.mayLoad else {
        throw .untrusted(id: item.id, reason: decision.reason, remedy: decision.remedy)
      }
      return LocatedConnector(
        id: id, market: market, item: item, path: path, manifests: catalog.manifests(of: path),
        judged: catalog.judged(path))
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

  /// Where `certification.json` is: beside a dropped-in library, or in the source folder that the registry names. A
  /// file `certification.<id>.json` goes before. Nil when there is none.
  public var certificationFile: String? { InstalledConnector.certificationFile(of: id, in: certificationFolder) }

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

  /// What the connector's folder says of replaying recordings.
  public func replayManifest() throws -> ReplayManifest {
    guard let file = certificationFile else { return ReplayManifest(channels: [:]) }
    return try ReplayManifest(bytes: try GzipFile.read(file), file: file)
  }

  /// Starts so many workers with its library at once, and waits until all have loaded it.
  package func workers(_ count: Int) throws(HostFault) -> [WorkerLink] {
    do throws(LoadFault) {
      let image = try LibraryLoader.image(file: path, manifests: manifests, judged: judged)
      var links: [WorkerLink] = []
      for _ in 0..<count { links.append(try WorkerLink.start(id, image, WorkerBudgets())) }
      for link in links { try link.awaitLoaded(patience: 60_000) }
      return links
    } catch {
      throw .load(error)
    }
  }

  /// Starts a worker with its library, and waits until it is loaded.
  public func inWorker() throws(HostFault) -> (library: LoadedLibrary, code: ConnectorCode) {
    do throws(LoadFault) {
      return try source().start()
    } catch {
      throw .load(error)
    }
  }

  /// Where it is started in workers, one after the other.
  public func source() throws(LoadFault) -> WorkerSource {
    try WorkerSource(id, file: path, manifests: manifests, judged: judged)
  }
}

/// A library that was read and checked once, for any number of workers.
public struct WorkerSource: Sendable {
  private let id: String
  private let image: LibraryImage
  private let manifests: [Manifest]

  /// - Parameters:
  ///   - file: the library.
  ///   - judged: the SHA-256 that it must have; nil = any.
  public init(_ id: String, file: String, manifests: [Manifest], judged: String? = nil) throws(LoadFault) {
    (self.id, self.manifests) = (id, manifests)
    image = try LibraryLoader.image(file: file, manifests: manifests, judged: judged)
  }

  /// Starts a worker, and waits until it has loaded the library.
  public func start() throws(LoadFault) -> (library: LoadedLibrary, code: ConnectorCode) {
    let link = try WorkerLink.start(id, image, WorkerBudgets())
    try link.awaitLoaded(patience: 10_000)
    return (try WorkerStarts.library(link, image, manifests, id), .worker(link))
  }
}
