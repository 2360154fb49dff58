import CPatchbay
import Decimals
import MarketModel
import Runtime

@testable import Trading

/// What goes wrong on the way, in thousandths.
struct Weather {
  var notSent = 0
  var lostRequest = 0
  var lostReply = 0
  var lateRequest = 0
  var lostEvent = 0
  var doubledEvent = 0
  /// A question about a young order is answered by a part of the venue that does not know it yet.
  var laggingQuery = 0
  /// The stream breaks at each pushed event.
  var cut = 0

  static let calm = Weather()
}

/// One run's connection to the model venue. What it has sent lives on when it is gone; its completions do not.
final class ModelPath: OrderPath {
  let name = "model"
  let accounts = AccountView()
  weak var accountObserver: AccountObserver?
  var notionalCap: Decimal64?
  let simulation: Simulation
  let venue: ModelVenue
  var weather: Weather
  var verbs: Set<Verb> = [
    .place, .amend, .cancel, .cancelMany, .order, .openOrders, .orderHistory, .fills, .balances,
  ]
  /// The run is over: nothing more is heard.
  var isDead = false
  private var isStreaming = false
  private let monoShift: Int64
  private var nextCommand: UInt64
  private let timeout = 5 * second
  private(set) var requests = 0

  init(_ simulation: Simulation, _ venue: ModelVenue, _ weather: Weather) {
    self.simulation = simulation
    self.venue = venue
    self.weather = weather
    monoShift = Int64(simulation.random.next() % 1_000_000) * second
    nextCommand = UInt64(max(1, simulation.wall / 1000))
    venue.stream = self
    venue.rememberedFrom = venue.orders.count
  }

  var times: Times { Times(mono: simulation.now + monoShift, wall: simulation.wall, venue: simulation.wall) }
  func virtual(_ mono: Int64) -> Int64 { mono - monoShift }

  static let instruments: [Instrument] = (1...2).map { number in
    Instrument(
      id: InstrumentID(UInt64(number)), kind: .spot, symbol: "S\(number)", base: "B\(number)", quote: "USD",
      priceExponent: 0, quantityExponent: 0,
      rules: TradingRules(
        tick: 1, lot: 1, types: [.limit, .market],
        timesInForce: [.goodTillCancelled, .immediateOrCancel, .goodTillDate],
        flags: [.postOnly]))
  }

  func offers(_ verb: Verb) -> Bool { verbs.contains(verb) }
  func instrument(_ id: InstrumentID) -> Instrument? { ModelPath.instruments.first { $0.id == id } }
  func instrument(symbol: String) -> Instrument? { ModelPath.instruments.first { $0.symbol == symbol } }
  func touch(_ instrument: InstrumentID, for side: Side) -> Decimal64? { 100 }

  func reserveCommand() -> CommandID {
    defer { nextCommand += 1 }
    return CommandID(nextCommand)
  }

  // MARK: The stream

  /// Called while the stream is down, shortly before it comes back.
  var beforeConnect: () -> Void = {}

  func connect() {
    beforeConnect()
    simulation.after(simulation.random.time(0.01...1)) { [weak self] in
      guard let self, !isDead else { return }
      isStreaming = true
      tell(.stream(AccountID(1), .live, reason: ""))
    }
  }

  func cut() {
    isStreaming = false
    simulation.after(simulation.random.time(0.01...3)) { [weak self] in
      self?.tell(.stream(AccountID(1), .down, reason: "cut"))
      self?.simulation.after(second) { self?.connect() }
    }
  }

  /// An event leaves the venue; late, twice, out of order or not at all.
  func push(_ fact: AccountFact) {
    guard isStreaming, !isDead else { return }
    if simulation.random.chance(weather.cut) { return cut() }
    if simulation.random.chance(weather.lostEvent) { return }
    let copies = simulation.random.chance(weather.doubledEvent) ? 2 : 1
    for _ in 0..<copies {
      simulation.after(simulation.random.time(0.001...0.4)) { [weak self] in
        guard let self, isStreaming else { return }
        tell(fact)
      }
    }
  }

  private func tell(_ fact: AccountFact) {
    guard !isDead, let changes = accounts.apply(fact, now: times.mono) else { return }
    accountObserver?.account(fact, changes)
  }

  // MARK: Commands

  func send(_ draft: CommandDraft, as id: CommandID, completion: @escaping (CommandResult) -> Void) {
    accounts.begin(id, draft.verb)
    requests += 1
    var isEnded = false
    let end = { [weak self] (facts: [AccountFact], result: CommandResult) in
      guard let self, !isDead, !isEnded else { return }
      isEnded = true
      for fact in facts { tell(fact) }
      _ = accounts.ended(id, result.known, now: times.mono)
      completion(result)
    }
    if simulation.random.chance(weather.notSent) {
      simulation.after(simulation.random.time(0...1)) {
        end([], CommandResult(.refused, error: UInt32(PB_ERR_NOT_SENT), text: "not sent"))
      }
      return
    }
    let isWrite = [.place, .amend, .cancel, .cancelMany].contains(draft.verb)
    simulation.after(timeout) {
      end([], CommandResult(isWrite ? .unknown : .refused, error: UInt32(PB_ERR_TRANSIENT), text: "no answer"))
    }
    if simulation.random.chance(weather.lostRequest) { return }
    // Slow, yet within the time after which the venue would drop it.
    let isLate = simulation.random.chance(weather.lateRequest)
    let way = simulation.random.time(isLate ? 4...50 : 0.001...0.2)
    simulation.after(way) { [self] in
      let (facts, result) = act(draft, id)
      if simulation.random.chance(weather.lostReply) { return }
      simulation.after(simulation.random.time(0.001...0.2)) { end(facts, result) }
    }
  }

