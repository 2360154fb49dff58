import CPatchbay
import Decimals
import Journal
import MarketModel
import Records
import Runtime

/// What a venue has forbidden for a while, and what is wrong with its clock: heard here, and shown in the status.
extension Dispatcher {
  public func clock(_ record: RecordReader, for session: Session) {
    let fact = record.head(as: pb_clock.self)
    switch time.heard(fact.venue_ns, within: fact.resolution_ns, in: fact.request, wall: clock.now().wall) {
    case .taken:
      (clockTrouble, clockFailure) = ("", "")
      session.venueOffset = time.clock.offset
    case .implausible(let distance):
      let text = Self.clockTrouble(fact.venue_ns, distance)
      // Said once, however often it is asked again.
      guard clockTrouble.isEmpty else { return clockTrouble = text }
      clockTrouble = text
      session.observer?.session(session, .log(level: .error, text: text))
    case .tooLong: clockFailed("its answer took longer than any that is of use", session)
    case .tooSlow, .invalid, nil: break
    }
  }

  /// Asks the exchange for its time, if that is due and there is somebody whose requests are signed by it.
  func askClock(_ session: Session, now: Int64) {
    guard !accounts.isEmpty, time.isDue(now, wall: clock.now().wall) else { return }
    time.asked()
    let malformed = session.counters.malformed
    // It may come when another version has taken over, with a dispatcher of its own.
    session.send(CommandDraft(.clock)) { [weak self, unowned session] result in
      guard let self else { return }
      let isDone = result.outcome == .done
      time.answered(isDone, now: clock.now().mono)
      if isDone, session.counters.malformed != malformed {
        clockFailed("its answer names a moment that cannot be", session)
      }
      // Where there is no such question, this machine's clock is all there is.
      if !isDone, result.error != UInt32(PB_ERR_UNSUPPORTED) { clockFailed(result.text, session) }
    }
  }

  /// Said once, however often it fails.
  private func clockFailed(_ reason: String, _ session: Session) {
    let isNew = clockFailure.isEmpty
    clockFailure = reason.isEmpty ? "it did not answer" : reason
    guard isNew, time.clock.offset == nil else { return }
    session.observer?.session(session, .log(level: .warning, text: Self.unknownTime + clockFailure))
  }

  private static let unknownTime = "the exchange's time is not known: "

  private static func clockTrouble(_ venue: Int64, _ distance: Int64) -> String {
    let hours = distance.magnitude / 3_600_000_000_000
    return "the exchange's clock says \(UTCTime.text(venue)), \(hours) hours from this machine's, and is not followed; "
      + "set this machine's clock, or look at what answers for the exchange"
  }

  public var hindrances: [Hindrance] {
    let now = clock.now()
    var found: [Hindrance] = []
    for status in limiter.status(now.mono) {
      guard let until = status.heldUntil else { continue }
      let (end, isOver) = now.wall.addingReportingOverflow(until - now.mono)
      let time = Self.time(isOver ? .max : end, now: now.wall)
      switch (status.bucket, status.owner) {
      case (nil, .account(let account)):
        found.append(Hindrance(account: account.rawValue, "locked out until \(time)" + why(account.rawValue)))
      case (nil, _): found.append(Hindrance("banned until \(time)" + why(0)))
      case (let bucket?, _): found.append(Hindrance("its limit \"\(limitName(bucket))\" is held until \(time)"))
      }
    }
    if time.clock.offset == nil, !accounts.isEmpty, !time.clock.isFollowing(mono: now.mono, wall: now.wall) {
      found.append(
        Hindrance(
          "this machine's clock was set to \(UTCTime.text(now.wall)) while the host ran, and is not followed before "
            + "the exchange has said its time; if it is right, start the host again"))
    }
    if !clockTrouble.isEmpty {
      found.append(Hindrance(clockTrouble))
    } else if !clockFailure.isEmpty, time.clock.offset == nil {
      found.append(Hindrance(Self.unknownTime + clockFailure))
    }
    return found
  }

  private func why(_ account: UInt64) -> String {
    silences[account].map { $0.isEmpty ? "" : ": \($0)" } ?? ""
  }

  func note(ban reason: String) { silences[0] = reason }

  // MARK: Orders that wait

  /// Why an order's request need not wait: what keeps it from leaving lasts until its deadline or longer. `nil` when it
  /// may leave in time.
  func hopeless(_ one: Pending, _ now: Int64) -> String? {
    guard one.isOrder, one.left == nil, let until = limiter.closedUntil(one.caller, now: now), until >= one.deadline
    else { return nil }
    return "\(closed(one, until)), and the order may wait until \(time(mono: one.deadline)) only"
  }

  /// Gives up the orders that can no longer leave in time, the oldest first.
  func dropHopeless(_ session: Session) {
    hasNewSilence = false
    let now = clock.now().mono
    let waiting = pending.filter { $0.value.isOrder && $0.value.left == nil }
    for (id, one) in waiting.sorted(by: { $0.value.ticket.rawValue < $1.value.ticket.rawValue }) {
      guard let reason = hopeless(one, now), queue.abort(one.ticket, limiter: &limiter) else { continue }
      forget(id, one)
      refuse(id, isFrame: one.isFrame, PB_REFUSAL_LIMIT, reason, session)
    }
  }

  /// What a command's requests wait for while none of them has left, for people; `nil` when one has, or none is there.
  /// O(requests under way).
  public func wait(of command: CommandID) -> String? {
    let now = clock.now().mono
    let own = pending.values.filter { $0.command == command.rawValue }
    guard let first = own.min(by: { $0.deadline < $1.deadline }), own.allSatisfy({ $0.left == nil }) else { return nil }
    let cause = limiter.closedUntil(first.caller, now: now).map { closed(first, $0) } ?? "its limits have no room yet"
    return "it has not left: \(cause); it is given up at \(time(mono: first.deadline))"
  }

  private func closed(_ one: Pending, _ until: Int64) -> String {
    let account = one.caller.account?.rawValue ?? 0
    let reason = [silences[account], silences[0]].lazy.compactMap { $0 }.first { !$0.isEmpty }
    return "nothing may leave until \(time(mono: until))" + (reason.map { " (\($0))" } ?? "")
  }

  private func time(mono: Int64) -> String {
    let now = clock.now()
    return Self.time(now.wall.addingSaturated(mono.subtractingSaturated(now.mono)), now: now.wall)
  }

  /// `08:47:58 UTC`; with the day where it is another one.
  static func time(_ end: Int64, now: Int64) -> String {
    let text = UTCTime.text(end)
    let (day, clock) = (text.prefix(10), text.dropFirst(11).prefix(8))
    return (day == UTCTime.text(now).prefix(10) ? "" : "\(day) ") + "\(clock) UTC"
  }
}
