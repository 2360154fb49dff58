// Written by `swift run abitool generate` from patchbay.h; do not edit.

/// The side of an order or a trade.
public enum Side: UInt8, Sendable, CaseIterable {
  case buy = 1
  case sell = 2
}

/// The type of one order.
public enum OrderType: UInt8, Sendable, CaseIterable {
  case limit = 1
  case market = 2
  /// Becomes a limit order when the stop price is reached.
  case stopLimit = 3
  /// Becomes a market order when the stop price is reached.
  case stopMarket = 4
  /// Take profit.
  case takeLimit = 5
  case takeMarket = 6
}

/// A set of order types.
@frozen public struct OrderTypes: OptionSet, Hashable, Sendable {
  public let rawValue: UInt64
  @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }
  @inlinable public static var limit: OrderTypes { OrderTypes(rawValue: 1 << 1) }
  @inlinable public static var market: OrderTypes { OrderTypes(rawValue: 1 << 2) }
  /// Becomes a limit order when the stop price is reached.
  @inlinable public static var stopLimit: OrderTypes { OrderTypes(rawValue: 1 << 3) }
  /// Becomes a market order when the stop price is reached.
  @inlinable public static var stopMarket: OrderTypes { OrderTypes(rawValue: 1 << 4) }
  /// Take profit.
  @inlinable public static var takeLimit: OrderTypes { OrderTypes(rawValue: 1 << 5) }
  @inlinable public static var takeMarket: OrderTypes { OrderTypes(rawValue: 1 << 6) }
}

/// How long one order stands.
public enum TimeInForce: UInt8, Sendable, CaseIterable {
  case goodTillCancelled = 1
  case immediateOrCancel = 2
  case fillOrKill = 3
  /// Until expiry_ns.
  case goodTillDate = 4
}

/// A set of times in force.
@frozen public struct TimesInForce: OptionSet, Hashable, Sendable {
  public let rawValue: UInt64
  @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }
  @inlinable public static var goodTillCancelled: TimesInForce { TimesInForce(rawValue: 1 << 1) }
  @inlinable public static var immediateOrCancel: TimesInForce { TimesInForce(rawValue: 1 << 2) }
  @inlinable public static var fillOrKill: TimesInForce { TimesInForce(rawValue: 1 << 3) }
  /// Until expiry_ns.
  @inlinable public static var goodTillDate: TimesInForce { TimesInForce(rawValue: 1 << 4) }
}

/// Properties of an order.
@frozen public struct OrderFlags: OptionSet, Hashable, Sendable {
  public let rawValue: UInt64
  @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }
  /// Never takes: refused or cancelled instead.
  @inlinable public static var postOnly: OrderFlags { OrderFlags(rawValue: 1) }
  /// Never opens or turns a position.
  @inlinable public static var reduceOnly: OrderFlags { OrderFlags(rawValue: 2) }
  /// Closes the leg named by position, in hedge mode.
  @inlinable public static var close: OrderFlags { OrderFlags(rawValue: 4) }
  /// Market order for value in quote instead of quantity in base.
  @inlinable public static var byValue: OrderFlags { OrderFlags(rawValue: 8) }
  /// The mark price reaches the stop, not the last trade.
  @inlinable public static var stopByMark: OrderFlags { OrderFlags(rawValue: 16) }
}

/// Which position of an instrument: the one of one-way mode, whose quantity is signed, or a leg of hedge mode.
public enum PositionLeg: UInt8, Sendable, CaseIterable {
  case net = 0
  case long = 1
  case short = 2
}

extension Fill {
  /// Who came first.
  public enum Liquidity: UInt8, Sendable, CaseIterable {
    case maker = 1
    case taker = 2
  }
}

extension Instrument {
  /// What kind of thing is traded.
  public enum Kind: UInt8, Sendable, CaseIterable {
    case spot = 1
    case perp = 2
    case future = 3
    case pool = 4
  }
}

extension Instrument {
  /// Whether it can be traded.
  public enum State: UInt8, Sendable, CaseIterable {
    case trading = 1
    case halted = 2
    case postOnly = 3
    case reduceOnly = 4
    case closed = 5
    /// Its numbers do not fit; reason says which.
    case unusable = 6
  }
}

/// Who shares a bucket.
public enum LimitScope: UInt32, Sendable, CaseIterable {
  case address = 1
  case account = 2
  case stream = 3
}

/// How a bucket recovers.
public enum LimitKind: UInt32, Sendable, CaseIterable {
  case window = 1
  case tokens = 2
}

/// How urgent a request is; the smallest goes first.
public enum RequestPriority: UInt32, Sendable, CaseIterable {
  case cancel = 1
  case order = 2
  case query = 3
  case bulk = 4
}
