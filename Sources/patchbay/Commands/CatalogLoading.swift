import Catalog
import PrintableText
import Runtime

#if canImport(Glibc)
  import Glibc
#endif

extension CommandEnvironment {
  /// The config file's default name, in the working folder.
  static let defaultConfig = "patchbay.json"

  /// The config named by an option, else `patchbay.json` where there is one; nil = there is none.
  func loadConfig(_ path: String?) throws(Problems) -> Config? {
    if path == nil, access(Self.defaultConfig, F_OK) != 0 { return nil }
    return try Config.load(path: path ?? Self.defaultConfig, environment: variables)
  }

  /// The registry that an option or the config names, else the one in the working folder, beside the executable, or in
  /// the package that the executable was built in.
  func loadRegistry(_ path: String?, config: Config?) throws(Problems) -> Registry {
    if let path = path ?? config.flatMap({ config in config.registry.map(config.resolve) }) {
      return try Registry.load(path: path)
    }
    let places = ["registry.json", "\(executableFolder)/registry.json", "\(executableFolder)/../../../registry.json"]
    return try Registry.load(path: places.first { access($0, F_OK) == 0 } ?? places[0])
  }

  /// Everything that could be run. Libraries are looked for beside the executable, then in the plugin folder.
  func loadCatalog(_ arguments: Arguments, config: Config?) throws(Problems) -> Catalog {
    Catalog.discover(
      registry: try loadRegistry(arguments["registry"], config: config), config: config,
      libraryFolders: [executableFolder], trust: try TrustFile.load(for: config), today: today)
  }

  /// The day, in UTC, by which keys expire.
  var today: String { CalendarDay.text(wall: SystemClock().now().wall) }

  /// Prints why something failed, on one line; problems of a file on one each.
  func report(_ failure: any Error) {
    if let problems = failure as? Problems {
      _ = report(problems.all)
    } else {
      error("\(failure)".printable)
    }
  }

  /// Prints all problems; true when one of them is an error.
  func report(_ problems: [Problem]) -> Bool {
    for problem in problems { error(problem.description) }
    return problems.contains { !$0.isWarning }
  }
}

extension CommandSyntax.Option {
  static let config = CommandSyntax.Option(
    name: "config", value: "FILE", help: "the configuration (default: \(CommandEnvironment.defaultConfig))")
  static let registry = CommandSyntax.Option(
    name: "registry", value: "FILE", help: "the registry (default: as the configuration says)")
}
