import Catalog
import Foundation
import Testing

@testable import Runtime

/// A library file is only looked at while it is loaded: afterwards it may be changed, replaced or removed.
@Suite struct Replacements {
  private let deployment: Deployment
  private var file: String { deployment.scratch.path("plugins.d/metronome/libmetronome.so") }

  init() throws {
    deployment = try Deployment()
    try deployment.dropIn(Examples.metronome.get())
    try configure()
  }

  private func configure() throws {
    try deployment.configure(
      #"{"metronome": {"markets": {"spot": {"pairs": ["TIC-TOC"]}}, \#(deployment.inside("metronome"))}}"#)
  }

  @Test func aRunningConnectorDoesNotMindItsFileChanging() throws {
    let running = try RunningHost(deployment)
    let market = try #require(running.seat("metronome")?.markets.first)
    // Overwritten in place: a mapping of the file itself would now be rubbish.
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
    try handle.write(contentsOf: Data(repeating: 0xCC, count: try readBytes(file).count))
    try handle.close()
    running.pass(1_000_000_000)
    #expect(market.tape.total == 5 && market.book.isReady)
    try FileManager.default.removeItem(atPath: file)
    running.pass(1_000_000_000)
    #expect(market.tape.total == 10 && market.book.isReady)
    running.host.stop()
  }

  @Test func loadingAgainGivesWhatTheFileHoldsThen() throws {
    let scratch = try Scratch()
    var library = CLibrary()
    var loaded: [LoadedLibrary] = []
    for version in ["1.0.0", "1.0.1", "1.0.2"] {
      library.descriptor = CLibrary.descriptor(version: version)
      let file = try library.build(in: scratch)
      let one = try LibraryLoader.load(file: file, manifests: [manifest(manifestText(version: version))])
      #expect(one.descriptors.first?["version"]?.string == version)
      loaded.append(one)
    }
    // The older ones are still what they were.
    let texts = loaded.map { $0.connectors["bad"].map { String(cString: $0.descriptor) } ?? "" }
    #expect(texts.map { $0.contains("1.0.0") } == [true, false, false] && texts[1].contains("1.0.1"))
    #expect(Set(loaded.map(\.sha256)).count == 3)
  }

  @Test func aNewHostRunsTheNewFileBesideTheOld() throws {
    let old = try RunningHost(deployment)
    let source = try String(contentsOfFile: "\(packageRoot)/examples/c-connector/metronome.c", encoding: .utf8)
    let slower = source.replacing("BEAT_NS = 200000000", with: "BEAT_NS = 500000000")
    #expect(slower != source)
    try CLibrary.compile(deployment.scratch.write(slower, "slower.c"), to: file)
    try configure()
    let new = try RunningHost(deployment)
    for host in [old, new] { host.pass(2_000_000_000) }
    let totals = [old, new].map { $0.seat("metronome")?.markets.first?.tape.total }
    #expect(totals == [10, 4])
  }
}
