import Catalog
import MarketModel
import Runtime
import Transport
import Vault

/// One connector that runs only to have its traffic recorded, in the thread that is inside `run`: it places no order,
/// and keeps no journal, no feed and no socket for commands, so that it runs beside a host on the same folder.
package final class LiveCapture {
  /// What to record.
  package struct Wish {
    /// The exchange or drop-in, with the one market and its pairs that are wanted.
    package var connector: Config.Connector
    /// What belongs to its accounts is recorded as well.
    package var takesAccounts: Bool

    package init(_ connector: Config.Connector, market: Config.MarketPairs, takesAccounts: Bool) {
      self.connector = connector
      self.takesAccounts = takesAccounts
      self.connector.enabled = true
      self.connector.markets = [market]
      self.connector.paper = nil
      self.connector.permit.trading = takesAccounts
    }
  }

  /// Why nothing can be recorded.
  package enum Fault: Error, CustomStringConvertible {
    case host(HostFault)
    case account(String)
    case run(RunFault)

    package var description: String {
      switch self {
      case .host(let fault): "\(fault)"
      case .account(let text): text
      case .run(let fault): "\(fault)"
      }
    }
  }

  package let recorder: CaptureRecorder
  /// Lines that the connector logged, and what went wrong.
  package var onLog: (String) -> Void {
    get { observer.onLog }
    set { observer.onLog = newValue }
  }
  private let host: Host
  private let clock: HostClock
  private let observer = Listener()

  private final class Listener: SessionObserver {
    var onLog: (String) -> Void = { _ in }

    func session(_ session: Session, _ event: SessionEvent) {
      switch event {
      case .log(let level, let text) where level >= .warning: onLog(text)
      case .gap(let market, let reason):
        onLog("\(market.instrument.symbol): \(reason.words(priceExponent: market.instrument.priceExponent))")
      case .fault(let text): onLog(text)
      default: break
      }
    }
  }

  /// Loads the connector, and makes the file.
  /// - Parameter password: gives that of a key store, by its path; asked for only where accounts are recorded.
  package init(
    _ wish: Wish, _ config: Config, _ catalog: Catalog, libraryFolders: [String], file: String, mostBytes: Int,
    clock: HostClock, password: (String) throws -> SecretBytes
  ) throws {
    var config = config
    config.connectors = [wish.connector]
    let accounts = try AccountBook(config, catalog, password: password)
    if let fault = accounts.faults.first { throw Fault.account("\(fault.exchange): \(fault.text)") }
    guard let loop = EventLoop(clock: clock) else { throw Fault.run(.noDescriptors) }
    let budgets = ConnectBudgets()
    host = Host(
      lane: Lane(clock: clock, poller: loop), observer: observer,
      accounts: { wish.takesAccounts ? accounts.told($0, $1) : [] },
      transport: { RunningHost.transport($0, $1, config, loop, budgets, accounts, catalog, nil) })
    if let fault = host.load(config, catalog: catalog, libraryFolders: libraryFolders).first { throw Fault.host(fault) }
    recorder = CaptureRecorder(try CaptureFile(file, most: mostBytes), takesAccounts: wish.takesAccounts)
    self.clock = clock
    for seat in host.seats { seat.session.recorder = recorder }
  }

  /// Records until the time is over, the file is full, the connector gave up, or `isOver` says so.
  /// - Parameter duration: nanoseconds.
  package func run(for duration: Int64, isOver: () -> Bool) {
    host.start()
    let end = clock.now().mono + duration
    while clock.now().mono < end, !isOver(), !recorder.isOver, !hasGivenUp {
      // What was taken is in the file a second later, whatever becomes of this process.
      host.lane.run(until: min(end, clock.now().mono + 1_000_000_000))
      recorder.flush()
    }
    lacking = host.seats.flatMap(\.missing)
    markets = host.seats.flatMap { $0.markets }
    for seat in host.seats { seat.session.recorder = nil }
    host.stop()
  }

  private var hasGivenUp: Bool { host.seats.contains { $0.session.isFaulted } }

  /// At the end: what the wanted pairs were without.
  package private(set) var lacking: [String] = []
  /// At the end: the wanted pairs, as they stood.
  package private(set) var markets: [MarketState] = []
}
