import Decimals
import MarketModel
import Runtime

/// What the venue says, as it comes in.
extension Trader: AccountObserver {
  public func account(_ fact: AccountFact, _ changes: [OrderChange]) {
    var changes = changes
    heard(fact)
    switch fact {
    case .order(let fact): changes += strange(fact, changes)
    case .fill(let fact): noteFill(fact, changes)
    case .unreadable: break
    case .balance(let fact): balanceReported(fact)
    case .position(let fact):
      if fact.command == nil { accounts[fact.key.account]?.unsettled[.positions] = nil }
      positionReported(fact.key)
    case .funding(let payment): paid(payment)
    case .fees(let fact):
      budget.fees.put(fact.maker, fact.taker, account: fact.account, instrument: fact.instrument)
    case .mode(let fact): modeReported(fact)
    case .liquidation(let fact): if accounts[fact.account] != nil { noteForced(fact) }
    case .stream(let account, let state, _): streamChanged(account, state)
    case .complete(let fact): completed(fact)
    }
    for change in changes { changed(change, by: fact) }
    work()
  }

  public func accountPathEnded(_ reason: String) {
    hasPathEnded = true
    halt(reason)
    for account in byID { account.stream = .ended }
    work()
  }

  /// Anything that was not asked for shows that the private stream speaks.
  private func heard(_ fact: AccountFact) {
    let (account, command): (AccountID, CommandID?) =
      switch fact {
      case .order(let fact): (fact.reference.account, fact.command)
      case .fill(let fact): (fact.reference.account, fact.command)
      case .unreadable(let reference, let command): (reference.account, command)
      case .balance(let fact): (fact.account, fact.command)
      case .position(let fact): (fact.key.account, fact.command)
      case .funding(let fact): (fact.account, fact.command)
      case .liquidation(let fact): (fact.account, nil)
      case .stream(let account, .live, _): (account, nil)
      case .stream, .complete, .fees, .mode: (AccountID(0), CommandID(0))
      }
    guard command == nil, let life = accounts[account] else { return }
    life.heard = now
    life.heardAtVenue = path.times.venue
  }

  private func changed(_ change: OrderChange, by fact: AccountFact) {
    guard let life = lives[change.order], let order = orders[change.order] else { return }
    if case .order(let fact) = fact {
      if let command = fact.command { life.heardBy = command }
      if fact.error != 0 { life.error = fact.error }
      // The venue knows it: whatever said otherwise was too early.
      if life.stage == .sent { life.notFound = 0 }
      if order.state != .unknown, order.state != .pendingCreate { life.fateIsKnown() }
    }
    if life.stage == .sent { reportAlive(life, order) }
    if let fill = change.newFill {
      if case .fill(let fact) = fact, fact.command != nil { unsettle(life.account, fill) }
      emit(.filled(change.order, fill))
      keep(.fill(fill), of: life)
      noteFlow(order, fill)
      judge(fill, order, life)
      if life.hasReportedEnd { emit(.anomaly(change.order, .lateFill)) }
    }
    for anomaly in change.anomalies { noticed(anomaly, life) }
    touch(life)
  }

  /// An order without a limit takes any price, but a price that is far from the market is not taken in silence.
  private func judge(_ fill: Fill, _ order: TrackedOrder, _ life: OrderLife) {
    guard order.draft.price == nil, let touch = path.touch(order.instrument, for: order.draft.side), touch.isPositive
    else { return }
    let (low, high) = (min(fill.price, touch), max(fill.price, touch))
    if let far = low.multiplied(by: policy.farFromMarket), far >= high { return }
    doubt(life)
    warn(.farFromMarket(price: fill.price, touch: touch), life)
  }

  /// Something about an order should not be. What leaves open where it stands, the venue is asked about.
  private func noticed(_ anomaly: OrderAnomaly, _ life: OrderLife) {
    switch anomaly {
    case .misfit, .malformedFill, .fillConflict: doubt(life)
    case .doubted:
      life.doubtedSince = now
      doubt(life)
    case .reopened, .aliveAfterRefusal: doubt(life)
    case .overfilled, .widened, .reduced, .tightened, .outOfRange, .feesOutOfRange, .filledShrank, .conflictingEnds,
      .strangeCommand:
      break
    }
    warn(.order(anomaly), life)
  }

  /// A peer that goes on contradicting itself does not fill the log.
  private func warn(_ anomaly: TraderAnomaly, _ life: OrderLife) {
    life.anomalies += 1
    if life.anomalies <= policy.anomaliesReported { emit(.anomaly(life.id, anomaly)) }
  }

  // MARK: Balances and positions

  /// The stream has not spoken of this fill, and may not speak of what it changed.
  private func unsettle(_ account: AccountID, _ fill: Fill) {
    guard let account = accounts[account] else { return }
    account.unsettledFill = max(account.unsettledFill, fill.time)
    for task in [AccountTask.balances, .positions] where tasks.contains(task) {
      account.unsettled[task] = min(account.unsettled[task] ?? .max, now + policy.fillWait)
    }
  }

  private func balanceReported(_ fact: BalanceFact) {
    guard let account = accounts[fact.account] else { return }
    // What answers a question is as old as the question.
    let task = account.tasks[.balances]
    if fact.command == nil, fact.time == 0 || fact.time >= account.unsettledFill { account.unsettled[.balances] = nil }
    let asOf = fact.command == nil ? now : task?.command == fact.command ? task?.startedAt ?? now : now
    budget.reported(fact.account, fact.asset, asOf: asOf)
  }

  private func positionReported(_ key: Positions.Key) {
    guard let account = accounts[key.account], let instrument = path.instrument(key.instrument) else { return }
    let position = path.accounts.positions[key]
    let known = account.positions[key]
    account.positions[key] = position
    if let leverage = position?.leverage, leverage.isPositive { account.put(leverage, of: key.instrument) }
    guard known?.quantity != position?.quantity || known?.entry != position?.entry else { return }
    keep(.position(account: key.account, symbol: instrument.symbol, leg: key.leg, position))
    emit(.position(key, position))
  }

  private func completed(_ fact: CompleteFact) {
    guard let account = accounts[fact.account] else { return }
    guard var set = account.awaited[fact.command], set.what == fact.what else { return }
    let isFirst = set.isWhole == nil
    set.take(fact)
    account.awaited[fact.command] = set
    guard isFirst, fact.what == .positions else { return }
    // Positions that the whole answer did not hold are closed.
    let closed = account.positions.keys.filter { path.accounts.positions[$0] == nil }
    for key in closed.sorted(by: { ($0.instrument, $0.leg.rawValue) < ($1.instrument, $1.leg.rawValue) }) {
      positionReported(key)
    }
  }
}
