import Decimals
import MarketModel

/// How long a new version of a connector has to prove itself. All in nanoseconds of the monotonic clock.
public struct RehearsalTimes: Sendable {
  /// Until all its books are there and proved.
  public var proof: Int64 = 120_000_000_000
  /// Books that do not change are compared after so long.
  public var calm: Int64 = 3_000_000_000
  /// Between two questions for what could not be had.
  public var retry: Int64 = 5_000_000_000
  /// A moment at which no command is open, and no book would go back, is waited for so long without anything being
  /// held up.
  public var patience: Int64 = 3_000_000_000
  /// Then new commands wait, at most so long, until the open ones are answered.
  public var hold: Int64 = 2_000_000_000
  /// Between two such attempts.
  public var pause: Int64 = 5_000_000_000
  /// How many there are.
  public var attempts = 6

  public init() {}
}

/// A new version of a connector beside the one that runs: it has a session of its own, which is nobody's, builds all
/// books that are wanted, and is held against the running one. When all are proved it takes that one's place between
/// two inputs, at a moment when no command is open. Until then it has no account, and whatever goes wrong ends it
/// alone. A chore of the lane of both.
public final class Rehearsal: LaneChore, SessionObserver {
  /// What is wanted of the running one.
  public typealias Wanted = (pair: String, channels: Channels)

  public enum Stage: Equatable, Sendable {
    /// It builds its books.
    case proving
    /// All are proved: a moment to change over is waited for.
    case waiting
    case done
    /// It is gone, and the other one is left in place; why, for people.
    case failed(String)
  }

  public let running: Session
  public let candidate: Session
  public private(set) var stage = Stage.proving
  /// Why it failed, by kind; `nil` until then.
  public private(set) var failure: RehearsalEnd?
  private let wanted: () -> [Wanted]
  private let accounts: [PublicAccount]
  private let limits: RehearsalTimes
  /// Both see one market, whose books can be compared; not where each has an exchange of its own inside it.
  private let isSameMarket: Bool
  /// Those that take over in the same moment: all of them and this one, or none.
  var others: () -> [Rehearsal] = { [] }
  /// Called in the moment before it takes over.
  public var willTakeOver: () -> Void = {}
  /// Called once, when it is done or has failed.
  private let then: (Rehearsal) -> Void
  private let memory = CandidateMemory()
  private let ear: Ear

  private var proofs: [String: BookProof] = [:]
  private var asked: [String: Channels] = [:]
  private var problems: [String: String] = [:]
  private var hasInstruments = false
  private var deadline: Int64
  private var retryAt = Int64.max
  private var waitingSince: Int64 = 0
  private var holdUntil: Int64?
  private var notBefore = Int64.min
  private var attempts = 0

  /// - Parameters:
  ///   - candidate: made, with a transport of its own that is on trial, and given nothing yet.
  ///   - accounts: those that it gets when it has taken over, and not before.
  ///   - isSameMarket: else its books have to stay ready, and are not compared.
  ///   - wanted: asked again and again, since it may change.
  public init(
    of candidate: Session, beside running: Session, accounts: [PublicAccount],
    limits: RehearsalTimes = RehearsalTimes(), isSameMarket: Bool = true, wanted: @escaping () -> [Wanted],
    then: @escaping (Rehearsal) -> Void
  ) {
    (self.candidate, self.running, self.accounts, self.limits) = (candidate, running, accounts, limits)
    self.isSameMarket = isSameMarket
    (self.wanted, self.then) = (wanted, then)
    deadline = running.times.mono.addingSaturated(limits.proof)
    ear = Ear(running.observer)
    candidate.observer = self
    candidate.tap = memory
  }

  /// Gives it its first inputs.
  public func begin() {
    candidate.transport.beginTrial(beside: running.transport)
    ear.heard = { [unowned self] market in
      guard proofs[market.instrument.pair] != nil, running.view.market(pair: market.instrument.pair) === market else {
        return
      }
      proofs[market.instrument.pair]?.runningChanged(market.book, now: running.times.mono)
    }
    running.observer = ear
    candidate.start(trading: !accounts.isEmpty)
    // The clock first, so that nothing is signed by a wrong one later.
    candidate.send(CommandDraft(.clock)) { [weak self] _ in self?.askInstruments() }
  }

