import Decimals
import JSONTree
import Matching
import Venue

/// Kraken spot: REST and WebSocket v2, public and private on one address. Source: Kraken API Center; the pages are
/// named where their facts are used.
public final class KrakenVenue: EngineVenue {
  /// A private endpoint, with what it adds to the call counter.
  struct Endpoint {
    let weight: Int64
    let run: (Call) throws(KrakenError) -> JSONValue
  }

  struct Call {
    let parameters: Parameters
    let body: JSONValue?
    let account: Participant
  }

  struct Token {
    let text: String
    let account: Participant
    /// Nanoseconds of the venue's clock; a token that was used does not end.
    var until: Int64
  }

  var publicEndpoints: [String: (Parameters) throws(KrakenError) -> JSONValue] = [:]
  var privateEndpoints: [String: Endpoint] = [:]
  var counters = KrakenCounters()
  var nonces: [Int: UInt64] = [:]
  var tokens: [Token] = []
  var random: Random
  /// Orders and executions by Kraken's ids.
  var orderNames: [OrderID: String] = [:]
  var orderIDs: [String: OrderID] = [:]
  var sockets: [UInt64: KrakenSocket] = [:]
  var nextHeartbeat: Int64 = 0
  /// Sequence numbers of the books when they were published last, by market.
  var publishedSequences: [UInt64] = []
  var connections: UInt64 = 0
  /// Ledger entries, trades and amendments count on.
  var nextEntry: UInt64 = 1

  static let tokenLife: Int64 = 900 * EngineVenue.second

  /// - Throws: `VenueFault` when the options do not fit together.
  public init(_ options: VenueOptions) throws(VenueFault) {
    var style = Style()
    style.feeFromReceived = false
    style.valueStep = 1000
    style.cutsFees = false
    style.mostOpenOrders = 60
    random = Random(seed: options.seed, purpose: "tokens")
    try super.init(options, style, firstOrder: 1)
    publishedSequences = exchange.markets.map { _ in 0 }
    registerPublic()
    registerOrders()
    registerAccount()
  }

  /// Two pairs, and accounts of some money with keys that are made for trying out.
  public static func usual(seed: UInt64) -> VenueOptions {
    let markets = [
      VenueMarket(
        "BTC/USD", base: "BTC", quote: "USD", tick: "0.1", lot: "0.00000001", min: "0.00005", max: "10000",
        notional: "0.5", start: "60000", typical: "0.05", maker: "0.0025", taker: "0.004"),
      VenueMarket(
        "ETH/USD", base: "ETH", quote: "USD", tick: "0.01", lot: "0.00000001", min: "0.002", max: "100000",
        notional: "0.5", start: "2500", typical: "1", maker: "0.0025", taker: "0.004"),
    ].compactMap { $0 }
    let money = [VenueBalance("USD", 100_000), VenueBalance("BTC", 2), VenueBalance("ETH", 30)]
    return VenueOptions(
      seed: seed, markets: markets,
      accounts: VenueAccount.usual("kraken", money, secret: { Signatures.base64(Array(($0 + "-0123456789").utf8)) }))
  }

  // MARK: REST

  override func answer(_ request: VenueRequest) -> VenueReply {
    var members: [(String, JSONValue)] = [("error", .list([]))]
    do throws(KrakenError) {
      members.append(("result", try serve(request)))
    } catch {
      members = [("error", .list([.s(error.text)]))]
    }
    let status = isInMaintenance ? 503 : 200
    return VenueReply(
      status: status, headers: [("Content-Type", "application/json")], body: JSONValue.make(members).bytes)
  }

  private func serve(_ request: VenueRequest) throws(KrakenError) -> JSONValue {
    let parts = request.path.split(separator: "/").map(String.init)
    guard parts.count == 3, parts[0] == "0" else { throw .unknownMethod }
    if isInMaintenance, parts[2] != "SystemStatus", parts[2] != "Time" { throw .unavailable }
    let text = String(decoding: request.body, as: UTF8.self)
    if parts[1] == "public" {
      guard let run = publicEndpoints[parts[2]] else { throw .unknownMethod }
      var parameters = Parameters(form: request.query)
      parameters.add(Parameters(form: text))
      return try run(parameters)
    }
    guard parts[1] == "private", request.method == "POST", let endpoint = privateEndpoints[parts[2]] else {
      throw .unknownMethod
    }
    let isJSON = request.header("content-type")?.hasPrefix("application/json") == true
    let body = isJSON ? try? JSONDocument.parse(bytes: request.body) : nil
    let parameters = isJSON ? Parameters(body) : Parameters(form: text)
    let account = try authenticate(request, parameters)
    try counters.call(account, endpoint.weight, now: clock)
    return try endpoint.run(Call(parameters: parameters, body: body, account: account))
  }

