import ConnectorKit
import Decimals

/// Binance spot and Binance US as data. Sources: "General API Information", "LIMITS", "WebSocket Streams", "WebSocket
/// API" of the Binance spot documentation; the Binance US documentation of the same headings.
extension Venue {
  private static let hosts: [String: (rest: String, stream: String, account: String)] = [
    "live": ("api.binance.com", "stream.binance.com:9443", "ws-api.binance.com:443"),
    // For those who need no account ("Market Data Only").
    "data": ("data-api.binance.vision", "data-stream.binance.vision", ""),
    "testnet": ("testnet.binance.vision", "stream.testnet.binance.vision", "ws-api.testnet.binance.vision"),
    // Play money at the prices of the live exchange ("Demo Mode").
    "demo": ("demo-api.binance.com", "demo-stream.binance.com", "demo-ws-api.binance.com"),
  ]

  /// - Throws: `ConfigFault` for an unknown domain.
  static func spot(domain: String, trades: String) throws(ConfigFault) -> Venue {
    guard let host = hosts[domain] else {
      throw ConfigFault.field(name: "domain", expected: "live, data, testnet or demo")
    }
    let none = PrivatePlan(.refused("this domain has market data only"), address: "", subscribeAct: "", channels: [])
    return spot(
      "https://\(host.rest)", "wss://\(host.stream)/stream", trades,
      host.account.isEmpty ? none : webSocketAPI("wss://\(host.account)/ws-api/v3"))
  }

  /// A connection to the WebSocket API, on which a signed request subscribes ("User Data Stream requests").
  private static func webSocketAPI(_ address: String) -> PrivatePlan {
    var plan = PrivatePlan(
      .signedTopics, address: SealedText(address), streamAct: "user_stream", subscribeAct: "user_stream_subscribe",
      channels: ["userDataStream.subscribe.signature"])
    plan.idle = 10 * minute
    plan.subscribeCharges = [Charge(Output.Limit.weight.bucket, 2)]
    plan.openCharges = [Output.Limit.connections, .rawRequests].map { $0.charge } + plan.subscribeCharges
    return plan
  }

  private static func spot(_ rest: String, _ stream: String, _ trades: String, _ privateStream: PrivatePlan) -> Venue {
    Venue(
      rest: rest, streams: [stream],
      channels: [
        FeedPlan.Channel(.book, "depth@100ms"), FeedPlan.Channel(.trades, trades),
        FeedPlan.Channel(.ticker, "bookTicker"),
      ],
      privateStream: privateStream, book: BookPlan(.span, .rest(Endpoint(.depth)), waitsUntilLive: true),
      deepestSnapshot: 5000,
      // "WebSocket Streams: Limits": 1,024; the server pings every 20 seconds.
      topicsPerConnection: 1000, idle: minute, limits: Output.Limit.spot,
      weight: .weight, messages: .messages, weights: spotWeights, requests: .rawRequests,
      fees: (Decimal64("0.001"), Decimal64("0.001")),
      offer: OrderOffer(
        OrderType.allCases, [.goodTilCancelled, .immediateOrCancel, .fillOrKill], [.postOnly, .byValue]),
      words: Words(
        side: BinanceConnector.sides,
        type: [
          "LIMIT": .limit, "LIMIT_MAKER": .limit, "MARKET": .market, "STOP_LOSS_LIMIT": .stopLimit,
          "STOP_LOSS": .stopMarket, "TAKE_PROFIT_LIMIT": .takeLimit, "TAKE_PROFIT": .takeMarket,
        ],
        force: [
          "GTC": .goodTilCancelled, "IOC": .immediateOrCancel, "FOK": .fillOrKill, "GTD": .goodTilDate,
        ],
        state: BinanceConnector.states, postOnly: ["LIMIT_MAKER"]),
      errors: .spot)
  }

  /// Binance US: the same API on its own hosts, with the limits, weights and user stream that Binance itself had in
  /// 2023. Counting by Binance's newer figures has had users banned; so the older ones hold until exchangeInfo says
  /// the newer. Default rates depend on the account. Pings come every three minutes ("General WSS information").
  /// - Throws: `ConfigFault` for an unknown domain.
  static func us(domain: String, trades: String) throws(ConfigFault) -> Venue {
    guard domain == "live" else { throw ConfigFault.field(name: "domain", expected: "live") }
    var venue = spot(
      "https://api.binance.us", "wss://stream.binance.us:9443/stream", trades,
      listenKey(
        obtain: .userStreamStart, keep: .userStreamKeep, act: "user_stream", at: "wss://stream.binance.us:9443/ws/",
        parameter: "listenKey"))
    venue.limits = Output.Limit.binanceUs
    (venue.weight, venue.requests) = (.binanceUsWeight, .binanceUsRawRequests)
    (venue.weights, venue.fees, venue.idle) = (usWeights, (nil, nil), 4 * minute)
    return venue
  }

  /// What an order costs.
  static let spotOrder = [Output.Limit.weight, .rawRequests, .orders10s, .ordersDay].map { $0.charge }

  static let spotWeights: [String: UInt32] = [
    "exchange_info": 20, "ticker_day": 80, "klines": 2, "depth/1000": 50, "depth/5000": 250, "amend": 4, "order": 4,
    "open_orders": 6, "open_orders/all": 80, "all_orders": 20, "fills": 20, "account": 20, "commission": 20,
  ]
  static let usWeights: [String: UInt32] = [
    "exchange_info": 10, "ticker_day": 40, "depth/1000": 10, "depth/5000": 50, "order": 2, "open_orders": 3,
    "open_orders/all": 40, "all_orders": 10, "fills": 10, "account": 10,
  ]
}
