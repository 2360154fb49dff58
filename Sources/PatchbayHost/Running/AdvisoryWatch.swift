import Catalog

/// Looks whether an advisory stops a connector, or its exchange has closed, in the files as they are now: either may
/// have come since the host started.
package struct AdvisoryWatch: Sendable {
  private let catalog: Catalog
  private let config: Config

  package init(_ config: Config, _ catalog: Catalog) { (self.config, self.catalog) = (config, catalog) }

  /// The files that hold advisories.
  var files: [String] { [catalog.registry.file, TrustFile.path(for: config)] }

  /// What runs now, where it is not what the host started with.
  struct Running: Sendable {
    var version: String
    var hashes: [String?]
  }

  /// Why a connector must not be taken into use; `nil` = nothing stops it. Reads files.
  func refusal(_ place: RunningHost.Place, _ running: Running? = nil) -> String? {
    do throws(Problems) {
      return try advisory(place, running)
    } catch {
      return "the advisories cannot be read: \(error)"
    }
  }

  /// The advisory that stops a connector, for people. Reads files.
  func advisory(_ place: RunningHost.Place, _ running: Running?) throws(Problems) -> String? {
    let id = place.exchange
    guard let item = catalog[id], let manifest = item.manifest else { return nil }
    let running = running ?? Running(
      version: manifest.version, hashes: [place.sha256, item.trust?.manifestSHA256])
    let registry = try Registry.load(path: catalog.registry.file)
    let advisories = try registry.advisories + TrustFile.load(for: config).advisories
    return advisories.first { $0.stops(id, version: running.version, hashes: running.hashes) }
      .map { "\(id) is \($0.words)" }
  }

  /// That an exchange has closed, by the name of a connector that does not run; `nil` = that is not why.
  func closure(named name: String) -> Closure? {
    let items = catalog.items
    let connectors = items.flatMap { $0.manifest?.connectors.map(\.id) ?? [] }
    guard case .one(let id) = NameRule.find(name, among: connectors + items.map(\.id)) else { return nil }
    for item in items {
      if let market = item.manifest?.connectors.first(where: { $0.id == id })?.market { return item.closure(market) }
    }
    return catalog[id]?.closure()
  }

  /// The same of one that runs: it has closed since the host started. Reads files.
  func closure(_ place: RunningHost.Place) -> Closure? {
    guard let connector = config[place.exchange], var item = catalog[place.exchange] else { return nil }
    if let registry = try? Registry.load(path: catalog.registry.file) { item.entry = registry[item.id] ?? item.entry }
    let market = item.manifest?.connectors.first { $0.id == place.name }?.market
    return item.closure(market, for: connector)
  }
}
