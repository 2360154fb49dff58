/// The tables, version by version. A version that was released is never edited: what changes is a new one, and every
/// older file is brought up to date step by step when a host opens it.
enum Schema {
  /// Marks a file as a journal: "PBJL".
  static let applicationID: Int64 = 0x5042_4A4C

  /// What makes version `n + 1` from version `n`.
  static let versions = [version1, version2, version3, version4, version5, version6]

  /// Numbers are texts, exact; times are nanoseconds since 1970; ids of 64 bits are integers of the same bits.
  private static let version1 = """
    CREATE TABLE runs (
      id INTEGER PRIMARY KEY,
      instance TEXT NOT NULL,
      version TEXT NOT NULL,
      started_ns INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE orders (
      id INTEGER PRIMARY KEY,
      run INTEGER,
      exchange TEXT NOT NULL,
      account TEXT NOT NULL,
      client_order TEXT NOT NULL,
      connector TEXT NOT NULL,
      instrument TEXT NOT NULL,
      pair TEXT NOT NULL,
      host_order INTEGER NOT NULL,
      create_command INTEGER NOT NULL,
      side TEXT NOT NULL,
      type TEXT NOT NULL,
      time_in_force TEXT,
      flags TEXT NOT NULL,
      leg TEXT NOT NULL,
      price TEXT,
      stop TEXT,
      quantity TEXT,
      value TEXT,
      adopted INTEGER NOT NULL,
      created_ns INTEGER NOT NULL,
      created_venue_ns INTEGER NOT NULL,
      state TEXT NOT NULL,
      live INTEGER NOT NULL,
      filled TEXT NOT NULL,
      venue_order TEXT NOT NULL,
      reason TEXT NOT NULL,
      changed_ns INTEGER NOT NULL,
      UNIQUE (exchange, account, client_order)
    ) STRICT;
    CREATE INDEX orders_live ON orders (id) WHERE live = 1;
    CREATE INDEX orders_ended ON orders (changed_ns) WHERE live = 0;
    CREATE INDEX orders_created ON orders (created_ns);

    CREATE TABLE fills (
      id INTEGER PRIMARY KEY,
      order_row INTEGER REFERENCES orders (id),
      exchange TEXT NOT NULL,
      account TEXT NOT NULL,
      instrument TEXT NOT NULL,
      pair TEXT NOT NULL,
      side TEXT,
      trade TEXT NOT NULL,
      price TEXT NOT NULL,
      quantity TEXT NOT NULL,
      fee TEXT,
      fee_asset TEXT NOT NULL,
      fee_estimated INTEGER NOT NULL,
      liquidity TEXT,
      venue_ns INTEGER NOT NULL,
      time_ns INTEGER NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX fills_once ON fills (exchange, account, instrument, trade, ifnull(order_row, 0));
    CREATE INDEX fills_time ON fills (iif(venue_ns = 0, time_ns, venue_ns));

    CREATE TABLE order_events (
      id INTEGER PRIMARY KEY,
      order_row INTEGER NOT NULL REFERENCES orders (id),
      kind TEXT NOT NULL,
      command INTEGER,
      outcome TEXT,
      claim TEXT,
      filled TEXT,
      quantity TEXT,
      price TEXT,
      fill_row INTEGER REFERENCES fills (id),
      venue_order TEXT NOT NULL,
      reason TEXT NOT NULL,
      state TEXT NOT NULL,
      venue_ns INTEGER NOT NULL,
      time_ns INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX order_events_order ON order_events (order_row);

    CREATE TABLE funding_payments (
      id INTEGER PRIMARY KEY,
      exchange TEXT NOT NULL,
      account TEXT NOT NULL,
      instrument TEXT NOT NULL,
      pair TEXT NOT NULL,
      payment TEXT NOT NULL,
      rate TEXT,
      amount TEXT NOT NULL,
      asset TEXT NOT NULL,
      venue_ns INTEGER NOT NULL,
      UNIQUE (exchange, account, instrument, payment)
    ) STRICT;
    CREATE INDEX funding_payments_time ON funding_payments (venue_ns);
    CREATE INDEX funding_payments_last ON funding_payments (exchange, account, venue_ns);

    CREATE TABLE position_changes (
      id INTEGER PRIMARY KEY,
      exchange TEXT NOT NULL,
      account TEXT NOT NULL,
      instrument TEXT NOT NULL,
      pair TEXT NOT NULL,
      leg TEXT NOT NULL,
      quantity TEXT NOT NULL,
      entry TEXT,
      leverage TEXT,
      margin TEXT,
      venue_ns INTEGER NOT NULL,
      time_ns INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE positions (
      exchange TEXT NOT NULL,
      account TEXT NOT NULL,
      instrument TEXT NOT NULL,
      leg TEXT NOT NULL,
      pair TEXT NOT NULL,
      quantity TEXT NOT NULL,
      entry TEXT,
      mark TEXT,
      liquidation TEXT,
      unrealized TEXT,
      realized TEXT,
      leverage TEXT,
      margin TEXT,
      venue_ns INTEGER NOT NULL,
      time_ns INTEGER NOT NULL,
      PRIMARY KEY (exchange, account, instrument, leg)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE balances (
      exchange TEXT NOT NULL,
      account TEXT NOT NULL,
      asset TEXT NOT NULL,
      total TEXT NOT NULL,
      available TEXT NOT NULL,
      venue_ns INTEGER NOT NULL,
      time_ns INTEGER NOT NULL,
      PRIMARY KEY (exchange, account, asset)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE counters (
      name TEXT PRIMARY KEY,
      next INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE marks (
      exchange TEXT NOT NULL,
      account TEXT NOT NULL,
      instrument TEXT NOT NULL,
      topic TEXT NOT NULL,
      time_ns INTEGER NOT NULL,
      PRIMARY KEY (exchange, account, instrument, topic)
    ) STRICT, WITHOUT ROWID;
    """

