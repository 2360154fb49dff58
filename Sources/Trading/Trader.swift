import Decimals
import MarketModel
import Runtime

/// Owns the life of the orders of one connector instance, over one or several accounts, from the wish of a strategy to
/// an end that the venue has confirmed.
///
/// An order is in the journal before its command is given. A command that gets no answer is never given again: the
/// venue is asked until it says what became of the order. After a restart and after each loss of the private stream
/// everything is compared with the venue. See docs/orders.md.
///
/// Lives on one lane; not thread-safe. Reads no clock: the path reports the time, and the owner calls `tick` when `due`
/// says so. Strategies may give orders from inside an event.
public final class Trader: LaneChore {
  public let path: OrderPath
  public var policy: TraderPolicy
  /// Hears of every event; must outlive the trader.
  public weak var observer: TraderObserver?
  /// Instruments whose history is read when everything is compared, besides those of orders in mind.
  public var watched: Set<InstrumentID> = []
  public internal(set) var budget: Budget
  /// Client order ids of this trader; made for the venue's rule.
  public internal(set) var ids: ClientOrderIDs
  /// Why no new orders are taken; `nil` when they are.
  public internal(set) var haltReason: String? {
    didSet { if (oldValue == nil) != (haltReason == nil) { path.halted(haltReason != nil) } }
  }
  /// Why an account may place no order at this moment though everything is there, for people; `nil` = it may. Asked
  /// before an order is taken, and when it is about to be sent.
  public var hindrance: ((AccountID) -> String?)?
  /// Bad journal entries and strange orders that were seen, for people.
  public internal(set) var counters = Counters()

  /// What was noticed in passing.
  public struct Counters: Equatable, Sendable {
    /// Facts of orders with this trader's mark that are of no use any more.
    public var oldNews: UInt64 = 0
    /// Questions asked about single orders.
    public var questions: UInt64 = 0
    /// Lists asked for that answer for many orders.
    public var lists: UInt64 = 0
    /// How often one order was looked at.
    public var worked: UInt64 = 0
    /// Commands that were not answered in time.
    public var unanswered: UInt64 = 0
    /// Lists and histories asked for.
    public var polls: UInt64 = 0
    /// Orders that a restart could not place, as their symbol is not known.
    public var unplaced: UInt64 = 0
    /// Fills without an order that the journal was not given, as there were too many.
    public var strayFillsDropped: UInt64 = 0
    /// Orders with this trader's mark that were not taken in, as there were too many.
    public var notAdopted: UInt64 = 0
    /// How often taking one in was put off, as too many came at once.
    public var adoptionsPutOff: UInt64 = 0
    /// What the journal was not given, as too much waited for it.
    public var entriesDropped: UInt64 = 0
  }

  let journal: OrderJournal
  let accounts: [AccountID: AccountLife]
  /// The accounts, by id.
  let byID: [AccountLife]
  /// What this path can be asked of an account.
  let tasks: [AccountTask]
  var lives: [OrderID: OrderLife] = [:]
  /// Orders that have not ended.
  var open: Set<OrderID> = []
  var timers = TimerQueue()
  var dirty: [OrderID] = []
  var isWorking = false
  var isStarted = false
  var wasReady = false

  var questionsOpen = 0
  /// How many may be on their way at once, as the venue bears it.
  var questionsAllowed: Int
  var questionsWaiting: [OrderID] = []
  /// How many of them, in order, have had their turn.
  var questionsTaken = 0
  /// The last question was about one order: where the venue bears one at a time, the next is a list.
  var isListsTurn = true
  var histories: [HistoryQuestion.Key: HistoryQuestion] = [:]
  var fetches: [FillFetch.Key: FillFetch] = [:]

  /// What is called with the answers to commands, and when each has taken too long; by the command.
  var unanswered: [UInt64: (CommandResult) -> Void] = [:]
  var answerTimers = TimerQueue()

  // The journal.
  var entries: [KeptEntry] = []
  var nextEntry: UInt64 = 0
  var journalRetryAt: Int64?
  var isJournalFailing = false
  /// The journal lacks something that has happened, and is given nothing more in this run.
  var isJournalBehind = false
  var counterKept: UInt64 = 0

  /// Orders of this run that ended and were forgotten. What is still said of them is old news, unless it shows that
  /// they live.
  var forgotten = Recent<OrderID, ForgottenEnd>(limit: 65_536)
  var strays = StrayFills()
  /// What was reported of positions that the exchange closed.
  var forcedLately = Recent<ForcedKey, Void>(limit: 256)
  /// What happened before is old news when it comes as an answer.
  var startedAt = VenueMoment(venue: 0)
  var adoptions: Throttle
  var adoptionPace: Throttle
  var runStart: UInt64 = 0
  var unplaced: [RestoredOrder] = []
  var forgetAt: Int64 = 0

