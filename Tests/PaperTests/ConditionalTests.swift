import ConnectorKit
import Matching
import Testing

@testable import PaperConnector

/// Stop and take-profit orders. Prices in tenths (spot: hundredths), quantities in 10^-3 BTC (spot: 10^-5).
@Suite struct ConditionalTests {
  private func stop(_ price: Int64, mark: Bool = false) -> Trigger {
    Trigger(price: price, isStop: true, source: mark ? .mark : .last)
  }

  private func take(_ price: Int64) -> Trigger { Trigger(price: price, isStop: false) }

  /// A trade at a price, between two accounts that have nothing to do with the rest.
  private func trade(_ exchange: Exchange, at price: Int64, quantity: Int64 = 1000) throws {
    let (one, other) = (exchange.addAccount(), exchange.addAccount())
    try exchange.limit(one, .sell, quantity, at: price)
    try exchange.limit(other, .buy, quantity, at: price)
    exchange.finish(at: 2)
  }

  @Test(arguments: [
    // side, is a stop, trigger, a price that leaves it waiting, one that lets it go
    (Matching.Side.buy, true, Int64(6_100_000), Int64(6_099_999), Int64(6_100_000)),
    (.sell, true, 5_900_000, 5_900_001, 5_900_000), (.buy, false, 5_900_000, 5_900_001, 5_900_000),
    (.sell, false, 6_100_000, 6_099_999, 6_100_000),
  ])
  func itGoesWhenTheLastTradeReachesIt(
    _ side: Matching.Side, _ isStop: Bool, _ price: Int64, _ before: Int64, _ at: Int64
  ) throws {
    let exchange = try makeExchange(quiet)
    let alice = exchange.addAccount()
    let free = (exchange.free(alice, "USDT"), exchange.free(alice, "BTC"))
    let order = try exchange.limit(alice, side, 10_000, at: 6_000_000) {
      $0.trigger = Trigger(price: price, isStop: isStop)
    }
    #expect(exchange.state(order)?.state == .untriggered)
    #expect(exchange.markets[0].book.remaining(order) == nil, "it is not in the book")
    #expect(exchange.free(alice, "USDT") < free.0 || exchange.free(alice, "BTC") < free.1, "its money is set aside")
    try trade(exchange, at: before)
    #expect(exchange.state(order)?.state == .untriggered)
    try trade(exchange, at: at)
    #expect(exchange.state(order)?.state == .open && exchange.markets[0].book.remaining(order) == 10_000)
    #expect(exchange.markets[0].untriggered.isEmpty && exchange.checkInvariants())
  }

  @Test func aMarketStopTakesWhatThereIsAndGivesTheRestBack() throws {
    let exchange = try makeExchange(quiet)
    let (alice, bob) = (exchange.addAccount(), exchange.addAccount())
    let order = try exchange.market(alice, .buy, 10_000) { $0.trigger = stop(6_100_000) }
    #expect(exchange.free(alice, "USDT") == 100_000 * unit - 6_100 * unit)
    try exchange.limit(bob, .sell, 4_000, at: 6_100_000)
    try exchange.limit(bob, .sell, 4_000, at: 6_120_000)
    try exchange.limit(exchange.addAccount(), .buy, 1_000, at: 6_100_000)
    exchange.finish(at: 2)
    let ended = try #require(exchange.state(order))
    #expect(ended.filled == 7_000 && ended.state == .expired && ended.request.type == .stopMarket)
    #expect(exchange.free(alice, "USDT") == exchange.total(alice, "USDT"))
    #expect(exchange.checkInvariants())
  }

  @Test func oneThatGoesLetsTheNextGo() throws {
    let exchange = try makeExchange(quiet)
    let (alice, bob) = (exchange.addAccount(), exchange.addAccount())
    let second = try exchange.market(alice, .sell, 1_000) { $0.trigger = stop(5_800_000) }
    let first = try exchange.market(alice, .sell, 1_000) { $0.trigger = stop(5_900_000) }
    try exchange.limit(bob, .buy, 1_000, at: 5_800_000)
    try exchange.limit(bob, .buy, 1_000, at: 5_700_000)
    try trade(exchange, at: 5_900_000)
    #expect(exchange.fills(first).map(\.price) == [5_800_000] && exchange.fills(second).map(\.price) == [5_700_000])
  }