  private func askInstruments() {
    candidate.send(CommandDraft(.instruments)) { [weak self] result in
      guard let self, isOpen else { return }
      hasInstruments = result.outcome == .done
      problems["instruments"] = hasInstruments ? nil : result.text
      if hasInstruments { askBooks() } else { retryAt = candidate.times.mono.addingSaturated(limits.retry) }
    }
  }

  /// Asks for what is wanted and was not asked for yet.
  private func askBooks() {
    let now = candidate.times.mono
    let wanted = wanted()
    for (pair, channels) in asked where !wanted.contains(where: { $0.pair == pair }) {
      (asked[pair], proofs[pair], problems[pair]) = (nil, nil, nil)
      give(.unsubscribe, pair, channels) { _ in }
    }
    for (pair, channels) in wanted where asked[pair] != channels {
      let less = asked[pair]?.subtracting(channels) ?? []
      if !less.isEmpty { give(.unsubscribe, pair, less) { _ in } }
      guard candidate.view.market(pair: pair) != nil else {
        // The other one may not have it either.
        if running.view.market(pair: pair) != nil { problems[pair] = "no such instrument" }
        continue
      }
      asked[pair] = channels
      if channels.contains(.book), proofs[pair] == nil {
        var proof = BookProof(calm: limits.calm)
        if let market = running.view.market(pair: pair) { proof.runningChanged(market.book, now: now) }
        proofs[pair] = proof
      }
      give(.subscribe, pair, channels) { [weak self] result in
        guard let self, isOpen else { return }
        let isDone = result.outcome == .done
        problems[pair] = isDone ? nil : result.text
        guard !isDone else { return }
        asked[pair] = nil
        retryAt = min(retryAt, candidate.times.mono.addingSaturated(limits.retry))
      }
    }
  }

  private func give(_ verb: Verb, _ pair: String, _ channels: Channels, _ then: @escaping (CommandResult) -> Void) {
    guard let market = candidate.view.market(pair: pair) else { return }
    var draft = CommandDraft(verb)
    (draft.instrument, draft.channels) = (market.instrument.id.rawValue, channels)
    candidate.send(draft, completion: then)
  }

  private var isOpen: Bool { stage == .proving || stage == .waiting }

  // MARK: Looking

  public func run(_ times: Times) -> Int64? {
    guard isOpen else { return nil }
    let now = times.mono
    if candidate.isFaulted { return fail(.crashed, candidate.faultText) }
    if retryAt <= now {
      retryAt = .max
      if hasInstruments { askBooks() } else { askInstruments() }
    } else if hasInstruments, wanted().contains(where: { asked[$0.pair] != $0.channels && problems[$0.pair] == nil }) {
      askBooks()
    }
    let missing = missing(now)
    guard missing.isEmpty else {
      letGo()
      if stage == .waiting { (stage, deadline) = (.proving, max(deadline, now.addingSaturated(limits.proof / 4))) }
      guard now < deadline else {
        return fail(missing[0].kind, missing.map(\.text).joined(separator: "; "))
      }
      return now.addingSaturated(Self.look)
    }
    if stage == .proving { (stage, waitingSince) = (.waiting, now) }
    guard others().allSatisfy({ $0.stage == .waiting }) else {
      letGo()
      waitingSince = now
      return now.addingSaturated(Self.look)
    }
    return wait(now)
  }

  private static let look: Int64 = 20_000_000

  private typealias Missing = (kind: RehearsalEnd, text: String)

  /// What is not proved, for people.
  private func missing(_ now: Int64) -> [Missing] {
    guard hasInstruments else { return [(.instruments, "instruments: \(problems["instruments"] ?? "not known yet")")] }
    var missing: [Missing] = problems.sorted { $0.key < $1.key }.map {
      (candidate.view.market(pair: $0.key) == nil ? .instruments : .subscription, "\($0.key): \($0.value)")
    }
    for (pair, proof) in proofs.sorted(by: { $0.key < $1.key }) where problems[pair] == nil {
      let isRunningReady = isSameMarket && running.view.market(pair: pair)?.book.isReady ?? false
      guard !proof.isProved(isRunningReady: isRunningReady, now: now) else { continue }
      guard proof.readySince != nil else {
        missing.append((.noBook, "\(pair): no book yet"))
        continue
      }
      missing.append(
        proof.hasMatched || !isRunningReady
          ? (.tooShort, "\(pair): its book is not long enough the one that runs")
          : (.otherBook, "\(pair): its book is not the one that runs"))
    }
    return missing
  }

