import Decimals
import MarketModel
import Runtime
import Trading

/// What a strategy heard of one order.
struct HeardOrder {
  var created = 0
  /// Its ends since it was last adopted.
  var ends = 0
  var trades: Set<String> = []
  /// Its ends and what undid them, with their times, for the words in which a fault is reported.
  var course: [String] = []
}

/// A strategy of chance, and what it hears.
extension TradeStory: TraderObserver, SessionObserver {
  func trade(until end: Int64) {
    simulation.network.after(random.pick(second / 20...options.pace)) { [weak self] in
      guard let self, simulation.clock.mono < end else { return }
      if let trader, let session { act(trader, session) }
      trade(until: end)
    }
  }

  private func act(_ trader: Trader, _ session: Session) {
    session.times = simulation.clock.now()
    switch random.next() % 10 {
    case 0...4: if let request = request(session) { _ = try? trader.place(request) }
    case 5: trader.place((0..<3).compactMap { _ in request(session) }, allOrNone: random.happens(500_000))
    case 6...7: if let id = pick(trader) { try? trader.cancel(id) }
    case 8: trader.cancel(trader.orders.inFlight.map(\.id))
    default: amend(trader, session)
    }
  }

  private func pick(_ trader: Trader) -> OrderID? { trader.orders.inFlight.randomElement(using: &random)?.id }

  /// Around the touch: some rest, some take.
  private func request(_ session: Session) -> OrderRequest? {
    let markets = session.view.all.filter(\.book.isReady)
    guard let market = markets.randomElement(using: &random) else { return nil }
    let side: Side = random.happens(500_000) ? .buy : .sell
    guard let level = side == .buy ? market.book.bestBid : market.book.bestAsk else { return nil }
    let away = level.price / 10_000 * random.pick(-6...20)
    let price = Decimal64(mantissa: side == .buy ? level.price - away : level.price + away,
      exponent: market.book.priceExponent)
    let size = market.instrument.base == "BTC" ? random.pick(1...20) : random.pick(10...200)
    var draft = OrderDraft(
      side: side, type: random.happens(150_000) ? .market : .limit, quantity: Decimal64(mantissa: size, exponent: -3))
    if draft.type == .limit {
      draft.price = price
      draft.timeInForce = random.happens(200_000) ? .immediateOrCancel : .goodTillCancelled
      if draft.timeInForce == .goodTillCancelled, random.happens(300_000) { draft.flags = .postOnly }
    }
    return OrderRequest(
      account: AccountID(1), instrument: market.instrument.id, draft: draft,
      action: options.venue.isPerpetual ? (random.happens(700_000) ? .open : .close) : nil)
  }

  private func amend(_ trader: Trader, _ session: Session) {
    guard let id = pick(trader), let order = trader.orders[id], let quantity = order.quantity,
      let other = quantity.multiplied(by: Decimal64(mantissa: random.happens(500_000) ? 5 : 15, exponent: -1))
    else { return }
    amended.insert(id)
    _ = try? trader.amend(id, price: order.price, quantity: other)
  }

  // MARK: Listening

  public func trader(_ trader: Trader, _ event: TraderEvent) {
    switch event {
    case .created(let id):
      if heard[id]?.ends ?? 0 > 0 { problems.append("order \(id.rawValue) was created after its end") }
      heard[id, default: HeardOrder()].created += 1
      if heard[id]?.created ?? 0 > 1 { problems.append("order \(id.rawValue) was created twice") }
    case .filled(let id, let fill):
      if !heard[id, default: HeardOrder()].trades.insert(fill.trade).inserted {
        problems.append("trade \(fill.trade) was told twice")
      }
    // An amendment may replace an order: a host that was killed meanwhile learns of the old one's end first.
    case .adopted(let id) where amended.contains(id):
      note(event, of: id)
      heard[id]?.ends = 0
    case .adopted(let id), .lost(let id): note(event, of: id)
    case .completed(let id), .cancelled(let id, _), .expired(let id, _), .failed(let id, _):
      note(event, of: id)
      heard[id, default: HeardOrder()].ends += 1
      if let order = heard[id], order.ends > 1 {
        problems.append("order \(id.rawValue) ended twice: \(order.course.joined(separator: "; "))")
      }
    default: break
    }
  }

  private func note(_ event: TraderEvent, of id: OrderID) {
    let client = trader?.orders[id]?.clientOrderID ?? ""
    heard[id, default: HeardOrder()].course.append("\(event) of \(client) at \(simulation.clock.mono / second) s")
  }

  public func session(_ session: Session, _ event: SessionEvent) {
    switch event {
    case .book(let market): witness.check(market)
    case .fault(let text): problems.append("the connector gave up: \(text)")
    // These connectors ask for what they are commanded to: a guard that stands in their way is wrong.
    case .log(_, let text) where text.contains("not what its command asks for") || text.contains("no public act"):
      problems.append(text)
    default: break
    }
  }
}
