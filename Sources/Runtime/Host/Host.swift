import Catalog
import Decimals
import JSONTree
import MarketModel
import Records

/// The connectors that a config enables, loaded and running on one lane.
public final class Host {
  public let lane: Lane
  public private(set) var seats: [Seat] = []
  private let shelf: LibraryShelf
  let budgets: WorkerBudgets
  let transport: (Manifest, Config.Connector) -> Transport
  private let accounts: (Config.Connector, Market) -> [PublicAccount]
  private unowned let observer: SessionObserver?
  /// New versions that are on trial.
  var upgrades: [Upgrade] = []

  /// - Parameters:
  ///   - shelf: the libraries of all lanes of this process.
  ///   - budgets: what a connector may use that runs in a worker.
  ///   - accounts: those that may trade a market, where the permit allows it.
  ///   - transport: makes what carries the requests of one connector instance; the manifest lets its orders go where
  ///     those of its domain go.
  public init(
    lane: Lane, observer: SessionObserver? = nil, shelf: LibraryShelf = LibraryShelf(),
    budgets: WorkerBudgets = WorkerBudgets(),
    accounts: @escaping (Config.Connector, Market) -> [PublicAccount] = Host.oneAccount,
    transport: @escaping (Manifest, Config.Connector) -> Transport
  ) {
    self.lane = lane
    (self.shelf, self.budgets) = (shelf, budgets)
    self.accounts = accounts
    self.transport = transport
    self.observer = observer
  }

  /// A host whose connectors all share one transport.
  public convenience init(lane: Lane, transport: Transport, observer: SessionObserver? = nil) {
    self.init(lane: lane, observer: observer) { _, _ in transport }
  }

  /// Loads what `config` enables. Each connector stands alone: the faults of those that cannot run are given back, and
  /// the others run.
  /// - Parameter isWanted: which connectors are this lane's.
  public func load(
    _ config: Config, catalog: Catalog, libraryFolders: [String],
    isWanted: (Config.Connector) -> Bool = { _ in true }
  ) -> [HostFault] {
    var faults: [HostFault] = []
    let all = config.connectors.filter { $0.enabled && isWanted($0) }
    // All at once: each needs its own time to load its library.
    let remote = all.filter {
      catalog.place($0) == .worker && catalog.decision(for: $0.id, $0).mayLoad && Self.closures($0, catalog).isEmpty
    }
    let starts = WorkerStarts(remote, catalog, shelf, budgets)
    for wanted in all {
      do throws(HostFault) {
        let item = try find(wanted.id, catalog, libraryFolders)
        let decision = catalog.decision(for: wanted.id, wanted)
        guard decision.mayLoad else {
          throw .untrusted(id: wanted.id, reason: decision.reason, remedy: decision.remedy)
        }
        if let closure = Self.closures(wanted, catalog).first { throw .closed(id: wanted.id, closure) }
        let isRemote = catalog.place(wanted) == .worker
        guard isRemote || decision.mayRunInProcess else { throw .noWord(id: wanted.id) }
        // Where nothing is held against it, it has its accounts whether or not it is permitted to trade.
        let hasAccounts = decision.reason.isEmpty || wanted.paper != nil
        let inside = isRemote ? nil : try shelf.library(item.library, of: catalog, trusted: wanted.sha256)
        for market in wanted.markets {
          guard let id = item.manifest.connector(market.market) else {
            throw .noMarket(id: wanted.id, market: market.market)
          }
          let (library, code) =
            if let inside { (inside, try Host.code(id, market.market, of: wanted.id, in: inside)) } else {
              try starts.take(id, of: wanted.id)
            }
          let settings = Host.settings(wanted, id)
          let place = item.manifest.tradingPlace(of: id, in: settings["domain"]?.string)
          let manifest = item.manifest.settled(id, settings).trading(at: place)
          let session = try session(id, code, library, settings, wanted, manifest)
          session.notionalCap = wanted.permit.notionalCap.flatMap { Decimal64($0) }
          let seat = Seat(
            exchange: wanted.id, market: market.market, session: session, library: library, settings: settings,
            pairs: market.pairs, accounts: hasAccounts ? accounts(wanted, market.market) : [], trading: place,
            isVouchedFor: catalog.vouches(for: wanted), isOffline: item.manifest.hosts.isEmpty,
            trust: catalog[wanted.id]?.trust)
          seat.manifest = item.manifest
          if let image = library.image {
            seat.worker = WorkerKeeper(seat, image, budgets.with(wanted.budget), session.worker)
          }
          seats.append(seat)
        }
      } catch {
        faults.append(error)
      }
    }
    return faults
  }

