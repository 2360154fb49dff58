import CPatchbay
import Decimals
import MarketModel
import Runtime

/// Placing. Everything that can be checked here is checked before anything is sent.
extension Trader {
  /// An order that has passed every check.
  private struct Checked {
    let request: OrderRequest
    let instrument: Instrument
    var draft: OrderDraft
    let cost: OrderCost?
  }

  /// Takes an order over. It is in `orders` when this returns, and leaves as soon as the journal holds it. Where venue
  /// and journal answer at once, its first events come before this returns.
  @discardableResult
  public func place(_ request: OrderRequest) throws(TraderRefusal) -> OrderID {
    guard let first = place([request]).first else { throw .nothing }
    return try first.get()
  }

  /// Takes several orders over, in one command where they are of one account. Each is paid for before the next.
  /// - Parameter allOrNone: when one is refused here, all are. The venue may still refuse some.
  /// - Returns: an id or a refusal for each, in order.
  @discardableResult
  public func place(_ requests: [OrderRequest], allOrNone: Bool = false) -> [Result<OrderID, TraderRefusal>] {
    var results: [Result<OrderID, TraderRefusal>] = []
    var placed: [OrderID] = []
    var records: [JournalEntry] = []
    for request in requests {
      do throws(TraderRefusal) {
        let checked = try check(request)
        let record = try take(checked)
        placed.append(record.id)
        records.append(.order(record))
        results.append(.success(record.id))
      } catch {
        results.append(.failure(error))
      }
    }
    if allOrNone, let index = results.firstIndex(where: \.isFailure), case .failure(let reason) = results[index] {
      for id in placed { drop(id) }
      return results.indices.map { $0 == index ? results[$0] : .failure(.batch(index: index, reason: "\(reason)")) }
    }
    if !placed.isEmpty {
      keep(records) { [weak self] failure in self?.recorded(placed, failure) }
      if policy.fault == .sendEarly { recorded(placed, nil) }
    }
    work()
    return results
  }

  // MARK: Checks

  private func check(_ request: OrderRequest) throws(TraderRefusal) -> Checked {
    guard let account = accounts[request.account] else { throw .unknownAccount(request.account) }
    guard let instrument = path.instrument(request.instrument) else { throw .unknownInstrument(request.instrument) }
    if let haltReason { throw .halted(haltReason) }
    guard isReady(account) else { throw .notReady(missing(for: account.id)) }
    if let why = hindrance?(account.id) { throw .notReady([why]) }
    guard path.offers(.place) else { throw .unsupported(Verb.place.name) }
    var draft = try positioned(request, instrument)
    let touch = path.touch(instrument.id, for: draft.side)
    do throws(OrderRefusal) {
      draft = try instrument.prepare(draft, reference: touch, now: path.times.venue)
    } catch { throw .rules(error) }
    try checkCap(draft, touch)
    // Said rather than left to the venue: so what stands in the journal is what is in force.
    if draft.timeInForce == nil, draft.type.hasPrice, instrument.rules.timesInForce.contains(.goodTillCancelled) {
      draft.timeInForce = .goodTillCancelled
    }
    return try afford(request, instrument, draft, touch)
  }

  /// The draft with what a perpetual needs: an order says what it does to the position, and one that closes never
  /// opens.
  private func positioned(_ request: OrderRequest, _ instrument: Instrument) throws(TraderRefusal) -> OrderDraft {
    let hasPositions = instrument.kind == .perp || instrument.kind == .future
    guard hasPositions == (request.action != nil) else { throw .positionAction(needed: hasPositions) }
    var draft = request.draft
    guard let action = request.action else { return draft }
    let isHedged = accounts[request.account]?.positionMode == .hedge
    guard isHedged == (request.leg != .net) else {
      let mode = accounts[request.account]?.positionMode
      throw .positionLeg(mode: mode == nil ? .unknown : isHedged ? .hedge : .oneWay, leg: request.leg)
    }
    if action == .close {
      // A leg of hedge mode is closed by name, and venues refuse reduce-only there.
      let flag: OrderFlags = isHedged ? .close : .reduceOnly
      if instrument.rules.flags.contains(flag) { draft.flags.insert(flag) }
    }
    return draft
  }

  /// Orders that only close a position are let through: a cap must not keep anyone in one.
  func checkCap(_ draft: OrderDraft, _ touch: Decimal64?) throws(TraderRefusal) {
    guard let cap = path.notionalCap, draft.flags.isDisjoint(with: [.reduceOnly, .close]) else { return }
    let notional = draft.worth(touch: touch)
    guard let notional, notional <= cap else { throw .aboveCap(cap: cap, notional: notional) }
  }

