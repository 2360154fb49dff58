import ConnectorKit
import Matching
import Testing

@testable import PaperConnector

@Suite struct SyntheticMarketTests {
  /// All events of a while, books included.
  func life(_ json: String, isPerpetual: Bool = false) throws -> (events: [ExchangeEvent], Exchange) {
    let exchange = try makeExchange(json, isPerpetual: isPerpetual)
    exchange.openMarkets(at: 0)
    for time in 1...300 as ClosedRange<Int64> { exchange.step(at: time * 100_000_000) }
    return (exchange.events, exchange)
  }

  @Test func oneSeedIsOneLife() throws {
    let (first, a) = try life(#"{"seed": 7}"#)
    let (second, b) = try life(#"{"seed": 7}"#)
    #expect(first == second)
    #expect(a.markets.map(\.book.bids) == b.markets.map(\.book.bids))
    let (other, c) = try life(#"{"seed": 8}"#)
    #expect(first != other)
    #expect(a.markets[0].book.bids != c.markets[0].book.bids)
  }

  @Test(arguments: [false, true], 1...5) func theBookLives(isPerpetual: Bool, seed: Int) throws {
    let exchange = try makeExchange(#"{"seed": \#(seed)}"#, isPerpetual: isPerpetual)
    exchange.openMarkets(at: 0)
    for state in exchange.markets {
      #expect(state.book.bids.levels.count > 10)
      #expect(state.book.asks.levels.count > 10)
    }
    var moved = 0
    var changed = 0
    var reference: Set<Int64> = []
    for time in 1...600 as ClosedRange<Int64> {
      let before = exchange.markets[0].book.bids.best
      let sequence = exchange.markets[0].book.sequence
      exchange.step(at: time * 100_000_000)
      try #require(exchange.checkInvariants())
      if exchange.markets[0].book.bids.best != before { moved += 1 }
      if exchange.markets[0].book.sequence != sequence { changed += 1 }
      reference.insert(exchange.markets[0].synthetic.index)
      for state in exchange.markets { try #require(state.book.bids.best != nil && state.book.asks.best != nil) }
    }
    // A minute: nearly every step changes the book, the best bid moves often, and about 90 taker orders trade.
    #expect(moved > 100)
    #expect(changed > 500)
    #expect(reference.count > 150)
    #expect((30...600).contains(exchange.markets[0].trades))
  }

  @Test func spotAndPerpetualShareTheirIndex() throws {
    let (_, spot) = try life(#"{"seed": 5}"#)
    let (_, perpetual) = try life(#"{"seed": 5}"#, isPerpetual: true)
    #expect(spot.markets[0].synthetic.level == perpetual.markets[0].synthetic.level)
    #expect(spot.markets[0].synthetic.level != spot.markets[1].synthetic.level)
  }

  @Test func ordersNearTheTouchAreFilled() throws {
    let exchange = try makeExchange(#"{"seed": 3}"#)
    let account = exchange.addAccount()
    exchange.openMarkets(at: 0)
    exchange.step(at: 1)
    let bid = try #require(exchange.markets[0].book.bids.best)
    let order = try exchange.limit(account, .buy, 50_000, at: bid.price + 1)
    for time in 2...600 as ClosedRange<Int64> { exchange.step(at: time * 100_000_000) }
    #expect(exchange.fills(order).count > 1)
    #expect(exchange.fills(order).allSatisfy { $0.isMaker })
    #expect(exchange.state(order)?.filled ?? 0 > 0)
  }
}
