import Catalog
import Decimals
import Journal
import MarketModel
import Outbound
import Runtime
import Trading

/// One connector instance that trades: its trader, and what keeps its part of the journal.
///
/// The names may be read anywhere; everything else belongs to the lane.
package final class TradeDesk: SeatTrader, TraderObserver, @unchecked Sendable {
  /// The connector's id.
  package let name: String
  package let exchange: String
  /// The number of its lane.
  package let lane: Int
  /// Names of its accounts, in the order of the configuration.
  package let accounts: [(id: AccountID, name: String)]
  package let stakes: Stakes

  package let session: Session
  package let trader: Trader
  /// Its right to trade, where several hosts share the work.
  package let tenure: DeskTenure?
  private var areInstrumentsKnown = false
  private let mirror: DeskMirror?
  /// Fills orders in the venue's place, where trading is on paper; the session's observer.
  package let paper: PaperPath?
  /// Whether the trader has read the journal.
  package private(set) var isStarted = false
  /// Events of the trader so far.
  package private(set) var eventCount: UInt64 = 0
  /// How many facts the journal had dropped when the log said so last.
  private var dropsLogged = 0
  /// What waits for the answer to an amendment, in the order of asking.
  private var amending: [OrderID: [(AmendEnd) -> Void]] = [:]
  let home: Lane
  private let events: RunEvents
  private let inbox: Inbox
  package weak var seat: Host.Seat?
  /// What has taken it out of use, or is about to: no orders are placed.
  var closing: Closing?
  /// What the configuration says of its exchange.
  private let wanted: Config.Connector?
  /// Of an account on paper.
  private let history: PaperHistory?
  private var isPaperFaultTold = false

  /// Takes receipts to the trader's part of the journal, on its lane.
  private final class Inbox: @unchecked Sendable {
    var ledger: TraderJournal?
  }

  /// What a desk is made of besides its seat.
  package struct Setting {
    var config: Config
    var journal: HostJournal
    var clock: HostClock
    var events: RunEvents
    var cluster: ClusterNode?
  }

  /// Before the lane runs.
  /// - Parameter lane: its number.
  package init(_ seat: Host.Seat, on home: Lane, lane: Int, _ setting: Setting) throws(ClientIDForm.Fault) {
    let (session, clock, config) = (seat.session, setting.clock, setting.config)
    name = session.name
    exchange = seat.exchange
    let paper = config[seat.exchange]?.paper
    accounts = paper == nil ? seat.accounts.map { (AccountID($0.id), $0.label) } : [(AccountID(1), "paper")]
    stakes = paper == nil ? Stakes(seat, config) : .play("filled from its public data")
    self.paper = paper.map { PaperPath(markets: session, accounts: [AccountID(1)], settings: PaperSettings($0)) }
    (self.home, self.lane, self.session, self.seat, events) = (home, lane, session, seat, setting.events)
    let inbox = Inbox()
    let deliver: JournalWriter.Delivery = { receipts in home.submit { inbox.ledger?.received(receipts) } }
    // What is filled on paper is each host's own.
    let shared = paper == nil ? setting.cluster : nil
    let tenure = shared.map { DeskTenure(seat.exchange, seat.accounts.map { ($0.id, $0.label) }, $0) }
    let mirror = tenure.flatMap { tenure in
      setting.cluster.flatMap { cluster in
        cluster.settings.durable == .cluster
          ? DeskMirror(tenure, setting.journal, cluster.loop, deliver: deliver) : nil
      }
    }
    (self.tenure, self.mirror) = (tenure, mirror)
    let port = mirror == nil ? setting.journal.port(deliver) : nil
    let ledger = TraderJournal(
      names: TraderJournal.Names(
        exchange: seat.exchange, connector: session.name,
        accounts: Dictionary(accounts.map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })),
      state: setting.journal.state, pair: { session.view.market(symbol: $0)?.instrument.pair ?? "" },
      wall: { clock.now().wall }
    ) { entries throws(JournalFault) in
      if let mirror { return try mirror.append(entries) }
      guard let port else { throw .closed }
      return try port.append(entries, .intent)
    }
    inbox.ledger = ledger
    self.inbox = inbox
    let wanted = config[seat.exchange]
    self.wanted = wanted
    history = paper.flatMap { _ in setting.journal.paper[session.name]?.history }
    trader = Trader(
      path: self.paper ?? session, accounts: accounts.map(\.id), journal: ledger,
      ids: try Self.ids(seat, instance: config.instance, wall: clock.now().wall),
      policy: TraderPolicy(config.orders, wanted?.permit), fees: FeeSchedule(wanted))
    trader.observer = self
    ledger.onDrop = { [weak self] in self?.journalDropped($0, $1) }
    if let tenure {
      trader.hindrance = { tenure.hindrance($0.rawValue) }
      tenure.begin = { [weak self] state in
        home.submit { [weak self] in
          if let state { inbox.ledger?.renew(state) }
          self?.tenureBegan()
        }
      }
    }
    if let limit = wanted?.permit.lossLimit, let most = Decimal64(limit.most) {
      trader.setLossLimit(most, in: limit.asset)
    }
    guard let path = self.paper else { return }
    path.next = session.observer
    path.notionalCap = session.notionalCap
    session.observer = path
  }

  /// Client order ids that fit the venue. The market stands behind the instance's name, since spot and perpetuals of
  /// one exchange share their accounts. They count from the clock, so that they come once even when the journal is
  /// lost: nobody sends an order a second for years. Each connector counts from elsewhere, so that people can tell
  /// their orders apart by number.
  private static func ids(
    _ seat: Host.Seat, instance: String, wall: Int64
  ) throws(ClientIDForm.Fault) -> ClientOrderIDs {
    let form = seat.library.descriptors.first { $0["id"]?.string == seat.session.name }?["client_order_id"]
    let own = try ClientIDForm(
      length: form?["length"]?.int ?? 36, pattern: form?["pattern"]?.string ?? "^[A-Za-z0-9]{1,36}$")
    let begin: Int64 = 1_735_689_600  // 2025 begins.
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in seat.session.name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    // Five digits of 62 hold the sum until 2041.
    let start = UInt64(max(0, wall / 1_000_000_000 - begin)) + (hash >> 32) % 400_000_000
    return try own.ids(instance: instance + seat.market.rawValue.prefix(1), start: start)
  }

  /// Does something on the lane, soon. From any thread.
  package func perform(_ body: @escaping @Sendable (TradeDesk) -> Void) {
    home.submit { [self] in body(self) }
  }

  /// Who trades with what, for people.
  package var introduction: String {
    let names = accounts.map(\.name).joined(separator: ", ")
    switch stakes {
    case .real: return "\(name) trades on \(names) with real money"
    case .play(let why): return "\(name) trades on \(names) with play money (\(why))"
    }
  }

  // MARK: The seat

  package func instrumentsKnown() {
    guard !isStarted else { return trader.instrumentsChanged() }
    areInstrumentsKnown = true
    // Whoever trades instead is not disturbed: nothing is asked of its orders, and nothing adopted.
    guard tenure?.hasBegun != false else { return }
    adoptAssets(wanted)
    resumePaper()
    do throws(JournalFailure) {
      try trader.start()
      isStarted = true
      if let paper, history != nil { for order in trader.orders.inFlight { _ = paper.resume(order) } }
      home.add(trader)
      paper?.connect(accounts.map(\.id))
      guard trader.openCount > 0 else { return }
      let text = "\(trader.openCount) open orders came back from the journal; the venue is asked about each"
      events.put(RunEvent(kind: "trading", connector: name, text: text))
    } catch {
      seat?.lacks("trading", error.text)
    }
  }

  /// This host has its accounts.
  private func tenureBegan() { if areInstrumentsKnown { instrumentsKnown() } }

  /// Gives the account on paper what it did in earlier runs.
  private func resumePaper() {
    guard let paper, let history, let account = accounts.first?.id else { return }
    for symbol in paper.resume(history, account: account) {
      let text = "the position in \(symbol) is gone, since the exchange has no such instrument any more"
      events.put(RunEvent(kind: "warning", connector: name, text: text))
    }
    notePaperFault()
  }

  /// An account on paper does not trade any more: the status says so for as long as this run lasts.
  private func notePaperFault() {
    guard !isPaperFaultTold, let account = accounts.first?.id, let fault = paper?.fault(of: account) else { return }
    isPaperFaultTold = true
    seat?.lacks("paper", fault)
    events.put(RunEvent(kind: "warning", connector: name, text: fault))
  }

  package var haltReason: String? { trader.haltReason }
  package var isReal: Bool { stakes.isReal }
  package var orderTypes: [String]? { paper == nil ? nil : PaperPath.orderTypes }

  package var missing: [String] {
    guard isStarted else { return tenure.map { $0.hasBegun ? [] : [$0.words] } ?? [] }
    return trader.missing.map { text in
      // The trader knows its accounts by numbers.
      for account in accounts {
        let number = "account \(account.id.rawValue): "
        if text.hasPrefix(number) { return "account \(account.name): " + text.dropFirst(number.count) }
      }
      return text
    }
  }

  /// Reports of a limit on what is not there.
  package func warn(_ words: String, _ field: String) {
    let text = "connectors.\(exchange).\(field): \(words); this limit holds nothing there"
    events.put(RunEvent(kind: "warning", connector: name, text: text))
  }

  /// The journal lacks what it has dropped, for as long as this run lasts; the log says so again whenever that has
  /// doubled.
  private func journalDropped(_ count: Int, _ reason: String) {
    let text = "\(count) facts were not kept: \(reason); the exchange's own history has them"
    seat?.lacks("journal", text)
    guard count >= 2 * dropsLogged else { return }
    dropsLogged = count
    events.put(RunEvent(kind: "warning", connector: name, text: "journal: \(text)"))
  }

  // MARK: The trader

  package func trader(_ trader: Trader, _ event: TraderEvent) {
    note(event)
    eventCount &+= 1
    if let event = TraderWords.event(event, of: self) { events.put(event) }
    events.tellListeners(event, self)
  }

  private func note(_ event: TraderEvent) {
    switch event {
    case .filled: notePaperFault()
    case .amended(let id): amended(id, .done)
    case .amendFailed(let id, _, let reason) where trader.isAmendUnknown(id): amended(id, .unknown(reason))
    case .amendFailed(let id, let error, let reason):
      amended(id, .refused(error: error, reason.isEmpty ? "the venue refused" : reason))
    default: break
    }
  }

  /// Changes an order; `then` is called once, when the venue has answered or no answer is expected any more.
  func amend(
    _ id: OrderID, price: Decimal64?, quantity: Decimal64?, then: @escaping (AmendEnd) -> Void
  ) throws(TraderRefusal) {
    amending[id, default: []].append(then)
    do throws(TraderRefusal) {
      try trader.amend(id, price: price, quantity: quantity)
    } catch {
      // Nothing was sent, so nothing will be answered.
      amending[id]?.removeLast()
      throw error
    }
  }

  private func amended(_ id: OrderID, _ end: AmendEnd) {
    guard var waiting = amending[id], !waiting.isEmpty else { return }
    // Amendments of one order are answered in the order in which they were asked for.
    let first = waiting.removeFirst()
    amending[id] = waiting.isEmpty ? nil : waiting
    first(end)
  }

  /// An account's name.
  package func account(_ id: AccountID) -> String { accounts.first { $0.id == id }?.name ?? "\(id.rawValue)" }
}

