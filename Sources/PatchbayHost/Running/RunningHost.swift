import Catalog
import Control
import Journal
import Outbound
import Runtime
import Synchronization
import Trading
import Transport
import Vault

/// The lanes of `patchbay run`, with everything that the config enables. Its maker's thread owns it; the instances are
/// reached by jobs on their lanes.
package final class RunningHost: Sendable {
  /// An instance and where it is; fixed from the start.
  package struct Place: Sendable {
    package var exchange: String
    /// The connector's id.
    package var name: String
    package var lane: Int
    /// Of its library, as it was loaded.
    package var sha256 = ""
  }

  package let lanes: [HostLane]
  package let places: [Place]
  /// What requests may name: the connectors that run, and their exchanges.
  var names: [String] { places.map(\.name) + places.map(\.exchange) }
  /// The instances that trade, in the order of the configuration.
  package let desks: [TradeDesk]
  /// Why some of what the config enables does not run.
  package let faults: [HostFault]
  /// What recordings that are switched on while it runs are made by.
  package let recordings: RecordingPlan
  /// Who asked it to end, and is to hear how it did.
  package let stopCalls = Mutex<[ControlCall]>([])
  static let mostStopCalls = 16
  /// On their folder.
  package let recordingClaim: FolderClaim
  let clock: HostClock
  /// Asked before a connector is taken into use again.
  let advisories: AdvisoryWatch
  /// Versions that take the place of those that run, and advisories that stop them.
  package let upgrades: Upgrades

  /// Loads what `config` enables, and starts nothing yet.
  /// - Throws: a sentence, when the system gives too little.
  /// - Parameter journal: without it nothing trades; the failure says why there is none.
  package init(
    _ config: Config, catalog: Catalog, libraryFolders: [String], accounts: AccountBook, clock: HostClock,
    recordings: RecordingPlan, claim: FolderClaim, events: RunEvents, journal: Result<HostJournal, JournalFault>?,
    cluster: ClusterNode? = nil
  ) throws(RunFault) {
    let assignment = LaneAssignment(config)
    let shelf = LibraryShelf()
    let budgets = ConnectBudgets()
    var lanes: [HostLane] = []
    var places: [Place] = []
    var faults: [HostFault] = []
    var desks: [TradeDesk] = []
    for number in 1...assignment.count {
      guard let loop = EventLoop(clock: clock) else { throw .noDescriptors }
      let host = Host(
        lane: Lane(clock: clock, poller: loop), observer: events, shelf: shelf, accounts: accounts.told
      ) { manifest, connector in
        Self.transport(manifest, connector, config, loop, budgets, accounts, catalog, cluster)
      }
      faults += host.load(config, catalog: catalog, libraryFolders: libraryFolders) {
        assignment.lanes[$0.id] == number
      }
      for seat in host.seats {
        for fault in accounts.faults where fault.exchange == seat.exchange { seat.lacks("account", fault.text) }
        events.set(LogLevel(config[seat.exchange]?.log ?? .warning), of: seat.session.name)
        places.append(
          Place(exchange: seat.exchange, name: seat.session.name, lane: number, sha256: seat.library.sha256))
        if config.recording.enabled { seat.record(recordings) }
        if let desk = Self.desk(seat, host.lane, number, config, journal, clock, events, cluster) { desks.append(desk) }
      }
      lanes.append(HostLane(number: number, host: host))
    }
    (self.lanes, self.places, self.faults, self.recordings) = (lanes, places, faults, recordings)
    recordingClaim = claim
    self.desks = desks
    self.clock = clock
    advisories = AdvisoryWatch(config, catalog)
    upgrades = Upgrades(config, catalog, libraryFolders, clock, events, advisories)
  }

  /// Who trades on a seat; `nil` where nobody may or can.
  private static func desk(
    _ seat: Host.Seat, _ lane: Lane, _ number: Int, _ config: Config, _ journal: Result<HostJournal, JournalFault>?,
    _ clock: HostClock, _ events: RunEvents, _ cluster: ClusterNode?
  ) -> TradeDesk? {
    let isOnPaper = config[seat.exchange].map { $0.paper != nil && $0.permits(seat.market) } ?? false
    guard !seat.accounts.isEmpty || isOnPaper, let journal else { return nil }
    switch journal {
    case .failure(let fault):
      seat.lacks("trading", "\(fault)")
      return nil
    case .success(let journal):
      let setting = TradeDesk.Setting(
        config: config, journal: journal, clock: clock, events: events, cluster: cluster)
      do throws(ClientIDForm.Fault) {
        let desk = try TradeDesk(seat, on: lane, lane: number, setting)
        seat.trader = desk
        return desk
      } catch {
        seat.lacks("trading", "\(error)")
        return nil
      }
    }
  }

  /// The network for connectors that list hosts, behind what judges, signs and counts; the others need none.
  static func transport(
    _ manifest: Manifest, _ connector: Config.Connector, _ config: Config, _ loop: EventLoop,
    _ budgets: ConnectBudgets, _ accounts: AccountBook, _ catalog: Catalog, _ cluster: ClusterNode?
  ) -> Runtime.Transport {
    guard !manifest.hosts.isEmpty else { return OfflineTransport() }
    var options = ConnectionOptions()
    options.substitutes = connector.endpoint.urls
    options.authorities = connector.endpoint.authorities
    // Who writes a URL without TLS into the configuration means it; it still has to be this machine.
    options.allowsPlainLoopback = true
    let network = NetworkTransport(loop: loop, hosts: manifest.hosts, options: options, budgets: budgets)
    let gate = SendGuard(
      manifest: manifest, nonces: accounts.nonces, allowsUnbound: catalog.vouches(for: connector))
    if let cluster, connector.paper == nil { gate.commands.mayTrade = Self.leases(cluster, connector.id, accounts) }
    var caution = DispatcherOptions()
    caution.limits.sharePercent = config.sharePercent
    let dispatcher = Dispatcher(carrier: network, gate: gate, clock: loop.clock, options: caution)
    network.control = dispatcher
    for account in accounts.accounts(of: connector.id) {
      if let loaded = account.loaded { dispatcher.add(account: account.told.id, loaded) }
    }
    return dispatcher
  }

  /// Asks the leases at the last moment before a request leaves.
  private static func leases(
    _ cluster: ClusterNode, _ exchange: String, _ accounts: AccountBook
  ) -> @Sendable (UInt64, Bool) -> Bool {
    let gates = accounts.accounts(of: exchange).map { ($0.told.id, cluster.gate(exchange, $0.told.label)) }
    let byID = Dictionary(gates, uniquingKeysWith: { first, _ in first })
    let cancels = cluster.settings.cancelsWithoutLease
    return { account, isCancel in isCancel && cancels || byID[account]?.isOpen != false }
  }

  package func start() { for lane in lanes { lane.start() } }

  /// Ends everything, all lanes at once, and waits for it as long as is borne; gives the lanes that did not end.
  @discardableResult
  package func stop() -> [Int] {
    for lane in lanes { lane.askToEnd() }
    return lanes.filter { !$0.end() }.map(\.number)
  }

  /// How long a lane may take to answer. One that takes longer is in a connector that does not come back.
  package static let patience: Int64 = 2_000_000_000

  /// Copies something out of lanes, each in its own time, and hands what came to `then`, once, in the order of the
  /// lanes: on the last one's thread, or when the others have not answered in time, on the server's.
  /// - Parameters:
  ///   - numbers: the lanes that are asked.
  ///   - later: does a job after so many nanoseconds.
  ///   - silent: the lanes that did not answer.
  package func gather<Copy: Sendable>(
    _ numbers: [Int], _ later: (Int64, @escaping @Sendable () -> Void) -> Void,
    _ copy: @escaping @Sendable (Host, Int) -> Copy,
    then: @escaping @Sendable (_ copies: [Copy], _ silent: [Int]) -> Void
  ) {
    let gathering = Gathering(numbers, then: then)
    for (index, number) in numbers.enumerated() {
      lanes[number - 1].perform { gathering.put(copy($0, number), at: index) }
    }
    // Weak: what has ended is not kept until then.
    later(Self.patience) { [weak gathering] in gathering?.giveUp() }
  }

  /// Copies something out of the lanes of some connectors. The request is refused when one of them does not answer.
  package func gather<Copy: Sendable>(
    for call: ControlCall, _ choice: SeatChoice, _ copy: @escaping @Sendable (Host, Int) -> Copy,
    then: @escaping @Sendable ([Copy]) -> Void
  ) {
    gather(choice.lanes, call.submit, copy) { copies, silent in
      guard silent.isEmpty else { return call.fail("lane_silent", Self.words(silent)) }
      then(copies)
    }
  }

  /// How every instance stands, and which lanes do not answer.
  package func status(
    _ later: (Int64, @escaping @Sendable () -> Void) -> Void, then: @escaping @Sendable ([SeatStatus], [Int]) -> Void
  ) {
    gather(
      lanes.map(\.number), later, { host, lane in host.seats.map { $0.status(lane: lane) } },
      then: { then($0.flatMap { $0 }, $1) })
  }

  /// What is said of lanes that do not answer.
  package static func words(_ silent: [Int]) -> String {
    "lane \(silent.map { "\($0)" }.joined(separator: ", ")) does not answer: a connector on it does not come back; "
      + "end the host with two Ctrl-C and disable that connector"
  }
}

/// Why `patchbay run` cannot begin.
package enum RunFault: Error, CustomStringConvertible {
  case noDescriptors

  package var description: String { "the system gives no more file descriptors; see ulimit -n" }
}
