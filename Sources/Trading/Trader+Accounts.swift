import CPatchbay
import Decimals
import MarketModel
import Runtime

/// Asking for what an account holds: all of it at the start and whenever the private stream came back, and from time to
/// time, because a stream may lose what it should have said.
extension Trader {
  /// Whether orders are taken.
  public var isReady: Bool {
    guard isStarted, haltReason == nil else { return false }
    for account in accounts.values where !isReady(account) { return false }
    return true
  }

  /// Whether everything of an account is there.
  func isReady(_ account: AccountLife) -> Bool {
    if account.isReady { return true }
    account.isReady = isStarted && missing(for: account.id).isEmpty
    return account.isReady
  }

  /// What is not there yet, for people; empty when orders are taken.
  public var missing: [String] {
    if !isStarted { return ["not started"] }
    var missing = byID.flatMap { account in
      self.missing(for: account.id).map { "account \(account.id.rawValue): \($0)" }
    }
    if let haltReason { missing.append("orders are stopped: \(haltReason)") }
    return missing
  }

  /// What an account pays for its trades in a market.
  public func fees(of account: AccountID, on instrument: Instrument) -> FeeRates {
    budget.fees.rates(of: account, on: instrument)
  }

  /// What of one account is not there yet.
  func missing(for id: AccountID) -> [String] {
    guard isStarted else { return ["not started"] }
    guard let account = accounts[id], policy.fault != .skipReconcile else { return [] }
    var missing: [String] = hindrance?(id).map { [$0] } ?? []
    for task in tasks where task.isNeeded {
      let state = account.tasks[task]
      guard state?.doneAt == nil else { continue }
      let problem = state?.problem ?? ""
      missing.append(problem.isEmpty ? task.name : "\(task.name) \(problem)")
    }
    if account.reconcileWanted { missing.append("a comparison with the venue") }
    return missing
  }

  // MARK: The private stream

  func streamChanged(_ id: AccountID, _ state: StreamState) {
    guard let account = accounts[id] else { return }
    let wasLive = account.stream == .live
    account.stream = state
    // What was said before it came back was not heard.
    if state == .live, !wasLive, policy.fault != .skipReconcile { account.reconcileWanted = true }
    if state != .live, wasLive { account.sawAll() }
  }

  // MARK: Polling

  /// When something of an account is to be asked for; monotonic.
  func nextPoll(_ account: AccountLife) -> Int64 {
    if account.reconcileWanted { return now }
    var next = Int64.max
    for task in tasks { next = min(next, due(task, account)) }
    return next
  }

  private func due(_ task: AccountTask, _ account: AccountLife) -> Int64 {
    let state = account.tasks[task] ?? TaskState()
    guard state.command == nil else { return .max }
    if state.isWanted { return max(state.notBefore, 0) }
    guard let done = state.doneAt else { return task.isNeeded ? max(state.notBefore, 0) : .max }
    var next: Int64
    switch task {
    case .orders, .balances, .positions:
      let slow = done + policy.pollLive
      if open.isEmpty {
        next = slow
      } else if account.stream != .live {
        next = min(slow, done + max(policy.pollSilent, 3 * state.took))
      } else {
        // A stream may be silent because nothing happens: each poll that finds it so makes the next one later.
        let pause = max(policy.pollSilent << min(state.quiet, 10), 3 * state.took)
        next = min(slow, max(done + pause, account.heard + policy.silence + 1))
      }
      if let soon = account.unsettled[task] { next = min(next, max(soon, done + 3 * state.took)) }
    case .modes: next = .max
    case .fees: next = done + 12 * 3600 * second
    case .funding: next = done + policy.pollFunding
    }
    return max(next, state.notBefore)
  }

  /// Gives the commands that are due for an account.
  func poll(_ account: AccountLife) {
    if account.reconcileWanted { reconcile(account) }
    for task in tasks where due(task, account) <= now { ask(task, account) }
  }

  /// Compares everything: what the venue lists, what it has filled since it was last heard, balances and positions.
  private func reconcile(_ account: AccountLife) {
    account.reconcileWanted = false
    account.isComparing = true
    for task in tasks where task.isNeeded || account.tasks[task]?.doneAt == nil {
      account.tasks[task, default: TaskState()].isWanted = true
      account.tasks[task]?.notBefore = .min
    }
    var instruments = watched
    for order in orders.all where order.account == account.id {
      instruments.insert(order.instrument)
      if order.state == .lost, isKept(order), let life = lives[order.id] {
        life.ask(at: now)
        touch(life)
      }
    }
    guard let seen = account.seen?.earliest(path.times) else { return }
    for instrument in instruments.sorted() {
      fetchHistory(account.id, instrument, since: seen.subtractingSaturated(policy.historyOverlap))
    }
  }

