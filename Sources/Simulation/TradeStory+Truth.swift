import Decimals
import MarketModel
import Runtime
import Trading
import VenueExchange

/// Holding what is known against what is true.
extension TradeStory {
  func compare() {
    compareOrders()
    compareBalances()
    if options.venue.isPerpetual { comparePositions() }
    if let fault = witness.fault { problems.append("a ready book was wrong: \(fault)") }
    if witness.compared == 0 { problems.append("no book was ever ready") }
    if !venue.checkInvariants() { problems.append("the venue itself is broken") }
    if watching.tooMany > 0 { problems.append("\(watching.tooMany) requests were beyond a limit") }
    checkEnd()
  }

  // MARK: Orders

  private func compareOrders() {
    guard let state = try? journal.restore() else { return problems.append("the journal cannot be read") }
    var known: Set<String> = []
    for restored in state.orders {
      if !known.insert(restored.record.clientOrderID).inserted {
        problems.append("\(restored.record.clientOrderID) is in the journal twice")
      }
      compare(restored)
    }
    let own = try? options.venue.ids()
    for order in venue.orders(account: account.name) where own?.isOwn(order.client) == true {
      if !known.contains(order.client) { problems.append("\(order.client) is at the venue and nobody knows it") }
    }
  }

  private func compare(_ restored: RestoredOrder) {
    let record = restored.record
    var order = TrackedOrder(
      id: record.id, account: record.account, instrument: InstrumentID(1), clientOrderID: record.clientOrderID,
      draft: record.draft, createCommand: record.createCommand, time: 0)
    for item in restored.events { _ = order.receive(item.event, .settled) }
    let truth = venue.orders(account: account.name).filter { $0.client == record.clientOrderID }
    let ids = Set(restored.events.map(\.venueOrderID)).subtracting([""])
    problems += OrderTruth.faults(
      of: order, named: "\(record.clientOrderID) (\(order.state))", ids: ids.count, against: truth)
  }

  // MARK: Balances and positions

  private func compareBalances() {
    guard let session else { return problems.append("no host at the end") }
    let mine = Dictionary(
      session.accounts.balances.all(of: AccountID(1)).map { ($0.asset, $0.balance) }, uniquingKeysWith: { $1 })
    for balance in venue.balances(account: account.name) where mine[balance.asset] != nil || balance.total.isPositive {
      let seen = mine[balance.asset]?.total ?? .zero
      if seen != balance.total {
        problems.append("\(balance.asset): \(seen.plain) known, \(balance.total.plain) at the venue")
      }
    }
  }

  private func comparePositions() {
    guard let session else { return }
    for market in session.view.all {
      let theirs = venue.positions(account: account.name).filter { $0.symbol == market.instrument.symbol }
        .reduce(Decimal64.zero) { $0.adding($1.quantity) ?? .zero }
      let key = Positions.Key(account: AccountID(1), instrument: market.instrument.id, leg: .net)
      let mine = session.accounts.positions[key]?.quantity ?? .zero
      if mine != theirs {
        problems.append("\(market.instrument.symbol): position \(mine.plain) known, \(theirs.plain) at the venue")
      }
    }
  }

  // MARK: The end

  /// Nothing hangs, nothing grows.
  private func checkEnd() {
    guard let session, let trader else { return problems.append("no trader at the end") }
    for order in trader.orders.inFlight where order.state == .unknown || order.state == .pendingCreate {
      problems.append("\(order.clientOrderID) is still \(order.state)")
    }
    if !trader.missing.isEmpty { problems.append("the trader is not ready: \(trader.missing)") }
    if dispatcherWaiting > 0 { problems.append("\(dispatcherWaiting) requests still wait") }
    if session.openCommands.count > 8 { problems.append("\(session.openCommands.count) commands are not answered") }
    // Those that were lost are kept in mind for a day: they may come back. Many may have ended just now.
    let late = simulation.clock.mono - 2 * trader.policy.endedKept
    let kept = trader.orders.all.filter { $0.state.isTerminal && $0.state != .lost && $0.changed < late }
    if kept.count > 64 {
      let some = kept.prefix(3).map { "\($0.clientOrderID) \($0.state)\($0.hasAllFills ? "" : ", fills missing")" }
      problems.append("\(kept.count) ended orders are still in mind, such as \(some.joined(separator: "; "))")
    }
    if let fault = session.firstFault { problems.append("a malformed record: \(fault)") }
  }
}
