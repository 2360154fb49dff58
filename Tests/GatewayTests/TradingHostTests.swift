import Decimals
import Foundation
import MarketModel
import SharedFeed
import Testing
import Trading

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
