import CPatchbay

/// The life of books: a snapshot from the stream or by request, updates that wait for it, gaps, and the way back with
/// growing pauses.
extension ExchangeConnector {
  /// A message of a book whose levels stand in the record begun by `out.beginBook`. Publishes what the rule proves.
  /// - Parameters:
  ///   - first: number of the first event inside, 0 where the rule has none; `previous`: of the message before.
  ///   - frame: the whole message, which may have to wait for its snapshot.
  ///   - isNumbered: `last` counts. Where it is a time, it puts the update in its place, and is not reported: the book
  ///     keeps the number of its snapshot.
  public final func book(
    _ market: Market, isSnapshot: Bool = false, first: UInt64 = 0, last: UInt64, previous: UInt64 = 0, time: Int64,
    bids: pb_list, asks: pb_list, frame: Body, isNumbered: Bool = true
  ) -> Status {
    guard !isSnapshot else {
      snapshot(market, last: last, time: time, bids: bids, asks: asks, isInBand: true)
      return .ok
    }
    guard market.sync.update(first: first, last: last, previous: previous, into: &verdict) else {
      return notApplied(market, verdict, joint(market, first, last, previous), time, frame)
    }
    out.book(
      instrument: market.id, market.form, first: first, last: isNumbered ? last : 0, time: time,
      depth: UInt32(truncatingIfNeeded: market.depth), bids: bids, asks: asks)
    if market.refresh != nil { keepForRefresh(market, joint(market, first, last, previous), frame) }
    return .ok
  }

  @inline(never)
  private func notApplied(
    _ market: Market, _ verdict: BookSync.Verdict, _ joint: UInt64, _ time: Int64, _ frame: Body
  ) -> Status {
    guard market.wantsBook else { return .ok }
    // What is built aside is given up; the book in use knows nothing of it.
    if market.form != .update { return .ok }
    switch verdict {
    case .apply, .drop: break
    case .queue:
      if !market.isRenewing { market.isCarried = true }
      wait(market, frame, joint)
      // Where nothing answers a subscription, the first update is what proves it, and the snapshot is due.
      if !market.isRenewing, bookPlan.waitsUntilLive, !feedPlan.acknowledges { _ = isWanted(market, .book) }
    case .gap(let expected, let got):
      endRefresh(market, "the book was lost meanwhile")
      out.gap(instrument: market.id, reason: .sequence, expected: expected, got: got, time: time)
      market.queue.removeAll()
      wait(market, frame, joint)
      rebuild(market)
    }
    return .ok
  }

  /// The least number of a snapshot that an update can be joined to.
  private func joint(_ market: Market, _ first: UInt64, _ last: UInt64, _ previous: UInt64) -> UInt64 {
    switch market.sync.rule {
    case .span: first > 0 ? first - 1 : 0
    case .spanWithPrevious: first
    case .previous: previous
    case .increment: last > 0 ? last - 1 : 0
    case .rising, .unnumbered: 0
    }
  }

  /// A whole book, whose levels stand in the record begun. One that nobody wants is forgotten.
  /// - Parameter isInBand: it came on the stream, in its place among the updates.
  public final func snapshot(
    _ market: Market, last: UInt64, time: Int64, bids: pb_list, asks: pb_list, isInBand: Bool
  ) {
    guard market.wantsBook else { return }
    if !isInBand, market.refresh != nil { return refreshed(market, last: last, time: time, bids: bids, asks: asks) }
    // Of the subscription that is being given up: nothing would follow it, and the book would stand still.
    if isInBand, market.isRenewing { return }
    let isByFrame = if case .frame = bookPlan.source { !isInBand } else { false }
    // The answer to a question that was given up: the book has gone on since.
    if isByFrame, market.sync.isLive { return }
    // Older than what waits reaches back: only a newer one can be joined, and is asked for.
    if !isInBand, !market.queue.isEmpty, market.firstJoint > last {
      if isByFrame { snapshotRefused(market.snapshotRequest, market.id, "it is older than the updates") }
      return
    }
    market.sync.snapshot(last, isInBand: isInBand)
    // Before anything else is reported: the levels stand in the one record under construction.
    out.book(
      instrument: market.id, snapshot: true, first: 0, last: last, time: time,
      depth: UInt32(truncatingIfNeeded: market.depth), bids: bids, asks: asks)
    endRefresh(market, "another snapshot came")
    if market.isSnapshotRefused { out.state(.live, .book, instrument: market.id) }
    market.isSnapshotRefused = false
    _ = isWanted(market, .book)
    (market.attempts, market.isRenewing) = (0, false)
    stopAsking(market)
    guard !isInBand else {
      market.isCarried = true
      return market.queue.removeAll()
    }
    // Behind a gap the frames wait again, for the next snapshot.
    market.queue.drain { [unowned(unsafe) self] frame in
      _ = marketFrame(frame, 0)
      return true
    }
  }

