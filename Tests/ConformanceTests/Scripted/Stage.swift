import Decimals
import Foundation
import JSONTree
import MarketModel
import Runtime
import Simulation
import Testing
import Trading
import Vault
import VenueScript

let second: Int64 = 1_000_000_000
let minute: Int64 = 60 * second

/// What the exchange of every script does with an order to buy, by its price.
enum Part: Int64, CaseIterable {
  /// It is refused.
  case refused = 1
  /// It is acknowledged, filled in two parts, and what its stream says of the second is said twice.
  case filled = 50_000
  /// It rests until it is cancelled.
  case resting = 40_000
  /// It rests, and no answer comes to the request; the exchange knows it when it is asked.
  case unanswered = 30_000
  /// It has ended when it is cancelled: the exchange refuses to cancel what it does not have.
  case gone = 20_000
}

/// One connector behind the whole host on virtual time, before the exchange of its script.
final class Stage: SessionObserver, TraderObserver {
  static let quantity = Decimal64(mantissa: 1, exponent: -2)

  let script: Script
  let venue: ScriptedVenue
  let simulation: Simulation
  let host: SimulatedHost
  private(set) var trader: Trader?
  private(set) var orders: [Part: OrderID] = [:]
  /// All that the host has said and the exchange has heard, in order. It becomes text when somebody reads it: to
  /// describe every event as it comes took half of the time of all tests.
  private var entries: [Entry] = []
  private(set) var states: [OrderID: [OrderState]] = [:]
  private(set) var fills: [OrderID: [Fill]] = [:]
  private let folder: RunFolder
  private let isPerpetual: Bool
  /// Those that the connector offers.
  private let channels: Channels
  private let ids: ClientOrderIDs

  init(_ path: String, seed: UInt64 = 1) throws {
    script = try Scripts.script(path)
    venue = ScriptedVenue(script)
    simulation = Simulation(seed: seed)
    folder = try RunFolder(name: "patchbay-conformance")
    let found = try Scripts.installed(script.connector)
    isPerpetual = found.market == .perp
    let offered = found.library.words("channels", of: found.id) ?? []
    channels = [
      .book, .trades, offered.contains("ticker") ? .ticker : [], isPerpetual && offered.contains("mark") ? .mark : [],
    ]
    let rule = found.library.descriptors.first { $0["id"]?.string == found.id }?["client_order_id"]
    let form = try ClientIDForm(length: rule?["length"]?.int ?? 0, pattern: rule?["pattern"]?.string ?? "")
    ids = try form.ids(instance: "s")
    simulation.network.mount(venue, at: script.hosts)
    let fields = Dictionary(
      uniqueKeysWithValues: (script.credentials.object ?? []).map { ($0.key, $0.value.string ?? "") })
    host = try SimulatedHost(
      found, network: simulation.network, accounts: [SimulatedAccount(name: "main", fields: fields)],
      nonces: NonceSources(folder: folder.path), seed: seed,
      config: script.config.map { JSONWriter.compact($0) } ?? "{}")
    host.session.observer = self
    simulation.add(host.lane)
    venue.heard = { [unowned self] in entries.append(.text($0)) }
  }

  deinit { folder.remove() }

  // MARK: Acts

  /// Starts as a host does, and waits until the first pair's book is ready and orders are taken.
  @discardableResult
  func start(within time: Int64 = 10 * minute) -> Bool {
    host.start(pairs: script.pairs, channels: channels) { [unowned self] in
      guard trader == nil else { return }
      let trader = Trader(
        path: host.session, accounts: [AccountID(1)], journal: MemoryJournal(.immediate), ids: ids, observer: self)
      self.trader = trader
      host.lane.add(trader)
      do { try trader.start() } catch { note("the trader does not start: \(error)") }
    }
    return simulation.run(for: time) { [unowned self] in isReady }
  }

  var book: OrderBook? { host.session.view.market(pair: script.pairs[0])?.book }
  /// What the connector says of the account's stream.
  var stream: StreamState? { host.session.accounts.streams[AccountID(1)]?.state }
  var isReady: Bool { book?.isReady == true && trader?.isReady == true }

  func place(_ part: Part) {
    guard let trader, let market = host.session.view.market(pair: script.pairs[0]) else { return }
    host.session.times = simulation.clock.now()
    let draft = OrderDraft(side: .buy, type: .limit, quantity: Self.quantity, price: Decimal64(part.rawValue))
    let request = OrderRequest(
      account: AccountID(1), instrument: market.instrument.id, draft: draft,
      action: isPerpetual ? .open : nil, leg: trader.positionMode(of: AccountID(1)) == .hedge ? .long : .net)
    do { orders[part] = try trader.place(request) } catch { note("\(part) is not taken: \(error)") }
  }

