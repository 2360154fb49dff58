import Catalog
import PrintableText
import Runtime
import Venue
import VenueRecording
import VenueServer

#if canImport(Glibc)
  import Glibc
#endif

/// `patchbay venue`: serves venues on this machine, over TLS, for a host or any other client to try against.
enum VenueCommand {
  static let syntax = CommandSyntax(
    usage: "patchbay venue [options] | patchbay venue --chain [--port N] [--for SECONDS]",
    summary: """
      Serves exchanges on 127.0.0.1, over TLS, for as long as it is wanted, and prints what a configuration needs to
      reach them: exchanges to trade on, with a matching engine and accounts of play money, recordings of real ones, or
      what a script has an exchange say. With --faults, or with recordings and --seed, things go wrong. With --chain,
      serves a chain with Uniswap's contracts instead, and makes a configuration and a wallet in this folder.
      """,
    options: [
      CommandSyntax.Option(
        name: "dialects", value: "LIST",
        help: "exchanges to trade on: \(VenueDialect.allCases.map(\.rawValue).joined(separator: ",")) "
          + "(default: all, where nothing else is served)"),
      CommandSyntax.Option(name: "recording", value: "FILE", help: "what to serve; may be given several times"),
      CommandSyntax.Option(
        name: "script", value: "FILE",
        help: "an exchange that says what a script has it say; may be given several times"),
      CommandSyntax.Option(
        name: "chain", value: nil,
        help: "a chain with pools of Uniswap and a wallet, at port \(VenueChain.usualPort); wants Python and PyPI"),
      CommandSyntax.Option(name: "show", value: nil, help: "of scripts: print each request and frame that comes"),
      CommandSyntax.Option(name: "port", value: "N", help: "the port (default: any that is free)"),
      CommandSyntax.Option(
        name: "pace", value: "PACE", help: "real, a number of times as fast, or flood (default: real)"),
      CommandSyntax.Option(
        name: "faults", value: "LIST", help: "usual, or such as drop=500,429=30000: chances in a million"),
      CommandSyntax.Option(
        name: "seed", value: "N",
        help: "which chances come true, and where markets go; of recordings it alone means --faults usual"),
      CommandSyntax.Option(
        name: "authorities", value: "FILE", help: "where to write the certificate to trust (default: venue.pem)"),
      CommandSyntax.Option(name: "plain", value: nil, help: "without TLS"),
      CommandSyntax.Option(name: "sends", value: "FILE", help: "where to note when each message was sent"),
      CommandSyntax.Option(name: "for", value: "SECONDS", help: "stop after so long"),
      .config, .registry,
    ],
    positionals: 0...0)

  static func run(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    environment.run(arguments, syntax) { run($0, environment) }
  }

  private static func run(_ options: Arguments, _ environment: CommandEnvironment) -> Int32 {
    if options.flags.contains("chain") {
      do { try VenueChain.run(options, environment) } catch {
        environment.error(error.description)
        return 1
      }
    }
    guard let wish = VenueWish(options) else {
      environment.error("--port, --seed and --for take numbers, --pace real, flood or a number\nusage: \(syntax.usage)")
      return 64
    }
    do {
      let dialects = try VenueDialect.list(wish.dialects)
      let plan = try FaultPlan(wish.faults)
      let clock = SystemClock()
      let server = try VenueServer(wish.server) {
        let times = clock.now()
        return VenueTime(mono: times.mono, wall: times.wall)
      }
      var used: [String: Int] = [:]
      for (index, file) in wish.recordings.enumerated() {
        let tape = try Tape(file: file)
        let name = tape.dialect.rawValue
        used[name, default: 0] += 1
        let prefix = "/\(name)" + (used[name] == 1 ? "" : "-\(used[name] ?? 0)")
        let recording = RecordingVenue(tape, pace: wish.pace)
        let venue = FaultyVenue(recording, rules: plan.rules, seed: wish.seed &+ UInt64(index))
        try server.mount(venue, at: prefix, waitsForReaders: wish.pace == .flood)
        environment.output(VenueAdvice.text(tape, url: server.url(prefix), authorities: wish.authorities))
      }
      let scripted = try scripts(wish, options, environment)
      for script in scripted { environment.output(try script.mount(on: server, wish.authorities)) }
      for dialect in dialects {
        let venue = FaultyVenue(try dialect.venue(seed: wish.seed), rules: plan.rules, seed: wish.seed)
        try server.mount(venue, at: dialect.prefix)
      }
      let advice = VenueDialect.advice(dialects, server: server, seed: wish.seed, authorities: wish.authorities)
      environment.output(advice)
      fflush(nil)
      Interrupt.install()
      serve(server, wish, clock)
      let counters = server.counters
      environment.output(
        "\(counters.connections) connections, \(counters.requests) requests, \(counters.sockets) sockets, "
          + "\(counters.messages) messages, \(counters.faults) line faults\n")
      server.stop()
      for script in scripted { environment.output(script.remarks) }
      return 0
    } catch {
      environment.report(error)
      return 1
    }
  }

