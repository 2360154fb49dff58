import Catalog
import Decimals

import MarketModel
import Testing

@testable import Runtime

/// What a deployment permits is held by the host, whatever a strategy asks for.
@Suite struct PermitTests {
  @Test func anOrderAboveTheCapIsNotSent() throws {
    let (host, seat) = try paper(#""trading": true, "notional_cap": "1000""#)
    defer { host.stop() }
    let market = try #require(seat.markets.first)
    var ids = try ClientOrderIDs(instance: "1", start: 1, alphabet: .base36, maximumLength: 36)
    func place(_ quantity: String, _ price: String?, _ type: OrderType = .limit) throws(PlaceFault) {
      let draft = OrderDraft(
        side: .buy, type: type, quantity: Decimal64(quantity) ?? 0, price: price.flatMap { Decimal64($0) })
      _ = try seat.session.place(draft, on: market, account: AccountID(1), ids: &ids)
    }
    try place("0.02", "50000")
    for (quantity, price, type) in [("0.021", "50000", OrderType.limit), ("0.05", nil, .market)] {
      #expect(throws: PlaceFault.self) { try place(quantity, price, type) }
    }
    #expect(seat.session.accounts.orders.all.count == 1, "nothing of a refused order is left")
  }

  @Test func aMarketOutsideThePermitGetsNoAccount() throws {
    let (host, seat) = try paper(#""trading": true, "markets": ["perp"]"#)
    defer { host.stop() }
    #expect(seat.accounts.isEmpty)
    let (open, trading) = try paper(#""trading": true, "markets": ["spot"]"#)
    defer { open.stop() }
    #expect(trading.accounts.map(\.label) == ["main"])
  }

  /// The paper exchange's spot market, running under a permit.
  private func paper(_ permit: String) throws -> (Runtime.Host, Runtime.Host.Seat) {
    let text = """
      {"schema": 1, "connectors": {"paper": {
        "markets": {"spot": {"pairs": ["BTC-USDT"]}}, "permit": {\(permit)}}}}
      """
    let config = try Config.parse(bytes: Array(text.utf8), file: "test", environment: [:])
    let registry = try Registry.load(path: packageRoot + "/registry.json")
    let catalog = Catalog.discover(registry: registry, pluginFolder: nil, libraryFolders: [buildFolder])
    let host = Runtime.Host(lane: Lane(clock: SystemClock()), transport: OfflineTransport())
    let faults = host.load(config, catalog: catalog, libraryFolders: [buildFolder])
    #expect(faults.isEmpty)
    host.start()
    return (host, try #require(host.seats.first))
  }
}
