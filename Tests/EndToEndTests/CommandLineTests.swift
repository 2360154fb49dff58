import Foundation
import JSONTree
import Testing

private let program = "\(buildFolder)/patchbay"

/// The built program as a user meets it: what it prints, where, and with which exit code.
@Suite struct CommandLineTests {
  /// The commands that the program itself names.
  private static let commands = Result {
    let lines = try run(program, "--help").output.split(separator: "\n")
    return lines.filter { $0.hasPrefix("  ") }.compactMap { $0.split(separator: " ").first.map(String.init) }
  }

  @Test func helpNamesEveryCommand() throws {
    let commands = try Self.commands.get()
    for name in ["demo", "run", "replay", "connectors", "config"] { #expect(commands.contains(name)) }
    let help = try run(program, "--help")
    #expect(help.status == 0 && help.errors == "" && help.output.hasPrefix("usage: patchbay COMMAND"))
    for name in commands {
      let own = try run(program, name, "--help")
      #expect(own.status == 0 && own.errors == "", "\(name)")
      #expect(own.output.hasPrefix("usage: patchbay \(name)"), "\(name)")
      #expect(own.output.contains("--help"), "\(name)")
      #expect(own.output.split(separator: "\n").allSatisfy { $0.count <= 120 }, "\(name)")
    }
  }

  @Test func wrongUsageIsToldOnStandardError() throws {
    for name in try Self.commands.get() {
      let result = try run(program, name, "--no-such-option")
      #expect(result.status == 64 && result.output == "", "\(name)")
      #expect(result.errors.hasPrefix("unknown option --no-such-option"), "\(name)")
    }
    for (arguments, words) in [
      ([], "usage: patchbay COMMAND"), (["statsu"], "there is no command \"statsu\"; did you mean \"status\"?"),
      (["order", "plce"], "there is no \"plce\"; did you mean \"place\"?"), (["replay"], "something is missing"),
      (["replay", "a.jsonl"], "which connector?"), (["replay", "a.jsonl", "--connector"], "--connector needs a value"),
      (["replay", "a.jsonl", "--connector", "binance", "--drop", "x"], "--drop"),
      (["demo", "--for", "soon"], "--for takes"), (["demo", "extra"], "unexpected \"extra\""),
      (["run", "--for", "-1"], "--for"), (["config"], "something is missing"), (["connectors", "show"], "missing"),
    ] as [([String], String)] {
      let result = try run([program] + arguments)
      #expect(result.status == 64 || (arguments.first == "run" && result.status == 1), "\(arguments)")
      #expect(result.output == "" && !result.errors.isEmpty, "\(arguments)")
      if arguments.first != "run" { #expect(result.errors.contains(words), "\(arguments): \(result.errors)") }
    }
  }

  @Test func whatIsNotThereIsToldByName() throws {
    let missing = try run(program, "replay", "no-such-file.jsonl", "--connector", "binance")
    #expect(missing.status == 1 && missing.errors.contains("no-such-file.jsonl: cannot be opened"))
    let unknown = try run(program, "replay", "no-such-file.jsonl", "--connector", "binanse")
    #expect(unknown.status == 1 && unknown.errors.contains("binanse"))
    // The name comes before what else is missing.
    let certified = try run(program, "certify", "krakn", "--registry", "\(packageRoot)/registry.json")
    #expect(certified.status == 1)
    #expect(certified.errors.hasPrefix("there is no connector \"krakn\"; did you mean \"kraken\"?"), "\(certified)")
    let config = try run(program, "run", "--for", "1")
    #expect(config.status == 1 && config.errors.contains("patchbay config init"))
  }

  @Test func theDemoTradesAndEndsClean() throws {
    let result = try run(program, "demo", "--for", "2", "--plain", "--seed", "3")
    #expect(result.status == 0 && result.errors == "")
    #expect(result.output.contains("libpaper.so\n") && !result.output.contains("\u{1B}"))
    let sections = result.output.components(separatedBy: "\n\n").dropFirst()
    let titles = sections.map { $0.split(separator: "\n").first.map(String.init) ?? "" }
    #expect(
      titles == [
        "orders", "last orders", "fills", "balances", "positions", "latency, command to reply through the plugin (µs)",
      ])
    let orders = try #require(sections.first).split(separator: "\n").dropFirst().map { row in
      row.split(separator: " ").map(String.init)
    }
    let columns = try #require(orders.first)
    #expect(orders.count == 3, "spot and perpetuals")
    for row in orders.dropFirst() {
      // The market's name is two words.
      let cells = Dictionary(uniqueKeysWithValues: zip(columns.dropFirst(), row.dropFirst(2)))
      #expect(cells["open"] == "0" && cells["rejected"] == "0")
      #expect(Int(cells["placed"] ?? "") ?? 0 > 0)
    }
  }

