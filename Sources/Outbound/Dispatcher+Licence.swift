import Catalog
import Decimals
import MarketModel
import Runtime
import Vault

/// What a command licenses, out of what the host knows: the command, the instrument, and for changes the order.
extension Dispatcher {
  func licence(_ draft: CommandDraft, _ session: Session) -> Licence {
    let parts = draft.items.isEmpty ? [draft] : draft.items
    let (end, isOver) = clock.now().mono.addingReportingOverflow(options.licence)
    return Licence(
      account: draft.account, verb: draft.verb.rawValue,
      items: LiveCommands.isTrading(draft.verb.rawValue) ? parts.map { item($0, of: draft, session) } : [],
      deadline: isOver ? .max : end)
  }

  private func item(_ part: CommandDraft, of draft: CommandDraft, _ session: Session) -> LicenceItem {
    var item = LicenceItem()
    let instrument = session.view[part.instrument == 0 ? draft.instrument : part.instrument]?.instrument
    item.instrument = instrument?.id.rawValue ?? 0
    item.symbol = Array((instrument?.symbol ?? part.symbol).utf8)
    item.contractSize = instrument?.rules.multiplier ?? .one
    item.clientOrder = Array(part.clientOrder.utf8)
    if !part.venueOrder.isEmpty { item.venueOrders = [Array(part.venueOrder.utf8)] }
    (item.quantity, item.price, item.stop, item.value) = (part.quantity, part.price, part.stop, part.value)
    if draft.verb == .leverage { (item.leverage, item.value) = (part.value, nil) }
    item.expiry = part.expiry
    var side = part.side, type = part.type, force = part.timeInForce, flags = part.flags
    // A change names its order; the rest is as the order is.
    let order = draft.verb != .place && part.order != 0 ? session.accounts.orders[OrderID(part.order)] : nil
    if draft.verb == .amend { item.changes = changes(part) }
    if let order {
      item.order = part.order
      item.venueOrders += order.venueOrderIDs.map { Array($0.utf8) }
      if item.clientOrder.isEmpty { item.clientOrder = Array(order.clientOrderID.utf8) }
      item.quantity = item.quantity ?? order.quantity
      (item.filled, item.carried) = (order.filled, order.venuePart?.carried ?? .zero)
      item.price = item.price ?? order.price
      item.stop = item.stop ?? order.draft.stop
      (side, type) = (side ?? order.draft.side, type ?? order.draft.type)
      (force, flags) = (force ?? order.draft.timeInForce, flags.union(order.draft.flags))
    }
    item.terms = terms(side, type ?? (item.price == nil ? .market : .limit), force, flags, part)
    item.isAboveCap = isAboveCap(item, draft.verb, session)
    return item
  }

  /// What an amendment names; what of it the order has already is known when its request leaves, in `evaluate`.
  private func changes(_ part: CommandDraft) -> LicenceItem.Changes {
    var changes: LicenceItem.Changes = []
    if part.quantity != nil { changes.insert(.quantity) }
    if part.price != nil { changes.insert(.price) }
    if part.stop != nil { changes.insert(.stop) }
    return changes
  }

  private func terms(
    _ side: Side?, _ type: OrderType, _ force: TimeInForce?, _ flags: OrderFlags, _ part: CommandDraft
  ) -> OrderTerms {
    var terms: OrderTerms = []
    switch side {
    case .buy: terms.insert(.buy)
    case .sell: terms.insert(.sell)
    default: break
    }
    switch type {
    case .limit: terms.insert(.limit)
    case .market: terms.insert(.market)
    case .stopLimit: terms.insert(.stopLimit)
    case .stopMarket: terms.insert(.stopMarket)
    case .takeLimit: terms.insert(.takeLimit)
    case .takeMarket: terms.insert(.takeMarket)
    }
    switch force ?? .goodTillCancelled {
    case .goodTillCancelled: terms.insert(.goodTillCancelled)
    case .immediateOrCancel: terms.insert(.immediateOrCancel)
    case .fillOrKill: terms.insert(.fillOrKill)
    case .goodTillDate: terms.insert(.goodTillDate)
    }
    let reduces = !flags.isDisjoint(with: [.reduceOnly, .close])
    let closes = flags.contains(.close) && part.quantity == nil
    terms.insert(flags.contains(.postOnly) ? .postOnly : .notPostOnly)
    terms.insert(reduces ? .reduceOnly : .notReduceOnly)
    terms.insert(flags.contains(.byValue) ? .byValue : .notByValue)
    terms.insert(closes ? .close : .notClose)
    terms.insert(flags.contains(.stopByMark) ? .byMark : .byLast)
    switch part.position {
    case .net: terms.insert(.net)
    case .long: terms.insert(.long)
    case .short: terms.insert(.short)
    }
    switch (part.verb, part.mode) {
    case (.marginMode, 1): terms.insert(.cross)
    case (.marginMode, 2): terms.insert(.isolated)
    case (.positionMode, 1): terms.insert(.oneWay)
    case (.positionMode, 2): terms.insert(.hedge)
    default: break
    }
    return terms
  }

  /// What is bound leaves as the command says it, so the cap can be judged here. Where neither price nor stop is named,
  /// whoever gave the command has judged it by the book.
  private func isAboveCap(_ item: LicenceItem, _ verb: Verb, _ session: Session) -> Bool {
    guard verb == .place || verb == .amend, let cap = session.notionalCap, !item.terms.contains(.reduceOnly) else {
      return false
    }
    if item.terms.contains(.byValue) { return item.value.map { $0 > cap } ?? false }
    guard let price = item.price ?? item.stop, let quantity = item.quantity else { return false }
    return quantity.multiplied(by: price).map { $0 > cap } ?? true
  }
}
