import CPatchbay
import Decimals
import MarketModel
import Runtime
import Testing

@testable import Trading

/// A path on which every word of the venue is the test's.
final class ScriptedPath: OrderPath {
  let name = "scripted"
  let accounts = AccountView()
  weak var accountObserver: AccountObserver?
  var notionalCap: Decimal64?
  var times = Times(mono: second, wall: Simulation.epoch, venue: Simulation.epoch)
  var instruments = ModelPath.instruments
  var touches: [InstrumentID: Decimal64] = [:]
  var verbs: Set<Verb> = [.place, .amend, .cancel, .cancelMany, .order, .openOrders, .fills, .balances]

  struct Sent {
    let draft: CommandDraft
    let id: CommandID
    let completion: (CommandResult) -> Void
  }

  /// Commands that wait for their answer.
  private(set) var waiting: [Sent] = []
  private(set) var sent: [Verb] = []
  /// A later run goes on elsewhere: its numbers must differ.
  var nextCommand: UInt64 = 1

  /// Nothing of what was given has left.
  var isHeldBack = false
  func wait(of command: CommandID) -> String? { isHeldBack ? "it waits for a limit" : nil }

  func offers(_ verb: Verb) -> Bool { verbs.contains(verb) }
  func instrument(_ id: InstrumentID) -> Instrument? { instruments.first { $0.id == id } }
  func instrument(symbol: String) -> Instrument? { instruments.first { $0.symbol == symbol } }
  func touch(_ instrument: InstrumentID, for side: Side) -> Decimal64? { touches[instrument] }

  func reserveCommand() -> CommandID {
    defer { nextCommand += 1 }
    return CommandID(nextCommand)
  }

  func skipCommands(through id: CommandID) { nextCommand = max(nextCommand, id.rawValue + 1) }

  func send(_ draft: CommandDraft, as id: CommandID, completion: @escaping (CommandResult) -> Void) {
    sent.append(draft.verb)
    accounts.begin(id, draft.verb)
    waiting.append(Sent(draft: draft, id: id, completion: completion))
  }

  // MARK: The venue's words

  func tell(_ fact: AccountFact) {
    guard let changes = accounts.apply(fact, now: times.mono) else { return }
    accountObserver?.account(fact, changes)
  }

  /// Answers the oldest command of a verb that waits.
  func answer(
    _ verb: Verb, _ result: CommandResult = CommandResult(.done), _ facts: (Sent) -> [AccountFact] = { _ in [] },
    _ location: SourceLocation = #_sourceLocation
  ) throws {
    let index = try #require(waiting.firstIndex { $0.draft.verb == verb }, sourceLocation: location)
    let command = waiting.remove(at: index)
    for fact in facts(command) { tell(fact) }
    _ = accounts.ended(command.id, result.known, now: times.mono)
    command.completion(result)
  }

  func count(_ verb: Verb) -> Int { waiting.filter { $0.draft.verb == verb }.count }
  func draft(_ verb: Verb) -> CommandDraft? { waiting.last { $0.draft.verb == verb }?.draft }
}

let main = AccountID(1)

/// A trader on a scripted path, with everything it says.
final class Bench: TraderObserver {
  let path = ScriptedPath()
  let journal: MemoryJournal
  let trader: Trader
  private(set) var events: [TraderEvent] = []

  init(
    _ policy: TraderPolicy = TraderPolicy(), journal: MemoryJournal = MemoryJournal(), accounts: [AccountID] = [main],
    fees: FeeSchedule = FeeSchedule(), verbs: Set<Verb> = [], instruments: [Instrument]? = nil
  ) throws {
    self.journal = journal
    path.verbs.formUnion(verbs)
    if let instruments { path.instruments = instruments }
    let ids = try ClientOrderIDs(prefix: "pb", instance: "x", start: 0, alphabet: .base36, maximumLength: 36)
    trader = Trader(path: path, accounts: accounts, journal: journal, ids: ids, policy: policy, fees: fees)
    trader.observer = self
  }

