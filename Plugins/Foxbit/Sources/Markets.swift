import AlphaPoint
import ConnectorKit

/// Markets, their prices and their history by REST. Sources: "Market Data", "System".
extension FoxbitSpot {
  private static let rules = FieldTable<RuleField>(
    [
      "symbol": .symbol, "quantity_min": .minQuantity, "quantity_increment": .lot, "price_min": .minPrice,
      "price_increment": .tick,
    ],
    inside: [
      "base": ["symbol": .base], "quote": ["symbol": .quote], "default_fees": ["maker": .makerFee, "taker": .takerFee],
    ])

  /// "Get all markets ticker".
  private static let ticker = FieldTable<TickerField>(
    ["market_symbol": .symbol],
    inside: [
      "last_trade": ["price": .last, "volume": .lastQuantity, "date": .isoTime], "rolling_24h": rollingDay,
      "best": FieldTable(
        [:],
        inside: [
          "bid": ["price": .bid, "volume": .bidQuantity], "ask": ["price": .ask, "volume": .askQuantity],
        ]),
    ])
  static let rollingDay: FieldTable<TickerField> = [
    "open": .open, "high": .high, "low": .low, "volume": .baseVolume, "quote_volume": .quoteVolume,
  ]

  /// The markets, by the socket's names for them.
  func offerLists() {
    clock(Endpoint(.clock, on: .calls), at: "timestamp", in: .milliseconds)
    guard !isOld else { return offerInstruments() }
    instruments(
      Endpoint(.markets, on: .calls, deadline: 30_000_000_000), at: "data"
    ) { [unowned(unsafe) self] in instrument(&$1) }
  }

  func offerPrices() {
    tickers(Endpoint(.tickers, on: .tickers, deadline: 30_000_000_000), at: "data", Self.ticker)
    candles(Self.candlePlan)
  }

  /// "Get candlesticks": `[begin, open, high, low, close, end, volume, quote volume, trades, ...]`. Times count in
  /// whole minutes.
  private static var candlePlan: CandlePlan {
    let table = FieldTable<CandleField>(
      places: [.time, .open, .high, .low, .close, nil, .baseVolume, .quoteVolume, .trades])
    var plan = CandlePlan(
      Endpoint(.candles, on: .candles), at: "", table, most: 500,
      [
        1: "1m", 5: "5m", 15: "15m", 30: "30m", 60: "1h", 120: "2h", 240: "4h", 360: "6h", 720: "12h", 1440: "1d",
        10080: "1w",
      ])
    (plan.symbol, plan.size, plan.timeForm) = ("", "limit", .iso)
    (plan.since, plan.until, plan.untilShift) = ("start_time", "end_time", -1_000_000)
    return plan
  }

  /// "List markets": assets are written small. What the list holds is traded.
  private func instrument(_ json: inout JSONScanner) -> InstrumentRules {
    var rules = InstrumentRules(&json, Self.rules, state: [:])
    (rules.base, rules.quote) = (rules.base.uppercased(), rules.quote.uppercased())
    rules.otherNames = [rules.symbol.uppercased()].filter { $0 != rules.symbol }
    return rules
  }
}
