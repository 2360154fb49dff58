/// The statements that write orders and what happens to them, prepared once.
struct OrderStatements {
  let order: Statement
  let orderRow: Statement
  let orderUpdate: Statement
  let event: Statement
  let fillRow: Statement
  let fillKnown: Statement
  let fillClaim: Statement
  let fill: Statement
  let fillUpdate: Statement
  let lastRow: Statement

  init(_ database: Database) throws(JournalFault) {
    order = try database.prepare(
      """
      INSERT INTO orders (run, exchange, account, client_order, connector, instrument, pair, host_order,
        create_command, side, type, time_in_force, flags, leg, price, stop, quantity, value, adopted, created_ns,
        created_venue_ns, state, changed_ns, expiry_ns, live, filled,
        venue_order, reason)
      VALUES ((SELECT max(id) FROM runs), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, '0',
        '', '')
      ON CONFLICT DO NOTHING
      """)
    orderRow = try database.prepare(
      """
      SELECT id, instrument, pair, side, state, filled FROM orders
      WHERE exchange = ? AND account = ? AND client_order = ?
      """)
    orderUpdate = try database.prepare(
      """
      UPDATE orders SET state = ?1, live = ?2, filled = ?3, changed_ns = ?4,
        venue_order = iif(?5 = '', venue_order, ?5), reason = iif(?6 = '', reason, ?6),
        time_in_force = ifnull(?7, time_in_force) WHERE id = ?8
      """)
    event = try database.prepare(
      """
      INSERT INTO order_events (order_row, kind, command, outcome, claim, filled, quantity, price, fill_row,
        venue_order, reason, state, venue_ns, time_ns, continues, carried)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    fillRow = try database.prepare(
      """
      SELECT id, price, quantity, fee, fee_estimated FROM fills
      WHERE exchange = ? AND account = ? AND instrument = ? AND trade = ? AND ifnull(order_row, 0) = ?
      """)
    fillKnown = try database.prepare(
      """
      SELECT 1 FROM fills WHERE exchange = ?1 AND account = ?2 AND instrument = ?3 AND trade = ?4
        AND (?5 IS NULL OR side IS NULL OR side = ?5)
      """)
    fillClaim = try database.prepare(
      """
      UPDATE fills SET order_row = ?6, side = ?5, kind = 'own', client_order = '', venue_order = ''
      WHERE exchange = ?1 AND account = ?2 AND instrument = ?3 AND trade = ?4 AND order_row IS NULL
        AND (side IS NULL OR side = ?5)
      """)
    fill = try database.prepare(
      """
      INSERT INTO fills (price, quantity, fee, fee_asset, fee_estimated, liquidity, venue_ns, exchange, account,
        instrument, pair, side, order_row, trade, time_ns, kind, client_order, venue_order)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    fillUpdate = try database.prepare(
      """
      UPDATE fills SET price = ?, quantity = ?, fee = ?, fee_asset = ?, fee_estimated = ?, liquidity = ?, venue_ns = ?
      WHERE id = ?
      """)
    lastRow = try database.prepare("SELECT last_insert_rowid()")
  }
}

/// The statements that write everything else, prepared once.
struct FactStatements {
  let run: Statement
  let funding: Statement
  let position: Statement
  let positionChange: Statement
  let positionKnown: Statement
  let mode: Statement
  let balance: Statement
  let counter: Statement
  let mark: Statement

  init(_ database: Database) throws(JournalFault) {
    run = try database.prepare("INSERT INTO runs (instance, version, started_ns) VALUES (?, ?, ?)")
    funding = try database.prepare(
      """
      INSERT INTO funding_payments (exchange, account, instrument, pair, payment, rate, amount, asset, venue_ns)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
      """)
    position = try database.prepare(
      """
      INSERT OR REPLACE INTO positions (exchange, account, instrument, leg, pair, quantity, entry, leverage, margin,
        venue_ns, time_ns, mark, liquidation, unrealized, realized) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    positionChange = try database.prepare(
      """
      INSERT INTO position_changes (exchange, account, instrument, leg, pair, quantity, entry, leverage, margin,
        venue_ns, time_ns) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """)
    positionKnown = try database.prepare(
      """
      SELECT quantity, entry, leverage, margin FROM positions
      WHERE exchange = ? AND account = ? AND instrument = ? AND leg = ?
      """)
    mode = try database.prepare(
      """
      INSERT INTO modes (exchange, account, instrument, leverage, margin_mode, time_ns) VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET leverage = ifnull(excluded.leverage, leverage),
        margin_mode = ifnull(excluded.margin_mode, margin_mode), time_ns = excluded.time_ns
      """)
    balance = try database.prepare(
      """
      INSERT OR REPLACE INTO balances (exchange, account, asset, total, available, venue_ns, time_ns)
      VALUES (?, ?, ?, ?, ?, ?, ?)
      """)
    counter = try database.prepare(
      """
      INSERT INTO counters (name, next) VALUES (?, ?)
      ON CONFLICT DO UPDATE SET next = excluded.next WHERE excluded.next > next
      """)
    mark = try database.prepare(
      """
      INSERT INTO marks (exchange, account, instrument, topic, time_ns) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET time_ns = excluded.time_ns WHERE excluded.time_ns > time_ns OR ?
      """)
  }
}
