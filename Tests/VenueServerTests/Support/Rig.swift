import Catalog
import Foundation
import MarketModel
import Runtime
import Testing
import Transport
import Venue
import VenueRecording
import VenueServer

/// Foundation has a `Host` too.
typealias Host = Runtime.Host

/// Recorded traffic that stands beside the project; absent in a bare checkout.
enum Recordings {
  static let folder: String? = {
    let named = ProcessInfo.processInfo.environment["PATCHBAY_SHARED"]
    let candidate = (named ?? packageRoot + "/../shared") + "/data/captures"
    return FileManager.default.fileExists(atPath: candidate) ? candidate : nil
  }()

  /// Read once: the tests run one at a time.
  nonisolated(unsafe) private static var tapes: [String: Tape] = [:]

  /// A scene's recording, or one made up where there is none.
  static func tape(_ scene: Scene) throws -> Tape {
    let key = "\(scene.capture) \(scene.isMade)"
    if let known = tapes[key] { return known }
    let made = MadeRecording.capture(scene.dialect, pairs: scene.pairs)
    let tape = scene.isMade ? try Tape(made) : try Tape(file: "\(try #require(folder))/\(scene.capture).jsonl.gz")
    tapes[key] = tape
    return tape
  }
}

/// The checkout's top folder.
let packageRoot = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent().path

/// Where the libraries of this build are: beside the test bundle.
let buildFolder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path

/// The machine's clock, pushed forward by tests that would otherwise wait.
final class PushedClock: HostClock, @unchecked Sendable {
  private let real = SystemClock()
  private var ahead: Int64 = 0

  func push(_ nanoseconds: Int64) { ahead += nanoseconds }

  func now() -> Times {
    let times = real.now()
    return Times(mono: times.mono + ahead, wall: times.wall + ahead, venue: times.venue + ahead)
  }
}

/// How a recorded venue is reached and what of it is wanted.
struct Scene: Sendable, CustomTestStringConvertible {
  let capture: String
  let dialect: RecordedDialect
  let connector: String
  let market: Market
  let pairs: [String]
  let hosts: [String]
  var settings = ""
  var comparedDepth = Int.max
  /// Made up, not recorded.
  var isMade = Recordings.folder == nil
  var testDescription: String { isMade ? "made up like \(capture)" : settings.isEmpty ? capture : capture + settings }

  static let binance = Scene(
    capture: "binance-2021-08-14", dialect: .binanceSpot, connector: "binance", market: .spot,
    pairs: ["FTM-USDT", "SXP-BTC", "BADGER-BTC", "XMR-BTC"], hosts: ["api.binance.com:443", "stream.binance.com:9443"])
  static let perpetual = Scene(
    capture: "binance_futures-2021-07-22", dialect: .binanceFutures, connector: "binance", market: .perp,
    pairs: ["SUSHI-USDT", "AKRO-USDT", "KEEP-USDT", "CTK-USDT"],
    hosts: ["fapi.binance.com:443", "fstream.binance.com:443"])
  static let kraken = Scene(
    capture: "kraken-2021-04-17", dialect: .krakenV1, connector: "kraken", market: .spot,
    pairs: ["XMR-USD", "BTC-CHF", "ADA-BTC", "WAVES-EUR"], hosts: ["api.kraken.com:443", "ws.kraken.com:443"],
    settings: #", "config": {"version": "v1"}"#, comparedDepth: 10)
  /// The same recording in the words of the second version.
  static let krakenV2 = Scene(
    capture: "kraken-2021-04-17", dialect: .krakenV1, connector: "kraken", market: .spot,
    pairs: ["XMR-USD", "BTC-CHF", "ADA-BTC", "WAVES-EUR"], hosts: ["api.kraken.com:443", "ws.kraken.com:443"],
    comparedDepth: 10)
}

extension Scene {
  static let all = [Scene.binance, .perpetual, .kraken, .krakenV2]

  /// The same with a recording that is made up.
  var made: Scene {
    var scene = self
    scene.isMade = true
    return scene
  }
}

/// A host with the real connector over real TLS, against a venue that serves a recording through faults, all in this
/// process: the venue on its own thread, the host on the test's.
final class LiveRig {
  static let prefix = "/venue"
  let clock = PushedClock()
  private let real = SystemClock()
  let tape: Tape
  let server: VenueServer
  let faulty: FaultyVenue
  let recording: RecordingVenue
  let truth: Truth
  let host: Host
  private let folder: URL
  /// The host's time runs ahead by so much with every turn in which something is missing, so that backoffs pass.
  var push: Int64 = 0
  /// The same always, so that the host's own deadlines pass.
  var pushesAlways = false
  /// A condition that does not come has been waited for so long, in real time, however slow the machine is.
  private static let patience: Int64 = 90_000_000_000

