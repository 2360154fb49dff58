import Catalog

/// Looks whether an advisory stops a connector, in the files as they are now: one may have been given since the host
/// started.
package struct AdvisoryWatch: Sendable {
  private let catalog: Catalog
  private let config: Config

  package init(_ config: Config, _ catalog: Catalog) { (self.config, self.catalog) = (config, catalog) }

  /// Why a connector must not be taken into use; `nil` = nothing stops it. Reads files.
  func refusal(_ place: RunningHost.Place) -> String? {
    let id = place.exchange
    guard let item = catalog[id], let manifest = item.manifest else { return nil }
    do throws(Problems) {
      let registry = try Registry.load(path: catalog.registry.file)
      let advisories = try registry.advisories + TrustFile.load(for: config).advisories
      let hashes = [place.sha256, item.trust?.manifestSHA256]
      return advisories.first { $0.stops(id, version: manifest.version, hashes: hashes) }.map { "\(id) is \($0.words)" }
    } catch {
      return "the advisories cannot be read: \(error)"
    }
  }
}
