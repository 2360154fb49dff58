/// What an account's positions in one settlement asset need.
package struct Margin: Equatable, Sendable {
  /// What is not set aside for isolated positions.
  package var wallet: Amount
  /// Of positions on cross margin.
  package var unrealized: Amount = 0
  /// Of positions on cross margin, and of what open orders add to any.
  package var initial: Amount = 0
  package var open: Amount = 0
  package var maintenance: Amount = 0

  package init(wallet: Amount) { self.wallet = wallet }

  package var equity: Amount { wallet + unrealized }
  package var required: Amount { initial + open }
  package var available: Amount { max(0, equity - required) }
}

/// Why a leverage is not set.
package enum LeverageFault: Error, Equatable, Sendable {
  /// It is not from 1 to the market's highest.
  case range
  /// The open positions and orders would need more than there is.
  case funds
}

/// Perpetuals: cross and isolated margin, leverage, funding, liquidation.
///
/// Equity is the wallet plus unrealised profit at mark prices. The margin required is, for each position, the largest
/// size that its open orders could give it, at the mark price, divided by the leverage. An account whose equity falls
/// below the maintenance part of its positions' value is liquidated whole: its orders end and its positions are closed
/// in the book at any price; what the book cannot take goes to the background market at the mark price, and the venue
/// pays what the account then still owes.
///
/// An isolated position has its part of the wallet set aside when it opens, by its price and the leverage, and gets it
/// back as it closes. It answers with that part alone: when the part and its unrealised profit are less than its
/// maintenance margin, the orders of its market end and it is closed, and the venue pays what it loses beyond.
extension ExchangeEngine {
  /// A size in the settlement asset at the mark price.
  package func markValue(_ market: Int, _ quantity: Amount) -> Amount {
    markets[market].rules.money(Amount(markets[market].mark) * quantity)
  }

  package func margin(of account: Participant, asset: Int) -> Margin {
    var margin = Margin(wallet: ledger.balance(account, asset).total)
    for market in markets.indices where markets[market].rules.quoteAsset == asset {
      for leg in 0..<Self.legs {
        let position = positions[account][slot(market, leg: leg)]
        guard position.exposure != 0 else { continue }
        let part = parts(of: account, market, position)
        margin.open += part.open
        guard !isIsolated(account, market) else {
          margin.wallet -= position.margin
          continue
        }
        margin.unrealized += unrealized(market, position)
        margin.initial += part.initial
        margin.maintenance += part.maintenance
      }
    }
    return margin
  }

  package func unrealized(_ market: Int, _ position: Position) -> Amount {
    markValue(market, Amount(position.quantity)) - position.cost
  }

  /// What one position adds to the margin of its account.
  package func parts(
    of account: Participant, _ market: Int, _ position: Position
  ) -> (initial: Amount, open: Amount, maintenance: Amount) {
    let leverage = Amount(leverage(account, market))
    let value = markValue(market, Amount(abs(position.quantity)))
    let initial = ceilingQuotient(value, leverage)
    let most = ceilingQuotient(markValue(market, position.exposure), leverage)
    return (initial, most - initial, ceilingQuotient(value * Amount(markets[market].rules.maintenance), unit))
  }

  /// Counts an order on its position. False, and nothing happens, when what the account has does not carry what the
  /// position could become, with the order's fee and the loss it would open with. An order that cannot enlarge the
  /// position is always taken.
  package func commit(_ order: inout Order, walk: Walk) -> Bool {
    guard !order.reduces else { return true }
    let rules = markets[order.market].rules
    let place = slot(order.market, leg: order.leg)
    let before = positions[order.account][place]
    let quantity = order.limit == nil ? walk.quantity : order.remaining
    positions[order.account][place].count(quantity, order.side)
    if positions[order.account][place].exposure > before.exposure {
      let rest = order.limit.map { Amount($0) * Amount(order.remaining - walk.quantity) } ?? 0
      let value = rules.money(walk.value + rest)
      let loss = max(0, (value - markValue(order.market, Amount(quantity))) * Amount(order.side.sign))
      let fee = ceilingQuotient(value * Amount(max(0, rules.takerFee, rules.makerFee)), unit)
      let margin = margin(of: order.account, asset: rules.quoteAsset)
      guard carried(by: margin) - loss - fee >= margin.required else {
        positions[order.account][place] = before
        return false
      }
    }
    order.committed = quantity
    return true
  }

