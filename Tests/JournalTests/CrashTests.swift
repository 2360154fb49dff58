import ConnectorTestKit
import Decimals
import Foundation
import MarketModel
import Testing

@testable import Journal

/// Random lives of orders, and what a crash leaves of them.
private struct Story {
  var random: SeededGenerator
  /// What the host has in memory, and the entries that should bring it back.
  var tracker = OrderTracker()
  private var next: UInt64 = 1
  private var time: Int64 = 0

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  /// The next thing that happens; changes the tracker as the entries tell.
  mutating func step() -> [JournalEntry] {
    time += 1
    let live = tracker.inFlight
    if live.isEmpty || random.oneIn(4) { return create() }
    let order = random.pick(tracker.all)
    switch random.below(10) {
    case 8: return apply(.givenUp, to: order)
    case 9:
      next += 1
      let (price, quantity): (Decimal64?, Decimal64?) = random.oneIn(2) ? (101, nil) : (nil, 3)
      return apply(.amendRequested(CommandID(next * 10 + 2), price: price, quantity: quantity), to: order)
    case 0: return apply(.outcome(order.createCommand, random.pick(CommandOutcome.allCases)), to: order)
    case 1:
      next += 1
      return apply(.cancelRequested(CommandID(next * 10 + 1)), to: order)
    case 2...4:
      let fill = Fill(
        trade: "\(random.below(6))", price: Decimal64(Int64(100 + random.below(2))),
        quantity: Decimal64(mantissa: Int64(random.below(3)), exponent: -1),
        fee: random.oneIn(3) ? nil : Decimal64(Int64(random.below(3))), feeAsset: "BNB",
        isFeeEstimated: random.oneIn(2), liquidity: random.pick([nil, .maker, .taker]), time: Int64(random.below(50)))
      return apply(.fill(fill), to: order)
    default:
      let claim: OrderReport.Claim = random.oneIn(4) ? random.pick(OrderReport.Claim.allCases) : .open
      let report = OrderReport(
        claim, filled: random.oneIn(2) ? nil : Decimal64(mantissa: Int64(random.below(5)), exponent: -1),
        quantity: random.oneIn(3) ? 2 : nil, price: random.oneIn(3) ? Decimal64(Int64(random.below(3))) : nil,
        time: time - Int64(random.below(4)), reason: random.pick(["", "so", "\"'"]))
      let number = order.id.rawValue
      return apply(.report(report), to: order, venue: random.pick(["", "v\(number)", "w\(number)"]))
    }
  }

  private mutating func create() -> [JournalEntry] {
    next += 1
    let entry = entry("o\(next)", number: next)
    tracker.track(
      TrackedOrder(
        id: entry.order, account: AccountID(1), instrument: InstrumentID(1), clientOrderID: entry.name.clientOrderID,
        draft: entry.draft, createCommand: entry.createCommand, time: 0))
    return [.counter(name: "order", next: next + 1), .order(entry)]
  }

  private mutating func apply(_ event: OrderEvent, to order: TrackedOrder, venue: String = "") -> [JournalEntry] {
    let reference = OrderReference(
      account: order.account, instrument: order.instrument, order: order.id, venueOrderID: venue)
    switch event {
    case .report, .fill:
      // The journal keeps what the host concluded, and lets it happen again as that.
      tracker.replay(event, of: order.id, now: 0)
      tracker.know(order.id, as: venue)
    case .cancelRequested(let command): _ = tracker.cancelRequested(order.id, command: command, now: 0)
    case .amendRequested(let command, let price, let quantity):
      _ = tracker.amendRequested(order.id, command: command, price: price, quantity: quantity, now: 0)
    case .outcome(let command, let outcome): _ = tracker.commandEnded(command, outcome, now: 0)
    case .givenUp: _ = tracker.giveUp(order.id, now: 0)
    case .leaving: tracker.know(order.id, as: venue)
    }
    guard let after = tracker[order.id] else { return [] }
    let name = name(order.clientOrderID)
    return [.event(OrderEventEntry(name: name, event: event, venueOrderID: venue, after: after, time: time))]
  }
}