  private func wait(_ market: Market, _ frame: Body, _ joint: UInt64) {
    // A book of pushes needs none of them, and one that comes on the stream comes before what follows it.
    switch bookPlan.source {
    case .pushes, .stream(orElse: nil): return
    case .rest, .stream, .frame: break
    }
    if market.queue.isEmpty { market.firstJoint = joint }
    if market.queue.append(frame) { return }
    // The snapshot took too long: what waits can no longer be used whole.
    out.gap(instrument: market.id, reason: .overflow)
    market.queue.removeAll()
    market.firstJoint = joint
    _ = market.queue.append(frame)
  }

  // MARK: Losing a book and getting it back

  final func loseBook(_ market: Market, _ reason: Gap, _ time: Int64 = 0) {
    endRefresh(market, "the book was lost meanwhile")
    if market.sync.isLive { out.gap(instrument: market.id, reason: reason, time: time) }
    market.sync.reset()
    market.queue.removeAll()
    market.checked?.removeAll()
    market.isRenewing = false
    stopAsking(market)
  }

  /// A change of the book may be missing, since a message could not be read.
  final func loseAndRebuild(_ market: Market) {
    guard market.wantsBook else { return }
    if market.sync.isLive {
      loseBook(market, .malformed)
    } else if case .stream = bookPlan.source, !market.isRenewing, market.isAwaiting || market.bookTimer == 0 {
      // It may have been the snapshot, which is a reason as well why there is no book.
      out.gap(instrument: market.id, reason: .malformed)
      stopAsking(market)
    } else if case .pushes = bookPlan.source {
      // Each push is a whole book: that none can be read is a reason why there is no book, which is said once.
      if market.attempts == 0 { out.gap(instrument: market.id, reason: .malformed) }
      market.attempts = 1
      return
    } else {
      // A snapshot under way may be older than this message, and on a quiet market no number would show it for long:
      // one that is asked for now is not.
      market.queue.removeAll()
      guard market.snapshotRequest != 0 else { return }
      // Where the answer comes on the stream, this may have been it.
      if case .frame = bookPlan.source { out.gap(instrument: market.id, reason: .malformed) }
      stopAsking(market)
    }
    rebuild(market)
  }

  /// A checksum or another proof fails: the book is lost and asked for again.
  @inline(never)
  public final func disproved(_ market: Market, _ reason: Gap, _ time: Int64 = 0) -> Status {
    if !market.sync.isLive {
      out.log(.warning, "\(market.symbol): the snapshot does not have its checksum")
      out.gap(instrument: market.id, reason: reason, time: time)
    }
    loseBook(market, reason, time)
    rebuild(market)
    return .ok
  }

  /// What the book's proof is made of has changed: it is lost and asked for again, unless it is asked for already.
  public final func disprove(_ market: Market, _ reason: Gap) {
    guard market.wantsBook, market.sync.isLive else { return }
    loseBook(market, reason)
    rebuild(market)
  }

