import CPatchbay
import ConnectorKit
import Decimals

/// Dexalot, whose books are kept on a chain of its own: market data. Orders there are transactions, of which nothing
/// here proves that they would be taken, and they are not offered. Protocol: Dexalot API v2 (docs.dexalot.com,
/// "REST API", "Websocket API"). Frames are read in Frames.swift.
public final class DexalotSpot: ExchangeConnector, ExchangeDialect {
  public var rest: String { "https://api.dexalot.com" }
  public var limits: [Output.Limit] { Output.Limit.all }

  /// "Order Books": each message is the whole book.
  public var bookRules: BookPlan { BookPlan(.unnumbered, .pushes) }

  /// "Subscribe": a pair's book and trades come by one subscription, which is answered by these alone.
  public var feeds: FeedPlan {
    var plan = FeedPlan(["wss://api.dexalot.com/api/ws"], [[.book, .trades]: "pair"])
    (plan.topicsPerMessage, plan.acknowledges) = (1, false)
    plan.messageCharges = [Output.Limit.messages.charge]
    return plan
  }

  /// Of each pair that was listed, the decimals in which its tokens are counted.
  private var decimals: [String: TokenDecimals] = [:]

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    _ = try config.choice("domain", "live", ["live": 0])
    try super.init(config: config, out: out)
    attach(self)
    instruments(Endpoint(.pairs, on: .requests, deadline: 30_000_000_000), at: "") { [unowned(unsafe) self] in
      rules(&$1)
    }
  }

  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { readMarketFrame(frame, stream) }

  // MARK: Instruments

  private static let names = FieldTable<RuleField>([
    "pair": .symbol, "base": .base, "quote": .quote, "status": .state, "basedisplaydecimals": .quantityDecimals,
    "quotedisplaydecimals": .priceDecimals, "mintrade_amnt": .minNotional, "maxtrade_amnt": .maxNotional,
  ])

  /// "Trading Pairs": `{"pair": "AVAX/USDC", "base": "AVAX", "quote": "USDC", "basedisplaydecimals": 2,
  /// "quotedisplaydecimals": 3, "mintrade_amnt": "5.0", "base_evmdecimals": 18, "quote_evmdecimals": 6, "auctionmode":
  /// 0, "status": "deployed", "maker_rate_bps": 10, "taker_rate_bps": 12, ...}`. Of two ways in which it says fees,
  /// these two count ten thousandths; the other has them the other way round.
  private func rules(_ json: inout JSONScanner) -> InstrumentRules {
    var (base, quote): (Int64?, Int64?)
    var auction: Int64 = 0
    var rules = InstrumentRules(&json, Self.names, state: ["deployed": .trading]) { rules, key, json in
      switch key {
      case "base_evmdecimals": base = json.integer()
      case "quote_evmdecimals": quote = json.integer()
      case "auctionmode": auction = json.skipNull() ? 0 : json.integer()
      case "maker_rate_bps": rules.makerFee = Self.rate(&json)
      case "taker_rate_bps": rules.takerFee = Self.rate(&json)
      default: return false
      }
      return true
    }
    // Without them nothing of a book can be counted.
    guard json.isValid, let base, let quote, (0...30).contains(base), (0...30).contains(quote) else {
      json.fail()
      return rules
    }
    decimals[rules.symbol] = TokenDecimals(base: Int(base), quote: Int(quote))
    // "AuctionMode" of the contract: 0 is off, 1 trades while one is open; in the others orders are not matched.
    if rules.state == .trading, !(0...1).contains(auction) {
      (rules.state, rules.reason) = (.halted, "an auction, mode \(auction)")
    }
    return rules
  }

  private static func rate(_ json: inout JSONScanner) -> Decimal64? {
    json.optionalDecimal()?.multiplied(by: Decimal64(mantissa: 1, exponent: -4))
  }

  public func market(id: pb_id, number: Int, _ rules: InstrumentRules) -> Market {
    DexalotMarket(id: id, number: number, rules, decimals[rules.symbol] ?? TokenDecimals(base: 0, quote: 0), bookRules)
  }

  // MARK: Words

  /// "Order Books", "Last Trade": 0 buys, 1 sells.
  public var words: Words { Words(side: ["0": .buy, "1": .sell], type: [:], force: [:], state: [:]) }

  /// No code of the REST API is documented: its statuses count.
  public var errors: ErrorPlan { ErrorPlan(.status(code: "code", text: "message"), ErrorTable(codes: [:])) }
}

/// By how many places the tokens of a pair are written as whole numbers.
struct TokenDecimals {
  var base: Int
  var quote: Int
}

/// A pair, with what its books are read by.
final class DexalotMarket: Market {
  /// Places that a whole number has beyond the instrument's exponents.
  let pricePlaces: Int
  let quantityPlaces: Int
  /// The stream on which trades came last.
  var tradesStream: pb_id = 0

  init(id: pb_id, number: Int, _ rules: InstrumentRules, _ decimals: TokenDecimals, _ plan: BookPlan) {
    pricePlaces = decimals.quote + Int(rules.priceExponent)
    quantityPlaces = decimals.base + Int(rules.quantityExponent)
    super.init(id: id, number: number, rules: rules, book: plan)
  }
}
