import CPatchbay
import Decimals
import MarketModel
import Runtime

/// Cancelling and changing. A cancel is a wish that stays until the order has ended: giving it twice harms nobody, so
/// it is repeated while the venue says that the order lives.
extension Trader {
  /// Wants an order cancelled. One that has not left never will; one of unknown fate is cancelled when the venue shows
  /// it.
  public func cancel(_ id: OrderID) throws(TraderRefusal) {
    guard let life = lives[id], let order = orders[id] else { throw .unknownOrder(id) }
    guard !order.state.isTerminal else { throw .ended(id, order.state) }
    want(cancelOf: life)
    work()
  }

  /// Wants several orders cancelled, in one command where the connector takes that. Those that have ended are left out.
  public func cancel(_ ids: [OrderID]) {
    var batches: [AccountID: [OrderLife]] = [:]
    for id in ids {
      guard let life = lives[id], let order = orders[id], !order.state.isTerminal, !life.isCancelWanted else {
        continue
      }
      let isKnown = isCancellable(order)
      want(cancelOf: life)
      if isKnown { batches[life.account, default: []].append(life) }
    }
    if path.offers(.cancelMany) {
      for account in batches.keys.sorted() {
        if let batch = batches[account], batch.count > 1 { cancelMany(batch, account) }
      }
    }
    work()
  }

  func want(cancelOf life: OrderLife) {
    guard !life.isCancelWanted else { return }
    life.isCancelWanted = true
    life.cancelAt = now
    touch(life)
  }

  /// Whether the venue is known to have the order. Before that it is asked for, not cancelled.
  private func isCancellable(_ order: TrackedOrder) -> Bool {
    order.hasLived || order.state == .open || order.state == .pendingCancel
  }

  func cancelWhenDue(_ life: OrderLife, _ order: TrackedOrder) {
    life.isCancellable = isCancellable(order)
    guard life.isCancelWanted, !life.isCancelling, life.isCancellable, let time = life.cancelAt, time <= now else {
      return
    }
    let id = began(life)
    let asked = now
    give(command(.cancel, order), as: id, within: policy.changeAnswer) { [weak self] result in
      self?.cancelled(life, id, result, asked: asked)
      self?.work()
    }
  }

  private func began(_ life: OrderLife) -> CommandID {
    let id = path.reserveCommand()
    life.isCancelling = true
    life.cancelTries += 1
    life.cancelAt = nil
    _ = path.accounts.orders.cancelRequested(life.id, command: id, now: now)
    keep(.cancelRequested(id), of: life)
    return id
  }

  private func cancelMany(_ batch: [OrderLife], _ account: AccountID) {
    let ids = batch.map { began($0) }
    var many = CommandDraft(.cancelMany)
    many.account = account.rawValue
    many.items = batch.compactMap { life in orders[life.id].map { command(.cancel, $0) } }
    many.instrument = many.items[0].instrument
    give(many, as: path.reserveCommand(), within: policy.changeAnswer) { [weak self] result in
      guard let self else { return }
      for (life, id) in zip(batch, ids) {
        _ = path.accounts.orders.commandEnded(id, result.known, now: now)
        cancelled(life, id, result, asked: nil)
      }
      work()
    }
  }

  /// A cancel command has ended. The order's own end is what its facts say.
  /// - Parameter asked: when it was given; `nil` when the answer is not of this order alone.
  private func cancelled(_ life: OrderLife, _ command: CommandID, _ result: CommandResult, asked: Int64?) {
    life.isCancelling = false
    keep(.outcome(command, result.known), of: life, reason: result.text)
    touch(life)
    guard let order = orders[life.id], !order.state.isTerminal else { return }
    switch result.outcome {
    case .done: life.ask(at: now + policy.cancelConfirm)
    case .unknown:
      if policy.fault == .assumeCancelled {
        let reference = OrderReference(account: life.account, instrument: order.instrument, order: life.id)
        _ = path.accounts.orders.receive(OrderReport(.cancelled), of: reference, now: now)
      }
      life.ask(at: now + policy.askAfter)
    case .refused: cancelRefused(life, result, asked)
    }
  }

  private func cancelRefused(_ life: OrderLife, _ result: CommandResult, _ asked: Int64?) {
    (life.cancelError, life.cancelRefusal) = (result.error, result.text)
    switch result.error {
    case UInt32(PB_ERR_UNKNOWN_ORDER):
      if let asked { notFound(life, asked: asked) }
      life.ask(at: now)
    case let error where Self.isCancelRetried(error):
      life.cancelAt = now.addingSaturated(max(result.retryAfter, cancelPause(life)))
    default:
      life.cancelAt = now.addingSaturated(max(result.retryAfter, cancelPause(life)))
      life.ask(at: now)
      guard !life.hasReportedCancelRefused else { return }
      life.hasReportedCancelRefused = true
      emit(.anomaly(life.id, .cancelRefused(error: result.error, reason: result.text)))
    }
  }

