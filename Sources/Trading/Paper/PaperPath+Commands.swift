import CPatchbay
import Decimals
import MarketModel
import Runtime

/// What a paper execution answers.
extension PaperPath {
  typealias Answer = ([AccountFact], CommandResult)

  func act(_ draft: CommandDraft, _ id: CommandID) -> Answer {
    switch draft.verb {
    case .place: return each(draft) { self.place($0, id) }
    case .amend: return each(draft) { self.amend($0, id) }
    case .cancel, .cancelMany: return each(draft) { self.cancel($0, id) }
    case .order:
      guard let place = find(draft) else { return refused(PB_ERR_UNKNOWN_ORDER, "no such order") }
      return ([.order(fact(orders[place], command: id))], CommandResult(.done))
    case .openOrders:
      let live = orders.filter { $0.isLive && $0.account == AccountID(draft.account) && isMeant($0.instrument, draft) }
      return set(draft, id, .orders, live.map { .order(fact($0, command: id)) })
    case .fills:
      let own = orders.filter { $0.account == AccountID(draft.account) && isMeant($0.instrument, draft) }
      let facts: [AccountFact] = own.flatMap { order in
        order.fills.filter { $0.time >= draft.since }.map {
          .fill(FillFact(reference(order), $0, command: id, side: order.side))
        }
      }
      return set(draft, id, .fills, facts)
    case .balances:
      let account = AccountID(draft.account)
      let facts = ledger.assets(of: account).map { ledger.fact(account, $0, command: id, time: times.venue) }
      return set(draft, id, .balances, facts)
    case .positions:
      let account = AccountID(draft.account)
      let keys = ledger.positions.keys.filter { $0.account == account }.sorted { $0.instrument < $1.instrument }
      let facts = keys.compactMap { key in
        markets.instrument(key.instrument).map { positionFact(account, $0, command: id) }
      }
      return set(draft, id, .positions, facts)
    default: return refused(PB_ERR_UNSUPPORTED, "not offered on paper")
    }
  }

  private func isMeant(_ instrument: InstrumentID, _ draft: CommandDraft) -> Bool {
    draft.instrument == 0 || instrument.rawValue == draft.instrument
  }

  private func set(
    _ draft: CommandDraft, _ id: CommandID, _ what: CompleteFact.What, _ facts: [AccountFact]
  ) -> Answer {
    let complete = CompleteFact(command: id, account: AccountID(draft.account), what: what)
    return (facts + [.complete(complete)], CommandResult(.done))
  }

  func refused(_ error: Int, _ text: String) -> Answer {
    ([], CommandResult(.refused, error: UInt32(error), text: text))
  }

  /// Each item of a batch; refused when all of them are.
  private func each(_ draft: CommandDraft, _ act: (CommandDraft) -> Answer) -> Answer {
    let answers = (draft.items.isEmpty ? [draft] : draft.items).map(act)
    let isDone = answers.contains { $0.1.outcome == .done }
    return (answers.flatMap(\.0), isDone ? CommandResult(.done) : answers[0].1)
  }

  private func find(_ draft: CommandDraft) -> Int? {
    byClient[draft.clientOrder] ?? orders.firstIndex { $0.venueOrderID == draft.venueOrder }
  }

  // MARK: Placing

  private func place(_ draft: CommandDraft, _ id: CommandID) -> Answer {
    guard let instrument = markets.instrument(InstrumentID(draft.instrument)), let side = draft.side,
      let type = draft.type
    else { return rejected(draft, id, PB_ERR_UNSUPPORTED, "an order without instrument, side or type") }
    guard !type.hasStop || !draft.flags.contains(.byValue) else {
      return rejected(draft, id, PB_ERR_UNSUPPORTED, "a conditional order says its quantity, not its value")
    }
    if let fault = fault(of: AccountID(draft.account)) { return rejected(draft, id, PB_ERR_OTHER, fault) }
    guard let book = markets.book(instrument.id), book.isReady else {
      return rejected(draft, id, PB_ERR_TRANSIENT, "the book of \(instrument.symbol) is not ready")
    }
    let price = type.hasPrice ? draft.price?.mantissa(at: instrument.priceExponent) : nil
    let trigger = trigger(type, draft.stop, draft.flags, instrument)
    guard let quantity = quantity(draft, side, instrument, book), quantity > 0,
      type.hasPrice == (price != nil), type.hasStop == (trigger != nil)
    else {
      return rejected(draft, id, PB_ERR_INVALID_ORDER, "price, stop or quantity is absent or off its increment")
    }
    // What is executed at market goes at once or not at all, but may wait for its trigger till a date.
    let force = draft.timeInForce ?? (type == .market ? .immediateOrCancel : .goodTillCancelled)
    var order = PaperOrder(
      number: firstNumber + UInt64(orders.count), account: AccountID(draft.account), instrument: instrument.id,
      clientOrderID: draft.clientOrder, side: side, type: type,
      timeInForce: type == .market ? .immediateOrCancel : force, flags: draft.flags, expiry: draft.expiry,
      price: price, trigger: trigger, quantity: quantity, time: times.venue)
    let why = trigger.map { unfit(order, $0, instrument, book) } ?? unfit(&order, instrument, book)
    if let why { return rejected(draft, id, why.error, why.text) }
    let place = orders.count
    if trigger != nil { order.state = .untriggered }
    orders.append(order)
    byClient[order.clientOrderID] = place
    holdAgain(place, instrument)
    if trigger == nil {
      run(place, instrument, book)
    } else {
      waiting[instrument.id, default: []].append(place)
      if order.timeInForce == .goodTillDate { expireLater(place) }
    }
    return answered(place, instrument, id)
  }

