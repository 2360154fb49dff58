import CPatchbay
import ConnectorKit

/// How books come: changes with numbers, or the best levels as a whole now and then.
enum HTXBooks {
  case incremental
  case pushes

  static let named: KeyValuePairs<String, HTXBooks> = ["incremental": .incremental, "pushes": .pushes]
}

/// What the markets of the exchange share: the signature, and how its public streams are talked to.
protocol HTXExchange: ExchangeDialect {
  /// Of requests and streams, as it stands in what is signed.
  var host: String { get }
}

extension HTXExchange {
  public var rest: String { "https://\(host)" }

  /// "Get Klines (Candles)", "Get KLine Data": at most 2,000. The words for intervals are the same everywhere; days
  /// begin at midnight in Singapore.
  static func candles(_ endpoint: Endpoint, _ table: FieldTable<CandleField>, symbol: String) -> CandlePlan {
    var plan = CandlePlan(
      endpoint, at: "data", table, most: 2000,
      [1: "1min", 5: "5min", 15: "15min", 30: "30min", 60: "60min", 240: "4hour", 1440: "1day"])
    (plan.symbol, plan.interval) = (symbol, "period")
    return plan
  }

  // MARK: Signing

  /// "Authentication": base64 of HMAC-SHA256 over method, host, path and the query in the order of its names. What a
  /// body holds is not signed. Names of the exchange's own begin in lower case, behind those of the signature.
  public func sign(_ request: inout Request, target: SealedText, _ account: TradingAccount) {
    let parts = (target.plain ?? "").split(separator: "?", maxSplits: 1)
    let path = parts.first ?? ""
    var query = Self.signedQuery
    if parts.count > 1 { query += SealedText("&\(parts[1])") }
    let method = request.method == .get ? "GET" : "POST"
    let signature = signature("\(method)\n\(host)\n\(path)\n", query)
    request.url = "\(rest)\(path)?\(query)&Signature=\(signature.percentEncoded)"
  }

  /// What every signed query begins with, in the order of its names.
  static var signedQuery: SealedText {
    """
    AccessKeyId=\(Seal.field("api_key").percentEncoded)&SignatureMethod=HmacSHA256&SignatureVersion=2\
    &Timestamp=\(Seal.isoSeconds.percentEncoded)
    """
  }

  /// Over the first lines and a query.
  func signature(_ lines: String, _ query: SealedText) -> Seal {
    (SealedText(lines) + query).hmac(.sha256, key: .field("secret_key")).base64
  }

  // MARK: Public streams

  /// "Subscribe": `{"sub": "market.btcusdt.trade.detail", "id": "1"}`.
  func message(_ word: String, _ topic: String, id: pb_id) -> SealedText {
    SealedText("{\"\(word)\":\"\(topic)\",\"id\":\"\(id)\"}")
  }

  func topic(_ topic: Topic) -> String {
    "market.\(markets[topic.market].symbol).\(feeds.channels[topic.channel].name)"
  }

  /// A push that speaks of a refusal: whatever it was to say of its market is missing.
  func doubtful(_ head: FeedHead) -> Status {
    let number = symbols.find(head.symbol)
    return number >= 0 ? misread(markets[number], Channels(rawValue: .max)) : .parse
  }

  /// "Heartbeat": `{"ping": 1492420473027}` wants `{"pong": 1492420473027}`. Says whether the frame was one.
  func answeredPing(_ head: FeedHead, _ stream: pb_id) -> Bool {
    guard !head.ping.isEmpty else { return false }
    answerHeartbeat("{\"pong\":\(jsonQuotedUnlessNumber(head.ping.text))}", act: "feed_pong", on: stream)
    return true
  }

  /// An answer to a message: by its topic where it names one, else by its id.
  func answer(_ head: FeedHead) -> Status {
    let answer = head.answer
    if let market = market(named: head.symbol), !head.channel.isEmpty {
      acknowledged(market.number, channel: head.channel.text, isUnsubscribe: head.kind == .unsubscribed, answer)
    } else {
      acknowledged(head.id, answer)
    }
    return .ok
  }
}

/// Digits as a number of JSON, anything else as a text: a heartbeat is answered as it came.
private func jsonQuotedUnlessNumber(_ text: String) -> String {
  (1...18).contains(text.utf8.count) && text.utf8.allSatisfy { $0 &- 48 <= 9 } ? text : jsonQuoted(text)
}

/// What stands in a public frame, around its data or instead of it.
struct FeedHead {
  enum Kind { case none, push, reply, subscribed, unsubscribed }

  var kind = Kind.none
  /// Of the topic `market.SYMBOL.CHANNEL`.
  private(set) var symbol = JSONText()
  private(set) var channel = JSONText()
  private(set) var data: JSONMark?
  private(set) var time: Int64 = 0
  private(set) var (id, status, code, text) = (JSONText(), JSONText(), JSONText(), JSONText())
  private(set) var ping = JSONText()

  @inline(__always)
  init?(_ frame: Body) {
    var json = JSONScanner(frame)
    json.members { key, json in
      switch key {
      case "ch": read(topic: json.string(), .push)
      case "tick", "data":
        data = json.mark
        return false
      case "ts": time = json.milliseconds()
      case "rep": read(topic: json.string(), .reply)
      case "subbed": read(topic: json.string(), .subscribed)
      case "unsubbed": read(topic: json.string(), .unsubscribed)
      case "id": id = json.scalar()
      case "status": status = json.string()
      case "err-code": code = json.scalar()
      case "err-msg": text = json.string()
      case "ping": ping = json.scalar()
      default: return false
      }
      return true
    }
    guard json.isComplete() else { return nil }
  }

  @inline(__always)
  private mutating func read(topic: JSONText, _ kind: Kind) {
    self.kind = kind
    guard topic.hasPrefix("market."), let rest = topic.after(first: UInt8(ascii: ".")),
      let channel = rest.after(first: UInt8(ascii: "."))
    else { return }
    (symbol, self.channel) = (rest.before(first: UInt8(ascii: ".")), channel)
  }

  /// "Error": `{"status": "error", "err-code": "bad-request", "err-msg": "invalid topic", "id": "1"}`.
  var isRefusal: Bool { status == "error" || !code.isEmpty }
  /// Data beside a refusal: what they were to say is missing.
  var isDoubtful: Bool { kind == .push && isRefusal && data?.isNull == false }
  var answer: Acknowledgement { isRefusal ? .refused(code: code.text, text: text.text) : .confirmed }
}