  init(
    _ scene: Scene, pace: Pace = .times(50), rules: [FaultRule] = [], events: [FaultEvent] = [], seed: UInt64 = 1,
    wrap: (ServedVenue) -> ServedVenue = { $0 }, change: (FaultyVenue, Tape) -> Void = { _, _ in }
  ) throws {
    tape = try Recordings.tape(scene)
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("patchbay-venue-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let authorities = folder.appendingPathComponent("authority.pem").path
    var options = VenueServer.Options()
    options.authorityFile = authorities
    server = try VenueServer(options) { [real] in
      let times = real.now()
      return VenueTime(mono: times.mono, wall: times.wall)
    }
    recording = RecordingVenue(tape, pace: pace)
    faulty = FaultyVenue(wrap(recording), rules: rules, events: events, seed: seed)
    change(faulty, tape)
    try server.mount(faulty, at: LiveRig.prefix, waitsForReaders: pace == .flood)
    truth = Truth(tape, comparedDepth: scene.comparedDepth)

    let url = server.url(LiveRig.prefix)
    let urls = scene.hosts.map { "\"\($0)\": \"\(url)\"" }.joined(separator: ", ")
    let pairs = scene.pairs.map { "\"\($0)\"" }.joined(separator: ", ")
    let market = scene.market.rawValue
    let text = """
      {"schema": 1, "connectors": {"\(scene.connector)": {"markets": {"\(market)": {"pairs": [\(pairs)]}},
        "endpoint": {"urls": {\(urls)}}\(scene.settings)}}}
      """
    let config = try Config.parse(bytes: Array(text.utf8), file: "patchbay.json", environment: [:])
    let registry = try Registry.load(path: "\(packageRoot)/registry.json")
    let catalog = Catalog.discover(registry: registry, config: config, libraryFolders: [buildFolder])
    let loop = try #require(EventLoop(clock: clock))
    let lane = Lane(clock: clock, poller: loop)
    let budgets = ConnectBudgets(ConnectBudget(burst: 1000, interval: 1))
    host = Host(lane: lane, observer: truth) { manifest, connector in
      var options = ConnectionOptions()
      options.substitutes = connector.endpoint.urls
      options.authorities = authorities
      return NetworkTransport(loop: loop, hosts: manifest.hosts, options: options, budgets: budgets)
    }
    let faults = host.load(config, catalog: catalog, libraryFolders: [buildFolder])
    try #require(faults.isEmpty, "\(faults)")
    server.start()
    host.start()
  }

  deinit {
    host.stop()
    server.stop()
    try? FileManager.default.removeItem(at: folder)
  }

  /// Runs the host until `condition` holds; `false` when it does not for long.
  func turn(until condition: () -> Bool) -> Bool {
    let start = real.now().mono
    while real.now().mono - start < LiveRig.patience {
      if condition() { return true }
      turnOnce()
    }
    return condition()
  }

  /// Runs the host for a moment.
  func turnOnce() {
    host.lane.run(until: clock.now().mono + 5_000_000)
    if push > 0, pushesAlways || !isReady { clock.push(push) }
  }

  var isReady: Bool { host.seats.allSatisfy { $0.missing.isEmpty } }

  /// Whether every book that is wanted is there and ready; before the instruments are known, none is.
  var areBooksReady: Bool {
    host.seats.allSatisfy { seat in seat.markets.count == seat.pairs.count && seat.markets.allSatisfy(\.book.isReady) }
  }

  /// Asks once more for everything, as an operator would whose subscription was refused.
  func subscribeAgain() {
    for seat in host.seats {
      for market in seat.markets {
        var subscribe = CommandDraft(.subscribe)
        subscribe.instrument = market.instrument.id.rawValue
        subscribe.channels = [.book, .trades, .ticker]
        seat.session.times = clock.now()
        seat.session.send(subscribe) { _ in }
      }
    }
  }

  /// Whether every book is ready and goes on from here.
  func becomesTrue() -> Bool {
    guard turn(until: { isReady }) else { return false }
    let before = truth.checks
    return turn { isReady && truth.checks > before + 20 }
  }

  /// Whether each book stands, and an update has followed on its snapshot.
  var areBooksFollowed: Bool { areBooksReady && truth.followed.count == host.seats.flatMap(\.pairs).count }

  /// What goes wrong from now on.
  func suffer(_ rules: [FaultRule]) { server.perform { [faulty] in faulty.rules = rules } }

  /// How often a fault has come.
  func count(_ name: String) -> Int { server.perform { [faulty] in faulty.counts[name] ?? 0 } }

  /// Markets whose subscription was refused.
  var rejected: Int { host.seats.flatMap(\.missing).count { $0.contains("rejected") } }

  /// What stands in the way, for messages.
  var state: String {
    let missing = host.seats.flatMap(\.missing)
    return "missing \(missing), checks \(truth.checks), gaps \(truth.gaps), said \(truth.texts.suffix(8))"
  }
}
