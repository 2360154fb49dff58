import CPatchbay
import Decimals
import MarketModel
import Runtime

/// Asking the venue what became of an order. Only its own words count: an error on the way says nothing.
extension Trader {
  func askWhenDue(_ life: OrderLife, _ order: TrackedOrder) {
    guard let time = life.askAt, time <= now, !life.isAsking, !life.isQueued else { return }
    guard path.offers(.order) else { return askByList(life) }
    life.askAt = nil
    if mayShareQuestion(life, order) { shareQuestion(life, order) } else { askAlone(life) }
  }

  func askAlone(_ life: OrderLife) {
    guard !life.isAsking, let order = orders[life.id] else { return }
    guard questionsOpen < questionsAllowed else {
      life.isQueued = true
      return questionsWaiting.append(life.id)
    }
    life.isAsking = true
    isListsTurn = true
    questionsOpen += 1
    counters.questions += 1
    var command = command(.order, order)
    command.alike = alike(life, order)
    let id = path.reserveCommand()
    let asked = now
    give(command, as: id, within: policy.questionAnswer) { [weak self] result in
      guard let self else { return }
      questionsOpen -= 1
      learn(result, took: now - asked)
      life.isAsking = false
      answered(life, id, result, asked: asked)
      touch(life)
      askNext()
      work()
    }
  }

  /// A venue without a question for one order: the list of open ones answers it.
  private func askByList(_ life: OrderLife) {
    life.askAt = nil
    accounts[life.account]?.tasks[.orders]?.isWanted = true
  }

  /// A question of several requests that waits for a limit wastes those that left: where the venue lets questions
  /// wait, fewer are asked at once, and more again when it does not.
  func learn(_ result: CommandResult, took: Int64) {
    let isHeldBack = [PB_ERR_NOT_SENT, PB_ERR_RATE_LIMIT].contains(Int(result.error))
    if isHeldBack || took > policy.slowQuestion {
      questionsAllowed = max(1, questionsAllowed / 2)
    } else {
      questionsAllowed = min(policy.questionsAtOnce, questionsAllowed + 1)
    }
  }

  /// Sends what waits for its turn, as many as the venue bears: lists and questions about one order by turns.
  func askNext() {
    if isListsTurn { askHistories() }
    var free = questionsAllowed - questionsOpen
    while free > 0, let life = nextQuestion() {
      guard life.isQueued else { continue }
      life.isQueued = false
      // It may have been heard of meanwhile.
      guard let state = orders[life.id]?.state, !state.isTerminal || state == .lost else { continue }
      free -= 1
      askAlone(life)
    }
  }

  /// The order whose turn it is to be asked about; `nil` when none waits. Constant time on average.
  private func nextQuestion() -> OrderLife? {
    var life: OrderLife?
    while life == nil, questionsTaken < questionsWaiting.count {
      life = lives[questionsWaiting[questionsTaken]]
      questionsTaken += 1
    }
    if questionsTaken > questionsWaiting.count / 2 {
      questionsWaiting.removeFirst(questionsTaken)
      questionsTaken = 0
    }
    return life
  }

  private func answered(_ life: OrderLife, _ command: CommandID, _ result: CommandResult, asked: Int64) {
    if result.outcome == .done, life.heardBy == command {
      found(life)
    } else if result.outcome == .refused, Int(result.error) == PB_ERR_UNKNOWN_ORDER {
      notFound(life, asked: asked)
    } else if policy.fault == .trustErrors {
      notFound(life, asked: asked)
    } else {
      unanswered(life, result)
    }
  }

  func unanswered(_ life: OrderLife, _ result: CommandResult) {
    life.askAgain(at: now.addingSaturated(max(result.retryAfter, pause(life.vainQuestions))))
    life.vainQuestions += 1
  }

  private func pause(_ tries: Int) -> Int64 { backoff(tries, first: policy.askAfter, most: policy.askAtMost) }

  /// The venue has spoken of the order; what it said is in its facts.
  func found(_ life: OrderLife) {
    life.vainQuestions = 0
    life.notFound = 0
    life.isHistoryChecked = false
    // The answer itself may not agree with the order.
    if let order = orders[life.id], order.isDoubted { stillDoubted(life, order) }
    // A cancel that got no answer, or was confirmed without effect, is given again while the order lives.
    if life.isCancelWanted, !life.isCancelling { life.cancelAt = min(life.cancelAt ?? .max, now + cancelPause(life)) }
  }

  /// An answer has not settled a doubt. It is settled when the venue showed the order alive as often, and over as long,
  /// as it takes to give one up.
  private func stillDoubted(_ life: OrderLife, _ order: TrackedOrder) {
    guard order.aliveAnswers > policy.notFoundLimit, now - life.doubtedSince >= policy.notFoundSpread else {
      return doubt(life)
    }
    _ = path.accounts.orders.settleAlive(life.id, now: now)
  }

  func cancelPause(_ life: OrderLife) -> Int64 {
    life.cancelTries == 0 ? 0 : backoff(life.cancelTries - 1, first: policy.cancelAgain, most: policy.cancelAtMost)
  }

  /// The venue says that it does not know the order. It is given up when that was said often enough, over long enough,
  /// to a question that was asked when its request could no longer arrive, and when the history shows no fill of it
  /// either.
  func notFound(_ life: OrderLife, asked: Int64) {
    guard let order = orders[life.id], !order.state.isTerminal || order.state == .lost else { return }
    life.vainQuestions = 0
    // One that was given up has had its answer; it is asked about again when everything is compared.
    if life.isLost { return }
    if life.notFound == 0 { life.notFoundSince = now }
    life.notFound += 1
    if policy.fault == .trustErrors {
      return life.notFound > policy.notFoundLimit ? giveUp(life) : life.ask(at: now + pause(life.notFound))
    }
    // Answers before that decide nothing; so the questions that do wait for it.
    let decidable = max(life.notFoundSince + policy.notFoundSpread, life.uncertainSince + policy.arrivalGrace)
    let isUnchecked = !life.isHistoryChecked && path.offers(.fills)
    if asked >= decidable, life.notFound > policy.notFoundLimit, !isUnchecked { return giveUp(life) }
    // The history of fills is looked at before the last question, unless the list said as much.
    if now >= decidable, life.notFound >= policy.notFoundLimit, isUnchecked { fetchFills(life) }
    let next = now + pause(life.notFound)
    life.askAgain(at: life.notFound >= policy.notFoundLimit ? max(next, decidable) : next)
  }

  private func giveUp(_ life: OrderLife) {
    guard let change = path.accounts.orders.giveUp(life.id, now: now) else { return }
    keep(.givenUp, of: life, reason: "the venue does not know it")
    // One in doubt has come to the end that was claimed.
    guard change.after == .lost else { return touch(life) }
    life.isLost = true
    life.lostAt = now
    open.remove(life.id)
    if let order = orders[life.id] { budget.ended(life.id, filled: order.filled, of: order.quantity, at: now) }
    touch(life)
    if !life.hasReportedEnd { emit(.lost(life.id)) }
  }
}
