import Decimals
import JSONTree
import Matching
import Venue

/// What the spot and the futures dialect share: endpoints, signatures, limits, listen keys. Source: "General API
/// information", "Request security" of both documentations. Streams are in `BinanceVenue+Streams.swift`.
public class BinanceVenue: EngineVenue {
  /// How a request proves who sends it.
  enum Security { case open, keyed, signed }

  /// A request that has been let in.
  struct Call {
    let parameters: Parameters
    /// `Ledger.venue` for an open request.
    let account: Participant
  }

  typealias Handler = (Call) throws(BinanceError) -> JSONValue

  struct Endpoint {
    let security: Security
    let weight: (Parameters) -> Int
    /// Counts as so many new orders.
    let orders: (Parameters) -> Int
    let run: Handler
  }

  struct ListenKey {
    let key: String
    let account: Participant
    /// Milliseconds of the venue's clock.
    var until: Int64
  }

  /// By `METHOD /path`.
  var endpoints: [String: Endpoint] = [:]
  var limits: RequestLimits
  var listenKeys: [ListenKey] = []
  var random: Random
  private var endHeaders: [(name: String, value: String)] = []
  let shortCountHeader = "x-mbx-order-count-10s"
  let longCountHeader: String

  // Streams.
  var sockets: [UInt64: StreamSocket] = [:]
  var listeners: [String: [UInt64]] = [:]
  var depths: [DepthState] = []
  let depthSpeeds: [DepthSpeed]
  var flushes = 0

  static let listenKeyLife: Int64 = 3_600_000

  init(
    _ options: VenueOptions, _ style: Style, firstOrder: OrderID, limits: RequestLimits, longCountHeader: String,
    depthSpeeds: [DepthSpeed]
  ) throws(VenueFault) {
    self.limits = limits
    self.longCountHeader = longCountHeader
    self.depthSpeeds = depthSpeeds
    random = Random(seed: options.seed, purpose: "tokens")
    try super.init(options, style, firstOrder: firstOrder)
    depths = exchange.markets.map { _ in DepthState(speeds: depthSpeeds.count) }
    register()
  }

  /// Fills `endpoints`.
  func register() {}
  func exchangeInfo(_ parameters: Parameters) throws(BinanceError) -> JSONValue { .none }

  /// How many places behind the point prices and quantities are written with.
  func pricePlaces(_ market: Int) -> Int { 8 }
  func quantityPlaces(_ market: Int) -> Int { 8 }

  func add(
    _ name: String, _ security: Security, _ weight: Int, orders: Int = 0, _ run: @escaping Handler
  ) {
    add(name, security, { _ in weight }, orders: { _ in orders }, run)
  }

  func add(
    _ name: String, _ security: Security, _ weight: @escaping (Parameters) -> Int,
    orders: @escaping (Parameters) -> Int = { _ in 0 }, _ run: @escaping Handler
  ) {
    endpoints[name] = Endpoint(security: security, weight: weight, orders: orders, run: run)
  }

  override func forget(_ socket: UInt64) { forgetStream(socket) }
  override func flush(_ actions: inout [VenueAction]) { flushBooks(&actions) }

  /// Behind the books of a flush.
  func flushed(_ actions: inout [VenueAction]) {}

  // MARK: REST

  override func answer(_ request: VenueRequest) -> VenueReply {
    endHeaders = []
    var reply: VenueReply
    do throws(BinanceError) {
      reply = VenueReply(status: 200, body: try serve(request).bytes)
    } catch {
      endHeaders += error.headers
      reply = VenueReply(status: error.status, body: error.json.bytes)
    }
    reply.headers = [("Content-Type", "application/json;charset=UTF-8")] + endHeaders
    return reply
  }

