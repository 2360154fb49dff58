import Catalog
import Decimals
import Foundation
import MarketModel
import Testing

@testable import Gateway
@testable import PatchbayHost

/// What needs no host.
@Suite struct PureTests {
  @Test func changesMakeOneBookOutOfAnother() {
    var seed: UInt64 = 7
    func draw(_ limit: UInt64) -> Int64 {
      seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int64((seed >> 33) % limit)
    }
    func side(_ isBid: Bool) -> [Level] {
      let prices = Set((0..<draw(12)).map { _ in draw(20) + 1 })
      return prices.sorted(by: isBid ? (>) : (<)).map { Level(price: $0, quantity: draw(3) + 1) }
    }
    for round in 0..<2000 {
      let isBid = round % 2 == 0
      let (old, new) = (side(isBid), side(isBid))
      var book = Dictionary(uniqueKeysWithValues: old.map { ($0.price, $0.quantity) })
      let changes = BookChange.levels(from: old[...], to: new[...], isBid: isBid)
      for level in changes {
        #expect(book[level.price] != level.quantity, "nothing is told twice")
        book[level.price] = level.quantity == 0 ? nil : level.quantity
      }
      #expect(book == Dictionary(uniqueKeysWithValues: new.map { ($0.price, $0.quantity) }))
    }
  }

  @Test func hostsAndOriginsAreLookedAt() {
    var config = Config.Gateway()
    config.hosts = ["Trader.example"]
    config.origins = ["https://panel.example"]
    let access = Access(config, ownToken: "own")
    for name in ["localhost", "LOCALHOST:80", "127.0.0.1", "10.0.0.9:1", "[::1]:8765", "trader.example:8765"] {
      #expect(access.permits(host: name), "\(name)")
    }
    for name in ["", "attacker.example", "127.0.0.1.attacker.example", "localhost.attacker.example", "1.2", "[evil]"] {
      #expect(!access.permits(host: name), "\(name)")
    }
    #expect(!access.permits(host: nil) && access.permits(origin: nil) && !access.permits(origin: "null"))
    #expect(access.permits(origin: "https://panel.example") && !access.permits(origin: "http://panel.example"))
    #expect(access.client(token: "own")?.scope == .admin && access.client(token: "owner") == nil)
  }

  @Test func scopesIncludeThoseBefore() {
    let trader = Client(name: "a", scope: .trade, hasToken: true)
    #expect(trader.allows(.read) && trader.allows(.trade) && !trader.allows(.admin))
    #expect(trader.scopes == ["read", "trade"])
  }

