import CPatchbay
import ConnectorKit
import Decimals

/// An exchange that runs on AlphaPoint's APEX: procedures that are called by name, over one WebSocket in frames of JSON
/// inside JSON, and over REST at `/AP/NAME`. Market data and the account's events come on the socket; orders go over
/// REST, where each parameter is a member of its own that can be compared with the command. Source: AlphaPoint APEX API
/// (alphapoint.github.io/slate). A market's symbol is its instrument id, by which everything names it.
///
/// An exchange of the family derives from this with its addresses; one whose orders or streams go another way overrides
/// what concerns them.
open class AlphaPointExchange: ExchangeConnector, ExchangeDialect {
  /// The Order Management System: every installation that is known has one, with this number.
  static let oms = 1
  /// Levels per side that are asked for.
  static let depth = 200

  public let venue: AlphaPointVenue
  final let embedded = EmbeddedJSON()
  /// Symbols of products by their ids, from the list of instruments: fees name the id alone.
  final var products: [String: String] = [:]
  final var recent = RecentOrders()

  public var rest: String { venue.rest }
  open var limits: [Output.Limit] { [venue.requests, venue.calls] }
  open var words: Words { Self.words }
  open var errors: ErrorPlan { Self.errors }
  open var offer: OrderOffer {
    OrderOffer(
      [.limit, .market, .stopLimit, .stopMarket], [.goodTilCancelled, .immediateOrCancel, .fillOrKill], [])
  }

  /// "SubscribeLevel2": the reply is the book. Every row has a number, and that of the next row is one more.
  open var bookRules: BookPlan { BookPlan(.span, .stream(orElse: endpoint(venue.acts.snapshot))) }

  /// One call subscribes to one channel of one instrument.
  open var feeds: FeedPlan {
    var plan = FeedPlan([venue.socket], [
      .book: "SubscribeLevel2", .trades: "SubscribeTrades", .ticker: "SubscribeLevel1",
    ])
    plan.topicsPerMessage = 1
    plan.ping = Self.ping
    plan.idle = 60_000_000_000
    plan.messageCharges = [venue.calls.charge]
    return plan
  }

  /// "Ping": answered by PONG. A silent connection is cut.
  private static let ping = FeedPlan.Ping(
    ProcedureFrame.call("Ping", id: 2, "{}"), act: "ping", every: 20_000_000_000)

  /// "AuthenticateUser", "SubscribeAccountEvents". The stream opens as a public one: nothing in its address is secret.
  open var privateStream: PrivatePlan {
    var plan = PrivatePlan(
      .login(act: "login"), address: SealedText(venue.socket), subscribeAct: "account_events",
      channels: ["SubscribeAccountEvents"])
    plan.ping = Self.ping
    plan.idle = 60_000_000_000
    return plan
  }

