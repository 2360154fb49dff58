/// Names entries that were handed in, until their receipt comes. Rises.
public struct JournalTicket: Hashable, Comparable, Sendable {
  public let number: UInt64

  public static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}

/// What became of entries.
public struct JournalReceipt: Equatable, Sendable {
  public let ticket: JournalTicket
  /// `nil`: they are durable. Else they are not, and what waited for them must not be done.
  public let fault: JournalFault?
  public var isDurable: Bool { fault == nil }

  public init(ticket: JournalTicket, fault: JournalFault?) { (self.ticket, self.fault) = (ticket, fault) }
}

/// What entries are for, and so what happens to them while the journal cannot be written.
public enum JournalPurpose: Sendable {
  /// Something is to be done once they are durable, such as sending an order. They are tried once; then their receipt
  /// reports the fault, and they are forgotten.
  case intent
  /// They have happened. They wait, in their order, until they can be written.
  case fact
}

/// Most that waits for a journal. Groups of entries beyond it are refused.
public struct JournalBacklog: Equatable, Sendable {
  public var groups: Int
  /// Of all entries that wait, by `JournalEntry.size`: their texts, and 512 for each.
  public var bytes: Int

  public init(groups: Int = 100_000, bytes: Int = 128 << 20) {
    self.groups = max(1, groups)
    self.bytes = max(1, bytes)
  }

  /// What waits now.
  struct Level {
    var groups = 0
    var bytes = 0

    mutating func add(_ size: Int) { (groups, bytes) = (groups + 1, bytes + size) }
    mutating func remove(_ size: Int) { (groups, bytes) = (groups - 1, bytes - size) }
  }

  /// Whether one more group fits. One alone always does.
  func fits(_ level: Level, _ size: Int) -> Bool {
    level.groups == 0 || level.groups < groups && level.bytes <= bytes - size
  }
}

/// Entries on their way into a journal, in the order in which they were handed in. One thread at a time, no clock: the
/// simulator commits when it likes, and `JournalWriter` from a thread of its own.
public struct JournalQueue {
  private struct Item {
    let ticket: JournalTicket
    let entries: [JournalEntry]
    let purpose: JournalPurpose
    let size: Int
  }

  /// Groups of entries in one transaction, at most. It bounds what a failing disk makes the journal repeat.
  static let groupsInTransaction = 1024

  /// `nil` after `close`.
  private var journal: Journal?
  let backlog: JournalBacklog
  private var items: [Item] = []
  private(set) var level = JournalBacklog.Level()
  private var refused: [JournalReceipt] = []
  private var lastTicket: UInt64 = 0
  /// Why the last commit failed; `nil` when it did not. Facts wait, and intents are refused until it passes.
  public private(set) var fault: JournalFault?

  /// - Parameter backlog: most that waits; what is beyond it is refused.
  public init(_ journal: Journal, backlog: JournalBacklog = JournalBacklog()) {
    self.journal = journal
    self.backlog = backlog
  }

  /// How many groups wait.
  public var count: Int { items.count }

  /// Whether nothing waits, neither entries nor receipts.
  public var isEmpty: Bool { items.isEmpty && refused.isEmpty }

  /// Takes entries that belong together. Their receipt comes from a later `commit`.
  public mutating func append(_ entries: [JournalEntry], _ purpose: JournalPurpose) -> JournalTicket {
    let ticket = JournalTicket(number: lastTicket + 1)
    append(entries, purpose, as: ticket)
    return ticket
  }

  mutating func append(_ entries: [JournalEntry], _ purpose: JournalPurpose, as ticket: JournalTicket) {
    lastTicket = ticket.number
    let size = entries.size
    if backlog.fits(level, size) {
      items.append(Item(ticket: ticket, entries: entries, purpose: purpose, size: size))
      level.add(size)
    } else {
      refused.append(JournalReceipt(ticket: ticket, fault: .backlogFull(level)))
    }
  }

  /// Writes everything that waits, and gives the receipts in the order of the tickets. What cannot be written now stays
  /// when it is a fact.
  public mutating func commit() -> [JournalReceipt] {
    var receipts = refused
    refused = []
    fault = nil
    var done = 0
    while let journal, done < items.count {
      let part = items[done..<min(items.count, done + Self.groupsInTransaction)]
      let faults = journal.commit(part.map(\.entries))
      fault = faults.lazy.compactMap { $0 }.first { !$0.isFinal }
      guard fault == nil else { break }
      for (item, fault) in zip(part, faults) { receipts.append(JournalReceipt(ticket: item.ticket, fault: fault)) }
      done += part.count
    }
    for item in items[..<done] { level.remove(item.size) }
    items.removeFirst(done)
    if let fault {
      for item in items where item.purpose == .intent {
        receipts.append(JournalReceipt(ticket: item.ticket, fault: fault))
        level.remove(item.size)
      }
      items.removeAll { $0.purpose == .intent }
    }
    return receipts.sorted { $0.ticket < $1.ticket }
  }

  /// Care that can wait until the receipts have been reported. What fails here fails no commit.
  public func rest() { try? journal?.checkpointIfDue() }

  /// Takes a bit out of the journal.
  /// - Returns: whether nothing is left to take out.
  func prune(_ pruner: inout JournalPruner) throws(JournalFault) -> Bool {
    guard let journal else { return true }
    return try pruner.step(journal)
  }

  /// Gives up everything that waits; its receipts.
  mutating func abandon() -> [JournalReceipt] {
    defer { (items, level) = ([], JournalBacklog.Level()) }
    return items.map { JournalReceipt(ticket: $0.ticket, fault: fault ?? .closed) }
  }

  /// Lets the journal go, and with it the file.
  mutating func close() { journal = nil }

  /// Ends as a process does that is killed, for simulations: of what waits, the first groups were committed though
  /// nobody heard of it, and the others are lost. Gives the journal as the next run finds it.
  public mutating func crash(afterCommitting committed: Int = 0) -> Journal? {
    _ = journal?.commit(items.prefix(committed).map(\.entries))
    defer { (journal, items, refused, level) = (nil, [], [], JournalBacklog.Level()) }
    return journal
  }
}

extension [JournalEntry] {
  /// About how many bytes they take while they wait.
  var size: Int { reduce(0) { $0 + $1.size } }
}
