import CPatchbay
import Decimals

// The contract's enumerations as Swift enums. Raw values are those of patchbay.h; a test compares every one.

/// What `deliver` answers; see `pb_status`.
public enum Status: Int32, Sendable { case ok = 0, argument, unsupported, state, parse, venue, failed }

/// A side of the market; of a trade, the taker's.
@frozen public enum Side: UInt32, Sendable { case none = 0, buy, sell }

public enum OrderType: UInt32, Sendable, CaseIterable {
  case limit = 1, market, stopLimit, stopMarket, takeLimit, takeMarket
}

public enum TimeInForce: UInt32, Sendable, CaseIterable {
  case goodTilCancelled = 1, immediateOrCancel, fillOrKill, goodTilDate
}

@frozen
public struct OrderFlags: OptionSet, Sendable {
  public let rawValue: UInt32
  @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }
  @inlinable public static var postOnly: OrderFlags { OrderFlags(rawValue: 1) }
  @inlinable public static var reduceOnly: OrderFlags { OrderFlags(rawValue: 2) }
  @inlinable public static var close: OrderFlags { OrderFlags(rawValue: 4) }
  @inlinable public static var byValue: OrderFlags { OrderFlags(rawValue: 8) }
}

public enum OrderState: UInt32, Sendable { case open = 1, partial, filled, cancelled, rejected, expired, untriggered }

public enum Liquidity: UInt32, Sendable { case unknown = 0, maker, taker }

public enum Gap: UInt32, Sendable { case sequence = 1, checksum, closed, overflow, malformed, command, crossed }

public enum Outcome: UInt32, Sendable { case done = 1, refused, unknown }

/// Why a command did not succeed; see `PB_ERR_`.
public enum Failure: UInt32, Sendable {
  case none = 0, authentication, rateLimit, clock, unknownOrder, funds, invalidOrder, postOnly, maintenance, transient,
    other, unknownInstrument, unsupported, reduceOnly, notSent
}

@frozen
public struct Channels: OptionSet, Sendable, Hashable {
  public let rawValue: UInt32
  @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }
  @inlinable public static var book: Channels { Channels(rawValue: 1) }
  @inlinable public static var trades: Channels { Channels(rawValue: 2) }
  @inlinable public static var ticker: Channels { Channels(rawValue: 4) }
  @inlinable public static var mark: Channels { Channels(rawValue: 8) }
  @inlinable public static var liquidations: Channels { Channels(rawValue: 16) }
  @inlinable public static var pool: Channels { Channels(rawValue: 32) }
  @inlinable public static var privateUpdates: Channels { Channels(rawValue: 64) }

  /// The single channels in it, lowest first.
  public var each: [Channels] {
    (0..<7).map { Channels(rawValue: 1 << $0) }.filter { contains($0) }
  }
}

public enum ChannelState: UInt32, Sendable { case pending = 1, live, down, rejected, ended }

public enum LogLevel: UInt32, Sendable { case debug = 1, info, warning, error }

public enum Method: UInt32, Sendable { case get = 1, post, put, delete, patch }

public enum Priority: UInt32, Sendable { case cancel = 1, order, query, bulk }

public enum RequestOutcome: UInt32, Sendable { case notSent = 1, sent, replied, noAnswer }

/// What a connector can be asked for; see `PB_CMD_`.
public enum Verb: UInt32, Sendable, CaseIterable {
  case clock = 1, instruments, subscribe, unsubscribe, resync, tickers, place, amend, cancel, cancelMany, order,
    openOrders, fills, balances, fees, orderHistory
  case positions = 0x100, leverage, marginMode, positionMode, funding, fundingPayments, modes
  case quote = 0x200, swap, approve
}

extension pb_dec {
  /// A number that is present and exact.
  @inlinable
  public init(_ value: Decimal64) {
    self.init(mantissa: value.mantissa, exponent: value.exponent, state: UInt32(PB_DEC_EXACT))
  }

  /// A number that may be absent.
  @inlinable
  public init(_ value: Decimal64?) {
    if let value { self.init(value) } else { self.init(mantissa: 0, exponent: 0, state: 0) }
  }

  /// A number of any length, marked as rounded where its digits do not fit.
  public init(wide value: WideDecimal) {
    guard let (number, isExact) = value.narrowed else {
      self.init(mantissa: 0, exponent: 0, state: 0)
      return
    }
    self.init(number)
    if !isExact { state = UInt32(PB_DEC_ROUNDED) }
  }

  /// The number, or `nil` when it is absent or was rounded.
  @inlinable public var value: Decimal64? {
    state == UInt32(PB_DEC_EXACT) && exponent >= -64 && exponent <= 64
      ? Decimal64(mantissa: mantissa, exponent: exponent) : nil
  }
}
