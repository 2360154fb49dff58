import MarketModel
import Testing

@Suite struct RateLimiterTests {
  @Test func aWindowGivesItsCapacityAndThenWaits() throws {
    var gate = try Gate([window(1, 3)])
    for _ in 0..<5 { try gate.submit(.query, [1: 1], at: 0) }
    #expect(gate.pump(0) == 3)
    let again = try #require(gate.pass.lookAgain)
    #expect(again >= second && again <= second + second / 64 + 64)
    #expect(gate.next(second - 1) == [])
    #expect(gate.pump(again) == 2)
    #expect(gate.queue.waitingCount == 0)
  }

  @Test func aTokenBucketFillsEvenly() throws {
    var gate = try Gate([tokens(1, 4)])
    for _ in 0..<6 { try gate.submit(.query, [1: 1], at: 0) }
    #expect(gate.pump(0) == 4)
    #expect(gate.pass.lookAgain == second / 4)
    #expect(gate.pump(second / 4 - 1) == 0)
    #expect(gate.pump(second / 4) == 1)
    #expect(gate.pump(second / 2) == 1)
  }

  @Test func aTokenIsBackWhenAllOfItIs() throws {
    var gate = try Gate([tokens(1, 3, per: 100)])
    for _ in 0..<4 { try gate.submit(.query, [1: 1], at: 0) }
    #expect(gate.pump(0) == 3)
    #expect(gate.pass.lookAgain == 34)
    #expect(gate.pump(33) == 0)
    #expect(gate.pump(34) == 1)
  }

  @Test func aRequestNeedsRoomInAllItsBuckets() throws {
    var gate = try Gate([window(1, 100), window(2, 1)])
    try gate.submit(.query, [1: 40, 2: 1], at: 0)
    try gate.submit(.query, [1: 40, 2: 1], at: 0)
    #expect(gate.pump(0) == 1)
    #expect(gate.used(1, at: 0) == 40)
  }

  @Test(arguments: [(100, 5, 6000, 5700), (50, 5, 6000, 2850), (1, 5, 20, 1), (100, 5, 1, 1), (33, 0, 100, 33)])
  func shareAndMarginRoundDownButLeaveOne(share: Int, margin: Int, capacity: UInt32, usable: Int64) {
    #expect(RateLimiterSettings(sharePercent: share, marginPercent: margin).usable(capacity) == usable)
  }

  @Test func whatIsInFlightDoesNotRecover() throws {
    var gate = try Gate([window(1, 1), tokens(2, 1)])
    for bucket: UInt32 in [1, 2] {
      try gate.submit(.query, [bucket: 1], at: 0)
      try gate.submit(.query, [bucket: 1], at: 0)
    }
    let leaving = gate.next(0)
    #expect(leaving.count == 2)
    #expect(gate.next(10 * second) == [])
    // It may have been counted just before the reply: the interval begins there.
    for ticket in leaving { gate.finish(ticket, at: 10 * second) }
    #expect(gate.next(11 * second - 1) == [])
    #expect(gate.next(11 * second + second / 32).count == 2)
  }

  @Test func whatWasNotSentGivesItsWeightBack() throws {
    var gate = try Gate([window(1, 1), tokens(2, 1)])
    let first = try gate.submit(.query, [1: 1, 2: 1], at: 0)
    let other = try gate.submit(.query, [1: 1, 2: 1], at: 0)
    #expect(gate.next(0) == [first])
    gate.finish(first, .notSent, at: 0)
    #expect(gate.next(0) == [other])
  }

  @Test func bucketsAreSharedByTheirScope() throws {
    var gate = try Gate([
      window(1, 1, scope: .address), window(2, 1, scope: .account), window(3, 1, scope: .stream),
    ])
    try gate.limiter.declare(window(1, 1), group: HostGroup(2), now: 0)
    try gate.submit(.query, [1: 1], at: 0)
    try gate.submit(.query, [1: 1], account: 5, at: 0)
    #expect(gate.pump(0) == 1, "one address")
    try gate.submit(.query, [1: 1], address: 2, at: 0)
    #expect(gate.pump(0) == 1, "another address")
    try gate.submit(.query, [1: 1], group: HostGroup(2), at: 0)
    #expect(gate.pump(0) == 1, "another venue")
    for account: UInt64 in [7, 7, 8] { try gate.submit(.query, [2: 1], account: account, at: 0) }
    #expect(gate.pump(0) == 2)
    for stream: UInt64 in [7, 7, 8] { try gate.submit(.query, [3: 1], stream: stream, at: 0) }
    #expect(gate.pump(0) == 2)
  }

