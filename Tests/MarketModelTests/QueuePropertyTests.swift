import MarketModel
import SeededNumbers
import Testing

/// A random life of a queue; every request's fate is kept beside it.
@Suite struct QueuePropertyTests {
  enum Fate { case waiting, left, dropped, aborted }

  struct Known {
    let request: QueuedRequest
    let number: Int
    var fate = Fate.waiting

    /// The order of leaving among requests that wait, while nobody has lost patience.
    func goesBefore(_ other: Known) -> Bool {
      request.priority == other.request.priority
        ? number < other.number : request.priority < other.request.priority
    }

    func chargesLike(_ other: Known) -> Bool {
      request.priority == other.request.priority && request.isOrdered == other.request.isOrdered
        && Set(request.charges.map(\.bucket)) == Set(other.request.charges.map(\.bucket))
        && request.caller == other.request.caller
    }
  }

  struct Life {
    var gate: Gate
    var random: SplitMix
    var known: [RequestTicket: Known] = [:]
    var flying: Set<RequestTicket> = []
    var now: Int64 = 0

    mutating func submit() throws {
      let request = QueuedRequest(
        ticket: RequestTicket(UInt64(known.count + 1)),
        caller: LimitCaller(
          group: venue, address: UInt64.random(in: 1...2, using: &random),
          account: AccountID(UInt64.random(in: 1...2, using: &random)),
          stream: 1),
        priority: RequestPriority.allCases.randomElement(using: &random) ?? .bulk,
        charges: (1...4 as ClosedRange<UInt32>).filter { _ in Bool.random(using: &random) }
          .map { LimitCharge(bucket: $0, weight: UInt32.random(in: 1...6, using: &random)) },
        deadline: Bool.random(using: &random) ? .max : now + Int64.random(in: 1...(5 * second), using: &random),
        isOrdered: Int.random(in: 0..<4, using: &random) == 0)
      do {
        try gate.queue.submit(request, limiter: &gate.limiter, now: now)
        known[request.ticket] = Known(request: request, number: known.count)
      } catch QueueRefusal.full {
        #expect(gate.queue.waitingCount >= 48)
      }
    }

    /// Looks at the queue and checks all that holds for every look.
    mutating func look() throws {
      let before = gate
      let waiting = known.values.filter { $0.fate == .waiting }
      let leaving = gate.next(now)
      for ticket in leaving {
        let request = try #require(known[ticket])
        #expect(request.fate == .waiting, "nothing leaves twice, or after its end")
        #expect(request.request.deadline > now)
        known[ticket]?.fate = .left
        flying.insert(ticket)
      }
      for dropped in gate.pass.dropped {
        let request = try #require(known[dropped.ticket])
        #expect(request.fate == .waiting && request.request.deadline <= now && dropped.reason == .expired)
        known[dropped.ticket]?.fate = .dropped
      }
      for request in waiting where known[request.request.ticket]?.fate == .waiting {
        #expect(request.request.deadline > now, "what has expired is dropped at once")
      }
      let ordered = flying.compactMap { known[$0] }.filter(\.request.isOrdered).map(\.request.caller.account)
      #expect(Set(ordered).count == ordered.count)
      try checkPassing(before, waiting, Set(leaving))
    }

    /// What left although it comes after a request that stayed did not keep that one back.
    private func checkPassing(_ before: Gate, _ waiting: [Known], _ leaving: Set<RequestTicket>) throws {
      let stayed = waiting.filter { known[$0.request.ticket]?.fate == .waiting }
      for left in waiting where leaving.contains(left.request.ticket) {
        let passed = stayed.filter { $0.goesBefore(left) }
        #expect(!passed.contains { $0.chargesLike(left) }, "first in, first out")
        guard !passed.isEmpty else { continue }
        var without = before
        #expect(without.abort(left.request.ticket) == true)
        let others = without.next(now)
        for request in passed { #expect(!others.contains(request.request.ticket)) }
      }
    }
  }

