/// What an account's positions in one settlement asset need.
package struct Margin: Equatable, Sendable {
  package let wallet: Amount
  package var unrealized: Amount = 0
  /// Of positions, and of what open orders add to it.
  package var initial: Amount = 0
  package var open: Amount = 0
  package var maintenance: Amount = 0

  package init(wallet: Amount) { self.wallet = wallet }

  package var equity: Amount { wallet + unrealized }
  package var required: Amount { initial + open }
  package var available: Amount { max(0, equity - required) }
}

/// Perpetuals: cross margin, leverage, funding, liquidation.
///
/// Equity is the wallet plus unrealised profit at mark prices. The margin required is, for each position, the largest
/// size that its open orders could give it, at the mark price, divided by the leverage. An account whose equity falls
/// below the maintenance part of its positions' value is liquidated whole: its orders end and its positions are closed
/// in the book at any price; what the book cannot take goes to the background market at the mark price, and the venue
/// pays what the account then still owes.
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
        margin.unrealized += markValue(market, Amount(position.quantity)) - position.cost
        margin.initial += part.initial
        margin.open += part.open
        margin.maintenance += part.maintenance
      }
    }
    return margin
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
          if isUser(participant) { funded(participant, market, rate: rate, received, at: time) }
        }
      }
      endFunding(market, rate: rate, at: time)
      markets[market].nextFunding = nextFunding(behind: now)
    }
  }

  // MARK: Liquidation

  /// Liquidates every account whose equity has fallen below its maintenance margin.
  package func liquidate(at now: Int64) {
    for account in ledger.participants where isUser(account) {
      // Nothing is to be maintained of nothing.
      guard positions[account].contains(where: { $0.quantity != 0 }) else { continue }
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
    for market in markets.indices where markets[market].rules.quoteAsset == asset {
      for leg in 0..<Self.legs where positions[account][slot(market, leg: leg)].quantity != 0 {
        close(account, market, leg: leg, now)
      }
    }
    let wallet = ledger.balance(account, asset).total
    if wallet < 0 { ledger.move(-wallet, of: asset, from: Ledger.venue, to: account) }
    note(account, asset)
  }
}
