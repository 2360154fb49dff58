import Decimals
import MarketModel
import Runtime

/// A small market-making script, as a user would write one: it keeps a post-only bid and ask at the touch, moves them
/// when the market has gone, and now and then takes what is offered. Everything goes through the same calls on spot and
/// perpetuals.
final class MarketMaker {
  let seat: Host.Seat
  let market: MarketState
  let account: AccountID
  private(set) var placeLatency = LatencyHistogram()
  private(set) var cancelLatency = LatencyHistogram()
  private(set) var refused: [String: Int] = [:]
  private var ids: ClientOrderIDs
  private let clock: HostClock
  private let size: Decimal64
  private var quotes: [Side: OrderID] = [:]
  private var steps = 0

  /// - Parameter size: quantity of one order, in base.
  init(_ seat: Host.Seat, _ market: MarketState, clock: HostClock, size: Decimal64, ids: ClientOrderIDs) {
    self.seat = seat
    self.market = market
    self.clock = clock
    self.size = size
    self.ids = ids
    account = AccountID(seat.accounts.first?.id ?? 0)
  }

  var isPerpetual: Bool { market.instrument.kind == .perp }

  /// Perpetuals: leverage is set before the first order.
  func prepare() {
    guard isPerpetual else { return }
    var leverage = CommandDraft(.leverage)
    leverage.account = account.rawValue
    leverage.instrument = market.instrument.id.rawValue
    leverage.value = 5
    seat.session.send(leverage) { [weak self] in self?.note($0) }
  }

  /// One round: quotes on both sides, and every eighth round a taker order.
  func step() {
    guard let bid = market.book.bestBid, let ask = market.book.bestAsk else { return }
    quote(.buy, at: price(bid.price))
    quote(.sell, at: price(ask.price))
    steps += 1
    guard steps % 8 == 0 else { return }
    let side: Side = wantsLess ? .sell : .buy
    // Three ticks through the touch, and nothing that stays: taken at once or not at all.
    let away = 3 * tickUnits
    let limit = side == .buy ? ask.price.addingSaturated(away) : bid.price.subtractingSaturated(away)
    place(OrderDraft(side: side, type: .limit, quantity: size, price: price(limit), timeInForce: .immediateOrCancel))
  }

  /// Cancels what is open; on perpetuals also closes the position, reduce-only.
  func finish() {
    for order in openOrders { cancel(order.id) }
    guard isPerpetual, let position, !position.quantity.isZero, let quantity = position.quantity.absolute else {
      return
    }
    place(
      OrderDraft(
        side: position.quantity.isPositive ? .sell : .buy, type: .market, quantity: quantity, flags: .reduceOnly))
  }

  var orders: [TrackedOrder] { seat.session.accounts.orders.all.filter { $0.instrument == market.instrument.id } }
  var openOrders: [TrackedOrder] { orders.filter { !$0.state.isTerminal } }

  var position: Position? {
    seat.session.accounts.positions[Positions.Key(account: account, instrument: market.instrument.id)]
  }

  /// The price of this script's own order on a side, at the book's exponent.
  func ownPrice(_ side: Side) -> Int64? {
    guard let id = quotes[side], let order = seat.session.accounts.orders[id], !order.state.isTerminal else {
      return nil
    }
    return order.draft.price?.mantissa(at: market.book.priceExponent)
  }

  private var tickUnits: Int64 { market.instrument.tick.mantissa(at: market.book.priceExponent) ?? 1 }
  private func price(_ mantissa: Int64) -> Decimal64 {
    Decimal64(mantissa: mantissa, exponent: market.book.priceExponent)
  }

  /// Takes turns, so that neither a position nor one asset piles up.
  private var wantsLess: Bool {
    if isPerpetual { return position?.quantity.isPositive ?? false }
    return steps % 16 == 0
  }

  private func quote(_ side: Side, at touch: Decimal64) {
    if let id = quotes[side], let order = seat.session.accounts.orders[id], !order.state.isTerminal {
      let isAtTouch = order.draft.price == touch
      if !isAtTouch, order.state != .pendingCancel { cancel(id) }
      return
    }
    quotes[side] = place(OrderDraft(side: side, type: .limit, quantity: size, price: touch, flags: .postOnly))
  }

  @discardableResult
  private func place(_ draft: OrderDraft) -> OrderID? {
    let start = clock.now().mono
    do throws(PlaceFault) {
      return try seat.session.place(draft, on: market, account: account, ids: &ids) { [weak self] result in
        guard let self else { return }
        placeLatency.record(clock.now().mono - start)
        note(result)
      }
    } catch {
      refused["\(error)", default: 0] += 1
      return nil
    }
  }

  private func cancel(_ id: OrderID) {
    let start = clock.now().mono
    do throws(PlaceFault) {
      try seat.session.cancel(id) { [weak self] result in
        guard let self else { return }
        cancelLatency.record(clock.now().mono - start)
        note(result)
      }
    } catch {
      refused["\(error)", default: 0] += 1
    }
  }

  private func note(_ result: CommandResult) {
    if result.outcome != .done { refused[result.text.isEmpty ? "\(result.outcome)" : result.text, default: 0] += 1 }
  }
}
