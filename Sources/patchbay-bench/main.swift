import CBench
import Catalog
import Foundation
import MarketModel
import Records
import Runtime

// Decode and apply, per message, through the loaded library: from the bytes of a frame to the changed book, every
// record checked on the way. The reference is a plain C walk over the same bytes in the same run; only ratios mean
// something.

struct Result {
  var name: String
  var messages: Int
  var bytes: Int
  var connector: Double
  var scan: Double
  var allocations: Double
}

let clock = SystemClock()
let rounds = 15

/// Nanoseconds per message of the fastest round: the others were disturbed.
func fastest(_ messages: Int, _ body: () -> Void) -> Double {
  var best = Int64.max
  for _ in 0..<rounds {
    let start = clock.now().mono
    body()
    best = min(best, clock.now().mono - start)
  }
  return Double(best) / Double(messages)
}

nonisolated(unsafe) var sink: UInt64 = 0

func scan(_ feed: Feed) -> Double {
  fastest(feed.messages.count) {
    for message in feed.messages { sink &+= cbench_scan(message.baseAddress, message.count) }
  }
}

/// A session whose book is ready for the feed's first message.
func ready(_ connector: PeerConnector, _ snapshot: [UInt8]) throws -> (Session, UInt64) {
  let transport = BenchTransport([("exchangeInfo", GeneratedDepth.instruments), ("depth", snapshot)])
  let session = try Session(
    name: "binance", connector: connector, config: Array("{}".utf8), transport: transport, observer: nil,
    times: clock.now())
  session.start(trading: false)
  session.send(CommandDraft(.instruments)) { _ in }
  var subscribe = CommandDraft(.subscribe)
  subscribe.instrument = 1
  subscribe.channels = .book
  session.send(subscribe) { _ in }
  return (session, transport.stream)
}

func generated(_ connector: PeerConnector, levels: Int) throws -> Result {
  var depth = GeneratedDepth(levels: levels, seed: 7)
  let snapshot = depth.snapshot
  let feed = Feed(name: "generated, \(levels) levels", messages: depth.messages(20_000))
  var best = Double.infinity
  var allocations = 0.0
  for _ in 0..<rounds {
    let (session, stream) = try ready(connector, snapshot)
    let first = feed.messages.count / 4
    for message in feed.messages[..<first] { session.frame(stream, message, .text) }
    let before = cbench_allocations()
    let start = clock.now().mono
    for message in feed.messages[first...] { session.frame(stream, message, .text) }
    let time = clock.now().mono - start
    let count = Double(feed.messages.count - first)
    best = min(best, Double(time) / count)
    allocations = Double(cbench_allocations() - before) / count
    guard let book = session.view[1]?.book, book.isReady, book.counters.updates == UInt64(feed.messages.count) else {
      throw BenchFault.wrongBook(feed.name)
    }
  }
  return Result(
    name: feed.name, messages: feed.messages.count, bytes: feed.bytes / feed.messages.count, connector: best,
    scan: scan(feed), allocations: allocations)
}

/// Why a figure would be worth nothing.
enum BenchFault: Error, CustomStringConvertible {
  case wrongBook(String)
  case noConnector
  var description: String {
    switch self {
    case .wrongBook(let name): "\(name): not every message was applied"
    case .noConnector: "libbinance.so has no connector binance"
    }
  }
}

/// The frames of a recording, fed to fresh replays that stand at its first quarter.
func recorded(_ file: String, _ connector: PeerConnector, _ manifest: ReplayManifest) throws -> Result {
  let capture = try Capture(file: file)
  let first = capture.entries.count / 4
  let frames = capture.entries[first...].filter { $0.isIncoming && ($0.kind == .text || $0.kind == .binary) }
  let feed = Feed(name: capture.name, messages: frames.map(\.data))
  var options = OrderBook.Options()
  options.checksInvariants = false
  var best = Double.infinity
  var allocations = 0.0
  for _ in 0..<(rounds * 4) {
    let replay = try Replay(
      capture, connector: connector, manifest: manifest, bookOptions: options)
    replay.run(lines: first)
    let stream = replay.streamOfFirstSocket
    // What the replay counts for its report is no part of the path.
    replay.session.observer = nil
    let before = cbench_allocations()
    let start = clock.now().mono
    for message in feed.messages { replay.session.frame(stream, message, .text) }
    let time = clock.now().mono - start
    best = min(best, Double(time) / Double(feed.messages.count))
    allocations = Double(cbench_allocations() - before) / Double(feed.messages.count)
  }
  return Result(
    name: feed.name, messages: feed.messages.count, bytes: feed.bytes / max(1, feed.messages.count), connector: best,
    scan: scan(feed), allocations: allocations)
}

func pad(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(0, width - text.count)) + text }
func number(_ value: Double, _ places: Int) -> String { String(format: "%.\(places)f", value) }

do {
  let folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path
  let root = [FileManager.default.currentDirectoryPath, folder + "/../../.."].first {
    FileManager.default.fileExists(atPath: $0 + "/registry.json")
  } ?? "."
  let registry = try Registry.load(path: root + "/registry.json")
  let loadStart = clock.now().mono
  let library = try LibraryLoader.load(
    file: folder + "/libbinance.so", manifests: registry.manifests(library: "libbinance.so"))
  let loadTime = clock.now().mono - loadStart
  guard let connector = library.connectors["binance"] else { throw BenchFault.noConnector }

  // `patchbay-bench 4` measures only generated messages of that many levels, for profiling.
  let only = CommandLine.arguments.dropFirst().first.flatMap { Int($0) }
  var results = try (only.map { [$0] } ?? [4, 24]).map { try generated(connector, levels: $0) }
  let manifestFile = root + "/Plugins/Binance/certification.json"
  let manifest = try ReplayManifest(bytes: try GzipFile.read(manifestFile), file: manifestFile)
  let shared = ProcessInfo.processInfo.environment["PATCHBAY_SHARED"] ?? root + "/../shared"
  for name in ["binance-2021-08-14", "binance-2021-10-12"] where only == nil {
    let file = "\(shared)/data/captures/\(name).jsonl.gz"
    if FileManager.default.fileExists(atPath: file) { results.append(try recorded(file, connector, manifest)) }
  }

  print("binance: \(library.bytes / 1024) KiB, loaded and checked in \(number(Double(loadTime) / 1e6, 2)) ms\n")
  print("decode and apply, per message          bytes  connector ns     C scan ns  ratio  allocations")
  for result in results {
    print(
      result.name.padding(toLength: 36, withPad: " ", startingAt: 0) + pad("\(result.bytes)", 8)
        + pad(number(result.connector, 1), 14) + pad(number(result.scan, 1), 14)
        + pad(number(result.connector / result.scan, 2), 7) + pad(number(result.allocations, 3), 13))
  }
  print("\nThe C scan walks the same bytes and turns every number into an integer; it checks and keeps nothing.")
} catch {
  print("bench: \(error)")
  exit(1)
}
