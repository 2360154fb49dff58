import Catalog
import Decimals
import MarketModel
import Runtime
import Transport

#if canImport(Glibc)
  import Glibc
#endif

/// `patchbay run`: runs the connectors that the config enables.
enum RunCommand {
  static let syntax = CommandSyntax(
    usage: "patchbay run [options]",
    summary: """
      Loads the connectors that the configuration enables, subscribes to its pairs and keeps their books, until Ctrl-C.
      Keys are not used yet: what needs one is refused.
      """,
    options: [
      .config, .registry,
      CommandSyntax.Option(name: "for", value: "SECONDS", help: "stop after so long"),
      CommandSyntax.Option(name: "every", value: "SECONDS", help: "how often the status is printed (default: 1)"),
      CommandSyntax.Option(name: "json", value: nil, help: "print one JSON object a line"),
    ],
    positionals: 0...0)

  static func run(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    environment.run(arguments, syntax) { run($0, environment) }
  }

  private static func run(_ options: Arguments, _ environment: CommandEnvironment) -> Int32 {
    do throws(Problems) {
      guard let config = try environment.loadConfig(options["config"]) else {
        environment.error("\(CommandEnvironment.defaultConfig): not found; write one with patchbay config init")
        return 1
      }
      let catalog = try environment.loadCatalog(options, config: config)
      // A bad drop-in is its own misfortune; a bad configuration may mean something else than it says.
      _ = environment.report(catalog.problems)
      if environment.report(config.problems(in: catalog)) { return 1 }
      return run(config, catalog, options, environment)
    } catch {
      environment.error("\(error)")
      return 1
    }
  }

  private static func run(
    _ config: Config, _ catalog: Catalog, _ options: Arguments, _ environment: CommandEnvironment
  ) -> Int32 {
    guard let duration = seconds(options["for"], .max), let every = seconds(options["every"], 1_000_000_000),
      every > 0
    else {
      environment.error("--for and --every take a number of seconds")
      return 64
    }
    let clock = SystemClock()
    guard let loop = EventLoop(clock: clock) else {
      environment.error("the system gives no more file descriptors; see ulimit -n")
      return 1
    }
    let lane = Lane(clock: clock, poller: loop)
    let budgets = ConnectBudgets()
    let printer = EventPrinter(environment, isJSON: options.flags.contains("json"))
    let host = Host(lane: lane, observer: printer) { manifest, connector in
      transport(manifest, connector, loop, budgets)
    }
    let faults = host.load(config, catalog: catalog, libraryFolders: [environment.executableFolder])
    for fault in faults { environment.error("\(fault)") }
    guard !host.seats.isEmpty else {
      environment.error("nothing runs: enable a connector in \(config.file)")
      return 1
    }
    Interrupt.install()
    host.start()
    let start = clock.now().mono
    let end = duration == .max ? Int64.max : start + duration
    var next = start + every
    while clock.now().mono < end, !Interrupt.wasAsked {
      lane.run(until: min(next, end))
      printer.status(host)
      next += every
    }
    host.stop()
    return faults.isEmpty ? 0 : 1
  }

  /// The network for connectors that list hosts; the others need none.
  private static func transport(
    _ manifest: Manifest, _ connector: Config.Connector, _ loop: EventLoop, _ budgets: ConnectBudgets
  ) -> Transport {
    guard !manifest.hosts.isEmpty else { return OfflineTransport() }
    var options = ConnectionOptions()
    options.substitutes = connector.endpoint.urls
    options.authorities = connector.endpoint.authorities
    // Who writes a URL without TLS into the configuration means it; it still has to be this machine.
    options.allowsPlainLoopback = true
    return NetworkTransport(loop: loop, hosts: manifest.hosts, options: options, budgets: budgets)
  }

  /// Seconds with a fraction, as nanoseconds.
  private static func seconds(_ text: String?, _ otherwise: Int64) -> Int64? {
    guard let text else { return otherwise }
    guard let value = Decimal64(text)?.mantissa(at: -9), value >= 0 else { return nil }
    return value
  }
}

