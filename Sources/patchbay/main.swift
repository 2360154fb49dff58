import Foundation

let arguments = CommandLine.arguments
let environment = CommandEnvironment.current(
  executable: arguments.first ?? "patchbay", variables: ProcessInfo.processInfo.environment)
switch arguments.dropFirst().first {
case "connectors": exit(ConnectorsCommand.run(Array(arguments.dropFirst(2)), environment: environment))
case "config": exit(ConfigCommand.run(Array(arguments.dropFirst(2)), environment: environment))
default:
  environment.error("usage: patchbay connectors | config")
  exit(64)
}
