import CPatchbay
import ConnectorKit
import Decimals

/// Cube, spot. Protocol: Cube API (cubexch.gitbook.io/cube-api; schemas: github.com/cubexch/ws-api): "Market & User
/// API", "Market Data API", "Trade API". All frames of sockets are Protocol Buffers; prices and quantities are whole
/// numbers of quote lots for a base lot, and of base lots. Orders are read and not offered: see README.md of this
/// folder. Frames are read in Frames.swift, orders in Orders.swift, the account in Account.swift.
public final class CubeSpot: ExchangeConnector, ExchangeDialect {
  let domain: Domain
  /// Assets of the list of markets, by their numbers.
  var assets: [UInt64: Asset] = [:]
  /// Markets by their numbers at the exchange.
  private var numbers: [UInt64: Int] = [:]

  struct Asset {
    let symbol: String
    /// Amounts are times ten to this power.
    let decimals: Int32
  }

  /// Live, and the exchange's place to try things.
  struct Domain {
    let host: String

    static let all: KeyValuePairs = [
      "live": Domain(host: "api.cube.exchange"), "staging": Domain(host: "staging.cube.exchange"),
    ]
  }

  public var rest: String { "https://" + domain.host }
  public var limits: [Output.Limit] { Output.Limit.all }

  /// "Market by price": a snapshot in pieces when the stream is configured, and then what changes, without a number.
  public var bookRules: BookPlan { BookPlan(.unnumbered, .stream()) }

  /// "Order Book Data": each market has a socket of its own, which is configured by one message. Whoever says nothing
  /// for 30 seconds is cut off.
  public var feeds: FeedPlan {
    var plan = FeedPlan(["wss://" + domain.host + "/md/book/"], [.book: "mbp", .trades: "trades"])
    (plan.isBinary, plan.acknowledges) = (true, false)
    plan.ping = FeedPlan.Ping("\n\u{2}\u{8}\u{1}", act: "heartbeat", every: 25_000_000_000)
    plan.messageCharges = [Output.Limit.messages.charge]
    return plan
  }

  public func shelf(_ topic: Topic) -> Int { topic.market + 1 }

  /// `/md/book/100005?mbp=true&trades=true`
  public func address(_ address: String, of topics: [Topic]) -> String {
    guard let topic = topics.first else { return address }
    return address + markets[topic.market].symbol + "?mbp=true&trades=true"
  }

  /// "Trade API": a login frame, then what rests and what is held, then what happens.
  public var privateStream: PrivatePlan {
    var plan = PrivatePlan(
      .login(act: "login"), address: SealedText("wss://" + domain.host + "/os"), streamAct: "private_stream",
      subscribeAct: "", channels: [])
    plan.isBinary = true
    plan.ping = FeedPlan.Ping("\"\u{2}\u{8}\u{1}", act: "order_heartbeat", every: 25_000_000_000)
    return plan
  }

