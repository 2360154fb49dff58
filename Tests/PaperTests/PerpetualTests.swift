import ConnectorKit
import Matching
import Testing

@testable import PaperConnector

/// Prices in tenths, quantities in 10^-3 BTC.
@Suite struct PerpetualTests {
  let exchange: Exchange
  let alice: Participant
  let bob: Participant

  init() throws {
    exchange = try makeExchange(quiet, isPerpetual: true)
    alice = exchange.addAccount()
    bob = exchange.addAccount()
  }

  func position(_ account: Participant) -> Position { exchange.positions[account][0] }

  /// Alice buys from Bob.
  func deal(_ quantity: Int64, at price: Int64, from seller: Participant, to buyer: Participant) throws {
    try exchange.limit(seller, .sell, quantity, at: price)
    try exchange.limit(buyer, .buy, quantity, at: price)
  }

  @Test func entryAndRealisedProfit() throws {
    try deal(1000, at: 600_000, from: bob, to: alice)
    try deal(500, at: 603_000, from: bob, to: alice)
    #expect(position(alice).quantity == 1500)
    #expect(position(alice).cost == 90_150 * unit)
    #expect(position(bob).cost == -90_150 * unit)
    let wallet = exchange.total(alice, "USDT")
    try deal(600, at: 605_000, from: alice, to: bob)
    // Entry 60100: 0.6 times 400 of profit, less a maker fee of 0.1 % on 36300.
    #expect(exchange.total(alice, "USDT") - wallet == 240 * unit - 3_630_000_000)
    #expect(position(alice).realized == 240 * unit)
    #expect(position(alice).cost == 54_090 * unit)
    // Turns the position: 0.9 close, 0.1 open anew.
    try deal(1000, at: 600_000, from: alice, to: bob)
    #expect(position(alice).quantity == -100)
    #expect(position(alice).cost == -6_000 * unit)
    #expect(position(bob).cost == 6_000 * unit)
    #expect(exchange.checkInvariants())
  }

  @Test func profitIsRoundedAgainstTheAccount() {
    var position = Position(quantity: 3, cost: 10)
    #expect(position.apply(.sell, quantity: 1, value: 4) == 0)  // a third of 10 is taken as 4
    #expect(position == Position(quantity: 2, cost: 6, realized: 0))
    var short = Position(quantity: -3, cost: -10)
    #expect(short.apply(.buy, quantity: 1, value: 3) == 0)  // a third of -10 is taken as -3
    #expect(short.cost == -7)
  }

  @Test func marginBoundsTheOrder() throws {
    // 100000 at leverage 10 carries at most 1000000 less fees.
    #expect(refusal { try exchange.limit(alice, .buy, 16_667, at: 600_000) } == .funds)
    let order = try exchange.limit(alice, .buy, 16_000, at: 600_000)
    #expect(exchange.free(alice, "USDT") == 4_000 * unit)
    // The other side is covered by the same margin.
    try exchange.limit(alice, .sell, 16_000, at: 610_000)
    #expect(exchange.free(alice, "USDT") == 4_000 * unit)
    #expect(refusal { try exchange.setLeverage(alice, 0, 9) } == .funds)
    #expect(refusal { try exchange.setLeverage(alice, 0, 51) } == .invalidOrder)
    #expect(refusal { try exchange.setLeverage(alice, 0, 0) } == .invalidOrder)
    try exchange.setLeverage(alice, 0, 20)
    #expect(exchange.free(alice, "USDT") == 52_000 * unit)
    try exchange.cancel(order, at: 2)
    // A limit far above the mark would open with a loss.
    #expect(refusal { try exchange.limit(bob, .buy, 10_000, at: 700_000) } == nil)
    try exchange.limit(alice, .sell, 5_000, at: 600_000)
    #expect(exchange.checkInvariants())
  }

  @Test func openingLossCounts() throws {
    // 1 BTC needs 6000 of margin; paying 160000 for what is worth 60000 costs all there is.
    #expect(refusal { try exchange.limit(alice, .buy, 1000, at: 1_600_000) } == .funds)
    try exchange.limit(alice, .buy, 1000, at: 1_500_000)
  }

  @Test func reduceOnly() throws {
    #expect(refusal { try exchange.limit(alice, .sell, 100, at: 600_000) { $0.reduceOnly = true } } == .reduceOnly)
    try deal(1000, at: 600_000, from: bob, to: alice)
    #expect(refusal { try exchange.limit(alice, .buy, 100, at: 590_000) { $0.reduceOnly = true } } == .reduceOnly)
    let first = try exchange.limit(alice, .sell, 5000, at: 610_000) { $0.reduceOnly = true }
    #expect(exchange.state(first)?.quantity == 1000)
    let second = try exchange.limit(alice, .sell, 800, at: 611_000) { $0.reduceOnly = true }
    let plain = try exchange.limit(alice, .sell, 400, at: 605_000)
    // The plain order goes first; the others then never turn the position.
    try exchange.limit(bob, .buy, 5000, at: 611_000)
    #expect(exchange.state(plain)?.state == .filled)
    #expect(exchange.state(first)?.filled == 600)
    #expect(exchange.state(first)?.state == .filled)
    #expect(exchange.state(second)?.state == .cancelled)
    #expect(exchange.state(second)?.filled == 0)
    #expect(position(alice).quantity == 0)
    #expect(exchange.checkInvariants())
  }