/// How an amendment ended.
enum AmendEnd {
  case done
  /// The venue refused it, with its words; the order is as before.
  case refused(error: UInt32, String)
  /// Without an answer: it may still be carried out.
  case unknown(String)
}

extension TraderPolicy {
  package init(_ orders: Config.Orders, _ permit: Config.Permit?) {
    self.init()
    strays = orders.strays == .adopt ? .adopt : .cancel
    balanceLimits = permit?.balances.compactMapValues { Decimal64($0) } ?? [:]
  }
}

extension FeeSchedule {
  /// What a configuration says of an exchange; on paper the account pays what stands there.
  package init(_ wanted: Config.Connector?) {
    let (fees, paper) = (wanted?.fees, wanted?.paper)
    self.init(
      maker: (paper?.makerFee ?? fees?.maker).flatMap { Decimal64($0) },
      taker: (paper?.takerFee ?? fees?.taker).flatMap { Decimal64($0) },
      side: fees?.from ?? .cost == .cost ? .addedToCost : .deductedFromReturns)
  }
}

extension PaperSettings {
  package init(_ config: Config.Paper) {
    self.init(
      latency: Int64(config.latencyMilliseconds) * 1_000_000,
      balances: config.balances.compactMapValues { Decimal64($0) },
      makerFee: config.makerFee.flatMap { Decimal64($0) }, takerFee: config.takerFee.flatMap { Decimal64($0) })
  }
}
