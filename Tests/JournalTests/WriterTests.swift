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
