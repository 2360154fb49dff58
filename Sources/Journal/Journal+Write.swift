import Decimals
import MarketModel

extension Journal {
  /// The counters that the journal keeps by itself. No other name has a full stop in front.
  static let orderCounter = ".order"
  static let commandCounter = ".command"

  /// Writes one entry inside a transaction.
  func write(_ entry: JournalEntry) throws(JournalFault) {
    switch entry {
    case .run(let run):
      try facts.run.bind(run.instance).bind(run.version).bind(run.started).run()
    case .order(let order): try write(order)
    case .event(let event): try write(event)
    case .state(let state): try write(state)
    case .strayFill(let fill): try write(fill)
    case .funding(let payment):
      try facts.funding.bind(payment.exchange).bind(payment.account).bind(payment.instrument).bind(payment.pair)
        .bind(payment.payment).bind(payment.rate).bind(payment.amount).bind(payment.asset).bind(payment.time).run()
    case .position(let position): try write(position)
    case .mode(let mode):
      try facts.mode.bind(mode.exchange).bind(mode.account).bind(mode.instrument).bind(mode.leverage)
        .bind(optional: mode.marginMode).bind(mode.time).run()
    case .balance(let entry):
      let balance = entry.balance
      try facts.balance.bind(entry.exchange).bind(entry.account).bind(entry.asset).bind(balance.total)
        .bind(balance.available).bind(balance.time).bind(entry.time).run()
    case .counter(let name, let next): try raise(name, to: next)
    case .mark(let mark):
      try facts.mark.bind(mark.exchange).bind(mark.account).bind(mark.instrument).bind(mark.topic).bind(mark.time)
        .bind(mark.replaces).run()
    }
  }

  /// Counters are compared by SQLite; what does not fit its integers cannot be counted further anyway.
  private func raise(_ counter: String, to next: UInt64) throws(JournalFault) {
    try facts.counter.bind(counter).bind(Int64(clamping: next)).run()
  }

  private func write(_ order: OrderEntry) throws(JournalFault) {
    let draft = order.draft
    let isByValue = draft.flags.contains(.byValue)
    try orders.order.bind(order.name.exchange).bind(order.name.account).bind(order.name.clientOrderID)
      .bind(order.connector).bind(order.instrument).bind(order.pair).bind(bits: order.order.rawValue)
      .bind(bits: order.createCommand.rawValue).bind(draft.side.word).bind(draft.type.word)
      .bind(optional: draft.timeInForce?.word).bind(draft.flags.word).bind(order.leg.word).bind(draft.price)
      .bind(draft.stop).bind(isByValue ? nil : draft.quantity).bind(isByValue ? draft.quantity : nil)
      .bind(order.isAdopted).bind(order.created).bind(order.createdAtVenue).bind(OrderState.pendingCreate.word)
      .bind(order.created).bind(draft.expiry).run()
    if database.changes == 0 { throw .duplicateOrder(order.name) }
    try raise(Self.orderCounter, to: order.order.rawValue &+ 1)
    try raise(Self.commandCounter, to: order.createCommand.rawValue &+ 1)
  }

  private func write(_ entry: OrderEventEntry) throws(JournalFault) {
    let order = try find(entry.name)
    var columns = EventColumns(kind: .report, reason: entry.reason, venueOrderID: entry.venueOrderID)
    switch entry.event {
    case .report(let report):
      columns.claim = report.claim
      columns.filled = report.filledInAll
      columns.quantity = report.quantityInAll
      columns.part = report.part
      columns.price = report.price
      columns.timeInForce = report.timeInForce
      columns.reason = report.reason
      columns.venueTime = report.time
    case .fill(let fill):
      // The order machine takes no notice of such a fill either.
      guard !fill.trade.isEmpty, fill.quantity.isPositive else { return }
      columns.kind = .fill
      columns.fill = try write(fill, of: order, entry.name, at: entry.time)
      columns.venueTime = fill.time
    case .cancelRequested(let command):
      columns.kind = .cancel
      columns.command = command
    case .amendRequested(let command, let price, let quantity):
      columns.kind = .amend
      columns.command = command
      columns.price = price
      columns.quantity = quantity
    case .outcome(let command, let outcome):
      columns.kind = .outcome
      columns.command = command
      columns.outcome = outcome
    case .givenUp: columns.kind = .givenUp
    case .leaving: columns.kind = .leaving
    }
    if let command = columns.command { try raise(Self.commandCounter, to: command.rawValue &+ 1) }
    try write(columns, of: order.row, entry.state, filled: entry.filled, at: entry.time)
  }

  private func write(_ entry: OrderStateEntry) throws(JournalFault) {
    let order = try find(entry.name)
    let columns = EventColumns(kind: .state, reason: entry.reason, venueOrderID: entry.venueOrderID)
    try write(columns, of: order.row, entry.state, filled: entry.filled, at: entry.time)
  }

  private func write(
    _ columns: EventColumns, of order: Int64, _ state: OrderState, filled: Decimal64, at time: Int64
  ) throws(JournalFault) {
    try orders.event.bind(order).bind(columns.kind.word)
      .bind(optional: columns.command.map { Int64(bitPattern: $0.rawValue) }).bind(optional: columns.outcome?.word)
      .bind(optional: columns.claim?.word).bind(columns.filled).bind(columns.quantity).bind(columns.price)
      .bind(optional: columns.fill).bind(columns.venueOrderID).bind(columns.reason).bind(state.word)
      .bind(columns.venueTime).bind(time).bind(optional: columns.part?.continues).bind(columns.part?.carried).run()
    try orders.orderUpdate.bind(state.word).bind(state.isLive).bind(filled).bind(time).bind(columns.venueOrderID)
      .bind(columns.reason).bind(optional: columns.timeInForce?.word).bind(order).run()
  }

