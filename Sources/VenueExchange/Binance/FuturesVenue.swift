import Decimals
import JSONTree
import Matching
import Venue

/// Binance USD-margined futures: REST, market streams, user streams by listen key, conditional orders of the algo
/// service. Source: USDⓈ-M futures documentation of 2025 and 2026; the pages are named where their facts are used.
///
/// The account is in multi-assets mode with one asset: margin is cross, and isolated margin is refused as Binance
/// refuses it in that mode.
public final class FuturesVenue: BinanceVenue {
  var algos: [AlgoOrder] = []
  /// Places of conditional orders that wait for their price.
  var waiting: [Int] = []
  /// Places of conditional orders whose change is not published yet.
  var unpublished: [Int] = []
  /// Leverages that were changed and are not published yet.
  var configured: [(account: Participant, market: Int)] = []
  var nextAlgo: UInt64 = 2_000_000_001

  /// - Throws: `VenueFault` when the options do not fit together.
  public init(_ options: VenueOptions) throws(VenueFault) {
    var style = Style()
    style.isPerpetual = true
    style.feeFromReceived = false
    try super.init(
      options, style, firstOrder: 8_389_000_000_001,
      limits: RequestLimits(
        weightPerMinute: 2400, ordersPerTenSeconds: 300, ordersPerLong: 1200, longWindow: 60_000),
      longCountHeader: "x-mbx-order-count-1m",
      depthSpeeds: [
        DepthSpeed(suffixes: ["@100ms"], every: 1), DepthSpeed(suffixes: ["", "@250ms"], every: 3),
        DepthSpeed(suffixes: ["@500ms"], every: 5),
      ])
  }

  /// Two perpetuals, and accounts of some money with keys that are made for trying out.
  public static func usual(seed: UInt64) -> VenueOptions {
    let markets = [
      VenueMarket(
        "BTCUSDT", base: "BTC", quote: "USDT", tick: "0.10", lot: "0.001", min: "0.001", max: "1000",
        notional: "100", start: "60000", typical: "0.05", maker: "0.0002", taker: "0.0005"),
      VenueMarket(
        "ETHUSDT", base: "ETH", quote: "USDT", tick: "0.01", lot: "0.001", min: "0.001", max: "10000",
        notional: "20", start: "2500", typical: "1", maker: "0.0002", taker: "0.0005"),
    ].compactMap { market in
      var market = market
      market?.priceBand = Decimal64(mantissa: 15, exponent: -2)
      return market
    }
    return VenueOptions(
      seed: seed, markets: markets, accounts: VenueAccount.usual("binance", [VenueBalance("USDT", 100_000)]))
  }

  override func pricePlaces(_ market: Int) -> Int { -Int(exchange.markets[market].rules.market.tick.exponent) }
  override func quantityPlaces(_ market: Int) -> Int { -Int(exchange.markets[market].rules.market.lot.exponent) }

  override func register() {
    registerMarketData("/fapi/v1", .futures, mostLevels: 1000)
    registerDerivatives()
    registerOrders()
    registerAlgos()
    registerAccount()
    registerSettings()
  }

  override func exchangeInfo(_ parameters: Parameters) throws(BinanceError) -> JSONValue { futuresInfo() }

  // MARK: Streams

  override func opened(_ socket: UInt64, _ request: VenueRequest, _ actions: inout [VenueAction]) {
    openStream(socket, request, &actions)
  }

  override func received(_ socket: UInt64, _ text: [UInt8], _ actions: inout [VenueAction]) {
    guard sockets[socket] != nil, !isTooFast(socket, limit: 10, &actions) else { return }
    streamCommand(socket, text, &actions)
  }

