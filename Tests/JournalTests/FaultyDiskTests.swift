import FaultyDisk
import MarketModel
import Testing

@testable import Journal

/// A disk that fails at a chosen moment. One at a time: the layer is one for the process.
@Suite(.serialized) struct FaultyDiskTests {
  private let settings = JournalSettings(checkpointPages: 8, isCheckedAtOpening: false, fileLayer: "faulty-disk")

  init() {
    #expect(faulty_disk_register() == 0)
    faulty_disk_read_only(0)
    faulty_disk_fail(FAULTY_DISK_SOUND, 0)
  }

  /// Enters orders one by one, each with a counter that goes with it; gives those that were promised.
  private func enter(_ numbers: Range<Int>, _ queue: inout JournalQueue) -> Set<String> {
    var tickets: [JournalTicket: String] = [:]
    var promised: Set<String> = []
    for number in numbers {
      let entries: [JournalEntry] = [
        .order(entry("\(number)", number: UInt64(number))), .counter(name: "n", next: UInt64(number) + 1),
      ]
      tickets[queue.append(entries, .intent)] = "\(number)"
      for receipt in queue.commit() where receipt.isDurable { promised.insert(tickets[receipt.ticket] ?? "?") }
      queue.rest()
    }
    return promised
  }

  private func names(_ path: String) throws -> (orders: Set<String>, counter: UInt64) {
    let journal = try Journal(path: path)
    let state = try journal.restore(since: 0)
    return (Set(state.orders.map(\.entry.name.clientOrderID)), state.counters["n"] ?? 0)
  }

  @Test(arguments: [FAULTY_DISK_FULL, FAULTY_DISK_BROKEN, FAULTY_DISK_UNFLUSHED])
  func whateverOperationFailsNothingPromisedIsLost(kind: faulty_disk_kind) throws {
    var seen = (refused: 0, kept: 0)
    for failure in 0... {
      let folder = try Folder()
      var promised: Set<String> = []
      faulty_disk_fail(FAULTY_DISK_SOUND, 0)
      do {
        var queue = JournalQueue(try Journal(path: folder.journal, settings: settings))
        promised = enter(0..<4, &queue)
        #expect(promised.count == 4)
        faulty_disk_fail(kind, failure)
        let more = enter(4..<16, &queue)
        #expect((queue.fault == nil) == (more.contains("15")))
        seen.refused += 12 - more.count
        seen.kept += more.count
        promised.formUnion(more)
        // The disk stays as it is while the file is closed: as a process that ends.
      }
      let isOver = faulty_disk_operations() <= failure
      faulty_disk_fail(FAULTY_DISK_SOUND, 0)
      let found = try names(folder.journal)
      #expect(found.orders.isSuperset(of: promised), "failure at \(failure)")
      // An order and its counter come together.
      #expect(found.counter == UInt64((found.orders.compactMap { Int($0) }.max() ?? -1) + 1))
      if isOver { break }
    }
    #expect(seen.refused > 50 && seen.kept > 50)
  }

  @Test func whenThereIsRoomAgainFactsAreThereAndRefusedOrdersAreNot() throws {
    let folder = try Folder()
    var queue = JournalQueue(try Journal(path: folder.journal, settings: settings), backlog: JournalBacklog(groups: 3))
    #expect(enter(0..<1, &queue) == ["0"])
    faulty_disk_fail(FAULTY_DISK_FULL, 0)
    let fact = queue.append([.event(event("0", .report(OrderReport(.cancelled)), .cancelled))], .fact)
    #expect(queue.commit() == [] && queue.fault == .diskFull(file: folder.journal) && queue.count == 1)
    let intent = queue.append([.order(entry("1"))], .intent)
    #expect(queue.commit() == [JournalReceipt(ticket: intent, fault: .diskFull(file: folder.journal))])
    let counters = (1...3).map { queue.append([.counter(name: "n", next: $0 + 5)], .fact) }
    let size = queue.level.bytes
    #expect(size > 3 * JournalEntry.handling)
    #expect(queue.commit() == [JournalReceipt(ticket: counters[2], fault: .backlogFull(groups: 3, bytes: size))])
    faulty_disk_fail(FAULTY_DISK_SOUND, 0)
    #expect(queue.commit().map(\.ticket) == [fact, counters[0], counters[1]])
    #expect(queue.fault == nil && queue.isEmpty && queue.level.bytes == 0)
    #expect(enter(2..<3, &queue) == ["2"])
    _ = queue.crash()
    let state = try Journal(path: folder.journal).restore(since: 0)
    #expect(state.orders.map(\.entry.name.clientOrderID) == ["0", "2"] && state.counters == ["n": 7])
  }

