import CPatchbay
import ConnectorKit
import Decimals

/// Bitfinex spot. Protocol: Bitfinex API v2 (docs.bitfinex.com): "WebSocket / General", "Public Channels",
/// "Authenticated Channels", "REST Public Endpoints", "REST Authenticated Endpoints". Frames are read in Frames.swift,
/// books in Book.swift, instruments in Markets.swift, orders are written in Orders.swift and read in Reports.swift, the
/// account and its stream in Private.swift.
///
/// Which book: P0, not R0. "Introduction / Price precision": prices have at most 5 significant digits and 8 decimals,
/// and what is submitted with more is cut. P0 aggregates by exactly these five digits, so its levels are the exact
/// prices; R0 lists single orders, 250 of them instead of 250 prices, and says no more of a price than their sum.
public final class BitfinexSpot: ExchangeConnector, ExchangeDialect {
  /// "An ever increasing numeric string": in what unit nonces count. Other programs with the same key may count finer.
  let nonce: Seal
  /// What the numbers of channels stand for, and the number of each topic. For look-ups alone: its order means nothing.
  @exclusivity(unchecked) var channels: [ChannelKey: ChannelTopic] = [:]
  @exclusivity(unchecked) var keys: [Int: ChannelKey] = [:]

  public var rest: String { "https://api.bitfinex.com" }
  public var publicRest: String { "https://api-pub.bitfinex.com" }
  public var limits: [Output.Limit] { Output.Limit.all }
  /// Orders are named by the exchange's id alone: what is open is remembered.
  public var reportsChangesAlone: Bool { true }

  public var offer: OrderOffer {
    OrderOffer(
      [.limit, .market, .stopLimit, .stopMarket], [.goodTilCancelled, .immediateOrCancel, .fillOrKill], [.postOnly])
  }

  /// "Books": the first message of a subscription is the book. No change has a number of its own: messages are counted
  /// by connection ("General / Flags": SEQ_ALL), and a checksum over the best 25 levels of each side follows now and
  /// then ("WebSocket Checksum").
  public var bookRules: BookPlan {
    BookPlan(.unnumbered, .stream(), checksum: .alternating(levels: 25), patience: Self.answerTime)
  }

  /// "Public Channels": 25 channels on a connection, 20 connections a minute. A channel without news has a heartbeat
  /// every 15 seconds.
  public var feeds: FeedPlan {
    var plan = FeedPlan(
      ["wss://api-pub.bitfinex.com/ws/2"], [.book: "book", .trades: "trades", .ticker: "ticker"])
    plan.common = ["conf"]
    plan.isCommonEverywhere = true
    (plan.topicsPerConnection, plan.topicsPerMessage) = (25, 1)
    (plan.idle, plan.answerTime) = (Self.silence, Self.answerTime)
    plan.openCharges = [Output.Limit.connections.charge]
    return plan
  }

  /// "Authenticated Channels": one frame logs in, and channel 0 then carries all of the account. Its messages are
  /// counted from the answer to `conf` on.
  public var privateStream: PrivatePlan {
    var plan = PrivatePlan(
      .login(act: "auth"), address: "wss://api.bitfinex.com/ws/2", subscribeAct: "conf", channels: ["conf"])
    plan.idle = Self.silence
    plan.openCharges = [Output.Limit.accountConnections.charge]
    return plan
  }

  static let silence: Int64 = 40_000_000_000
  /// A quiet book was confirmed after half a minute, in a recording.
  static let answerTime: Int64 = 60_000_000_000

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    _ = try config.choice("domain", "live", ["live": 0])
    nonce = try config.choice("nonce", "us", ["us": Seal.nonceMicroseconds, "ms": Seal.nonceMilliseconds])
    try super.init(config: config, out: out)
    attach(self)
    instruments(Endpoint(.pairs, on: .pairs, deadline: 30_000_000_000), at: "0") { Self.rules(&$1) }
    tickers(Endpoint(.tickers, on: .tickers, deadline: 30_000_000_000), ["symbols": "ALL"], at: "", Self.listTicker)
    candles(Self.candles)
    offerOrders()
    offerAccount()
  }

  /// "Candles": at most 10000, from the newest on; the one that begins at the end comes as well.
  private static var candles: CandlePlan {
    let table = FieldTable<CandleField>(places: [.time, .open, .close, .high, .low, .baseVolume])
    var plan = CandlePlan(
      Endpoint(.candles, on: .candles), at: "", table, most: 10000,
      [
        1: "1m", 5: "5m", 15: "15m", 30: "30m", 60: "1h", 180: "3h", 360: "6h", 720: "12h", 1440: "1D",
        10080: "1W",
      ])
    plan.segment = { "trade:\($0):\($1)" }
    (plan.since, plan.until, plan.untilShift, plan.size) = ("start", "end", -1_000_000, "limit")
    return plan
  }

  /// "Books": LENGTH is 1, 25, 100 or 250. The least that holds so many levels.
  public func levels(_ wanted: Int) -> Int { wanted == 0 ? 250 : [1, 25, 100, 250].first { $0 >= wanted } ?? 250 }

  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { readMarketFrame(frame, stream) }

  // MARK: Signing

  /// "Authenticated Endpoints": hex of HMAC-SHA384 over `/api`, path, nonce and body. A nonce must be larger than every
  /// one before it, so requests go out one at a time.
  public func sign(_ request: inout Request, target: SealedText, _ account: TradingAccount) {
    let text = "/api" + target + SealedText(nonce) + request.body
    request.headers += [
      ("bfx-nonce", SealedText(nonce)), ("bfx-apikey", SealedText(.field("api_key"))),
      ("bfx-signature", SealedText(text.hmac(.sha384, key: .field("secret_key")).hex)),
    ]
    request.isOrdered = true
  }

  /// "Authenticated Channels": the signature is over the word AUTH and the nonce.
  public func loginFrame(_ account: TradingAccount, id: pb_id) -> SealedText {
    let payload = "AUTH\(nonce)" as SealedText
    return """
      {"event":"auth","apiKey":"\(Seal.field("api_key"))",\
      "authSig":"\(payload.hmac(.sha384, key: .field("secret_key")).hex)",\
      "authNonce":"\(nonce)","authPayload":"AUTH\(nonce)","filter":["trading","wallet"]}
      """
  }
}
