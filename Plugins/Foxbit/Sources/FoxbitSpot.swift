import AlphaPoint
import CPatchbay
import ConnectorKit

/// Foxbit, spot. Protocol: docs.foxbit.com.br, REST API 3.0 and WebSocket API 3.0. Its older socket, version 2, is
/// AlphaPoint's: the same procedures in the same frames as on the other exchanges of that family. Orders, accounts and
/// histories go over REST whichever socket is spoken. Frames of version 3 are read in Socket.swift, orders are written
/// and read in Orders.swift, markets in Markets.swift.
public final class FoxbitSpot: AlphaPointExchange {
  /// AlphaPoint's socket, on which markets are named by numbers.
  let isOld: Bool

  private static let host = "api.foxbit.com.br"

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    isOld = try config.choice("version", "v3", ["v3": false, "v2": true])
    let acts = AlphaPointVenue.Acts(
      instruments: .oldInstruments, summary: .tickers, snapshot: .book, send: .place, cancel: .cancel, status: .order,
      openOrders: .orders, orderHistory: .orders, trades: .fills, positions: .balances, orderFee: .fees,
      candles: .candles)
    try super.init(
      config: config, out: out,
      venue: AlphaPointVenue(
        rest: "https://\(Self.host)", socket: "wss://\(Self.host)/", acts: acts, requests: .calls, calls: .messages,
        account: "user_id"))
  }

  public override var limits: [Output.Limit] { Output.Limit.all }

  public override var offer: OrderOffer {
    OrderOffer(
      [.limit, .market, .stopLimit, .stopMarket], [.goodTilCancelled, .immediateOrCancel, .fillOrKill], [.postOnly])
  }

  /// "Orderbook": a snapshot, and updates of which each begins behind the last number of the one before.
  public override var bookRules: BookPlan { BookPlan(.span, .stream(orElse: Endpoint(.book, on: .books))) }

  /// "Rate Limit", "Ping". A subscription that the exchange refuses costs the connection.
  public override var feeds: FeedPlan {
    guard !isOld else { return super.feeds }
    var plan = FeedPlan(
      ["wss://\(Self.host)/ws/v3/public"], [.book: "orderbook-100", .trades: "trades", .ticker: "ticker"])
    plan.topicsPerConnection = 50
    plan.topicsPerMessage = 25
    plan.ping = Self.ping
    plan.idle = Self.idle
    plan.messageCharges = [Output.Limit.messages.charge]
    return plan
  }

  private static let ping = FeedPlan.Ping(
    #"{"type":"message","params":[{"channel":"ping"}]}"#, act: "feed_ping", every: 20_000_000_000)
  private static let idle: Int64 = 60_000_000_000

  /// "Login", "Account Events".
  public override var privateStream: PrivatePlan {
    guard !isOld else { return super.privateStream }
    var plan = PrivatePlan(
      .login(act: "authenticate"), address: SealedText("wss://\(Self.host)/ws/v3/private"), streamAct: "private_stream",
      subscribeAct: "subscribe", channels: ["BALANCE", "ORDER", "TRADE"])
    plan.ping = Self.ping
    plan.idle = Self.idle
    plan.subscribeCharges = [Output.Limit.messages.charge]
    return plan
  }

  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    isOld ? super.marketFrame(frame, stream) : readMarketFrame(frame, stream)
  }

  public override func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    isOld
      ? super.topics(topics, isUnsubscribe: isUnsubscribe, id: id) : subscription(topics, isUnsubscribe: isUnsubscribe)
  }

  public override func misfit(_ message: Body, _ market: Market) -> String? {
    isOld ? super.misfit(message, market) : LevelMisfit(market).words(message)
  }

  public override func loginFrame(_ account: TradingAccount, id: pb_id) -> SealedText {
    isOld ? super.loginFrame(account, id: id) : login()
  }

  public override func privateTopic(_ channel: String, id: pb_id) -> SealedText {
    isOld
      ? super.privateTopic(channel, id: id)
      : SealedText("{\"type\":\"subscribe\",\"params\":[{\"channel\":\"accounts\",\"type\":\"\(channel)\"}]}")
  }

  public override func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status {
    isOld ? super.privateFrame(frame, account) : readAccountFrame(frame, account)
  }

  // MARK: Words

  /// "Trading", and what events of version 2 call the same things.
  public override var words: Words {
    Words(
      side: ["BUY": .buy, "SELL": .sell, "Buy": .buy, "Sell": .sell],
      type: [
        "LIMIT": .limit, "MARKET": .market, "STOP_LIMIT": .stopLimit, "STOP_MARKET": .stopMarket, "INSTANT": .market,
        "Limit": .limit, "Market": .market, "StopLimit": .stopLimit, "StopMarket": .stopMarket,
      ],
      force: ["GTC": .goodTilCancelled, "IOC": .immediateOrCancel, "FOK": .fillOrKill],
      state: [
        "PENDING": .open, "NEW": .open, "ACTIVE": .open, "PARTIALLY_FILLED": .partial, "PENDING_CANCEL": .open,
        "FILLED": .filled, "CANCELED": .cancelled, "CANCELLED": .cancelled, "PARTIALLY_CANCELED": .cancelled,
        "REJECTED": .rejected, "EXPIRED": .expired, "Working": .open, "Rejected": .rejected, "Canceled": .cancelled,
        "Expired": .expired, "FullyExecuted": .filled,
      ],
      maker: ["MAKER", "Maker"])
  }

  /// "API Codes"; below 200, codes of version 2. What failed inside the exchange may have been carried out.
  public override var errors: ErrorPlan {
    ErrorPlan(
      .object("error", ErrorPlan.Names(code: "code", text: "message"), detail: "details"),
      ErrorTable(codes: [
        .authentication: "2001 2002 2003 2005 3001 3002 3003 4009 20 Authenticated login", .rateLimit: "429",
        .clock: "2004 4014", .unknownOrder: "404 104", .funds: "4002", .unknownInstrument: "4004",
        .invalidOrder: "400 4001 4003 4005 4008 4011 4013 4015 5004 5005 5006 100", .maintenance: "5001 5002 5003",
        .transient: "4012", .unsupported: "106", .other: "4007 101",
      ]) + [.init("500", .transient, mayHaveHappened: true), .init("102", .transient, mayHaveHappened: true)])
  }

  // MARK: Requests

  public override func offerMarkets() {
    offerLists()
    offerPrices()
  }

  /// In version 2 a market's symbol is a number; requests name it as version 3 does.
  public override func complete(_ rules: inout InstrumentRules, symbol: String) {
    rules.name = (symbol.isEmpty ? rules.base + rules.quote : symbol).lowercased().filter { $0 != "/" }
    rules.otherNames = [rules.name.uppercased()]
  }

  public override func offerTrading() {
    offerOrders()
    offerAccount()
  }

  public override func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    try write(order, market, &call)
  }

  public override func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    try writeName(order, &call)
  }

  /// "Get order book": the numbers are those of the streams.
  public override func snapshotParameters(_ market: Market, _ call: inout Call) { call.fill(market.name) }

  public override func snapshotReply(_ body: Body, _ market: Market) -> Status {
    snapshot(body, Self.book, market)
  }

  private static let book = FieldTable<BookField>([
    "sequence_id": .last, "timestamp": .time, "bids": .bids, "asks": .asks,
  ])

  /// Nothing stands in every request beside its signature.
  public override func prepare(_ call: inout Call) {}

  /// "Signing a request": hexadecimal HMAC-SHA256 over time, method, path, query and body. A colon in a query, of a
  /// time, stands in the URL as it is: clients differ in whether they sign what is sent or what it means, which then
  /// is the same. "Receive Window": a request that is late is not carried out.
  public override func sign(_ request: inout Request, target: SealedText, _ account: TradingAccount) {
    let sides = (target.plain ?? "").split(separator: "?", maxSplits: 1)
    let path = sides.first.map(String.init) ?? ""
    let query = sides.count > 1 ? Self.withColons(sides[1].utf8) : ""
    request.url = SealedText(rest + path + (query.isEmpty ? "" : "?" + query))
    let time = Seal.milliseconds
    let text = "\(time)\(Self.word(request.method))\(path)\(query)" as SealedText + request.body
    request.headers += [
      ("X-FB-ACCESS-KEY", SealedText(.field("api_key"))), ("X-FB-ACCESS-TIMESTAMP", SealedText(time)),
      ("X-FB-ACCESS-SIGNATURE", SealedText(text.hmac(.sha256, key: .field("secret_key")).hex)),
      ("X-FB-RECEIVE-WINDOW", "10000"),
    ]
  }

  private static func withColons(_ query: Substring.UTF8View) -> String {
    var bytes: [UInt8] = []
    for byte in query {
      bytes.append(byte)
      guard byte == UInt8(ascii: "A"), bytes.suffix(3).elementsEqual("%3A".utf8) else { continue }
      bytes.removeLast(3)
      bytes.append(UInt8(ascii: ":"))
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func word(_ method: Method) -> String {
    switch method {
    case .post: "POST"
    case .put: "PUT"
    default: "GET"
    }
  }
}
