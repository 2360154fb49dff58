import Journal
import Live

/// The journal of a run: opened and read before anything trades, closed when everything has ended.
package final class HostJournal: Sendable {
  /// What earlier runs left.
  package let state: LedgerState
  private let writer: JournalWriter
  /// Orders that ended longer ago are not read back: no fill of theirs is expected any more.
  private static let remembered: Int64 = 24 * 3600 * 1_000_000_000

  /// - Parameters:
  ///   - folder: the data folder.
  ///   - instance: the name that makes this host's client order ids its own.
  ///   - wall: the time of the start, in nanoseconds since 1970.
  package init(folder: String, instance: String, wall: Int64) throws(JournalFault) {
    let journal = try Journal(path: "\(folder)/journal.sqlite")
    state = try journal.restore(since: wall - Self.remembered)
    try journal.commit([LedgerEntry.run(RunEntry(instance: instance, version: "unreleased", started: wall))])
    writer = try JournalWriter(journal)
  }

  /// Where one trader hands its entries in; `deliver` gets the receipts on the writer's thread.
  package func port(_ deliver: @escaping JournalWriter.Delivery) -> JournalPort { writer.port(deliver) }

  /// Writes what is left, and closes the file.
  /// - Returns: why not everything was written, or `nil` when it was.
  package func close() -> String? { writer.close()?.description }
}
