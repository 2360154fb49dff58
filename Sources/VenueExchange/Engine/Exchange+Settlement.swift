import Matching

/// Money around orders: what is set aside before, what moves at an execution.
extension Exchange {
  // MARK: Before

  /// Sets aside what an order may need, or refuses it. `walk` is what it would trade at once.
  func reserve(_ order: inout Order, walk: Walk) throws(Refusal) {
    guard style.isPerpetual ? commit(&order, walk: walk) : hold(&order, walk: walk) else { throw .funds }
  }

  /// What a fee on top may need for a value; and, as each execution is rounded by itself, half a step of each of many.
  func feeReserve(_ value: Amount, _ rules: Rules) -> Amount {
    guard !style.feeFromReceived else { return 0 }
    return ceilingQuotient(value * Amount(rules.takerFee), unit) + (rules.valueStep == 1 ? 0 : rules.valueStep * 64)
  }

  /// Gives back all that is set aside for an order.
  func release(_ order: inout Order) {
    if style.isPerpetual { uncommit(&order, order.committed) } else { giveBack(&order, order.held) }
  }

  private func giveBack(_ order: inout Order, _ amount: Amount) {
    if let asset = release(&order, amount) { note(order.account, asset) }
  }

  // MARK: At an execution

  private struct Party {
    let owner: Participant
    let order: OrderID
    let side: Side
    let isMaker: Bool
  }

  /// Settles one execution for both sides and speaks of it.
  func settle(_ execution: Execution, taker: Taker, id: OrderID, _ market: Int, _ now: Int64) {
    let side = taker.side
    let rules = markets[market].rules
    let value = rules.value(price: execution.price, quantity: execution.quantity)
    markets[market].tradeCount += 1
    let isMarket = orders[id].map { !$0.request.type.hasPrice } ?? !isUser(taker.owner)
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
      Party(owner: taker.owner, order: id, side: side, isMaker: false),
    ]
    if !style.isPerpetual {
      for party in parties { free(party, trade, value) }
      exchange(execution, value: value, taker: taker, market)
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
      giveBack(&order, rules.amount(trade.quantity))
    } else {
      let rest = order.remaining - trade.quantity
      let keeps = order.request.type.hasPrice ? rules.value(price: order.price, quantity: rest) : order.held - value
      giveBack(&order, max(value, order.held - keeps - feeReserve(keeps, rules)))
    }
    orders[party.order] = order
  }

  /// Takes the fee of one side of an execution.
  private func charge(_ party: Party, _ trade: Trade, _ value: Amount) -> (amount: Amount, asset: Int) {
    let rules = markets[trade.market].rules
    let inBase = !style.isPerpetual && style.feeFromReceived && party.side == .buy
    let asset = inBase ? rules.baseAsset : rules.quoteAsset
    let exact =
      (inBase ? rules.amount(trade.quantity) : value) * Amount(party.isMaker ? rules.makerFee : rules.takerFee)
    let step = style.valueStep * unit
    let fee = floorQuotient(style.cutsFees ? exact : exact + step / 2, step) * style.valueStep
    ledger.move(fee, of: asset, from: party.owner, to: Ledger.venue)
    note(party.owner, rules.quoteAsset)
    if !style.isPerpetual { note(party.owner, rules.baseAsset) }
    return (fee, asset)
  }

  /// Writes an execution into an account's order and speaks of it; a filled resting order ends here.
  private func record(
    _ party: Party, _ trade: Trade, _ value: Amount, fee: (amount: Amount, asset: Int), realized: Amount
  ) {
    guard var order = orders[party.order] else { return }
    order.filled += trade.quantity
    order.filledValue += value
    if fee.asset == markets[trade.market].rules.baseAsset {
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
