import Control
import JSONTree
import PrintableText

/// `patchbay approve`: how much of a token an exchange's contract may spend.
enum ApproveCommand {
  static let syntax = CommandSyntax(
    usage: "patchbay approve PAIR TOKEN QUANTITY [options]",
    summary: "Lets the contract that swaps PAIR spend TOKEN of your wallet, up to QUANTITY in all; 0 takes it back. "
      + "A swap needs it first. It counts when the chain has it, a few blocks later.",
    options: [
      ClientCommand.connector,
      CommandSyntax.Option(name: "account", value: "NAME", help: "which account, where there are several"),
      OrderCommand.yes, ClientCommand.json, .config,
    ],
    positionals: 3...3)

  static func run(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    ClientCommand.run(arguments, syntax, environment) { options, client in
      let (pair, token, quantity) = (options.words[0], options.words[1], options.words[2])
      let fields = ClientCommand.fields([
        ("pair", ClientCommand.text(pair)), ("asset", ClientCommand.text(token)),
        ("quantity", ClientCommand.text(quantity)), ("connector", ClientCommand.text(options["connector"])),
        ("account", ClientCommand.text(options["account"])),
      ])
      let what = "let the contract of \(pair) spend \(quantity) \(token)"
      guard let answer = try client.askConfirmed("approve", fields, what, options, environment) else { return 1 }
      guard !options.flags.contains("json") else {
        environment.show(JSONWriter.compact(answer) + "\n")
        return 0
      }
      let name = "\(answer["connector"]?.string ?? ""): \(quantity) \(token)".printable
      environment.show("\(name) may be spent when the chain has it\n")
      return 0
    }
  }
}
