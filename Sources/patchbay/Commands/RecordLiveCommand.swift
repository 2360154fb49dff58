import Catalog
import Decimals
import JSONTree
import MarketModel
import PatchbayHost
import PrintableText
import Runtime

#if canImport(Glibc)
  import Glibc
#endif

/// `patchbay record live`: what a connector and its exchange say to each other, as recorded traffic.
enum RecordLiveCommand {
  static let syntax = CommandSyntax(
    usage: "patchbay record live CONNECTOR [PAIR...] [options]",
    summary: """
      Connects to an exchange, or to a local venue that the configuration names as its endpoint, and records what comes
      and goes: the list of instruments first, sockets, frames, requests and responses. The file is what patchbay
      replay, inspect and certify take. It holds market data only, no keys, tokens or signatures, and is readable
      whenever the program ends. Pairs are those of the configuration, unless some are named. Ends with 2 when
      something of what is wanted did not come.
      """,
    options: [
      CommandSyntax.Option(
        name: "output", value: "FILE", help: "the recording to write (default: CONNECTOR-DATE.jsonl.gz); -o is short"),
      CommandSyntax.Option(name: "minutes", value: "N", help: "stop after so long (default: 5)"),
      CommandSyntax.Option(name: "megabytes", value: "N", help: "stop before the file is larger (default: 64)"),
      CommandSyntax.Option(
        name: "private", value: nil,
        help: "also what belongs to the configured accounts: their orders, fills and balances"),
      CommandSyntax.Option(name: "password-file", value: "FILE", help: "its first line is the key store's password"),
      .config, .registry,
    ],
    positionals: 1...65)

  static func run(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    environment.run(arguments.map { $0 == "-o" ? "--output" : $0 }, syntax) { options in
      guard let minutes = Decimal64(options["minutes"] ?? "5")?.mantissa(at: -3), minutes > 0,
        minutes <= 7 * 24 * 60 * 1000, let megabytes = Int(options["megabytes"] ?? "64"), (1...4096).contains(megabytes)
      else {
        environment.error("--minutes takes a number to 10080, --megabytes one from 1 to 4096\nusage: \(syntax.usage)")
        return 64
      }
      do {
        return try record(options, for: minutes * 60_000_000, megabytes << 20, environment)
      } catch {
        environment.report(error)
        return 1
      }
    }
  }

  private static func record(
    _ options: Arguments, for duration: Int64, _ mostBytes: Int, _ environment: CommandEnvironment
  ) throws -> Int32 {
    let given = try environment.loadConfig(options["config"])
    let catalog = try environment.loadCatalog(options, config: given)
    let found = try LocatedConnector.find(options.words[0], in: catalog, folders: [environment.executableFolder])
    let (config, wanted) = try connector(found, given, Array(options.words.dropFirst()), environment)
    let market = wanted.markets.first { $0.market == found.market }
    guard let market, !market.pairs.isEmpty else {
      environment.error("which pairs? patchbay record live \(found.id) BTC-USDT\nusage: \(syntax.usage)")
      return 64
    }
    let file = options["output"] ?? "\(found.id)-\(environment.today).jsonl.gz"
    let clock = SystemClock()
    let live = try LiveCapture(
      LiveCapture.Wish(wanted, market: market, takesAccounts: options.flags.contains("private")), config, catalog,
      libraryFolders: [environment.executableFolder], file: file, mostBytes: mostBytes, clock: clock
    ) { try environment.password(file: options["password-file"], of: $0, isNew: false) }
    live.onLog = { environment.error("\(found.id): \($0)".printable) }
    environment.output("\(file): recording \(found.id): \(market.pairs.joined(separator: " "))".printable + "\n")
    fflush(nil)
    Interrupt.install()
    live.run(for: duration) { Interrupt.wasAsked }
    try live.recorder.finish()
    return report(live, found, file, environment)
  }

  /// The configuration with what it says of this connector, or one that says nothing but its pairs.
  private static func connector(
    _ found: LocatedConnector, _ given: Config?, _ pairs: [String], _ environment: CommandEnvironment
  ) throws -> (Config, Config.Connector) {
    let named = JSONValue(.array(pairs.map { JSONValue(.string($0)) }))
    func object(_ name: String, _ value: JSONValue) -> JSONValue { JSONValue(.object([JSONMember(name, value)])) }
    let text = JSONWriter.compact([
      "schema": 1,
      "connectors": object(found.item.id, object("markets", object(found.market.rawValue, object("pairs", named)))),
    ])
    let made = try Config.parse(
      bytes: Array(text.utf8), file: CommandEnvironment.defaultConfig, environment: environment.variables)
    guard let plain = made[found.item.id] else { throw HostFault.unknown(id: found.id) }
    guard let given, var known = given[found.item.id] else { return (given ?? made, plain) }
    if !pairs.isEmpty { known.markets = plain.markets }
    return (given, known)
  }

  private static func report(
    _ live: LiveCapture, _ found: LocatedConnector, _ file: String, _ environment: CommandEnvironment
  ) -> Int32 {
    let (counts, name) = (live.recorder.counts, file)
    for market in live.markets {
      let state = market.book.isReady ? "book ready" : market.bookWords
      let words = "  \(market.instrument.symbol): \(state), \(market.book.counters.updates) updates"
      environment.output(words.printable + "\n")
    }
    for reason in live.lacking { environment.error("\(found.id): missing: \(reason)".printable) }
    if live.recorder.isOver { environment.output("the file is as large as it may be\n") }
    let came = "\(counts.lines) lines, \(counts.frames) frames, \(counts.responses) responses"
    let words = "\(name): \(came), \(live.recorder.file.written) bytes"
    environment.output(words.printable + "\nleft out: \(leftOut(counts))\n")
    guard counts.frames + counts.responses > 0 else {
      environment.error("nothing came, so nothing can be replayed")
      return 1
    }
    for verb in ["replay", "inspect"] {
      environment.output("patchbay \(verb) \(name) --connector \(found.id)".printable + "\n")
    }
    return live.lacking.isEmpty ? 0 : 2
  }

  private static func leftOut(_ counts: CaptureRecorder.Counts) -> String {
    var words = ["keys, tokens, signatures and other texts that the host works out (\(counts.seals) places)"]
    words.append("\(counts.ofAccounts) messages of accounts")
    if counts.unwritable > 0 { words.append("\(counts.unwritable) that are no text") }
    return words.joined(separator: "; ")
  }
}
