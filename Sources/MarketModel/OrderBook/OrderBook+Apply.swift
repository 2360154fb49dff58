/// Snapshots and updates: the hot path of market data.
extension OrderBook {
  /// Replaces the whole book. Levels may come in any order; sorted ones are copied, others sorted.
  ///
  /// A snapshot may carry any sequence: a venue that restarted counts from the start again.
  /// - Parameters:
  ///   - sequence: the venue's sequence, 0 where there is none.
  ///   - time: when it happened, in nanoseconds; kept, not interpreted.
  /// - Throws: `BookFault`; the book is then not ready for that reason.
  /// - Complexity: O(levels) for sorted levels.
  public func apply(
    snapshot newBids: UnsafeBufferPointer<Level>, asks newAsks: UnsafeBufferPointer<Level>,
    sequence newSequence: UInt64, time newTime: Int64
  ) throws(BookFault) {
    do throws(BookFault) {
      try Self.replace(&bids, .bid, newBids, options)
      try Self.replace(&asks, .ask, newAsks, options)
      if let (bid, ask) = crossing {
        guard options.mayCross else { throw BookFault.crossed(bid: bid, ask: ask) }
        matchOff()
      }
      state = .ready
      try verify()
    } catch {
      throw refuse(error)
    }
    sequence = newSequence
    time = newTime
    counters.snapshots &+= 1
    counters.levels &+= UInt64(newBids.count &+ newAsks.count)
  }

  /// Changes levels: sets or inserts those with a quantity, removes those without. Removing a level that the book does
  /// not hold is counted, not an error.
  /// - Parameters:
  ///   - firstSequence: the venue's sequence of the first event inside, 0 where there is none. Continuity is the
  ///     connector's to prove; here a sequence must only not run backwards.
  ///   - lastSequence: and of the last; equal to that of the update before where one event is split.
  ///   - time: when it happened, in nanoseconds; kept, not interpreted.
  /// - Throws: `BookFault.notReady` when the book waits for a snapshot (nothing changes); any other fault leaves the
  ///   book not ready for that reason.
  /// - Complexity: per level, O(1) near the touch; O(log n) search and a move of the shorter side's levels elsewhere.
  public func apply(
    update newBids: UnsafeBufferPointer<Level>, asks newAsks: UnsafeBufferPointer<Level>, firstSequence: UInt64,
    lastSequence: UInt64, time newTime: Int64
  ) throws(BookFault) {
    guard state == .ready else {
      counters.ignored &+= 1
      throw .notReady
    }
    do throws(BookFault) {
      if lastSequence != 0 {
        guard lastSequence >= sequence else {
          throw BookFault.sequenceBackwards(applied: sequence, got: lastSequence)
        }
        guard firstSequence <= lastSequence else {
          throw BookFault.sequenceBackwards(applied: firstSequence, got: lastSequence)
        }
      }
      var unknown = try Self.change(&bids, .bid, newBids, options)
      if options.mayCross { uncross(removing: .ask) }
      unknown &+= try Self.change(&asks, .ask, newAsks, options)
      if options.mayCross { uncross(removing: .bid) }
      counters.unknownRemovals &+= UInt64(unknown)
      if let (bid, ask) = crossing { throw BookFault.crossed(bid: bid, ask: ask) }
      try verify()
    } catch {
      throw refuse(error)
    }
    if lastSequence != 0 { sequence = lastSequence }
    time = newTime
    counters.updates &+= 1
    counters.levels &+= UInt64(newBids.count &+ newAsks.count)
  }

  private static func replace(
    _ store: inout LevelStore, _ side: BookSide, _ levels: UnsafeBufferPointer<Level>, _ options: Options
  ) throws(BookFault) {
    guard levels.count <= store.limit else { throw .tooManyLevels(side: side, limit: store.limit) }
    guard store.reserve(levels.count) else { throw .noRoom(side: side) }
    for level in levels {
      try check(level, side, options)
      if level.quantity == 0 { throw .zeroQuantity(side: side, price: level.price) }
    }
    if let price = store.replace(with: levels) { throw .duplicatePrice(side: side, price: price) }
  }

  /// Gives the number of levels to remove that the side did not hold.
  @inline(__always)
  private static func change(
    _ store: inout LevelStore, _ side: BookSide, _ levels: UnsafeBufferPointer<Level>, _ options: Options
  ) throws(BookFault) -> Int {
    var unknown = 0
    for level in levels {
      try check(level, side, options)
      switch store.apply(level) {
      case .changed: break
      case .unknownRemoval: unknown &+= 1
      case .full:
        throw store.count < store.limit ? .noRoom(side: side) : .tooManyLevels(side: side, limit: store.limit)
      }
    }
    return unknown
  }

  @inline(__always)
  private static func check(_ level: Level, _ side: BookSide, _ options: Options) throws(BookFault) {
    if level.quantity < 0 { throw .negativeQuantity(side: side, price: level.price) }
    if level.price <= 0, !options.allowsNonPositivePrices { throw .nonPositivePrice(side: side, price: level.price) }
  }

  /// Removes from one side's touch what crosses the other side's touch.
  private func uncross(removing side: BookSide) {
    while crossing != nil {
      if side == .bid { bids.removeTouch() } else { asks.removeTouch() }
      counters.uncrossed &+= 1
    }
  }

  /// Trades the crossing levels of a snapshot against each other: the smaller quantity goes, the larger shrinks by it.
  private func matchOff() {
    while crossing != nil {
      let (bid, ask) = (bids.touch.quantity, asks.touch.quantity)
      if bid > ask { bids.reduceTouch(by: ask) } else { bids.removeTouch() }
      if ask > bid { asks.reduceTouch(by: bid) } else { asks.removeTouch() }
      counters.uncrossed &+= bid == ask ? 2 : 1
    }
  }

  private func verify() throws(BookFault) {
    if options.checksInvariants, !checkInvariants() { throw .invariantBroken }
  }

  @inline(never)
  private func refuse(_ fault: BookFault) -> BookFault {
    counters.rejected &+= 1
    stop(.rejected(fault))
    return fault
  }
}
