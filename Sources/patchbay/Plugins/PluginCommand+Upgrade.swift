import Catalog
import Control
import JSONTree
import PrintableText

extension PluginCommand {
  static let upgradeSyntax = CommandSyntax(
    usage: "patchbay plugin upgrade ID [options]",
    summary: """
      Has the running host take what lies in the plugin folder now in the place of what it runs, while it trades: the \
      new version builds its books beside the old one, and takes over when they are proved. Whatever goes wrong leaves \
      the old one in place, and says why. After plugin install it goes forward, after plugin rollback back.
      """,
    options: [
      CommandSyntax.Option(
        name: "wider", value: nil, help: "also where its manifest permits more than that of the one that runs"),
      ClientCommand.json, .config,
    ],
    positionals: 1...1)

  static func upgrade(_ options: Arguments, _ environment: CommandEnvironment) throws -> Int32 {
    let config = try environment.loadConfig(options["config"])
    let client = try ControlClient(folder: config.map { $0.resolve($0.dataFolder) } ?? "data")
    let wider = options.flags.contains("wider") ? JSONValue(.bool(true)) : nil
    let answer = try client.ask(
      "upgrade", ClientCommand.fields([("connector", ClientCommand.text(options.words[0])), ("wider", wider)]))
    if options.flags.contains("json") {
      environment.output(JSONWriter.compact(answer) + "\n")
    } else {
      let (id, version) = (answer["connector"]?.string ?? "", answer["version"]?.string ?? "")
      let took = answer["milliseconds"]?.int ?? 0
      environment.output("\(id) \(version) has taken over, after \(took) ms".printable + "\n")
    }
    return 0
  }
}
