/// Requests that wait for the rate limiter, and those that have left and are not answered yet.
///
/// **Order.** Cancels go before orders, orders before queries, queries before bulk; inside a class the oldest goes
/// first. Going through the waiting requests in that order, each one either leaves or sets its weight aside in each of
/// its buckets, and a later one leaves only with room beyond what is set aside. So a request passes another exactly
/// when that does not delay it: different buckets never block each other, light requests cannot starve a heavy one, and
/// a cancel waits for its own buckets alone. Of requests that charge the same buckets, only the first sets its weight
/// aside.
///
/// **No starvation.** A request that has waited for `patience` counts as one class higher, up to order, as if it had
/// come in there when it was submitted. So all but cancels are served in the end in the order in which they came;
/// nothing but cancels can hold a request back for ever, and cancels are as many as orders that were placed.
///
/// **Left for trading.** Queries and bulk leave the part `RateLimiterSettings.tradePercent` of a bucket to cancels and
/// orders, until one has waited for four times its patience. A weight of more than the rest may use all of the bucket.
///
/// **Ordered requests** leave one at a time per account; those that are not ordered pass them. The turn is not set
/// aside: an ordered request whose buckets are full may find that another took the turn, and waits for that one's end.
///
/// **Every request ends once**: refused by `submit`, dropped by a pass, aborted, or leaving. A deadline that passes
/// in the queue drops the request, which was then never sent. The queue is bounded, see `RequestQueueSettings`.
///
/// After `submit`, `finish`, `abort` and a new declaration call `next`, and again when it says. All buckets that a
/// queue's requests charge belong to one limiter; several queues may share it, but each knows only its own priorities.
/// Not synchronised.
public struct RequestQueue: Sendable {
  struct Waiting: Sendable {
    let toll: Toll
    let line: LineKey
    let number: UInt64
    let submitted: Int64
    let deadline: Int64
  }

  private struct InFlight {
    let toll: Toll
    let ordered: AccountID?
    let sent: Int64
  }

  public let settings: RequestQueueSettings
  var waiting: [RequestTicket: Waiting] = [:]
  private var inFlight: [RequestTicket: InFlight] = [:]
  var lines: [LineKey: RequestLine] = [:]
  var deadlines = DeadlineHeap()
  /// Accounts that have an ordered request in flight.
  var busy: Set<AccountID> = []
  /// The lines of a pass and their first requests, kept for their memory.
  var lineKeys: [LineKey] = []
  var candidates: [Candidate] = []
  private var submissions: UInt64 = 0
  private var latest: Int64 = 0

  public init(settings: RequestQueueSettings = RequestQueueSettings()) { self.settings = settings }

  public var waitingCount: Int { waiting.count }
  public var inFlightCount: Int { inFlight.count }
  /// Sets of requests that wait behind each other: what a look at the queue costs.
  public var lineCount: Int { lines.count }

  /// The time, which never goes back.
  mutating func tick(_ now: Int64) -> Int64 {
    latest = max(latest, now)
    return latest
  }

  /// Takes a request in. O(log waiting).
  public mutating func submit(
    _ request: QueuedRequest, limiter: inout RateLimiter, now: Int64
  ) throws(QueueRefusal) {
    let toll = try enter(request, &limiter, now)
    wait(request, toll)
  }

  /// Takes a request in, which leaves at once where nothing waits and it has room: just what `submit` and `next` would
  /// come to, without a look at lines. O(charges).
  /// - Returns: whether it has left, and is in flight until `finish`; else it waits.
  public mutating func leaveOrSubmit(
    _ request: QueuedRequest, limiter: inout RateLimiter, now: Int64
  ) throws(QueueRefusal) -> Bool {
    let toll = try enter(request, &limiter, now)
    let ordered = request.isOrdered ? request.caller.account : nil
    let isFree = waiting.isEmpty && ordered.map { !busy.contains($0) } ?? true
    let isTrade = request.priority <= .order
    guard isFree, limiter.room(for: toll, isTrade: isTrade, pass: limiter.beginPass(), now: latest) == .now else {
      wait(request, toll)
      return false
    }
    submissions += 1
    leave(request.ticket, toll, ordered, &limiter, latest)
    return true
  }

  /// Makes sure that a request may be in the queue, and finds what it charges.
  private mutating func enter(
    _ request: QueuedRequest, _ limiter: inout RateLimiter, _ now: Int64
  ) throws(QueueRefusal) -> Toll {
    let now = tick(now)
    guard waiting[request.ticket] == nil, inFlight[request.ticket] == nil else { throw .knownTicket }
    guard request.deadline > now else { throw .expired }
    guard waiting.count < settings.limit(for: request.priority) else { throw .full(waiting: waiting.count) }
    if request.isOrdered, request.caller.account == nil { throw .orderedWithoutAccount }
    do {
      return try limiter.enter(request.charges, caller: request.caller, now: now)
    } catch {
      throw .limit(error)
    }
  }

  private mutating func wait(_ request: QueuedRequest, _ toll: Toll) {
    let line = LineKey(
      priority: request.priority, ordered: request.isOrdered ? request.caller.account : nil, places: toll.places,
      accountDoor: toll.accountDoor)
    submissions += 1
    waiting[request.ticket] = Waiting(
      toll: toll, line: line, number: submissions, submitted: latest, deadline: request.deadline)
    lines[line, default: RequestLine()].append(request.ticket)
    if request.deadline < .max {
      deadlines.insert(request.ticket, deadline: request.deadline, waiting: waiting.count) { waiting[$0] != nil }
    }
  }

  /// The connector no longer wants a request. `true`: it waited, and will never be sent. `false`: it has left already,
  /// or is not known.
  public mutating func abort(_ ticket: RequestTicket, limiter: inout RateLimiter) -> Bool {
    guard let request = takeOut(ticket) else { return false }
    limiter.leave(request.toll)
    return true
  }

  /// A request that left has ended. Answers when it left; `nil` when it is not in flight.
  @discardableResult
  public mutating func finish(
    _ ticket: RequestTicket, as outcome: RequestOutcome, limiter: inout RateLimiter, now: Int64
  ) -> Int64? {
    guard let request = inFlight.removeValue(forKey: ticket) else { return nil }
    if let account = request.ordered { busy.remove(account) }
    limiter.finish(request.toll, as: outcome, now: tick(now))
    return request.sent
  }

  /// Ends a request's waiting, whatever comes next.
  mutating func takeOut(_ ticket: RequestTicket) -> Waiting? {
    guard let request = waiting.removeValue(forKey: ticket) else { return nil }
    lines[request.line]?.dropOne { waiting[$0] != nil }
    if lines[request.line]?.live == 0 { lines[request.line] = nil }
    return request
  }

  mutating func leave(_ ticket: RequestTicket, limiter: inout RateLimiter, now: Int64) {
    guard let request = takeOut(ticket) else { return }
    leave(ticket, request.toll, request.line.ordered, &limiter, now)
  }

  private mutating func leave(
    _ ticket: RequestTicket, _ toll: Toll, _ ordered: AccountID?, _ limiter: inout RateLimiter, _ now: Int64
  ) {
    limiter.start(toll)
    if let ordered { busy.insert(ordered) }
    inFlight[ticket] = InFlight(toll: toll, ordered: ordered, sent: now)
  }
}
