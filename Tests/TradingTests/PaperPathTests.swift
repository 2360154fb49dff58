import CPatchbay
import Decimals
import MarketModel
import Runtime
import SeededNumbers
import Testing

@testable import Trading

@Suite struct PaperPathTests {
  @Test func dealsAreAddedUp() {
    func deal(
      _ side: Side, _ quantity: Decimal64, _ price: Decimal64, fee: Decimal64, _ asset: String = "USD"
    ) -> PaperHistory.Deal {
      PaperHistory.Deal(
        symbol: "S1", pair: "B1-USD", side: side,
        fill: Fill(trade: "t", price: price, quantity: quantity, fee: fee, feeAsset: asset, time: 0))
    }
    var spot = PaperHistory(isPerpetual: false)
    #expect(spot.isEmpty && spot.changes().isEmpty)
    spot.add(deal(.buy, 2, 100, fee: 1, "B1"))
    spot.add(deal(.sell, 1, 110, fee: 3))
    #expect(spot.changes().map(\.asset) == ["USD"] && spot.holdings.isEmpty)
    #expect(spot.changes().map(\.amount.narrowed?.value) == [-93])
    var perpetual = PaperHistory(isPerpetual: true)
    perpetual.add(deal(.buy, 2, 100, fee: 1))
    perpetual.add(deal(.buy, 2, 110, fee: 1))
    perpetual.add(deal(.sell, 1, 125, fee: 1))
    perpetual.pay(-2, "USD")
    #expect(perpetual.changes().map(\.amount.narrowed?.value) == [15], "20 were made, 3 are fees, 2 funding")
    #expect(perpetual.holdings == [PaperHistory.Holding(symbol: "S1", quantity: 3, entry: 105)])
    perpetual.add(deal(.sell, 5, 105, fee: 0))
    #expect(perpetual.holdings == [PaperHistory.Holding(symbol: "S1", quantity: -2, entry: 105)])
  }

  private func deal(_ side: Side, _ quantity: String, _ price: String, _ symbol: String = "S1") -> PaperHistory.Deal {
    PaperHistory.Deal(
      symbol: symbol, pair: "B1-USD", side: side,
      fill: Fill(
        trade: "t", price: Decimal64(price) ?? 0, quantity: Decimal64(quantity) ?? 0, fee: nil, feeAsset: "", time: 0))
  }

  @Test func averagedEntriesAndLongSumsLoseNothing() throws {
    var history = PaperHistory(isPerpetual: true)
    history.add(deal(.buy, "0.001", "30000"))
    history.add(deal(.buy, "0.002", "30001"))
    history.add(deal(.sell, "0.001", "30001"))
    #expect(history.holdings.map(\.entry) == [Decimal64("30000.666666666666")])
    #expect(history.changes().map(\.amount.narrowed?.value) == [Decimal64("0.000333333333334")])
    // Twelve places of a large price do not fit: as many as do, and no profit is left out.
    var large = PaperHistory(isPerpetual: true)
    large.add(deal(.buy, "1", "150000000"))
    large.add(deal(.buy, "2", "150000001"))
    large.add(deal(.sell, "1.23456789", "150000002"))
    let entry = try #require(large.holdings.first?.entry)
    #expect(entry > 150_000_000 && entry < 150_000_001)
    let profit = try #require(large.changes().first?.amount.narrowed?.value)
    #expect(try #require(Decimal64("1.646")) < profit && profit < #require(Decimal64("1.6461")))
    var spot = PaperHistory(isPerpetual: false)
    spot.add(deal(.buy, "12345678901", "1.00000001"))
    spot.add(deal(.buy, "0.123456789012345678", "1.000000000000000001"))
    let base = try #require(spot.changes().first { $0.asset == "B1" }?.amount)
    #expect(base.isExact && base.mantissa == 12_345_678_901_123_456_789_012_345_678)
    #expect(!spot.isBroken)
  }

  @Test func whatCannotBeCountedStopsTheAccount() throws {
    var history = PaperHistory(isPerpetual: true)
    history.add(deal(.buy, "9000000000000000000", "1"))
    history.add(deal(.buy, "900000000000000000.5", "1"))
    #expect(history.isBroken && !history.isEmpty)
    let stand = try PaperStand()
    #expect(stand.path.fault(of: main) == nil)
    let resting = try stand.place(.buy, 1, at: 90)
    #expect(stand.state(resting) == .open)
    _ = stand.path.resume(history, account: main)
    #expect(stand.path.fault(of: main) != nil)
    // What rests does not go on to fill.
    try stand.book(bids: [(80, 10)], asks: [(85, 10)])
    stand.settle()
    #expect(stand.state(resting) == .cancelled && stand.trader.orders[resting]?.fills.isEmpty == true)
    try stand.book(bids: [(99, 10)], asks: [(101, 10)])
    let order = try stand.place(.buy, 1, at: 101)
    #expect(stand.state(order) == .rejected)
  }

