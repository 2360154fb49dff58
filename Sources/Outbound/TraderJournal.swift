import Journal
import MarketModel
import Runtime
import Trading

/// A trader's part of the host's journal: says in the journal's words what the trader says in its own.
///
/// Lives on the trader's lane. Whoever commits hands the receipts in by `received`, on that lane.
public final class TraderJournal: OrderJournal {
  /// How the journal calls what the trader knows by numbers.
  public struct Names {
    /// The exchange's id in the registry.
    public var exchange: String
    /// The connector's id.
    public var connector: String
    public var accounts: [AccountID: String]

    public init(exchange: String, connector: String, accounts: [AccountID: String]) {
      self.exchange = exchange
      self.connector = connector
      self.accounts = accounts
    }

    /// The counter of client order ids.
    public var counter: String { "orders.\(connector)" }
  }

  /// Entries that have been handed in.
  private struct Parcel {
    let entries: [LedgerEntry]
    let durable: (JournalFailure?) -> Void
  }

  private let names: Names
  private var state: LedgerState?
  private let pair: (String) -> String
  private let wall: () -> Int64
  private let hand: ([LedgerEntry]) throws(JournalFault) -> JournalTicket
  private var waiting: [JournalTicket: Parcel] = [:]
  /// Entries that the journal can never take, as what they speak of is not in it, or for which it has no room.
  public private(set) var dropped = 0
  /// Hears of each time entries are dropped: how many there were in all, and why.
  public var onDrop: ((_ dropped: Int, _ reason: String) -> Void)?
  private static let seenTopic = "account"

  /// - Parameters:
  ///   - state: what the journal gave back, of all connectors; `nil` when it could not be read.
  ///   - pair: `BASE-QUOTE` of a symbol, as far as it is known.
  ///   - wall: nanoseconds since the Unix epoch.
  ///   - hand: hands entries that belong together to the journal, to be tried once.
  public init(
    names: Names, state: LedgerState?, pair: @escaping (String) -> String, wall: @escaping () -> Int64,
    hand: @escaping ([LedgerEntry]) throws(JournalFault) -> JournalTicket
  ) {
    self.names = names
    self.state = state
    self.pair = pair
    self.wall = wall
    self.hand = hand
  }

  /// The journal has more by now than when this run began: what `restore` gives is this instead.
  public func renew(_ state: LedgerState) { self.state = state }

  /// Whether entries wait for their receipts.
  public var isWaiting: Bool { !waiting.isEmpty }

  // MARK: Keeping

  public func append(_ entries: [Trading.JournalEntry], durable: @escaping (JournalFailure?) -> Void) {
    give(entries.compactMap(translated), durable)
  }

  private func give(_ entries: [LedgerEntry], _ durable: @escaping (JournalFailure?) -> Void) {
    guard !entries.isEmpty else { return durable(nil) }
    do throws(JournalFault) {
      waiting[try hand(entries)] = Parcel(entries: entries, durable: durable)
    } catch {
      refused(entries, error, durable)
    }
  }

  /// Takes the receipts of what was handed in, in the order of their tickets.
  public func received(_ receipts: [JournalReceipt]) {
    for receipt in receipts {
      if let parcel = waiting.removeValue(forKey: receipt.ticket) { settle(parcel, receipt.fault) }
    }
  }

  private func settle(_ parcel: Parcel, _ fault: JournalFault?) {
    guard let fault else { return parcel.durable(nil) }
    if case .backlogFull = fault { return refused(parcel.entries, fault, parcel.durable) }
    // What can never be written must not keep what can from being so.
    guard fault.isFinal, !isIntent(parcel.entries) else { return parcel.durable(JournalFailure(fault.description)) }
    guard parcel.entries.count > 1 else {
      drop(1, fault)
      return parcel.durable(nil)
    }
    for (index, entry) in parcel.entries.enumerated() {
      give([entry], index == parcel.entries.count - 1 ? parcel.durable : { _ in })
    }
  }

  /// Something is to leave once they are kept: a new order, or a transaction.
  private func isIntent(_ entries: [LedgerEntry]) -> Bool {
    entries.contains { entry in
      switch entry {
      case .order(let order): !order.isAdopted
      case .event(let event): event.event == .leaving
      default: false
      }
    }
  }

