import CPatchbay
import JSONTree
import PrintableText
import Records
import Runtime

/// `patchbay record`: records everything an instance is given while it runs over a capture.
enum RecordCommand {
  static let syntax = CommandSyntax(
    usage: "patchbay record CAPTURE --connector ID --output FILE [options]",
    summary: """
      Runs a connector over recorded traffic and records every input of its instance. `-o` is short for --output. With
      on or off in place of CAPTURE it switches the recordings of the running host: patchbay record on [CONNECTOR]. With
      live it records traffic: patchbay record live CONNECTOR PAIR.
      """,
    options: [
      CommandSyntax.Option(name: "connector", value: "ID", help: "the connector, such as binance"),
      CommandSyntax.Option(name: "output", value: "FILE", help: "the recording to write, such as binance.pbrec"),
      CommandSyntax.Option(
        name: "protocol", value: "NAME", help: "which protocol it speaks (default: the one of its streams)"),
      CommandSyntax.Option(
        name: "instruments", value: "FILE", help: "the exchange's list of instruments, for a recording without one"),
      .config, .registry,
    ],
    positionals: 1...1)

  static func run(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    if arguments.first == "live" {
      return RecordLiveCommand.run(Array(arguments.dropFirst()), environment: environment)
    }
    if ["on", "off"].contains(arguments.first) { return RecordSwitchCommand.run(arguments, environment: environment) }
    return environment.run(arguments.map { $0 == "-o" ? "--output" : $0 }, syntax) { parsed in
      guard let id = parsed["connector"], let output = parsed["output"] else {
        environment.error("--connector and --output are needed\nusage: \(syntax.usage)")
        return 64
      }
      do {
        let found = try environment.find(id, parsed)
        let capture = try Capture(file: parsed.words[0])
        let manifest = try environment.replayManifest(of: found.located, capture, parsed)
        let recorder = try InputRecorder(file: output, header: found.recordingHeader(config: manifest.config))
        let replay = try Replay(capture, connector: found.connector, manifest: manifest, recorder: recorder)
        replay.run()
        let status = environment.report(replay)
        replay.session.stop()
        let digest = try recorder.finish()
        environment.output("\(output): \(replay.line) lines\noutputs \(digest)\n")
        return status
      } catch {
        environment.report(error)
        return 1
      }
    }
  }
}

/// `patchbay inspect`: lists a recording.
enum InspectCommand {
  static let syntax = CommandSyntax(
    usage: "patchbay inspect FILE [--connector ID | --library FILE] [options]",
    summary: """
      Prints what a recording holds. Of recorded traffic each line, and with a connector what it made of it: the records
      it gave, the best levels of its books afterwards, and what was lost; with what should be there, the first level
      that differs. Of a recording of an instance (*.pbrec) its header, then one line for each input; a damaged one is
      printed as far as it can be read.
      """,
    options: [
      CommandSyntax.Option(name: "connector", value: "ID", help: "of traffic: the connector to feed it to"),
      CommandSyntax.Option(name: "library", value: "FILE", help: "its library, with manifest.json beside it"),
      CommandSyntax.Option(name: "symbol", value: "S", help: "only the lines of which something concerns it"),
      CommandSyntax.Option(name: "at", value: "N", help: "line N, counted from 0, with those around it"),
      CommandSyntax.Option(
        name: "time", value: "T", help: "the line of that moment: seconds since the beginning, or since 1970"),
      CommandSyntax.Option(name: "around", value: "N", help: "how many lines before and behind (default: 3)"),
      CommandSyntax.Option(
        name: "against", value: "FILE", help: "an expected file: print the lines around the first difference"),
      CommandSyntax.Option(name: "faults", value: nil, help: "print the lines around each book that is lost"),
      CommandSyntax.Option(name: "depth", value: "N", help: "levels per side to print (default: 5)"),
      CommandSyntax.Option(name: "width", value: "N", help: "most bytes of a message to show (default: 120)"),
      CommandSyntax.Option(
        name: "protocol", value: "NAME", help: "which protocol it speaks (default: the one of its streams)"),
      CommandSyntax.Option(
        name: "instruments", value: "FILE", help: "the exchange's list of instruments, for a recording without one"),
      CommandSyntax.Option(name: "json", value: nil, help: "print one JSON object a line"),
      .config, .registry,
    ],
    positionals: 1...1)

