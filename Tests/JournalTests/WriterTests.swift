import Glibc
import MarketModel
import Synchronization
import Testing

@testable import Journal

/// Receipts as a lane would get them.
private final class Inbox: Sendable {
  private let receipts = Mutex<[JournalReceipt]>([])
  var all: [JournalReceipt] { receipts.withLock { $0 } }
  func take(_ more: [JournalReceipt]) { receipts.withLock { $0 += more } }
}

@Suite struct WriterTests {
  @Test func eachPortGetsItsReceiptsInOrder() throws {
    let folder = try Folder()
    let writer = try JournalWriter(Journal(path: folder.journal, settings: quick))
    let inboxes = [Inbox(), Inbox()]
    let ports = inboxes.map { inbox in writer.port { inbox.take($0) } }
    var tickets: [[JournalTicket]] = [[], []]
    for number in 0..<500 {
      tickets[number % 2].append(try ports[number % 2].append([.order(entry("\(number)"))], .intent))
    }
    let late = try ports[0].append([.order(entry("1"))], .intent)
    #expect(writer.flush() == nil)
    #expect(inboxes[1].all == tickets[1].map { JournalReceipt(ticket: $0, fault: nil) })
    #expect(inboxes[0].all.dropLast() == tickets[0].map { JournalReceipt(ticket: $0, fault: nil) }[...])
    #expect(inboxes[0].all.last == JournalReceipt(ticket: late, fault: .duplicateOrder(name("1"))))
    #expect(writer.status == JournalWriter.Status(waiting: 0, fault: nil))
    #expect(writer.close() == nil)
    #expect(throws: JournalFault.closed) { try ports[0].append([], .fact) }
    // The file is free again, and whole.
    #expect(try Journal(path: folder.journal, settings: quick).restore(since: 0).orders.count == 500)
  }

  @Test func manyThreadsHandInAtOnce() async throws {
    let folder = try Folder()
    let writer = try JournalWriter(Journal(path: folder.journal, settings: quick))
    let inbox = Inbox()
    await withTaskGroup(of: Void.self) { group in
      for thread in 0..<8 {
        let port = writer.port { inbox.take($0) }
        group.addTask {
          for number in 0..<100 { _ = try? port.append([.order(entry("\(thread).\(number)"))], .intent) }
        }
      }
    }
    #expect(writer.close() == nil && writer.close() == nil)
    #expect(inbox.all.count == 800 && inbox.all.allSatisfy { $0.isDurable })
    #expect(try Journal(path: folder.journal, settings: quick).restore(since: 0).orders.count == 800)
  }

  /// 450 orders that ended and one that lives.
  private func fill(_ journal: Journal) throws {
    for number in 0..<450 {
      let end = event("old.\(number)", .report(OrderReport(.cancelled)), .cancelled, time: 2_000)
      try journal.commit([.order(entry("old.\(number)", number: UInt64(number + 1))), .event(end)])
    }
    try journal.commit([.order(entry("open", number: 999))])
  }

  /// What is old goes while a host trades, a little at a time, and nothing waits for all of it.
  @Test func aJournalIsPrunedWhileItIsWrittenTo() throws {
    let folder = try Folder()
    try fill(Journal(path: folder.journal, settings: quick))
    let writer = try JournalWriter(Journal(path: folder.journal, settings: quick))
    let inbox = Inbox()
    let port = writer.port { inbox.take($0) }
    let told = Mutex<[(JournalPruning, JournalFault?)]>([])
    let keeps = JournalKeeping([JournalKeeping.Round(before: 1_000_000)])
    writer.prune(keeps) { pruned, fault in told.withLock { $0.append((pruned, fault)) } }
    // Another one beside it changes nothing.
    writer.prune(keeps) { _, _ in Issue.record("it is under way already") }
    for number in 0..<20 { try port.append([.order(entry("new.\(number)", created: 5_000_000))], .intent) }
    #expect(writer.flush() == nil && inbox.all.count == 20 && inbox.all.allSatisfy(\.isDurable))
    while told.withLock({ $0.isEmpty }) { usleep(1000) }
    #expect(told.withLock { $0.map(\.0.orders) } == [450] && told.withLock { $0[0].1 } == nil)
    #expect(writer.close() == nil)
    let after = try Journal(path: folder.journal, settings: quick)
    #expect(try after.row("SELECT count(*) FROM orders") == ["21"])
    try after.check()
  }

  @Test func whileTheFileIsLockedOrdersAreRefusedAndFactsWait() throws {
    let folder = try Folder()
    var settings = quick
    settings.patienceMilliseconds = 0
    let journal = try Journal(path: folder.journal, settings: settings)
    try journal.commit([.order(entry("a"))])
    let writer = try JournalWriter(journal)
    let inbox = Inbox()
    let port = writer.port { inbox.take($0) }
    let other = try Database(path: folder.journal, mode: .write)
    try other.execute("BEGIN IMMEDIATE")
    let fact = try port.append([.event(event("a", .report(OrderReport(.open)), .open))], .fact)
    let order = try port.append([.order(entry("b"))], .intent)
    let locked = JournalFault.locked(file: folder.journal)
    #expect(writer.flush() == locked)
    #expect(inbox.all == [JournalReceipt(ticket: order, fault: locked)])
    #expect(writer.status == JournalWriter.Status(waiting: 1, fault: locked))
    try other.execute("COMMIT")
    writer.retry()
    // Closing tries whatever is left, so this does not depend on who comes first.
    #expect(writer.close() == nil)
    #expect(inbox.all.last == JournalReceipt(ticket: fact, fault: nil))
  }

  @Test func whatCannotBeWrittenAtTheEndIsToldAsLost() throws {
    let folder = try Folder()
    var settings = quick
    settings.patienceMilliseconds = 0
    let writer = try JournalWriter(Journal(path: folder.journal, settings: settings))
    let inbox = Inbox()
    let port = writer.port { inbox.take($0) }
    let other = try Database(path: folder.journal, mode: .write)
    try other.execute("BEGIN IMMEDIATE")
    let fact = try port.append([.counter(name: "n", next: 1)], .fact)
    let locked = JournalFault.locked(file: folder.journal)
    #expect(writer.close() == locked)
    #expect(inbox.all == [JournalReceipt(ticket: fact, fault: locked)])
  }
}
