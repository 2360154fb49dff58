import Catalog
import Runtime

#if canImport(Glibc)
  import Glibc
#endif

/// `patchbay config`: write a first configuration, or say what is wrong with one.
enum ConfigCommand {
  static let syntax = CommandSyntax(
    usage: "patchbay config init [FILE] [--force] | patchbay config check [FILE|--config FILE]",
    summary: """
      `init` writes a commented configuration that runs the paper exchange; `check` says everything that is wrong with
      one, also against the registry and the plugin folder. FILE is \(CommandEnvironment.defaultConfig) unless given.
      """,
    options: [
      CommandSyntax.Option(name: "force", value: nil, help: "init: overwrite the file"),
      .config, .registry,
    ],
    positionals: 1...2)

  /// Exit code 0, 1 when the file is wrong or cannot be written, 64 for wrong usage.
  static func run(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    environment.run(arguments, syntax) { parsed in
      if parsed.words.count > 1, parsed["config"] != nil {
        environment.error("name the file once: as a word, or by --config")
        return 64
      }
      let path = parsed.words.count > 1 ? parsed.words[1] : parsed["config"] ?? CommandEnvironment.defaultConfig
      switch parsed.words[0] {
      case "init": return start(path, overwrite: parsed.flags.contains("force"), environment)
      case "check": return check(path, parsed, environment)
      case let word: return environment.usage(.unknownWord(word, known: ["init", "check"]), syntax)
      }
    }
  }

  private static func start(_ path: String, overwrite: Bool, _ environment: CommandEnvironment) -> Int32 {
    // "x" makes the file and fails when there is one: no gap between asking and writing.
    guard let file = fopen(path, overwrite ? "w" : "wx") else {
      let reason = errno == EEXIST ? "it exists already; --force overwrites it" : String(cString: strerror(errno))
      environment.error("\(path): \(reason)")
      return 1
    }
    let isWritten = fputs(Config.template, file) >= 0
    guard fclose(file) == 0, isWritten else {
      environment.error("\(path): \(String(cString: strerror(errno)))")
      return 1
    }
    environment.output("wrote \(path)\n")
    return 0
  }

  private static func check(_ path: String, _ arguments: Arguments, _ environment: CommandEnvironment) -> Int32 {
    do throws(Problems) {
      let (read, mistakes) = try Config.examine(path: path, environment: environment.variables)
      guard let config = read else { throw Problems(mistakes) }
      let catalog = try environment.loadCatalog(arguments, config: config)
      let own = Config.sorted(
        mistakes + config.problems(in: catalog, revision: LibraryLoader.revision) + config.trustProblems(in: catalog))
      if environment.report(own + catalog.problems) { return 1 }
      let enabled = config.connectors.filter(\.enabled).map(\.id).joined(separator: ", ")
      environment.output("\(path) is fine; it enables \(enabled.isEmpty ? "nothing" : enabled)\n")
      return 0
    } catch {
      _ = environment.report(error.all)
      return 1
    }
  }
}
