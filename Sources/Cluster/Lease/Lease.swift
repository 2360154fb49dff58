import Decimals

/// The right of one host to trade on one account, as that host knows it. A pure state machine: time and the store's
/// answers go in, questions come out. docs/cluster.md argues why two hosts never both have it.
///
/// All times are nanoseconds of a clock of this machine that neither stops nor steps, also while it sleeps
/// (`CLOCK_BOOTTIME`). What is measured on it is only ever compared with itself.
public struct Lease: Sendable {
  public struct Terms: Equatable, Sendable {
    /// For how long a write is counted on.
    public var length: Int64
    /// Whether the lease is wanted; a host may only watch who has it.
    public var isWanted = true

    public init(length: Int64) { self.length = max(1_000_000, length) }

    /// How often the holder writes, and how often others look.
    public var interval: Int64 { length / 4 }
    /// When an answer is not waited for any more.
    public var patience: Int64 { length / 4 }
  }

  /// What was known to go wrong in such protocols, for tests that must find it.
  package enum Fault: CaseIterable, Sendable {
    /// The lease counts from the answer, and not from the question.
    case countFromAnswer
    /// Whoever waits does not count in that its clock may be faster than the holder's, and is impatient.
    case noMargin
    /// Whoever waits counts from when the machine first looked, whatever was written since.
    case ignoreRenewals
    /// It is written whatever the revision is.
    case writeBlindly
    /// A key that is gone is taken at once.
    case takeAbsentAtOnce
    /// A lease that ran out is still used until the store says so.
    case tradeOnUntilTold
  }

  /// Who has it.
  public enum Standing: Equatable, Sendable {
    /// Nothing has been heard of the store.
    case unknown
    /// Another host, or nobody yet.
    case standby(LeaseEntry)
    /// This host. `until` is when that could end.
    case holder(fence: UInt64, until: Int64)
  }

  /// A question that is on its way.
  private struct Asked {
    var question: LeaseQuestion
    var at: Int64
    var number: UInt64
  }

  private struct Held {
    var revision: UInt64
    var fence: UInt64
    var until: Int64
  }

  /// What was seen last of another's lease, and since when it has stood there.
  private struct Seen {
    var entry: LeaseEntry
    var since: Int64
  }

  public var terms: Terms
  public let host: String
  public let session: String
  package var fault: Fault?

  private var held: Held?
  private var seen: Seen?
  private var asked: Asked?
  private var lastNumber: UInt64 = 0
  private var nextAt: Int64
  /// When each write was sent whose answer is not known: it may be found in the store.
  private var open: [(attempt: UInt64, at: Int64)] = []
  private var attempts: UInt64 = 0
  /// The longest lease that was seen.
  private var longest: Int64 = 0
  private var isReleasing = false
  /// What stands in the store is not known.
  private var mustRead = true
  /// A write of the release is out or done: nothing more is written.
  private var isReleased = false
  static let mostOpen = 64

  /// - Parameter session: of this run of the host; has to be random.
  public init(host: String, session: String, terms: Terms, now: Int64) {
    (self.host, self.session, self.terms, nextAt) = (host, session, terms, now)
  }

  // MARK: What it says

  public var standing: Standing {
    if let held { return .holder(fence: held.fence, until: held.until) }
    return seen.map { .standby($0.entry) } ?? .unknown
  }

  /// Whether a new order may leave now.
  public func allows(_ now: Int64) -> Bool {
    guard let held, !isReleasing else { return false }
    return now < held.until || fault == .tradeOnUntilTold
  }

  /// When something is to be done next, if nothing is heard until then.
  public var due: Int64 { asked.map { $0.at.addingSaturated(terms.patience) } ?? nextAt }

  // MARK: What happens

  /// Does what is due.
  public mutating func tick(_ now: Int64) -> (number: UInt64, question: LeaseQuestion)? {
    if let asked, now >= asked.at.addingSaturated(terms.patience) {
      // Nobody knows what became of a write: it is looked for, and its answer still counts if it comes.
      self.asked = nil
      nextAt = now
    }
    guard asked == nil, now >= nextAt, !isReleased else { return nil }
    return ask(next(now), now)
  }

  /// Takes the answer to a question, late or not.
  public mutating func answer(_ answer: LeaseAnswer, to number: UInt64, _ now: Int64) {
    guard let asked, asked.number == number else { return }
    self.asked = nil
    nextAt = asked.at.addingSaturated(terms.interval)
    switch (asked.question, answer) {
    case (.read, .found(let entry)): found(entry, now)
    case (.write(let word, _), .wrote(let revision)): wrote(word, revision, asked.at, now)
    case (.write, .conflict):
      // Another's write, or one of this host's own of which nothing was heard: which, the store says.
      nextAt = now
      mustRead = true
    default: mustRead = true
    }
  }

