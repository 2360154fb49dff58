import MarketModel

/// A symbol gets a new id while orders of it are open, as its tick or lot has changed: they are the same orders at the
/// venue, and all that is known of them goes on under the new id.
extension Trader {
  public func instrument(_ older: InstrumentID, replacedBy newer: InstrumentID) {
    if watched.remove(older) != nil { watched.insert(newer) }
    for account in byID {
      account.replace(older, by: newer)
      // Rates are of an id.
      if tasks.contains(.fees) { account.tasks[.fees, default: TaskState()].isWanted = true }
      replaceQuestions(FillFetch.Key(account: account.id, instrument: older), newer)
    }
    if let quantity = loss?.base.removeValue(forKey: older) {
      let sum = (loss?.base[newer] ?? .zero).adding(quantity)
      loss?.base[newer] = sum ?? quantity
    }
    work()
  }

  /// What waits to be asked is asked under the new id. What is on its way comes back under the old one.
  private func replaceQuestions(_ key: FillFetch.Key, _ newer: InstrumentID) {
    if let question = histories[key] {
      for id in question.due.sorted() {
        guard let life = lives[id] else { continue }
        life.isQueued = false
        life.ask(at: now)
        touch(life)
      }
      question.due = []
    }
    guard let old = fetches[key], let at = old.at else { return }
    let fetch = fetch(FillFetch.Key(account: key.account, instrument: newer))
    fetch.waiting.formUnion(old.waiting)
    fetch.since = min(fetch.since, old.since)
    fetch.isReconcile = fetch.isReconcile || old.isReconcile
    fetch.at = min(fetch.at ?? at, at)
    (old.since, old.waiting, old.isReconcile, old.at) = (.max, [], false, nil)
    if old.asked == nil { fetches[key] = nil }
  }
}
