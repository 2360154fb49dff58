import Matching

/// Perpetuals: one-way and hedged positions, leverage, mark prices. Margin, funding and liquidation are the engine's.
extension Exchange {
  func position(_ account: Participant, _ market: Int, _ side: PositionSide) -> Position {
    positions[account][slot(market, leg: side.rawValue)]
  }

  /// Applies an execution to one side's position; returns the profit it realises.
  func takePosition(
    _ owner: Participant, _ id: OrderID, _ side: Side, _ trade: Trade, _ value: Amount
  ) -> Amount {
    let positionSide = orders[id]?.request.positionSide ?? .both
    let place = slot(trade.market, leg: positionSide.rawValue)
    let profit = move(owner, trade.market, leg: positionSide.rawValue, side, quantity: trade.quantity, value: value)
    positions[owner][place].updated = trade.time
    if isUser(owner) { events.append(.position(owner, market: trade.market, positionSide)) }
    return profit
  }

  // MARK: Reduce-only

  /// How much a reducing order may have: what the position of the other side is.
  func reducible(_ request: OrderRequest) throws(Refusal) -> Int64 {
    guard style.isPerpetual else { throw .unsupported }
    guard let most = reducible(request.account, request.market, leg: request.positionSide.rawValue, request.side)
    else { throw .reduceOnly }
    return most
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
    do throws(LeverageFault) {
      try change(leverage: leverage, account, market)
    } catch {
      throw error == .funds ? .funds : .unsupported
    }
  }

  // MARK: Mark and funding

  /// Takes the index from its reference, and moves the mark by a thirty-second of the way to the book's middle.
  func updateMark(_ market: Int) {
    let state = markets[market]
    _ = markets[market].funding.price.follow(state.synthetic.index, state.book, tick: state.rules.tick)
    if markets[market].funding.mark != state.funding.mark { events.append(.mark(market: market)) }
  }

  func dueFunding(_ market: Int, _ now: Int64) -> (rate: Int64, time: Int64) {
    (markets[market].funding.rate, markets[market].funding.next)
  }

  func funded(_ account: Participant, _ market: Int, rate: Int64, _ received: Amount, at time: Int64) {
    let payment = FundingPayment(
      id: nextPayment, account: account, market: market, rate: rate, amount: received, time: time)
    nextPayment += 1
    change(account) { $0.payments.append(payment) }
    events.append(.funding(payment))
  }

  func endFunding(_ market: Int, rate: Int64, at time: Int64) {
    markets[market].funding.history.append((time, rate, markets[market].funding.mark))
  }

  // MARK: Liquidation

  /// Closes a position by an order of the venue, then hands what is left to the background market at the mark price.
  func close(_ account: Participant, _ market: Int, leg: Int, _ now: Int64) {
    let positionSide = PositionSide(rawValue: leg) ?? .both
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
      settle(handed, taker: taker, id: order.id, market, now)
    }
    events.append(
      .liquidation(account, market: market, side, price: mark, quantity: abs(quantity), order: order.id))
  }
}
