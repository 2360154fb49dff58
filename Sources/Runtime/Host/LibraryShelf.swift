import Catalog

extension Catalog {
  /// The manifests that name a library: one file may hold the connectors of several.
  public func manifests(of library: String) -> [Manifest] {
    items.filter { $0.libraryPath == library }.compactMap(\.manifest)
  }

  /// The SHA-256 that a library had when it was judged; nil where it was not read for that.
  public func judged(_ library: String) -> String? {
    items.first { $0.libraryPath == library && $0.trust?.librarySHA256 != nil }?.trust?.librarySHA256
  }
}

/// The libraries of a process, each loaded once, for all connectors of all lanes that are in it. Not thread-safe: hosts
/// are loaded one after the other, before their lanes run.
public final class LibraryShelf {
  private var libraries: [String: LoadedLibrary] = [:]
  private var images: [String: LibraryImage] = [:]

  public init() {}

  /// The library in a file, loaded for all manifests that name it.
  /// - Parameter trusted: the hash that the operator vouches for, where there is one.
  func library(_ file: String, of catalog: Catalog, trusted: String?) throws(HostFault) -> LoadedLibrary {
    if let known = libraries[file] {
      guard let trusted, trusted != known.sha256 else { return known }
      throw .load(.notTrusted(file: file, trusted: trusted, found: known.sha256))
    }
    do throws(LoadFault) {
      let library = try LibraryLoader.load(
        file: file, manifests: catalog.manifests(of: file), trusted: trusted, judged: catalog.judged(file))
      libraries[file] = library
      return library
    } catch {
      throw .load(error)
    }
  }

  /// The bytes of the library in a file, for workers: checked, and not run.
  func image(_ file: String, of catalog: Catalog, trusted: String?) throws(LoadFault) -> LibraryImage {
    if let known = images[file] {
      guard let trusted, trusted != known.sha256 else { return known }
      throw .notTrusted(file: file, trusted: trusted, found: known.sha256)
    }
    let image = try LibraryLoader.image(
      file: file, manifests: catalog.manifests(of: file), trusted: trusted, judged: catalog.judged(file))
    images[file] = image
    return image
  }
}
