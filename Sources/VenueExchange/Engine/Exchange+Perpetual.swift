import Matching

/// Perpetuals: cross margin, one-way and hedged positions, leverage, funding, liquidation.
///
/// Equity is the wallet plus unrealised profit at mark prices. The margin required is, for each position, the largest
/// size that its open orders could give it, at the mark price, divided by the leverage. An account whose equity falls
/// below the maintenance part of its positions' value is liquidated whole; what the book cannot take goes to the
/// background market at the mark price, and the venue pays what the account then still owes.
extension Exchange {
  struct Margin: Sendable {
    let wallet: Amount
    var unrealized: Amount = 0
    /// Of positions, and of what open orders add to it.
    var initial: Amount = 0
    var open: Amount = 0
    var maintenance: Amount = 0
    var equity: Amount { wallet + unrealized }
    var available: Amount { max(0, equity - initial - open) }
  }

  static let fundingInterval: Int64 = 8 * 3_600_000_000_000

  func slot(_ market: Int, _ side: PositionSide) -> Int { market * PositionSide.allCases.count + side.rawValue }

  func position(_ account: Participant, _ market: Int, _ side: PositionSide) -> Position {
    positions[account][slot(market, side)]
  }

  func leverage(_ account: Participant, _ market: Int) -> Int64 { state(account).leverage[market] }

  /// A size in the settlement asset at the mark price.
  func markValue(_ market: Int, _ quantity: Amount) -> Amount {
    markets[market].rules.money(Amount(markets[market].funding.mark) * quantity)
  }

  func margin(_ account: Participant, asset: Int) -> Margin {
    var margin = Margin(wallet: ledger.balance(account, asset).total)
    for market in markets.indices where markets[market].rules.quote == asset {
      for side in PositionSide.allCases {
        let position = position(account, market, side)
        guard position.exposure != 0 else { continue }
        let part = marginOf(account, market, position)
        margin.unrealized += markValue(market, Amount(position.quantity)) - position.cost
        margin.initial += part.initial
        margin.open += part.open
        margin.maintenance += part.maintenance
      }
    }
    return margin
  }

  func marginOf(
    _ account: Participant, _ market: Int, _ position: Position
  ) -> (initial: Amount, open: Amount, maintenance: Amount) {
    let leverage = Amount(leverage(account, market))
    let size = Amount(abs(position.quantity))
    let initial = ceilingQuotient(markValue(market, size), leverage)
    let most = ceilingQuotient(markValue(market, position.exposure), leverage)
    let rate = Amount(markets[market].rules.maintenance)
    return (initial, most - initial, ceilingQuotient(markValue(market, size) * rate, unit))
  }

  /// Counts an order on its position, or refuses it when equity does not carry what it could become, with its fee and
  /// the loss it would open with.
  func commit(_ order: inout Order, walk: Walk) throws(Refusal) {
    guard !order.request.reduces else { return }
    let rules = markets[order.market].rules
    let place = slot(order.market, order.request.positionSide)
    let before = positions[order.account][place]
    let quantity = order.request.type.hasPrice ? order.remaining : walk.quantity
    if order.side == .buy {
      positions[order.account][place].openBuys += quantity
    } else {
      positions[order.account][place].openSells += quantity
    }
    if positions[order.account][place].exposure > before.exposure {
      let rest = order.request.type.hasPrice ? Amount(order.price) * Amount(order.remaining - walk.quantity) : 0
      let value = rules.money(walk.value + rest)
      let loss = max(0, (value - markValue(order.market, Amount(quantity))) * Amount(order.side.sign))
      let fee = ceilingQuotient(value * Amount(max(0, rules.takerFee)), unit)
      let margin = margin(order.account, asset: rules.quote)
      guard margin.equity - loss - fee >= margin.initial + margin.open else {
        positions[order.account][place] = before
        throw .funds
      }
    }
    order.committed = quantity
  }

  func uncommit(_ order: inout Order, _ quantity: Int64) {
    let place = slot(order.market, order.request.positionSide)
    if order.side == .buy {
      positions[order.account][place].openBuys -= quantity
    } else {
      positions[order.account][place].openSells -= quantity
    }
    order.committed -= quantity
  }

  /// Applies an execution to one side's position; returns the profit it realises.
  func takePosition(
    _ owner: Participant, _ id: OrderID, _ side: Side, _ trade: Trade, _ value: Amount
  ) -> Amount {
    let positionSide = orders[id]?.request.positionSide ?? .both
    let place = slot(trade.market, positionSide)
    let profit = positions[owner][place].apply(side, quantity: trade.quantity, value: value)
    positions[owner][place].updated = trade.time
    ledger.realize(profit, of: markets[trade.market].rules.quote, for: owner)
    if isUser(owner) { events.append(.position(owner, market: trade.market, positionSide)) }
    return profit
  }

  // MARK: Reduce-only

  /// How much a reducing order may have: what the position of the other side is.
  func reducible(_ request: OrderRequest) throws(Refusal) -> Int64 {
    guard style.isPerpetual else { throw .unsupported }
    let quantity = position(request.account, request.market, request.positionSide).quantity
    guard quantity != 0, (quantity > 0) == (request.side == .sell) else { throw .reduceOnly }
    return abs(quantity)
  }

