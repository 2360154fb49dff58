import Decimals
import MarketModel
import Runtime
import SeededNumbers

@testable import Trading

/// What a strategy heard of one order.
struct Heard {
  var created = 0
  var ends: [TraderEvent] = []
  var trades: [String] = []
}

/// A run of the trader against the model venue with everything going wrong by chance, crashes included. Then the faults
/// end, time goes on, and what journal and strategy know is compared with the venue.
final class Story: TraderObserver {
  let simulation: Simulation
  let venue: ModelVenue
  let journal: MemoryJournal
  private let weather: Weather
  private let policy: TraderPolicy
  private var path: ModelPath?
  private(set) var trader: Trader?
  private(set) var problems: [String] = []
  /// Of the present run.
  private var heard: [OrderID: Heard] = [:]
  private(set) var wasHeard = 0
  private(set) var lost = 0
  /// Everything that was reported, with its time.
  /// What was heard, and when. It becomes text only where two runs are compared.
  private var events: [(time: Int64, event: TraderEvent)] = []
  var log: [String] { events.map { "\($0.time) \($0.event)" } }
  private(set) var crashes = 0
  private var foreign: [Int] = []

  init(seed: UInt64, fault: TraderPolicy.Fault? = nil, weather: Weather? = nil, replaces: Bool = false) {
    simulation = Simulation(seed: seed)
    venue = ModelVenue(simulation)
    venue.replaces = replaces
    venue.refusals = simulation.random.chance(300) ? 100 : 0
    journal = MemoryJournal(simulation.random.chance(500) ? .immediate : .onCommit)
    self.weather = weather ?? Story.weather(&simulation.random)
    var policy = TraderPolicy()
    policy.ignoresBudget = simulation.random.chance(800)
    policy.fault = fault
    // Few orders are in doubt at a time: in every third story a list is asked for already about one.
    if seed % 3 == 0 { policy.shareFrom = 1 }
    self.policy = policy
    venue.onPlace = { [unowned self] client in
      let isKept = journal.kept.contains {
        if case .order(let record) = $0 { record.clientOrderID == client } else { false }
      }
      if !isKept, client.hasPrefix("pb") { problems.append("\(client) left before it was durable") }
    }
  }

  private static func weather(_ random: inout SplitMix) -> Weather {
    func some(_ most: Int) -> Int { random.chance(500) ? Int(random.next() % UInt64(most)) : 0 }
    return Weather(
      notSent: some(100), lostRequest: some(200), lostReply: some(250), lateRequest: some(150), lostEvent: some(200),
      doubledEvent: some(300), laggingQuery: some(500), cut: some(100))
  }

  // MARK: Running

  /// - Returns: what was wrong; empty when nothing was.
  func run() -> [String] {
    for number in 0..<2 {
      var draft = CommandDraft(.place)
      (draft.account, draft.instrument, draft.clientOrder) = (1, 1, "somebody-\(number)")
      (draft.quantity, draft.price) = (50, 10)
      if let index = venue.place(draft) { foreign.append(index) }
    }
    boot()
    let runs = 1 + Int(simulation.random.next() % 3)
    for number in 0..<runs {
      let end = simulation.now + simulation.random.time(5...40)
      trade(until: end)
      advance(to: end)
      if number < runs - 1 { crash() }
    }
    path?.weather = .calm
    venue.ambient = false
    path?.beforeConnect = { [unowned self] in stir() }
    path?.cut()
    advance(to: simulation.now + 45 * second)
    compareEnds()
    advance(to: simulation.now + 350 * second)
    compare()
    if simulation.steps > 20_000 { problems.append("\(simulation.steps) steps") }
    return problems
  }

  /// Things happen while nobody listens.
  private func stir() {
    for index in venue.orders.indices where venue.orders[index].isLive && !foreign.contains(index) {
      if simulation.random.chance(500) { continue }
      if simulation.random.chance(300) { venue.end(index, .cancelled) } else { venue.fill(index) }
    }
  }

  private func boot() {
    let path = ModelPath(simulation, venue, weather)
    self.path = path
    heard = [:]
    guard
      let ids = try? ClientOrderIDs(prefix: "pb", instance: "x", start: 0, alphabet: .base36, maximumLength: 36)
    else { return }
    journal.onWaiting = { [weak self, weak path] in
      guard let self else { return }
      simulation.after(simulation.random.time(0.001...0.05)) {
        if path?.isDead == false { self.journal.commit() }
      }
    }
    let trader = Trader(
      path: path, accounts: [AccountID(1)], journal: journal, ids: ids, policy: policy, observer: self)
    self.trader = trader
    do { try trader.start() } catch { problems.append("no start: \(error)") }
    path.connect()
  }

  private func crash() {
    crashes += 1
    path?.isDead = true
    journal.crash()
    trader = nil
    path = nil
    advance(to: simulation.now + simulation.random.time(0...10))
    boot()
  }

  private func advance(to end: Int64) {
    while simulation.steps <= 20_000, simulation.step(
      until: end,
      owner: {
        guard let trader, let path else { return nil }
        return (trader.due.map(path.virtual), trader.tick)
      })
    {}
  }

  /// A strategy of chance.
  private func trade(until end: Int64) {
    simulation.after(simulation.random.time(0.05...4)) { [weak self] in
      guard let self, simulation.now < end, let trader else { return }
      act(trader)
      trade(until: end)
    }
  }

