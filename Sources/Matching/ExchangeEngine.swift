/// An exchange around matching engines: markets, orders, money, positions. What every exchange does alike stands here,
/// once; how it names orders, what it remembers of them and in which words it refuses them is the exchange's own.
///
/// Times are in nanoseconds and handed in. The same calls do the same. Belongs to one thread.
package protocol ExchangeEngine: AnyObject {
  associatedtype Seat: EngineMarket
  associatedtype Order: EngineOrder
  associatedtype Position: OpenPosition

  var markets: [Seat] { get set }
  var ledger: Ledger { get set }
  /// Orders of accounts, all that live among them.
  var orders: [OrderID: Order] { get set }
  /// By participant, then by market and leg: see `slot`.
  var positions: [[Position]] { get set }
  var isPerpetual: Bool { get }
  var assetCount: Int { get }
  /// How many positions an account may have in one market.
  static var legs: Int { get }
  /// Nanoseconds between two fundings.
  var fundingInterval: Int64 { get }

  func liveOrders(of account: Participant) -> [OrderID]
  func leverage(_ account: Participant, _ market: Int) -> Int64
  func set(leverage: Int64, _ account: Participant, _ market: Int)
  /// Whether the account's positions in a market have margin of their own.
  func isIsolated(_ account: Participant, _ market: Int) -> Bool
  /// What new orders may build on.
  func carried(by margin: Margin) -> Amount
  /// Spot: what a fee on top of a value may need.
  func feeReserve(_ value: Amount, _ rules: Seat.Numbers) -> Amount

  /// Settles one execution for both sides, and reports it.
  func settle(_ execution: Execution, taker: Taker, id: OrderID, _ market: Int, _ now: Int64)
  /// Places a conditional order whose trigger was reached; it waits no longer.
  func triggered(_ id: OrderID, _ now: Int64)
  /// Ends a resting order with which its own account would trade.
  func endForSelfTrade(_ id: OrderID, _ now: Int64)
  /// Ends an order of an account that is liquidated.
  func endForLiquidation(_ id: OrderID, _ now: Int64)
  /// Closes a position of an account that is liquidated, in the book and then against the background market.
  func close(_ account: Participant, _ market: Int, leg: Int, _ now: Int64)
  /// What an account has of an asset, or may use of it, may have changed.
  func note(_ account: Participant, _ asset: Int)

  /// The rate of the funding that is due, and its time.
  func dueFunding(_ market: Int, _ now: Int64) -> (rate: Int64, time: Int64)
  /// An account received so much, or paid where it is negative.
  func funded(_ account: Participant, _ market: Int, rate: Int64, _ received: Amount, at time: Int64)
  /// The funding of a market has been paid.
  func endFunding(_ market: Int, rate: Int64, at time: Int64)
}

extension ExchangeEngine {
  package func isUser(_ participant: Participant) -> Bool { participant >= Ledger.firstUser }

  /// Place of a position among those of a participant.
  package func slot(_ market: Int, leg: Int) -> Int { market * Self.legs + leg }

  // MARK: Matching

  /// Matches an incoming order as far as it goes and settles each execution.
  /// - Parameter id: of the incoming order; one that no account has for the background market.
  /// - Returns: false when it met an order of its own owner and has to stop.
  package func trade(
    _ taker: inout Taker, id: OrderID, _ market: Int, _ now: Int64, _ rule: SelfTrade = .expireTaker
  ) -> Bool {
    while true {
      // What an execution led to may have ended it, or cut it.
      if isUser(taker.owner), let order = orders[id], !order.isLive { return true }
      switch markets[market].book.match(&taker) {
      case .exhausted: return true
      case .selfTrade:
        if rule != .expireTaker, let other = markets[market].book.first(taker.side.opposite)?.order.id {
          endForSelfTrade(other, now)
        }
        if rule != .expireMaker { return false }
      case .execution(let execution):
        settle(execution, taker: taker, id: id, market, now)
        if let order = orders[id], order.remaining < taker.remaining { taker.remaining = order.remaining }
      }
    }
  }

  /// Does what the background market wants.
  package func apply(_ action: BackgroundAction, _ market: Int, _ now: Int64) {
    switch action {
    case .cancel(let id): _ = markets[market].book.cancel(id)
    case .quote(let id, let side, let price, let quantity):
      var taker = Taker(owner: Ledger.maker, side: side, limit: price, remaining: quantity)
      // A quote that meets one of its own side's quotes is dropped: the agents do not trade with themselves.
      guard trade(&taker, id: id, market, now) else { return }
      markets[market].book.rest(id, owner: Ledger.maker, side: side, price: price, quantity: taker.remaining)
    case .take(let side, let limit, let quantity):
      var taker = Taker(owner: Ledger.taker, side: side, limit: limit, remaining: quantity)
      _ = trade(&taker, id: backgroundOrder, market, now)
    }
  }

  // MARK: Money around orders

  /// What an order on spot may need, and of which asset. `walk` is what it would trade at once.
  package func need(_ order: Order, walk: Walk) -> (asset: Int, amount: Amount) {
    let rules = markets[order.market].rules
    guard order.side == .buy else { return (rules.baseAsset, rules.amount(order.remaining)) }
    let value = order.reservePrice.map { rules.value(price: $0, quantity: order.remaining) } ?? rules.money(walk.value)
    return (rules.quoteAsset, value + feeReserve(value, rules))
  }

  /// Sets aside what an order on spot may need. False, and nothing happens, where there is less.
  package func hold(_ order: inout Order, walk: Walk) -> Bool {
    let (asset, amount) = need(order, walk: walk)
    guard ledger.hold(amount, of: asset, for: order.account) else { return false }
    order.held += amount
    note(order.account, asset)
    return true
  }

  /// Gives back a part of what is held for an order on spot, and says of which asset; `nil` where nothing is.
  @discardableResult
  package func release(_ order: inout Order, _ amount: Amount) -> Int? {
    let rules = markets[order.market].rules
    let (part, asset) = (min(amount, order.held), order.side == .sell ? rules.baseAsset : rules.quoteAsset)
    guard part != 0 else { return nil }
    ledger.release(part, of: asset, for: order.account)
    order.held -= part
    return asset
  }

  /// Moves what an execution on spot exchanges between the two sides.
  package func exchange(_ execution: Execution, value: Amount, taker: Taker, _ market: Int) {
    let rules = markets[market].rules
    let isBuyer = taker.side == .buy
    let (buyer, seller) = isBuyer ? (taker.owner, execution.makerOwner) : (execution.makerOwner, taker.owner)
    ledger.move(value, of: rules.quoteAsset, from: buyer, to: seller)
    ledger.move(rules.amount(execution.quantity), of: rules.baseAsset, from: seller, to: buyer)
  }
}

/// Orders of the background market that never rest.
package let backgroundOrder: OrderID = 1 << 63
