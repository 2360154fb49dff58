import Decimals

/// Best bid and ask and the day's figures, as the venue says them. Prices and quantities stand at the instrument's
/// exponents; an absent group was not given.
public struct Ticker: Equatable, Sendable {
  /// The figures of the last 24 hours.
  public struct Day: Equatable, Sendable {
    public var open: Int64
    public var high: Int64
    public var low: Int64

    public init(open: Int64, high: Int64, low: Int64) {
      self.open = open
      self.high = high
      self.low = low
    }
  }

  /// `nil` = not given, or none.
  public var bid: Level?
  public var ask: Level?
  /// The venue says that nobody bids, or asks.
  public var hasNoBid = false
  public var hasNoAsk = false
  public var last: Level?
  public var day: Day?
  /// In 24 hours.
  public var baseVolume: Decimal64?
  /// In 24 hours.
  public var quoteVolume: Decimal64?
  /// The venue's update id, comparable with the book's, or 0.
  public var sequence: UInt64
  /// Nanoseconds of wall time at the venue; 0 = not given.
  public var time: Int64

  public init(
    bid: Level? = nil, ask: Level? = nil, last: Level? = nil, day: Day? = nil, baseVolume: Decimal64? = nil,
    quoteVolume: Decimal64? = nil, sequence: UInt64 = 0, time: Int64
  ) {
    self.bid = bid
    self.ask = ask
    self.last = last
    self.day = day
    self.baseVolume = baseVolume
    self.quoteVolume = quoteVolume
    self.sequence = sequence
    self.time = time
  }

  /// Forgets the best prices, as when nothing keeps them up to date any more.
  public mutating func forgetSides() {
    (bid, ask) = (nil, nil)
    (hasNoBid, hasNoAsk) = (false, false)
  }

  /// Takes over what a newer ticker says and keeps the rest: venues send parts. A side that it says is empty is not
  /// kept. An older one (by sequence where both have one, else by time where both have one) changes nothing; gives
  /// whether it was taken.
  @discardableResult
  public mutating func merge(_ newer: Ticker) -> Bool {
    if sequence != 0, newer.sequence != 0 {
      if newer.sequence < sequence { return false }
    } else if newer.time != 0, newer.time < time {
      return false
    }
    if newer.bid != nil || newer.hasNoBid { (bid, hasNoBid) = (newer.bid, newer.hasNoBid) }
    if newer.ask != nil || newer.hasNoAsk { (ask, hasNoAsk) = (newer.ask, newer.hasNoAsk) }
    last = newer.last ?? last
    day = newer.day ?? day
    baseVolume = newer.baseVolume ?? baseVolume
    quoteVolume = newer.quoteVolume ?? quoteVolume
    if newer.sequence != 0 { sequence = newer.sequence }
    if newer.time != 0 { time = newer.time }
    return true
  }
}

/// Mark and index price of a perpetual or future.
public struct MarkPrice: Equatable, Sendable {
  public var mark: Decimal64
  public var index: Decimal64?
  /// Nanoseconds of wall time at the venue.
  public var time: Int64

  public init(mark: Decimal64, index: Decimal64?, time: Int64) {
    self.mark = mark
    self.index = index
    self.time = time
  }
}

/// The rate of a perpetual's next funding.
public struct FundingRate: Equatable, Sendable {
  /// A fraction; positive: longs pay shorts.
  public var rate: Decimal64
  /// When it is paid, in nanoseconds of wall time; 0 = not given.
  public var nextTime: Int64
  /// Between fundings, in nanoseconds; 0 = not given.
  public var interval: Int64
  /// Nanoseconds of wall time at the venue.
  public var time: Int64

  public init(rate: Decimal64, nextTime: Int64, interval: Int64, time: Int64) {
    self.rate = rate
    self.nextTime = nextTime
    self.interval = interval
    self.time = time
  }

  /// What a position of this signed notional receives (negative: pays) at the next funding; `nil` when it does not fit.
  public func payment(forNotional notional: Decimal64) -> Decimal64? {
    rate.multiplied(by: notional)?.negated
  }
}