  /// In the instrument's units; of an order by value, what the book gives for it.
  private func quantity(_ draft: CommandDraft, _ side: Side, _ instrument: Instrument, _ book: OrderBook) -> Int64? {
    guard draft.flags.contains(.byValue) else { return draft.quantity?.mantissa(at: instrument.quantityExponent) }
    guard let touch = side == .buy ? book.bestAsk : book.bestBid,
      let quantity = draft.value?.quotient(
        dividingBy: Decimal64(mantissa: touch.price, exponent: book.priceExponent),
        places: -instrument.quantityExponent)
    else { return nil }
    return quantity.mantissa(at: instrument.quantityExponent)
  }

  /// Why an order that waits for nothing is not taken.
  func unfit(
    _ order: inout PaperOrder, _ instrument: Instrument, _ book: OrderBook
  ) -> (error: Int, text: String)? {
    if order.timeInForce == .goodTillDate, order.expiry <= times.venue {
      return (PB_ERR_INVALID_ORDER, "the date at which the order is to end is absent or has passed")
    }
    let levels = reachable(order, book)
    if order.flags.contains(.postOnly), !levels.isEmpty { return (PB_ERR_POST_ONLY, "it would take") }
    if order.timeInForce == .fillOrKill {
      let side: BookSide = order.side == .buy ? .ask : .bid
      let there = levels.reduce(Int64(0)) { $0 + (taken[instrument.id]?.left(of: $1, side) ?? $1.quantity) }
      if there < order.quantity { return (PB_ERR_OTHER, "there is not enough to fill it at once") }
    }
    if order.flags.contains(.reduceOnly), !reduces(&order, instrument) {
      return (PB_ERR_REDUCE_ONLY, "there is no position that it would reduce")
    }
    var judged = order
    if judged.price == nil { judged.price = worst(order, levels) }
    return lacking(judged, instrument)
  }

  func lacking(_ order: PaperOrder, _ instrument: Instrument) -> (error: Int, text: String)? {
    let (asset, amount) = needed(order, instrument)
    return amount > ledger.available(order.account, asset) ? (PB_ERR_FUNDS, "not enough \(asset)") : nil
  }

  /// The price of the last level that a market order gets to.
  private func worst(_ order: PaperOrder, _ levels: [Level]) -> Int64? {
    var there: Int64 = 0
    for level in levels {
      there = there.addingSaturated(level.quantity)
      if there >= order.quantity { return level.price }
    }
    return levels.last?.price
  }

  /// Cuts a reduce-only order to the position; `false` when there is none to reduce.
  private func reduces(_ order: inout PaperOrder, _ instrument: Instrument) -> Bool {
    let position = ledger.positions[Positions.Key(account: order.account, instrument: instrument.id)]
    guard let quantity = position?.quantity, quantity.isPositive == (order.side == .sell),
      let most = quantity.absolute?.mantissa(at: instrument.quantityExponent)
    else { return false }
    order.quantity = min(order.quantity, most)
    return order.quantity > 0
  }

  /// Takes what is there; the rest stays or goes.
  func run(_ place: Int, _ instrument: Instrument, _ book: OrderBook) {
    cross(place, book, isMaker: false)
    guard orders[place].isLive else { return }
    if orders[place].timeInForce == .immediateOrCancel || orders[place].isAtMarket {
      end(place, .expired, instrument)
    } else if let price = orders[place].price {
      orders[place].ahead = book.quantity(orders[place].side == .buy ? .bid : .ask, at: price)
      resting[instrument.id, default: []].append(place)
      if orders[place].timeInForce == .goodTillDate { expireLater(place) }
    }
  }

  /// Ends an order at its date. The venue's clock may be set meanwhile, either way: what is left is looked at anew
  /// within the hour.
  func expireLater(_ place: Int) {
    after(min(orders[place].expiry.subtractingSaturated(times.venue), 3600 * second)) { [weak self] in
      guard let self, orders[place].isLive else { return }
      guard times.venue >= orders[place].expiry else { return expireLater(place) }
      if let instrument = markets.instrument(orders[place].instrument) { end(place, .expired, instrument) }
    }
  }

