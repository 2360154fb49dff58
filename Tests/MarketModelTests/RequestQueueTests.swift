import MarketModel
import Testing

@Suite struct RequestQueueTests {
  @Test func urgentFirstAndFirstInFirstOut() throws {
    var gate = try Gate([window(1, 100)])
    let bulk = try gate.submit(.bulk, [1: 1], at: 0)
    let query = try gate.submit(.query, [1: 1], at: 0)
    let order = try gate.submit(.order, [1: 1], at: 0)
    let order2 = try gate.submit(.order, [1: 2], at: 0)
    let cancel = try gate.submit(.cancel, at: 0)
    let query2 = try gate.submit(.query, at: 0)
    #expect(gate.next(0) == [cancel, order, order2, query, query2, bulk])
    #expect(gate.next(0) == [])
  }

  @Test func aLaterRequestPassesWhenItsBucketsAreFree() throws {
    var gate = try Gate([window(1, 1), window(2, 1)])
    try gate.submit(.order, [1: 1], at: 0)
    #expect(gate.pump(0) == 1)
    try gate.submit(.order, [1: 1], at: 0)
    let free = try gate.submit(.bulk, [2: 1], at: 0)
    let bare = try gate.submit(.bulk, at: 0)
    #expect(gate.next(0) == [free, bare])
  }

  @Test func aCancelWaitsForItsOwnBucketsOnly() throws {
    var gate = try Gate([window(1, 10), window(2, 1)])
    try gate.submit(.order, [2: 1], at: 0)
    #expect(gate.pump(0) == 1)
    try gate.submit(.order, [1: 1, 2: 1], at: 0)
    let cancel = try gate.submit(.cancel, [1: 10], at: 0)
    #expect(gate.next(0) == [cancel])
    try gate.submit(.cancel, [1: 1], at: 0)
    #expect(gate.next(0) == [], "no room is no room, for cancels too")
  }

  @Test func questionsLeaveAPartToTrading() throws {
    let settings = RateLimiterSettings(marginPercent: 0, tradePercent: 20)
    var gate = try Gate([window(1, 100)], settings: settings)
    for _ in 0..<100 { try gate.submit(.query, [1: 1], at: 0) }
    #expect(gate.pump(0) == 80)
    let order = try gate.submit(.order, [1: 1], at: 0)
    let cancel = try gate.submit(.cancel, [1: 19], at: 0)
    #expect(gate.next(0) == [cancel, order])
    let more = try gate.submit(.cancel, [1: 1], at: 0)
    #expect(gate.next(0) == [], "no more than the whole")
    #expect(gate.abort(more) == true)
  }

  /// A depth snapshot may weigh more than what is left.
  @Test func aWeightOfNearlyAllIsNotKeptOut() throws {
    let settings = RateLimiterSettings(marginPercent: 0, tradePercent: 20)
    var gate = try Gate([window(1, 100)], settings: settings)
    let heavy = try gate.submit(.query, [1: 95], at: 0)
    #expect(gate.next(0) == [heavy])
  }

  @Test func whatIsLeftToTradingStarvesNobody() throws {
    let settings = RateLimiterSettings(marginPercent: 0, tradePercent: 20)
    var gate = try Gate([window(1, 10)], settings: settings)
    let query = try gate.submit(.query, [1: 1], at: 0)
    var now: Int64 = 0
    // Orders that use all of it, always.
    while now < 60 * second {
      for _ in 0..<10 { try gate.submit(.order, [1: 1], at: now) }
      let leaving = gate.next(now)
      for ticket in leaving { gate.finish(ticket, at: now) }
      if leaving.contains(query) { break }
      now += second
    }
    #expect(now >= 5 * second && now <= 21 * second, "\(now)")
  }

  /// The queue says when it is worth looking again.
  @Test func aQuestionIsLookedAtWhenTheRestRecovers() throws {
    let settings = RateLimiterSettings(marginPercent: 0, tradePercent: 20)
    var gate = try Gate([window(1, 10, per: 60 * second)], settings: settings)
    for _ in 0..<8 { try gate.submit(.query, [1: 1], at: 0) }
    #expect(gate.pump(0) == 8)
    let query = try gate.submit(.query, [1: 1], at: 0)
    var now: Int64 = 0
    while now < 70 * second {
      if gate.next(now) == [query] { break }
      now = try #require(gate.pass.lookAgain)
    }
    #expect(now == 20 * second, "it has waited long enough to use the rest")
  }

