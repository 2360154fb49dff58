import Decimals
import MarketModel
import Runtime
import Testing

@testable import Trading

/// A perpetual of quote USD with leverage and reduce-only orders.
let perpetual = Instrument(
  id: InstrumentID(1), kind: .perp, symbol: "P1", base: "B1", quote: "USD", settle: "USD", priceExponent: 0,
  quantityExponent: 0,
  rules: TradingRules(
    tick: 1, lot: 1, types: [.limit, .market], timesInForce: [.goodTillCancelled], flags: [.reduceOnly, .close],
    maxLeverage: 20, takerFee: Decimal64(mantissa: 1, exponent: -3)))

@Suite struct BudgetTests {
  private let fee = Decimal64(mantissa: 1, exponent: -2)

  @Test func aBuyNeedsItsQuoteAndFeeAndASaleItsBase() throws {
    let bench = try Bench(fees: FeeSchedule(taker: fee))
    try bench.ready(["USD": 100, "B1": 3])
    #expect(throws: TraderRefusal.shortOf(asset: "USD", needed: 101, available: 100)) {
      try bench.trader.place(bench.request(.buy, 10))
    }
    #expect(throws: TraderRefusal.shortOf(asset: "B1", needed: 4, available: 3)) {
      try bench.trader.place(bench.request(.sell, 4))
    }
    _ = try bench.trader.place(bench.request(.buy, 9))
    _ = try bench.trader.place(bench.request(.sell, 3))
    // What is on its way is held, though the venue's balance does not show it yet.
    let (needed, available) = (Decimal64(mantissa: 101, exponent: -1), Decimal64(mantissa: 91, exponent: -1))
    #expect(throws: TraderRefusal.shortOf(asset: "USD", needed: needed, available: available)) {
      try bench.trader.place(bench.request(.buy, 1))
    }
    let fromReturns = try Bench(fees: FeeSchedule(taker: fee, side: .deductedFromReturns))
    try fromReturns.ready(["USD": 100])
    _ = try fromReturns.trader.place(fromReturns.request(.buy, 10))
  }

  /// The venue's own "available" leaves out what its open orders hold: nothing is held twice.
  @Test func aHoldEndsWhenABalanceShowsIt() throws {
    let bench = try Bench()
    try bench.ready(["USD": 100])
    let id = try bench.opened()
    #expect(throws: TraderRefusal.self) { try bench.trader.place(bench.request(.buy, 6)) }
    bench.path.tell(.balance(BalanceFact(account: main, asset: "USD", total: 100, available: 50)))
    #expect(bench.trader.budget.holdCount == 0)
    #expect(throws: TraderRefusal.shortOf(asset: "USD", needed: 60, available: 50)) {
      try bench.trader.place(bench.request(.buy, 6))
    }
    bench.path.tell(bench.report(id, .cancelled, filled: 0))
    bench.path.tell(.balance(BalanceFact(account: main, asset: "USD", total: 100, available: 100)))
    _ = try bench.trader.place(bench.request(.buy, 10))
  }

  /// On a venue without a balance stream the last answer counts, less what was done since.
  @Test func whatWasSpentSinceTheLastBalanceIsHeld() throws {
    let bench = try Bench()
    try bench.ready(["USD": 100])
    let filled = try bench.opened(6)
    bench.path.tell(bench.fill(filled, "t1", 6))
    _ = bench.news()
    let cancelled = try bench.opened(4)
    bench.path.tell(bench.report(cancelled, .cancelled, filled: 1))
    bench.path.tell(bench.fill(cancelled, "t2", 1))
    _ = bench.news()
    #expect(throws: TraderRefusal.shortOf(asset: "USD", needed: 40, available: 30)) {
      try bench.trader.place(bench.request(.buy, 4))
    }
    // A balance that was asked for before an order was seen does not show it.
    bench.wait(130)
    let late = try bench.opened(3)
    try bench.answerList(.balances, ["USD": 30])
    #expect(throws: TraderRefusal.shortOf(asset: "USD", needed: 10, available: 0)) {
      try bench.trader.place(bench.request(.buy, 1))
    }
    #expect(bench.trader.orders[late]?.state == .open)
  }

  @Test func aBatchIsPaidForInOrderAndMayBeAllOrNone() throws {
    let bench = try Bench()
    try bench.ready(["USD": 100])
    let requests = [bench.request(.buy, 6), bench.request(.buy, 6), bench.request(.buy, 4)]
    let all = bench.trader.place(requests, allOrNone: true)
    #expect(all.allSatisfy { if case .failure = $0 { true } else { false } } && bench.path.count(.place) == 0)
    #expect(bench.trader.openCount == 0 && bench.trader.budget.holdCount == 0)
    let some = bench.trader.place(requests)
    #expect(some.map { if case .success = $0 { true } else { false } } == [true, false, true])
    #expect(bench.path.draft(.place)?.items.count == 2)
  }

  @Test func anOrderCanBeMadeAsSmallAsWhatIsThere() throws {
    var policy = TraderPolicy()
    policy.shortage = .shrink
    let bench = try Bench(policy, fees: FeeSchedule(taker: fee))
    try bench.ready(["USD": 77])
    let id = try bench.trader.place(bench.request(.buy, 10))
    #expect(bench.trader.orders[id]?.draft.quantity == 7)
    #expect(throws: TraderRefusal.self) { try bench.trader.place(bench.request(.buy, 1)) }
  }

  /// Where the account could pay, the permit is what keeps the order from it.
  @Test func aPermitThatIsUsedUpIsNamed() throws {
    var policy = TraderPolicy()
    policy.balanceLimits = ["USD": 60]
    let bench = try Bench(policy)
    try bench.ready(["USD": 1000])
    var dear = bench.request()
    dear.draft = OrderDraft(side: .buy, type: .limit, quantity: 7, price: 10)
    let refusal = TraderRefusal.beyondPermit(asset: "USD", needed: 70, left: 60, limit: 60)
    #expect(throws: refusal) { try bench.trader.place(dear) }
    #expect("\(refusal)".contains("permit.balances") && "\(refusal)".contains("60 are left of the 60 USD"))
    dear.draft = OrderDraft(side: .buy, type: .limit, quantity: 200, price: 10)
    #expect(throws: TraderRefusal.shortOf(asset: "USD", needed: 2000, available: 60)) { try bench.trader.place(dear) }
  }

  /// What open orders use counts towards the permit, also once the venue's balance shows it; what ended does not.
  @Test func aPermitCountsOrdersThatTheBalanceShows() throws {
    var policy = TraderPolicy()
    policy.balanceLimits = ["USD": 60]
    let bench = try Bench(policy)
    try bench.ready(["USD": 1000])
    let id = try bench.opened()
    bench.path.tell(.balance(BalanceFact(account: main, asset: "USD", total: 1000, available: 950)))
    #expect(bench.trader.budget.holdCount == 0)
    #expect(throws: TraderRefusal.beyondPermit(asset: "USD", needed: 20, left: 10, limit: 60)) {
      try bench.trader.place(bench.request(.buy, 2))
    }
    bench.path.tell(bench.report(id, .cancelled, filled: 0))
    _ = try bench.trader.place(bench.request(.buy, 6))
  }

  @Test func whatCannotBeToldIsNotGuessed() throws {
    let bench = try Bench()
    try bench.ready(["USD": 100])
    var market = bench.request(.buy, 1)
    market.draft = OrderDraft(side: .buy, type: .market, quantity: 1)
    #expect(throws: TraderRefusal.cannotTellCost("no price, and no book that is ready")) {
      try bench.trader.place(market)
    }
    bench.path.touches[InstrumentID(1)] = 100
    let needed = Decimal64(101)
    #expect(throws: TraderRefusal.shortOf(asset: "USD", needed: needed, available: 100)) {
      try bench.trader.place(market)
    }
    bench.path.notionalCap = 40
    #expect(throws: TraderRefusal.aboveCap(cap: 40, notional: 50)) { try bench.trader.place(bench.request()) }
    // A seller's limit is the least that is received: below the bid the order is worth the bid.
    var low = bench.request(.sell, 1)
    low.draft = OrderDraft(side: .sell, type: .limit, quantity: 1, price: 1)
    #expect(throws: TraderRefusal.aboveCap(cap: 40, notional: 100)) { try bench.trader.place(low) }
  }

  @Test func aPerpetualNeedsItsMarginAndClosingNeedsNothing() throws {
    let bench = try Bench(verbs: [.leverage, .positions], instruments: [perpetual])
    try bench.ready(["USD": 21])
    #expect(throws: TraderRefusal.positionAction(needed: true)) { try bench.trader.place(bench.request()) }
    var open = bench.request(.buy, 10)
    open.action = .open
    // 100 of notional and 0.1 of fee.
    #expect(throws: TraderRefusal.self) { try bench.trader.place(open) }
    #expect(throws: TraderRefusal.leverage(asked: 25, most: 20)) {
      try bench.trader.setLeverage(25, account: main, instrument: perpetual.id)
    }
    var answers: [String?] = []
    try bench.trader.setLeverage(5, account: main, instrument: perpetual.id) { answers.append($0) }
    try bench.path.answer(.leverage) { _ in
      [.mode(ModeFact(account: main, instrument: perpetual.id, leverage: 5))]
    }
    #expect(answers == [nil] && bench.trader.leverage(of: main, perpetual.id) == 5)
    _ = try bench.trader.place(open)
    #expect(throws: TraderRefusal.self) { try bench.trader.place(open) }
    var close = bench.request(.sell, 10)
    close.action = .close
    let id = try bench.trader.place(close)
    #expect(bench.trader.orders[id]?.draft.flags == .reduceOnly)
    let spot = try Bench()
    try spot.ready()
    #expect(throws: TraderRefusal.positionAction(needed: false)) { try spot.trader.place(open) }
  }

  /// One that the venue has already is not asked for again, and stands from then on over what is reported.
  @Test func aLeverageThatIsThereAlreadyIsChosen() throws {
    let bench = try Bench(verbs: [.leverage, .positions], instruments: [perpetual])
    try bench.ready(["USD": 21])
    func tell(_ leverage: Decimal64) {
      bench.path.tell(.mode(ModeFact(account: main, instrument: perpetual.id, leverage: leverage)))
    }
    tell(5)
    tell(7)
    #expect(bench.path.accounts.leverages[main, perpetual.id] == 7)
    var answers: [String?] = []
    try bench.trader.setLeverage(7, account: main, instrument: perpetual.id) { answers.append($0) }
    tell(20)
    #expect(answers == [nil] && bench.path.accounts.leverages[main, perpetual.id] == 7)
  }
}
