import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Testing

@testable import BitMEXConnector

@Suite struct InstrumentTests {
  private func found(_ type: Connector.Type) throws -> [String: ConnectorHarness.InstrumentFact] {
    Dictionary(uniqueKeysWithValues: try ready(type).instruments.map { ($0.symbol, $0) })
  }

  @Test func aLinearContractIsSoMuchBase() throws {
    let all = try found(BitMEXPerpetual.self)
    #expect(Set(all.keys) == ["XBTUSDT", "XBTUSD", "ETHUSD", "ETHU21"])
    let linear = try #require(all["XBTUSDT"])
    #expect(linear.base == "BTC" && linear.quote == "USDT" && linear.fields.kind == UInt32(PB_KIND_PERP))
    #expect(linear.fields.multiplier.value == Decimal64("0.000001") && linear.fields.lot.value == Decimal64("0.001"))
    #expect(linear.fields.quantity_exp == -6 && linear.fields.max_leverage.value == Decimal64("33.33"))
    // By its multiplier alone: a hundred million satoshi for each contract and unit of price are one ether.
    let future = try #require(all["ETHU21"])
    #expect(future.fields.kind == UInt32(PB_KIND_FUTURE) && future.fields.multiplier.value == Decimal64.one)
    #expect(future.quote == "BTC" && future.fields.expiry_ns == 1_632_484_800_000_000_000)
    #expect(future.fields.state == InstrumentState.trading.rawValue && future.fields.flags == 0)
  }

  /// What an inverse contract or a quanto is worth in base depends on prices: they count contracts.
  @Test(arguments: ["XBTUSD", "ETHUSD"]) func whatIsWorthNoFixedBaseCountsContracts(symbol: String) throws {
    let one = try #require(try found(BitMEXPerpetual.self)[symbol]?.fields)
    #expect(one.multiplier.value == Decimal64.one && one.quantity_exp == 0)
    #expect(one.state == InstrumentState.halted.rawValue)
    #expect(one.flags == (symbol == "XBTUSD" ? UInt32(PB_INSTRUMENT_FLAG_INVERSE) : 0))
  }

  @Test func spotIsSoMuchBaseToo() throws {
    let all = try found(BitMEXSpot.self)
    let spot = try #require(all["XBT_USDT"])
    #expect(all.count == 1 && spot.fields.multiplier.value == Decimal64("0.00000001"))
    #expect(spot.fields.lot.value == Decimal64("0.0001") && spot.fields.kind == UInt32(PB_KIND_SPOT))
  }

  /// A size that is not exact would make every quantity wrong.
  @Test(arguments: ["3", "0", "-1", "null", "99999999999999999999"])
  func aSizeThatIsNotExactIsLeftOut(size: String) throws {
    let harness = try ConnectorHarness(BitMEXSpot.self, config: "{}")
    harness.start(trading: false)
    let command = harness.command(.instruments)
    let name = "\"underlyingToPositionMultiplier\":"
    let body = instruments.replacing(name + "100000000", with: name + size)
    harness.reply(try #require(harness.requests.last).id, body)
    #expect(harness.instruments.isEmpty && harness.faults.isEmpty && harness.refusal(command) == nil)
    #expect(harness.logs.contains { $0.contains("XBT_USDT") })
  }
}
