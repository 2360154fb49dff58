import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

/// Exchanges write a side without orders as zero, as `null`, as an empty text, or not at all: it is said to be empty,
/// and neither a price of zero nor the last one beside the new other side.
@Suite struct TickerTests {
  private static let all = Exchange.all.filter { $0.ticker != nil }

  /// Binance never leaves one out: that is no ticker of its, and the channel goes down.
  private static func isWhole(_ exchange: Exchange, _ price: String) -> Bool {
    !price.isEmpty || !exchange.id.hasPrefix("binance")
  }

  private func present(
    _ exchange: Exchange, _ bid: String, _ bidSize: String, _ ask: String, _ askSize: String
  ) throws -> (present: UInt64, fact: pb_ticker) {
    let fact = try fact(exchange, bid, bidSize, ask, askSize)
    return (fact.present, fact)
  }

  private func fact(
    _ exchange: Exchange, _ bid: String, _ bidSize: String, _ ask: String, _ askSize: String
  ) throws -> pb_ticker {
    let world = try World(exchange)
    let stream = try world.subscribe(.ticker)
    let ticker = try #require(exchange.ticker)
    world.harness.forget()
    #expect(world.deliver(ticker(bid, bidSize, ask, askSize), on: stream) == .ok)
    #expect(world.harness.faults.isEmpty)
    return try #require(world.harness.tickers.first, "nothing was said: \(world.harness.logs)")
  }

  @Test(arguments: all) func pricesAndQuantitiesAtTheirExtremes(exchange: Exchange) throws {
    let ticker = try #require(exchange.ticker)
    for value in NumberFuzz.values {
      for place in 0..<4 {
        let world = try World(exchange)
        let stream = try world.subscribe(.ticker)
        var numbers = ["100", "1", "101", "2"]
        numbers[place] = value
        world.deliver(ticker(numbers[0], numbers[1], numbers[2], numbers[3]), on: stream)
        #expect(world.harness.faults.isEmpty, "\(numbers)")
      }
    }
  }

  @Test(arguments: all) func bothSidesAreThere(exchange: Exchange) throws {
    let fact = try fact(exchange, "100", "1", "101", "2")
    #expect(fact.present & ~UInt64(PB_TICKER_LAST) == UInt64(PB_TICKER_BID | PB_TICKER_ASK))
    #expect(fact.ask_price > fact.bid_price && fact.bid_price > 0)
  }

  @Test(arguments: all, ["0", "0.00000000", ""]) func aBidThatIsNoneIsEmpty(exchange: Exchange, price: String) throws {
    guard Self.isWhole(exchange, price) else { return }
    let (present, fact) = try present(exchange, price, price, "101", "2")
    #expect(present & UInt64(PB_TICKER_BID | PB_TICKER_NO_BID) == UInt64(PB_TICKER_NO_BID))
    #expect(present & UInt64(PB_TICKER_ASK) != 0 && fact.bid_price == 0)
  }

  @Test(arguments: all, ["0", "0.00000000", ""]) func anAskThatIsNoneIsEmpty(exchange: Exchange, price: String) throws {
    guard Self.isWhole(exchange, price) else { return }
    let (present, fact) = try present(exchange, "100", "1", price, price)
    #expect(present & UInt64(PB_TICKER_ASK | PB_TICKER_NO_ASK) == UInt64(PB_TICKER_NO_ASK))
    #expect(present & UInt64(PB_TICKER_BID) != 0 && fact.ask_price == 0)
  }
}