  @Test func passingNeverTakesWhatAnEarlierOneNeeds() throws {
    // The order waits for bucket 2 and needs 5 of bucket 1, where 9 are free: 4 may go.
    var gate = try Gate([window(1, 9), window(2, 1)])
    try gate.submit(.order, [2: 1], at: 0)
    #expect(gate.pump(0) == 1)
    let order = try gate.submit(.order, [1: 5, 2: 1], at: 0)
    let tooMuch = try gate.submit(.query, [1: 5], at: 0)
    #expect(gate.next(0) == [])
    #expect(gate.abort(tooMuch) == true)
    let fits = try gate.submit(.query, [1: 4], at: 0)
    #expect(gate.next(0) == [fits])
    #expect(gate.next(second + second / 32) == [order])
  }

  @Test func aHeavyRequestIsNotStarvedByLightOnes() throws {
    var gate = try Gate([window(1, 10)])
    for _ in 0..<10 { try gate.submit(.query, [1: 1], at: 0) }
    #expect(gate.pump(0) == 10)
    let heavy = try gate.submit(.query, [1: 10], at: 0)
    var now: Int64 = 0
    while now < 2 * second, !gate.next(now).contains(heavy) {
      now += 10 * millisecond
      try gate.submit(.query, [1: 1], at: now)
    }
    #expect(now < second + second / 32)
  }

  @Test func patienceRaisesAClassButNotAboveOrders() throws {
    var gate = try Gate([window(1, 1)], queue: RequestQueueSettings(patienceNanoseconds: 10 * second))
    try gate.submit(.query, [1: 1], at: 0)
    #expect(gate.pump(0) == 1)
    let bulk = try gate.submit(.bulk, [1: 1], at: 0)
    // An order always waits; each is younger than the bulk request.
    var now: Int64 = 0
    var left: Int64?
    while left == nil, now < 60 * second {
      if now.isMultiple(of: second / 2) { try gate.submit(.order, [1: 1], at: now) }
      if now > 15 * second, now.isMultiple(of: 2 * second) { try gate.submit(.cancel, [1: 1], at: now) }
      for ticket in gate.next(now) {
        if ticket == bulk { left = now }
        gate.finish(ticket, at: now)
      }
      now += second / 10
    }
    let time = try #require(left)
    #expect(time >= 20 * second && time < 24 * second)
  }

  @Test func lookAgainTellsOfARise() throws {
    var gate = try Gate([window(1, 10), window(2, 1)])
    try gate.submit(.order, [2: 1], at: 0)
    #expect(gate.pump(0) == 1)
    // Bucket 2 is held back for an hour; its order sets all of bucket 1 aside.
    try gate.limiter.declare(window(2, 1, per: 3600 * second), group: venue, now: 0)
    try gate.submit(.order, [1: 10, 2: 1], at: second)
    let query = try gate.submit(.query, [1: 1], at: 0)
    #expect(gate.next(second) == [])
    #expect(gate.pass.lookAgain == 6 * second)
    #expect(gate.next(6 * second) == [], "younger than the order")
    #expect(gate.abort(query) == true)
  }

  // MARK: Deadlines

  @Test func whatExpiresInTheQueueIsNeverSent() throws {
    var gate = try Gate([window(1, 1)])
    try gate.submit(.query, [1: 1], at: 0)
    #expect(gate.pump(0) == 1)
    let late = try gate.submit(.cancel, [1: 1], deadline: second / 2, at: 0)
    let patient = try gate.submit(.query, [1: 1], deadline: 5 * second, at: 0)
    #expect(gate.next(0) == [])
    #expect(gate.pass.lookAgain == second / 2)
    #expect(gate.next(second / 2 - 1) == [] && gate.pass.dropped.isEmpty)
    #expect(gate.next(second / 2) == [])
    #expect(gate.pass.dropped == [DroppedRequest(ticket: late, reason: .expired)])
    #expect(gate.next(2 * second) == [patient])
    #expect(throws: QueueRefusal.expired) { try gate.submit(deadline: 2 * second, at: 2 * second) }
    #expect(throws: QueueRefusal.expired) { try gate.submit(deadline: 2 * second, at: 0) }
  }

  @Test func anExpiredRequestIsNotSentThoughThereIsRoom() throws {
    var gate = try Gate()
    let ticket = try gate.submit(deadline: 5, at: 0)
    #expect(gate.next(5) == [])
    #expect(gate.pass.dropped.map(\.ticket) == [ticket])
  }

  // MARK: Ordered

