import CPatchbay
import ConnectorKit
import Decimals

/// FTX, spot, which closed in November 2022: it reads recordings. Protocol: FTX REST and WebSocket API (docs.ftx.com).
/// Frames are read in Frames.swift, orders are written and read in Orders.swift, the account stands in Private.swift.
public final class FTXSpot: ExchangeConnector, ExchangeDialect {
  public var rest: String { "https://ftx.com" }
  public var limits: [Output.Limit] { Output.Limit.all }

  /// "Place order": trigger orders were a service of their own, which is not offered.
  public var offer: OrderOffer {
    OrderOffer([.limit, .market], [.goodTilCancelled, .immediateOrCancel], [.postOnly])
  }

  /// "Orderbook Channel": a partial, then updates; each has the CRC-32 of the best hundred bids and asks in turn,
  /// `price:size` joined by colons, as the exchange writes them.
  public var bookRules: BookPlan { BookPlan(.unnumbered, .stream(), checksum: .alternating(levels: 100)) }

  /// "Response Format", "Keeping connection alive": a ping every 15 seconds.
  public var feeds: FeedPlan {
    var plan = FeedPlan(["wss://ftx.com/ws/"], [.book: "orderbook", .trades: "trades", .ticker: "ticker"])
    plan.topicsPerMessage = 1
    plan.ping = Self.ping
    plan.idle = 60_000_000_000
    plan.messageCharges = [Output.Limit.messages.charge]
    return plan
  }

  private static let ping = FeedPlan.Ping("{\"op\":\"ping\"}", act: "ping", every: 15_000_000_000)

  /// "Private Channels": a login, which is answered only where it fails, and two channels.
  public var privateStream: PrivatePlan {
    var plan = PrivatePlan(
      .login(act: "login"), address: "wss://ftx.com/ws/", streamAct: "private_stream",
      subscribeAct: "subscribe_private", channels: ["orders", "fills"])
    plan.isLoginSilent = true
    plan.ping = Self.ping
    plan.idle = 60_000_000_000
    return plan
  }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    _ = try config.choice("domain", "live", ["live": 0])
    try super.init(config: config, out: out)
    attach(self)
    // "Authentication": the time of the exchange's clock, outside of /api.
    clock(Endpoint(.clock, on: .calls), at: "result", in: .iso)
    instruments(Endpoint(.markets, on: .calls, deadline: 30_000_000_000), at: "result") { Self.rules(&$1) }
    tickers(Endpoint(.markets, on: .calls, deadline: 30_000_000_000), at: "result", Self.restTicker)
    offerOrders()
    offerAccount()
  }

  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { readMarketFrame(frame, stream) }

  // MARK: Markets

  private static let names = FieldTable<RuleField>([
    "name": .symbol, "baseCurrency": .base, "quoteCurrency": .quote, "priceIncrement": .tick, "sizeIncrement": .lot,
    "minProvideSize": .minQuantity,
  ])

  /// "Get markets": futures, whose base and quote are `null`, stand among them.
  private static func rules(_ json: inout JSONScanner) -> InstrumentRules? {
    var look = json.mark.scanner()
    var (isSpot, isEnabled, isPostOnly) = (false, true, false)
    look.members { key, json in
      switch key {
      case "type": isSpot = json.words() == "spot"
      case "enabled": isEnabled = json.boolean()
      case "postOnly": isPostOnly = json.boolean()
      default: return false
      }
      return true
    }
    guard look.isValid else {
      json.fail()
      return nil
    }
    guard isSpot else {
      json.skip()
      return nil
    }
    var rules = InstrumentRules(&json, names, state: [:])
    rules.state = !isEnabled ? .halted : isPostOnly ? .postOnly : .trading
    // Orders from before a market's steps became larger still stand in its book.
    rules.priceDecimals = finer(rules.tick)
    rules.quantityDecimals = finer(rules.lot)
    return rules
  }

  private static func finer(_ step: Decimal64?) -> Int32? {
    step.map { min(12, Int32(clamping: $0.decimalPlaces) + 4) }
  }

  private static let restTicker = FieldTable<TickerField>([
    "name": .symbol, "bid": .bid, "ask": .ask, "last": .last, "quoteVolume24h": .quoteVolume,
  ])
}