  @Test func whatIsReachedAlreadyIsRefused() throws {
    let exchange = try makeExchange(quiet)
    let alice = exchange.addAccount()
    let place = { (side: Matching.Side, trigger: Trigger) in
      refusal { try exchange.limit(alice, side, 10_000, at: 6_000_000) { $0.trigger = trigger } }
    }
    #expect(place(.buy, stop(6_000_000)) == .invalidOrder && place(.sell, stop(6_000_001)) == .invalidOrder)
    #expect(place(.buy, take(6_000_000)) == .invalidOrder && place(.sell, take(5_999_999)) == .invalidOrder)
    #expect(place(.buy, stop(6_100_000, mark: true)) == .unsupported, "spot has no mark")
    #expect(place(.buy, stop(0)) == .invalidOrder)
    #expect(exchange.orders.isEmpty && exchange.checkInvariants())
  }

  @Test func itIsChangedAndCancelledLikeAnyOther() throws {
    let exchange = try makeExchange(quiet)
    let alice = exchange.addAccount()
    let order = try exchange.limit(alice, .buy, 10_000, at: 6_100_000) { $0.trigger = stop(6_050_000) }
    try exchange.amend(order, price: 6_200_000, quantity: 20_000, at: 2)
    #expect(exchange.free(alice, "USDT") == (100_000 - 12_400) * unit)
    #expect(refusal { try exchange.amend(order, price: nil, quantity: 1_000_000, at: 2) } == .funds)
    #expect(exchange.state(order)?.quantity == 20_000 && exchange.checkInvariants())
    try exchange.cancel(order, at: 3)
    #expect(exchange.free(alice, "USDT") == 100_000 * unit && exchange.markets[0].untriggered.isEmpty)
    let dated = try exchange.limit(alice, .buy, 10_000, at: 6_100_000) {
      ($0.trigger, $0.timeInForce, $0.expiry) = (stop(6_050_000), .goodTilDate, 10)
    }
    exchange.expire(at: 10)
    #expect(exchange.state(dated)?.state == .expired && exchange.checkInvariants())
  }

  @Test func theMarkCountsWhereTheOrderSaysSo() throws {
    let exchange = try makeExchange(quiet, isPerpetual: true)
    let alice = exchange.addAccount()
    let order = try exchange.limit(alice, .sell, 100, at: 580_000) { $0.trigger = stop(590_000, mark: true) }
    #expect(exchange.free(alice, "USDT") == 100_000 * unit, "margin is looked at when it goes")
    try trade(exchange, at: 580_000, quantity: 10)
    #expect(exchange.state(order)?.state == .untriggered, "the last trade is not the mark")
    exchange.markets[0].funding.mark = 590_000
    exchange.finish(at: 3)
    #expect(exchange.state(order)?.state == .open && exchange.checkInvariants())
  }

  @Test func aReduceOnlyStopIsCutWhenItGoes() throws {
    let exchange = try makeExchange(quiet, isPerpetual: true)
    let (alice, bob) = (exchange.addAccount(), exchange.addAccount())
    let order = try exchange.limit(alice, .sell, 500, at: 580_000) {
      ($0.trigger, $0.reduceOnly) = (stop(590_000), true)
    }
    try exchange.limit(bob, .sell, 200, at: 600_000)
    try exchange.limit(alice, .buy, 200, at: 600_000)
    try trade(exchange, at: 590_000)
    #expect(exchange.state(order)?.quantity == 200 && exchange.state(order)?.state == .open)
    let without = try exchange.limit(bob, .sell, 500, at: 570_000) {
      ($0.trigger, $0.reduceOnly) = (stop(580_000), true)
    }
    try trade(exchange, at: 580_000)
    #expect(exchange.state(without)?.state == .cancelled && exchange.checkInvariants())
  }
}
