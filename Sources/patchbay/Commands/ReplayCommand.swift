import Certify
import Decimals
import JSONTree
import MarketModel
import PrintableText
import Records
import Runtime

/// `patchbay replay`: runs a connector over recorded traffic and prints the books it gives.
enum ReplayCommand {
  static let syntax = CommandSyntax(
    usage: "patchbay replay CAPTURE --connector ID [options] | patchbay replay RECORDING [options]",
    summary: """
      Runs a connector over a recording (gzipped JSON lines), without network and in the recording's own time, and
      prints the final books, the trades and every gap that was noticed. A recording (see patchbay record) is given to a
      new instance, whose outputs must be those of the recorded run to the byte.
      """,
    options: [
      CommandSyntax.Option(name: "connector", value: "ID", help: "the connector, such as binance"),
      CommandSyntax.Option(name: "depth", value: "N", help: "levels per side to print (default: 5; with --json: 50)"),
      CommandSyntax.Option(name: "checkpoints", value: "N,N,...", help: "print the top 10 after the first N lines too"),
      CommandSyntax.Option(name: "drop", value: "N,N,...", help: "leave out these lines, counted from 0, as if lost"),
      CommandSyntax.Option(
        name: "protocol", value: "NAME", help: "which protocol it speaks (default: the one of its streams)"),
      CommandSyntax.Option(
        name: "instruments", value: "FILE", help: "the exchange's list of instruments, for a recording without one"),
      CommandSyntax.Option(
        name: "draft", value: "FILE", help: "write what came of it as an expected file, to be reviewed; - prints it"),
      CommandSyntax.Option(name: "json", value: nil, help: "print one JSON object"),
      CommandSyntax.Option(name: "worker", value: nil, help: "run the connector in a worker process"),
      CommandSyntax.Option(name: "dump", value: nil, help: "of a recording: print every record that comes out"),
      .config, .registry,
    ],
    positionals: 1...1)

  static func run(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    environment.run(arguments, syntax) { run($0, environment) }
  }

  private static func run(_ options: Arguments, _ environment: CommandEnvironment) -> Int32 {
    if Recording.isRecording(options.words[0]) { return RecordingReplayCommand.run(options, environment: environment) }
    guard let id = options["connector"] else {
      environment.error("which connector? --connector ID\nusage: \(syntax.usage)")
      return 64
    }
    guard let checkpoints = numbers(options["checkpoints"]), let dropped = numbers(options["drop"]),
      let depth = Int(options["depth"] ?? (options.flags.contains("json") ? "50" : "5")), depth > 0
    else {
      environment.error("--depth takes a number, --checkpoints and --drop take numbers separated by commas")
      return 64
    }
    do {
      let replay = try make(options.words[0], id, Set(dropped), options, environment)
      let count = replay.capture.entries.count
      if let absent = dropped.first(where: { $0 >= count }) {
        environment.error("--drop: there is no line \(absent); the recording has \(count), counted from 0")
        return 64
      }
      let report = ReplayReport(depth: depth)
      var points: [(lines: Int, books: JSONValue)] = []
      for lines in checkpoints.sorted() {
        replay.run(lines: lines)
        points.append((lines, report.tops(of: replay)))
      }
      replay.run()
      if let file = options["draft"] { return try draft(replay.capture, file, options, environment) }
      environment.output(options.flags.contains("json") ? report.json(replay, points) : report.text(replay, points))
      return environment.report(replay)
    } catch {
      environment.report(error)
      return 1
    }
  }

  /// What must come of the recording, as the connector saw it: a draft that somebody has to check.
  private static func draft(
    _ capture: Capture, _ file: String, _ options: Arguments, _ environment: CommandEnvironment
  ) throws -> Int32 {
    let found = try environment.find(options["connector"] ?? "", options)
    guard let entry = found.item.manifest else { throw HostFault.unknown(id: found.id) }
    let subject = try Subject(
      id: found.id, library: found.library, entry: entry, certification: found.certificationFile)
    let lent = try options["instruments"].map { try LentInstruments(file: $0) }
    let text = JSONWriter.pretty(try SequenceDraft(subject: subject).draft(capture, lent: lent)) + "\n"
    if file == "-" { environment.output(text) } else { try environment.save(text, to: file) }
    return 0
  }

  private static func numbers(_ text: String?) -> [Int]? {
    var numbers: [Int] = []
    for part in text?.split(separator: ",") ?? [] {
      guard let number = Int(part), number >= 0 else { return nil }
      numbers.append(number)
    }
    return numbers
  }

  private static func make(
    _ file: String, _ id: String, _ dropped: Set<Int>, _ options: Arguments, _ environment: CommandEnvironment
  ) throws -> Replay {
    let (found, _, code) = try environment.code(id, options)
    let capture = try Capture(file: file)
    let manifest = try environment.replayManifest(of: found, capture, options)
    return try Replay(capture, code: code, manifest: manifest, dropping: dropped)
  }
}

extension CommandEnvironment {
  /// A connector's code, in this process or, with `--worker`, in one of its own; its library is loaded there alone.
  func code(
    _ id: String, _ options: Arguments
  ) throws -> (found: LocatedConnector, library: LoadedLibrary, code: ConnectorCode) {
    guard options.flags.contains("worker") else {
      let found = try find(id, options)
      return (found.located, found.library, .library(found.connector))
    }
    let found = try locate(id, options)
    let (library, code) = try found.inWorker()
    return (found, library, code)
  }

  /// A connector whose library is not loaded here.
  func locate(_ id: String, _ options: Arguments) throws -> LocatedConnector {
    let catalog = try loadCatalog(options, config: try loadConfig(options["config"]))
    return try LocatedConnector.find(id, in: catalog, folders: [executableFolder])
  }

  /// What a capture is replayed with: the protocol that `--protocol` names or its streams show, and what a
  /// configuration that `--config` names says of the connector.
  func replayManifest(
    of found: LocatedConnector, _ capture: Capture, _ options: Arguments
  ) throws -> ReplayManifest {
    if found.certificationFile == nil {
      let folder = found.certificationFolder.isEmpty ? "this folder" : found.certificationFolder
      let words =
        "there is no certification.json of \(found.id) in \(folder): names, protocols and replies that its recordings "
        + "need are not known; put it there, or name a registry.json with the connector's sources beside it with "
        + "--registry"
      error(words.printable)
    }
    let settings = try options["config"].flatMap { try loadConfig($0)?[found.item.id]?.settings }
    var manifest = try found.replayManifest()
      .fitting(capture, protocol: options["protocol"], more: settings ?? [:])
    if let file = options["instruments"] { manifest.lent = try LentInstruments(file: file) }
    return manifest
  }

  /// Prints why nothing came of a replay, and what would help; the exit code.
  func report(_ replay: Replay) -> Int32 {
    let findings = replay.findings
    for finding in findings { error("nothing is proved by this replay: \(finding)".printable) }
    for remedy in replay.advice { error(remedy.printable) }
    return findings.isEmpty ? 0 : 1
  }
}