  /// Scripts, each for a connector that there is.
  private static func scripts(
    _ wish: VenueWish, _ options: Arguments, _ environment: CommandEnvironment
  ) throws -> [ServedScript] {
    guard !wish.scripts.isEmpty else { return [] }
    let catalog = try environment.loadCatalog(options, config: try environment.loadConfig(options["config"]))
    let show: ((String) -> Void)? = options.flags.contains("show")
      ? { line in
        environment.output(line.printable + "\n")
        fflush(nil)
      } : nil
    return try wish.scripts.map { try ServedScript(file: $0, catalog, show: show) }
  }

  private static func serve(_ server: VenueServer, _ wish: VenueWish, _ clock: SystemClock) {
    server.start()
    let start = clock.now().mono
    var weather = LineWeather(seed: wish.seed, mean: 15_000_000_000, now: start)
    while !Interrupt.wasAsked, clock.now().mono - start < wish.duration {
      usleep(100_000)
      if wish.hasWeather, let gust = weather.next(now: clock.now().mono) { server.suffer(gust) }
    }
  }
}

/// What the options of `patchbay venue` ask for.
private struct VenueWish {
  var recordings: [String]
  var scripts: [String]
  var dialects: String
  var server = VenueServer.Options()
  var pace = Pace.times(1)
  var faults: String
  var seed: UInt64 = 1
  var duration = Int64.max
  /// Connections suffer too.
  var hasWeather: Bool
  var authorities: String?

  init?(_ options: Arguments) {
    recordings = options.values["recording"] ?? []
    let all = VenueDialect.allCases.map(\.rawValue).joined(separator: ",")
    scripts = options.values["script"] ?? []
    dialects = options["dialects"] ?? (recordings.isEmpty && scripts.isEmpty ? all : "")
    guard let port = UInt16(options["port"] ?? "0"), let seed = UInt64(options["seed"] ?? "1") else { return nil }
    server.port = port
    server.isEncrypted = !options.flags.contains("plain")
    authorities = server.isEncrypted ? options["authorities"] ?? "venue.pem" : nil
    server.authorityFile = authorities
    server.sendsFile = options["sends"]
    self.seed = seed
    switch options["pace"] ?? "real" {
    case "real": pace = .times(1)
    case "flood": pace = .flood
    case let text:
      guard let times = Int64(text), times > 0 else { return nil }
      pace = .times(times)
    }
    hasWeather = options["seed"] != nil && options["faults"] == nil && !recordings.isEmpty
    faults = options["faults"] ?? (hasWeather ? "usual" : "")
    if let text = options["for"] {
      guard let seconds = Int64(text), seconds >= 0, seconds < 1 << 32 else { return nil }
      duration = seconds * 1_000_000_000
    }
  }
}
