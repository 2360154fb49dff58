import Decimals
import Matching

/// What of the money side differs between dialects.
struct Style: Sendable {
  var isPerpetual = false
  /// Fees are taken from what is received; else from the quote asset, on top.
  var feeFromReceived = true
  /// What values and fees are rounded to, in units of 10^-8.
  var valueStep: Amount = 1
  /// Fees are cut to the step; else rounded to the nearest.
  var cutsFees = true
  /// Most open orders of an account in one market.
  var mostOpenOrders = 200
  /// A post-only order that would take is refused; else it is accepted and cancelled at once.
  var refusesPostOnly = true
}

/// The live part of one instrument.
struct MarketState: EngineMarket {
  let rules: Rules
  var book: MatchingEngine
  var synthetic: SyntheticMarket
  var day = DayFigures()
  var tradeCount: UInt64 = 0
  /// The newest public trades, oldest first.
  var trades: [Trade] = []
  var last: Int64
  var untriggered: [OrderID] = []
  var funding: Funding

  var lastPrice: Int64 { last }
  var mark: Int64 { funding.mark }
  var nextFunding: Int64 {
    get { funding.next }
    set { funding.next = newValue }
  }
}

/// The orders of one account.
struct AccountState {
  let account: VenueAccount
  /// Rising.
  var all: [OrderID] = []
  var live: [OrderID] = []
  var byClient: [String: [OrderID]] = [:]
  var fills: [Fill] = []
  var payments: [FundingPayment] = []
  var isHedged = false
  /// By market.
  var leverage: [Int64]
}

/// A whole exchange without a dialect: markets, orders, money; spot, or perpetuals with cross margin and one-way or
/// hedged positions.
///
/// Every function takes the venue's time in nanoseconds and appends what happened to `events`, which the caller drains.
/// The same calls give the same events. Belongs to one thread.
final class Exchange: ExchangeEngine {
  let style: Style
  let assets: [String]
  var markets: [MarketState]
  var ledger: Ledger
  /// Every order of an account there ever was.
  var orders: [OrderID: Order] = [:]
  /// By participant, from `Ledger.firstUser` on.
  var accounts: [AccountState] = []
  /// By participant, then market times three plus position side.
  var positions: [[Position]] = []
  var events: [Event] = []
  var nextOrder: OrderID
  var nextPayment: UInt64 = 1
  private var touched: [(account: Participant, asset: Int)] = []

  static let tradeMemory = 2000

  /// - Throws: `VenueFault` when a market's numbers do not fit, or an account has an asset that no market has.
  init(_ options: VenueOptions, _ style: Style, firstOrder: OrderID) throws(VenueFault) {
    self.style = style
    nextOrder = firstOrder
    var assets: [String] = []
    for market in options.markets {
      for asset in [market.base, market.quote] where !assets.contains(asset) { assets.append(asset) }
    }
    self.assets = assets
    ledger = Ledger(assetCount: assets.count)
    markets = []
    for (index, market) in options.markets.enumerated() {
      let rules = try Rules(market, index: index, assets: assets, valueStep: style.valueStep)
      guard let start = rules.priceMantissa(market.startPrice),
        let typical = rules.quantityMantissa(market.typicalQuantity), start > 0
      else { throw VenueFault("market \(market.symbol): startPrice or typicalQuantity does not fit tick or lot") }
      let parameters = SyntheticParameters(
        startPrice: start, tick: rules.tick, lot: rules.lot, typicalQuantity: typical,
        takerChance: options.takerChance, hasBasis: style.isPerpetual)
      let synthetic = SyntheticMarket(
        parameters, seed: options.seed, pair: "\(market.base)-\(market.quote)", symbol: market.symbol)
      markets.append(
        MarketState(
          rules: rules, book: MatchingEngine(lot: rules.lot), synthetic: synthetic, last: start,
          funding: Funding(index: start)))
    }
    for _ in 0..<Ledger.firstUser { addPositions() }
    for account in options.accounts { try add(account) }
  }

  private func addPositions() {
    positions.append([Position](repeating: Position(), count: markets.count * PositionSide.allCases.count))
  }

