import Catalog
import Decimals
import Runtime
import Simulation

#if canImport(Glibc)
  import Glibc
#endif

/// `patchbay simulate`: the whole host against a venue on virtual time, with faults and crashes.
enum SimulateCommand {
  static let syntax = CommandSyntax(
    usage: "patchbay simulate [options]",
    summary: """
      Runs the whole host in one thread on virtual time against a venue with a matching engine: a strategy of chance,
      a bad network, a venue that fails, crashes and restarts. Then the faults end, and orders, fills, balances and
      books are compared with the venue's. The same seed gives the same run. No network, no keys.
      """,
    options: [
      CommandSyntax.Option(name: "seed", value: "N", help: "the run; with --seeds the first of several (default: 1)"),
      CommandSyntax.Option(name: "seeds", value: "N", help: "so many runs, one after the other (default: 1)"),
      CommandSyntax.Option(
        name: "hours", value: "H", help: "virtual hours of trading, such as 0.25; up to 1000 (default: 1)"),
      CommandSyntax.Option(name: "crashes", value: "N", help: "how often the host is killed (default: 2)"),
      CommandSyntax.Option(
        name: "upgrades", value: "N",
        help: "how often the connector is replaced while it trades, between two crashes (default: 0)"),
      CommandSyntax.Option(name: "pace", value: "SECONDS", help: "longest pause of the strategy (default: 4)"),
      CommandSyntax.Option(
        name: "venue", value: "NAME",
        help: "\(StoryVenue.allCases.map(\.rawValue).joined(separator: ", ")) (default: all, in turn)"),
      CommandSyntax.Option(name: "quiet", value: nil, help: "print runs that found something, and a sum"),
      .registry,
    ],
    positionals: 0...0)

  static func run(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    environment.run(arguments, syntax) { options in
      do {
        return try run(options, environment)
      } catch {
        environment.report(error)
        return 1
      }
    }
  }

  private static func run(_ options: Arguments, _ environment: CommandEnvironment) throws -> Int32 {
    guard let first = UInt64(options["seed"] ?? "1"), let count = UInt64(options["seeds"] ?? "1"), count > 0,
      let hours = Decimal64(options["hours"] ?? "1"),
      let milliseconds = hours.multiplied(by: 3_600_000)?.mantissa(at: 0),
      (1000...3_600_000_000).contains(milliseconds),
      let crashes = Int(options["crashes"] ?? "2"), (0...1000).contains(crashes),
      let upgrades = Int(options["upgrades"] ?? "0"), (0...1000).contains(upgrades),
      let pace = Int64(options["pace"] ?? "4"), (1...3600).contains(pace)
    else {
      environment.error("--seed, --seeds, --hours, --crashes, --upgrades and --pace take numbers; see --help")
      return 64
    }
    var venues = StoryVenue.allCases
    if let name = options["venue"] {
      do throws(NameFault) {
        let known = try NameRule.choose(name, "venue", among: venues.map(\.rawValue))
        venues.removeAll { $0.rawValue != known }
      } catch {
        environment.report(error)
        return 64
      }
    }
    let catalog = try environment.loadCatalog(options, config: nil)
    var failed = 0
    var sum = (runs: 0, orders: 0, fills: 0, crashes: 0, faults: 0)
    var changed = (done: 0, failures: [UpgradeFailure](), deafness: Int64(0))
    let store = ConnectorPairs(catalog, environment.executableFolder)
    for seed in first..<(first + count) {
      for venue in venues {
        var story = StoryOptions(venue, seed: seed)
        (story.duration, story.crashes, story.pace) = (milliseconds * 1_000_000, crashes, pace * 1_000_000_000)
        story.upgrades = upgrades
        let report = try run(story, store)
        changed = (
          changed.done + report.upgrades, changed.failures + report.upgradeFailures,
          max(changed.deafness, report.deafness)
        )
        if !report.problems.isEmpty { failed += 1 }
        let faults = report.faults.values.reduce(0, +)
        sum = (
          sum.runs + 1, sum.orders + report.orders, sum.fills + report.fills, sum.crashes + report.crashes,
          sum.faults + faults
        )
        if options.flags.contains("quiet"), report.problems.isEmpty { continue }
        print(report, story, hours, environment)
      }
    }
    if options.flags.contains("quiet") {
      environment.output(
        "\(sum.runs) runs: \(sum.orders) orders, \(sum.fills) fills, \(sum.crashes) crashes, \(sum.faults) faults"
          + (upgrades == 0
            ? ""
            : ", \(changed.done) upgrades and \(changed.failures.count) that were given up, at most "
              + "\(changed.deafness / 1_000_000) ms without a private stream")
          + (failed == 0 ? ": all accounted for\n" : "\n") + counts(changed.failures))
    }
    if failed > 0 { environment.error("\(failed) of \(count * UInt64(venues.count)) runs found something wrong") }
    return failed == 0 ? 0 : 1
  }

