import Catalog
import JSONTree

/// A version of a connector that is to take the place of the one that runs: its library is loaded, and no instance is
/// made yet. Made on any thread, since loading takes time, and handed to the lane of its connector once.
public final class NewVersion: @unchecked Sendable {
  /// One of its connectors.
  struct Part {
    let id: String
    let library: LoadedLibrary
    let code: ConnectorCode

    /// Its worker; `nil` where it runs inside the host.
    var link: WorkerLink? { if case .worker(let link) = code { link } else { nil } }
  }

  let wanted: Config.Connector
  let manifest: Manifest
  let trust: TrustFinding?
  /// Whether it may have accounts, and why not.
  let hasAccounts: Bool
  let reason: String
  private let isVouchedFor: Bool
  let parts: [Part]

  /// The exchange.
  public var id: String { wanted.id }
  public var version: String { manifest.version }
  /// By which an advisory may name it.
  public var hashes: [String?] { parts.map { Optional($0.library.sha256) } + [trust?.manifestSHA256] }

  /// Reads, judges and loads what lies there now, as a host does when it starts.
  public init(
    _ wanted: Config.Connector, _ catalog: Catalog, libraryFolders: [String], budgets: WorkerBudgets = WorkerBudgets()
  ) throws(HostFault) {
    let id = wanted.id
    guard let item = catalog[id] else { throw .unknown(id: id) }
    guard let manifest = item.manifest else { throw .noConnector(id: id) }
    guard let file = item.libraryPath else {
      throw .notInstalled(id: id, library: manifest.library, folders: libraryFolders)
    }
    let decision = catalog.decision(for: id, wanted)
    guard decision.mayLoad else { throw .untrusted(id: id, reason: decision.reason, remedy: decision.remedy) }
    let isRemote = catalog.place(wanted) == .worker
    guard isRemote || decision.mayRunInProcess else { throw .noWord(id: id) }
    // A shelf of its own: what is loaded already is an older file.
    let shelf = LibraryShelf()
    let starts = isRemote ? WorkerStarts([wanted], catalog, shelf, budgets) : nil
    let inside = isRemote ? nil : try shelf.library(file, of: catalog, trusted: wanted.sha256)
    var parts: [Part] = []
    for market in wanted.markets.map(\.market) {
      guard let connector = manifest.connector(market) else { throw .noMarket(id: id, market: market) }
      if let inside {
        let code = try Host.code(connector, market, of: id, in: inside)
        parts.append(Part(id: connector, library: inside, code: code))
      } else if let (library, code) = try starts?.take(connector, of: id) {
        parts.append(Part(id: connector, library: library, code: code))
      }
    }
    (self.wanted, self.manifest, self.parts) = (wanted, manifest, parts)
    isVouchedFor = catalog.vouches(for: wanted)
    (trust, hasAccounts, reason) = (item.trust, decision.reason.isEmpty || wanted.paper != nil, decision.reason)
  }

  /// Why it may not take the place of what runs on a seat; `nil` = it may.
  /// - Parameter isWiderFine: it may do more than the one that runs.
  func refusal(_ seat: Host.Seat, isWiderFine: Bool) -> String? {
    guard let part = parts.first(where: { $0.id == seat.session.name }) else {
      return "it has no connector \(seat.session.name)"
    }
    if seat.upgrade != nil { return "another version of it is on trial already" }
    if seat.isParked { return "it is disabled; patchbay enable \(seat.session.name) takes it into use" }
    if part.library.sha256 == seat.library.sha256, manifest.version == seat.manifest?.version {
      return "\(manifest.version) is what runs already"
    }
    guard isVouchedFor || !seat.isVouchedFor else { return "nobody vouches for it" }
    guard hasAccounts || seat.accounts.isEmpty else { return "it may not trade here: \(reason)" }
    guard place(of: part) == seat.trading else { return "its orders would go elsewhere; start the host again for that" }
    if let word = difference(part, seat) { return "its \(word) differ; start the host again for that" }
    if seat.isOffline, !seat.session.accounts.orders.inFlight.isEmpty {
      return "its exchange is inside it, and \(seat.session.accounts.orders.inFlight.count) orders are open there"
    }
    guard !isWiderFine, let running = seat.manifest else { return nil }
    let more = more(than: running)
    return more.isEmpty ? nil : "it may do more than the one that runs: \(more.joined(separator: ", "))"
  }

  /// What is kept for as long as a host runs.
  private func difference(_ part: Part, _ seat: Host.Seat) -> String? {
    if manifest.credentials != seat.manifest?.credentials, !seat.accounts.isEmpty { return "credentials" }
    func form(_ library: LoadedLibrary) -> String {
      let found = library.descriptors.first { $0["id"]?.string == part.id }?["client_order_id"]
      return "\(found?["length"]?.int ?? 36) \(found?["pattern"]?.string ?? "")"
    }
    return form(part.library) == form(seat.library) ? nil : "client order ids"
  }

  /// What its manifest permits beyond that of the one that runs.
  private func more(than running: Manifest) -> [String] {
    let hosts = Set(manifest.hosts).subtracting(running.hosts).sorted()
    let acts = manifest.acts.filter { !running.acts.contains($0) }.map { "the act \($0.name)" }
    return hosts + acts
  }

  func settings(of part: Part) -> JSONValue { Host.settings(wanted, part.id) }

  func place(of part: Part) -> TradingPlace? {
    manifest.tradingPlace(of: part.id, in: settings(of: part)["domain"]?.string)
  }
}