  package func uncommit(_ order: inout Order, _ quantity: Int64) {
    positions[order.account][slot(order.market, leg: order.leg)].count(-quantity, order.side)
    order.committed -= quantity
  }

  /// How much an order that reduces may have: what the position of the other side is; `nil` where there is none.
  package func reducible(_ account: Participant, _ market: Int, leg: Int, _ side: Side) -> Int64? {
    let quantity = positions[account][slot(market, leg: leg)].quantity
    return quantity != 0 && (quantity > 0) == (side == .sell) ? abs(quantity) : nil
  }

  /// Whether an account's positions and orders can be carried as they are now.
  package func isCarried(_ account: Participant, asset: Int) -> Bool {
    let margin = margin(of: account, asset: asset)
    return carried(by: margin) >= margin.required
  }

  // MARK: Positions

  /// Moves a position by an execution, with the margin that is set aside for it; returns the profit that it realises.
  package func move(
    _ account: Participant, _ market: Int, leg: Int, _ side: Side, quantity: Int64, value: Amount
  ) -> Amount {
    let place = slot(market, leg: leg)
    let before = positions[account][place]
    let profit = positions[account][place].apply(side, quantity: quantity, value: value)
    ledger.realize(profit, of: markets[market].rules.quoteAsset, for: account)
    guard isIsolated(account, market) else { return profit }
    let isAgainst = before.quantity != 0 && (before.quantity > 0) != (side == .buy)
    let closed = isAgainst ? min(abs(before.quantity), quantity) : 0
    if closed > 0 {
      // What stays is rounded up.
      let left = Amount(abs(before.quantity) - closed)
      positions[account][place].margin = ceilingQuotient(before.margin * left, Amount(abs(before.quantity)))
    }
    // Value is price times quantity, so this division is exact.
    let opened = value / Amount(quantity) * Amount(quantity - closed)
    positions[account][place].margin += ceilingQuotient(opened, Amount(leverage(account, market)))
    return profit
  }

  /// Sets the leverage of a market; the margin of isolated positions follows it. Nothing happens when it throws.
  package func change(leverage: Int64, _ account: Participant, _ market: Int) throws(LeverageFault) {
    let rules = markets[market].rules
    guard leverage >= 1, leverage <= rules.maxLeverage else { throw .range }
    let before = (self.leverage(account, market), positions[account])
    set(leverage: leverage, account, market)
    if isIsolated(account, market) {
      for leg in 0..<Self.legs {
        let cost = positions[account][slot(market, leg: leg)].cost
        positions[account][slot(market, leg: leg)].margin = ceilingQuotient(abs(cost), Amount(leverage))
      }
    }
    let isSafe = (0..<Self.legs).allSatisfy { !isLost(account, market, leg: $0) }
    guard isSafe, leverage >= before.0 || isCarried(account, asset: rules.quoteAsset) else {
      set(leverage: before.0, account, market)
      positions[account] = before.1
      throw .funds
    }
  }

  /// Whether the way in which a market's positions have their margin may change: there are none, and no order that
  /// could open one.
  package func mayChangeMarginMode(_ account: Participant, _ market: Int) -> Bool {
    (0..<Self.legs).allSatisfy { positions[account][slot(market, leg: $0)].quantity == 0 }
      && !liveOrders(of: account).contains { orders[$0]?.market == market }
  }

  // MARK: Funding

