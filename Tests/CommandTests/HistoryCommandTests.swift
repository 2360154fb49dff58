import Decimals
import Foundation
import JSONTree
import Journal
import MarketModel
import PrintableText
import Testing

@testable import patchbay

/// A data folder with a journal that a host has open.
private final class Desk {
  let folder: String
  let journal: Journal
  private(set) var output = ""
  private(set) var errors = ""
  /// What is read.
  var file: String

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "patchbay-history-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    file = folder + "/journal.sqlite"
    journal = try Journal(path: file, settings: JournalSettings(durability: .off))
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// Three orders on two exchanges, a minute apart; the first one filled in two parts.
  func trade() throws {
    let minute: Int64 = 60_000_000_000
    let start = try #require(UTCTime.nanoseconds("2026-11-20T08:00:00.000000001Z"))
    for number in 0..<3 {
      let name = OrderName(
        exchange: number == 2 ? "kraken" : "binance", account: number == 1 ? "second" : "main",
        clientOrderID: "pb-\(number)")
      try journal.commit([
        .order(
          OrderEntry(
            name: name, connector: name.exchange, instrument: "BTCUSDT", pair: number == 2 ? "ETH-EUR" : "BTC-USDT",
            order: OrderID(UInt64(number)), createCommand: CommandID(UInt64(number)),
            draft: OrderDraft(
              side: .sell, type: .limit, quantity: Decimal64(mantissa: 150, exponent: -2),
              price: Decimal64(mantissa: 10_000_000_000_000_001, exponent: -11), flags: [.postOnly, .reduceOnly]),
            created: start + Int64(number) * minute))
      ])
    }
    let name = OrderName(exchange: "binance", account: "main", clientOrderID: "pb-0")
    for trade in 1...2 {
      let fill = Fill(
        trade: "t\(trade)", price: Decimal64(mantissa: 10_000_000_000_000_001, exponent: -11),
        quantity: Decimal64(mantissa: 75, exponent: -2), fee: Decimal64(mantissa: -1, exponent: -18), feeAsset: "BNB",
        liquidity: .maker, time: start + Int64(trade))
      try journal.commit([
        .event(
          OrderEventEntry(
            name: name, event: .fill(fill), venueOrderID: "v1", state: trade == 2 ? .filled : .partiallyFilled,
            filled: Decimal64(mantissa: 75 * Int64(trade), exponent: -2), reason: "a, \"b\"\nc",
            time: start + 2 + Int64(trade)))
      ])
    }
  }

  func run(_ arguments: String..., width: Int? = nil) -> Int32 { run(arguments, width: width) }

  func run(_ arguments: [String], width: Int? = nil) -> Int32 {
    (output, errors) = ("", "")
    let environment = CommandEnvironment(
      variables: [:], executableFolder: folder, terminalWidth: width, output: { self.output += $0.printableLines },
      deliver: { self.output += $0 }, error: { self.errors += $0 + "\n" })
    let rest = Array(arguments.dropFirst()) + ["--journal", file]
    return arguments.first == "history"
      ? HistoryCommand.run(rest, environment: environment) : ExportCommand.run(rest, environment: environment)
  }

  /// What a cell of a JSON array of rows says.
  func cells(_ column: String) throws -> [String?] {
    try JSONDocument.parse(text: output).array?.map { $0[column]?.string } ?? []
  }
}

