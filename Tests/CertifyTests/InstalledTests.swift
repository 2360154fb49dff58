import Catalog
import Foundation
import JSONTree
import Runtime
import Testing

@testable import Certify

enum Surroundings {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

  static let data: String? = {
    let folder = (ProcessInfo.processInfo.environment["PATCHBAY_SHARED"] ?? root + "/../shared") + "/data"
    return FileManager.default.fileExists(atPath: folder + "/captures") ? folder : nil
  }()
}

/// The connectors of this tree over the data that stands beside it.
@Suite(.enabled(if: Surroundings.data != nil, "no data folder beside the project"))
struct InstalledTests {
  /// Installed connectors of exchanges that are outside of the library itself.
  static let connectors: [String] = {
    guard let registry = try? Registry.load(path: Surroundings.root + "/registry.json") else { return [] }
    let catalog = Catalog.discover(
      registry: registry, pluginFolder: nil, libraryFolders: [PebbleFolder.buildFolder])
    let manifests = catalog.items.filter { $0.libraryPath != nil }.compactMap(\.manifest)
    return manifests.filter { !$0.hosts.isEmpty }.flatMap(\.connectors).map(\.id)
  }()

  @Test(arguments: connectors)
  func everyPartPasses(id: String) throws {
    let subject = try Subject.installed(id)
    let worker = Worker(subject: subject, dataFolder: try #require(Surroundings.data), descriptor: -1)
    var report = Report(id: id)
    let folder = DataFolder(path: try #require(Surroundings.data))
    // Of some exchanges there are short recordings alone, and a recording may be of another connector's markets.
    let hasCaptures = try subject.manifest.captures.flatMap(folder.captures).contains { name in
      let books = try folder.json("expected/\(name).json")["books"]?.object ?? []
      return books.isEmpty || books.contains { subject.manifest.symbol(expected: $0.key) != nil }
    }
    let market: [Step] = hasCaptures ? [.captures, .faults] : [.sequences]
    for step in market + [.vectors, .payloads] { worker.run(step, &report) }
    #expect(report.failures.isEmpty, "\(report.failures.prefix(5))")
    // What is lost is not known of every recording.
    let faults = try folder.json("expected/FAULTS.json")["faults"]
    let hasFaults = subject.manifest.captures.flatMap(folder.captures).flatMap { faults?[$0]?.array ?? [] }.contains {
      guard $0["detected"]?.bool != false, let what = $0["what"]?.string else { return false }
      return subject.manifest.symbol(expected: String(what.prefix { $0 != " " })) != nil
    }
    // A recording may be of instruments that belong to another connector of the exchange, or are not offered.
    let hasTrades = try subject.manifest.captures.flatMap(folder.captures).contains { name in
      let trades = try folder.json("expected/\(name).json")["trades"]?.object ?? []
      return trades.contains { subject.manifest.symbol(expected: $0.key) != nil }
    }
    let hasVectors = subject.manifest.vectors.contains { folder.hasFile("vectors/\($0).json") }
    let books: [Part] = [.captures, .checkpoints] + (hasTrades ? [.trades] : []) + (hasFaults ? [.faults] : [])
    let hasSequences = (subject.manifest.sequenceFolders ?? subject.manifest.payloads).contains {
      !folder.sequences($0).isEmpty
    }
    let proved: [Part] = hasCaptures ? books : hasSequences ? [.sequences] : []
    let owed = proved + (hasVectors ? [.vectors] : [])
    // Of some exchanges each recorded request is written in another way that is documented.
    let isOther = !report.alternative.isEmpty
    // Of some markets every sequence is of the exchange's other one, by the symbols.
    let isOfOthers = subject.manifest.symbolPatterns != [Pattern("*")]
    for part in owed {
      #expect(report[part].of > 0 || part == .vectors && isOther || part == .sequences && isOfOthers, "\(part)")
    }
    #expect(report.notApplicable.allSatisfy { !$0.reason.isEmpty })
    #expect(report.alternative.allSatisfy { $0.documentation.hasPrefix("https://") })
  }
}

/// Labels that go into the registry.
struct MeasuredTests {
  @Test func onlyMeasuredChanges() throws {
    let text = Array(try String(contentsOfFile: Surroundings.root + "/registry.json", encoding: .utf8).utf8)
    let registry = try Registry.parse(bytes: text, file: "registry.json")
    var report = Report(id: "kraken")
    report.count(.vectors, [Failure(name: "vectors:a", expected: "1", got: "2")])
    let once = Measured.write([report, Report(id: "nobody")], date: "2026-02-03", into: text, registry)
    let read = try Registry.parse(bytes: once, file: "registry.json")
    let measured = try #require(read["kraken"]?.tree["measured"])
    #expect(measured["date"]?.string == "2026-02-03" && measured["suite"]?.string == Suite.version)
    #expect(measured["markets"]?["spot"]?["status"]?.string == "red")
    #expect(measured["markets"]?["spot"]?["of"]?.int == 1 && measured["markets"]?["spot"]?["passed"]?.int == 0)
    for (old, new) in zip(registry.entries, read.entries) where old.id != "kraken" { #expect(old.tree == new.tree) }
    // Written again, nothing but the same comes out.
    #expect(Measured.write([report], date: "2026-02-03", into: once, read) == once)
  }

  @Test func aVersionIsReachedStepByStep() {
    var report = Report(id: "x")
    report.kind = "spot"
    #expect(report.standard == .none && report.status == nil)
    for part in [Part.captures, .checkpoints, .trades, .faults, .vectors] { report.count(part, []) }
    #expect(report.standard == .none && report.status == .yellow)
    for id in Report.owed[0].spot { report.check(id, []) }
    #expect(report.standard == .v1)
    for id in Report.owed[1].spot { report.check(id, []) }
    #expect(report.standard == .v2 && report.status == .green)
    for id in Report.owed[2].spot { report.check(id, []) }
    #expect(report.standard == .v21)
    report.kind = "perp"
    #expect(report.standard == .none, "a perpetual owes more")
    report.kind = "spot"
    report.check("S48", [Failure(name: "continuity", expected: "a gap", got: "none")])
    #expect(report.standard == .v1 && report.status == .yellow)
  }

  @Test func aReportSurvivesItsJSON() throws {
    var report = Report(id: "x")
    report.count(.vectors, [Failure(name: "vectors:a b", expected: "1", got: "2")])
    report.check("S15", [])
    report.alternative = [("vectors:c", "https://docs")]
    report.notApplicable = [("payloads:d", "why")]
    let read = try #require(Report(try JSONDocument.parse(text: JSONWriter.compact(report.json))))
    #expect(read.json == report.json && !read.hasPassed)
  }
}

extension Subject {
  /// A connector of this package, with its registry entry.
  static func installed(_ id: String) throws -> Subject {
    let registry = try Registry.load(path: Surroundings.root + "/registry.json")
    let catalog = Catalog.discover(
      registry: registry, pluginFolder: nil, libraryFolders: [PebbleFolder.buildFolder])
    let found = try InstalledConnector.find(id, in: catalog, folders: [PebbleFolder.buildFolder])
    return try Subject(
      id: id, library: found.library, entry: try #require(found.item.manifest), certification: found.certificationFile)
  }
}
