import Decimals
import JSONTree
import Matching
import Venue

/// OKX spot or perpetuals: REST v5, public and private WebSocket. Source: OKX API v5 (www.okx.com/docs-v5); the pages
/// are named where their facts are used. Margin of perpetuals is cross.
public final class OKXVenue: EngineVenue {
  /// A request that has been let in.
  struct Call {
    /// Of the query.
    let parameters: Parameters
    /// Of the body: one order, or several.
    let items: [JSONValue]
    /// `Ledger.venue` for a public request.
    let account: Participant
  }

  /// What an endpoint answers: `data`, and a code where some of it failed.
  struct Answer {
    var data: [JSONValue]
    var code = 0
    var text = ""
  }

  /// `timed`: with a deadline, where the client names one.
  enum Access { case open, signed, timed }

  struct Endpoint {
    let access: Access
    /// In two seconds.
    let limit: Int
    /// Counted by instrument too.
    let isByMarket: Bool
    /// Counted by the orders of a request.
    let isByOrder: Bool
    let run: (Call) throws(OKXError) -> Answer
  }

  /// By `METHOD /path`.
  var endpoints: [String: Endpoint] = [:]
  var limits = OKXLimits()
  var sockets: [UInt64: OKXSocket] = [:]
  /// As they were published last, by market.
  var published: [OKXBook] = []
  var algos: [OKXAlgo] = []
  /// Places of those whose change was not pushed yet, in order.
  var changedAlgos: [Int] = []
  var connections = 0
  var nextAccounts: Int64 = 0
  /// How many of the next logins are refused.
  public var loginsToReject = 0

  /// "The request will expire 30 seconds after the timestamp."
  static let timeWindow: Int64 = 30_000

  /// - Throws: `VenueFault` when the options do not fit together.
  public init(_ options: VenueOptions, isPerpetual: Bool = false) throws(VenueFault) {
    var style = Style()
    style.isPerpetual = isPerpetual
    style.feeFromReceived = !isPerpetual
    style.refusesPostOnly = false
    style.mostOpenOrders = 500
    // At one address no order or code is of both.
    try super.init(options, style, firstOrder: 680_800_019_749_904_384 + (isPerpetual ? 1 << 40 : 0))
    published = exchange.markets.map { _ in OKXBook() }
    registerPublic()
    registerOrders()
    registerAccount()
    registerAlgos()
    if isPerpetual { registerPerpetual() }
  }

  /// Two pairs, and accounts of some money with keys that are made for trying out.
  public static func usual(seed: UInt64) -> VenueOptions {
    let markets = [
      VenueMarket(
        "BTC-USDT", base: "BTC", quote: "USDT", tick: "0.1", lot: "0.00000001", min: "0.00001", max: "9999",
        notional: "0", start: "60000", typical: "0.05", maker: "0.0008", taker: "0.001"),
      VenueMarket(
        "ETH-USDT", base: "ETH", quote: "USDT", tick: "0.01", lot: "0.000001", min: "0.0001", max: "99999",
        notional: "0", start: "2500", typical: "1", maker: "0.0008", taker: "0.001"),
    ].compactMap { market in
      var market = market
      market?.isBandOneSided = true
      return market
    }
    let money = [VenueBalance("USDT", 100_000), VenueBalance("BTC", 2), VenueBalance("ETH", 30)]
    return VenueOptions(seed: seed, markets: markets, accounts: accounts(money))
  }

  /// Two perpetuals, and accounts of some money.
  public static func usualPerpetuals(seed: UInt64) -> VenueOptions {
    let markets = [
      ("0.01", VenueMarket(
        "BTC-USDT-SWAP", base: "BTC", quote: "USDT", tick: "0.1", lot: "0.0001", min: "0.0001", max: "1000",
        notional: "0", start: "60000", typical: "0.05", maker: "0.0002", taker: "0.0005")),
      ("0.1", VenueMarket(
        "ETH-USDT-SWAP", base: "ETH", quote: "USDT", tick: "0.01", lot: "0.001", min: "0.001", max: "10000",
        notional: "0", start: "2500", typical: "1", maker: "0.0002", taker: "0.0005")),
    ].compactMap { size, market -> VenueMarket? in
      guard var market, let size = Decimal64(size) else { return nil }
      (market.contractSize, market.maxLeverage, market.isBandOneSided) = (size, 100, true)
      return market
    }
    return VenueOptions(seed: seed, markets: markets, accounts: accounts([VenueBalance("USDT", 100_000)]))
  }