  private func ask(_ task: AccountTask, _ account: AccountLife) {
    var command = CommandDraft(task.verb)
    command.account = account.id.rawValue
    if task == .funding { command.since = fundingSince(account) }
    let id = path.reserveCommand()
    var state = account.tasks[task] ?? TaskState()
    state.isWanted = false
    state.command = id
    state.startedAt = now
    account.tasks[task] = state
    account.unsettled[task] = nil
    if let set = task.set { account.awaited[id] = AwaitedSet(set) }
    if task == .orders { (account.candidates, account.isCrowded) = (candidates(account), false) }
    counters.polls += 1
    give(command, as: id, within: policy.listAnswer) { [weak self] result in
      self?.answered(task, account, id, result)
      self?.work()
    }
  }

  /// Orders that the venue has, or may have: a whole list without one of them raises a question.
  private func candidates(_ account: AccountLife) -> Set<OrderID> {
    open.filter { id in
      guard let life = lives[id], life.account == account.id, life.stage == .sent, let order = orders[id] else {
        return false
      }
      return order.state != .pendingCreate
    }
  }

  private func answered(_ task: AccountTask, _ account: AccountLife, _ command: CommandID, _ result: CommandResult) {
    var state = account.tasks[task] ?? TaskState()
    state.command = nil
    let isWhole = takeCompletion(of: command, account.id)
    if result.outcome == .done {
      state.quiet = account.heard > state.doneAt ?? .min ? 0 : state.quiet + 1
      state.took = now - state.startedAt
      state.failures = 0
      if task == .orders, account.isCrowded {
        (state.isWanted, state.notBefore) = (true, now + second)
        state.problem = "(more at once than are taken in, with this host's mark)"
      } else {
        state.doneAt = now
        state.problem = ""
      }
      account.tasks[task] = state
      if task == .orders { listed(account, command, isProof: isWhole, asked: state.startedAt) }
      if task == .funding { fundingAnswered(account) }
      return
    }
    // What the venue does not do for this account cannot be waited for.
    if result.outcome == .refused, Int(result.error) == PB_ERR_UNSUPPORTED {
      state.doneAt = now
      state.notBefore = .max
    } else {
      let pause = backoff(state.failures, first: policy.askAfter, most: policy.pollLive)
      state.notBefore = now.addingSaturated(max(result.retryAfter, pause))
      state.isWanted = true
      state.failures += 1
      state.problem = "(\(result.text))"
    }
    account.tasks[task] = state
  }

  /// Whether the answer to a command was reported to be whole, with nothing missing. To be asked once.
  func takeCompletion(of command: CommandID, _ account: AccountID) -> Bool {
    accounts[account]?.awaited.removeValue(forKey: command)?.isWhole ?? false
  }

  /// The list of open orders has come. Those that should be in it and are not are asked for one by one.
  private func listed(_ account: AccountLife, _ command: CommandID, isProof: Bool, asked: Int64) {
    let (candidates, isComparison) = (account.candidates, account.isComparing)
    (account.candidates, account.isComparing) = ([], false)
    for id in candidates.sorted() {
      guard let life = lives[id], let order = orders[id], !order.state.isTerminal else { continue }
      if life.heardBy == command {
        if !life.isAsking, life.askAt != nil || life.isQueued { foundByList(life) }
      } else if isProof, !path.offers(.order) {
        // There is nothing else to ask: the list is the venue's word.
        notFound(life, asked: asked)
      } else if isProof || order.state == .unknown, !life.isAsking, !life.isQueued,
        life.notFound == 0 || life.askAt == nil || isComparison
      {
        // In between, one that was not found is asked about at its own time.
        life.ask(at: now)
      }
      touch(life)
    }
    if account.stream == .live { account.sawAll() }
    if let seen = account.seen { keep(.seen(account.id, venueTime: max(0, seen.earliest(path.times)))) }
  }

  /// The list shows an order that was to be asked for: that is the answer.
  private func foundByList(_ life: OrderLife) {
    (life.askAt, life.isQueued) = (nil, false)
    life.vainQuestions = 0
    if life.isCancelWanted, !life.isCancelling { life.cancelAt = min(life.cancelAt ?? .max, now + cancelPause(life)) }
  }
}
