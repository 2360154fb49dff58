import Foundation
import JSONTree
import Runtime
import Testing

/// `patchbay record live` before an exchange on this machine, and what can be done with its recordings.
@Suite struct RecordLiveTests {
  /// A venue that runs, and a deployment that is configured for it.
  private func deployment(_ accounts: String? = nil) throws -> (Deployment, BackgroundProgram) {
    let deployment = try Deployment()
    let authority = deployment.scratch.path("venue.pem")
    let venue = try BackgroundProgram(
      "exec \(buildFolder)/patchbay venue --dialects binance --seed 3 --for 60 --authorities \(authority)",
      in: deployment.scratch.folder)
    try venue.read { $0.contains("account bob of binance") }
    let lines = venue.text.split(separator: "\n").map(String.init)
    let place = try #require(lines.firstIndex { $0.hasPrefix("in patchbay.json, connectors.binance:") })
    let endpoint = lines[place + 1].drop { $0 == " " }.dropFirst()
    try deployment.configure(
      #"{"binance": {"markets": {"spot": {"pairs": ["BTC-USDT"]}}, \#(endpoint)}"#, accounts: accounts)
    return (deployment, venue)
  }

  private func record(
    _ deployment: Deployment, _ name: String, _ more: String...
  ) throws -> (file: String, output: String, text: String) {
    let file = deployment.scratch.path(name)
    let result = try run(
      ["\(buildFolder)/patchbay", "record", "live", "binance", "--output", file, "--minutes", "0.05", "--config",
        deployment.configPath] + more)
    guard result.status == 0 else { throw ToolFailure(description: result.output + result.errors) }
    return (file, result.output, String(decoding: try GzipFile.read(file), as: UTF8.self))
  }

  @Test func aRecordingIsReplayedAndInspectedAsItIs() throws {
    let (deployment, venue) = try deployment()
    let (file, output, text) = try record(deployment, "live.jsonl.gz")
    #expect(output.contains("BTCUSDT: book ready") && output.contains("left out: keys, tokens, signatures"))
    let first = try #require(Capture(file: file).entries.first { $0.kind == .response })
    #expect(first.url.contains("exchangeInfo"), "the list of instruments comes first")
    #expect(text.contains(#""kind": "ws_open""#) && text.contains(#""kind": "http_request""#))
    let replay = try deployment.patchbay(
      "replay", file, "--connector", "binance", "--config", deployment.configPath, "--json")
    #expect(replay.status == 0, "\(replay.errors)")
    let book = try JSONDocument.parse(text: replay.output)["books"]?["BTCUSDT"]
    #expect(book?["ready"]?.bool == true && (book?["updates"]?.int ?? 0) > 0)
    let draft = deployment.scratch.path("expected.json")
    let drafted = try deployment.patchbay(
      "replay", file, "--connector", "binance", "--config", deployment.configPath, "--draft", draft)
    #expect(drafted.status == 0, "\(drafted.errors)")
    let inspected = try deployment.patchbay(
      "inspect", file, "--connector", "binance", "--config", deployment.configPath, "--symbol", "BTCUSDT", "--against",
      draft)
    #expect(inspected.status == 0 && inspected.output.contains("nothing differs"), "\(inspected.output)")
    withExtendedLifetime(venue) {}
  }

  @Test func noSecretIsInARecording() throws {
    let (deployment, venue) = try deployment(#"{"alice": {"connector": "binance"}}"#)
    let pin = try deployment.addKeys("alice")
    let bare = try record(deployment, "bare.jsonl.gz").text
    #expect(!bare.contains("userDataStream"), "what is of an account is left out unless it is asked for")
    let (_, output, text) = try record(deployment, "private.jsonl.gz", "--private", "--password-file", pin)
    #expect(text.contains("userDataStream"), "the account's socket is there: \(output)")
    for secret in ["alice-binance-key-for-trying-out", "alice-binance-secret-for-trying-out"] {
      #expect(!text.contains(secret))
    }
    #expect(text.firstMatch(of: #/signature[\\"=: ]+[0-9a-f]{16}/#) == nil)
    withExtendedLifetime(venue) {}
  }

  /// What differs from an expected file is named, with the line in which that level was set, and that line is shown.
  @Test func theFirstLevelThatDiffersIsNamed() throws {
    let deployment = try Deployment()
    try deployment.dropIn(Examples.harbour.get())
    try deployment.configure(#"{"harbour": {"markets": {"spot": {"pairs": ["SALT-USD"]}}}}"#)
    let data = "\(packageRoot)/examples/harbour/data"
    let capture = "\(data)/captures/harbour-2026-01-05.jsonl"
    func inspect(_ options: String...) throws -> (status: Int32, output: String, errors: String) {
      try run(
        ["\(buildFolder)/patchbay", "inspect", capture, "--connector", "harbour", "--config", deployment.configPath]
          + options)
    }
    let right = "\(data)/expected/harbour-2026-01-05.json"
    let fine = try inspect("--against", right)
    #expect(fine.status == 0 && fine.output.contains("nothing differs"), "\(fine.output)\(fine.errors)")
    let text = String(decoding: try readBytes(right), as: UTF8.self)
    let wrong = text.replacing(#"["10.00", "1.250"]"#, with: #"["10.00", "1.251"]"#)
    #expect(wrong != text, "the file has the level that is changed here")
    let found = try inspect("--against", deployment.scratch.write(wrong, "wrong.json"), "--around", "0")
    #expect(found.status == 1)
    #expect(found.output.contains("expected 10 x 1.251, got 10 x 1.25; 10 was set last in line "), "\(found.output)")
    let line = try #require(found.output.split(separator: "\n").last?.split(separator: " ").dropFirst().first)
    #expect(found.output.contains("\n\(line)  ") || found.output.hasPrefix("\(line)  "), "the line is shown")
    let objects = try inspect("--json", "--symbol", "SALT-USD").output.split(separator: "\n")
    let parsed = try objects.map { try JSONDocument.parse(text: String($0)) }
    #expect(parsed.count > 3 && parsed.last?["findings"]?.array?.isEmpty == true)
    #expect(parsed.contains { $0["books"]?["SALT-USD"]?[0]?.array?.isEmpty == false })
    let lone = try run("\(buildFolder)/patchbay", "inspect", capture, "--at", "3", "--around", "0")
    #expect(lone.status == 0 && lone.output.hasPrefix("3  "), "\(lone.errors)")
    let refused = try run("\(buildFolder)/patchbay", "inspect", capture, "--against", right)
    #expect(refused.status == 64 && refused.errors.contains("need a connector"))
  }

  @Test func wrongUsageIsTold() throws {
    func told(_ arguments: String...) throws -> String {
      let result = try run(["\(buildFolder)/patchbay", "record", "live", "--registry", "\(packageRoot)/registry.json"]
        + arguments)
      #expect(result.status != 0)
      return result.errors
    }
    #expect(try told("binance").hasPrefix("which pairs?"))
    #expect(try told("binance", "BTC-USDT", "--minutes", "0").hasPrefix("--minutes takes a number"))
    #expect(try told("binanse", "BTC-USDT").contains("did you mean"))
  }
}
