import ConnectorKit
import Matching

/// The live part of one instrument.
struct MarketState: EngineMarket, Sendable {
  let rules: Market
  var book: MatchingEngine
  var synthetic: SyntheticMarket
  var untriggered: [OrderID] = []
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

  var lastPrice: Int64 { last?.price ?? synthetic.index }
  var mark: Int64 { funding.mark }
  var nextFunding: Int64 {
    get { funding.next }
    set { funding.next = newValue }
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

/// A whole venue without I/O: markets, orders, money. Spot, or perpetuals with cross or isolated margin and one-way
/// positions.
///
/// Every function takes the time in nanoseconds and appends what happened to `events`, which the caller drains. The
/// same calls give the same events. Not safe for use from two threads at once.
final class Exchange: ExchangeEngine {
  let isPerpetual: Bool
  let assets: [String]
  let initialBalances: [Amount]
  let fundingInterval: Int64
  /// What an account's leverage is before it sets one.
  let initialLeverage: Int64
  var markets: [MarketState]
  var ledger: Ledger
  /// By participant and market; perpetuals only.
  var positions: [[Position]] = []
  /// Live orders of accounts.
  var orders: [OrderID: Order] = [:]
  var accounts: [AccountOrders] = []
  var events: [ExchangeEvent] = []
  /// What trades of a market, orders and payments are numbered from; see `number(from:)`.
  private(set) var firstNumber: UInt64 = 1
  var nextOrder: OrderID = 1
  var nextPayment: UInt64 = 1
  /// What changed since `finish` and was not yet reported.
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
    self.markets = markets.map { MarketState(rules: $0.rules, synthetic: $0.synthetic) }
    ledger = Ledger(assetCount: assets.count)
    for _ in ledger.participants { addBooks() }
  }

  /// Numbers what is to come from a moment on, in microseconds: the numbers of two runs differ, so that whoever keeps
  /// both never sees one twice. Call it before anything is traded.
  func number(from wall: Int64) {
    firstNumber = UInt64(max(1, wall / 1000))
    (nextOrder, nextPayment) = (firstNumber, firstNumber)
  }

  private func addBooks() {
    accounts.append(AccountOrders())
    positions.append(markets.map { Position(leverage: max(1, min(initialLeverage, $0.rules.maxLeverage))) })
  }

  /// Opens an account with the configured balances, or others.
  func addAccount(_ balances: [Amount]? = nil) -> Participant {
    let account = ledger.add(balances ?? initialBalances)
    addBooks()
    return account
  }

  // MARK: What the engine asks

  static let legs = 1
  var assetCount: Int { assets.count }

  func liveOrders(of account: Participant) -> [OrderID] { accounts[account].live }
  func leverage(_ account: Participant, _ market: Int) -> Int64 { positions[account][market].leverage }
  func set(leverage: Int64, _ account: Participant, _ market: Int) { positions[account][market].leverage = leverage }
  func isIsolated(_ account: Participant, _ market: Int) -> Bool { positions[account][market].isIsolated }
  /// New orders may not build on unrealised profit.
  func carried(by margin: Margin) -> Amount { min(margin.wallet, margin.equity) }
  /// Fees are taken from what is received.
  func feeReserve(_ value: Amount, _ rules: Market) -> Amount { 0 }
  /// Here it is the incoming order that ends.
  func endForSelfTrade(_ id: OrderID, _ now: Int64) { end(id, .expired, "self-trade prevention", now) }
  func endForLiquidation(_ id: OrderID, _ now: Int64) { end(id, .cancelled, "liquidation", now) }

  // MARK: Background

  /// Puts the first background quotes into every book.
  func openMarkets(at now: Int64) {
    for market in markets.indices {
      let actions = markets[market].synthetic.open()
      for action in actions { apply(action, market, now) }
    }
  }

  /// Lets every background market live one step, then moves marks and liquidates.
  func step(at now: Int64) {
    for market in markets.indices {
      let actions = markets[market].synthetic.step(markets[market].book)
      for action in actions { apply(action, market, now) }
    }
    if isPerpetual { updateMarks(at: now) }
    finish(at: now)
  }

  /// Ends an input: places the orders whose trigger was reached, liquidates what has run out of margin, and reports
  /// balances and positions that changed.
  func finish(at now: Int64) {
    triggerConditionals(at: now)
    if isPerpetual { liquidate(at: now) }
    for (account, asset) in changedBalances { events.append(.balance(account, asset: asset)) }
    for (account, market) in changedPositions { events.append(.position(account, market: market)) }
    changedBalances.removeAll(keepingCapacity: true)
    changedPositions.removeAll(keepingCapacity: true)
  }

  func note(_ account: Participant, _ asset: Int) {
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
    return max(0, carried(by: margin) - margin.required)
  }

  /// Whether money, books, orders and positions agree with each other. For tests: costs time linear in everything.
  func checkInvariants() -> Bool {
    guard markets.allSatisfy({ $0.book.checkInvariants() }) else { return false }
    guard isPerpetual || ledger.checkInvariants() else { return false }
    for market in markets.indices where positions.reduce(0, { $0 + Int128($1[market].quantity) }) != 0 { return false }
    for order in orders.values {
      let isWaiting = order.trigger != nil
      guard markets[order.market].book.remaining(order.id) == (isWaiting ? nil : order.remaining),
        markets[order.market].untriggered.contains(order.id) == isWaiting
      else { return false }
      guard order.state.isLive, accounts[order.account].live.contains(order.id) else { return false }
    }
    for position in positions.joined() where position.quantity == 0 || !position.isIsolated {
      guard position.margin == 0 else { return false }
    }
    return orders.count == accounts.reduce(0) { $0 + $1.live.count }
  }
}
