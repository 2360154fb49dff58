import Catalog
import Decimals
import MarketModel
import Records

/// Why a connector that the config enables does not run.
public enum HostFault: Error, CustomStringConvertible {
  /// Neither the registry nor the plugin folder has it.
  case unknown(id: String)
  /// There is an entry, and no connector for it yet.
  case noConnector(id: String)
  /// The library that the manifest names is not there.
  case notInstalled(id: String, library: String, folders: [String])
  /// The library was refused.
  case load(LoadFault)
  /// The connector of this market is not in the manifest.
  case noMarket(id: String, market: Market)
  /// The config wants it in a worker process, and there are none yet. It is not run inside the host instead.
  case noWorker(id: String)
  /// The connector refused its configuration.
  case instance(id: String, InstanceFault)

  public var description: String {
    switch self {
    case .unknown(let id): "\(id): neither the registry nor the plugin folder has it; see patchbay connectors"
    case .noConnector(let id): "\(id): has no connector yet"
    case .notInstalled(let id, let library, let folders):
      "\(id): \(library) is in none of \(folders.joined(separator: ", ")); build it, or put it there"
    case .load(let fault): "\(fault)"
    case .noMarket(let id, let market): "\(id): has no connector for \(market)"
    case .noWorker(let id):
      "\(id): is to run in a worker, which this host does not have yet; set connectors.\(id).permit.run to in_process, "
        + "or disable it"
    case .instance(let id, .refused(let status, let reason)):
      "\(id): cannot be started (status \(status)): "
        + (!reason.isEmpty ? reason : status == 0 ? "it gave no instance" : "it gave no reason")
    }
  }
}

/// The connectors that a config enables, loaded and running on one lane.
public final class Host {
  /// One connector instance with what the config wants of it.
  public final class Seat {
    /// The exchange's id in the registry, or the drop-in's.
    public let exchange: String
    public let market: Market
    public let session: Session
    public let library: LoadedLibrary
    /// `BASE-QUOTE`, as the config names them.
    public let pairs: [String]
    public let account: PublicAccount?
    /// Why something that the config wants cannot be had.
    public fileprivate(set) var problems: [String] = []

    init(
      exchange: String, market: Market, session: Session, library: LoadedLibrary, pairs: [String],
      account: PublicAccount?
    ) {
      self.exchange = exchange
      self.market = market
      self.session = session
      self.library = library
      self.pairs = pairs
      self.account = account
    }

    /// The markets of the configured pairs, as far as they are known.
    public var markets: [MarketState] { pairs.compactMap { session.view.market(pair: $0) } }

    /// What is missing before everything the config wants is there; empty = ready.
    public var missing: [String] {
      var missing = problems
      if session.isFaulted { missing.append("the connector gave up") }
      for pair in pairs {
        guard let market = session.view.market(pair: pair) else {
          missing.append("\(pair): no such instrument yet")
          continue
        }
        switch market.book.state {
        case .ready: break
        case .empty: missing.append("\(pair): no book yet")
        case .notReady(let reason): missing.append("\(pair): book not ready: \(reason)")
        }
      }
      return missing
    }
  }

  public let lane: Lane
  public private(set) var seats: [Seat] = []
  private var libraries: [String: LoadedLibrary] = [:]
  private let transport: (Manifest, Config.Connector) -> Transport
  private unowned let observer: SessionObserver?

  /// - Parameter transport: makes what carries the requests of one connector instance.
  public init(
    lane: Lane, observer: SessionObserver? = nil, transport: @escaping (Manifest, Config.Connector) -> Transport
  ) {
    self.lane = lane
    self.transport = transport
    self.observer = observer
  }

  /// A host whose connectors all share one transport.
  public convenience init(lane: Lane, transport: Transport, observer: SessionObserver? = nil) {
    self.init(lane: lane, observer: observer) { _, _ in transport }
  }