  /// Whether a cancel that was refused so is only given again: nothing is wrong with it.
  static func isCancelRetried(_ error: UInt32) -> Bool {
    [PB_ERR_RATE_LIMIT, PB_ERR_CLOCK, PB_ERR_TRANSIENT, PB_ERR_MAINTENANCE, PB_ERR_NOT_SENT].contains(Int(error))
  }

  // MARK: Amending

  /// Wants another price or quantity (in base, over the order's life). What the venue made of it comes as an event.
  public func amend(_ id: OrderID, price: Decimal64? = nil, quantity: Decimal64? = nil) throws(TraderRefusal) {
    guard let life = lives[id], let order = orders[id] else { throw .unknownOrder(id) }
    guard !order.state.isTerminal else { throw .ended(id, order.state) }
    guard price != nil || quantity != nil else { throw .nothing }
    guard path.offers(.amend) else { throw .unsupported(Verb.amend.name) }
    if let haltReason { throw .halted(haltReason) }
    if let why = hindrance?(life.account) { throw .notReady([why]) }
    guard life.stage == .sent, isCancellable(order), !life.isCancelWanted else {
      throw .notReady(["order \(id.rawValue) is \(order.state)"])
    }
    let draft = try amended(order, price, quantity)
    var command = name(order, .amend)
    command.carried = order.venuePart?.carried
    if price != nil { command.price = draft.price }
    if quantity != nil { command.quantity = draft.quantity }
    let number = path.reserveCommand()
    let (newPrice, newQuantity) = (command.price, command.quantity)
    _ = path.accounts.orders.amendRequested(id, command: number, price: newPrice, quantity: newQuantity, now: now)
    keep(.amendRequested(number, price: newPrice, quantity: newQuantity), of: life)
    let asked = now
    give(command, as: number, within: policy.changeAnswer) { [weak self] result in
      self?.amendEnded(life, number, result, asked: asked)
      self?.work()
    }
    work()
  }

  /// What an order is wanted to be by an amendment, brought to the instrument's rules; `nil` where that cannot be.
  public func wanted(_ id: OrderID, price: Decimal64?, quantity: Decimal64?) -> OrderDraft? {
    guard let order = orders[id], let instrument = path.instrument(order.instrument) else { return nil }
    return try? prepared(order, instrument, price, quantity)
  }

  private func prepared(
    _ order: TrackedOrder, _ instrument: Instrument, _ price: Decimal64?, _ quantity: Decimal64?
  ) throws(OrderRefusal) -> OrderDraft {
    var draft = order.draft
    draft.price = price ?? order.price
    draft.quantity = quantity ?? order.quantity ?? order.draft.quantity
    return try instrument.prepare(draft, reference: path.touch(instrument.id, for: draft.side))
  }

  private func amended(
    _ order: TrackedOrder, _ price: Decimal64?, _ quantity: Decimal64?
  ) throws(TraderRefusal) -> OrderDraft {
    guard let instrument = path.instrument(order.instrument) else { throw .unknownInstrument(order.instrument) }
    let draft: OrderDraft
    do throws(OrderRefusal) { draft = try prepared(order, instrument, price, quantity) } catch { throw .rules(error) }
    let touch = path.touch(instrument.id, for: draft.side)
    try checkCap(draft, touch)
    guard !policy.ignoresBudget, draft.flags.isDisjoint(with: [.reduceOnly, .close]) else { return draft }
    // Only what it costs more than before must be there.
    var old = order.draft
    old.price = order.price
    old.quantity = order.quantity ?? order.draft.quantity
    let before = try cost(of: old, order.account, instrument, judged(old, touch))
    let after = try cost(of: draft, order.account, instrument, judged(draft, touch))
    guard let more = after.amount.subtracting(before.amount), more.isPositive else { return draft }
    let left = try left(order.account, after.asset)
    let added = OrderCost(asset: after.asset, amount: more)
    guard more <= left else { throw shortage(order.account, added, left: left) }
    budget.hold(order.id, order.account, added)
    budget.known(order.id, at: now)
    return draft
  }

  private func amendEnded(_ life: OrderLife, _ command: CommandID, _ result: CommandResult, asked: Int64) {
    keep(.outcome(command, result.known), of: life, reason: result.text)
    // The stream or the answer says what the order is like now; where neither does, it is asked.
    life.ask(at: now + (result.outcome == .done ? policy.cancelConfirm : policy.askAfter))
    if orders[life.id]?.isDoubted == true { doubt(life) }
    life.isAmendUnknown = result.outcome == .unknown
    touch(life)
    switch result.outcome {
    case .done: emit(.amended(life.id))
    case .refused:
      emit(.amendFailed(life.id, error: result.error, reason: result.text))
      if Int(result.error) == PB_ERR_UNKNOWN_ORDER { notFound(life, asked: asked) }
    case .unknown: emit(.amendFailed(life.id, error: result.error, reason: "no answer: \(result.text)"))
    }
  }
}
