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
      try statements.run.bind(run.instance).bind(run.version).bind(run.started).run()
    case .order(let order): try write(order)
    case .event(let event): try write(event)
    case .funding(let payment):
      try statements.funding.bind(payment.exchange).bind(payment.account).bind(payment.instrument).bind(payment.pair)
        .bind(payment.payment).bind(payment.rate).bind(payment.amount).bind(payment.asset).bind(payment.time).run()
    case .position(let position): try write(position)
    case .balance(let entry):
      let balance = entry.balance
      try statements.balance.bind(entry.exchange).bind(entry.account).bind(entry.asset).bind(balance.total)
        .bind(balance.available).bind(balance.time).bind(entry.time).run()
    case .counter(let name, let next): try raise(name, to: next)
    case .mark(let mark):
      try statements.mark.bind(mark.exchange).bind(mark.account).bind(mark.instrument).bind(mark.topic).bind(mark.time)
        .run()
    }
  }

  /// Counters are compared by SQLite; what does not fit its integers cannot be counted further anyway.
  private func raise(_ counter: String, to next: UInt64) throws(JournalFault) {
    try statements.counter.bind(counter).bind(Int64(clamping: next)).run()
  }

  private func write(_ order: OrderEntry) throws(JournalFault) {
    let draft = order.draft
    let isByValue = draft.flags.contains(.byValue)
    try statements.order.bind(order.name.exchange).bind(order.name.account).bind(order.name.clientOrderID)
      .bind(order.connector).bind(order.instrument).bind(order.pair).bind(bits: order.order.rawValue)
      .bind(bits: order.createCommand.rawValue).bind(draft.side.word).bind(draft.type.word)
      .bind(optional: draft.timeInForce?.word).bind(draft.flags.word).bind(order.leg.word).bind(draft.price)
      .bind(draft.stop).bind(isByValue ? nil : draft.quantity).bind(isByValue ? draft.quantity : nil)
      .bind(order.isAdopted).bind(order.created).bind(OrderState.pendingCreate.word).bind(order.created).run()
    if database.changes == 0 { throw .duplicateOrder(order.name) }
    try raise(Self.orderCounter, to: order.order.rawValue &+ 1)
    try raise(Self.commandCounter, to: order.createCommand.rawValue &+ 1)
  }

  private func write(_ entry: OrderEventEntry) throws(JournalFault) {
    let row = try self.row(of: entry.name)
    var columns = EventColumns()
    switch entry.event {
    case .report(let report):
      columns.kind = .report
      columns.claim = report.claim
      columns.filled = report.filled
      columns.quantity = report.quantity
      columns.reason = report.reason
      columns.venueTime = report.time
    case .fill(let fill):
      // The order machine takes no notice of such a fill either.
      guard !fill.trade.isEmpty, fill.quantity.isPositive else { return }
      columns.kind = .fill
      columns.fill = try write(fill, of: row, at: entry.time)
      columns.reason = entry.reason
      columns.venueTime = fill.time
    case .cancelRequested(let command):
      columns.kind = .cancel
      columns.command = command
      columns.reason = entry.reason
    case .outcome(let command, let outcome):
      columns.kind = .outcome
      columns.command = command
      columns.outcome = outcome
      columns.reason = entry.reason
    }
    try statements.event.bind(row).bind(columns.kind.word)
      .bind(optional: columns.command.map { Int64(bitPattern: $0.rawValue) }).bind(optional: columns.outcome?.word)
      .bind(optional: columns.claim?.word).bind(columns.filled).bind(columns.quantity).bind(optional: columns.fill)
      .bind(entry.venueOrderID).bind(columns.reason).bind(entry.state.word).bind(columns.venueTime).bind(entry.time)
      .run()
    if let command = columns.command { try raise(Self.commandCounter, to: command.rawValue &+ 1) }
    try statements.orderUpdate.bind(entry.state.word).bind(entry.state.isTerminal).bind(entry.filled).bind(entry.time)
      .bind(entry.venueOrderID).bind(columns.reason).bind(row).run()
  }

  private func row(of name: OrderName) throws(JournalFault) -> Int64 {
    let find = statements.orderRow.bind(name.exchange).bind(name.account).bind(name.clientOrderID)
    guard try find.step() else { throw .unknownOrder(name) }
    defer { find.reset() }
    return find.integer(0)
  }

  /// Enters a fill as `TrackedOrder` counts it; gives its row.
  private func write(_ fill: Fill, of order: Int64, at time: Int64) throws(JournalFault) -> Int64 {
    let find = statements.fillRow.bind(order).bind(fill.trade)
    if try find.step() {
      defer { find.reset() }
      let row = find.integer(0)
      let (price, quantity) = (try find.decimal(1), try find.decimal(2))
      let isSame = price == fill.price && quantity == fill.quantity
      let isBetter = find.isNull(3) || find.flag(4) && !fill.isFeeEstimated
      if isSame, isBetter { try bind(fill, to: statements.fillUpdate).bind(row).run() }
      return row
    }
    try bind(fill, to: statements.fill).bind(order).bind(fill.trade).bind(time).run()
    guard try statements.lastRow.step() else { return 0 }
    defer { statements.lastRow.reset() }
    return statements.lastRow.integer(0)
  }

  private func bind(_ fill: Fill, to statement: Statement) -> Statement {
    statement.bind(fill.price).bind(fill.quantity).bind(fill.fee).bind(fill.feeAsset).bind(fill.isFeeEstimated)
      .bind(optional: fill.liquidity?.word).bind(fill.time)
  }

  private func write(_ entry: PositionEntry) throws(JournalFault) {
    let position = entry.position
    let known = statements.positionKnown.bind(entry.exchange).bind(entry.account).bind(entry.instrument)
      .bind(entry.leg.word)
    var isChange = true
    if try known.step() {
      defer { known.reset() }
      let before = [try known.decimal(0), try known.decimal(1), try known.decimal(2), try known.decimal(3)]
      isChange = before != [position.quantity, position.entry, position.leverage, position.margin]
    }
    if isChange { try bind(entry, to: statements.positionChange).run() }
    try bind(entry, to: statements.position).bind(position.mark).bind(position.liquidation).bind(position.unrealized)
      .bind(position.realized).run()
  }

  private func bind(_ entry: PositionEntry, to statement: Statement) -> Statement {
    let position = entry.position
    return statement.bind(entry.exchange).bind(entry.account).bind(entry.instrument).bind(entry.leg.word)
      .bind(entry.pair).bind(position.quantity).bind(position.entry).bind(position.leverage).bind(position.margin)
      .bind(position.time).bind(entry.time)
  }
}

/// An event as its table has it.
private struct EventColumns {
  var kind = EventKind.report
  var command: CommandID?
  var outcome: CommandOutcome?
  var claim: OrderReport.Claim?
  var filled: Decimal64?
  var quantity: Decimal64?
  var fill: Int64?
  var reason = ""
  var venueTime: Int64 = 0
}