  @Test func liquidation() throws {
    try exchange.setLeverage(alice, 0, 50)
    try exchange.limit(bob, .sell, 15_000, at: 600_000)
    try exchange.limit(alice, .buy, 15_000, at: 600_000)
    let price = try #require(exchange.liquidationPrice(alice, 0))
    let waiting = try exchange.limit(alice, .buy, 10, at: 400_000)
    exchange.markets[0].funding.mark = price + 1
    exchange.finish(at: 2)
    #expect(position(alice).quantity == 15_000)
    // No bid is there but one: the rest goes to the background market at the mark.
    try exchange.limit(bob, .buy, 1_000, at: price - 1000)
    exchange.events = []
    exchange.markets[0].funding.mark = price - 1
    exchange.finish(at: 3)
    #expect(position(alice).quantity == 0)
    #expect(position(bob).quantity == -14_000)
    #expect(exchange.positions[Ledger.maker][0].quantity == 14_000)
    #expect(exchange.state(waiting)?.state == .cancelled)
    let events = exchange.events.compactMap { event in if case .liquidation(let it) = event { it } else { nil } }
    #expect(events.map(\.account) == [alice])
    #expect(events.first?.side == .sell)
    #expect(exchange.total(alice, "USDT") >= 0)
    #expect(exchange.checkInvariants())
  }

  @Test func theVenuePaysWhatALiquidatedAccountCannot() throws {
    try exchange.setLeverage(alice, 0, 50)
    try exchange.limit(bob, .sell, 15_000, at: 600_000)
    try exchange.limit(alice, .buy, 15_000, at: 600_000)
    let before = exchange.worth(0)
    exchange.markets[0].funding.mark = 300_000
    exchange.finish(at: 2)
    #expect(position(alice).quantity == 0)
    #expect(exchange.total(alice, "USDT") == 0)
    #expect(exchange.worth(0) == before)
    #expect(exchange.total(Ledger.venue, "USDT") < Ledger.endowment)
  }

  @Test func funding() throws {
    try deal(1000, at: 600_000, from: bob, to: alice)
    exchange.scheduleFunding(at: 1)
    #expect(exchange.markets[0].funding.next == 28_800_000_000_000)
    let (a, b) = (exchange.total(alice, "USDT"), exchange.total(bob, "USDT"))
    exchange.fund(at: 28_799_999_999_999)
    #expect(exchange.total(alice, "USDT") == a)
    exchange.fund(at: 28_800_000_000_000)
    // Interest alone: 0.01 % of 60000.
    #expect(exchange.total(alice, "USDT") == a - 6 * unit)
    #expect(exchange.total(bob, "USDT") == b + 6 * unit)
    #expect(exchange.accounts[alice].payments.map(\.amount) == [-6 * unit])
    #expect(exchange.markets[0].funding.next == 57_600_000_000_000)
    exchange.markets[0].funding.sampleSum = -50_000_000
    exchange.markets[0].funding.sampleCount = 100
    #expect(exchange.markets[0].funding.rate(interval: 28_800_000_000_000) == -490_000)
    exchange.markets[0].funding.sampleSum = -500_000_000
    #expect(exchange.markets[0].funding.rate(interval: 28_800_000_000_000) == -750_000)
  }

  /// Random trading with liquidations, funding and a moving market: wallets minus costs never change in sum, positions
  /// cancel out, and who has no position owes nothing.
  @Test(arguments: 1...8) func conservation(seed: Int) throws {
    let exchange = try makeExchange(
      #"""
      {"seed": \#(seed), "funding_interval_s": 10, "leverage": 50, "balances": {"USDT": "2000"},
       "markets": [{"base": "BTC", "quote": "USDT", "volatility_ppm": 6000, "maintenance_margin": "0.01"},
                   {"base": "ETH", "quote": "USDT"}]}
      """#, isPerpetual: true)
    let accounts = (0..<4).map { _ in exchange.addAccount() }
    let before = exchange.worth(0)
    var random = Random(seed: UInt64(seed))
    exchange.openMarkets(at: 0)
    exchange.scheduleFunding(at: 0)
    var ids: [OrderID] = []
    var liquidations = 0
    for time in 1...400 as ClosedRange<Int64> {
      let now = time * 100_000_000
      for _ in 0..<3 {
        if let id = try? act(exchange, accounts[Int(random.below(4))], ids, &random, now) { ids.append(id) }
      }
      exchange.step(at: now)
      exchange.fund(at: now)
      for event in exchange.events { if case .liquidation = event { liquidations += 1 } }
      exchange.events = []
      try #require(exchange.checkInvariants())
      try #require(exchange.worth(0) == before)
      for account in accounts where exchange.positions[account].allSatisfy({ $0.quantity == 0 }) {
        try #require(exchange.total(account, "USDT") >= 0)
        try #require(exchange.positions[account].allSatisfy { $0.cost == 0 })
      }
      for order in exchange.orders.values where order.request.reduceOnly {
        let quantity = exchange.positions[order.account][order.market].quantity
        try #require(order.remaining <= abs(quantity) && (quantity > 0) == (order.side == .sell))
      }
    }
    #expect(exchange.accounts.contains { !$0.payments.isEmpty })
    #expect(exchange.accounts.flatMap(\.fills).count > 50)
    #expect(liquidations > 0)
  }
}
