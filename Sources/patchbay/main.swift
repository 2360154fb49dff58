import CHost
import Foundation
import Runtime
import Vault

// Before anything else: a host that is ended while it starts ends in order.
if CommandLine.arguments.dropFirst().first == "run" { Interrupt.awaitTermination() }

// A worker is nothing else, and must have nothing else open or running.
WorkerMain.runIfAsked(CommandLine.arguments)

// A library is tried in a process of its own, which does nothing else.
LibraryTrial.runIfAsked(CommandLine.arguments)

let arguments = CommandLine.arguments
// Neither connectors in this process nor workers may find the password, and no dump of its memory.
let password = ProcessGuard.takePassword().map(GivenPassword.init)
let environment = CommandEnvironment.current(
  executable: arguments.first ?? "patchbay", variables: ProcessInfo.processInfo.environment, password: password)
let usage =
  "usage: patchbay COMMAND [options]\n\n"
  + Command.shown.map { "  " + $0.name.padding(toLength: 16, withPad: " ", startingAt: 0) + $0.summary + "\n" }.joined()
  + "\npatchbay COMMAND --help says more; patchbay --version says which this is.\n"

switch arguments.dropFirst().first {
case "help", "--help", "-h":
  environment.output(usage)
  exit(0)
case "--version", "-V":
  environment.output("patchbay \(CommandEnvironment.version)\n")
  exit(0)
case let name?:
  guard let command = Command.all.first(where: { $0.name == name }) else {
    environment.error(Command.unknown(name) ?? "patchbay: there is no command \"\(name)\"\n\n\(usage)")
    exit(64)
  }
  exit(command.run(Array(arguments.dropFirst(2)), environment))
case nil:
  environment.error(usage)
  exit(64)
}
