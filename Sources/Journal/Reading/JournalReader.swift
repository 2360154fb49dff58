import Glibc

/// Which rows are wanted. What is `nil` chooses nothing.
public struct HistoryFilter: Sendable {
  public var exchange: String?
  /// Of own orders, their events and fills.
  public var connector: String?
  /// A client order id, or a venue's: of own orders, their events and fills.
  public var order: String?
  public var account: String?
  /// `BASE-QUOTE`.
  public var pair: String?
  /// The first moment, in nanoseconds since 1970.
  public var since: Int64?
  /// The moment after the last, in nanoseconds since 1970.
  public var until: Int64?
  /// Only so many, the latest ones.
  public var limit: Int?

  public init(
    exchange: String? = nil, account: String? = nil, pair: String? = nil, since: Int64? = nil, until: Int64? = nil,
    limit: Int? = nil, connector: String? = nil, order: String? = nil
  ) {
    self.exchange = exchange
    self.connector = connector
    self.order = order
    self.account = account
    self.pair = pair
    self.since = since
    self.until = until
    self.limit = limit
  }
}

/// What rows are chosen by that has a name.
public enum HistoryName: String, Sendable, CaseIterable {
  case exchange, connector, account, pair

  /// The tables that have it.
  var tables: [String] {
    let all = ["orders", "fills", "funding_payments", "position_changes"]
    return switch self {
    case .connector: ["orders"]
    case .pair: all
    case .exchange, .account: all + ["balances"]
    }
  }
}

/// Reads a journal, while a host writes it or not. It changes nothing, and a host does not wait for it. Belongs to one
/// thread at a time.
public final class JournalReader {
  private let database: Database

  /// - Throws: `missing`, `notAJournal`, `newerSchema`, `olderSchema`, `corrupt` or why the file cannot be read.
  public init(path: String) throws(JournalFault) {
    guard access(path, F_OK) == 0 else { throw .missing(file: path) }
    // SQLite would not say why.
    guard access(path, R_OK) == 0 else { throw .cannotOpen(file: path, reason: String(cString: strerror(errno))) }
    database = try Self.open(path)
    // A host may be about to bring its log into the file.
    database.setPatience(milliseconds: 2000)
    let version = try SchemaVersion(of: database, known: Schema.versions.count)
    guard version.number > 0 else { throw .notAJournal(file: path) }
    guard version.number == Schema.versions.count else {
      throw .olderSchema(file: path, found: version.number, known: Schema.versions.count)
    }
  }

  /// Reads the whole file.
  /// - Throws: `corrupt` for damage.
  public func check() throws(JournalFault) { try Journal.check(database) }

  /// What is needed to go on, as `Journal.restore` gives it.
  public func restore(since: Int64) throws(JournalFault) -> JournalState { try database.restore(since: since) }

  /// How far the journal knows accounts, and what else a host has noted in it.
  public func marks() throws(JournalFault) -> [JournalMark] { try database.marks() }

  /// Reading needs the memory that readers and the writer share, which cannot be made in a folder without rights; when
  /// there is no log, nobody writes, and the file alone has everything.
  private static func open(_ path: String) throws(JournalFault) -> Database {
    do throws(JournalFault) {
      let database = try Database(path: path, mode: .read)
      _ = try database.integer("PRAGMA user_version")
      return database
    } catch {
      switch error {
      case .cannotOpen, .readOnly:
        guard access(path + "-wal", F_OK) != 0 else { throw error }
        return try Database(path: path, mode: .frozen)
      default: throw error
      }
    }
  }

  /// Reads as of one moment: whatever is read inside belongs together. While it runs the writer's log grows.
  public func atOneMoment(_ body: () throws -> Void) throws {
    try database.execute("BEGIN")
    defer { try? database.execute("COMMIT") }
    try body()
  }

  /// Gives the rows of a table one by one, oldest first, with a text for each of its columns: `nil` for what is not
  /// known, moments as `UTCTime` writes them.
  public func read(
    _ table: HistoryTable, _ filter: HistoryFilter = HistoryFilter(), _ row: ([String?]) throws -> Void
  ) throws {
    let statement = try prepare(table, filter)
    let columns = table.columns
    while try statement.step() {
      try row(columns.indices.map { Self.text(statement, Int32($0), columns[$0].kind) })
    }
  }

  /// Everything that is called so in the journal, sorted; each once. Reads the tables through.
  public func names(_ kind: HistoryName) throws(JournalFault) -> [String] {
    let selects = kind.tables.map { "SELECT \(kind.rawValue) AS name FROM \($0)" }
    let statement = try database.prepare(selects.joined(separator: " UNION ") + " ORDER BY name")
    var names: [String] = []
    while try statement.step() { names.append(statement.text(0)) }
    return names
  }

  /// Whether an own order has this client order id, or this id of its venue.
  public func hasOrder(_ id: String) throws(JournalFault) -> Bool {
    let sql = "SELECT 1 FROM orders WHERE client_order = ? OR venue_order = ? LIMIT 1"
    return try database.prepare(sql).bind(id).bind(id).step()
  }

  private static func text(_ row: Statement, _ column: Int32, _ kind: HistoryTable.Column.Kind) -> String? {
    if row.isNull(column) { return nil }
    switch kind {
    case .text, .number: return row.text(column)
    case .time: return UTCTime.text(row.integer(column))
    case .flag: return row.flag(column) ? "true" : "false"
    }
  }

  private func prepare(_ table: HistoryTable, _ filter: HistoryFilter) throws(JournalFault) -> Statement {
    var conditions: [String] = []
    var texts: [String] = []
    for (column, value) in [("exchange", filter.exchange), ("account", filter.account), ("pair", filter.pair)] {
      guard let value, column != "pair" || table.hasPairs else { continue }
      conditions.append("\(table.owner).\(column) = ?")
      texts.append(value)
    }
    if let connector = filter.connector, table.hasOrders {
      conditions.append("o.connector = ?")
      texts.append(connector)
    }
    if let order = filter.order, table.hasOrders {
      conditions.append("(o.client_order = ? OR o.venue_order = ?)")
      texts += [order, order]
    }
    if filter.since != nil { conditions.append("\(table.time) >= ?") }
    if filter.until != nil { conditions.append("\(table.time) < ?") }
    let columns = table.columns.map { "\($0.sql) AS \($0.name)" }
    var sql = "SELECT \(columns.joined(separator: ", ")), \(table.time) AS sort_time, \(table.row) AS sort_row "
      + "FROM \(table.source) \(conditions.isEmpty ? "" : "WHERE \(conditions.joined(separator: " AND "))")"
    if filter.limit != nil {
      sql = "SELECT * FROM (\(sql) ORDER BY sort_time DESC, sort_row DESC LIMIT ?)"
    }
    let statement = try database.prepare(sql + " ORDER BY sort_time, sort_row")
    for text in texts { statement.bind(text) }
    for bound in [filter.since, filter.until, filter.limit.map { Int64($0) }] {
      if let bound { statement.bind(bound) }
    }
    return statement
  }
}
