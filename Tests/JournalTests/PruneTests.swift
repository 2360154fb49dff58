import Decimals
import MarketModel
import Testing

@testable import Journal

/// What is taken out of a journal, and what never is.
@Suite struct PruneTests {
  private let day: Int64 = 24 * 3600 * 1_000_000_000

  private func fill(_ id: String, _ trade: String, time: Int64) -> JournalEntry {
    .event(
      event(id, .fill(Fill(trade: trade, price: 100, quantity: 1, time: time)), .filled, filled: 1, time: time))
  }

  private func position(_ quantity: Decimal64, time: Int64, instrument: String = "BTCUSDT") -> JournalEntry {
    .position(
      PositionEntry(
        exchange: "binance", account: "main", instrument: instrument, pair: "BTC-USDT", leg: .net,
        position: Position(quantity: quantity, entry: 100, time: time), time: time))
  }

  private func counts(_ journal: Journal) throws -> [String] {
    try ["orders", "order_events", "fills", "funding_payments", "position_changes"].map { table in
      try journal.row("SELECT count(*) FROM \(table)")[0]
    }
  }

  @Test func onlyWhatEndedLongAgoGoes() throws {
    let folder = try Folder()
    let journal = try Journal(path: folder.journal, settings: quick)
    for (number, id) in ["old", "open", "new"].enumerated() {
      try journal.commit([.order(entry(id, number: UInt64(number + 1), created: day))])
    }
    try journal.commit([fill("old", "t1", time: 2 * day), fill("new", "t2", time: 90 * day)])
    let asked = OrderEvent.cancelRequested(CommandID(99))
    try journal.commit([.event(event("open", asked, .pendingCancel, time: 2 * day))])
    #expect(try journal.prune(before: 2 * day).isEmpty, "not yet")
    let pruned = try journal.prune(before: 60 * day)
    #expect((pruned.orders, pruned.events, pruned.fills) == (1, 1, 1), "\(pruned.words)")
    #expect(try counts(journal)[..<3] == ["2", "2", "1"])
    let state = try journal.restore(since: 89 * day)
    #expect(state.orders.map(\.entry.name.clientOrderID) == ["open", "new"])
    #expect(state.nextOrder == OrderID(4), "no number is given twice")
    #expect(try journal.prune(before: 60 * day).isEmpty)
    try journal.check()
    // References are looked at again.
    #expect(throws: (any Error).self) {
      try journal.database.execute(
        "INSERT INTO order_events SELECT NULL, 77, kind, command, outcome, claim, filled, quantity, price, fill_row, "
          + "venue_order, reason, state, venue_ns, time_ns, continues, carried FROM order_events")
    }
  }

  @Test func whatAPositionNeedsStays() throws {
    let folder = try Folder()
    let journal = try Journal(path: folder.journal, settings: quick)
    try journal.commit([.order(entry("opened", created: day)), fill("opened", "t1", time: 2 * day)])
    try journal.commit([position(1, time: 2 * day), position(2, time: 3 * day)])
    #expect(try journal.prune(before: 60 * day).isEmpty, "a position is open in it")
    try journal.commit([position(0, time: 4 * day)])
    let kept = [JournalAccount(exchange: "binance", account: "main")]
    #expect(try journal.prune(before: 60 * day, keeping: kept).isEmpty)
    let pruned = try journal.prune(before: 60 * day)
    #expect(pruned.orders == 1 && pruned.positionChanges == 2, "\(pruned.words)")
    #expect(try counts(journal) == ["0", "0", "0", "0", "1"], "the last change stays")
    #expect(try journal.restore(since: 0).positions.count == 1)
  }

  @Test func theLastFundingPaymentsStay() throws {
    let folder = try Folder()
    let journal = try Journal(path: folder.journal, settings: quick)
    for index in 0..<20 {
      try journal.commit([
        .funding(
          FundingEntry(
            exchange: "binance", account: "main", instrument: "BTCUSDT", pair: "BTC-USDT", payment: "p\(index)",
            rate: nil, amount: 1, asset: "USDT", time: Int64(index) * day))
      ])
    }
    let pruned = try journal.prune(before: 1000 * day)
    #expect(pruned.payments == 12)
    #expect(try journal.restore(since: 0).funding.map(\.payment).first == "p12")
  }

  @Test func theOldestGoUntilTheFileIsSmallEnough() throws {
    let folder = try Folder()
    let journal = try Journal(path: folder.journal, settings: quick)
    let count = 6000
    for begin in stride(from: 0, to: count, by: 500) {
      let groups = (begin..<(begin + 500)).map { number -> [JournalEntry] in
        let time = Int64(number + 1) * 1_000_000_000
        let order = entry("o\(number)", number: UInt64(number + 1), created: time)
        return [.order(order), fill("o\(number)", "t", time: time)]
      }
      #expect(journal.commit(groups).allSatisfy { $0 == nil })
    }
    let full = try journal.usedBytes()
    let plan = try journal.row(
      "EXPLAIN QUERY PLAN DELETE FROM fills WHERE order_row IN (SELECT id FROM orders WHERE live = 7)")
    #expect(plan.contains { $0.contains("fills_order") }, "\(plan)")
    let pruned = try journal.prune(before: .max, downTo: full / 2)
    #expect(try journal.usedBytes() <= full / 2 && pruned.orders < count && pruned.orders >= 2000)
    #expect(try journal.row("SELECT min(host_order) FROM orders") == ["\(pruned.orders + 1)"], "the oldest first")
    #expect(try journal.prune(before: .max, downTo: full).isEmpty)
    #expect(try journal.prune(before: .max, batches: 1).orders == 2000, "the rest is for the next time")
  }
}
