import Decimals
import MarketModel
import Runtime

/// Commands that name an order carry what it is, so that a connector need not remember it; see `pb_in_command`.
extension Trader {
  /// A question about an order, or a cancel of it.
  func command(_ verb: Verb, _ order: TrackedOrder) -> CommandDraft {
    var command = name(order, verb)
    command.setNumbers(of: order)
    return command
  }

  /// A change of an order, without what changes.
  func name(_ order: TrackedOrder, _ verb: Verb) -> CommandDraft {
    var command = CommandDraft(verb, naming: order)
    guard let life = lives[order.id] else { return command }
    command.position = life.leg
    if life.isOwn { (command.since, command.until) = reached([life]) }
    return command
  }

  /// Between which times of the venue's clock orders of this trader reached it, if they ever did; until 0: now.
  func reached(_ lives: [OrderLife]) -> (since: Int64, until: Int64) {
    let oldest = lives.map { $0.made.earliest(path.times) }.min() ?? 0
    let newest = lives.map { $0.made.latest(path.times) }.max() ?? 0
    // What is older than a request can travel is not looked for among all that came since.
    let until = newest.addingSaturated(policy.arrivalGrace + 2 * policy.historyOverlap)
    return (max(0, oldest.subtractingSaturated(policy.historyOverlap)), until < path.times.venue ? until : 0)
  }

  /// How many other orders that are in mind could be taken for this one by what they are. Not fewer than there ever
  /// were: one of them may have ended since, and be in the venue's list all the same. Linear in the orders in mind; for
  /// questions, of which few are asked at once.
  func alike(_ life: OrderLife, _ order: TrackedOrder) -> Int {
    let (account, instrument, draft) = (order.account, order.instrument, order.draft)
    let count = orders.all.reduce(0) { count, other in
      let isAlike =
        other.id != order.id && other.account == account && other.instrument == instrument
        && other.draft.side == draft.side && other.draft.type == draft.type && other.draft.stop == draft.stop
        && (other.draft.quantity == draft.quantity || other.quantity == order.quantity)
        && (other.draft.price == draft.price || other.price == order.price)
      return isAlike ? count + 1 : count
    }
    life.alike = max(life.alike, count)
    return life.alike
  }
}
