import CPatchbay
import ConnectorKit
import Matching

/// The embedded paper exchange: a connector like any other behind patchbay.h, but its venue lives inside it. Commands
/// and timers drive it; it opens no stream and sends no request.
///
/// Two connectors are made of it, `PaperSpot` and `PaperPerpetual`. Time is the venue's clock of each input.
public class PaperVenue: Connector {
  class var isPerpetual: Bool { false }

  let settings: PaperConfig
  let exchange: Exchange
  /// Accounts in the order in which they came.
  var holders: [Holder] = []
  /// Per market: what is subscribed, and what was last reported of it.
  var feeds: [Feed]
  /// Commands that wait for their acknowledgement delay, oldest first.
  private var waiting: [(due: Int64, command: OwnedCommand)] = []
  private var isStarted = false
  /// Open orders of earlier runs that have not come back yet.
  private var reopening: [ResumedOrder] = []

  struct Holder {
    let id: pb_id
    let participant: Participant
    var isPresent: Bool
  }

  enum Timer {
    static let step: pb_id = 1
    static let acknowledge: pb_id = 2
    static let funding: pb_id = 3
    static let expiry: pb_id = 4
  }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    settings = try PaperConfig(config, isPerpetual: Self.isPerpetual)
    exchange = try settings.makeExchange(isPerpetual: Self.isPerpetual)
    feeds = exchange.markets.map { _ in Feed() }
    try super.init(config: config, out: out)
  }

  /// The venue's time of the input being delivered.
  var now: Int64 { out.now.venue != 0 ? out.now.venue : out.now.wall }

  // MARK: Inputs

  public override func start(trading: Bool) {
    exchange.number(from: out.now.wall)
    if settings.stepNanoseconds > 0 {
      exchange.openMarkets(at: now)
      out.timer(Timer.step, after: settings.stepNanoseconds)
    }
    if exchange.isPerpetual {
      exchange.scheduleFunding(at: now)
      armFunding()
    }
    isStarted = true
    flush()
    reopenOrders()
  }

  public override func account(_ account: Account) {
    if let place = holders.firstIndex(where: { $0.id == account.id }) {
      holders[place].isPresent = account.isPresent
    } else if account.isPresent {
      holders.append(Holder(id: account.id, participant: newParticipant(), isPresent: true))
    } else {
      return
    }
    out.state(account.isPresent ? .live : .ended, .privateUpdates, account: account.id)
    reopenOrders()
  }

  /// The first account goes on from what it did in earlier runs.
  private func newParticipant() -> Participant {
    guard holders.isEmpty else { return exchange.addAccount() }
    reopening = settings.resume.orders
    return exchange.addAccount(settings.resume) { out.log(.warning, $0) }
  }

  /// Lets the first account's orders of earlier runs go on, once there are an account and markets.
  private func reopenOrders() {
    guard isStarted, let holder = holders.first, !reopening.isEmpty else { return }
    for order in reopening { exchange.reopen(order, holder.participant, at: now) { out.log(.warning, $0) } }
    reopening = []
    exchange.finish(at: now)
    armExpiry()
    flush()
  }

  public override func timer(_ id: pb_id) {
    switch id {
    case Timer.step:
      exchange.step(at: now)
      out.timer(Timer.step, after: settings.stepNanoseconds)
    case Timer.funding:
      exchange.fund(at: now)
      armFunding()
    case Timer.expiry:
      exchange.expire(at: now)
      armExpiry()
    case Timer.acknowledge:
      while let first = waiting.first, first.due <= out.now.mono {
        waiting.removeFirst()
        answer(first.command)
      }
      armAcknowledge()
    default: return
    }
    flush()
  }

  public override func command(_ command: Command) -> Status {
    guard let verb = command.verb, supports(verb) else { return .unsupported }
    let owned = OwnedCommand(command)
    if settings.ackDelayNanoseconds == 0 {
      answer(owned)
      flush()
    } else {
      waiting.append((out.now.mono + settings.ackDelayNanoseconds, owned))
      if waiting.count == 1 { armAcknowledge() }
    }
    return .ok
  }

  private func armFunding() {
    guard let next = exchange.markets.map(\.funding.next).min() else { return }
    out.timer(Timer.funding, after: max(1, next - now))
  }

  /// Waits for the next date of an order.
  func armExpiry() {
    guard let next = exchange.orders.values.map(\.request.expiry).filter({ $0 != 0 }).min() else { return }
    out.timer(Timer.expiry, after: max(1, next - now))
  }

  private func armAcknowledge() {
    guard let first = waiting.first else { return }
    out.timer(Timer.acknowledge, after: max(1, first.due - out.now.mono))
  }

  /// Reports all that has happened and is not yet reported: private facts and trades, then books and tickers.
  func flush() {
    reportEvents()
    reportMarketData()
  }

  // MARK: Commands

  private func supports(_ verb: Verb) -> Bool {
    switch verb {
    case .candles, .quote, .swap, .approve: false
    case .positions, .leverage, .marginMode, .positionMode, .funding, .fundingPayments, .modes: exchange.isPerpetual
    default: true
    }
  }

  /// Carries a command out and answers it: its facts, then its reply.
  private func answer(_ command: OwnedCommand) {
    do {
      let note = try carryOut(command)
      exchange.finish(at: now)
      reportEvents()
      out.reply(command.id, .done, .none, note)
    } catch {
      exchange.finish(at: now)
      reportEvents()
      out.refuse(command.id, error.kind, error.text)
    }
  }

  /// Returns a remark for the reply, mostly empty.
  private func carryOut(_ command: OwnedCommand) throws(Refusal) -> String {
    switch Verb(rawValue: command.fields.verb) {
    case .clock: out.clock(request: 0, venue: now)
    case .instruments: reportInstruments(command)
    case .subscribe: try subscribe(command)
    case .unsubscribe: try unsubscribe(command)
    case .resync: try resync(command)
    case .tickers: reportTickers(command)
    case .place: return try each(command, place)
    case .amend: return try each(command, amend)
    case .cancel, .cancelMany: return try each(command, cancel)
    case .order: try reportOrder(command)
    case .openOrders: try reportOpenOrders(command)
    case .fills: try reportFills(command)
    case .balances: try reportBalances(command)
    case .fees: try reportFees(command)
    case .positions: try reportPositions(command)
    case .leverage: try setLeverage(command)
    case .marginMode: try setMarginMode(command)
    case .positionMode: try setPositionMode(command)
    case .funding: try reportFunding(command)
    case .fundingPayments: try reportFundingPayments(command)
    case .modes: try reportModes(command)
    case .refresh, .orderHistory, .candles, .quote, .swap, .approve, nil:
      throw Refusal(.unsupported, "not offered")
    }
    return ""
  }

  // MARK: What commands name

  /// The account that a command names.
  func holder(_ id: pb_id) throws(Refusal) -> Holder {
    guard let holder = holders.first(where: { $0.id == id }), holder.isPresent else {
      throw Refusal(.authentication, "no such account")
    }
    return holder
  }

  /// The instrument that a command names, by id or else by symbol.
  func market(_ command: OwnedCommand) throws(Refusal) -> Int {
    guard let market = try optionalMarket(command) else { throw Refusal(.unknownInstrument, "no instrument is named") }
    return market
  }

  /// The same, where none means all.
  func optionalMarket(_ command: OwnedCommand) throws(Refusal) -> Int? {
    let id = command.fields.instrument
    if id == 0, command.symbol.isEmpty { return nil }
    let found = id == 0
      ? exchange.markets.firstIndex { $0.rules.symbol == command.symbol }
      : exchange.markets.indices.first { instrument($0) == id }
    guard let found else { throw Refusal(.unknownInstrument, "no such instrument") }
    return found
  }

  /// The id under which the host knows a market.
  func instrument(_ market: Int) -> pb_id { pb_id(market) + 1 }

  /// The id under which the host knows a participant; 0 for the venue's own.
  func accountID(_ participant: Participant) -> pb_id { holders.first { $0.participant == participant }?.id ?? 0 }
}

/// The spot market of the paper exchange.
public final class PaperSpot: PaperVenue {
  override class var isPerpetual: Bool { false }
}

/// The perpetuals of the paper exchange: linear, cross or isolated margin, one-way positions.
public final class PaperPerpetual: PaperVenue {
  override class var isPerpetual: Bool { true }
}
