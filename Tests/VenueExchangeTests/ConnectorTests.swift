import BinanceConnector
import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import KrakenConnector
import OKXConnector
import Testing
import Venue
import VenueExchange

/// Our connectors, unchanged, on the venues: whatever happens, what they told is what is true.
@Suite struct ConnectorTests {
  enum Kind: CaseIterable { case spot, futures, kraken, okx, okxPerpetual }

  static func wire(_ kind: Kind, seed: UInt64 = 1, step: Int64 = 100_000_000) throws -> Wire {
    switch kind {
    case .spot:
      let options = options(SpotVenue.usual(seed: seed), step)
      return try Wire(BinanceSpot.self, try SpotVenue(options), options)
    case .futures:
      let options = options(FuturesVenue.usual(seed: seed), step)
      return try Wire(BinancePerpetual.self, try FuturesVenue(options), options)
    case .kraken:
      let options = options(KrakenVenue.usual(seed: seed), step)
      return try Wire(KrakenSpot.self, try KrakenVenue(options), options)
    case .okx:
      let options = options(OKXVenue.usual(seed: seed), step)
      return try Wire(OKXSpot.self, try OKXVenue(options), options)
    case .okxPerpetual:
      let options = options(OKXVenue.usualPerpetuals(seed: seed), step)
      return try Wire(OKXPerpetual.self, try OKXVenue(options, isPerpetual: true), options)
    }
  }

  private static func options(_ usual: VenueOptions, _ step: Int64) -> VenueOptions {
    var options = usual
    options.stepNanoseconds = step
    return options
  }

  static func symbol(_ kind: Kind) -> String {
    switch kind {
    case .spot, .futures: "BTCUSDT"
    case .kraken: "BTC/USD"
    case .okx: "BTC-USDT"
    case .okxPerpetual: "BTC-USDT-SWAP"
    }
  }

  static func isPerpetual(_ kind: Kind) -> Bool { kind == .futures || kind == .okxPerpetual }

  /// Whether what was reported of every order of the account is true, fills and fees included.
  static func compare(_ wire: Wire) {
    let told = wire.orders
    for order in wire.venue.orders(account: "alice") {
      let seen = told[order.client]
      #expect(seen?.filled == order.filled, "\(order.client)")
      let states: [OrderState] =
        switch order.state {
        case .untriggered: [.untriggered]
        case .open: order.filled.isZero ? [.open] : [.partial]
        case .filled: [.filled]
        case .cancelled: [.cancelled]
        case .expired: [.expired, .cancelled]
        case .rejected: [.rejected, .cancelled]
        }
      #expect(seen?.state.map { states.contains($0) } == true, "\(order.client): \(String(describing: seen?.state))")
      #expect(wire.fills(order.client).count == order.fills.count, "\(order.client)")
      let fees = order.fills.map { "\($0.price.plain) \($0.quantity.plain) \($0.fee.plain) \($0.feeAsset)" }.sorted()
      let toldFees = wire.fills(order.client).map { $0.split(separator: " ").dropFirst().joined(separator: " ") }
        .sorted()
      #expect(fees == toldFees)
    }
  }