  /// What it would connect to although that has closed.
  private static func closures(_ wanted: Config.Connector, _ catalog: Catalog) -> [Closure] {
    wanted.markets.compactMap { catalog[wanted.id]?.closure($0.market, for: wanted) }
  }

  /// One account without credentials: enough for a connector that needs none.
  public static func oneAccount(_ wanted: Config.Connector, _ market: Market) -> [PublicAccount] {
    wanted.permits(market) ? [PublicAccount(id: 1, label: "main")] : []
  }

  /// Starts every instance: its accounts, its instruments, and the subscriptions of the configured pairs.
  public func start() {
    for seat in seats {
      seat.lane = lane
      lane.add(seat.session)
      seat.session.times = lane.clock.now()
      seat.session.start(trading: !seat.accounts.isEmpty)
      let keeper = SeatKeeper(seat)
      seat.keeper = keeper
      lane.add(keeper)
      if let worker = seat.worker { lane.add(worker) }
      seat.begin()
    }
  }

  /// Ends every instance. What an instance has not answered ends as unknown.
  public func stop() {
    for upgrade in upgrades { upgrade.giveUp("the host stops") }
    for seat in seats {
      if let keeper = seat.keeper { lane.remove(keeper) }
      seat.keeper = nil
      if let worker = seat.worker { lane.remove(worker) }
      seat.session.stop()
      lane.remove(seat.session)
      seat.endRecording()
    }
  }

  private func find(
    _ id: String, _ catalog: Catalog, _ folders: [String]
  ) throws(HostFault) -> (manifest: Manifest, library: String) {
    guard let item = catalog[id] else { throw .unknown(id: id) }
    guard let manifest = item.manifest else { throw .noConnector(id: id) }
    guard let library = item.libraryPath else {
      throw .notInstalled(id: id, library: manifest.library, folders: folders)
    }
    return (manifest, library)
  }

  static func code(
    _ id: String, _ market: Market, of exchange: String, in library: LoadedLibrary
  ) throws(HostFault) -> ConnectorCode {
    guard let connector = library.connectors[id] else { throw .noMarket(id: exchange, market: market) }
    return .library(connector)
  }

  /// The configuration that an instance is made with.
  static func settings(_ wanted: Config.Connector, _ id: String) -> JSONValue {
    var settings = wanted.settings.object ?? []
    if let resume = wanted.resumes[id], wanted.settings["resume"] == nil {
      settings.append(JSONMember("resume", resume))
    }
    if let domain = wanted.endpoint.domain, wanted.settings["domain"] == nil {
      settings.append(JSONMember("domain", JSONValue(.string(domain))))
    }
    return JSONValue(.object(settings))
  }

  private func session(
    _ id: String, _ code: ConnectorCode, _ library: LoadedLibrary, _ settings: JSONValue,
    _ wanted: Config.Connector, _ manifest: Manifest
  ) throws(HostFault) -> Session {
    do throws(InstanceFault) {
      return try Session(
        name: id, code: code, config: Array(JSONWriter.compact(settings).utf8),
        transport: transport(manifest, wanted), observer: observer, times: lane.clock.now(),
        verbs: library.words("verbs", of: id))
    } catch {
      throw .instance(id: id, error)
    }
  }
}
