import Decimals
import MarketModel

/// Funding that an account paid or received, unique by exchange, account, instrument and the venue's id.
public struct FundingEntry: Equatable, Sendable {
  public var exchange: String
  public var account: String
  /// The venue's symbol.
  public var instrument: String
  /// `BASE-QUOTE`.
  public var pair: String
  /// The venue's id.
  public var payment: String
  public var rate: Decimal64?
  /// Positive is received.
  public var amount: Decimal64
  public var asset: String
  /// At the venue.
  public var time: Int64

  public init(
    exchange: String, account: String, instrument: String, pair: String, payment: String, rate: Decimal64? = nil,
    amount: Decimal64, asset: String, time: Int64
  ) {
    self.exchange = exchange
    self.account = account
    self.instrument = instrument
    self.pair = pair
    self.payment = payment
    self.rate = rate
    self.amount = amount
    self.asset = asset
    self.time = time
  }
}

/// A position. Quantity zero is a closed one.
public struct PositionEntry: Equatable, Sendable {
  public var exchange: String
  public var account: String
  /// The venue's symbol.
  public var instrument: String
  /// `BASE-QUOTE`.
  public var pair: String
  public var leg: PositionLeg
  public var position: Position
  /// When the host learned of it.
  public var time: Int64

  public init(
    exchange: String, account: String, instrument: String, pair: String, leg: PositionLeg = .net, position: Position,
    time: Int64
  ) {
    self.exchange = exchange
    self.account = account
    self.instrument = instrument
    self.pair = pair
    self.leg = leg
    self.position = position
    self.time = time
  }
}

/// Leverage and margin mode that an account was set to; what is `nil` stays as it was.
public struct ModeEntry: Equatable, Sendable {
  public var exchange: String
  public var account: String
  /// The venue's symbol.
  public var instrument: String
  public var leverage: Decimal64?
  /// `cross` or `isolated`.
  public var marginMode: String?
  public var time: Int64

  public init(
    exchange: String, account: String, instrument: String, leverage: Decimal64? = nil, marginMode: String? = nil,
    time: Int64
  ) {
    self.exchange = exchange
    self.account = account
    self.instrument = instrument
    self.leverage = leverage
    self.marginMode = marginMode
    self.time = time
  }
}

/// A balance.
public struct BalanceEntry: Equatable, Sendable {
  public var exchange: String
  public var account: String
  public var asset: String
  public var balance: Balance
  /// When the host learned of it.
  public var time: Int64

  public init(exchange: String, account: String, asset: String, balance: Balance, time: Int64) {
    self.exchange = exchange
    self.account = account
    self.asset = asset
    self.balance = balance
    self.time = time
  }
}

/// How far the journal knows an account: what came before is in it, what comes after is to be asked for.
public struct JournalMark: Equatable, Sendable {
  public var exchange: String
  public var account: String
  /// The venue's symbol; empty for the whole account.
  public var instrument: String
  /// What is known, such as `fills`.
  public var topic: String
  public var time: Int64
  /// It counts even when the mark that is there is later: a clock was wrong then.
  public var replaces = false

  public init(
    exchange: String, account: String, instrument: String = "", topic: String, time: Int64, replaces: Bool = false
  ) {
    self.replaces = replaces
    self.exchange = exchange
    self.account = account
    self.instrument = instrument
    self.topic = topic
    self.time = time
  }
}
