import Catalog
import Certify
import JSONTree
import Runtime

#if canImport(Glibc)
  import Glibc
#endif

/// `patchbay certify`: proves connectors offline.
enum CertifyCommand {
  static let syntax = CommandSyntax(
    usage: "patchbay certify ID|FILE|all [options]",
    summary: """
      Finds out offline what a connector can do, and prints it: recordings that it rebuilds, lost messages that it \
      notices, requests that it signs rightly, samples that it understands, and numbered checks. FILE is a library \
      with manifest.json beside it, which first has to pass the trials manifest, exports and load of check. The exit \
      status is 1 when anything failed. docs/certification.md says more.
      """,
    options: [
      CommandSyntax.Option(name: "data", value: "DIR", help: "the data folder (default: ../shared/data)"),
      CommandSyntax.Option(name: "connector", value: "ID", help: "only this one of the connectors that FILE has"),
      CommandSyntax.Option(
        name: "worker", value: nil, help: "run each of its instances in a worker, as a host runs what was dropped in"),
      CommandSyntax.Option(
        name: "mutations", value: "N", help: "damaged recordings for R03, 1 to 10000 (default: 4)"),
      CommandSyntax.Option(name: "json", value: "FILE", help: "write the result as JSON; - for standard output"),
      CommandSyntax.Option(name: "write-measured", value: nil, help: "put the labels into the registry"),
      CommandSyntax.Option(name: "date", value: "YYYY-MM-DD", help: "the date to write with them"),
      .config, .registry,
    ],
    positionals: 1...1)

  static func run(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    environment.run(arguments, syntax) { parsed in
      if parsed.flags.contains("write-measured"), parsed["date"].map(isDate) != true {
        environment.error("--write-measured needs --date YYYY-MM-DD")
        return 64
      }
      guard mutations(parsed) != nil else {
        environment.error("--mutations takes a number from 1 to 10000")
        return 64
      }
      do {
        // A name that is none is found before anything is looked for.
        let targets = try targets(parsed, environment)
        guard hasData(parsed, environment) else { return 66 }
        let isSound = holds(targets, parsed, environment)
        let reports = targets.map { target in
          environment.certifier(target, parsed).certify(id: target.id)
        }
        for report in reports where report.checks["S09"] == nil && report.failures.isEmpty {
          environment.error(
            "\(report.id): no certification.json says how its exchange answers, so what needs the answers was not "
              + "tried; put one beside the library, or run from the folder of the registry")
        }
        let text = JSONWriter.pretty(["connectors": JSONValue(.array(reports.map(\.json)))])
        if parsed["json"] == "-" {
          environment.output(text)
        } else {
          environment.output(CertificationTable(reports: reports).text + reports.map(\.proofWords).joined())
        }
        if let file = parsed["json"], file != "-" { try environment.save(text, to: file) }
        if parsed.flags.contains("write-measured"), let date = parsed["date"] {
          try environment.writeMeasured(reports, date: date, parsed)
        }
        return isSound && reports.allSatisfy(\.hasPassed) && !reports.isEmpty ? 0 : 1
      } catch {
        environment.report(error)
        return 1
      }
    }
  }

  /// Whether libraries that are no part of the catalog pass the first trials of `check`; what is wrong is printed.
  private static func holds(_ targets: [Target], _ options: Arguments, _ environment: CommandEnvironment) -> Bool {
    let reports = targets.compactMap { target in
      target.file.map { file in
        let checked = CheckCommand.Target(
          id: target.id, file: file, manifest: folder(of: file) + "/manifest.json", isInstalled: false)
        return environment.checker(checked, options).check(id: target.id, Trial.first)
      }
    }
    for report in reports where !report.hasPassed {
      environment.error(report.text)
      environment.error("\(report.id): patchbay check tries more, and whatever else passes, this is not certified")
    }
    return reports.allSatisfy(\.hasPassed)
  }

  /// Whether there is a data folder, or none was named: then what needs one is left out, which is said.
  private static func hasData(_ options: Arguments, _ environment: CommandEnvironment) -> Bool {
    let data = data(options)
    var place = stat()
    if stat(data, &place) == 0, place.st_mode & S_IFMT == S_IFDIR { return true }
    guard options["data"] == nil else {
      environment.error("--data: there is no folder \(data)")
      return false
    }
    environment.error(
      "there is no folder \(data): no recording, sequence, signed request or sample was tried; name one by --data")
    return true
  }

  /// A connector, and the library file when it is not in the catalog.
  struct Target {
    var id: String
    var file: String?
  }

  private static func targets(_ options: Arguments, _ environment: CommandEnvironment) throws -> [Target] {
    let word = options.words[0]
    if word.contains("/") || word.hasSuffix(".so") {
      let manifest = try Manifest.load(file: folder(of: word) + "/manifest.json")
      let ids = manifest.connectors.map(\.id)
      guard let wanted = options["connector"] else { return ids.map { Target(id: $0, file: word) } }
      return [Target(id: try NameRule.choose(wanted, "connector", "in \(word)", among: ids), file: word)]
    }
    guard options["connector"] == nil else {
      throw Problem(.conflict, file: word, message: "--connector chooses among the connectors of a library's file")
    }
    let catalog = try environment.loadCatalog(options, config: try environment.loadConfig(options["config"]))
    guard word == "all" else {
      let known = catalog.items.flatMap { $0.manifest?.connectors.map(\.id) ?? [] }
      do throws(NameFault) {
        return [Target(id: try NameRule.choose(word, "connector", among: known))]
      } catch {
        // It may be there, and be wrong.
        _ = environment.report(catalog.problems.filter { $0.file.contains("/\(word)") })
        throw error
      }
    }
    return catalog.items.filter { $0.libraryPath != nil }.flatMap { $0.manifest?.connectors ?? [] }.map {
      Target(id: $0.id)
    }
  }

