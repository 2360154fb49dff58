import CPatchbay
import Decimals
import MarketModel
import Runtime

/// What a conditional order on paper waits for.
struct PaperTrigger {
  /// Mantissa at the instrument's exponent.
  var price: Int64
  /// A stop goes when the price runs away from its owner, a take-profit when it comes to meet them.
  let isStop: Bool
  /// The mark price is compared, not the last trade.
  let isByMark: Bool

  func isReached(_ side: Side, at price: Int64) -> Bool { isReached(side, price, from: self.price) }

  func isReached(_ side: Side, atMark mark: Decimal64, exponent: Int32) -> Bool {
    isReached(side, mark, from: Decimal64(mantissa: price, exponent: exponent))
  }

  private func isReached<T: Comparable>(_ side: Side, _ now: T, from trigger: T) -> Bool {
    isStop == (side == .buy) ? now >= trigger : now <= trigger
  }
}

/// Stop and take-profit orders: they wait beside the real market until its price reaches theirs, and are placed then.
///
/// A trade reaches a trigger, and so does a spread that lies wholly beyond it, since not every configuration subscribes
/// to trades. Orders that wait for the mark price go by that alone. On spot what an order would give is set aside while
/// it waits, as far as its own price or else its trigger says; when it goes it is judged like a new one, and one that
/// could not be placed is cancelled.
extension PaperPath {
  /// What an order waits for; `nil` for one that does not.
  func trigger(
    _ type: OrderType, _ stop: Decimal64?, _ flags: OrderFlags, _ instrument: Instrument
  ) -> PaperTrigger? {
    guard type.hasStop, let price = stop?.mantissa(at: instrument.priceExponent) else { return nil }
    return PaperTrigger(
      price: price, isStop: type == .stopLimit || type == .stopMarket, isByMark: flags.contains(.stopByMark))
  }

  /// Why a conditional order is not taken.
  func unfit(
    _ order: PaperOrder, _ trigger: PaperTrigger, _ instrument: Instrument, _ book: OrderBook
  ) -> (error: Int, text: String)? {
    if trigger.isByMark, markets.mark(instrument.id) == nil {
      return (PB_ERR_UNSUPPORTED, "there is no mark price of \(instrument.symbol); subscribe to its mark prices")
    }
    if isReached(trigger, order.side, instrument, book) {
      return (PB_ERR_INVALID_ORDER, "the trigger price is reached already")
    }
    if order.timeInForce == .goodTillDate, order.expiry <= times.venue {
      return (PB_ERR_INVALID_ORDER, "the date at which the order is to end is absent or has passed")
    }
    return lacking(order, instrument)
  }

  /// Lets the orders go whose trigger is reached, the oldest first.
  /// - Parameter traded: at which price a trade was made just now.
  func triggerWaiting(_ id: InstrumentID, traded: Int64? = nil) {
    guard let places = waiting[id], !places.isEmpty, let instrument = markets.instrument(id),
      let book = markets.book(id), book.isReady
    else { return }
    for place in places where orders[place].isLive {
      guard let trigger = orders[place].trigger else { continue }
      let side = orders[place].side
      let isHit = !trigger.isByMark && traded.map { trigger.isReached(side, at: $0) } == true
      if isHit || isReached(trigger, side, instrument, book) { go(place, instrument, book) }
    }
    waiting[id]?.removeAll { orders[$0].trigger == nil || !orders[$0].isLive }
  }

  private func isReached(
    _ trigger: PaperTrigger, _ side: Side, _ instrument: Instrument, _ book: OrderBook
  ) -> Bool {
    if trigger.isByMark {
      guard let mark = markets.mark(instrument.id) else { return false }
      return trigger.isReached(side, atMark: mark, exponent: instrument.priceExponent)
    }
    guard let bid = book.bestBid, let ask = book.bestAsk else { return false }
    return trigger.isReached(side, at: bid.price) && trigger.isReached(side, at: ask.price)
  }

  /// Places an order that has waited.
  private func go(_ place: Int, _ instrument: Instrument, _ book: OrderBook) {
    var order = orders[place]
    // What it has held is free for its own judgement.
    ledger.hold(.zero - WideDecimal(order.held), order.account, needed(order, instrument).asset)
    (order.trigger, order.held, order.state, order.time) = (nil, .zero, .open, times.venue)
    orders[place] = order
    guard unfit(&order, instrument, book) == nil else { return end(place, .cancelled, instrument) }
    orders[place] = order
    holdAgain(place, instrument)
    push(.order(fact(order, command: nil)))
    run(place, instrument, book)
    pushBalance(place, instrument)
  }
}
