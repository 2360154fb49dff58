import CPatchbay
import ConnectorKit
import Decimals

/// Bit.com, linear perpetuals, which closed in January 2026: it reads recordings of market data. Protocol: Bit.com API
/// v1 (www.bit.com/docs): "Linear contracts", "Websocket API". No vector, payload or test of the day of its closing
/// proves its orders, and they are not offered.
public final class BitComPerpetual: ExchangeConnector, ExchangeDialect {
  public var rest: String { "https://api.bit.com" }
  public var limits: [Output.Limit] { Output.Limit.all }

  /// "Depth channel": a snapshot, and updates that name the one before; snapshots come again whenever the exchange
  /// likes.
  public var bookRules: BookPlan { BookPlan(.previous, .stream()) }

  /// "Subscribe": the answer names the channels, and neither the instruments nor the message.
  public var feeds: FeedPlan {
    var plan = FeedPlan(
      ["wss://ws.bit.com"], [.book: "depth", .trades: "trade", [.ticker, .mark]: "ticker"])
    plan.topicsPerMessage = 50
    plan.ping = FeedPlan.Ping("{\"type\":\"ping\"}", act: "ping", every: 15_000_000_000)
    plan.messageCharges = [Output.Limit.messages.charge]
    return plan
  }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    _ = try config.choice("domain", "live", ["live": 0])
    try super.init(config: config, out: out)
    attach(self)
    clock(Endpoint(.time, on: .calls), at: "data", in: .milliseconds)
    instruments(
      Endpoint(.instruments, on: .calls, deadline: 30_000_000_000), each: ["USDT", "USD"], parameter: "currency",
      at: "data"
    ) { Self.rules(&$1) }
  }

  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { readMarketFrame(frame, stream) }

  // MARK: Instruments

  private static let names = FieldTable<RuleField>([
    "instrument_id": .symbol, "base_currency": .base, "quote_currency": .quote, "status": .state, "price_step": .tick,
    "size_step": .lot, "min_size": .minQuantity, "min_price": .minPrice, "max_price": .maxPrice,
    "contract_size": .contractSize,
  ])

  /// "Get Instruments": contracts that expire have another name than `BTC-USDT-PERPETUAL`. Sizes count the base asset:
  /// a contract is one of it.
  private static func rules(_ json: inout JSONScanner) -> InstrumentRules? {
    var rules = InstrumentRules(&json, names, state: ["online": .trading])
    guard rules.symbol.hasSuffix("-PERPETUAL") else { return nil }
    (rules.kind, rules.settle) = (.perpetual, rules.quote)
    return rules
  }

  public var errors: ErrorPlan {
    ErrorPlan(
      .code("code", text: "message", fine: ["0"]),
      ErrorTable(codes: [
        .authentication: "18500100 18500101", .rateLimit: "18100110 18500107", .unknownInstrument: "18100102",
        .maintenance: "18500103",
      ]))
  }

  /// "Trade channel".
  public var words: Words { Words(side: ["buy": .buy, "sell": .sell], type: [:], force: [:], state: [:]) }
}
