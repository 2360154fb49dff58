import MarketModel
import Testing

@testable import Runtime

/// What is said in answer to an attempt that may be repeated.
@Suite struct CommandAttemptTests {
  private func order(_ claim: OrderReport.Claim, _ id: UInt64 = 1) -> AccountFact {
    let reference = OrderReference(account: AccountID(1), instrument: InstrumentID(1), order: OrderID(id))
    return .order(OrderFact(reference, OrderReport(claim), command: CommandID(5)))
  }

  @Test func rejectedOrdersWaitForTheAnswer() {
    for verb in [Verb.place, .amend, .cancel, .cancelMany] {
      var attempt = CommandAttempt(CommandDraft(verb))
      #expect(attempt.take(order(.rejected)).isEmpty && attempt.held == [order(.rejected)] && !attempt.hasHappened)
    }
    var question = CommandAttempt(CommandDraft(.order))
    #expect(question.take(order(.rejected)).count == 1 && question.held.isEmpty)
  }

  /// Only what asks, and only as long as nothing of an answer has come.
  @Test func questionsMayBeAskedAgainUntilTheyAreAnswered() {
    for verb in [Verb.place, .amend, .cancel, .cancelMany, .leverage, .subscribe, .instruments, .swap, .approve] {
      #expect(!CommandAttempt(CommandDraft(verb)).mayBeAskedAgain)
    }
    for verb in [Verb.order, .openOrders, .fills, .balances, .positions, .clock] {
      var attempt = CommandAttempt(CommandDraft(verb))
      #expect(attempt.mayBeAskedAgain)
      _ = attempt.take(order(.open))
      #expect(!attempt.mayBeAskedAgain)
    }
  }

  /// In answer to a command of which something has happened nothing is held, and it is not given again.
  @Test func aSignOfLifeEndsTheWaiting() {
    var draft = CommandDraft(.place)
    draft.items = [CommandDraft(.place), CommandDraft(.place)]
    var attempt = CommandAttempt(draft)
    #expect(attempt.take(order(.rejected, 1)).isEmpty)
    #expect(attempt.take(order(.open, 2)) == [order(.rejected, 1), order(.open, 2)])
    #expect(attempt.hasHappened && attempt.held.isEmpty)
  }

  @Test func aConnectorCannotMakeItGrow() {
    var attempt = CommandAttempt(CommandDraft(.place))
    for _ in 0..<100 { _ = attempt.take(order(.rejected)) }
    #expect(attempt.held.count <= 1 && attempt.hasHappened)
  }
}
