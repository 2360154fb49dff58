import Catalog
import JSONTree
import MarketModel
import Runtime
import Synchronization

/// What is followed of a market.
package enum FeedKind: Hashable, Sendable { case book, trades, ticker }

/// News of one followed market, copied out.
package enum FeedNews: Sendable {
  case book(BookCopy)
  case trades(TradeCopies)
  /// As `MarketCopies.ticker` has it.
  case ticker(JSONValue)
  /// It is not subscribed to any more, in the words for people.
  case gone(String)
}

/// Public trades, oldest first, copied out.
package struct TradeCopies: Sendable {
  package var trades: [Trade]
  /// How many the market has seen.
  package var total: UInt64
  /// How many are left out before the first.
  package var missed: UInt64
  package let priceExponent: Int32
  package let quantityExponent: Int32

  /// So many wait at most.
  package static let most = 256

  package mutating func append(_ newer: TradeCopies) {
    total = newer.total
    missed &+= newer.missed
    trades += newer.trades
    guard trades.count > Self.most else { return }
    missed &+= UInt64(trades.count - Self.most)
    trades.removeFirst(trades.count - Self.most)
  }
}

/// Follows markets for another thread. Nothing is hooked into the path of a message: after each turn of a lane the
/// followed markets are looked at, and those that changed are copied into a slot each, where the newest replaces what
/// was not taken yet. Where nothing is followed nothing is done at all.
package final class MarketFeeds: Sendable {
  private let running: RunningHost
  private let lanes: [LaneFeed]
  private let box: FeedBox

  /// - Parameter wake: called on a lane when there is something to take after there was nothing.
  package init(_ running: RunningHost, wake: @escaping @Sendable () -> Void) {
    self.running = running
    let box = FeedBox(wake: wake)
    self.box = box
    lanes = running.lanes.map { _ in LaneFeed(box) }
  }

  /// Follows a market from now on, or as it is wanted now. From any thread.
  /// - Parameters:
  ///   - number: names it; the caller's.
  ///   - depth: levels a side of a book.
  ///   - interval: least nanoseconds between two copies; 0 = after each turn of the lane.
  package func follow(
    _ number: UInt64, _ kind: FeedKind, _ place: RunningHost.Place, _ pair: String, depth: Int, interval: Int64
  ) {
    let feed = lanes[place.lane - 1]
    running.lanes[place.lane - 1].perform { host in
      guard let seat = host.seats.first(where: { $0.session.name == place.name }) else { return }
      feed.follow(LaneFeed.Entry(number: number, kind: kind, seat, pair, depth: depth, interval: interval), host.lane)
    }
  }

  /// From any thread.
  package func unfollow(_ number: UInt64, _ place: RunningHost.Place) {
    let feed = lanes[place.lane - 1]
    running.lanes[place.lane - 1].perform { host in feed.unfollow(number, host.lane) }
  }

  /// What has come since the last time, by number. From any thread.
  package func take() -> [UInt64: FeedNews] { box.take() }
}

/// The slots between lanes and the thread that takes.
final class FeedBox: Sendable {
  private let slots = Mutex<[UInt64: FeedNews]>([:])
  private let wake: @Sendable () -> Void

  init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

  func put(_ number: UInt64, _ news: FeedNews) {
    let wasEmpty = slots.withLock { slots in
      defer {
        if case .trades(let newer) = news, case .trades(var older)? = slots[number] {
          older.append(newer)
          slots[number] = .trades(older)
        } else {
          slots[number] = news
        }
      }
      return slots.isEmpty
    }
    if wasEmpty { wake() }
  }

  func take() -> [UInt64: FeedNews] {
    slots.withLock { slots in
      defer { slots = [:] }
      return slots
    }
  }
}

/// The followed markets of one lane; on its thread alone.
final class LaneFeed: LaneChore, @unchecked Sendable {
  struct Entry {
    let number: UInt64
    let kind: FeedKind
    unowned let seat: Host.Seat
    let pair: String
    let depth: Int
    let interval: Int64
    /// The market of the pair, looked up anew every second: another instrument may take the pair over.
    var market: MarketState?
    var lookedUp = Int64.min
    var mark: UInt64?
    var due = Int64.min

