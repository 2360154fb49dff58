import Catalog
import Testing

@testable import Vault

/// The host sends an order a second time only where it has read itself that the exchange refused the first for its
/// time: each manifest says how to read that.
struct TimeRefusalTests {
  private static let registry = Result { try Registry.load(path: packageRoot + "/registry.json") }

  private func refusals(_ exchange: Exchange) throws -> TimeRefusals {
    let manifests = try Self.registry.get().entries.compactMap(\.manifest)
    let id = exchange.id.split(separator: " ").first.map(String.init)
    let manifest = manifests.first { $0.connectors.contains { $0.id == id } }
    return TimeRefusals(try #require(manifest).timeRefusals)
  }

  @Test(arguments: Exchange.all) func theManifestNamesTheRefusal(exchange: Exchange) throws {
    let refusals = try refusals(exchange)
    if let expired = exchange.expired { #expect(refusals.says(Array(expired.body.utf8)), "\(expired.body)") }
    for body in [exchange.balances.body, "", "{}", "[]", #"{"code":0,"msg":"timestamp"}"#, #"{"retCode":0}"#] {
      #expect(!refusals.says(Array(body.utf8)), "\(body)")
    }
  }
}