  /// "Authentication": HMAC-SHA512 of the path and the SHA-256 of nonce and body, with the secret's decoded bytes; the
  /// nonce rises with each request of a key.
  private func authenticate(_ request: VenueRequest, _ parameters: Parameters) throws(KrakenError) -> Participant {
    guard let key = request.header("api-key"), !key.isEmpty,
      let place = exchange.accounts.firstIndex(where: { $0.account.key == key }),
      let secret = Signatures.decodeBase64(exchange.accounts[place].account.secret)
    else { throw .invalidKey }
    guard let text = parameters["nonce"], let nonce = UInt64(text) else { throw .invalidNonce }
    let digest = Signatures.sha256(Array(text.utf8) + request.body)
    let right = Signatures.base64(Signatures.hmac("SHA512", key: secret, Array(request.path.utf8) + digest))
    guard request.header("api-sign") == right else { throw .invalidSignature }
    guard nonce > nonces[place] ?? 0, !refusesTime() else { throw .invalidNonce }
    nonces[place] = nonce
    return place + Ledger.firstUser
  }

  func market(_ name: String?) throws(KrakenError) -> Int {
    guard let name, let place = exchange.markets.firstIndex(where: { KrakenNames.isNamed($0.rules.market, name) })
    else {
      throw .unknownPair
    }
    return place
  }

  // MARK: Ids

  /// An order's id: six, five and six letters behind an `O`, as if by chance.
  func name(_ id: OrderID) -> String {
    if let known = orderNames[id] { return known }
    let name = Self.spread(id, "O")
    orderNames[id] = name
    orderIDs[name] = id
    return name
  }

  func name(trade: UInt64, _ market: Int, isMaker: Bool) -> String {
    Self.spread(trade &* 64 &+ UInt64(market) &* 2 &+ (isMaker ? 1 : 0), "T")
  }

  static func spread(_ number: UInt64, _ letter: String) -> String {
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
    var random = Random(seed: number, purpose: letter)
    let text = (0..<16).map { _ in letters[Int(random.below(32))] }
    func part(_ range: Range<Int>) -> String { String(decoding: text[range], as: UTF8.self) }
    return "\(letter)\(part(0..<5))-\(part(5..<10))-\(part(10..<16))"
  }

  // MARK: Tokens

  func makeToken(_ account: Participant) -> String {
    let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".utf8)
    let text = String(
      decoding: (0..<43).map { _ in letters[Int(random.below(Int64(letters.count)))] }, as: UTF8.self)
    tokens.append(Token(text: text, account: account, until: clock + Self.tokenLife))
    if tokens.count > 1000 { tokens.removeFirst(500) }
    return text
  }

  /// "Should be used within 15 minutes of creation. The token does not expire once a successful connection to a private
  /// subscription has been made and is maintained."
  func owner(ofToken text: String?) throws(KrakenError) -> Participant {
    guard let place = tokens.firstIndex(where: { $0.text == text }), tokens[place].until > clock else {
      throw .invalidSession
    }
    tokens[place].until = .max
    return tokens[place].account
  }

  public override func expireTokens(now: VenueTime, _ actions: inout [VenueAction]) {
    super.expireTokens(now: now, &actions)
    tokens = []
  }

  // MARK: Sockets

  override func opened(_ socket: UInt64, _ request: VenueRequest, _ actions: inout [VenueAction]) {
    openSocket(socket, request, &actions)
  }

  override func received(_ socket: UInt64, _ text: [UInt8], _ actions: inout [VenueAction]) {
    socketRequest(socket, text, &actions)
  }

  override func forget(_ socket: UInt64) { sockets[socket] = nil }
  override func publish(_ events: [Event], _ actions: inout [VenueAction]) { pushToSockets(events, &actions) }

  override func flush(_ actions: inout [VenueAction]) {
    for market in exchange.markets.indices { exchange.markets[market].book.forgetChanges() }
    guard time.mono >= nextHeartbeat else { return }
    nextHeartbeat = time.mono + Self.second
    for id in sockets.keys.sorted() where sockets[id]?.isSubscribed == true {
      send(.make([("channel", "heartbeat")]), on: id, &actions)
    }
  }

  override func follow(_ actions: inout [VenueAction]) { pushBooks(&actions) }
}
