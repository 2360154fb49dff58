import Catalog
import Foundation
import Testing

@testable import Runtime

/// A connector inside the host gives way to a newer file, on virtual time. The older one stays linked.
@Suite struct InsideUpgradeTests {
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

  /// Puts another version into the plugin folder, which beats twice a second, and loads it.
  private func next(_ change: (String) -> String = { $0 }) throws -> NewVersion {
    let source = try String(contentsOfFile: "\(packageRoot)/examples/c-connector/metronome.c", encoding: .utf8)
      .replacing("BEAT_NS = 200000000", with: "BEAT_NS = 500000000").replacing(#"\"1.0.0\""#, with: #"\"1.0.1\""#)
    try CLibrary.compile(deployment.scratch.write(change(source), "next.c"), to: file)
    let manifest = String(decoding: try readBytes("\(packageRoot)/examples/c-connector/manifest.json"), as: UTF8.self)
    _ = try deployment.scratch.write(
      manifest.replacing(#""version": "1.0.0""#, with: #""version": "1.0.1""#), "plugins.d/metronome/manifest.json")
    try configure()
    return try NewVersion(
      #require(deployment.config()["metronome"]), deployment.catalog(), libraryFolders: [])
  }

  @Test func anotherFileTakesOverAndNoBookIsUnready() throws {
    let running = try RunningHost(deployment)
    let seat = try #require(running.seat("metronome"))
    let market = try #require(seat.markets.first)
    let folder = deployment.scratch.path("recordings")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let writer = RecordingWriter()
    writer.start()
    seat.record(RecordingPlan(folder: folder, maximumBytes: 1 << 20, writer: writer))
    running.pass(2_000_000_000)
    #expect(market.tape.total == 10 && market.book.isReady)
    let version = try next()
    var ends: [String?] = []
    running.host.upgrade(to: version) { ends.append($0) }
    for _ in 0..<100 where ends.isEmpty {
      running.pass(100_000_000)
      #expect(market.book.isReady)
    }
    #expect(ends == [nil])
    #expect(seat.markets.first === market && seat.missing.isEmpty)
    let hash = try LibraryLoader.sha256(file: file)
    #expect(seat.manifest?.version == "1.0.1" && seat.library.sha256 == hash)
    let before = market.tape.total
    running.pass(5_000_000_000)
    #expect(market.tape.total == before + 10)
    // What is not there is refused at once, and changes nothing.
    running.host.upgrade(to: version) { ends.append($0) }
    #expect(ends.last == "1.0.1 is what runs already")
    running.host.stop()
    writer.finish()
    // The new one's recording has its first input, and gives what it said.
    let recordings = try FileManager.default.contentsOfDirectory(atPath: folder)
      .map { try Recording(file: "\(folder)/\($0)") }
    let second = try #require(recordings.first { $0.header.firstInput == 1 })
    #expect(recordings.count == 2 && second.fault == nil)
    let connector = try #require(seat.library.connectors["metronome"])
    #expect(try RecordingReplay.run([second], connector: connector).map(\.sha256) == [second.outputsSHA256])
  }

  @Test func oneThatGivesUpEndsAlone() throws {
    let running = try RunningHost(deployment)
    let market = try #require(running.seat("metronome")?.markets.first)
    let version = try next { $0.replacing("case PB_IN_TIMER: {", with: "case PB_IN_TIMER: return PB_E_INTERNAL; {") }
    var ends: [String?] = []
    running.host.upgrade(to: version) { ends.append($0) }
    running.pass(2_000_000_000)
    #expect(ends.count == 1 && ends.first??.hasPrefix("metronome: ") == true, "\(ends)")
    #expect(market.tape.total == 10 && market.book.isReady && running.seat("metronome")?.upgrade == nil)
    running.host.stop()
  }

  @Test func oneThatIsDisabledMeanwhileStaysWhatItIs() throws {
    let running = try RunningHost(deployment)
    let seat = try #require(running.seat("metronome"))
    let version = try next()
    var ends: [String?] = []
    running.host.upgrade(to: version) { ends.append($0) }
    running.pass(1_000_000_000)
    seat.park()
    #expect(ends == ["it was taken out of use"])
    running.pass(10_000_000_000)
    #expect(seat.manifest?.version == "1.0.0" && seat.isParked)
    seat.unpark()
    running.pass(1_000_000_000)
    #expect(seat.markets.first?.book.isReady == true)
    running.host.stop()
  }
}
