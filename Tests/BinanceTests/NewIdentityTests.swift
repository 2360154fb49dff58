import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import BinanceConnector

/// A symbol whose tick or lot changes while the connector runs.
struct NewIdentityTests {
  private func relist(_ harness: ConnectorHarness, _ entries: String...) {
    harness.command(.instruments)
    harness.reply(harness.requests.last?.id ?? 0, #"{"symbols":[\#(entries.joined(separator: ","))]}"#)
  }

  private let other = symbolEntry("ETHBTC", "ETH", "BTC", tick: "0.00000100", lot: "0.00010000")

  @Test func aFinerTickIsAnotherInstrumentAndTheOldOneEnds() throws {
    let harness = try startedConnector()
    _ = harness.liveBook()
    relist(harness, symbolEntry("BTCUSDT", "BTC", "USDT", tick: "0.001", lot: "0.001"), other)
    #expect(harness.gaps.map(\.instrument) == [btcusdt] && harness.faults.isEmpty)
    #expect(harness.states.map(\.state) == [.ended] && harness.states.map(\.instrument) == [btcusdt])
    let new = try #require(harness.instruments.first { $0.symbol == "BTCUSDT" }).fields
    #expect(new.instrument == 3 && new.price_exp == -3)
    // The old id takes no subscription any more; the new one has a book with the finer tick.
    let old = harness.command(.subscribe) { $0.instrument = btcusdt; $0.channel = Channels.book.rawValue }
    #expect(harness.refusal(old) == .unknownInstrument)
    harness.forget()
    harness.command(.subscribe) { $0.instrument = 3; $0.channel = Channels.book.rawValue }
    harness.run(for: 1_000_000_000)
    let request = try #require(harness.requests.last { $0.body.contains("\"SUBSCRIBE\"") })
    harness.confirm(request.id, on: request.stream)
    harness.reply(try #require(harness.snapshotRequest), #"{"lastUpdateId":5,"bids":[["1.001","1"]],"asks":[]}"#)
    #expect(harness.books.map(\.instrument) == [3] && harness.books.first?.bids == [[1001, 1000]])
  }

  @Test func aCoarserTickKeepsTheInstrumentAndItsBook() throws {
    let harness = try startedConnector()
    let stream = harness.liveBook()
    relist(harness, symbolEntry("BTCUSDT", "BTC", "USDT", tick: "0.1", lot: "1"), other)
    let same = try #require(harness.instruments.first).fields
    #expect(same.instrument == btcusdt && same.price_exp == -2 && same.tick.value == Decimal64("0.1"))
    harness.frame(stream, depth(161, 165))
    #expect(harness.gaps.isEmpty && harness.books.map(\.last) == [165])
  }

  @Test func aSymbolThatIsDelistedIsClosedAndComesAgainAsItWas() throws {
    let harness = try startedConnector()
    relist(harness, other)
    let gone = try #require(harness.instruments.first { $0.symbol == "BTCUSDT" }).fields
    #expect(gone.instrument == btcusdt && gone.state == UInt32(PB_INSTRUMENT_CLOSED))
    harness.forget()
    relist(harness, symbolEntry("BTCUSDT", "BTC", "USDT", tick: "0.01", lot: "0.001"), other)
    let back = try #require(harness.instruments.first).fields
    #expect(back.instrument == btcusdt && back.state == UInt32(PB_INSTRUMENT_TRADING))
  }

  /// An entry that is there and cannot be read is no delisting.
  @Test(arguments: ["x", "1e400", "123456789012345678901"])
  func aSymbolWhoseEntryCannotBeReadIsNotSaidToBeGone(tick: String) throws {
    let harness = try startedConnector()
    relist(harness, symbolEntry("BTCUSDT", "BTC", "USDT", tick: tick, lot: "0.001"), other)
    let told = try #require(harness.instruments.first { $0.symbol == "BTCUSDT" })
    #expect(told.fields.instrument == btcusdt && told.fields.state == UInt32(PB_INSTRUMENT_UNUSABLE))
    #expect(told.reason == "its entry in the exchange's list cannot be read")
    harness.forget()
    relist(harness, symbolEntry("BTCUSDT", "BTC", "USDT", tick: "0.01", lot: "0.001"), other)
    let back = try #require(harness.instruments.first).fields
    #expect(back.instrument == btcusdt && back.state == UInt32(PB_INSTRUMENT_TRADING))
  }

  @Test func whatIsListedForOtherMarketsIsSaidSo() throws {
    let harness = try startedConnector()
    let gone = symbolEntry("BTCUSDT", "BTC", "USDT", tick: "0.01", lot: "0.001")
      .replacing(#""isSpotTradingAllowed":true"#, with: #""isSpotTradingAllowed":false"#)
    relist(harness, gone, other)
    let told = try #require(harness.instruments.first { $0.symbol == "BTCUSDT" })
    #expect(told.fields.state == UInt32(PB_INSTRUMENT_CLOSED))
    #expect(told.reason == "the exchange no longer offers it on this market")
  }

  /// Quantities of a market of billions with a lot of 1, which the venue writes with eight places.
  @Test func largeQuantitiesGetARoomyExponent() throws {
    let harness = try startedConnector()
    let shib = symbolEntry("SHIBUSDT", "SHIB", "USDT", tick: "0.00000001", lot: "1.00000000")
      .replacing(#""maxQty":"9000""#, with: #""maxQty":"46116860414.00000000""#)
    relist(harness, shib, other)
    let fields = try #require(harness.instruments.first { $0.symbol == "SHIBUSDT" }).fields
    #expect(fields.quantity_exp == -5 && fields.price_exp == -8)
  }
}
