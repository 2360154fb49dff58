import ConnectorKit
import Matching
import Testing

@testable import PaperConnector

/// Positions with margin of their own. Prices in tenths, quantities in 10^-3 BTC.
@Suite struct IsolatedTests {
  let exchange: Exchange
  let alice: Participant
  let bob: Participant

  init() throws {
    exchange = try makeExchange(#"{"step_ms": 0, "maker_fee": "0", "taker_fee": "0"}"#, isPerpetual: true)
    alice = exchange.addAccount()
    bob = exchange.addAccount()
    try exchange.setIsolated(alice, 0, true)
  }

  private var position: Position { exchange.positions[alice][0] }

  private func deal(_ quantity: Int64, at price: Int64, from seller: Participant, to buyer: Participant) throws {
    try exchange.limit(seller, .sell, quantity, at: price)
    try exchange.limit(buyer, .buy, quantity, at: price)
    exchange.finish(at: 2)
  }

  @Test func marginIsSetAsideAndComesBack() throws {
    try deal(1000, at: 600_000, from: bob, to: alice)
    #expect(position.margin == 6_000 * unit && exchange.free(alice, "USDT") == 94_000 * unit)
    try deal(1000, at: 601_000, from: bob, to: alice)
    #expect(position.margin == 12_010 * unit)
    try deal(500, at: 610_000, from: alice, to: bob)
    #expect(position.margin == 9_007_50000000 && position.quantity == 1500)
    // Through zero: what was long is closed, what is short has margin anew.
    try deal(2000, at: 600_000, from: alice, to: bob)
    #expect(position.quantity == -500 && position.margin == 3_000 * unit)
    try deal(500, at: 600_000, from: bob, to: alice)
    #expect(position.margin == 0 && exchange.free(alice, "USDT") == exchange.total(alice, "USDT"))
    #expect(exchange.checkInvariants())
  }

  @Test func aLiquidationCostsTheMarginAndNoMore() throws {
    try exchange.setLeverage(alice, 0, 20)
    try deal(1000, at: 600_000, from: bob, to: alice)
    let waiting = try exchange.limit(alice, .buy, 10, at: 500_000)
    let other = try exchange.limit(alice, .buy, 1_000, at: 20_000, market: 1)
    let wallet = exchange.total(alice, "USDT")
    let price = try #require(exchange.liquidationPrice(alice, 0))
    #expect(price > 570_000 && price < 580_000, "\(price)")
    exchange.markets[0].funding.mark = price + 1
    exchange.finish(at: 3)
    #expect(position.quantity == 1000)
    // Far below: the loss is four times the margin.
    exchange.markets[0].funding.mark = 480_000
    exchange.finish(at: 4)
    #expect(position.quantity == 0 && position.margin == 0)
    #expect(exchange.total(alice, "USDT") == wallet - 3_000 * unit, "no more than its margin")
    #expect(exchange.state(waiting)?.state == .cancelled && exchange.state(other)?.state == .open)
    #expect(exchange.checkInvariants())
  }

  @Test func itDoesNotCarryOrLoseOthers() throws {
    // Alice's cross position in the second market is not touched by what the isolated one loses.
    try exchange.limit(bob, .sell, 1_000, at: 30_000, market: 1)
    try exchange.limit(alice, .buy, 1_000, at: 30_000, market: 1)
    try deal(1000, at: 600_000, from: bob, to: alice)
    let margin = exchange.margin(of: alice, asset: exchange.markets[0].rules.quoteAsset)
    #expect(margin.wallet == 94_000 * unit && margin.initial == 300 * unit, "\(margin)")
    exchange.markets[0].funding.mark = 520_000
    exchange.finish(at: 3)
    #expect(position.quantity == 0 && exchange.positions[alice][1].quantity == 1_000)
    #expect(exchange.total(alice, "USDT") == 94_000 * unit)
  }

  @Test func leverageMovesTheMargin() throws {
    try deal(1000, at: 600_000, from: bob, to: alice)
    try exchange.setLeverage(alice, 0, 5)
    #expect(position.margin == 12_000 * unit)
    exchange.markets[0].funding.mark = 590_000
    #expect(refusal { try exchange.setLeverage(alice, 0, 50) } == .funds, "it would be liquidated at once")
    #expect(position.leverage == 5 && position.margin == 12_000 * unit)
    #expect(refusal { try exchange.setLeverage(alice, 0, 51) } == .invalidOrder)
  }

  @Test func fundingIsPaidFromTheMargin() throws {
    try deal(1000, at: 600_000, from: bob, to: alice)
    exchange.fund(at: 28_800_000_000_000)
    let paid = 100_000 * unit - exchange.total(alice, "USDT")
    #expect(paid == 6 * unit && position.margin == 6_000 * unit - paid)
    #expect(exchange.positions[bob][0].margin == 0)
  }

  @Test func theModeChangesOnlyWhereNothingIsOpen() throws {
    let order = try exchange.limit(alice, .buy, 10, at: 500_000)
    #expect(refusal { try exchange.setIsolated(alice, 0, false) } == .invalidOrder)
    try exchange.cancel(order, at: 2)
    try deal(10, at: 600_000, from: bob, to: alice)
    #expect(refusal { try exchange.setIsolated(alice, 0, false) } == .invalidOrder)
    #expect(refusal { try exchange.setIsolated(alice, 0, true) } == nil, "it is so already")
    try deal(10, at: 600_000, from: alice, to: bob)
    try exchange.setIsolated(alice, 0, false)
    #expect(!position.isIsolated)
  }
}
