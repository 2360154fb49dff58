import ConnectorKit
import Matching

/// Money around orders: what is set aside before, what moves at an execution.
///
/// Spot fees are taken from what is received, as most venues do by default; perpetuals' fees from the settlement asset.
/// Fees are rounded up to 10^-8. The background market pays none.
extension Exchange {
  // MARK: Before

  /// Sets aside what an order may need, or refuses it. `walk` is what it would trade at once.
  func admit(_ order: inout Order, walk: Walk) throws(Refusal) {
    if isPerpetual {
      guard commit(&order, walk: walk) else {
        throw Refusal(.funds, "not enough margin in \(assets[markets[order.market].rules.quoteAsset])")
      }
      if !order.reduces { noteHold(order) }
    } else {
      guard hold(&order, walk: walk) else {
        throw Refusal(.funds, "not enough \(assets[heldAsset(order)]) is available")
      }
    }
  }

  private func heldAsset(_ order: Order) -> Int {
    let rules = markets[order.market].rules
    return isPerpetual || order.side == .buy ? rules.quoteAsset : rules.baseAsset
  }

  /// Notes that what an order's account has available may have changed.
  func noteHold(_ order: Order) { note(order.account, heldAsset(order)) }

  /// Releases what is set aside for a part of an order, at its limit price or, for a market order, its execution's.
  func unhold(_ order: inout Order, _ quantity: Int64, at price: Int64) {
    if isPerpetual { return uncommit(&order, min(quantity, order.committed)) }
    let rules = markets[order.market].rules
    let exact =
      order.side == .sell ? rules.amount(quantity) : rules.value(price: order.limit ?? price, quantity: quantity)
    release(&order, exact)
  }

  /// Releases all that is still set aside.
  func releaseAll(_ order: inout Order) {
    uncommit(&order, order.committed)
    release(&order, order.held)
  }

  // MARK: At an execution

  /// Settles one execution for both sides and reports it.
  func settle(_ execution: Execution, taker: Taker, id: OrderID, _ market: Int, _ now: Int64) {
    let side = taker.side
    let rules = markets[market].rules
    let value = rules.value(price: execution.price, quantity: execution.quantity)
    markets[market].trades += 1
    let trade = Trade(
      market: market, id: firstNumber + markets[market].trades - 1, price: execution.price,
      quantity: execution.quantity, side: side, time: now)
    markets[market].last = trade
    markets[market].day.count(price: trade.price, base: rules.amount(trade.quantity), quote: value, at: now)
    events.append(.trade(trade))

    let sides: [(owner: Participant, order: OrderID, side: Side, isMaker: Bool)] = [
      (execution.makerOwner, execution.maker, side.opposite, true), (taker.owner, id, side, false),
    ]
    if !isPerpetual {
      for party in sides { prepare(party.order, execution) }
      exchange(execution, value: value, taker: taker, market)
    }
    for party in sides {
      var realized: Amount = 0
      if isPerpetual {
        prepare(party.order, execution)
        realized = move(party.owner, market, leg: 0, party.side, quantity: execution.quantity, value: value)
        notePosition(party.owner, market)
      }
      guard isUser(party.owner) else { continue }
      let fee = charge(party.owner, party.side, isMaker: party.isMaker, rules, execution.quantity, value)
      record(party.order, trade, party.isMaker, fee: fee, realized: realized)
    }
    if isPerpetual {
      for party in sides where isUser(party.owner) { trimReduceOnly(party.owner, market, except: id, now) }
    }
  }

  /// Releases what was set aside for the part that executes.
  private func prepare(_ id: OrderID, _ execution: Execution) {
    guard var order = orders[id] else { return }
    unhold(&order, execution.quantity, at: execution.price)
    orders[id] = order
  }

  /// Takes the fee of one side of an execution; returns it with its asset.
  private func charge(
    _ account: Participant, _ side: Side, isMaker: Bool, _ rules: Market, _ quantity: Int64, _ value: Amount
  ) -> (amount: Amount, asset: Int) {
    let rate = isMaker ? rules.makerFee : rules.takerFee
    let inBase = !isPerpetual && side == .buy
    let asset = inBase ? rules.baseAsset : rules.quoteAsset
    let fee = Ledger.fee(on: inBase ? rules.amount(quantity) : value, rate: rate)
    ledger.move(fee, of: asset, from: account, to: Ledger.venue)
    note(account, rules.quoteAsset)
    if !isPerpetual { note(account, rules.baseAsset) }
    return (fee, asset)
  }

  /// Writes an execution into an account's order and reports it; a filled resting order ends here.
  private func record(
    _ id: OrderID, _ trade: Trade, _ isMaker: Bool, fee: (amount: Amount, asset: Int), realized: Amount
  ) {
    guard var order = orders[id] else { return }
    order.filled += trade.quantity
    order.filledValue += Int128(trade.price) * Int128(trade.quantity)
    order.state = .partial
    order.time = trade.time
    orders[id] = order
    let fill = Fill(
      account: order.account, market: trade.market, order: id, hostOrder: order.request.hostOrder,
      clientOrder: order.request.clientOrder, side: order.side, isMaker: isMaker, price: trade.price,
      quantity: trade.quantity, fee: fee.amount, feeAsset: fee.asset, realized: realized, trade: trade.id,
      time: trade.time)
    events.append(.fill(fill))
    remember(fill)
    guard isMaker else { return }
    if order.remaining == 0 { end(id, .filled, "", trade.time) } else { events.append(.order(order)) }
  }

  private func remember(_ fill: Fill) {
    let account = fill.account
    accounts[account].fills.append(fill)
    guard accounts[account].fills.count > AccountOrders.historyLimit else { return }
    let part = AccountOrders.historyLimit / 10
    accounts[account].forgottenUntil = accounts[account].fills[part - 1].time
    accounts[account].fills.removeFirst(part)
  }
}