@Suite struct HistoryCommandTests {
  @Test func theLatestRowsAreShownWhileAHostWrites() throws {
    let desk = try Desk()
    #expect(desk.run("history") == 0 && desk.output == "no orders\n")
    try desk.trade()
    #expect(desk.run("history", "--limit", "2") == 0)
    let lines = desk.output.split(separator: "\n")
    #expect(
      lines.first?.split(separator: " ").map(String.init) == [
        "created", "exchange", "account", "pair", "client_order_id", "side", "type", "price", "quantity", "filled",
        "state", "reason",
      ])
    #expect(lines.count == 3 && lines[1].hasPrefix("2026-11-20 08:01:00.000  binance   second   BTC-USDT  pb-1"))
    #expect(lines[2].contains("100000.00000000001") && lines[2].contains("  1.50  "))
    #expect(desk.run("history", "fills", width: 60) == 0)
    #expect(desk.output.split(separator: "\n").allSatisfy { $0.count <= 60 })
    #expect(desk.errors.hasPrefix("not shown, for want of width: "))
  }

  @Test func filtersChoose() throws {
    let desk = try Desk()
    try desk.trade()
    let rows: [([String], [String])] = [
      ([], ["pb-0", "pb-1", "pb-2"]), (["--exchange", "kraken"], ["pb-2"]), (["--account", "main"], ["pb-0", "pb-2"]),
      (["--pair", "BTC-USDT"], ["pb-0", "pb-1"]), (["--since", "2026-11-20T08:01:00Z"], ["pb-1", "pb-2"]),
      (["--until", "2026-11-20T08:01:00.000000001Z"], ["pb-0"]), (["--until", "2026-11-20"], []),
      (["--since", "2026-11-20T08:01:00Z", "--limit", "1", "--account", "second"], ["pb-1"]),
    ]
    for (options, expected) in rows {
      let environment = CommandEnvironment(
        variables: [:], executableFolder: desk.folder, terminalWidth: nil, output: { desk.write($0) },
        error: { Issue.record("\($0)") })
      desk.write(nil)
      #expect(
        HistoryCommand.run(["orders", "--json", "--journal", desk.file] + options, environment: environment) == 0)
      #expect(try desk.cells("client_order_id") == expected, "\(options)")
    }
  }

  @Test func namesAreReadWithoutCaseAndMustExist() throws {
    let desk = try Desk()
    try desk.trade()
    let rows: [([String], [String])] = [
      (["--exchange", "KRAKEN"], ["pb-2"]), (["--pair", "btc-usdt"], ["pb-0", "pb-1"]),
      (["--account", "Second"], ["pb-1"]), (["--connector", "Binance"], ["pb-0", "pb-1"]),
      (["--order", "pb-1"], ["pb-1"]), (["--order", "v1"], ["pb-0"]),
    ]
    for (options, expected) in rows {
      #expect(desk.run(["history", "orders", "--json"] + options) == 0, "\(options): \(desk.errors)")
      #expect(try desk.cells("client_order_id") == expected, "\(options)")
    }
    for (options, words) in [
      (["--account", "secund"], "--account: there is no account \"secund\" in the journal; did you mean \"second\"?"),
      (["--exchange", "okx"], "--exchange: there is no exchange \"okx\" in the journal; there are binance, kraken"),
      (["--pair", "BTC-USD"], "--pair: there is no pair \"BTC-USD\" in the journal; did you mean \"BTC-USDT\"?"),
      (["--connector", "x"], "--connector: there is no connector \"x\" in the journal; there are binance, kraken"),
      (["--order", "pb-7"], "--order: the journal has no order \"pb-7\"; patchbay history shows the latest"),
    ] {
      #expect(desk.run(["history"] + options) == 1 && desk.output == "", "\(options)")
      #expect(desk.errors == words + "\n")
      #expect(desk.run(["export", "orders", "--csv", "-"] + options) == 1 && desk.output == "")
    }
    #expect(desk.run(["history", "events", "--order", "pb-0", "--json"]) == 0)
    #expect(try desk.cells("trade_id") == ["t1", "t2"])
    #expect(desk.run(["history", "Funding", "--exchange", "kraken"]) == 0 && desk.output == "no funding\n")
    #expect(desk.run(["history", "funding", "--order", "pb-0"]) == 1)
    #expect(desk.errors == "--order: funding belong to no order\n")
  }

  @Test func cellsAreNoFormulasAndStayOnTheirLines() throws {
    let desk = try Desk()
    let name = OrderName(exchange: "x", account: "main", clientOrderID: "pb-0")
    try desk.journal.commit([
      .order(
        OrderEntry(
          name: name, connector: "x", instrument: "=cmd|' /C'!A0", pair: "+A-B", order: OrderID(1),
          createCommand: CommandID(1), draft: OrderDraft(side: .buy, type: .market, quantity: 1), created: 1))
    ])
    try desk.journal.commit([
      .event(
        OrderEventEntry(
          name: name, event: .report(OrderReport(.rejected, reason: "\t=1+1\r\n\u{202E}")),
          venueOrderID: "@v\u{1B}[2J", state: .rejected, filled: 0, reason: "", time: 2))
    ])
    #expect(desk.run("export", "orders", "--csv", "-") == 0)
    let lines = desk.output.split(separator: "\r\n")
    #expect(lines.count == 2 && desk.output == desk.output.replacing("\r\n", with: "\n").printableLines
      .replacing("\n", with: "\r\n"))
    let cells = lines[1].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    #expect(cells[3] == "'+A-B" && cells[4] == "'=cmd|' /C'!A0" && cells[6] == #"'@v\u{1b}[2J"#)
    #expect(desk.run("export", "events", "--csv", "-") == 0)
    #expect(desk.output.contains(#",rejected,\t=1+1\r\n\u{202e},"#), "\(desk.output)")
    #expect(desk.run("history") == 0 && desk.output == desk.output.printableLines)
    #expect(desk.output.split(separator: "\n").count == 2)
  }

  @Test func jsonHasEveryColumnExactly() throws {
    let desk = try Desk()
    try desk.trade()
    #expect(desk.run("history", "fills", "--json") == 0)
    #expect(try desk.cells("price") == ["100000.00000000001", "100000.00000000001"])
    #expect(try desk.cells("fee") == ["-0.000000000000000001", "-0.000000000000000001"])
    #expect(try desk.cells("time") == ["2026-11-20T08:00:00.000000002Z", "2026-11-20T08:00:00.000000003Z"])
    #expect(try desk.cells("trade_id") == ["t1", "t2"])
    let first = try #require(try JSONDocument.parse(text: desk.output).array?.first)
    #expect(first["fee_estimated"] == false && first["liquidity"] == "maker" && first["side"] == "sell")
    #expect(first["client_order_id"] == "pb-0" && first["venue_order_id"] == "v1")
    #expect(desk.run("export", "--json", "-") == 0)
    let all = try JSONDocument.parse(text: desk.output)
    #expect(HistoryTable.allCases.map { all[$0.rawValue]?.array?.count } == [3, 2, 2, 0, 0, 0])
    #expect(all["events"]?.array?.first?["reason"] == "a, \"b\"\nc")
  }

  /// What an account did is for its owner's eyes, whatever the file was; what a link leads to may be anybody's.
  @Test func anExportIsItsOwnersAlone() throws {
    let desk = try Desk()
    try desk.trade()
    let path = desk.folder + "/orders.csv"
    func mode() throws -> Int {
      (try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int) ?? 0
    }
    #expect(desk.run("export", "orders", "--csv", path) == 0)
    #expect(try mode() == 0o600)
    chmod(path, 0o666)
    #expect(desk.run("export", "orders", "--csv", path, "--force") == 0)
    #expect(try mode() == 0o600 && String(contentsOfFile: path, encoding: .utf8).hasPrefix("created,"))
    let link = desk.folder + "/link.csv"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: desk.folder + "/victim")
    #expect(desk.run("export", "orders", "--csv", link, "--force") == 1)
    #expect(desk.errors == "\(link): it is a link; name the file itself\n")
    #expect(access(desk.folder + "/victim", F_OK) != 0)
  }

  @Test func csvIsAsTheStandardHasIt() throws {
    let desk = try Desk()
    try desk.trade()
    let path = desk.folder + "/events.csv"
    #expect(desk.run("export", "events", "--csv", path) == 0, "\(desk.errors)")
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(
      text == """
        time,exchange,account,pair,client_order_id,event,claim,outcome,filled,quantity,price,trade_id,venue_order_id,\
        state,reason,venue_time,continues,carried\r
        2026-11-20T08:00:00.000000004Z,binance,main,BTC-USDT,pb-0,fill,,,,,,t1,v1,partially_filled,\
        "a, ""b""\\nc",2026-11-20T08:00:00.000000002Z,,\r
        2026-11-20T08:00:00.000000005Z,binance,main,BTC-USDT,pb-0,fill,,,,,,t2,v1,filled,\
        "a, ""b""\\nc",2026-11-20T08:00:00.000000003Z,,\r\n
        """)
    #expect(desk.run("export", "events", "--csv", path) == 1)
    #expect(desk.errors == "\(path): it exists already; --force overwrites it\n")
    #expect(desk.run("export", "orders", "--csv", path, "--force") == 0)
    #expect(try String(contentsOfFile: path, encoding: .utf8).hasPrefix("created,exchange,"))
    #expect(desk.run("export", "orders", "--csv", "/dev/full", "--force") == 1)
    #expect(desk.errors == "/dev/full: No space left on device; nothing was exported\n")
    #expect(access("/dev/full", F_OK) == 0)
  }

  @Test func theColumnsAreThoseThatAreDocumented() throws {
    let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "docs/journal.md")
    let text = try String(contentsOf: page, encoding: .utf8)
    for table in HistoryTable.allCases {
      let row = "\n| `\(table.rawValue)` | \(table.columns.map(\.name).joined(separator: ", ")) |\n"
      #expect(text.contains(row), "\(table)")
    }
  }

  @Test func mistakesAreTold() throws {
    let desk = try Desk()
    #expect(desk.run("history", "fils") == 1)
    #expect(desk.errors.hasPrefix("there is no table \"fils\"; did you mean \"fills\"?"))
    #expect(desk.run("history", "--since", "yesterday") == 1 && desk.errors.contains("2026-11-20T08:47:58Z"))
    #expect(desk.run("history", "--limit", "0") == 1 && desk.errors.contains("write 1 or more"))
    #expect(desk.run("history", "balances", "--pair", "A-B") == 1 && desk.errors == "--pair: balances have no pairs\n")
    #expect(desk.run("export", "--csv", "-") == 1 && desk.errors.contains("name it: orders, events"))
    #expect(desk.run("export", "orders") == 64 && desk.run("export", "orders", "--csv", "-", "--json", "-") == 64)
    #expect(desk.run("history", "a", "b") == 64)
    desk.file += ".old"
    #expect(desk.run("history") == 1)
    #expect(desk.errors == "\(desk.file): there is no journal; a host that trades writes one\n")
    try Data("not a journal, but long enough to look like some file".utf8).write(to: URL(filePath: desk.file))
    #expect(desk.run("history") == 1 && desk.errors.contains("this is not a journal of Patchbay"))
  }
}

extension Desk {
  /// Appends to the output; `nil` empties it.
  fileprivate func write(_ text: String?) { output = text.map { output + $0 } ?? "" }
}