  @Test func idsOutliveTheHost() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "ledger-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: file) }
    let day: Int64 = 24 * 3600 * 1_000_000_000
    var ledger = try OrderLedger(file: file, wall: 100 * day)
    let place = OrderLedger.Place(connector: "paper", order: 7, sent: "x7")
    try ledger.begin("old", digest: "d0", wall: 90 * day)
    try ledger.begin("placed", digest: "d1", wall: 100 * day)
    #expect(ledger.lines.append(OrderLedger.line("placed", place)))
    ledger.bind("placed", place)
    try ledger.begin("open", digest: "d2", wall: 100 * day)
    try ledger.begin("freed", digest: "d3", wall: 100 * day)
    ledger.free("freed")
    ledger.free("placed")
    try ledger.sync()
    for _ in 0..<2 {
      let again = try OrderLedger(file: file, wall: 101 * day)
      #expect(again["placed"]?.place == place && again["placed"]?.digest == "d1")
      #expect(again.name(connector: "paper", order: "7") == "placed")
      #expect(again["open"]?.isOpen == false && again["open"]?.place == nil, "whether it was sent is not known")
      #expect(again["freed"] == nil && again.damage.isEmpty)
      #expect(again["old"] == nil, "older than a week")
    }
  }

  /// A clock that is years ahead frees no id whose order may be open.
  @Test func aWrongClockForgetsNoIDs() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "ledger-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: file) }
    let day: Int64 = 24 * 3600 * 1_000_000_000
    var ledger = try OrderLedger(file: file, wall: 100 * day)
    try ledger.begin("mine", digest: "d", wall: 100 * day)
    try ledger.sync()
    #expect(try OrderLedger(file: file, wall: 4000 * day)["mine"]?.digest == "d")
    var late = try OrderLedger(file: file, wall: 120 * day)
    try late.begin("other", digest: "d", wall: 120 * day)
    try late.sync()
    let again = try OrderLedger(file: file, wall: 121 * day)
    #expect(again["mine"] == nil && again["other"] != nil)
  }

  @Test func ratesAreChained() throws {
    func step(_ pair: String, _ price: Decimal64, _ connector: String = "a") -> RateStep {
      let parts = pair.split(separator: "-").map(String.init)
      return RateStep(connector: connector, pair: pair, base: parts[0], quote: parts[1], price: price)
    }
    let markets = [
      step("BTC-USDT", Decimal64(60_000)), step("ETH-USDT", Decimal64(3000)), step("BTC-EUR", Decimal64(55_000), "b"),
      step("BTC-USDT", Decimal64(1), "z"),
    ]
    let path = try #require(Rates.path(from: "ETH", to: "EUR", markets))
    #expect(path.map(\.pair) == ["ETH-USDT", "BTC-USDT", "BTC-EUR"] && path.map(\.isInverted) == [false, true, false])
    #expect(path[1].connector == "a", "the first by name")
    #expect(Rates.rate(path) == Decimal64(2750))
    #expect(Rates.path(from: "ETH", to: "XRP", markets) == nil)
    #expect(Rates.rate([]) == .one)
    let third = [step("A-B", Decimal64(3))].map { step in var step = step; step.isInverted = true; return step }
    #expect(Rates.rate(third)?.plain == "0.333333333333333333")
    let large = Decimal64(mantissa: 999_999_999_999_999_999, exponent: 0)
    #expect(Rates.rate([step("A-B", large), step("B-C", large)])?.plain.hasPrefix("99999999999999999") == true)
  }

  /// One exchange writes its assets in lower case; another has two that differ in case alone.
  @Test func assetsOfSeveralExchangesAreOne() throws {
    func step(_ connector: String, _ base: String, _ quote: String) -> RateStep {
      RateStep(connector: connector, pair: "\(base)-\(quote)", base: base, quote: quote, price: 2)
    }
    let markets = [step("htx", "btc", "usdt"), step("kraken", "USDT", "EUR"), step("kraken", "TSLAx", "EUR")]
    let names = AssetNames(markets)
    #expect(try names.find("btc") == "btc" && names.find("BTC") == "btc")
    #expect(try names.find("usdt") == "USDT" && names.find("tslax") == "TSLAx")
    let path = try #require(Rates.path(from: "btc", to: "EUR", markets.map(names.named)))
    #expect(path.map(\.connector) == ["htx", "kraken"])
    #expect(throws: NameFault.self) { try names.find("USTD") }
    let apart = AssetNames(markets + [step("kraken", "TSLAX", "EUR")])
    #expect(try apart.find("TSLAX") == "TSLAX" && apart.find("TSLAx") == "TSLAx")
    #expect(throws: NameFault.self) { try apart.find("tslax") }
  }

  @Test func candlesAreMadeOfMinutes() throws {
    let minute = CandleSeries.minute
    var tape = TradeTape(capacity: 4)
    var series = CandleSeries(from: 0, priceExponent: 0, quantityExponent: 0)
    func trade(_ price: Int64, _ time: Int64, backfill: Bool = false) {
      tape.append(
        Trade(id: TradeID("1"), price: price, quantity: 2, takerSide: .buy, time: time, isBackfill: backfill))
    }
    trade(50, 10 * minute, backfill: true)
    trade(100, 10 * minute + 5)
    trade(90, 10 * minute + 7)
    series.update(tape, wall: 0, limit: 10)
    trade(120, 11 * minute)
    // One that the venue says late changes no close.
    trade(80, 10 * minute + 6)
    series.update(tape, wall: 0, limit: 10)
    #expect(series.minutes.count == 2)
    let first = series.minutes[0]
    #expect((first.open, first.high, first.low, first.close, first.trades) == (100, 100, 80, 90, 3))
    #expect(first.volume == 6)
    for index in 0..<7 { trade(200 + Int64(index), 15 * minute) }
    series.update(tape, wall: 0, limit: 10)
    #expect(series.minutes[2].trades == 4 && series.minutes[2].missed == 3, "more than the tape keeps")
    let five = series.candles(minutes: 5, limit: 10)
    #expect(five.map(\.start) == [10 * minute, 15 * minute] && five[0].close == 120 && five[0].trades == 4)
    #expect(series.candles(minutes: 5, limit: 1).count == 1)
    series.update(tape, wall: 0, limit: 2)
    trade(1, 20 * minute)
    series.update(tape, wall: 0, limit: 2)
    #expect(series.minutes.map(\.start) == [15 * minute, 20 * minute])
  }
}