/// Everything that can be seen of an order.
private struct Facts: Equatable {
  let id: OrderID
  let draft: OrderDraft
  let venueOrderIDs: [String]
  let reason: String
  let quantity: Decimal64?
  let price: Decimal64?
  let filled: [Decimal64]
  let fills: [Fill]
  let state: OrderState
  let flags: [Bool]

  init(_ order: TrackedOrder) {
    (id, draft, venueOrderIDs, reason) = (order.id, order.draft, order.venueOrderIDs, order.reason)
    (quantity, price) = (order.quantity, order.price)
    (filled, fills) = ([order.filledByFills, order.filledByReports], order.fills)
    (state, flags) = (order.state, [order.needsQuery, order.hasAllFills])
  }
}

private func facts(_ state: JournalState) -> [Facts] {
  var tracker = OrderTracker()
  for order in state.orders {
    let isNew = order.restore(
      into: &tracker, account: AccountID(1), instrument: InstrumentID(1), now: 0)
    #expect(isNew)
  }
  return tracker.all.map(Facts.init)
}

@Suite struct CrashTests {
  /// After a crash at any moment the journal gives exactly what the host knew when the last commit was made.
  @Test func whatIsRestoredIsWhatWasCommitted() throws {
    var sizes: Set<Int> = []
    for seed in 0..<60 as Range<UInt64> {
      var story = Story(seed: seed)
      // What the host knew after each group, from before the first one.
      var known = [OrderTracker()]
      var journal = try Journal(path: Journal.memory)
      for _ in 0..<4 {
        var queue = JournalQueue(journal)
        story.tracker = try #require(known.last)
        for _ in 0..<(5 + story.random.below(40)) {
          let entries = story.step()
          _ = queue.append(entries, .fact)
          known.append(story.tracker)
          guard story.random.oneIn(5) else { continue }
          let receipts = queue.commit()
          #expect(receipts.allSatisfy { $0.isDurable })
          known = [story.tracker]
        }
        let survivors = story.random.below(queue.count + 1)
        let survivor = queue.crash(afterCommitting: survivors)
        journal = try #require(survivor)
        known = [known[survivors]]
        let expected = known[0].all.map(Facts.init)
        let restored = try journal.restore(since: 0)
        #expect(facts(restored) == expected, "seed \(seed)")
        let live = try journal.restore(since: .max).orders.map(\.entry.order)
        let expectedLive = known[0].all.filter { !$0.state.isTerminal || $0.state == .lost }
        #expect(live == expectedLive.map(\.id), "seed \(seed)")
        sizes.insert(expected.count)
      }
    }
    #expect(sizes.count > 10)
  }

  /// Power may take the end of the log wherever it likes: what is left is what was committed up to some moment.
  @Test func aLogThatIsCutLeavesAPrefixOfTheCommits() throws {
    let folder = try Folder()
    var story = Story(seed: 4)
    var known = [[Facts]()]
    let copy = folder.path + "/copy.sqlite"
    try withExtendedLifetime(try Journal(path: folder.journal, settings: quick)) { journal in
      _ = try journal.database.checkpoint(truncating: true)
      for _ in 0..<40 {
        try journal.commit(story.step())
        known.append(story.tracker.all.map(Facts.init))
      }
      let log = try Data(contentsOf: URL(filePath: folder.journal + "-wal"))
      var random = SeededGenerator(seed: 5)
      var last = 0
      let cuts = (0..<60).map { _ in random.below(log.count) }.sorted() + [log.count]
      for cut in cuts {
        for file in ["", "-wal", "-shm", "-lock"] { try? FileManager.default.removeItem(atPath: copy + file) }
        try FileManager.default.copyItem(atPath: folder.journal, toPath: copy)
        try log.prefix(cut).write(to: URL(filePath: copy + "-wal"))
        let found = facts(try Journal(path: copy, settings: quick).restore(since: 0))
        let place = try #require(known[last...].firstIndex(of: found), "cut at \(cut)")
        last = place
      }
      #expect(last == known.firstIndex(of: story.tracker.all.map(Facts.init)))
    }
  }
}