  /// Reports name only what changed.
  public var reportsChangesAlone: Bool { true }

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    domain = try config.choice("domain", "live", Domain.all)
    try super.init(config: config, out: out)
    attach(self)
    instruments(
      Endpoint(.markets, on: .calls, deadline: 30_000_000_000), at: "result/assets", and: ["result/markets"]
    ) { [unowned(unsafe) self] in rules(&$1) }
    tickers(Endpoint(.tickers, on: .calls), at: "result") { [unowned(unsafe) self] in ticker(&$1) }
    offerOrders()
    offerAccount()
  }

  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { readMarketFrame(frame, stream) }

  // MARK: Markets

  public func market(id: pb_id, number: Int, _ rules: InstrumentRules) -> Market {
    if let own = UInt64(rules.symbol) { numbers[own] = number }
    return CubeMarket(id: id, number: number, rules: rules, book: bookRules)
  }

  /// A market by its number at the exchange.
  func market(numbered number: UInt64) -> CubeMarket? {
    numbers[number].flatMap { markets[$0] as? CubeMarket }
  }

  /// "Market Definitions": lists of assets and of markets. Several markets may be of one pair, of which one is in use;
  /// they are named by their numbers, as everywhere else.
  private func rules(_ json: inout JSONScanner) -> InstrumentRules? {
    var entry = MarketEntry()
    json.members { entry.read($0, &$1) }
    guard json.isValid else { return nil }
    if let asset = entry.asset {
      guard (0...36).contains(entry.decimals), !entry.symbol.isEmpty else {
        json.fail()
        return nil
      }
      assets[asset] = Asset(symbol: entry.symbol, decimals: Int32(entry.decimals))
      return nil
    }
    // One that is used no more explains old orders alone.
    guard entry.market != 0, entry.status != 3 else { return nil }
    guard let base = assets[entry.base], let quote = assets[entry.quote], base.symbol != quote.symbol else {
      json.fail()
      return nil
    }
    var rules = InstrumentRules()
    (rules.symbol, rules.base, rules.quote) = ("\(entry.market)", base.symbol, quote.symbol)
    if !entry.symbol.isEmpty { rules.otherNames = [entry.symbol] }
    let lot = entry.baseLot?.multiplied(by: Decimal64(mantissa: 1, exponent: -base.decimals))
    let money = entry.quoteLot?.multiplied(by: Decimal64(mantissa: 1, exponent: -quote.decimals))
    guard let lot, let money, lot.isPositive, let tick = money.quotient(dividingBy: lot, places: 18),
      tick.multiplied(by: lot) == money
    else {
      json.fail()
      return nil
    }
    (rules.lot, rules.tick, rules.minQuantity) = (lot, tick, lot)
    guard let price = Self.power(tick), let quantity = Self.power(lot) else {
      // Whole numbers of other units are not written here.
      (rules.state, rules.reason) = (.unusable, "its lots are no powers of ten")
      return rules
    }
    (rules.priceScale, rules.quantityScale) = (price, quantity)
    (rules.priceDecimals, rules.quantityDecimals) = (price, quantity)
    if entry.status != 1 { (rules.state, rules.reason) = (.halted, "the exchange says status \(entry.status)") }
    if entry.status == 2 { (rules.state, rules.reason) = (.trading, "") }
    return rules
  }

  /// How many decimals a unit has that is 1, 0.1, 0.01, ...
  private static func power(_ unit: Decimal64) -> Int32? {
    let unit = unit.normalized
    return unit.mantissa == 1 && (-18...0).contains(unit.exponent) ? -unit.exponent : nil
  }

  /// "Parsed tickers": `{"ticker_id": "SOLUSDC", "last_price": 184.94, "bid": 184.94, ...}`, in quote as it is.
  private func ticker(_ json: inout JSONScanner) {
    var own = json.mark.scanner()
    guard var name = own.find("ticker_id")?.scanner() else { return json.fail() }
    guard let market = market(named: name.string()) else { return json.skip() }
    var (bid, ask, last) = (Int64(0), Int64(0), Int64(0))
    var record = pb_ticker()
    record.instrument = market.id
    json.members { key, json in
      switch key {
      case "last_price": last = json.optionalFixed(market.priceExponent) ?? 0
      case "bid": bid = json.optionalFixed(market.priceExponent) ?? 0
      case "ask": ask = json.optionalFixed(market.priceExponent) ?? 0
      default: return false
      }
      return true
    }
    guard json.isValid else { return }
    if last > 0 { record.setLast(last) }
    record.setBid(bid > 0 ? bid : nil, nil)
    record.setAsk(ask > 0 ? ask : nil, nil)
    out.ticker(record)
  }
}

/// An entry of the list of assets, `{"assetId": 5, "symbol": "SOL", "decimals": 9}`, or of markets, `{"marketId":
/// 100006, "symbol": "SOLUSDC", "baseAssetId": 5, "baseLotSize": "10000000", "quoteAssetId": 7, "quoteLotSize": "100",
/// "status": 1}`.
private struct MarketEntry {
  var asset: UInt64?
  var symbol = ""
  var decimals: Int64 = -1
  var (market, base, quote) = (UInt64(0), UInt64(0), UInt64(0))
  var (baseLot, quoteLot): (Decimal64?, Decimal64?)
  var status: Int64 = 1

  mutating func read(_ key: JSONText, _ json: inout JSONScanner) -> Bool {
    switch key {
    case "assetId": asset = json.unsigned()
    case "symbol": symbol = json.words()
    case "decimals": decimals = json.integer()
    case "marketId": market = json.unsigned()
    case "baseAssetId": base = json.unsigned()
    case "quoteAssetId": quote = json.unsigned()
    case "baseLotSize": baseLot = json.optionalDecimal()
    case "quoteLotSize": quoteLot = json.optionalDecimal()
    case "status": status = json.integer()
    default: return false
    }
    return true
  }
}
