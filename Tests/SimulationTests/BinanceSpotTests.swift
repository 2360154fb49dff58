import Decimals
import MarketModel
import Runtime
import Simulation
import Testing
import VenueExchange

/// The Binance connector behind the whole host, against a venue, on virtual time.
@Suite struct BinanceSpotTests {
  private static let hosts = ["api.binance.com:443", "stream.binance.com:9443", "ws-api.binance.com:443"]
  private static let account = SimulatedAccount(
    name: "alice",
    fields: ["api_key": "alice-binance-key-for-trying-out", "secret_key": "alice-binance-secret-for-trying-out"])

  private func world(_ venue: SpotVenue, seed: UInt64 = 1, _ weather: NetworkWeather = .fair) throws -> World {
    try World("binance", venue, hosts: Self.hosts, account: Self.account, seed: seed, weather: weather)
  }

  @Test func booksBecomeReadyAndEqualTheVenue() throws {
    let venue = try SpotVenue(SpotVenue.usual(seed: 3))
    let world = try world(venue)
    world.host.start(pairs: ["BTC-USDT", "ETH-USDT"])
    let isReady = world.simulation.run(for: minute) {
      world.host.session.view.all.count == 2 && world.host.session.view.all.allSatisfy(\.book.isReady)
    }
    #expect(isReady, "\(world.notes.lines) \(world.host.problems)")
    world.simulation.run(for: 10 * minute)
    #expect(world.notes.gaps == 0)
    #expect(world.notes.lines == [])
    for symbol in ["BTCUSDT", "ETHUSDT"] {
      let book = try #require(world.host.session.view.market(symbol: symbol)?.book)
      #expect(book.counters.updates > 1000)
      #expect(book.isReady)
    }
  }

  @Test func anOrderIsPlacedFilledAndCancelled() throws {
    let venue = try SpotVenue(SpotVenue.usual(seed: 3))
    let world = try world(venue)
    world.host.start(pairs: ["BTC-USDT"])
    world.simulation.run(for: minute)
    let market = try #require(world.host.session.view.market(symbol: "BTCUSDT"))
    var ids = try ClientOrderIDs(prefix: "x-", instance: "s", start: 1, alphabet: .base36, maximumLength: 36)
    var results: [CommandResult] = []
    let rest = try world.host.session.place(
      OrderDraft(side: .buy, type: .limit, quantity: try number("0.1"), price: try number("30000")), on: market,
      account: AccountID(1), ids: &ids
    ) { results.append($0) }
    let take = try world.host.session.place(
      OrderDraft(side: .buy, type: .market, quantity: try number("0.01")), on: market, account: AccountID(1), ids: &ids
    ) { results.append($0) }
    world.simulation.run(for: minute)
    #expect(results.map(\.outcome) == [.done, .done], "\(results) \(world.notes.lines)")
    let orders = world.host.session.accounts.orders
    #expect(orders[rest]?.state == .open)
    #expect(orders[take]?.state == .filled)
    #expect(orders[take]?.fills.isEmpty == false)
    try world.host.session.cancel(rest) { results.append($0) }
    world.simulation.run(for: minute)
    #expect(world.host.session.accounts.orders[rest]?.state == .cancelled)
    let truth = venue.orders(account: "alice")
    #expect(truth.filter { $0.quantity == $0.filled }.map(\.state) == [.filled])
    #expect(truth.filter { $0.filled == .zero }.map(\.state) == [.cancelled])
    #expect(venue.checkInvariants())
  }
}
