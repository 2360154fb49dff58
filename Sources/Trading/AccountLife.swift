import Decimals
import MarketModel
import Runtime

/// What is asked of an account from time to time.
enum AccountTask: CaseIterable {
  case orders, balances, positions, modes, fees, funding

  var verb: Verb {
    switch self {
    case .orders: .openOrders
    case .balances: .balances
    case .positions: .positions
    case .modes: .modes
    case .fees: .fees
    case .funding: .fundingPayments
    }
  }

  /// The kind of facts that make up its answer; `nil` where it is not a set that proves anything.
  var set: CompleteFact.What? {
    switch self {
    case .orders: .orders
    case .balances: .balances
    case .positions: .positions
    case .funding: .fundingPayments
    case .modes, .fees: nil
    }
  }

  /// Whether trading waits for its first answer.
  var isNeeded: Bool { self != .fees && self != .funding }

  var name: String {
    switch self {
    case .orders: "open orders"
    case .balances: "balances"
    case .positions: "positions"
    case .modes: "position and margin modes"
    case .fees: "fees"
    case .funding: "funding payments"
    }
  }
}

/// Where one task stands. Times are monotonic nanoseconds.
struct TaskState {
  /// It is to run as soon as it can.
  var isWanted = false
  /// On its way.
  var command: CommandID?
  var startedAt: Int64 = 0
  /// When it was last answered whole.
  var doneAt: Int64?
  /// How long that took: a venue that lets questions wait is asked less often.
  var took: Int64 = 0
  /// Answers in a row since the private stream spoke.
  var quiet = 0
  var failures = 0
  /// Not before; set by failures.
  var notBefore = Int64.min
  /// The last failure, for people.
  var problem = ""
}

/// A set of facts that was asked for: it proves what is not in it only when it was said to be whole, to be of that
/// kind, and to reach over all that was asked for.
struct AwaitedSet {
  let what: CompleteFact.What
  /// `nil` = all.
  let instrument: InstrumentID?
  /// `nil` while nothing was said of it.
  private(set) var isWhole: Bool?

  init(_ what: CompleteFact.What, of instrument: InstrumentID? = nil) {
    self.what = what
    self.instrument = instrument
  }

  mutating func take(_ fact: CompleteFact) {
    let reachesOverAll = fact.instrument == nil || fact.instrument == instrument
    isWhole = (isWhole ?? true) && !fact.isPartial && reachesOverAll
  }
}

/// What a trader knows and does about one account.
final class AccountLife {
  let id: AccountID
  var stream = StreamState.pending
  /// When the private stream spoke last; monotonic, and on the venue's clock.
  var heard: Int64 = 0
  var heardAtVenue: Int64 = 0
  /// Up to here everything was seen; `nil` where nothing is known.
  var seen: VenueMoment?
  var tasks: [AccountTask: TaskState] = [:]
  /// Fills were learned from answers: what they did to balances and positions may never be pushed, so those are asked
  /// for at this time, by task.
  var unsettled: [AccountTask: Int64] = [:]
  /// The venue's time of the newest such fill.
  var unsettledFill: Int64 = 0
  /// Nothing is missing for trading; stays so once it is.
  var isReady = false
  /// Everything is to be compared.
  var reconcileWanted = false
  /// The next list of open orders is part of a comparison.
  var isComparing = false
  /// More orders of this host came than are taken in at once, since the list of open ones was asked for last.
  var isCrowded = false
  /// Orders that the list of open ones should hold.
  var candidates: Set<OrderID> = []
  /// Sets that are asked for.
  var awaited: [CommandID: AwaitedSet] = [:]

  var positionMode: PositionMode?
  private(set) var leverage: [InstrumentID: Decimal64] = [:]
  private(set) var marginModes: [InstrumentID: MarginMode] = [:]
  /// What was reported of all instruments.
  private(set) var marginMode: MarginMode?
  var positions: [Positions.Key: Position] = [:]
  /// Payments up to it are not given; `nil` until the first answer.
  var fundingMark: FundingMark?
  var isFundingBaseSet = false

  init(_ id: AccountID) { self.id = id }

  /// Everything was seen up to what the private stream said last.
  func sawAll() { if heard > 0 { seen = VenueMoment(venue: heardAtVenue, mono: heard) } }

  /// The symbol of an instrument has a new id.
  func replace(_ older: InstrumentID, by newer: InstrumentID) {
    if let known = leverage.removeValue(forKey: older), leverage[newer] == nil { leverage[newer] = known }
    if let known = marginModes.removeValue(forKey: older), marginModes[newer] == nil { marginModes[newer] = known }
    for key in positions.keys.filter({ $0.instrument == older }) {
      let moved = Positions.Key(account: key.account, instrument: newer, leg: key.leg)
      if let position = positions.removeValue(forKey: key), positions[moved] == nil { positions[moved] = position }
    }
  }

  /// All instruments have it.
  func put(_ mode: MarginMode) {
    marginMode = mode
    marginModes = [:]
  }

  /// Bounded as leverages are.
  func put(_ mode: MarginMode, of instrument: InstrumentID) {
    if marginModes.count < FeeBook.limit || marginModes[instrument] != nil { marginModes[instrument] = mode }
  }

  /// Leverages of instruments that have been replaced stay, so their number is bounded.
  func put(_ leverage: Decimal64, of instrument: InstrumentID) {
    if self.leverage.count < FeeBook.limit || self.leverage[instrument] != nil { self.leverage[instrument] = leverage }
  }
}
