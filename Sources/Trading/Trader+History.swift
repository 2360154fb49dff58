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

  init(_ key: Key) { self.key = key }
}

/// Asking about many orders at once. After a crash hundreds may be in doubt; one list of what was ordered since then
/// says what became of each that the venue has, and counts as one answer "not found" for each that it lacks. Giving one
/// up is left to a question about it alone.
extension Trader {
  /// Whether the next question about an order may be part of a list. Not the one that decides, nor one after lists that
  /// failed again and again: a venue may refuse what its connector offers.
  func mayShareQuestion(_ life: OrderLife) -> Bool {
    path.offers(.orderHistory) && life.vainQuestions < 3 && (life.isLost || life.notFound < policy.notFoundLimit)
  }

  func shareQuestion(_ life: OrderLife, _ order: TrackedOrder) {
    let key = HistoryQuestion.Key(account: life.account, instrument: order.instrument)
    // One for each account and instrument, for good: what is on its way belongs to it.
    let question = histories[key] ?? HistoryQuestion(key)
    histories[key] = question
    question.due.insert(life.id)
    life.isQueued = true
  }

  /// Sends the lists that are worth it; fewer orders than that are asked about one by one.
  func askHistories() {
    guard !histories.isEmpty else { return }
    let ready = histories.values.filter { !$0.due.isEmpty && $0.asked.isEmpty }
    for question in ready.sorted(by: { ($0.key.account, $0.key.instrument) < ($1.key.account, $1.key.instrument) }) {
      let orders = question.due.sorted()
      question.due = []
      if orders.count < policy.shareFrom {
        for life in orders.compactMap({ lives[$0] }) {
          life.isQueued = false
          askAlone(life)
        }
      } else {
        ask(question, orders)
      }
    }
  }

  private func ask(_ question: HistoryQuestion, _ orders: [OrderID]) {
    let lives = orders.compactMap { self.lives[$0] }
    guard !lives.isEmpty else { return }
    question.asked = lives.map(\.id)
    counters.lists += 1
    for life in lives { (life.isQueued, life.isAsking) = (false, true) }
    var command = CommandDraft(.orderHistory)
    command.account = question.key.account.rawValue
    command.instrument = question.key.instrument.rawValue
    command.since = max(0, (lives.map(\.createdAtVenue).min() ?? 0).subtractingSaturated(policy.historyOverlap))
    let id = path.reserveCommand()
    path.send(command, as: id) { [weak self] result in
      self?.answered(question, id, result)
      self?.work()
    }
  }

  private func answered(_ question: HistoryQuestion, _ command: CommandID, _ result: CommandResult) {
    let asked = question.asked
    question.asked = []
    let isWhole = takeCompletion(of: command, question.key.account)
    for id in asked {
      guard let life = lives[id] else { continue }
      life.isAsking = false
      if result.outcome != .done {
        unanswered(life, result)
      } else if life.heardBy == command {
        found(life)
      } else if isWhole {
        notFound(life)
      } else {
        askAlone(life)
      }
      touch(life)
    }
  }
}
