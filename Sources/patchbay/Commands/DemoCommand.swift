import Catalog
import Decimals
import MarketModel
import PrintableText
import Runtime

#if canImport(Glibc)
  import Glibc
#endif

/// `patchbay demo`: trades on the embedded paper exchange, without keys and without a network.
enum DemoCommand {
  static let syntax = CommandSyntax(
    usage: "patchbay demo [options]",
    summary: """
      Loads the paper exchange, an ordinary connector library, shows its books live, and runs a small market-making
      script on spot and perpetuals. Ends with tables of orders, fills, balances and latencies.
      """,
    options: [
      CommandSyntax.Option(name: "for", value: "SECONDS", help: "how long it trades (default: 30)"),
      CommandSyntax.Option(name: "seed", value: "N", help: "seed of the synthetic markets (default: 1)"),
      CommandSyntax.Option(name: "plain", value: nil, help: "print lines instead of drawing"),
      .registry,
    ],
    positionals: 0...0)

  /// What the demo enables: the same file a user would write.
  static func config(seed: UInt64) -> String {
    """
    {
      "schema": 1,
      "connectors": {
        "paper": {
          "markets": { "spot": { "pairs": ["BTC-USDT"] }, "perp": { "pairs": ["BTC-USDT"] } },
          "permit": { "run": "in_process", "trading": true },
          "config": { "seed": \(seed), "funding_interval_s": 10 },
        },
      },
    }
    """
  }

  static func run(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    environment.run(arguments, syntax) { run($0, environment) }
  }

  private static func run(_ options: Arguments, _ environment: CommandEnvironment) -> Int32 {
    guard let seconds = Int64(options["for"] ?? "30"), (1...86_400).contains(seconds),
      let seed = UInt64(options["seed"] ?? "1")
    else {
      environment.error("--for takes 1 to 86400 seconds, --seed a whole number")
      return 64
    }
    do throws(Problems) {
      let config = try Config.parse(
        bytes: Array(Self.config(seed: seed).utf8), file: "demo", environment: environment.variables)
      let catalog = try environment.loadCatalog(options, config: config)
      let isDrawn = environment.terminalWidth != nil && !options.flags.contains("plain")
      return run(config, catalog, seconds, isDrawn, environment)
    } catch {
      environment.report(error)
      return 1
    }
  }

  private static func run(
    _ config: Config, _ catalog: Catalog, _ seconds: Int64, _ isDrawn: Bool, _ environment: CommandEnvironment
  ) -> Int32 {
    let clock = SystemClock()
    let lane = Lane(clock: clock)
    let host = Host(lane: lane, transport: OfflineTransport())
    let faults = host.load(config, catalog: catalog, libraryFolders: [environment.executableFolder])
    for fault in faults { environment.report(fault) }
    guard faults.isEmpty else { return 1 }
    for library in Set(host.seats.map(\.library.file)).sorted() { environment.output("loaded \(library)\n") }
    Interrupt.install()
    host.start()
    lane.run(until: clock.now().mono + 500_000_000)
    let missing = host.seats.flatMap(\.missing)
    guard missing.isEmpty else {
      environment.error("not ready: " + missing.joined(separator: "; ").printable)
      return 1
    }
    return trade(host, lane, clock, seconds, isDrawn, environment)
  }

  private static func trade(
    _ host: Host, _ lane: Lane, _ clock: HostClock, _ seconds: Int64, _ isDrawn: Bool, _ environment: CommandEnvironment
  ) -> Int32 {
    let makers: [MarketMaker]
    do throws(ClientOrderIDs.Fault) {
      makers = try makeMakers(host, clock)
    } catch {
      environment.error("client order ids: \(error)")
      return 1
    }
    let before = totals(makers)
    for maker in makers { maker.prepare() }
    var screen = DemoScreen()
    let start = clock.now().mono
    let end = start + seconds * 1_000_000_000
    // The script acts four times a second; the picture is as quick, lines come once a second.
    var round: Int64 = 0
    while clock.now().mono < end, !Interrupt.wasAsked {
      for maker in makers { maker.step() }
      round += 1
      lane.run(until: min(end, start + round * 250_000_000))
      let elapsed = min(seconds, (clock.now().mono - start) / 1_000_000_000)
      if isDrawn {
        environment.draw(screen.draw(screen.lines(makers, seconds: elapsed, of: seconds)))
      } else if round % 4 == 0 {
        for maker in makers { environment.output(screen.plain(maker) + "\n") }
      }
      fflush(nil)
    }
    for maker in makers { maker.finish() }
    lane.run(until: clock.now().mono + 200_000_000)
    environment.output(DemoReport(makers: makers, before: before).text())
    host.stop()
    let open = makers.flatMap(\.openOrders).count
    if open > 0 { environment.error("\(open) orders are still open") }
    return open == 0 ? 0 : 1
  }

  private static func makeMakers(_ host: Host, _ clock: HostClock) throws(ClientOrderIDs.Fault) -> [MarketMaker] {
    var makers: [MarketMaker] = []
    for (number, seat) in host.seats.enumerated() {
      // Ids never repeat: the counter starts at the clock, and each seat is an instance of its own.
      let ids = try ClientOrderIDs(
        prefix: "demo-", instance: "\(number)", start: UInt64(clock.now().wall / 1_000_000), alphabet: .base36,
        maximumLength: 36)
      makers += seat.markets.map {
        MarketMaker(seat, $0, clock: clock, size: Decimal64(mantissa: 5, exponent: -2), ids: ids)
      }
    }
    return makers
  }

  private static func totals(_ makers: [MarketMaker]) -> [String: Decimal64] {
    var totals: [String: Decimal64] = [:]
    for maker in makers {
      for (asset, balance) in maker.seat.session.accounts.balances.all(of: maker.account) {
        totals["\(maker.seat.session.name)/\(asset)"] = balance.total
      }
    }
    return totals
  }
}