  /// The next whole multiple of the interval.
  private func nextFunding(behind now: Int64) -> Int64 { (now / fundingInterval + 1) * fundingInterval }

  /// Sets when the first funding is paid.
  package func scheduleFunding(at now: Int64) {
    for market in markets.indices { markets[market].nextFunding = nextFunding(behind: now) }
  }

  /// Pays the fundings that are due: positive rates from longs to shorts, on the value at mark, each rounded against
  /// its account; the venue keeps the difference.
  package func payFunding(at now: Int64) {
    for market in markets.indices where now >= markets[market].nextFunding {
      let (rate, time) = dueFunding(market, now)
      let asset = markets[market].rules.quoteAsset
      for participant in ledger.participants where participant != Ledger.venue {
        for leg in 0..<Self.legs {
          let quantity = positions[participant][slot(market, leg: leg)].quantity
          guard quantity != 0 else { continue }
          let received = floorQuotient(-markValue(market, Amount(quantity)) * Amount(rate), unit)
          ledger.move(received, of: asset, from: Ledger.venue, to: participant)
          if isIsolated(participant, market) { positions[participant][slot(market, leg: leg)].margin += received }
          if isUser(participant) { funded(participant, market, rate: rate, received, at: time) }
        }
      }
      endFunding(market, rate: rate, at: time)
      markets[market].nextFunding = nextFunding(behind: now)
    }
  }

  // MARK: Liquidation

  /// Liquidates every isolated position and every account whose equity has fallen below its maintenance margin.
  package func liquidate(at now: Int64) {
    for account in ledger.participants where isUser(account) {
      // Nothing is to be maintained of nothing.
      guard positions[account].contains(where: { $0.quantity != 0 }) else { continue }
      for market in markets.indices where isIsolated(account, market) {
        for leg in 0..<Self.legs where isLost(account, market, leg: leg) { liquidate(account, market, leg: leg, now) }
      }
      for asset in 0..<assetCount {
        let margin = margin(of: account, asset: asset)
        guard margin.maintenance > 0, margin.equity < margin.maintenance else { continue }
        liquidate(account, asset, now)
      }
    }
  }

  private func liquidate(_ account: Participant, _ asset: Int, _ now: Int64) {
    for id in liveOrders(of: account) {
      guard let order = orders[id], markets[order.market].rules.quoteAsset == asset else { continue }
      endForLiquidation(id, now)
    }
    var setAside: Amount = 0
    for market in markets.indices where markets[market].rules.quoteAsset == asset {
      for leg in 0..<Self.legs where positions[account][slot(market, leg: leg)].quantity != 0 {
        if isIsolated(account, market) {
          setAside += positions[account][slot(market, leg: leg)].margin
        } else {
          close(account, market, leg: leg, now)
        }
      }
    }
    let wallet = ledger.balance(account, asset).total - setAside
    if wallet < 0 { ledger.move(-wallet, of: asset, from: Ledger.venue, to: account) }
    note(account, asset)
  }

  /// Whether an isolated position has less than it must maintain.
  private func isLost(_ account: Participant, _ market: Int, leg: Int) -> Bool {
    let position = positions[account][slot(market, leg: leg)]
    guard position.quantity != 0, isIsolated(account, market) else { return false }
    return position.margin + unrealized(market, position) < parts(of: account, market, position).maintenance
  }

  /// Liquidates one isolated position: it costs its account no more than its margin.
  private func liquidate(_ account: Participant, _ market: Int, leg: Int, _ now: Int64) {
    let asset = markets[market].rules.quoteAsset
    for id in liveOrders(of: account) where orders[id]?.market == market { endForLiquidation(id, now) }
    let least = ledger.balance(account, asset).total - positions[account][slot(market, leg: leg)].margin
    close(account, market, leg: leg, now)
    let short = least - ledger.balance(account, asset).total
    if short > 0 { ledger.move(short, of: asset, from: Ledger.venue, to: account) }
    note(account, asset)
  }
}
