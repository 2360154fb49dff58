import Catalog
import Decimals
import Foundation
import MarketModel
import Runtime
import Testing

@testable import Trading

/// The checkout's top folder.
private let packageRoot = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().path

/// Where the libraries of this build are: beside the test bundle.
private let buildFolder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path

/// A built connector library in a session of its own, on virtual time, with a trader on it.
private final class Desk: TraderObserver {
  let session: Session
  let trader: Trader
  let path: OrderPath
  var events: [TraderEvent] = []
  private let paper: PaperPath?

  /// - Parameter isOnPaper: the connector gives only its market; orders are executed on paper.
  init(_ connector: String, isOnPaper: Bool, policy: TraderPolicy = TraderPolicy()) throws {
    let registry = try Registry.load(path: packageRoot + "/registry.json")
    let library = try LibraryLoader.load(
      file: buildFolder + "/libpaper.so", manifests: registry.manifests(library: "libpaper.so"))
    let start = 1_700_000_000 * second
    session = try Session(
      name: connector, connector: try #require(library.connectors[connector]), config: Array("{}".utf8),
      transport: OfflineTransport(), observer: nil, times: Times(mono: second, wall: start, venue: start),
      verbs: library.words("verbs", of: connector))
    let form = try ClientIDForm(length: 36, pattern: "^[A-Za-z0-9_-]{1,36}$")
    if isOnPaper {
      let settings = PaperSettings(latency: 20_000_000, balances: ["USDT": 100_000, "BTC": 1])
      let made = PaperPath(markets: session, accounts: [main], settings: settings)
      (paper, path) = (made, made)
    } else {
      (paper, path) = (nil, session)
    }
    trader = Trader(
      path: path, accounts: [main], journal: MemoryJournal(), ids: try form.ids(instance: "desk"), policy: policy)
    trader.observer = self
    session.observer = paper
  }

  func trader(_ trader: Trader, _ event: TraderEvent) { events.append(event) }

  func start() throws -> MarketState {
    session.start(trading: paper == nil)
    if paper == nil { session.account(PublicAccount(id: main.rawValue, label: "desk")) }
    session.send(CommandDraft(.instruments)) { _ in }
    let market = try #require(session.view.market(pair: "BTC-USDT"))
    var subscribe = CommandDraft(.subscribe)
    subscribe.instrument = market.instrument.id.rawValue
    subscribe.channels = [.book, .trades]
    session.send(subscribe) { _ in }
    try trader.start()
    paper?.connect([main])
    run(2)
    #expect(trader.isReady, "\(trader.missing)")
    return market
  }

  /// Lets virtual time pass as a lane would.
  func run(_ seconds: Double) {
    let end = session.times.mono + Int64(seconds * 1e9)
    while true {
      let next = min(session.nextTimer ?? .max, trader.due ?? .max, end)
      let step = max(0, next - session.times.mono)
      session.times = Times(
        mono: session.times.mono + step, wall: session.times.wall + step, venue: session.times.venue + step)
      session.fireTimers()
      trader.tick()
      if next >= end { return }
    }
  }

  func place(_ side: Side, _ quantity: String, _ market: MarketState, at price: Decimal64?, _ flags: OrderFlags = [])
    throws -> OrderID
  {
    let draft = OrderDraft(
      side: side, type: price == nil ? .market : .limit, quantity: Decimal64(quantity) ?? 0, price: price, flags: flags)
    let action: PositionAction? = market.instrument.kind == .perp ? .open : nil
    return try trader.place(
      OrderRequest(account: main, instrument: market.instrument.id, draft: draft, action: action))
  }
}

/// The same calls on a connector's session and on paper over its market.
@Suite struct RealSessionTests {
  @Test(arguments: [("paper", false), ("paper", true), ("paper_perpetual", false), ("paper_perpetual", true)])
  func ordersLiveThroughALibrary(connector: String, isOnPaper: Bool) throws {
    let desk = try Desk(connector, isOnPaper: isOnPaper)
    let market = try desk.start()
    let before = try #require(desk.path.accounts.balances[main, "USDT"]?.total)
    desk.events = []
    let taken = try desk.place(.buy, "0.01", market, at: nil)
    desk.run(1)
    #expect(desk.trader.orders[taken]?.state == .filled)
    #expect(desk.events.first == .created(taken) && desk.events.contains(.completed(taken)))
    let touch = try #require(market.book.bestBid)
    let low = Decimal64(mantissa: touch.price / 2, exponent: market.book.priceExponent)
    let resting = try desk.place(.buy, "0.01", market, at: low, .postOnly)
    desk.run(1)
    #expect(desk.trader.orders[resting]?.state == .open)
    try desk.trader.amend(resting, quantity: Decimal64("0.02"))
    desk.run(1)
    #expect(desk.trader.orders[resting]?.quantity == Decimal64("0.02"))
    try desk.trader.cancel(resting)
    desk.run(1)
    #expect(desk.trader.orders[resting]?.state == .cancelled && desk.events.contains(.cancelled(resting, reason: "")))
    #expect(desk.path.accounts.balances[main, "USDT"]?.total != before)
    if market.instrument.kind == .perp {
      let key = Positions.Key(account: main, instrument: market.instrument.id)
      #expect(desk.path.accounts.positions[key]?.quantity == Decimal64("0.01"))
    } else {
      #expect(desk.path.accounts.balances[main, "BTC"]?.total != nil)
    }
    #expect(desk.trader.openCount == 0 && desk.session.firstFault == nil)
  }

  /// Minutes of quotes at the touch: every fill is reported, and the balances are what the fills make of them.
  @Test(arguments: [false, true])
  func theBalancesAreWhatTheFillsMakeOfThem(isOnPaper: Bool) throws {
    let desk = try Desk("paper", isOnPaper: isOnPaper)
    let market = try desk.start()
    let before = try #require(desk.path.accounts.balances[main, "BTC"]?.total)
    var sides: [OrderID: Side] = [:]
    for _ in 0..<120 {
      for side in Side.allCases {
        let level = try #require(side == .buy ? market.book.bestBid : market.book.bestAsk)
        let price = Decimal64(mantissa: level.price, exponent: market.book.priceExponent)
        if let id = try? desk.place(side, "0.01", market, at: price) { sides[id] = side }
      }
      desk.run(1)
      desk.trader.cancel(desk.trader.orders.inFlight.map(\.id))
      desk.run(0.5)
    }
    var (base, fills) = (before, 0)
    for event in desk.events {
      guard case .filled(let id, let fill) = event, let side = sides[id] else { continue }
      fills += 1
      base = base.adding(side == .buy ? fill.quantity : fill.quantity.negated ?? .zero) ?? base
      if fill.feeAsset == "BTC", let fee = fill.fee { base = base.subtracting(fee) ?? base }
    }
    #expect(fills > 0 && desk.path.accounts.balances[main, "BTC"]?.total == base)
    var stopped: [StopReport]?
    desk.trader.stop(by: desk.session.times.mono + 5 * second) { stopped = $0 }
    desk.run(6)
    #expect(stopped?.allSatisfy(\.isEnded) == true && desk.trader.openCount == 0)
    #expect(desk.path.accounts.balances[main, "BTC"]?.available == desk.path.accounts.balances[main, "BTC"]?.total)
  }
}
