import CPatchbay
import Catalog
import Records
import Runtime

/// `patchbay record`: records everything an instance is given while it runs over a capture.
enum RecordCommand {
  static let syntax = CommandSyntax(
    usage: "patchbay record CAPTURE --connector ID --output FILE [options]",
    summary:
      "Runs a connector over recorded traffic and records every input of its instance. `-o` is short for --output.",
    options: [
      CommandSyntax.Option(name: "connector", value: "ID", help: "the connector, such as binance"),
      CommandSyntax.Option(name: "output", value: "FILE", help: "the recording to write, such as binance.pbrec"),
      .config, .registry,
    ],
    positionals: 1...1)

  static func run(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    environment.run(arguments.map { $0 == "-o" ? "--output" : $0 }, syntax) { parsed in
      guard let id = parsed["connector"], let output = parsed["output"] else {
        environment.error("--connector and --output are needed\nusage: \(syntax.usage)")
        return 64
      }
      do {
        let found = try environment.find(id, parsed)
        let manifest = try found.replayManifest()
        let recorder = try InputRecorder(file: output, header: found.recordingHeader(config: manifest.config))
        let replay = try Replay(
          try Capture(file: parsed.words[0]), connector: found.connector, manifest: manifest, recorder: recorder)
        replay.run()
        replay.session.stop()
        let digest = try recorder.finish()
        environment.output("\(output): \(replay.line) lines\noutputs \(digest)\n")
        return 0
      } catch {
        environment.error("\(error)")
        return 1
      }
    }
  }
}

/// `patchbay inspect`: lists a recording.
enum InspectCommand {
  static let syntax = CommandSyntax(
    usage: "patchbay inspect FILE [options]",
    summary:
      "Prints what a recording holds: its header, then one line for each input. A damaged one is printed as far as it "
      + "can be read.",
    options: [CommandSyntax.Option(name: "width", value: "N", help: "most bytes of a payload to show (default: 120)")],
    positionals: 1...1)

  static func run(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    environment.run(arguments, syntax) { parsed in
      guard let width = Int(parsed["width"] ?? "120"), width >= 0 else {
        environment.error("--width takes a number")
        return 64
      }
      do {
        let recording = try Recording(file: parsed.words[0])
        let header = recording.header
        environment.output("connector  \(header.connector)\nlibrary    \(header.librarySHA256)\n")
        environment.output("revision   \(header.revision)\nconfig     \(JSONWriter.compact(header.config))\n")
        environment.output("inputs     \(recording.count)\noutputs    \(recording.outputsSHA256 ?? "unknown")\n\n")
        recording.forEach { record, payload in
          environment.output(InputText.line(record, payload, width: width) + "\n")
        }
        return environment.report(recording.fault)
      } catch {
        environment.error("\(error)")
        return 1
      }
    }
  }
}

/// `patchbay replay FILE.pbrec`: gives a recording to a new instance and compares what it gives back.
enum RecordingReplayCommand {
  static func run(_ options: Arguments, environment: CommandEnvironment) -> Int32 {
    do {
      let recording = try Recording(file: options.words[0])
      let found = try environment.find(options["connector"] ?? recording.header.connector, options)
      let isDump = options.flags.contains("dump")
      var reader = FactReader()
      let result = try RecordingReplay.run(recording, connector: found.connector) { record in
        guard isDump else { return }
        let fact = reader.read(record)
        let values = fact.values.map { "\($0.name)=\($0.text)" }.joined(separator: " ")
        environment.output("\(record.rec.seq)  \(fact.kind)  \(values)\n")
      }
      environment.output("\(recording.count) inputs, \(result.outputs) records out\noutputs \(result.sha256)\n")
      if found.library.sha256 != recording.header.librarySHA256 {
        environment.error("this is another library than the recorded one (\(recording.header.librarySHA256))")
      }
      if environment.report(recording.fault) != 0 { return 1 }
      guard recording.outputsSHA256 == result.sha256 else {
        environment.error("the recorded run gave \(recording.outputsSHA256 ?? "nothing")")
        return 1
      }
      return 0
    } catch {
      environment.error("\(error)")
      return 1
    }
  }
}

extension CommandEnvironment {
  func find(_ id: String, _ options: Arguments) throws -> InstalledConnector {
    let catalog = try loadCatalog(options, config: try loadConfig(options["config"]))
    return try InstalledConnector.find(id, in: catalog, folders: [executableFolder])
  }

  /// The exit code for a recording that may be damaged.
  fileprivate func report(_ fault: RecordingFault?) -> Int32 {
    guard let fault else { return 0 }
    error("\(fault)")
    return 1
  }
}
