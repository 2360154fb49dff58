import MarketModel
import SeededNumbers
import Testing

/// Random use of limiter and queue against models that keep every request.
@Suite struct LimitPropertyTests {
  /// What one request did at the venue.
  struct Use {
    let weight: Int64
    let sent: Int64
    var ended: Int64?
    /// When the venue counted it: anywhere between.
    var counted: Int64 = 0
  }

  /// In any window of the interval the venue counts no more than the capacity, with replies that take any time and
  /// headers that say anything.
  @Test(arguments: 0..<60 as Range<UInt64>, [LimitKind.window, .tokens])
  func theVenueNeverCountsMoreThanTheLimit(seed: UInt64, kind: LimitKind) throws {
    var random = SplitMix(state: seed)
    let capacity = UInt32.random(in: 1...30, using: &random)
    let interval = [100, 1000, second, 1_000_003][Int.random(in: 0...3, using: &random)]
    let limit = RateLimit(
      bucket: 1, scope: .address, kind: kind, capacity: capacity, intervalNanoseconds: interval, usedHeader: "used")
    var gate = try Gate([limit], settings: RateLimiterSettings(marginPercent: 5))
    let usable = gate.limiter.settings.usable(capacity)
    let caller = LimitCaller(group: venue, address: 1)
    var uses: [RequestTicket: Use] = [:]
    var weights: [RequestTicket: Int64] = [:]
    var flying: [RequestTicket] = []
    var now: Int64 = 0
    for _ in 0..<600 {
      now += Int64.random(in: 0...(interval / 8), using: &random)
      switch Int.random(in: 0..<20, using: &random) {
      case 0..<9:
        let weight = UInt32.random(in: 1...UInt32(max(1, usable / 4)), using: &random)
        weights[try gate.submit(.query, [1: weight], at: now)] = Int64(weight)
      case 9..<19:
        guard !flying.isEmpty else { break }
        let ticket = flying.remove(at: Int.random(in: flying.indices, using: &random))
        let ended = gate.finish(ticket, Bool.random(using: &random) ? .answered : .unanswered, at: now)
        let sent = try #require(ended)
        uses[ticket]?.ended = now
        let moments = [sent, now, Int64.random(in: sent...now, using: &random)]
        uses[ticket]?.counted = moments[Int.random(in: 0...2, using: &random)]
      default:
        let used = UInt32.random(in: 0...(capacity + capacity / 4), using: &random)
        let sent = Int64.random(in: 0...now, using: &random)
        gate.limiter.correct(caller, header: "used", value: used, sent: sent, now: now)
      }
      for ticket in gate.next(now) {
        uses[ticket] = Use(weight: try #require(weights[ticket]), sent: now)
        flying.append(ticket)
      }
    }
    #expect(uses.count > 15)
    let counted = uses.values.filter { $0.ended != nil }.sorted { $0.counted < $1.counted }
    for (index, last) in counted.enumerated() {
      var sum: Int64 = 0
      for use in counted[...index].reversed() {
        switch kind {
        case .window:
          if use.counted > last.counted - interval { sum += use.weight }
          #expect(sum <= usable)
        case .tokens:
          sum += use.weight
          // What the bucket held, and what came back since.
          #expect((sum - usable) * interval <= (last.counted - use.counted) * usable)
        }
      }
    }
  }

  /// Limits that are declared again at any moment: what still counted under the old rule counts under the new one.
  @Test(arguments: 0..<60 as Range<UInt64>)
  func redeclaringForgetsNothing(seed: UInt64) throws {
    var random = SplitMix(state: seed &+ 1000)
    var interval: Int64 = 10_000
    var capacity: UInt32 = 20
    var gate = try Gate([window(1, capacity, per: interval)])
    var uses: [RequestTicket: Use] = [:]
    var weights: [RequestTicket: Int64] = [:]
    var left = 0
    var now: Int64 = 0
    for _ in 0..<800 {
      now += Int64.random(in: 0...800, using: &random)
      uses = uses.filter { $0.value.ended.map { $0 + interval > now } ?? true }
      switch Int.random(in: 0..<20, using: &random) {
      case 0..<9:
        let weight = UInt32.random(in: 1...5, using: &random)
        weights[try gate.submit(.query, [1: weight], at: now)] = Int64(weight)
      case 9..<19:
        let flying = uses.filter { $0.value.ended == nil }.keys
        guard let ticket = flying.min(by: { $0.rawValue < $1.rawValue }) else { break }
        gate.finish(ticket, at: now)
        uses[ticket]?.ended = now
      default:
        interval = Int64.random(in: 1000...30_000, using: &random)
        capacity = UInt32.random(in: 5...40, using: &random)
        try gate.limiter.declare(window(1, capacity, per: interval), group: venue, now: now)
        uses = uses.filter { $0.value.ended.map { $0 + interval > now } ?? true }
      }
      var counting = uses.values.reduce(0) { $0 + $1.weight }
      for ticket in gate.next(now) {
        let weight = try #require(weights[ticket])
        uses[ticket] = Use(weight: weight, sent: now)
        counting += weight
        #expect(counting <= Int64(capacity))
        left += 1
      }
    }
    #expect(left > 100)
  }

  /// Not only safe but also fast: the capacity is used up, but for 1/64 of the interval.
  @Test(arguments: [(1, second), (10, second), (100, 60 * second), (7, 1_000_003)] as [(UInt32, Int64)])
  func theCapacityIsUsed(capacity: UInt32, interval: Int64) throws {
    for limit in [window(1, capacity, per: interval), tokens(1, capacity, per: interval)] {
      var gate = try Gate([limit])
      var now: Int64 = 0
      var left = 0
      let end = 50 * interval
      while now < end {
        while gate.queue.waitingCount < 2 * Int(capacity) { try gate.submit(.query, [1: 1], at: now) }
        left += gate.pump(now)
        let again = try #require(gate.pass.lookAgain)
        #expect(again > now)
        now = again
      }
      let expected = Int(capacity) * 50
      #expect(left >= expected * 64 / 65 - Int(capacity))
      #expect(left <= expected + Int(capacity))
    }
  }
}
