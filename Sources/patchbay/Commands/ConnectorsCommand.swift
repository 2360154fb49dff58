import Catalog
import JSONTree
import Runtime

/// `patchbay connectors`: what there is, what is installed, what is enabled.
enum ConnectorsCommand {
  static let syntax = CommandSyntax(
    usage: "patchbay connectors [options] | patchbay connectors show ID [options] | patchbay connectors hash FILE",
    summary: """
      Lists every connector of the registry and the plugin folder; `show` prints all that is known of one. A filter
      takes a value of its column, or yes and no for "has one" and "has none". `hash` prints the SHA-256 of a library
      file for a manifest or a configuration; nothing of the library is run.
      """,
    options: ConnectorRow.Column.allCases.map {
      CommandSyntax.Option(name: $0.rawValue, value: "VALUE", help: "only where \($0.rawValue) is VALUE")
    } + [
      CommandSyntax.Option(name: "json", value: nil, help: "print JSON"),
      CommandSyntax.Option(name: "width", value: "COLUMNS", help: "lay the table out for so many columns"),
      .config, .registry,
    ],
    positionals: 0...2)

  /// Exit code 0, 1 when something could not be read or found, 64 for wrong usage.
  static func run(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    environment.run(arguments, syntax) { run($0, environment) }
  }

  private static func run(_ parsed: Arguments, _ environment: CommandEnvironment) -> Int32 {
    let verbs = ["show", "hash"]
    if let word = parsed.words.first, !verbs.contains(word) {
      return environment.usage(.unknownWord(word, known: verbs), syntax)
    }
    if parsed.words.count == 1 { return environment.usage(.missingWord, syntax) }
    if parsed.words.first == "hash" { return hash(parsed.words[1], parsed, environment) }
    do {
      let config = try environment.loadConfig(parsed["config"])
      let catalog = try environment.loadCatalog(parsed, config: config)
      if parsed.words.count == 2 { return show(parsed.words[1], catalog, config, parsed, environment) }
      list(catalog, config, parsed, environment)
      // A bad drop-in is reported, but does not keep the others from being shown.
      _ = environment.report(catalog.problems)
      return 0
    } catch {
      _ = environment.report(error.all)
      return 1
    }
  }

  private static func hash(_ file: String, _ arguments: Arguments, _ environment: CommandEnvironment) -> Int32 {
    do throws(LoadFault) {
      let sha256 = try LibraryLoader.sha256(file: file)
      let artifact: JSONValue = [
        "platform": JSONValue(.string(LibraryLoader.platform)), "sha256": JSONValue(.string(sha256)),
      ]
      environment.output((arguments.flags.contains("json") ? JSONWriter.compact(artifact) : sha256) + "\n")
      return 0
    } catch {
      environment.report(error)
      return 1
    }
  }

  private static func width(_ arguments: Arguments, _ environment: CommandEnvironment) -> Int? {
    arguments["width"].flatMap { Int($0) } ?? environment.terminalWidth
  }

  private static func list(
    _ catalog: Catalog, _ config: Config?, _ arguments: Arguments, _ environment: CommandEnvironment
  ) {
    let filters = ConnectorRow.Column.allCases.flatMap { column in
      (arguments.values[column.rawValue] ?? []).map { ConnectorRow.Filter(column, $0) }
    }
    let rows = ConnectorRow.rows(of: catalog, config: config).filter { $0.matches(filters) }
    environment.output(
      arguments.flags.contains("json")
        ? JSONWriter.pretty(ConnectorTable.json(rows))
        : ConnectorTable.render(rows, width: width(arguments, environment)))
  }

  private static func show(
    _ id: String, _ catalog: Catalog, _ config: Config?, _ arguments: Arguments, _ environment: CommandEnvironment
  ) -> Int32 {
    let item: Catalog.Item
    do throws(NameFault) {
      item = try catalog.item(named: id)
    } catch {
      environment.report(error)
      _ = environment.report(catalog.problems.filter { $0.file.contains("/\(id)/") })
      return 1
    }
    let detail = ConnectorDetail(
      item, registry: catalog.registry, config: config, width: width(arguments, environment))
    environment.output(arguments.flags.contains("json") ? JSONWriter.pretty(detail.json) : detail.render())
    return 0
  }
}
