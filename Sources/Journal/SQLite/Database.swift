import CSQLite

/// A connection to an SQLite file. Belongs to one thread at a time; statements end before it does.
final class Database {
  let path: String
  private let handle: OpaquePointer
  /// Pages in the write-ahead log after the last commit.
  private let pages = UnsafeMutablePointer<Int32>.allocate(capacity: 1)

  enum Mode {
    /// Read, write, and make the file when there is none.
    case write
    case read
    /// Read a file that nobody writes, without its lock or log: for folders that cannot be written.
    case frozen
  }

  init(path: String, mode: Mode, fileLayer: String? = nil) throws(JournalFault) {
    self.path = path
    var opened: OpaquePointer?
    var flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
    flags |= mode == .write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY
    if mode == .frozen { flags |= SQLITE_OPEN_URI }
    let name = mode == .frozen ? Self.frozenURI(path) : path
    let code = sqlite3_open_v2(name, &opened, flags, fileLayer)
    guard let opened, code == SQLITE_OK else {
      let fault = Self.fault(path, code, opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory")
      sqlite3_close(opened)
      throw fault
    }
    handle = opened
    pages.initialize(to: 0)
    // In place of SQLite's own hook, which would bring the log into the file before a commit returns.
    let count: @convention(c) (UnsafeMutableRawPointer?, OpaquePointer?, UnsafePointer<CChar>?, Int32) -> Int32 = {
      context, _, _, pages in
      context?.storeBytes(of: pages, as: Int32.self)
      return SQLITE_OK
    }
    sqlite3_wal_hook(opened, count, pages)
  }

  deinit {
    sqlite3_close_v2(handle)
    pages.deallocate()
  }

  var logPages: Int { Int(pages.pointee) }

  private static func frozenURI(_ path: String) -> String {
    var uri = "file:"
    for byte in path.utf8 {
      let isPlain = byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "%") && byte != UInt8(ascii: "?")
        && byte != UInt8(ascii: "#")
      let digits = Array("0123456789abcdef".unicodeScalars)
      uri += isPlain ? String(UnicodeScalar(byte)) : "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
    }
    return uri + "?immutable=1"
  }

  /// Whether a file that was opened for writing turned out not to be writable.
  var isReadOnly: Bool { sqlite3_db_readonly(handle, "main") == 1 }

  /// Whether a transaction is open.
  var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

  /// Rows changed by the last statement.
  var changes: Int { Int(sqlite3_changes(handle)) }

  func setPatience(milliseconds: Int32) { sqlite3_busy_timeout(handle, milliseconds) }

  /// Runs statements that give no rows.
  func execute(_ sql: String) throws(JournalFault) {
    try check(sqlite3_exec(handle, sql, nil, nil, nil))
  }

  func prepare(_ sql: String) throws(JournalFault) -> Statement {
    var statement: OpaquePointer?
    try check(sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil))
    guard let statement else { throw .refused(file: path, detail: "an empty statement") }
    return Statement(statement, of: self)
  }

  /// The first column of a statement's only row, as an integer.
  func integer(_ sql: String) throws(JournalFault) -> Int64 {
    let statement = try prepare(sql)
    return try statement.step() ? statement.integer(0) : 0
  }

  /// The first column of a statement's first row, as text.
  func text(_ sql: String) throws(JournalFault) -> String {
    let statement = try prepare(sql)
    return try statement.step() ? statement.text(0) : ""
  }

  /// Brings the log into the file as far as readers allow; gives the pages in the log and how many of them are done.
  func checkpoint(truncating: Bool = false) throws(JournalFault) -> (log: Int, done: Int) {
    var (log, done) = (Int32(0), Int32(0))
    let mode = truncating ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE
    try check(sqlite3_wal_checkpoint_v2(handle, "main", mode, &log, &done))
    return (Int(log), Int(done))
  }

  func check(_ code: Int32) throws(JournalFault) {
    if code != SQLITE_OK { throw fault(code) }
  }

  func fault(_ code: Int32) -> JournalFault { Self.fault(path, code, String(cString: sqlite3_errmsg(handle))) }

  private static func fault(_ path: String, _ code: Int32, _ message: String) -> JournalFault {
    switch code & 0xFF {
    case SQLITE_FULL: .diskFull(file: path)
    case SQLITE_READONLY, SQLITE_PERM: .readOnly(file: path)
    case SQLITE_CANTOPEN: .cannotOpen(file: path, reason: message)
    case SQLITE_CORRUPT: .corrupt(file: path, detail: message)
    case SQLITE_NOTADB: .notAJournal(file: path)
    case SQLITE_BUSY, SQLITE_LOCKED: .locked(file: path)
    case SQLITE_NOMEM: .inputOutput(file: path, detail: "out of memory")
    case SQLITE_IOERR: .inputOutput(file: path, detail: "\(message), code \(code)")
    default: .refused(file: path, detail: message)
    }
  }
}
