import Matching

/// Perpetuals: cross margin, one-way positions, reduce-only orders, leverage, liquidation.
///
/// Equity is the wallet plus unrealised profit at mark prices; new orders may not build on unrealised profit. The
/// margin required is, for each instrument, the largest position that its open orders could make, at the mark price,
/// divided by the leverage. Below the maintenance part of the positions' value the account is liquidated: its orders
/// are cancelled and its positions closed in the book at any price; what the book cannot take goes to the background
/// market at the mark price, and the venue pays what the account then still owes.
extension Exchange {
  struct Margin: Equatable, Sendable {
    let wallet: Amount
    var equity: Amount
    var required: Amount = 0
    var maintenance: Amount = 0
    /// What new orders may build on: unrealised loss counts, unrealised profit does not.
    var usable: Amount { min(wallet, equity) }
  }

  /// Value of a position at its mark price, signed.
  func markValue(_ account: Participant, _ market: Int) -> Amount {
    states[market].rules.value(price: states[market].funding.mark, quantity: positions[account][market].quantity)
  }

  /// Margin of an account in one settlement asset, with `changed` in place of its position in one market.
  func margin(of account: Participant, asset: Int, changed: (market: Int, position: Position)? = nil) -> Margin {
    let wallet = ledger.balance(account, asset).total
    var margin = Margin(wallet: wallet, equity: wallet)
    for market in states.indices where states[market].rules.quoteAsset == asset {
      let position = changed?.market == market ? changed?.position ?? Position() : positions[account][market]
      guard position.exposure != 0 else { continue }
      let rules = states[market].rules
      let value = rules.value(price: states[market].funding.mark, quantity: position.quantity)
      margin.equity += value - position.cost
      let exposure = Amount(states[market].funding.mark) * position.exposure * rules.valueScale
      margin.required += ceilingQuotient(exposure, Amount(position.leverage))
      margin.maintenance += ceilingQuotient(value.magnitudeValue * Amount(rules.maintenance), unit)
    }
    return margin
  }

  /// Refuses an order that could enlarge the position beyond what equity carries, counting its fee and the loss that it
  /// would open with. An order that cannot enlarge the position is always accepted.
  func admitPerpetual(_ order: inout Order, walk: Walk) throws(Refusal) {
    guard !order.request.reduceOnly else { return }
    let rules = states[order.market].rules
    var position = positions[order.account][order.market]
    let before = position.exposure
    let quantity = order.request.isMarket ? walk.quantity : order.remaining
    if order.side == .buy { position.openBuys += quantity } else { position.openSells += quantity }
    if position.exposure > before {
      let rest = order.request.isMarket ? 0 : Amount(order.price) * Amount(order.remaining - walk.quantity)
      let value = (walk.value + rest) * rules.valueScale
      let fair = rules.value(price: states[order.market].funding.mark, quantity: quantity)
      let loss = max(0, (value - fair) * Amount(order.side.sign))
      let fee = max(0, Ledger.fee(on: value, rate: max(rules.takerFee, rules.makerFee)))
      let margin = margin(of: order.account, asset: rules.quoteAsset, changed: (order.market, position))
      guard margin.usable - loss - fee >= margin.required else {
        throw Refusal(.funds, "not enough margin in \(assets[rules.quoteAsset])")
      }
    }
    positions[order.account][order.market] = position
    order.committed = quantity
    noteHold(order)
  }

  // MARK: Reduce-only

  /// How much a reduce-only order may have: what the position of the other side is.
  func reducible(_ request: OrderRequest) throws(Refusal) -> Int64 {
    guard isPerpetual else { throw Refusal(.unsupported, "spot has no reduce-only orders") }
    let quantity = positions[request.account][request.market].quantity
    guard quantity != 0, (quantity > 0) == (request.side == .sell) else {
      throw Refusal(.reduceOnly, "there is no position that the order would reduce")
    }
    return abs(quantity)
  }

  /// Keeps every resting reduce-only order within the position: a larger one is cut, one without a position is
  /// cancelled.
  func trimReduceOnly(_ account: Participant, _ market: Int, except taker: OrderID?, _ now: Int64) {
    let quantity = positions[account][market].quantity
    for id in accounts[account].live where id != taker {
      guard var order = orders[id], order.market == market, order.request.reduceOnly else { continue }
      if quantity == 0 || (quantity > 0) != (order.side == .sell) {
        end(id, .cancelled, "the position that it would reduce is closed", now)
      } else if order.remaining > abs(quantity) {
        order.quantity = order.filled + abs(quantity)
        order.time = now
        _ = states[market].book.reduce(id, to: abs(quantity))
        orders[id] = order
        events.append(.order(order))
      }
    }
  }

