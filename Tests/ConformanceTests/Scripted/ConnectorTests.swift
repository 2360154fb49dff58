import Catalog
import Runtime
import Testing

/// What every connector is.
@Suite struct ConnectorTests {
  /// One that is added to the tree must stand on the stage with the others, unless its exchange has closed, and nothing
  /// connects to that, or it offers no orders: those are what a script plays.
  @Test(arguments: Scripts.connectors) func everyConnectorHasAScript(id: String) throws {
    let installed = try Scripts.installed(id)
    guard installed.library.words("verbs", of: id)?.contains("place") == true else { return }
    guard !Scripts.withoutExchange.contains(id), installed.item.closure(installed.market) == nil else { return }
    let played = try Scripts.paths.map { try Scripts.script($0).connector }
    #expect(played.contains(id), "Plugins/*/script.*.json: what plays the exchange of \(id)?")
  }

  @Test func thereAreConnectors() { #expect(Scripts.connectors.count > 10) }

  /// The loader compares each descriptor with the manifest; what it says of verbs and channels is the manifest's.
  @Test(arguments: Scripts.connectors) func aLibraryIsWhatItsManifestSays(id: String) throws {
    let found = try Scripts.installed(id)
    let manifest = try #require(found.item.manifest)
    // A library may hold connectors of several manifests.
    let ids = manifest.connectors.map(\.id)
    let descriptors = found.library.descriptors.filter { ids.contains($0["id"]?.string ?? "") }
    #expect(descriptors.count == ids.count && manifest.differences(from: descriptors).isEmpty)
    for word in found.library.words("verbs", of: id) ?? [] {
      #expect(Verb.allCases.contains { $0.name == word }, "\(word) is no verb")
    }
  }
}