    init(number: UInt64, kind: FeedKind, _ seat: Host.Seat, _ pair: String, depth: Int, interval: Int64) {
      (self.number, self.kind, self.seat, self.pair) = (number, kind, seat, pair)
      (self.depth, self.interval) = (depth, interval)
    }
  }

  private var entries: [Entry] = []
  private let box: FeedBox
  private static let lookup: Int64 = 1_000_000_000

  init(_ box: FeedBox) { self.box = box }

  func follow(_ entry: Entry, _ lane: Lane) {
    if entries.isEmpty { lane.add(self) }
    var entry = entry
    if let place = entries.firstIndex(where: { $0.number == entry.number }) {
      // Who follows trades already goes on where it is.
      if entry.kind == .trades { entry.mark = entries[place].mark }
      entries[place] = entry
    } else {
      entries.append(entry)
    }
  }

  func unfollow(_ number: UInt64, _ lane: Lane) {
    entries.removeAll { $0.number == number }
    if entries.isEmpty { lane.remove(self) }
  }

  func run(_ times: Times) -> Int64? {
    var next: Int64?
    var gone: [UInt64] = []
    for index in entries.indices {
      let now = times.mono
      if now >= entries[index].lookedUp.addingSaturated(Self.lookup) { lookUp(index, now) }
      guard let market = entries[index].market else {
        let entry = entries[index]
        let words = "\(entry.pair) is not subscribed to on \(entry.seat.session.name) any more"
        box.put(entry.number, .gone(words))
        gone.append(entry.number)
        continue
      }
      if now >= entries[index].due {
        if look(&entries[index], market) { entries[index].due = now.addingSaturated(entries[index].interval) }
      } else {
        next = min(next ?? .max, entries[index].due)
      }
    }
    if !gone.isEmpty { entries.removeAll { gone.contains($0.number) } }
    // A pair may be given up while nothing comes.
    return entries.isEmpty ? nil : min(next ?? .max, times.mono.addingSaturated(Self.lookup))
  }

  private func lookUp(_ index: Int, _ now: Int64) {
    let entry = entries[index]
    let market = entry.seat.pairs.contains(entry.pair) ? entry.seat.session.view.market(pair: entry.pair) : nil
    // The marks of another instrument are counted anew.
    if let old = entry.market, old !== market { entries[index].mark = nil }
    entries[index].market = market
    entries[index].lookedUp = now
  }

  /// Copies what has changed; whether something has.
  private func look(_ entry: inout Entry, _ market: MarketState) -> Bool {
    let mark = Self.mark(entry.kind, market)
    guard mark != entry.mark else { return false }
    let before = entry.mark
    entry.mark = mark
    switch entry.kind {
    case .book: box.put(entry.number, .book(BookCopy(market, depth: entry.depth)))
    case .ticker: box.put(entry.number, .ticker(MarketCopies.ticker(entry.seat, market)))
    case .trades:
      // The first look only says where it begins.
      guard let before else { return false }
      let new = mark &- before
      let trades = market.tape.latest(Int(clamping: new))
      box.put(
        entry.number,
        .trades(
          TradeCopies(
            trades: trades.reversed(), total: mark, missed: new &- UInt64(trades.count),
            priceExponent: market.book.priceExponent, quantityExponent: market.book.quantityExponent)))
    }
    return true
  }

  /// Differs when something that is followed has changed.
  private static func mark(_ kind: FeedKind, _ market: MarketState) -> UInt64 {
    let book = market.book
    switch kind {
    case .book: return book.counters.snapshots &+ book.counters.updates &+ book.counters.invalidations &+ 1
    case .trades: return market.tape.total
    case .ticker:
      let (bid, ask) = (book.bestBid, book.bestAsk)
      var mark = market.tape.total
      func add(_ part: Int64?) { mark = mark &* 0x100_0000_01B3 &+ UInt64(bitPattern: part ?? -1) }
      add(bid?.price)
      add(bid?.quantity)
      add(ask?.price)
      add(ask?.quantity)
      add(market.ticker?.time)
      add(market.mark?.time)
      add(market.funding?.time)
      return mark
    }
  }
}