  // MARK: Leverage

  /// Sets the leverage of one instrument; refused when the open position and orders would then need more than there is.
  func setLeverage(_ account: Participant, _ market: Int, _ leverage: Int64) throws(Refusal) {
    let rules = states[market].rules
    guard leverage >= 1, leverage <= rules.maxLeverage else {
      throw Refusal(.invalidOrder, "leverage must be from 1 to \(rules.maxLeverage)")
    }
    var position = positions[account][market]
    let raises = leverage < position.leverage
    position.leverage = leverage
    if raises {
      let margin = margin(of: account, asset: rules.quoteAsset, changed: (market, position))
      guard margin.usable >= margin.required else {
        throw Refusal(.funds, "not enough margin for the open position and orders at this leverage")
      }
    }
    positions[account][market] = position
    noteBalance(account, rules.quoteAsset)
    notePosition(account, market)
  }

  // MARK: Liquidation

  /// Mark price at which the account would be liquidated if only this market moved; `nil` when none is positive.
  func liquidationPrice(_ account: Participant, _ market: Int) -> Int64? {
    let rules = states[market].rules
    let quantity = positions[account][market].quantity
    guard quantity != 0 else { return nil }
    let margin = margin(of: account, asset: rules.quoteAsset)
    let slack = margin.equity - margin.maintenance
    // One mantissa of price changes the slack by quantity, less the maintenance part of it; in 10^-8 of `Amount`.
    let size = Amount(abs(quantity)) * rules.valueScale
    let slope = size * unit + (quantity > 0 ? -1 : 1) * size * Amount(rules.maintenance)
    guard slope > 0 else { return nil }
    let distance = floorQuotient(slack * unit, slope)
    let price = Amount(states[market].funding.mark) - (quantity > 0 ? distance : -distance)
    return price > 0 ? Int64(exactly: price) : nil
  }

  /// Liquidates every account whose equity has fallen below its maintenance margin.
  func liquidate(at now: Int64) {
    for account in ledger.participants where isUser(account) {
      for asset in assets.indices {
        let margin = margin(of: account, asset: asset)
        guard margin.maintenance > 0, margin.equity < margin.maintenance else { continue }
        liquidate(account, asset, now)
      }
    }
  }

  private func liquidate(_ account: Participant, _ asset: Int, _ now: Int64) {
    for id in accounts[account].live {
      guard let order = orders[id], states[order.market].rules.quoteAsset == asset else { continue }
      end(id, .cancelled, "liquidation", now)
    }
    for market in states.indices where states[market].rules.quoteAsset == asset {
      let quantity = positions[account][market].quantity
      guard quantity != 0 else { continue }
      let side: Side = quantity > 0 ? .sell : .buy
      let mark = states[market].funding.mark
      events.append(.liquidation(
        Liquidation(account: account, market: market, side: side, price: mark, quantity: abs(quantity), time: now)))
      close(account, market, side, now)
    }
    let wallet = ledger.balance(account, asset).total
    if wallet < 0 { ledger.move(-wallet, of: asset, from: Ledger.venue, to: account) }
    noteBalance(account, asset)
  }

  /// Closes a position by an order of the venue, then hands what is left to the background market at the mark price.
  private func close(_ account: Participant, _ market: Int, _ side: Side, _ now: Int64) {
    let quantity = abs(positions[account][market].quantity)
    let request = OrderRequest(
      account: account, market: market, side: side, isMarket: true, timeInForce: .immediateOrCancel, reduceOnly: true,
      quantity: quantity)
    let order = Order(id: nextOrder, request: request, price: 0, quantity: quantity, time: now)
    nextOrder += 1
    orders[order.id] = order
    accounts[account].live.append(order.id)
    var taker = Taker(owner: account, side: side, limit: nil, remaining: quantity)
    _ = trade(&taker, order: order.id, market, now)
    if taker.remaining > 0 {
      let rest = Execution(
        price: states[market].funding.mark, quantity: taker.remaining, maker: 0, makerOwner: Ledger.maker)
      settle(rest, taker: (account, order.id), side: side, market, now)
    }
    end(order.id, .filled, "liquidation", now)
  }
}
