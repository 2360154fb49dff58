import Catalog
import Cluster
import Journal
import Outbound
import Trading

/// The journal of a run: opened and read before anything trades, closed when everything has ended.
package final class HostJournal: Sendable {
  /// What earlier runs left.
  package let state: LedgerState
  /// What connectors have done on paper, by their ids.
  let paper: [String: PaperResume]
  /// What was taken out of it at this start, or why that failed, for people; `nil` = nothing.
  let pruned: String?
  /// From when on what is old is counted: this machine's time at the start, or that of the newest word of an exchange
  /// when that is earlier. A clock that is years ahead takes nothing away.
  package let trustedStart: Int64
  private let writer: JournalWriter
  private let path: String
  private let keeps: Config.Journal
  /// Accounts of which every deal stays: what is held on paper is the sum of them.
  private let onPaper: [JournalAccount]
  /// Takes the host's own entries, of which nobody waits for a receipt.
  private let own: JournalPort
  /// Orders that ended longer ago are not read back: no fill of theirs is expected any more.
  private static let remembered: Int64 = 24 * 3600 * 1_000_000_000

  /// - Parameters:
  ///   - folder: the data folder.
  ///   - instance: the name that makes this host's client order ids its own.
  ///   - wall: the time of the start, in nanoseconds since 1970.
  ///   - seats: accounts on paper that the configuration names.
  package init(
    folder: String, instance: String, wall: Int64, onPaper seats: [PaperSeat] = [], keeps: Config.Journal = .init()
  ) throws(JournalFault) {
    path = "\(folder)/journal.sqlite"
    let journal = try Journal(path: path)
    let used = seats.flatMap { $0.marks(wall) }
    if !used.isEmpty { try journal.commit(used.map { LedgerEntry.mark($0) }) }
    let marks = try journal.marks()
    onPaper = Self.onPaper(seats, marks)
    trustedStart = min(wall, try journal.newestVenueTime() ?? wall)
    do throws(JournalFault) {
      pruned = try Self.prune(journal, keeps, trustedStart, onPaper)
    } catch {
      // Every transaction is whole: the journal is as good as before.
      pruned = "nothing more was taken out of the journal: \(error)"
    }
    state = try journal.restore(since: wall - Self.remembered)
    var paper: [String: PaperResume] = [:]
    for seat in seats where seat.isInUse && seat.resumes {
      let history = try seat.history(journal, marks)
      paper[seat.connector] = PaperResume(history, seat, state, since: seat.since(marks))
    }
    (self.paper, self.keeps) = (paper, keeps)
    try journal.commit([LedgerEntry.run(RunEntry(instance: instance, version: "unreleased", started: wall))])
    writer = try JournalWriter(journal)
    own = writer.port { _ in }
  }

  /// Those that the configuration names, whatever this start does with them, and those that were ever in use.
  private static func onPaper(_ seats: [PaperSeat], _ marks: [JournalMark]) -> [JournalAccount] {
    let named = seats.map { JournalAccount(exchange: $0.exchange, account: $0.account) }
    let used = marks.filter { $0.topic == PaperSeat.topic }
      .map { JournalAccount(exchange: $0.exchange, account: $0.account) }
    return Array(Set(named + used))
  }

  private static func rounds(_ keeps: Config.Journal, _ wall: Int64) -> [JournalKeeping.Round] {
    var rounds: [JournalKeeping.Round] = []
    if let days = keeps.keepDays {
      rounds.append(JournalKeeping.Round(before: wall - Int64(days) * 24 * 3600 * 1_000_000_000))
    }
    if let most = keeps.keepMegabytes {
      rounds.append(JournalKeeping.Round(before: wall - Journal.youngest, downTo: Int64(most) << 20))
    }
    return rounds
  }

  /// Takes out what is older, or more, than is kept.
  private static func prune(
    _ journal: Journal, _ keeps: Config.Journal, _ wall: Int64, _ onPaper: [JournalAccount]
  ) throws(JournalFault) -> String? {
    var words: [String] = []
    for round in rounds(keeps, wall) {
      let pruned = try journal.prune(before: round.before, downTo: round.downTo, keeping: onPaper)
      guard !pruned.isEmpty else { continue }
      let why = round.downTo.map { "the oldest beyond \($0 >> 20) MiB" } ?? "older than \(keeps.keepDays ?? 0) days"
      words.append("\(why): \(pruned.words)")
    }
    return words.isEmpty ? nil : "taken out of the journal, " + words.joined(separator: "; ")
  }

  /// The same while the host trades, in short transactions when nothing waits to be written. Any thread.
  /// - Parameter report: is given what was taken out, or why that failed, on the journal's thread; not of nothing.
  package func prune(_ wall: Int64, report: @escaping @Sendable (String) -> Void) {
    let rounds = Self.rounds(keeps, wall)
    guard !rounds.isEmpty else { return }
    writer.prune(JournalKeeping(rounds, keeping: onPaper)) { pruned, fault in
      if let fault { return report("nothing more was taken out of the journal: \(fault)") }
      if !pruned.isEmpty { report("taken out of the journal: \(pruned.words)") }
    }
  }

  /// Whether the journal knows that something was there, by a word of the host's own.
  package func has(_ topic: String) -> Bool { state.time(topic, exchange: "", account: "") != nil }

  /// Has the journal know it from now on. Any thread.
  package func note(_ topic: String, _ wall: Int64) {
    _ = try? own.append([.mark(JournalMark(exchange: "", account: "", topic: topic, time: wall))], .fact)
  }

  /// Where one trader hands its entries in; `deliver` gets the receipts on the writer's thread.
  package func port(_ deliver: @escaping JournalWriter.Delivery) -> JournalPort { writer.port(deliver) }

  /// A word of this journal alone, the same in all runs. The first time it is made, and kept under `topic`.
  func identity(_ topic: String) -> String {
    if let known = state.time(topic, exchange: "", account: "") { return String(known, radix: 36) }
    let new = RandomWord.number()
    note(topic, new)
    return String(new, radix: 36)
  }

  /// What the journal has now, as `state` was at the start. Reads the file again; any thread.
  func stateNow() throws(JournalFault) -> LedgerState {
    try JournalReader(path: path).restore(since: trustedStart - Self.remembered)
  }

  /// Writes what is left, and closes the file.
  /// - Returns: why not everything was written, or `nil` when it was.
  package func close() -> String? { writer.close()?.description }
}
