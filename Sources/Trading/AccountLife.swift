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

/// What a trader knows and does about one account.
final class AccountLife {
  let id: AccountID
  var stream = StreamState.pending
  /// When the private stream spoke last; monotonic, and on the venue's clock.
  var heard: Int64 = 0
  var heardAtVenue: Int64 = 0
  /// Up to here everything was seen, on the venue's clock; 0 where nothing is known.
  var seenAtVenue: Int64 = 0
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
  /// Orders that the list of open ones should hold.
  var candidates: Set<OrderID> = []
  /// Commands whose sets were whole, or as whole as the venue gives them.
  var completed: Set<CommandID> = []
  var partial: Set<CommandID> = []

  var positionMode: PositionMode?
  private(set) var leverage: [InstrumentID: Decimal64] = [:]
  var positions: [Positions.Key: Position] = [:]
  /// Payments up to it are not told; `nil` until the first answer.
  var fundingMark: FundingMark?
  var isFundingBaseSet = false

  init(_ id: AccountID) { self.id = id }

  /// Leverages of instruments that have been replaced stay, so their number is bounded.
  func put(_ leverage: Decimal64, of instrument: InstrumentID) {
    if self.leverage.count < FeeBook.limit || self.leverage[instrument] != nil { self.leverage[instrument] = leverage }
  }
}
