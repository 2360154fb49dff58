import CPatchbay
import ConnectorKit
import Decimals

/// BTC Markets, spot. Protocol: BTC Markets API v3 (docs.btcmarkets.net): "Market Data APIs", "Order Placement APIs",
/// "Batch Order APIs", "Trade APIs", "Account APIs", "WebSocket". Frames are read in Frames.swift, orders are written
/// and read in Orders.swift, the account's stream is read in Private.swift.
public final class BTCMarketsSpot: ExchangeConnector, ExchangeDialect {
  public var rest: String { "https://api.btcmarkets.net" }
  /// "WebSocket v2": public and private channels at one address.
  static let socket = "wss://socket.btcmarkets.net/v2"
  /// Four heartbeats that did not come: the exchange sends one every 5 seconds.
  private static let silence: Int64 = 20_000_000_000

  public var limits: [Output.Limit] { Output.Limit.all }

  /// "Order types": a limit order alone is post-only; stops and take-profits are good till cancelled.
  public var offer: OrderOffer {
    OrderOffer(
      [.limit, .market, .stopLimit, .stopMarket, .takeMarket], [.goodTilCancelled, .immediateOrCancel, .fillOrKill],
      [.postOnly])
  }

  /// "orderbookUpdate": a snapshot at the start of a subscription, then changes, each with a CRC-32 over the ten best
  /// bids and asks. `snapshotId` rises and does not count: a change that was lost beyond the best ten is only noticed
  /// when its level becomes one of them.
  public var bookRules: BookPlan { BookPlan(.unnumbered, .stream(), checksum: .bidsThenAsks(levels: 10)) }

  /// "Heartbeat event": it names all that the connection carries, and so answers subscriptions. The first message on a
  /// connection is `subscribe`, which the common channel's is.
  public var feeds: FeedPlan {
    var plan = FeedPlan([Self.socket], [.book: "orderbookUpdate", .trades: "trade", .ticker: "tick"])
    (plan.common, plan.isCommonEverywhere) = (["heartbeat"], true)
    (plan.answerTime, plan.idle) = (15_000_000_000, Self.silence)
    plan.openCharges = [Output.Limit.connections.charge]
    return plan
  }

  /// "Subscribe": the channels of an account are asked for in one signed message, which the next heartbeat answers. One
  /// connection at a time, whose attempts have pauses that grow, waits for no other's.
  public var privateStream: PrivatePlan {
    var plan = PrivatePlan(
      .signedTopics, address: SealedText(Self.socket), streamAct: "private_stream", subscribeAct: "subscribe_private",
      channels: ["orderChange"])
    (plan.answerTime, plan.idle) = (15_000_000_000, Self.silence)
    return plan
  }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    _ = try config.choice("domain", "live", ["live": 0])
    try super.init(config: config, out: out)
    attach(self)
    clock(Self.market(.time), at: "timestamp", in: .iso)
    instruments(Self.market(.markets), at: "", Self.rules, state: Self.states)
    tickers(Self.market(.tickers), each: "marketId", at: "", Self.ticker)
    candles(Self.candles)
    offerOrders()
    offerAccount()
  }

  private static func market(_ act: PermittedAct) -> Endpoint {
    Endpoint(act, on: Output.Limit.publicRequests, deadline: 30_000_000_000)
  }

  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { readMarketFrame(frame, stream) }

  // MARK: Markets

  /// "List active markets": `{"marketId": "BTC-AUD", "baseAssetName": "BTC", "quoteAssetName": "AUD", "minOrderAmount":
  /// "0.0001", "maxOrderAmount": "1000000", "amountDecimals": "8", "priceDecimals": "2", "status": "Online"}`
  private static let rules = FieldTable<RuleField>([
    "marketId": .symbol, "baseAssetName": .base, "quoteAssetName": .quote, "minOrderAmount": .minQuantity,
    "maxOrderAmount": .maxQuantity, "amountDecimals": .quantityDecimals, "priceDecimals": .priceDecimals,
    "status": .state,
  ])

  private static let states: [String: InstrumentState] = [
    "Online": .trading, "Post Only": .postOnly, "Limit Only": .trading, "Offline": .halted, "Cancel Only": .halted,
  ]

  /// "Get market candles": a span of time, of which at most 1,000 come, or the newest by pages; these do not go
  /// together. An interval without trades has no candle.
  private static var candles: CandlePlan {
    var plan = CandlePlan(
      market(.candles), at: "",
      FieldTable(places: [.isoTime, .open, .high, .low, .close, .baseVolume]), most: 1000,
      [
        1: "1m", 3: "3m", 5: "5m", 15: "15m", 30: "30m", 60: "1h", 120: "2h", 180: "3h", 240: "4h", 360: "6h",
        1440: "1d",
      ])
    (plan.symbol, plan.interval, plan.timeForm) = ("", "timeWindow", .iso)
    (plan.since, plan.until, plan.untilShift) = ("from", "to", -1_000_000)
    return plan
  }
}
