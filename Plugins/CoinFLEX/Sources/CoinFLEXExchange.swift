import CPatchbay
import ConnectorKit
import Decimals

/// What spot and perpetuals of CoinFLEX have in common. The exchange stood still from June 2022, and is closed: it
/// reads recordings. Protocol: CoinFLEX API v2 (docs.coinflex.com), "Websocket API", "REST API V2", as of 2022. Frames
/// are read in Frames.swift, orders are written and read in Orders.swift, the account stands in Private.swift.
public class CoinFLEXExchange: ExchangeConnector, ExchangeDialect {
  class var isPerpetual: Bool { false }

  static let host = "v2api.coinflex.com"
  private static let socket = "wss://\(host)/v2/websocket"

  public var rest: String { "https://\(Self.host)" }
  public var limits: [Output.Limit] { Output.Limit.all }

  /// "Place Limit Order", "Place Market Order": stops were placed on the socket alone, and are not offered.
  public var offer: OrderOffer {
    OrderOffer([.limit, .market], [.goodTilCancelled, .immediateOrCancel, .fillOrKill], [.postOnly])
  }

  /// "Orderbook Depth": every message is the whole book, with a number that rises. What the checksum is over is not
  /// documented.
  public var bookRules: BookPlan { BookPlan(.unnumbered, .pushes) }

  /// "Subscribe": each channel of each market is answered by its name. A text `ping` keeps the socket open.
  public var feeds: FeedPlan {
    let ticker: Channels = Self.isPerpetual ? [.ticker, .mark] : .ticker
    var plan = FeedPlan([Self.socket], [.book: "depth", .trades: "trade", ticker: "ticker"])
    plan.topicsPerMessage = 20
    plan.ping = Self.ping
    plan.messageCharges = [Output.Limit.messages.charge]
    return plan
  }

  private static let ping = FeedPlan.Ping("ping", act: "ping", every: 30_000_000_000)

  /// "Authentication": a login, then channels; that of balances begins with all of them.
  public var privateStream: PrivatePlan {
    var plan = PrivatePlan(
      .login(act: "login"), address: SealedText(Self.socket), streamAct: "private_stream",
      subscribeAct: "subscribe_private",
      channels: ["balance:all", "order:all"] + (Self.isPerpetual ? ["position:all"] : []))
    plan.ping = Self.ping
    return plan
  }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    _ = try config.choice("domain", "live", ["live": 0])
    try super.init(config: config, out: out)
    attach(self)
    // There is no request for the time alone: every answer has it.
    clock(Endpoint(.ticker, on: .calls), at: "timestamp", in: .milliseconds)
    instruments(Endpoint(.markets, on: .calls, deadline: 30_000_000_000), at: "data") { Self.rules(&$1) }
    tickers(Endpoint(.ticker, on: .calls, deadline: 30_000_000_000), at: "data", Self.ticker)
    offerOrders()
    offerAccount()
  }

  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { readMarketFrame(frame, stream) }

  // MARK: Markets

  private static let names = FieldTable<RuleField>([
    "marketCode": .symbol, "base": .base, "counter": .quote, "tickSize": .tick, "qtyIncrement": .lot,
    "minSize": .minQuantity,
  ])

  /// "All Markets": spot, perpetuals, and spreads and repos between them, which are told by their types and names.
  /// Quantities count the base asset.
  private static func rules(_ json: inout JSONScanner) -> InstrumentRules? {
    var type = ""
    var rules = InstrumentRules(&json, names, state: [:]) { _, key, json in
      guard key == "type" else { return false }
      type = json.words()
      return true
    }
    guard type == (isPerpetual ? "FUTURE" : "SPOT"), !isPerpetual || rules.symbol.hasSuffix("-SWAP-LIN") else {
      return nil
    }
    rules.state = .trading
    if isPerpetual { (rules.kind, rules.settle) = (.perpetual, rules.quote) }
    // Where the list does not name the step, it is the smallest order.
    rules.lot = rules.lot ?? rules.minQuantity
    // Orders from before a market's steps became larger still stand in its book.
    rules.priceDecimals = finer(rules.tick)
    rules.quantityDecimals = finer(rules.lot)
    return rules
  }

  private static func finer(_ step: Decimal64?) -> Int32? {
    step.map { min(12, Int32(clamping: $0.decimalPlaces) + 4) }
  }
}

/// CoinFLEX, spot.
public final class CoinFLEXSpot: CoinFLEXExchange {}

/// CoinFLEX, perpetuals on dollars, whose funding came of an auction of deliveries: it is not reported. Sources:
/// "Positions", "Position Channel".
public final class CoinFLEXPerpetual: CoinFLEXExchange {
  override class var isPerpetual: Bool { true }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    try super.init(config: config, out: out)
    positions(Pages(Endpoint(.positions, on: .calls), at: "data"), table: Self.position)
  }
}