  /// Lets it go: nothing new leaves from now on, and the others need not wait.
  public mutating func release(_ now: Int64) {
    guard !isReleasing else { return }
    isReleasing = true
    if asked == nil { nextAt = now }
  }

  /// Whether nothing is left to do for a release.
  public var hasReleased: Bool { isReleasing && (held == nil || isReleased && asked == nil) }

  // MARK: Asking

  private func next(_ now: Int64) -> LeaseQuestion {
    if mustRead { return .read }
    if let held {
      return .write(word(fence: held.fence, isReleased: isReleasing), after: held.revision)
    }
    guard terms.isWanted, !isReleasing, let seen else { return .read }
    if seen.entry.revision == 0, fault != .takeAbsentAtOnce {
      return .write(.vacant(length: max(terms.length, longest)), after: 0)
    }
    guard mayTake(seen, now) else { return .read }
    return .write(word(fence: 0), after: seen.entry.revision)
  }

  private func word(fence: UInt64, isReleased: Bool = false) -> LeaseWord {
    LeaseWord(
      host: host, session: session, attempt: attempts + 1, fence: fence, length: terms.length, isReleased: isReleased)
  }

  private mutating func ask(_ question: LeaseQuestion, _ now: Int64) -> (number: UInt64, question: LeaseQuestion) {
    lastNumber += 1
    mustRead = false
    asked = Asked(question: question, at: now, number: lastNumber)
    if case .write(let word, _) = question, !word.isVacant {
      attempts = word.attempt
      open.append((word.attempt, now))
      if open.count > Self.mostOpen { open.removeFirst() }
      if word.isReleased { isReleased = true }
    }
    return (lastNumber, question)
  }

  /// Whether whoever is seen there counts on it no more, whatever the clocks of the two machines say: it sent its write
  /// before this host saw it, so it stops before `length` has passed here, less what its clock may be slower by.
  private func mayTake(_ seen: Seen, _ now: Int64) -> Bool {
    now.subtractingSaturated(seen.since) >= wait(for: seen)
  }

  private func wait(for seen: Seen) -> Int64 {
    if seen.entry.word?.isReleased == true { return 0 }
    // An absent key is not waited for: what is written there first gives nobody anything.
    if seen.entry.revision == 0 { return 0 }
    let length = seen.entry.word?.length ?? max(terms.length, longest)
    return fault == .noMargin ? length - length / 8 : Self.wait(length)
  }

  /// How long others wait for a lease: clocks may differ in rate by an eighth.
  public static func wait(_ length: Int64) -> Int64 { length.addingSaturated(length / 8) }

  // MARK: Hearing

  private mutating func wrote(_ word: LeaseWord, _ revision: UInt64, _ sent: Int64, _ now: Int64) {
    guard !word.isVacant else {
      // Whoever held it before the key was gone has written before this: it is waited for from now on.
      seen = Seen(entry: LeaseEntry(revision: revision, word: word), since: now)
      return
    }
    open.removeAll { $0.attempt <= word.attempt }
    let start = fault == .countFromAnswer ? now : sent
    guard !word.isReleased else {
      held = nil
      return
    }
    hold(word, revision, start)
  }

  private mutating func hold(_ word: LeaseWord, _ revision: UInt64, _ start: Int64) {
    let until = start.addingSaturated(terms.length)
    let fence = word.fence == 0 ? revision : word.fence
    held = Held(revision: revision, fence: fence, until: max(until, held?.until ?? until))
    seen = nil
  }

  private mutating func found(_ entry: LeaseEntry, _ now: Int64) {
    if let word = entry.word, word.session == session, foundOwn(word, entry.revision) {
      nextAt = now
      return
    }
    held = nil
    if seen == nil || seen?.entry != entry && fault != .ignoreRenewals {
      seen = Seen(entry: entry, since: now)
      longest = max(longest, entry.word?.length ?? 0)
    } else {
      seen?.entry = entry
    }
    guard let seen, terms.isWanted else { return }
    nextAt = min(nextAt, max(now, seen.since.addingSaturated(wait(for: seen))))
  }

  /// Takes in what this run wrote itself.
  /// - Returns: whether it holds the lease by that.
  private mutating func foundOwn(_ word: LeaseWord, _ revision: UInt64) -> Bool {
    if word.isReleased { return false }
    if let own = open.first(where: { $0.attempt == word.attempt }) {
      hold(word, revision, own.at)
      open.removeAll { $0.attempt <= word.attempt }
      return true
    }
    // One of which it does not know any more when it was sent, or an older one: a store may have lost what it had
    // confirmed. What is held counts for as long as it ever did, and goes on from here.
    held?.revision = revision
    return held != nil
  }
}
