import Decimals
import MarketModel
import Runtime
import Trading

/// What an event of one order costs a trader while many others are open.
struct OrderBench {
  private static let account = AccountID(1)
  private let venue = PromptVenue()
  private let journal = ForgetfulJournal()
  private let trader: Trader
  private var trades = 0

  /// - Parameter count: of orders that rest at the venue.
  init(open count: Int) throws {
    let ids = try ClientOrderIDs(prefix: "pb", instance: "x", start: 0, alphabet: .base36, maximumLength: 36)
    var policy = TraderPolicy()
    policy.ignoresBudget = true
    trader = Trader(path: venue, accounts: [Self.account], journal: journal, ids: ids, policy: policy)
    try trader.start()
    let draft = OrderDraft(side: .buy, type: .limit, quantity: 1_000_000, price: 10)
    let request = OrderRequest(account: Self.account, instrument: venue.only.id, draft: draft)
    for _ in 0..<count { try trader.place(request) }
    guard trader.openCount == count else { throw BenchFault.wrongBook("\(trader.openCount) open orders") }
  }

  /// Fills of orders here and there.
  /// - Returns: nanoseconds for each.
  mutating func fill(_ count: Int, _ clock: HostClock) throws -> Double {
    let open = trader.openCount
    let heard = journal.events
    let facts = (0..<count).map { number in
      trades += 1
      let order = OrderID(UInt64(trades &* 7919 % open))
      let fill = Fill(trade: "t\(trades)", price: 10, quantity: 1, time: Int64(number))
      return AccountFact.fill(FillFact(venue.reference(order), fill))
    }
    let start = clock.now().mono
    for fact in facts { venue.tell(fact) }
    let time = clock.now().mono - start
    guard journal.events - heard >= count else { throw BenchFault.wrongBook("\(journal.events - heard) fills") }
    return Double(time) / Double(count)
  }
}

/// 10,000 open orders against 100, in turn.
func printOrders() throws {
  var few = try OrderBench(open: 100)
  var many = try OrderBench(open: 10_000)
  var best = (few: Double.infinity, many: Double.infinity)
  let clock = SystemClock()
  for round in 0..<10 {
    let times = (try few.fill(2000, clock), try many.fill(2000, clock))
    // The first rounds fill caches and tables.
    if round >= 2 { best = (min(best.few, times.0), min(best.many, times.1)) }
  }
  print(
    "\na fill told to the trader: \(number(best.few, 0)) ns with 100 open orders, \(number(best.many, 0)) ns with "
      + "10,000; ratio \(number(best.many / best.few, 2))")
}

/// Takes every order and answers every question at once.
private final class PromptVenue: OrderPath {
  let name = "prompt"
  let accounts = AccountView()
  weak var accountObserver: AccountObserver?
  var notionalCap: Decimal64? { nil }
  var times = Times(mono: 1_000_000_000, wall: 1_700_000_000_000_000_000, venue: 1_700_000_000_000_000_000)
  let only = Instrument(
    id: InstrumentID(1), kind: .spot, symbol: "S", base: "B", quote: "Q", priceExponent: 0, quantityExponent: 0,
    rules: TradingRules(tick: 1, lot: 1))
  private var commands: UInt64 = 0

  func offers(_ verb: Verb) -> Bool { [.place, .cancel, .order, .openOrders, .fills, .balances].contains(verb) }
  func instrument(_ id: InstrumentID) -> Instrument? { id == only.id ? only : nil }
  func instrument(symbol: String) -> Instrument? { symbol == only.symbol ? only : nil }
  func touch(_ instrument: InstrumentID, for side: Side) -> Decimal64? { 11 }

  func reserveCommand() -> CommandID {
    commands += 1
    return CommandID(commands)
  }

  func send(_ draft: CommandDraft, as id: CommandID, completion: @escaping (CommandResult) -> Void) {
    accounts.begin(id, draft.verb)
    if draft.verb == .place {
      let order = OrderID(draft.order)
      tell(.order(OrderFact(reference(order), OrderReport(.open, filled: 0, quantity: draft.quantity), command: id)))
    }
    _ = accounts.ended(id, .done, now: times.mono)
    completion(CommandResult(.done))
  }

  func reference(_ order: OrderID) -> OrderReference {
    OrderReference(
      account: AccountID(1), instrument: only.id, order: order, venueOrderID: "v\(order.rawValue)")
  }

  func tell(_ fact: AccountFact) {
    guard let changes = accounts.apply(fact, now: times.mono) else { return }
    accountObserver?.account(fact, changes)
  }
}

/// Counts, and keeps nothing: the journal is measured apart.
private final class ForgetfulJournal: OrderJournal {
  private(set) var events = 0

  func restore() throws(JournalFailure) -> JournalState { JournalState() }

  func append(_ entries: [JournalEntry], durable: @escaping (JournalFailure?) -> Void) {
    events += entries.count
    durable(nil)
  }
}