/// Ctrl-C asks to stop; twice stops at once.
enum Interrupt {
  nonisolated(unsafe) private static var count: sig_atomic_t = 0

  static var wasAsked: Bool { count > 0 }

  static func install() {
    signal(SIGINT) { _ in
      Interrupt.count += 1
      if Interrupt.count > 1 { _exit(130) }
    }
  }
}

/// Prints what happens in a running host, for people or for programs.
final class EventPrinter: SessionObserver {
  private let environment: CommandEnvironment
  private let isJSON: Bool

  init(_ environment: CommandEnvironment, isJSON: Bool) {
    self.environment = environment
    self.isJSON = isJSON
  }

  func session(_ session: Session, _ event: SessionEvent) {
    switch event {
    case .log(let level, let text): if level >= .warning { say(session, "\(level)", text) }
    case .fault(let text): say(session, "fault", text)
    case .gap(let market, let reason): say(session, "gap", "\(market.instrument.symbol): \(reason)")
    case .instrumentRefused(let symbol, let fault): say(session, "instrument", "\(symbol): \(fault)")
    case .order(let change): say(session, "order", "\(change.order.rawValue): \(change.after)")
    case .instrument, .book, .trade, .ticker, .funding: break
    }
  }

  private func say(_ session: Session, _ what: String, _ text: String) {
    if isJSON {
      let line: JSONValue = [
        "event": JSONValue(.string(what)), "connector": JSONValue(.string(session.name)),
        "text": JSONValue(.string(text)),
      ]
      environment.output(JSONWriter.compact(line) + "\n")
    } else {
      environment.output("\(session.name): \(what): \(text)\n")
    }
  }

  /// One line for each pair: its best prices, or why it is not ready.
  func status(_ host: Host) {
    for seat in host.seats {
      for market in seat.markets { environment.output((isJSON ? json(seat, market) : line(seat, market)) + "\n") }
      guard !isJSON else { continue }
      for missing in seat.missing { environment.output("\(seat.session.name): waiting: \(missing)\n") }
      let malformed = seat.session.counters.malformed
      if malformed > 0 {
        let first = seat.session.firstFault.map { ": \($0)" } ?? ""
        environment.output("\(seat.session.name): \(malformed) malformed records dropped\(first)\n")
      }
    }
    fflush(nil)
  }

  private func line(_ seat: Host.Seat, _ market: MarketState) -> String {
    let name = "\(seat.session.name) \(market.instrument.pair)"
    guard let bid = market.book.bestBid, let ask = market.book.bestAsk else { return "\(name): no book" }
    return "\(name): \(text(bid, market)) / \(text(ask, market)), \(market.tape.total) trades, "
      + "\(market.book.counters.updates) updates"
  }

  private func json(_ seat: Host.Seat, _ market: MarketState) -> String {
    func level(_ level: Level?) -> JSONValue {
      guard let level else { return nil }
      return JSONValue(.array([
        JSONValue(.string(Decimal64(mantissa: level.price, exponent: market.book.priceExponent).plain)),
        JSONValue(.string(Decimal64(mantissa: level.quantity, exponent: market.book.quantityExponent).plain)),
      ]))
    }
    return JSONWriter.compact([
      "connector": JSONValue(.string(seat.session.name)), "pair": JSONValue(.string(market.instrument.pair)),
      "ready": JSONValue(.bool(market.book.isReady)), "bid": level(market.book.bestBid),
      "ask": level(market.book.bestAsk),
      "updates": JSONValue(.number("\(market.book.counters.updates)")),
      "trades": JSONValue(.number("\(market.tape.total)")),
    ])
  }

  private func text(_ level: Level, _ market: MarketState) -> String {
    let price = Decimal64(mantissa: level.price, exponent: market.book.priceExponent)
    return "\(price.plain) x \(Decimal64(mantissa: level.quantity, exponent: market.book.quantityExponent).plain)"
  }
}
