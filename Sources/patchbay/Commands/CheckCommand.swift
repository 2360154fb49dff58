import Catalog
import Certify
import JSONTree
import Runtime

#if canImport(Glibc)
  import Glibc
#endif

/// `patchbay check`: what is wrong with a connector, before it is certified.
enum CheckCommand {
  static let syntax = CommandSyntax(
    usage: "patchbay check FILE|ID|all [options]",
    summary: """
      Tries a connector with everything that a host and an exchange could do to it, each trial in a process of its \
      own, and prints what it finds with a remedy. FILE is a library with manifest.json beside it. Needs no exchange; \
      recordings of the data folder and certification.json make it try more. The exit status is 1 when there is a \
      fault. docs/checking.md says more.
      """,
    options: [
      CommandSyntax.Option(name: "manifest", value: "FILE", help: "its manifest (default: manifest.json beside FILE)"),
      CommandSyntax.Option(name: "data", value: "DIR", help: "a data folder with recordings and vectors"),
      CommandSyntax.Option(name: "connector", value: "ID", help: "only this one of the connectors that FILE has"),
      CommandSyntax.Option(name: "only", value: "TRIAL,...", help: "only these trials"),
      CommandSyntax.Option(name: "patience", value: "SECONDS", help: "longest time for one input (default: 20)"),
      CommandSyntax.Option(name: "json", value: "FILE", help: "write the result as JSON; - for standard output"),
      .config, .registry,
    ],
    positionals: 1...1)

  static func run(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    environment.run(arguments, syntax) { parsed in
      do {
        let trials = try trials(parsed["only"])
        guard let patience = Int(parsed["patience"] ?? "20"), (1...3600).contains(patience) else {
          environment.error("--patience: give a number of seconds from 1 to 3600")
          return 64
        }
        if let data = parsed["data"], !isFolder(data) {
          environment.error("--data: there is no folder \(data)")
          return 66
        }
        let reports = try targets(parsed, environment).map { target in
          var checker = environment.checker(target, parsed)
          checker.patience = patience
          let report = checker.check(id: target.id, trials)
          // Whoever has many checked reads the first while the next one is tried.
          if parsed["json"] != "-" { environment.output(report.text + "\n") }
          fflush(nil)
          return report
        }
        let json = JSONWriter.pretty(["connectors": JSONValue(.array(reports.map(\.json)))])
        if parsed["json"] == "-" {
          environment.output(json)
        } else if let file = parsed["json"] {
          try environment.save(json, to: file)
        }
        return reports.allSatisfy(\.hasPassed) && !reports.isEmpty ? 0 : 1
      } catch {
        environment.report(error)
        return 1
      }
    }
  }

  private static func trials(_ words: String?) throws -> [Trial] {
    guard let words else { return Trial.allCases }
    return try words.split(separator: ",").map { word in
      let name = try NameRule.choose(String(word), "trial", among: Trial.allCases.map(\.rawValue))
      return Trial(rawValue: name) ?? .load
    }
  }

  private static func isFolder(_ path: String) -> Bool {
    var place = stat()
    return stat(path, &place) == 0 && place.st_mode & S_IFMT == S_IFDIR
  }

  /// A connector, its library and its manifest.
  struct Target {
    var id: String
    var file: String
    /// `nil` = the registry has it.
    var manifest: String?
    /// It is in the catalog, which knows what else is in the library.
    var isInstalled: Bool
  }

  /// The manifest's own file: those of this tree stand in the registry.
  private static func own(_ file: String?) -> String? { file.flatMap { $0.hasSuffix("/manifest.json") ? $0 : nil } }

  private static func targets(_ options: Arguments, _ environment: CommandEnvironment) throws -> [Target] {
    let word = options.words[0]
    if word.contains("/") || word.hasSuffix(".so") {
      let file = options["manifest"] ?? CertifyCommand.folder(of: word) + "/manifest.json"
      // One that cannot be read is a finding, and no other connector is known.
      let ids = (try? Manifest.load(file: file))?.connectors.map(\.id) ?? ["?"]
      let wanted = try options["connector"].map { [try NameRule.choose($0, "connector", "in \(word)", among: ids)] }
      return (wanted ?? ids).map { Target(id: $0, file: word, manifest: file, isInstalled: false) }
    }
    for name in ["manifest", "connector"] where options[name] != nil {
      throw Problem(.conflict, file: word, message: "--\(name) is for a library's file")
    }
    let catalog = try environment.loadCatalog(options, config: try environment.loadConfig(options["config"]))
    let all = catalog.items.flatMap { item in
      (item.manifest?.connectors ?? []).compactMap { connector in
        item.libraryPath.map {
          Target(id: connector.id, file: $0, manifest: own(item.manifest?.file), isInstalled: true)
        }
      }
    }
    guard word != "all" else { return all }
    let id = try NameRule.choose(word, "connector", among: all.map(\.id))
    return all.filter { $0.id == id }
  }
}