  public init(config: ConnectorConfig, out: Output, venue: AlphaPointVenue) throws(ConfigFault) {
    self.venue = venue
    try super.init(config: config, out: out)
    attach(self)
    offerMarkets()
    offerTrading()
  }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    throw ConfigFault.field(name: "venue", expected: "a class that derives from this one and names its venue")
  }

  /// An endpoint by REST, charged to the exchange's limit of requests.
  public final func endpoint(_ act: PermittedAct, _ parameters: Endpoint.Parameters = .query) -> Endpoint {
    Endpoint(act, parameters, on: venue.requests)
  }

  // MARK: Streams and market data, which other members of the family may have otherwise

  /// Lists what is offered of markets.
  open func offerMarkets() {
    offerInstruments()
    offerPrices()
  }

  /// Adds the further names of an instrument to its rules.
  /// - Parameter symbol: as "GetInstruments" has it beside the number.
  open func complete(_ rules: inout InstrumentRules, symbol: String) {
    rules.otherNames = ["\(rules.base)_\(rules.quote)"]
  }

  open override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { readMarketFrame(frame, stream) }
  open func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    procedure(topics, isUnsubscribe: isUnsubscribe, id: id)
  }
  open func misfit(_ message: Body, _ market: Market) -> String? { rowMisfit(message, market) }
  open func snapshotParameters(_ market: Market, _ call: inout Call) { nameBook(market, &call) }
  open func snapshotReply(_ body: Body, _ market: Market) -> Status { bookOfRows(body, market) }
  open func loginFrame(_ account: TradingAccount, id: pb_id) -> SealedText { authentication(id: id) }
  open func privateTopic(_ channel: String, id: pb_id) -> SealedText { accountEvents(channel, id: id) }
  open func privateFrame(_ frame: Body, _ account: TradingAccount) -> Status { readAccountFrame(frame, account) }

  // MARK: Orders, which other members of the family send otherwise

  /// Lists what is offered for accounts.
  open func offerTrading() {
    offerOrders()
    offerAccount()
  }

  /// Every procedure of an account names it.
  open func prepare(_ call: inout Call) {
    call.set("omsId", Int64(Self.oms))
    call.setFirst("AccountId", .field("account_id"))
  }

  /// "AuthenticateUser": hexadecimal HMAC-SHA256 over nonce, user id and API key. A request may carry it instead of a
  /// session's token.
  open func sign(_ request: inout Request, target: SealedText, _ account: TradingAccount) {
    request.headers += [
      ("Nonce", SealedText(Seal.nonceMilliseconds.stored(in: 0))), ("APIKey", SealedText(.field("api_key"))),
      ("Signature", SealedText(Self.signature)), ("UserId", SealedText(.field("user_id"))),
    ]
  }

  /// Over the nonce that register 0 holds.
  static let signature = ("\(Seal.register(0))\(Seal.field("user_id"))\(Seal.field("api_key"))" as SealedText)
    .hmac(.sha256, key: .field("secret_key")).hex

  /// "SendOrder".
  open func place(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    guard isNumber(order.clientOrder) else {
      throw CommandRefusal(.invalidOrder, "a client order id of this exchange is a number of 1 to 18 digits")
    }
    recent.add(client: order.clientOrder, symbol: market.symbol)
    call.set("InstrumentId", bare: market.symbol)
    call.set("ClientOrderId", bare: order.clientOrder)
    call.set("Side", bare: vocabulary.word(order.side))
    call.set("OrderType", bare: order.type.flatMap(vocabulary.word) ?? "")
    call.set("TimeInForce", bare: vocabulary.word(order.timeInForce ?? .goodTilCancelled) ?? "")
    call.setNumber("Quantity", order.quantity)
    call.setNumber("LimitPrice", order.price)
    call.setNumber("StopPrice", order.stop)
  }

  /// "CancelOrder": by the exchange's id, or by the account and the client's.
  open func name(_ order: OwnedCommand, _ market: Market, _ call: inout Call) throws(CommandRefusal) {
    if isNumber(order.venueOrder) {
      call.set("OrderId", bare: order.venueOrder)
    } else if isNumber(order.clientOrder) {
      call.set("ClientOrderId", bare: order.clientOrder)
    } else {
      throw CommandRefusal(.unknownOrder, "the order has no id of this exchange")
    }
  }

  /// A positive 64-bit integer without leading zeros.
  public final func isNumber(_ text: String) -> Bool {
    (1...18).contains(text.utf8.count) && text.utf8.first != UInt8(ascii: "0") && text.utf8.allSatisfy { $0 &- 48 <= 9 }
  }
}

/// The orders that were placed last: the refusal of one names the client's id and no instrument.
struct RecentOrders {
  private var orders: [(client: String, symbol: String)] = []

  mutating func add(client: String, symbol: String) {
    if orders.count >= 256 { orders.removeFirst(128) }
    orders.append((client, symbol))
  }

  func symbol(client: String) -> String? { orders.last { $0.client == client }?.symbol }
}
