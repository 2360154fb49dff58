// Written by `swift run abitool generate` from patchbay.h; do not edit.

/// What a connector can be asked for.
public enum Verb: UInt32, Sendable, CaseIterable {
  /// Ask the venue's time; answer PB_EV_CLOCK.
  case clock = 1
  /// Answer PB_EV_INSTRUMENT each, PB_EV_COMPLETE.
  case instruments = 2
  /// Instrument, channel, depth; done when the venue confirmed or data came.
  case subscribe = 3
  /// Instrument, channel.
  case unsubscribe = 4
  /// Instrument: throw the book away and build it again; see PB_CMD_REFRESH.
  case resync = 5
  /// All instruments at once; answer PB_EV_TICKER each, PB_EV_COMPLETE.
  case tickers = 6
  /// Order, client_order, side, type, ...; or items.
  case place = 7
  /// Order, new price and/or quantity; or items.
  case amend = 8
  /// Order by venue_order or client_order.
  case cancel = 9
  /// Items: this set and no other order.
  case cancelMany = 10
  /// Ask one order's state by client_order or venue_order, or by what it is where the venue has neither for it (see
  /// pb_in_command); answer PB_EV_ORDER, of the venue order under which it goes on, where an amendment makes a new one:
  /// venue_order may be behind.
  case order = 11
  /// Instrument or all; answer PB_EV_ORDER each, PB_EV_COMPLETE.
  case openOrders = 12
  /// Instrument, since_ns; answer PB_EV_FILL each, PB_EV_COMPLETE.
  case fills = 13
  /// Answer PB_EV_BALANCE each, PB_EV_COMPLETE.
  case balances = 14
  /// Answer PB_EV_FEES each, PB_EV_COMPLETE.
  case fees = 15
  /// Instrument, since_ns, until_ns: orders made between them, open and ended; answer PB_EV_ORDER each, more than were
  /// asked for harm nothing, PB_EV_COMPLETE, partial where one may be missing: the host takes the rest for absent.
  case orderHistory = 16
  /// Instrument: build the book anew beside the one there is, which stays in use until the new one is proved
  /// (PB_BOOK_BEGIN); done when it has taken its place. Refused when there is none, and then the old one stands, as
  /// long as its own continuity does.
  case refresh = 17
  /// Instrument, interval_ns, since_ns, until_ns, limit: the venue's own candles that begin between these; the first of
  /// them with since_ns, else the last; answer PB_EV_CANDLE each, in any order, PB_EV_COMPLETE, partial where the venue
  /// gives no more. Refused as PB_ERR_UNSUPPORTED where it has none of this interval.
  case candles = 18
  /// Answer PB_EV_POSITION each, PB_EV_COMPLETE.
  case positions = 256
  /// Instrument, value.
  case leverage = 257
  /// Instrument, or all where the venue has one mode for them; mode.
  case marginMode = 258
  /// Instrument or all, mode.
  case positionMode = 259
  /// Instrument; answer PB_EV_FUNDING_RATE and PB_EV_MARK.
  case funding = 260
  /// Since_ns; answer PB_EV_FUNDING_PAYMENT each, PB_EV_COMPLETE.
  case fundingPayments = 261
  /// Read the real modes; answer PB_EV_MODE each, PB_EV_COMPLETE.
  case modes = 262
  /// Instrument, side, quantity, value = slippage limit; answer PB_EV_QUOTE.
  case quote = 512
  /// Reserved: never given.
  case swap = 513
  /// Let the contract that swaps spend the asset named by symbol, up to quantity in all, 0 to take it back; done when
  /// the chain's node has it; answer PB_EV_TRANSACTION, later too.
  case approve = 514
}

/// The channels of a subscription.
@frozen public struct Channels: OptionSet, Hashable, Sendable {
  public let rawValue: UInt32
  @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }
  @inlinable public static var book: Channels { Channels(rawValue: 1) }
  @inlinable public static var trades: Channels { Channels(rawValue: 2) }
  @inlinable public static var ticker: Channels { Channels(rawValue: 4) }
  /// Mark and index price, funding rate.
  @inlinable public static var mark: Channels { Channels(rawValue: 8) }
  @inlinable public static var liquidations: Channels { Channels(rawValue: 16) }
  @inlinable public static var pool: Channels { Channels(rawValue: 32) }
}

/// The state of an account's private stream.
public enum StreamState: UInt32, Sendable, CaseIterable {
  case pending = 1
  case live = 2
  case down = 3
  case rejected = 4
  case ended = 5
}

/// How the positions of an account are kept.
public enum PositionMode: UInt32, Sendable, CaseIterable {
  case oneWay = 1
  case hedge = 2
}

extension LiquidationFact {
  /// What is done to a position.
  public enum Kind: UInt32, Sendable, CaseIterable {
    case forced = 1
    case deleveraged = 2
    case marginCall = 3
  }
}

/// The names of the contract's enumerations, in the order of their values.
public enum Names {
  public static let side = ["buy", "sell"]
  public static let type = ["limit", "market", "stop_limit", "stop_market", "take_limit", "take_market"]
  public static let timeInForce = ["gtc", "ioc", "fok", "gtd"]
  public static let orderFlags = ["post_only", "reduce_only", "close", "by_value", "stop_by_mark"]
  public static let orderState = ["open", "partial", "filled", "cancelled", "rejected", "expired", "untriggered"]
  public static let outcome = ["done", "refused", "unknown"]
  public static let error = [
    "auth", "rate_limit", "clock", "unknown_order", "funds", "invalid_order", "post_only", "maintenance", "transient",
    "other", "unknown_instrument", "unsupported", "reduce_only", "not_sent",
  ]
  public static let leg = ["long", "short"]
  public static let marginMode = ["cross", "isolated"]
  public static let positionMode = ["one_way", "hedge"]
  public static let channels = ["book", "trades", "ticker", "mark", "liquidations", "pool", "private"]
  public static let liquidity = ["maker", "taker"]
  public static let instrumentKind = ["spot", "perp", "future", "pool"]
  public static let instrumentState = ["trading", "halted", "post_only", "reduce_only", "closed", "unusable"]
  public static let state = ["pending", "live", "down", "rejected", "ended"]
  public static let gap = ["sequence", "checksum", "closed", "overflow", "malformed", "command", "crossed"]
  public static let liquidation = ["forced", "deleveraged", "margin_call"]
  public static let transaction = ["submitted", "included", "final", "failed", "replaced", "dropped", "reorganised"]
  public static let log = ["debug", "info", "warning", "error"]
}
