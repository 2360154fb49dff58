import CPatchbay
import Decimals
import MarketModel
import Runtime

/// Where a paper execution sees the real market.
public protocol PaperMarkets: AnyObject {
  var name: String { get }
  var times: Times { get }
  func instrument(_ id: InstrumentID) -> Instrument?
  func instrument(symbol: String) -> Instrument?
  func book(_ id: InstrumentID) -> OrderBook?
  /// The mark price of a contract, as far as it is known.
  func mark(_ id: InstrumentID) -> Decimal64?
}

extension Session: PaperMarkets {
  public func book(_ id: InstrumentID) -> OrderBook? { view[id.rawValue]?.book }
  public func mark(_ id: InstrumentID) -> Decimal64? { view[id.rawValue]?.mark?.mark }
}

/// Paper trading on the live public data of any connector, through the same order path as real trading: no key, own
/// balances, no request to the venue.
///
/// Orders are filled only by what was really there, and never twice by the same. An order that crosses takes from the
/// levels of the real book. One that rests is filled by public trades, at its own price only after what stood in front
/// of it, and by opposite levels that come to its price. What is filled at once is not more than these offer.
/// Conditional orders wait for the real market's price. Nothing moves the real market, and funding is not paid.
///
/// The owner passes the session's events on: `session(_:_:)`, or `bookChanged` and `traded`.
public final class PaperPath: OrderPath, SessionObserver {
  public let accounts = AccountView()
  public weak var accountObserver: AccountObserver?
  public var notionalCap: Decimal64?
  /// Hears of the session's events after this path.
  public weak var next: SessionObserver?
  let settings: PaperSettings
  let markets: PaperMarkets
  var ledger: PaperAccounts
  var orders: [PaperOrder] = []
  var byClient: [String: Int] = [:]
  /// Places in `orders` of those that live, by instrument, oldest first.
  var resting: [InstrumentID: [Int]] = [:]
  /// Places in `orders` of those that wait for their trigger, by instrument, oldest first.
  var waiting: [InstrumentID: [Int]] = [:]
  var taken: [InstrumentID: TakenLiquidity] = [:]
  /// New ids of instruments whose older ids may be named by what is on its way.
  private var heirs: [InstrumentID: InstrumentID] = [:]
  /// Begins at the clock, in microseconds: the numbers of two runs must differ.
  private var nextCommand: UInt64
  /// It begins at the clock too, as does the number of the first order.
  var nextTrade: UInt64
  /// Of the first order; later ones count on.
  var firstNumber: UInt64
  /// Accounts that were given what they did in earlier runs.
  var resumed: Set<AccountID> = []
  static let orderPrefix = "paper-"
  private var timers = TimerQueue()
  private var actions: [UInt64: () -> Void] = [:]
  private var nextAction: UInt64 = 1

  static let verbs: Set<Verb> = [
    .place, .amend, .cancel, .cancelMany, .order, .openOrders, .fills, .balances, .positions,
  ]

  /// The types of orders that it fills, as manifests call them.
  public static let orderTypes = ["limit", "market", "stop_limit", "stop_market", "take_limit", "take_market"]

  public init(markets: PaperMarkets, accounts: [AccountID], settings: PaperSettings) {
    self.markets = markets
    self.settings = settings
    let start = UInt64(max(1, markets.times.wall / 1000))
    (nextCommand, nextTrade, firstNumber) = (start, start, start)
    ledger = PaperAccounts(settings.balances, accounts)
  }

  public var name: String { markets.name }
  public var times: Times { markets.times }
  public func offers(_ verb: Verb) -> Bool { PaperPath.verbs.contains(verb) }
  public func instrument(_ id: InstrumentID) -> Instrument? { markets.instrument(id) }
  public func instrument(symbol: String) -> Instrument? { markets.instrument(symbol: symbol) }

  public func touch(_ instrument: InstrumentID, for side: Side) -> Decimal64? {
    guard let book = markets.book(instrument) else { return nil }
    let level = side == .buy ? book.bestAsk : book.bestBid
    return level.map { Decimal64(mantissa: $0.price, exponent: book.priceExponent) }
  }

  public func reserveCommand() -> CommandID {
    defer { nextCommand += 1 }
    return CommandID(nextCommand)
  }

  public func skipCommands(through id: CommandID) {
    if id.rawValue < .max / 2 { nextCommand = max(nextCommand, id.rawValue + 1) }
  }

  /// Gives the assets of the balances the names that the market has; before anything is traded.
  public func rename(_ name: (String) -> String) { ledger.rename(name) }

  /// Reports that the private stream lives; call it once the trader has started.
  public func connect(_ accounts: [AccountID]) {
    for account in accounts { emit(.stream(account, .live, reason: "")) }
  }

  // MARK: Commands

  public func send(_ draft: CommandDraft, as id: CommandID, completion: @escaping (CommandResult) -> Void) {
    accounts.begin(id, draft.verb)
    after(settings.latency) { [weak self] in
      guard let self else { return }
      let (facts, result) = act(draft, id)
      after(settings.latency) { [weak self] in
        guard let self else { return }
        for fact in facts { emit(fact) }
        _ = accounts.ended(id, result.known, now: times.mono)
        completion(result)
      }
    }
  }

  /// Later facts come later, whatever they are: one line, as on a socket.
  func push(_ fact: AccountFact) {
    after(settings.latency) { [weak self] in self?.emit(fact) }
  }

  private func emit(_ fact: AccountFact) {
    var fact = fact
    if !heirs.isEmpty { fact.rename { heirs[$0] ?? $0 } }
    guard let changes = accounts.apply(fact, now: times.mono) else { return }
    accountObserver?.account(fact, changes)
  }

  func after(_ delay: Int64, _ action: @escaping () -> Void) {
    timers.set(nextAction, due: times.mono + max(0, delay))
    actions[nextAction] = action
    nextAction += 1
  }

  /// A symbol has a new id, as its exponents changed: orders and positions go on under that. An order whose numbers do
  /// not fit the new exponents is cancelled.
  func replace(_ older: InstrumentID, by newer: Instrument) {
    if let instrument = markets.instrument(older) {
      for place in orders.indices where orders[place].instrument == older {
        if let moved = orders[place].at(newer, from: instrument) {
          orders[place] = moved
        } else if orders[place].isLive {
          end(place, .cancelled, instrument)
        }
      }
    }
    prune(older)
    resting[newer.id, default: []] += resting.removeValue(forKey: older) ?? []
    waiting[newer.id, default: []] += waiting.removeValue(forKey: older) ?? []
    taken[older] = nil
    ledger.replace(older, by: newer.id)
    if actions.isEmpty { heirs = [:] }
    for (id, heir) in heirs where heir == older { heirs[id] = newer.id }
    heirs[older] = newer.id
    accounts.replace(older, by: newer.id)
    accountObserver?.instrument(older, replacedBy: newer.id)
  }

  public var due: Int64? { timers.nextDue }

  public func tick() {
    while let id = timers.takeDue(times.mono) { actions.removeValue(forKey: id)?() }
  }

  // MARK: The market

  public func session(_ session: Session, _ event: SessionEvent) {
    switch event {
    case .book(let market): bookChanged(market.instrument.id)
    case .trade(let market, let trade): traded(market.instrument.id, trade)
    case .instrumentReplaced(let older, let market): replace(older, by: market.instrument)
    default: break
    }
    next?.session(session, event)
  }
}
