import CPatchbay
import MarketModel
import Runtime

/// Commands that are not answered in time. A connector answers each when its requests have ended, by their time limits;
/// one that does not, by a fault or by intent, keeps neither an order from being looked after nor a list from being
/// asked for again.
extension Trader {
  /// Gives a command that places no order. `completion` is called once: with its answer, or as unknown when there is
  /// none after `limit` nanoseconds. A later answer counts by its facts alone.
  func give(
    _ draft: CommandDraft, as id: CommandID, within limit: Int64, completion: @escaping (CommandResult) -> Void
  ) {
    unanswered[id.rawValue] = completion
    answerTimers.set(id.rawValue, due: now.addingSaturated(limit))
    path.send(draft, as: id) { [weak self] result in
      guard let self, let completion = unanswered.removeValue(forKey: id.rawValue) else { return }
      answerTimers.cancel(id.rawValue)
      completion(result)
    }
  }

  /// Ends the commands whose time is over.
  func endUnanswered() {
    while let id = answerTimers.takeDue(now) {
      guard let completion = unanswered.removeValue(forKey: id) else { continue }
      counters.unanswered += 1
      _ = path.accounts.orders.commandEnded(CommandID(id), .unknown, now: now)
      completion(
        CommandResult(
          .unknown, error: UInt32(PB_ERR_TRANSIENT), text: "\(path.name) has not answered the command in time"))
    }
  }

  /// An order's command is about to be given.
  func expectAnswer(_ life: OrderLife, _ command: CommandID) {
    (life.placedBy, life.answerBy) = (command, now.addingSaturated(policy.placeAnswer))
    touch(life)
  }

  /// The placing of an order was not answered in time: the venue may have it, and is asked. One of which nothing has
  /// left yet, as it waits for a limit, is in no doubt. A later answer counts as any.
  func doubtUnanswered(_ life: OrderLife) {
    guard let time = life.answerBy, time <= now, let command = life.placedBy, let order = orders[life.id] else {
      return
    }
    if path.wait(of: command) != nil {
      life.answerBy = now + second
      return
    }
    life.answerBy = nil
    guard order.state == .pendingCreate || order.state == .pendingCancel, !order.hasLived else { return }
    _ = path.accounts.orders.commandEnded(order.createCommand, .unknown, now: now)
    let reason = "\(path.name) has not answered its placing"
    keep(.outcome(order.createCommand, .unknown), of: life, reason: reason)
    // Its request may still leave for as long as any.
    let left = policy.sendLatest - policy.placeAnswer
    life.uncertainSince = now + left
    life.askForFate(at: now)
  }
}
