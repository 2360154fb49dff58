import Decimals
import MarketModel
import Runtime
import Simulation
import Trading

/// A strategy of chance, faster than a person and slower than the venues' limits.
extension LaneSoak: TraderObserver {
  func act(_ trader: Trader) {
    // Who places while nothing leaves fills a queue that the next kill empties: orders that never leave prove little,
    // and each of them is asked about to the end.
    let isStuck = trader.orders.inFlight.count { $0.state == .pendingCreate } > 4
    switch random.next() % 20 {
    case 0...11 where isStuck: break
    case 0...9: if let request = request(trader) { _ = try? trader.place(request) }
    case 10...11: batch(trader)
    case 12...16: if let id = pick(trader) { try? trader.cancel(id) }
    case 17: trader.cancel(trader.orders.inFlight.map(\.id))
    default: amend(trader)
    }
  }

  private func pick(_ trader: Trader) -> OrderID? { trader.orders.inFlight.randomElement(using: &random)?.id }

  private func batch(_ trader: Trader) {
    guard let first = request(trader) else { return }
    let others = (0..<2).compactMap { _ in request(trader) }.filter { $0.instrument == first.instrument }
    trader.place([first] + others.map { other in
      var other = other
      other.account = first.account
      return other
    }, allOrNone: random.happens(500_000))
  }

  /// Around the touch: some rest, some take.
  private func request(_ trader: Trader) -> OrderRequest? {
    let markets = seat.session.view.all.filter(\.book.isReady)
    guard let market = markets.randomElement(using: &random), let account = accounts.keys.sorted()
      .randomElement(using: &random)
    else { return nil }
    let side: Side = random.happens(500_000) ? .buy : .sell
    guard let level = side == .buy ? market.book.bestBid : market.book.bestAsk else { return nil }
    let away = level.price / 10_000 * random.pick(-6...20)
    let size = market.instrument.base == "BTC" ? random.pick(2...20) : random.pick(10...200)
    var draft = OrderDraft(
      side: side, type: random.happens(150_000) ? .market : .limit, quantity: Decimal64(mantissa: size, exponent: -3))
    if draft.type == .limit {
      draft.price = Decimal64(
        mantissa: side == .buy ? level.price - away : level.price + away, exponent: market.book.priceExponent)
      draft.timeInForce = random.happens(200_000) ? .immediateOrCancel : .goodTillCancelled
      if draft.timeInForce == .goodTillCancelled, random.happens(300_000) { draft.flags = .postOnly }
    }
    return OrderRequest(
      account: account, instrument: market.instrument.id, draft: draft,
      action: venue.market == .perp ? action(account, market.instrument.id, side) : nil)
  }

  /// Half of what turns a position back closes it; venues refuse to close what is not there.
  private func action(_ account: AccountID, _ instrument: InstrumentID, _ side: Side) -> PositionAction {
    let key = Positions.Key(account: account, instrument: instrument, leg: .net)
    guard let position = seat.session.accounts.positions[key], !position.quantity.isZero else { return .open }
    return position.quantity.isPositive == (side == .sell) && random.happens(500_000) ? .close : .open
  }

  private func amend(_ trader: Trader) {
    guard let id = pick(trader), let order = trader.orders[id], let quantity = order.quantity,
      let less = quantity.multiplied(by: Decimal64(mantissa: 5, exponent: -1))
    else { return }
    _ = try? trader.amend(id, price: order.price, quantity: less)
  }

  // MARK: Listening

  func trader(_ trader: Trader, _ event: TraderEvent) {
    switch event {
    case .created(let id): count(id) { $0.created += 1 }
    case .completed(let id), .cancelled(let id, _), .expired(let id, _), .failed(let id, _): count(id) { $0.ends += 1 }
    case .filled(let id, let fill):
      if !heard[id, default: HeardOrder()].trades.insert(fill.trade).inserted {
        tell("wrong \(venue.rawValue) trade \(fill.trade) of order \(id.rawValue) was told twice")
      }
    case .halted(let reason): tell("note \(venue.rawValue) halted: \(reason)")
    default: break
    }
  }

  private func count(_ id: OrderID, _ note: (inout HeardOrder) -> Void) {
    note(&heard[id, default: HeardOrder()])
    guard let order = heard[id], order.created > 1 || order.ends > 1 else { return }
    tell("wrong \(venue.rawValue) order \(id.rawValue) was told \(order.created) beginnings and \(order.ends) ends")
  }
}

/// What a strategy heard of one order in this run.
struct HeardOrder {
  var created = 0
  var ends = 0
  var trades: Set<String> = []
}