  private func act(_ draft: CommandDraft, _ id: CommandID) -> ([AccountFact], CommandResult) {
    switch draft.verb {
    case .place: return place(draft, id)
    case .cancel, .cancelMany: return cancel(draft, id)
    case .amend:
      guard let index = venue.index(clientID: draft.clientOrder, venueID: draft.venueOrder),
        venue.orders[index].isLive
      else { return ([], refused(PB_ERR_UNKNOWN_ORDER)) }
      guard venue.amend(index, price: draft.price, quantity: draft.quantity) else {
        return ([], refused(PB_ERR_INVALID_ORDER))
      }
      let made = venue.replaces ? venue.orders.count - 1 : index
      return ([venue.fact(made, command: id)], CommandResult(.done))
    case .order:
      let venueID = venue.replaces ? "" : draft.venueOrder
      guard let index = venue.index(clientID: draft.clientOrder, venueID: venueID),
        !(simulation.wall - venue.orders[index].time < 2 * second && simulation.random.chance(weather.laggingQuery))
      else { return ([], refused(PB_ERR_UNKNOWN_ORDER)) }
      return ([venue.fact(index, command: id)], CommandResult(.done))
    case .openOrders:
      let account = AccountID(draft.account)
      let live = venue.orders.indices.filter { venue.orders[$0].isLive && venue.orders[$0].account == account }
      return (live.map { venue.fact($0, command: id) } + [complete(draft, id, .orders)], CommandResult(.done))
    case .orderHistory:
      let some = venue.orders.indices.filter { index in
        let order = venue.orders[index]
        let isLate = simulation.wall - order.time < 2 * second && simulation.random.chance(weather.laggingQuery)
        return order.instrument == InstrumentID(draft.instrument) && order.account == AccountID(draft.account)
          && order.time >= draft.since && !isLate
      }
      return (some.map { venue.fact($0, command: id) } + [complete(draft, id, .orders)], CommandResult(.done))
    case .fills:
      var facts: [AccountFact] = []
      for (index, order) in venue.orders.enumerated() where order.instrument == InstrumentID(draft.instrument) {
        for trade in order.trades where trade.time >= draft.since {
          // As many venues do, the history names only the venue's order id.
          facts.append(.fill(FillFact(venue.reference(index, withClient: false), trade, command: id, side: order.side)))
        }
      }
      return (facts + [complete(draft, id, .fills)], CommandResult(.done))
    case .balances:
      let account = AccountID(draft.account)
      let fact = BalanceFact(account: account, asset: "USD", total: 1_000_000, available: 1_000_000, command: id)
      return ([.balance(fact), complete(draft, id, .balances)], CommandResult(.done))
    default: return ([], refused(PB_ERR_UNSUPPORTED))
    }
  }

  private func place(_ draft: CommandDraft, _ id: CommandID) -> ([AccountFact], CommandResult) {
    let items = draft.items.isEmpty ? [draft] : draft.items
    var facts: [AccountFact] = []
    var refused = 0
    for item in items {
      if let index = venue.place(item) {
        facts.append(venue.fact(index, command: id))
      } else {
        refused += 1
        let reference = OrderReference(
          account: AccountID(item.account), instrument: InstrumentID(item.instrument), clientOrderID: item.clientOrder)
        facts.append(.order(OrderFact(reference, OrderReport(.rejected, reason: "no"), command: id)))
      }
    }
    return (facts, refused == items.count ? self.refused(PB_ERR_INVALID_ORDER) : CommandResult(.done))
  }

  private func cancel(_ draft: CommandDraft, _ id: CommandID) -> ([AccountFact], CommandResult) {
    let items = draft.items.isEmpty ? [draft] : draft.items
    var facts: [AccountFact] = []
    var refused = 0
    for item in items {
      if let index = venue.index(clientID: item.clientOrder, venueID: item.venueOrder), venue.orders[index].isLive {
        venue.end(index, .cancelled)
        facts.append(venue.fact(index, command: id))
      } else {
        refused += 1
      }
    }
    return (facts, refused == items.count ? self.refused(PB_ERR_UNKNOWN_ORDER) : CommandResult(.done))
  }

  private func complete(_ draft: CommandDraft, _ id: CommandID, _ what: CompleteFact.What) -> AccountFact {
    .complete(CompleteFact(command: id, account: AccountID(draft.account), what: what))
  }

  private func refused(_ error: Int) -> CommandResult {
    CommandResult(.refused, error: UInt32(error), text: "refused \(error)")
  }
}
