import CPatchbay
import ConnectorKit
import Decimals

/// Loopring, spot on a rollup of Ethereum, which was switched off in June 2026: it reads recordings. Protocol: Loopring
/// API version 3 (Loopring/Gitbook-Documentation). Amounts are whole numbers of a token's smallest unit. Frames are
/// read in Frames.swift, the account in Account.swift. Orders had to carry a signature by EdDSA on the curve BabyJubJub
/// over a Poseidon hash, which no host computes: they are not offered.
public final class LoopringSpot: ExchangeConnector, ExchangeDialect {
  private static let socket = "wss://ws.api3.loopring.io/v3/ws"
  private static let key = Endpoint(.streamKey, on: .calls)

  /// By their ids.
  var tokens: [String: Token] = [:]
  /// The first that was listed of each symbol.
  var tokensBySymbol: [String: Token] = [:]
  /// A peer cannot make it grow further.
  private static let mostTokens = 10_000

  /// `{"tokenId": 1, "symbol": "LRC", "decimals": 18}`
  struct Token {
    let symbol: String
    let decimals: Int32
    var unit: Decimal64 { Decimal64(mantissa: 1, exponent: decimals) }
  }

  public var rest: String { "https://api3.loopring.io" }
  public var limits: [Output.Limit] { Output.Limit.all }

  /// "Orderbook Notification": each change is of a span of versions, which begins behind the one before.
  public var bookRules: BookPlan { BookPlan(.span, .rest(Endpoint(.depth, on: .calls))) }

  /// "Before Subscription": the address takes a key that is asked for. "Subscribe up to 20 topics in total."
  public var feeds: FeedPlan {
    var plan = FeedPlan([], [.book: "orderbook", .trades: "trade", .ticker: "ticker"])
    plan.addressEndpoint = Self.key
    plan.topicsPerConnection = 20
    plan.topicsPerMessage = 1
    plan.idle = Self.idle
    plan.messageCharges = [Output.Limit.messages.charge]
    return plan
  }

  /// "Heartbeat": the text `ping` comes every 30 seconds and wants its answer.
  private static let idle: Int64 = 120_000_000_000

  public var privateStream: PrivatePlan {
    var plan = PrivatePlan(
      .address(Self.key, pointer: "/key"), address: SealedText(), streamAct: "private_stream",
      subscribeAct: "private_subscribe", channels: [])
    plan.idle = Self.idle
    plan.subscribeCharges = [Output.Limit.messages.charge]
    return plan
  }

  public func streamAddress(_ body: Body, _ account: TradingAccount?, id: pb_id) -> StreamAddress? {
    let address = SealedText("\(Self.socket)?wsApiKey=")
    guard account == nil else {
      return StreamAddress(address + SealedText(Seal.slot(Int(TradingAccount.tokenSlot)).percentEncoded))
    }
    guard var reply = JSONObject(body) else { return nil }
    let key = reply.words("key")
    return key.isEmpty || key == "null" ? nil : StreamAddress(address + SealedText(percentEncoded(key)))
  }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    _ = try config.choice("domain", "live", ["live": 0])
    try super.init(config: config, out: out)
    attach(self)
    clock(Endpoint(.time, on: .calls), at: "timestamp", in: .milliseconds)
    instruments(
      Endpoint(.markets, on: .calls, deadline: 30_000_000_000), at: "markets", after: Endpoint(.tokens, on: .calls),
      first: { [unowned(unsafe) self] in readTokens($0) }
    ) { [unowned(unsafe) self] in rules(&$1) }
    offerAccount()
  }

  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { readMarketFrame(frame, stream) }

  public func market(id: pb_id, number: Int, _ rules: InstrumentRules) -> Market {
    TokenMarket(id: id, number: number, rules: rules, book: bookRules)
  }

  // MARK: Markets

  /// "Get token info"
  private func readTokens(_ body: Body) -> Bool {
    var json = JSONScanner(body)
    guard json.isWhole else { return false }
    (tokens, tokensBySymbol) = ([:], [:])
    json.elements { json in
      var (id, symbol, decimals) = ("", "", Int64(-1))
      json.members { key, json in
        switch key {
        case "tokenId": id = json.words()
        case "symbol": symbol = json.words()
        case "decimals": decimals = json.integer()
        default: return false
        }
        return true
      }
      guard json.isValid, !id.isEmpty, !symbol.isEmpty, (0...30).contains(decimals), tokens.count < Self.mostTokens
      else { return }
      let token = Token(symbol: symbol, decimals: Int32(decimals))
      tokens[id] = token
      if tokensBySymbol[symbol] == nil { tokensBySymbol[symbol] = token }
    }
    return json.isValid
  }

  private static let names = FieldTable<RuleField>(["market": .symbol, "precisionForPrice": .priceDecimals])
  /// Prices of pools have more digits than those of orders, quantities more than can be kept: see `Market.cut`.
  private static let (priceDigits, quantityDigits) = (Int32(12), Int32(9))

  /// "Get markets info". One whose tokens are not known cannot be read.
  private func rules(_ json: inout JSONScanner) -> InstrumentRules {
    var (base, quote, isEnabled) = ("", "", true)
    var rules = InstrumentRules(&json, Self.names, state: [:]) { _, key, json in
      switch key {
      case "baseTokenId": base = json.words()
      case "quoteTokenId": quote = json.words()
      case "enabled": isEnabled = json.boolean()
      default: return false
      }
      return true
    }
    guard let base = tokens[base], let quote = tokens[quote] else {
      json.fail()
      return rules
    }
    (rules.base, rules.quote) = (base.symbol, quote.symbol)
    rules.state = isEnabled ? .trading : .halted
    rules.tick = Decimal64(mantissa: 1, exponent: -(rules.priceDecimals ?? 0))
    rules.priceDecimals = max(Self.priceDigits, rules.priceDecimals ?? 0)
    rules.quantityDecimals = min(Self.quantityDigits, base.decimals)
    return rules
  }
}

/// A market whose quantities are read in smallest units of its base token.
final class TokenMarket: Market {
  @exclusivity(unchecked) final var unit = Decimal64.one
}
