import Catalog
import Foundation
import Testing

/// A host that signs, with everything that it prints and writes searched for its secrets.
@Suite struct SignedRunSecretTests {
  private static let binance = "alice-binance-secret-for-trying-out"
  /// Kraken hands secrets out in base64; what they are once decoded is as secret.
  private static let krakenKey = "alice-kraken-secret-for-trying-out-0123456789"
  private static let kraken = Data(krakenKey.utf8).base64EncodedString()
  private static let password = "Plt-pass-word-of-a-run-Qk55"

  private static let needles = [binance, kraken, krakenKey, password].flatMap { secret in
    Planted.forms(Array(secret.utf8)).map { ("\(secret) \($0.name)", $0.bytes) }
  }

  private func found(in text: [UInt8]) -> [String] {
    Self.needles.filter { Planted.contains(text, $0.1) }.map(\.0)
  }

  private func configure(_ work: Scratch, _ port: String) throws {
    let hosts = [
      ("binance", ["api.binance.com:443", "stream.binance.com:9443", "ws-api.binance.com:443"]),
      ("kraken", ["api.kraken.com:443", "ws.kraken.com:443", "ws-auth.kraken.com:443"]),
    ]
    let connectors = hosts.map { id, hosts in
      let urls = hosts.map { #""\#($0)": "https://127.0.0.1:\#(port)/\#(id)""# }.joined(separator: ", ")
      let pair = id == "kraken" ? "BTC-USD" : "BTC-USDT"
      return #"""
        "\#(id)": {"markets": {"spot": {"pairs": ["\#(pair)"]}}, "permit": {"trading": true},
          "endpoint": {"urls": {\#(urls)}, "authorities": "venue.pem"}}
        """#
    }
    try work.write(
      """
      {"schema": 1, "recording": {"enabled": true}, "connectors": {\(connectors.joined(separator: ", "))},
       "accounts": {"one": {"connector": "binance"}, "two": {"connector": "kraken"}}}
      """, "patchbay.json")
  }

  @Test func neitherLogsNorRecordingsNorTheJournalHoldASecret() throws {
    let (far, work) = (try Scratch(), try Scratch())
    let environment = ["PATH": "\(buildFolder):/usr/bin:/bin", "PATCHBAY_PASSWORD": Self.password]
    let venue = try BackgroundProgram(
      "exec patchbay venue --dialects binance,kraken --authorities \(work.folder)/venue.pem", in: far.folder,
      environment: environment)
    try venue.read { $0.contains("account bob of kraken") && $0.hasSuffix("}\n") }
    let address = try #require(venue.text.firstRange(of: "https://127.0.0.1:")?.upperBound)
    try configure(work, String(venue.text[address...].prefix { $0.isNumber }))
    let shell = ["env", "PATCHBAY_PASSWORD=\(Self.password)", "PATH=\(buildFolder):/usr/bin:/bin", "sh", "-ec"]
    var shown = ""
    func type(_ script: String) throws {
      let result = try run(shell + ["cd \(work.folder)\n\(script)"])
      #expect(result.status == 0, "\(script): \(result.output)\(result.errors)")
      shown += result.output + result.errors
    }
    try far.write(#"{"api_key": "alice-binance-key-for-trying-out", "secret_key": "\#(Self.binance)"}"#, "one")
    try far.write(#"{"api_key": "alice-kraken-key-for-trying-out", "secret_key": "\#(Self.kraken)"}"#, "two")
    try type("patchbay keys add binance --account one --from-file - < \(far.path("one"))")
    try type("patchbay keys add kraken --account two --from-file - < \(far.path("two"))")
    let host = try BackgroundProgram("exec patchbay run --json", in: work.folder, environment: environment)
    try host.read { text in
      ["binance", "kraken"].allSatisfy { id in
        text.split(separator: "\n").contains { $0.contains("\"\(id)\"") && $0.contains("orders are taken") }
      }
    }
    try type("patchbay order place BTC-USDT buy 0.01 --connector binance\npatchbay order place BTC-USD buy 0.01")
    #expect(shown.contains("filled: buy 0.01 BTC-USDT") && shown.contains("filled: buy 0.01 BTC-USD"), "\(shown)")
    try type("patchbay stop\npatchbay history orders --json\npatchbay export --json orders.json")
    #expect(host.ended() == 0)
    shown += host.text
    #expect(found(in: Array(shown.utf8)) == [])
    #expect(!shown.contains("signature=") && !shown.lowercased().contains("api-sign"))
    let files = try Planted.files(below: work.folder)
    for path in files { #expect(found(in: try readBytes(work.path(path))) == [], "\(path)") }
    #expect(files.count >= 6, "there is something to search")
  }
}