  /// Fills without an order: whose doing they are, and how the venue names their orders. Both sides of a trade between
  /// two orders of others are kept.
  private static let version2 = """
    ALTER TABLE fills ADD COLUMN kind TEXT NOT NULL DEFAULT 'own';
    ALTER TABLE fills ADD COLUMN client_order TEXT NOT NULL DEFAULT '';
    ALTER TABLE fills ADD COLUMN venue_order TEXT NOT NULL DEFAULT '';
    UPDATE fills SET kind = 'foreign' WHERE order_row IS NULL;
    DROP INDEX fills_once;
    CREATE UNIQUE INDEX fills_once ON fills (
      exchange, account, instrument, trade, ifnull(order_row, 0), iif(order_row IS NULL, ifnull(side, ''), ''));
    """

  /// Orders that go on as another one at the venue: which one it continues, and what was filled before it.
  private static let version3 = """
    ALTER TABLE order_events ADD COLUMN continues TEXT;
    ALTER TABLE order_events ADD COLUMN carried TEXT;
    """

  /// Orders good till a date: when they end, by the venue's clock; 0 for all others.
  private static let version4 = "ALTER TABLE orders ADD COLUMN expiry_ns INTEGER NOT NULL DEFAULT 0"

  /// The fills of an order, which are taken out with it.
  private static let version5 = "CREATE INDEX fills_order ON fills (order_row) WHERE order_row IS NOT NULL"

  /// What accounts were set to from here.
  private static let version6 = """
    CREATE TABLE modes (
      exchange TEXT NOT NULL,
      account TEXT NOT NULL,
      instrument TEXT NOT NULL,
      leverage TEXT,
      margin_mode TEXT,
      time_ns INTEGER NOT NULL,
      PRIMARY KEY (exchange, account, instrument)
    ) STRICT, WITHOUT ROWID;
    """
}
