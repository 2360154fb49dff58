import MarketModel

/// One attempt at a command, from its delivery to its answer.
///
/// A venue that refuses a timestamp or a nonce has done nothing, and the host gives such a command once more. What the
/// connector said of the first attempt must be of no effect then. So what says of an order that it never lived waits
/// for the answer: it is dropped when the command is given again, and applied before the answer when it is not. All
/// else is applied at once, and shows that something has happened: such a command is not given again.
struct CommandAttempt {
  private let verb: Verb
  private let limit: Int
  /// What waits for the answer, in the order in which it came.
  private(set) var held: [AccountFact] = []
  /// A part of the answer has come.
  private(set) var hasSpoken = false
  /// The answer cannot say that nothing has happened.
  private(set) var hasHappened = false

  /// It only asks, and nothing of an answer has come: whether it is asked once or twice is the same to everybody.
  var mayBeAskedAgain: Bool {
    switch verb {
    case .clock, .order, .openOrders, .orderHistory, .fills, .balances, .positions, .fees, .funding, .fundingPayments,
      .modes:
      !hasSpoken
    default: false
    }
  }

  init(_ draft: CommandDraft) {
    verb = draft.verb
    limit = max(1, draft.items.count)
  }

  /// Whether a fact that answers the command waits for the answer.
  /// - Returns: the facts to apply now, in order.
  mutating func take(_ fact: AccountFact) -> [AccountFact] {
    hasSpoken = true
    switch verb {
    case .place, .amend, .cancel, .cancelMany: break
    default: return [fact]
    }
    switch fact {
    case .order(let order) where order.report.claim == .rejected || order.report.claim == .notSent:
      if held.count < limit, !hasHappened {
        held.append(fact)
        return []
      }
      // More ends than the command has orders: no such answer is understood, and none is repeated.
      hasHappened = true
      defer { held = [] }
      return held + [fact]
    case .order, .fill, .unreadable:
      hasHappened = true
      defer { held = [] }
      return held + [fact]
    default: return [fact]
    }
  }
}