  @Test(arguments: Kind.allCases) func booksAreTrue(kind: Kind) throws {
    let wire = try Self.wire(kind)
    #expect(wire.faults.isEmpty)
    let command = wire.harness.command(.subscribe) {
      $0.instrument = 1
      $0.channel = Channels([.book, .trades]).rawValue
    }
    wire.pump()
    for _ in 0..<20 {
      wire.run(for: 500_000_000)
      let told = try #require(wire.book(1))
      let symbol = Self.symbol(kind)
      let truth = try #require(wire.venue.publishedBook(symbol: symbol))
      #expect(told.bids == truth.bids)
      #expect(told.asks == truth.asks)
      if wire.venue.numbersBooks { #expect(told.sequence == truth.sequence) }
    }
    #expect(wire.harness.replies(command).map(\.outcome) == [.done])
    #expect(wire.harness.gaps.isEmpty)
    #expect(wire.harness.trades.count > 5)
    #expect(wire.harness.faults.isEmpty)
  }

  @Test(arguments: Kind.allCases) func ordersAreTrue(kind: Kind) throws {
    let wire = try Self.wire(kind)
    #expect(wire.harness.states.contains { $0.channels == .privateUpdates && $0.state == .live })
    let resting = wire.command(.place, client: "resting", limit(.buy, "0.01", at: "55000"))
    wire.run(for: 1_000_000_000)
    #expect(wire.harness.refusal(resting) == nil)
    #expect(wire.orders["resting"]?.state == .open)
    let taking = wire.command(.place, client: "taking", market(.buy, "0.2"))
    wire.run(for: 1_000_000_000)
    #expect(wire.harness.refusal(taking) == nil)
    #expect(wire.orders["taking"]?.state == .filled)
    #expect(!wire.fills("taking").isEmpty)
    let reduced = wire.command(.amend, client: "resting") { $0.quantity = pb_dec(Decimal64("0.005")) }
    wire.run(for: 1_000_000_000)
    #expect(wire.harness.refusal(reduced) == nil)
    Self.compare(wire)
    let cancel = wire.command(.cancel, client: "resting", venue: wire.orders["resting"]?.venue ?? "")
    wire.run(for: 20_000_000_000)
    #expect(wire.harness.refusal(cancel) == nil)
    #expect(wire.orders["resting"]?.state == .cancelled)
    let query = wire.command(.balances, 0)
    wire.run(for: 1_000_000_000)
    #expect(wire.harness.refusal(query) == nil)
    for balance in wire.venue.balances(account: "alice") where !Self.isPerpetual(kind) || balance.asset == "USDT" {
      #expect(wire.balances[balance.asset == "BTC" ? "BTC" : balance.asset]?.first == balance.total)
    }
    Self.compare(wire)
    #expect(wire.venue.checkInvariants())
    #expect(wire.harness.faults.isEmpty)
  }

  @Test(arguments: Kind.allCases) func refusalsAreUnderstood(kind: Kind) throws {
    let wire = try Self.wire(kind)
    let cases: [(Failure, (inout pb_in_command) -> Void)] = [
      (.funds, limit(.buy, Self.isPerpetual(kind) ? "900" : "10", at: "55000")),
      (.postOnly, limit(.buy, "0.01", at: "61000", flags: .postOnly)),
      (.invalidOrder, limit(.buy, "0.01", at: "55000.001")),
      (.invalidOrder, limit(.buy, kind == .kraken ? "0.00001" : "0.00000001", at: "55000")),
    ]
    for (index, (failure, set)) in cases.enumerated() {
      // OKX accepts a post-only order that would take, and cancels it.
      if kind == .okx || kind == .okxPerpetual, failure == .postOnly { continue }
      let command = wire.command(.place, client: "order\(index)", set)
      wire.run(for: 1_000_000_000)
      #expect(wire.harness.refusal(command) == failure, "\(index): \(wire.harness.replies(command))")
      #expect(wire.orders["order\(index)"]?.state == .rejected)
    }
    let cancel = wire.command(.cancel, client: "neverplaced")
    wire.run(for: 1_000_000_000)
    #expect(wire.harness.refusal(cancel) == .unknownOrder)
    #expect(wire.venue.orders(account: "alice").isEmpty)
  }

  @Test func postOnlyOrdersAreCancelled() throws {
    let wire = try Self.wire(.okx)
    let command = wire.command(.place, client: "maker", limit(.buy, "0.01", at: "61000", flags: .postOnly))
    wire.run(for: 1_000_000_000)
    #expect(wire.harness.refusal(command) == nil && wire.orders["maker"]?.state == .cancelled)
    Self.compare(wire)
    #expect(wire.venue.balances(account: "alice").allSatisfy { $0.total == $0.available })
  }

  /// Random orders of one account for a while; then everything told is compared with the truth.
  @Test(arguments: Kind.allCases, 1...4) func storiesAreTrue(kind: Kind, seed: UInt64) throws {
    let wire = try Self.wire(kind, seed: seed)
    wire.venue.publishesBeforeReplying = seed % 2 == 0
    var random = SeededGenerator(seed: seed)
    for number in 0..<25 {
      let side: Side = Bool.random(using: &random) ? .buy : .sell
      let price = Int.random(in: 59_700...60_300, using: &random)
      let size = "0.0\(Int.random(in: 11...49, using: &random))"
      switch Int.random(in: 0..<6, using: &random) {
      case 0: wire.command(.place, client: "order\(number)", market(side, size))
      case 1:
        let open = wire.orders.filter { $0.value.state == .open || $0.value.state == .partial }
        guard let victim = open.keys.sorted().first else { continue }
        wire.command(.cancel, client: victim, venue: open[victim]?.venue ?? "")
      default: wire.command(.place, client: "order\(number)", limit(side, size, at: "\(price)"))
      }
      wire.run(for: Int64.random(in: 200_000_000...4_000_000_000, using: &random))
      #expect(wire.venue.checkInvariants())
    }
    wire.run(for: 20_000_000_000)
    Self.compare(wire)
    let query = wire.command(.balances, 0)
    wire.run(for: 3_000_000_000)
    #expect(wire.harness.refusal(query) == nil)
    for balance in wire.venue.balances(account: "alice") where !Self.isPerpetual(kind) || balance.asset == "USDT" {
      #expect(wire.balances[balance.asset]?.first == balance.total)
      if !Self.isPerpetual(kind) { #expect(wire.balances[balance.asset] == [balance.total, balance.available]) }
    }
    let total = wire.venue.orders(account: "alice").reduce(0) { $0 + $1.fills.count }
    #expect(total > 5)
  }
}
