import Catalog
import Foundation
import JSONTree
import Runtime
import Testing
import Venue
import VenueScript
import VenueServer

/// Connectors whose exchange has no local venue, from end to end: the real program, real sockets with TLS, keys from
/// the store, and an exchange that says what the script in the connector's folder has it say.
@Suite struct ScriptedExchangeTests {
  private static let scripts: [String] = {
    let plugins = (try? FileManager.default.contentsOfDirectory(atPath: "\(packageRoot)/Plugins")) ?? []
    return plugins.sorted().flatMap { plugin in
      let files = (try? FileManager.default.contentsOfDirectory(atPath: "\(packageRoot)/Plugins/\(plugin)")) ?? []
      let scripts = files.filter { $0.hasPrefix("script.") && $0.hasSuffix(".json") }
      return scripts.sorted().map { "Plugins/\(plugin)/\($0)" }
    }
  }()

  /// Exchanges that the program does not trade on any more: their scripts are played on virtual time alone.
  private static let closed: Set<String> = {
    let entries = (try? Registry.load(path: "\(packageRoot)/registry.json"))?.entries ?? []
    return Set(entries.filter { $0.lifecycle.current()?.state == .closed }.map(\.id))
  }()

  private static func configure(
    _ deployment: Deployment, _ script: Script, _ url: String, _ authority: String, permit: String,
    more: [(String, JSONValue)]
  ) throws {
    func object(_ members: [(String, JSONValue)]) -> JSONValue {
      JSONValue(.object(members.map { JSONMember($0.0, $0.1) }))
    }
    func texts(_ list: [String]) -> JSONValue { JSONValue(.array(list.map { JSONValue(.string($0)) })) }
    let urls = object(script.hosts.map { ($0, JSONValue(.string(url))) })
    var connector: [(String, JSONValue)] = [
      ("markets", object([(script.market, object([("pairs", texts(script.pairs))]))])),
      ("permit", try JSONDocument.parse(text: permit)),
      ("endpoint", object([("urls", urls), ("authorities", JSONValue(.string(authority)))])),
    ]
    connector += more
    if let config = script.config { connector.append(("config", config)) }
    let hasAccount = script.credentials.object?.isEmpty == false
    try deployment.configure(
      JSONWriter.compact(object([(script.exchange, object(connector))])),
      accounts: hasAccount ? #"{"main": {"connector": "\#(script.exchange)"}}"# : nil)
  }

  @Test func thereAreScripts() { #expect(!Self.scripts.isEmpty) }

  @Test(arguments: scripts) func aConnectorLivesThroughItsStory(_ path: String) async throws {
    try await Apart.run { try play(path) }
  }

  private func play(_ path: String) throws {
    let file = "\(packageRoot)/\(path)"
    let script = try Script(text: readBytes(file), file: path)
    guard !Self.closed.contains(script.exchange) else { return }
    try Self.play(script, Deployment(), permit: #"{"run": "in_process", "trading": true}"#)
  }

  /// Serves a script, has a host live through its story, and expects that every rule was needed.
  /// - Parameter more: further members of the connector's configuration.
  static func play(
    _ script: Script, _ deployment: Deployment, permit: String, more: [(String, JSONValue)] = []
  ) throws {
    let path = script.file
    var options = VenueServer.Options()
    options.authorityFile = deployment.scratch.path("venue.pem")
    let clock = SystemClock()
    let server = try VenueServer(options) {
      let times = clock.now()
      return VenueTime(mono: times.mono, wall: times.wall)
    }
    let venue = ScriptedVenue(script)
    let prefix = "/\(script.connector)"
    try server.mount(venue, at: prefix)
    server.start()
    defer { server.stop() }
    try configure(
      deployment, script, server.url(prefix), deployment.scratch.path("venue.pem"), permit: permit, more: more)
    let program: RunningProgram
    if script.credentials.object?.isEmpty == false {
      let pin = try deployment.addKeys(
        of: script.exchange, account: "main", JSONWriter.compact(script.credentials))
      program = try RunningProgram(deployment, "--password-file", pin)
    } else {
      program = try RunningProgram(deployment)
    }
    for step in script.story {
      do {
        try live(step, program) { server.strike(.reset, prefix: prefix) }
      } catch {
        let heard = server.perform { venue.strangers }
        Issue.record("\(path):\(step.position.line): \(step.command.joined(separator: " ")): \(error)\n\(heard)")
        return
      }
    }
    #expect(try program.ask("stop").status == 0 && program.ended() == 0, "\(program.errors)")
    let (strangers, unused) = server.perform { (venue.strangers, venue.unusedRules) }
    #expect(strangers.isEmpty, "\(path) has no rule for these")
    #expect(unused.isEmpty, "\(path): these rules never held")
  }

  /// One step of a story: a command, or `cut`, which resets the exchange's sockets.
  private static func live(_ step: Script.Step, _ program: RunningProgram, cut: () -> Int) throws {
    if step.command == ["cut"] {
      guard cut() > 0 else { throw ToolFailure(description: "no socket is open") }
      return
    }
    var last = ""
    func isDone() throws -> Bool {
      let result = try program.ask(step.command)
      last = result.output + result.errors
      return (result.status != 0) == step.fails && step.expected.allSatisfy { last.contains($0) }
    }
    if !step.isAwaited {
      guard try isDone() else { throw ToolFailure(description: "says: \(last)") }
      return
    }
    do {
      try program.wait(isDone)
    } catch {
      throw ToolFailure(description: "says at last: \(last)\n\(error)")
    }
  }
}
