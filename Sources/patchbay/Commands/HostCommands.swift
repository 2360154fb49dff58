import Catalog
import Control
import JSONTree
import PatchbayHost
import PrintableText

/// `patchbay status`: how the running host stands.
enum StatusCommand {
  static let syntax = CommandSyntax(
    usage: "patchbay status [options]",
    summary: """
      Prints how the running host stands: each pair with its best prices, age and counters, and what is missing by name.
      Ends with 0 when everything is ready, with 2 when something is missing.
      """,
    options: [ClientCommand.json, .config],
    positionals: 0...0)

  static func run(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    ClientCommand.run(arguments, syntax, environment) { options, client in
      let answer = try client.ask("status")
      let connectors = answer["connectors"]?.array ?? []
      let silent = (answer["silent_lanes"]?.array ?? []).compactMap(\.int)
      let notLoaded = (answer["not_loaded"]?.array ?? []).compactMap(\.string)
      let isReady = connectors.allSatisfy { $0["ready"]?.bool == true } && silent.isEmpty && notLoaded.isEmpty
      if options.flags.contains("json") {
        environment.show(JSONWriter.compact(answer) + "\n")
      } else {
        environment.show(text(connectors, process: client.greeting["process"]?.number, environment.terminalWidth))
        if !silent.isEmpty { environment.show(RunningHost.words(silent) + "\n") }
        for fault in notLoaded { environment.show("does not run: \(fault)\n") }
      }
      return isReady ? 0 : 2
    }
  }

  private static func text(_ connectors: [JSONValue], process: String?, _ width: Int?) -> String {
    let ready = connectors.count { $0["ready"]?.bool == true }
    var text = "host \(process ?? "?"): \(ready) of \(connectors.count) connectors ready\n\n"
    let columns = ["connector", "lane", "pair", "state", "bid", "ask", "last", "age ms", "trades", "updates", "gaps"]
    let rows = connectors.flatMap { connector in (connector["pairs"]?.array ?? []).map { row(connector, $0) } }
    text += TextTable.render(
      columns.enumerated().map { TextTable.Column(title: $1, importance: 100 - $0) }, rows, width: width
    ).text
    for connector in connectors {
      let name = connector["connector"]?.string ?? ""
      if let trust = connector["trust"]?.string, trust != "core" {
        text += "\(name): \(trust): \(connector["trust_reason"]?.string ?? "")".printable + "\n"
      }
      for missing in connector["missing"]?.array ?? [] {
        text += "\(name): waiting: \(missing.string ?? "")".printable + "\n"
      }
      text += worker(name, connector["worker"])
      text += recording(name, connector["recording"])
    }
    return text
  }

  /// A line on the worker, where it runs in one: the process, what stands between it and the system, and what does not.
  private static func worker(_ name: String, _ worker: JSONValue?) -> String {
    guard let worker, let state = worker["state"]?.string else { return "" }
    var text = "\(name): worker " + (worker["pid"]?.number.map { "\($0), \(state)" } ?? state)
    let layers = (worker["layers"]?.array ?? []).compactMap(\.string)
    text += ": " + layers.joined(separator: ", ")
    for missing in worker["missing_layers"]?.array ?? [] {
      text += "; without \(missing["layer"]?.string ?? "") (\(missing["reason"]?.string ?? ""))"
    }
    if let restarts = worker["restarts"]?.int, restarts > 0 { text += "; started again \(restarts) times" }
    if let fault = worker["last_fault"]?.string { text += "; last ended: \(fault)" }
    return text.printable + "\n"
  }

  private static func row(_ connector: JSONValue, _ pair: JSONValue) -> [String] {
    let state = pair["ready"]?.bool == true ? "ready" : "waiting"
    let names: [String] = [connector["connector"]?.string ?? "", connector["lane"]?.number ?? ""]
    let prices: [String?] = [pair["bid"]?[0]?.string, pair["ask"]?[0]?.string, pair["last"]?.string]
    let numbers: [String?] = ["age_ms", "trades", "updates", "gaps"].map { pair[$0]?.number }
    return names + [pair["pair"]?.string ?? "", state] + (prices + numbers).map { $0 ?? "-" }
  }

