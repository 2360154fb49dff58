import CPatchbay
import Decimals
import MarketModel
import Runtime

/// What follows for an order from what is known of it.
extension Trader {
  func work(_ life: OrderLife) {
    guard life.stage == .sent else { return }
    doubtUnanswered(life)
    guard let order = orders[life.id] else { return }
    counters.worked += 1
    if life.hasReportedEnd, !order.state.isTerminal {
      // Doubt is no news to strategies; what comes of it is.
      if order.isDoubted { cancelWhenStopping(life) } else { reopen(life, order) }
    }
    keepState(life, order)
    reportAlive(life, order)
    if order.state == .lost {
      // A wish to cancel waits until it is heard of.
      life.isCancellable = false
      chaseFills(life, order)
      askWhenDue(life, order)
    } else if order.state.isTerminal {
      finish(life, order)
    } else {
      open.insert(life.id)
      if order.mayHaveGrown { askWhetherGrown(life) }
      expectExpiry(life, order)
      chaseFills(life, order)
      cancelWhenDue(life, order)
      askWhenDue(life, order)
    }
    if let due = life.due {
      timers.set(life.id.rawValue, due: max(due, now + 1))
    } else {
      timers.cancel(life.id.rawValue)
    }
  }

  /// Reports that the venue has the order, and that one which was given up is back.
  func reportAlive(_ life: OrderLife, _ order: TrackedOrder) {
    if life.isLost, order.state != .lost {
      life.isLost = false
      life.lostAt = nil
      life.notFound = 0
      emit(.adopted(life.id))
      if !order.state.isTerminal { life.ask(at: now) }
    }
    let isAlive: Bool =
      switch order.state {
      case .open, .partiallyFilled, .filled, .cancelled, .expired: true
      case .pendingCancel: order.hasLived
      case .pendingCreate, .rejected, .notSent, .unknown, .lost: false
      }
    guard isAlive, !life.hasReportedCreated, !life.hasReportedEnd else { return }
    life.hasReportedCreated = true
    budget.known(life.id, at: now)
    emit(.created(life.id))
  }

  /// The order has ended: its end is reported once all its fills were, or could not be found.
  private func finish(_ life: OrderLife, _ order: TrackedOrder) {
    (life.askAt, life.expiryAt) = (nil, nil)
    life.isCancelWanted = false
    open.remove(life.id)
    chaseFills(life, order)
    if life.hasReportedEnd { return }
    if !order.hasAllFills {
      guard life.fillsMissingSince.map({ now - $0 >= fillWait(order) }) ?? false,
        life.fillFetches > 0 || life.fetchesFailed >= policy.fillTries || !path.offers(.fills)
          || policy.fault == .forgetFill
      else { return }
      emit(.anomaly(life.id, .fillsMissing(seen: order.filledByFills, reported: order.reportedFilled)))
    }
    life.hasReportedEnd = true
    budget.ended(life.id, filled: order.filled, of: order.quantity, at: now)
    switch order.state {
    case .filled: emit(.completed(life.id))
    case .cancelled: emit(.cancelled(life.id, reason: order.reason))
    case .expired: emit(.expired(life.id, reason: order.reason))
    case .rejected, .notSent: emit(.failed(life.id, failure(life, order)))
    case .pendingCreate, .open, .partiallyFilled, .pendingCancel, .unknown, .lost: break
    }
  }

  private func failure(_ life: OrderLife, _ order: TrackedOrder) -> OrderFailure {
    let reason = reason(of: order)
    return order.state == .notSent ? .notSent(reason) : .refused(error: life.error, reason: reason)
  }

  /// When an order was made, or one that was adopted was heard of: nanoseconds since 1970 by the venue's clock. `nil` =
  /// it is not known.
  public func created(_ order: OrderID) -> Int64? { lives[order].map(\.made.venue).flatMap { $0 > 0 ? $0 : nil } }

  /// Why an order did not leave, was refused or is in doubt, or else what the venue said of it last.
  public func reason(of order: TrackedOrder) -> String {
    switch order.state {
    case .notSent, .rejected:
      guard let life = lives[order.id] else { return order.reason }
      return life.notSent ?? (life.refusal.isEmpty ? order.reason : life.refusal)
    case .unknown, .lost: return order.reason.isEmpty ? doubt(order) : order.reason
    default: return order.reason
    }
  }

  /// `PB_ERR_`: how an order was refused, or how its last cancel was while it lives; 0 = it was not, or nobody said.
  public func error(of order: TrackedOrder) -> UInt32 {
    guard let life = lives[order.id] else { return 0 }
    return order.state.isTerminal ? life.error : life.cancelError
  }