  /// Keeps every reducing order within its position: a larger one is cut, one without a position ends.
  func trimReducing(_ account: Participant, _ market: Int, _ now: Int64) {
    for id in state(account).live {
      guard var order = orders[id], order.market == market, order.request.reduces, order.status == .open else {
        continue
      }
      let quantity = position(account, market, order.request.positionSide).quantity
      if quantity == 0 || (quantity > 0) != (order.side == .sell) {
        end(id, .expired, "the position that it would reduce is closed", now)
      } else if order.remaining > abs(quantity) {
        order.quantity = order.filled + abs(quantity)
        order.updated = now
        orders[id] = order
        _ = markets[market].book.reduce(id, to: order.remaining)
      }
    }
  }

  // MARK: Settings

  /// - Throws: `funds` when the open positions and orders would need more than there is.
  func setLeverage(_ account: Participant, _ market: Int, _ leverage: Int64) throws(Refusal) {
    let rules = markets[market].rules
    guard leverage >= 1, leverage <= rules.market.maxLeverage else { throw .unsupported }
    let before = state(account).leverage[market]
    change(account) { $0.leverage[market] = leverage }
    let margin = margin(account, asset: rules.quote)
    if leverage < before, margin.equity < margin.initial + margin.open {
      change(account) { $0.leverage[market] = before }
      throw .funds
    }
  }

  // MARK: Mark and funding

  /// Takes the index from its reference, and moves the mark by a thirty-second of the way to the book's middle.
  func updateMark(_ market: Int) {
    let state = markets[market]
    _ = markets[market].funding.price.follow(state.synthetic.index, state.book, tick: state.rules.tick)
    if markets[market].funding.mark != state.funding.mark { events.append(.mark(market: market)) }
  }

  func scheduleFunding(at now: Int64) {
    for market in markets.indices {
      markets[market].funding.next = (now / Self.fundingInterval + 1) * Self.fundingInterval
    }
  }

  /// Pays the fundings that are due: positive rates from longs to shorts, on the value at mark, each rounded against
  /// its account; the venue keeps the difference.
  func fund(at now: Int64) {
    for market in markets.indices where now >= markets[market].funding.next {
      let rate = markets[market].funding.rate
      let time = markets[market].funding.next
      let asset = markets[market].rules.quote
      for account in ledger.participants where account != Ledger.venue {
        for side in PositionSide.allCases {
          let quantity = position(account, market, side).quantity
          guard quantity != 0 else { continue }
          let received = floorQuotient(-markValue(market, Amount(quantity)) * Amount(rate), unit)
          ledger.move(received, of: asset, from: Ledger.venue, to: account)
          guard isUser(account) else { continue }
          let payment = FundingPayment(
            id: nextPayment, account: account, market: market, rate: rate, amount: received, time: time)
          nextPayment += 1
          change(account) { $0.payments.append(payment) }
          events.append(.funding(payment))
        }
      }
      markets[market].funding.history.append((time, rate, markets[market].funding.mark))
      markets[market].funding.next = (now / Self.fundingInterval + 1) * Self.fundingInterval
    }
  }

  // MARK: Liquidation

  func liquidate(at now: Int64) {
    for account in ledger.participants where isUser(account) {
      for asset in assets.indices {
        let margin = margin(account, asset: asset)
        guard margin.maintenance > 0, margin.equity < margin.maintenance else { continue }
        liquidate(account, asset, now)
      }
    }
  }

  private func liquidate(_ account: Participant, _ asset: Int, _ now: Int64) {
    for id in state(account).live {
      guard let order = orders[id], markets[order.market].rules.quote == asset else { continue }
      end(id, .expired, "liquidation", now)
    }
    for market in markets.indices where markets[market].rules.quote == asset {
      for side in PositionSide.allCases where position(account, market, side).quantity != 0 {
        close(account, market, side, now)
      }
    }
    let wallet = ledger.balance(account, asset).total
    if wallet < 0 { ledger.move(-wallet, of: asset, from: Ledger.venue, to: account) }
    note(account, asset)
  }

  /// Closes a position by an order of the venue, then hands what is left to the background market at the mark price.
  private func close(_ account: Participant, _ market: Int, _ positionSide: PositionSide, _ now: Int64) {
    let quantity = position(account, market, positionSide).quantity
    let side: Side = quantity > 0 ? .sell : .buy
    let mark = markets[market].funding.mark
    var request = OrderRequest(account: account, market: market, client: "autoclose-\(now / 1_000_000)", side: side)
    request.type = .market
    request.reducesOnly = true
    request.isForced = true
    request.positionSide = positionSide
    request.quantity = abs(quantity)
    let order = Order(
      id: nextOrder, request: request, quantity: abs(quantity), price: 0, created: now, updated: now)
    nextOrder += 1
    orders[order.id] = order
    change(account) {
      $0.all.append(order.id)
      $0.live.append(order.id)
      $0.byClient[request.client, default: []].append(order.id)
    }
    events.append(.order(order, .new))
    var taker = Taker(owner: account, side: side, limit: nil, remaining: abs(quantity))
    _ = trade(&taker, id: order.id, market, now, .expireMaker)
    if let rest = orders[order.id], rest.remaining > 0 {
      let handed = Execution(price: mark, quantity: rest.remaining, maker: 1 << 63, makerOwner: Ledger.maker)
      settle(handed, taker: account, id: order.id, side: side, market, now)
    }
    events.append(
      .liquidation(account, market: market, side, price: mark, quantity: abs(quantity), order: order.id))
  }
}
