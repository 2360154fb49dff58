import CPatchbay

/// The life of books: a snapshot from the stream or by request, updates that wait for it, gaps, and the way back with
/// growing pauses.
extension ExchangeConnector {
  /// A message of a book whose levels stand in the record begun by `out.beginBook`. Publishes what the rule proves.
  /// - Parameters:
  ///   - first: number of the first event inside, 0 where the rule has none; `previous`: of the message before.
  ///   - frame: the whole message, which may have to wait for its snapshot.
  @inline(__always)
  public final func book(
    _ market: Market, isSnapshot: Bool = false, first: UInt64 = 0, last: UInt64, previous: UInt64 = 0, time: Int64,
    bids: pb_list, asks: pb_list, frame: Body
  ) -> Status {
    if !isSnapshot, market.sync.update(first: first, last: last, previous: previous, into: &verdict) {
      out.book(
        instrument: market.id, snapshot: false, first: first, last: last, time: time, bids: bids, asks: asks)
      return .ok
    }
    return odd(market, isSnapshot, last, time, bids, asks, frame)
  }

  @inline(never)
  @usableFromInline
  final func odd(
    _ market: Market, _ isSnapshot: Bool, _ last: UInt64, _ time: Int64, _ bids: pb_list, _ asks: pb_list,
    _ frame: Body
  ) -> Status {
    guard market.wantsBook else { return .ok }
    guard !isSnapshot else {
      snapshot(market, last: last, time: time, bids: bids, asks: asks, isInBand: true)
      return .ok
    }
    switch verdict {
    case .apply, .drop: break
    case .queue: wait(market, frame)
    case .gap(let expected, let got):
      out.gap(instrument: market.id, reason: .sequence, expected: expected, got: got, time: time)
      wait(market, frame)
      rebuild(market)
    }
    return .ok
  }

  /// A whole book, whose levels stand in the record begun.
  /// - Parameter isInBand: it came on the stream, in its place among the updates.
  public final func snapshot(
    _ market: Market, last: UInt64, time: Int64, bids: pb_list, asks: pb_list, isInBand: Bool
  ) {
    guard market.wantsBook else { return }
    market.sync.snapshot(last, isInBand: isInBand)
    // Before anything else is reported: the levels stand in the one record under construction.
    out.book(instrument: market.id, snapshot: true, first: 0, last: last, time: time, bids: bids, asks: asks)
    _ = isWanted(market, .book)
    market.bookFailures = 0
    market.isRenewing = false
    stopAsking(market)
    guard !isInBand else { return market.queue.removeAll() }
    // Behind a gap the frames wait again, for the next snapshot.
    market.queue.drain { [unowned self] frame in
      _ = exchange?.marketFrame(frame, 0)
      return true
    }
  }

  private func wait(_ market: Market, _ frame: Body) {
    if case .pushes = bookPlan.source { return }
    if market.queue.append(frame) { return }
    // The snapshot took too long: what waits can no longer be used whole.
    market.queue.removeAll()
    _ = market.queue.append(frame)
  }

  // MARK: Losing a book and getting it back

  final func loseBook(_ market: Market, _ reason: Gap) {
    if market.sync.isLive { out.gap(instrument: market.id, reason: reason) }
    market.sync.reset()
    market.queue.removeAll()
    market.isRenewing = false
    stopAsking(market)
  }

  /// A change of the book may be missing, since a message could not be read.
  final func loseAndRebuild(_ market: Market) {
    guard market.wantsBook, market.sync.isLive else { return }
    loseBook(market, .malformed)
    rebuild(market)
  }

  /// A checksum or another proof fails: the book is lost and asked for again.
  public final func disproved(_ market: Market, _ reason: Gap) {
    loseBook(market, reason)
    rebuild(market)
  }

  final func dropBook(_ market: Market) {
    market.wantsBook = false
    market.sync.reset()
    market.queue.removeAll()
    market.isRenewing = false
    stopAsking(market)
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
    guard market.snapshotRequest != 0 else { return }
    if pending.remove(market.snapshotRequest) != nil { out.abort(market.snapshotRequest) }
    market.snapshotRequest = 0
  }