  /// The journal does not take entries. Facts for which it has no room any more are dropped and counted: whoever kept
  /// them would grow in its place, and the exchange can be asked again.
  private func refused(_ entries: [LedgerEntry], _ fault: JournalFault, _ durable: (JournalFailure?) -> Void) {
    if case .backlogFull = fault, !isIntent(entries) {
      drop(entries.count, fault)
      return durable(nil)
    }
    durable(JournalFailure(fault.description))
  }

  private func drop(_ count: Int, _ fault: JournalFault) {
    dropped += count
    onDrop?(dropped, fault.description)
  }

  private func name(_ account: AccountID, _ client: String) -> OrderName {
    OrderName(exchange: names.exchange, account: names.accounts[account] ?? "", clientOrderID: client)
  }

  private func translated(_ entry: Trading.JournalEntry) -> LedgerEntry? {
    switch entry {
    case .counter(let next): return .counter(name: names.counter, next: next)
    case .order(let order):
      return .order(
        OrderEntry(
          name: name(order.account, order.clientOrderID), connector: names.connector, instrument: order.symbol,
          pair: order.pair, order: order.id, createCommand: order.createCommand, draft: order.draft, leg: order.leg,
          isAdopted: order.isAdopted, created: order.created, createdAtVenue: order.createdAtVenue))
    case .event(let event):
      return .event(
        OrderEventEntry(
          name: name(event.account, event.clientOrderID), event: event.event, venueOrderID: event.venueOrderID,
          state: event.state, filled: event.filled, reason: event.reason, time: event.time))
    case .strayFill(let account, let stray):
      return .strayFill(
        StrayFillEntry(exchange: names.exchange, account: names.accounts[account] ?? "", stray))
    case .funding(let payment, let symbol):
      return .funding(
        FundingEntry(
          exchange: names.exchange, account: names.accounts[payment.account] ?? "", instrument: symbol,
          pair: pair(symbol), payment: payment.id, rate: payment.rate, amount: payment.amount, asset: payment.asset,
          time: payment.time))
    case .position(let account, let symbol, let leg, let position):
      return .position(
        PositionEntry(
          exchange: names.exchange, account: names.accounts[account] ?? "", instrument: symbol, pair: pair(symbol),
          leg: leg, position: position ?? Position(quantity: .zero, time: 0), time: wall()))
    case .mode(let account, let symbol, let leverage, let marginMode):
      return .mode(
        ModeEntry(
          exchange: names.exchange, account: names.accounts[account] ?? "", instrument: symbol, leverage: leverage,
          marginMode: marginMode?.name, time: wall()))
    case .seen(let account, let time):
      return .mark(
        JournalMark(
          exchange: names.exchange, account: names.accounts[account] ?? "", instrument: names.connector,
          topic: Self.seenTopic, time: time, replaces: true))
    }
  }

  // MARK: Coming back

  public func restore() throws(JournalFailure) -> Trading.JournalState {
    guard let state else { throw JournalFailure("the journal could not be read; see the messages of the start") }
    let ids = Dictionary(names.accounts.map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    var restored = Trading.JournalState(counter: state.counters[names.counter] ?? 0)
    for order in state.orders where order.entry.connector == names.connector {
      guard let account = ids[order.entry.name.account] else { continue }
      restored.orders.append(self.order(order, account))
    }
    for (account, name) in names.accounts {
      restored.seen[account] = state.time(
        Self.seenTopic, exchange: names.exchange, account: name, instrument: names.connector)
    }
    for payment in state.funding where payment.exchange == names.exchange {
      guard let account = ids[payment.account] else { continue }
      restored.funding[account, default: FundingMark(time: payment.time)]
        .add(payment.time, "\(payment.instrument)/\(payment.payment)")
    }
    return restored
  }

  private func order(_ order: LedgerOrder, _ account: AccountID) -> Trading.RestoredOrder {
    let entry = order.entry
    return Trading.RestoredOrder(
      record: OrderRecord(
        id: entry.order, account: account, symbol: entry.instrument, pair: entry.pair,
        clientOrderID: entry.name.clientOrderID, createCommand: entry.createCommand, draft: entry.draft,
        leg: entry.leg, isAdopted: entry.isAdopted, created: entry.created, createdAtVenue: entry.createdAtVenue),
      events: order.events.compactMap { item in
        item.event.map { Trading.RestoredOrder.Event($0, venueOrderID: item.venueOrderID) }
      })
  }
}
