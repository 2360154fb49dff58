import Decimals
import MarketModel

/// What a venue says of an account, typed: what a connector's records say once they have been checked, and what a
/// simulated venue says in their place.
public enum AccountFact: Equatable, Sendable {
  case order(OrderFact)
  case fill(FillFact)
  /// A report or a fill of this order has come that cannot be read; the command is the one that it answers.
  case unreadable(OrderReference, CommandID?)
  case balance(BalanceFact)
  case position(PositionFact)
  case funding(FundingPayment)
  case fees(FeesFact)
  case mode(ModeFact)
  case liquidation(LiquidationFact)
  /// The account's private stream has another state.
  case stream(AccountID, StreamState, reason: String)
  case complete(CompleteFact)

  /// The command that it answers; `nil` for what answers none.
  var command: CommandID? {
    switch self {
    case .order(let fact): fact.command
    case .fill(let fact): fact.command
    case .unreadable(_, let command): command
    case .balance(let fact): fact.command
    case .position(let fact): fact.command
    case .funding(let payment): payment.command
    case .complete(let fact): fact.command
    case .fees, .mode, .liquidation, .stream: nil
    }
  }
}

extension AccountFact {
  /// Whether it may have to be kept on disk.
  var isKept: Bool {
    switch self {
    case .order, .fill, .unreadable, .position, .funding: true
    case .balance, .fees, .mode, .liquidation, .stream, .complete: false
    }
  }

  /// Whose fact it is; 0 where a set is of no account.
  public var account: AccountID {
    switch self {
    case .order(let fact): fact.reference.account
    case .fill(let fact): fact.reference.account
    case .unreadable(let reference, _): reference.account
    case .balance(let fact): fact.account
    case .position(let fact): fact.key.account
    case .funding(let fact): fact.account
    case .fees(let fact): fact.account
    case .mode(let fact): fact.account
    case .liquidation(let fact): fact.account
    case .stream(let account, _, _): account
    case .complete(let fact): fact.account
    }
  }
}

extension AccountFact {
  /// Gives every instrument that is named another id.
  public mutating func rename(_ id: (InstrumentID) -> InstrumentID) {
    switch self {
    case .order(var fact):
      fact.reference.instrument = id(fact.reference.instrument)
      self = .order(fact)
    case .fill(var fact):
      fact.reference.instrument = id(fact.reference.instrument)
      self = .fill(fact)
    case .unreadable(var reference, let command):
      reference.instrument = id(reference.instrument)
      self = .unreadable(reference, command)
    case .position(var fact):
      fact.key = Positions.Key(account: fact.key.account, instrument: id(fact.key.instrument), leg: fact.key.leg)
      self = .position(fact)
    case .funding(var payment):
      payment.instrument = id(payment.instrument)
      self = .funding(payment)
    case .fees(var fact):
      fact.instrument = fact.instrument.map(id)
      self = .fees(fact)
    case .mode(var fact):
      fact.instrument = fact.instrument.map(id)
      self = .mode(fact)
    case .liquidation(var fact):
      fact.instrument = id(fact.instrument)
      self = .liquidation(fact)
    case .complete(var fact):
      fact.instrument = fact.instrument.map(id)
      self = .complete(fact)
    case .balance, .stream: break
    }
  }
}

/// An order as the venue says it. `command` of this and the other facts: the command that it answers; `nil` for a
/// push.
public struct OrderFact: Equatable, Sendable {
  public var reference: OrderReference
  public var report: OrderReport
  public var command: CommandID?
  public var side: Side?
  public var type: OrderType?
  public var timeInForce: TimeInForce?
  public var flags: OrderFlags
  public var leg: PositionLeg
  /// `PB_ERR_`, when it was rejected.
  public var error: UInt32
  /// When it ends, by the venue's clock, where the venue says; else 0.
  public var expiry: Int64

  public init(
    _ reference: OrderReference, _ report: OrderReport, command: CommandID? = nil, side: Side? = nil,
    type: OrderType? = nil, timeInForce: TimeInForce? = nil, flags: OrderFlags = [], leg: PositionLeg = .net,
    error: UInt32 = 0, expiry: Int64 = 0
  ) {
    self.expiry = expiry
    self.reference = reference
    self.report = report
    self.command = command
    self.side = side
    self.type = type
    self.timeInForce = timeInForce
    self.flags = flags
    self.leg = leg
    self.error = error
  }
}

/// An execution as the venue says it.
public struct FillFact: Equatable, Sendable {
  public var reference: OrderReference
  public var fill: Fill
  public var command: CommandID?
  public var side: Side?
  /// `own` as long as nothing else is said.
  public var kind: FillKind

  public init(
    _ reference: OrderReference, _ fill: Fill, command: CommandID? = nil, side: Side? = nil, kind: FillKind = .own
  ) {
    self.reference = reference
    self.fill = fill
    self.command = command
    self.side = side
    self.kind = kind
  }
}