  var stopping: StopOrder?
  /// The connector has stopped for good: nothing more is heard of any order in this run.
  var hasPathEnded = false
  var loss: LossLimit?
  /// Prices move without a word to the trader: profit is looked at every second.
  var lossCheckedAt: Int64 = 0

  /// - Parameters:
  ///   - accounts: those this trader trades on.
  ///   - ids: makes client order ids; its counter is set from the journal.
  ///   - fees: what users say about fees; wins over what the venue says.
  public init(
    path: OrderPath, accounts: [AccountID], journal: OrderJournal, ids: ClientOrderIDs,
    policy: TraderPolicy = TraderPolicy(), fees: FeeSchedule = FeeSchedule(), observer: TraderObserver? = nil
  ) {
    self.path = path
    self.journal = journal
    self.ids = ids
    self.policy = policy
    questionsAllowed = max(1, policy.questionsAtOnce)
    adoptions = Throttle(burst: policy.adoptedInAll, interval: second)
    adoptionPace = Throttle(burst: policy.adoptedAtOnce, interval: second / max(1, policy.adoptedPerSecond))
    self.observer = observer
    budget = Budget(fees: fees)
    byID = Set(accounts).sorted().map(AccountLife.init)
    self.accounts = Dictionary(uniqueKeysWithValues: byID.map { ($0.id, $0) })
    tasks = AccountTask.allCases.filter { path.offers($0.verb) }
    path.accountObserver = self
  }

  /// The orders in mind.
  public var orders: OrderTracker { path.accounts.orders }
  /// How many orders have not ended.
  public var openCount: Int { open.count }
  var now: Int64 { path.times.mono }

  /// Reads the journal, takes its orders back in mind, and begins to compare with the venue. The instruments must be
  /// known by then.
  /// - Throws: `JournalFailure` when the journal cannot be read: then nothing may be traded.
  public func start() throws(JournalFailure) {
    guard !isStarted else { return }
    restore(try journal.restore())
    isStarted = true
    startedAt = VenueMoment(venue: path.times.venue, mono: now)
    for account in byID { account.reconcileWanted = policy.fault != .skipReconcile }
    work()
  }

  /// When `tick` must be called next, on the monotonic clock; `nil` before `start`.
  public var due: Int64? {
    guard isStarted else { return nil }
    guard dirty.isEmpty else { return now }
    var due = forgetAt
    if let next = timers.nextDue { due = min(due, next) }
    if let next = answerTimers.nextDue { due = min(due, next) }
    if let next = path.due { due = min(due, next) }
    if let journalRetryAt { due = min(due, journalRetryAt) }
    if let stopping { due = min(due, stopping.deadline) }
    if loss != nil, haltReason == nil { due = min(due, lossCheckedAt + second) }
    for account in byID { due = min(due, nextPoll(account)) }
    for fetch in fetches.values { if let next = fetch.due { due = min(due, next) } }
    return due
  }

  /// Does what is due at the path's time.
  public func tick() {
    guard isStarted else { return }
    path.tick()
    endUnanswered()
    while let id = timers.takeDue(now) { dirty.append(OrderID(id)) }
    if let time = journalRetryAt, time <= now {
      journalRetryAt = nil
      flush()
    }
    if forgetAt <= now { forgetEnded() }
    work()
  }

  /// As work of a lane: `tick` when it is due.
  public func run(_ times: Times) -> Int64? {
    if let due, due <= times.mono { tick() }
    return due
  }

  func emit(_ event: TraderEvent) { observer?.trader(self, event) }

  /// Looks at an order again.
  func touch(_ life: OrderLife) {
    dirty.append(life.id)
  }

  /// Brings every order that something happened to, and every account, to what follows from what is known. Does nothing
  /// when it runs already: the outer run goes on until nothing is left, or so many orders were looked at that others
  /// must have the lane first; then `due` says that it goes on at once.
  func work() {
    guard !isWorking, isStarted else { return }
    isWorking = true
    var left = max(1, policy.ordersPerTurn)
    repeat {
      var next = 0
      while next < dirty.count, left > 0 {
        let id = dirty[next]
        next += 1
        left -= 1
        if let life = lives[id] { work(life) }
      }
      dirty.removeFirst(next)
      for account in byID { poll(account) }
      askHistories()
      fetchDue()
      checkStop()
      checkLoss()
      flush()
      reportReadiness()
    } while !dirty.isEmpty && left > 0
    isWorking = false
  }

  private func reportReadiness() {
    let isReady = isReady
    guard isReady != wasReady else { return }
    wasReady = isReady
    emit(.ready(isReady))
  }
}