  /// One asset is given for the other, as on spot: what an order needs is held, and there is no position.
  @Test func aPoolIsTradedAsSpotIs() throws {
    let stand = try PaperStand()
    try stand.market.set(5, bids: [(99, 10)], asks: [(101, 10)])
    let resting = OrderDraft(side: .sell, type: .limit, quantity: 100, price: 150, timeInForce: nil, flags: [])
    _ = try stand.place(resting, on: 5)
    #expect(stand.path.ledger.available(main, "B1") == 900)
    let market = OrderDraft(side: .buy, type: .market, quantity: 2, price: nil, timeInForce: nil, flags: [])
    let order = try stand.place(market, on: 5)
    #expect(stand.state(order) == .filled && stand.trader.orders[order]?.fills.map(\.feeAsset) == ["USD"])
    #expect(stand.path.ledger.available(main, "USD") == 99_798 && stand.path.ledger.available(main, "B1") == 902)
    let key = Positions.Key(account: main, instrument: InstrumentID(5))
    #expect(stand.path.accounts.positions[key] == nil)
  }

  @Test func aHistoryCountsOnceAndInTheAssetOfSettlement() throws {
    var history = PaperHistory(isPerpetual: true)
    for (side, price) in [(Side.buy, "10"), (.sell, "15")] { history.add(deal(side, "1", price, "P")) }
    #expect(history.changes().map(\.asset) == ["USD"])
    #expect(history.changes { $0 == "P" ? "USDC" : nil }.map(\.asset) == ["USDC"])
    var spot = PaperHistory(isPerpetual: false)
    spot.add(deal(.buy, "2", "100"))
    let stand = try PaperStand()
    for _ in 0..<2 { #expect(stand.path.resume(spot, account: main).isEmpty) }
    #expect(stand.path.ledger.available(main, "USD") == 99_800 && stand.path.ledger.available(main, "B1") == 1002)
  }

  @Test func numbersBeginAtTheClock() throws {
    let stand = try PaperStand()
    let order = try stand.place(.buy, 1, at: 101)
    let start = Simulation.epoch / 1000
    let number = try #require(stand.trader.orders[order]?.venueOrderIDs.last?.dropFirst(6))
    #expect(Int64(number).map { $0 >= start } == true, "\(number)")
    let trade = try #require(stand.trader.orders[order]?.fills.first?.trade.dropFirst(6))
    #expect(Int64(trade).map { $0 >= start } == true, "\(trade)")
  }

  @Test func aTakerGetsWhatIsThereAndNotTwice() throws {
    let stand = try PaperStand()
    let first = try stand.place(.buy, 25, at: 102)
    #expect(stand.state(first) == .filled && stand.trader.orders[first]?.fills.map(\.price) == [101, 102])
    #expect(stand.balance("B1") == 1025 && stand.balance("USD") == Decimal64(100_000 - 10 * 101 - 15 * 102))
    // Five are left at 102; the rest of the order waits.
    let second = try stand.place(.buy, 10, at: 102)
    #expect(stand.state(second) == .partiallyFilled && stand.filled(second) == 5)
    // The same book once more offers nothing new; more at the level does, and so does a new one.
    try stand.book(bids: [(99, 10)], asks: [(101, 10), (102, 20)])
    #expect(stand.filled(second) == 5)
    try stand.book(bids: [(99, 10)], asks: [(101, 10), (102, 22)])
    #expect(stand.filled(second) == 7)
    try stand.book(bids: [(99, 10)], asks: [(103, 5)])
    try stand.book(bids: [(99, 10)], asks: [(101, 1), (103, 5)])
    #expect(stand.filled(second) == 8)
  }

  @Test func anOrderGoodTillADateEndsThen() throws {
    let stand = try PaperStand()
    let end = stand.market.times.venue + 20_000
    let draft = OrderDraft(
      side: .buy, type: .limit, quantity: 5, price: 99, timeInForce: .goodTillDate, expiry: end)
    let id = try stand.trader.place(OrderRequest(account: main, instrument: InstrumentID(1), draft: draft))
    stand.settle()
    stand.settle()
    #expect(stand.state(id) == .open && stand.market.times.venue < end)
    while stand.market.times.venue < end { stand.settle() }
    #expect(stand.state(id) == .expired && stand.events.last == .expired(id, reason: ""))
    stand.trade(100, at: 99, taker: .sell)
    #expect(stand.filled(id) == 0)
  }

  @Test func aRestingOrderWaitsForWhatStandsInFront() throws {
    let stand = try PaperStand()
    let id = try stand.place(.buy, 5, at: 99)
    stand.trade(4, at: 99, taker: .sell)
    #expect(stand.filled(id) == 0)
    stand.trade(3, at: 99, taker: .buy)
    #expect(stand.filled(id) == 0, "a buyer took from asks")
    stand.trade(8, at: 99, taker: .sell)
    #expect(stand.filled(id) == 2 && stand.trader.orders[id]?.fills.first?.liquidity == .maker)
    stand.trade(2, at: 98, taker: .sell)
    #expect(stand.filled(id) == 4, "whoever sold at 98 would have met 99 first")
    // What stood in front was withdrawn.
    let other = try stand.place(.buy, 5, at: 98)
    try stand.book(bids: [(99, 10), (98, 1)], asks: [(101, 10)])
    stand.trade(3, at: 98, taker: .sell)
    #expect(stand.filled(id) == 5 && stand.filled(other) == 1)
  }

  /// The tick becomes finer while an order rests: it goes on under the new id, at the new exponents.
  @Test func anOrderGoesOnWhenItsSymbolGetsANewId() throws {
    let stand = try PaperStand()
    let id = try stand.place(.buy, 5, at: 99)
    stand.path.replace(InstrumentID(1), by: PaperMarket.finer)
    stand.settle()
    #expect(stand.state(id) == .open && stand.trader.orders[id]?.instrument == InstrumentID(3))
    stand.path.traded(InstrumentID(3), Trade(id: .none, price: 985, quantity: 200, takerSide: .sell, time: 1))
    stand.settle()
    #expect(stand.filled(id) == 2 && stand.trader.orders[id]?.fills.map(\.price) == [99])
    try stand.trader.cancel(id)
    stand.settle()
    #expect(stand.state(id) == .cancelled && stand.balance("B1") == 1002)
  }

  @Test func onePublicTradeIsNotSharedOutTwice() throws {
    let stand = try PaperStand()
    let ids = try [stand.place(.sell, 4, at: 100), stand.place(.sell, 4, at: 100), stand.place(.sell, 4, at: 101)]
    stand.trade(6, at: 102, taker: .buy)
    #expect(ids.map { stand.filled($0) } == [4, 2, 0])
  }

  @Test func postOnlyFillOrKillAndImmediateOrdersAreWhatTheySay() throws {
    let stand = try PaperStand()
    let post = try stand.place(.buy, 1, at: 101, flags: .postOnly)
    #expect(stand.state(post) == .rejected)
    let market = try stand.place(.sell, 35, at: nil)
    #expect(stand.state(market) == .expired && stand.filled(market) == 30)
    let now = try stand.place(.buy, 50, at: 101, force: .immediateOrCancel)
    #expect(stand.state(now) == .expired && stand.filled(now) == 10)
  }

  @Test func cancelsAndAmendmentsFreeWhatWasHeld() throws {
    let stand = try PaperStand(usd: 1000)
    let id = try stand.place(.buy, 10, at: 98)
    #expect(throws: TraderRefusal.self) { try stand.place(.buy, 1, at: 98) }
    try stand.trader.amend(id, quantity: 5)
    stand.settle()
    #expect(stand.trader.orders[id]?.quantity == 5)
    let other = try stand.place(.buy, 5, at: 98)
    stand.trader.cancel([id, other])
    stand.settle()
    #expect(stand.state(id) == .cancelled && stand.state(other) == .cancelled)
    #expect(stand.path.accounts.balances[main, "USD"]?.available == 1000)
  }

  /// No more is filled than the market showed: by trades, and at the levels of its books.
  @Test(arguments: 1...20)
  func fillsAreNeverMoreThanWhatWasThere(seed: UInt64) throws {
    var random = SplitMix(state: seed)
    let stand = try PaperStand()
    var offered: Int64 = 60
    var last: [Int64: Int64] = [101_000: 10, 102_000: 20, 99: 10, 98: 20]
    for _ in 0..<200 {
      switch random.next() % 4 {
      case 0:
        let side: Side = random.chance(500) ? .buy : .sell
        let quantity = Decimal64(Int64(1 + random.next() % 20))
        _ = try? stand.place(side, quantity, at: Decimal64(Int64(97 + random.next() % 7)))
      case 1:
        let quantity = Int64(1 + random.next() % 10)
        offered += quantity
        stand.trade(quantity, at: Int64(97 + random.next() % 7), taker: random.chance(500) ? .buy : .sell)
      default:
        let mid = Int64(99 + random.next() % 3)
        let levels = (1...2).map { ($0, Int64(1 + random.next() % 15), Int64(1 + random.next() % 15)) }
        let bids = levels.map { (mid - Int64($0.0), $0.1) }
        let asks = levels.map { (mid + Int64($0.0), $0.2) }
        // Only what is more than before is new.
        var next: [Int64: Int64] = [:]
        for (price, quantity) in bids { next[price] = quantity }
        for (price, quantity) in asks { next[price * 1000] = quantity }
        for (key, quantity) in next { offered += max(0, quantity - (last[key] ?? 0)) }
        last = next
        try stand.book(bids: bids, asks: asks)
      }
    }
    let filled = stand.trader.orders.all.reduce(Int64(0)) { $0 + ($1.filled.mantissa(at: 0) ?? 0) }
    #expect(filled > 0 && filled <= offered, "\(filled) of \(offered)")
    for order in stand.trader.orders.all { #expect(order.hasAllFills && !(order.filled > order.draft.quantity)) }
  }
}
