import Catalog
import CPatchbay
import ConnectorKit
import ConnectorTestKit
import Decimals
import Foundation
import Testing

/// Each connector sends its orders where the registry says that they go, on each of its domains; the host lets them go
/// nowhere else, and takes them for play money by that.
@Suite struct TradingPlaceTests {
  private static let registry = Result { try Registry.load(path: packageRoot + "/registry.json") }

  @Test(arguments: Exchange.trading) func ordersGoWhereTheManifestSays(exchange: Exchange) throws {
    let manifests = try Self.registry.get().entries.compactMap(\.manifest)
    let id = exchange.id.split(separator: " ").first.map(String.init) ?? ""
    let manifest = try #require(manifests.first { $0.connectors.contains { $0.id == id } }, "\(id)")
    let connector = try #require(manifest.connectors.first { $0.id == id })
    for place in connector.trading where !place.hosts.isEmpty {
      var own = exchange
      own.config = exchange.config.replacing("{", with: "{\"domain\":\"\(place.domain)\",").replacing(",}", with: "}")
      let world = try World(own, trading: true)
      world.harness.account(7, algorithm: exchange.algorithm, publicFields: [("api_key", "KEY"), ("account_id", "4")])
      world.harness.command(.balances) { $0.account = 7 }
      world.turn()
      _ = try world.place()
      let request = try #require(world.harness.requests.last { $0.stream == 0 })
      let url = try #require(URL(string: String(request.url.prefix { $0 != "?" })))
      let host = "\(url.host() ?? ""):\(url.port ?? 443)"
      #expect(place.hosts == [host], "\(id) \(place.domain)")
      let header = place.header.map { "\($0.name): \($0.value)" }
      #expect(header.map { request.headers.contains($0) } ?? true, "\(id) \(place.domain): \(request.headers)")
    }
  }
}
