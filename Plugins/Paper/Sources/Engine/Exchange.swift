import Matching

/// The live part of one instrument.
struct MarketState: Sendable {
  let rules: Market
  var book: MatchingEngine
  var synthetic: SyntheticMarket
  var trades: UInt64 = 0
  var last: Trade?
  var day = DayFigures()
  /// Perpetuals; see `Exchange+Funding.swift`.
  var funding: FundingState

  init(rules: Market, synthetic: SyntheticMarket) {
    self.rules = rules
    self.synthetic = synthetic
    book = MatchingEngine(lot: rules.lot)
    funding = FundingState(index: synthetic.index)
  }
}

/// The orders of one account, the living and the recently ended.
struct AccountOrders: Sendable {
  /// How many ended orders and how many fills are remembered.
  static let historyLimit = 10_000

  /// Ids of live orders, rising.
  var live: [OrderID] = []
  var byClientOrder: [String: OrderID] = [:]
  var ended: [Order] = []
  var fills: [Fill] = []
  var payments: [FundingPayment] = []
  /// The newest time of something that is no longer remembered.
  var forgottenUntil: Int64 = -1
}

/// A whole venue without I/O: markets, orders, money. Spot, or perpetuals with cross margin and one-way positions.
///
/// Every function takes the time in nanoseconds and appends what happened to `events`, which the caller drains. The
/// same calls give the same events. Not safe for use from two threads at once.
final class Exchange {
  let isPerpetual: Bool
  let assets: [String]
  let initialBalances: [Amount]
  let fundingInterval: Int64
  /// What an account's leverage is before it sets one.
  let initialLeverage: Int64
  var states: [MarketState]
  var ledger: Ledger
  /// By participant and market; perpetuals only.
  var positions: [[Position]] = []
  /// Live orders of accounts.
  var orders: [OrderID: Order] = [:]
  var accounts: [AccountOrders] = []
  var events: [ExchangeEvent] = []
  var nextOrder: OrderID = 1
  var nextPayment: UInt64 = 1
  /// What changed since `finish` and was not yet told.
  var changedBalances: [(account: Participant, asset: Int)] = []
  var changedPositions: [(account: Participant, market: Int)] = []

  init(
    isPerpetual: Bool, assets: [String], initialBalances: [Amount], fundingInterval: Int64, initialLeverage: Int64,
    markets: [(rules: Market, synthetic: SyntheticMarket)]
  ) {
    self.isPerpetual = isPerpetual
    self.assets = assets
    self.initialBalances = initialBalances
    self.fundingInterval = fundingInterval
    self.initialLeverage = initialLeverage
    states = markets.map { MarketState(rules: $0.rules, synthetic: $0.synthetic) }
    ledger = Ledger(assetCount: assets.count)
    for _ in ledger.participants { addBooks() }
  }

  private func addBooks() {
    accounts.append(AccountOrders())
    positions.append(states.map { Position(leverage: max(1, min(initialLeverage, $0.rules.maxLeverage))) })
  }

  /// Opens an account with the configured balances, or others.
  func addAccount(_ balances: [Amount]? = nil) -> Participant {
    let account = ledger.add(balances ?? initialBalances)
    addBooks()
    return account
  }

  func isUser(_ participant: Participant) -> Bool { participant >= Ledger.firstUser }

  // MARK: Background

  /// Puts the first background quotes into every book.
  func openMarkets(at now: Int64) {
    for market in states.indices {
      let actions = states[market].synthetic.open()
      for action in actions { apply(action, market, now) }
    }
  }

  /// Lets every background market live one step, then moves marks and liquidates.
  func step(at now: Int64) {
    for market in states.indices {
      let actions = states[market].synthetic.step(states[market].book)
      for action in actions { apply(action, market, now) }
    }
    if isPerpetual { updateMarks(at: now) }
    finish(at: now)
  }

  private func apply(_ action: BackgroundAction, _ market: Int, _ now: Int64) {
    switch action {
    case .cancel(let id):
      _ = states[market].book.cancel(id)
    case .quote(let id, let side, let price, let quantity):
      var taker = Taker(owner: Ledger.maker, side: side, limit: price, remaining: quantity)
      // A quote that meets one of its own side's quotes is dropped: the agents do not trade with themselves.
      guard trade(&taker, order: nil, market, now) else { return }
      states[market].book.rest(id, owner: Ledger.maker, side: side, price: price, quantity: taker.remaining)
    case .take(let side, let limit, let quantity):
      var taker = Taker(owner: Ledger.taker, side: side, limit: limit, remaining: quantity)
      _ = trade(&taker, order: nil, market, now)
    }
  }

  // MARK: Matching

  /// Matches an incoming order as far as it goes and settles each execution; false when it met an order of its own
  /// owner.
  func trade(_ taker: inout Taker, order: OrderID?, _ market: Int, _ now: Int64) -> Bool {
    while true {
      switch states[market].book.match(&taker) {
      case .exhausted: return true
      case .selfTrade: return false
      case .execution(let execution):
        settle(execution, taker: (taker.owner, order), side: taker.side, market, now)
      }
    }
  }

  /// Ends an input: liquidates what has run out of margin, and tells balances and positions that changed.
  func finish(at now: Int64) {
    if isPerpetual { liquidate(at: now) }
    for (account, asset) in changedBalances { events.append(.balance(account, asset: asset)) }
    for (account, market) in changedPositions { events.append(.position(account, market: market)) }
    changedBalances.removeAll(keepingCapacity: true)
    changedPositions.removeAll(keepingCapacity: true)
  }

  func noteBalance(_ account: Participant, _ asset: Int) {
    guard isUser(account), !changedBalances.contains(where: { $0 == (account, asset) }) else { return }
    changedBalances.append((account, asset))
  }

  func notePosition(_ account: Participant, _ market: Int) {
    guard isUser(account), !changedPositions.contains(where: { $0 == (account, market) }) else { return }
    changedPositions.append((account, market))
  }

  /// What an account may use of an asset for new orders.
  func available(_ account: Participant, _ asset: Int) -> Amount {
    guard isPerpetual else { return ledger.balance(account, asset).available }
    let margin = margin(of: account, asset: asset)
    return max(0, margin.usable - margin.required)
  }

  /// Whether money, books, orders and positions agree with each other. For tests: costs time linear in everything.
  func checkInvariants() -> Bool {
    guard states.allSatisfy({ $0.book.checkInvariants() }) else { return false }
    guard isPerpetual || ledger.checkInvariants() else { return false }
    for market in states.indices where positions.reduce(0, { $0 + Int128($1[market].quantity) }) != 0 { return false }
    var resting = 0
    for order in orders.values {
      guard states[order.market].book.remaining(order.id) == order.remaining, order.state.isLive else { return false }
      guard accounts[order.account].live.contains(order.id) else { return false }
      resting += 1
    }
    return resting == accounts.reduce(0) { $0 + $1.live.count }
  }
}