  /// Why versions were given up, by kind.
  private static func counts(_ failures: [UpgradeFailure]) -> String {
    let lines = [true, false].flatMap { isSpoiled in
      RehearsalEnd.allCases.map { kind in
        (kind, isSpoiled, failures.count { $0.kind == kind && $0.isSpoiled == isSpoiled })
      }
    }
    return lines.filter { $0.2 > 0 }.map { kind, isSpoiled, count in
      "  given up\(isSpoiled ? ", spoiled on purpose" : ""): \(count), \(kind.rawValue)\n"
    }.joined()
  }

  private static func run(_ story: StoryOptions, _ store: ConnectorPairs) throws -> TradeStory.Report {
    let (found, other) = try store.pair(story.venue.connector, withOther: story.upgrades > 0)
    let folder = try RunFolder(name: "patchbay-simulate")
    defer { folder.remove() }
    return try TradeStory(story, found, other: other, folder: folder.path).run()
  }

  private static func print(
    _ report: TradeStory.Report, _ story: StoryOptions, _ hours: Decimal64, _ environment: CommandEnvironment
  ) {
    let faults = report.faults.values.reduce(0, +)
    environment.output(
      "\(story.venue.rawValue) seed \(story.seed): \(report.orders) orders, \(report.fills) fills, "
        + "\(report.crashes) crashes, "
        + (story.upgrades > 0 ? "\(report.upgrades) of \(report.upgrades + report.failedUpgrades) upgrades, " : "")
        + "\(faults) faults, \(report.books) books compared: "
        + (report.problems.isEmpty ? "all accounted for" : "\(report.problems.count) problems") + "\n")
    for failure in report.upgradeFailures {
      environment.output("  given up\(failure.isSpoiled ? ", spoiled on purpose" : ""): \(failure.text)\n")
    }
    for problem in report.problems.prefix(200) { environment.output("  \(problem)\n") }
    if !report.problems.isEmpty {
      environment.output(
        "  again: patchbay simulate --venue \(story.venue.rawValue) --seed \(story.seed) --hours \(hours.plain) "
          + "--crashes \(story.crashes) --pace \(story.pace / 1_000_000_000)"
          + (story.upgrades > 0 ? " --upgrades \(story.upgrades)" : "") + "\n")
    }
    fflush(nil)
  }
}

/// The connectors of a simulation, each loaded once, or twice where one is to take the other's place.
private final class ConnectorPairs {
  private let catalog: Catalog
  private let folder: String
  private var loaded: [String: [InstalledConnector]] = [:]

  init(_ catalog: Catalog, _ folder: String) { (self.catalog, self.folder) = (catalog, folder) }

  func pair(_ id: String, withOther: Bool) throws -> (InstalledConnector, InstalledConnector?) {
    while loaded[id]?.count ?? 0 < (withOther ? 2 : 1) {
      loaded[id, default: []].append(try InstalledConnector.find(id, in: catalog, folders: [folder]))
    }
    let all = loaded[id] ?? []
    return (all[0], all.count > 1 ? all[1] : nil)
  }
}
