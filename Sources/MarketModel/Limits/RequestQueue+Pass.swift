extension RequestQueue {
  /// After so many times its patience a request may also use what is left for cancels and orders.
  private static let endurance: Int64 = 4

  /// The first request of a line.
  struct Candidate: Sendable {
    let priority: RequestPriority
    let number: UInt64
    let ticket: RequestTicket
    let line: LineKey

    func goesBefore(_ other: Candidate) -> Bool {
      priority == other.priority ? number < other.number : priority < other.priority
    }
  }

  /// Looks at what waits: fills `pass` with the requests that leave now, those that were dropped, and when to look
  /// again. What leaves is in flight until `finish`. O((lines + leaving) · log lines): a line is a class and a set of
  /// buckets; how many requests wait in a line does not matter.
  public mutating func next(_ pass: inout QueuePass, limiter: inout RateLimiter, now: Int64) {
    let now = tick(now)
    pass.leaving.removeAll(keepingCapacity: true)
    pass.dropped.removeAll(keepingCapacity: true)
    pass.lookAgain = nil
    guard !waiting.isEmpty else { return }
    dropExpired(&pass, &limiter, now)
    let number = limiter.beginPass()
    gather(&pass, &limiter, now)
    while let candidate = candidates.popLast() {
      guard let request = waiting[candidate.ticket] else { continue }
      let isTrade = mayUseAll(request, now)
      let room = limiter.room(for: request.toll, isTrade: isTrade, pass: number, now: now)
      if room == .now, !isBusy(request.line.ordered) {
        leave(candidate.ticket, limiter: &limiter, now: now)
        pass.leaving.append(candidate.ticket)
        if let follower = head(of: candidate.line, &pass, &limiter, now) { insert(follower) }
      } else {
        // While an earlier ordered request is in flight only its end can help.
        if !isBusy(request.line.ordered) {
          if case .at(let start) = room { pass.look(at: start) }
          // Rising a class helps only against what was set aside, and in the end against what is left for orders.
          if candidate.priority > .order && limiter.isReserved(request.toll, pass: number)
            || !isTrade && limiter.settings.tradePercent > 0
          {
            pass.look(at: rise(of: request, now))
          }
        }
        limiter.reserve(request.toll, pass: number)
      }
    }
    if let next = deadlines.earliest({ waiting[$0] != nil }) { pass.look(at: next.deadline) }
  }

  private func isBusy(_ account: AccountID?) -> Bool { account.map { busy.contains($0) } ?? false }

  /// When a request rises to the next class.
  private func rise(of request: Waiting, _ now: Int64) -> Int64 {
    let waited = now - request.submitted
    return request.submitted + (waited / settings.patienceNanoseconds + 1) * settings.patienceNanoseconds
  }

  /// Cancels and orders, and in the end what has waited for very long, so that nothing starves.
  private func mayUseAll(_ request: Waiting, _ now: Int64) -> Bool {
    request.line.priority <= .order || now - request.submitted >= Self.endurance * settings.patienceNanoseconds
  }

  private mutating func dropExpired(_ pass: inout QueuePass, _ limiter: inout RateLimiter, _ now: Int64) {
    while let next = deadlines.earliest({ waiting[$0] != nil }), next.deadline <= now {
      drop(next.ticket, .expired, &pass, &limiter)
    }
  }

  private mutating func drop(
    _ ticket: RequestTicket, _ reason: DropReason, _ pass: inout QueuePass, _ limiter: inout RateLimiter
  ) {
    guard let request = takeOut(ticket) else { return }
    limiter.leave(request.toll)
    pass.dropped.append(DroppedRequest(ticket: ticket, reason: reason))
  }

  private func rank(_ request: Waiting, _ now: Int64) -> RequestPriority {
    let own = request.line.priority
    guard own > .order else { return own }
    let steps = (now - request.submitted) / settings.patienceNanoseconds
    return RequestPriority(rawValue: own.rawValue - UInt32(min(steps, Int64(own.rawValue - 2)))) ?? own
  }

  /// The first request of a line that can be paid at all; those that cannot are dropped.
  private mutating func head(
    of line: LineKey, _ pass: inout QueuePass, _ limiter: inout RateLimiter, _ now: Int64
  ) -> Candidate? {
    while let ticket = lines[line]?.first({ waiting[$0] != nil }), let request = waiting[ticket] {
      if let refusal = limiter.refusal(of: request.toll) {
        drop(ticket, .limit(refusal), &pass, &limiter)
        continue
      }
      return Candidate(priority: rank(request, now), number: request.number, ticket: ticket, line: line)
    }
    return nil
  }

  // MARK: Candidates, the next one last

  private mutating func gather(_ pass: inout QueuePass, _ limiter: inout RateLimiter, _ now: Int64) {
    candidates.removeAll(keepingCapacity: true)
    // The keys apart: a line that is emptied below leaves the table.
    lineKeys.removeAll(keepingCapacity: true)
    lineKeys.append(contentsOf: lines.keys)
    for line in lineKeys {
      if let candidate = head(of: line, &pass, &limiter, now) { candidates.append(candidate) }
    }
    // Sorted, so that the hash table's order decides nothing.
    candidates.sort { $1.goesBefore($0) }
  }

  /// O(log lines) to find its place, and a move of what is behind it.
  private mutating func insert(_ candidate: Candidate) {
    var low = 0
    var high = candidates.count
    while low < high {
      let middle = (low + high) / 2
      if candidate.goesBefore(candidates[middle]) { low = middle + 1 } else { high = middle }
    }
    candidates.insert(candidate, at: low)
  }
}

extension QueuePass {
  mutating func look(at time: Int64) {
    lookAgain = min(lookAgain ?? time, time)
  }
}
