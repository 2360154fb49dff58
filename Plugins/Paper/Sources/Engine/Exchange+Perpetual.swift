import ConnectorKit
import Matching

/// Perpetuals: one-way positions, reduce-only orders, leverage and margin mode. Margin, funding and liquidation are the
/// engine's.
extension Exchange {
  /// Value of a position at its mark price, signed.
  func markValue(_ account: Participant, _ market: Int) -> Amount {
    markValue(market, Amount(positions[account][market].quantity))
  }

  // MARK: Reduce-only

  /// How much a reduce-only order may have: what the position of the other side is.
  func reducible(_ request: OrderRequest) throws(Refusal) -> Int64 {
    guard isPerpetual else { throw Refusal(.unsupported, "spot has no reduce-only orders") }
    guard let most = reducible(request.account, request.market, leg: 0, request.side) else {
      throw Refusal(.reduceOnly, "there is no position that the order would reduce")
    }
    return most
  }

  /// Keeps every resting reduce-only order within the position: a larger one is cut, one without a position is
  /// cancelled.
  func trimReduceOnly(_ account: Participant, _ market: Int, except taker: OrderID?, _ now: Int64) {
    let quantity = positions[account][market].quantity
    for id in accounts[account].live where id != taker {
      guard var order = orders[id], order.market == market, order.request.reduceOnly, order.trigger == nil else {
        continue
      }
      if quantity == 0 || (quantity > 0) != (order.side == .sell) {
        end(id, .cancelled, "the position that it would reduce is closed", now)
      } else if order.remaining > abs(quantity) {
        order.quantity = order.filled + abs(quantity)
        order.time = now
        _ = markets[market].book.reduce(id, to: abs(quantity))
        orders[id] = order
        events.append(.order(order))
      }
    }
  }

  // MARK: Leverage

  /// Sets the leverage of one instrument; refused when the open position and orders would then need more than there is.
  func setLeverage(_ account: Participant, _ market: Int, _ leverage: Int64) throws(Refusal) {
    let rules = markets[market].rules
    do throws(LeverageFault) {
      try change(leverage: leverage, account, market)
    } catch {
      throw error == .range
        ? Refusal(.invalidOrder, "leverage must be from 1 to \(rules.maxLeverage)")
        : Refusal(.funds, "not enough margin for the open position and orders at this leverage")
    }
    note(account, rules.quoteAsset)
    notePosition(account, market)
  }

  /// Sets whether a market's position has margin of its own; refused while there is a position or an order.
  func setIsolated(_ account: Participant, _ market: Int, _ isIsolated: Bool) throws(Refusal) {
    guard isIsolated != positions[account][market].isIsolated else { return }
    guard mayChangeMarginMode(account, market) else {
      throw Refusal(.invalidOrder, "the margin mode changes only without a position and open orders in the market")
    }
    positions[account][market].isIsolated = isIsolated
    notePosition(account, market)
  }

  // MARK: Liquidation

  /// Mark price at which the position would be liquidated if only this market moved; `nil` when none is positive.
  func liquidationPrice(_ account: Participant, _ market: Int) -> Int64? {
    let rules = markets[market].rules
    let position = positions[account][market]
    let quantity = position.quantity
    guard quantity != 0 else { return nil }
    let slack: Amount
    if position.isIsolated {
      slack = position.margin + unrealized(market, position) - parts(of: account, market, position).maintenance
    } else {
      let margin = margin(of: account, asset: rules.quoteAsset)
      slack = margin.equity - margin.maintenance
    }
    // One mantissa of price changes the slack by quantity, less the maintenance part of it; in 10^-8 of `Amount`.
    let size = Amount(abs(quantity)) * rules.valueScale
    let slope = size * unit + (quantity > 0 ? -1 : 1) * size * Amount(rules.maintenance)
    guard slope > 0 else { return nil }
    let distance = floorQuotient(slack * unit, slope)
    let price = Amount(markets[market].funding.mark) - (quantity > 0 ? distance : -distance)
    return price > 0 ? Int64(exactly: price) : nil
  }

  /// Closes a position by an order of the venue, then hands what is left to the background market at the mark price.
  func close(_ account: Participant, _ market: Int, leg: Int, _ now: Int64) {
    let quantity = abs(positions[account][market].quantity)
    let side: Side = positions[account][market].quantity > 0 ? .sell : .buy
    events.append(.liquidation(
      Liquidation(
        account: account, market: market, side: side, price: markets[market].mark, quantity: quantity, time: now)))
    let request = OrderRequest(
      account: account, market: market, side: side, isMarket: true, timeInForce: .immediateOrCancel, reduceOnly: true,
      quantity: quantity)
    let order = Order(id: nextOrder, request: request, price: 0, quantity: quantity, time: now)
    nextOrder += 1
    orders[order.id] = order
    accounts[account].live.append(order.id)
    var taker = Taker(owner: account, side: side, limit: nil, remaining: quantity)
    _ = trade(&taker, id: order.id, market, now)
    if taker.remaining > 0 {
      let rest = Execution(
        price: markets[market].funding.mark, quantity: taker.remaining, maker: 0, makerOwner: Ledger.maker)
      settle(rest, taker: taker, id: order.id, market, now)
    }
    end(order.id, .filled, "liquidation", now)
  }
}
