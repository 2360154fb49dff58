import Catalog
import Control
import JSONTree
import PrintableText

/// `patchbay disable` and `patchbay enable`: takes connectors out of use, and back, while the host runs.
enum EnableCommand {
  static let disableSyntax = CommandSyntax(
    usage: "patchbay disable CONNECTOR [--cancel] [options]",
    summary: """
      Takes a connector out of use while the host runs: its pairs and accounts are given back to the exchange, and no \
      order is placed. Refused while orders are open, unless --cancel has them cancelled first. Lasts until the host \
      ends; for good, change the configuration.
      """,
    options: [
      CommandSyntax.Option(name: "cancel", value: nil, help: "cancel its open orders first"),
      CommandSyntax.Option(name: "wait", value: "SECONDS", help: "how long cancels may take (default: 10)"),
      ClientCommand.json, .config,
    ],
    positionals: 1...1)

  static let enableSyntax = CommandSyntax(
    usage: "patchbay enable CONNECTOR [options]",
    summary: """
      Takes a connector that was disabled into use again. One that the configuration does not enable is not loaded: \
      set enabled there, and start the host again.
      """,
    options: [ClientCommand.json, .config], positionals: 1...1)

  static func disable(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    ClientCommand.run(arguments, disableSyntax, environment) { options, client in
      var wait: JSONValue?
      if let text = options["wait"] {
        guard let seconds = Int(text), (0...600).contains(seconds) else {
          environment.error("--wait takes seconds from 0 to 600")
          return 64
        }
        wait = JSONValue(.number("\(seconds * 1000)"))
      }
      let cancels = options.flags.contains("cancel") ? JSONValue(.bool(true)) : nil
      return try ask("disable", options, [("cancel", cancels), ("wait_ms", wait)], client, environment)
    }
  }

  static func enable(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    ClientCommand.run(arguments, enableSyntax, environment) { options, client in
      try ask("enable", options, [], client, environment)
    }
  }

  private static func ask(
    _ verb: String, _ options: Arguments, _ more: [(name: String, value: JSONValue?)], _ client: ControlClient,
    _ environment: CommandEnvironment
  ) throws -> Int32 {
    let answer = try client.ask(
      verb, ClientCommand.fields([("connector", ClientCommand.text(options.words[0]))] + more))
    guard !options.flags.contains("json") else {
      environment.show(JSONWriter.compact(answer) + "\n")
      return 0
    }
    for connector in answer["connectors"]?.array ?? [] {
      let state = connector["enabled"]?.bool == true ? "enabled" : "disabled"
      environment.show("\(connector["connector"]?.string ?? ""): \(state)".printable + "\n")
    }
    return 0
  }
}
