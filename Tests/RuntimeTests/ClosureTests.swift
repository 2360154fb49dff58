import Catalog
import Testing

@testable import Runtime

/// An exchange that has closed is connected to by nobody, whoever read the configuration.
@Suite struct ClosureTests {
  @Test(arguments: ["in_process", "worker"]) func aClosedExchangeIsNotLoaded(run: String) throws {
    let text = """
      {"schema": 1, "connectors": {"paper": {
        "markets": {"spot": {"pairs": ["BTC-USDT"]}}, "permit": {"run": "\(run)"}}}}
      """
    let config = try Config.parse(bytes: Array(text.utf8), file: "test", environment: [:])
    let registry = try Registry.load(path: packageRoot + "/registry.json")
    var catalog = Catalog.discover(registry: registry, pluginFolder: nil, libraryFolders: [buildFolder])
    let place = try #require(catalog.items.firstIndex { $0.id == "paper" })
    catalog.items[place].entry?.lifecycle = try #require(registry["bittrex"]?.lifecycle)
    let host = Runtime.Host(lane: Lane(clock: SystemClock()), transport: OfflineTransport())
    let faults = host.load(config, catalog: catalog, libraryFolders: [buildFolder])
    #expect(host.seats.isEmpty && faults.count == 1)
    let words = faults.first?.description ?? ""
    #expect(words.hasPrefix("paper: is not run: ") && words.hasSuffix(" is closed since 2023-12-04 (trading ended)"))
    // It is loaded for what needs no exchange.
    let installed = try InstalledConnector.find("paper", in: catalog, folders: [buildFolder])
    #expect(!installed.library.connectors.isEmpty)
  }
}
