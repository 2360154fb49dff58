import Decimals
import MarketModel
import Runtime

/// Orders that are not in mind and bear this trader's mark.
extension Trader {
  /// An order with this trader's mark that is not in mind is taken in, when it lives or has fills. One of this run that
  /// was forgotten after its end is old news unless the venue shows it alive after that, and so is one of an earlier
  /// run that ended. Where it cannot be known which was later the order is in doubt, and strategies hear of it again
  /// only when the venue answers that it lives: its end was reported. Orders without the mark are of somebody else.
  func strange(_ fact: OrderFact, _ changes: [OrderChange]) -> [OrderChange] {
    let reference = fact.reference
    guard changes.isEmpty, accounts[reference.account] != nil, let number = ids.counter(of: reference.clientOrderID),
      orders.order(clientOrderID: reference.clientOrderID) == nil, isStarted
    else { return [] }
    let id = OrderID(number)
    let isOfThisRun = number >= runStart
    let hasFilled = fact.report.filled?.isPositive ?? false
    let end = forgotten[id]
    let isNews = fact.report.claim.isAlive ? end?.isOutlived(by: fact) != false : end == nil && isOfThisRun && hasFilled
    let isDoubted = end.map { $0.isOutlived(by: fact) == nil } ?? false
    guard isNews, let order = stray(fact, id, isDoubted: isDoubted) else {
      counters.oldNews += 1
      return []
    }
    return adopt(order, fact)
  }

  /// An order as the venue describes it.
  private func stray(_ fact: OrderFact, _ id: OrderID, isDoubted: Bool) -> TrackedOrder? {
    guard let side = fact.side, let quantity = fact.report.quantityInAll else { return nil }
    let draft = OrderDraft(
      side: side, type: fact.type ?? .limit, quantity: quantity, price: fact.report.price,
      timeInForce: fact.timeInForce, flags: fact.flags, expiry: fact.expiry)
    return TrackedOrder(
      id: id, account: fact.reference.account, instrument: fact.reference.instrument,
      clientOrderID: fact.reference.clientOrderID, draft: draft, createCommand: path.reserveCommand(), time: now,
      isDoubted: isDoubted)
  }

  private func adopt(_ order: TrackedOrder, _ fact: OrderFact) -> [OrderChange] {
    guard let instrument = path.instrument(order.instrument) else { return [] }
    guard adoptionPace.takes(now) else {
      putOffAdoption(of: order.account)
      return []
    }
    guard adoptions.takes(now) else {
      counters.notAdopted += 1
      halt("the exchange shows more than \(policy.adoptedInAll) orders with this host's mark that it did not send")
      return []
    }
    guard path.accounts.orders.track(order) else { return [] }
    for fill in forgotten[order.id]?.fills ?? [] { path.accounts.orders.replay(.fill(fill), of: order.id, now: now) }
    // An id that was not given out yet shows that the counter has fallen behind.
    if order.id.rawValue >= ids.counter { ids.advance(past: order.id.rawValue) }
    let life = OrderLife(
      id: order.id, account: order.account, symbol: instrument.symbol, leg: fact.leg,
      made: fact.report.time == 0
        ? VenueMoment(venue: path.times.venue, mono: now) : VenueMoment(venue: fact.report.time),
      isOwn: false, now: now)
    life.stage = .sent
    life.hasReportedCreated = true
    lives[order.id] = life
    open.insert(order.id)
    keep(
      .order(
        OrderRecord(
          id: order.id, account: order.account, symbol: instrument.symbol, pair: instrument.pair,
          clientOrderID: order.clientOrderID, createCommand: order.createCommand, draft: order.draft, leg: fact.leg,
          isAdopted: true, created: path.times.wall, createdAtVenue: life.made.venue)))
    if forgotten[order.id] != nil { doubt(life) }
    (life.hasReportedEnd, life.doubtedSince) = (order.isDoubted, now)
    if !order.isDoubted { emit(.adopted(order.id)) }
    if policy.strays == .cancel { want(cancelOf: life) }
    cancelWhenStopping(life)
    return path.accounts.orders.receive(fact.report, of: fact.reference, side: fact.side, now: now)
  }

  /// Too many orders came at once for the lane to take them in while others wait: the list of open orders is asked for
  /// again, a second after the one that is on its way has ended, and until then it is not all there.
  private func putOffAdoption(of account: AccountID) {
    counters.adoptionsPutOff += 1
    guard let account = accounts[account], !account.isCrowded else { return }
    account.isCrowded = true
    var state = account.tasks[.orders] ?? TaskState()
    guard state.command == nil else { return }
    (state.isWanted, state.notBefore) = (true, max(state.notBefore, now + second))
    account.tasks[.orders] = state
  }
}