  @Test func mistakesAreRefusedByName() throws {
    var gate = try Gate(
      [window(1, 10), window(2, 10, scope: .account)] + (10..<18).map { window($0, 5) })
    #expect(throws: QueueRefusal.limit(.undeclared(bucket: 9))) { try gate.submit(.query, [9: 1], at: 0) }
    #expect(throws: QueueRefusal.limit(.ownerMissing(bucket: 2, scope: .account))) {
      try gate.submit(.query, [2: 1], at: 0)
    }
    #expect(throws: QueueRefusal.limit(.tooHeavy(bucket: 1, weight: 11, capacity: 10))) {
      try gate.submit(.query, [1: 11], at: 0)
    }
    #expect(throws: QueueRefusal.limit(.tooManyCharges(limit: 7))) {
      try gate.submit(.query, Dictionary(uniqueKeysWithValues: (10..<18).map { ($0, 1) }), at: 0)
    }
    #expect(throws: QueueRefusal.orderedWithoutAccount) { try gate.submit(ordered: true, at: 0) }
    #expect(throws: RateLimitFault.noCapacity(bucket: 1)) {
      try gate.limiter.declare(window(1, 0), group: venue, now: 0)
    }
    #expect(throws: RateLimitFault.intervalOutOfRange(bucket: 1, nanoseconds: 0)) {
      try gate.limiter.declare(window(1, 1, per: 0), group: venue, now: 0)
    }
    #expect(gate.queue.waitingCount == 0)
    // A refused request leaves nothing behind.
    #expect(gate.limiter.status(0).allSatisfy { $0.used == 0 })
  }

  @Test func aBucketChargedTwiceIsChargedTheSum() throws {
    var gate = try Gate([window(1, 3)])
    let caller = LimitCaller(group: venue, address: 1)
    let twice = [LimitCharge(bucket: 1, weight: 1), LimitCharge(bucket: 1, weight: 2)]
    try gate.queue.submit(
      QueuedRequest(ticket: RequestTicket(900), caller: caller, priority: .query, charges: twice),
      limiter: &gate.limiter, now: 0)
    #expect(gate.next(0).count == 1)
    #expect(gate.used(1, at: 0) == 3)
  }

  // MARK: Declaring again

  @Test func aNewDeclarationKeepsWhatIsUsed() throws {
    var gate = try Gate([window(1, 10)])
    for _ in 0..<10 { try gate.submit(.query, [1: 1], at: 0) }
    #expect(gate.pump(0) == 10)
    try gate.limiter.declare(window(1, 12), group: venue, now: 0)
    for _ in 0..<5 { try gate.submit(.query, [1: 1], at: 0) }
    #expect(gate.pump(0) == 2)
    try gate.limiter.declare(tokens(1, 24), group: venue, now: 0)
    #expect(gate.used(1, at: 0) == 12)
    #expect(gate.pump(0) == 3)
    try gate.limiter.declare(window(1, 15, per: 60 * second), group: venue, now: 0)
    #expect(gate.used(1, at: 0) == 15)
    try gate.submit(.query, [1: 1], at: 0)
    #expect(gate.pump(59 * second) == 0)
    #expect(gate.pump(61 * second) == 1)
  }

  @Test func aWaitingRequestThatNoLongerFitsIsDropped() throws {
    var gate = try Gate([window(1, 10)])
    try gate.submit(.query, [1: 10], at: 0)
    #expect(gate.pump(0) == 1)
    let heavy = try gate.submit(.query, [1: 9], at: 0)
    try gate.limiter.declare(window(1, 8), group: venue, now: 0)
    #expect(gate.next(0) == [])
    #expect(
      gate.pass.dropped == [
        DroppedRequest(ticket: heavy, reason: .limit(.tooHeavy(bucket: 1, weight: 9, capacity: 8)))
      ])
  }

  // MARK: Replies

  @Test func aHeaderRaisesButNeverForgetsOwnUse() throws {
    var gate = try Gate([window(1, 100, header: "used-1m")])
    let caller = LimitCaller(group: venue, address: 1)
    try gate.submit(.query, [1: 30], at: 0)
    try gate.submit(.query, [1: 20], at: 0)
    let leaving = gate.next(0)
    gate.finish(leaving[0], at: 10)
    gate.limiter.correct(caller, header: "used-1m", value: 80, sent: 0, now: 10)
    #expect(gate.used(1, at: 10) == 80)
    gate.limiter.correct(caller, header: "used-1m", value: 3, sent: 0, now: 11)
    #expect(gate.used(1, at: 11) == 50, "30 settled and 20 in flight")
    gate.limiter.correct(caller, header: "another", value: 99, sent: 0, now: 11)
    #expect(gate.used(1, at: 11) == 50)
  }

  @Test func aHeaderMayTellWhatIsLeft() throws {
    var limit = window(1, 100)
    limit.remainingHeader = "left"
    var gate = try Gate([limit])
    let caller = LimitCaller(group: venue, address: 1)
    gate.limiter.correct(caller, header: "left", value: 30, sent: 0, now: 10)
    #expect(gate.used(1, at: 10) == 70)
    gate.limiter.correct(caller, header: "left", value: 4_000_000_000, sent: 20, now: 21)
    #expect(gate.used(1, at: 21) == 0, "more than there is")
    gate.limiter.correct(caller, header: "", value: 1, sent: 30, now: 31)
    #expect(gate.used(1, at: 31) == 0, "a header without a name")
  }

  @Test func aReadingThatIsOlderThanTheNewestOnlyRaises() throws {
    var gate = try Gate([window(1, 100, header: "used")])
    let caller = LimitCaller(group: venue, address: 1)
    gate.limiter.correct(caller, header: "used", value: 70, sent: 50, now: 60)
    gate.limiter.correct(caller, header: "used", value: 10, sent: 40, now: 61)
    #expect(gate.used(1, at: 61) == 70)
    gate.limiter.correct(caller, header: "used", value: 90, sent: 40, now: 62)
    #expect(gate.used(1, at: 62) == 90)
    gate.limiter.correct(caller, header: "used", value: 10, sent: 55, now: 63)
    #expect(gate.used(1, at: 63) == 10)
    #expect(gate.used(1, at: 63 + second) == 0, "what others used is over after an interval")
  }

  @Test func tooManyRequestsStopsTheBucketsOfThatRequest() throws {
    var gate = try Gate([window(1, 100), window(2, 100)])
    let first = try gate.submit(.query, [1: 1], at: 0)
    #expect(gate.next(0) == [first])
    gate.finish(first, .limited(retryAfter: 7 * second), at: 0)
    try gate.submit(.query, [1: 1], at: 0)
    let cancel = try gate.submit(.cancel, [2: 1], at: 0)
    #expect(gate.next(0) == [cancel])
    #expect(gate.pass.lookAgain == 7 * second)
    #expect(gate.limiter.status(0).first { $0.bucket == 1 }?.heldUntil == 7 * second)
    #expect(gate.next(7 * second).count == 1)
  }

  @Test func aBanClosesTheWholeVenueForTheAddress() throws {
    var gate = try Gate([window(1, 100), window(2, 100)])
    let first = try gate.submit(.query, [1: 1], at: 0)
    #expect(gate.next(0) == [first])
    gate.finish(first, .banned(retryAfter: 120 * second), at: 0)
    try gate.submit(.cancel, [2: 1], at: 0)
    try gate.submit(.cancel, at: 0)
    #expect(gate.next(119 * second) == [])
    #expect(gate.pass.lookAgain == 120 * second)
    let elsewhere = try gate.submit(.bulk, [2: 1], address: 2, at: 119 * second)
    #expect(gate.next(119 * second) == [elsewhere])
    #expect(gate.next(120 * second).count == 2)
  }

  @Test func holdsWithoutAWordFromTheVenueDouble() throws {
    var gate = try Gate([window(1, 100)])
    var now: Int64 = 0
    for expected: Int64 in [1, 2, 4] {
      let ticket = try gate.submit(.query, [1: 1], at: now)
      #expect(gate.next(now) == [ticket])
      gate.finish(ticket, .limited(retryAfter: nil), at: now)
      #expect(gate.limiter.status(now).first { $0.bucket == 1 }?.heldUntil == now + expected * second)
      now += expected * second
    }
    let fine = try gate.submit(.query, [1: 1], at: now)
    #expect(gate.next(now) == [fine])
    gate.finish(fine, .answered, at: now)
    let ticket = try gate.submit(.query, [1: 1], at: now)
    #expect(gate.next(now) == [ticket])
    gate.finish(ticket, .limited(retryAfter: nil), at: now)
    #expect(gate.limiter.status(now).first { $0.bucket == 1 }?.heldUntil == now + second)
  }

  @Test func aHoldIsNeverShortenedAndNeverEndless() throws {
    var gate = try Gate([window(1, 100)])
    for _ in 0..<3 { try gate.submit(.query, [1: 1], at: 0) }
    let leaving = gate.next(0)
    gate.finish(leaving[0], .limited(retryAfter: 50), at: 0)
    gate.finish(leaving[1], .limited(retryAfter: 10), at: 0)
    #expect(gate.limiter.status(0).first { $0.bucket == 1 }?.heldUntil == 50)
    gate.finish(leaving[2], .banned(retryAfter: .max), at: 0)
    #expect(gate.limiter.status(0).first { $0.bucket == nil }?.heldUntil == 3 * 86_400 * second)
  }

  // MARK: Bounds

  @Test func closedStreamsAndIdleBucketsMakeRoom() throws {
    // A door, and three buckets.
    var gate = try Gate(
      [window(1, 1, scope: .stream)], settings: RateLimiterSettings(marginPercent: 0, bucketLimit: 4))
    for stream: UInt64 in 1...3 { try gate.submit(.query, [1: 1], stream: stream, at: 0) }
    #expect(throws: QueueRefusal.limit(.tooManyBuckets(limit: 4))) {
      try gate.submit(.query, [1: 1], stream: 4, at: 0)
    }
    let leaving = gate.next(0)
    gate.limiter.close(stream: 1)
    try gate.submit(.query, [1: 1], stream: 4, at: 0)
    for ticket in leaving { gate.finish(ticket, .unanswered, at: 0) }
    #expect(gate.pump(0) == 1)
    // Two are used for a while yet; then they are idle and go by themselves.
    try gate.submit(.query, [1: 1], stream: 5, at: 3 * second)
    #expect(gate.pump(3 * second) == 1)
    #expect(gate.limiter.status(3 * second).count <= 4)
  }
}