  /// Whether the last amendment of an order ended without an answer, so that it may still be carried out.
  public func isAmendUnknown(_ order: OrderID) -> Bool { lives[order]?.isAmendUnknown ?? false }

  /// Whether the venue refuses to cancel an order that lives, for a reason that does not pass by itself. The host goes
  /// on trying all the same.
  public func refusesCancel(_ order: TrackedOrder) -> Bool {
    guard !order.state.isTerminal, let life = lives[order.id], !life.cancelRefusal.isEmpty || life.cancelError != 0
    else { return false }
    return !Self.isCancelRetried(life.cancelError) && Int(life.cancelError) != PB_ERR_UNKNOWN_ORDER
  }

  /// Why the last cancel of an order that lives was refused; empty = it was not.
  public func cancelRefusal(of order: TrackedOrder) -> String {
    order.state.isTerminal ? "" : lives[order.id]?.cancelRefusal ?? ""
  }

  /// An order whose end was reported is alive: it is open again for everything that looks after open orders.
  private func reopen(_ life: OrderLife, _ order: TrackedOrder) {
    life.hasReportedEnd = false
    (life.notSent, life.refusal, life.error) = (nil, "", 0)
    life.fillsMissingSince = nil
    open.insert(life.id)
    holdAgain(order)
    emit(.adopted(life.id))
    cancelWhenStopping(life)
  }

  /// What is known of an order does not agree, or an end that was claimed is none: the venue is asked, at once the
  /// first time, and less and less often while it goes on.
  func doubt(_ life: OrderLife) {
    let pause = life.doubts == 0 ? 0 : backoff(life.doubts - 1, first: policy.askAfter, most: policy.askAtMost)
    life.doubts += 1
    life.ask(at: now + pause)
  }

  /// What was ordered is filled, and an amendment may have made it more: the venue is asked until it says which, less
  /// and less often.
  private func askWhetherGrown(_ life: OrderLife) {
    guard life.askAt == nil, !life.isAsking, !life.isQueued else { return }
    life.ask(at: now + backoff(life.growthQuestions, first: policy.askAfter, most: policy.askAtMost))
    life.growthQuestions += 1
  }

  /// An order good till a date is asked about when its end is not heard of then, less and less often.
  private func expectExpiry(_ life: OrderLife, _ order: TrackedOrder) {
    life.expiryAt = nil
    guard order.draft.expiry > 0 else { return }
    let end = order.draft.expiry.addingSaturated(policy.expiryGrace)
    guard path.times.venue >= end else {
      // Looked at anew within the hour: the venue's clock may be another one by then.
      let left = end.subtractingSaturated(path.times.venue)
      life.expiryAt = now.addingSaturated(min(left, 3600 * second))
      return
    }
    guard life.askAt == nil, !life.isAsking, !life.isQueued else { return }
    life.ask(at: now + backoff(life.expiryQuestions, first: policy.askAfter, most: policy.askAtMost))
    life.expiryQuestions += 1
  }

  // MARK: The journal

  /// Gives the journal what the venue says of an order, when it says something new.
  private func keepState(_ life: OrderLife, _ order: TrackedOrder) {
    let current = OrderLife.Kept(order)
    guard current != life.kept, let claim = OrderReport.Claim(order) else { return }
    life.kept = current
    let filled = order.isDoubted ? order.filledByFills : order.filled
    let report = OrderReport(
      claim, filled: filled, quantity: order.quantity, price: order.price, timeInForce: order.timeInForce,
      time: max(0, order.venueTime), reason: order.reason)
    let part = order.venuePart.map { part in
      VenuePart(part.venueOrderID, continues: part.continues, carried: min(part.carried, filled))
    }
    keep(.report(report.ofPart(part)), of: life)
  }

  /// Puts something that happened to an order behind the entries that wait.
  func keep(_ event: OrderEvent, of life: OrderLife, reason: String = "") {
    guard let order = orders[life.id], !life.isUnkept else { return }
    keep(
      .event(
        OrderEventRecord(
          id: life.id, account: life.account, clientOrderID: order.clientOrderID, event: event,
          venueOrderID: order.venueOrderID, state: order.state, filled: order.filled,
          reason: reason.isEmpty ? order.reason : reason, time: path.times.wall)))
  }

  /// Puts an entry behind those that wait; they go at the end of the round.
  func keep(_ entry: JournalEntry) {
    guard !isJournalBehind, entries.count < policy.entriesWaiting else { return fallBehind() }
    entries.append(KeptEntry(number: nextEntry, entry: entry))
    nextEntry += 1
  }

  /// More has happened than can wait. A gap in the journal would be taken for the truth, so the journal ends here: the
  /// next run begins to ask where it says that everything was seen.
  private func fallBehind() {
    counters.entriesDropped += 1
    guard !isJournalBehind else { return }
    isJournalBehind = true
    halt(Self.behind)
  }