  final func dropBook(_ market: Market) {
    (market.wantsBook, market.isCarried, market.isEndDoubtful) = (false, false, false)
    (market.attempts, market.losses) = (0, LossPace())
    loseBook(market, .command)
  }

  final func resync(_ market: Market, _ command: Command) {
    guard market.wantsBook else {
      return out.refuse(command.id, .other, "\(market.symbol): its book is not subscribed")
    }
    loseBook(market, .command)
    rebuild(market)
    out.done(command.id)
  }

  private func stopAsking(_ market: Market) {
    cancelTimer(&market.bookTimer)
    market.isAwaiting = false
    guard market.snapshotRequest != 0 else { return }
    if case .call? = pending.remove(market.snapshotRequest) { out.abort(market.snapshotRequest) }
    market.snapshotRequest = 0
  }

  /// Asks for the book again: at once the first time, later when it is lost or refused again and again.
  /// - Parameter minimum: nanoseconds for which the exchange wants to be left alone.
  private func rebuild(_ market: Market, after minimum: Int64 = 0, isPaced: Bool = false) {
    guard market.wantsBook, market.bookTimer == 0, market.snapshotRequest == 0, !market.isRenewing else { return }
    let pace = isPaced ? 0 : market.losses.lost(now: out.now.mono)
    let pause = max(pace, minimum)
    guard pause > 0 else { return askForBook(market) }
    market.bookTimer = after(pause) { [unowned(unsafe) self] in
      market.bookTimer = 0
      askForBook(market)
    }
  }

  private func askForBook(_ market: Market) {
    guard market.wantsBook, !market.sync.isLive else { return }
    market.attempts += 1
    switch bookPlan.source {
    case .pushes: break
    case .rest(let endpoint): askSnapshot(market, endpoint)
    case .frame: askFrame(market)
    case .stream(let other):
      // Every second time by the other way, where there is one and the stream goes on: a snapshot beside a subscription
      // that was lost would stand still and look whole.
      if let other, market.isCarried, market.attempts % 2 == 0 { askSnapshot(market, other) } else { renew(market) }
    }
  }

  /// A subscription has left: its snapshot is due.
  final func awaitSnapshot(_ market: Market) {
    guard market.wantsBook, !market.sync.isLive else { return }
    switch bookPlan.source {
    case .pushes: break
    case .rest(let endpoint): askSnapshot(market, endpoint)
    case .frame: if market.bookTimer == 0 { askFrame(market) }
    case .stream: awaitFromStream(market)
    }
  }

  private func awaitFromStream(_ market: Market) {
    guard market.bookTimer == 0, market.snapshotRequest == 0 else { return }
    market.isAwaiting = true
    let half = bookPlan.patience / 2
    market.bookTimer = after(half) { [unowned(unsafe) self] in
      // What was under way when the old subscription was given up does not prove that it goes on.
      if market.isRenewing { market.queue.removeAll() }
      market.bookTimer = after(bookPlan.patience &- half) { [unowned(unsafe) self] in snapshotIsMissing(market) }
    }
  }

  private func snapshotIsMissing(_ market: Market) {
    // Its updates come, though the exchange never said that the old subscription ended.
    if market.isRenewing { (market.isCarried, market.isEndDoubtful) = (!market.queue.isEmpty, true) }
    (market.bookTimer, market.isAwaiting, market.isRenewing) = (0, false, false)
    guard market.wantsBook, !market.sync.isLive else { return }
    out.log(.warning, "\(market.symbol): no snapshot came; asking again")
    market.attempts = max(1, market.attempts)
    rebuild(market, isPaced: true)
  }

  /// Gives the subscription of one book up and takes it anew: only that brings its snapshot.
  private func renew(_ market: Market) {
    guard let (id, topic) = bookTopic(market), connections[id]?.isOpen == true,
      connections[id]?.unsent.contains(topic) == false
    else { return }
    (market.isRenewing, market.isCarried) = (true, false)
    connections[id]?.unwanted.append(topic)
    awaitFromStream(market)
    flush(id, feedPlan)
  }