  private func serve(_ request: VenueRequest) throws(BinanceError) -> JSONValue {
    if isInMaintenance { throw .maintenance }
    guard let endpoint = endpoints["\(request.method) \(request.path)"] else {
      throw BinanceError(-1000, "Path \(request.path), Method \(request.method) is invalid", status: 404)
    }
    let body = String(decoding: request.body, as: UTF8.self)
    var parameters = Parameters(form: request.query)
    parameters.add(Parameters(form: body))
    try count(endpoint.weight(parameters), request.address)
    var account = Ledger.venue
    if endpoint.security != .open { account = try owner(ofKey: request.header("x-mbx-apikey")) }
    if endpoint.security == .signed {
      let text = Self.unsigned(request.query) + Self.unsigned(body)
      try checkTime(parameters)
      try check(parameters["signature"], text, account)
    }
    try countOrders(endpoint.orders(parameters), account)
    return try endpoint.run(Call(parameters: parameters, account: account))
  }

  func count(_ weight: Int, _ address: String) throws(BinanceError) {
    let used = try limits.count(weight, address: address, now: milliseconds)
    endHeaders += [("x-mbx-used-weight", String(used)), ("x-mbx-used-weight-1m", String(used))]
  }

  func countOrders(_ orders: Int, _ account: Participant) throws(BinanceError) {
    guard orders > 0 else { return }
    let used = try limits.order(account, count: orders, now: milliseconds)
    endHeaders += [(shortCountHeader, String(used.short)), (longCountHeader, String(used.long))]
  }

  func owner(ofKey key: String?) throws(BinanceError) -> Participant {
    guard let key, !key.isEmpty else { throw .badKeyFormat }
    guard let place = exchange.accounts.firstIndex(where: { $0.account.key == key }) else { throw .badKey }
    return place + Ledger.firstUser
  }

  /// "Timing security": not older than the window, not more than a second ahead.
  func checkTime(_ parameters: Parameters) throws(BinanceError) {
    guard parameters["timestamp"] != nil else { throw .missing("timestamp") }
    guard let sent = parameters.integer("timestamp") else { throw .malformed("timestamp") }
    var window: Int64 = 5000
    if parameters.has("recvWindow") {
      guard let wanted = parameters.integer("recvWindow"), wanted > 0 else { throw .malformed("recvWindow") }
      guard wanted <= 60_000 else { throw BinanceError(-1131, "recvWindow must be less than 60000.") }
      window = wanted
    }
    guard sent < milliseconds + 1000, !refusesTime() else { throw .tooEarly }
    guard milliseconds - sent <= window else { throw .tooLate }
  }

  /// HMAC-SHA256 over the parameters exactly as they came, without the signature itself.
  func check(_ signature: String?, _ text: String, _ account: Participant) throws(BinanceError) {
    guard let signature else { throw .missing("signature") }
    let secret = Array(exchange.state(account).account.secret.utf8)
    let right = Signatures.hex(Signatures.hmac("SHA256", key: secret, Array(text.utf8)))
    guard signature.lowercased() == right else { throw .noSignature }
  }

  private static func unsigned(_ text: String) -> String {
    guard text.contains("signature=") else { return text }
    return text.split(separator: "&", omittingEmptySubsequences: false)
      .filter { !$0.hasPrefix("signature=") }.joined(separator: "&")
  }

  // MARK: What handlers need

  func market(_ parameters: Parameters) throws(BinanceError) -> Int {
    guard let symbol = parameters["symbol"] else { throw .missing("symbol") }
    return try market(symbol)
  }

  func market(_ symbol: String) throws(BinanceError) -> Int {
    guard let market = exchange.market(symbol) else { throw .invalidSymbol }
    return market
  }

  /// The order that `orderId` or `origClientOrderId` names, of the symbol.
  func named(
    _ call: Call, id idName: String = "orderId", client clientName: String = "origClientOrderId",
    _ missing: BinanceError
  ) throws(BinanceError) -> Order {
    let market = try market(call.parameters)
    let id = call.parameters[idName]
    let client = call.parameters[clientName]
    guard id != nil || client != nil else {
      throw BinanceError(
        -1102, "Param '\(clientName)' or '\(idName)' must be sent, but both were empty/null!")
    }
    if id != nil, call.parameters.integer(idName) == nil { throw .malformed(idName) }
    guard let order = exchange.find(call.account, id: id.flatMap { UInt64($0) }, client: client ?? ""),
      order.market == market
    else { throw missing }
    return order
  }

