import Decimals
import Journal
import MarketModel
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

  private func compare(_ journal: RestoredOrder, _ all: [TruthOrder]) {
    let entry = journal.entry
    var order = TrackedOrder(
      id: entry.order, account: AccountID(1), instrument: InstrumentID(1), clientOrderID: entry.name.clientOrderID,
      draft: entry.draft, createCommand: entry.createCommand, time: 0)
    for item in journal.events { if let event = item.event { _ = order.receive(event) } }
    let name = "\(entry.connector) \(entry.name.account) \(order.clientOrderID) (\(order.state))"
    if order.state != journal.state { tally.wrong("\(name) is entered as \(journal.state)") }
    guard let truth = all.first else {
      counts.absent += 1
      if order.state != .rejected, order.state != .lost { tally.wrong("\(name) is not at the venue") }
      return
    }
    counts.orders += 1
    counts.fills += truth.fills.count
    if truth.state == .open { counts.open += 1 }
    if all.count > 1 { tally.wrong("\(name) is at the venue \(all.count) times") }
    if !isSame(order.state, truth) { tally.wrong("\(name) is \(truth.state) at the venue") }
    if order.filled != truth.filled {
      tally.wrong("\(name) filled \(order.filled.plain), at the venue \(truth.filled.plain)")
    }
    let mine = order.fills.map { Execution($0.price, $0.quantity, $0.fee) }.sorted()
    let theirs = truth.fills.map { Execution($0.price, $0.quantity, $0.fee) }.sorted()
    if mine != theirs { tally.wrong("\(name) has fills \(mine), the venue \(theirs)") }
    if journal.fills.count != order.fills.count { tally.wrong("\(name) has a fill twice in the journal") }
  }

  /// What a fill comes to; venues name trades in their own ways.
  private struct Execution: Comparable, CustomStringConvertible {
    let price: Decimal64
    let quantity: Decimal64
    let fee: Decimal64?

    init(_ price: Decimal64, _ quantity: Decimal64, _ fee: Decimal64?) {
      (self.price, self.quantity, self.fee) = (price, quantity, fee)
    }

    var description: String { "\(quantity.plain) at \(price.plain), fee \(fee?.plain ?? "?")" }

    static func < (left: Self, right: Self) -> Bool {
      left.price != right.price
        ? left.price < right.price
        : left.quantity != right.quantity ? left.quantity < right.quantity : (left.fee ?? .zero) < (right.fee ?? .zero)
    }
  }

  private func isSame(_ state: OrderState, _ truth: TruthOrder) -> Bool {
    switch truth.state {
    case .open, .untriggered: state == (truth.filled.isPositive ? .partiallyFilled : .open)
    case .filled: state == .filled
    case .cancelled: state == .cancelled
    case .expired: state == .expired || state == .cancelled
    case .rejected: state == .rejected
    }
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
