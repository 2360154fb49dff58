import CPatchbay
import ConnectorKit
import Decimals

/// What the connectors to HashKey Global share: its spot market and its perpetuals speak one protocol, and an account
/// has one stream for both. Protocol: "HashKey Global API" (hashkeyglobal-apidoc.readme.io): "Market Data", "Spot
/// Trading", "Futures Trading", "Websocket API" in its first version, whose books come whole. Public frames are read in
/// Frames.swift, lists of instruments in Markets.swift, orders in Orders.swift, accounts in Private.swift, what
/// perpetuals have besides in Perpetual.swift.
public class HashKeyConnector: ExchangeConnector, ExchangeDialect {
  final let domain: Domain

  /// "Getting Started": production and sandbox.
  struct Domain {
    let rest: String
    let stream: String

    static let all: KeyValuePairs = [
      "live": Domain(rest: "https://api-glb.hashkey.com", stream: "wss://stream-glb.hashkey.com"),
      "sandbox": Domain(rest: "https://api-glb.sim.hashkeydev.com", stream: "wss://stream-glb.sim.hashkeydev.com"),
    ]
  }

  class var isPerpetual: Bool { false }
  final var isPerpetual: Bool { Self.isPerpetual }

  public final var rest: String { domain.rest }
  public final var limits: [Output.Limit] { Output.Limit.all }

  /// "Create Order v1.1", "Create New Futures Order". An order that waits for a price becomes another one, and nothing
  /// documented says which: such are not offered.
  public final var offer: OrderOffer {
    OrderOffer(
      [.limit, .market], [.goodTilCancelled, .immediateOrCancel, .fillOrKill],
      isPerpetual ? [.postOnly, .reduceOnly, .close] : [.postOnly, .byValue])
  }

  /// "Public Stream": each message of `depth` is the whole book.
  public final var bookRules: BookPlan { BookPlan(.unnumbered, .pushes) }

  /// A subscription is answered by its data alone.
  public final var feeds: FeedPlan {
    var plan = FeedPlan([domain.stream + "/quote/ws/v1"], [.book: "depth", .trades: "trade", .ticker: "realtimes"])
    (plan.topicsPerMessage, plan.acknowledges) = (1, false)
    (plan.ping, plan.idle) = (Self.ping, Self.silence)
    return plan
  }

  /// "Heartbeat check": every ten seconds, answered by `{"pong": 1691473283965}`.
  private static let ping = FeedPlan.Ping(act: "ping", every: 10_000_000_000) { "{\"ping\":\($0 / 1_000_000)}" }
  private static let silence: Int64 = 45_000_000_000

  /// "Obtain ListenKey": valid for 60 minutes, as after each `PUT`. Everything comes without being subscribed to.
  public final var privateStream: PrivatePlan {
    var plan = PrivatePlan(
      .listenKey(
        obtain: Self.account(.listenKey, .form), pointer: "/listenKey", keep: Self.account(.keepListenKey),
        every: 1_800_000_000_000, parameter: "listenKey"),
      address: "\(domain.stream)/api/v1/ws/\(Seal.slot(1))", streamAct: "private_stream", subscribeAct: "",
      channels: [])
    (plan.ping, plan.idle) = (Self.ping, Self.silence)
    return plan
  }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    domain = try config.choice("domain", "live", Domain.all)
    try super.init(config: config, out: out)
    attach(self)
    clock(Self.market(.time), at: "serverTime", in: .milliseconds)
    offerMarkets()
    offerOrders()
    offerAccount()
    if isPerpetual { offerPerpetual() }
  }

  /// A question about a market, by address.
  static func market(_ act: PermittedAct, weight: UInt32 = 1) -> Endpoint {
    Endpoint(act, on: .requests, weight: weight, deadline: 30_000_000_000)
  }

  static func account(
    _ act: PermittedAct, _ parameters: Endpoint.Parameters = .query, weight: UInt32 = 1
  ) -> Endpoint {
    Endpoint(act, parameters, on: .requests, weight: weight)
  }

  public final override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { readMarketFrame(frame, stream) }

  // MARK: Signing

  public final func prepare(_ call: inout Call) {
    if call.whole == nil { call.set("timestamp", Seal.milliseconds) }
  }

  /// "Signature": HMAC-SHA256 in hexadecimal over the parameters as they are sent.
  public final func signParameters(_ call: inout Call, _ account: TradingAccount) {
    guard call.whole == nil else { return }
    call.sort()
    call.set("signature", call.signedForm().hmac(.sha256, key: .field("secret_key")).hex)
  }

  /// "Create Multiple Orders": the orders are the body, and the signature is over the query alone.
  public final func sign(_ request: inout Request, target: SealedText, _ account: TradingAccount) {
    request.headers.append(("X-HK-APIKEY", SealedText(.field("api_key"))))
    let batches = [PermittedAct.placeBatch.name, PermittedAct.perpPlaceBatch.name]
    guard batches.contains(request.permission) else { return }
    let query: SealedText = "timestamp=\(Seal.milliseconds)"
    let signature = query.hmac(.sha256, key: .field("secret_key")).hex
    request.url += "?\(query)&signature=\(signature)"
  }
}

/// HashKey Global, spot.
public final class HashKeySpot: HashKeyConnector {}

/// HashKey Global, perpetuals with margin in what they are quoted in. The exchange counts contracts, and keeps the long
/// and the short position of an instrument apart.
public final class HashKeyPerpetual: HashKeyConnector {
  override class var isPerpetual: Bool { true }
}
