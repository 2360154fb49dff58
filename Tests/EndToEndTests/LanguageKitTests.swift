import Foundation
import JSONTree
import Testing

/// The kits for Rust and C, and Bybit's spot market on each: built as their READMEs say, and held to the connector in
/// Swift that they were ported from.
@Suite struct LanguageKitTests {
  enum Language: String, CaseIterable {
    case rust, c

    /// Whether its compiler is here. Debian: `apt-get install rustc`, `apt-get install gcc`.
    var isHere: Bool {
      switch self {
      case .rust: Examples.hasRust
      case .c: Examples.hasC
      }
    }
    var connector: String { "bybit_\(rawValue)" }
    var folder: Result<String, any Error> { self == .rust ? Examples.bybitInRust : Examples.bybitInC }
  }

  static let here = Language.allCases.filter(\.isHere)
  /// Made up after the exchange's documentation: three books, of which one loses a message and one cannot be read, and
  /// a service that begins to count anew.
  private static let recording = "\(packageRoot)/Tests/Languages/bybit-made-up.jsonl"

  private static let data: String? = {
    let named = ProcessInfo.processInfo.environment["PATCHBAY_SHARED"]
    let folder = (named ?? packageRoot + "/../shared") + "/data"
    return FileManager.default.fileExists(atPath: folder) ? folder : nil
  }()

  private func replay(_ recording: String, _ connector: String, _ deployment: Deployment) throws -> String {
    let result = try deployment.patchbay(
      "replay", recording, "--connector", connector, "--config", deployment.configPath, "--json")
    #expect(result.status == 0, "\(result.errors)")
    return result.output
  }

  private func deployment(_ language: Language) throws -> Deployment {
    let deployment = try Deployment()
    try deployment.dropIn(language.folder.get())
    try deployment.configure(#"{"\#(language.connector)": {"markets": {"spot": {"pairs": ["SALT-USDT"]}}}}"#)
    return deployment
  }

  @Test(.enabled("neither rustc nor cc is installed", { !here.isEmpty }), arguments: here)
  func makesTheSameOfARecordingAsSwift(language: Language) throws {
    let own = try replay(Self.recording, language.connector, deployment(language))
    let swift = try Deployment()
    try swift.configure(#"{"bybit": {"markets": {"spot": {"pairs": ["SALT-USDT"]}}}}"#)
    #expect(try own == replay(Self.recording, "bybit", swift))
    let found = try JSONDocument.parse(text: own)
    #expect(found["books"]?["SALTUSDT"]?["ready"] == true && found["books"]?["ROPEUSDT"]?["ready"] == false)
    #expect(found["books"]?["SALTUSDT"]?["last_sequence"]?.number == "2")
    #expect(found["trades"]?["SALTUSDT"]?["count"]?.number == "2")
    #expect(found["gaps"]?.array?.count == 2)
  }

  @Test(.enabled("no data folder, or neither rustc nor cc", { data != nil && !here.isEmpty }), arguments: here)
  func itsMarketDataIsCertified(language: Language) throws {
    let deployment = try deployment(language)
    let data = try #require(Self.data)
    let report = deployment.scratch.path("report.json")
    // Orders are not offered, so that it ends with failures; market data is what is asked here.
    _ = try run(
      "-C", deployment.scratch.folder, "\(buildFolder)/patchbay", "certify", language.connector, "--data", data,
      "--json", report)
    let found = try JSONDocument.parse(text: String(decoding: readBytes(report), as: UTF8.self))
    let row = try #require(found["connectors"]?.array?.first)
    for (part, count) in [("captures", "1"), ("checkpoints", "10"), ("trades", "2")] {
      #expect(row[part]?["passed"]?.number == count && row[part]?["of"]?.number == count, "\(part)")
    }
    #expect(row["status"] == "yellow")
    let failures = row["failures"]?.array ?? []
    for market in ["captures", "checkpoints", "trades", "faults", "checks:S4", "checks:S5", "checks:S81", "checks:R0"] {
      #expect(!failures.contains { $0["case"]?.string?.hasPrefix(market) == true }, "\(market)")
    }
  }

  /// The kit in Rust under its own tests, with overflow noticed.
  @Test(.enabled("rustc is not installed", { Examples.hasRust })) func theTestsOfTheKitInRustPass() throws {
    let scratch = try Scratch()
    let (program, source) = (scratch.path("kit-tests"), "\(packageRoot)/examples/rust-kit/src/lib.rs")
    let built = try run(
      "rustc", "--edition", "2021", "--test", "-D", "warnings", "-C", "overflow-checks=on", "-o", program, source)
    #expect(built.status == 0, "\(built.errors)")
    let result = try run(program)
    #expect(result.status == 0 && result.output.contains(" 0 failed"), "\(result.output.suffix(2000))")
  }

  /// The kit in C under its own tests, with the address and undefined sanitizers.
  @Test(.enabled("cc is not installed", { Examples.hasC })) func theTestsOfTheKitInCPass() throws {
    let scratch = try Scratch()
    let result = try run("make", "-C", "\(packageRoot)/examples/c-kit", "OUT=\(scratch.folder)", "test")
    #expect(result.status == 0 && result.output.contains("all tests passed"), "\(result.output) \(result.errors)")
  }
}