  @Test func orderedRequestsLeaveOneAtATimePerAccount() throws {
    var gate = try Gate()
    let first = try gate.submit(.order, account: 1, ordered: true, at: 0)
    let second = try gate.submit(.order, account: 1, ordered: true, at: 0)
    let other = try gate.submit(.order, account: 2, ordered: true, at: 0)
    let free = try gate.submit(.order, account: 1, at: 0)
    #expect(gate.next(0) == [first, other, free])
    #expect(gate.pass.lookAgain == nil)
    let cancel = try gate.submit(.cancel, account: 1, ordered: true, at: 1)
    #expect(gate.next(1) == [])
    gate.finish(free, at: 2)
    #expect(gate.next(2) == [], "it was not ordered")
    gate.finish(first, .unanswered, at: 3)
    #expect(gate.next(3) == [cancel])
    gate.finish(cancel, at: 4)
    #expect(gate.next(4) == [second])
  }

  // MARK: Ends

  @Test func abortingAndFinishingAreOnce() throws {
    var gate = try Gate([window(1, 1)])
    let first = try gate.submit(.query, [1: 1], at: 0)
    let second = try gate.submit(.query, [1: 1], at: 0)
    #expect(gate.next(7) == [first])
    #expect(gate.abort(first) == false, "it has left")
    #expect(gate.abort(second) == true)
    #expect(gate.abort(second) == false)
    #expect(gate.finish(second, at: 8) == nil)
    #expect(gate.finish(first, at: 8) == 7)
    #expect(gate.finish(first, at: 9) == nil)
    #expect(gate.used(1, at: 9) == 1)
  }

  @Test func manyAbortsLeaveTheOthersInOrder() throws {
    var gate = try Gate([window(1, 1)])
    try gate.submit(.query, [1: 1], at: 0)
    #expect(gate.pump(0) == 1)
    // All in one line; one of ten stays, and of these the second half expires, last come first.
    var kept: [RequestTicket] = []
    for round in 0..<1000 {
      let deadline = round < 500 ? 3_000 * second : (1_500 - Int64(round)) * second / 1000
      let ticket = try gate.submit(.query, [1: 1], deadline: deadline, at: 0)
      if round.isMultiple(of: 10) { kept.append(ticket) } else { #expect(gate.abort(ticket) == true) }
    }
    #expect(gate.queue.waitingCount == 100)
    #expect(gate.next(0) == [])
    var expired: [RequestTicket] = []
    while let again = gate.pass.lookAgain, again <= second {
      #expect(gate.next(again) == [])
      expired += gate.pass.dropped.map(\.ticket)
    }
    #expect(expired == kept[50...].reversed())
    var left: [RequestTicket] = []
    while let again = gate.pass.lookAgain {
      left += gate.next(again)
      for ticket in gate.pass.leaving { gate.finish(ticket, at: again) }
      if !gate.pass.leaving.isEmpty { _ = gate.next(again) }
    }
    #expect(left == Array(kept[..<50]))
  }

  @Test func aTicketIsUsedOnce() throws {
    var gate = try Gate([window(1, 1)])
    let request = QueuedRequest(
      ticket: RequestTicket(1), caller: LimitCaller(group: venue, address: 1), priority: .order)
    try gate.queue.submit(request, limiter: &gate.limiter, now: 0)
    #expect(throws: QueueRefusal.knownTicket) { try gate.queue.submit(request, limiter: &gate.limiter, now: 0) }
    #expect(gate.next(0).count == 1)
    #expect(throws: QueueRefusal.knownTicket) { try gate.queue.submit(request, limiter: &gate.limiter, now: 0) }
  }

  @Test func aFullQueueKeepsPlacesForOrdersAndCancels() throws {
    var gate = try Gate([window(1, 1)], queue: RequestQueueSettings(limit: 16))
    for _ in 0..<12 { try gate.submit(.bulk, at: 0) }
    #expect(throws: QueueRefusal.full(waiting: 12)) { try gate.submit(.query, at: 0) }
    for _ in 0..<2 { try gate.submit(.order, at: 0) }
    #expect(throws: QueueRefusal.full(waiting: 14)) { try gate.submit(.order, at: 0) }
    for _ in 0..<2 { try gate.submit(.cancel, at: 0) }
    #expect(throws: QueueRefusal.full(waiting: 16)) { try gate.submit(.cancel, at: 0) }
    #expect(gate.next(0).count == 16)
  }

  @Test func aClockThatGoesBackChangesNothing() throws {
    var gate = try Gate([window(1, 1)])
    try gate.submit(.query, [1: 1], at: 5 * second)
    try gate.submit(.query, [1: 1], at: 0)
    #expect(gate.pump(5 * second) == 1)
    #expect(gate.pump(0) == 0)
    #expect(gate.pump(6 * second + second / 32) == 1)
  }
}
