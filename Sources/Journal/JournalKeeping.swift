/// What a journal keeps: the rest is taken out.
public struct JournalKeeping: Equatable, Sendable {
  /// One round of taking out.
  public struct Round: Equatable, Sendable {
    /// What ended before this; nanoseconds since 1970.
    public var before: Int64
    /// Only while more bytes of the file are in use; `nil` = all of it.
    public var downTo: Int64?

    public init(before: Int64, downTo: Int64? = nil) { (self.before, self.downTo) = (before, downTo) }
  }

  public var rounds: [Round]
  /// Accounts of which everything stays.
  public var keeping: [JournalAccount]

  public init(_ rounds: [Round], keeping: [JournalAccount] = []) { (self.rounds, self.keeping) = (rounds, keeping) }
}

/// A pruning under way, transaction by transaction. A value.
struct JournalPruner {
  private var rounds: ArraySlice<JournalKeeping.Round>
  private let keeping: [JournalAccount]
  private(set) var pruned = JournalPruning()

  init(_ keeps: JournalKeeping) { (rounds, keeping) = (keeps.rounds[...], keeps.keeping) }

  /// Does one short transaction.
  /// - Returns: whether nothing is left to take out.
  mutating func step(_ journal: Journal) throws(JournalFault) -> Bool {
    guard let round = rounds.first else { return true }
    let some = try journal.prune(
      before: round.before, downTo: round.downTo, keeping: keeping, batches: 1, size: Journal.smallBatch)
    pruned += some
    if some.isEmpty { rounds = rounds.dropFirst() }
    return rounds.isEmpty
  }
}