  static func run(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    environment.run(arguments, syntax) { parsed in
      guard let width = Int(parsed["width"] ?? "120"), width >= 0,
        let traffic = InspectCaptureCommand(parsed, width: width, environment)
      else {
        environment.error("--width, --depth and --around take numbers\nusage: \(syntax.usage)")
        return 64
      }
      guard Recording.isRecording(parsed.words[0]) else {
        do {
          return try traffic.run(parsed.words[0])
        } catch {
          environment.report(error)
          return 1
        }
      }
      do {
        let recording = try Recording(file: parsed.words[0])
        let header = recording.header
        environment.output("connector  \(header.connector.printable)\nlibrary    \(header.librarySHA256.printable)\n")
        environment.output("revision   \(header.revision)\nconfig     \(JSONWriter.compact(header.config))\n")
        for note in notes(recording) { environment.output("note       \(note.printable)\n") }
        let outputs = (recording.outputsSHA256 ?? "unknown").printable
        environment.output("inputs     \(recording.count)\noutputs    \(outputs)\n\n")
        recording.forEach { record, payload in
          environment.output(InputText.line(record, payload, width: width).printable + "\n")
        }
        return environment.report(recording.fault)
      } catch {
        environment.report(error)
        return 1
      }
    }
  }
}

extension InspectCommand {
  /// What one has to know to use it.
  fileprivate static func notes(_ recording: Recording) -> [String] {
    var notes: [String] = []
    if let before = recording.header.continues {
      notes.append("goes on from \(before), at input \(recording.header.firstInput) of its instance")
    } else if recording.header.firstInput > 1 {
      notes.append(
        "switched on while its instance ran, at input \(recording.header.firstInput): it cannot be replayed")
    }
    if let next = recording.continuedIn { notes.append("goes on in \(next)") }
    return notes
  }
}

/// `patchbay replay FILE.pbrec`: gives a recording to a new instance and compares what it gives back.
enum RecordingReplayCommand {
  static func run(_ options: Arguments, environment: CommandEnvironment) -> Int32 {
    do {
      let parts = try parts(options.words[0])
      let header = parts[0].header
      let (_, library, code) = try environment.code(options["connector"] ?? header.connector, options)
      let isDump = options.flags.contains("dump")
      var reader = FactReader()
      let results = try RecordingReplay.run(parts, code: code) { record in
        guard isDump else { return }
        let fact = reader.read(record)
        let values = fact.values.map { "\($0.name)=\($0.text.printable)" }.joined(separator: " ")
        environment.output("\(record.rec.seq)  \(fact.kind)  \(values)\n")
      }
      if library.sha256 != header.librarySHA256 {
        environment.error("this is another library than the recorded one (\(header.librarySHA256.printable))")
      }
      var isSame = true
      for (part, result) in zip(parts, results) {
        if parts.count > 1 { environment.output("\(part.file)\n") }
        environment.output("\(part.count) inputs, \(result.outputs) records out\noutputs \(result.sha256)\n")
        if environment.report(part.fault) != 0 { return 1 }
        guard part.outputsSHA256 != result.sha256 else { continue }
        environment.error("the recorded run gave \((part.outputsSHA256 ?? "nothing").printable)")
        isSame = false
      }
      return isSame ? 0 : 1
    } catch {
      environment.report(error)
      return 1
    }
  }

  /// Why a recording cannot be replayed though it can be read.
  private struct NotFromStart: Error, CustomStringConvertible {
    let description: String
  }

  /// The file, and those in its folder in which it goes on.
  private static func parts(_ file: String) throws -> [Recording] {
    let first = try Recording(file: file)
    if let before = first.header.continues {
      throw NotFromStart(description: "\(file): goes on from \(before); replay the first file of the row")
    }
    guard first.header.firstInput == 1 else {
      throw NotFromStart(
        description: "\(file): was switched on while its instance ran, so its beginning is missing; patchbay inspect "
          + "lists it. To replay a run, set recording in the configuration before it starts")
    }
    let folder = file.lastIndex(of: "/").map { file[...$0] } ?? ""
    var parts = [first]
    var names = [String(file.dropFirst(folder.count))]
    while let last = parts.last, last.fault == nil, let next = last.continuedIn {
      // Each file names the one before it, so a row neither leaves its folder nor comes back to where it was.
      guard !next.contains("/"), !names.contains(next) else {
        throw NotFromStart(description: "\(last.file): says that it goes on in \"\(next)\", which cannot be")
      }
      let part = try Recording(file: folder + next)
      guard part.header.continues == names.last else {
        throw NotFromStart(description: "\(part.file): does not go on from \(last.file), which names it")
      }
      parts.append(part)
      names.append(next)
    }
    return parts
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
    report(fault as any Error)
    return 1
  }
}
