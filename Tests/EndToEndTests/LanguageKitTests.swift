import Foundation
import JSONTree
import Testing
import VenueScript

@testable import Runtime

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

  /// With the same `certification.json`, recordings, vectors, samples and sequences as the connector in Swift, and with
  /// the same result.
  @Test(.enabled("no data folder, or neither rustc nor cc", { data != nil && !here.isEmpty }), arguments: here)
  func itIsCertifiedInAWorkerAsSwiftIs(language: Language) throws {
    let deployment = try deployment(language)
    let data = try #require(Self.data)
    func row(_ id: String, _ place: String...) throws -> JSONValue {
      let report = deployment.scratch.path("report.json")
      let words = ["\(buildFolder)/patchbay", "certify", id, "--data", data, "--json", report] + place
      let result = try run(["-C", deployment.scratch.folder] + words)
      #expect(result.status == 0, "\(result.output)\(result.errors)")
      let found = try JSONDocument.parse(text: String(decoding: readBytes(report), as: UTF8.self))
      return try #require(found["connectors"]?.array?.first)
    }
    let (own, swift) = (try row(language.connector, "--worker"), try row("bybit"))
    for part in ["captures", "checkpoints", "trades", "sequences", "vectors", "payloads"] {
      #expect(own[part]?["passed"]?.number == swift[part]?["passed"]?.number, "\(part)")
      #expect(own[part]?["of"]?.number == own[part]?["passed"]?.number, "\(part)")
    }
    #expect(own["status"] == "yellow" && own["failures"]?.array?.isEmpty == true)
  }

  /// It trades on the exchange that the script of the connector in Swift plays, in a worker of its own, with keys from
  /// the store.
  @Test(.enabled("neither rustc nor cc is installed", { !here.isEmpty }), arguments: here)
  func tradesOnTheScriptedExchange(language: Language) async throws {
    try await Apart.run {
      let deployment = try Deployment()
      try deployment.dropIn(language.folder.get())
      let id = language.connector
      var text = String(decoding: try readBytes("\(packageRoot)/Plugins/Bybit/script.spot.json"), as: UTF8.self)
      text = text.replacing(
        #""connector": "bybit", "exchange": "bybit""#, with: #""connector": "\#(id)", "exchange": "\#(id)""#)
      let script = try Script(text: Array(text.utf8), file: "\(id).json")
      let hash = try LibraryLoader.sha256(file: deployment.scratch.path("plugins.d/\(id)/lib\(id).so"))
      let permit =
        #"{"run": "worker", "trading": true, "allow_trading": true, "unbound": true, "notional_cap": "1000"}"#
      try ScriptedExchangeTests.play(
        script, deployment, permit: permit, more: [("sha256", JSONValue(.string(hash)))])
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
