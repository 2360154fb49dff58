import Foundation
import MarketModel
import Testing

@testable import Journal

@Suite struct ReaderTests {
  @Test func momentsAreWrittenAndReadExactly() {
    let known: [(Int64, String)] = [
      (0, "1970-01-01T00:00:00.000000000Z"), (-1, "1969-12-31T23:59:59.999999999Z"),
      (1_709_210_096_123_456_789, "2024-02-29T12:34:56.123456789Z"), (.max, "2262-04-11T23:47:16.854775807Z"),
      (951_868_800_000_000_000, "2000-03-01T00:00:00.000000000Z"),
    ]
    for (time, text) in known {
      #expect(UTCTime.text(time) == text)
      #expect(UTCTime.nanoseconds(text) == time)
    }
    // Every day of four centuries there and back, and each one greater than the one before.
    for day in Int64(-60_000)..<90_000 {
      let text = UTCTime.text(day * 86_400_000_000_000)
      #expect(UTCTime.nanoseconds(String(text.prefix(10))) == day * 86_400_000_000_000)
      #expect(text < UTCTime.text((day + 1) * 86_400_000_000_000))
    }
    #expect(UTCTime.nanoseconds("2026-11-20T08:47:58.5Z") == 1_795_164_478_500_000_000)
  }

  @Test(arguments: [
    "", "2026", "2026-11-20T", "2026-02-29", "2026-13-01", "2026-00-10", "2026-1-01", "2026-11-20T08:47Z",
    "2026-11-20T24:00:00Z", "2026-11-20T08:47:58", "2026-11-20T08:47:58.Z", "2026-11-20T08:47:58.1234567890Z",
    "2026-11-20 08:47:58Z", "2026-11-20T08:47:58+01:00", "9999-01-01", "2026-11-2\u{661}", "-2026-01-01",
  ]) func whatIsNoMomentIsRefused(text: String) { #expect(UTCTime.nanoseconds(text) == nil) }

  @Test func readersSeeWhatIsCommittedAndDisturbNobody() throws {
    let folder = try Folder()
    #expect(throws: JournalFault.missing(file: folder.journal)) { try JournalReader(path: folder.journal) }
    let journal = try Journal(path: folder.journal, settings: quick)
    try journal.commit([.order(entry("a"))])
    let reader = try JournalReader(path: folder.journal)
    func count() throws -> Int {
      var count = 0
      try reader.read(.orders) { _ in count += 1 }
      return count
    }
    try reader.atOneMoment {
      #expect(try count() == 1)
      try journal.commit([.order(entry("b"))])
      #expect(try count() == 1)
    }
    #expect(try count() == 2)
  }

  @Test func aFileWithoutItsLogIsReadWhereNothingCanBeWritten() throws {
    let folder = try Folder()
    do { try Journal(path: folder.journal, settings: quick).commit([.order(entry("a"))]) }
    let odd = folder.path + "/50% of #1?.sqlite"
    try FileManager.default.moveItem(atPath: folder.journal, toPath: odd)
    let database = try Database(path: odd, mode: .frozen)
    #expect(try database.integer("SELECT count(*) FROM orders") == 1)
    #expect(throws: JournalFault.readOnly(file: odd)) { try database.execute("DELETE FROM orders") }
  }

  @Test func otherSchemasAreNotRead() throws {
    let folder = try Folder()
    let known = Schema.versions.count
    _ = try Journal(path: folder.journal, settings: quick)
    try Database(path: folder.journal, mode: .write).execute("PRAGMA user_version = \(known + 1)")
    #expect(throws: JournalFault.newerSchema(file: folder.journal, found: known + 1, known: known)) {
      try JournalReader(path: folder.journal)
    }
  }

  @Test func everyTableCanBeReadAndItsNamesAreDifferent() throws {
    let folder = try Folder()
    let journal = try Journal(path: folder.journal, settings: quick)
    let position = Position(quantity: 1, time: 0)
    try journal.commit([
      .order(entry("a")), .event(event("a", .fill(Fill(trade: "1", price: 1, quantity: 1)), .filled, filled: 1)),
      .funding(
        FundingEntry(
          exchange: "x", account: "m", instrument: "I", pair: "A-B", payment: "1", amount: 1, asset: "B", time: 1)),
      .position(
        PositionEntry(exchange: "x", account: "m", instrument: "I", pair: "A-B", position: position, time: 1)),
      .balance(
        BalanceEntry(
          exchange: "x", account: "m", asset: "B", balance: Balance(total: 1, available: 1, time: 0), time: 1)),
    ])
    let reader = try JournalReader(path: folder.journal)
    for table in HistoryTable.allCases {
      let names = table.columns.map(\.name)
      #expect(Set(names).count == names.count, "\(table)")
      var rows = 0
      let filter = HistoryFilter(
        exchange: [.orders, .events, .fills].contains(table) ? "binance" : "x", since: 0, until: .max, limit: 5)
      try reader.read(table, filter) { row in
        rows += 1
        #expect(row.count == names.count)
        #expect(row[0]?.hasPrefix("1970-01-01T00:00:00.0") == true)
      }
      #expect(rows == 1, "\(table)")
    }
  }
}
