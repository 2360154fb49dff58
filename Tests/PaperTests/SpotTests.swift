import ConnectorKit
import Matching
import Testing

@testable import PaperConnector

/// Prices in cents, quantities in 10^-5 BTC.
@Suite struct SpotTests {
  let exchange: Exchange
  let alice: Participant
  let bob: Participant

  init() throws {
    exchange = try makeExchange(quiet)
    alice = exchange.addAccount()
    bob = exchange.addAccount()
  }

  @Test func feesComeFromWhatIsReceived() throws {
    let sell = try exchange.limit(alice, .sell, 10_000, at: 6_000_000)  // 0.1 BTC at 60000
    #expect(exchange.free(alice, "BTC") == 90_000_000)
    let buy = try exchange.limit(bob, .buy, 4_000, at: 6_100_000)  // trades at 60000, not at 61000
    #expect(exchange.state(buy)?.state == .filled)
    #expect(exchange.state(sell)?.state == .partial)
    #expect(exchange.total(bob, "BTC") == unit + 4_000_000 - 8_000)
    #expect(exchange.total(bob, "USDT") == 97_600 * unit)
    #expect(exchange.free(bob, "USDT") == 97_600 * unit)
    #expect(exchange.total(alice, "USDT") == 102_400 * unit - 240_000_000)
    #expect(exchange.fills(buy).map(\.fee) == [8_000])
    #expect(exchange.fills(sell).map(\.isMaker) == [true])
    #expect(exchange.checkInvariants())
  }

  @Test func feesAreRoundedUp() {
    #expect(Ledger.fee(on: 1, rate: 100_000) == 1)
    #expect(Ledger.fee(on: 1000, rate: 100_000) == 1)
    #expect(Ledger.fee(on: 1001, rate: 100_000) == 2)
    #expect(Ledger.fee(on: 1999, rate: -100_000) == -1)
    #expect(Ledger.fee(on: 0, rate: 100_000) == 0)
  }

  @Test func cancelReleasesWhatWasHeld() throws {
    let buy = try exchange.limit(alice, .buy, 100_000, at: 6_000_000)
    #expect(exchange.free(alice, "USDT") == 40_000 * unit)
    #expect(refusal { try exchange.limit(alice, .buy, 100_000, at: 6_000_000) } == .funds)
    try exchange.cancel(buy, at: 2)
    #expect(exchange.free(alice, "USDT") == 100_000 * unit)
    #expect(refusal { try exchange.cancel(buy, at: 3) } == .unknownOrder)
  }

  @Test func marketOrders() throws {
    try exchange.limit(alice, .sell, 10_000, at: 6_000_000)
    try exchange.limit(alice, .sell, 10_000, at: 6_010_000)
    let buy = try exchange.market(bob, .buy, 15_000)
    #expect(exchange.state(buy)?.filled == 15_000)
    #expect(exchange.total(bob, "USDT") == (100_000 - 6000 - 3005) * unit)
    // The book has 0.05 left: the rest expires.
    let more = try exchange.market(bob, .buy, 15_000)
    #expect(exchange.state(more)?.state == .expired)
    #expect(exchange.state(more)?.filled == 5_000)
    let none = try exchange.market(bob, .buy, 1_000)
    #expect(exchange.state(none)?.state == .expired)
    #expect(exchange.checkInvariants())
  }

  @Test func marketOrdersByValue() throws {
    try exchange.limit(alice, .sell, 50_000, at: 6_000_000)
    let buy = try exchange.market(bob, .buy, 0) { $0.value = 1000 * unit }
    #expect(exchange.state(buy)?.filled == 1_666)  // 0.01666 BTC for 999.60
    #expect(exchange.state(buy)?.state == .filled)
    #expect(exchange.total(bob, "USDT") == 100_000 * unit - 99_960_000_000)
    #expect(refusal { try exchange.market(bob, .buy, 0) { $0.value = 4 * unit } } == .invalidOrder)
    let all = try exchange.market(bob, .buy, 0) { $0.value = 50_000 * unit }
    #expect(exchange.state(all)?.state == .expired)
    #expect(exchange.state(all)?.filled == 48_334)
    #expect(exchange.checkInvariants())
  }