  @Test(arguments: 0..<40 as Range<UInt64>)
  func everyRequestEndsOnceAndInOrder(seed: UInt64) throws {
    let limits = [
      window(1, 12), tokens(2, 8, per: 2 * second, scope: .account), window(3, 10, per: 3 * second, scope: .account),
      window(4, 9, scope: .stream),
    ]
    // Patience beyond the test: the order is then that of class and arrival.
    let settings = RequestQueueSettings(limit: 64, patienceNanoseconds: 1_000_000 * second)
    var life = Life(gate: try Gate(limits, queue: settings), random: SplitMix(state: seed))
    for _ in 0..<400 {
      life.now += Int64.random(in: 0...(second / 4), using: &life.random)
      switch Int.random(in: 0..<10, using: &life.random) {
      case 0..<5: try life.submit()
      case 5..<8:
        guard let ticket = life.flying.min(by: { $0.rawValue < $1.rawValue }) else { break }
        life.flying.remove(ticket)
        let outcomes: [RequestOutcome] = [.answered, .unanswered, .notSent, .limited(retryAfter: second)]
        life.gate.finish(ticket, outcomes.randomElement(using: &life.random) ?? .answered, at: life.now)
      case 8:
        guard !life.known.isEmpty else { break }
        let ticket = RequestTicket(UInt64.random(in: 1...UInt64(life.known.count), using: &life.random))
        let waits = life.known[ticket]?.fate == .waiting
        #expect(life.gate.abort(ticket) == waits)
        if waits { life.known[ticket]?.fate = .aborted }
      default: break
      }
      try life.look()
      #expect(life.gate.queue.waitingCount == life.known.values.count { $0.fate == .waiting })
      #expect(life.gate.queue.inFlightCount == life.flying.count)
    }
    try drain(&life)
  }

  /// With replies that come and nothing new, following `lookAgain` empties the queue.
  private func drain(_ life: inout Life) throws {
    var looks = 0
    while life.gate.queue.waitingCount > 0 {
      looks += 1
      try #require(looks < 10_000)
      for ticket in life.flying { life.gate.finish(ticket, at: life.now) }
      let hadReplies = !life.flying.isEmpty
      life.flying = []
      try life.look()
      if life.flying.isEmpty, life.gate.queue.waitingCount > 0, !hadReplies {
        let again = try #require(life.gate.pass.lookAgain, "somebody must know how it goes on")
        #expect(again > life.now)
        life.now = max(again, life.now + 1)
      }
    }
    for ticket in life.flying { life.gate.finish(ticket, at: life.now) }
    #expect(!life.known.values.contains { $0.fate == .waiting })
    life.now += 1000 * second
    #expect(life.gate.limiter.status(life.now).allSatisfy { $0.used == 0 && $0.inFlight == 0 })
  }

  /// Whoever lets requests leave at once comes to the same as by `submit` and a look: who leaves, who waits, and what
  /// the limits count.
  @Test(arguments: [1, 2, 3, 4, 5, 6]) func leavingAtOnceIsTheSame(seed: UInt64) throws {
    var random = SplitMix(state: seed)
    let limits = [window(1, 20), tokens(2, 12), window(3, 9, scope: .account), window(4, 7, scope: .stream)]
    var (slow, quick) = (try Gate(limits), try Gate(limits))
    var flying: [RequestTicket] = []
    var (now, atOnce): (Int64, Int) = (0, 0)
    for step in 0..<3000 {
      now += Int64.random(in: 0...(second / 3), using: &random)
      let request = QueuedRequest(
        ticket: RequestTicket(UInt64(step + 1)),
        caller: LimitCaller(
          group: venue, address: 1, account: AccountID(UInt64.random(in: 1...2, using: &random)), stream: 1),
        priority: RequestPriority.allCases.randomElement(using: &random) ?? .bulk,
        charges: (1...4 as ClosedRange<UInt32>).filter { _ in Bool.random(using: &random) }
          .map { LimitCharge(bucket: $0, weight: UInt32.random(in: 1...3, using: &random)) },
        deadline: Bool.random(using: &random) ? .max : now + second, isOrdered: Bool.random(using: &random))
      try slow.queue.submit(request, limiter: &slow.limiter, now: now)
      let hasLeft = try quick.queue.leaveOrSubmit(request, limiter: &quick.limiter, now: now)
      atOnce += hasLeft ? 1 : 0
      let leaving = slow.next(now)
      #expect((hasLeft ? [request.ticket] : []) + quick.next(now) == leaving, "\(seed) \(step)")
      #expect(slow.pass.dropped.map(\.ticket) == quick.pass.dropped.map(\.ticket))
      flying += leaving
      while let ticket = flying.first, Int.random(in: 0..<3, using: &random) > 0 {
        flying.removeFirst()
        let outcomes: [RequestOutcome] = [.answered, .unanswered, .notSent, .limited(retryAfter: second / 4)]
        let outcome = outcomes[Int.random(in: 0..<50, using: &random) == 0 ? 3 : step % 3]
        #expect(slow.finish(ticket, outcome, at: now) == quick.finish(ticket, outcome, at: now))
      }
      if step % 500 == 499 {
        for bucket in [1, 2, 3, 4] as [UInt32] { #expect(slow.used(bucket, at: now) == quick.used(bucket, at: now)) }
        // Other limits, other buckets: nothing of the old ones is remembered.
        let limit = window(1, UInt32(18 + step / 500))
        try slow.limiter.declare(limit, group: venue, now: now)
        try quick.limiter.declare(limit, group: venue, now: now)
      }
    }
    #expect(atOnce > 200 && atOnce < 2950)
  }
}
