import Catalog
import Decimals
import Foundation
import MarketModel
import Records
import Testing

@testable import Runtime

/// Replays of real recordings against independently rebuilt books.
@Suite(.enabled(if: ConformanceData.folder != nil, "no recordings beside the project"))
struct ReplayConformance {
  /// Which connector a recording is for, in which library, and where its certification manifest stands.
  struct Subject {
    let connector: String
    let library: String
    let folder: String
  }

  static let subjects: [String: Subject] = [
    "binance": Subject(connector: "binance", library: "libbinance.so", folder: "Plugins/Binance"),
    "binance_us": Subject(connector: "binance_us", library: "libbinance.so", folder: "Plugins/Binance"),
    "binance_futures": Subject(connector: "binance_perpetual", library: "libbinance.so", folder: "Plugins/Binance"),
    "kraken": Subject(connector: "kraken", library: "libkraken.so", folder: "Plugins/Kraken"),
  ]

  static let captures = [
    "binance-2021-08-14", "binance-2021-10-12", "binance_us-2021-10-12", "binance_futures-2021-07-22",
    "kraken-2021-04-17",
  ]

  @Test(arguments: captures)
  func booksAndTradesEqualTheExpectedOnes(name: String) throws {
    let (capture, expected) = try Self.load(name)
    let replay = try Self.replay(capture)
    for checkpoint in expected["checkpoints"] as? [[String: Any]] ?? [] {
      let lines = try #require(checkpoint["after_lines"] as? Int)
      replay.run(lines: lines)
      for (symbol, sides) in checkpoint["books"] as? [String: [[[String]]]] ?? [:] {
        let market = try #require(replay.session.view.market(symbol: symbol))
        #expect(Self.side(market, .bid, 10) == Self.side(sides[0]), "\(symbol) bids after \(lines) lines")
        #expect(Self.side(market, .ask, 10) == Self.side(sides[1]), "\(symbol) asks after \(lines) lines")
      }
    }
    replay.run()
    try Self.compareFinal(replay, expected)
    #expect(replay.gaps.isEmpty && replay.unclaimedFrames == 0)
    #expect(replay.session.counters.malformed == 0 && replay.session.counters.unreadable == 0)
  }

  @Test(arguments: captures)
  func everyDroppedLineIsNoticedInTime(name: String) throws {
    let folder = try #require(ConformanceData.folder)
    let faults = try ConformanceData.json(folder + "/expected/FAULTS.json")["faults"] as? [String: [[String: Any]]]
    let (capture, _) = try Self.load(name)
    for fault in try #require(faults?[name]) {
      let line = try #require(fault["drop_line"] as? Int)
      let deadline = try #require(fault["detect_at_line"] as? Int)
      let replay = try Self.replay(capture, dropping: [line])
      replay.run()
      let gap = try #require(replay.gaps.first, "line \(line) dropped and not noticed")
      #expect(gap.line > line && gap.line <= deadline)
      let market = try #require(replay.session.view.market(symbol: gap.symbol))
      #expect(!market.book.isReady, "a book without its missing update must not be readable")
    }
  }

  static func load(_ name: String) throws -> (Capture, [String: Any]) {
    let folder = try #require(ConformanceData.folder)
    return (
      try Capture(file: "\(folder)/captures/\(name).jsonl.gz"),
      try ConformanceData.json("\(folder)/expected/\(name).json")
    )
  }

  static func replay(_ capture: Capture, dropping: Set<Int> = []) throws -> Replay {
    // Recordings are named after the exchange and the day: binance_us-2021-10-12.
    let exchange = capture.name.split(separator: "-")[0]
    let subject = try #require(subjects[String(exchange)], "no connector is named for \(capture.name)")
    let registry = try Registry.load(path: packageRoot + "/registry.json")
    let library = try LibraryLoader.load(
      file: buildFolder + "/" + subject.library, manifests: registry.manifests(library: subject.library))
    let connector = try #require(library.connectors[subject.connector])
    let names = ["certification.\(subject.connector).json", "certification.json"]
    let files = names.map { "\(packageRoot)/\(subject.folder)/\($0)" }
    let file = try #require(files.first { FileManager.default.fileExists(atPath: $0) })
    let manifest = try ReplayManifest(bytes: Array(Data(contentsOf: URL(fileURLWithPath: file))), file: file)
    return try Replay(capture, connector: connector, manifest: manifest, dropping: dropping)
  }

  static func compareFinal(_ replay: Replay, _ expected: [String: Any]) throws {
    let books = try #require(expected["books"] as? [String: [String: Any]])
    #expect(replay.books == Set(books.keys))
    for (symbol, book) in books {
      let market = try #require(replay.session.view.market(symbol: symbol))
      #expect(market.book.isReady)
      #expect(market.book.sequence == book["last_sequence"] as? UInt64 ?? 0)
      #expect(market.book.depth(.bid) == book["levels_bid"] as? Int)
      #expect(market.book.depth(.ask) == book["levels_ask"] as? Int)
      #expect(side(market, .bid, 50) == side(book["bids"] as? [[String]] ?? []))
      #expect(side(market, .ask, 50) == side(book["asks"] as? [[String]] ?? []))
      #expect(market.book.counters.updates == book["deltas_applied"] as? UInt64)
    }
    let trades = try #require(expected["trades"] as? [String: [String: Any]])
    #expect(Set(replay.trades.keys) == Set(trades.keys))
    for (symbol, wanted) in trades {
      let seen = try #require(replay.trades[symbol])
      #expect(seen.count == wanted["count"] as? Int)
      let market = try #require(replay.session.view.market(symbol: symbol))
      try compare(try #require(seen.first), wanted["first"] as? [String: Any] ?? [:], market.instrument)
      try compare(try #require(seen.last), wanted["last"] as? [String: Any] ?? [:], market.instrument)
    }
  }

  private static func compare(_ trade: Trade, _ wanted: [String: Any], _ instrument: Instrument) throws {
    let id = wanted["id"].flatMap { $0 is NSNull ? nil : "\($0)" } ?? ""
    #expect(trade.id.text == id)
    let price = Decimal64(mantissa: trade.price, exponent: instrument.priceExponent)
    #expect(price == Decimal64(wanted["price"] as? String ?? ""))
    let quantity = Decimal64(mantissa: trade.quantity, exponent: instrument.quantityExponent)
    #expect(quantity == Decimal64(wanted["qty"] as? String ?? ""))
    if let side = wanted["taker_side"] as? String { #expect(trade.takerSide == (side == "buy" ? .buy : .sell)) }
    if let time = wanted["time_ns"] as? Int64 { #expect(trade.time == time) }
  }

  static func side(_ market: MarketState, _ side: BookSide, _ depth: Int) -> [[Decimal64?]] {
    market.book.levels(side, depth: depth).map {
      [
        Decimal64(mantissa: $0.price, exponent: market.book.priceExponent),
        Decimal64(mantissa: $0.quantity, exponent: market.book.quantityExponent),
      ]
    }
  }

  static func side(_ levels: [[String]]) -> [[Decimal64?]] { levels.map { $0.prefix(2).map { Decimal64($0) } } }
}