  private func afford(
    _ request: OrderRequest, _ instrument: Instrument, _ draft: OrderDraft, _ touch: Decimal64?
  ) throws(TraderRefusal) -> Checked {
    let isExempt = request.action == .close || !draft.flags.isDisjoint(with: [.reduceOnly, .close])
    if policy.ignoresBudget || isExempt {
      return Checked(request: request, instrument: instrument, draft: draft, cost: nil)
    }
    let account = request.account
    let price = judged(draft, touch)
    let cost = try cost(of: draft, account, instrument, price)
    let left = try left(account, cost.asset)
    if cost.amount <= left { return Checked(request: request, instrument: instrument, draft: draft, cost: cost) }
    let short = shortage(account, cost, left: left)
    guard policy.shortage == .shrink, left.isPositive else { throw short }
    // The cost is proportional to the quantity.
    guard let product = draft.quantity.multiplied(by: left),
      let smaller = product.quotient(dividingBy: cost.amount, places: 18)
    else { throw short }
    var shrunk = draft
    shrunk.quantity = smaller
    do throws(OrderRefusal) {
      shrunk = try instrument.prepare(shrunk, reference: touch)
    } catch {
      throw short
    }
    let less = try self.cost(of: shrunk, account, instrument, price)
    guard less.amount <= left else { throw short }
    return Checked(request: request, instrument: instrument, draft: shrunk, cost: less)
  }

  func cost(
    of draft: OrderDraft, _ account: AccountID, _ instrument: Instrument, _ price: Decimal64?
  ) throws(TraderRefusal) -> OrderCost {
    let leverage = accounts[account]?.leverage[instrument.id] ?? .one
    switch budget.cost(of: draft, account: account, on: instrument, price: price, leverage: leverage) {
    case .success(let cost): return cost
    case .failure(let fault): throw .cannotTellCost(fault.reason)
    }
  }

  /// Why a cost is above what is left: the permit, where the account itself could pay.
  func shortage(_ account: AccountID, _ cost: OrderCost, left: Decimal64) -> TraderRefusal {
    let balance = path.accounts.balances[account, cost.asset]?.available ?? .zero
    guard let limit = policy.balanceLimits[cost.asset],
      cost.amount <= budget.available(account, cost.asset, balance: balance)
    else { return .shortOf(asset: cost.asset, needed: cost.amount, available: left) }
    return .beyondPermit(asset: cost.asset, needed: cost.amount, left: left, limit: limit)
  }

  /// What is left of an asset for a new order.
  func left(_ account: AccountID, _ asset: String) throws(TraderRefusal) -> Decimal64 {
    let balance = path.accounts.balances[account, asset]?.available
    // A whole answer without the asset says that there is none.
    guard balance != nil || accounts[account]?.tasks[.balances]?.doneAt != nil else {
      throw .cannotTellCost("the balance of \(asset) is not known")
    }
    let free = budget.available(account, asset, balance: balance ?? .zero)
    return policy.balanceLimits[asset].map { min(free, budget.allowance(account, asset, of: $0)) } ?? free
  }

  /// The price by which a draft's cost is judged.
  func judged(_ draft: OrderDraft, _ touch: Decimal64?) -> Decimal64? {
    if let price = draft.price { return price }
    guard let price = draft.stop ?? touch else { return nil }
    guard draft.side == .buy, let more = price.multiplied(by: policy.marketBuffer) else { return price }
    return price.adding(more)
  }

  // MARK: Taking over

  /// Gives it its ids, tracks it and holds its cost.
  private func take(_ checked: Checked) throws(TraderRefusal) -> OrderRecord {
    let number = ids.counter
    let client: String
    do throws(ClientOrderIDs.Fault) { client = try ids.next() } catch { throw .identifiers(error) }
    let (id, request) = (OrderID(number), checked.request)
    let create = path.reserveCommand()
    path.accounts.orders.track(
      TrackedOrder(
        id: id, account: request.account, instrument: request.instrument, clientOrderID: client, draft: checked.draft,
        createCommand: create, time: now))
    let life = OrderLife(
      id: id, account: request.account, symbol: checked.instrument.symbol, leg: request.leg,
      made: VenueMoment(venue: path.times.venue, mono: now), now: now)
    lives[id] = life
    open.insert(id)
    if let cost = checked.cost { budget.hold(id, request.account, cost) }
    return OrderRecord(
      id: id, account: request.account, symbol: checked.instrument.symbol, pair: checked.instrument.pair,
      clientOrderID: client, createCommand: create, draft: checked.draft, leg: request.leg, created: path.times.wall,
      createdAtVenue: path.times.venue)
  }

  /// Forgets an order that nobody heard of.
  private func drop(_ id: OrderID) {
    guard let order = orders[id] else { return }
    _ = path.accounts.orders.commandEnded(order.createCommand, .notSent, now: now)
    lives[id] = nil
    open.remove(id)
    budget.release(id)
    forgotten.insert(ForgottenEnd(time: 0, isGroundless: true), for: id)
  }

