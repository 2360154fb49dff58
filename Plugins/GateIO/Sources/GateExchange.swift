import CPatchbay
import ConnectorKit

/// What spot and futures of Gate share: where they stand, how requests and subscriptions are signed, what stands around
/// the data of a frame, what the words of errors mean. Protocol: Gate API v4 (www.gate.com/docs/developers/apiv4): the
/// REST part, "Spot WebSocket v4", "Futures WebSocket v4".
public class GateExchange: ExchangeConnector {
  let domain: Domain
  /// Orders that wait for a price.
  final var waiting = WaitingOrders()
  /// Whether contracts are counted, and levels have names.
  var isFutures: Bool { false }

  /// "Base URLs" of the three parts.
  struct Domain {
    let rest: String
    let spot: String
    let futures: String
    /// The manifest's acts for opening an account's stream.
    let spotStreamAct: String
    let futuresStreamAct: String

    static let all: KeyValuePairs = [
      "live": Domain(
        rest: "https://api.gateio.ws", spot: "wss://api.gateio.ws/ws/v4/",
        futures: "wss://fx-ws.gateio.ws/v4/ws/usdt", spotStreamAct: "private_stream",
        futuresStreamAct: "futures_private_stream"),
      "testnet": Domain(
        rest: "https://api-testnet.gateapi.io", spot: "wss://ws-testnet.gate.com/v4/ws/spot",
        futures: "wss://ws-testnet.gate.com/v4/ws/futures/usdt", spotStreamAct: "test_private_stream",
        futuresStreamAct: "test_futures_private_stream"),
    ]
  }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    domain = try config.choice("domain", "live", Domain.all)
    try super.init(config: config, out: out)
  }

  public var rest: String { domain.rest }

  /// "APIv4 signed request requirements": HMAC-SHA512 over method, path, query, the digest of the body and the time in
  /// seconds, a line each.
  public func sign(_ request: inout Request, target: SealedText, _ account: TradingAccount) {
    let method =
      switch request.method {
      case .get: "GET"
      case .post: "POST"
      case .put: "PUT"
      case .delete: "DELETE"
      case .patch: "PATCH"
      }
    let sides = (target.plain ?? "").split(separator: "?", maxSplits: 1)
    let (path, query) = (sides.first ?? "", sides.count > 1 ? sides[1] : "")
    let text: SealedText = "\(method)\n\(path)\n\(query)\n\(request.body.sha512.hex)\n\(Seal.seconds)"
    request.headers += [
      ("KEY", SealedText(.field("api_key"))), ("Timestamp", SealedText(.seconds)),
      ("SIGN", SealedText(text.hmac(.sha512, key: .field("secret_key")).hex)),
    ]
  }

  /// "Market K-line chart", "Futures market K-line chart": from the oldest on, `to` is inclusive. What is older than
  /// 10,000 candles is not given.
  static func candles(
    _ endpoint: Endpoint, symbol: String, _ table: FieldTable<CandleField>
  ) -> CandlePlan {
    var plan = CandlePlan(
      endpoint, at: "", table, most: 1000,
      [1: "1m", 5: "5m", 15: "15m", 30: "30m", 60: "1h", 240: "4h", 480: "8h", 1440: "1d"])
    (plan.symbol, plan.timeForm) = (symbol, .seconds)
    (plan.since, plan.until, plan.untilShift) = ("from", "to", -1_000_000_000)
    return plan
  }

  // MARK: Orders

  /// "text": `t-` and at most 28 letters, digits, underscores, hyphens or dots.
  private static func isClientOrder(_ text: String) -> Bool {
    text.hasPrefix("t-") && (3...30).contains(text.utf8.count) && percentEncoded(text) == text && !text.contains("~")
  }

  func checkClientOrder(_ order: OwnedCommand) throws(CommandRefusal) {
    guard Self.isClientOrder(order.clientOrder) else {
      throw CommandRefusal(.invalidOrder, "a client order id is t- and 1 to 28 letters, digits, _, - or .")
    }
  }

  /// "User defined information" begins with `t-`; other words say by what an order came, such as `web` or `apiv4`.
  static func clientOrder(_ text: String) -> String { text.hasPrefix("t-") ? text : "" }

  /// The exchange's id or, for orders that are open, the client's: they cannot be mistaken for one another.
  func named(_ order: OwnedCommand) throws(CommandRefusal) -> String {
    if !order.venueOrder.isEmpty, order.venueOrder.utf8.allSatisfy({ $0 &- 48 <= 9 }) { return order.venueOrder }
    guard Self.isClientOrder(order.clientOrder) else {
      throw CommandRefusal(.unknownOrder, "the order has no id of this exchange")
    }
    return order.clientOrder
  }

  /// An order, or a list of them in the order of the parts. "succeeded" of each separates success from failure.
  static func answer(
    _ body: Body, _ parts: [OrderPart], _ read: (inout JSONScanner) -> OrderReport
  ) -> [OrderReport]? {
    var json = JSONScanner(body)
    guard json.isWhole else { return nil }
    var reports: [OrderReport] = []
    if json.peek() == UInt8(ascii: "[") {
      json.elements { reports.append(read(&$0)) }
    } else {
      reports.append(read(&json))
    }
    return json.isValid && reports.count == parts.count ? reports : nil
  }

  // MARK: Streams

  /// "Application ping pong": a request of its own beside the pings of the socket, which also informs the client that
  /// the exchange is there.
  func ping(_ channel: String) -> FeedPlan.Ping {
    FeedPlan.Ping(act: channel.replacing(".", with: "_"), every: 15_000_000_000) { now in
      "{\"time\":\(now / 1_000_000_000),\"channel\":\"\(channel)\"}"
    }
  }
  /// Three pongs that did not come.
  static let silence: Int64 = 45_000_000_000

  /// "Client Request": each message is of one channel, and carries the time in seconds.
  func subscription(_ channel: String, isUnsubscribe: Bool, id: pb_id, _ payload: [String]) -> SealedText {
    let event = isUnsubscribe ? "unsubscribe" : "subscribe"
    let list = payload.map { jsonQuoted($0) }.joined(separator: ",")
    let time = out.now.venue / 1_000_000_000
    return SealedText(
      "{\"time\":\(time),\"id\":\(id),\"channel\":\"\(channel)\",\"event\":\"\(event)\",\"payload\":[\(list)]}")
  }

  /// "Authentication": there is no login; each subscription to a private channel is signed by itself, over its channel,
  /// its event and its time.
  func signedSubscription(_ channel: String, id: pb_id, payload: SealedText) -> SealedText {
    let text: SealedText = "channel=\(channel)&event=subscribe&time=\(Seal.seconds)"
    let sign = text.hmac(.sha512, key: .field("secret_key")).hex
    return """
      {"time":\(Seal.seconds),"id":\(id),"channel":"\(channel)","event":"subscribe","payload":[\(payload)],\
      "auth":{"method":"api_key","KEY":"\(Seal.field("api_key"))","SIGN":"\(sign)"}}
      """
  }

  /// What stands around the data of a frame. "Server Response": `{"time": 1611541000, "time_ms": 1611541000001,
  /// "id": 5, "channel": "spot.orders", "event": "update", "error": null, "result": ...}`; "Error": a number and words.
  static let head = FieldTable<HeadField>(
    ["channel": .channel, "event": .kind, "result": .data, "id": .request],
    inside: ["error": ["code": .code, "message": .text]])

  /// The outcome of a subscription; nil for what answers none, such as a `pong`.
  private func outcome(_ head: FrameHead) -> Acknowledgement? {
    guard head.kind == "subscribe" || head.kind == "unsubscribe" else { return nil }
    let isRefusal = !head.code.isEmpty || !head.text.isEmpty
    return isRefusal ? .refused(code: head.code.text, text: head.text.text) : .confirmed
  }

  /// The answer to a subscription on a public stream. Until 2023 answers carried no id.
  func answered(_ head: FrameHead) -> Status {
    guard let answer = outcome(head) else { return .ok }
    acknowledged(
      pb_id(head.request.text), channel: head.channel.text, isUnsubscribe: head.kind == "unsubscribe", answer)
    return .ok
  }

  /// The answer to one on an account's stream.
  func answered(_ head: FrameHead, _ account: TradingAccount) -> Status {
    guard head.kind == "subscribe", let answer = outcome(head) else { return .ok }
    acknowledged(account, channel: head.channel.text, answer)
    return .ok
  }
}

/// What spot and futures subscribe to alike.
extension ExchangeDialect where Self: GateExchange {
  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    guard let first = topics.first else { return SealedText() }
    let (channel, market) = (feeds.channels[first.channel], markets[first.market])
    var payload = topics.map { markets[$0.market].symbol }
    if channel.carries == .book { payload += [interval(market)] + (isFutures ? ["\(market.depth)"] : []) }
    return subscription(channel.name, isUnsubscribe: isUnsubscribe, id: id, payload)
  }

  /// Books, which come first of the channels, each have a message of their own.
  public func group(_ topic: Topic) -> Int { topic.channel > 0 ? topic.channel : feeds.channels.count + topic.market }
}