  private func find(_ name: OrderName) throws(JournalFault) -> KnownOrder {
    guard let order = try known(name) else { throw .unknownOrder(name) }
    return order
  }

  private func known(_ name: OrderName) throws(JournalFault) -> KnownOrder? {
    let rows = orders.orderRow.bind(name.exchange).bind(name.account).bind(name.clientOrderID)
    guard try rows.step() else { return nil }
    defer { rows.reset() }
    return KnownOrder(
      row: rows.integer(0), instrument: rows.text(1), pair: rows.text(2), side: rows.text(3), state: try rows.word(4),
      filled: try rows.decimal(5) ?? .zero)
  }

  /// Enters a fill as `TrackedOrder` counts it; gives its row.
  private func write(
    _ fill: Fill, of order: KnownOrder, _ name: OrderName, at time: Int64
  ) throws(JournalFault) -> Int64 {
    // It may have come before it was known whose it is.
    try orders.fillClaim.bind(name.exchange).bind(name.account).bind(order.instrument).bind(fill.trade)
      .bind(order.side).bind(order.row).run()
    let rows = orders.fillRow.bind(name.exchange).bind(name.account).bind(order.instrument).bind(fill.trade)
      .bind(order.row)
    if try rows.step() {
      defer { rows.reset() }
      let row = rows.integer(0)
      let (price, quantity) = (try rows.decimal(1), try rows.decimal(2))
      let isSame = price == fill.price && quantity == fill.quantity
      let isBetter = rows.isNull(3) || rows.flag(4) && !fill.isFeeEstimated
      if isSame, isBetter { try bind(fill, to: orders.fillUpdate).bind(row).run() }
      return row
    }
    try bind(fill, to: orders.fill).bind(name.exchange).bind(name.account).bind(order.instrument).bind(order.pair)
      .bind(order.side).bind(order.row).bind(fill.trade).bind(time).bind(FillKind.own.word).bind("").bind("").run()
    guard try orders.lastRow.step() else { return 0 }
    defer { orders.lastRow.reset() }
    return orders.lastRow.integer(0)
  }

  private func write(_ entry: StrayFillEntry) throws(JournalFault) {
    let stray = entry.stray
    if stray.kind == .own {
      let name = OrderName(exchange: entry.exchange, account: entry.account, clientOrderID: stray.clientOrderID)
      if let order = try known(name) { return try write(stray, of: order, name) }
    }
    let known = orders.fillKnown.bind(entry.exchange).bind(entry.account).bind(stray.symbol)
      .bind(stray.fill.trade).bind(optional: stray.side?.word)
    if try known.step() { return known.reset() }
    try bind(stray.fill, to: orders.fill).bind(entry.exchange).bind(entry.account).bind(stray.symbol)
      .bind(stray.pair).bind(optional: stray.side?.word).bind(optional: nil as Int64?).bind(stray.fill.trade)
      .bind(stray.time).bind(stray.kind.word).bind(stray.clientOrderID).bind(stray.venueOrderID).run()
  }

  /// A fill of an order that ended before the host had it in mind.
  private func write(_ stray: StrayFill, of order: KnownOrder, _ name: OrderName) throws(JournalFault) {
    guard !stray.fill.trade.isEmpty, stray.fill.quantity.isPositive else { return }
    var columns = EventColumns(kind: .fill, reason: "", venueOrderID: stray.venueOrderID)
    columns.fill = try write(stray.fill, of: order, name, at: stray.time)
    columns.venueTime = stray.fill.time
    try write(columns, of: order.row, order.state, filled: order.filled, at: stray.time)
  }

  private func bind(_ fill: Fill, to statement: Statement) -> Statement {
    statement.bind(fill.price).bind(fill.quantity).bind(fill.fee).bind(fill.feeAsset).bind(fill.isFeeEstimated)
      .bind(optional: fill.liquidity?.word).bind(fill.time)
  }

  private func write(_ entry: PositionEntry) throws(JournalFault) {
    let position = entry.position
    let known = facts.positionKnown.bind(entry.exchange).bind(entry.account).bind(entry.instrument)
      .bind(entry.leg.word)
    var isChange = true
    if try known.step() {
      defer { known.reset() }
      let before = [try known.decimal(0), try known.decimal(1), try known.decimal(2), try known.decimal(3)]
      isChange = before != [position.quantity, position.entry, position.leverage, position.margin]
    }
    if isChange { try bind(entry, to: facts.positionChange).run() }
    try bind(entry, to: facts.position).bind(position.mark).bind(position.liquidation).bind(position.unrealized)
      .bind(position.realized).run()
  }

  private func bind(_ entry: PositionEntry, to statement: Statement) -> Statement {
    let position = entry.position
    return statement.bind(entry.exchange).bind(entry.account).bind(entry.instrument).bind(entry.leg.word)
      .bind(entry.pair).bind(position.quantity).bind(position.entry).bind(position.leverage).bind(position.margin)
      .bind(position.time).bind(entry.time)
  }
}

/// What the journal knows of an order that something happened to.
private struct KnownOrder {
  let row: Int64
  let instrument: String
  let pair: String
  let side: String
  let state: OrderState
  let filled: Decimal64
}

/// An event as its table has it.
private struct EventColumns {
  var kind: EventKind
  var command: CommandID?
  var outcome: CommandOutcome?
  var claim: OrderReport.Claim?
  var filled: Decimal64?
  var quantity: Decimal64?
  var price: Decimal64?
  var timeInForce: TimeInForce?
  var fill: Int64?
  var reason: String
  var venueOrderID: String
  var venueTime: Int64 = 0
  var part: VenuePart?
}
