/// Why something is not in the journal, or cannot be read from it. A text of one names the file and what to do.
public enum JournalFault: Error, Equatable, Sendable {
  /// There is no such file.
  case missing(file: String)
  /// The file cannot be opened or made: its folder is missing, or the rights are.
  case cannotOpen(file: String, reason: String)
  /// It is some other program's file.
  case notAJournal(file: String)
  /// A newer Patchbay wrote it.
  case newerSchema(file: String, found: Int, known: Int)
  /// An older Patchbay wrote it, and it is only being read: nothing is migrated by looking.
  case olderSchema(file: String, found: Int, known: Int)
  /// Its bytes contradict each other.
  case corrupt(file: String, detail: String)
  /// The file, its folder or its file system cannot be written.
  case readOnly(file: String)
  case diskFull(file: String)
  /// Another host writes this journal.
  case inUse(file: String)
  /// Another program holds SQLite's lock.
  case locked(file: String)
  /// Reading, writing or flushing failed.
  case inputOutput(file: String, detail: String)
  /// SQLite refused a statement for another reason.
  case refused(file: String, detail: String)
  /// The account has had an order of this client order id.
  case duplicateOrder(OrderName)
  /// A fact about an order that the journal has not.
  case unknownOrder(OrderName)
  /// More facts wait for a journal that cannot be written than are kept.
  case backlogFull(groups: Int, bytes: Int)
  /// The writer was closed before.
  case closed

  /// Whether the entries themselves are at fault, so that trying again cannot help.
  public var isFinal: Bool {
    switch self {
    case .duplicateOrder, .unknownOrder, .refused, .backlogFull, .closed: true
    default: false
    }
  }
}

extension JournalFault: CustomStringConvertible {
  public var description: String {
    switch self {
    case .missing(let file): "\(file): there is no journal; a host that trades writes one"
    case .cannotOpen(let file, let reason):
      "\(file): \(reason); look at the path, and let this user use the file and its folder"
    case .notAJournal(let file):
      "\(file): this is not a journal of Patchbay, or its first bytes are damaged; name another file, or "
        + "move this one away"
    case .newerSchema(let file, let found, let known):
      "\(file): its schema is \(found) and this program knows up to \(known); use the newer Patchbay that wrote it"
    case .olderSchema(let file, let found, let known):
      "\(file): its schema is \(found) and this program reads \(known); a host that opens it brings it up to date"
    case .corrupt(let file, let detail):
      "\(file): the journal is damaged (\(detail)); stop the host, keep a copy of the file and its -wal, and restore a "
        + "backup or what `sqlite3 FILE .recover` gives"
    case .readOnly(let file): "\(file): it cannot be written; let this user write the file and its folder"
    case .diskFull(let file): "\(file): the disk is full; make room on it, the journal goes on by itself"
    case .inUse(let file): "\(file): another host writes this journal; stop it, or give this one its own data_folder"
    case .locked(let file): "\(file): another program has locked it; end its transaction"
    case .inputOutput(let file, let detail): "\(file): \(detail); look at the disk and the system's log"
    case .refused(let file, let detail): "\(file): SQLite says: \(detail); please report this"
    case .duplicateOrder(let name):
      "order \(name.clientOrderID) of \(name.exchange)/\(name.account) is in the journal already; nothing may be sent "
        + "under this id, give the instance a name of its own"
    case .unknownOrder(let name):
      "order \(name.clientOrderID) of \(name.exchange)/\(name.account) is not in the journal; enter the order first"
    case .backlogFull(let groups, let bytes):
      "\(groups) groups of entries, \(bytes) bytes, wait for the journal already; make it writable, and reconcile "
        + "with the exchange"
    case .closed: "the journal is closed; open it again"
    }
  }
}

extension JournalFault {
  static func backlogFull(_ level: JournalBacklog.Level) -> Self {
    .backlogFull(groups: level.groups, bytes: level.bytes)
  }
}
