import CPatchbay
import ConnectorKit

/// The book of one market: "How to manage a local order book correctly". Updates (`U` first, `u` last id) are queued
/// until the REST snapshot (`lastUpdateId`) has come; those the snapshot holds are dropped; the first behind it has U
/// <= lastUpdateId + 1 <= u; then each one's U is the last one's u plus one. On futures the first has U <= lastUpdateId
/// <= u, and then each one names the last one's u as its `pu`. Anything else is a gap, and the book starts again.
///
/// The snapshot is asked for once the stream has proved that it carries this book, by its answer to the subscription or
/// by an update. A snapshot from before that misses what came between the two, and where nothing comes, nothing shows
/// it: the book would be ready, and stand still.
extension BinanceConnector {
  func requestSnapshot(_ market: Market) {
    guard market.wantsBook, market.live.contains(.book), !market.sync.isLive, market.snapshotRequest == 0,
      market.snapshotTimer == 0
    else { return }
    var query = Form()
    query.add("symbol", market.symbol)
    query.add("limit", Int64(market.snapshotLevels))
    var request = Request(.get, SealedText(venue.rest + venue.prefix + "/depth?") + query.text)
    request.charges = venue.cost(weights.depth(market.snapshotLevels))
    request.deadline = 10_000_000_000
    market.snapshotRequest = requests.insert(.snapshot(market: market.number))
    out.send(request, id: market.snapshotRequest)
  }

