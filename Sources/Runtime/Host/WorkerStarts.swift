import Catalog

/// Workers that were started together, before the first of them is waited for.
struct WorkerStarts {
  private struct Start {
    let image: LibraryImage
    let link: WorkerLink
    let manifests: [Manifest]
  }

  /// By the connector's id.
  private var starts: [String: Result<Start, LoadFault>] = [:]
  /// In milliseconds.
  private let patience: Int32

  /// Starts a worker for each market of these connectors that can be found.
  init(_ wanted: [Config.Connector], _ catalog: Catalog, _ shelf: LibraryShelf, _ budgets: WorkerBudgets) {
    patience = Int32(budgets.loading / 1_000_000)
    for one in wanted {
      guard let item = catalog[one.id], let manifest = item.manifest, let file = item.libraryPath else { continue }
      for id in one.markets.compactMap({ manifest.connector($0.market) }) {
        starts[id] = Result { () throws(LoadFault) in
          let image = try shelf.image(file, of: catalog, trusted: one.sha256)
          return Start(
            image: image, link: try WorkerLink.start(id, image, budgets.with(one.budget)),
            manifests: catalog.manifests(of: file))
        }
      }
    }
  }

  /// Waits until a connector's worker has loaded its library, and looks at what it says of itself.
  func take(_ id: String, of exchange: String) throws(HostFault) -> (LoadedLibrary, ConnectorCode) {
    guard let start = starts[id] else { throw .unknown(id: exchange) }
    do throws(LoadFault) {
      let start = try start.get()
      try start.link.awaitLoaded(patience: patience)
      let library = try Self.library(start.link, start.image, start.manifests, id)
      return (library, .worker(start.link))
    } catch {
      throw .load(error)
    }
  }

  /// What a worker shows of its library, which must be what the manifests say.
  static func library(
    _ link: WorkerLink, _ image: LibraryImage, _ manifests: [Manifest], _ id: String
  ) throws(LoadFault) -> LoadedLibrary {
    let descriptors = try LibraryLoader.describe(link.descriptors, manifests, image.file)
    guard let place = descriptors.firstIndex(where: { $0["id"]?.string == id }) else {
      let offered = descriptors.compactMap { $0["id"]?.string }
      throw .noSuchConnector(file: image.file, id: id, offered: offered)
    }
    link.choose(place)
    var library = LoadedLibrary(
      file: image.file, sha256: image.sha256, bytes: image.count, connectors: [:], descriptors: descriptors)
    library.image = image
    return library
  }
}
