import CPatchbay
import ConnectorKit

/// What KuCoin's spot market and its futures have in common: how requests are signed, and streams whose address and
/// token are asked for. Protocol: KuCoin API (www.kucoin.com/docs-new): "Authentication", "Rate Limit", "WebSocket
/// API / Introduction".
public class KuCoinExchange: ExchangeConnector {
  private let keyVersion: String

  /// The key's page at KuCoin says of which version it is.
  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    keyVersion = try config.choice("key_version", "2", ["1": "1", "2": "2", "3": "3"])
    try super.init(config: config, out: out)
  }

  /// "Authentication": base64 of HMAC-SHA256 over time, method, path with query, body. The passphrase is an HMAC too,
  /// but with keys of the first version.
  public final func sign(_ request: inout Request, target: SealedText, _ account: TradingAccount) {
    let time = Seal.milliseconds
    let method = [Method.get: "GET", .post: "POST", .delete: "DELETE"][request.method] ?? "PUT"
    let text = SealedText(time) + SealedText(method) + target + request.body
    let passphrase = Seal.field("passphrase").hmac(.sha256, key: .field("secret_key")).base64
    request.headers += [
      ("KC-API-KEY", SealedText(.field("api_key"))),
      ("KC-API-SIGN", SealedText(text.hmac(.sha256, key: .field("secret_key")).base64)),
      ("KC-API-TIMESTAMP", SealedText(time)), ("KC-API-PASSPHRASE", SealedText(passphrase)),
      ("KC-API-KEY-VERSION", SealedText(keyVersion)),
    ]
  }

  /// Whether a text can name an order: letters, digits, `_` and `-`, which stand in a path as they are.
  final func isID(_ text: String, upTo length: Int) -> Bool {
    (1...length).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF) || byte == 0x2D || byte == 0x5F
      }
  }

  // MARK: Streams

  /// "Introduction", "Rate Limit": 100 topics a message, 300 a connection; it is available when it has welcomed us.
  final func feeds(_ token: Endpoint, _ channels: [FeedPlan.Channel]) -> FeedPlan {
    var plan = FeedPlan()
    plan.addressEndpoint = token
    plan.greetingTime = Self.greetingTime
    plan.channels = channels
    plan.topicsPerConnection = 300
    plan.topicsPerMessage = 100
    plan.messageBytes = 16_000
    plan.ping = Self.ping
    plan.idle = 90_000_000_000
    plan.openCharges = [Output.Limit.connections.charge]
    plan.messageCharges = [Output.Limit.messages.charge]
    return plan
  }

  final func privateStream(_ token: Endpoint, _ channels: [String]) -> PrivatePlan {
    var plan = PrivatePlan(
      .address(token, pointer: "/data/token"), address: "", streamAct: "private_stream", subscribeAct: "subscribe",
      channels: channels)
    plan.greetingTime = Self.greetingTime
    plan.ping = Self.ping
    plan.idle = 90_000_000_000
    plan.openCharges = [Output.Limit.connections.charge]
    return plan
  }

  private static let greetingTime: Int64 = 5_000_000_000
  /// "Heartbeat": as often as the answer with the token says, which has been every 18 seconds.
  private static let ping = FeedPlan.Ping(
    "{\"id\":\"ping\",\"type\":\"ping\"}", act: "ping", every: 18_000_000_000)

  /// "Get Public Token", "Get Private Token": `{"data": {"token", "instanceServers": [{"endpoint": "wss://...",
  /// "pingInterval": ms, ...}]}}`. Any of the servers may be taken.
  public final func streamAddress(_ body: Body, _ account: TradingAccount?, id: pb_id) -> StreamAddress? {
    guard var data = JSONObject(body, at: "data"), var server = data.objects("instanceServers")?.first else {
      return nil
    }
    let (token, interval) = (data.words("token"), server.integer("pingInterval") ?? 0)
    var endpoint = server.words("endpoint")
    let scheme = "wss://"
    guard data.isValid, server.isValid, !token.isEmpty, endpoint.hasPrefix(scheme), !endpoint.contains("?") else {
      return nil
    }
    var path = endpoint.dropFirst(scheme.count).drop { $0 != "/" }
    if path.isEmpty {
      endpoint += "/"
      path = "/"
    }
    let sealed = account == nil ? SealedText(percentEncoded(token)) : SealedText(Self.token.percentEncoded)
    return StreamAddress(
      "\(endpoint)?token=\(sealed)&connectId=\(id)", act: account != nil && path != "/" ? "private_endpoint" : "",
      pingInterval: (1_000...60_000).contains(interval) ? interval * 1_000_000 : 0)
  }

  private static let token = Seal.slot(Int(TradingAccount.tokenSlot))

  /// "Subscribe", "Unsubscribe": one channel in a message, with the symbols of its topics.
  public final func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id, of channels: [FeedPlan.Channel])
    -> SealedText
  {
    let symbols = topics.map { markets[$0.market].symbol }.joined(separator: ",")
    let channel = topics.first.map { channels[$0.channel].name } ?? ""
    return Self.message(isUnsubscribe ? "unsubscribe" : "subscribe", "\(channel):\(symbols)", id: id, isPrivate: false)
  }

  public final func group(_ topic: Topic) -> Int { topic.channel }

  public final func privateTopic(_ channel: String, id: pb_id) -> SealedText {
    Self.message("subscribe", channel, id: id, isPrivate: true)
  }

  private static func message(_ type: String, _ topic: String, id: pb_id, isPrivate: Bool) -> SealedText {
    SealedText(
      "{\"id\":\"\(id)\",\"type\":\"\(type)\",\"topic\":\"\(topic)\",\"privateChannel\":\(isPrivate),"
        + "\"response\":true}")
  }

  /// Reads a frame that is no message of a topic: `{"id", "type": "welcome"}`, `"pong"`, `"ack"`, and `{"id", "type":
  /// "error", "code": 404, "data": "why"}`. `nil` for a message.
  final func answered(_ head: FrameHead) -> Status? {
    switch head.kind {
    case "welcome", "pong": return .ok
    case "ack": acknowledged(head.request, .confirmed)
    case "error":
      var data = head.data?.scanner()
      acknowledged(head.request, .refused(code: head.code.text, text: data?.words() ?? ""))
    default: return head.channel.isEmpty ? .unsupported : nil
    }
    return .ok
  }

  /// What stands around the data of a frame, in any order.
  static let head = FieldTable<HeadField>([
    "type": .kind, "topic": .channel, "subject": .action, "id": .request, "code": .code, "data": .data,
  ])
}

extension FrameHead {
  /// `/market/level2` and `BTC-USDT` of `/market/level2:BTC-USDT`.
  var topic: JSONText { channel.before(first: UInt8(ascii: ":")) }
  var name: JSONText { channel.after(first: UInt8(ascii: ":")) ?? JSONText() }
}
