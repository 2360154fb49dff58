import MarketModel

let millisecond: Int64 = 1_000_000
let second: Int64 = 1_000_000_000
let venue = HostGroup(1)

/// A queue and its limiter, with the little that tests need around them.
struct Gate {
  var limiter: RateLimiter
  var queue: RequestQueue
  var pass = QueuePass()
  private var tickets: UInt64 = 0

  init(
    _ limits: [RateLimit] = [], settings: RateLimiterSettings = RateLimiterSettings(marginPercent: 0),
    queue: RequestQueueSettings = RequestQueueSettings()
  ) throws {
    limiter = RateLimiter(settings: settings)
    self.queue = RequestQueue(settings: queue)
    for limit in limits { try limiter.declare(limit, group: venue, now: 0) }
  }

  @discardableResult
  mutating func submit(
    _ priority: RequestPriority = .query, _ charges: [UInt32: UInt32] = [:], account: UInt64? = nil,
    stream: UInt64? = nil, group: HostGroup = venue, address: UInt64 = 1, deadline: Int64 = .max,
    ordered: Bool = false, at now: Int64
  ) throws -> RequestTicket {
    tickets += 1
    let caller = LimitCaller(
      group: group, address: address, account: account.map { AccountID($0) }, stream: stream)
    try queue.submit(
      QueuedRequest(
        ticket: RequestTicket(tickets), caller: caller, priority: priority,
        charges: charges.map { LimitCharge(bucket: $0.key, weight: $0.value) }, deadline: deadline,
        isOrdered: ordered),
      limiter: &limiter, now: now)
    return RequestTicket(tickets)
  }

  mutating func next(_ now: Int64) -> [RequestTicket] {
    queue.next(&pass, limiter: &limiter, now: now)
    return pass.leaving
  }

  @discardableResult
  mutating func finish(_ ticket: RequestTicket, _ outcome: RequestOutcome = .answered, at now: Int64) -> Int64? {
    queue.finish(ticket, as: outcome, limiter: &limiter, now: now)
  }

  mutating func abort(_ ticket: RequestTicket) -> Bool { queue.abort(ticket, limiter: &limiter) }

  /// Everything that leaves now is answered at once; how many that were.
  mutating func pump(_ now: Int64) -> Int {
    var count = 0
    while case let leaving = next(now), !leaving.isEmpty {
      count += leaving.count
      for ticket in leaving { finish(ticket, at: now) }
    }
    return count
  }

  mutating func used(_ bucket: UInt32, at now: Int64) -> Int64? {
    limiter.status(now).first { $0.bucket == bucket }?.used
  }
}

func window(
  _ bucket: UInt32, _ capacity: UInt32, per interval: Int64 = second, scope: LimitScope = .address, header: String = ""
) -> RateLimit {
  RateLimit(
    bucket: bucket, scope: scope, kind: .window, capacity: capacity, intervalNanoseconds: interval, usedHeader: header)
}

func tokens(
  _ bucket: UInt32, _ capacity: UInt32, per interval: Int64 = second, scope: LimitScope = .address
) -> RateLimit {
  RateLimit(bucket: bucket, scope: scope, kind: .tokens, capacity: capacity, intervalNanoseconds: interval)
}
