import Catalog
import MarketModel
import Outbound
import Runtime
import Simulation
import Trading
import VenueExchange

/// What one connector does in the host under test: trades by chance, and reports its books. Lives on its lane.
final class LaneSoak: LaneChore {
  let venue: SoakVenue
  let seat: Host.Seat
  private let lane: Lane
  private let journal: TraderJournal
  let accounts: [AccountID: String]
  /// What stands between this connector and the network.
  private let dispatcher: Dispatcher?
  let tell: (String) -> Void
  private(set) var trader: Trader?
  var random: SeededRandom
  var heard: [OrderID: HeardOrder] = [:]
  private var nextAct: Int64 = 0
  /// Nothing new is placed any more.
  private(set) var isCalm = false
  private var settledSince: Int64?
  private var toldAt: Int64 = 0
  private var isSettled = false
  private static let second: Int64 = 1_000_000_000
  /// Longer than the trader's longest pause between two looks at everything.
  private static let settleTime = 35 * second

  init(
    _ venue: SoakVenue, _ seat: Host.Seat, _ lane: Lane, _ journal: TraderJournal, _ accounts: [AccountID: String],
    dispatcher: Dispatcher?, seed: UInt64, tell: @escaping (String) -> Void
  ) {
    (self.venue, self.seat, self.lane, self.journal) = (venue, seat, lane, journal)
    (self.accounts, self.dispatcher, self.tell) = (accounts, dispatcher, tell)
    random = SeededRandom(seed: seed)
  }

  func calm() { isCalm = true }

  // MARK: LaneChore

  func run(_ times: Times) -> Int64? {
    seat.session.times = times
    guard let trader else {
      start(times)
      tellWaiting(seat.missing, times.mono)
      return times.mono + Self.second / 20
    }
    if isCalm {
      settle(trader, times.mono)
      return times.mono + Self.second / 2
    }
    if times.mono >= nextAct {
      nextAct = times.mono + random.pick(Self.second / 200...Self.second / 20) * venue.slowness
      if trader.isReady { act(trader) }
      tellWaiting(trader.missing, times.mono)
    }
    return nextAct
  }

  /// As soon as the instruments are known: without them orders cannot be placed again.
  private func start(_ times: Times) {
    guard venue.pairs.allSatisfy({ seat.session.view.market(pair: $0) != nil }) else { return }
    do {
      let trader = Trader(
        path: seat.session, accounts: Array(accounts.keys), journal: journal, ids: try ids(), policy: Self.policy,
        observer: self)
      try trader.start()
      lane.add(trader)
      self.trader = trader
    } catch {
      tell("fault \(venue.rawValue) the trader does not start: \(error)")
    }
  }

  /// A venue on this machine refuses what is older than five seconds, so that a lost request is known to be lost soon.
  private static let policy: TraderPolicy = {
    var policy = TraderPolicy()
    policy.arrivalGrace = 12 * second
    policy.notFoundSpread = 3 * second
    policy.pollLive = 30 * second
    return policy
  }()

  /// The same in every run: what an earlier one placed is known by it.
  private func ids() throws -> ClientOrderIDs {
    let descriptor = seat.library.descriptors.first { $0["id"]?.string == seat.session.name }?["client_order_id"]
    let form = try ClientIDForm(
      length: Int(descriptor?["length"]?.number ?? "") ?? 0, pattern: descriptor?["pattern"]?.string ?? "")
    return try form.ids(instance: venue.rawValue, broker: SoakVenue.mark)
  }

  // MARK: The end

  /// Reports when nothing has been open to question for a while, and until then what is.
  private func settle(_ trader: Trader, _ now: Int64) {
    guard !isSettled else { return }
    let doubts = doubts(trader)
    if doubts.isEmpty {
      settledSince = settledSince ?? now
    } else {
      settledSince = nil
      tellWaiting(doubts, now)
    }
    guard let since = settledSince, now - since >= Self.settleTime else { return }
    isSettled = true
    report(trader)
    tell("settled \(venue.rawValue)")
  }

  /// What is waited for, and what is done about it, now and then.
  private func tellWaiting(_ reasons: [String], _ now: Int64) {
    guard now - toldAt > 3 * Self.second else { return }
    toldAt = now
    var text = reasons.prefix(3).joined(separator: "; ")
    if reasons.count > 3 { text += " and \(reasons.count - 3) more" }
    if let trader {
      let unsure = trader.orders.all.count { [.unknown, .pendingCreate, .pendingCancel].contains($0.state) }
      text += " [\(unsure) in doubt, \(trader.counters.questions) questions, \(trader.counters.polls) polls"
      text += ", \(dispatcher?.waitingCount ?? 0) wait for limits]"
    }
    for limit in dispatcher?.limitStatus ?? [] where limit.heldUntil != nil || limit.used * 2 > limit.capacity ?? .max {
      let left = limit.heldUntil.map { ", closed for \(($0 - now) / Self.second) s" } ?? ""
      text += " [\(limit.bucket.map { "limit \($0)" } ?? "door"): \(limit.used) of \(limit.capacity ?? 0)\(left)]"
    }
    tell("waiting \(venue.rawValue) \(text)")
  }

  private func doubts(_ trader: Trader) -> [String] {
    var doubts = trader.missing + seat.missing
    if trader.counters.unplaced > 0 { doubts.append("\(trader.counters.unplaced) orders without an instrument") }
    for order in trader.orders.all where !order.state.isTerminal {
      switch order.state {
      case .open, .partiallyFilled: if !order.hasAllFills { doubts.append("\(order.clientOrderID) lacks fills") }
      default: doubts.append("\(order.clientOrderID) is \(order.state)")
      }
    }
    for order in trader.orders.all where order.state.isTerminal && !order.hasAllFills {
      doubts.append("\(order.clientOrderID) has ended and lacks fills")
    }
    return doubts
  }

  /// What the host believes to have.
  private func report(_ trader: Trader) {
    for market in seat.session.view.all { if let line = BookTeller.line("last", seat.session, market) { tell(line) } }
    for (account, name) in accounts {
      for (asset, balance) in seat.session.accounts.balances.all(of: account) {
        tell("balance \(venue.rawValue) \(name) \(asset) \(balance.total.plain)")
      }
      for market in seat.session.view.all {
        let key = Positions.Key(account: account, instrument: market.instrument.id, leg: .net)
        guard let position = seat.session.accounts.positions[key], !position.quantity.isZero else { continue }
        tell("position \(venue.rawValue) \(name) \(market.instrument.symbol) \(position.quantity.plain)")
      }
    }
    let counters = trader.counters
    tell("note \(venue.rawValue) \(counters.questions) questions, \(counters.polls) polls, \(journal.dropped) dropped")
  }
}