  /// A line on the recording, where there is or was one.
  static func recording(_ name: String, _ recording: JSONValue?) -> String {
    guard let recording, let file = recording["file"]?.string else { return "" }
    if let fault = recording["fault"]?.string { return "\(name): recording broken: \(fault)".printable + "\n" }
    let isOn = recording["on"]?.bool == true
    let kind = recording["replayable"]?.bool == true ? "" : ", begun in mid-run: cannot be replayed"
    return "\(name): \(isOn ? "recording to" : "recorded") \(file.printable)"
      + " (\(recording["inputs"]?.number ?? "0") inputs\(kind))\n"
  }
}

/// `patchbay subscribe` and `patchbay unsubscribe`.
enum SubscribeCommand {
  static let syntax = syntax("subscribe", "Subscribes the running host to a pair, or to some channels of it")
  static let unsubscribeSyntax = syntax("unsubscribe", "Has the running host give a pair up, or some channels of it")

  private static func syntax(_ verb: String, _ what: String) -> CommandSyntax {
    CommandSyntax(
      usage: "patchbay \(verb) CONNECTOR PAIR [CHANNEL...] [options]",
      summary: """
        \(what), on the live connection. Channels are book, trades, ticker, mark, liquidations, pool; without any, all
        that the connector offers. Lasts until the host ends; for good, change the configuration.
        """,
      options: [ClientCommand.json, .config], positionals: 2...8)
  }

  static func subscribe(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    run("subscribe", "subscribed to", arguments, syntax, environment)
  }

  static func unsubscribe(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    run("unsubscribe", "gave up", arguments, unsubscribeSyntax, environment)
  }

  private static func run(
    _ verb: String, _ done: String, _ arguments: [String], _ syntax: CommandSyntax, _ environment: CommandEnvironment
  ) -> Int32 {
    ClientCommand.run(arguments, syntax, environment) { options, client in
      let channels = options.words.dropFirst(2).map { JSONValue(.string($0)) }
      let answer = try client.ask(
        verb,
        ClientCommand.fields([
          ("connector", ClientCommand.text(options.words[0])), ("pair", ClientCommand.text(options.words[1])),
          ("channels", channels.isEmpty ? nil : JSONValue(.array(Array(channels)))),
        ]))
      let words = (answer["channels"]?.array ?? []).compactMap(\.string).joined(separator: ", ")
      environment.show(
        options.flags.contains("json")
          ? JSONWriter.compact(answer) + "\n"
          : "\(answer["connector"]?.string ?? ""): \(done) \(answer["pair"]?.string ?? ""): \(words)".printable + "\n")
      return 0
    }
  }
}

/// `patchbay record on` and `patchbay record off`.
enum RecordSwitchCommand {
  static let syntax = CommandSyntax(
    usage: "patchbay record on|off [CONNECTOR] [options]",
    summary: """
      Switches the running host's recordings, of all connectors or of one. What is switched on in mid-run can be
      inspected, not replayed: a replay needs every input from the start; for that set recording in the configuration.
      """,
    options: [ClientCommand.json, .config], positionals: 1...2)

  static func run(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    ClientCommand.run(arguments, syntax, environment) { options, client in
      let answer = try client.ask(
        "record",
        ClientCommand.fields([
          ("on", JSONValue(.bool(options.words[0] == "on"))),
          ("connector", ClientCommand.text(options.words.count > 1 ? options.words[1] : nil)),
        ]))
      guard !options.flags.contains("json") else {
        environment.show(JSONWriter.compact(answer) + "\n")
        return 0
      }
      for connector in answer["connectors"]?.array ?? [] {
        let name = connector["connector"]?.string ?? ""
        let line = StatusCommand.recording(name, connector["recording"])
        environment.show(line.isEmpty ? "\(name): no recording\n" : line)
      }
      return 0
    }
  }
}

/// `patchbay stop`: ends the running host.
enum StopCommand {
  static let syntax = CommandSyntax(
    usage: "patchbay stop [options]",
    summary: """
      Ends the running host as Ctrl-C does, and returns when it has ended. The exit status is 1 when the end of an order
      is not known, or something else did not end as it should; that is printed.
      """,
    options: [.config], positionals: 0...0)

  static func run(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    ClientCommand.run(arguments, syntax, environment) { _, client in
      _ = try client.ask("stop")
      guard let unfinished = client.lastEvent()?["unfinished"]?.array?.compactMap(\.string) else {
        environment.error("the host ended without saying what became of its orders; look at the exchange")
        return 1
      }
      for text in unfinished { environment.error(text) }
      environment.show(unfinished.isEmpty ? "stopped\n" : "stopped, and not all is as it should be\n")
      return unfinished.isEmpty ? 0 : 1
    }
  }
}
