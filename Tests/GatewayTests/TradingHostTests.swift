import Catalog
import Decimals
import Foundation
import MarketModel
import Runtime
import SharedFeed
import Synchronization
import Testing
import Trading
import Vault

@testable import Gateway
@testable import PatchbayHost

/// The host as a strategy in Swift has it.
@Suite struct TradingHostTests {
  @Test func aStrategyAsksTradesAndHears() async throws {
    let paper = try PaperHost()
    let host = paper.host
    #expect(host.connectors.map(\.id) == ["paper", "paper_perpetual"])
    #expect(host.connectors.map(\.trades) == [true, true])
    #expect(try await host.missing(on: "paper") == [])
    #expect(try await host.instruments(on: "paper").map(\.pair).sorted() == ["BTC-USDT", "ETH-USDT"])
    let events = host.events()
    let book = try await host.book("BTC-USDT", on: "paper", depth: 1)
    let best = try #require(book.bids.first)
    #expect(book.missing == nil && book.price(best).isPositive && book.quantity(best).isPositive)
    let draft = OrderDraft(side: .buy, type: .limit, quantity: try #require(Decimal64("0.02")), price: Decimal64(1000))
    let order = try await host.place(draft, "BTC-USDT", on: "paper")
    #expect(try await host.openOrders(on: "paper").map(\.id) == [order])
    var heard: [String] = []
    for await event in events where event.order?.id == order {
      switch event.event {
      case .created:
        heard.append("created")
        try await host.cancel(order, on: "paper")
      case .cancelled: heard.append("cancelled")
      default: continue
      }
      if heard.last == "cancelled" { break }
    }
    #expect(heard == ["created", "cancelled"])
    #expect(try await host.order(order, on: "paper")?.state == .cancelled)
    #expect(try await host.balances(on: "paper")["USDT"]?.total.isPositive == true)
    try await host.halt("a test", on: "paper")
    await #expect(throws: HostRefusal.self) { try await host.place(draft, "BTC-USDT", on: "paper") }
  }

  /// A clock that runs ahead of the machine's by what it is reported.
  private final class SkippingClock: HostClock {
    private let system = SystemClock()
    private let ahead = Atomic<Int64>(0)

    func skip(_ nanoseconds: Int64) { ahead.add(nanoseconds, ordering: .sequentiallyConsistent) }

    func now() -> Times {
      let (times, ahead) = (system.now(), ahead.load(ordering: .sequentiallyConsistent))
      return Times(mono: times.mono + ahead, wall: times.wall + ahead, venue: times.venue + ahead)
    }
  }

  /// What is older than is kept goes within the hour, not at the start alone.
  @Test func anEmbeddedHostIsPrunedEachHour() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "patchbay-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let text = """
      { "schema": 1, "connectors": { "paper": { "markets": { "spot": { "pairs": ["BTC-USDT"] } } } },
        "recording": { "folder": "kept", "keep_days": 1 } }
      """
    try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/patchbay.json"))
    let config = try Config.load(path: "\(folder)/patchbay.json", environment: [:])
    let catalog = Catalog.discover(
      registry: try Registry.load(path: "\(packageRoot)/registry.json"), config: config, libraryFolders: [buildFolder])
    let clock = SkippingClock()
    let host = try TradingHost(
      config, catalog, clock: clock,
      TradingHost.Surroundings(
        libraryFolders: [buildFolder], password: { _ in throw KeyStoreFault.emptyPassword }, report: { _ in },
        stop: {}))
    host.start()
    defer { host.stop() }
    let file = "\(folder)/kept/paper.1.pbrec"
    try FileManager.default.createDirectory(atPath: "\(folder)/kept", withIntermediateDirectories: true)
    try Data([1]).write(to: URL(fileURLWithPath: file))
    let old = Date(timeIntervalSinceNow: -2 * 24 * 3600)
    try FileManager.default.setAttributes([.modificationDate: old], ofItemAtPath: file)
    func pass(_ nanoseconds: Int64) {
      clock.skip(nanoseconds)
      let isDone = Awaited<Bool>()
      // Two rounds of the loop: in the first it may have looked at the clock before.
      host.server.submit { host.server.submit { isDone.put(true) } }
      #expect(isDone.wait(until: clock.now().mono + 20_000_000_000) == true)
    }
    pass(Pruning.interval - 60_000_000_000)
    #expect(FileManager.default.fileExists(atPath: file))
    pass(61_000_000_000)
    let end = clock.now().mono + 20_000_000_000
    var words: [String] = []
    while words.isEmpty, clock.now().mono < end {
      usleep(2000)
      words = host.events.take().events.filter { $0.kind == "recording" }.map(\.text)
    }
    #expect(words.count == 1 && words[0].contains("paper") && !FileManager.default.fileExists(atPath: file))
  }

  /// Where something else cannot start, nothing is left that looks alive.
  @Test func aHostThatNeverStartsLeavesNothing() throws {
    let running = try PaperHost()
    let folder = FileManager.default.temporaryDirectory.appending(path: "patchbay-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let text = """
      { "schema": 1, "connectors": { "paper": { "markets": { "spot": { "pairs": ["BTC-USDT"] } } } },
        "gateway": { "listen": "127.0.0.1:\(running.port)" } }
      """
    try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/patchbay.json"))
    var segment = ""
    try {
      let host = try TradingHost(
        configuration: "\(folder)/patchbay.json", registry: "\(packageRoot)/registry.json",
        libraryFolders: [buildFolder])
      segment = try #require(host.feed?.filePath)
      #expect(throws: GatewayFault.self) { try GatewayServer(host) {} }
    }()
    #expect(!FileManager.default.fileExists(atPath: segment))
    for name in ["feed.shm", "run.sock", "api.sock", "api.token"] {
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/data/\(name)"), "\(name)")
    }
  }

  @Test func refusalsNameWhatIsMissing() async throws {
    let host = try SharedHost.get().host
    for (code, ask) in [
      ("unknown_connector", { _ = try await host.book("BTC-USDT", on: "nowhere") }),
      ("unknown_pair", { _ = try await host.book("NO-PAIR", on: "paper") }),
      ("unknown_order", { try await host.cancel(OrderID(1), on: "paper") }),
    ] as [(String, () async throws -> Void)] {
      do {
        try await ask()
        Issue.record("\(code) is expected")
      } catch let refusal as HostRefusal {
        #expect(refusal.code == code && !refusal.text.isEmpty)
      }
    }
  }
}
