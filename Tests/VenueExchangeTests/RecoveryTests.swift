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

/// Our connectors when something ends or is refused at the venue: they come back, and what they tell is true again.
@Suite struct RecoveryTests {
  typealias Kind = ConnectorTests.Kind
  private static let second: Int64 = 1_000_000_000

  private func privateStates(_ wire: Wire) -> [ChannelState?] {
    wire.harness.states.filter { $0.channels == .privateUpdates }.map(\.state)
  }

  @Test(arguments: Kind.allCases) func tokensThatEnd(kind: Kind) throws {
    let wire = try ConnectorTests.wire(kind)
    #expect(privateStates(wire).last == .live)
    wire.tell { venue, now, actions in venue.expireTokens(now: now, &actions) }
    wire.run(for: 30 * Self.second)
    #expect(privateStates(wire).last == .live)
    wire.command(.place, client: "after", market(.buy, "0.1"))
    wire.run(for: 20 * Self.second)
    #expect(wire.orders["after"]?.state == .filled)
    ConnectorTests.compare(wire)
  }

  @Test(arguments: Kind.allCases) func tokensAreKept(kind: Kind) throws {
    let wire = try ConnectorTests.wire(kind, step: 5 * Self.second)
    let lives = privateStates(wire).count { $0 == .live }
    wire.run(for: 4200 * Self.second)
    #expect(privateStates(wire).count { $0 == .live } == lives, "nothing had to be opened again")
    wire.command(.place, client: "after", market(.sell, "0.1"))
    wire.run(for: 5 * Self.second)
    ConnectorTests.compare(wire)
  }

  @Test(arguments: Kind.allCases) func subscriptionsThatAreRefused(kind: Kind) throws {
    let wire = try ConnectorTests.wire(kind)
    // Kraken's connector asks for the channel of instruments first.
    wire.venue.subscriptionsToReject = kind == .kraken ? 2 : 1
    let refused = wire.harness.command(.subscribe) {
      $0.instrument = 1
      $0.channel = Channels.book.rawValue
    }
    wire.pump()
    wire.run(for: 5 * Self.second)
    #expect(wire.harness.refusal(refused) != nil)
    let again = wire.harness.command(.subscribe) {
      $0.instrument = 1
      $0.channel = Channels.book.rawValue
    }
    wire.pump()
    wire.run(for: 5 * Self.second)
    #expect(wire.harness.refusal(again) == nil)
    #expect(wire.book(1) != nil)
  }

  @Test func loginsThatAreRefusedAndMaintenance() throws {
    let options = OKXVenue.usual(seed: 1)
    let venue = try OKXVenue(options)
    venue.loginsToReject = 2
    let wire = try Wire(OKXSpot.self, venue, options)
    wire.run(for: 60 * Self.second)
    #expect(privateStates(wire).last == .live && venue.loginsToReject == 0)
    venue.isInMaintenance = true
    let refused = wire.command(.place, client: "closed", limit(.buy, "0.01", at: "55000"))
    wire.run(for: 5 * Self.second)
    #expect(wire.harness.refusal(refused) == .maintenance)
    venue.isInMaintenance = false
    wire.command(.place, client: "open", limit(.buy, "0.01", at: "55000"))
    wire.run(for: 5 * Self.second)
    #expect(wire.orders["open"]?.state == .open)
    ConnectorTests.compare(wire)
  }

  @Test(arguments: Kind.allCases) func refusedAfterAccepting(kind: Kind) throws {
    let wire = try ConnectorTests.wire(kind)
    wire.venue.acceptedToReject = 1
    wire.command(.place, client: "thrown", limit(.buy, "0.01", at: "55000"))
    wire.run(for: 5 * Self.second)
    #expect([.rejected, .cancelled, .expired].contains(wire.orders["thrown"]?.state))
    ConnectorTests.compare(wire)
  }

  @Test(arguments: Kind.allCases) func aClockThatIsWrong(kind: Kind) throws {
    let wire = try ConnectorTests.wire(kind)
    wire.venue.clockOffsetNanoseconds = 40 * Self.second
    let told = wire.command(.clock, 0)
    wire.run(for: Self.second)
    #expect(wire.harness.refusal(told) == nil)
    let placed = wire.command(.place, client: "late", limit(.buy, "0.01", at: "55000"))
    wire.run(for: 5 * Self.second)
    // Kraken looks at nonces alone.
    #expect(wire.harness.refusal(placed) == (kind == .kraken ? nil : .clock))
  }

  /// A stop with its trigger near: it waits, goes, and fills under its one client order id.
  @Test(arguments: Kind.allCases, 1...3) func stopsGo(kind: Kind, seed: UInt64) throws {
    let wire = try ConnectorTests.wire(kind, seed: seed)
    let symbol = ConnectorTests.symbol(kind)
    let best = try #require(wire.venue.book(symbol: symbol)?.asks.first?.price)
    let stop = try #require(best.adding(Decimal64(8))?.roundedDown(toMultipleOf: 1))
    let placed = wire.command(.place, client: "stop") { command in
      command.side = Side.buy.rawValue
      command.type = OrderType.stopMarket.rawValue
      command.quantity = pb_dec(Decimal64("0.01"))
      command.stop = pb_dec(stop)
    }
    wire.run(for: Self.second)
    guard wire.harness.refusal(placed) == nil else {
      Issue.record("\(wire.harness.replies(placed))")
      return
    }
    #expect([.untriggered, .filled].contains(wire.orders["stop"]?.state))
    // The account itself drives the price up.
    for number in 0..<40 where wire.orders["stop"]?.state == .untriggered {
      wire.command(.place, client: "push\(number)", market(.buy, "0.1"))
      wire.run(for: 2 * Self.second)
    }
    wire.run(for: 5 * Self.second)
    #expect(wire.orders["stop"]?.state == .filled)
    ConnectorTests.compare(wire)
  }
}