  /// What waits is bounded in bytes: a few long texts count as many short ones.
  @Test func longTextsFillTheBacklogBeforeManyGroupsDo() throws {
    let folder = try Folder()
    var queue = JournalQueue(
      try Journal(path: folder.journal, settings: settings), backlog: JournalBacklog(groups: 1000, bytes: 100_000))
    #expect(enter(0..<1, &queue) == ["0"])
    faulty_disk_fail(FAULTY_DISK_FULL, 0)
    let words = String(repeating: "w", count: 4096)
    let facts = (0..<50).map { number in
      queue.append([.event(event("0", .report(OrderReport(.open, time: number, reason: words)), .open))], .fact)
    }
    #expect(queue.level.bytes <= 100_000 && queue.level.groups == queue.count && (20..<25).contains(queue.count))
    let refused = queue.commit()
    #expect(refused.count == 50 - queue.count && refused.map(\.ticket) == Array(facts[queue.count...]))
    // One that is larger than all of it is taken alone.
    faulty_disk_fail(FAULTY_DISK_SOUND, 0)
    #expect(queue.commit().count == queue.count + facts.count - refused.count && queue.level.bytes == 0)
    let huge = OrderReport(.open, time: 60, reason: String(repeating: "w", count: 200_000))
    let last = queue.append([.event(event("0", .report(huge), .open))], .fact)
    #expect(queue.commit() == [JournalReceipt(ticket: last, fault: nil)])
  }

  @Test func aFullCommitIsFlushedAndOthersAreNot() throws {
    for durability in Durability.allCases {
      let folder = try Folder()
      var settings = settings
      (settings.durability, settings.checkpointPages) = (durability, 10_000)
      let journal = try Journal(path: folder.journal, settings: settings)
      faulty_disk_fail(FAULTY_DISK_SOUND, 0)
      for number in 1...5 { try journal.commit([.order(entry("\(number)"))]) }
      // One flush for each commit, and one for the header of the log.
      #expect(faulty_disk_log_is_dirty() == (durability == .full ? 0 : 1), "\(durability)")
      #expect(durability == .full ? (5...6).contains(faulty_disk_flushes()) : faulty_disk_flushes() <= 1)
      faulty_disk_fail(FAULTY_DISK_SOUND, 0)
      let many = (10..<510).map { [JournalEntry.order(entry("\($0)"))] }
      #expect(journal.commit(many).allSatisfy { $0 == nil })
      // One for all of them.
      #expect(faulty_disk_flushes() == (durability == .full ? 1 : 0))
    }
  }

  @Test func aFileThatCannotBeWrittenIsRefused() throws {
    let folder = try Folder()
    _ = try Journal(path: folder.journal, settings: settings)
    faulty_disk_read_only(1)
    defer { faulty_disk_read_only(0) }
    #expect(throws: JournalFault.readOnly(file: folder.journal)) {
      try Journal(path: folder.journal, settings: settings)
    }
  }

  @Test func aDiskWithoutRoomForANewJournalIsTold() throws {
    let folder = try Folder()
    faulty_disk_fail(FAULTY_DISK_FULL, 0)
    #expect(throws: JournalFault.diskFull(file: folder.journal)) {
      try Journal(path: folder.journal, settings: settings)
    }
    faulty_disk_fail(FAULTY_DISK_SOUND, 0)
    #expect(try Journal(path: folder.journal, settings: settings).restore(since: 0).orders.isEmpty)
  }
}