  private func rejected(_ draft: CommandDraft, _ id: CommandID, _ error: Int, _ text: String) -> Answer {
    let reference = OrderReference(
      account: AccountID(draft.account), instrument: InstrumentID(draft.instrument), clientOrderID: draft.clientOrder)
    let report = OrderReport(.rejected, time: times.venue, reason: text)
    let fact = OrderFact(reference, report, command: id, side: draft.side, type: draft.type, error: UInt32(error))
    return ([.order(fact)], CommandResult(.refused, error: UInt32(error), text: text))
  }

  // MARK: Changing

  private func cancel(_ draft: CommandDraft, _ id: CommandID) -> Answer {
    guard let place = find(draft), orders[place].isLive, let instrument = markets.instrument(orders[place].instrument)
    else { return refused(PB_ERR_UNKNOWN_ORDER, "the order is not open") }
    end(place, .cancelled, instrument)
    prune(instrument.id)
    return ([.order(fact(orders[place], command: id))], CommandResult(.done))
  }

  /// A new price or a larger quantity goes to the end of the queue, as everywhere.
  private func amend(_ draft: CommandDraft, _ id: CommandID) -> Answer {
    guard let place = find(draft), orders[place].isLive, let instrument = markets.instrument(orders[place].instrument),
      let book = markets.book(instrument.id), book.isReady
    else { return refused(PB_ERR_UNKNOWN_ORDER, "the order is not open") }
    let old = orders[place]
    if let fault = fault(of: old.account) { return refused(PB_ERR_OTHER, fault) }
    var new = old
    if let price = draft.price { new.price = price.mantissa(at: instrument.priceExponent) }
    if let quantity = draft.quantity { new.quantity = quantity.mantissa(at: instrument.quantityExponent) ?? 0 }
    guard new.isAtMarket == (new.price == nil), new.quantity > new.filled else {
      return refused(PB_ERR_INVALID_ORDER, "price or quantity is off its increment, or below what is filled")
    }
    let need = needed(new, instrument).amount
    guard need.subtracting(old.held) ?? need <= ledger.available(old.account, needed(new, instrument).asset) else {
      return refused(PB_ERR_FUNDS, "not enough \(needed(new, instrument).asset)")
    }
    if new.trigger == nil, new.flags.contains(.postOnly), !reachable(new, book).isEmpty {
      return refused(PB_ERR_POST_ONLY, "it would take")
    }
    new.time = times.venue
    orders[place] = new
    holdAgain(place, instrument)
    if new.trigger == nil, new.price != old.price || new.quantity > old.quantity {
      resting[instrument.id]?.removeAll { $0 == place }
      run(place, instrument, book)
    }
    return answered(place, instrument, id)
  }

  /// The order, and then what there is left to give: a balance that came before its order would not count it.
  private func answered(_ place: Int, _ instrument: Instrument, _ id: CommandID) -> Answer {
    ([.order(fact(orders[place], command: id)), balance(place, instrument)], CommandResult(.done))
  }

  func end(_ place: Int, _ claim: OrderReport.Claim, _ instrument: Instrument) {
    orders[place].state = claim
    orders[place].time = times.venue
    holdAgain(place, instrument)
    push(.order(fact(orders[place], command: nil)))
    pushBalance(place, instrument)
  }

  /// What an order holds has changed.
  func pushBalance(_ place: Int, _ instrument: Instrument) { push(balance(place, instrument)) }

  private func balance(_ place: Int, _ instrument: Instrument) -> AccountFact {
    let asset = needed(orders[place], instrument).asset
    return ledger.fact(orders[place].account, asset, command: nil, time: times.venue)
  }

  // MARK: Facts

  func reference(_ order: PaperOrder) -> OrderReference {
    OrderReference(
      account: order.account, instrument: order.instrument, clientOrderID: order.clientOrderID,
      venueOrderID: order.venueOrderID)
  }

  func fact(_ order: PaperOrder, command: CommandID?) -> OrderFact {
    let instrument = markets.instrument(order.instrument)
    let (places, exponent) = (instrument?.quantityExponent ?? 0, instrument?.priceExponent ?? 0)
    let report = OrderReport(
      order.state, filled: Decimal64(mantissa: order.filled, exponent: places),
      quantity: Decimal64(mantissa: order.quantity, exponent: places),
      price: order.price.map { Decimal64(mantissa: $0, exponent: exponent) }, time: order.time)
    return OrderFact(
      reference(order), report, command: command, side: order.side, type: order.type, timeInForce: order.timeInForce,
      flags: order.flags, expiry: order.expiry)
  }

  func positionFact(_ account: AccountID, _ instrument: Instrument, command: CommandID?) -> AccountFact {
    let key = Positions.Key(account: account, instrument: instrument.id)
    let position = ledger.positions[key]
    return .position(
      PositionFact(
        key, Position(quantity: position?.quantity ?? .zero, entry: position?.entry, time: times.venue),
        command: command))
  }
}