  private static func accounts(_ money: [VenueBalance]) -> [VenueAccount] {
    VenueAccount.usual("okx", money, secret: { $0 + "-0123456789" }, passphrase: { "a phrase of \($0)" })
  }

  // MARK: REST

  func add(
    _ name: String, _ access: Access , _ limit: Int, isByMarket: Bool = false, isByOrder: Bool = false,
    _ run: @escaping (Call) throws(OKXError) -> Answer
  ) {
    endpoints[name] = Endpoint(access: access, limit: limit, isByMarket: isByMarket, isByOrder: isByOrder, run: run)
  }

  override func answer(_ request: VenueRequest) -> VenueReply {
    let headers = [(name: "Content-Type", value: "application/json")]
    do throws(OKXError) {
      let answer = try serve(request)
      var members: [(String, JSONValue)] = [
        ("code", .s(String(answer.code))), ("msg", .s(answer.text)), ("data", .list(answer.data)),
      ]
      if request.method == "POST" {
        members += [("inTime", .s(String(clock / 1000))), ("outTime", .s(String(clock / 1000)))]
      }
      return VenueReply(status: 200, headers: headers, body: JSONValue.make(members).bytes)
    } catch {
      return VenueReply(status: error.status, headers: headers, body: error.json.bytes)
    }
  }

  private func serve(_ request: VenueRequest) throws(OKXError) -> Answer {
    guard let endpoint = endpoints["\(request.method) \(request.path)"] else {
      let other = request.method == "GET" ? "POST" : "GET"
      throw endpoints["\(other) \(request.path)"] == nil ? .notFound : .wrongMethod
    }
    if isInMaintenance, request.path != "/api/v5/public/time" { throw .unavailable }
    let account = endpoint.access == .open ? Ledger.venue : try authenticate(request)
    var items: [JSONValue] = []
    if request.method == "POST" {
      guard let body = try? JSONDocument.parse(bytes: request.body) else { throw .noJSON }
      items = body.array ?? [body]
    }
    let parameters = Parameters(form: request.query)
    try count(endpoint, request, items, account)
    if endpoint.access == .timed { try checkDeadline(request.header("exptime")) }
    return try endpoint.run(Call(parameters: parameters, items: items, account: account))
  }

  private func count(
    _ endpoint: Endpoint, _ request: VenueRequest, _ items: [JSONValue], _ account: Participant
  ) throws(OKXError) {
    let owner = endpoint.access == .open ? request.address : String(account)
    var weights: [Int: Int] = [:]
    for item in items.prefix(endpoint.isByOrder ? items.count : 1) {
      weights[endpoint.isByMarket ? (try? market(item)) ?? -1 : -1, default: 0] += 1
    }
    if items.isEmpty { weights[endpoint.isByMarket ? (try? market(Parameters(form: request.query))) ?? -1 : -1] = 1 }
    for (market, weight) in weights.sorted(by: { $0.key < $1.key }) {
      let key = OKXLimits.Key(name: request.method + request.path, owner: owner, market: market)
      try limits.count(key, weight, most: endpoint.limit, now: time.mono)
    }
  }

  /// "Transaction Timeouts": `expTime`, in milliseconds.
  func checkDeadline(_ text: String?) throws(OKXError) {
    guard let text else { return }
    guard let deadline = Int64(text) else { throw .malformed("expTime") }
    guard deadline >= milliseconds else { throw .expired }
  }

  /// "REST Authentication": base64 of HMAC-SHA256 over time, method, path with query and body.
  private func authenticate(_ request: VenueRequest) throws(OKXError) -> Participant {
    func header(_ code: Int, _ name: String) throws(OKXError) -> String {
      guard let value = request.header(name.lowercased()), !value.isEmpty else { throw .noHeader(code, name) }
      return value
    }
    let key = try header(50103, "OK-ACCESS-KEY")
    let passphrase = try header(50104, "OK-ACCESS-PASSPHRASE")
    let sign = try header(50106, "OK-ACCESS-SIGN")
    let text = try header(50107, "OK-ACCESS-TIMESTAMP")
    guard let place = exchange.accounts.firstIndex(where: { $0.account.key == key }) else { throw .wrongKey }
    guard let sent = rfc3339Milliseconds(text) else { throw .wrongTime }
    guard abs(sent - milliseconds) <= Self.timeWindow else { throw .tooLate }
    let target = request.path + (request.query.isEmpty ? "" : "?\(request.query)")
    let owner = exchange.accounts[place].account
    guard sign == Self.sign(owner, Array("\(text)\(request.method)\(target)".utf8) + request.body) else {
      throw .wrongSign
    }
    guard passphrase == owner.passphrase else { throw .wrongPassphrase }
    guard !refusesTime() else { throw .tooLate }
    return place + Ledger.firstUser
  }