  @Test func postOnlyImmediateAndFillOrKill() throws {
    let ask = try exchange.limit(alice, .sell, 10_000, at: 6_000_000)
    #expect(refusal { try exchange.limit(bob, .buy, 1_000, at: 6_000_000) { $0.postOnly = true } } == .postOnly)
    try exchange.limit(bob, .buy, 1_000, at: 5_999_999) { $0.postOnly = true }
    let killed = try exchange.limit(bob, .buy, 10_001, at: 6_000_000) { $0.timeInForce = .fillOrKill }
    #expect(exchange.state(killed)?.state == .expired)
    #expect(exchange.state(killed)?.filled == 0)
    #expect(exchange.state(ask)?.filled == 0)
    let partial = try exchange.limit(bob, .buy, 12_000, at: 6_000_000) { $0.timeInForce = .immediateOrCancel }
    #expect(exchange.state(partial)?.state == .expired)
    #expect(exchange.state(partial)?.filled == 10_000)
    let whole = try exchange.limit(alice, .sell, 1_000, at: 5_999_999) { $0.timeInForce = .fillOrKill }
    #expect(exchange.state(whole)?.state == .filled)
    #expect(exchange.checkInvariants())
  }

  @Test func rules() throws {
    #expect(refusal { try exchange.limit(alice, .buy, 0, at: 6_000_000) } == .invalidOrder)
    #expect(refusal { try exchange.limit(alice, .buy, 1_000, at: 0) } == .invalidOrder)
    #expect(refusal { try exchange.limit(alice, .buy, 8, at: 6_000_000) } == .invalidOrder)  // 4.80 USDT
    #expect(refusal { try exchange.limit(alice, .buy, .max, at: .max) } == .invalidOrder)
    #expect(refusal { try exchange.limit(alice, .sell, 1_000, at: 6_000_000) { $0.reduceOnly = true } } == .unsupported)
    #expect(refusal { try exchange.limit(alice, .sell, 1_000, at: 6_000_000, market: 9) } == .unknownInstrument)
    try exchange.limit(alice, .buy, 1_000, at: 6_000_000) { $0.clientOrder = "a" }
    #expect(refusal { try exchange.limit(alice, .buy, 1_000, at: 6_000_000) { $0.clientOrder = "a" } } == .invalidOrder)
    try exchange.limit(bob, .buy, 1_000, at: 6_000_000) { $0.clientOrder = "a" }
    #expect(exchange.find(alice, id: nil, clientOrder: "a")?.account == alice)
  }

  @Test func selfTradeEndsTheIncomingOrder() throws {
    try exchange.limit(bob, .sell, 1_000, at: 5_990_000)
    let own = try exchange.limit(alice, .sell, 1_000, at: 6_000_000)
    let incoming = try exchange.limit(alice, .buy, 5_000, at: 6_000_000)
    #expect(exchange.state(incoming)?.state == .expired)
    #expect(exchange.state(incoming)?.filled == 1_000)
    #expect(exchange.state(own)?.state == .open)
    #expect(exchange.checkInvariants())
  }