  private func act(_ trader: Trader) {
    switch venue.replaces && simulation.random.chance(300) ? 9 : simulation.random.next() % 10 {
    case 0...4: _ = try? trader.place(request())
    case 5: trader.place([request(), request(), request()], allOrNone: simulation.random.chance(500))
    case 6...7: if let id = pick(trader) { try? trader.cancel(id) }
    case 8: trader.cancel(trader.orders.inFlight.map(\.id))
    default:
      if let id = pick(trader) {
        try? trader.amend(id, quantity: Decimal64(Int64(5 + simulation.random.next() % 10)))
      }
    }
  }

  private func request() -> OrderRequest {
    let isIOC = simulation.random.chance(200)
    return OrderRequest(
      account: AccountID(1), instrument: InstrumentID(1 + simulation.random.next() % 2),
      draft: OrderDraft(
        side: .buy, type: .limit, quantity: Decimal64(Int64(1 + simulation.random.next() % 9)), price: 10,
        timeInForce: isIOC ? .immediateOrCancel : .goodTillCancelled))
  }

  private func pick(_ trader: Trader) -> OrderID? {
    trader.orders.inFlight.randomElement(using: &simulation.random)?.id
  }

  // MARK: Listening

  func trader(_ trader: Trader, _ event: TraderEvent) {
    wasHeard += 1
    events.append((simulation.now, event))
    switch event {
    case .created(let id):
      heard[id, default: Heard()].created += 1
      if heard[id]?.ends.isEmpty == false { problems.append("order \(id.rawValue) was created after its end") }
    case .filled(let id, let fill):
      if heard[id]?.trades.contains(fill.trade) == true { problems.append("trade \(fill.trade) was told twice") }
      heard[id, default: Heard()].trades.append(fill.trade)
    case .completed(let id), .cancelled(let id, _), .expired(let id, _), .failed(let id, _):
      if isLive(id) { problems.append("order \(id.rawValue) lives after its end") }
      heard[id, default: Heard()].ends.append(event)
      if let ends = heard[id]?.ends, ends.count > 1 { problems.append("order \(id.rawValue) ended twice: \(ends)") }
    case .lost(let id):
      lost += 1
      let client = trader.orders[id]?.clientOrderID ?? ""
      let isThere = venue.index(clientID: client, venueID: "") != nil
      if isThere { problems.append("\(client) was given up, and the venue has it") }
    // The journal forgets nothing, and nothing is given up that may still come.
    case .adopted(let id): problems.append("order \(id.rawValue) came back")
    default: break
    }
    if case .created(let id) = event, heard[id]?.created ?? 0 > 1 {
      problems.append("order \(id.rawValue) created twice")
    }
  }

  // MARK: The truth

  /// Soon after the stream is back, no order is taken as open that is not.
  private func compareEnds() {
    for order in trader?.orders.inFlight ?? [] {
      guard let truth = venue.truth(order.clientOrderID), !truth.isLive else {
        continue
      }
      problems.append("\(order.clientOrderID) is \(truth.claim), and nobody has noticed")
    }
  }

  private func compare() {
    if !venue.doubles.isEmpty { problems.append("placed twice: \(venue.doubles)") }
    for index in foreign where !venue.orders[index].isLive && venue.orders[index].claim != .filled {
      problems.append("somebody else's order was \(venue.orders[index].claim)")
    }
    guard let state = try? journal.restore() else { return problems.append("no journal") }
    var known: Set<String> = []
    for restored in state.orders {
      known.insert(restored.record.clientOrderID)
      compare(restored)
    }
    for order in venue.orders where order.clientID.hasPrefix("pb") && !known.contains(order.clientID) {
      problems.append("\(order.clientID) is at the venue and nobody knows it")
    }
    for order in trader?.orders.inFlight ?? [] where order.state == .unknown || order.state == .pendingCreate {
      problems.append("order \(order.id.rawValue) is still \(order.state)")
    }
  }

  private func isLive(_ id: OrderID) -> Bool {
    let place = venue.index(clientID: trader?.orders[id]?.clientOrderID ?? "", venueID: "")
    return place.map { venue.orders[$0].isLive } ?? false
  }

  private func compare(_ restored: RestoredOrder) {
    let record = restored.record
    var order = TrackedOrder(
      id: record.id, account: record.account, instrument: InstrumentID(1), clientOrderID: record.clientOrderID,
      draft: record.draft, createCommand: record.createCommand, time: 0)
    for item in restored.events { _ = order.receive(item.event, .settled) }
    let name = "\(record.clientOrderID) (\(order.state))"
    guard let truth = venue.truth(record.clientOrderID) else {
      if ![.rejected, .notSent, .lost].contains(order.state) { problems.append("\(name) is not at the venue") }
      return
    }
    let isSame: Bool =
      switch truth.claim {
      case .open, .untriggered: order.state == .open || order.state == .pendingCancel
      case .partiallyFilled: order.state == .partiallyFilled || order.state == .pendingCancel
      case .filled: order.state == .filled
      case .cancelled: order.state == .cancelled
      case .expired: order.state == .expired
      case .rejected, .notSent: order.state == .rejected
      }
    if !isSame { problems.append("\(name) is \(truth.claim) at the venue") }
    if order.filled != truth.filled { problems.append("\(name): \(order.filled) filled, really \(truth.filled)") }
    let (mine, theirs) = (order.fills.map(\.trade).sorted(), truth.trades.map(\.trade).sorted())
    if mine != theirs { problems.append("\(name) has fills \(mine), the venue \(theirs)") }
    let written = restored.events.filter { if case .fill = $0.event { true } else { false } }
    if written.count != theirs.count {
      problems.append("\(name): \(written.count) fills written, \(theirs.count) made")
    }
    if truth.isLive, let live = trader?.orders[record.id], live.state.isTerminal {
      problems.append("\(name) lives and the trader has it as \(live.state)")
    }
  }
}
