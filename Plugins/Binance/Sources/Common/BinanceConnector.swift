import CPatchbay
import ConnectorKit
import Decimals

/// What the connectors of this library share: the public side, signing, the frames of user streams, how orders are
/// written and read. What differs as data is in `Venue`; what spot and futures do each in their own way is in `Spot/`
/// and `Perpetual/`.
public class BinanceConnector: ExchangeConnector {
  final let venue: Venue
  /// Costs of requests, which may turn out to be others; see `exchangeInfo`.
  final var weights: [String: UInt32]

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    // Every trade by itself, or those of one order and price together.
    let streams: KeyValuePairs =
      Self.isPerpetual ? ["aggregate": "aggTrade"] : ["aggregate": "aggTrade", "single": "trade"]
    let trades = try config.choice("trades", "aggregate", streams)
    venue = try Self.venue(domain: try config.string("domain") ?? "live", trades: trades)
    weights = venue.weights
    try super.init(config: config, out: out)
    serveAll()
  }

  // MARK: What each connector says

  class var isPerpetual: Bool { false }
  class func venue(domain: String, trades: String) throws(ConfigFault) -> Venue {
    throw ConfigFault.field(name: "domain", expected: "a connector")
  }
  /// Attaches itself and lists what is served.
  func serveAll() {}
  /// A frame of a public stream that is neither of a book nor of trades nor of best prices; `topic` is the first letter
  /// behind the `@`. `.parse` where it cannot be read.
  func otherFrame(_ topic: UInt8, _ data: JSONMark) -> Status { .unsupported }
  /// An event of an account's stream that is the connector's own; `json` stands at the event's object.
  func userEvent(_ type: JSONText, _ json: inout JSONScanner, _ account: TradingAccount) -> Status { .unsupported }
  /// An execution of the exchange's own, and what has become of an order.
  func calculated(_ report: OrderReport, _ account: TradingAccount) {}
  func ended(_ report: OrderReport) {}
  /// exchangeInfo says what request weight is allowed in a minute.
  func weightDeclared(_ capacity: UInt32) {}

  // MARK: What they share

  public var rest: String { venue.rest }
  public var errors: ErrorPlan { ErrorPlan(.status(code: "code", text: "msg"), venue.errors) }
  public var words: Words { venue.words }
  public var offer: OrderOffer { venue.offer }
  public var limits: [Output.Limit] { venue.limits }
  public var privateStream: PrivatePlan { venue.privateStream }
  public var bookRules: BookPlan { venue.book }

  /// "WebSocket Streams: Limits": five messages a second (futures: ten), so that subscriptions that come close together
  /// share one; 300 connections in five minutes. A message of more than 4088 bytes is never answered. Source of that:
  /// the tracker of Binance's own binance-connector-rust, 27; the documentation is silent.
  public var feeds: FeedPlan {
    var plan = FeedPlan()
    plan.addresses = venue.streams
    plan.channels = venue.channels
    plan.topicsPerConnection = venue.topicsPerConnection
    plan.topicsPerMessage = .max
    (plan.messageBytes, plan.topicBytes) = (3900, 4)
    plan.messageInterval = 250_000_000
    plan.idle = venue.idle
    plan.openCharges = [Output.Limit.connections.charge]
    plan.messageCharges = [venue.messages.charge]
    return plan
  }

  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    usualDepth(frame) ?? anyFrame(frame, stream)
  }

  /// The public side, by the names of its acts.
  final func offerMarket(time: PermittedAct, info: PermittedAct, tickers act: PermittedAct, candles: PermittedAct) {
    clock(Endpoint(time), at: "serverTime", in: .milliseconds)
    instruments(
      Endpoint(info, deadline: Venue.minute), at: "symbols", whole: { [unowned(unsafe) self] in readLimits($0) }
    ) { [unowned(unsafe) self] in rules(&$1) }
    tickers(Endpoint(act), at: "", Self.ticker)
    self.candles(Self.candles(candles))
  }

  /// "Kline/Candlestick data": arrays, from the oldest on; `endTime` is inclusive. A question for more than 1,000
  /// weighs more.
  private static func candles(_ act: PermittedAct) -> CandlePlan {
    let table = FieldTable<CandleField>(
      places: [.time, .open, .high, .low, .close, .baseVolume, nil, .quoteVolume, .trades])
    var plan = CandlePlan(
      Endpoint(act), at: "", table, most: 1000,
      [
        1: "1m", 3: "3m", 5: "5m", 15: "15m", 30: "30m", 60: "1h", 120: "2h", 240: "4h", 360: "6h", 480: "8h",
        720: "12h", 1440: "1d",
      ])
    (plan.since, plan.until, plan.untilShift, plan.size) = ("startTime", "endTime", -1_000_000, "limit")
    return plan
  }

  /// "24hr ticker price change statistics". Futures give no best prices there.
  private static let ticker = FieldTable<TickerField>([
    "symbol": .symbol, "bidPrice": .bid, "bidQty": .bidQuantity, "askPrice": .ask, "askQty": .askQuantity,
    "lastPrice": .last, "lastQty": .lastQuantity, "openPrice": .open, "highPrice": .high, "lowPrice": .low,
    "volume": .baseVolume, "quoteVolume": .quoteVolume, "closeTime": .time,
  ])

  /// What a request costs: by its act, and where that makes a difference by whether it names a symbol or how many
  /// levels it asks for. Orders count in limits of their own and say so themselves.
  public final func charges(_ call: Call) -> [Charge]? {
    guard call.charges.isEmpty else { return nil }
    var name = call.endpoint.act.name
    let suffix = call.text("limit") ?? (call.text("symbol") == nil ? "all" : "")
    if weights["\(name)/\(suffix)"] != nil { name += "/\(suffix)" }
    return venue.cost(weights[name] ?? 1)
  }

  // MARK: Errors

  /// The firewall answers with 403: "this can indicate a rate limit violation or a security block". A 503 need not be a
  /// maintenance. "IP banned until 1573370620000" ("HTTP Return Codes").
  public final func corrected(_ fault: VenueFault) -> VenueFault {
    var fault = fault
    if fault.code == "403" { fault.failure = .rateLimit }
    if fault.code == "503", !fault.text.contains(fragment: "maintenance") { fault.failure = .transient }
    guard fault.failure == .rateLimit, fault.retryAfter == 0 else { return fault }
    let words = fault.text.split(separator: " ").map { $0.filter { $0.isNumber } }
    guard let until = words.first(where: { $0.utf8.count == 13 }).flatMap({ Int64($0) }) else { return fault }
    fault.retryAfter = max(0, until.multipliedSaturated(by: 1_000_000).subtractingSaturated(out.now.venue))
    return fault
  }

  // MARK: Signing

  /// "Timing security": milliseconds for which a signed request stays valid: the documented default, said aloud.
  private static let receiveWindow = "5000"
  private static let apiKey = Seal.field("api_key")
  private static let keyHeader = SealedText(apiKey)

  /// "SIGNED Endpoint security": the parameters, with `recvWindow` and `timestamp`, are signed as they are sent, and
  /// `signature` comes last. The API key travels in a header. Listen keys are asked for with the key alone.
  public final func prepare(_ call: inout Call) {
    guard Self.isSigned(call) else { return }
    call.set("recvWindow", bare: Self.receiveWindow)
    call.set("timestamp", .milliseconds)
  }

  public final func signParameters(_ call: inout Call, _ account: TradingAccount) {
    guard Self.isSigned(call) else { return }
    let signature = signature(of: call.signedForm(), account)
    // Hex digits need no encoding.
    call.set("signature", account.algorithm == UInt32(PB_ALGORITHM_HMAC) ? signature : signature.percentEncoded)
  }

  public final func sign(_ request: inout Request, target: SealedText, _ account: TradingAccount) {
    request.headers.insert(("X-MBX-APIKEY", Self.keyHeader), at: 0)
  }

  private static func isSigned(_ call: Call) -> Bool { !call.endpoint.act.name.contains(fragment: "user_stream") }

  /// HMAC-SHA256 in hex, or for RSA (PKCS#1 v1.5, SHA-256) and Ed25519 keys base64.
  private func signature(of payload: SealedText, _ account: TradingAccount) -> Seal {
    switch Int(account.algorithm) {
    case PB_ALGORITHM_ED25519: payload.signed(.ed25519).base64
    case PB_ALGORITHM_RSA: payload.signed(.rsaSHA256).base64
    default: payload.hmac(.sha256, key: .field("secret_key")).hex
    }
  }

  /// A signed request of the WebSocket API ("Request security"): the parameters in alphabetical order are signed.
  public final func privateTopic(_ method: String, id: pb_id, _ account: TradingAccount) -> SealedText {
    let signed: SealedText = "apiKey=\(Self.apiKey)&recvWindow=\(Self.receiveWindow)&timestamp=\(Seal.milliseconds)"
    var frame = SealedText("{\"id\":\(id),\"method\":\"\(method)\",\"params\":{\"apiKey\":\"")
    frame += SealedText(Self.apiKey)
    frame += "\",\"recvWindow\":\(Self.receiveWindow),\"timestamp\":\(Seal.milliseconds)"
    return frame + ",\"signature\":\"\(signature(of: signed, account))\"}}"
  }
}