  private func add(_ account: VenueAccount) throws(VenueFault) {
    var amounts = [Amount](repeating: 0, count: assets.count)
    for balance in account.balances {
      guard let asset = assets.firstIndex(of: balance.asset), let amount = balance.total.mantissa(at: -8) else {
        throw VenueFault("account \(account.name): \(balance.asset) is no asset of a market, or has over 8 places")
      }
      amounts[asset] = Amount(amount)
    }
    ledger.add(amounts)
    addPositions()
    accounts.append(AccountState(account: account, leverage: markets.map { min(20, $0.rules.market.maxLeverage) }))
  }

  func state(_ account: Participant) -> AccountState { accounts[account - Ledger.firstUser] }

  func change(_ account: Participant, _ body: (inout AccountState) -> Void) {
    body(&accounts[account - Ledger.firstUser])
  }

  // MARK: What the engine asks

  static let legs = PositionSide.allCases.count
  var isPerpetual: Bool { style.isPerpetual }
  var assetCount: Int { assets.count }
  let fundingInterval: Int64 = 8 * 3_600_000_000_000

  func liveOrders(of account: Participant) -> [OrderID] { state(account).live }
  func leverage(_ account: Participant, _ market: Int) -> Int64 {
    isUser(account) ? state(account).leverage[market] : 1
  }
  func set(leverage: Int64, _ account: Participant, _ market: Int) {
    change(account) { $0.leverage[market] = leverage }
  }
  /// No dialect offers it.
  func isIsolated(_ account: Participant, _ market: Int) -> Bool { false }
  func carried(by margin: Margin) -> Amount { margin.equity }
  func endForSelfTrade(_ id: OrderID, _ now: Int64) { end(id, .expiredInMatch, "self-trade prevention", now) }
  func endForLiquidation(_ id: OrderID, _ now: Int64) { end(id, .expired, "liquidation", now) }

  func market(_ symbol: String) -> Int? { markets.firstIndex { $0.rules.market.symbol == symbol } }

  // MARK: The background market

  func openMarkets(at now: Int64) {
    for market in markets.indices {
      for action in markets[market].synthetic.open() { apply(action, market, now) }
    }
    finish(at: now)
  }

  /// Lets every market live one step.
  func step(at now: Int64) {
    for market in markets.indices {
      let actions = markets[market].synthetic.step(markets[market].book)
      for action in actions { apply(action, market, now) }
      if style.isPerpetual { updateMark(market) }
    }
    finish(at: now)
  }

  // MARK: The end of an input

  /// Triggers what a price has reached, liquidates, and says balances that changed.
  func finish(at now: Int64) {
    triggerConditionals(at: now)
    if style.isPerpetual { liquidate(at: now) }
    let accounts = Set(touched.map(\.account)).sorted()
    for account in accounts {
      var assets: [Int] = []
      for entry in touched where entry.account == account && !assets.contains(entry.asset) {
        assets.append(entry.asset)
      }
      events.append(.balances(account, assets: assets.sorted()))
    }
    touched.removeAll(keepingCapacity: true)
  }

  func note(_ account: Participant, _ asset: Int) {
    if isUser(account) { touched.append((account, asset)) }
  }

  /// Whether money, books, orders and positions agree with each other. Costs time linear in everything.
  func checkInvariants() -> Bool {
    guard markets.allSatisfy({ $0.book.checkInvariants() }) else { return false }
    guard style.isPerpetual || ledger.checkInvariants() else { return false }
    let sides = Self.legs
    for market in markets.indices {
      let net = positions.reduce(Int128(0)) { sum, own in
        sum + (0..<sides).reduce(Int128(0)) { $0 + Int128(own[market * sides + $1].quantity) }
      }
      if net != 0 { return false }
    }
    for account in accounts {
      for id in account.live {
        guard let order = orders[id], order.isLive, order.filled < order.quantity || order.request.value != nil else {
          return false
        }
        let resting = markets[order.market].book.remaining(id)
        guard order.status == .untriggered ? resting == nil : resting == order.remaining else { return false }
      }
    }
    return true
  }
}
