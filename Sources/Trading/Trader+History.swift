import CPatchbay
import Decimals
import MarketModel
import Runtime

/// Orders of one account and instrument that one list can answer for.
final class HistoryQuestion {
  typealias Key = FillFetch.Key

  let key: Key
  /// Those that the next list is for.
  var due: Set<OrderID> = []
  /// Those that the list on its way is for.
  var asked: [OrderID] = []
  /// When the last list left; monotonic.
  var askedAt = Int64.min
  /// How far apart the orders of one list were made at most: less while lists are not whole. Nanoseconds.
  var span: Int64
  /// The same of the list on its way, and whether it left out orders that were made later.
  var askedSpan: Int64 = 0
  var leftOut = false
  /// Lists in a row that the venue would not give, whatever its state.
  var refusals = 0

  init(_ key: Key, span: Int64) {
    self.key = key
    self.span = span
  }

  /// Lists that are made within less are not divided further.
  static let leastSpan = second

  /// Takes note of a list's end: one that was not whole never will be, as histories only grow, and the next ones are
  /// for less.
  func learn(isWhole: Bool, most: Int64) {
    if isWhole {
      if leftOut || askedSpan > span / 2 { span = min(most, max(Self.leastSpan, span) * 2) }
    } else {
      span = askedSpan / 2
    }
  }
}

/// Asking about many orders at once. After a crash hundreds may be in doubt, and where the venue gives few answers an
/// hour is not enough to ask about each alone as often as it takes. One list of what was ordered about then says what
/// became of each that the venue has, and counts as one answer "not found" for each that it lacks, if it was whole. A
/// list reaches no further than it must: one of all since the oldest order in doubt would soon be too long to be whole,
/// and would cost the calls that the others need.
extension Trader {
  /// Whether the next question about an order may be part of a list. Not where lists were refused again and again: a
  /// venue may refuse what its connector offers. Not each time after questions that got no answer, see `aloneEvery`: a
  /// list takes several requests, and where each of them may fail it may never come. Nor when the order may have been
  /// made long before it was heard of, or when what is in doubt is whether it goes on as another one at the venue; nor
  /// that of an order which waits for a price and whose id at the venue is not known: not every venue's list names
  /// these by the client's.
  func mayShareQuestion(_ life: OrderLife, _ order: TrackedOrder) -> Bool {
    guard !order.draft.type.hasStop || !order.venueOrderID.isEmpty else { return false }
    guard path.offers(.orderHistory), life.isOwn, life.vainQuestions % aloneEvery != aloneEvery - 1,
      !order.isDoubted || order.venuePart == nil
    else { return false }
    return histories[HistoryQuestion.Key(account: life.account, instrument: order.instrument)]?.refusals ?? 0 < 3
  }

  /// Of so many questions in a row that got no answer the last is followed by one about the order alone: of more where
  /// the venue lets questions wait, as an answer about a single order then costs what a list of many would.
  private var aloneEvery: Int { questionsAllowed > 1 ? 2 : 6 }

  /// From so many orders on a list is worth it: where the venue lets questions wait, from two on.
  private var shareFrom: Int { questionsAllowed < policy.questionsAtOnce ? min(2, policy.shareFrom) : policy.shareFrom }

  func shareQuestion(_ life: OrderLife, _ order: TrackedOrder) {
    let key = HistoryQuestion.Key(account: life.account, instrument: order.instrument)
    // One for each account and instrument, for good: what is on its way belongs to it.
    let question = histories[key] ?? HistoryQuestion(key, span: policy.historySpan)
    histories[key] = question
    question.due.insert(life.id)
    life.isQueued = true
  }

  /// Sends the lists that are worth it, the oldest orders first, as many questions at once as the venue bears; fewer
  /// orders than that are asked about one by one.
  func askHistories() {
    guard !histories.isEmpty else { return }
    let ready = histories.values.filter { !$0.due.isEmpty && $0.asked.isEmpty }
    for question in ready.sorted(by: { ($0.askedAt, $0.key) < ($1.askedAt, $1.key) }) {
      guard questionsOpen < questionsAllowed else { return }
      let lives = takeDue(question)
      if lives.count < shareFrom {
        for life in lives {
          life.isQueued = false
          askAlone(life)
        }
      } else {
        ask(question, lives)
      }
    }
  }

  /// Those of the orders in doubt that one list can be for: the oldest, and what was made not long after it.
  private func takeDue(_ question: HistoryQuestion) -> [OrderLife] {
    // Some may have been heard of meanwhile.
    let lives = question.due.sorted().compactMap { self.lives[$0] }.filter { $0.isQueued && !$0.isAsking }
    guard let oldest = lives.map({ $0.made.earliest(path.times) }).min() else {
      question.due = []
      return []
    }
    let some = lives.filter { $0.made.earliest(path.times).subtractingSaturated(oldest) <= question.span }
    question.due = Set(lives.map(\.id)).subtracting(some.map(\.id))
    question.leftOut = some.count < lives.count
    return some
  }

  private func ask(_ question: HistoryQuestion, _ lives: [OrderLife]) {
    let times = lives.map { $0.made.earliest(path.times) }
    let (oldest, newest) = (times.min() ?? 0, times.max() ?? 0)
    question.asked = lives.map(\.id)
    (question.askedAt, question.askedSpan) = (now, newest - oldest)
    counters.lists += 1
    isListsTurn = false
    questionsOpen += 1
    for life in lives { (life.isQueued, life.isAsking) = (false, true) }
    var command = CommandDraft(.orderHistory)
    command.account = question.key.account.rawValue
    command.instrument = question.key.instrument.rawValue
    (command.since, command.until) = reached(lives)
    let id = path.reserveCommand()
    accounts[question.key.account]?.awaited[id] = AwaitedSet(.orders, of: question.key.instrument)
    let asked = now
    give(command, as: id, within: policy.listAnswer) { [weak self] result in
      guard let self else { return }
      questionsOpen -= 1
      learn(result, took: now - asked)
      answered(question, id, result)
      askNext()
      work()
    }
  }

  private func answered(_ question: HistoryQuestion, _ command: CommandID, _ result: CommandResult) {
    let asked = question.asked
    question.asked = []
    let isWhole = takeCompletion(of: command, question.key.account)
    let isDivisible = asked.count > 1 && question.askedSpan >= HistoryQuestion.leastSpan
    // One that did not come may reach too far: it then takes more requests than there is time for.
    if result.outcome == .done ? isWhole || isDivisible : asked.count > 1 {
      question.learn(isWhole: result.outcome == .done && isWhole, most: policy.historySpan)
    }
    question.refusals = result.outcome == .done ? 0 : question.refusals + (isPassing(result) ? 0 : 1)
    for id in asked {
      guard let life = lives[id] else { continue }
      life.isAsking = false
      if result.outcome != .done {
        unanswered(life, result)
      } else if life.heardBy == command {
        found(life)
      } else if isWhole {
        // A list of the orders made then says more than one of fills.
        if life.uncertainSince + policy.arrivalGrace <= question.askedAt { life.isHistoryChecked = true }
        notFound(life, asked: question.askedAt)
      } else if isDivisible {
        life.ask(at: now)
      } else {
        askAlone(life)
      }
      touch(life)
    }
  }

  /// Whether a list failed for a reason that passes: then the next one may well come.
  private func isPassing(_ result: CommandResult) -> Bool {
    [PB_ERR_RATE_LIMIT, PB_ERR_CLOCK, PB_ERR_TRANSIENT, PB_ERR_MAINTENANCE, PB_ERR_NOT_SENT].contains(Int(result.error))
  }
}