  static func sign(_ account: VenueAccount, _ message: [UInt8]) -> String {
    Signatures.base64(Signatures.hmac("SHA256", key: Array(account.secret.utf8), message))
  }

  // MARK: Instruments

  /// "instId", or "instIdCode", which goes before it.
  func market(_ parameters: Parameters) throws(OKXError) -> Int {
    if let code = parameters.integer("instIdCode") {
      guard exchange.markets.indices.contains(Int(code) - firstCode) else { throw .noInstrument }
      return Int(code) - firstCode
    }
    guard let name = parameters["instId"] else { throw .missing("instId") }
    guard let market = exchange.market(name) else { throw .noInstrument }
    return market
  }

  private func market(_ item: JSONValue) throws(OKXError) -> Int { try market(Parameters(item)) }

  var firstCode: Int { isPerpetual ? 20_000 : 10_000 }
  var isPerpetual: Bool { exchange.style.isPerpetual }
  var instrumentType: String { isPerpetual ? "SWAP" : "SPOT" }
  /// "tdMode".
  var mode: String { isPerpetual ? "cross" : "cash" }

  func checkType(_ call: Call, isNeeded: Bool) throws(OKXError) {
    guard let type = call.parameters["instType"] else {
      if isNeeded { throw .missing("instType") }
      return
    }
    guard ["SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION", "EVENTS"].contains(type) else { throw .malformed("instType") }
  }

  /// Whether a request asks for instruments of this kind at all.
  func isOfType(_ call: Call) -> Bool { [nil, instrumentType].contains(call.parameters["instType"]) }

  // MARK: Words

  func price(_ market: Int, _ mantissa: Int64) -> String {
    exchange.markets[market].rules.price(mantissa).plain
  }

  /// A quantity as the exchange counts it: in base, or in contracts.
  func size(_ market: Int, _ mantissa: Int64) -> String {
    let rules = exchange.markets[market].rules
    return Decimal64(mantissa: mantissa, exponent: rules.quantityExponent - contractExponent(market)).plain
  }

  func contractExponent(_ market: Int) -> Int32 {
    exchange.markets[market].rules.market.contractSize.normalized.exponent
  }

  func amount(_ amount: Amount) -> String { Decimal64(money: amount).plain }
  static func ms(_ nanoseconds: Int64) -> JSONValue { .s(String(nanoseconds / millisecond)) }

  // MARK: Sockets

  override func opened(_ socket: UInt64, _ request: VenueRequest, _ actions: inout [VenueAction]) {
    openSocket(socket, request, &actions)
  }

  override func received(_ socket: UInt64, _ text: [UInt8], _ actions: inout [VenueAction]) {
    socketRequest(socket, text, &actions)
  }

  override func forget(_ socket: UInt64) { sockets[socket] = nil }
  override func publish(_ events: [Event], _ actions: inout [VenueAction]) { pushToSockets(events, &actions) }

  override func started() {
    for market in exchange.markets.indices { _ = refreshBook(market) }
  }

  override func follow(_ actions: inout [VenueAction]) {
    triggerAlgos()
    tellAlgos(&actions)
  }

  override func flush(_ actions: inout [VenueAction]) { flushSockets(&actions) }
  override func expire(_ actions: inout [VenueAction]) { closeIdle(&actions) }

  public override var numbersBooks: Bool { true }

  public override func publishedBook(symbol: String) -> TruthBook? {
    exchange.market(symbol).map { market in
      let rules = exchange.markets[market].rules
      func levels(_ side: [OKXBook.Level]) -> [TruthBook.Level] {
        side.map { TruthBook.Level(price: rules.price($0.price), quantity: rules.quantity($0.quantity)) }
      }
      let book = published[market]
      return TruthBook(bids: levels(book.bids), asks: levels(book.asks), sequence: book.sequence)
    }
  }
}
