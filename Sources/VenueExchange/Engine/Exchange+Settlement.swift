import Matching

/// Money around orders: what is set aside before, what moves at an execution.
extension Exchange {
  // MARK: Before

  /// Sets aside what an order may need, or refuses it. `walk` is what it would trade at once.
  func hold(_ order: inout Order, walk: Walk) throws(Refusal) {
    if style.isPerpetual { return try commit(&order, walk: walk) }
    let rules = markets[order.market].rules
    let need: Amount
    let asset = order.side == .sell ? rules.base : rules.quote
    if order.side == .sell {
      need = rules.amount(order.remaining)
    } else {
      var value = order.request.type.hasPrice ? rules.value(price: order.price, quantity: order.remaining) : 0
      if !order.request.type.hasPrice {
        let isWaiting = order.request.type.isConditional
        value = isWaiting ? rules.value(price: order.request.stop, quantity: order.remaining) : rules.money(walk.value)
      }
      need = value + feeReserve(value, rules)
    }
    guard ledger.hold(need, of: asset, for: order.account) else { throw .funds }
    order.held += need
    note(order.account, asset)
  }

  /// What a fee on top may need for a value; and, as each execution is rounded by itself, half a step of each of many.
  private func feeReserve(_ value: Amount, _ rules: Rules) -> Amount {
    guard !style.feeFromReceived else { return 0 }
    return ceilingQuotient(value * Amount(rules.takerFee), unit) + (rules.valueStep == 1 ? 0 : rules.valueStep * 64)
  }

  /// Gives back what is held for `paid` of an order's hold, or all of it.
  func release(_ order: inout Order, all: Bool, paid: Amount = 0) {
    if style.isPerpetual {
      if all { uncommit(&order, order.committed) }
      return
    }
    let rules = markets[order.market].rules
    let asset = order.side == .sell ? rules.base : rules.quote
    let part = all ? order.held : min(paid, order.held)
    guard part != 0 else { return }
    ledger.release(part, of: asset, for: order.account)
    order.held -= part
    note(order.account, asset)
  }

  // MARK: At an execution

  private struct Party {
    let owner: Participant
    let order: OrderID
    let side: Side
    let isMaker: Bool
  }

  /// Settles one execution for both sides and tells of it.
  func settle(_ execution: Execution, taker: Participant, id: OrderID, side: Side, _ market: Int, _ now: Int64) {
    let rules = markets[market].rules
    let value = rules.value(price: execution.price, quantity: execution.quantity)
    markets[market].tradeCount += 1
    let isMarket = orders[id].map { !$0.request.type.hasPrice } ?? !isUser(taker)
    let trade = Trade(
      market: market, id: markets[market].tradeCount, price: execution.price, quantity: execution.quantity, side: side,
      time: now, maker: execution.maker, taker: id, byMarket: isMarket)
    markets[market].trades.append(trade)
    if markets[market].trades.count > 2 * Self.tradeMemory { markets[market].trades.removeFirst(Self.tradeMemory) }
    markets[market].last = trade.price
    markets[market].day.count(price: trade.price, base: rules.amount(trade.quantity), quote: value, at: now)
    events.append(.trade(trade))
    let parties = [
      Party(owner: execution.makerOwner, order: execution.maker, side: side.opposite, isMaker: true),
      Party(owner: taker, order: id, side: side, isMaker: false),
    ]
    if !style.isPerpetual {
      for party in parties { free(party, trade, value) }
      let (buyer, seller) = side == .buy ? (taker, execution.makerOwner) : (execution.makerOwner, taker)
      ledger.move(value, of: rules.quote, from: buyer, to: seller)
      ledger.move(rules.amount(execution.quantity), of: rules.base, from: seller, to: buyer)
    }
    for party in parties {
      let realized = style.isPerpetual ? takePosition(party.owner, party.order, party.side, trade, value) : 0
      guard isUser(party.owner) else { continue }
      let fee = charge(party, trade, value)
      record(party, trade, value, fee: fee, realized: realized)
    }
    guard style.isPerpetual else { return }
    for party in parties where isUser(party.owner) { trimReducing(party.owner, market, now) }
  }

  /// Gives back what was set aside for the part that executes.
  private func free(_ party: Party, _ trade: Trade, _ value: Amount) {
    guard var order = orders[party.order] else { return }
    let rules = markets[order.market].rules
    if order.side == .sell {
      release(&order, all: false, paid: rules.amount(trade.quantity))
    } else {
      let rest = order.remaining - trade.quantity
      let keeps = order.request.type.hasPrice ? rules.value(price: order.price, quantity: rest) : order.held - value
      release(&order, all: false, paid: max(value, order.held - keeps - feeReserve(keeps, rules)))
    }
    orders[party.order] = order
  }

  /// Takes the fee of one side of an execution.
  private func charge(_ party: Party, _ trade: Trade, _ value: Amount) -> (amount: Amount, asset: Int) {
    let rules = markets[trade.market].rules
    let inBase = !style.isPerpetual && style.feeFromReceived && party.side == .buy
    let asset = inBase ? rules.base : rules.quote
    let exact =
      (inBase ? rules.amount(trade.quantity) : value) * Amount(party.isMaker ? rules.makerFee : rules.takerFee)
    let step = style.valueStep * unit
    let fee = floorQuotient(style.cutsFees ? exact : exact + step / 2, step) * style.valueStep
    ledger.move(fee, of: asset, from: party.owner, to: Ledger.venue)
    note(party.owner, rules.quote)
    if !style.isPerpetual { note(party.owner, rules.base) }
    return (fee, asset)
  }

  /// Writes an execution into an account's order and tells of it; a filled resting order ends here.
  private func record(
    _ party: Party, _ trade: Trade, _ value: Amount, fee: (amount: Amount, asset: Int), realized: Amount
  ) {
    guard var order = orders[party.order] else { return }
    order.filled += trade.quantity
    order.filledValue += value
    if fee.asset == markets[trade.market].rules.base {
      order.feeBase += fee.amount
    } else {
      order.feeQuote += fee.amount
    }
    order.updated = trade.time
    order.fills.append(state(order.account).fills.count)
    let fill = Fill(
      account: order.account, market: trade.market, order: order.id, client: order.client, side: order.side,
      positionSide: order.request.positionSide, isMaker: party.isMaker, price: trade.price, quantity: trade.quantity,
      value: value, fee: fee.amount, feeAsset: fee.asset, realized: realized, trade: trade.id, time: trade.time)
    if style.isPerpetual { uncommit(&order, min(trade.quantity, order.committed)) }
    orders[order.id] = order
    change(order.account) { $0.fills.append(fill) }
    events.append(.fill(fill, order))
    if order.remaining == 0 { end(order.id, .filled, "", trade.time) }
  }
}