  static func folder(of file: String) -> String {
    guard let slash = file.lastIndex(of: "/") else { return "." }
    return slash == file.startIndex ? "/" : String(file[..<slash])
  }

  /// How many damaged recordings are wanted; nil where that is no number that can be.
  static func mutations(_ options: Arguments) -> UInt64? {
    UInt64(options["mutations"] ?? "4").flatMap { 1...10_000 ~= $0 ? $0 : nil }
  }

  static func data(_ options: Arguments) -> String { options["data"] ?? "../shared/data" }

  private static func isDate(_ text: String) -> Bool {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    return parts.map(\.count) == [4, 2, 2] && parts.allSatisfy { $0.allSatisfy(\.isNumber) }
  }
}

extension CommandEnvironment {
  fileprivate func certifier(_ target: CertifyCommand.Target, _ options: Arguments) -> Certifier {
    var arguments = ["certify-worker", "--id", target.id, "--data", CertifyCommand.data(options)]
    if let file = target.file { arguments += ["--file", file] }
    for name in ["config", "registry", "mutations"] {
      if let value = options[name] { arguments += ["--\(name)", value] }
    }
    if options.flags.contains("worker") { arguments.append("--worker") }
    let counting = "\(executableFolder)/liballocationcount.so"
    return Certifier(
      program: executable, arguments: arguments, countingLibrary: access(counting, R_OK) == 0 ? counting : nil)
  }

  func save(_ text: String, to file: String) throws(Problem) {
    guard let handle = fopen(file, "w") else {
      throw Problem(.unreadable, file: file, message: "cannot be written: " + String(cString: strerror(errno)))
    }
    let bytes = Array(text.utf8)
    let count = fwrite(bytes, 1, bytes.count, handle)
    guard fclose(handle) == 0, count == bytes.count else {
      throw Problem(.unreadable, file: file, message: "could not be written whole")
    }
  }

  /// Puts what was measured into the entries of the registry; drop-ins have none.
  fileprivate func writeMeasured(_ reports: [Report], date: String, _ options: Arguments) throws {
    let config = try loadConfig(options["config"])
    let registry = try loadRegistry(options["registry"], config: config)
    let text = Measured.write(reports, date: date, into: try GzipFile.read(registry.file), registry)
    try save(String(decoding: text, as: UTF8.self), to: registry.file)
  }
}

/// `patchbay certify-worker`: the process in which one connector is certified. Started by `certify`; writes to
/// descriptor 3.
enum CertifyWorkerCommand {
  static let syntax = CommandSyntax(
    usage: "patchbay certify-worker --id ID --data DIR --steps STEP,... [options]",
    summary: "Runs steps of a certification in this process and reports to descriptor 3. Started by certify.",
    options: [
      CommandSyntax.Option(name: "id", value: "ID", help: "the connector"),
      CommandSyntax.Option(name: "file", value: "FILE", help: "its library, when it is not installed"),
      CommandSyntax.Option(name: "data", value: "DIR", help: "the data folder"),
      CommandSyntax.Option(name: "mutations", value: "N", help: "damaged recordings for R03"),
      CommandSyntax.Option(name: "steps", value: "STEP,...", help: "what to run"),
      CommandSyntax.Option(name: "worker", value: nil, help: "run each of its instances in a worker"),
      .config, .registry,
    ],
    positionals: 0...0)

  static func run(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    environment.run(arguments, syntax) { parsed in
      guard let id = parsed["id"] else {
        environment.error("--id is needed")
        return 64
      }
      let steps = (parsed["steps"] ?? "").split(separator: ",").compactMap { Step(rawValue: String($0)) }
      do {
        var subject = try subject(id, parsed, environment)
        subject.mutations = CertifyCommand.mutations(parsed) ?? subject.mutations
        Worker(subject: subject, dataFolder: CertifyCommand.data(parsed), descriptor: 3).run(steps)
        return 0
      } catch {
        Worker.refuse("\(error)", descriptor: 3)
        return 1
      }
    }
  }

  static func subject(_ id: String, _ options: Arguments, _ environment: CommandEnvironment) throws -> Subject {
    let isRemote = options.flags.contains("worker")
    guard let file = options["file"] else {
      if isRemote {
        let found = try environment.locate(id, options)
        guard let entry = found.item.manifest else { throw HostFault.unknown(id: id) }
        return try Subject(
          id: id, workers: try found.source(), entry: entry, certification: found.certificationFile)
      }
      let found = try environment.find(id, options)
      guard let entry = found.item.manifest else { throw HostFault.unknown(id: id) }
      return try Subject(id: id, library: found.library, entry: entry, certification: found.certificationFile)
    }
    let place = (options["manifest"] as String?) ?? CertifyCommand.folder(of: file) + "/manifest.json"
    let folder = CertifyCommand.folder(of: place)
    let manifest = try Manifest.load(file: place)
    let certification = InstalledConnector.certificationFile(of: id, in: folder)
    if isRemote {
      let workers = try WorkerSource(id, file: file, manifests: [manifest])
      return try Subject(id: id, workers: workers, entry: manifest, certification: certification)
    }
    return try Subject(
      id: id, library: try LibraryLoader.load(file: file, manifests: [manifest]), entry: manifest,
      certification: certification)
  }
}