  /// The exchange has ended the old subscription, or that was asked of one that does not answer: the book is wanted
  /// again. One that was had by another way meanwhile would stand still.
  final func renewed(_ market: Market) {
    guard market.isRenewing || market.isEndDoubtful, let (id, topic) = bookTopic(market) else { return }
    if !market.isRenewing { loseBook(market, .closed) }
    (market.isRenewing, market.isEndDoubtful, market.isCarried) = (false, false, false)
    connections[id]?.unsent.append(topic)
    flush(id, feedPlan)
  }

  private func bookTopic(_ market: Market) -> (connection: pb_id, Topic)? {
    guard let place = feedPlan.place(of: .book) else { return nil }
    let topic = Topic(market: market.number, channel: place)
    return connections.all.first { $0.value.topics.contains(topic) }.map { ($0.id, topic) }
  }

  /// Asks for the book on the stream of its updates.
  private func askFrame(_ market: Market) {
    guard market.snapshotRequest == 0, let (stream, topic) = bookTopic(market), connections[stream]?.isOpen == true,
      connections[stream]?.unsent.contains(topic) == false
    else { return }
    let id = pending.insert(.book(stream: stream, market: market.id))
    market.snapshotRequest = id
    var frame = Request(frame: exchange?.snapshotFrame(market, id: id) ?? SealedText(), on: stream)
    frame.charges = bookPlan.charges
    out.send(frame, id: id)
    market.bookTimer = after(bookPlan.patience) { [unowned(unsafe) self] in
      market.bookTimer = 0
      snapshotRefused(id, market.id, "no answer")
    }
  }

  /// A frame that asked for a book was not sent, not answered or refused: it is asked for again, later.
  final func snapshotRefused(_ request: pb_id, _ id: pb_id, _ reason: String) {
    pending.remove(request)
    guard request != 0, let market = market(id), market.snapshotRequest == request else { return }
    cancelTimer(&market.bookTimer)
    market.snapshotRequest = 0
    guard market.wantsBook, !market.sync.isLive else { return }
    out.log(.warning, "\(market.symbol): no snapshot: \(reason)")
    rebuild(market, after: LossPace.first)
  }

  /// Asks an endpoint for the book.
  private func askSnapshot(_ market: Market, _ endpoint: Endpoint) {
    guard market.snapshotRequest == 0 else { return }
    var call = Call(endpoint)
    exchange?.snapshotParameters(market, &call)
    market.snapshotRequest = ask(call, exchange?.snapshotAccount(market)) { [unowned(unsafe) self] answer in
      market.snapshotRequest = 0
      guard market.wantsBook, !market.sync.isLive else { return .ok }
      var status = Status.ok
      if let fault = answer.fault {
        let reason = "no snapshot: \(fault.words)"
        out.log(.warning, "\(market.symbol): \(reason)")
        market.isSnapshotRefused = true
        out.state(.down, .book, instrument: market.id, error: fault.failure, reason)
      } else {
        status = exchange?.snapshotReply(answer.body, market, answer.reply) ?? .failed
        if status == .parse { unreadSnapshot(market, answer.body) }
      }
      // What could not be had at once is not asked for in a loop.
      if !market.sync.isLive { rebuild(market, after: max(LossPace.first, answer.fault?.retryAfter ?? 0)) }
      return status
    }
  }

  private func unreadSnapshot(_ market: Market, _ body: Body) {
    out.log(.warning, "\(market.symbol): the snapshot cannot be read")
    logMisfit(market, body)
    out.gap(instrument: market.id, reason: .malformed)
    market.isSnapshotRefused = true
    out.state(.down, .book, instrument: market.id, error: .other, "no snapshot: it cannot be read")
  }

  /// A level that does not fit is named, since the same will come again.
  final func logMisfit(_ market: Market, _ message: Body) {
    if let words = exchange?.misfit(message, market) { out.log(.warning, "\(market.symbol): \(words)") }
  }
}
