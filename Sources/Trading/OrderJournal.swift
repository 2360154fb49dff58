import Decimals
import MarketModel
import Runtime

/// An order as the journal keeps it before it is sent.
public struct OrderRecord: Equatable, Sendable {
  /// The order's number, in this run and all later ones.
  public var id: OrderID
  public var account: AccountID
  /// The venue's symbol: ids of instruments are the connector's and may change from run to run.
  public var symbol: String
  public var pair: String
  public var clientOrderID: String
  /// Of this run.
  public var createCommand: CommandID
  public var draft: OrderDraft
  public var leg: PositionLeg
  /// It was found at the venue, and not sent by a run that this journal knows.
  public var isAdopted: Bool
  /// Nanoseconds since the Unix epoch: of this machine, and of the venue's clock.
  public var created: Int64
  public var createdAtVenue: Int64

  public init(
    id: OrderID, account: AccountID, symbol: String, pair: String, clientOrderID: String, createCommand: CommandID,
    draft: OrderDraft, leg: PositionLeg, isAdopted: Bool = false, created: Int64, createdAtVenue: Int64
  ) {
    self.id = id
    self.account = account
    self.symbol = symbol
    self.pair = pair
    self.clientOrderID = clientOrderID
    self.createCommand = createCommand
    self.draft = draft
    self.leg = leg
    self.isAdopted = isAdopted
    self.created = created
    self.createdAtVenue = createdAtVenue
  }
}

/// Something that has happened to an order, as `TrackedOrder.receive` takes it.
public struct OrderEventRecord: Equatable, Sendable {
  public var id: OrderID
  public var account: AccountID
  public var clientOrderID: String
  public var event: OrderEvent
  /// The latest id that the venue gave it; empty while there is none.
  public var venueOrderID: String
  /// Where the order stands after it.
  public var state: OrderState
  /// In base, after it.
  public var filled: Decimal64
  public var reason: String
  /// Nanoseconds since the Unix epoch.
  public var time: Int64

  public init(
    id: OrderID, account: AccountID, clientOrderID: String, event: OrderEvent, venueOrderID: String, state: OrderState,
    filled: Decimal64, reason: String, time: Int64
  ) {
    self.id = id
    self.account = account
    self.clientOrderID = clientOrderID
    self.event = event
    self.venueOrderID = venueOrderID
    self.state = state
    self.filled = filled
    self.reason = reason
    self.time = time
  }
}

/// What the journal keeps. Entries of one trader become durable in the order in which they were appended.
public enum JournalEntry: Equatable, Sendable {
  /// Client order counters below this may have been used.
  case counter(UInt64)
  case order(OrderRecord)
  case event(OrderEventRecord)
  case strayFill(AccountID, StrayFill)
  case funding(FundingPayment, symbol: String)
  /// `nil`: closed.
  case position(account: AccountID, symbol: String, leg: PositionLeg, Position?)
  /// What was set from here; `nil` = as it was.
  case mode(account: AccountID, symbol: String, leverage: Decimal64? = nil, marginMode: MarginMode? = nil)
  /// Everything of the account up to this moment of the venue's clock has been seen.
  case seen(AccountID, venueTime: Int64)
}

/// An order as it comes back, with everything that has happened to it, in order.
public struct RestoredOrder: Equatable, Sendable {
  public struct Event: Equatable, Sendable {
    public var event: OrderEvent
    public var venueOrderID: String

    public init(_ event: OrderEvent, venueOrderID: String = "") {
      self.event = event
      self.venueOrderID = venueOrderID
    }
  }

  /// Its command is one of the run that sent it.
  public var record: OrderRecord
  public var events: [Event]

  public init(record: OrderRecord, events: [Event] = []) {
    self.record = record
    self.events = events
  }
}

/// Which funding payments of an account are not new any more.
public struct FundingMark: Equatable, Sendable {
  /// How far back single payments are remembered, in nanoseconds: venues list them in any order.
  public static let window = 48 * 3600 * second
  /// Most payments that are remembered. Beyond it the oldest quarter is given up, and nothing as old
  /// is new any more.
  public static let limit = 16_384

  /// Of the latest, on the venue's clock.
  public private(set) var time: Int64
  /// The venue's ids of those in the window, as `symbol/id`, with their times.
  public private(set) var ids: [String: Int64] = [:]
  /// Up to where single payments were given up, on the venue's clock.
  private var floor = Int64.min

  /// Nothing was paid up to a time.
  public init(time: Int64) { self.time = time }

  /// Whether a payment is known, or too old to be new.
  public func covers(_ time: Int64, _ id: String) -> Bool {
    ids[id] != nil || time <= floor || time < self.time.subtractingSaturated(FundingMark.window)
  }

  /// Takes in a payment.
  public mutating func add(_ time: Int64, _ id: String) {
    // What is as old as what was given up is covered without being remembered, in whatever order payments come back.
    guard time > floor else { return }
    ids[id] = time
    if ids.count > FundingMark.limit { giveUp() }
    guard time > self.time else { return }
    self.time = time
    let oldest = time.subtractingSaturated(FundingMark.window)
    ids = ids.filter { $0.value >= oldest }
  }

  private mutating func giveUp() {
    let times = ids.values.sorted()
    floor = times[FundingMark.limit / 4]
    ids = ids.filter { $0.value > floor }
  }
}

/// What a journal gives back after a restart.
public struct JournalState: Equatable, Sendable {
  /// The first client order counter that was never used.
  public var counter: UInt64
  /// Orders that have not ended, that were lost, or that ended not long ago.
  public var orders: [RestoredOrder]
  public var seen: [AccountID: Int64]
  /// Up to where funding payments of each account were reported; absent where none was.
  public var funding: [AccountID: FundingMark]

  public init(
    counter: UInt64 = 0, orders: [RestoredOrder] = [], seen: [AccountID: Int64] = [:],
    funding: [AccountID: FundingMark] = [:]
  ) {
    self.counter = counter
    self.orders = orders
    self.seen = seen
    self.funding = funding
  }
}

/// Why something is not in the journal; the text names the file and the remedy.
public struct JournalFailure: Error, Equatable, Sendable, CustomStringConvertible {
  public var text: String
  public var description: String { text }
  public init(_ text: String) { self.text = text }
}

/// Keeps what must survive a crash. One trader's; called on its lane.
public protocol OrderJournal: AnyObject {
  /// Everything that was durable when the last run ended.
  func restore() throws(JournalFailure) -> JournalState
  /// Keeps entries, in order. They are either new orders (not adopted ones) with the counter in front, which are
  /// refused when this fails, or what has happened, which is handed in again then. `durable` is called once on the
  /// lane, in the order of the calls: with `nil` when these and all earlier entries survive a crash, or with why they
  /// do not. It may be called inside this call.
  func append(_ entries: [JournalEntry], durable: @escaping (JournalFailure?) -> Void)
}
