import Catalog
import Control
import JSONTree
import PrintableText

/// `patchbay cluster`: how the hosts that share the work stand.
enum ClusterCommand {
  static let syntax = CommandSyntax(
    usage: "patchbay cluster status [options]",
    summary: """
      Prints how the cluster stands as the running host knows it: who trades on each account, under which lease, and \
      for how long this host may count on its own. Ends with 2 where this host has not joined, or no server answers.
      """,
    options: [ClientCommand.json, .config], positionals: 1...1)

  static func run(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    ClientCommand.run(arguments, syntax, environment) { options, client in
      guard options.words.first == "status" else {
        environment.error("patchbay cluster takes the word status")
        return 64
      }
      let answer = try client.ask("cluster")
      let isWhole = answer["connected"]?.bool == true && answer["joined"]?.bool == true
      environment.show(options.flags.contains("json") ? JSONWriter.compact(answer) + "\n" : text(answer))
      return isWhole ? 0 : 2
    }
  }

  private static func text(_ answer: JSONValue) -> String {
    let servers = (answer["servers"]?.array ?? []).compactMap(\.string).joined(separator: ", ")
    let state = answer["joined"]?.bool != true ? "not joined" : answer["connected"]?.bool == true ? "joined" : "cut off"
    var lines = ["host \(answer["host"]?.string ?? "?") in \(answer["cluster"]?.string ?? "?"): \(state), \(servers)"]
    if let trouble = answer["trouble"]?.string { lines.append(trouble) }
    for row in answer["accounts"]?.array ?? [] {
      lines.append("\(row["exchange"]?.string ?? "") \(row["account"]?.string ?? ""): \(owner(row))")
    }
    return lines.map { $0.printable + "\n" }.joined()
  }

  private static func owner(_ row: JSONValue) -> String {
    if row["out"]?.bool == true { return "this host is out until it is started again" }
    if let left = row["left_ms"]?.int, let lease = row["lease"]?.number {
      return "this host, lease \(lease), for \(left) ms if no server answers"
    }
    guard let owner = row["owner"]?.string else { return "nobody yet" }
    return "host \(owner), lease \(row["lease"]?.number ?? "?")"
  }
}