  /// Orders first, one event each; then what they changed in the account, together.
  override func publish(_ events: [Event], _ actions: inout [VenueAction]) {
    var changes: [AccountChange] = []
    for event in events {
      switch event {
      case .trade(let trade):
        publish(topic(trade.market, "trade"), tradeEvent(trade, isAggregate: false), &actions)
        publish(topic(trade.market, "aggTrade"), tradeEvent(trade, isAggregate: true), &actions)
      case .fill(let fill, let order): pushToAccount(fill.account, orderUpdate(order, .trade(fill)), &actions)
      case .order(let order, .filled): finishAlgo(order, &actions)
      case .order(let order, let change):
        pushToAccount(order.account, orderUpdate(order, .change(change)), &actions)
        finishAlgo(order, &actions)
      case .balances(let account, let assets): note(account, &changes) { $0.assets += assets }
      case .position(let account, let market, let side):
        note(account, &changes) { change in
          if !change.positions.contains(where: { $0 == (market, side) }) { change.positions.append((market, side)) }
        }
      case .funding(let payment): pushToAccount(payment.account, fundingUpdate(payment), &actions)
      case .liquidation(_, let market, let side, let price, let quantity, _):
        publish(topic(market, "forceOrder"), forceOrder(market, side, price, quantity), &actions)
      case .mark: break
      }
    }
    for change in changes { pushToAccount(change.account, accountUpdate(change), &actions) }
    pushBest(&actions)
  }

  override func follow(_ actions: inout [VenueAction]) {
    for change in configured { pushToAccount(change.account, configUpdate(change.account, change.market), &actions) }
    configured = []
    triggerAlgos(&actions)
  }

  /// What of an account changed in one go.
  struct AccountChange {
    let account: Participant
    var assets: [Int] = []
    var positions: [(market: Int, side: PositionSide)] = []
  }

  private func note(_ account: Participant, _ changes: inout [AccountChange], _ change: (inout AccountChange) -> Void) {
    if let place = changes.firstIndex(where: { $0.account == account }) { return change(&changes[place]) }
    var new = AccountChange(account: account)
    change(&new)
    changes.append(new)
  }

  override func flushed(_ actions: inout [VenueAction]) {
    guard flushes % 10 == 0 else { return }
    for market in exchange.markets.indices {
      publish(topic(market, "markPrice@1s"), markEvent(market), &actions)
      if flushes % 30 == 0 { publish(topic(market, "markPrice"), markEvent(market), &actions) }
      publish(topic(market, "ticker"), tickerEvent(market), &actions)
      publish(topic(market, "miniTicker"), miniTickerEvent(market), &actions)
    }
  }

  private func markEvent(_ market: Int) -> JSONValue {
    let funding = exchange.markets[market].funding
    return .make([
      ("e", "markPriceUpdate"), ("E", .n(milliseconds)), ("s", .s(exchange.markets[market].rules.market.symbol)),
      ("p", .s(longPrice(market, funding.mark))), ("i", .s(longPrice(market, funding.index))),
      ("P", .s(longPrice(market, funding.index))), ("r", .s(money(Amount(funding.rate)))),
      ("T", Self.ms(funding.next)),
    ])
  }

  /// Mark and index prices have eight places.
  func longPrice(_ market: Int, _ mantissa: Int64) -> String {
    fixed(mantissa, exchange.markets[market].rules.priceExponent, places: 8)
  }

  private func forceOrder(_ market: Int, _ side: Side, _ price: Int64, _ quantity: Int64) -> JSONValue {
    let amount = JSONValue.s(self.quantity(market, quantity))
    return .make([
      ("e", "forceOrder"), ("E", .n(milliseconds)),
      (
        "o",
        .make([
          ("s", .s(exchange.markets[market].rules.market.symbol)), ("S", .s(side == .buy ? "BUY" : "SELL")),
          ("o", "LIMIT"), ("f", "IOC"), ("q", amount), ("p", .s(self.price(market, price))),
          ("ap", .s(self.price(market, price))), ("X", "FILLED"), ("l", amount), ("z", amount), ("T", .n(milliseconds)),
        ])
      ),
    ])
  }
}
