import CHost
import Glibc

/// What must outlive the host: orders before they are sent, everything that happens to them, funding, positions,
/// balances, counters.
///
/// This is the core: one thread at a time, a commit when it is asked to, no clock. `JournalQueue` adds order and
/// repetition, `JournalWriter` a thread. One host writes a journal at a time; others may read it meanwhile.
public final class Journal {
  /// In memory, for simulations and tests: it lives as long as this value.
  public static let memory = ":memory:"

  public let path: String
  public let settings: JournalSettings
  let database: Database
  let orders: OrderStatements
  let facts: FactStatements
  private let lock: JournalLock?
  private let begin: Statement
  private let commit: Statement
  private let rollBack: Statement
  private let savepoint: Statement
  private let release: Statement
  private let rollBackGroup: Statement

  /// Opens a journal, or makes one; a file of an older schema is brought up to date.
  public convenience init(path: String, settings: JournalSettings = JournalSettings()) throws(JournalFault) {
    try self.init(path: path, settings: settings, versions: Schema.versions)
  }

  init(path: String, settings: JournalSettings, versions: [String]) throws(JournalFault) {
    self.path = path
    self.settings = settings
    let isFile = path != Self.memory
    lock = isFile ? try JournalLock(path) : nil
    if isFile { try Self.makePrivateFile(path) }
    database = try Database(path: path, mode: .write, fileLayer: settings.fileLayer)
    guard !database.isReadOnly else { throw .readOnly(file: path) }
    database.setPatience(milliseconds: settings.patienceMilliseconds)
    let version = try SchemaVersion(of: database, known: versions.count)
    if settings.isCheckedAtOpening, isFile, version.number > 0 { try Self.check(database) }
    try Self.configure(database, settings)
    try version.migrate(database, versions)
    orders = try OrderStatements(database)
    facts = try FactStatements(database)
    begin = try database.prepare("BEGIN IMMEDIATE")
    commit = try database.prepare("COMMIT")
    rollBack = try database.prepare("ROLLBACK")
    savepoint = try database.prepare("SAVEPOINT entries")
    release = try database.prepare("RELEASE entries")
    rollBackGroup = try database.prepare("ROLLBACK TO entries")
  }

  // MARK: Writing

  /// Writes groups of entries in one transaction, and waits until they are as durable as the settings say.
  ///
  /// A group is kept as a whole or not at all. One that is at fault itself is left out and does not hinder the others.
  /// When the file cannot be written nothing is kept, and every group has that fault; it may be tried again.
  /// - Returns: for each group `nil`, or why it is not in the journal.
  public func commit(_ groups: [[JournalEntry]]) -> [JournalFault?] {
    var faults = [JournalFault?](repeating: nil, count: groups.count)
    do throws(JournalFault) {
      try begin.run()
      for (index, group) in groups.enumerated() { faults[index] = try write(group) }
      try commit.run()
    } catch {
      // SQLite has rolled back already after some errors.
      if database.isInTransaction { try? rollBack.run() }
      for index in faults.indices where faults[index] == nil { faults[index] = error }
    }
    return faults
  }

  /// Writes entries that belong together, and waits until they are durable.
  public func commit(_ entries: [JournalEntry]) throws(JournalFault) {
    if let fault = commit([entries]).first ?? nil { throw fault }
  }

  /// Writes a group; gives why it was left out, throws why nothing can be written.
  private func write(_ group: [JournalEntry]) throws(JournalFault) -> JournalFault? {
    try savepoint.run()
    do throws(JournalFault) {
      for entry in group { try write(entry) }
    } catch {
      guard error.isFinal else { throw error }
      try rollBackGroup.run()
      try release.run()
      return error
    }
    try release.run()
    return nil
  }

  // MARK: Care

  /// Brings the log into the file when it has grown long enough. Takes a few milliseconds on a disk, so it is best done
  /// when nobody waits for a commit. What fails here fails no commit: the log still has everything.
  public func checkpointIfDue() throws(JournalFault) {
    if database.logPages >= settings.checkpointPages { _ = try database.checkpoint() }
  }

  /// Reads the whole file.
  /// - Throws: `corrupt` for damage.
  public func check() throws(JournalFault) { try Self.check(database) }

  static func check(_ database: Database) throws(JournalFault) {
    let found = try database.text("PRAGMA quick_check(1)")
    if found != "ok" { throw .corrupt(file: database.path, detail: found) }
  }

  private static func configure(_ database: Database, _ settings: JournalSettings) throws(JournalFault) {
    try database.execute("PRAGMA synchronous = \(settings.durability.rawValue)")
    let mode = try database.text("PRAGMA journal_mode = WAL")
    guard mode == "wal" || mode == "memory" else {
      throw .refused(file: database.path, detail: "its file system has no shared memory for a write-ahead log")
    }
    // Savepoints need room of their own; in memory it cannot run out of disk.
    try database.execute(
      """
      PRAGMA temp_store = MEMORY;
      PRAGMA foreign_keys = ON;
      PRAGMA cell_size_check = ON;
      PRAGMA trusted_schema = OFF;
      PRAGMA journal_size_limit = \(settings.checkpointPages * 4 * 4096);
      """)
  }

  /// SQLite would make a file that others may read; its log has the same rights as the file.
  private static func makePrivateFile(_ path: String) throws(JournalFault) {
    for (name, isMade) in [(path, true), (path + "-wal", false), (path + "-shm", false), (path + "-journal", false)] {
      let error = -chost_make_private(name, isMade ? 1 : 0)
      switch error {
      case 0: continue
      case ENOENT where !isMade: continue
      case ELOOP: throw .cannotOpen(file: name, reason: "it is a link or no regular file; put the file itself there")
      case EPERM: throw .cannotOpen(file: name, reason: "it belongs to another user; look who put it there")
      default: throw JournalLock.fault(name, error)
      }
    }
  }
}

/// Holds `PATH-lock`, so that two hosts cannot make the same client order ids. The system lets it go when the process
/// ends.
final class JournalLock {
  private let descriptor: Int32

  init(_ path: String) throws(JournalFault) {
    descriptor = chost_lock_private(path + "-lock")
    if descriptor == -EWOULDBLOCK { throw .inUse(file: path) }
    if descriptor < 0 { throw Self.fault(path, -descriptor) }
  }

  deinit {
    guard descriptor >= 0 else { return }
    // A child that was just forked has the descriptor too, until it runs its program.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }

  static func fault(_ path: String, _ error: Int32) -> JournalFault {
    switch error {
    case EROFS, EACCES, EPERM: .readOnly(file: path)
    case ENOSPC, EDQUOT: .diskFull(file: path)
    default: .cannotOpen(file: path, reason: String(cString: strerror(error)))
    }
  }
}
