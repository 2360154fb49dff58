import Catalog
import MarketModel
import Runtime
import Synchronization
import Threads
import Vault

/// Making, starting and ending a host from a strategy.
extension TradingHost {
  /// Reads a configuration and loads what it enables, as `patchbay run` does. The data folder is taken: a second host
  /// on it is refused, and the commands that look into a running host reach this one too.
  /// - Parameters:
  ///   - configuration: path of a `patchbay.json`.
  ///   - registry: path of the registry, where the configuration names none.
  ///   - libraryFolders: where the libraries of connectors are.
  ///   - variables: what the configuration's `${NAME}` come from.
  ///   - password: of the key store; needed only where accounts have keys.
  ///   - report: is given what does not run and why, and mistakes of the configuration that are none.
  /// - Throws: `Problems` of the configuration, and why the host cannot run.
  public convenience init(
    configuration: String = "patchbay.json", registry: String = "registry.json", libraryFolders: [String],
    variables: [String: String] = [:], password: [UInt8]? = nil, report: (String) -> Void = { _ in }
  ) throws {
    let config = try Config.load(path: configuration, environment: variables)
    let known = try Registry.load(path: config.registry.map(config.resolve) ?? registry)
    let catalog = Catalog.discover(
      registry: known, config: config, libraryFolders: libraryFolders, trust: try TrustFile.load(for: config),
      today: CalendarDay.text(wall: SystemClock().now().wall))
    let problems = catalog.problems + config.problems(in: catalog)
    for problem in problems { report(problem.description) }
    let errors = config.problems(in: catalog).filter { !$0.isWarning }
    guard errors.isEmpty else { throw Problems(errors) }
    let ending = Ending()
    try self.init(
      config, catalog, clock: SystemClock(),
      Surroundings(
        libraryFolders: libraryFolders,
        password: { store in
          guard let password, let kept = SecretBytes(password) else { throw KeyStoreFault.emptyPassword }
          return kept
        }, report: { _ in }, stop: { ending.ask() }))
    serving.ending = ending
  }

  /// Starts the lanes, and serves the control socket on a thread of its own.
  public func start() {
    writer.start()
    running.start()
    cluster?.start(running.desks, journal)
    pruning.start(on: server)
    running.upgrades.start(on: server, running)
    serving.thread = HostThread { [server, serving] in server.run(until: .max) { serving.isOver } }
  }

  /// Ends orders as `orders.on_stop` says, then all connections, and waits for it.
  /// - Returns: what did not end as it should, a sentence each; empty = everything did.
  @discardableResult
  public func stop() -> [String] {
    let deadline = clock.now().mono + RunningHost.orderPatience
    let endings = Awaited<[OrderEnding]>()
    running.endOrders(of: running.desks, config.orders.onStop, by: deadline) { endings.put($0) }
    let known = endings.wait(until: deadline + RunningHost.patience)
    var failures = (known ?? []).filter { !$0.isWanted }.map(\.event.text)
    if known == nil, !running.desks.isEmpty {
      failures.append("not every lane has said what became of its orders; look at the exchange")
    }
    let hung = running.stop()
    endFeed()
    if !hung.isEmpty { failures.append(RunningHost.words(hung)) }
    cluster?.leave(until: clock.now().mono + RunningHost.patience)
    if let unkept = journal?.close() { failures.append("not everything is in the journal: \(unkept)") }
    writer.finish()
    serving.isOver = true
    server.submit {}
    _ = serving.thread?.wait(until: clock.now().mono + RunningHost.patience)
    server.close()
    return failures
  }

  /// Whether somebody has asked the host to end by the control socket (`patchbay stop`); the strategy then should call
  /// `stop`.
  public var isAskedToStop: Bool { serving.ending?.isAsked ?? false }
}

/// Noted on one thread, read on another.
final class Ending: Sendable {
  private let asked = Atomic(false)
  func ask() { asked.store(true, ordering: .releasing) }
  var isAsked: Bool { asked.load(ordering: .acquiring) }
}

/// The thread that serves the control socket of a strategy's host.
final class Serving: @unchecked Sendable {
  private let over = Atomic(false)
  /// On the strategy's thread.
  var thread: HostThread?
  var ending: Ending?
  var isOver: Bool {
    get { over.load(ordering: .acquiring) }
    set { over.store(newValue, ordering: .releasing) }
  }
}
