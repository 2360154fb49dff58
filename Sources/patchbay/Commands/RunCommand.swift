import CHost
import Catalog
import Control
import Decimals
import Runtime

#if canImport(Glibc)
  import Glibc
#endif

/// `patchbay run`: runs the connectors that the config enables.
enum RunCommand {
  static let syntax = CommandSyntax(
    usage: "patchbay run [options]",
    summary: """
      Loads the connectors that the configuration enables, subscribes to its pairs and keeps their books, until Ctrl-C.
      Other commands (status, book, trades, ticker, subscribe, record, stop) reach it by a socket in the data folder.
      Where a permit allows trading, the accounts' keys come out of the key store; its password comes from
      --password-file, else from PATCHBAY_PASSWORD, else from the terminal.
      """,
    options: [
      .config, .registry,
      CommandSyntax.Option(name: "for", value: "SECONDS", help: "stop after so long"),
      CommandSyntax.Option(name: "every", value: "SECONDS", help: "how often the status is looked at (default: 1)"),
      CommandSyntax.Option(name: "json", value: nil, help: "print one JSON object a line"),
      CommandSyntax.Option(name: "plain", value: nil, help: "print lines of what changes, and a summary a minute"),
      CommandSyntax.Option(
        name: "real-records", value: nil,
        help: "take orders that cost real money as records, too (docs/feed.md); they are not confirmed"),
      CommandSyntax.Option(name: "password-file", value: "FILE", help: "its first line is the key store's password"),
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
      environment.report(error)
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
    chost_raise_descriptors()
    let isDrawn = environment.terminalWidth != nil && !options.flags.contains("plain")
    let form: RunPrinter.Form = options.flags.contains("json") ? .json : isDrawn ? .picture : .lines
    do {
      let run = try HostRun(config, catalog, environment, passwordFile: options["password-file"],
        takesRealRecords: options.flags.contains("real-records"), form)
      return run.run(for: duration, every: every)
    } catch {
      environment.report(error)
      return 1
    }
  }

  /// Seconds with a fraction, as nanoseconds.
  private static func seconds(_ text: String?, _ otherwise: Int64) -> Int64? {
    guard let text else { return otherwise }
    guard let value = Decimal64(text)?.mantissa(at: -9), value >= 0 else { return nil }
    return value
  }
}