  func snapshot(_ market: Market, _ reply: Reply, _ body: UnsafeBufferPointer<UInt8>) -> Status {
    market.snapshotRequest = 0
    guard market.wantsBook, !market.sync.isLive else { return .ok }
    guard reply.isSuccess else {
      let error = error(reply, body)
      out.log(.warning, "\(market.symbol): no snapshot: \(error.words)")
      market.isSnapshotRefused = true
      out.state(.down, .book, instrument: market.id, error: error.failure, "no snapshot: \(error.words)")
      retrySnapshot(market, after: error.retryAfter)
      return .ok
    }
    var json = JSONScanner(body)
    var last: UInt64 = 0
    var bids = pb_list()
    var asks = pb_list()
    var sides = (bids: false, asks: false)
    out.beginBook()
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "lastUpdateId": last = json.unsigned()
      case "bids":
        if sides.bids { json.fail() }
        sides.bids = true
        bids = out.levels(&json, price: market.priceExponent, quantity: market.quantityExponent)
      case "asks":
        if sides.asks { json.fail() }
        sides.asks = true
        asks = out.levels(&json, price: market.priceExponent, quantity: market.quantityExponent)
      default: json.skip()
      }
    }
    guard json.isComplete(), last > 0, sides.bids, sides.asks else {
      out.log(.warning, "\(market.symbol): the snapshot cannot be read")
      nameMisfit(market, body)
      out.gap(instrument: market.id, reason: .malformed)
      retrySnapshot(market, after: 0)
      return .parse
    }
    // Older than the queue reaches back: only a newer one can be joined.
    if !market.queue.isEmpty, market.firstQueued > last &+ 1 {
      retrySnapshot(market, after: 0)
      return .ok
    }
    market.snapshotFailures = 0
    market.sync.snapshot(last)
    out.book(
      instrument: market.id, snapshot: true, first: 0, last: last, time: 0, bids: bids, asks: asks)
    if market.isSnapshotRefused {
      market.isSnapshotRefused = false
      out.state(.live, .book, instrument: market.id)
    }
    // Behind a gap the frames go into the queue again, for the next snapshot.
    market.queue.drain { frame in
      _ = marketData(frame, on: 0)
      return true
    }
    return .ok
  }

  /// An update whose levels stand in the record begun; `frame` is the whole message, for the queue.
  func depth(
    _ market: Market, _ frame: UnsafeBufferPointer<UInt8>, first: UInt64, last: UInt64, previous: UInt64, time: Int64,
    bids: pb_list, asks: pb_list
  ) {
    switch market.sync.update(first: first, last: last, previous: previous) {
    case .apply:
      out.book(
        instrument: market.id, snapshot: false, first: first, last: last, time: time, bids: bids, asks: asks)
    case .drop: break
    case .queue:
      guard market.wantsBook else { return }
      queue(market, frame, first)
    case .gap(let expected, let got):
      out.gap(instrument: market.id, reason: .sequence, expected: expected, got: got, time: time)
      market.queue.removeAll()
      queue(market, frame, first)
      recover(market)
    }
  }

  /// Says which level it was that made a book's message unreadable, if one was.
  @inline(never)
  func nameMisfit(_ market: Market, _ message: UnsafeBufferPointer<UInt8>) {
    let (price, quantity) = (market.priceExponent, market.quantityExponent)
    guard let words = LevelMisfit.words(message, price: price, quantity: quantity) else { return }
    out.log(.warning, "\(market.symbol): \(words)")
  }

  /// A message on a channel of a market could not be read. What the channel told until now may be out of date.
  @inline(never)
  func misread(_ market: Market, _ channel: Channels) {
    guard channel == .book else {
      guard market.live.remove(channel) != nil, subscriptions.down(market.id, channel) else { return }
      out.state(
        .down, channel, instrument: market.id, error: .other, "a message could not be read; the next one may be")
      // Nothing brings back a trade or a liquidation, and the next one may be long in coming; mark prices are repeated
      // every few seconds: those channels go on.
      if channel != .ticker { _ = isLive(market, channel) }
      return
    }
    // A snapshot under way may be older than this message, and on a quiet market no number would show it for long: one
    // that is asked for now is not.
    guard market.sync.isLive || market.snapshotRequest != 0 else { return market.queue.removeAll() }
    loseBook(market, .malformed)
    recover(market)
  }

  /// Asks for the snapshot of a book that was lost; later each time when it is lost again and again.
  func recover(_ market: Market) {
    guard market.wantsBook, !market.sync.isLive, market.snapshotRequest == 0, market.snapshotTimer == 0 else { return }
    let wait = market.losses.lost(now: out.now.mono)
    if wait > 0 { setSnapshotTimer(market, after: wait) } else { requestSnapshot(market) }
  }

  private func queue(_ market: Market, _ frame: UnsafeBufferPointer<UInt8>, _ first: UInt64) {
    if market.queue.isEmpty { market.firstQueued = first }
    if market.queue.append(frame) { return }
    // The snapshot took too long: what is queued now can no longer be used whole.
    out.gap(instrument: market.id, reason: .overflow)
    market.queue.removeAll()
    market.firstQueued = first
    _ = market.queue.append(frame)
  }

  /// Asks again after a while that doubles with each failure, at most half a minute.
  private func retrySnapshot(_ market: Market, after minimum: Int64) {
    let backoff = Int64(250_000_000) << Int64(min(market.snapshotFailures, 7))
    market.snapshotFailures += 1
    setSnapshotTimer(market, after: max(backoff, minimum))
  }

  private func setSnapshotTimer(_ market: Market, after time: Int64) {
    market.snapshotTimer = timers.insert(.snapshot(market: market.number))
    out.timer(market.snapshotTimer, after: time)
  }

  func resync(_ market: Market, _ command: Command) {
    guard market.wantsBook else {
      out.refuse(command.id, .other, "\(market.symbol): its book is not subscribed")
      return
    }
    loseBook(market, .command)
    recover(market)
    out.done(command.id)
  }

  /// The book is lost; it comes again when the subscription does, or by `requestSnapshot`.
  func loseBook(_ market: Market, _ reason: Gap) {
    if market.sync.isLive { out.gap(instrument: market.id, reason: reason) }
    forget(market)
  }

  /// The book is no longer wanted.
  func dropBook(_ market: Market) {
    market.wantsBook = false
    forget(market)
  }

  private func forget(_ market: Market) {
    market.sync.reset()
    market.queue.removeAll()
    if market.snapshotRequest != 0 {
      requests.remove(market.snapshotRequest)
      out.abort(market.snapshotRequest)
      market.snapshotRequest = 0
    }
    if market.snapshotTimer != 0 {
      timers.remove(market.snapshotTimer)
      out.timer(market.snapshotTimer, after: 0)
      market.snapshotTimer = 0
    }
  }
}
