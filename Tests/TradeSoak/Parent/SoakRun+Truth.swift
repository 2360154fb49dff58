import Decimals
import Journal
import MarketModel
import Simulation
import VenueExchange

/// Holding the journal, and what the host believed, against what is true at the venues.
extension SoakRun {
  func compare() {
    let state: JournalState
    do {
      state = try Journal(path: folder + "/journal.db").restore(since: 0)
    } catch {
      return tally.wrong("the journal cannot be read: \(error)")
    }
    for stage in stages {
      let isSound = server.perform { [venue = stage.venue] in venue.checkInvariants() }
      if !isSound { tally.wrong("\(stage.kind.rawValue): the venue itself is broken") }
      for account in stage.options.accounts {
        let orders = state.orders.filter {
          $0.entry.connector == stage.kind.connector && $0.entry.name.account == account.name
        }
        compareOrders(orders, stage, account.name)
        compareBalances(stage, account.name)
        if stage.kind.market == .perp { comparePositions(stage, account.name) }
      }
    }
  }

  // MARK: Orders

  private func compareOrders(_ journal: [RestoredOrder], _ stage: Stage, _ account: String) {
    let venue = stage.venue
    let truth = server.perform { venue.orders(account: account) }
    var atVenue: [String: [TruthOrder]] = [:]
    for order in truth where order.client.hasPrefix(SoakVenue.mark) { atVenue[order.client, default: []].append(order) }
    var known: Set<String> = []
    for order in journal {
      let client = order.entry.name.clientOrderID
      if !known.insert(client).inserted { tally.wrong("\(client) is in the journal twice") }
      compare(order, atVenue[client] ?? [])
    }
    for client in atVenue.keys.sorted() where !known.contains(client) {
      tally.wrong("\(client) is at the venue, and the journal does not know it")
    }
  }

  private func compare(_ journal: RestoredOrder, _ truth: [TruthOrder]) {
    let entry = journal.entry
    var order = TrackedOrder(
      id: entry.order, account: AccountID(1), instrument: InstrumentID(1), clientOrderID: entry.name.clientOrderID,
      draft: entry.draft, createCommand: entry.createCommand, time: 0)
    for item in journal.events { if let event = item.event { _ = order.receive(event, .settled) } }
    let name = "\(entry.connector) \(entry.name.account) \(order.clientOrderID) (\(order.state))"
    if order.state != journal.state { tally.wrong("\(name) is entered as \(journal.state)") }
    for fault in OrderTruth.faults(of: order, named: name, against: truth) { tally.wrong(fault) }
    if journal.fills.count != order.fills.count { tally.wrong("\(name) has a fill twice in the journal") }
    guard let first = truth.first else { return counts.absent += 1 }
    counts.orders += 1
    counts.fills += first.fills.count
    if first.state == .open { counts.open += 1 }
  }

  // MARK: Balances and positions

  private func compareBalances(_ stage: Stage, _ account: String) {
    let venue = stage.venue
    for balance in server.perform({ venue.balances(account: account) }) {
      let key = "\(stage.kind.rawValue) \(account) \(balance.asset)"
      let told = tally.balances[key].flatMap { Decimal64($0) }
      guard told != nil || balance.total.isPositive else { continue }
      counts.balances += 1
      if told != balance.total {
        tally.wrong("\(key): \(told?.plain ?? "nothing") known, \(balance.total.plain) at the venue")
      }
    }
  }

  private func comparePositions(_ stage: Stage, _ account: String) {
    let venue = stage.venue
    let truth = server.perform { venue.positions(account: account) }
    for symbol in stage.symbols {
      let key = "\(stage.kind.rawValue) \(account) \(symbol)"
      let theirs = truth.filter { $0.symbol == symbol }.reduce(Decimal64.zero) { $0.adding($1.quantity) ?? .zero }
      let mine = tally.positions[key].flatMap { Decimal64($0) } ?? .zero
      counts.positions += 1
      if mine != theirs { tally.wrong("\(key): position \(mine.plain) known, \(theirs.plain) at the venue") }
    }
  }
}
