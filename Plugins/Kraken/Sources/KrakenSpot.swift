import CPatchbay
import ConnectorKit
import Decimals

/// Kraken spot: instruments, books, trades, tickers; orders, fills, balances, fees.
///
/// Protocol: Kraken API Center (docs.kraken.com). The parts are in files of their own: Rules (AssetPairs),
/// MarketDataV2, ChannelsV2 and MarketDataV1 (frames), Signing, Orders and OrderReports (trading), Account (balances
/// and fees), Executions (private socket), Errors.
public final class KrakenSpot: ExchangeConnector, ExchangeDialect {
  let venue: Venue
  /// Names of assets as AssetPairs spell them. For look-ups alone: its order means nothing.
  var assets: [String: String] = [:]

  public var rest: String { Venue.rest }
  public var limits: [Output.Limit] { venue.limits }
  public var reportsChangesAlone: Bool { true }

  public var offer: OrderOffer {
    OrderOffer(OrderType.allCases, [.goodTilCancelled, .immediateOrCancel, .fillOrKill], [.postOnly, .byValue])
  }

  /// "Book": a snapshot at the start of a subscription, then changes without numbers, each with a CRC-32 over the ten
  /// best asks and bids ("Book checksum (WebSocket v1)", "Book checksum (WebSocket v2)"). A lost change beyond the ten
  /// best levels is only noticed when those levels become the best. Nothing in the protocol says it sooner.
  public var bookRules: BookPlan {
    BookPlan(.unnumbered, .stream(), checksum: .asksThenBids(levels: 10))
  }

  public var feeds: FeedPlan {
    var plan = FeedPlan([venue.publicStream], [.book: "book", .trades: "trade", .ticker: "ticker"])
    // Precisions and changes of status; only version 2 has it.
    if venue.version == .v2 { plan.common = ["instrument"] }
    (plan.topicsPerConnection, plan.topicsPerMessage, plan.messageBytes) = (300, 300, 64_000)
    plan.idle = Venue.idle
    plan.openCharges = [Output.Limit.connections.charge]
    return plan
  }

  /// "WebSocket authentication": a token from REST, valid for fifteen minutes until it is used. Both channels begin
  /// with a snapshot and number their messages.
  public var privateStream: PrivatePlan {
    var plan = PrivatePlan(
      .token(query(.socketToken), pointer: "/result/token"), address: SealedText(Venue.privateStream),
      subscribeAct: "subscribe", channels: ["executions", "balances"])
    plan.proof = .report
    plan.idle = Venue.idle
    plan.openCharges = [Output.Limit.connections.charge]
    return plan
  }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    venue = try Venue(config)
    try super.init(config: config, out: out)
    attach(self)
    clock(Endpoint(.time, on: .publicCalls), at: "result/unixtime", in: .seconds)
    instruments(Endpoint(.assetPairs, on: .publicCalls, deadline: 60 * Venue.second), at: "result") {
      [unowned(unsafe) self] in rules($0, &$1)
    }
    tickers(
      Endpoint(.ticker, on: .publicCalls, deadline: 30 * Venue.second), at: "result", Self.restTicker, isKeyed: true)
    candles(Self.candles)
    offerOrders()
    offerAccount()
  }

  /// "Get OHLC Data": the newest 720 alone, as a member with the pair's name beside `last`.
  private static var candles: CandlePlan {
    let table = FieldTable<CandleField>(
      places: [.seconds, .open, .high, .low, .close, nil, .baseVolume, .trades])
    var plan = CandlePlan(
      Endpoint(.candles, on: .publicCalls), at: "result", table, most: 720,
      [1: "1", 5: "5", 15: "15", 30: "30", 60: "60", 240: "240", 1440: "1440"])
    (plan.symbol, plan.isNewestAlone) = ("pair", true)
    return plan
  }

  /// The least depth on offer that holds so many levels; the largest for 0 or more than there is.
  public func levels(_ wanted: Int) -> Int { wanted == 0 ? 1000 : Venue.depths.first { $0 >= wanted } ?? 1000 }

  // MARK: Public frames

  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    venue.version == .v2 ? frameV2(stream, frame) : frameV1(stream, frame)
  }

  /// One frame for each channel, and for the book one for each depth.
  public func group(_ topic: Topic) -> Int { topic.channel == 0 ? markets[topic.market].depth : -topic.channel }

  public func commonTopic(_ name: String, id: pb_id) -> SealedText {
    SealedText(
      "{\"method\":\"subscribe\",\"params\":{\"channel\":\"\(name)\",\"snapshot\":true},\"req_id\":\(id)}")
  }

  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    guard let first = topics.first else { return SealedText() }
    let name = feeds.channels[first.channel].name
    let symbols = topics.map { "\"\(markets[$0.market].symbol)\"" }.joined(separator: ",")
    let verb = isUnsubscribe ? "unsubscribe" : "subscribe"
    let depth = name == "book" ? ",\"depth\":\(markets[first.market].depth)" : ""
    guard venue.version == .v2 else {
      let subscription = "{\"name\":\"\(name)\"\(depth)}"
      return SealedText(
        "{\"event\":\"\(verb)\",\"reqid\":\(id),\"pair\":[\(symbols)],\"subscription\":\(subscription)}")
    }
    // A ticker comes on every change of the best prices, not on trades alone.
    let trigger = name == "ticker" ? ",\"event_trigger\":\"bbo\"" : ""
    let snapshot = isUnsubscribe ? "" : ",\"snapshot\":true"
    let parameters = "{\"channel\":\"\(name)\",\"symbol\":[\(symbols)]\(depth)\(trigger)\(snapshot)}"
    return SealedText("{\"method\":\"\(verb)\",\"params\":\(parameters),\"req_id\":\(id)}")
  }
}