  func trader(_ trader: Trader, _ event: TraderEvent) { events.append(event) }

  /// What was said since the last call, without readiness.
  func news() -> [TraderEvent] {
    defer { events = [] }
    return events.filter { if case .ready = $0 { false } else { true } }
  }

  /// Answers what is asked at the start.
  func ready(_ balances: [String: Decimal64] = ["USD": 1000]) throws {
    try trader.start()
    path.tell(.stream(main, .live, reason: ""))
    while let next = path.waiting.first {
      try answerList(next.draft.verb, balances)
    }
    _ = news()
  }

  func answerList(_ verb: Verb, _ balances: [String: Decimal64] = ["USD": 1000]) throws {
    try path.answer(verb) { command in
      let account = AccountID(command.draft.account)
      var facts: [AccountFact] = []
      if verb == .balances {
        facts = balances.sorted { $0.key < $1.key }.map {
          .balance(
            BalanceFact(account: account, asset: $0.key, total: $0.value, available: $0.value, command: command.id))
        }
      }
      let what: CompleteFact.What =
        switch verb {
        case .openOrders: .orders
        case .fills: .fills
        case .balances: .balances
        case .positions: .positions
        case .fundingPayments: .fundingPayments
        default: .other
        }
      return facts + [.complete(CompleteFact(command: command.id, account: account, what: what))]
    }
  }

  /// Lets time pass, in steps that the trader asks for.
  func wait(_ seconds: Double) {
    let end = path.times.mono + Int64(seconds * 1e9)
    while let due = trader.due, due <= end {
      set(max(due, path.times.mono))
      trader.tick()
    }
    set(end)
    trader.tick()
  }

  private func set(_ mono: Int64) {
    let step = mono - path.times.mono
    path.times = Times(mono: mono, wall: path.times.wall + step, venue: path.times.venue + step)
  }

  /// A limit order on the first instrument.
  func request(_ side: Side = .buy, _ quantity: Decimal64 = 5, price: Decimal64 = 10, account: AccountID = main)
    -> OrderRequest
  {
    OrderRequest(
      account: account, instrument: InstrumentID(1),
      draft: OrderDraft(side: side, type: .limit, quantity: quantity, price: price))
  }

  func report(
    _ id: OrderID, _ claim: OrderReport.Claim, filled: Decimal64? = nil, command: CommandID? = nil, time: Int64 = 0
  ) -> AccountFact {
    let order = trader.orders[id]
    let reference = OrderReference(
      account: order?.account ?? main, instrument: order?.instrument ?? InstrumentID(1),
      clientOrderID: order?.clientOrderID ?? "", venueOrderID: "v\(id.rawValue)")
    return .order(
      OrderFact(
        reference, OrderReport(claim, filled: filled, time: time), command: command, side: .buy, type: .limit))
  }

  func fill(_ id: OrderID, _ trade: String, _ quantity: Decimal64, command: CommandID? = nil) -> AccountFact {
    let reference = OrderReference(account: main, instrument: InstrumentID(1), venueOrderID: "v\(id.rawValue)")
    return .fill(FillFact(reference, Fill(trade: trade, price: 10, quantity: quantity), command: command))
  }

  /// An order that the venue has confirmed.
  func opened(_ quantity: Decimal64 = 5) throws -> OrderID {
    let id = try trader.place(request(.buy, quantity))
    try path.answer(.place) { [self.report(id, .open, filled: 0, command: $0.id)] }
    #expect(news() == [.created(id)])
    return id
  }
}

let unknownOrder = CommandResult(.refused, error: UInt32(PB_ERR_UNKNOWN_ORDER), text: "no such order")
let noAnswer = CommandResult(.unknown, error: UInt32(PB_ERR_TRANSIENT), text: "no answer")