  @Test func amending() throws {
    let first = try exchange.limit(alice, .sell, 10_000, at: 6_000_000)
    let second = try exchange.limit(bob, .sell, 10_000, at: 6_000_000)
    try exchange.amend(first, price: nil, quantity: 5_000, at: 2)  // keeps its place
    let carol = exchange.addAccount()
    try exchange.limit(carol, .buy, 1_000, at: 6_000_000)
    #expect(exchange.state(first)?.filled == 1_000)
    try exchange.amend(first, price: nil, quantity: 6_000, at: 3)  // loses it
    try exchange.limit(carol, .buy, 1_000, at: 6_000_000)
    #expect(exchange.state(second)?.filled == 1_000)
    #expect(exchange.free(alice, "BTC") == unit - 6_000_000)
    #expect(refusal { try exchange.amend(first, price: nil, quantity: 1_000, at: 4) } == .invalidOrder)
    #expect(refusal { try exchange.amend(first, price: nil, quantity: 200_000, at: 4) } == .funds)
    #expect(exchange.free(alice, "BTC") == unit - 6_000_000)
    #expect(exchange.state(first)?.quantity == 6_000)
    // An amended price may trade at once.
    let bid = try exchange.limit(carol, .buy, 2_000, at: 5_900_000)
    try exchange.amend(bid, price: 6_000_000, quantity: nil, at: 5)
    #expect(exchange.state(bid)?.state == .filled)
    #expect(exchange.checkInvariants())
  }

  /// Random commands of several accounts against a running background market: nothing is created or lost.
  @Test(arguments: 1...8) func conservation(seed: Int) throws {
    let exchange = try makeExchange(
      #"{"seed": \#(seed), "maker_fee": "-0.0001", "balances": {"USDT": 20000, "BTC": "0.5"}}"#)
    let accounts = (0..<4).map { _ in exchange.addAccount() }
    let before = exchange.assets.indices.map { exchange.ledger.sum($0) }
    var random = Random(seed: UInt64(seed))
    exchange.openMarkets(at: 0)
    var ids: [OrderID] = []
    for time in 1...400 as ClosedRange<Int64> {
      for _ in 0..<4 {
        if let id = try? act(exchange, accounts[Int(random.below(4))], ids, &random, time) { ids.append(id) }
      }
      exchange.step(at: time)
      try #require(exchange.checkInvariants())
    }
    #expect(exchange.assets.indices.map { exchange.ledger.sum($0) } == before)
    let fills = exchange.accounts.flatMap(\.fills)
    #expect(fills.count > 100)
    for id in ids {
      let order = try #require(exchange.state(id))
      let own = fills.filter { $0.order == id }
      #expect(own.reduce(0) { $0 + $1.quantity } == order.filled)
      #expect(own.reduce(0) { $0 + Int128($1.price) * Int128($1.quantity) } == order.filledValue)
    }
  }
}

/// One random command; returns the id of an order that it placed.
func act(
  _ exchange: Exchange, _ account: Participant, _ ids: [OrderID], _ random: inout Random, _ time: Int64
) throws -> OrderID? {
  let market = Int(random.below(2))
  let state = exchange.markets[market]
  let some = ids.isEmpty ? 0 : ids[ids.count - 1 - Int(random.below(Int64(min(ids.count, 20))))]
  let price = state.synthetic.fair + (random.below(41) - 20) * state.rules.tick * 20
  let quantity = (1 + random.below(200)) * state.rules.lot * (exchange.isPerpetual ? 5 : 20)
  switch random.below(10) {
  case 0: try exchange.cancel(some, at: time)
  case 1: try exchange.amend(some, price: random.below(2) == 0 ? nil : price, quantity: quantity, at: time)
  default:
    var request = OrderRequest(account: account, market: market, side: random.below(2) == 0 ? .buy : .sell)
    request.isMarket = random.below(4) == 0
    request.price = request.isMarket ? 0 : price
    request.quantity = quantity
    request.reduceOnly = exchange.isPerpetual && random.below(4) == 0
    switch random.below(8) {
    case 0: request.timeInForce = .immediateOrCancel
    case 1: request.timeInForce = .fillOrKill
    case 2: request.postOnly = !request.isMarket
    case 3:
      guard request.isMarket, !request.reduceOnly else { break }
      (request.value, request.quantity) = (Amount(random.below(3000)) * unit, 0)
    default: break
    }
    return try exchange.place(request, at: time)
  }
  return nil
}