  func cancel(_ part: Part) {
    host.session.times = simulation.clock.now()
    guard let id = orders[part] else { return }
    do { try trader?.cancel(id) } catch { note("\(part) is not cancelled: \(error)") }
  }

  /// All orders of the script from their beginning to their end.
  func trade() {
    // One after the other: not as batches.
    for part in Part.allCases {
      place(part)
      simulation.run(for: 3 * second)
    }
    simulation.run(for: 10 * minute) { [unowned self] in
      state(.refused)?.isTerminal == true && state(.filled)?.isTerminal == true
        && [Part.resting, .unanswered, .gone].allSatisfy { state($0) == .open }
    }
    for part in [Part.resting, .unanswered, .gone] {
      cancel(part)
      simulation.run(for: 3 * second)
    }
    simulation.run(for: 10 * minute) { [unowned self] in Part.allCases.allSatisfy { state($0)?.isTerminal == true } }
    // What else is said of them, and twice.
    simulation.run(for: 10 * second)
  }

  /// All sockets end without a word.
  func cut() {
    venue.cutAll()
    simulation.network.wake()
    simulation.run(for: second)
  }

  // MARK: Results

  func state(_ part: Part) -> OrderState? {
    guard let id = orders[part] else { return nil }
    return trader?.orders[id]?.state ?? states[id]?.last
  }

  /// How the script says that each order ends.
  static let ends: [Part: OrderState] = [
    .refused: .rejected, .filled: .filled, .resting: .cancelled, .unanswered: .cancelled, .gone: .cancelled,
  ]

  var ends: [Part: OrderState] {
    Dictionary(uniqueKeysWithValues: Part.allCases.compactMap { part in state(part).map { (part, $0) } })
  }

  /// What breaks the contract or the host's trust in the connector.
  var breaches: [String] {
    var breaches = host.problems
    if let fault = host.session.firstFault { breaches.append("a malformed record: \(fault)") }
    if host.session.isFaulted { breaches.append("the connector gave up: \(host.session.faultText)") }
    return breaches
  }

  /// What to look at when something is wrong.
  var last: String {
    let missing = "missing: \(trader?.missing ?? ["a trader"]), problems: \(host.problems)"
    return (entries.suffix(60).map(\.text) + [missing, "without a rule: \(venue.strangers)"]).joined(separator: "\n")
  }

  // MARK: Listening

  /// All that the host has said and the exchange has heard, in order.
  var told: [String] { entries.map(\.text) }
  var toldCount: Int { entries.count }
  func hasToldGap(since start: Int) -> Bool {
    entries.dropFirst(start).contains {
      if case .session(.gap) = $0 { true } else { false }
    }
  }

  private func note(_ text: String) { entries.append(.text(text)) }

  func session(_ session: Session, _ event: SessionEvent) {
    if case .order(let change) = event { states[change.order, default: [change.before]].append(change.after) }
    // A book goes on after it was reported: its number is taken now.
    if case .book(let market) = event {
      entries.append(.book(market.instrument.symbol, market.book.sequence, market.book.counters.snapshots))
    } else {
      entries.append(.session(event))
    }
  }

  func trader(_ trader: Trader, _ event: TraderEvent) {
    if case .filled(let id, let fill) = event { fills[id, default: []].append(fill) }
    entries.append(.trader(event))
  }
}

/// Something that was said, as it came.
private enum Entry {
  case text(String)
  /// The last is how many snapshots the book had.
  case book(String, UInt64, UInt64)
  case session(SessionEvent)
  case trader(TraderEvent)

  var text: String {
    switch self {
    case .text(let text): text
    case .book(let symbol, let sequence, let snapshots): "book \(symbol) \(snapshots) \(sequence)"
    case .session(.trade(let market, let trade)): "trade \(market.instrument.symbol) \(trade)"
    case .session(.ticker(let market)): "ticker \(market.instrument.symbol)"
    case .session(.instrument(let market)), .session(.instrumentReplaced(_, by: let market)):
      "instrument \(market.instrument.symbol)"
    case .session(.gap(let market, let reason)): "gap \(market.instrument.symbol) \(reason)"
    case .session(let event): "\(event)"
    case .trader(let event): "\(event)"
    }
  }
}
