import ConnectorKit
import Decimals

/// Binance USD-margined futures as data.
/// Sources: "General Info", "Websocket Market Streams", "User Data Streams" of the USDⓈ-M futures documentation.
extension Venue {
  /// - Throws: `ConfigFault` for an unknown domain.
  static func perpetual(domain: String, trades: String) throws(ConfigFault) -> Venue {
    switch domain {
    case "live": perpetual("https://fapi.binance.com", "wss://fstream.binance.com", trades)
    case "testnet": perpetual("https://testnet.binancefuture.com", "wss://fstream.binancefuture.com", trades)
    case "demo": perpetual("https://demo-fapi.binance.com", "wss://demo-fstream.binance.com", trades)
    default: throw ConfigFault.field(name: "domain", expected: "live, testnet or demo")
    }
  }

  /// Since April 2026 the streams are served at routed addresses: books and best prices at /public, everything else of
  /// the market at /market, accounts at /private. A stream asked for at the wrong one is confirmed and stays silent.
  private static func perpetual(_ rest: String, _ stream: String, _ trades: String) -> Venue {
    var offer = OrderOffer(
      OrderType.allCases, [.goodTilCancelled, .immediateOrCancel, .fillOrKill],
      [.postOnly, .reduceOnly, .close, .stopByMark])
    offer.postOnly = [.limit, .stopLimit, .takeLimit]
    return Venue(
      rest: rest, streams: [stream + "/public/stream", stream + "/market/stream"],
      channels: [
        FeedPlan.Channel(.book, "depth@100ms"), FeedPlan.Channel(.ticker, "bookTicker"),
        FeedPlan.Channel(.trades, trades, address: 1), FeedPlan.Channel(.mark, "markPrice@1s", address: 1),
        FeedPlan.Channel(.liquidations, "forceOrder", address: 1),
      ],
      privateStream: listenKey(
        obtain: .perpUserStreamStart, keep: .perpUserStreamKeep, act: "perp_user_stream", at: stream + "/private/ws/"),
      book: BookPlan(.spanWithPrevious, .rest(Endpoint(.perpDepth)), waitsUntilLive: true), deepestSnapshot: 1000,
      // A connection carries 200 streams; the server pings every three minutes.
      topicsPerConnection: 190, idle: 4 * minute,
      limits: Output.Limit.perp, weight: .perpWeight, messages: .perpMessages, weights: perpetualWeights,
      fees: (Decimal64("0.0002"), Decimal64("0.0005")), offer: offer,
      words: perpetualWords, errors: .perpetual)
  }

  /// The same word may mean different things: TAKE_PROFIT is a market order on spot and a limit order here. GTX and RPI
  /// are good till cancelled and never take.
  private static var perpetualWords: Words {
    Words(
      side: BinanceConnector.sides,
      type: [
        "LIMIT": .limit, "MARKET": .market, "LIQUIDATION": .market, "STOP": .stopLimit, "STOP_MARKET": .stopMarket,
        "TRAILING_STOP_MARKET": .stopMarket, "TAKE_PROFIT": .takeLimit, "TAKE_PROFIT_MARKET": .takeMarket,
      ],
      force: [
        "GTC": .goodTilCancelled, "GTE_GTC": .goodTilCancelled, "IOC": .immediateOrCancel, "FOK": .fillOrKill,
        "GTD": .goodTilDate, "GTX": .goodTilCancelled, "RPI": .goodTilCancelled,
      ],
      state: BinanceConnector.states, postOnly: ["GTX", "RPI"],
      leg: ["BOTH": .net, "LONG": .long, "SHORT": .short],
      margin: ["CROSSED": .cross, "cross": .cross, "crossed": .cross, "ISOLATED": .isolated, "isolated": .isolated],
      position: ["true": .hedge, "false": .oneWay], byMark: ["MARK_PRICE"])
  }

  /// What an order costs: it has no request weight of its own.
  static let perpetualOrder = [Output.Limit.perpOrders10s, .perpOrdersMinute].map { $0.charge }
  /// What a batch costs besides.
  static let perpetualBatch = [Charge(Output.Limit.perpWeight.bucket, 5)]

  private static let perpetualWeights: [String: UInt32] = [
    "perp_ticker_day": 40, "perp_klines": 5, "perp_depth/1000": 20, "perp_open_orders/all": 40,
    "perp_open_orders_algo/all": 40, "perp_all_orders": 5, "perp_all_orders_algo": 5, "perp_fills": 5,
    "perp_account": 5, "perp_commission": 20, "perp_positions": 5, "perp_position_mode_read": 30,
    "perp_symbol_config": 5, "perp_income": 30, "perp_funding/all": 10,
  ]
}
