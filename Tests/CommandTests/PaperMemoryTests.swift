import Decimals
import Foundation
import Journal
import MarketModel
import Testing

@testable import Catalog
@testable import PatchbayHost

private let packageRoot = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().path
private let buildFolder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path

/// What accounts on paper remember: all their deals, whatever single starts of the host do with them.
@Suite struct PaperMemoryTests {
  private let day: Int64 = 24 * 3600 * 1_000_000_000
  private let folder = FileManager.default.temporaryDirectory.appending(path: "memory-\(UUID().uuidString)").path
  private var keeps: Config.Journal {
    var keeps = Config.Journal()
    keeps.keepDays = 30
    return keeps
  }

  init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

  /// The paper exchange's part of a configuration.
  private func seats(_ members: String) throws -> [PaperSeat] {
    let market = #""markets": {"spot": {"pairs": ["BTC-USDT"]}}, "permit": {"trading": true}"#
    let text = #"{"schema": 1, "connectors": {"paper": {\#(market), \#(members)}}}"#
    let config = try Config.parse(bytes: Array(text.utf8), file: "test", environment: [:])
    let registry = try Registry.load(path: packageRoot + "/registry.json")
    return PaperSeat.all(
      config, Catalog.discover(registry: registry, pluginFolder: nil, libraryFolders: [buildFolder]))
  }

  /// An order that was filled at once, in a run that began a little before.
  private func deal(_ id: String, account: String, day number: Int64) throws {
    let journal = try Journal(path: "\(folder)/journal.sqlite")
    let name = OrderName(exchange: "paper", account: account, clientOrderID: id)
    let time = number * day + 1000
    let draft = OrderDraft(side: .buy, type: .limit, quantity: 1, price: 100)
    let fill = Fill(trade: "t-\(id)", price: 100, quantity: 1, feeAsset: "USDT", time: time)
    try journal.commit([
      .order(
        OrderEntry(
          name: name, connector: "paper", instrument: "BTC-USDT", pair: "BTC-USDT", order: OrderID(UInt64(number)),
          createCommand: CommandID(UInt64(number)), draft: draft, created: time)),
      .event(
        OrderEventEntry(name: name, event: .fill(fill), venueOrderID: "v", state: .filled, filled: 1, time: time)),
    ])
  }

  /// Starts a host's journal; gives what the account bought of BTC in the runs that count.
  private func start(_ members: String, day number: Int64) throws -> String? {
    let journal = try HostJournal(
      folder: folder, instance: "0", wall: number * day, onPaper: try seats(members), keeps: keeps)
    defer { #expect(journal.close() == nil) }
    guard let history = journal.paper["paper"]?.history else { return nil }
    return history.changes().first { $0.asset == "BTC" }.flatMap { $0.amount.narrowed?.value.plain } ?? "0"
  }

  @Test func noStartForgetsTheDealsOfAnother() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for account in [#""paper": {"balances": {"USDT": "1000"}}"#, #""log": "warning""#] {
      let name = account.contains("paper") ? "paper" : "main"
      #expect(try start(account, day: 1) == "0")
      try deal("first-\(name)", account: name, day: 2)
      // What is old is counted from the newest word of an exchange.
      try deal("late-\(name)", account: "elsewhere", day: 100)
      // Without the right to trade, switched off, or not named at all.
      #expect(try start(#""enabled": false, "# + account, day: 100) == nil)
      let other = try HostJournal(folder: folder, instance: "0", wall: 101 * day, keeps: keeps)
      #expect(other.close() == nil)
      #expect(try start(account, day: 102) == "1", "\(name)")
    }
  }

  /// A clock that is years ahead takes nothing out.
  @Test func aWrongClockTakesNothingAway() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try deal("mine", account: "main", day: 2)
    for number: Int64 in [4000, 4001] {
      let journal = try HostJournal(folder: folder, instance: "0", wall: number * day, keeps: keeps)
      #expect(journal.pruned == nil && journal.trustedStart == 2 * day + 1000)
      #expect(journal.close() == nil)
    }
    try deal("later", account: "main", day: 200)
    let journal = try HostJournal(folder: folder, instance: "0", wall: 201 * day, keeps: keeps)
    #expect(journal.pruned?.contains("1 orders") == true, "\(journal.pruned ?? "")")
    #expect(journal.close() == nil)
  }

  @Test func whatBeganAnewStaysNew() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let goesOn = #""paper": {"balances": {"USDT": "1000"}}"#
    let anew = #""paper": {"balances": {"USDT": "1000"}, "resume": false}"#
    #expect(try start(goesOn, day: 1) == "0")
    try deal("one", account: "paper", day: 2)
    #expect(try start(goesOn, day: 3) == "1")
    #expect(try start(anew, day: 4) == nil)
    try deal("two", account: "paper", day: 4)
    try deal("three", account: "paper", day: 5)
    #expect(try start(goesOn, day: 6) == "2", "those since then, and no older ones")
    #expect(try start(goesOn, day: 200) == "2")
  }
}
