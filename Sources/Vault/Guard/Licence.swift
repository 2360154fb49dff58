import CPatchbay
import Catalog
import Decimals

/// One order, or one change, that a command asks for, as requests are compared with it.
public struct LicenceItem: Sendable {
  /// The host's number of its instrument.
  public var instrument: UInt64 = 0
  /// The host's number of the order that a change is about; else 0.
  public var order: UInt64 = 0
  /// The instrument's symbol.
  public var symbol: [UInt8] = []
  /// Everything that is true of it; words of a request must be among these.
  public var terms: OrderTerms = []
  public var quantity: Decimal64?
  /// How much of its order is filled, and how much of that was filled of the venue orders before its present one, as
  /// far as the host knows.
  public var filled = Decimal64.zero, carried = Decimal64.zero
  /// Base units in one of the instrument's contracts.
  public var contractSize = Decimal64.one
  public var price: Decimal64?
  public var stop: Decimal64?
  /// When an order good till a date ends, in nanoseconds since 1970; else 0.
  public var expiry: Int64 = 0
  /// A value in quote.
  public var value: Decimal64?
  /// To set, or of an order's instrument as the host knows it.
  public var leverage: Decimal64?
  public var clientOrder: [UInt8] = []
  /// Every id that the exchange has given to the order.
  public var venueOrders: [[UInt8]] = []
  /// Numbers that an amendment changes. It says each of them: with the old price the new quantity would be another
  /// order than was asked for.
  public struct Changes: OptionSet, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    public static let quantity = Changes(rawValue: 1), price = Changes(rawValue: 2), stop = Changes(rawValue: 4)
  }
  /// What an order is at the moment, as the host knows it.
  public typealias Now = (quantity: Decimal64?, price: Decimal64?, stop: Decimal64?)
  public var changes: Changes = []
  /// It is worth more than the permit allows.
  public var isAboveCap = false
  /// The marks of the acts that have left for it: those that cancel, and others.
  var cancelled: UInt64 = 0, left: UInt64 = 0

  public init() {}

  /// Its order is known anew. What it has already need not be said: an amendment before this one may have done it
  /// without an answer.
  mutating func know(_ now: Now) {
    if now.quantity == quantity { changes.remove(.quantity) }
    if now.price == price { changes.remove(.price) }
    if now.stop == stop { changes.remove(.stop) }
  }
}

/// What a live command permits: each of its items once per attempt.
public struct Licence: Sendable {
  public var account: UInt64
  /// `PB_CMD_`.
  public var verb: UInt32
  public var items: [LicenceItem]
  /// Monotonic, in nanoseconds; nothing leaves for it after that.
  public var deadline: Int64
  /// Of all attempts at commands, this one's number: what was judged for another may not leave for it.
  var attempt: UInt64 = 0
  /// Something was refused because it came too late.
  var isLate = false
  /// Requests that were let out for it, but for cancels, and how many of these have certainly done nothing.
  var departed = 0, undone = 0
  /// Cancels that were let out for it, and how many of these the exchange has taken.
  var cancels = 0, taken = 0
  /// It asks for cancels alone.
  var isCancel: Bool { Int(verb) == PB_CMD_CANCEL || Int(verb) == PB_CMD_CANCEL_MANY }
  /// Nothing leaves for it any more.
  mutating func expire() { deadline = .min }

  public init(account: UInt64, verb: UInt32, items: [LicenceItem] = [LicenceItem()], deadline: Int64 = .max) {
    self.account = account
    self.verb = verb
    self.items = items
    self.deadline = deadline
  }

  /// Whether its command asks for what an act does. A cancel never licenses a place. Where the exchange has no way to
  /// amend (`replaces`), an amendment may be a cancel and a place.
  func covers(_ act: ActRules.Verb, replaces: Bool) -> Bool {
    switch Int(verb) {
    case PB_CMD_PLACE: act == .place
    case PB_CMD_AMEND: act == .amend || replaces && (act == .cancel || act == .place)
    case PB_CMD_CANCEL, PB_CMD_CANCEL_MANY: act == .cancel
    case PB_CMD_LEVERAGE: act == .leverage
    case PB_CMD_MARGIN_MODE: act == .marginMode
    case PB_CMD_POSITION_MODE: act == .positionMode
    case PB_CMD_SWAP: act == .swap
    case PB_CMD_APPROVE: act == .approve
    default: false
    }
  }
}
