import JSONTree
import Testing

/// `patchbay doctor` on libraries of this build.
@Suite struct DoctorLibraryTests {
  /// One file holds the connectors of two manifests, and one of them alone is enabled.
  @Test(arguments: ["binance", "binance_us"]) func aSharedLibraryAgreesWithBothManifests(id: String) throws {
    let deployment = try Deployment()
    try deployment.configure(#"{"\#(id)": {"markets": {"spot": {"pairs": ["BTC-USDT"]}}}}"#)
    let result = try deployment.patchbay("doctor", "--config", deployment.configPath, "--json")
    let findings = try JSONDocument.parse(text: result.output)["findings"]?.array ?? []
    let library = findings.filter { $0["area"]?.string == "library" }
    #expect(library.map { $0["level"]?.string } == ["ok"], "\(result.output) \(result.errors)")
  }
}
