import Catalog
import Decimals
import Foundation
import JSONTree
import MarketModel
import Testing

@testable import Runtime

/// The two connectors of `examples/` as an operator meets them: dropped into the plugin folder of a host that was built
/// before.
@Suite struct DropIns {
  private let deployment: Deployment

  init() throws { deployment = try Deployment() }

  private func deployBoth() throws {
    try deployment.dropIn(Examples.metronome.get())
    try deployment.dropIn(Examples.lantern.get())
    try deployment.configure("""
      {"metronome": {"markets": {"spot": {"pairs": ["TIC-TOC"]}}, \(deployment.inside("metronome"))},
       "lantern": {"markets": {"spot": {"pairs": ["OIL-USD", "WICK-USD"]}}, "config": {"seed": 5},
                   \(deployment.inside("lantern"))}}
      """)
  }

  private func row(_ id: String) throws -> JSONValue {
    let result = try deployment.patchbay("connectors", "--config", deployment.configPath, "--json", "--id", id)
    #expect(result.status == 0 && result.errors == "")
    let rows = try JSONDocument.parse(text: result.output).array ?? []
    return try #require(rows.first { $0["id"]?.string == id })
  }

  @Test func areListedWithWhatTheConfigSays() throws {
    try deployment.dropIn(Examples.metronome.get())
    try deployment.dropIn(Examples.lantern.get())
    let hash = try LibraryLoader.sha256(file: "\(Examples.lantern.get())/liblantern.so")
    try deployment.configure(#"{"lantern": {"enabled": false, "sha256": "\#(hash)"}, "metronome": {}}"#)
    let metronome = try row("metronome")
    #expect(metronome["installed"] == true && metronome["enabled"] == true && metronome["trust"] == "unsigned")
    #expect(metronome["name"] == "Metronome" && metronome["spot"] == "ready" && metronome["perp"]?.string == nil)
    let lantern = try row("lantern")
    #expect(lantern["installed"] == true && lantern["enabled"] == false && lantern["trust"] == "unsigned")
    #expect(lantern["trust_reason"]?.string?.contains("the configuration trusts its library by its hash") == true)
    #expect(lantern["maintainer"] == "Patchbay" && lantern["tier"]?.string == nil)
    let hashed = try deployment.patchbay("connectors", "hash", "\(Examples.lantern.get())/liblantern.so")
    #expect(hashed.status == 0 && hashed.output == hash + "\n")
  }

  @Test func metronomeKeepsItsBookAndTrades() throws {
    try deployBoth()
    let running = try RunningHost(deployment)
    #expect(running.faults.isEmpty)
    try Pendulum.swings("metronome", in: running)
  }

  @Test(.enabled(if: Examples.hasRust)) func escapementKeepsItsBookAndTrades() throws {
    try deployment.dropIn(Examples.escapement.get())
    try deployment.configure(
      #"{"escapement": {"markets": {"spot": {"pairs": ["TIC-TOC"]}}, \#(deployment.inside("escapement"))}}"#)
    let running = try RunningHost(deployment)
    #expect(running.faults.isEmpty)
    try Pendulum.swings("escapement", in: running)
  }

  @Test func metronomeAnswersEveryCommand() throws {
    try deployBoth()
    let running = try RunningHost(deployment)
    let seat = try #require(running.seat("metronome"))
    func send(_ verb: Verb, _ channels: Channels = [], instrument: UInt64 = 1) -> CommandResult? {
      var draft = CommandDraft(verb)
      (draft.channels, draft.instrument) = (channels, instrument)
      var answer: CommandResult?
      seat.session.send(draft) { answer = $0 }
      return answer
    }
    #expect(send(.clock)?.outcome == .done)
    #expect(send(.subscribe, .book, instrument: 9)?.text == "the one instrument is TIC-TOC")
    #expect(send(.subscribe, .ticker)?.outcome == .refused)
    #expect(send(.place)?.text == "metronome does not offer place")
    running.pass(3 * Pendulum.beat)
    let market = try #require(seat.markets.first)
    #expect(send(.resync)?.outcome == .done)
    #expect(market.book.isReady && market.book.levels(.bid) == Pendulum.bids(3))
    #expect(market.book.counters.invalidations == 1)
    #expect(send(.unsubscribe, .trades)?.outcome == .done)
    running.pass(Pendulum.beat)
    #expect(market.live == .book && market.tape.total == 3 && market.book.levels(.ask) == Pendulum.asks(4))
    #expect(send(.unsubscribe, .book)?.outcome == .done)
    #expect(seat.session.nextTimer == nil, "an exchange that nobody listens to rests")
    #expect(send(.resync)?.outcome == .refused)
    #expect(send(.subscribe, [.book, .trades])?.outcome == .done)
    #expect(market.book.levels(.bid) == Pendulum.bids(4))
    #expect(seat.session.openCommands == [] && seat.session.counters.malformed == 0)
  }

  @Test func lanternKeepsItsBooks() throws {
    try deployBoth()
    let (running, same) = (try RunningHost(deployment), try RunningHost(deployment))
    try deployment.configure("""
      {"lantern": {"markets": {"spot": {"pairs": ["OIL-USD"]}}, "config": {"seed": 6, "flicker_ms": 100}}}
      """)
    let other = try RunningHost(deployment)
    #expect(running.faults.isEmpty && running.seat("lantern")?.missing == [])
    let seats = try [running, same, other].map { try #require($0.seat("lantern")) }
    var paths: [[Int64?]] = [[], [], []]
    for _ in 0..<20 {
      for (index, run) in [running, same, other].enumerated() {
        run.pass(250_000_000)
        let market = try #require(seats[index].markets.first)
        paths[index].append(market.book.bestBid?.price)
        #expect(market.book.levels(.bid).count == 3 && market.book.levels(.ask).count == 3)
        #expect(market.ticker?.bid == market.book.bestBid && market.ticker?.ask == market.book.bestAsk)
      }
    }
    #expect(paths[0] == paths[1] && paths[0] != paths[2], "the config's seed decides, and nothing else")
    #expect(seats[0].markets.map(\.instrument.pair) == ["OIL-USD", "WICK-USD"])
    #expect(seats[0].markets[0].book.sequence == 21 && seats[2].markets[0].book.sequence == 51)
    #expect(seats.allSatisfy { $0.session.counters.malformed == 0 })
  }

  @Test func runByTheCommandWithoutARebuild() throws {
    let built = ["patchbay", "libpaper.so"].map { "\(buildFolder)/\($0)" }
    let before = try built.map(readBytes)
    try deployBoth()
    let result = try deployment.patchbay(
      "run", "--config", deployment.configPath, "--for", "0.5", "--every", "0.25", "--json")
    #expect(result.status == 0 && result.errors == "", "they run in workers: \(result.errors)")
    let lines = try result.output.split(separator: "\n").map { try JSONDocument.parse(text: String($0)) }
    for pair in ["TIC-TOC", "OIL-USD", "WICK-USD"] {
      let line = try #require(lines.last { $0["pair"]?.string == pair })
      #expect(line["ready"] == true)
      let (bid, ask) = (try price(line["bid"]), try price(line["ask"]))
      #expect(bid > Decimal64(mantissa: 0, exponent: 0) && bid < ask)
    }
    #expect(try built.map(readBytes) == before, "the host is the one that was there before")
    let foreign = ["Runtime", "MarketModel", "Catalog", "patchbay", "PaperConnector"].flatMap {
      (try? FileManager.default.contentsOfDirectory(atPath: "\(Examples.lanternBuild)/debug/\($0).build")) ?? []
    }
    #expect(!foreign.contains { $0.hasSuffix(".o") }, "the example was built without the host")
  }

  private func price(_ level: JSONValue?) throws -> Decimal64 {
    try #require(level?.array?.first?.string.flatMap { Decimal64($0) })
  }

  @Test func aConfigThatAConnectorRefusesStopsThatOneAlone() throws {
    try deployBoth()
    try deployment.configure("""
      {"metronome": {"markets": {"spot": {"pairs": ["TIC-TOC"]}}},
       "lantern": {"markets": {"spot": {"pairs": ["OIL-USD"]}}, "config": {"flicker_ms": 0},
                   \(deployment.inside("lantern"))}}
      """)
    let running = try RunningHost(deployment)
    #expect(running.faults.map(\.description) == [
      "lantern: cannot be started (status 1): config.flicker_ms: expected milliseconds from 1 to 60000"
    ])
    #expect(running.seat("lantern") == nil && running.seat("metronome")?.missing == [])
  }

  /// Written in C and built by another Swift package: both run where nothing can be had.
  @Test func whatIsDroppedInRunsInWorkers() throws {
    try deployBoth()
    try deployment.configure("""
      {"metronome": {"markets": {"spot": {"pairs": ["TIC-TOC"]}}},
       "lantern": {"markets": {"spot": {"pairs": ["OIL-USD"]}}, "config": {"seed": 5}}}
      """)
    let running = try RunningHost(deployment)
    for id in ["metronome", "lantern"] {
      let seat = try #require(running.seat(id))
      #expect(seat.worker?.pid != nil && seat.missing == [])
      #expect(seat.worker?.layerReport.holding.contains("seccomp") == true)
    }
  }

  @Test func noTwoMayClaimTheSameConnector() throws {
    try deployment.dropIn(Examples.metronome.get())
    let text = try String(contentsOfFile: "\(Examples.metronome.get())/manifest.json", encoding: .utf8)
    try deployment.scratch.write(text, "plugins.d/zz/manifest.json")
    try deployment.scratch.write(manifestText(id: "other", connector: "metronome"), "plugins.d/other/manifest.json")
    try deployment.scratch.write(manifestText(id: "binance", connector: "mine"), "plugins.d/binance/manifest.json")
    try deployment.configure("{}")
    let catalog = try deployment.catalog()
    #expect(catalog["metronome"]?.libraryPath != nil && catalog["other"] == nil)
    #expect(catalog["binance"]?.origin == .registry)
    let told = catalog.problems.map(\.description)
    #expect(told.count == 3)
    #expect(told.contains { $0.contains(#"binance/manifest.json: id: "binance" is an entry of the registry"#) })
    #expect(told.contains { $0.contains(#"the connector "metronome" belongs to "metronome""#) })
    #expect(told.contains { $0.contains(#""metronome" lies in a folder named "zz""#) })
  }
}