  /// Changes over, if this is the moment.
  private func wait(_ now: Int64) -> Int64? {
    guard now >= notBefore else { return notBefore }
    let all = [self] + others()
    if all.allSatisfy({ $0.isMoment(now) }) {
      Self.takeOver(all)
      return nil
    }
    // What happens meanwhile brings the lane here as well.
    let soon = now.addingSaturated(Self.look)
    if isPatient(now) { return soon }
    guard let until = holdUntil else {
      running.keepCommands()
      holdUntil = now.addingSaturated(limits.hold)
      return soon
    }
    guard now >= until else { return min(soon, until) }
    letGo()
    attempts += 1
    guard attempts < limits.attempts else {
      return fail(.noMoment, "there was no moment at which no command was open: \(open)")
    }
    notBefore = now.addingSaturated(limits.pause)
    waitingSince = notBefore
    return notBefore
  }

  /// What keeps it from taking over, for people.
  private var open: String {
    let own = running.openVerbs.map { "\($0.count) \($0.verb) of the one that runs" }
    let others = candidate.openVerbs.map { "\($0.count) \($0.verb) of its own" }
    return (own + others).joined(separator: ", ")
  }

  private func isPatient(_ now: Int64) -> Bool { now - waitingSince < limits.patience }

  /// Whether it can take over now.
  private func isMoment(_ now: Int64) -> Bool {
    now >= notBefore && candidate.isAtRest && running.mayGiveWay && !candidate.isFaulted && missing(now).isEmpty
      && (!isPatient(now) || nothingGoesBack)
  }

  /// Whether each of its books is at least as new as the one in whose place it comes.
  private var nothingGoesBack: Bool {
    proofs.keys.allSatisfy { pair in
      guard let new = candidate.view.market(pair: pair)?.book, let old = running.view.market(pair: pair)?.book,
        old.isReady
      else { return true }
      return old.sequence != 0 && new.sequence != 0 ? new.sequence >= old.sequence : new.time >= old.time
    }
  }

  private func letGo() {
    holdUntil = nil
    running.releaseCommands()
  }

  /// All instances change before anything else is done with one of them.
  private static func takeOver(_ all: [Rehearsal]) {
    for one in all {
      one.willTakeOver()
      one.end()
      one.running.succeed(one.candidate, one.memory, isSameMarket: one.isSameMarket)
    }
    for one in all { one.finish() }
  }

  private func finish() {
    // One account is never on two connections: what happened between the old one's and the new one's is asked for, as
    // after any loss of a private stream.
    running.loseAccounts("its connector gave way to another version")
    for account in accounts { running.account(account) }
    letGo()
    stage = .done
    then(self)
  }

  private func fail(_ kind: RehearsalEnd, _ why: String) -> Int64? {
    giveUp(why, kind)
    return nil
  }

  /// Ends the candidate, where it has not taken over; the other one goes on as if it had never been.
  public func giveUp(_ why: String, _ kind: RehearsalEnd = .givenUp) {
    guard isOpen else { return }
    end()
    letGo()
    (stage, failure) = (.failed(why), kind)
    candidate.discard()
    then(self)
  }

  private func end() {
    if running.observer === ear { running.observer = ear.next }
    candidate.observer = nil
    candidate.tap = nil
  }

  // MARK: Listening

  public func session(_ session: Session, _ event: SessionEvent) {
    switch event {
    case .book(let market), .gap(let market, _):
      let pair = market.instrument.pair
      guard proofs[pair] != nil, candidate.view.market(pair: pair) === market else { return }
      proofs[pair]?.candidateChanged(market.book, now: candidate.times.mono)
    case .log(let level, let text) where level >= .warning:
      if running.takesLine() { running.publish(.log(level: level, text: "the version on trial: \(text)")) }
    default: break
    }
  }

  /// Hears of the running one's books, and passes everything on.
  private final class Ear: SessionObserver {
    unowned(unsafe) let next: SessionObserver?
    var heard: (MarketState) -> Void = { _ in }

    init(_ next: SessionObserver?) { self.next = next }

    func session(_ session: Session, _ event: SessionEvent) {
      switch event {
      case .book(let market), .gap(let market, _): heard(market)
      default: break
      }
      next?.session(session, event)
    }
  }
}
