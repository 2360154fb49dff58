import Decimals
import MarketModel
import Runtime

/// A history of fills of one account and instrument that is to be asked for, or is.
final class FillFetch {
  struct Key: Hashable, Comparable {
    let account: AccountID
    let instrument: InstrumentID

    static func < (left: Key, right: Key) -> Bool {
      (left.account, left.instrument) < (right.account, right.instrument)
    }
  }

  let key: Key
  /// Nanoseconds of wall time at the venue.
  var since = Int64.max
  var waiting: Set<OrderID> = []
  /// Everything is compared; not only these orders are meant.
  var isReconcile = false
  /// When it is to be asked for; `nil` when nothing waits.
  var at: Int64?
  /// Those that the question on its way is for, and when it left.
  var asked: (since: Int64, orders: Set<OrderID>, isReconcile: Bool)?
  var askedAt: Int64 = 0
  var failures = 0

  init(_ key: Key) { self.key = key }

  var due: Int64? { asked == nil ? at : nil }
}

/// Fills that the venue spoke of and that did not come are fetched.
extension Trader {
  /// Looks whether fills are missing, and fetches them when they have been for long enough.
  func chaseFills(_ life: OrderLife, _ order: TrackedOrder) {
    if order.hasAllFills {
      life.fillsMissingSince = nil
      life.fetchAt = nil
      return
    }
    if life.fillsMissingSince == nil {
      life.fillsMissingSince = now
      life.fetchAt = now + fillWait(order)
    }
    guard let time = life.fetchAt, time <= now, !life.isFetching else { return }
    life.fetchAt = nil
    fetchFills(life)
  }

  /// How long fills that the venue speaks of are waited for. An order that is called filled, and of which nothing says
  /// how much, is asked about sooner: nothing else bears the word out.
  func fillWait(_ order: TrackedOrder) -> Int64 {
    order.filled.isPositive ? policy.fillWait : min(policy.askAfter, policy.fillWait)
  }

  func fetchFills(_ life: OrderLife) {
    guard path.offers(.fills), let order = orders[life.id], !life.isFetching else { return }
    if policy.fault == .forgetFill {
      life.isHistoryChecked = true
      return
    }
    life.isFetching = true
    let fetch = fetch(FillFetch.Key(account: life.account, instrument: order.instrument))
    fetch.waiting.insert(life.id)
    fetch.since = min(
      fetch.since, max(0, life.made.earliest(path.times).subtractingSaturated(policy.historyOverlap)))
    fetch.at = min(fetch.at ?? now, now)
    if isWorking { fetchDue() } else { work() }
  }

  /// Reads what happened since a time, of the venue's clock.
  func fetchHistory(_ account: AccountID, _ instrument: InstrumentID, since: Int64) {
    guard path.offers(.fills), policy.fault != .forgetFill else { return }
    let fetch = fetch(FillFetch.Key(account: account, instrument: instrument))
    fetch.since = min(fetch.since, max(0, since))
    fetch.isReconcile = true
    fetch.at = min(fetch.at ?? now, now)
  }

  func fetch(_ key: FillFetch.Key) -> FillFetch {
    if let known = fetches[key] { return known }
    let made = FillFetch(key)
    fetches[key] = made
    return made
  }

  /// Asks for the histories that are due.
  func fetchDue() {
    let due = fetches.values.filter { $0.due.map { $0 <= now } ?? false }
    for fetch in due.sorted(by: { $0.key < $1.key }) {
      send(fetch)
    }
  }

  private func send(_ fetch: FillFetch) {
    counters.polls += 1
    fetch.asked = (fetch.since, fetch.waiting, fetch.isReconcile)
    fetch.askedAt = now
    (fetch.since, fetch.waiting, fetch.isReconcile, fetch.at) = (.max, [], false, nil)
    var command = CommandDraft(.fills)
    command.account = fetch.key.account.rawValue
    command.instrument = fetch.key.instrument.rawValue
    command.since = fetch.asked?.since ?? 0
    let id = path.reserveCommand()
    accounts[fetch.key.account]?.awaited[id] = AwaitedSet(.fills, of: fetch.key.instrument)
    give(command, as: id, within: policy.listAnswer) { [weak self] result in
      let isWhole = self?.takeCompletion(of: id, fetch.key.account) ?? false
      self?.fetched(fetch, result, isWhole: isWhole)
      self?.work()
    }
  }

  /// What one look at the history shows it shows of every order that was in doubt by then.
  private func check(_ fetch: FillFetch, since: Int64) {
    for id in open {
      guard let life = lives[id], life.account == fetch.key.account, orders[id]?.instrument == fetch.key.instrument,
        life.uncertainSince + policy.arrivalGrace <= fetch.askedAt, since <= life.made.earliest(path.times)
      else { continue }
      life.isHistoryChecked = true
    }
  }

  private func fetched(_ fetch: FillFetch, _ result: CommandResult, isWhole: Bool) {
    guard let asked = fetch.asked else { return }
    fetch.asked = nil
    let isDone = result.outcome == .done
    fetch.failures = isDone ? 0 : fetch.failures + 1
    if isDone, isWhole { check(fetch, since: asked.since) }
    for id in asked.orders.sorted() {
      guard let life = lives[id] else { continue }
      if isDone {
        life.fillFetches += 1
        if life.uncertainSince + policy.arrivalGrace <= fetch.askedAt { life.isHistoryChecked = true }
        life.isFetching = false
        // What is still missing may come later.
        life.fetchAt = now + backoff(life.fillFetches, first: policy.fillWait, most: policy.pollLive)
      } else {
        life.fetchesFailed += 1
      }
      touch(life)
    }
    if isDone {
      if fetch.at == nil { fetches[fetch.key] = nil }
      return
    }
    fetch.since = min(fetch.since, asked.since)
    fetch.waiting.formUnion(asked.orders)
    fetch.isReconcile = fetch.isReconcile || asked.isReconcile
    let pause = backoff(fetch.failures - 1, first: policy.askAfter, most: policy.askAtMost)
    fetch.at = now.addingSaturated(max(result.retryAfter, pause))
  }
}