extension CommandEnvironment {
  func checker(_ target: CheckCommand.Target, _ options: Arguments) -> Checker {
    var arguments = ["check-worker", "--id", target.id, "--data", options["data"] ?? "/nonexistent"]
    if !target.isInstalled, let manifest = target.manifest {
      arguments += ["--file", target.file, "--manifest", manifest]
    }
    for name in ["config", "registry"] {
      if let value = options[name] { arguments += ["--\(name)", value] }
    }
    var checker = Checker(
      program: executable, arguments: arguments, file: target.file, manifest: target.manifest)
    // Who waits at a terminal sees that something is going on.
    if terminalWidth != nil { checker.progress = { error("\(target.id): \($0.rawValue): \($0.summary)") } }
    return checker
  }
}

/// `patchbay check-worker`: the process in which one trial is made. Started by `check`; writes to descriptor 3.
enum CheckWorkerCommand {
  static let syntax = CommandSyntax(
    usage: "patchbay check-worker --id ID --trial TRIAL [options]",
    summary: "Makes one trial of a connector in this process and reports to descriptor 3. Started by check.",
    options: [
      CommandSyntax.Option(name: "id", value: "ID", help: "the connector"),
      CommandSyntax.Option(name: "file", value: "FILE", help: "its library, when it is not installed"),
      CommandSyntax.Option(name: "manifest", value: "FILE", help: "its manifest, with FILE"),
      CommandSyntax.Option(name: "data", value: "DIR", help: "the data folder"),
      CommandSyntax.Option(name: "trial", value: "TRIAL", help: "what to try"),
      CommandSyntax.Option(name: "note", value: "FILE", help: "where to note what is being tried"),
      .config, .registry,
    ],
    positionals: 0...0)

  static func run(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    environment.run(arguments, syntax) { parsed in
      guard let id = parsed["id"], let trial = parsed["trial"].flatMap({ Trial(rawValue: $0) }) else {
        environment.error("--id and --trial are needed")
        return 64
      }
      do {
        let subject = try CertifyWorkerCommand.subject(id, parsed, environment)
        CheckWorker(
          subject: subject, dataFolder: parsed["data"] ?? "", noteFile: parsed["note"] ?? "/dev/null", descriptor: 3
        ).run(trial)
        return 0
      } catch {
        CheckWorker.refuse("\(error)", trial: trial, descriptor: 3)
        return 1
      }
    }
  }
}

extension CheckReport {
  /// For people: a line for each trial, and below it what it found.
  var text: String {
    var lines = ["\(id)"]
    for (trial, count) in tried {
      let own = findings.filter { $0.trial == trial }
      let verdict = own.contains { $0.weight == .fault } ? "FAULT" : own.isEmpty ? "ok" : "note"
      let counted = trial.counted.map { ", \(count) \($0)" } ?? ""
      lines.append("  \(Self.padded(trial.rawValue, 15))\(Self.padded(verdict, 7))\(trial.summary)\(counted)")
      for finding in own {
        lines.append("    \(finding.weight.rawValue): \(finding.what)")
        if !finding.remedy.isEmpty, !finding.what.hasSuffix(finding.remedy) { lines.append("      \(finding.remedy)") }
      }
    }
    let left = Trial.allCases.filter { trial in !tried.contains { $0.trial == trial } }
    if !left.isEmpty { lines.append("  not tried: " + left.map(\.rawValue).joined(separator: ", ")) }
    if !suggestions.isEmpty {
      lines.append("  trade acts that the vectors suggest for permissions.acts; look at each place and what is left:")
      for act in suggestions {
        lines += JSONWriter.pretty(act, width: 114).split(separator: "\n").map { "    \($0)" }
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }

  var json: JSONValue {
    [
      "id": JSONValue(.string(id)), "passed": JSONValue(.bool(hasPassed)),
      "tried": JSONValue(.object(tried.map { JSONMember($0.trial.rawValue, JSONValue(.number("\($0.count)"))) })),
      "findings": JSONValue(.array(findings.map(\.json))),
      "suggestions": JSONValue(.array(suggestions)),
    ]
  }
}

extension Trial {
  /// What its count counts; nil = nothing that says anything to people.
  fileprivate var counted: String? {
    switch self {
    case .manifest, .load: nil
    case .exports: "names"
    case .configuration: "configurations"
    default: "inputs"
    }
  }
}
