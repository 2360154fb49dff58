import Catalog
import Foundation
import Testing

@testable import PatchbayHost

/// What counts as real money.
@Suite struct StakesTests {
  private static let api = "api.x.test:443", own = TradingPlace(domain: "live", hosts: [api])
  private static let test = TradingPlace(domain: "testnet", hosts: [api], isTest: true)
  private static let here = "https://127.0.0.1:9/x"

  @Test func playMoneyHasAReason() {
    #expect(Stakes(Self.test, isVouchedFor: true, urls: [:]) == .play("domain testnet"))
    #expect(Stakes(Self.own, isVouchedFor: false, urls: [Self.api: Self.here]) == .play("on this machine"))
    #expect(Stakes(Self.test, isVouchedFor: false, urls: [Self.api: "wss://[::1]:9"]) == .play("on this machine"))
    let two = TradingPlace(domain: "live", hosts: [Self.api, "b.x.test:443"])
    let both = [Self.api: Self.here, "b.x.test:443": "https://localhost"]
    #expect(Stakes(two, isVouchedFor: true, urls: both) == .play("on this machine"))
  }

  /// Each row: where orders go, whether somebody vouches for it, and what is replaced.
  @Test(arguments: [
    (nil, true, [:]), (nil, true, [api: here]), (own, true, [:]), (TradingPlace(domain: "data", hosts: []), true, [:]),
    // Its author alone says that it is a test.
    (test, false, [:]), (TradingPlace(domain: "testnet", hosts: ["evil.x.test:443"], isTest: true), false, [api: here]),
    // Another host is replaced, or it goes elsewhere.
    (own, true, ["feed.x.test:443": here]), (own, true, [api: "https://gateway.test"]),
    (test, true, [api: "https://gateway.test"]),
    // One of two.
    (TradingPlace(domain: "live", hosts: [api, "b.x.test:443"]), true, [api: here]),
    (TradingPlace(domain: "live", hosts: [api, "b.x.test:443"]), true, [api: here, "b.x.test:443": "https://1.2.3.4"]),
    // Nobody replaces a whole pattern.
    (TradingPlace(domain: "live", hosts: ["*.x.test:443"]), true, ["*.x.test:443": here]),
  ] as [(TradingPlace?, Bool, [String: String])])
  func allElseIsReal(_ place: TradingPlace?, _ isVouchedFor: Bool, _ urls: [String: String]) {
    #expect(Stakes(place, isVouchedFor: isVouchedFor, urls: urls).isReal)
  }

  private static let tests: Set<String> = [
    "dydx_perpetual testnet", "tegro testnet", "bitget demo", "bitget_perpetual demo", "bitmex testnet",
    "bitmex_perpetual testnet", "crypto_com uat",
    "hashkey sandbox", "hashkey_perpetual sandbox", "hitbtc demo", "phemex testnet", "phemex_perpetual testnet",
    "binance testnet", "binance demo", "binance_perpetual testnet", "binance_perpetual demo", "bybit testnet",
    "bybit demo", "bybit_perpetual testnet", "bybit_perpetual demo", "coinbase sandbox", "derive testnet",
    "derive_perpetual testnet", "gate_io testnet", "gate_io_perpetual testnet", "ndax test", "okx demo",
    "okx_perpetual demo", "cube staging", "xrpl testnet", "xrpl devnet",
  ]

  /// Every connector of the registry on every domain: as it is, with its own hosts on this machine, with all others
  /// there, and with the first of the library's, which takes the orders of one connector only.
  @Test func everyConnectorOfTheRegistry() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    var known: Set<String> = []
    for entry in try Registry.load(path: root.appending(path: "registry.json").path).entries {
      guard let manifest = entry.manifest, !manifest.hosts.isEmpty else { continue }
      for connector in manifest.connectors {
        for domain in connector.trading.map(\.domain) {
          let place = try #require(manifest.tradingPlace(of: connector.id, in: domain))
          let name = "\(connector.id) \(domain)"
          func stakes(_ hosts: [String]) -> Stakes {
            Stakes(place, isVouchedFor: true, urls: Dictionary(uniqueKeysWithValues: hosts.map { ($0, Self.here) }))
          }
          if !stakes([]).isReal { known.insert(name) }
          let isTest = Self.tests.contains(name)
          #expect(stakes(place.hosts).isReal == place.hosts.isEmpty, "\(name)")
          #expect(stakes(manifest.hosts.filter { !place.hosts.contains($0) }).isReal == !isTest, "\(name)")
          let first = Array(manifest.hosts.prefix(1))
          #expect(stakes(first).isReal == (place.hosts != first && !isTest), "\(name)")
        }
      }
    }
    #expect(known == Self.tests)
  }

  @Test(arguments: [
    "https://127.0.0.1.evil.test/", "https://localhost.evil.test", "https://127.0.0.1@evil.test/", "https://10.0.0.1",
    "https://[::1].evil.test", "127.0.0.1", "https://", "https://127.0.0.999", "https://127..0.1",
  ])
  func whatOnlyLooksLikeThisMachineIsNot(_ url: String) { #expect(!Stakes.isLoopback(url)) }
}
