import MarketModel
import Testing

@testable import Runtime

/// The book and trades that Metronome and Escapement must have, worked out anew from its description.
enum Pendulum {
  static let beat: Int64 = 200_000_000

  static func middle(_ beat: Int) -> Int64 {
    var (middle, step) = (Int64(10_000), Int64(1))
    for _ in 0..<beat {
      middle += step
      if abs(middle - 10_000) == 8 { step = -step }
    }
    return middle
  }

  static func level(_ price: Int64) -> Level { Level(price: price, quantity: 1000 + price % 7 * 100) }
  static func bids(_ beat: Int) -> [Level] { (1...5).map { level(middle(beat) - $0) } }
  static func asks(_ beat: Int) -> [Level] { (1...5).map { level(middle(beat) + $0) } }

  /// Forty beats of a connector of that exchange.
  static func swings(_ id: String, in running: RunningHost) throws {
    let seat = try #require(running.seat(id))
    #expect(seat.missing == [])
    let market = try #require(seat.markets.first)
    #expect(market.live == [.book, .trades])
    for count in 0...40 {
      #expect(market.book.levels(.bid) == bids(count) && market.book.levels(.ask) == asks(count))
      #expect(market.tape.total == UInt64(count))
      if count > 0 {
        let rises = middle(count) > middle(count - 1)
        let trade = try #require(market.tape.last)
        #expect(trade.price == middle(count) && trade.takerSide == (rises ? .buy : .sell))
        #expect(trade.quantity == level(trade.price).quantity)
        #expect(trade.time == running.clock.now().venue)
      }
      running.pass(beat)
    }
    #expect(seat.session.counters.malformed == 0 && seat.session.counters.unsupported == 0)
  }
}
