import CPatchbay
import MarketModel
import Records

/// What the connector says of accounts.
extension Session {
  func account(_ record: RecordReader) {
    guard var fact = AccountFact(record) else { return cut(record) }
    guard isOfOurs(fact) else { return }
    if fact.isKept, !selfMade.takesFact(now: times.mono) { return fault("it reports more of accounts than is kept") }
    if view.hasReplaced { fact.rename { view.current($0) } }
    if case .complete(var set) = fact {
      set.isPartial = set.isPartial || isCut(set.command)
      fact = .complete(set)
    }
    guard let id = fact.command?.rawValue, var attempt = commands[id]?.attempt else { return apply(fact) }
    let facts = attempt.take(fact)
    commands[id]?.attempt = attempt
    for fact in facts { apply(fact) }
  }

  /// What is said of an account stands in `accounts` before anybody is told.
  func apply(_ fact: AccountFact) {
    guard let changes = accounts.apply(fact, now: times.mono) else {
      // A payment that was counted before is no loss.
      if case .funding = fact { return }
      if let command = fact.command { commands[command.rawValue]?.isCut = true }
      return
    }
    for change in changes { tell(.order(change)) }
    if case .funding(let payment) = fact { tell(.funding(payment)) }
    accountObserver?.account(fact, changes)
  }

  /// A fact has no exact numbers or no known state. The set whose part it is lacks it: nothing may be concluded from
  /// what that set does not hold.
  private func cut(_ record: RecordReader) {
    let command: (id: UInt64, what: String)? =
      switch record.kind {
      case PB_EV_ORDER: (record.head(as: pb_order.self).command, "an order")
      case PB_EV_FILL: (record.head(as: pb_fill.self).command, "a fill")
      case PB_EV_BALANCE: (record.head(as: pb_balance.self).command, "a balance")
      case PB_EV_POSITION: (record.head(as: pb_position.self).command, "a position")
      case PB_EV_FUNDING_PAYMENT: (record.head(as: pb_funding_payment.self).command, "a funding payment")
      default: nil
      }
    guard let command else { return }
    commands[command.id]?.isCut = true
    if takesLine() {
      tell(.log(level: .warning, text: "\(command.what) has no exact numbers or no known state and does not count"))
    }
  }

  private func isCut(_ command: CommandID) -> Bool {
    guard let command = commands[command.rawValue] else { return true }
    return command.isCut || command.malformed != counters.malformed
  }

  /// A symbol has a new id: what was known under the older one goes on under the newer.
  func replaced(_ older: InstrumentID, by market: MarketState) {
    accounts.replace(older, by: market.instrument.id)
    tell(.instrumentReplaced(older, by: market))
    accountObserver?.instrument(older, replacedBy: market.instrument.id)
  }

  /// Whether a fact is of an account that the connector was given, and of something that exists.
  private func isOfOurs(_ fact: AccountFact) -> Bool {
    switch fact {
    case .complete(let fact): commands[fact.command.rawValue] != nil
    case .fees(let fact): knowsAccount(fact.account) && knows(fact.instrument)
    case .mode(let fact): knowsAccount(fact.account) && knows(fact.instrument)
    default: knowsAccount(fact.account)
    }
  }

  private func knowsAccount(_ account: AccountID) -> Bool { knownAccounts.contains(account.rawValue) }

  private func knows(_ instrument: InstrumentID?) -> Bool { instrument.map { view[$0.rawValue] != nil } ?? true }
}
