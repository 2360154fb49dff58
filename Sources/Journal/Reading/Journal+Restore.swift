import MarketModel

extension Journal {
  /// What is needed to go on.
  /// - Parameter since: orders that ended, and funding that was received, at or after this time are given too, in
  ///   nanoseconds since 1970. Fills may still come for an order that has ended.
  public func restore(since: Int64) throws(JournalFault) -> JournalState {
    try database.restore(since: since)
  }

  /// All marks.
  public func marks() throws(JournalFault) -> [JournalMark] { try database.marks() }
}

extension Database {
  func restore(since: Int64) throws(JournalFault) -> JournalState {
    var counters = try counters()
    let order = counters.removeValue(forKey: Journal.orderCounter) ?? 1
    let command = counters.removeValue(forKey: Journal.commandCounter) ?? 1
    return JournalState(
      orders: try restoreOrders(endedSince: since), counters: counters, nextOrder: OrderID(order),
      nextCommand: CommandID(command), marks: try marks(), positions: try positions(), modes: try modes(),
      balances: try balances(), funding: try funding(since: since), lastRun: try lastRun())
  }

  private func restoreOrders(endedSince since: Int64) throws(JournalFault) -> [RestoredOrder] {
    var orders: [RestoredOrder] = []
    var places: [Int64: Int] = [:]
    // Two searches: for one condition with OR the whole table would be read.
    let chosen = "(SELECT id FROM orders WHERE live = 1 UNION ALL "
      + "SELECT id FROM orders WHERE live = 0 AND changed_ns >= ?)"
    let rows = try prepare(
      """
      SELECT id, exchange, account, client_order, connector, instrument, pair, host_order, create_command, side, type,
        time_in_force, flags, leg, price, stop, coalesce(quantity, value), adopted, created_ns,
        created_venue_ns, state, filled, expiry_ns
      FROM orders WHERE id IN \(chosen) ORDER BY id
      """
    ).bind(since)
    while try rows.step() {
      places[rows.integer(0)] = orders.count
      orders.append(
        RestoredOrder(
          entry: try order(rows), state: try rows.word(20), filled: try rows.decimal(21) ?? .zero, events: []))
    }
    let events = try prepare(
      """
      SELECT e.order_row, e.kind, e.command, e.outcome, e.claim, e.filled, e.quantity, e.venue_order, e.reason,
        e.venue_ns, e.time_ns, f.trade, f.price, f.quantity, f.fee, f.fee_asset, f.fee_estimated, f.liquidity,
        f.venue_ns, e.state, e.price, e.continues, e.carried
      FROM order_events e LEFT JOIN fills f ON f.id = e.fill_row
      WHERE e.order_row IN \(chosen) ORDER BY e.order_row, e.id
      """
    ).bind(since)
    while try events.step() {
      guard let place = places[events.integer(0)] else { continue }
      orders[place].events.append(
        RestoredOrder.Event(
          event: try event(events), venueOrderID: events.text(7), state: try events.word(19), time: events.integer(10)))
    }
    return orders
  }

  private func order(_ row: Statement) throws(JournalFault) -> OrderEntry {
    guard let flags = OrderFlags(word: row.text(12)), let quantity = try row.decimal(16) else {
      throw .corrupt(file: path, detail: "order \(row.text(3)) has unknown flags or no quantity")
    }
    let draft = OrderDraft(
      side: try row.word(9), type: try row.word(10), quantity: quantity, price: try row.decimal(14),
      stop: try row.decimal(15), timeInForce: row.isNull(11) ? nil : try row.word(11), flags: flags,
      expiry: row.integer(22))
    return OrderEntry(
      name: OrderName(exchange: row.text(1), account: row.text(2), clientOrderID: row.text(3)), connector: row.text(4),
      instrument: row.text(5), pair: row.text(6), order: OrderID(row.bits(7)), createCommand: CommandID(row.bits(8)),
      draft: draft, leg: try row.word(13), isAdopted: row.flag(17), created: row.integer(18),
      createdAtVenue: row.integer(19))
  }

  private func event(_ row: Statement) throws(JournalFault) -> OrderEvent? {
    let command = CommandID(row.bits(2))
    switch try row.word(1, as: EventKind.self) {
    case .report:
      let report = OrderReport(
        try row.word(4), filled: try row.decimal(5), quantity: try row.decimal(6), price: try row.decimal(20),
        time: row.integer(9), reason: row.text(8))
      let carried = try row.decimal(22)
      return .report(report.ofPart(carried.map { VenuePart(row.text(7), continues: row.text(21), carried: $0) }))
    case .fill: return .fill(try fill(row))
    case .cancel: return .cancelRequested(command)
    case .amend:
      return .amendRequested(command, price: try row.decimal(20), quantity: try row.decimal(6))
    case .outcome: return .outcome(command, try row.word(3))
    case .givenUp: return .givenUp
    case .leaving: return .leaving
    case .state: return nil
    }
  }

