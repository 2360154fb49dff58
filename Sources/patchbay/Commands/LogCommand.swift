import Catalog
import Control
import JSONTree
import PrintableText

/// `patchbay log`: from which level on messages of connectors are logged.
enum LogCommand {
  static let syntax = CommandSyntax(
    usage: "patchbay log [CONNECTOR] [debug|info|warning|error] [options]",
    summary: """
      Tells from which level on the messages of each connector, or of one, are logged, or sets it until the host ends; \
      for good, set connectors.ID.log in the configuration.
      """,
    options: [ClientCommand.json, .config], positionals: 0...2)

  static func run(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    ClientCommand.run(arguments, syntax, environment) { options, client in
      let levels = Config.LogWord.allCases.map(\.rawValue)
      // One word is a level for all, or else a connector.
      let isLevel = options.words.count == 1 && levels.contains(options.words[0])
      let connector = isLevel ? nil : options.words.first
      let level = isLevel ? options.words[0] : options.words.count > 1 ? options.words[1] : nil
      let answer = try client.ask(
        "log",
        ClientCommand.fields([("connector", ClientCommand.text(connector)), ("level", ClientCommand.text(level))]))
      guard !options.flags.contains("json") else {
        environment.show(JSONWriter.compact(answer) + "\n")
        return 0
      }
      for row in answer["connectors"]?.array ?? [] {
        environment.show("\(row["connector"]?.string ?? ""): \(row["level"]?.string ?? "")".printable + "\n")
      }
      return 0
    }
  }
}