  /// The journal holds the orders, or does not.
  private func recorded(_ placed: [OrderID], _ failure: JournalFailure?) {
    for id in placed {
      guard let life = lives[id], life.stage == .journaling else { continue }
      life.stage = .durable
      guard let failure else { continue }
      life.isUnkept = true
      life.notSent = "the journal does not hold it: \(failure.text)"
    }
    send(placed)
    work()
  }

  // MARK: Sending

  /// Gives the commands of orders that the journal holds, unless they are not wanted any more.
  private func send(_ placed: [OrderID]) {
    var batches: [AccountID: [OrderLife]] = [:]
    for id in placed {
      guard let life = lives[id], life.stage == .durable else { continue }
      if life.notSent == nil, life.isCancelWanted { life.notSent = "it was cancelled before it was sent" }
      if life.notSent == nil, let haltReason { life.notSent = "orders are stopped: \(haltReason)" }
      if life.notSent == nil { life.notSent = hindrance?(life.account) }
      life.stage = .sent
      life.uncertainSince = now
      if life.notSent == nil { batches[life.account, default: []].append(life) } else { refuse(life) }
    }
    for account in batches.keys.sorted() {
      guard let batch = batches[account] else { continue }
      if batch.count == 1 { sendOne(batch[0]) } else { sendMany(batch, account) }
    }
  }

  private func refuse(_ life: OrderLife) {
    guard let order = orders[life.id] else { return }
    _ = path.accounts.orders.commandEnded(order.createCommand, .notSent, now: now)
    keep(.outcome(order.createCommand, .notSent), of: life, reason: life.notSent ?? "")
    touch(life)
  }

  private func sendOne(_ life: OrderLife) {
    guard let order = orders[life.id] else { return }
    expectAnswer(life, order.createCommand)
    path.send(command(order, life), as: order.createCommand) { [weak self] result in
      self?.placed(life, result)
      self?.work()
    }
  }

  /// A batch has one answer; what became of each order, the facts before it tell.
  private func sendMany(_ batch: [OrderLife], _ account: AccountID) {
    var command = CommandDraft(.place)
    command.account = account.rawValue
    command.items = batch.compactMap { life in orders[life.id].map { self.command($0, life) } }
    command.instrument = command.items[0].instrument
    let number = path.reserveCommand()
    for life in batch { expectAnswer(life, number) }
    path.send(command, as: number) { [weak self] result in
      guard let self else { return }
      for life in batch {
        guard let order = orders[life.id] else { continue }
        // Of an order that was not reported, done says only that it is not known what became of it.
        let isReported = order.hasLived || order.state.isTerminal
        let outcome: CommandOutcome = result.outcome == .refused ? result.known : isReported ? .done : .unknown
        _ = path.accounts.orders.commandEnded(order.createCommand, outcome, now: now)
        var own = result
        if result.outcome == .done, !isReported { own.outcome = .unknown }
        placed(life, own)
      }
      work()
    }
  }

  private func command(_ order: TrackedOrder, _ life: OrderLife) -> CommandDraft {
    var command = CommandDraft(.place)
    command.account = order.account.rawValue
    command.instrument = order.instrument.rawValue
    command.order = order.id.rawValue
    command.clientOrder = order.clientOrderID
    command.side = order.draft.side
    command.type = order.draft.type
    command.timeInForce = order.draft.timeInForce
    command.flags = order.draft.flags
    command.position = life.leg
    command.price = order.draft.price
    command.stop = order.draft.stop
    command.expiry = order.draft.expiry
    if order.draft.flags.contains(.byValue) {
      command.value = order.draft.quantity
    } else {
      command.quantity = order.draft.quantity
    }
    return command
  }

  /// The place command of an order has ended.
  private func placed(_ life: OrderLife, _ result: CommandResult) {
    life.answerBy = nil
    life.uncertainSince = now
    if let order = orders[life.id] {
      keep(.outcome(order.createCommand, result.known), of: life, reason: result.text)
    }
    switch result.outcome {
    case .done: break
    case .refused:
      life.error = result.error
      if Int(result.error) == PB_ERR_NOT_SENT { life.notSent = result.text }
      life.refusal = result.text
    case .unknown:
      if policy.fault == .retryBlindly { sendAgain(life) }
      life.askForFate(at: now + policy.askAfter)
    }
    touch(life)
  }

  /// What must never be done; see `TraderPolicy.Fault`.
  private func sendAgain(_ life: OrderLife) {
    guard let order = orders[life.id] else { return }
    path.send(command(order, life), as: path.reserveCommand()) { _ in }
  }
}

extension Result {
  fileprivate var isFailure: Bool { if case .failure = self { true } else { false } }
}
