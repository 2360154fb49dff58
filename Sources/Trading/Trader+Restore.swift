import Decimals
import MarketModel
import Runtime

/// Taking back in mind what the journal kept.
extension Trader {
  func restore(_ state: JournalState) {
    let used = state.orders.map { $0.record.id.rawValue &+ 1 }.max() ?? 0
    let counter = max(state.counter, used, ids.counter)
    if counter > 0 { ids.advance(past: counter - 1) }
    runStart = ids.counter
    counterKept = ids.counter
    for (account, time) in state.seen { accounts[account]?.seen = VenueMoment(venue: time) }
    for (account, mark) in state.funding {
      accounts[account]?.fundingMark = mark
      accounts[account]?.isFundingBaseSet = true
    }
    skipCommands(state.orders)
    for order in state.orders.sorted(by: { $0.record.id < $1.record.id }) where !restore(order) {
      unplaced.append(order)
      counters.unplaced += 1
    }
  }

  /// The journal's commands keep their numbers: those of this run begin at the clock, which may have been set back.
  private func skipCommands(_ orders: [RestoredOrder]) {
    for order in orders {
      path.skipCommands(through: order.record.createCommand)
      for item in order.events {
        switch item.event {
        case .cancelRequested(let command), .amendRequested(let command, _, _): path.skipCommands(through: command)
        case .report, .fill, .outcome, .givenUp, .leaving: break
        }
      }
    }
  }

  /// Tries again to place restored orders whose instrument was not known; call it when instruments were added.
  public func instrumentsChanged() {
    unplaced.removeAll { restore($0) }
    work()
  }

  /// - Returns: `false` when the instrument is not known.
  private func restore(_ restored: RestoredOrder) -> Bool {
    let record = restored.record
    guard let instrument = path.instrument(symbol: record.symbol) else { return false }
    let order = TrackedOrder(
      id: record.id, account: record.account, instrument: instrument.id, clientOrderID: record.clientOrderID,
      draft: record.draft, createCommand: record.createCommand, time: now)
    guard path.accounts.orders.track(order) else { return true }
    var commands = [record.createCommand]
    var isCancelled = false
    for item in restored.events {
      switch item.event {
      case .cancelRequested(let command):
        isCancelled = true
        commands.append(command)
      case .amendRequested(let command, _, _): commands.append(command)
      case .report, .fill, .outcome, .givenUp, .leaving: break
      }
      path.accounts.orders.know(record.id, as: item.venueOrderID)
      path.accounts.orders.replay(item.event, of: record.id, now: now)
    }
    // Whether a command whose end is not in the journal was carried out is not known.
    for command in commands { _ = path.accounts.orders.commandEnded(command, .unknown, now: now) }
    take(back: record, isCancelled: isCancelled)
    return true
  }

  private func take(back record: OrderRecord, isCancelled: Bool) {
    guard let order = orders[record.id] else { return }
    let life = OrderLife(
      id: order.id, account: order.account, symbol: record.symbol, leg: record.leg,
      made: VenueMoment(venue: record.createdAtVenue), isOwn: !record.isAdopted, now: now)
    life.stage = .sent
    // How long ago its request left only this machine's clock could say, which may have been set since: it counts from
    // this run's start.
    life.hasReportedCreated = order.hasLived
    life.hasReportedEnd = order.state.isTerminal && order.state != .lost && order.hasAllFills
    life.isLost = order.state == .lost
    life.kept = OrderLife.Kept(order)
    lives[order.id] = life
    if order.state == .lost {
      // It is not kept in mind for longer because of a restart.
      life.lostAt = now.subtractingSaturated(max(0, path.times.wall.subtractingSaturated(record.created)))
    } else if !order.state.isTerminal {
      open.insert(order.id)
      holdAgain(order)
      if policy.fault != .skipReconcile {
        if order.isDoubted { life.ask(at: now + policy.askAfter) } else { life.askForFate(at: now + policy.askAfter) }
      }
      life.isCancelWanted = isCancelled
      life.cancelAt = isCancelled ? now : nil
    }
    touch(life)
  }

  /// An order that the venue may not have reported in its balances yet.
  func holdAgain(_ order: TrackedOrder) {
    guard let instrument = path.instrument(order.instrument), order.draft.flags.isDisjoint(with: [.reduceOnly, .close]),
      let cost = try? cost(of: order.draft, order.account, instrument, judged(order.draft, nil))
    else { return }
    budget.hold(order.id, order.account, cost)
    if order.hasLived { budget.known(order.id, at: now) }
  }
}
