import Decimals
import MarketModel
import Runtime

/// How a paper execution fills.
extension PaperPath {
  /// The book of an instrument has changed.
  public func bookChanged(_ id: InstrumentID) {
    guard let book = markets.book(id), book.isReady else { return }
    taken[id]?.clamp(to: book)
    triggerWaiting(id)
    guard let places = resting[id], !places.isEmpty else { return }
    for place in places {
      guard let price = orders[place].price else { continue }
      // What stood in front cannot be more than what stands there now.
      let side: BookSide = orders[place].side == .buy ? .bid : .ask
      orders[place].ahead = min(orders[place].ahead, book.quantity(side, at: price))
    }
    for place in byPriority(places) { cross(place, book, isMaker: true) }
    prune(id)
  }

  /// A public trade was made. Orders that rest at a better price than its own would have been hit first; at its own
  /// price, after what stood in front of them.
  public func traded(_ id: InstrumentID, _ trade: Trade) {
    guard !trade.isBackfill else { return }
    // What goes now came after this trade.
    defer { triggerWaiting(id, traded: trade.price) }
    guard let places = resting[id], !places.isEmpty else { return }
    var used: Int64 = 0
    for place in byPriority(places) {
      let order = orders[place]
      guard let price = order.price, order.isLive, trade.takerSide != order.side else { continue }
      let isThrough = order.side == .buy ? trade.price < price : trade.price > price
      guard isThrough || trade.price == price else { continue }
      let ahead = isThrough ? 0 : order.ahead
      if !isThrough { orders[place].ahead -= min(ahead, trade.quantity) }
      let quantity = min(trade.quantity.subtractingSaturated(ahead).subtractingSaturated(used), order.left)
      guard quantity > 0 else { continue }
      used = used.addingSaturated(quantity)
      fill(place, quantity, at: price, .maker)
    }
    prune(id)
  }

  /// Better prices first, then older orders.
  private func byPriority(_ places: [Int]) -> [Int] {
    places.sorted { one, two in
      let (a, b) = (orders[one], orders[two])
      guard a.side == b.side, let left = a.price, let right = b.price, left != right else { return one < two }
      return a.side == .buy ? left > right : left < right
    }
  }

  /// Fills an order from the opposite levels up to its price.
  func cross(_ place: Int, _ book: OrderBook, isMaker: Bool) {
    let order = orders[place]
    guard order.isLive, order.left > 0 else { return }
    let side: BookSide = order.side == .buy ? .ask : .bid
    for level in reachable(order, book) {
      let quantity = min(orders[place].left, taken[order.instrument, default: TakenLiquidity()].left(of: level, side))
      guard quantity > 0 else { continue }
      taken[order.instrument, default: TakenLiquidity()].take(quantity, at: level.price, side)
      // One that rested has its own price.
      fill(place, quantity, at: isMaker ? order.price ?? level.price : level.price, isMaker ? .maker : .taker)
      if !orders[place].isLive || orders[place].left == 0 { return }
    }
  }

  /// The opposite levels that an order meets, best first.
  func reachable(_ order: PaperOrder, _ book: OrderBook) -> [Level] {
    let levels = book.levels(order.side == .buy ? .ask : .bid)
    guard let price = order.price else { return levels }
    return Array(levels.prefix { order.side == .buy ? $0.price <= price : $0.price >= price })
  }

  private func fill(_ place: Int, _ quantity: Int64, at price: Int64, _ liquidity: Fill.Liquidity) {
    guard quantity > 0, let instrument = markets.instrument(orders[place].instrument) else { return }
    let exact = Decimal64(mantissa: price, exponent: instrument.priceExponent)
    let amount = Decimal64(mantissa: quantity, exponent: instrument.quantityExponent)
    let rules = instrument.rules
    let rate =
      (liquidity == .maker ? settings.makerFee ?? rules.makerFee : settings.takerFee ?? rules.takerFee) ?? .zero
    let settle = instrument.settle.isEmpty ? instrument.quote : instrument.settle
    let worth = WideDecimal(exact, times: amount)?.narrowed?.value
    let fill = Fill(
      trade: "paper-\(nextTrade)", price: exact, quantity: amount,
      fee: worth.flatMap { WideDecimal($0, times: rate)?.narrowed?.value },
      feeAsset: instrument.isContract ? settle : instrument.quote, liquidity: liquidity, time: times.venue)
    nextTrade += 1
    orders[place].filled = orders[place].filled.addingSaturated(quantity)
    orders[place].fills.append(fill)
    orders[place].state = orders[place].left == 0 ? .filled : .partiallyFilled
    orders[place].time = times.venue
    let order = orders[place]
    let assets = ledger.settle(fill, order.side, order.account, on: PaperAccounts.Terms(instrument))
    holdAgain(place, instrument)
    push(.fill(FillFact(reference(order), fill, side: order.side)))
    push(.order(fact(order, command: nil)))
    for asset in assets { push(ledger.fact(order.account, asset, command: nil, time: times.venue)) }
    if instrument.isContract { push(positionFact(order.account, instrument, command: nil)) }
    endOrdersOfBroken(order.account)
  }

  /// What an open order holds follows what is left of it.
  func holdAgain(_ place: Int, _ instrument: Instrument) {
    let order = orders[place]
    let (asset, amount) = needed(order, instrument)
    let now = order.isLive ? amount : .zero
    ledger.hold(WideDecimal(now) - WideDecimal(order.held), order.account, asset)
    orders[place].held = now
  }

  /// What is left of an order is worth: on spot the asset that is given, on perpetuals nothing, as the trader's own
  /// check knows the leverage.
  func needed(_ order: PaperOrder, _ instrument: Instrument) -> (asset: String, amount: Decimal64) {
    guard !instrument.isContract else { return (instrument.settle, .zero) }
    let quantity = Decimal64(mantissa: order.left, exponent: instrument.quantityExponent)
    if order.side == .sell { return (instrument.base, quantity) }
    let price = Decimal64(
      mantissa: order.price ?? order.trigger?.price ?? 0, exponent: instrument.priceExponent)
    return (instrument.quote, WideDecimal(price, times: quantity)?.narrowed?.value ?? Decimal64(.max))
  }

  func prune(_ id: InstrumentID) {
    resting[id]?.removeAll { !orders[$0].isLive }
    waiting[id]?.removeAll { !orders[$0].isLive }
  }
}
