import CPatchbay
import ConnectorKit
import Decimals

/// Bittrex, spot, which closed in December 2023: it reads recordings. Protocol: Bittrex API v3 and its WebSocket
/// (bittrex.github.io/api/v3). Frames are read in Frames.swift, orders are written and read in Orders.swift. The
/// account's stream is not spoken: what is known of it are examples without their envelope.
public final class BittrexSpot: ExchangeConnector, ExchangeDialect {
  private static let socket = "socket-v3.bittrex.com"
  /// "Order Book": levels per side that are asked for, of 1, 25 and 500.
  static let depth = 500

  let embedded = EmbeddedJSON()
  let inflater = Inflater()
  /// Calls that are under way, oldest first: a recording's answers are to those of another client.
  var calls: [pb_id] = []

  public var rest: String { "https://api.bittrex.com" }
  public var limits: [Output.Limit] { Output.Limit.all }

  /// "POST /orders": ceilings, which name what a market order may cost, are not offered.
  public var offer: OrderOffer {
    OrderOffer([.limit, .market], [.goodTilCancelled, .immediateOrCancel, .fillOrKill], [.postOnly])
  }

  /// "Synchronization": the book is asked for beside the stream; its number stands in a header, and each change has the
  /// next one.
  public var bookRules: BookPlan { BookPlan(.increment, .rest(Endpoint(.orderBook, on: .calls)), waitsUntilLive: true) }

  /// "Connecting", "Subscriptions": SignalR, whose token is good for one connection.
  public var feeds: FeedPlan {
    var plan = FeedPlan([], [.book: "orderbook", .trades: "trade", .ticker: "ticker"])
    var negotiate = Endpoint(.negotiate, on: .calls)
    negotiate.host = "https://\(Self.socket)"
    plan.addressEndpoint = negotiate
    plan.topicsPerMessage = 1
    plan.messageCharges = [Output.Limit.messages.charge]
    return plan
  }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    _ = try config.choice("domain", "live", ["live": 0])
    try super.init(config: config, out: out)
    attach(self)
    clock(Endpoint(.time, on: .calls), at: "serverTime", in: .milliseconds)
    instruments(Endpoint(.markets, on: .calls, deadline: 30_000_000_000), at: "") { Self.rules(&$1) }
    tickers(Endpoint(.tickers, on: .calls, deadline: 30_000_000_000), at: "", Self.ticker)
    offerOrders()
    offerAccount()
  }

  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { readMarketFrame(frame, stream) }

  /// `{"Url": "/signalr", "ConnectionToken": "OI/nFa", "KeepAliveTimeout": 20.0, ...}`
  public func streamAddress(_ body: Body, _ account: TradingAccount?, id: pb_id) -> StreamAddress? {
    guard var reply = JSONObject(body, at: "") else { return nil }
    let token = reply.words("ConnectionToken")
    guard reply.isValid, !token.isEmpty else { return nil }
    let hubs = percentEncoded(#"[{"name":"c3"}]"#)
    return StreamAddress(
      SealedText(
        "wss://\(Self.socket)/signalr/connect?transport=webSockets&clientProtocol=1.5&connectionData=\(hubs)"
          + "&connectionToken=\(percentEncoded(token))"))
  }

  // MARK: Markets

  private static let names = FieldTable<RuleField>([
    "symbol": .symbol, "baseCurrencySymbol": .base, "quoteCurrencySymbol": .quote, "minTradeSize": .minQuantity,
    "status": .state,
  ])
  private static let digits: Int32 = 8

  /// "GET /markets": `precision` counts the decimals of a price. Books are written with eight, and older orders may
  /// stand between the steps.
  private static func rules(_ json: inout JSONScanner) -> InstrumentRules {
    var places: Int64 = -1
    var rules = InstrumentRules(&json, names, state: ["ONLINE": .trading]) { _, key, json in
      guard key == "precision" else { return false }
      places = json.integer()
      return true
    }
    guard (0...18).contains(places) else {
      json.fail()
      return rules
    }
    rules.tick = Decimal64(mantissa: 1, exponent: -Int32(places))
    rules.lot = Decimal64(mantissa: 1, exponent: -digits)
    rules.priceDecimals = max(digits, Int32(places))
    return rules
  }

  static let ticker = FieldTable<TickerField>([
    "symbol": .symbol, "lastTradeRate": .last, "bidRate": .bid, "askRate": .ask,
  ])
}