  private static let behind =
    "the journal takes nothing and too much waits for it; make room on its disk and start the host again"

  /// Puts new orders into the journal, as entries of their own: whoever appends them learns whether they may leave.
  func keep(_ orders: [JournalEntry], durable: @escaping (JournalFailure?) -> Void) {
    guard !isJournalBehind else { return durable(JournalFailure(Self.behind)) }
    flush()
    var intent = orders
    if ids.counter > counterKept {
      counterKept = ids.counter + policy.counterBlock
      intent.insert(.counter(counterKept), at: 0)
    }
    journal.append(intent) { [weak self] failure in
      // Whether the counter is kept is not known: it goes with the next order again.
      if failure != nil { self?.counterKept = 0 }
      durable(failure)
    }
  }

  /// Hands the entries that wait to the journal: what has happened. What it does not take is tried again, in order.
  func flush() {
    guard !entries.isEmpty, journalRetryAt == nil else { return }
    let sent = entries
    entries = []
    journal.append(sent.map(\.entry)) { [weak self] failure in
      guard let self else { return }
      if let failure { notKept(sent, failure) } else { isJournalFailing = false }
    }
  }

  private func notKept(_ sent: [KeptEntry], _ failure: JournalFailure) {
    entries = (sent + entries).sorted { $0.number < $1.number }
    journalRetryAt = now + second
    if !isJournalFailing {
      isJournalFailing = true
      emit(.anomaly(OrderID(0), .journal(failure.text)))
    }
  }

  // MARK: Forgetting

  /// Drops orders that ended, once nothing more is expected of them.
  func forgetEnded() {
    forgetAt = now + policy.endedKept / 2
    let gone = path.accounts.orders.removeEnded(unchangedSince: now - policy.endedKept) { isKept($0) }
    for order in gone {
      lives[order.id] = nil
      open.remove(order.id)
      timers.cancel(order.id.rawValue)
      if order.state != .lost { forgotten.insert(ForgottenEnd(order), for: order.id) }
    }
  }

  /// Whether more is expected of an order that has ended.
  func isKept(_ order: TrackedOrder) -> Bool {
    guard let life = lives[order.id] else { return false }
    if order.state == .lost {
      return (life.lostAt ?? order.changed) + (order.hasLived ? policy.lostKept : policy.unseenKept) > now
    }
    if !life.hasReportedEnd || !order.hasAllFills { return order.changed + policy.lostKept > now }
    return life.isFetching || life.isAsking
  }
}

/// An entry that the journal has not taken yet, in the order of its making.
struct KeptEntry {
  let number: UInt64
  let entry: JournalEntry
}

/// How an order ended that is not in mind any more.
struct ForgottenEnd {
  /// By the venue's clock; 0: not given.
  let time: Int64
  /// Nothing at the venue stands behind it: it was refused, or never left.
  let isGroundless: Bool
  /// All of it was filled, trade by trade: nothing outlives that.
  var isWhole = false
  /// Of another end: what a strategy has heard of. Should it live, it is not told again.
  var fills: [Fill] = []
  private static let fillLimit = 64

  /// Whether an order that is shown alive lives: `nil` when what shows it may be older than the end.
  func isOutlived(by fact: OrderFact) -> Bool? {
    if isWhole { return false }
    if isGroundless || time > 0 && fact.report.time > time { return true }
    return time == 0 || fact.report.time == 0 || fact.command != nil ? nil : false
  }
}

extension ForgottenEnd {
  init(_ order: TrackedOrder) {
    time = order.venueEndTime
    isGroundless = time == 0 && (order.state == .rejected || order.state == .notSent)
    isWhole = order.isFilledByFills
    if !isWhole { fills = Array(order.fills.suffix(Self.fillLimit)) }
  }
}

extension OrderReport.Claim {
  /// What the venue said in short; `nil` when it has not spoken of the order.
  init?(_ order: TrackedOrder) {
    switch order.state {
    case .cancelled: self = .cancelled
    case .filled: self = .filled
    case .expired: self = .expired
    case .rejected: self = .rejected
    case .notSent: self = .notSent
    case .lost, .pendingCreate: return nil
    case .unknown:
      // In doubt it may live: a run that finds it so asks the venue.
      guard order.isDoubted else { return nil }
      self = order.waitsForTrigger ? .untriggered : .open
    case .open, .partiallyFilled, .pendingCancel:
      guard order.hasLived else { return nil }
      self = order.waitsForTrigger ? .untriggered : order.filled.isPositive ? .partiallyFilled : .open
    }
  }
}
