import Decimals

/// Where an own order stands.
public enum OrderState: UInt8, Sendable, CaseIterable {
  /// Its create command was given and nothing was heard yet.
  case pendingCreate
  case open
  case partiallyFilled
  /// A cancel was asked for and not refused, and the order has not ended yet.
  case pendingCancel
  case cancelled
  case filled
  /// It never lived.
  case rejected
  case expired
  /// Its create command got no answer: it may live. Never retried blindly; the venue is asked.
  case unknown
  /// The venue said often and long enough that it does not know it. Taken as ended until it is heard of again.
  case lost

  /// Whether the order has ended. Fills that come later still count.
  public var isTerminal: Bool {
    switch self {
    case .cancelled, .filled, .rejected, .expired, .lost: true
    case .pendingCreate, .open, .partiallyFilled, .pendingCancel, .unknown: false
    }
  }
}

/// What the venue says of an order at some time.
public struct OrderReport: Equatable, Sendable {
  public enum Claim: UInt8, Sendable, CaseIterable {
    case open
    case partiallyFilled
    /// A stop that waits: it lives.
    case untriggered
    case filled
    case cancelled
    case rejected
    case expired
  }

  public var claim: Claim
  /// Over the order's life, in base; `nil` where the venue does not say.
  public var filled: Decimal64?
  /// In base; differs from the one asked for after an amendment.
  public var quantity: Decimal64?
  /// Its limit; differs from the one asked for after an amendment.
  public var price: Decimal64?
  /// Nanoseconds of wall time at the venue, 0 where it gives none.
  public var time: Int64
  /// The venue's words.
  public var reason: String

  public init(
    _ claim: Claim, filled: Decimal64? = nil, quantity: Decimal64? = nil, price: Decimal64? = nil, time: Int64 = 0,
    reason: String = ""
  ) {
    self.claim = claim
    self.filled = filled
    self.quantity = quantity
    self.price = price
    self.time = time
    self.reason = reason
  }
}

/// One execution of an own order.
public struct Fill: Equatable, Sendable {
  public enum Liquidity: UInt8, Sendable { case maker = 1, taker }

  /// The venue's trade id, unique per instrument.
  public var trade: String
  public var price: Decimal64
  /// In base.
  public var quantity: Decimal64
  /// Positive is paid, negative is received.
  public var fee: Decimal64?
  public var feeAsset: String
  /// The fee is not the venue's own figure.
  public var isFeeEstimated: Bool
  public var liquidity: Liquidity?
  /// Nanoseconds of wall time at the venue.
  public var time: Int64

  public init(
    trade: String, price: Decimal64, quantity: Decimal64, fee: Decimal64? = nil, feeAsset: String = "",
    isFeeEstimated: Bool = false, liquidity: Liquidity? = nil, time: Int64 = 0
  ) {
    self.trade = trade
    self.price = price
    self.quantity = quantity
    self.fee = fee
    self.feeAsset = feeAsset
    self.isFeeEstimated = isFeeEstimated
    self.liquidity = liquidity
    self.time = time
  }
}

/// How a command ended. Ordered by how much is known.
public enum CommandOutcome: UInt8, Comparable, Sendable, CaseIterable {
  /// No answer: it may have happened.
  case unknown
  /// It has not happened.
  case refused
  case done

  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// What can happen to an order.
public enum OrderEvent: Equatable, Sendable {
  case report(OrderReport)
  case fill(Fill)
  /// A cancel command for it has been given.
  case cancelRequested(CommandID)
  /// Its create command, or a cancel command, has ended.
  case outcome(CommandID, CommandOutcome)
  /// The host gave it up: the venue does not know it.
  case givenUp
}

/// Something that should not happen. It is reported, and the order goes on with what is most likely true.
public enum OrderAnomaly: Equatable, Sendable {
  /// More was filled than was ordered.
  case overfilled
  /// A trade id came again with another price or quantity; the first is kept.
  case fillConflict(trade: String)
  /// A fill without a trade id or with a quantity that is not positive; ignored.
  case malformedFill
  /// The sum of fills does not fit exact arithmetic; the fill is kept, the sum lacks it.
  case outOfRange
  /// A newer report says that less was filled than an older one; the larger number is kept.
  case filledShrank
  /// A report newer than the order's end says that it lives; the end stands.
  case reopened
  /// The venue names two different ends.
  case conflictingEnds
  /// The order lives or was filled although its create command was refused or it was rejected.
  case aliveAfterRefusal
  /// The end of a command that this order does not know; ignored.
  case strangeCommand(CommandID)
}