  @Test func connectorsAreFilteredAndPrintedAsJSON() throws {
    func rows(_ options: String...) throws -> [JSONValue] {
      let result = try run([program, "connectors", "--json"] + options)
      #expect(result.status == 0 && result.errors == "", "\(options)")
      return try #require(JSONDocument.parse(text: result.output).array)
    }
    let all = try rows()
    #expect(all.count > 50)
    for (column, value) in [("tier", "gold"), ("lifecycle", "closed"), ("type", "AMM"), ("spot", "ready")] {
      let wanted = all.filter { ($0[column]?["state"] ?? $0[column])?.string == value }.map { $0["id"]?.string }
      #expect(try !wanted.isEmpty && wanted == rows("--\(column)", value).map { $0["id"]?.string }, "\(column)")
    }
    #expect(try rows("--tier", "gold", "--spot", "ready").contains { $0["id"] == "paper" })
    #expect(try rows("--id", "no-such-id").isEmpty)
    let table = try run(program, "connectors", "--id", "paper", "--width", "100")
    #expect(table.status == 0 && table.output.split(separator: "\n").allSatisfy { $0.count <= 100 })
    let shown = try run(program, "connectors", "show", "ftx", "--json")
    #expect(try JSONDocument.parse(text: shown.output)["entry"]?["id"] == "ftx")
  }

  @Test func aFirstConfigurationRuns() throws {
    let scratch = try Scratch()
    func patchbay(_ arguments: String...) throws -> (status: Int32, output: String, errors: String) {
      try run(["-C", scratch.folder, program] + arguments)
    }
    #expect(try patchbay("config", "check").status == 1)
    let made = try patchbay("config", "init")
    #expect(made.status == 0 && made.output == "wrote patchbay.json\n")
    #expect(try patchbay("config", "init").status == 1)
    let checked = try patchbay("config", "check")
    #expect(checked.status == 0 && checked.errors == "")
    #expect(checked.output == "patchbay.json is fine; it enables paper\n")
    let ran = try patchbay("run", "--for", "1", "--every", "0.5", "--json")
    #expect(ran.status == 0 && ran.errors == "")
    let lines = try ran.output.split(separator: "\n").map { try JSONDocument.parse(text: String($0)) }
    for (connector, pair) in [("paper", "BTC-USDT"), ("paper", "ETH-USDT"), ("paper_perpetual", "BTC-USDT")] {
      let last = lines.last { $0["connector"]?.string == connector && $0["pair"]?.string == pair }
      #expect(last?["ready"] == true && last?["bid"]?.array?.count == 2, "\(connector) \(pair)")
    }
    try scratch.write("{\n  \"schema\": 1,\n  \"conectors\": {}\n}\n", "wrong.json")
    let wrong = try patchbay("config", "check", "wrong.json")
    #expect(wrong.status == 1 && wrong.output == "")
    #expect(wrong.errors == "wrong.json:3:3: conectors: unknown key. Did you mean \"connectors\"?\n")
  }
}
