import Decimals
import MarketModel
import Runtime
import Synchronization

/// What was traded in one span of time. Prices and volume stand at the instrument's exponents.
package struct Candle: Sendable, Equatable {
  /// Nanoseconds since 1970, a multiple of the span.
  package var start: Int64
  package var open: Int64
  package var high: Int64
  package var low: Int64
  package var close: Int64
  package var volume: Int128
  package var trades: UInt64
  /// Trades that came faster than they were taken, and that it lacks.
  package var missed: UInt64

  init(start: Int64, _ trade: Trade) {
    self.start = start
    (open, high, low, close) = (trade.price, trade.price, trade.price, trade.price)
    (volume, trades, missed) = (Int128(trade.quantity), 1, 0)
  }

  /// - Parameter isLate: a later trade has been counted already.
  mutating func add(_ trade: Trade, isLate: Bool) {
    high = max(high, trade.price)
    low = min(low, trade.price)
    if !isLate { close = trade.price }
    volume &+= Int128(trade.quantity)
    trades &+= 1
  }

  /// Takes in the one that follows on it.
  mutating func append(_ next: Candle) {
    high = max(high, next.high)
    low = min(low, next.low)
    close = next.close
    volume &+= next.volume
    trades &+= next.trades
    missed &+= next.missed
  }
}

/// The candles of one market, a minute each; minutes without a trade have none. A value; given the time.
package struct CandleSeries: Sendable {
  package static let minute: Int64 = 60_000_000_000
  /// Oldest first.
  package private(set) var minutes: [Candle] = []
  /// Trades are counted since then, in nanoseconds since 1970.
  package let from: Int64
  package let priceExponent: Int32
  package let quantityExponent: Int32
  private var total: UInt64

  init(_ market: MarketState, wall: Int64) {
    self.init(
      from: wall, priceExponent: market.book.priceExponent, quantityExponent: market.book.quantityExponent,
      total: market.tape.total)
  }

  /// - Parameter total: trades that there were before.
  init(from: Int64, priceExponent: Int32, quantityExponent: Int32, total: UInt64 = 0) {
    (self.from, self.total) = (from, total)
    (self.priceExponent, self.quantityExponent) = (priceExponent, quantityExponent)
  }

  /// Counts the trades that are new. What happened before the subscription does not count: of its minute there would be
  /// only a part.
  mutating func update(_ tape: TradeTape, wall: Int64, limit: Int) {
    let new = tape.total &- total
    guard new > 0 else { return }
    total = tape.total
    let trades = tape.latest(Int(clamping: new))
    for trade in trades.reversed() where !trade.isBackfill { add(trade, wall: wall) }
    let missed = new &- UInt64(trades.count)
    if missed > 0, let last = minutes.indices.last { minutes[last].missed &+= missed }
    if minutes.count > limit { minutes.removeFirst(minutes.count - limit) }
  }

  private mutating func add(_ trade: Trade, wall: Int64) {
    let time = trade.time > 0 ? trade.time : wall
    let start = time - time % Self.minute
    // Nearly always the last; the venue's times may go back a little.
    var place = minutes.count
    while place > 0, minutes[place - 1].start > start { place -= 1 }
    if place > 0, minutes[place - 1].start == start {
      minutes[place - 1].add(trade, isLate: place < minutes.count)
    } else {
      minutes.insert(Candle(start: start, trade), at: place)
    }
  }

  /// The latest `limit` spans of so many minutes, oldest first.
  package func candles(minutes span: Int64, limit: Int) -> [Candle] {
    let length = span.multipliedReportingOverflow(by: Self.minute).partialValue
    var joined: [Candle] = []
    for candle in minutes {
      let start = candle.start - candle.start % length
      if let last = joined.indices.last, joined[last].start == start {
        joined[last].append(candle)
      } else {
        var first = candle
        first.start = start
        joined.append(first)
      }
    }
    return joined.suffix(limit)
  }
}

/// Makes candles of everything that is subscribed to on one lane. It looks at the tapes ten times a second: the path of
/// a trade knows nothing of it.
final class CandleKeeper: LaneChore, @unchecked Sendable {
  private struct Key: Hashable {
    var connector: String
    var pair: String
  }

  private var series: [Key: CandleSeries] = [:]
  private var due: Int64 = 0
  private unowned let host: Host
  /// Trades that have no time of the venue's get this one: minutes neither come twice nor go missing when this
  /// machine's clock is set.
  private var steady: SteadyWall?
  private static let interval: Int64 = 100_000_000
  /// Minutes of all markets of a lane together, and the most and the least of one.
  private static let room = 200_000
  private static let most = 1440
  private static let least = 60

  init(_ host: Host) { self.host = host }

  func run(_ times: Times) -> Int64? {
    guard times.mono >= due else { return due }
    due = times.mono.addingSaturated(Self.interval)
    let limit = min(Self.most, max(Self.least, Self.room / max(1, series.count)))
    let clock = steady ?? SteadyWall(since: times)
    steady = clock
    let wall = clock.time(times.mono)
    var seen = 0
    for seat in host.seats {
      for pair in seat.pairs {
        guard let market = seat.session.view.market(pair: pair) else { continue }
        seen += 1
        let key = Key(connector: seat.session.name, pair: pair)
        let known = series[key]
        // An instrument with other exponents has taken the pair over.
        if known == nil || known?.priceExponent != market.book.priceExponent
          || known?.quantityExponent != market.book.quantityExponent
        {
          series[key] = CandleSeries(market, wall: wall)
        } else {
          series[key]?.update(market.tape, wall: wall, limit: limit)
        }
      }
    }
    if seen < series.count { forget() }
    return due
  }

  /// Those of pairs that are not subscribed to any more.
  private func forget() {
    let wanted = Set(host.seats.flatMap { seat in seat.pairs.map { Key(connector: seat.session.name, pair: $0) } })
    series = series.filter { wanted.contains($0.key) }
  }

  func series(_ connector: String, _ pair: String) -> CandleSeries? {
    series[Key(connector: connector, pair: pair)]
  }
}

/// The candles of all lanes of a host.
package final class Candles: Sendable {
  private let keepers = Mutex<[Int: CandleKeeper]>([:])

  /// Makes candles from now on. The lanes run already.
  package init(_ running: RunningHost) {
    for (index, lane) in running.lanes.enumerated() {
      lane.perform { [self] host in
        let keeper = CandleKeeper(host)
        keepers.withLock { $0[index + 1] = keeper }
        host.lane.add(keeper)
      }
    }
  }

  /// On the lane of the connector; `nil` before its trades are counted.
  package func series(_ connector: String, _ pair: String, lane: Int) -> CandleSeries? {
    keepers.withLock { $0[lane] }?.series(connector, pair)
  }
}
