// Written by `swift run abitool generate` from patchbay.h; do not edit.

/// What `deliver` answers; see `pb_status`.
public enum Status: Int32, Sendable, CaseIterable {
  case ok = 0
  case argument = 1
  case unsupported = 2
  case state = 3
  case parse = 4
  case venue = 5
  case failed = 6
}

/// A side of the market; of a trade, the taker's.
public enum Side: UInt32, Sendable, CaseIterable {
  case none = 0
  case buy = 1
  case sell = 2
}

/// The type of an order.
public enum OrderType: UInt32, Sendable, CaseIterable {
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

/// How long an order stands.
public enum TimeInForce: UInt32, Sendable, CaseIterable {
  case goodTilCancelled = 1
  case immediateOrCancel = 2
  case fillOrKill = 3
  /// Until expiry_ns.
  case goodTilDate = 4
}

/// Properties of an order.
@frozen public struct OrderFlags: OptionSet, Hashable, Sendable {
  public let rawValue: UInt32
  @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }
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

/// Where an order stands at the exchange.
public enum OrderState: UInt32, Sendable, CaseIterable {
  case open = 1
  case partial = 2
  case filled = 3
  case cancelled = 4
  case rejected = 5
  case expired = 6
  /// A stop that waits.
  case untriggered = 7
}

/// Which leg of a position something is about: `net` where there are no legs (one-way mode).
public enum PositionLeg: UInt32, Sendable, CaseIterable {
  case net = 0
  case long = 1
  case short = 2
}

/// What stands in for a position.
public enum MarginMode: UInt32, Sendable, CaseIterable {
  case cross = 1
  case isolated = 2
}

/// Whether an account holds one position of an instrument, or one of each side.
public enum PositionMode: UInt32, Sendable, CaseIterable {
  case oneWay = 1
  case hedge = 2
}

/// Why the exchange executed an order of its own against an account.
public enum FillOrigin: UInt32, Sendable, CaseIterable {
  /// The venue's own order: it closed a position (a liquidation).
  case forced = 2
  /// The venue's own order: it closed a position against another account's loss.
  case deleveraged = 4
}

/// What became of a position against its holder's will.
public enum LiquidationKind: UInt32, Sendable, CaseIterable {
  case forced = 1
  case deleveraged = 2
  case marginCall = 3
}

/// Who came first; of a fill.
public enum Liquidity: UInt32, Sendable, CaseIterable {
  case unknown = 0
  case maker = 1
  case taker = 2
}

/// Why the continuity of a book is lost; see `pb_gap`.
public enum Gap: UInt32, Sendable, CaseIterable {
  case sequence = 1
  case checksum = 2
  /// Its stream was cut.
  case closed = 3
  /// Too many updates before the snapshot.
  case overflow = 4
  /// An update of this book could not be read.
  case malformed = 5
  /// PB_CMD_RESYNC.
  case command = 6
  /// The book as rebuilt is impossible.
  case crossed = 7
}

/// How a command ended; see `pb_reply`.
public enum Outcome: UInt32, Sendable, CaseIterable {
  case done = 1
  /// The venue or the connector said no: it has not happened.
  case refused = 2
  /// No answer: it may have happened.
  case unknown = 3
}

/// Why a command did not succeed.
public enum Failure: UInt32, Sendable, CaseIterable {
  case none = 0
  case authentication = 1
  case rateLimit = 2
  case clock = 3
  case unknownOrder = 4
  case funds = 5
  case invalidOrder = 6
  case postOnly = 7
  case maintenance = 8
  case transient = 9
  case other = 10
  case unknownInstrument = 11
  case unsupported = 12
  case reduceOnly = 13
  case notSent = 14
}

/// What can be subscribed to.
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
  /// In PB_EV_STATE: an account's orders, fills, balances, positions.
  @inlinable public static var privateUpdates: Channels { Channels(rawValue: 64) }
}

/// The state of a subscription, or of an account's private stream.
public enum ChannelState: UInt32, Sendable, CaseIterable {
  case pending = 1
  case live = 2
  case down = 3
  case rejected = 4
  case ended = 5
}

/// What a record does with a book.
public enum BookForm: UInt32, Sendable, CaseIterable {
  /// Changes the book.
  case update = 0
  /// Replaces it at once.
  case snapshot = 1
  /// A whole book, aside.
  case begin = 2
  /// Changes the one aside.
  case aside = 3
  /// Changes the one aside, which then replaces the book.
  case commit = 4
}

/// How much a line for the operator matters.
public enum LogLevel: UInt32, Sendable, CaseIterable {
  case debug = 1
  case info = 2
  case warning = 3
  case error = 4
}

/// The method of an HTTP request.
public enum Method: UInt32, Sendable, CaseIterable {
  case get = 1
  case post = 2
  case put = 3
  case delete = 4
  case patch = 5
}

/// How urgent a request is; the smallest goes first.
public enum Priority: UInt32, Sendable, CaseIterable {
  case cancel = 1
  case order = 2
  case query = 3
  case bulk = 4
}

/// What became of a request; see `pb_in_reply`.
public enum RequestOutcome: UInt32, Sendable, CaseIterable {
  case notSent = 1
  case sent = 2
  case replied = 3
  case noAnswer = 4
}

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
