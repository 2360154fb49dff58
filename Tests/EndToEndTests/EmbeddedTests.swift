import Foundation
import JSONTree
import Testing

/// Connectors built with Embedded Swift, as `examples/embedded` shows: libraries that bring no Swift runtime.
@Suite struct EmbeddedTests {
  private static let capture = "\(packageRoot)/examples/harbour/data/captures/harbour-2026-01-05.jsonl"

  @Test func rebuildTheSameBooks() throws {
    func replay(_ folder: String) throws -> String {
      let deployment = try Deployment()
      try deployment.dropIn(folder)
      try deployment.configure(#"{"harbour": {"markets": {"spot": {"pairs": ["SALT-USD"]}}}}"#)
      let result = try deployment.patchbay(
        "replay", Self.capture, "--connector", "harbour", "--config", deployment.configPath, "--json")
      #expect(result.status == 0 && result.errors == "")
      return result.output
    }
    let embedded = try replay(Examples.embeddedHarbour.get())
    #expect(try JSONDocument.parse(text: embedded)["books"]?.object?.isEmpty == false)
    #expect(try embedded == replay(Examples.harbour.get()))
  }

  private static func library(_ name: String) throws -> String {
    let folder = try #require(try Examples.embeddedConnectors.get()[name])
    return "\(folder)/lib\(name).so"
  }

  @Test(arguments: ["okx", "kraken"]) func needTheSystemsLibrariesAlone(name: String) throws {
    let needed = try run("readelf", "-d", Self.library(name)).output
      .split(separator: "\n").filter { $0.contains("(NEEDED)") }
    #expect(needed.count == 2 && needed.allSatisfy { $0.contains("[libc.so.6]") || $0.contains("[libm.so.6]") })
  }

  private static let data: String? = {
    let named = ProcessInfo.processInfo.environment["PATCHBAY_SHARED"]
    let folder = (named ?? packageRoot + "/../shared") + "/data"
    return FileManager.default.fileExists(atPath: folder) ? folder : nil
  }()

  @Test(.enabled(if: data != nil), arguments: [("okx", "okx_perpetual"), ("kraken", "kraken")])
  func areCertifiedInWorkers(name: String, connector: String) throws {
    let result = try run(
      "\(buildFolder)/patchbay", "certify", Self.library(name), "--worker", "--data", #require(Self.data))
    #expect(result.status == 0, "\(result.output.suffix(2000)) \(result.errors)")
    #expect(result.output.contains(connector))
  }
}