/// A balance as the venue says it.
public struct BalanceFact: Equatable, Sendable {
  public var account: AccountID
  public var asset: String
  public var total: Decimal64
  /// What a new order may use; `nil` where the venue does not say.
  public var available: Decimal64?
  /// It has more digits than fit: the numbers are lower bounds.
  public var isRounded: Bool
  public var command: CommandID?
  /// Nanoseconds of wall time at the venue, 0 where it gives none.
  public var time: Int64

  public init(
    account: AccountID, asset: String, total: Decimal64, available: Decimal64?, isRounded: Bool = false,
    command: CommandID? = nil, time: Int64 = 0
  ) {
    self.account = account
    self.asset = asset
    self.total = total
    self.available = available
    self.isRounded = isRounded
    self.command = command
    self.time = time
  }
}

/// A position as the venue says it.
public struct PositionFact: Equatable, Sendable {
  public var key: Positions.Key
  public var position: Position
  public var command: CommandID?

  public init(_ key: Positions.Key, _ position: Position, command: CommandID? = nil) {
    self.key = key
    self.position = position
    self.command = command
  }
}

/// An account's fee rates: fractions.
public struct FeesFact: Equatable, Sendable {
  public var account: AccountID
  /// `nil`: every instrument without rates of its own.
  public var instrument: InstrumentID?
  public var maker: Decimal64?
  public var taker: Decimal64?

  public init(account: AccountID, instrument: InstrumentID?, maker: Decimal64?, taker: Decimal64?) {
    self.account = account
    self.instrument = instrument
    self.maker = maker
    self.taker = taker
  }
}

/// The modes an account really has; what was not given is `nil`.
public struct ModeFact: Equatable, Sendable {
  public var account: AccountID
  /// `nil` = all.
  public var instrument: InstrumentID?
  /// `PB_MARGIN_`, 0 when not given.
  public var marginMode: UInt32
  public var positionMode: PositionMode?
  public var leverage: Decimal64?

  public init(
    account: AccountID, instrument: InstrumentID? = nil, marginMode: UInt32 = 0, positionMode: PositionMode? = nil,
    leverage: Decimal64? = nil
  ) {
    self.account = account
    self.instrument = instrument
    self.marginMode = marginMode
    self.positionMode = positionMode
    self.leverage = leverage
  }
}

/// A liquidation, a deleveraging or a margin call of an account's own position.
public struct LiquidationFact: Equatable, Sendable {
  public var account: AccountID
  public var instrument: InstrumentID
  public var kind: Kind
  /// Of the forced order.
  public var side: Side?
  public var price: Decimal64?
  public var quantity: Decimal64?
  /// Nanoseconds of wall time at the venue.
  public var time: Int64

  public init(
    account: AccountID, instrument: InstrumentID, kind: Kind, side: Side?, price: Decimal64?, quantity: Decimal64?,
    time: Int64
  ) {
    self.account = account
    self.instrument = instrument
    self.kind = kind
    self.side = side
    self.price = price
    self.quantity = quantity
    self.time = time
  }
}

/// The set that answers a command is whole: what was not in it no longer exists.
public struct CompleteFact: Equatable, Sendable {
  public enum What: Sendable, CaseIterable { case orders, fills, balances, positions, fundingPayments, other }

  public var command: CommandID
  public var account: AccountID
  /// `nil` = all.
  public var instrument: InstrumentID?
  public var what: What
  /// The venue gives no more: absence proves nothing.
  public var isPartial: Bool

  public init(
    command: CommandID, account: AccountID, instrument: InstrumentID? = nil, what: What, isPartial: Bool = false
  ) {
    self.command = command
    self.account = account
    self.instrument = instrument
    self.what = what
    self.isPartial = isPartial
  }
}

/// Is given what a venue says of accounts, on their lane and while the connector runs: commands given from inside are
/// delivered afterwards.
public protocol AccountObserver: AnyObject {
  /// A fact is in the account view.
  /// - Parameter changes: what it did to tracked orders.
  func account(_ fact: AccountFact, _ changes: [OrderChange])
  /// A symbol has a new id. The orders and positions of the older one are in the account view under the newer.
  func instrument(_ older: InstrumentID, replacedBy newer: InstrumentID)
  /// The connector ended; what was under way may have happened.
  func accountPathEnded(_ reason: String)
  /// A transaction of a command is signed, and leaves when this is over: whatever is to outlive the host is kept first.
  /// - Parameters:
  ///   - name: what it is known by from now on.
  ///   - kept: to be called once, on the lane, with `nil`, or with why it is not kept and must not leave. It may be
  ///     called inside this call.
  func leaving(_ command: CommandID, as name: String, kept: @escaping (String?) -> Void)
}

extension AccountObserver {
  /// Of one that keeps nothing.
  public func leaving(_ command: CommandID, as name: String, kept: @escaping (String?) -> Void) { kept(nil) }
}
