import Catalog
import Certify
import Decimals
import JSONTree
import PrintableText
import Runtime

/// `patchbay inspect` of recorded traffic: its lines, beside each what a connector made of it.
struct InspectCaptureCommand {
  let options: Arguments
  let environment: CommandEnvironment
  /// Most bytes of a message that are shown.
  let width: Int
  /// Levels per side.
  let depth: Int
  /// Lines that are shown before and behind the one that is asked for.
  let around: Int

  init?(_ options: Arguments, width: Int, _ environment: CommandEnvironment) {
    guard let depth = Int(options["depth"] ?? "5"), (1...1000).contains(depth),
      let around = Int(options["around"] ?? "3"), (0...1_000_000).contains(around)
    else { return nil }
    (self.options, self.environment, self.width) = (options, environment, width)
    (self.depth, self.around) = (depth, around)
  }

  func run(_ file: String) throws -> Int32 {
    let capture = try Capture(file: file)
    let named = try asked(capture)
    guard let subject = try environment.subject(options) else {
      guard options["against"] == nil, options["symbol"] == nil, !options.flags.contains("faults") else {
        environment.error("--symbol, --against and --faults need a connector: --connector ID or --library FILE")
        return 64
      }
      for (line, entry) in capture.entries.enumerated() where named?.contains(line) ?? true {
        show(InspectedLine(bare: line, entry), capture)
      }
      return 0
    }
    var wish = Inspection.Wish()
    wish.depth = depth
    wish.protocolName = options["protocol"]
    wish.lent = try options["instruments"].map { try LentInstruments(file: $0) }
    wish.expected = try options["against"].map {
      try JSONDocument.parse(bytes: try GzipFile.read($0), file: $0)
    }
    let isJudged = wish.expected != nil || options.flags.contains("faults")
    var wanted = named
    if isJudged, named == nil {
      // The lines to look at are known when all have been seen.
      let first = try Inspection(capture, subject, wish)
      while first.next() != nil {}
      wanted = first.findings.reduce(into: IndexSet()) { $0.insert(around: $1.line, around, capture.entries.count) }
    }
    let inspection = try Inspection(capture, subject, wish)
    while let line = inspection.next() {
      guard wanted?.contains(line.line) ?? true, options["symbol"].map(line.concerns) ?? true else { continue }
      show(options["symbol"].map(line.about) ?? line, capture)
    }
    return end(inspection)
  }

  /// The lines that --at and --time name; nil = none does.
  private func asked(_ capture: Capture) throws -> IndexSet? {
    var lines: IndexSet?
    let count = capture.entries.count
    if let text = options["at"] {
      guard let line = Int(text), (0..<count).contains(line) else {
        throw Problem(
          .value, file: options.words[0], field: "--at", message: "there is no line \(text)",
          remedy: "lines are counted from 0; the recording has \(count)")
      }
      lines = IndexSet()
      lines?.insert(around: line, around, count)
    }
    if let text = options["time"] {
      let first = capture.entries[0].time
      // A small number is meant since the beginning.
      let time = Decimal64(text)?.mantissa(at: -9).map { $0 < 1_000_000_000_000_000 ? first + $0 : $0 }
      guard let time, let line = capture.entries.firstIndex(where: { $0.time >= time }) else {
        throw Problem(
          .value, file: options.words[0], field: "--time", message: "\(text) is not in the recording",
          remedy: "write seconds since its beginning, such as 12.5, or since 1970")
      }
      lines = lines ?? IndexSet()
      lines?.insert(around: line, around, count)
    }
    return lines
  }

  /// What is wrong, and whether that is a failure.
  private func end(_ inspection: Inspection) -> Int32 {
    let findings = inspection.findings.filter { finding in options["symbol"].map { $0 == finding.symbol } ?? true }
    let most = 20
    if options.flags.contains("json") {
      let list = findings.map { finding -> JSONValue in
        [
          "line": JSONValue(.number("\(finding.line)")), "symbol": JSONValue(.string(finding.symbol)),
          "text": JSONValue(.string(finding.text)),
        ]
      }
      environment.deliver(JSONWriter.compact(["findings": JSONValue(.array(list))]) + "\n")
    } else {
      if !findings.isEmpty { environment.output("\n") }
      for finding in findings.prefix(most) {
        environment.output("line \(finding.line)  \(finding.symbol): \(finding.text)".printable + "\n")
      }
      if findings.count > most { environment.output("and \(findings.count - most) more\n") }
      if findings.isEmpty { environment.output("nothing differs, and no book is lost\n") }
    }
    for trouble in inspection.troubles { environment.error(trouble.printable) }
    return findings.isEmpty && inspection.troubles.isEmpty ? 0 : 1
  }

  private func show(_ line: InspectedLine, _ capture: Capture) {
    let view = InspectedLineText(line, since: capture.entries[0].time, width: width)
    if options.flags.contains("json") {
      environment.deliver(JSONWriter.compact(view.json) + "\n")
    } else {
      environment.output(view.text)
    }
  }
}

/// Lines of a recording.
struct IndexSet {
  private var lines: Set<Int> = []

  func contains(_ line: Int) -> Bool { lines.contains(line) }

  /// A line with those before and behind it.
  mutating func insert(around line: Int, _ around: Int, _ count: Int) {
    for line in max(0, line - around)...min(count - 1, line + around) { lines.insert(line) }
  }
}

extension CommandEnvironment {
  /// The connector that `--library` or `--connector` names; nil = neither is given.
  fileprivate func subject(_ options: Arguments) throws -> Subject? {
    if let file = options["library"] {
      let folder = CertifyCommand.folder(of: file)
      let manifest = try Manifest.load(file: folder + "/manifest.json")
      let ids = manifest.connectors.map(\.id)
      let id = try options["connector"].map { try NameRule.choose($0, "connector", "in \(file)", among: ids) }
      guard let id = id ?? (ids.count == 1 ? ids[0] : nil) else {
        throw Problem(
          .missing, file: file, message: "it has several connectors",
          remedy: "name one by --connector: \(ids.joined(separator: ", "))")
      }
      return try Subject(
        id: id, library: try LibraryLoader.load(file: file, manifests: [manifest]), entry: manifest,
        certification: InstalledConnector.certificationFile(of: id, in: folder))
    }
    guard let id = options["connector"] else { return nil }
    let found = try find(id, options)
    guard let entry = found.item.manifest else { throw HostFault.unknown(id: found.id) }
    return try Subject(id: found.id, library: found.library, entry: entry, certification: found.certificationFile)
  }
}
