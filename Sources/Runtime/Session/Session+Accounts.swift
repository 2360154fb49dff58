import CPatchbay
import MarketModel
import Records

/// What the connector says of accounts.
extension Session {
  func account(_ record: RecordReader) {
    guard let fact = AccountFact(record) else { return cut(record) }
    account(fact)
  }

  private func account(_ fact: AccountFact) {
    var fact = fact
    guard isOfOurs(fact) || claim(&fact) else { return }
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

  /// What is said of an account stands in `accounts` before anybody is informed.
  func apply(_ fact: AccountFact) {
    let refused = accounts.refused
    let changes = accounts.apply(fact, now: times.mono)
    // A payment that was counted before is no loss.
    if accounts.refused != refused, let command = fact.command { commands[command.rawValue]?.isCut = true }
    guard let changes else { return }
    for change in changes { publish(.order(change)) }
    if case .funding(let payment) = fact { publish(.funding(payment)) }
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
    let reference = OrderReference(record)
    if takesLine() {
      let what = command.what + (reference.map { naming($0) } ?? "")
      publish(.log(level: .warning, text: "\(what) has no exact numbers or no known state and does not count"))
    }
    if let reference { account(.unreadable(reference, CommandID(answering: command.id))) }
  }

  /// What of a record that broke the contract can still be read. A time that is none is left out: what happened counts
  /// without it. With anything else missing it does not count, and its order is in doubt.
  func account(spoiled record: RecordReader, _ fault: RecordFault) {
    if case .time = fault { account(record) } else { cut(record) }
  }

  private func naming(_ reference: OrderReference) -> String {
    let names = [reference.clientOrderID, reference.venueOrderID].filter { !$0.isEmpty }
    guard names.isEmpty else { return " (of the order \(names.joined(separator: ", ")))" }
    return reference.order.map { " (of order \($0.rawValue))" } ?? ""
  }

  /// Whether what is said of an account that does not exist names an order of ours: then it contradicts that order. A
  /// venue's id of an order is looked for in every account.
  private func claim(_ fact: inout AccountFact) -> Bool {
    switch fact {
    case .order(var said):
      said.reference.order = claimed(said.reference)
      fact = .order(said)
      return said.reference.order != nil
    case .fill(var said):
      said.reference.order = claimed(said.reference)
      fact = .fill(said)
      return said.reference.order != nil
    case .unreadable(var reference, let command):
      reference.order = claimed(reference)
      fact = .unreadable(reference, command)
      return reference.order != nil
    default: return false
    }
  }

  private func claimed(_ reference: OrderReference) -> OrderID? {
    if let id = accounts.orders.named(reference) { return id }
    for account in knownAccounts {
      var other = reference
      other.account = AccountID(account)
      if let id = accounts.orders.named(other) { return id }
    }
    return nil
  }

  private func isCut(_ command: CommandID) -> Bool {
    guard let command = commands[command.rawValue] else { return true }
    return command.isCut || command.malformed != counters.malformed
  }

  /// A symbol has a new id: what was known under the older one goes on under the newer.
  func replaced(_ older: InstrumentID, by market: MarketState) {
    accounts.replace(older, by: market.instrument.id)
    publish(.instrumentReplaced(older, by: market))
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