  /// Asks for the book again: at once the first time, then after pauses that double up to half a minute.
  private func rebuild(_ market: Market) {
    guard market.wantsBook, market.bookTimer == 0, market.snapshotRequest == 0, !market.isRenewing else { return }
    let pause = market.bookFailures == 0 ? 0 : backoff(market.bookFailures - 1, first: 500_000_000, last: 30_000_000_000)
    market.bookFailures += 1
    guard pause > 0 else { return askForBook(market) }
    market.bookTimer = after(pause) { [unowned self] in
      market.bookTimer = 0
      askForBook(market)
    }
  }

  private func askForBook(_ market: Market) {
    guard market.wantsBook, !market.sync.isLive else { return }
    switch bookPlan.source {
    case .pushes: break
    case .rest(let endpoint): askSnapshot(market, endpoint)
    case .stream(let other):
      // Every second time by the other way, where there is one.
      if let other, market.bookFailures % 2 == 0 { askSnapshot(market, other) } else { renew(market) }
    }
  }

  /// A subscription has left: its snapshot is due.
  final func awaitSnapshot(_ market: Market) {
    guard market.wantsBook, !market.sync.isLive else { return }
    switch bookPlan.source {
    case .pushes: break
    case .rest(let endpoint): askSnapshot(market, endpoint)
    case .stream: awaitFromStream(market)
    }
  }

  private func awaitFromStream(_ market: Market) {
    guard market.bookTimer == 0, market.snapshotRequest == 0 else { return }
    market.bookTimer = after(bookPlan.patience) { [unowned self] in
      market.bookTimer = 0
      market.isRenewing = false
      guard market.wantsBook, !market.sync.isLive else { return }
      out.log(.warning, "\(market.symbol): no snapshot came; asking again")
      market.bookFailures = max(1, market.bookFailures)
      rebuild(market)
    }
  }

  /// Gives the subscription of one book up and takes it anew: only that brings its snapshot.
  private func renew(_ market: Market) {
    let plan = feedPlan
    guard let place = plan.place(of: .book) else { return }
    let topic = Topic(market: market.number, channel: place)
    guard let id = connections.all.first(where: { $0.value.topics.contains(topic) })?.id,
      connections[id]?.isOpen == true, connections[id]?.unsent.contains(topic) == false
    else { return }
    market.isRenewing = true
    connections[id]?.unwanted.append(topic)
    flush(id, plan)
  }

  /// The message that gives a topic up has left; now it is wanted again.
  final func renewed(_ market: Market) {
    guard market.isRenewing, let place = feedPlan.place(of: .book) else { return }
    let topic = Topic(market: market.number, channel: place)
    guard let id = connections.all.first(where: { $0.value.topics.contains(topic) })?.id else { return }
    connections[id]?.unsent.append(topic)
    flush(id, feedPlan)
  }

  /// Asks an endpoint for the book. `name` of the connector writes which.
  private func askSnapshot(_ market: Market, _ endpoint: Endpoint) {
    guard market.snapshotRequest == 0 else { return }
    var call = Call(endpoint)
    exchange?.snapshotParameters(market, &call)
    ask(call) { [unowned self] reply, body in
      market.snapshotRequest = 0
      guard market.wantsBook, !market.sync.isLive else { return .ok }
      var status = Status.ok
      if let fault = errorPlan.fault(reply, body) {
        out.log(.warning, "\(market.symbol): no snapshot: \(fault.code) \(fault.text)")
      } else {
        status = exchange?.snapshotReply(body, market) ?? .failed
        if status == .parse { out.log(.warning, "\(market.symbol): the snapshot cannot be read") }
      }
      if !market.sync.isLive { rebuild(market) }
      return status
    }
    market.snapshotRequest = pending.ids.last ?? 0
  }
}