  /// A number of an order at the market's exponent.
  func mantissa(
    _ call: Call, _ name: String, _ exponent: Int32, filter: BinanceError
  ) throws(BinanceError) -> Int64 {
    guard let text = call.parameters[name] else { throw .missing(name) }
    guard let value = Decimal64(text), !value.isNegative else { throw .malformed(name) }
    guard value.decimalPlaces <= 8 else { throw BinanceError(-1111, "Parameter '\(name)' has too much precision.") }
    guard let mantissa = value.mantissa(at: exponent) else { throw filter }
    return mantissa
  }

  /// Text with the places that the exchange writes.
  func price(_ market: Int, _ mantissa: Int64) -> String {
    fixed(mantissa, exchange.markets[market].rules.priceExponent, places: pricePlaces(market))
  }

  func quantity(_ market: Int, _ mantissa: Int64) -> String {
    fixed(mantissa, exchange.markets[market].rules.quantityExponent, places: quantityPlaces(market))
  }

  /// "^[\.A-Z\:/a-z0-9_-]{1,36}$"; made by the venue when it is not given.
  func clientName(_ call: Call, _ name: String) throws(BinanceError) -> String {
    guard let text = call.parameters[name] else { return madeClient() }
    let isFit =
      text.utf8.count <= 36
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "."), UInt8(ascii: ":"), UInt8(ascii: "/"), UInt8(ascii: "_"), UInt8(ascii: "-"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "a")...UInt8(ascii: "z"):
          true
        default: false
        }
      }
    guard isFit else {
      throw BinanceError(
        -1100,
        "Illegal characters found in parameter '\(name)'; legal range is '^[\\.A-Z\\:/a-z0-9_-]{1,36}$'.")
    }
    return text
  }

  /// A client order id for an order that came without.
  func madeClient() -> String { token(22) }

  func token(_ length: Int) -> String {
    let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".utf8)
    return String(
      decoding: (0..<length).map { _ in letters[Int(random.below(Int64(letters.count)))] }, as: UTF8.self)
  }

  static func ms(_ nanoseconds: Int64) -> JSONValue { .n(nanoseconds / millisecond) }

  // MARK: Listen keys

  /// Starts a listen key, or prolongs the one that the account has.
  func startListenKey(_ account: Participant) -> String {
    let until = milliseconds + Self.listenKeyLife
    if let place = listenKeys.firstIndex(where: { $0.account == account }) {
      listenKeys[place].until = until
      return listenKeys[place].key
    }
    let key = token(64)
    listenKeys.append(ListenKey(key: key, account: account, until: until))
    return key
  }

  func prolong(_ place: Int?) throws(BinanceError) -> JSONValue {
    guard let place else { throw .noListenKey }
    listenKeys[place].until = milliseconds + Self.listenKeyLife
    return .make([])
  }

  override func expire(_ actions: inout [VenueAction]) {
    let old = listenKeys.filter { $0.until <= milliseconds }
    guard !old.isEmpty else { return }
    listenKeys.removeAll { $0.until <= milliseconds }
    for key in old { ended(key, &actions) }
  }

  /// Reports those on a listen key that it is gone, and closes them.
  func ended(_ key: ListenKey, _ actions: inout [VenueAction]) {
    for socket in sockets.keys.sorted() where sockets[socket]?.listenKey == key.key {
      let event = JSONValue.make([("e", .s("listenKeyExpired")), ("E", .n(milliseconds)), ("listenKey", .s(key.key))])
      send(event, stream: key.key, on: socket, &actions)
      actions.append(.close(socket: socket, code: 1000, reason: "listenKey expired"))
      forget(socket)
    }
  }

  /// The book as it was last published to those who follow its fastest stream.
  public override func publishedBook(symbol: String) -> TruthBook? {
    exchange.market(symbol).flatMap { market in
      depths[market].book.map { truth($0, exchange.markets[market].rules) }
    }
  }

  public override var numbersBooks: Bool { true }

  public override func expireTokens(now: VenueTime, _ actions: inout [VenueAction]) {
    super.expireTokens(now: now, &actions)
    let old = listenKeys
    listenKeys = []
    for key in old { ended(key, &actions) }
    for socket in sockets.keys.sorted() where sockets[socket]?.api != nil {
      endSubscriptions(of: socket, &actions)
    }
  }
}
