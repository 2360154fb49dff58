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
  /// It never lived: the venue or the connector said no.
  case rejected
  case expired
  /// It may live: its create command got no answer, or what was said of it does not agree. Never retried blindly; the
  /// venue is asked.
  case unknown
  /// The venue said often and long enough that it does not know it. Taken as ended until it is heard of again.
  case lost
  /// Nothing of it left the host.
  case notSent

  /// Whether the order has ended. Fills that come later still count.
  public var isTerminal: Bool {
    switch self {
    case .cancelled, .filled, .rejected, .expired, .lost, .notSent: true
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
    /// The connector's word, not the venue's: nothing of it left the host.
    case notSent

    /// Whether an order of which this is said lives.
    public var isAlive: Bool {
      switch self {
      case .open, .partiallyFilled, .untriggered: true
      case .filled, .cancelled, .rejected, .expired, .notSent: false
      }
    }
  }

  public var claim: Claim
  /// Set where the figures below are of one order at the venue alone, and not over the order's life.
  public var part: VenuePart?
  /// Over the order's life, in base; `nil` where the venue does not say.
  public var filled: Decimal64?
  /// In base; differs from the one asked for after an amendment.
  public var quantity: Decimal64?
  /// Its limit; differs from the one asked for after an amendment.
  public var price: Decimal64?
  /// What was filled was filled at this price or a worse one for the order's owner: the venue's average less what
  /// rounding may have added for a buy, and more for a sale. `nil` where the venue does not say.
  public var average: Decimal64?
  /// As the venue has it; `nil` where it does not say.
  public var timeInForce: TimeInForce?
  /// Nanoseconds of wall time at the venue, 0 where it gives none.
  public var time: Int64
  /// The venue's words.
  public var reason: String

  public init(
    _ claim: Claim, filled: Decimal64? = nil, quantity: Decimal64? = nil, price: Decimal64? = nil,
    average: Decimal64? = nil, timeInForce: TimeInForce? = nil, time: Int64 = 0, reason: String = "",
    part: VenuePart? = nil
  ) {
    self.claim = claim
    self.part = part
    self.filled = filled
    self.quantity = quantity
    self.price = price
    self.average = average
    self.timeInForce = timeInForce
    self.time = time
    self.reason = reason
  }
}

/// Whose doing a fill is, as far as it is known.
public enum FillKind: UInt8, Sendable, CaseIterable {
  /// Of an order of this host, which a journal that was begun anew may not know.
  case own
  /// Of an order that this host did not place: by hand, or by another program.
  case foreign
  /// The venue closed a position: a liquidation.
  case liquidation
  /// The venue closed a position against another account's loss: a deleveraging.
  case deleveraging
  /// It names an order of this host and contradicts it, so it does not count for that order.
  case misfit
}

/// One execution of an own order.
public struct Fill: Equatable, Sendable {
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
  /// It has not happened, as nothing of it left the host.
  case notSent
  /// It has not happened: the venue or the connector said no.
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
  /// A command that changes it has been given; `nil` is what it leaves as it is. The quantity is in base, over the
  /// order's life.
  case amendRequested(CommandID, price: Decimal64?, quantity: Decimal64?)
  /// Its create command, or a command that cancels or changes it, has ended.
  case outcome(CommandID, CommandOutcome)
  /// The host gave it up: the venue does not know it.
  case givenUp
  /// A transaction for it is signed and about to leave; its id is kept as one of the order's.
  case leaving
}

/// In what a fill or a report contradicts the order that it names.
public enum OrderMisfit: Equatable, Sendable {
  case account(AccountID)
  case instrument(InstrumentID)
  case side(Side)
  /// A fill, or the average of all, at a price beyond the order's limit, or at none.
  case price(Decimal64)
  /// More is filled in all than was ordered.
  case quantity(Decimal64)
  /// Less than nothing is said to be filled.
  case negativeQuantity(Decimal64)
  /// A report of a limit that is looser, or a quantity that is larger, than any that was ordered or amended to.
  case widerLimit(Decimal64)
  case widerQuantity(Decimal64)
  /// A report calls it filled, and none of it.
  case nothingFilled
  /// A fill or a report has a number out of range, or a word that is none.
  case unreadable
  /// More fills than are kept of all orders.
  case tooManyFills
}

/// Something that should not happen. It is reported, and the order goes on with what is most likely true.
public enum OrderAnomaly: Equatable, Sendable {
  /// More was filled than was ordered.
  case overfilled
  /// A trade id came again with another price or quantity; the first is kept.
  case fillConflict(trade: String)
  /// A fill without a trade id, with one that is too long, or with a quantity that is not positive; ignored.
  case malformedFill
  /// The sum of fills does not fit exact arithmetic; the fill is kept, the sum lacks it.
  case outOfRange
  /// The sum of the fees in an asset does not fit exact arithmetic; it is not known.
  case feesOutOfRange(asset: String)
  /// A newer report says that less was filled than an older one; the larger number is kept.
  case filledShrank
  /// The venue shows that an order lives which was said to have ended: it is alive, and the venue is asked.
  case reopened
  /// What was said of the order does not agree, and which came later cannot be known: the venue is asked.
  case doubted
  /// The venue names two different ends.
  case conflictingEnds
  /// The order lives or was filled although it was refused, rejected or not sent: it is alive, and the venue is asked.
  case aliveAfterRefusal
  /// A fill or a report contradicts the order; it does not count, and the venue is asked.
  case misfit(OrderMisfit)
  /// The venue, asked about the order, answers that it is wider than it was to be: that counts.
  case widened(OrderMisfit)
  /// The venue shows it with a quantity smaller than any, or a limit that is stricter than and none of those, that were
  /// ordered or amended to: somebody has changed it there. That counts.
  case reduced(Decimal64)
  case tightened(Decimal64)
  /// The end of a command that this order does not know; ignored.
  case strangeCommand(CommandID)
}
