import JSONTree
import Venue

@testable import VenueExchange

/// A client of a venue that signs by itself, in memory. Time stands still until it is moved.
class Client {
  let venue: EngineVenue
  let account: VenueAccount
  var mono: Int64 = 0
  static let epoch: Int64 = 1_700_000_000_000_000_000
  var wall: Int64 { Self.epoch + mono }
  private var next: UInt64 = 0
  /// What came on sockets, oldest first.
  private(set) var frames: [(socket: UInt64, text: JSONValue)] = []
  private(set) var closed: [UInt64] = []
  private(set) var refused: [UInt64] = []
  private var replies: [UInt64: VenueReply] = [:]

  init(_ venue: EngineVenue, _ account: VenueAccount) {
    self.venue = venue
    self.account = account
  }

  var now: VenueTime { VenueTime(mono: mono, wall: wall) }
  var milliseconds: Int64 { wall / 1_000_000 }

  func take(_ actions: [VenueAction]) {
    for action in actions {
      switch action {
      case .reply(let request, let reply): replies[request] = reply
      case .send(let socket, .text(let bytes)):
        if let json = try? JSONDocument.parse(bytes: bytes) { frames.append((socket, json)) }
      case .close(let socket, _, _), .cut(let socket): closed.append(socket)
      case .refuse(let socket, _): refused.append(socket)
      default: break
      }
    }
  }

  func forget() { frames = [] }

  func advance(_ nanoseconds: Int64 = 0) {
    mono += nanoseconds
    var actions: [VenueAction] = []
    _ = venue.advance(now: now, &actions)
    take(actions)
  }

  func send(
    _ method: String, _ path: String, query: String = "", body: String = "",
    headers: [(name: String, value: String)] = [], address: String = "127.0.0.1"
  ) -> VenueReply {
    next += 1
    var actions: [VenueAction] = []
    venue.request(
      next,
      VenueRequest(
        method: method, path: path, query: query, headers: headers, body: Array(body.utf8), address: address),
      now: now, &actions)
    take(actions)
    return replies.removeValue(forKey: next) ?? VenueReply(status: 0, body: [])
  }

  func open(_ path: String, query: String = "") -> UInt64 {
    next += 1
    var actions: [VenueAction] = []
    venue.open(next, VenueRequest(method: "GET", path: path, query: query), now: now, &actions)
    take(actions)
    return next
  }

  func say(_ text: String, on socket: UInt64) {
    var actions: [VenueAction] = []
    venue.frame(socket, .text(Array(text.utf8)), now: now, &actions)
    take(actions)
  }

  func get(_ path: String, _ query: String = "") -> JSONValue { Self.json(send("GET", path, query: query)) }

  static func json(_ reply: VenueReply) -> JSONValue { (try? JSONDocument.parse(bytes: reply.body)) ?? nil }
}

/// Signs as Binance wants it.
final class BinanceClient: Client {
  /// A signed request; `change` may spoil the text before it is sent.
  func signed(
    _ method: String, _ path: String, _ parameters: String = "", time: Int64? = nil, window: Int64 = 5000,
    key: String? = nil, address: String = "127.0.0.1", change: (String) -> String = { $0 }
  ) -> VenueReply {
    let lead = parameters.isEmpty ? "" : parameters + "&"
    let text = "\(lead)recvWindow=\(window)&timestamp=\(time ?? milliseconds)"
    let mac = Signatures.hmac("SHA256", key: Array(account.secret.utf8), Array(text.utf8))
    let whole = change("\(text)&signature=\(Signatures.hex(mac))")
    let isForm = method == "POST" || method == "PUT"
    return send(
      method, path, query: isForm ? "" : whole, body: isForm ? whole : "",
      headers: [("x-mbx-apikey", key ?? account.key)], address: address)
  }

  func call(_ method: String, _ path: String, _ parameters: String = "") -> JSONValue {
    Self.json(signed(method, path, parameters))
  }

  func code(_ method: String, _ path: String, _ parameters: String = "") -> Int? {
    call(method, path, parameters)["code"]?.int
  }
}

/// Signs as Kraken wants it.
final class KrakenClient: Client {
  private var nonce: UInt64 = 1000

  func call(
    _ endpoint: String, _ parameters: String = "", nonce wanted: UInt64? = nil, key: String? = nil,
    spoil: Bool = false, json: String? = nil
  ) -> JSONValue {
    nonce += 1
    let number = wanted ?? nonce
    let path = "/0/private/\(endpoint)"
    var body = "nonce=\(number)" + (parameters.isEmpty ? "" : "&" + parameters)
    if let json { body = "{\"nonce\":\(number),\(json)}" }
    let digest = Signatures.sha256(Array("\(number)\(body)".utf8))
    let secret = Signatures.decodeBase64(account.secret) ?? []
    let mac = Signatures.hmac("SHA512", key: secret, Array(path.utf8) + digest)
    let type = json == nil ? "application/x-www-form-urlencoded" : "application/json"
    return Self.json(
      send(
        "POST", path, body: body,
        headers: [
          ("api-key", key ?? account.key), ("api-sign", Signatures.base64(spoil ? mac.reversed() : mac)),
          ("content-type", type),
        ]))
  }

  func error(_ endpoint: String, _ parameters: String = "") -> String? {
    call(endpoint, parameters)["error"]?[0]?.string
  }
}

/// Signs as OKX wants it.
final class OKXClient: Client {
  /// A signed request; `change` may spoil the headers before it is sent.
  func signed(
    _ method: String, _ path: String, query: String = "", body: String = "", time: Int64? = nil,
    change: (inout [String: String]) -> Void = { _ in }
  ) -> VenueReply {
    let stamp = rfc3339((time ?? milliseconds) * 1_000_000)
    let target = path + (query.isEmpty ? "" : "?\(query)")
    let text = Array("\(stamp)\(method)\(target)\(body)".utf8)
    let mac = Signatures.hmac("SHA256", key: Array(account.secret.utf8), text)
    var headers = [
      "ok-access-key": account.key, "ok-access-sign": Signatures.base64(mac), "ok-access-timestamp": stamp,
      "ok-access-passphrase": account.passphrase, "content-type": "application/json",
    ]
    change(&headers)
    return send(method, path, query: query, body: body, headers: headers.map { ($0.key, $0.value) })
  }

  func ask(_ path: String, _ query: String = "") -> JSONValue {
    Self.json(signed("GET", "/api/v5/\(path)", query: query))
  }

  func post(_ path: String, _ body: String) -> JSONValue { Self.json(signed("POST", "/api/v5/\(path)", body: body)) }

  /// The login of the private socket.
  func login(time: Int64? = nil, passphrase: String? = nil) -> String {
    let seconds = time ?? milliseconds / 1000
    let mac = Signatures.hmac("SHA256", key: Array(account.secret.utf8), Array("\(seconds)GET/users/self/verify".utf8))
    return """
      {"op":"login","args":[{"apiKey":"\(account.key)","passphrase":"\(passphrase ?? account.passphrase)",\
      "timestamp":"\(seconds)","sign":"\(Signatures.base64(mac))"}]}
      """
  }
}
