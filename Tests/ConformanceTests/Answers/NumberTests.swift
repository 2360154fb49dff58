import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Testing

/// Every number of what an exchange says, at its extremes: nothing traps, and nothing malformed comes out.
@Suite struct NumberTests {
  /// Of lists of instruments, tokens, and books by request.
  @Test(arguments: Exchange.all) func answersAtTheirExtremes(exchange: Exchange) throws {
    for place in exchange.answers.indices {
      for body in NumberFuzz.variants(of: exchange.answers[place].body) {
        var odd = exchange
        odd.answers[place].body = body
        let world = try World(odd, isOdd: true)
        world.harness.command(.subscribe) { ($0.instrument, $0.channel) = (1, Channels.book.rawValue) }
        world.turn()
        #expect(world.harness.faults.isEmpty, "\(body)")
      }
    }
  }

  /// Of changes of a book, and of tickers.
  @Test(arguments: Exchange.all) func framesAtTheirExtremes(exchange: Exchange) throws {
    let ticker = exchange.ticker.map { ($0("100", "1", "101", "2"), Channels.ticker) }
    for (message, channel) in [(exchange.change(2, "0.5"), Channels.book)] + [ticker].compactMap({ $0 }) {
      guard case .text(let text) = message else { continue }
      for frame in NumberFuzz.variants(of: text) {
        let world = try World(exchange)
        let stream = try channel == .book ? world.liveBook() : world.subscribe(channel)
        world.deliver(.text(frame), on: stream)
        world.deliver(exchange.change(3, "0.5"), on: stream)
        #expect(world.harness.faults.isEmpty, "\(frame)")
      }
    }
  }
}