  private func fill(_ row: Statement) throws(JournalFault) -> Fill {
    guard let price = try row.decimal(12), let quantity = try row.decimal(13) else {
      throw .corrupt(file: path, detail: "fill \(row.text(11)) has no price or quantity")
    }
    return Fill(
      trade: row.text(11), price: price, quantity: quantity, fee: try row.decimal(14), feeAsset: row.text(15),
      isFeeEstimated: row.flag(16), liquidity: row.isNull(17) ? nil : try row.word(17), time: row.integer(18))
  }

  private func counters() throws(JournalFault) -> [String: UInt64] {
    var counters: [String: UInt64] = [:]
    let rows = try prepare("SELECT name, next FROM counters")
    while try rows.step() { counters[rows.text(0)] = UInt64(max(0, rows.integer(1))) }
    return counters
  }

  func marks() throws(JournalFault) -> [JournalMark] {
    var marks: [JournalMark] = []
    let rows = try prepare("SELECT exchange, account, instrument, topic, time_ns FROM marks ORDER BY 1, 2, 3, 4")
    while try rows.step() {
      marks.append(
        JournalMark(
          exchange: rows.text(0), account: rows.text(1), instrument: rows.text(2), topic: rows.text(3),
          time: rows.integer(4)))
    }
    return marks
  }

  private func positions() throws(JournalFault) -> [PositionEntry] {
    var positions: [PositionEntry] = []
    let rows = try prepare(
      """
      SELECT exchange, account, instrument, pair, leg, quantity, entry, mark, liquidation, unrealized, realized,
        leverage, margin, venue_ns, time_ns FROM positions ORDER BY 1, 2, 3, 5
      """)
    while try rows.step() {
      let position = Position(
        quantity: try rows.decimal(5) ?? .zero, entry: try rows.decimal(6), mark: try rows.decimal(7),
        liquidation: try rows.decimal(8), unrealized: try rows.decimal(9), realized: try rows.decimal(10),
        leverage: try rows.decimal(11), margin: try rows.decimal(12), time: rows.integer(13))
      positions.append(
        PositionEntry(
          exchange: rows.text(0), account: rows.text(1), instrument: rows.text(2), pair: rows.text(3),
          leg: try rows.word(4), position: position, time: rows.integer(14)))
    }
    return positions
  }

  private func modes() throws(JournalFault) -> [ModeEntry] {
    var modes: [ModeEntry] = []
    let rows = try prepare(
      "SELECT exchange, account, instrument, leverage, margin_mode, time_ns FROM modes ORDER BY 1, 2, 3")
    while try rows.step() {
      modes.append(
        ModeEntry(
          exchange: rows.text(0), account: rows.text(1), instrument: rows.text(2), leverage: try rows.decimal(3),
          marginMode: rows.isNull(4) ? nil : rows.text(4), time: rows.integer(5)))
    }
    return modes
  }

  private func balances() throws(JournalFault) -> [BalanceEntry] {
    var balances: [BalanceEntry] = []
    let rows = try prepare(
      "SELECT exchange, account, asset, total, available, venue_ns, time_ns FROM balances ORDER BY 1, 2, 3")
    while try rows.step() {
      let balance = Balance(
        total: try rows.decimal(3) ?? .zero, available: try rows.decimal(4) ?? .zero, time: rows.integer(5))
      balances.append(
        BalanceEntry(
          exchange: rows.text(0), account: rows.text(1), asset: rows.text(2), balance: balance, time: rows.integer(6)))
    }
    return balances
  }

  private func funding(since: Int64) throws(JournalFault) -> [FundingEntry] {
    var payments: [FundingEntry] = []
    let rows = try prepare(
      """
      SELECT exchange, account, instrument, pair, payment, rate, amount, asset, venue_ns
      FROM funding_payments p WHERE venue_ns >= ? OR venue_ns = (
        SELECT max(venue_ns) FROM funding_payments WHERE exchange = p.exchange AND account = p.account)
      ORDER BY id
      """
    ).bind(since)
    while try rows.step() {
      payments.append(
        FundingEntry(
          exchange: rows.text(0), account: rows.text(1), instrument: rows.text(2), pair: rows.text(3),
          payment: rows.text(4), rate: try rows.decimal(5), amount: try rows.decimal(6) ?? .zero, asset: rows.text(7),
          time: rows.integer(8)))
    }
    return payments
  }

  private func lastRun() throws(JournalFault) -> RunEntry? {
    let rows = try prepare("SELECT instance, version, started_ns FROM runs ORDER BY id DESC LIMIT 1")
    guard try rows.step() else { return nil }
    return RunEntry(instance: rows.text(0), version: rows.text(1), started: rows.integer(2))
  }
}
