import CPatchbay
import ConnectorKit

/// The book of one market. The socket sends a snapshot, then changes without numbers; what proves them is a CRC-32 over
/// the ten best asks and bids: for each level the digits of price and quantity without point and leading zeros. Levels
/// that fall out of the subscribed depth are forgotten on both sides. Sources: "Book checksum (WebSocket v1)", "Book
/// checksum (WebSocket v2)".
///
/// A lost change beyond the ten best levels is only noticed when those levels become the best. Nothing in the protocol
/// tells it sooner.
extension KrakenSpot {
  static let checksumLevels = 10

  /// A snapshot begins.
  func beginSnapshot(_ market: Market) {
    market.book.removeAll()
    market.pricePlaces = -1
    market.quantityPlaces = -1
    market.isTopChanged = true
  }

  /// A level of a snapshot.
  @inline(__always)
  func put(_ market: Market, price: Int64, quantity: Int64, text: ChecksumText, isBid: Bool) {
    market.book.append(ChecksumBook.Level(price: price, quantity: quantity, text: text), isBid: isBid)
  }

  /// A level of an update, for the book and for the record begun.
  @inline(__always)
  func change(
    _ market: Market, price: Int64, quantity: Int64, text: ChecksumText, isBid: Bool, into list: inout pb_list
  ) {
    let rank = market.book.set(ChecksumBook.Level(price: price, quantity: quantity, text: text), isBid: isBid)
    if rank >= 0, rank < KrakenSpot.checksumLevels { market.isTopChanged = true }
    out.merge(price: price, quantity: quantity, into: &list)
  }

  /// All levels of a snapshot have been put. Version 1 sends no checksum with it.
  func endSnapshot(_ market: Market, checksum: UInt32?, time: Int64) -> Status {
    guard market.book.arrange() else { return misread(market) }
    if let checksum, !proves(market, checksum) {
      disproved(market, time)
      return .ok
    }
    market.sync.snapshot(0)
    out.beginBook()
    var bids = pb_list()
    for rank in 0..<market.book.bidCount {
      let level = market.book.bid(rank)
      out.level(price: level.price, quantity: level.quantity, to: &bids)
    }
    var asks = pb_list()
    for rank in 0..<market.book.askCount {
      let level = market.book.ask(rank)
      out.level(price: level.price, quantity: level.quantity, to: &asks)
    }
    out.book(
      instrument: market.id, snapshot: true, first: 0, last: 0, time: time, depth: UInt32(market.book.depth),
      bids: bids, asks: asks)
    resynced(market)
    isLive(market, .book)
    return .ok
  }

  /// All levels of an update have been changed; they stand in the record begun.
  @inline(__always)
  func endUpdate(_ market: Market, checksum: UInt32, time: Int64, bids: pb_list, asks: pb_list) {
    market.book.trim()
    guard proves(market, checksum) else { return disproved(market, time) }
    out.book(
      instrument: market.id, snapshot: false, first: 0, last: 0, time: time, depth: UInt32(market.book.depth),
      bids: bids, asks: asks)
    isLive(market, .book)
  }

  /// Whether the book is the one that the venue took the checksum of. The checksum of unchanged best levels is
  /// remembered.
  @inline(__always)
  private func proves(_ market: Market, _ checksum: UInt32) -> Bool {
    if market.isTopChanged {
      market.checksum = KrakenSpot.checksum(market.book)
      market.isTopChanged = false
    }
    return market.checksum == checksum
  }

  /// The checksum of a book as the venue computes it.
  static func checksum(_ book: ChecksumBook) -> UInt32 {
    // Each text is written with 32 bytes, of which the next one overwrites those that are too many.
    withUnsafeTemporaryAllocation(byteCount: (2 * checksumLevels + 1) * 32, alignment: 8) { buffer in
      guard let start = buffer.baseAddress else { return 0 }
      var used = 0
      for rank in 0..<min(checksumLevels, book.askCount) {
        let text = book.ask(rank).text
        text.write(to: start + used)
        used += min(text.count, 31)
      }
      for rank in 0..<min(checksumLevels, book.bidCount) {
        let text = book.bid(rank).text
        text.write(to: start + used)
        used += min(text.count, 31)
      }
      return CRC32.of(UnsafeBufferPointer(start: start.assumingMemoryBound(to: UInt8.self), count: used))
    }
  }

  // MARK: Losing it and getting it back

