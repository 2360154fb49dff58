import Decimals
import JSONTree
import Matching
import Venue

/// Binance spot: REST, market streams, user streams by listen key and by the WebSocket API. Source: Binance Spot API
/// documentation of 2025; the pages are named where their facts are used.
public final class SpotVenue: BinanceVenue {
  /// - Throws: `VenueFault` when the options do not fit together.
  public init(_ options: VenueOptions) throws(VenueFault) {
    try super.init(
      options, Style(), firstOrder: 28_000_000_001,
      limits: RequestLimits(
        weightPerMinute: 6000, ordersPerTenSeconds: 100, ordersPerLong: 200_000, longWindow: 86_400_000),
      longCountHeader: "x-mbx-order-count-1d",
      depthSpeeds: [DepthSpeed(suffixes: ["@100ms"], every: 1), DepthSpeed(suffixes: [""], every: 10)])
  }

  /// Two markets, and accounts of some money with keys that are made for trying out.
  public static func usual(seed: UInt64) -> VenueOptions {
    let markets = [
      VenueMarket(
        "BTCUSDT", base: "BTC", quote: "USDT", tick: "0.01", lot: "0.00001", min: "0.00001", max: "9000",
        notional: "5", start: "60000", typical: "0.05", maker: "0.001", taker: "0.001"),
      VenueMarket(
        "ETHUSDT", base: "ETH", quote: "USDT", tick: "0.01", lot: "0.0001", min: "0.0001", max: "9000",
        notional: "5", start: "2500", typical: "1", maker: "0.001", taker: "0.001"),
    ].compactMap { $0 }
    let money = [
      VenueBalance("USDT", 100_000), VenueBalance("BTC", 2), VenueBalance("ETH", 30),
    ]
    return VenueOptions(seed: seed, markets: markets, accounts: VenueAccount.usual("binance", money))
  }

  override func register() {
    registerMarketData("/api/v3", .spot, mostLevels: 5000)
    registerOrders()
    registerAccount()
  }

  // MARK: Streams

  override func opened(_ socket: UInt64, _ request: VenueRequest, _ actions: inout [VenueAction]) {
    guard request.path == "/ws-api/v3" else { return openStream(socket, request, &actions) }
    if isInMaintenance {
      actions.append(.refuse(socket: socket, VenueReply(status: 503, body: BinanceError.maintenance.json.bytes)))
      return
    }
    sockets[socket] = StreamSocket(api: [], address: request.address)
    actions.append(.accept(socket: socket))
  }

  override func received(_ socket: UInt64, _ text: [UInt8], _ actions: inout [VenueAction]) {
    guard let entry = sockets[socket] else { return }
    if entry.api != nil { return apiRequest(socket, text, &actions) }
    guard !isTooFast(socket, limit: 5, &actions) else { return }
    streamCommand(socket, text, &actions)
  }

  override func publish(_ events: [Event], _ actions: inout [VenueAction]) {
    for event in events {
      switch event {
      case .trade(let trade): pushTrade(trade, &actions)
      case .fill(let fill, let order):
        pushToAccount(fill.account, executionReport(order, .trade(fill)), &actions)
      case .order(_, .filled): break
      case .order(let order, let change):
        pushToAccount(order.account, executionReport(order, .change(change)), &actions)
      case .balances(let account, let assets):
        pushToAccount(account, accountPosition(account, assets), &actions)
      case .position, .mark, .funding, .liquidation: break
      }
    }
    pushBest(&actions)
  }

  override func exchangeInfo(_ parameters: Parameters) throws(BinanceError) -> JSONValue { try spotInfo(parameters) }

  private func pushTrade(_ trade: Trade, _ actions: inout [VenueAction]) {
    publish(topic(trade.market, "trade"), tradeEvent(trade, isAggregate: false), &actions)
    publish(topic(trade.market, "aggTrade"), tradeEvent(trade, isAggregate: true), &actions)
  }

  override func flushed(_ actions: inout [VenueAction]) {
    guard flushes % 10 == 0 else { return }
    for market in exchange.markets.indices {
      publish(topic(market, "ticker"), tickerEvent(market), &actions)
      publish(topic(market, "miniTicker"), miniTickerEvent(market), &actions)
    }
  }
}
