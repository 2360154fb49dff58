import Catalog
import Journal
import Live
import Trading

/// The journal of a run: opened and read before anything trades, closed when everything has ended.
package final class HostJournal: Sendable {
  /// What earlier runs left.
  package let state: LedgerState
  /// What connectors have done on paper, by their ids.
  let paper: [String: PaperHistory]
  /// What was taken out of it at this start, or why that failed, for people; `nil` = nothing.
  let pruned: String?
  private let writer: JournalWriter
  /// Orders that ended longer ago are not read back: no fill of theirs is expected any more.
  private static let remembered: Int64 = 24 * 3600 * 1_000_000_000

  /// - Parameters:
  ///   - folder: the data folder.
  ///   - instance: the name that makes this host's client order ids its own.
  ///   - wall: the time of the start, in nanoseconds since 1970.
  ///   - onPaper: the connectors that go on from what they did.
  package init(
    folder: String, instance: String, wall: Int64, onPaper: [PaperSeat] = [], keeps: Config.Journal = .init()
  ) throws(JournalFault) {
    let journal = try Journal(path: "\(folder)/journal.sqlite")
    do throws(JournalFault) {
      pruned = try Self.prune(journal, keeps, wall, onPaper)
    } catch {
      // Every transaction is whole: the journal is as good as before.
      pruned = "nothing more was taken out of the journal: \(error)"
    }
    state = try journal.restore(since: wall - Self.remembered)
    var paper: [String: PaperHistory] = [:]
    for seat in onPaper { paper[seat.connector] = try seat.history(journal) }
    self.paper = paper
    try journal.commit([LedgerEntry.run(RunEntry(instance: instance, version: "unreleased", started: wall))])
    writer = try JournalWriter(journal)
  }

  /// Takes out what is older, or more, than is kept. What is bought on paper is counted from its deals: they stay.
  private static func prune(
    _ journal: Journal, _ keeps: Config.Journal, _ wall: Int64, _ onPaper: [PaperSeat]
  ) throws(JournalFault) -> String? {
    let kept = onPaper.map { JournalAccount(exchange: $0.exchange, account: $0.account) }
    var words: [String] = []
    if let days = keeps.keepDays {
      let before = wall - Int64(days) * 24 * 3600 * 1_000_000_000
      let pruned = try journal.prune(before: before, keeping: kept)
      if !pruned.isEmpty { words.append("older than \(days) days: \(pruned.words)") }
    }
    if let most = keeps.keepMegabytes {
      let pruned = try journal.prune(
        before: wall - Journal.youngest, downTo: Int64(most) << 20, keeping: kept)
      if !pruned.isEmpty { words.append("the oldest beyond \(most) MiB: \(pruned.words)") }
    }
    return words.isEmpty ? nil : "taken out of the journal, " + words.joined(separator: "; ")
  }

  /// Where one trader hands its entries in; `deliver` gets the receipts on the writer's thread.
  package func port(_ deliver: @escaping JournalWriter.Delivery) -> JournalPort { writer.port(deliver) }

  /// Writes what is left, and closes the file.
  /// - Returns: why not everything was written, or `nil` when it was.
  package func close() -> String? { writer.close()?.description }
}