  @inline(never)
  private func disproved(_ market: Market, _ time: Int64) {
    if market.sync.isLive {
      out.gap(instrument: market.id, reason: .checksum, time: time)
    } else {
      out.log(.warning, "\(market.symbol): the snapshot does not have its checksum")
    }
    forget(market)
    askAgain(market)
  }

  /// A message about this book could not be read, so a change may be missing.
  @inline(never)
  func misread(_ market: Market, _ channel: Channels = .book) -> Status {
    guard channel == .book else {
      if market.live.remove(channel) != nil, subscriptions.down(market.id, channel) {
        out.state(
          .down, channel, instrument: market.id, error: .other, "a message could not be read; the next one may be")
        // Nothing brings back a trade, and the next one may be long in coming: the channel goes on.
        if channel == .trades { isLive(market, .trades) }
      }
      return .parse
    }
    loseBook(market, .malformed)
    askAgain(market)
    return .parse
  }

  /// A message that may have been about anything of a stream, in these channels, could not be read.
  func misread(stream: pb_id, _ channels: Channels = [.book, .trades, .ticker]) -> Status {
    for topic in connections[stream]?.topics ?? [] where channels.contains(topic.channel) {
      // A book without its snapshot is asked for already.
      if topic.channel == .book, !markets[topic.market].sync.isLive { continue }
      _ = misread(markets[topic.market], topic.channel)
    }
    return .parse
  }

  /// The book is lost; its snapshot comes with the next subscription.
  func loseBook(_ market: Market, _ reason: Gap) {
    if market.sync.isLive { out.gap(instrument: market.id, reason: reason) }
    forget(market)
  }

  private func forget(_ market: Market) {
    market.sync.reset()
    market.book.removeAll()
    market.isTopChanged = true
  }

  func resync(_ market: Market, _ command: Command) {
    guard subscriptions.state(market.id, .book) != nil else {
      out.refuse(command.id, .other, "\(market.symbol): its book is not subscribed")
      return
    }
    loseBook(market, .command)
    askAgain(market)
    out.done(command.id)
  }

  /// Gives the subscription of one book up and takes it anew: only that brings a snapshot. The other books go on. A
  /// book that is lost again and again is asked for later each time.
  func askAgain(_ market: Market, isPaced: Bool = false) {
    if market.resync == .awaiting { resynced(market) }
    guard market.resync == .none, let stream = stream(of: market, .book), connections[stream]?.isOpen == true,
      connections[stream]?.unsent.contains(where: { $0.market == market.number && $0.channel == .book }) == false
    else { return }
    let wait = isPaced ? 0 : market.losses.lost(now: out.now.mono)
    guard wait == 0 else {
      market.resync = .waiting
      market.resyncTimer = timers.insert(.resync(market: market.number))
      return out.timer(market.resyncTimer, after: wait)
    }
    giveUpAndTake(market, on: stream)
  }

  private func giveUpAndTake(_ market: Market, on stream: pb_id) {
    market.resync = .unsubscribing
    send([Topic(market: market.number, channel: .book)], on: stream, isUnsubscribe: true)
    market.resyncTimer = timers.insert(.resync(market: market.number))
    out.timer(market.resyncTimer, after: Venue.resyncTimeout)
  }

  /// A book is subscribed to, and its snapshot comes behind the answer. When it does not, it is asked for again.
  func awaitSnapshot(_ market: Market) {
    guard market.resync == .none else { return }
    market.resync = .awaiting
    market.resyncTimer = timers.insert(.resync(market: market.number))
    out.timer(market.resyncTimer, after: Venue.resyncTimeout)
  }

  /// The venue has ended the old subscription of a book.
  func unsubscribed(_ market: Market) {
    guard market.resync == .unsubscribing, let stream = stream(of: market, .book) else { return }
    market.resync = .subscribing
    send([Topic(market: market.number, channel: .book)], on: stream, isUnsubscribe: false)
  }

  /// The book is back, or nobody wants it any more.
  func resynced(_ market: Market) {
    market.resync = .none
    guard market.resyncTimer != 0 else { return }
    timers.remove(market.resyncTimer)
    out.timer(market.resyncTimer, after: 0)
    market.resyncTimer = 0
  }

  /// The snapshot did not come in time.
  func resyncTimedOut(_ market: Market) {
    market.resyncTimer = 0
    guard market.resync != .none else { return }
    if market.resync == .waiting, let stream = stream(of: market, .book), connections[stream]?.isOpen == true {
      return giveUpAndTake(market, on: stream)
    }
    out.log(.warning, "\(market.symbol): no snapshot came; asking again")
    market.resync = .none
    askAgain(market, isPaced: true)
  }
}
