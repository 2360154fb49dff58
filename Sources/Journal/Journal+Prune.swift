import MarketModel

/// What was taken out of a journal.
public struct JournalPruning: Equatable, Sendable {
  public var orders = 0
  public var events = 0
  public var fills = 0
  public var payments = 0
  public var positionChanges = 0

  public init() {}

  public var isEmpty: Bool { self == JournalPruning() }

  static func += (left: inout JournalPruning, right: JournalPruning) {
    left.orders += right.orders
    left.events += right.events
    left.fills += right.fills
    left.payments += right.payments
    left.positionChanges += right.positionChanges
  }

  /// For people.
  public var words: String {
    "\(orders) orders with \(events) events, \(fills) fills, \(payments) funding payments, "
      + "\(positionChanges) changes of positions"
  }
}

/// An account whose rows are never taken out.
public struct JournalAccount: Hashable, Sendable {
  public var exchange: String
  public var account: String

  public init(exchange: String, account: String) { (self.exchange, self.account) = (exchange, account) }
}

extension Journal {
  /// Nothing younger is ever taken out: what comes late is known from what is known by it.
  public static let youngest: Int64 = 7 * 24 * 3600 * 1_000_000_000
  /// Orders of one transaction at a start, and while the host trades: whoever waits for the journal then waits for one.
  public static let batch = 2000
  public static let smallBatch = 100
  /// Transactions of one pruning at most: a start does not take long, and the next ones take out the rest.
  public static let batches = 50

  /// Takes out what ended before a moment: orders that have ended, with everything that belongs to them, fills of
  /// nobody's orders, funding payments and changes of positions. What lives stays, with all that came of it; so does
  /// everything of an instrument in which a position is open, the last change of every position, the last week of
  /// funding payments of each account, all balances, counters and marks. Every transaction is short, and leaves the
  /// journal whole.
  /// - Parameters:
  ///   - before: nanoseconds since 1970.
  ///   - bytes: goes on only while more of the file is in use; `nil` = until nothing is left to take out.
  ///   - keeping: accounts of which everything stays.
  ///   - batches: transactions at most; what is left stays for the next time.
  ///   - size: orders of one transaction.
  public func prune(
    before: Int64, downTo bytes: Int64? = nil, keeping: [JournalAccount] = [],
    batches: Int = Journal.batches, size: Int = Journal.batch
  ) throws(JournalFault) -> JournalPruning {
    try database.execute("PRAGMA foreign_keys = OFF")
    defer { try? database.execute("PRAGMA foreign_keys = ON") }
    try database.execute(
      """
      CREATE TEMP TABLE IF NOT EXISTS kept_accounts (exchange TEXT, account TEXT);
      CREATE TEMP TABLE IF NOT EXISTS gone (id INTEGER PRIMARY KEY);
      DELETE FROM kept_accounts;
      """)
    for account in keeping {
      try database.prepare("INSERT INTO kept_accounts VALUES (?, ?)").bind(account.exchange).bind(account.account).run()
    }
    var all = JournalPruning()
    for _ in 0..<batches {
      if let bytes, try usedBytes() <= bytes { break }
      let some = try pruneSome(before, size)
      if some.isEmpty { break }
      all += some
    }
    return all
  }

  /// The newest time that exchanges gave to what stands last in the journal, in nanoseconds since 1970: a clock that is
  /// not this machine's. `nil` = there is none.
  public func newestVenueTime() throws(JournalFault) -> Int64? {
    var newest: Int64 = 0
    for table in ["fills", "order_events", "funding_payments"] {
      let rows = try database.prepare(
        "SELECT coalesce(max(venue_ns), 0) FROM (SELECT venue_ns FROM \(table) ORDER BY id DESC LIMIT 1000)")
      if try rows.step() { newest = max(newest, rows.integer(0)) }
    }
    return newest > 0 ? newest : nil
  }

  /// Bytes of the file that hold anything. What is taken out leaves room in the file, which is used again.
  public func usedBytes() throws(JournalFault) -> Int64 {
    let pages = try database.integer("PRAGMA page_count") - database.integer("PRAGMA freelist_count")
    return try pages * database.integer("PRAGMA page_size")
  }

  private func pruneSome(_ before: Int64, _ size: Int) throws(JournalFault) -> JournalPruning {
    var pruned = JournalPruning()
    try database.execute("BEGIN IMMEDIATE")
    do throws(JournalFault) {
      try database.execute("DELETE FROM gone")
      _ = try delete(
        """
        INSERT INTO gone SELECT o.id FROM orders o WHERE o.live = 0 AND o.changed_ns < ? AND \(Self.isFree("o"))
        ORDER BY o.changed_ns LIMIT \(size)
        """, before)
      pruned.events = try delete("DELETE FROM order_events WHERE order_row IN (SELECT id FROM gone)")
      pruned.fills = try delete("DELETE FROM fills WHERE order_row IN (SELECT id FROM gone)")
      pruned.orders = try delete("DELETE FROM orders WHERE id IN (SELECT id FROM gone)")
      pruned.fills += try delete(
        """
        DELETE FROM fills WHERE id IN (SELECT f.id FROM fills f WHERE f.order_row IS NULL AND f.time_ns < ?
          AND \(Self.isFree("f")) LIMIT \(size))
        """, before)
      pruned.payments = try delete(
        """
        DELETE FROM funding_payments WHERE id IN (SELECT p.id FROM funding_payments p WHERE p.venue_ns < ?
          AND \(Self.isFree("p")) AND p.venue_ns < (SELECT max(q.venue_ns) FROM funding_payments q
            WHERE q.exchange = p.exchange AND q.account = p.account) - \(Self.youngest) LIMIT \(size))
        """, before)
      pruned.positionChanges = try delete(
        """
        DELETE FROM position_changes WHERE id IN (SELECT c.id FROM position_changes c WHERE c.time_ns < ?
          AND \(Self.isFree("c")) AND EXISTS (SELECT 1 FROM position_changes d WHERE d.exchange = c.exchange
            AND d.account = c.account AND d.instrument = c.instrument AND d.leg = c.leg AND d.id > c.id)
          LIMIT \(size))
        """, before)
      try database.execute("COMMIT")
    } catch {
      if database.isInTransaction { try? database.execute("ROLLBACK") }
      throw error
    }
    return pruned
  }

  private func delete(_ sql: String, _ before: Int64? = nil) throws(JournalFault) -> Int {
    let statement = try database.prepare(sql)
    if let before { _ = statement.bind(before) }
    try statement.run()
    return Int(database.changes)
  }

  /// Whether rows of an instrument may go: no position is open in it, and the account is not one of those that stay.
  private static func isFree(_ row: String) -> String {
    """
    NOT EXISTS (SELECT 1 FROM positions w WHERE w.exchange = \(row).exchange AND w.account = \(row).account
      AND w.instrument = \(row).instrument AND w.quantity <> '0')
    AND NOT EXISTS (SELECT 1 FROM kept_accounts k WHERE k.exchange = \(row).exchange AND k.account = \(row).account)
    """
  }
}
