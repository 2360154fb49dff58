import CHost
import Foundation
import Runtime
import Vault

// A library is tried in a process of its own, which does nothing else.
LibraryTrial.runIfAsked(CommandLine.arguments)

/// Every command: its name, what it does, and what runs it.
let commands: [(name: String, summary: String, run: ([String], CommandEnvironment) -> Int32)] = [
  ("demo", "trade on the embedded paper exchange", { DemoCommand.run($0, environment: $1) }),
  ("run", "run the connectors that the config enables", { RunCommand.run($0, environment: $1) }),
  ("status", "how the running host stands", { StatusCommand.run($0, environment: $1) }),
  ("book", "a book of the running host", { BookCommand.run($0, environment: $1) }),
  ("trades", "public trades of the running host", { TradesCommand.run($0, environment: $1) }),
  ("ticker", "prices of the running host", { TickerCommand.run($0, environment: $1) }),
  ("subscribe", "add a pair to the running host", { SubscribeCommand.subscribe($0, environment: $1) }),
  ("unsubscribe", "take a pair from the running host", { SubscribeCommand.unsubscribe($0, environment: $1) }),
  ("stop", "end the running host", { StopCommand.run($0, environment: $1) }),
  ("order", "place, change, cancel and list orders", { OrderCommand.run($0, environment: $1) }),
  ("balances", "what the accounts hold", { AccountCommand.balances($0, environment: $1) }),
  ("positions", "positions in perpetuals", { AccountCommand.positions($0, environment: $1) }),
  ("leverage", "tell or set the leverage of a perpetual", { LeverageCommand.run($0, environment: $1) }),
  ("halt", "stop new orders at once", { HaltCommand.halt($0, environment: $1) }),
  ("resume", "take orders again", { HaltCommand.resume($0, environment: $1) }),
  ("replay", "run a connector over recorded traffic", { ReplayCommand.run($0, environment: $1) }),
  ("record", "record the running host, or a run over recorded traffic", { RecordCommand.run($0, environment: $1) }),
  ("inspect", "list a recording", { InspectCommand.run($0, environment: $1) }),
  ("certify", "prove a connector offline", { CertifyCommand.run($0, environment: $1) }),
  ("certify-worker", "run a part of a certification", { CertifyWorkerCommand.run($0, environment: $1) }),
  ("connectors", "list connectors, or show one", { ConnectorsCommand.run($0, environment: $1) }),
  ("venue", "serve a venue on this machine, to try against", { VenueCommand.run($0, environment: $1) }),
  ("keys", "keep the keys of accounts", { KeysCommand.run($0, environment: $1) }),
  ("history", "orders, fills, funding and positions of the journal", { HistoryCommand.run($0, environment: $1) }),
  ("export", "write the journal's tables as CSV or JSON", { ExportCommand.run($0, environment: $1) }),
  ("simulate", "run the whole host against a venue on virtual time", { SimulateCommand.run($0, environment: $1) }),
  ("config", "write or check a configuration", { ConfigCommand.run($0, environment: $1) }),
]

let arguments = CommandLine.arguments
// Neither connectors in this process nor workers may find the password, and no dump of its memory.
let password = ProcessGuard.takePassword().map(GivenPassword.init)
let environment = CommandEnvironment.current(
  executable: arguments.first ?? "patchbay", variables: ProcessInfo.processInfo.environment, password: password)
let usage =
  "usage: patchbay COMMAND [options]\n\n"
  + commands.map { "  " + $0.name.padding(toLength: 16, withPad: " ", startingAt: 0) + $0.summary + "\n" }.joined()
  + "\npatchbay COMMAND --help tells more.\n"

switch arguments.dropFirst().first {
case "help", "--help", "-h":
  environment.output(usage)
  exit(0)
case let name?:
  guard let command = commands.first(where: { $0.name == name }) else {
    environment.error("patchbay: no command \"\(name)\"\n\n\(usage)")
    exit(64)
  }
  exit(command.run(Array(arguments.dropFirst(2)), environment))
case nil:
  environment.error(usage)
  exit(64)
}
