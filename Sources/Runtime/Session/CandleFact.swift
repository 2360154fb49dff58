import CPatchbay
import Decimals
import Records

/// One of the venue's own candles. Prices stand at the instrument's exponent.
public struct CandleFact: Sendable, Equatable {
  /// When it begins, in nanoseconds since 1970, and how long it is.
  public var start: Int64
  public var interval: Int64
  public var open: Int64
  public var high: Int64
  public var low: Int64
  public var close: Int64
  /// In base and in quote; `nil` where the venue does not say it.
  public var baseVolume: Decimal64?
  public var quoteVolume: Decimal64?
  public var trades: UInt64?
  /// Its time is over: it does not change any more.
  public var isClosed: Bool

  init(_ fact: pb_candle) {
    (start, interval) = (fact.open_ns, fact.interval_ns)
    (open, high, low, close) = (fact.open, fact.high, fact.low, fact.close)
    (baseVolume, quoteVolume) = (fact.base_volume.shown, fact.quote_volume.shown)
    trades = fact.flags & UInt32(PB_CANDLE_TRADES) == 0 ? nil : fact.trades
    isClosed = fact.flags & UInt32(PB_CANDLE_CLOSED) != 0
  }
}

/// The candles that a command asked for.
public struct CandleList: Sendable, Equatable {
  /// Oldest first, each beginning once.
  public var candles: [CandleFact] = []
  /// The venue has more of what was asked for than it gave.
  public var isPartial = false

  /// More than one command asks for; what a connector says beyond is not kept.
  static let most = 5000

  /// Keeps one that is an answer to the command.
  mutating func take(_ fact: pb_candle, _ asked: CommandDraft) {
    guard asked.verb == .candles, fact.instrument == asked.instrument, fact.interval_ns == asked.interval,
      fact.open_ns >= asked.since, asked.until == 0 || fact.open_ns < asked.until,
      fact.low <= min(fact.open, fact.close), fact.high >= max(fact.open, fact.close), candles.count < Self.most
    else {
      isPartial = true
      return
    }
    candles.append(CandleFact(fact))
  }

  /// In order; of several that begin together the last one that came.
  var sorted: CandleList {
    var latest: [Int64: CandleFact] = [:]
    for candle in candles { latest[candle.start] = candle }
    var list = self
    list.candles = latest.values.sorted { $0.start < $1.start }
    return list
  }
}

extension Session {
  /// What answers a question for candles is its asker's alone: it is no state of a market.
  func candle(_ record: RecordReader) {
    let fact = record.head(as: pb_candle.self)
    guard let draft = commands[fact.command]?.draft else { return }
    commands[fact.command]?.candles.take(fact, draft)
  }

  /// A set of candles is whole, or not.
  func noteCandles(_ fact: pb_complete) {
    guard Int(fact.what) == PB_EV_CANDLE, Int(fact.flags) & PB_COMPLETE_PARTIAL != 0 else { return }
    commands[fact.command]?.candles.isPartial = true
  }
}