  /// Loads what `config` enables. Each connector stands alone: the faults of those that cannot run are given back, and
  /// the others run.
  public func load(_ config: Config, catalog: Catalog, libraryFolders: [String]) -> [HostFault] {
    var faults: [HostFault] = []
    for wanted in config.connectors where wanted.enabled {
      do throws(HostFault) {
        guard wanted.permit.run != .worker else { throw .noWorker(id: wanted.id) }
        let item = try find(wanted.id, catalog, libraryFolders)
        let library = try library(item, catalog, trusted: wanted.sha256)
        for market in wanted.markets {
          guard let id = item.manifest.connector(market.market), let connector = library.connectors[id] else {
            throw .noMarket(id: wanted.id, market: market.market)
          }
          let session = try session(id, connector, library, wanted, item.manifest)
          session.notionalCap = wanted.permit.notionalCap.flatMap { Decimal64($0) }
          let account = Host.account(wanted, market.market, config)
          seats.append(
            Seat(
              exchange: wanted.id, market: market.market, session: session, library: library, pairs: market.pairs,
              account: account))
        }
      } catch {
        faults.append(error)
      }
    }
    return faults
  }

  /// The account that trades a market, where the permit allows it: the one that the config names for the exchange.
  private static func account(_ wanted: Config.Connector, _ market: Market, _ config: Config) -> PublicAccount? {
    guard wanted.permit.trading, wanted.permit.markets?.contains(market) ?? true else { return nil }
    return PublicAccount(id: 1, label: config.accounts.first { $0.connector == wanted.id }?.name ?? "main")
  }

  /// Starts every instance: its accounts, its instruments, and the subscriptions of the configured pairs.
  public func start() {
    for seat in seats {
      lane.add(seat.session)
      seat.session.times = lane.clock.now()
      seat.session.start(trading: seat.account != nil)
      if let account = seat.account { seat.session.account(account) }
      seat.session.send(CommandDraft(.instruments)) { [unowned seat] result in
        if result.outcome == .done {
          Host.subscribe(seat)
          Host.askAccount(seat)
        } else {
          seat.problems.append("instruments: \(result.text)")
        }
      }
    }
  }

  public func stop() {
    for seat in seats {
      seat.session.stop()
      lane.remove(seat.session)
    }
  }

  private static func subscribe(_ seat: Seat) {
    let offered = seat.library.words("channels", of: seat.session.name) ?? []
    let named = Channels.names.filter { offered.contains($0.name) }
    let channels = named.reduce(into: Channels()) { $0.insert($1.channel) }
    for pair in seat.pairs {
      guard let market = seat.session.view.market(pair: pair) else {
        seat.problems.append("\(pair): \(seat.exchange) has no such instrument")
        continue
      }
      var subscribe = CommandDraft(.subscribe)
      subscribe.instrument = market.instrument.id.rawValue
      subscribe.channels = channels
      seat.session.send(subscribe) { [unowned seat] result in
        if result.outcome != .done { seat.problems.append("\(pair): \(result.text)") }
      }
    }
  }

  /// What the account holds, so that nothing starts from a guess.
  private static func askAccount(_ seat: Seat) {
    guard let account = seat.account else { return }
    for verb in seat.market == .perp ? [Verb.balances, .positions] : [.balances] {
      var command = CommandDraft(verb)
      command.account = account.id
      seat.session.send(command) { [unowned seat] result in
        if result.outcome != .done { seat.problems.append("\(verb.name): \(result.text)") }
      }
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

  /// A library that several entries name is loaded once, for all their manifests.
  private func library(
    _ item: (manifest: Manifest, library: String), _ catalog: Catalog, trusted: String?
  ) throws(HostFault) -> LoadedLibrary {
    if let known = libraries[item.library] {
      guard let trusted, trusted != known.sha256 else { return known }
      throw .load(.notTrusted(file: item.library, trusted: trusted, found: known.sha256))
    }
    let manifests = catalog.items.filter { $0.libraryPath == item.library }.compactMap(\.manifest)
    do throws(LoadFault) {
      let library = try LibraryLoader.load(file: item.library, manifests: manifests, trusted: trusted)
      libraries[item.library] = library
      return library
    } catch {
      throw .load(error)
    }
  }

  private func session(
    _ id: String, _ connector: PeerConnector, _ library: LoadedLibrary, _ wanted: Config.Connector, _ manifest: Manifest
  ) throws(HostFault) -> Session {
    var settings = wanted.settings.object ?? []
    if let domain = wanted.endpoint.domain, wanted.settings["domain"] == nil {
      settings.append(JSONMember("domain", JSONValue(.string(domain))))
    }
    let config = Array(JSONWriter.compact(JSONValue(.object(settings))).utf8)
    do throws(InstanceFault) {
      return try Session(
        name: id, connector: connector, config: config, transport: transport(manifest, wanted), observer: observer,
        times: lane.clock.now(), verbs: library.words("verbs", of: id))
    } catch {
      throw .instance(id: id, error)
    }
  }
}
