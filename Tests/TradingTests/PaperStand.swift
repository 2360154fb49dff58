import CPatchbay
import Decimals
import MarketModel
import Runtime
import Testing

@testable import Trading

/// A market whose book and trades are the test's.
final class PaperMarket: PaperMarkets {
  let name = "market"
  var times = Times(mono: second, wall: Simulation.epoch, venue: Simulation.epoch)
  private let books = all.map {
    OrderBook(priceExponent: $0.priceExponent, quantityExponent: $0.quantityExponent)
  }

  /// A finer instrument of the first one's symbol.
  static let finer = Instrument(
    id: InstrumentID(3), kind: .spot, symbol: "S1", base: "B1", quote: "USD", priceExponent: -1, quantityExponent: -2,
    rules: ModelPath.instruments[0].rules)

  /// The model's, with orders of every type; the finer one; a perpetual; and a pool.
  static let all: [Instrument] = {
    var spot = ModelPath.instruments + [finer]
    for place in spot.indices {
      spot[place].rules.types = OrderTypes(rawValue: .max)
      spot[place].rules.flags = [.postOnly, .reduceOnly, .stopByMark]
    }
    let perpetual = Instrument(
      id: InstrumentID(4), kind: .perp, symbol: "P1", base: "B1", quote: "USD", settle: "USD", priceExponent: 0,
      quantityExponent: 0, rules: spot[0].rules)
    let pool = Instrument(
      id: InstrumentID(5), kind: .pool, symbol: "L1", base: "B1", quote: "USD", priceExponent: 0, quantityExponent: 0,
      rules: spot[0].rules)
    return spot + [perpetual, pool]
  }()

  var marks: [InstrumentID: Decimal64] = [:]

  func instrument(_ id: InstrumentID) -> Instrument? { Self.all.first { $0.id == id } }
  func instrument(symbol: String) -> Instrument? { Self.all.first { $0.symbol == symbol } }
  func mark(_ id: InstrumentID) -> Decimal64? { marks[id] }
  func book(_ id: InstrumentID) -> OrderBook? { books[Int(id.rawValue) - 1] }

  func set(_ id: UInt64 = 1, bids: [(Int64, Int64)], asks: [(Int64, Int64)]) throws {
    try bids.map { Level(price: $0.0, quantity: $0.1) }.withUnsafeBufferPointer { bids in
      try asks.map { Level(price: $0.0, quantity: $0.1) }.withUnsafeBufferPointer { asks in
        try books[Int(id) - 1].apply(snapshot: bids, asks: asks, sequence: 0, time: 0)
      }
    }
  }
}

/// A trader that trades on paper, on a market of the test's.
final class PaperStand: TraderObserver {
  let market = PaperMarket()
  let path: PaperPath
  let trader: Trader
  var events: [TraderEvent] = []

  init(usd: Decimal64 = 100_000, base: Decimal64 = 1000) throws {
    path = PaperPath(
      markets: market, accounts: [main],
      settings: PaperSettings(latency: 0, balances: ["USD": usd, "B1": base], makerFee: 0, takerFee: 0))
    let ids = try ClientOrderIDs(prefix: "pb", instance: "x", start: 0, alphabet: .base36, maximumLength: 36)
    trader = Trader(path: path, accounts: [main], journal: MemoryJournal(), ids: ids)
    trader.observer = self
    try market.set(bids: [(99, 10), (98, 20)], asks: [(101, 10), (102, 20)])
    try trader.start()
    path.connect([main])
    settle()
    #expect(trader.isReady, "\(trader.missing)")
    events = []
  }

  func trader(_ trader: Trader, _ event: TraderEvent) { events.append(event) }

  func settle() {
    for _ in 0..<6 {
      let times = market.times
      market.times = Times(mono: times.mono + 1000, wall: times.wall + 1000, venue: times.venue + 1000)
      trader.tick()
    }
  }

  func place(
    _ side: Side, _ quantity: Decimal64, at price: Decimal64?, flags: OrderFlags = [], force: TimeInForce? = nil
  ) throws -> OrderID {
    try place(
      OrderDraft(
        side: side, type: price == nil ? .market : .limit, quantity: quantity, price: price, timeInForce: force,
        flags: flags))
  }

  func place(_ draft: OrderDraft, on instrument: UInt64 = 1, _ action: PositionAction? = nil) throws -> OrderID {
    let id = try trader.place(
      OrderRequest(account: main, instrument: InstrumentID(instrument), draft: draft, action: action))
    settle()
    return id
  }

  func book(bids: [(Int64, Int64)], asks: [(Int64, Int64)]) throws {
    try market.set(bids: bids, asks: asks)
    path.bookChanged(InstrumentID(1))
    settle()
  }

  func trade(_ quantity: Int64, at price: Int64, taker: Side?) {
    path.traded(InstrumentID(1), Trade(id: .none, price: price, quantity: quantity, takerSide: taker, time: 1))
    settle()
  }

  func state(_ id: OrderID) -> OrderState? { trader.orders[id]?.state }
  func filled(_ id: OrderID) -> Decimal64? { trader.orders[id]?.filled }
  func balance(_ asset: String) -> Decimal64? { path.accounts.balances[main, asset]?.total }
}
