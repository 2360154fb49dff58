import Catalog
import Control
import JSONTree
import PrintableText

/// `patchbay balances` and `patchbay positions`.
enum AccountCommand {
  static let balancesSyntax = CommandSyntax(
    usage: "patchbay balances [options]",
    summary: "Prints what the accounts of the running host hold, exact, and what of it is free for orders.",
    options: [ClientCommand.connector, ClientCommand.json, .config], positionals: 0...0)

  static let positionsSyntax = CommandSyntax(
    usage: "patchbay positions [options]",
    summary: "Prints the positions of the running host's accounts in perpetuals, exact.",
    options: [ClientCommand.connector, ClientCommand.json, .config], positionals: 0...0)

  static func balances(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    run("balances", balancesSyntax, OrderText.balances, arguments, environment)
  }

  static func positions(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    run("positions", positionsSyntax, OrderText.positions, arguments, environment)
  }

  private static func run(
    _ verb: String, _ syntax: CommandSyntax, _ text: ([JSONValue], Int?) -> String, _ arguments: [String],
    _ environment: CommandEnvironment
  ) -> Int32 {
    ClientCommand.run(arguments, syntax, environment) { options, client in
      let answer = try client.ask(
        verb, ClientCommand.fields([("connector", ClientCommand.text(options["connector"]))]))
      environment.show(
        options.flags.contains("json")
          ? JSONWriter.compact(answer) + "\n" : text(answer[verb]?.array ?? [], environment.terminalWidth))
      return 0
    }
  }
}

/// `patchbay leverage`: says or sets the leverage of a perpetual.
enum LeverageCommand {
  static let syntax = CommandSyntax(
    usage: "patchbay leverage PAIR [X] [options]",
    summary: "Shows the leverage of a perpetual as far as the venue has reported it, or sets it to X.",
    options: [
      ClientCommand.connector,
      CommandSyntax.Option(name: "account", value: "NAME", help: "which account, where there are several"),
      OrderCommand.yes, ClientCommand.json, .config,
    ],
    positionals: 1...2)

  static func run(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    ClientCommand.run(arguments, syntax, environment) { options, client in
      let wanted = options.words.count > 1 ? options.words[1] : nil
      let fields = ClientCommand.fields([
        ("pair", ClientCommand.text(options.words[0])), ("leverage", ClientCommand.text(wanted)),
        ("connector", ClientCommand.text(options["connector"])), ("account", ClientCommand.text(options["account"])),
      ])
      let what = "set the leverage of \(options.words[0]) to \(wanted ?? "")"
      guard let answer = try client.askConfirmed("leverage", fields, what, options, environment) else { return 1 }
      guard !options.flags.contains("json") else {
        environment.show(JSONWriter.compact(answer) + "\n")
        return 0
      }
      let name = "\(answer["connector"]?.string ?? "") \(answer["pair"]?.string ?? "")".printable
      environment.show("\(name): leverage \(answer["leverage"]?.string ?? "not reported by the venue")\n")
      return 0
    }
  }
}

/// `patchbay halt` and `patchbay resume`: the kill switch.
enum HaltCommand {
  static let syntax = CommandSyntax(
    usage: "patchbay halt [REASON] [--cancel] [options]",
    summary: """
      Stops new orders and changes at once, on every connector that trades or on one; cancels still work. With --cancel
      every open order of this host is cancelled too. Market data go on. patchbay resume ends it.
      """,
    options: [
      CommandSyntax.Option(name: "cancel", value: nil, help: "cancel the open orders of this host"),
      connector, ClientCommand.json, .config,
    ],
    positionals: 0...1)

  static let resumeSyntax = CommandSyntax(
    usage: "patchbay resume [options]", summary: "Takes orders again after patchbay halt.",
    options: [connector, ClientCommand.json, .config], positionals: 0...0)

  private static let connector = CommandSyntax.Option(name: "connector", value: "ID", help: "only there")

  static func halt(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    run("halt", syntax, arguments, environment) { options in
      [
        ("reason", ClientCommand.text(options.words.first)),
        ("cancel", options.flags.contains("cancel") ? JSONValue(.bool(true)) : nil),
      ]
    }
  }

  static func resume(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    run("resume", resumeSyntax, arguments, environment) { _ in [] }
  }

  private static func run(
    _ verb: String, _ syntax: CommandSyntax, _ arguments: [String], _ environment: CommandEnvironment,
    _ more: (Arguments) -> [(name: String, value: JSONValue?)]
  ) -> Int32 {
    ClientCommand.run(arguments, syntax, environment) { options, client in
      let answer = try client.ask(
        verb, ClientCommand.fields(more(options) + [("connector", ClientCommand.text(options["connector"]))]))
      guard !options.flags.contains("json") else {
        environment.show(JSONWriter.compact(answer) + "\n")
        return 0
      }
      for connector in answer["connectors"]?.array ?? [] {
        let reason = connector["reason"]?.string.map { "orders are stopped: \($0)" } ?? "orders are taken"
        let open = connector["open_orders"]?.number ?? "0"
        environment.show("\(connector["connector"]?.string ?? ""): \(reason); \(open) open orders".printable + "\n")
      }
      return 0
    }
  }
}
