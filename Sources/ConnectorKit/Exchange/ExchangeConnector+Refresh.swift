import CPatchbay

/// A book that is being built anew while the old one stays in use.
struct BookRefresh {
  let command: pb_id
  var request: pb_id = 0
  /// The updates since it was asked for, which the old book has taken.
  let queue = FrameQueue()
  /// The least number of a snapshot that the first of them can be joined to; meaningful when there is one.
  var firstJoint: UInt64 = 0
}

/// The book is asked for beside the stream, joined with what has come since, and then put in the place of the old one,
/// all in one input. Where anything about it is in doubt the old one stays, as its own continuity is proved.
extension ExchangeConnector {
  final func refresh(_ market: Market, _ command: Command) {
    guard market.wantsBook, market.sync.isLive else {
      return out.refuse(command.id, .other, "\(market.symbol): there is no book to build anew")
    }
    let endpoint: Endpoint? =
      switch bookPlan.source {
      case .rest(let endpoint): endpoint
      case .stream(let other): other
      case .frame, .pushes: nil
      }
    // A book that a checksum proves comes on the stream; one that has numbers beside an unused checksum does not.
    guard let endpoint, market.checked?.book.isEmpty ?? true else {
      return out.refuse(command.id, .unsupported, "\(market.symbol): books come on the stream alone; use resync")
    }
    guard market.refresh == nil else {
      return out.refuse(command.id, .other, "\(market.symbol): its book is being built anew already")
    }
    var call = Call(endpoint)
    exchange?.snapshotParameters(market, &call)
    market.refresh = BookRefresh(command: command.id)
    let request = ask(call) { [unowned(unsafe) self] answer in
      guard market.refresh != nil else { return .ok }
      market.refresh?.request = 0
      var status = Status.ok
      if let fault = answer.fault {
        endRefresh(market, "no snapshot: \(fault.words)", fault.failure)
      } else {
        status = exchange?.snapshotReply(answer.body, market, answer.reply) ?? .failed
      }
      endRefresh(market, "the snapshot cannot be read")
      return status
    }
    market.refresh?.request = request
  }

  /// Keeps an update that the book has taken, for the one that is built aside.
  @inline(never)
  final func keepForRefresh(_ market: Market, _ joint: UInt64, _ frame: Body) {
    guard market.form == .update, let queue = market.refresh?.queue else { return }
    if queue.isEmpty { market.refresh?.firstJoint = joint }
    if !queue.append(frame) { endRefresh(market, "too many updates came before the snapshot") }
  }

  /// The snapshot has come; its levels stand in the record begun.
  final func refreshed(_ market: Market, last: UInt64, time: Int64, bids: pb_list, asks: pb_list) {
    guard let refresh = market.refresh else { return }
    // Without updates since, one that is older than the book misses what came before it was asked for.
    guard refresh.queue.isEmpty ? last >= market.sync.last : last >= refresh.firstJoint else {
      return endRefresh(market, "the snapshot is older than what came since")
    }
    let old = market.sync
    let depth = UInt32(truncatingIfNeeded: market.depth)
    out.book(
      instrument: market.id, .begin, first: 0, last: last, time: time, depth: depth, bids: bids, asks: asks)
    market.sync.snapshot(last)
    market.form = .aside
    refresh.queue.drain { [unowned(unsafe) self] frame in
      _ = marketFrame(frame, 0)
      return market.sync.isLive
    }
    market.form = .update
    guard market.sync.isLive, market.sync.last >= old.last else {
      market.sync = old
      return endRefresh(market, "the updates since do not follow on the snapshot")
    }
    out.beginBook()
    out.book(
      instrument: market.id, .commit, first: 0, last: market.sync.last, time: time, depth: depth, bids: pb_list(),
      asks: pb_list())
    market.refresh = nil
    out.done(refresh.command)
  }

  /// Gives the book that is built aside up; the old one stands.
  final func endRefresh(_ market: Market, _ why: String, _ failure: Failure = .other) {
    guard let refresh = market.refresh else { return }
    market.refresh = nil
    if refresh.request != 0, pending.remove(refresh.request) != nil { out.abort(refresh.request) }
    out.refuse(refresh.command, failure, "\(market.symbol): \(why); the old book stays")
  }
}
