/// What the background market does next.
package enum BackgroundAction: Equatable, Sendable {
  case cancel(OrderID)
  /// A limit order of the maker, which may trade before it rests.
  case quote(OrderID, Side, price: Int64, quantity: Int64)
  /// An order of the taker that trades up to a limit and never rests.
  case take(Side, limit: Int64, quantity: Int64)
}

/// The synthetic side of one instrument: a reference price that walks, and agents that quote and trade around it.
///
/// One call of `step` is one tick of its life. The reference moves by a triangular random amount and is drawn back
/// slowly to where it began. The maker takes back quotes that came too near to the fair price or too far from it, and a
/// few at random, and puts new ones, more of them near the touch. The taker sends orders at a rate close to a Poisson
/// process. All of it is integer arithmetic on one seed. The walk of the reference depends on the seed and the pair
/// alone, so that the spot and the perpetual market of a pair with one seed and one step share their index.
package struct SyntheticMarket: Sendable {
  /// The start price as a level; levels are parts per billion of it.
  package static let par: Int64 = 1_000_000_000

  package let parameters: SyntheticParameters
  private var walk: Random
  private var flow: Random
  /// The reference price, and the fair price's distance from it.
  package private(set) var level = SyntheticMarket.par
  private var basis: Int64 = 0
  private var quotes: [Quote] = []
  private var nextID: OrderID = 1 << 63

  private struct Quote {
    let id: OrderID
    let side: Side
    let price: Int64
  }

  package init(_ parameters: SyntheticParameters, seed: UInt64, pair: String, symbol: String) {
    self.parameters = parameters
    walk = Random(seed: seed, purpose: "reference/" + pair)
    flow = Random(seed: seed, purpose: "flow/" + symbol)
  }

  /// The reference price, rounded down to the tick; at least one tick.
  package var index: Int64 { price(at: level) }

  /// What the agents believe the instrument is worth, rounded down to the tick.
  package var fair: Int64 { price(at: level + basis) }

  /// The first quotes, before any step.
  package mutating func open() -> [BackgroundAction] {
    quotes.removeAll()
    var actions: [BackgroundAction] = []
    quote(into: &actions, atMost: parameters.quotesPerSide)
    return actions
  }

  /// Lives one step; the actions are to be applied in their order.
  package mutating func step(_ book: MatchingEngine) -> [BackgroundAction] {
    moveReference()
    var actions: [BackgroundAction] = []
    withdraw(book, into: &actions)
    quote(into: &actions, atMost: 6)
    while actions.count < 200, flow.below(65_536) < parameters.takerChance { take(into: &actions) }
    return actions
  }

  private func price(at level: Int64) -> Int64 {
    let exact = Int128(parameters.startPrice) * Int128(level) / Int128(Self.par)
    return max(parameters.tick, Int64(clamping: exact / Int128(parameters.tick) * Int128(parameters.tick)))
  }

  /// A distance from the fair price in whole ticks, at least one.
  private func distance(ppm: Int64) -> Int64 {
    let exact = Int128(parameters.startPrice) * Int128(ppm) / 1_000_000
    return max(parameters.tick, Int64(clamping: exact / Int128(parameters.tick) * Int128(parameters.tick)))
  }

  private mutating func moveReference() {
    // A triangular number from -1000 to 1000, in thousandths of twice the volatility.
    let draw = walk.below(1001) + walk.below(1001) - 1000
    let relative = parameters.volatilityPPM * 2 * draw  // parts per billion
    level += Int64(Int128(level) * Int128(relative) / Int128(Self.par)) + (Self.par - level) / 20_000
    level = min(max(level, Self.par / 5), Self.par * 5)
    let basisDraw = walk.below(2001) - 1000
    if parameters.hasBasis { basis = clamped(basis + basisDraw * 10 - basis / 500, 1_000_000) }
  }

  private mutating func withdraw(_ book: MatchingEngine, into actions: inout [BackgroundAction]) {
    let (fair, near, far) = (fair, distance(ppm: parameters.halfSpreadPPM), distance(ppm: parameters.depthPPM) * 5 / 4)
    var kept: [Quote] = []
    kept.reserveCapacity(quotes.count)
    for quote in quotes where book.contains(quote.id) {
      let away = (fair - quote.price) * quote.side.sign
      if away < near || away > far || flow.below(24) == 0 {
        actions.append(.cancel(quote.id))
      } else {
        kept.append(quote)
      }
    }
    quotes = kept
  }

  private mutating func quote(into actions: inout [BackgroundAction], atMost most: Int) {
    let (fair, near, far) = (fair, distance(ppm: parameters.halfSpreadPPM), distance(ppm: parameters.depthPPM))
    for side in [Side.buy, .sell] {
      let standing = quotes.count { $0.side == side }
      for _ in 0..<max(0, min(most, parameters.quotesPerSide - standing)) {
        // The smallest of three draws: quotes crowd near the touch.
        let range = max(1, (far - near) / parameters.tick)
        let draw = min(flow.below(range), flow.below(range), flow.below(range))
        let price = fair - side.sign * (near + draw * parameters.tick)
        let quantity = size(eighths: 1 + flow.below(16))
        guard price >= parameters.tick else { continue }
        quotes.append(Quote(id: nextID, side: side, price: price))
        actions.append(.quote(nextID, side, price: price, quantity: quantity))
        nextID += 1
      }
    }
  }

  private mutating func take(into actions: inout [BackgroundAction]) {
    let side: Side = flow.below(2) == 0 ? .buy : .sell
    let large: Int64 = flow.below(16) == 0 ? 4 : 1
    let quantity = size(eighths: (1 + flow.below(12)) * large)
    let limit = max(parameters.tick, fair + side.sign * distance(ppm: parameters.depthPPM * 2))
    actions.append(.take(side, limit: limit, quantity: quantity))
  }

  /// A size in whole lots, at least one.
  private func size(eighths: Int64) -> Int64 {
    max(parameters.lot, parameters.typicalQuantity / 8 * eighths / parameters.lot * parameters.lot)
  }
}
